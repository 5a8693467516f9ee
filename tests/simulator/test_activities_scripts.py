"""Every activity: finite, the same for a seed, smooth, and angles, rates, loads and gravity that fit together."""

from functools import cache
from itertools import pairwise
from math import cos, hypot, isfinite, radians, sin
from typing import Literal

import pytest

from config.schema import Side
from simulator.activities.registry import ACTIVITIES
from simulator.activities.script import ActivityPerson, Imu

NAMES = tuple(ACTIVITIES)
SIDES: tuple[Side, Side] = ("left", "right")
PLACEMENTS: tuple[Literal["shank"], Literal["foot"]] = ("shank", "foot")
SECONDS = 20.0
DT = 0.005


@cache
def lived(name: str, seed: int = 1) -> tuple[ActivityPerson, list[tuple[float, ...]]]:
    """The person after 20 s, and every 5 ms: shank and foot pitch, IMU of shank and foot, heel force, right leg."""
    person = ACTIVITIES[name].build(seed, SECONDS)
    rows: list[tuple[float, ...]] = []
    for k in range(round(SECONDS / DT)):
        person.advance(k * DT)
        state = person.state("right")
        imus = (*person.imu("right", "shank"), *person.imu("right", "foot"))
        rows.append((state.shank_pitch_deg, state.foot_pitch_deg, *imus, person.heel_force_n("right")))
    return person, rows


def seen(person: ActivityPerson) -> tuple[Imu | float | object, ...]:
    return tuple(
        (person.imu(side, placement), person.heel_force_n(side), person.state(side), tuple(person.truth(side)))
        for side in SIDES
        for placement in PLACEMENTS
    )


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite_and_within_what_a_leg_can_do(name: str) -> None:
    _, rows = lived(name)
    for shank, foot, *rest in rows:
        shank_acc, shank_gyr, foot_acc, foot_gyr = rest[:3], rest[3:6], rest[6:9], rest[9:12]
        assert all(isfinite(value) for value in (shank, foot, *rest))
        assert -120.0 < shank < 100.0
        assert -120.0 < foot < 100.0
        assert hypot(*shank_acc) < 50.0
        assert hypot(*foot_acc) < 80.0
        assert max(abs(value) for value in shank_gyr) < 450.0
        assert max(abs(value) for value in foot_gyr) < 600.0
        assert 0.0 <= rest[12] < 1.4 * 75.0 * 9.81


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_life_however_often_it_is_asked(name: str) -> None:
    often, seldom, other = (ACTIVITIES[name].build(seed, 12.0) for seed in (3, 3, 4))
    for k in range(1, 801):
        often.advance(k * 0.0137)
    for person in (seldom, other):
        person.advance(800 * 0.0137)
    assert seen(often) == seen(seldom)
    assert seen(often) != seen(other)


@pytest.mark.parametrize("name", NAMES)
def test_rates_are_the_derivatives_of_the_angles(name: str) -> None:
    person = ACTIVITIES[name].build(2, SECONDS)
    for side in SIDES:
        leg = person._legs[side]
        for curve in (leg.thigh, leg.shank, leg.foot, leg.yaw, leg.roll):
            for k in range(60, 600):
                t_s, h = 0.0317 * k + 0.0033, 1e-5
                before, now, after = curve(t_s - h), curve(t_s), curve(t_s + h)
                assert now.rate == pytest.approx((after.value - before.value) / (2.0 * h), abs=0.2, rel=1e-3)
                assert now.acceleration == pytest.approx((after.rate - before.rate) / (2.0 * h), abs=40.0, rel=5e-2)


@pytest.mark.parametrize("name", NAMES)
def test_the_gyroscope_turns_as_far_as_the_segment(name: str) -> None:
    _, rows = lived(name)
    tilted = ("leg_crossing", "side_steps", "weight_shift", "single_leg_stand")
    for pitch, gyro in ((0, 7), (1, 13)):
        turned = 0.0
        for before, now in pairwise(rows):
            turned += 0.5 * DT * (before[gyro] + now[gyro])
            assert abs(now[pitch] - rows[0][pitch] - turned) < (12.0 if name in tilted else 4.0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "vehicle"])
def test_at_rest_the_accelerometer_sees_gravity_along_the_segment(name: str) -> None:
    person = ACTIVITIES[name].build(5, SECONDS)
    for k in range(150):
        person.advance(0.01 * k)
        for side in SIDES:
            for placement in PLACEMENTS:
                state = person.state(side)
                pitch = radians(state.shank_pitch_deg if placement == "shank" else state.foot_pitch_deg)
                along, up, right, *rates = person.imu(side, placement)
                assert along == pytest.approx(9.81 * sin(pitch), abs=0.1)
                assert up == pytest.approx(9.81 * cos(pitch), abs=0.1)
                assert right == pytest.approx(0.0, abs=0.01)
                assert max(abs(rate) for rate in rates) < 3.0


@pytest.mark.parametrize("name", ["seated_kicks", "single_leg_stand", "kneeling", "heel_raises"])
def test_a_segment_that_is_held_in_the_air_feels_gravity_by_its_pitch(name: str) -> None:
    person = ACTIVITIES[name].build(5, 30.0)
    leg = person._legs["right"]
    placement = PLACEMENTS[name == "heel_raises"]
    held = []
    for k in range(3000):
        t_s = 0.01 * k
        person.advance(t_s)
        moving = any(
            abs(curve(t_s).rate) + abs(curve(t_s).acceleration) > 1.0 for curve in (leg.thigh, leg.shank, leg.foot)
        )
        struck = any(0.0 <= t_s - blow.t_s < 0.3 for blow in leg.blows)
        if not moving and not struck:
            state = person.state("right")
            pitch = state.shank_pitch_deg if placement == "shank" else state.foot_pitch_deg
            assert person.imu("right", placement)[0] == pytest.approx(9.81 * sin(radians(pitch)), abs=0.15)
            held.append(abs(pitch))
    assert max(held) > 25.0


@pytest.mark.parametrize("name", NAMES)
def test_repetitions_differ(name: str) -> None:
    _, rows = lived(name)
    column = 7 if name not in ("heel_raises", "foot_tapping") else 13
    middle = len(rows) // 2
    assert [row[column] for row in rows[:middle]] != [row[column] for row in rows[middle:]]
    assert max(abs(row[column]) for row in rows[400:]) > 3.0


def test_stimulation_changes_nothing_and_time_does_not_run_backwards() -> None:
    first, second = (ACTIVITIES["obstacle"].build(1, 10.0) for _ in range(2))
    first.advance(4.0)
    for k in range(40):
        first.advance(4.0 + 0.025 * k)
        first.pulse("right", "dorsiflexors", 40.0, 300.0)
    first.advance(2.0)
    second.advance(4.0 + 0.025 * 39)
    assert seen(first) == seen(second)
