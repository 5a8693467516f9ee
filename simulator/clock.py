"""Clocks for simulated time."""

from collections.abc import Callable

from drivers.interfaces import Clock


class VirtualClock:
    """Time that passes only when somebody sleeps; seconds from `t_s`."""

    def __init__(self, t_s: float = 0.0) -> None:
        self._t_s = t_s

    def now(self) -> float:
        """The time, s."""
        return self._t_s

    def sleep_until(self, t_s: float) -> None:
        """Set the time to `t_s`; at once when it is past."""
        self._t_s = max(self._t_s, t_s)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, not negative."""
        self._t_s += max(0.0, seconds)


class BenchClock:
    """Another clock, virtual or real, whose sleeper moves the bench along when it wakes. `now` is the other clock's."""

    def __init__(self, inner: Clock, advance: Callable[[float], None]) -> None:
        self.now = inner.now
        self._inner = inner
        self._advance = advance

    def sleep_until(self, t_s: float) -> None:
        """Sleep on the inner clock, then advance the bench to its time."""
        self._inner.sleep_until(t_s)
        self._advance(self.now())
