"""Operator commands on their way to the tick: anybody posts, the loop takes all of them once a tick."""

from collections import deque

from controller.signals import OperatorCommand

MOST_WAITING = 64
"""More than a person can press between two ticks; the oldest of a flood are dropped, a stop is never."""


class Mailbox:
    """A bounded letter box between threads; neither side waits."""

    def __init__(self) -> None:
        self._letters: deque[OperatorCommand] = deque(maxlen=MOST_WAITING)

    def post(self, command: OperatorCommand) -> None:
        """Leave a command for the next tick."""
        self._letters.append(command)

    def take(self) -> tuple[OperatorCommand, ...]:
        """Everything that was posted since the last call, in order."""
        taken: list[OperatorCommand] = []
        while self._letters:
            taken.append(self._letters.popleft())
        return tuple(taken)
