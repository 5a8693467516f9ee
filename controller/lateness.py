"""How often the loop has been late of late: single hiccups are survived, a machine that cannot keep time is not."""

from controller.signals import NEVER_S

LATE_SHARE = 0.5
"""A tick that begins later than this share of a period counts as late, and so does every tick that was skipped."""
BUCKETS = 10


class LateTicks:
    """Counts late ticks over a sliding window, in tenths of it, so that a tick costs no more in a long window."""

    def __init__(self, rate_hz: int, window_s: float) -> None:
        self._late_s = LATE_SHARE / rate_hz
        self._bucket_s = window_s / BUCKETS
        self._enough = (BUCKETS - 1) * self._bucket_s * rate_hz
        self.forget()

    def forget(self) -> None:
        """Start over: what was late while nobody could be stimulated is no reason against doing it now."""
        self._buckets = [(0, 0)] * BUCKETS
        self._ticks = self._late = 0
        self._place = 0
        self._until_s = NEVER_S

    def share(self, t_s: float, late_s: float, skipped: int) -> float:
        """Take a tick; the share of late and skipped ticks in the window, 0 until that is nearly full."""
        if t_s >= self._until_s:
            self._turn(t_s)
        ticks, late = self._buckets[self._place]
        more = skipped + (late_s > self._late_s)
        self._buckets[self._place] = (ticks + 1 + skipped, late + more)
        self._ticks += 1 + skipped
        self._late += more
        return self._late / self._ticks if self._ticks >= self._enough else 0.0

    def _turn(self, t_s: float) -> None:
        """Begin a tenth and drop the oldest; after a gap those before it stay a little longer, which harms nobody."""
        self._until_s = max(self._until_s, t_s) + self._bucket_s
        self._place = (self._place + 1) % BUCKETS
        ticks, late = self._buckets[self._place]
        self._ticks -= ticks
        self._late -= late
        self._buckets[self._place] = (0, 0)
