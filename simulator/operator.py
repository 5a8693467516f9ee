"""The simulated person's hand on the arm button: one press, when the person stands and the sensors have settled."""

from controller.signals import CommandKind, OperatorCommand
from drivers.interfaces import Clock

PRESS_S = 1.0


class SimulatedOperator:
    """An OperatorPanel (drivers.interfaces) that arms at the start and never again: a latch stays."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._press_s: float | None = clock.now() + PRESS_S

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> tuple[OperatorCommand, ...]:
        """The press, when it is due."""
        if self._press_s is None or self._clock.now() < self._press_s:
            return ()
        self._press_s = None
        return (OperatorCommand(CommandKind.ARM),)

    def close(self) -> None:
        """Nothing to release."""
