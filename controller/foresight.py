"""Foot off and initial contact foretold from the last strides: events of the kind `predicted`.

Each event is expected at the usual time after those that came before it in the stride (its anchors), each anchor
weighted by how steady that time was. The anchor next to foot off is the push of the foot or the shank: while it has not
begun, foot off is at least its usual time away, and nothing is said. There is one prediction for a confirmed event
before it, never one from a prediction: when the walk stops there is at most one more.
"""

from collections import deque
from collections.abc import Iterable

from controller.signals import NEVER_S, Certainty, Event, EventKind

SAID_AHEAD_S = 0.2
"""A prediction is said so long before its time: 100 ms before the event even if that comes 80 ms early."""

CONFIRMED_WITHIN_S = 0.25
"""An event that has not come so long after its predicted time was not to come: a miss."""

STRIDES_REMEMBERED = 5
LONGEST_STRIDE_S = 2.5
"""After a longer time without an event of its kind everything is learned anew."""

SHORTEST_S = 0.05
"""No two events of a stride are closer."""

STEADY_S = 0.008
"""Nobody is steadier than this, nor a detector's clock: mean deviation of a usual time."""

UNSURE_S = 0.03
"""Mean deviation that is supposed of a time that was seen once."""

WORTH_WAITING_S = 0.11
"""A push that usually begins later than this before foot off would tell of it too late."""

STRIDES_TO_WAIT = 2
"""The push is waited for when it came before foot off so often."""

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
PUSH = "push"
ANCHORS: dict[str, tuple[str, ...]] = {FO: (IC, HO, FO, PUSH), IC: (FO, IC)}
AFTER = BEFORE = {IC: FO, FO: IC}


class Foresight:
    """Predicts for one leg. `missed` counts the predictions that were not confirmed, `expected_s` the next event."""

    def __init__(self) -> None:
        self.missed = 0
        self.expected: EventKind | None = None
        self.expected_s: float | None = None
        self._open_s: float | None = None
        self._last_s: dict[str, float] = dict.fromkeys((*EventKind, PUSH), NEVER_S)
        self._before_last_s = dict.fromkeys(EventKind, NEVER_S)
        self._times_s: dict[tuple[str, str], deque[float]] = {}

    def update(self, t_s: float, events: Iterable[Event], push_s: float = NEVER_S) -> tuple[Event, ...]:
        """Take the confirmed events of the tick at `t_s`; the prediction that is due, if one is.

        `push_s` is when the push of this stance began, as the IMU sees it.
        """
        for event in events:
            self._take(event.kind, event.t_s)
        if push_s != self._last_s[PUSH]:
            self._last_s[PUSH] = push_s
            if self.expected == FO and self._open_s is None:
                self.expected_s = self._estimate_s(FO)
        if self._open_s is not None and t_s > self._open_s + CONFIRMED_WITHIN_S:
            self.missed += 1
            self.forget()
        if self.expected is None or self.expected_s is None or self._open_s is not None:
            return ()
        if self.expected == FO and self._waits(t_s, self.expected_s):
            return ()
        if t_s < self.expected_s - SAID_AHEAD_S:
            return ()
        if t_s >= self.expected_s:
            self.forget()
            return ()
        self._open_s = self.expected_s
        return (Event(self.expected, self.expected_s, t_s, Certainty.PREDICTED, "strides"),)

    def forget(self) -> None:
        """Expect nothing until the next event."""
        self.expected = self.expected_s = self._open_s = None

    def _waits(self, t_s: float, expected_s: float) -> bool:
        """Whether the push has to begin first; foot off is then no nearer than usual after it."""
        times_s = self._times_s.get((PUSH, FO))
        if not times_s or len(times_s) < STRIDES_TO_WAIT or self._fresh(PUSH, FO):
            return False
        usual_s = _median_s(times_s)
        if usual_s < WORTH_WAITING_S:
            return False
        if t_s - self._last_s[IC] > LONGEST_STRIDE_S:
            self.forget()
        else:
            self.expected_s = max(expected_s, t_s + usual_s)
        return True

    def _take(self, kind: EventKind, t_s: float) -> None:
        if kind != HO:
            self._learn(kind, t_s)
            self._open_s = None
            self.expected = AFTER[kind]
        self._before_last_s[kind], self._last_s[kind] = self._last_s[kind], t_s
        if self.expected is not None and self._open_s is None:
            self.expected_s = self._estimate_s(self.expected)

    def _learn(self, kind: EventKind, t_s: float) -> None:
        if t_s - self._last_s[kind] > LONGEST_STRIDE_S:
            self._times_s.clear()
        for anchor in ANCHORS[kind]:
            spent_s = t_s - self._last_s[anchor]
            if SHORTEST_S < spent_s <= LONGEST_STRIDE_S and self._fresh(anchor, kind):
                self._times_s.setdefault((anchor, kind), deque(maxlen=STRIDES_REMEMBERED)).append(spent_s)

    def _fresh(self, anchor: str, kind: EventKind) -> bool:
        """Whether the anchor belongs to this stride, or as the same event to the one before."""
        if anchor in (HO, PUSH):
            return self._last_s[anchor] > self._last_s[IC]
        return anchor != kind or self._last_s[kind] > self._before_last_s[BEFORE[kind]]

    def _estimate_s(self, kind: EventKind) -> float | None:
        """The mean of what the anchors let expect, weighted by the inverse of their variances."""
        total = weights = 0.0
        for anchor in ANCHORS[kind]:
            times_s = self._times_s.get((anchor, kind))
            if not times_s or not self._fresh(anchor, kind):
                continue
            usual_s = _median_s(times_s)
            spread_s = UNSURE_S
            if len(times_s) > 1:
                deviations_s = 0.0
                for spent_s in times_s:
                    deviations_s += abs(spent_s - usual_s)
                spread_s = max(STEADY_S, deviations_s / len(times_s))
            weight = 1.0 / (spread_s * spread_s)
            total += weight * (self._last_s[anchor] + usual_s)
            weights += weight
        return total / weights if weights else None


def _median_s(times_s: deque[float]) -> float:
    return sorted(times_s)[len(times_s) // 2]
