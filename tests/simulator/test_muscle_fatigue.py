"""Fatigue and recovery of stimulated dorsiflexors (reference 5.5, Riener and Veltink). All figures in simulation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.fatigue import fitness_after, fitness_after_rest, rate_weight
from simulator.muscle import StimulatedMuscle
from simulator.patients import PATIENTS, Patient

STRIDE_S = 1.14
STEP_S = 0.01
CLASSIC = PATIENTS["classic"]


def fitness_walking(patient: Patient, minutes: float, drive: float = 0.4) -> float:
    """What is left of the force after minutes with `drive` for half of each stride."""
    fitness = 1.0
    for k in range(round(60.0 * minutes / STEP_S)):
        on = (k * STEP_S) % STRIDE_S < 0.5 * STRIDE_S
        fitness = fitness_after(patient, fitness, drive if on else 0.0, STEP_S)
    return fitness


def test_published_example() -> None:
    """Row "published example mu_min 0.2, T_fat 30 s, T_rec 50 s" of 5.5: 0.77 after minutes."""
    patient = CLASSIC._replace(fatigue_s=30.0, recovery_s=50.0, fatigue_floor=0.2)
    assert fitness_walking(patient, 5.0) == pytest.approx(0.77, abs=0.01)


@pytest.mark.parametrize(
    ("fatigue_s", "recovery_s", "left"),
    [(300.0, 500.0, (0.92, 0.83, 0.77)), (120.0, 300.0, (0.83, 0.72, 0.69))],
)
def test_walking_presets(fatigue_s: float, recovery_s: float, left: tuple[float, float, float]) -> None:
    """Row "recommended TA walking presets" of 5.5: after 3, 10 and 30 minutes."""
    patient = CLASSIC._replace(fatigue_s=fatigue_s, recovery_s=recovery_s, fatigue_floor=0.2)
    for minutes, expected in zip((3.0, 10.0, 30.0), left, strict=True):
        assert fitness_walking(patient, minutes) == pytest.approx(expected, abs=0.01)


def test_faster_pulses_tire_more() -> None:
    """Row "frequency weighting" of 5.5: 1 at 40 Hz."""
    assert rate_weight(40.0) == pytest.approx(1.0)
    assert rate_weight(20.0) == pytest.approx(0.424 / 0.496)
    assert rate_weight(100.0) == pytest.approx(1.0 / 0.496)


@given(st.floats(0.2, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_what_is_left_stays_between_floor_and_one(fitness: float, drive: float, dt: float) -> None:
    assert CLASSIC.fatigue_floor - 1e-12 <= fitness_after(CLASSIC, fitness, drive, dt) <= 1.0 + 1e-12
    assert fitness <= fitness_after_rest(CLASSIC, fitness, dt) + 1e-12 <= 1.0 + 1e-9


def walk(muscle: StimulatedMuscle, until_s: float, rate_hz: float = 40.0, current_ma: float = 31.0) -> None:
    """Pulses for half of each stride, on a grid of 5 ms."""
    next_s = 0.0
    for k in range(round(until_s / 0.005)):
        t_s = k * 0.005
        if t_s % STRIDE_S < 0.5 * STRIDE_S and t_s >= next_s - 1e-9:
            muscle.pulse(t_s, current_ma, 300.0)
            next_s = t_s + 1.0 / rate_hz
        muscle.advance(t_s + 0.005, 0.005)


def test_pulses_tire_the_muscle_as_the_law_says() -> None:
    """5.5 at 3 min again, through single pulses: 31 mA and 300 µs make a drive of 0.4 at 40 Hz."""
    muscle = StimulatedMuscle(CLASSIC)
    walk(muscle, 180.0)
    assert 1.0 - muscle.fatigue == pytest.approx(0.92, abs=0.015)
    rested = StimulatedMuscle(CLASSIC)
    for each in (muscle, rested):
        for k in range(40):
            t_s = 200.0 + k * 0.025
            each.pulse(t_s, 31.0, 300.0)
            each.advance(t_s + 0.025, 0.025)
    assert muscle.activation / rested.activation == pytest.approx(0.92, abs=0.015)
    assert muscle.recruited == pytest.approx(rested.recruited)


def test_a_higher_rate_tires_more_than_its_force() -> None:
    slow, fast = StimulatedMuscle(CLASSIC), StimulatedMuscle(CLASSIC)
    walk(slow, 60.0, rate_hz=20.0)
    walk(fast, 60.0, rate_hz=50.0)
    assert fast.fatigue > 1.2 * (0.93 / 0.75) * slow.fatigue


def test_rest_brings_the_force_back() -> None:
    muscle = StimulatedMuscle(CLASSIC)
    walk(muscle, 120.0)
    tired = muscle.fatigue
    for t_s in (121.0, 300.0, 620.0):
        muscle.advance(t_s, 0.001)
    assert muscle.activation == 0.0
    assert muscle.fatigue == pytest.approx(tired * 2.718281828 ** (-1.0), rel=0.02)
    muscle.pulse(620.0, 31.0, 300.0)
    muscle.advance(620.1, 0.001)
    assert muscle.fatigue == pytest.approx(tired * 2.718281828 ** (-1.0), rel=0.02)
