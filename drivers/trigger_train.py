"""Edges for a device that makes one pulse of each: rate and length of the train are ours, its current is not."""

from controller.signals import NEVER_S

EDGE_S = 0.004
"""The contact leaves its safe state for this long at least: a PhotoMOS relay needs up to 2 ms [M]."""


class EdgeTrain:
    """When the contact leaves its safe state and when it is back, on the grid of ticks; no edge is made up for."""

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._next_s = NEVER_S
        self._rose_s = NEVER_S
        self._last_s = NEVER_S
        self._high = False

    def level(self, t_s: float, *, on: bool) -> bool:
        """Whether the contact is out of its safe state at `t_s`; the first edge of a train comes at once,
        unless the one before was less than a period ago."""
        tick_s = min(t_s - self._last_s, self._period_s)
        self._last_s = t_s
        if not on:
            self._high = False
        elif self._high:
            self._high = t_s - self._rose_s < EDGE_S
        elif t_s >= self._next_s - 0.5 * tick_s:
            behind = t_s - self._next_s > tick_s
            self._next_s = (t_s if behind else self._next_s) + self._period_s
            self._rose_s = t_s
            self._high = True
        return self._high
