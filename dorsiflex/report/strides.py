"""Which stride a page shows, and where the phases lie in it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from controller.signals import Phase
from dorsiflex.report.traces import LegTrace
from simulator.truth import Swing

LONGEST_STRIDE_S = 4.0


class Stride(NamedTuple):
    """From one initial contact to the next, with the foot off between; s."""

    start_s: float
    foot_off_s: float
    stop_s: float


class Stretch(NamedTuple):
    """A stretch of time in one phase; s."""

    start_s: float
    stop_s: float
    phase: Phase


def typical_stride(swings: tuple[Swing, ...]) -> Stride | None:
    """The stride whose toe clearance is in the middle of all; None when there are no two steps in a row."""
    strides = [
        (swing.min_toe_clearance_mm, Stride(before.initial_contact_s, swing.foot_off_s, swing.initial_contact_s))
        for before, swing in pairwise(swings)
        if swing.initial_contact_s - before.initial_contact_s <= LONGEST_STRIDE_S
    ]
    return sorted(strides)[len(strides) // 2][1] if strides else None


def phases_between(trace: LegTrace, start_s: float, stop_s: float) -> Iterator[Stretch]:
    """The phases in which the controller had the leg, from `start_s` to `stop_s`."""
    times, phases = trace["time_s"], trace["phase"]
    first, last = trace.index(start_s), trace.index(stop_s)
    begin_s, phase = start_s, phases[first]
    for i in range(first + 1, last + 1):
        if phases[i] != phase:
            yield Stretch(begin_s, times[i], Phase(int(phase)))
            begin_s, phase = times[i], phases[i]
    yield Stretch(begin_s, stop_s, Phase(int(phase)))
