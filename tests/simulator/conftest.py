"""Walks of the simulated person, made once and shared."""

from collections.abc import Callable
from functools import cache
from math import isfinite

import pytest

from config.schema import Side
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.truth import Swing

AFFECTED: Side = "right"
WALK_S = 20.0
PULSE_INTERVAL_S = 0.025

Walk = Callable[..., Person]


def make_person(patient: str, speed_m_s: float = 1.2, seed: int = 1, walk_for_s: float = WALK_S) -> Person:
    """A person of 75 kg whose right leg is affected."""
    return Person(PATIENTS[patient], frozenset({AFFECTED}), speed_m_s, 75.0, seed, walk_for_s)


@cache
def walked(
    patient: str, speed_m_s: float = 1.2, seed: int = 1, current_ma: float = 0.0, onset_s: float = -0.110
) -> Person:
    """That person after the walk, with bursts (300 µs, 40 Hz) from foot off + `onset_s` to IC + 0.15 s."""
    person = make_person(patient, speed_m_s, seed)
    windows = []
    if current_ma > 0.0:
        rehearsal = walked(patient, speed_m_s, seed)
        windows = [(s.foot_off_s + onset_s, s.initial_contact_s + 0.15) for s in rehearsal.swings(AFFECTED)]
    for k in range(round((WALK_S + 5.0) / PULSE_INTERVAL_S)):
        t_s = k * PULSE_INTERVAL_S
        person.advance(t_s)
        if any(start <= t_s <= stop for start, stop in windows):
            person.pulse(AFFECTED, "dorsiflexors", current_ma, 300.0)
    return person


@pytest.fixture(scope="session")
def walk() -> Walk:
    """`walk(patient, speed_m_s, seed, current_ma, onset_s)`; do not change the person that it returns."""
    return walked


@pytest.fixture(scope="session")
def person() -> Walk:
    """`person(patient, speed_m_s, seed, walk_for_s)`: a new one that has not lived yet."""
    return make_person


@pytest.fixture(scope="session")
def mean() -> Callable[[Person, str], float]:
    """Mean of one field over the affected leg's swings, the first two left out."""

    def over_swings(person: Person, field: str) -> float:
        swings: list[Swing] = person.swings(AFFECTED)[2:]
        values = [float(getattr(swing, field)) for swing in swings]
        assert len(values) >= 8
        assert all(isfinite(value) for value in values)
        return sum(values) / len(values)

    return over_swings
