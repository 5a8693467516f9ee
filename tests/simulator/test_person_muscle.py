"""Stimulated dorsiflexors: threshold, recruitment, delay, activation (reference 5.5)."""

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.ankle import passive_moment
from simulator.muscle import (
    DELAY_S,
    Muscle,
    StimulatedMuscle,
    force_at_rate,
    make_muscle,
    motor_threshold_ma,
    recruitment,
)
from simulator.patients import PATIENTS

CLASSIC = PATIENTS["classic"]
FULL_MA = 100.0


def test_motor_threshold_follows_strength_duration() -> None:
    assert motor_threshold_ma(CLASSIC, 300.0) == pytest.approx(16.7, abs=0.05)
    assert motor_threshold_ma(CLASSIC, 200.0) == pytest.approx(20.0)


def test_recruitment_has_the_published_corners() -> None:
    threshold = motor_threshold_ma(CLASSIC, 300.0)
    assert recruitment(CLASSIC, threshold, 300.0) < 0.02
    assert recruitment(CLASSIC, 1.9 * threshold, 300.0) == pytest.approx(0.5, abs=0.01)
    assert recruitment(CLASSIC, 2.6 * threshold, 300.0) > 0.95
    assert recruitment(CLASSIC, 0.0, 300.0) == recruitment(CLASSIC, 30.0, 0.0) == 0.0


@given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_more_charge_never_recruits_less(one_ma: float, two_ma: float, one_us: float, two_us: float) -> None:
    less = recruitment(CLASSIC, min(one_ma, two_ma), min(one_us, two_us))
    more = recruitment(CLASSIC, max(one_ma, two_ma), max(one_us, two_us))
    assert isfinite(less)
    assert 0.0 <= less <= more <= 1.0


@given(st.floats(), st.floats())
def test_nonsense_pulses_recruit_a_share_or_nothing(current_ma: float, pulse_width_us: float) -> None:
    assert 0.0 <= recruitment(CLASSIC, current_ma, pulse_width_us) <= 1.0


def test_faster_pulses_make_more_force() -> None:
    assert [force_at_rate(rate) for rate in (15.0, 30.0, 40.0, 50.0, 200.0)] == [0.67, 0.84, 0.89, 0.93, 1.0]


def train(muscle: Muscle, current_ma: float, pulses: int, until_s: float, step_ms: float = 1.0) -> list[float]:
    """Activation after each millisecond under a train of 300 µs and 40 Hz from 0 s."""
    activation = []
    sent = 0
    for k in range(round(until_s * 1000.0 / step_ms)):
        t_s = k * step_ms / 1000.0
        if sent < pulses and t_s >= 0.025 * sent - 1e-9:
            muscle.pulse(t_s, current_ma, 300.0)
            sent += 1
        muscle.advance((k + 1) * step_ms / 1000.0, step_ms / 1000.0)
        if (k + 1) % round(1.0 / step_ms) == 0:
            activation.append(muscle.activation)
    return activation


def first_above(values: list[float], level: float) -> int:
    return next(k + 1 for k, value in enumerate(values) if value > level)


def test_activation_comes_late_and_slowly() -> None:
    activation = train(StimulatedMuscle(CLASSIC), 60.0, 60, 1.5)
    final = activation[-1]
    assert final == pytest.approx(0.89, abs=0.01)
    assert max(activation[:29]) == 0.0, "30 ms delay"
    assert first_above(activation, 0.5 * final) == pytest.approx(30 + 98, abs=8)
    assert first_above(activation, 0.9 * final) == pytest.approx(30 + 226, abs=12)


def test_rise_times_at_60_ms() -> None:
    """Row "activation" of 5.5: t10 32, t50 101, t90 234 ms after the delay at tau 60 ms."""
    muscle = StimulatedMuscle(CLASSIC._replace(fatigue_s=1e9), activation_s=0.060)
    activation = train(muscle, FULL_MA, 60, 1.45)
    for share, after_ms in ((0.1, 32.0), (0.5, 101.0), (0.9, 234.0)):
        found_ms = first_above(activation, share * 0.89) - 1000.0 * DELAY_S
        assert found_ms == pytest.approx(after_ms, abs=1.5)


def test_activation_fades_when_pulses_end() -> None:
    activation = train(StimulatedMuscle(CLASSIC), 60.0, 20, 2.0)
    assert activation[550] > 0.8
    assert activation[-1] == 0.0


def test_one_pulse_does_little() -> None:
    assert 0.0 < max(train(StimulatedMuscle(CLASSIC), 60.0, 1, 1.0)) < 0.25


@pytest.mark.parametrize("model", ["hill", "ding"])
def test_posture_moves_the_electrode_over_the_nerve(model: str) -> None:
    """Row "knee/leg posture modulates I_rh by +/-15 %" of 5.5."""
    peaks = []
    for factor in (0.85, 1.0, 1.15):
        muscle = make_muscle(CLASSIC, "ding" if model == "ding" else "hill")
        muscle.posture_factor = factor
        peaks.append(max(train(muscle, 30.0, 20, 0.6)))
    assert peaks[0] > 1.3 * peaks[1] > 1.3 * 1.3 * peaks[2]


@pytest.mark.parametrize("model", ["hill", "ding"])
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.0, 0.2), st.floats(0.0, 200.0), st.floats(0.0, 1000.0), st.floats(0.85, 1.15)),
        max_size=30,
    )
)
def test_activation_is_a_share(model: str, pulses: list[tuple[float, float, float, float]]) -> None:
    muscle = make_muscle(CLASSIC, "ding" if model == "ding" else "hill")
    t_s = 0.0
    for wait_s, current_ma, pulse_width_us, factor in pulses:
        for _ in range(int(wait_s * 1000.0)):
            t_s += 0.001
            muscle.advance(t_s, 0.001)
            assert 0.0 <= muscle.activation <= 1.0
            assert 0.0 <= muscle.recruited <= 1.0
            assert 0.0 <= muscle.fatigue <= 1.0
        muscle.posture_factor = factor
        muscle.pulse(t_s, current_ma, pulse_width_us)


@pytest.mark.parametrize("model", ["hill", "ding"])
def test_no_pulse_no_activation(model: str) -> None:
    muscle = make_muscle(CLASSIC, "ding" if model == "ding" else "hill")
    assert train(muscle, 0.0, 40, 1.0) == [0.0] * 1000
    assert (muscle.recruited, muscle.fatigue) == (0.0, 0.0)


@pytest.mark.parametrize("model", ["hill", "ding"])
@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 80.0), st.floats(0.0, 80.0))
def test_more_current_is_never_less_activation(model: str, one_ma: float, two_ma: float) -> None:
    weak, strong = (
        train(make_muscle(CLASSIC, "ding" if model == "ding" else "hill"), current_ma, 12, 0.35)
        for current_ma in (min(one_ma, two_ma), max(one_ma, two_ma))
    )
    assert all(less <= more + 1e-12 for less, more in zip(weak, strong, strict=True))


@pytest.mark.parametrize("model", ["hill", "ding"])
def test_halving_the_step_changes_little(model: str) -> None:
    coarse, fine = (
        train(make_muscle(CLASSIC, "ding" if model == "ding" else "hill"), 35.0, 40, 1.5, step_ms)
        for step_ms in (1.0, 0.5)
    )
    assert max(abs(one - two) for one, two in zip(coarse, fine, strict=True)) < 0.005 * max(fine)


@pytest.mark.parametrize(
    ("dorsiflexion", "knee", "moment"),
    [
        (-20, 60, 1.3),
        (-20, 0, 0.3),
        (0, 60, -1.1),
        (0, 0, -6.4),
        (5, 60, -2.5),
        (5, 0, -10.7),
        (10, 60, -4.8),
        (10, 0, -17.2),
    ],
)
def test_passive_moment_of_the_ankle(dorsiflexion: float, knee: float, moment: float) -> None:
    assert passive_moment(dorsiflexion, knee, 1.0) == pytest.approx(moment, abs=0.1)
