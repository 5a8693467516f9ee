"""The real-time loop: poll, step, apply, write down; nothing in it waits but the deadline.

The line that makes a device put out current is `output.apply(...)` in `Loop._deliver`; it gets what the gate allowed.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

from controller.signals import CommandKind, DeviceStatus, Inputs, LoopStatus, OperatorCommand, Reading, Tick
from drivers.interfaces import Clock, OperatorPanel, Orthosis, Sensor, Stimulator
from runtime.deadlines import Deadlines, Wake
from runtime.mailbox import Mailbox

LATE_SHARE = 0.5
"""A tick that begins later than this share of a period counts as late."""
MOST_EXCEPTIONS = 3
"""After so many failed ticks in a row the loop gives up: a controller that cannot decide cannot latch either."""


class TickSink(Protocol):
    """Where ticks go. Nothing of it waits or raises."""

    def put(self, tick: Tick) -> None:
        """Take one tick."""


class Recorder(TickSink, Protocol):
    """A sink that also knows what it could not keep."""

    def miss(self, tick: int) -> None:
        """The tick of this number failed and left no record."""

    def problem(self) -> str:
        """Why ticks are being lost, or empty."""


class Watch(Protocol):
    """Who has to know that the loop lives: the guard, systemd. Nothing of it waits or raises."""

    def delivered(self, tick: Tick, t_s: float) -> None:
        """A tick has passed the gate, and the devices have it, at `t_s`."""

    def stopping(self) -> None:
        """All output is about to be ended, which may take longer than a tick."""

    def stopped(self) -> None:
        """All output is off, and stays off."""

    def problem(self) -> str:
        """Why this watch is not kept any more, or empty."""


class Parts(NamedTuple):
    """Everything that the loop turns, by id."""

    sensors: Mapping[str, Sensor]
    stimulators: Mapping[str, Stimulator]
    orthoses: Mapping[str, Orthosis]
    panels: tuple[OperatorPanel, ...] = ()


class Overruns(NamedTuple):
    """Ticks that ended after the next was due, by what took the most time of them."""

    wake: int
    sensors: int
    decision: int
    outputs: int


class LoopReport(NamedTuple):
    """What the loop knows of itself in the end."""

    ticks: int
    late_ticks: int
    skipped_ticks: int
    overruns: Overruns
    exception: str


class Loop:
    """Turns the crank until `stop_wanted` says so, then ends all output."""

    def __init__(
        self,
        parts: Parts,
        step: Callable[[Inputs], Tick],
        clock: Clock,
        rate_hz: int,
        mailbox: Mailbox,
        recorder: Recorder,
        viewers: tuple[TickSink, ...] = (),
        watches: tuple[Watch, ...] = (),
    ) -> None:
        self.parts = parts
        self.step = step
        self.clock = clock
        self.rate_hz = rate_hz
        self.mailbox = mailbox
        self.recorder = recorder
        self.viewers = viewers
        self.watches = watches
        self._exception = ""
        self._untold = ""
        self._in_a_row = 0
        self._ticks = self._late = self._skipped = 0
        self._period_s = 1.0 / rate_hz
        self._overruns = [0] * len(Overruns._fields)

    def run(self, stop_wanted: Callable[[float], bool]) -> LoopReport:
        """Run ticks until `stop_wanted(t_s)`; that tick disarms, and however it ends, every output is stopped."""
        try:
            deadlines = Deadlines(self.clock, self.rate_hz)
            ending = False
            while not ending and self._in_a_row < MOST_EXCEPTIONS:
                wake = deadlines.wait()
                ending = stop_wanted(wake.t_s)
                if ending:
                    self.mailbox.post(OperatorCommand(CommandKind.DISARM))
                self._turn(wake)
        finally:
            self.stop_outputs()
            self._tell(lambda watch: watch.stopped())
        return LoopReport(self._ticks, self._late, self._skipped, Overruns(*self._overruns), self._exception)

    def stop_outputs(self) -> None:
        """End all output, whatever state it is in; one that fails keeps no other from being stopped."""
        self._tell(lambda watch: watch.stopping())
        outputs: tuple[Stimulator | Orthosis, ...] = (
            *self.parts.stimulators.values(),
            *self.parts.orthoses.values(),
        )
        for output in outputs:
            try:
                output.stop()
            except Exception as error:  # noqa: BLE001 - the next output must be stopped too
                before = f"{self._untold}; " if self._untold else ""
                self._exception = self._untold = f"{before}stop: {type(error).__name__}: {error}"

    def _tell(self, tell: Callable[[Watch], None]) -> None:
        for watch in self.watches:
            # Whatever a watch has fallen into, the outputs come first.
            with suppress(Exception):
                tell(watch)

    def _turn(self, wake: Wake) -> None:
        self._ticks += 1
        self._skipped += wake.skipped
        self._late += wake.late_s > LATE_SHARE * self._period_s
        now = self.clock.now
        try:
            inputs = self._sense(wake)
            sensed_s = now()
            self._untold = ""
            tick = self.step(inputs)
            decided_s = now()
            self._deliver(tick)
            ended_s = now()
            for watch in self.watches:
                watch.delivered(tick, ended_s)
        except Exception as error:  # noqa: BLE001 - whatever a tick fails of, the output must end
            self._exception = self._untold = f"{type(error).__name__}: {error}"
            self._in_a_row += 1
            self.stop_outputs()
            self.recorder.miss(wake.tick)
            return
        self._in_a_row = 0
        if wake.late_s + ended_s - wake.t_s > self._period_s:
            self._overrun((wake.late_s, sensed_s - wake.t_s, decided_s - sensed_s, ended_s - decided_s))
        self.recorder.put(tick)
        for viewer in self.viewers:
            viewer.put(tick)

    def _overrun(self, shares_s: tuple[float, ...]) -> None:
        self._overruns[shares_s.index(max(shares_s))] += 1

    def _sense(self, wake: Wake) -> Inputs:
        readings: dict[str, Reading] = {}
        devices: dict[str, DeviceStatus] = {}
        for name, sensor in self.parts.sensors.items():
            reading = sensor.poll()
            if reading is not None:
                readings[name] = reading
            else:
                devices[name] = sensor.status()
        for name, stimulator in self.parts.stimulators.items():
            devices[name] = stimulator.status()
        for name, orthosis in self.parts.orthoses.items():
            devices[name] = orthosis.status()
        commands: list[OperatorCommand] = []
        for panel in self.parts.panels:
            commands.extend(panel.poll())
        commands.extend(self.mailbox.take())
        unguarded = ""
        for watch in self.watches:
            unguarded = unguarded or watch.problem()
        status = LoopStatus(wake.tick, wake.late_s, wake.skipped, self.recorder.problem(), self._untold, unguarded)
        t_s = max(wake.t_s, self.clock.now())
        return Inputs(t_s, readings, tuple(commands), devices, status)

    def _deliver(self, tick: Tick) -> None:
        for name, stimulator in self.parts.stimulators.items():
            stimulator.apply(tick.allowed[name])
        for leg in tick.legs:
            if leg.side in self.parts.orthoses:
                self.parts.orthoses[leg.side].apply(leg.orthosis)
