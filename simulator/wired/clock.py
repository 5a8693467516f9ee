"""Time that moves only when it is told to."""


class VirtualClock:
    """A clock for benches and tests: `sleep_until` jumps to the time that is asked for."""

    def __init__(self, t_s: float = 100.0) -> None:
        self._t_s = t_s

    def now(self) -> float:
        return self._t_s

    def sleep_until(self, t_s: float) -> None:
        self._t_s = max(self._t_s, t_s)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, not negative."""
        self._t_s += max(0.0, seconds)
