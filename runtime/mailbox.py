"""Operator commands on their way to the tick: anybody posts, the loop takes all of them once a tick."""

from collections import deque

from controller.signals import CommandKind, OperatorCommand

MOST_WAITING = 64
"""More than a person can press between two ticks."""
ROOM = {CommandKind.PAUSE: 2 * MOST_WAITING, CommandKind.DISARM: 3 * MOST_WAITING, CommandKind.STOP: 4 * MOST_WAITING}
"""What ends output still has room when a flood fills the box, the stronger the more: a command of these is refused only
behind 64 at least as strong, after which nothing weaker came in; so none that matters is lost."""


class Mailbox:
    """A bounded letter box between threads; neither side waits. The newest of a flood are refused, a stop never."""

    def __init__(self) -> None:
        self._letters: deque[OperatorCommand] = deque()

    def post(self, command: OperatorCommand) -> None:
        """Leave a command for the next tick."""
        if len(self._letters) < ROOM.get(command.kind, MOST_WAITING):
            self._letters.append(command)

    def take(self) -> tuple[OperatorCommand, ...]:
        """Everything that was posted since the last call, in order; what comes in meanwhile is for the next call."""
        return tuple([self._letters.popleft() for _ in range(len(self._letters))])
