"""The current is found as a clinician finds it: by what the foot shows and what the person says."""

from functools import cache
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.fitting import LIFTED_DEG, RESERVE, SEEN_DEG, Fit, Limit, fit_current
from simulator.patients import PATIENTS, Patient
from simulator.seated_foot import Answer, SeatedFoot
from simulator.sensation import Sensation, comfortable_range, sensation

CLASSIC = PATIENTS["classic"]
WIDTH_US, RATE_HZ, CAP_MA = 300.0, 40.0, 60.0


@cache
def fitted(patient: Patient, cap_ma: float = CAP_MA) -> Fit:
    return fit_current(SeatedFoot(patient, 75.0), WIDTH_US, RATE_HZ, cap_ma)


class Scripted:
    """Answers as told: moves from `moves_ma`, one degree a mA, up to `highest_deg`; it hurts from `hurts_ma`."""

    def __init__(self, moves_ma: float, hurts_ma: float, highest_deg: float = 40.0) -> None:
        self.tried: list[float] = []
        self._moves_ma, self._hurts_ma, self._highest_deg = moves_ma, hurts_ma, highest_deg

    def try_burst(self, current_ma: float, pulse_width_us: float, rate_hz: float) -> Answer:
        assert (pulse_width_us, rate_hz) == (WIDTH_US, RATE_HZ)
        self.tried.append(current_ma)
        up_deg = min(self._highest_deg, -20.0 + max(0.0, current_ma - self._moves_ma))
        return Answer(-20.0, up_deg, Sensation.PAINFUL if current_ma >= self._hurts_ma else Sensation.FELT)


def test_the_typical_person_is_lifted_at_about_two_motor_thresholds() -> None:
    fit = fitted(CLASSIC)
    motor_ma = comfortable_range(CLASSIC, WIDTH_US).motor_ma
    assert fit.limit is Limit.LIFTED
    assert 1.8 < fit.current_ma / motor_ma < 2.2
    assert fit.motor_ma is not None
    assert 0.9 < fit.motor_ma / motor_ma < 1.4
    assert fit.painful_ma is None
    assert fit.lifted_deg >= LIFTED_DEG
    assert fit.rest_deg < -15.0


def test_a_high_threshold_needs_more_and_a_low_one_less() -> None:
    assert fitted(CLASSIC._replace(rheobase_ma=7.0)).current_ma < fitted(CLASSIC).current_ma
    assert fitted(CLASSIC).current_ma < fitted(CLASSIC._replace(rheobase_ma=13.0)).current_ma


def test_pain_ends_the_search_one_step_below() -> None:
    person = PATIENTS["stroke"]._replace(painful_at=1.8)
    fit = fitted(person)
    assert fit.limit is Limit.HURTS
    assert fit.painful_ma == fit.current_ma + 1.0
    assert sensation(person, fit.current_ma, WIDTH_US) is Sensation.MOVES
    assert sensation(person, fit.painful_ma, WIDTH_US) is Sensation.PAINFUL


def test_the_cap_ends_the_search() -> None:
    fit = fitted(CLASSIC, cap_ma=25.5)
    assert (fit.limit, fit.current_ma) == (Limit.CAP, 25.5)
    assert fit.lifted_deg < LIFTED_DEG


def test_a_calf_that_holds_the_foot_down_ends_the_search() -> None:
    fit = fitted(CLASSIC._replace(calf_stiffness=3.0, painful_at=10.0))
    assert fit.limit is Limit.NO_HIGHER
    assert fit.current_ma < CAP_MA


def test_a_foot_that_lifts_gets_a_reserve_for_fatigue_as_far_as_it_is_comfortable() -> None:
    assert fit_current(Scripted(10.0, 99.0), WIDTH_US, RATE_HZ, CAP_MA).current_ma == pytest.approx(38.0 * RESERVE)
    careful = fit_current(Scripted(10.0, 39.5), WIDTH_US, RATE_HZ, CAP_MA)
    assert (careful.limit, careful.current_ma, careful.painful_ma) == (Limit.LIFTED, 39.0, 40.0)


def test_current_that_brings_nothing_is_taken_back() -> None:
    fit = fit_current(Scripted(10.0, 99.0, highest_deg=-5.0), WIDTH_US, RATE_HZ, CAP_MA)
    assert (fit.limit, fit.current_ma, fit.lifted_deg) == (Limit.NO_HIGHER, 25.0, -5.0)
    assert fit.bursts > 25


def test_a_muscle_out_of_reach_gets_no_current() -> None:
    assert fitted(CLASSIC, cap_ma=10.0) == fitted(CLASSIC, cap_ma=10.0)._replace(
        current_ma=0.0, limit=Limit.CAP, motor_ma=None, painful_ma=None
    )
    out_of_reach = fitted(CLASSIC._replace(rheobase_ma=30.0, painful_at=1.0))
    assert (out_of_reach.current_ma, out_of_reach.motor_ma, out_of_reach.limit) == (0.0, None, Limit.HURTS)


def test_the_foot_at_rest_hangs_and_moves_only_under_current() -> None:
    foot = SeatedFoot(CLASSIC, 75.0)
    nothing = foot.try_burst(0.1, WIDTH_US, RATE_HZ)
    assert nothing.lift_deg < 0.1
    assert nothing.felt is Sensation.NOT_FELT
    strong = foot.try_burst(36.0, WIDTH_US, RATE_HZ)
    assert strong.lift_deg > 20.0
    assert foot.try_burst(0.1, WIDTH_US, RATE_HZ).at_rest_deg == pytest.approx(nothing.at_rest_deg, abs=0.5)


@given(
    moves_ma=st.floats(0.5, 50.0),
    hurts_ma=st.floats(0.5, 80.0),
    highest_deg=st.floats(-20.0, 40.0),
    cap_ma=st.floats(0.1, 60.0),
)
def test_nothing_used_hurts_or_is_above_the_cap(
    moves_ma: float, hurts_ma: float, highest_deg: float, cap_ma: float
) -> None:
    person = Scripted(moves_ma, hurts_ma, highest_deg)
    fit = fit_current(person, WIDTH_US, RATE_HZ, cap_ma)
    assert 0.0 <= fit.current_ma <= cap_ma
    assert fit.current_ma < hurts_ma
    assert max(person.tried) <= cap_ma
    assert all(0.0 < b - a <= 1.0 + 1e-9 for a, b in zip(person.tried, person.tried[1:], strict=False))
    assert sum(ma >= hurts_ma for ma in person.tried) <= 1
    assert fit.bursts == len(person.tried)
    assert (fit.current_ma > 0.0) == (fit.motor_ma is not None)
    assert (fit.limit is Limit.LIFTED) == (fit.lifted_deg >= LIFTED_DEG)
    if fit.motor_ma is not None:
        assert fit.motor_ma - moves_ma >= SEEN_DEG - 1e-9


@pytest.mark.parametrize("wrong", [0.0, -1.0, nan, inf, 101.0])
def test_a_nonsense_cap_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="most_ma"):
        fit_current(Scripted(10.0, 40.0), WIDTH_US, RATE_HZ, wrong)


@pytest.mark.parametrize(("width_us", "rate_hz"), [(0.0, 40.0), (nan, 40.0), (300.0, 0.0), (300.0, inf)])
def test_nonsense_pulses_are_refused(width_us: float, rate_hz: float) -> None:
    with pytest.raises(ValueError, match="pulses"):
        fit_current(Scripted(10.0, 40.0), width_us, rate_hz, 40.0)
