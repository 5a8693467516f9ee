"""Sensors are judged, not believed. Times are fractions of two, so that a boundary is met exactly."""

from collections.abc import Callable
from math import inf, nan, nextafter, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import JudgementSettings
from controller.judgement import ACC_LIMIT_M_S2, AHEAD_S, DEAD_WINDOWS, GYRO_LIMIT_DEG_S, SensorJudge
from controller.signals import Reading

STEP_S = 1 / 128
STALE_S, FROZEN_S, RETURN_S = 1 / 16, 1 / 8, 1 / 2
SETTINGS = JudgementSettings(stale_s=STALE_S, frozen_s=FROZEN_S, return_s=RETURN_S)
REST = (0.0, 9.8, 0.0, 0.0, 0.0, 0.0)


def moving(t_s: float) -> tuple[float, ...]:
    """A sample that differs from all others in every part; REST at 0 s."""
    return (t_s, 9.8 + t_s, 0.5 * t_s, 20.0 * t_s, 10.0 * t_s, 100.0 * sin(3.0 * t_s))


def imu_judge(good_until_s: float = 0.0) -> SensorJudge:
    """The judge of an IMU that was good from -1 s to `good_until_s`, every 1/128 s."""
    judge = SensorJudge(SETTINGS, is_imu=True)
    good_from(judge, -1.0, good_until_s)
    return judge


def good_from(judge: SensorJudge, start_s: float, stop_s: float) -> None:
    """Good IMU samples from `start_s` to `stop_s`, both included."""
    for k in range(round((stop_s - start_s) / STEP_S) + 1):
        t_s = start_s + k * STEP_S
        judge.update(t_s, Reading(t_s, moving(t_s)))


def test_before_the_first_reading_nothing_is_trusted() -> None:
    judge = SensorJudge(SETTINGS, is_imu=True)
    assert judge.update(100.0, None) is None
    assert not judge.trusted
    assert judge.problem == "no reading yet"


@pytest.mark.parametrize(("is_imu", "values"), [(True, REST), (False, (1.0,)), (False, (nan,))])
def test_the_first_good_reading_is_trusted_at_once(is_imu: bool, values: tuple[float, ...]) -> None:
    judge = SensorJudge(SETTINGS, is_imu=is_imu)
    reading = Reading(0.0, values)
    assert judge.update(0.0, reading) is reading
    assert judge.trusted
    assert judge.problem == ""


def test_a_tick_without_a_new_reading_gives_none_and_keeps_the_trust() -> None:
    judge = imu_judge()
    assert judge.update(STEP_S, None) is None
    assert judge.trusted


def test_a_sensor_without_readings_is_lost_just_after_the_time_for_stale() -> None:
    judge = imu_judge()
    judge.update(STALE_S, None)
    assert judge.trusted
    judge.update(nextafter(STALE_S, 1.0), None)
    assert not judge.trusted
    assert judge.problem == "no reading for 62 ms"


def test_stale_is_judged_on_the_sensors_own_stamps() -> None:
    judge = imu_judge(0.0)
    assert judge.update(0.5, Reading(STEP_S, moving(0.5))) is None
    assert not judge.trusted


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("value", [nan, inf, -inf, 1e300, -1e300])
def test_one_value_that_cannot_be_loses_an_imu_at_once(place: int, value: float) -> None:
    judge = imu_judge()
    values = (*REST[:place], value, *REST[place + 1 :])
    assert judge.update(STEP_S, Reading(STEP_S, values)) is None
    assert not judge.trusted
    assert judge.problem == "value not finite or out of range"


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_range_ends_at_its_limit(place: int, sign: float) -> None:
    limit = ACC_LIMIT_M_S2 if place < 3 else GYRO_LIMIT_DEG_S
    for value, good in ((nextafter(limit, 0.0), True), (limit, True), (nextafter(limit, inf), False)):
        judge = imu_judge()
        judge.update(STEP_S, Reading(STEP_S, (*REST[:place], sign * value, *REST[place + 1 :])))
        assert judge.trusted == good


def test_the_ranges_hold_what_every_allowed_chip_can_show() -> None:
    assert ACC_LIMIT_M_S2 > 16 * 9.80665
    assert GYRO_LIMIT_DEG_S > 2000.0


@pytest.mark.parametrize(
    ("is_imu", "values"), [(True, ()), (True, REST[:5]), (True, (*REST, 0.0)), (False, ()), (False, (1.0, 0.0))]
)
def test_a_wrong_number_of_values_loses_the_sensor(is_imu: bool, values: tuple[float, ...]) -> None:
    judge = SensorJudge(SETTINGS, is_imu=is_imu)
    assert judge.update(0.0, Reading(0.0, values)) is None
    assert not judge.trusted
    assert judge.problem == "wrong number of values"


@pytest.mark.parametrize("stamp_s", [0.0, -STEP_S, -1e9, -1e10])
def test_a_stamp_that_repeats_or_runs_backwards_loses_the_sensor(stamp_s: float) -> None:
    judge = imu_judge()
    assert judge.update(STEP_S, Reading(stamp_s, moving(0.5))) is None
    assert not judge.trusted
    assert judge.problem == "time stamp does not advance"


@pytest.mark.parametrize("stamp_s", [nextafter(1.0 + AHEAD_S, 2.0), 2.0, 1e12, nan, inf, -inf])
def test_a_stamp_ahead_of_the_clock_or_not_a_number_loses_the_sensor(stamp_s: float) -> None:
    judge = imu_judge(1.0 - STEP_S)
    assert judge.update(1.0, Reading(stamp_s, moving(0.5))) is None
    assert not judge.trusted
    assert judge.problem == "time stamp ahead of the clock"


def test_a_stamp_slightly_ahead_is_borne() -> None:
    judge = imu_judge(1.0 - STEP_S)
    assert judge.update(1.0, Reading(1.0 + AHEAD_S, moving(0.5))) is not None


def test_a_bad_stamp_does_not_move_the_clock_of_the_sensor() -> None:
    judge = imu_judge()
    judge.update(STEP_S, Reading(100.0, moving(0.5)))
    good_from(judge, 2 * STEP_S, 2 * STEP_S + RETURN_S)
    assert judge.trusted


def test_an_imu_that_repeats_itself_is_lost_after_the_time_for_frozen() -> None:
    judge = imu_judge()
    t_s = 0.0
    while t_s < FROZEN_S - STEP_S:
        t_s += STEP_S
        judge.update(t_s, Reading(t_s, REST))
        assert judge.trusted
    judge.update(FROZEN_S, Reading(FROZEN_S, REST))
    assert not judge.trusted
    assert judge.problem == "frozen for 125 ms"


AXES = ("acc x", "acc y", "acc z", "gyr x", "gyr y", "gyr z")


def alive(t_s: float) -> tuple[float, ...]:
    """A sample of a walk in which every axis moves by a lot."""
    return tuple(size * sin(9.0 * t_s + k) for k, size in enumerate((5.0, 9.0, 3.0, 40.0, 50.0, 200.0)))


def walked(change: Callable[[float, tuple[float, ...]], tuple[float, ...]], until_s: float = 1.0) -> SensorJudge:
    """The judge of an IMU on a walk whose values `change` after 0 s."""
    judge = SensorJudge(SETTINGS, is_imu=True)
    for k in range(-256, round(until_s / STEP_S) + 1):
        t_s = k * STEP_S
        judge.update(t_s, Reading(t_s, alive(t_s) if t_s < 0.0 else change(t_s, alive(t_s))))
    return judge


def test_an_imu_that_moves_is_trusted() -> None:
    assert walked(lambda _, values: values).trusted


@pytest.mark.parametrize("axis", range(6), ids=AXES)
@pytest.mark.parametrize("value", [0.0, 7.5])
def test_one_axis_that_stands_still_while_others_move_is_stuck(axis: int, value: float) -> None:
    def change(_: float, values: tuple[float, ...]) -> tuple[float, ...]:
        return (*values[:axis], value, *values[axis + 1 :])

    assert walked(change, FROZEN_S - STEP_S).trusted
    judge = walked(change, 2.0 * FROZEN_S + STEP_S)
    assert not judge.trusted
    assert judge.problem == f"{AXES[axis]} stuck for 125 ms"


@pytest.mark.parametrize(
    ("part", "words"), [(slice(0, 3), "acc x, acc y, acc z"), (slice(3, 6), "gyr x, gyr y, gyr z")]
)
def test_a_dead_accelerometer_or_gyroscope_is_stuck(part: slice, words: str) -> None:
    kept = alive(0.0)

    def change(_: float, values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(kept[k] if part.start <= k < part.stop else value for k, value in enumerate(values))

    assert walked(change).problem == f"{words} stuck for 125 ms"


def test_an_axis_at_its_full_scale_is_stuck() -> None:
    limit = 100.0
    judge = walked(lambda t_s, values: (*values[:5], limit if t_s < 0.4 else values[5]), 0.35)
    assert not judge.trusted
    assert judge.problem.startswith("gyr z stuck")


def test_a_gyroscope_that_stands_still_at_rest_is_no_fault() -> None:
    assert walked(lambda t_s, _: (0.0, 9.8, 0.001 * (round(t_s / STEP_S) % 3), 0.0, 0.0, 0.0)).trusted


@pytest.mark.parametrize(
    ("axes", "by", "until_s", "trusted"),
    [
        ((3, 4, 5), 0.6, 5.0, False),
        ((3, 4, 5), 0.6, (DEAD_WINDOWS - 1) * FROZEN_S, True),
        ((3, 4, 5), 0.4, 5.0, True),
        ((3, 4), 0.6, 5.0, True),
        ((0, 1, 2), 6.0, 5.0, False),
        ((0, 1, 2), 4.0, 5.0, True),
    ],
    ids=["gyroscope", "not yet", "at rest", "one axis lives", "accelerometer", "it hardly turns"],
)
def test_a_whole_part_that_stands_still_in_a_leg_that_stirs_is_stuck(
    axes: tuple[int, ...], by: float, until_s: float, trusted: bool
) -> None:
    def change(t_s: float, _: tuple[float, ...]) -> tuple[float, ...]:
        noise = 0.001 * (round(t_s / STEP_S) % 3)
        swayed = [0.0, 9.8, 0.0, 0.0, 0.0, 0.0]
        swayed[0 if 5 in axes or 4 in axes else 5] = by if (t_s // FROZEN_S) % 2 else 0.0
        return tuple(value + (0.0 if k in axes else noise) for k, value in enumerate(swayed))

    assert walked(change, until_s).trusted == trusted


@pytest.mark.parametrize(("by", "trusted"), [((1.4, 14.0), True), ((1.6, 0.0), False), ((0.0, 16.0), False)])
def test_what_counts_as_movement_of_another_axis(by: tuple[float, float], trusted: bool) -> None:
    def change(t_s: float, _: tuple[float, ...]) -> tuple[float, ...]:
        k = round(t_s / STEP_S)
        return (by[0] * (k % 2), 9.8, 0.001 * (k % 3), 0.001 * (k % 3), 0.0, by[1] * (k % 2))

    assert walked(change).trusted == trusted


def test_a_stuck_axis_stays_stuck_at_rest_until_it_changes_again() -> None:
    def change(t_s: float, values: tuple[float, ...]) -> tuple[float, ...]:
        if t_s < 0.5:
            return (*values[:5], 1.0)
        k = round(t_s / STEP_S)
        return (0.0, 9.8, 0.001 * (k % 3), 0.0, 0.0, 1.0 if t_s < 2.0 else 1.0 + 0.1 * (k % 2))

    assert not walked(change, 2.0).trusted
    assert not walked(change, 2.0 + RETURN_S).trusted
    assert walked(change, 2.0 + RETURN_S + 2.0 * FROZEN_S + STEP_S).trusted


def test_a_window_with_a_gap_in_it_is_not_judged() -> None:
    judge = imu_judge()
    for k in range(1, 40):
        t_s = k * 3.0 * FROZEN_S
        judge.update(t_s, Reading(t_s, (0.0, 9.8 * (k % 2), 0.0, 0.0, 0.0, 50.0 * k)))
        assert "stuck" not in judge.problem


def at_rate(is_imu: bool, rate_hz: float, start_s: float, stop_s: float, judge: SensorJudge) -> None:
    """Samples at `rate_hz` in ticks of 1/128 s."""
    last = -1
    for k in range(round(start_s / STEP_S), round(stop_s / STEP_S)):
        t_s = k * STEP_S
        due = int(t_s * rate_hz) != last
        last = int(t_s * rate_hz)
        judge.update(t_s, Reading(t_s, alive(t_s) if is_imu else (1.0,)) if due else None)


@pytest.mark.parametrize("is_imu", [True, False])
def test_a_slow_sensor_is_lost_while_it_is_slow(is_imu: bool) -> None:
    judge = SensorJudge(JudgementSettings(stale_s=0.1, slow_s=1.0, least_rate_hz=40.0), is_imu=is_imu)
    at_rate(is_imu, 44.0, 0.0, 4.0, judge)
    assert judge.trusted
    at_rate(is_imu, 32.0, 4.0, 7.5, judge)
    assert not judge.trusted
    assert judge.problem.startswith("only 3")
    assert judge.problem.endswith("samples a second")
    at_rate(is_imu, 32.0, 7.5, 7.99, judge)
    assert not judge.trusted
    at_rate(is_imu, 64.0, 8.0, 12.0, judge)
    assert judge.trusted


def test_an_imu_that_is_read_faster_than_it_measures_is_as_slow_as_it_measures() -> None:
    judge = imu_judge()
    for k in range(1, 800):
        t_s = k * STEP_S
        slow = k > 400
        judge.update(t_s, Reading(t_s, alive(int(20.0 * t_s) / 20.0 if slow else t_s)))
        if k == 400:
            assert judge.trusted
    assert not judge.trusted
    assert judge.problem == "only 21 samples a second"


def test_a_sensor_that_was_silent_for_a_while_is_not_slow_for_it() -> None:
    judge = SensorJudge(JudgementSettings(), is_imu=False)
    at_rate(False, 128.0, 0.0, 3.0, judge)
    judge.update(3.5, None)
    at_rate(False, 128.0, 3.9, 4.3, judge)
    assert not judge.trusted
    at_rate(False, 128.0, 4.3, 4.5, judge)
    assert judge.trusted


def test_a_frozen_imu_stays_lost_while_it_repeats_itself() -> None:
    judge = imu_judge()
    for k in range(1, 1000):
        judge.update(k * STEP_S, Reading(k * STEP_S, REST))
        assert judge.trusted == (k * STEP_S < FROZEN_S)
    good_from(judge, 1000 * STEP_S, 1000 * STEP_S + RETURN_S)
    assert judge.trusted


def test_the_time_of_a_frozen_imu_runs_on() -> None:
    judge = imu_judge()
    for k in range(1, 100):
        judge.update(k * STEP_S, Reading(k * STEP_S, REST))
    judge.update(100 * STEP_S, Reading(98 * STEP_S, moving(1.0)))
    assert judge.problem == "time stamp does not advance"


def test_a_heel_switch_may_repeat_itself_for_ever() -> None:
    judge = SensorJudge(SETTINGS, is_imu=False)
    for k in range(2000):
        assert judge.update(k * STEP_S, Reading(k * STEP_S, (1.0,))) is not None


def test_a_lost_sensor_is_believed_again_only_after_the_time_for_return() -> None:
    judge = imu_judge()
    judge.update(1.0, None)
    assert not judge.trusted
    good_from(judge, 1.0, 1.0 + RETURN_S - STEP_S)
    assert not judge.trusted
    good_from(judge, 1.0 + RETURN_S, 1.0 + RETURN_S)
    assert judge.trusted
    assert judge.problem == ""


def test_every_new_loss_starts_the_return_again() -> None:
    judge = imu_judge()
    judge.update(1.0, None)
    good_from(judge, 1.0, 1.0 + RETURN_S - STEP_S)
    judge.update(1.0 + RETURN_S, Reading(1.0 + RETURN_S, (nan,) * 6))
    good_from(judge, 2.0, 2.0 + RETURN_S - STEP_S)
    assert not judge.trusted
    good_from(judge, 2.0 + RETURN_S, 2.0 + RETURN_S)
    assert judge.trusted


def test_a_sensor_that_begins_badly_must_also_be_good_for_the_time_for_return() -> None:
    judge = SensorJudge(SETTINGS, is_imu=True)
    judge.update(0.0, Reading(0.0, (nan,) * 6))
    good_from(judge, STEP_S, STEP_S + RETURN_S - STEP_S)
    assert not judge.trusted


def test_the_problem_of_a_lost_sensor_is_kept_while_nothing_comes() -> None:
    judge = imu_judge()
    judge.update(STEP_S, Reading(STEP_S, (nan,) * 6))
    judge.update(10.0, None)
    assert judge.problem == "value not finite or out of range"


STAMPS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-10, 400).map(lambda k: k * STEP_S)
SAMPLES = st.lists(st.floats() | st.sampled_from([0.0, 9.8]), max_size=7).map(tuple)


@settings(max_examples=150)
@given(
    st.lists(st.none() | st.tuples(STAMPS, SAMPLES | st.just(REST) | st.just(moving(0.5))), max_size=40), st.booleans()
)
def test_whatever_is_let_through_is_trusted_in_order_and_in_range(
    wires: list[tuple[float, tuple[float, ...]] | None], is_imu: bool
) -> None:
    judge = SensorJudge(SETTINGS, is_imu=is_imu)
    last_s = -inf
    for k, wire in enumerate(wires):
        t_s = k * STEP_S
        passed = judge.update(t_s, None if wire is None else Reading(*wire))
        assert judge.trusted == (judge.problem == "")
        if passed is not None:
            assert judge.trusted
            assert last_s < passed.t_s <= t_s + AHEAD_S
            last_s = passed.t_s
            assert len(passed.values) == (6 if is_imu else 1)
            if is_imu:
                assert all(abs(value) <= GYRO_LIMIT_DEG_S for value in passed.values)
