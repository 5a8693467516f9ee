"""Pitch of a segment: the filter against the formulas of what it is shown."""

from collections.abc import Callable
from math import cos, exp, inf, isfinite, radians, sin

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.schema import TiltSettings
from controller.tilt import GRAVITY_M_S2, LATER_REST_SHARE, LONGEST_STEP_S, TiltFilter, wrapped_deg

STEP_S = 0.005
TAU_S = 0.5
SETTINGS = TiltSettings(time_constant_s=TAU_S, acc_gate_m_s2=1.5, rest_rate_deg_s=3.0, rest_s=0.5, max_bias_deg_s=20.0)


def shown(pitch_deg: float, rate_deg_s: float, gravity_m_s2: float = GRAVITY_M_S2) -> tuple[float, ...]:
    """What an IMU at `pitch_deg` that turns at `rate_deg_s` shows: gravity's reaction and the rate."""
    p = radians(pitch_deg)
    return (gravity_m_s2 * sin(p), gravity_m_s2 * cos(p), 0.0, 0.0, 0.0, rate_deg_s)


def run(
    tilt: TiltFilter, start_s: float, for_s: float, pitch: Callable[[float], float], rate: Callable[[float], float]
) -> float:
    """Feed the motion `pitch`, `rate` (functions of the time since `start_s`); the last stamp."""
    count = round(for_s / STEP_S)
    for k in range(count + 1):
        tilt.update(start_s + k * STEP_S, shown(pitch(k * STEP_S), rate(k * STEP_S)))
    return start_s + count * STEP_S


def test_nothing_is_known_before_the_first_sample() -> None:
    assert not TiltFilter(SETTINGS, 0.0).tilt().known


@pytest.mark.parametrize("pitch_deg", [-170.0, -90.0, -20.0, 0.0, 0.5, 35.0, 90.0, 179.0])
def test_at_rest_it_shows_the_pitch_from_the_first_sample_on(pitch_deg: float) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(100.0, shown(pitch_deg, 0.0))
    assert tilt.tilt().known
    assert tilt.tilt().pitch_deg == pytest.approx(pitch_deg, abs=1e-9)
    run(tilt, 100.0 + STEP_S, 3.0, lambda _: pitch_deg, lambda _: 0.0)
    assert tilt.tilt().pitch_deg == pytest.approx(pitch_deg, abs=1e-9)
    assert tilt.tilt().rate_deg_s == 0.0


def test_toes_up_and_foot_in_front_of_the_knee_are_positive() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(0.0, (1.0, 9.7, 0.0, 0.0, 0.0, 40.0))
    assert tilt.tilt().pitch_deg > 0.0
    assert tilt.tilt().rate_deg_s == 40.0


@pytest.mark.parametrize("mounting_deg", [-60.0, -7.0, 12.5, 60.0])
def test_the_mounting_pitch_is_taken_off(mounting_deg: float) -> None:
    tilt = TiltFilter(SETTINGS, mounting_deg)
    run(tilt, 0.0, 1.0, lambda _: 10.0 + mounting_deg, lambda _: 0.0)
    assert tilt.tilt().pitch_deg == pytest.approx(10.0, abs=1e-9)


@pytest.mark.parametrize("rate_deg_s", [-300.0, -25.0, 60.0, 500.0])
def test_a_constant_rotation_is_followed_by_the_gyroscope_alone(rate_deg_s: float) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(0.0, shown(5.0, 0.0))
    for k in range(1, 41):
        tilt.update(k * STEP_S, shown(-50.0, rate_deg_s, gravity_m_s2=20.0))
    assert tilt.tilt().pitch_deg == pytest.approx(wrapped_deg(5.0 + rate_deg_s * 40 * STEP_S), abs=1e-6)
    assert tilt.tilt().rate_deg_s == rate_deg_s


def test_a_constant_rotation_that_both_sensors_show_is_followed_without_lag() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 10.0, lambda t: wrapped_deg(100.0 * t), lambda _: 100.0)
    assert tilt.tilt().pitch_deg == pytest.approx(wrapped_deg(1000.0), abs=1e-6)


def test_the_accelerometer_corrects_with_the_time_constant() -> None:
    """After a step the error of a first-order filter is exp(-t / tau)."""
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(0.0, shown(30.0, 0.0))
    for k in range(1, 301):
        tilt.update(k * STEP_S, shown(10.0, 0.0))
        assert tilt.tilt().pitch_deg == pytest.approx(10.0 + 20.0 * exp(-k * STEP_S / TAU_S), abs=1e-6)


def test_the_correction_does_not_depend_on_the_sampling_rate() -> None:
    pitches = []
    for count in (10, 1000):
        tilt = TiltFilter(SETTINGS, 0.0)
        tilt.update(0.0, shown(30.0, 0.0))
        for k in range(1, count + 1):
            tilt.update(0.9 * k / count, shown(0.0, 0.0))
        pitches.append(tilt.tilt().pitch_deg)
    assert pitches[0] == pytest.approx(pitches[1], abs=1e-9)


@pytest.mark.parametrize(("surplus", "corrects"), [(-1.6, False), (-1.4, True), (1.4, True), (1.6, False)])
def test_the_accelerometer_is_used_only_near_gravity(surplus: float, corrects: bool) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(0.0, shown(30.0, 0.0))
    tilt.update(STEP_S, shown(10.0, 0.0, GRAVITY_M_S2 + surplus))
    assert (tilt.tilt().pitch_deg < 29.99) == corrects


def test_without_gravity_nothing_is_known_at_the_start() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    for k in range(100):
        tilt.update(k * STEP_S, shown(10.0, 0.0, gravity_m_s2=20.0))
    assert not tilt.tilt().known


@pytest.mark.parametrize("bias_deg_s", [-19.0, -5.0, 0.3, 12.0])
def test_the_bias_is_learned_at_rest(bias_deg_s: float) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    noise = (0.8, -0.3, 0.1, -0.9, 0.3)
    run(tilt, 0.0, 0.6, lambda _: 0.0, lambda t: bias_deg_s + noise[round(t / STEP_S) % 5])
    assert tilt.at_rest
    assert tilt.bias_deg_s == pytest.approx(bias_deg_s, abs=0.2)
    run(tilt, 0.6 + STEP_S, 5.0, lambda _: 0.0, lambda _: bias_deg_s)
    assert tilt.bias_deg_s == pytest.approx(bias_deg_s, abs=0.2)
    assert tilt.tilt().pitch_deg == pytest.approx(0.0, abs=0.2)
    assert tilt.tilt().rate_deg_s == pytest.approx(0.0, abs=0.2)


def test_rest_must_last() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 0.49, lambda _: 0.0, lambda _: 5.0)
    assert not tilt.at_rest
    assert tilt.bias_deg_s == 0.0


def test_a_later_rest_counts_for_its_share_only() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 0.6, lambda _: 0.0, lambda _: 4.0)
    assert tilt.bias_deg_s == pytest.approx(4.0)
    tilt.lose()
    run(tilt, 1.0, 0.6, lambda _: 0.0, lambda _: 9.0)
    assert tilt.bias_deg_s == pytest.approx(4.0 + LATER_REST_SHARE * 5.0)


def test_the_bias_is_not_learned_in_motion() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 10.0, lambda t: 20.0 * sin(6.0 * t), lambda t: 120.0 * cos(6.0 * t))
    assert tilt.bias_deg_s == 0.0
    assert not tilt.at_rest


@pytest.mark.parametrize(("spread_deg_s", "rests"), [(5.9, True), (6.1, False)])
def test_rest_is_a_spread_of_twice_the_rest_rate_at_most(spread_deg_s: float, rests: bool) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 2.0, lambda _: 0.0, lambda t: spread_deg_s * (round(t / STEP_S) % 2))
    assert tilt.at_rest == rests


@pytest.mark.parametrize("rate_deg_s", [-25.0, 20.5, 400.0])
def test_a_steady_rate_beyond_any_bias_is_no_rest(rate_deg_s: float) -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 2.0, lambda _: 0.0, lambda _: rate_deg_s)
    assert tilt.bias_deg_s == 0.0
    assert not tilt.at_rest


def test_rest_is_left_with_the_first_movement_and_by_a_knock() -> None:
    for values in (shown(0.0, 30.0), shown(0.0, 0.0, gravity_m_s2=14.0)):
        tilt = TiltFilter(SETTINGS, 0.0)
        last_s = run(tilt, 0.0, 0.6, lambda _: 0.0, lambda _: 0.0)
        assert tilt.at_rest
        tilt.update(last_s + STEP_S, values)
        assert not tilt.at_rest


def test_the_longest_step_is_integrated_and_a_longer_gap_starts_again() -> None:
    for step_s, pitch_deg in ((LONGEST_STEP_S, 20.0 + 50.0 * LONGEST_STEP_S), (LONGEST_STEP_S * 1.01, 20.0)):
        tilt = TiltFilter(SETTINGS, 0.0)
        tilt.update(0.0, shown(20.0, 0.0))
        tilt.update(step_s, shown(0.0, 50.0, gravity_m_s2=20.0))
        assert tilt.tilt().pitch_deg == pytest.approx(pitch_deg)
        assert tilt.tilt().known == (step_s <= LONGEST_STEP_S)


def test_after_a_gap_the_pitch_is_taken_from_gravity_at_once() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 1.0, lambda _: 20.0, lambda _: 0.0)
    tilt.update(1.5, shown(-35.0, 100.0))
    assert tilt.tilt().known
    assert tilt.tilt().pitch_deg == pytest.approx(-35.0)


def test_a_rest_with_a_gap_in_it_is_not_learned() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 0.4, lambda _: 0.0, lambda _: 5.0)
    run(tilt, 0.7, 0.4, lambda _: 0.0, lambda _: 5.0)
    assert tilt.bias_deg_s == 0.0


def test_a_lost_sensor_forgets_the_angle_and_keeps_the_bias() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    run(tilt, 0.0, 0.6, lambda _: 0.0, lambda _: 5.0)
    tilt.lose()
    assert not tilt.tilt().known
    assert not tilt.at_rest
    assert tilt.bias_deg_s == pytest.approx(5.0)
    tilt.update(0.61, shown(40.0, 5.0))
    assert tilt.tilt().known
    assert tilt.tilt().pitch_deg == pytest.approx(40.0)


def test_the_short_way_round_is_taken_at_half_a_turn() -> None:
    tilt = TiltFilter(SETTINGS, 0.0)
    tilt.update(0.0, shown(175.0, 0.0))
    last = 175.0
    for k in range(1, 2000):
        tilt.update(k * STEP_S, shown(-175.0, 0.0))
        pitch_deg = tilt.tilt().pitch_deg
        assert abs(pitch_deg) >= 174.9
        assert abs(wrapped_deg(pitch_deg - last)) < 1.0
        last = pitch_deg
    assert last == pytest.approx(-175.0, abs=0.1)


@given(st.floats(-1e6, 1e6))
@example(180.0)
@example(-180.0)
def test_a_wrapped_angle_is_the_same_angle_within_half_a_turn(angle_deg: float) -> None:
    wrapped = wrapped_deg(angle_deg)
    assert -180.0 <= wrapped <= 180.0
    assert cos(radians(wrapped)) == pytest.approx(cos(radians(angle_deg)), abs=1e-8)
    assert sin(radians(wrapped)) == pytest.approx(sin(radians(angle_deg)), abs=1e-8)


FINITE = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-20.0, 20.0)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.floats(1e-6, 2.0), st.tuples(*[FINITE] * 6)), max_size=40), st.floats(-60.0, 60.0))
@example([(0.01, (0.0, 9.8, 0.0, 0.0, 0.0, 1.7e308))] * 40, 0.0)
def test_for_any_finite_samples_the_estimate_is_finite(
    samples: list[tuple[float, tuple[float, ...]]], mounting_deg: float
) -> None:
    tilt = TiltFilter(SETTINGS, mounting_deg)
    t_s = 0.0
    for dt_s, values in samples:
        t_s += dt_s
        tilt.update(t_s, values)
        pitch_deg, rate_deg_s, _ = tilt.tilt()
        assert -180.0 <= pitch_deg <= 180.0
        assert isfinite(rate_deg_s)
        assert abs(tilt.bias_deg_s) <= SETTINGS.max_bias_deg_s < inf
