"""What a page shows of a recording: each miss and each extra with a stride around it, and one usual stride."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from controller.signals import Certainty, EventKind
from dorsiflex.score.charts import Mark
from dorsiflex.score.matching import LONGEST_STRIDE_S, inside
from dorsiflex.score.recordings import ScoredLeg

USUAL_STRIDE_S = 1.2
"""Where the reference has no stride."""
SHORTEST_STRIDE_S = 0.4


class Mishap(NamedTuple):
    """Misses and extras within one stride of each other, and what of the signal is shown around them; s."""

    leg: ScoredLeg
    start_s: float
    stop_s: float
    marks: tuple[Mark, ...]


def mishaps_of(leg: ScoredLeg) -> list[Mishap]:
    """Every miss and every extra of confirmed events, and every false prediction, in order of time.

    A prediction that did not come has no picture: there may be none at all.
    """
    marks: list[Mark] = []
    for cell in leg.cells:
        if cell.certainty is Certainty.CONFIRMED:
            marks += [Mark(t_s, cell.event, True) for t_s in cell.outcome.missed_s]
        marks += [Mark(one.t_s, cell.event, False, cell.certainty) for one in cell.outcome.extra]
    stride_s = stride_of(leg)
    found: list[list[Mark]] = []
    for mark in sorted(marks):
        if found and mark.t_s - found[-1][0].t_s <= stride_s:
            found[-1].append(mark)
        else:
            found.append([mark])
    return [Mishap(leg, *_around(leg, one[0].t_s, one[-1].t_s, stride_s), tuple(one)) for one in found]


def stride_of(leg: ScoredLeg) -> float:
    """The usual time from one reference event to the next of its kind, s."""
    strides = [stop_s - start_s for start_s, stop_s in _strides(leg)]
    return median(strides) if strides else USUAL_STRIDE_S


def typical_stride(legs: Sequence[ScoredLeg]) -> Mishap | None:
    """The stride of a person whose length is in the middle of all, without marks; None when there is none."""
    strides = [(stop_s - start_s, i, start_s) for i, leg in enumerate(legs) for start_s, stop_s in _strides(leg)]
    if not strides:
        return None
    lasts_s, i, start_s = sorted(strides)[len(strides) // 2]
    return Mishap(legs[i], *_around(legs[i], start_s, start_s + lasts_s, 0.2 * lasts_s), ())


def _strides(leg: ScoredLeg) -> list[tuple[float, float]]:
    """From one reference initial contact to the next; where there are none, from foot off to foot off."""
    events_s = leg.reference.events_s
    times_s = events_s.get(EventKind.IC) or events_s.get(EventKind.FO) or events_s.get(EventKind.HO) or ()
    windows = leg.reference.windows
    return [
        (start_s, stop_s)
        for start_s, stop_s in pairwise(times_s)
        if SHORTEST_STRIDE_S <= stop_s - start_s <= LONGEST_STRIDE_S
        and inside(start_s, windows)
        and inside(stop_s, windows)
    ]


def _around(leg: ScoredLeg, first_s: float, last_s: float, more_s: float) -> tuple[float, float]:
    times_s = leg.signal.time_s
    return max(times_s[0], first_s - more_s), min(times_s[-1], last_s + more_s)
