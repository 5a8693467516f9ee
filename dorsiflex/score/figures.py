"""The figures of a group or a person, from what happened in each recording. Times in ms."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import nan
from statistics import median, pstdev
from typing import NamedTuple, TypeVar

from controller.signals import Certainty, EventKind
from dorsiflex.score.matching import Outcome, f1_score

LEAST_MINUTES = 0.05
"""A rate over less time outside the windows says nothing."""

Name = TypeVar("Name", bound=Hashable)


class Cell(NamedTuple):
    """One kind of event, confirmed or predicted, in one recording of a person."""

    group: str
    person: str
    event: EventKind
    certainty: Certainty
    outcome: Outcome
    minutes_outside: float


class Figures(NamedTuple):
    """NaN where there is nothing to judge. `error`: positive is too late; SDs are of all, no estimate.

    `sd_within_ms`: SD of the error after each person's own median is taken out. `f1_50ms`: F1 if only 50 ms were
    allowed. `foreseen` is the share 0..1 of references with two strides of history that were told at least 100 ms
    ahead and within 80 ms. `outside_per_min`: detections where there is no reference (turns, standing).
    """

    references: int
    found: int
    missed: int
    extra: int
    f1: float
    f1_50ms: float
    worst_person_f1: float
    error_median_ms: float
    error_sd_ms: float
    sd_within_ms: float
    latency_median_ms: float
    latency_p95_ms: float
    foreseen: float
    outside_per_min: float

    @property
    def false_share(self) -> float:
        """Share 0..1 of the detections inside the windows that belong to no reference; NaN without detections."""
        return self.extra / (self.found + self.extra) if self.found + self.extra else nan


def figures_of(cells: Sequence[Cell]) -> Figures:
    """Figures over the recordings of one kind of event."""
    outcomes = [cell.outcome for cell in cells]
    found = sum(len(outcome.pairs) for outcome in outcomes)
    missed = sum(len(outcome.missed_s) for outcome in outcomes)
    extra = sum(len(outcome.extra) for outcome in outcomes)
    total = 2 * found + missed + extra
    by_person: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        by_person[cell.person] += [1000.0 * pair.error_s for pair in cell.outcome.pairs]
    errors = [error for one in by_person.values() for error in one]
    centred = [error - median(one) for one in by_person.values() if one for error in one]
    latencies = sorted(1000.0 * pair.latency_s for outcome in outcomes for pair in outcome.pairs)
    foreseeable = sum(outcome.foreseeable for outcome in outcomes)
    minutes = sum(cell.minutes_outside for cell in cells)
    return Figures(
        references=found + missed,
        found=found,
        missed=missed,
        extra=extra,
        f1=f1_score(found, missed, extra),
        f1_50ms=2 * sum(outcome.strict for outcome in outcomes) / total if total else nan,
        worst_person_f1=min(person_f1(cells).values(), default=nan),
        error_median_ms=median(errors) if errors else nan,
        error_sd_ms=pstdev(errors) if errors else nan,
        sd_within_ms=pstdev(centred) if centred else nan,
        latency_median_ms=median(latencies) if latencies else nan,
        latency_p95_ms=latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))] if latencies else nan,
        foreseen=sum(outcome.foreseen for outcome in outcomes) / foreseeable if foreseeable else nan,
        outside_per_min=(sum(outcome.outside for outcome in outcomes) / minutes if minutes > LEAST_MINUTES else nan),
    )


def person_f1(cells: Iterable[Cell]) -> dict[str, float]:
    """F1 of each person who had something to find or to invent."""
    scores = {}
    for person, own in grouped(cells, lambda cell: cell.person).items():
        found = sum(len(cell.outcome.pairs) for cell in own)
        missed = sum(len(cell.outcome.missed_s) for cell in own)
        extra = sum(len(cell.outcome.extra) for cell in own)
        if found + missed + extra:
            scores[person] = f1_score(found, missed, extra)
    return scores


def grouped(cells: Iterable[Cell], name: Callable[[Cell], Name]) -> dict[Name, list[Cell]]:
    """The cells by a name of theirs, in order of their first cell."""
    found: dict[Name, list[Cell]] = {}
    for cell in cells:
        found.setdefault(name(cell), []).append(cell)
    return found
