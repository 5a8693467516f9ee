"""The only real clock of the project: monotonic."""

import time


class MonotonicClock:
    """CLOCK_MONOTONIC in seconds; `drivers.interfaces.Clock`."""

    def now(self) -> float:
        """The time, s."""
        return time.monotonic()

    def sleep_until(self, t_s: float) -> None:
        """Sleep to the absolute time `t_s`; on Python 3.11 and later this wakes by the kernel's own deadline."""
        wait_s = t_s - time.monotonic()
        if wait_s > 0.0:
            time.sleep(wait_s)
