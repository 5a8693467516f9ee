"""The push-off of one stance: when it begins, when it is over, and what is none."""

from math import pi, sin
from typing import Literal

import pytest

from config.schema import ImuEventSettings
from controller.habit import Habit, Stride
from controller.push_off import BEGINS_SHARE, PushOff
from controller.signals import NEVER_S

Placement = Literal["shank", "foot"]

USUAL_DEG_S = 200.0
USUAL = Stride(
    peak_deg_s=300.0, rise_deg=50.0, push_deg=45.0, push_deg_s=USUAL_DEG_S, swing_s=0.5, stride_s=1.2, roll_s=0.2
)
LATE_S = 0.4
"""Later after contact than any loading."""


def push_off(placement: Placement) -> PushOff:
    """One that knows three strides, with a stance that began at 0."""
    habit = Habit(ImuEventSettings(), placement)
    for _ in range(3):
        habit.learn(USUAL, candidate=False)
    habit.look(0.1)
    push = PushOff(habit, placement)
    push.begin(0.0)
    return push


def follow(push: PushOff, rates_deg_s: list[tuple[float, float]]) -> None:
    for t_s, rate_deg_s in rates_deg_s:
        push.follow(t_s, rate_deg_s, 0.0)


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_a_push_begins_at_a_share_of_the_usual_rate_after_mid_stance_and_not_in_the_loading(
    placement: Placement,
) -> None:
    push = push_off(placement)
    follow(push, [(0.05, -USUAL_DEG_S), (0.1, -USUAL_DEG_S)])
    assert push.begun_s == NEVER_S
    push.reach_mid_stance(-2.0)
    begins_deg_s = -BEGINS_SHARE[placement] * USUAL_DEG_S
    follow(push, [(0.2, 2.0 * begins_deg_s), (LATE_S, 0.9 * begins_deg_s)])
    assert push.begun_s == NEVER_S
    follow(push, [(LATE_S + 0.1, 1.1 * begins_deg_s), (LATE_S + 0.2, 3.0 * begins_deg_s)])
    assert push.begun_s == LATE_S + 0.1


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_what_slows_down_again_was_no_beginning(placement: Placement) -> None:
    push = push_off(placement)
    push.reach_mid_stance(-2.0)
    follow(push, [(LATE_S, -USUAL_DEG_S), (LATE_S + 0.05, -1.0)])
    assert push.begun_s == NEVER_S
    follow(push, [(LATE_S + 0.2, -USUAL_DEG_S)])
    assert push.begun_s == LATE_S + 0.2


def test_a_stranger_has_no_usual_push_to_begin() -> None:
    push = PushOff(Habit(ImuEventSettings(), "foot"), "foot")
    push.reach_mid_stance(0.0)
    follow(push, [(LATE_S, -500.0)])
    assert push.begun_s == NEVER_S


def test_a_shank_that_slows_down_after_its_loading_has_not_pushed() -> None:
    push = push_off("shank")
    follow(push, [(0.1, -0.8 * USUAL_DEG_S), (0.2, -0.7 * USUAL_DEG_S)])
    push.reach_mid_stance(-0.65 * USUAL_DEG_S)
    slowing = [(0.21 + 0.01 * k, -USUAL_DEG_S * (0.65 - 0.03 * k)) for k in range(20)]
    for sample in slowing:
        follow(push, [sample])
        assert not push.is_over(sample[1])
    leaning = [(0.5 + 0.01 * k, -USUAL_DEG_S * sin(pi * k / 20)) for k in range(1, 20)]
    over = []
    for sample in leaning:
        follow(push, [sample])
        over.append(push.is_over(sample[1]))
    assert over.index(True) == pytest.approx(16, abs=1)
    assert 0.6 < push.deep_s < 0.7


def test_who_stops_and_straightens_up_has_not_pushed() -> None:
    push = push_off("shank")
    push.reach_mid_stance(-60.0)
    follow(push, [(0.3, -25.0), (0.35, 15.0), (0.4, 70.0)])
    assert not push.is_push()
    push = push_off("shank")
    push.reach_mid_stance(-60.0)
    follow(push, [(0.3, -25.0), (0.5, -0.5 * USUAL_DEG_S), (0.6, 70.0)])
    assert push.is_push()


def test_dips_late_in_the_swing_ask_more_of_a_landing_and_what_goes_on_pushing_does_not() -> None:
    habit = Habit(ImuEventSettings(), "foot")

    def least_drop_deg(depth_deg: float, risen_deg: float) -> float:
        habit.learn(Stride(300.0, 60.0, 50.0, 250.0, 0.4, 1.2, 0.3), candidate=False)
        habit.dipped(depth_deg, risen_deg)
        habit.look(0.5)
        return habit.least_drop_deg

    plain = least_drop_deg(2.0, 0.2 * 60.0)
    assert least_drop_deg(20.0, 0.9 * 60.0) == plain, "so deep is a step of its own"
    assert least_drop_deg(2.0, 0.9 * 60.0) > plain
