"""The delay follows the person: slow steps have a longer push-off, and their burst may not come before it is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import StimulationSettings
from controller.stimulation import QUICK_S, STEPS_REMEMBERED, BurstPlanner

SETTINGS = StimulationSettings(slow_delay_share=0.4)


def planner_after(ups_s: list[float]) -> BurstPlanner:
    """A planner that has seen steps of these times from heel off to initial contact, two seconds apart."""
    planner = BurstPlanner(SETTINGS, 0.05)
    for k, up_s in enumerate(ups_s):
        planner.trigger(4.0 * k, SETTINGS.delay_s)
        planner.update(4.0 * k + 0.1)
        planner.land(4.0 * k + up_s)
        planner.cut(4.0 * k + up_s)
    return planner


def test_nothing_is_added_before_a_step_is_seen_or_after_quick_ones() -> None:
    assert planner_after([]).slow_delay_s == 0.0
    assert planner_after([0.6, 0.65, QUICK_S]).slow_delay_s == pytest.approx(0.0)


def test_slow_steps_begin_later_by_their_share() -> None:
    assert planner_after([1.05, 1.05, 1.05]).slow_delay_s == pytest.approx(0.4 * (1.05 - QUICK_S))
    assert planner_after([0.8, 1.6, 0.8]).slow_delay_s == pytest.approx(0.4 * 0.1)


def test_what_is_no_step_teaches_nothing() -> None:
    planner = planner_after([0.05, 3.0])
    assert planner.slow_delay_s == 0.0
    planner.land(20.0)
    assert planner.slow_delay_s == 0.0


def test_the_last_steps_count() -> None:
    assert planner_after([1.2] * 9 + [0.7] * STEPS_REMEMBERED).slow_delay_s == pytest.approx(0.0)
    assert planner_after([0.7] * 9 + [1.2] * STEPS_REMEMBERED).slow_delay_s == pytest.approx(0.2)


@given(st.lists(st.floats(0.0, 4.0), max_size=12))
def test_the_delay_is_never_negative_nor_longer_than_its_share_of_the_longest(ups_s: list[float]) -> None:
    added_s = planner_after(ups_s).slow_delay_s
    assert 0.0 <= added_s <= 0.4 * max(0.0, max(ups_s, default=0.0) - QUICK_S) + 1e-9
