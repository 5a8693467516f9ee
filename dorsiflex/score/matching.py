"""Which detected event belongs to which reference event, and what is then found, missed and extra.

A detection belongs to a reference at most 150 ms away if it was decided no later than 250 ms after it: one to one, the
nearest pair first, over the whole recording. Counted are only references and leftover detections inside the windows in
which the reference can be trusted. Times in s.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

TOLERANCE_S = 0.150
STRICT_S = 0.050
DECIDE_WITHIN_S = 0.250

AHEAD_S, FORESEEN_WITHIN_S = 0.100, 0.080
"""A prediction helps when it comes this long before the event and says its time to within so much."""
STRIDES_TO_LEARN = 2
"""Nobody can predict from less than two strides of history."""
LONGEST_STRIDE_S = 2.5
"""After a longer time without the event the history begins anew."""


class Window(NamedTuple):
    """A stretch in which every event has a reference."""

    start_s: float
    stop_s: float


class Detection(NamedTuple):
    """When an event is said to have happened, and on which stamp that was decided."""

    t_s: float
    decided_s: float


class Pair(NamedTuple):
    """A reference event and the detection that belongs to it."""

    reference_s: float
    t_s: float
    decided_s: float

    @property
    def error_s(self) -> float:
        """Positive: said to be later than it was."""
        return self.t_s - self.reference_s

    @property
    def latency_s(self) -> float:
        """From the event to the decision; negative: decided before it happened."""
        return self.decided_s - self.reference_s


class Outcome(NamedTuple):
    """One kind of event in one recording.

    `strict` of the references have a detection within 50 ms; `outside` detections lie outside every window. Of
    `foreseeable` references, those with two strides of history, `foreseen` had a detection at least 100 ms ahead and
    within 80 ms.
    """

    pairs: tuple[Pair, ...]
    missed_s: tuple[float, ...]
    extra: tuple[Detection, ...]
    strict: int
    outside: int
    foreseeable: int
    foreseen: int


def judge(reference_s: Iterable[float], detections: Sequence[Detection], windows: Sequence[Window]) -> Outcome:
    """Compare the detections of one kind of event, in any order, with its reference."""
    reference = sorted(reference_s)
    matched = match(reference, detections, TOLERANCE_S)
    used = set(matched.values())
    counted = [j for j, t_s in enumerate(reference) if inside(t_s, windows)]
    loose = [one for i, one in enumerate(detections) if i not in used]
    extra = tuple(one for one in loose if inside(one.t_s, windows))
    pairs = {j: Pair(reference[j], *detections[matched[j]]) for j in counted if j in matched}
    strict = match(reference, detections, STRICT_S)
    foreseeable = [j for j in counted if _strides_before(reference, j) >= STRIDES_TO_LEARN]
    return Outcome(
        pairs=tuple(pairs.values()),
        missed_s=tuple(reference[j] for j in counted if j not in matched),
        extra=extra,
        strict=sum(j in strict for j in counted),
        outside=len(loose) - len(extra),
        foreseeable=len(foreseeable),
        foreseen=sum(_foreseen(pairs[j]) for j in foreseeable if j in pairs),
    )


def match(reference_s: Sequence[float], detections: Sequence[Detection], tolerance_s: float) -> dict[int, int]:
    """Index of the reference, in order of time, to index of its detection."""
    candidates = []
    for i, one in enumerate(detections):
        first = bisect_left(reference_s, one.t_s - tolerance_s)
        last = bisect_right(reference_s, one.t_s + tolerance_s)
        for j in range(first, last):
            if one.decided_s - reference_s[j] <= DECIDE_WITHIN_S:
                candidates.append((abs(one.t_s - reference_s[j]), i, j))
    matched: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in used and j not in matched:
            matched[j] = i
            used.add(i)
    return matched


def inside(t_s: float, windows: Iterable[Window]) -> bool:
    """Whether a moment lies in one of the windows, their ends included."""
    return any(window.start_s <= t_s <= window.stop_s for window in windows)


def f1_score(found: int, missed: int, extra: int) -> float:
    """Harmonic mean of the share found and the share right, 0..1; NaN where there is nothing."""
    total = 2 * found + missed + extra
    return 2 * found / total if total else float("nan")


def _strides_before(reference_s: Sequence[float], j: int) -> int:
    """Events of the same kind right before this one, without a pause; no more than are needed."""
    count = 0
    while count < min(j, STRIDES_TO_LEARN):
        if reference_s[j - count] - reference_s[j - count - 1] > LONGEST_STRIDE_S:
            break
        count += 1
    return count


def _foreseen(pair: Pair) -> bool:
    return -pair.latency_s >= AHEAD_S and abs(pair.error_s) <= FORESEEN_WITHIN_S
