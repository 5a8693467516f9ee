"""Figures on hand-made truths whose answers are known."""

from itertools import pairwise
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dorsiflex.walk_judgement import (
    OutputPulse,
    Window,
    bursts_of,
    judge_bursts,
    judge_swings,
    percentile,
    windows_of,
)
from simulator.truth import IcType, Loading, Swing, WantedBurst

TAIL_S = 0.35
RATE_HZ = 40.0


def train(start_s: float, stop_s: float, in_thresholds: float = 1.5) -> list[OutputPulse]:
    """Pulses at 40 Hz."""
    count = round((stop_s - start_s) * RATE_HZ) + 1
    return [OutputPulse(start_s + k / RATE_HZ, in_thresholds, RATE_HZ) for k in range(count)]


def wanted(start_s: float, *, first: bool = False) -> WantedBurst:
    """A wanted burst with initial contact 0.7 s after its start."""
    return WantedBurst(start_s, start_s + 0.7, first)


def swing(
    contact_s: float, clearance_mm: float = 20.0, contact: IcType = "heel", degrees: float = 3.0, scraped: float = 0.0
) -> Swing:
    """A finished swing."""
    return Swing(
        contact_s - 0.45,
        contact_s,
        degrees + 2.0,
        degrees,
        clearance_mm,
        scraped,
        5.0,
        contact,
        True,
        0.0,
        degrees,
        7.0,
    )


def test_a_burst_within_its_window_is_given_and_nothing_else() -> None:
    figures = judge_bursts([wanted(10.0)], train(10.1, 11.0), TAIL_S)
    assert (figures.wanted, figures.given, figures.missed) == (1, 1, 0)
    assert (figures.extra, figures.in_stance, figures.in_stance_s) == (0, 0, 0.0)


def test_no_pulse_is_a_miss() -> None:
    figures = judge_bursts([wanted(10.0), wanted(12.0)], train(10.1, 11.0), TAIL_S)
    assert (figures.wanted, figures.given, figures.missed, figures.too_weak) == (2, 1, 1, 0)


def test_pulses_below_the_motor_threshold_are_a_miss_that_is_told_apart() -> None:
    figures = judge_bursts([wanted(10.0)], train(10.1, 11.0, 0.99), TAIL_S)
    assert (figures.given, figures.missed, figures.too_weak) == (0, 1, 1)


@pytest.mark.parametrize(("from_s", "late"), [(10.1, 0), (10.24, 0), (10.27, 1), (10.695, 1), (10.75, 0)])
def test_a_burst_begun_after_foot_off_is_late_though_given(from_s: float, late: int) -> None:
    """Foot off is at 10.25 s, contact at 10.7 s: what comes after that is missed, not late."""
    figures = judge_bursts([wanted(10.0)], train(from_s, 11.0), TAIL_S)
    assert figures.late == late <= figures.given


def test_what_is_too_weak_does_not_begin_a_burst() -> None:
    assert judge_bursts([wanted(10.0)], train(10.1, 10.3, 0.5) + train(10.325, 11.0), TAIL_S).late == 1


def test_a_pulse_after_initial_contact_comes_too_late() -> None:
    figures = judge_bursts([wanted(10.0)], train(10.75, 11.0), TAIL_S)
    assert (figures.given, figures.missed, figures.extra, figures.in_stance) == (0, 1, 0, 0)


def test_a_burst_wholly_outside_is_extra() -> None:
    figures = judge_bursts([wanted(10.0)], train(10.1, 11.0) + train(12.0, 12.1), TAIL_S)
    assert (figures.given, figures.extra, figures.in_stance) == (1, 1, 1)
    assert figures.in_stance_s == pytest.approx(5 / RATE_HZ)


def test_a_burst_that_overruns_its_window_is_in_stance_but_not_extra() -> None:
    figures = judge_bursts([wanted(10.0)], train(10.1, 11.2), TAIL_S)
    assert (figures.given, figures.extra, figures.in_stance) == (1, 0, 1)
    assert 0.1 < figures.in_stance_s < 0.2


def test_current_below_the_motor_threshold_is_not_in_stance() -> None:
    figures = judge_bursts([wanted(10.0)], train(15.0, 16.0, 0.9), TAIL_S)
    assert (figures.extra, figures.in_stance, figures.in_stance_s) == (0, 0, 0.0)


def test_the_first_step_after_standing_is_counted_apart() -> None:
    bursts = [wanted(2.0, first=True), wanted(4.0), wanted(20.0, first=True)]
    figures = judge_bursts(bursts, train(4.1, 5.0) + train(20.1, 21.0), TAIL_S)
    assert (figures.wanted, figures.given, figures.missed) == (1, 1, 0)
    assert (figures.first_wanted, figures.first_given) == (2, 1)
    assert figures.extra == 0


def test_the_swing_that_the_end_cuts_off_is_not_held_against_the_burst() -> None:
    assert judge_bursts([], train(5.1, 5.5), TAIL_S, [Window(5.0, 6.0)]).extra == 0
    assert judge_bursts([], train(5.1, 5.5), TAIL_S).extra == 1


times = st.floats(0.0, 60.0, allow_nan=False)


@given(
    st.lists(st.tuples(times, st.booleans()), max_size=12),
    st.lists(st.tuples(times, st.floats(0.0, 3.0)), max_size=40),
)
def test_counts_add_up(starts: list[tuple[float, bool]], shots: list[tuple[float, float]]) -> None:
    bursts = [wanted(start_s, first=first) for start_s, first in sorted(starts)]
    pulses = [OutputPulse(t_s, strength, RATE_HZ) for t_s, strength in sorted(shots)]
    figures = judge_bursts(bursts, pulses, TAIL_S)
    assert figures.given + figures.missed == figures.wanted
    assert figures.wanted + figures.first_wanted == len(bursts)
    assert 0 <= figures.too_weak <= figures.missed
    assert 0 <= figures.late <= figures.given
    assert 0 <= figures.extra <= figures.in_stance <= len(bursts_of(pulses))
    windows = [Window(burst.start_s, burst.stop_s + TAIL_S) for burst in bursts]
    outside = [p for p in pulses if p.felt_by_muscle and not any(w.start_s <= p.t_s <= w.stop_s for w in windows)]
    assert figures.in_stance_s == pytest.approx(len(outside) / RATE_HZ)
    assert (figures.in_stance > 0) == bool(outside)


@given(st.lists(times, max_size=20))
def test_windows_are_in_order_and_lose_nothing(starts: list[float]) -> None:
    windows = windows_of([wanted(start_s) for start_s in starts], TAIL_S)
    assert all(a.stop_s < b.start_s for a, b in pairwise(windows))
    assert all(any(w.start_s <= s and s + 0.7 + TAIL_S <= w.stop_s for w in windows) for s in starts)


def test_swings_have_the_known_figures() -> None:
    swings = [
        swing(1.0, 10.0, "heel", 1.0),
        swing(2.0, 15.0, "flat", 2.0, 0.4),
        swing(3.0, 16.0, "toe", 3.0, 0.4),
        swing(4.0, 30.0, "heel", 10.0),
    ]
    loadings = [Loading(1.0, 1.03, -100.0), Loading(4.0, 4.1, -100.0), Loading(9.0, 9.01, -900.0)]
    figures = judge_swings(swings, loadings, [-1.0, 0.0, 1.0, 2.0])
    assert figures.steps == 4
    assert figures.dorsiflexion_deg == 2.5
    assert figures.dorsiflexion_at_ic_deg == 0.5
    assert figures.clearance_p50_mm == 15.5
    assert figures.clearance_p5_mm == pytest.approx(10.75)
    assert figures.clear_share == 0.5
    assert figures.contact_share == pytest.approx(0.2)
    assert (figures.heel_share, figures.flat_share, figures.toe_share) == (0.5, 0.25, 0.25)
    assert figures.slap_share == 0.5, "of the two landings heel first"
    assert (figures.steppage_deg, figures.hip_hike_mm) == (2.5, 7.0)


def test_where_no_heel_lands_first_there_is_no_slap_to_judge() -> None:
    assert isnan(judge_swings([swing(1.0, contact="flat"), swing(2.0, contact="toe")], [], [0.0, 0.0]).slap_share)


def test_no_swing_has_no_figures() -> None:
    figures = judge_swings([], [], [])
    assert figures.steps == 0
    assert all(isnan(value) for value in figures[1:])


values = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50)


@given(values)
def test_the_ends_and_the_middle_of_percentiles(numbers: list[float]) -> None:
    assert percentile(numbers, 0.0) == min(numbers)
    assert percentile(numbers, 1.0) == max(numbers)
    middle = percentile(numbers, 0.5)
    assert 2 * sum(number < middle for number in numbers) <= len(numbers)
    assert 2 * sum(number > middle for number in numbers) <= len(numbers)


@given(values, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_percentiles_rise(numbers: list[float], one: float, other: float) -> None:
    assert percentile(numbers, min(one, other)) <= percentile(numbers, max(one, other)) + 1e-9
