"""The same seed gives the same person, however often the bench looks."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.course import Course, Ramp, Stand, Turn
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.truth import LegState, Swing, TrueEvent

Walk = Callable[..., Person]
Life = tuple[list[TrueEvent], list[TrueEvent], list[Swing], LegState, tuple[float, ...], tuple[float, ...], float]


def life(walker: Person, rate_hz: int, until_s: float = 9.0) -> Life:
    """Everything about a walk that was advanced at a rate, with pulses at 20 Hz all along."""
    for k in range(round(until_s * rate_hz) + 1):
        walker.advance(k / rate_hz)
        if (k * 20) % rate_hz == 0:
            walker.pulse("right", "dorsiflexors", 30.0, 300.0)
    return (
        walker.truth("left"),
        walker.truth("right"),
        walker.swings("right"),
        walker.state("right"),
        walker.imu("right", "shank"),
        walker.imu("right", "foot"),
        walker.heel_force_n("right"),
    )


@pytest.mark.parametrize("rate_hz", [100, 1000])
def test_the_callers_rate_changes_nothing(person: Walk, rate_hz: int) -> None:
    assert life(person("classic", 0.9, 4), rate_hz) == life(person("classic", 0.9, 4), 200)


def test_the_same_seed_is_the_same_person(person: Walk) -> None:
    assert life(person("drag", 0.9, 4), 200) == life(person("drag", 0.9, 4), 200)


def test_another_seed_is_another_walk(person: Walk) -> None:
    one, other = life(person("drag", 0.9, 4), 200), life(person("drag", 0.9, 5), 200)
    assert one[0] != other[0]
    assert one[2] != other[2]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.0, 0.4), min_size=5, max_size=20))
def test_uneven_steps_change_nothing(steps: list[float]) -> None:
    uneven, even = (Person(PATIENTS["classic"], frozenset({"left", "right"}), 1.0, 75.0, 2, 3.0) for _ in range(2))
    t_s = 0.0
    for step in steps:
        t_s += step
        uneven.advance(t_s)
    even.advance(t_s)
    for side in ("left", "right"):
        assert uneven.state(side) == even.state(side)
        assert uneven.truth(side) == even.truth(side)
        assert uneven.imu(side, "foot") == even.imu(side, "foot")


def test_the_state_is_that_of_the_last_whole_millisecond(person: Walk) -> None:
    walker = person("classic")
    shares = []
    for t_s in (5.0, 5.0009, 5.001, 5.002, 5.003):
        walker.advance(t_s)
        shares.append(walker.state("right").share)
    assert shares[0] == shares[1] < shares[2] < shares[3] < shares[4]


def test_time_that_stands_still_or_runs_back_changes_nothing(person: Walk) -> None:
    walker = person("classic")
    walker.advance(5.0)
    before = walker.state("right")
    walker.advance(5.0)
    walker.advance(1.0)
    assert walker.state("right") == before


def test_the_callers_rate_changes_nothing_on_a_course_with_everything() -> None:
    """Stops, turns and ramps, a spastic and lopsided person who compensates, and pulses all along."""
    course = Course((Stand(1.0), Ramp(3.0, 0.5, 1.2), Turn(120.0, 2.0), Stand(2.0), Ramp(4.0, 0.9, 0.8)))
    patient = PATIENTS["classic"]._replace(
        stance_asymmetry=0.05, reflex_nm_s_per_deg=0.05, clonus_hz=6.0, clonus_nm=3.0, voluntary_fades_per_min=0.1
    )
    lives = [
        life(Person(patient, frozenset({"right"}), 1.0, 75.0, 4, course=course), rate_hz, 13.0)
        for rate_hz in (100, 200, 1000)
    ]
    assert lives[0] == lives[1] == lives[2]
    assert len(lives[0][2]) >= 5
