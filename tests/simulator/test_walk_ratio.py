"""Length of the steps for their cadence (reference 5.1), of simulated and of recorded people."""

import importlib.util
from itertools import pairwise
from math import nan
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from controller.signals import EventKind
from simulator.gait_tables import at, gait_tables
from simulator.kinematics import cadence_steps_min, manner_speed_m_s
from simulator.patients import PATIENTS
from simulator.person import Person

HELPER = Path(__file__).with_name("recorded_speed.py")
spec = importlib.util.spec_from_file_location("simulator_recorded_speed", HELPER)
assert spec is not None
assert spec.loader is not None
recorded_speed = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recorded_speed)


def contacts(person: Person) -> list[float]:
    return [event.t_s for event in person.truth("right") if event.kind is EventKind.IC]


@pytest.mark.parametrize("walk_ratio", [0.6, 1.0, 1.3])
@pytest.mark.parametrize("speed", [0.4, 0.9, 1.3])
def test_step_length_over_cadence_is_the_walk_ratio(speed: float, walk_ratio: float) -> None:
    cadence = cadence_steps_min(speed, walk_ratio)
    assert speed * 60.0 / cadence / cadence == pytest.approx(0.00651 * walk_ratio, rel=0.001)
    usual = manner_speed_m_s(speed, walk_ratio)
    assert speed / cadence == pytest.approx(usual / cadence_steps_min(usual))


def test_short_steps_come_more_often_and_move_the_joints_less() -> None:
    walkers = {}
    for walk_ratio in (0.6, 1.0):
        patient = PATIENTS["healthy"]._replace(walk_ratio=walk_ratio, stride_time_cv=0.0)
        walkers[walk_ratio] = Person(patient, frozenset({"right"}), 1.0, 75.0, 1)
        walkers[walk_ratio].advance(14.0)
    short, usual = (mean(b - a for a, b in pairwise(contacts(walkers[ratio])[2:])) for ratio in (0.6, 1.0))
    assert short / usual == pytest.approx(0.6**0.5, rel=0.01)
    ranges = {}
    for ratio, walker in walkers.items():
        hips = []
        for k in range(1400, 1600):
            walker.advance(k / 100.0)
            hips.append(walker.state("right").hip_deg)
        ranges[ratio] = max(hips) - min(hips)
    assert ranges[0.6] < 0.9 * ranges[1.0]


def test_the_slowest_manner_is_that_of_the_slowest_walk() -> None:
    patient = PATIENTS["healthy"]._replace(walk_ratio=0.5, stride_time_cv=0.0)
    walker = Person(patient, frozenset({"right"}), 0.2, 75.0, 1)
    walker.advance(12.0)
    slowest = gait_tables(0.2)
    state = walker.state("right")
    assert state.knee_deg == pytest.approx(at(slowest.knee, state.share), abs=1e-6)


def swung(stride_s: float, length_m: float, strides: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """A foot that rests for 60 % of each cycle and then goes ahead, nodding: time, acceleration, rates, contacts."""
    t_s = np.arange(round(100 * stride_s * strides)) / 100.0
    share = np.clip((t_s / stride_s % 1.0 - 0.6) / 0.4, 0.0, 1.0)
    swing_s = 0.4 * stride_s
    ahead = length_m / swing_s**2 * 2.0 * np.pi * np.sin(2.0 * np.pi * share) * (share > 0.0)
    pitch = np.radians(40.0) * np.sin(2.0 * np.pi * share) * np.sin(np.pi * share)
    rate = np.degrees(np.gradient(pitch, t_s))
    along = ahead * np.cos(pitch) + 9.81 * np.sin(pitch)
    up = 9.81 * np.cos(pitch) - ahead * np.sin(pitch)
    zero = np.zeros_like(t_s)
    return t_s, np.stack([along, zero, up], 1), np.stack([zero, -rate, zero], 1), [stride_s * i for i in range(strides)]


@pytest.mark.parametrize(("stride_s", "length_m"), [(1.0, 1.5), (1.2, 1.3), (1.6, 0.8)])
def test_the_walk_ratio_of_a_recorded_foot_is_found(stride_s: float, length_m: float) -> None:
    steps_min = 120.0 / stride_s
    found = recorded_speed.walk_ratio(*swung(stride_s, length_m))
    assert found == pytest.approx(0.5 * length_m / steps_min / recorded_speed.REFERENCE_M_MIN, rel=0.03)


def test_without_two_contacts_there_is_no_walk_ratio() -> None:
    t_s, acc, rates, _ = swung(1.0, 1.4)
    assert recorded_speed.walk_ratio(t_s, acc, rates, [0.0]) == pytest.approx(nan, nan_ok=True)
