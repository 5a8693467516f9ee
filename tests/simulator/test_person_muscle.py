"""Stimulated dorsiflexors: threshold, recruitment, delay, activation (reference 5.5)."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ankle import passive_moment
from simulator.muscle import StimulatedMuscle, force_at_rate, motor_threshold_ma, recruitment
from simulator.patients import PATIENTS

CLASSIC = PATIENTS["classic"]


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


def test_faster_pulses_make_more_force() -> None:
    assert [force_at_rate(rate) for rate in (15.0, 30.0, 40.0, 50.0, 200.0)] == [0.67, 0.84, 0.89, 0.93, 1.0]


def train(current_ma: float, pulses: int, until_s: float) -> list[float]:
    """Activation each millisecond under a train of 40 Hz from 0 s."""
    muscle = StimulatedMuscle(CLASSIC)
    activation = []
    for k in range(round(until_s * 1000.0)):
        if k % 25 == 0 and k < 25 * pulses:
            muscle.pulse(k / 1000.0, current_ma, 300.0)
        muscle.advance((k + 1) / 1000.0, 0.001)
        activation.append(muscle.activation)
    return activation


def test_activation_comes_late_and_slowly() -> None:
    activation = train(60.0, 60, 1.5)
    final = activation[-1]
    assert final == pytest.approx(0.89, abs=0.01)
    assert max(activation[:29]) == 0.0, "30 ms delay"
    assert next(k for k, a in enumerate(activation) if a > 0.5 * final) == pytest.approx(30 + 98, abs=8)
    assert next(k for k, a in enumerate(activation) if a > 0.9 * final) == pytest.approx(30 + 226, abs=12)


def test_activation_fades_when_pulses_end() -> None:
    activation = train(60.0, 20, 2.0)
    assert activation[550] > 0.8
    assert activation[-1] == 0.0


def test_one_pulse_does_little() -> None:
    assert 0.0 < max(train(60.0, 1, 1.0)) < 0.25


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
