"""Whether stimulation lifts the foot: the arithmetic of it. On the bench: test_effect_on_the_bench.py."""

import pytest

from controller.effect import DEEPER_DEG, FIRST_STRIDES_JUDGED, STEADY_DEG, STRIDES_JUDGED, EffectCheck

TROUGH_DEG = -50.0


def swing(
    check: EffectCheck, peak_deg: float, share: float, swing_s: float = 0.5, trough_deg: float = TROUGH_DEG
) -> None:
    check.begin(0.0)
    for pitch_deg in (-40.0, trough_deg, peak_deg - 5.0, peak_deg, peak_deg - 8.0):
        check.sample(pitch_deg, share)
        check.sample(pitch_deg, 0.0)
    check.end(swing_s)


def swings(
    check: EffectCheck, peak_deg: float, share: float, count: int = STRIDES_JUDGED, trough_deg: float = TROUGH_DEG
) -> EffectCheck:
    for _ in range(count):
        swing(check, peak_deg, share, trough_deg=trough_deg)
    return check


def softened(check: EffectCheck, without_deg: float, with_deg: float) -> EffectCheck:
    """The first strides after arming."""
    for share in (0.25, 0.5, 0.75):
        swing(check, without_deg + share * (with_deg - without_deg) * (share > 0.3), share)
    return check


def test_nothing_is_missing_before_eight_stimulated_swings_where_none_has_shown_an_effect() -> None:
    check = softened(EffectCheck(), 10.0, 10.0)
    swings(check, 10.0, 1.0, FIRST_STRIDES_JUDGED - 1)
    assert not check.missing
    swings(check, 10.0, 1.0, 1)
    assert check.missing


def test_a_toe_that_comes_free_after_a_few_stimulated_swings_is_an_effect() -> None:
    check = softened(EffectCheck(), 0.0, 0.0)
    for _ in range(FIRST_STRIDES_JUDGED - 1):
        assert not swings(check, -2.0, 1.0, 1).missing
    swings(check, 20.0, 1.0)
    assert not check.missing
    assert swings(check, 5.1, 1.0).missing


def test_of_a_toe_that_drags_nothing_is_said_unless_the_foot_points_down_further() -> None:
    check = softened(EffectCheck(), -4.0, -4.0)
    assert not swings(check, -4.0, 1.0, 30).missing
    deeper_deg = TROUGH_DEG - DEEPER_DEG - 0.1
    swings(check, -4.0, 1.0, FIRST_STRIDES_JUDGED - 1, deeper_deg)
    assert not check.missing
    assert swings(check, -4.0, 1.0, 1, deeper_deg).missing


def test_a_toe_that_drags_again_has_not_lost_its_effect_unless_the_foot_points_down_further() -> None:
    check = softened(EffectCheck(), -3.0, 9.0)
    swings(check, 9.0, 1.0, 6, TROUGH_DEG + 4.0)
    swings(check, 9.0, 1.0, 1, TROUGH_DEG + 1.0)
    assert not swings(check, -2.0, 1.0, 20, TROUGH_DEG - 0.9).missing
    assert not swings(check, -2.0, 1.0, STRIDES_JUDGED - 1, TROUGH_DEG - 1.1).missing
    assert swings(check, -2.0, 1.0, 1, TROUGH_DEG - 1.1).missing


def test_of_a_toe_that_drags_nothing_is_said_where_no_swing_without_stimulation_is_known() -> None:
    check = swings(EffectCheck(), 10.0, 1.0)
    assert not swings(check, -8.0, 1.0, 20, TROUGH_DEG - 10.0).missing


def test_swings_that_are_all_different_tell_nothing() -> None:
    check = softened(EffectCheck(), 8.0, 30.0)
    swings(check, 30.0, 1.0, 10)
    for _ in range(10):
        swing(check, 7.0, 1.0, trough_deg=-70.0)
        swing(check, 7.0 - STEADY_DEG - 0.1, 1.0, trough_deg=-70.0)
    assert not check.missing
    assert swings(check, 7.0, 1.0).missing


def test_a_foot_that_is_high_enough_without_stimulation_has_nothing_to_lose() -> None:
    check = softened(EffectCheck(), 16.0, 18.5)
    swings(check, 18.5, 1.0, 12)
    assert not swings(check, 17.5, 1.0, 20).missing


@pytest.mark.parametrize(("without_deg", "with_deg", "missing"), [
    (10.0, 10.0, True), (10.0, 13.9, True), (10.0, 14.1, False), (5.0, 8.9, True), (-5.0, 3.0, False),
    (17.0, 17.5, True), (17.0, 18.1, False), (25.0, 25.0, False),
])  # fmt: skip
def test_an_effect_is_more_than_four_degrees_or_a_foot_that_is_high_anyway(
    without_deg: float, with_deg: float, missing: bool
) -> None:
    check = softened(EffectCheck(), without_deg, with_deg)
    assert swings(check, with_deg, 1.0, FIRST_STRIDES_JUDGED).missing == missing


def test_an_effect_that_was_there_is_lost_and_comes_back() -> None:
    check = swings(softened(EffectCheck(), 10.0, 30.0), 30.0, 1.0, 10)
    assert not check.missing
    assert not swings(check, 15.0, 1.0, STRIDES_JUDGED - 1).missing
    assert swings(check, 15.0, 1.0, 1).missing
    assert swings(check, 30.0, 1.0, STRIDES_JUDGED - 1).missing
    assert not swings(check, 30.0, 1.0, 1).missing


@pytest.mark.parametrize(("left_deg", "missing"), [(15.9, True), (16.1, False)])
def test_three_tenths_of_an_effect_are_one(left_deg: float, missing: bool) -> None:
    check = swings(softened(EffectCheck(), 10.0, 30.0), 30.0, 1.0, 10)
    assert swings(check, left_deg, 1.0).missing == missing


@pytest.mark.parametrize(("to_deg", "missing"), [(19.9, True), (20.1, False)])
def test_without_any_swing_without_stimulation_a_large_drop_counts(to_deg: float, missing: bool) -> None:
    check = swings(EffectCheck(), 30.0, 1.0)
    assert not check.missing
    assert swings(check, to_deg, 1.0).missing == missing


def test_a_muscle_that_tires_slowly_keeps_its_measure_until_little_is_left() -> None:
    check = softened(EffectCheck(), 10.0, 30.0)
    for tenth in range(40):
        swings(check, 30.0 - 0.25 * tenth, 1.0)
    assert not check.missing


@pytest.mark.parametrize("share", [0.31, 0.89])
def test_a_swing_with_part_of_the_current_tells_nothing(share: float) -> None:
    check = softened(EffectCheck(), 10.0, 30.0)
    assert not swings(check, 10.0, share, 20).missing
    assert not swings(check, 10.0, 1.0, STRIDES_JUDGED - 1).missing


@pytest.mark.parametrize("swing_s", [0.1, 2.0])
def test_what_is_too_short_or_too_long_is_no_swing(swing_s: float) -> None:
    check = softened(EffectCheck(), 10.0, 10.0)
    for _ in range(10):
        swing(check, 10.0, 1.0, swing_s)
    assert not check.missing


def test_a_swing_whose_sensor_was_lost_is_not_judged() -> None:
    check = softened(EffectCheck(), 10.0, 10.0)
    for _ in range(10):
        check.begin(0.0)
        check.sample(10.0, 1.0)
        check.drop()
        check.end(0.5)
    assert not check.missing


def test_arming_takes_a_new_measure() -> None:
    check = swings(softened(EffectCheck(), 10.0, 10.0), 10.0, 1.0, FIRST_STRIDES_JUDGED)
    assert check.missing
    check.forget()
    assert not swings(check, 10.0, 1.0, 10).missing
