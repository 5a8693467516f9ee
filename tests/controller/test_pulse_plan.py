"""Pulses on the grid of ticks: the right number, the first at once, none made up for."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.stimulation import PulsePlan


def pulses(loop_hz: float, rate_hz: float, for_s: float, start_s: float = 1000.0) -> list[float]:
    """The pulse times of a plan that runs on a perfect grid."""
    plan = PulsePlan(1.0 / loop_hz)
    ticks = [start_s + k / loop_hz for k in range(round(for_s * loop_hz))]
    return [t_s for t_s in ticks if plan.due(t_s, rate_hz, on=True)]


@pytest.mark.parametrize("loop_hz", [100, 128, 150, 200, 250, 333, 500, 777, 1000])
@pytest.mark.parametrize("rate_hz", [10.0, 16.7, 25.0, 33.3, 40.0, 50.0])
def test_the_average_rate_is_right_on_every_grid(loop_hz: float, rate_hz: float) -> None:
    assert len(pulses(loop_hz, rate_hz, 10.0)) == pytest.approx(10.0 * rate_hz, rel=0.01)


@settings(max_examples=15)
@given(st.integers(100, 1000), st.floats(10.0, 50.0), st.floats(0.0, 1e6))
def test_each_pulse_is_at_the_tick_nearest_to_its_time(loop_hz: int, rate_hz: float, start_s: float) -> None:
    times = pulses(loop_hz, rate_hz, 2.0, start_s)
    assert times[0] == start_s
    for n, t_s in enumerate(times):
        assert abs(t_s - start_s - n / rate_hz) <= 0.5 / loop_hz + 1e-6


def test_the_first_pulse_comes_at_once_and_again_after_a_pause() -> None:
    plan = PulsePlan(0.005)
    assert plan.due(1.0, 40.0, on=True)
    assert not plan.due(1.005, 40.0, on=True)
    assert not plan.due(1.01, 40.0, on=False)
    assert plan.due(1.015, 40.0, on=True)
    assert not plan.due(1.02, 40.0, on=True)


def test_off_is_off() -> None:
    plan = PulsePlan(0.005)
    assert not any(plan.due(k * 0.005, 40.0, on=False) for k in range(1000))


def test_after_skipped_ticks_one_pulse_comes_and_the_rhythm_goes_on_from_there() -> None:
    plan = PulsePlan(0.005)
    assert plan.due(0.0, 40.0, on=True)
    times = [k * 0.005 for k in range(60, 120) if plan.due(k * 0.005, 40.0, on=True)]
    assert times[0] == 0.3
    assert [b - a for a, b in pairwise(times)] == pytest.approx([0.025] * (len(times) - 1))


@settings(max_examples=100)
@given(
    st.sampled_from([100, 200, 500, 1000]),
    st.sampled_from([10.0, 25.0, 33.3, 40.0, 50.0]),
    st.lists(st.integers(1, 4) | st.integers(1, 200), min_size=1, max_size=150),
)
def test_no_period_has_two_pulses_whatever_is_skipped(loop_hz: int, rate_hz: float, steps: list[int]) -> None:
    plan = PulsePlan(1.0 / loop_hz)
    times = []
    k = 0
    for step in steps:
        k += step
        if plan.due(k / loop_hz, rate_hz, on=True):
            times.append(k / loop_hz)
    for a, b in pairwise(times):
        assert b - a >= 1.0 / rate_hz - 1.5 / loop_hz - 1e-9
    for i, a in enumerate(times):
        for n, b in enumerate(times[i:]):
            assert n <= (b - a + 1.5 / loop_hz) * rate_hz + 1e-6
