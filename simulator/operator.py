"""The simulated person's hand on the arm button: one press, when the person stands and the sensors have settled."""

from controller.signals import ArmingState, CommandKind, OperatorCommand, Tick
from drivers.interfaces import Clock

PRESS_S = 1.0

AGAIN_S = 1.5
"""A person reads why arming was refused and tries again: a computer that was busy at the start is no reason to give up.
Longer than a press counts as held."""

MOST_PRESSES = 20


class SimulatedOperator:
    """An OperatorPanel (drivers.interfaces) that arms at the start and never again: a latch stays.

    Shown the ticks (`put`), it presses again while arming is refused; else it presses once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._press_s: float | None = clock.now() + PRESS_S
        self._presses = 0

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> tuple[OperatorCommand, ...]:
        """The press, when it is due."""
        if self._press_s is None or self._clock.now() < self._press_s:
            return ()
        self._press_s = None
        self._presses += 1
        return (OperatorCommand(CommandKind.ARM),)

    def put(self, tick: Tick) -> None:
        """See what came of the press."""
        if tick.notes and tick.state == ArmingState.DISARMED and 0 < self._presses < MOST_PRESSES:
            refused = any(note.startswith("arm refused") for note in tick.notes)
            self._press_s = self._clock.now() + AGAIN_S if refused else self._press_s

    def close(self) -> None:
        """Nothing to release."""
