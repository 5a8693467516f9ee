"""Disarmed, armed, paused, latched: who may change it. Only a person arms; anybody may stop."""

from controller.signals import ArmingState, CommandKind, Mode, OperatorCommand, Source

NETWORK_MAY = frozenset((CommandKind.DISARM, CommandKind.PAUSE, CommandKind.STOP))


class Arming:
    """The state that lets current flow, and the mode. It starts disarmed, after every restart.

    `modes` are those that the stage of the bring-up allows; what else forbids arming `controller.preflight` judges.
    `notes` are the sentences for the person that came up in the last `handle`; `stopped`, `disarmed`, `begun`
    (stimulation may begin anew, after arming or a pause) and `armed` say what the last commands did.
    """

    def __init__(self) -> None:
        self.state = ArmingState.DISARMED
        self.mode = Mode.WALK
        self.modes: tuple[str, ...] = tuple(Mode)
        self.test_burst_side = ""
        self.notes: list[str] = []
        self.stopped = False
        self.disarmed = False
        self.begun = False
        self.armed = False

    def handle(self, commands: tuple[OperatorCommand, ...], not_ready: tuple[str, ...]) -> None:
        """Carry out what was asked; `not_ready` are the reasons why arming must be refused now, in words."""
        self.notes.clear()
        self.test_burst_side = ""
        self.stopped = self.disarmed = self.begun = self.armed = False
        for command in commands:
            if command.source == Source.NETWORK and command.kind not in NETWORK_MAY:
                self.notes.append(f"{command.kind} refused: the network may watch, pause, disarm and stop only")
            else:
                self._carry_out(command, not_ready)

    def latch(self) -> None:
        """A latching fault: off until a person disarms and arms."""
        self.state = ArmingState.LATCHED

    def _carry_out(self, command: OperatorCommand, not_ready: tuple[str, ...]) -> None:
        match command.kind:
            case CommandKind.STOP:
                self.stopped = True
                self.state = ArmingState.LATCHED
            case CommandKind.DISARM:
                self._disarm(command.source)
            case CommandKind.ARM:
                self._arm(not_ready)
            case CommandKind.PAUSE:
                if self.state == ArmingState.ARMED:
                    self.state = ArmingState.PAUSED
            case CommandKind.RESUME:
                if self.state == ArmingState.PAUSED:
                    self.state = ArmingState.ARMED
                    self.begun = True
            case CommandKind.MODE:
                self._change_mode(command.argument)
            case _:
                self._test_burst(command.argument)

    def _disarm(self, source: Source) -> None:
        if self.state == ArmingState.LATCHED and source == Source.NETWORK:
            self.notes.append("disarm refused: a latched fault is acknowledged here, not over the network")
        else:
            self.disarmed = True
            self.state = ArmingState.DISARMED

    def _arm(self, not_ready: tuple[str, ...]) -> None:
        if self.state == ArmingState.LATCHED:
            self._refuse(not_ready or ("a fault is latched, disarm first",))
        elif self.state == ArmingState.DISARMED:
            if not_ready:
                self._refuse(not_ready)
            else:
                self.state = ArmingState.ARMED
                self.begun = self.armed = True

    def _refuse(self, reasons: tuple[str, ...]) -> None:
        self.notes.append("arm refused: " + "; ".join(reasons))

    def _change_mode(self, argument: str) -> None:
        modes = {mode.value: mode for mode in Mode}
        if argument not in modes:
            self.notes.append(f"mode {argument} refused: there are {', '.join(modes)}")
        elif argument not in self.modes:
            self.notes.append(f"mode {argument} refused: this stage allows {', '.join(self.modes)}")
        elif self.state == ArmingState.ARMED:
            self.notes.append(f"mode {argument} refused: pause or disarm first")
        else:
            self.mode = modes[argument]

    def _test_burst(self, side: str) -> None:
        if self.mode != Mode.TEST_BURST or self.state != ArmingState.ARMED:
            self.notes.append("test burst refused: choose the mode test_burst, then arm")
        else:
            self.test_burst_side = side
