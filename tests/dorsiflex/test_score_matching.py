"""Which detection belongs to which reference event, and what the figures of a score are."""

from itertools import pairwise
from math import isnan, nan
from statistics import median, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import Certainty, EventKind
from dorsiflex.score.figures import Cell, figures_of
from dorsiflex.score.matching import Detection, Outcome, Window, f1_score, judge, match

ALWAYS = (Window(-1e9, 1e9),)
REFERENCE = (1.0, 2.0, 3.0, 4.0, 5.0)


def detection(t_s: float, latency_s: float = 0.0) -> Detection:
    return Detection(t_s, t_s + latency_s)


def cell(outcome: Outcome, person: str = "A", minutes_outside: float = 0.0) -> Cell:
    return Cell("group", person, EventKind.IC, Certainty.CONFIRMED, outcome, minutes_outside)


def test_a_perfect_detector() -> None:
    outcome = judge(REFERENCE, [detection(t_s) for t_s in REFERENCE], ALWAYS)
    figures = figures_of([cell(outcome)])
    assert (figures.references, figures.found, figures.missed, figures.extra) == (5, 5, 0, 0)
    assert figures.f1 == figures.f1_50ms == figures.worst_person_f1 == 1.0
    assert figures.error_median_ms == figures.sd_within_ms == figures.latency_p95_ms == 0.0


@pytest.mark.parametrize(
    ("t_s", "latency_s", "is_found"),
    [(0.151, 0.0, False), (0.149, 0.0, True), (-0.149, 0.0, True), (-0.151, 0.0, False), (0.1, 0.149, True),
     (0.1, 0.151, False), (-0.1, 0.349, True), (-0.1, 0.351, False)],
)  # fmt: skip
def test_near_enough_and_decided_soon_enough(t_s: float, latency_s: float, is_found: bool) -> None:
    outcome = judge([0.0], [detection(t_s, latency_s)], ALWAYS)
    assert bool(outcome.pairs) == is_found
    assert bool(outcome.missed_s) == bool(outcome.extra) == (not is_found)


def test_the_nearest_pair_goes_first_and_no_detection_serves_twice() -> None:
    outcome = judge([1.0, 1.2], [detection(1.11), detection(1.19)], ALWAYS)
    assert [(pair.reference_s, pair.t_s) for pair in outcome.pairs] == [(1.0, 1.11), (1.2, 1.19)]
    outcome = judge([1.0], [detection(1.09), detection(1.02)], ALWAYS)
    assert [pair.t_s for pair in outcome.pairs] == [1.02]
    assert [one.t_s for one in outcome.extra] == [1.09]
    assert judge([1.0, 1.2], [detection(1.11)], ALWAYS).missed_s == (1.0,)


def test_only_what_lies_in_a_window_counts() -> None:
    detections = [detection(t_s) for t_s in (1.0, 1.5, 2.0, 4.0, 4.5)]
    outcome = judge(REFERENCE, detections, [Window(0.9, 2.1), Window(2.9, 3.1)])
    assert [pair.reference_s for pair in outcome.pairs] == [1.0, 2.0]
    assert outcome.missed_s == (3.0,)
    assert [one.t_s for one in outcome.extra] == [1.5]
    assert outcome.outside == 1
    assert outcome.strict == 2


def test_a_detection_within_50_ms_counts_as_strict() -> None:
    outcome = judge([1.0, 2.0], [detection(1.04), detection(2.06)], ALWAYS)
    assert len(outcome.pairs) == 2
    assert outcome.strict == 1


def test_what_is_foreseen_needs_two_strides_of_history() -> None:
    reference = [1.0, 2.0, 3.0, 4.0, 9.0, 10.0, 11.0]
    ahead = [Detection(t_s + 0.01, t_s - 0.2) for t_s in reference]
    outcome = judge(reference, ahead, ALWAYS)
    assert (outcome.foreseeable, outcome.foreseen) == (3, 3)
    too_late = [Detection(t_s, t_s - 0.09) for t_s in reference]
    assert judge(reference, too_late, ALWAYS).foreseen == 0
    too_far_off = [Detection(t_s + 0.09, t_s - 0.2) for t_s in reference]
    assert judge(reference, too_far_off, ALWAYS).foreseen == 0


def test_the_figures_of_two_people_by_hand() -> None:
    early = judge(REFERENCE, [detection(t_s - 0.02, 0.03) for t_s in REFERENCE[:4]], ALWAYS)
    late = judge(REFERENCE, [*(detection(t_s + 0.04, 0.01) for t_s in REFERENCE), detection(5.5)], ALWAYS)
    figures = figures_of([cell(early, "A", 0.5), cell(late, "B", 0.5)])
    assert (figures.found, figures.missed, figures.extra) == (9, 1, 1)
    assert figures.f1 == pytest.approx(18 / 20)
    assert figures.worst_person_f1 == pytest.approx(8 / 9)
    assert figures.error_median_ms == pytest.approx(40.0)
    assert figures.error_sd_ms == pytest.approx(pstdev([-20.0] * 4 + [40.0] * 5))
    assert figures.sd_within_ms == pytest.approx(0.0, abs=1e-6)
    assert figures.latency_median_ms == pytest.approx(50.0)
    assert figures.outside_per_min == 0.0
    assert figures.false_share == pytest.approx(0.1)


def test_the_95th_percentile_is_a_latency_that_occurred() -> None:
    reference = [float(k) for k in range(20)]
    outcome = judge(reference, [detection(t_s, 0.001 * t_s) for t_s in reference], ALWAYS)
    assert figures_of([cell(outcome)]).latency_p95_ms == pytest.approx(19.0)


def test_nothing_to_judge_is_no_number() -> None:
    figures = figures_of([cell(judge([], [], ALWAYS))])
    assert figures.references == 0
    for value in (figures.f1, figures.worst_person_f1, figures.sd_within_ms, figures.latency_p95_ms, figures.foreseen):
        assert isnan(value)
    assert isnan(f1_score(0, 0, 0))
    assert f1_score(0, 3, 0) == 0.0


times = st.lists(st.floats(0.0, 20.0), max_size=30, unique=True)
some_detections = st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(-0.5, 0.5)), max_size=30)


@given(reference=times, drawn=some_detections)
def test_every_reference_and_every_detection_is_accounted_for_once(
    reference: list[float], drawn: list[tuple[float, float]]
) -> None:
    detections = [detection(*one) for one in drawn]
    outcome = judge(reference, detections, ALWAYS)
    assert sorted([*outcome.missed_s, *(pair.reference_s for pair in outcome.pairs)]) == sorted(reference)
    assert len(outcome.pairs) + len(outcome.extra) == len(detections)
    assert outcome.strict <= len(reference)
    assert outcome.foreseen <= outcome.foreseeable <= max(0, len(reference) - 2)


@given(reference=times, drawn=some_detections)
def test_no_pair_that_is_left_over_would_be_allowed(reference: list[float], drawn: list[tuple[float, float]]) -> None:
    outcome = judge(reference, [detection(*one) for one in drawn], ALWAYS)
    for t_s in outcome.missed_s:
        for one in outcome.extra:
            assert abs(one.t_s - t_s) > 0.15 - 1e-9 or one.decided_s - t_s > 0.25 - 1e-9


@given(reference=times, drawn=some_detections, by_s=st.integers(-1000, 1000))
def test_another_zero_of_time_changes_nothing(
    reference: list[float], drawn: list[tuple[float, float]], by_s: int
) -> None:
    reference = sorted(round(t_s, 3) for t_s in set(reference))
    detections = [Detection(round(t_s, 3) + 0.0004, round(t_s + latency, 3) + 0.0004) for t_s, latency in drawn]
    moved = [Detection(one.t_s + by_s, one.decided_s + by_s) for one in detections]
    before = match(reference, detections, 0.15)
    after = match([t_s + by_s for t_s in reference], moved, 0.15)
    assert len(before) == len(after)


@given(errors=st.lists(st.floats(-0.04, 0.04), min_size=2, max_size=30))
def test_the_sd_within_a_person_is_that_about_the_own_median(errors: list[float]) -> None:
    reference = [float(k) for k in range(len(errors))]
    outcome = judge(reference, [detection(t_s + e) for t_s, e in zip(reference, errors, strict=True)], ALWAYS)
    figures = figures_of([cell(outcome)])
    found = [1000.0 * (pair.t_s - pair.reference_s) for pair in outcome.pairs]
    assert figures.error_median_ms == median(found)
    assert figures.sd_within_ms == pytest.approx(pstdev(found), abs=1e-9)
    assert figures.f1_50ms == 1.0
    assert all(b > a for a, b in pairwise(pair.reference_s for pair in outcome.pairs))
    assert figures.foreseen in (nan, 0.0) or isnan(figures.foreseen)
