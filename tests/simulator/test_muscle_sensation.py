"""What the simulated person feels (reference 5.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patients import PATIENTS
from simulator.recruitment import recruitment
from simulator.sensation import Sensation, comfortable_range, sensation

CLASSIC = PATIENTS["classic"]


def test_comfortable_range_of_the_default_person() -> None:
    """Rows "16.7 mA at 300 us" and "discomfort x ~ 2.6" of 5.5."""
    motor_ma, painful_ma = comfortable_range(CLASSIC, 300.0)
    assert motor_ma == pytest.approx(16.7, abs=0.05)
    assert painful_ma == pytest.approx(43.3, abs=0.1)
    assert recruitment(CLASSIC, painful_ma, 300.0) > 0.95


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        (0.0, Sensation.NOT_FELT),
        (0.49, Sensation.NOT_FELT),
        (0.51, Sensation.FELT),
        (0.99, Sensation.FELT),
        (1.01, Sensation.MOVES),
        (2.59, Sensation.MOVES),
        (2.61, Sensation.PAINFUL),
    ],
)
@pytest.mark.parametrize("pulse_width_us", [50.0, 300.0, 400.0])
def test_sensation_by_motor_thresholds(thresholds: float, expected: Sensation, pulse_width_us: float) -> None:
    """Row "sensory threshold x = 0.5; discomfort x ~ 2.6" of 5.5."""
    motor_ma = comfortable_range(CLASSIC, pulse_width_us).motor_ma
    assert sensation(CLASSIC, thresholds * motor_ma, pulse_width_us) is expected


@given(st.floats(0.0, 200.0), st.floats(0.0, 200.0), st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_more_is_never_felt_less(one_ma: float, two_ma: float, one_us: float, two_us: float) -> None:
    less = sensation(CLASSIC, min(one_ma, two_ma), min(one_us, two_us))
    assert less <= sensation(CLASSIC, max(one_ma, two_ma), max(one_us, two_us))


@given(st.floats(), st.floats())
def test_nonsense_is_judged_all_the_same(current_ma: float, pulse_width_us: float) -> None:
    felt = sensation(CLASSIC, current_ma, pulse_width_us)
    assert felt in Sensation
    if not (current_ma > 0.0 and pulse_width_us > 0.0):
        assert felt is Sensation.NOT_FELT


def test_a_sensitive_person_hurts_before_the_muscle_is_full() -> None:
    person = CLASSIC._replace(painful_at=2.0)
    painful_ma = comfortable_range(person, 300.0).painful_ma
    assert recruitment(person, painful_ma, 300.0) < 0.65
    assert sensation(person, painful_ma + 0.1, 300.0) is Sensation.PAINFUL
    assert sensation(CLASSIC, painful_ma + 0.1, 300.0) is Sensation.MOVES
