"""Absolute deadlines t0 + k·dt: a missed one is skipped and counted, never caught up."""

from typing import NamedTuple

from drivers.interfaces import Clock


class Wake(NamedTuple):
    """One turn: its number on the grid, the time it began, how late that was, how many turns were skipped before."""

    tick: int
    t_s: float
    late_s: float
    skipped: int


class Deadlines:
    """Waits for one deadline after another on a clock that is handed in."""

    def __init__(self, clock: Clock, rate_hz: int) -> None:
        self.clock = clock
        self.period_s = 1.0 / rate_hz
        self._start_s = clock.now()
        self._next = 0

    def wait(self) -> Wake:
        """Sleep to the next deadline that is not past by a whole period, and say how punctual that was."""
        wanted = self._next
        behind = int((self.clock.now() - self._start_s) / self.period_s)
        tick = max(wanted, behind)
        due_s = self._start_s + tick * self.period_s
        self.clock.sleep_until(due_s)
        now_s = self.clock.now()
        self._next = tick + 1
        return Wake(tick, now_s, max(0.0, now_s - due_s), tick - wanted)
