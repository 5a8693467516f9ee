"""The simulated person's hand on the arm button: presses it once the person stands and the sensors have settled."""

from controller.signals import CommandKind, OperatorCommand
from drivers.interfaces import Clock

FIRST_PRESS_S = 1.0
BETWEEN_PRESSES_S = 0.25
PRESSES = 3
"""Pressing again while armed does nothing; it helps where a sensor was not ready at the first press."""


class SimulatedOperator:
    """An OperatorPanel (drivers.interfaces) that arms at the start and never again: a latch stays."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._presses = 0
        self._next_s = clock.now() + FIRST_PRESS_S

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> tuple[OperatorCommand, ...]:
        """The press that is due, if any."""
        if self._presses >= PRESSES or self._clock.now() < self._next_s:
            return ()
        self._presses += 1
        self._next_s += BETWEEN_PRESSES_S
        return (OperatorCommand(CommandKind.ARM),)

    def close(self) -> None:
        """Nothing to release."""
