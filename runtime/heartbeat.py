"""What the loop tells the guard, and the guard the loop, over shared memory: that they live, and what they do."""

from enum import IntEnum
from typing import NamedTuple

from runtime.shared_record import SharedRecord

MOST_ENABLES = 4
"""Enable lines: one for each stimulator at most."""


class LoopState(IntEnum):
    """What the loop does, and so how long it may be silent."""

    BEFORE = 0
    """No tick has been delivered yet."""
    RUNNING = 1
    STOPPING = 2
    """It ends all output, which may take longer than a tick."""
    STOPPED = 3
    """All output is off."""
    ENDED = 4
    """An orderly end: the guard is not needed any more."""


class Beat(NamedTuple):
    """The last word of the loop: what it does, since when (s, monotonic), and edges asked for, per enable line."""

    state: LoopState
    t_s: float
    edges: tuple[int, ...]


class Heartbeat:
    """Make it before the processes part; the loop writes it, the guard reads it."""

    def __init__(self) -> None:
        self._record = SharedRecord(f"Id{MOST_ENABLES}I")
        self._edges = [0] * MOST_ENABLES

    def ask_edge(self, line: int) -> None:
        """The next `tell` asks for one more edge on this enable line."""
        self._edges[line] = (self._edges[line] + 1) & 0xFFFFFFFF

    def tell(self, state: LoopState, t_s: float) -> None:
        """Say what the loop does at `t_s`."""
        self._record.write(state, t_s, *self._edges)

    def read(self) -> Beat:
        """The last word; before the first one that nothing has begun."""
        values = self._record.read()
        if values is None:
            return Beat(LoopState.BEFORE, 0.0, (0,) * MOST_ENABLES)
        state, t_s, *edges = values
        return Beat(LoopState(int(state)), t_s, tuple([int(edge) for edge in edges]))


class LifeSign:
    """A process that only has to live stamps it; who watches counts how often in a row the stamp was too old.

    A count, because after a stop of the whole machine the watcher may be awake first. Make it before the processes
    part. `missed` is for one watcher.
    """

    def __init__(self, longest_s: float, in_a_row: int) -> None:
        self._record = SharedRecord("d")
        self._longest_s = longest_s
        self._in_a_row = in_a_row
        self._late = 0

    def give(self, t_s: float) -> None:
        """Alive at `t_s`, monotonic."""
        self._record.write(t_s)

    def missed(self, t_s: float) -> bool:
        """Whether the last stamp is too old at `t_s`, for the last so many calls; before the first stamp never."""
        values = self._record.read()
        late = values is not None and not t_s - values[0] <= self._longest_s
        self._late = self._late + 1 if late else 0
        return self._late >= self._in_a_row
