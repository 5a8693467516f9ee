"""Each activity moves as much as people do, and loads the heel as its name says."""

from math import hypot

import pytest

from simulator.activities.registry import ACTIVITIES

SECONDS = 25.0
SWITCH_CLOSES_N = 21.0
"""The least force at which a heel switch closes: 30 N - 30 %."""


def over(name: str, what: str, seed: int = 1) -> list[float]:
    """One figure of the right leg over the activity, from 3 s on."""
    person = ACTIVITIES[name].build(seed, SECONDS)
    found = []
    for k in range(600, round(SECONDS / 0.005)):
        person.advance(0.005 * k)
        if what == "shank_rate":
            found.append(person.imu("right", "shank")[5])
        elif what == "foot_rate":
            found.append(person.imu("right", "foot")[5])
        elif what == "turn_rate":
            found.append(person.imu("right", "shank")[4])
        elif what == "acc":
            found.append(abs(hypot(*person.imu("right", "shank")[:3]) - 9.81))
        elif what == "heel":
            found.append(person.heel_force_n("right"))
        elif what == "forefoot":
            found.append(person.forefoot_force_n("right"))
        else:
            found.append(float(getattr(person.state("right"), what)))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_weight_shift_is_slow_and_unloads_the_heel(seed: int) -> None:
    assert max(abs(rate) for rate in over("weight_shift", "shank_rate", seed)) < 20.0
    heel = over("weight_shift", "heel", seed)
    assert max(heel) > 300.0
    assert min(heel) < 50.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_heel_raises_turn_the_foot_by_30_deg(seed: int) -> None:
    assert -36.0 < min(over("heel_raises", "foot_pitch_deg", seed)) < -24.0
    assert 60.0 < max(abs(rate) for rate in over("heel_raises", "foot_rate", seed)) < 130.0
    assert max(abs(rate) for rate in over("heel_raises", "shank_rate", seed)) < 20.0
    assert min(over("heel_raises", "heel", seed)) == 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seated_kick_is_as_fast_as_a_swing(seed: int) -> None:
    assert 110.0 < max(over("seated_kicks", "shank_rate", seed)) < 250.0
    assert max(over("seated_kicks", "shank_pitch_deg", seed)) > 55.0


def test_a_vehicle_shakes_by_2_to_3_m_s2() -> None:
    assert 1.5 < max(over("vehicle", "acc")) < 4.5
    assert max(abs(rate) for rate in over("vehicle", "shank_rate")) < 25.0


@pytest.mark.parametrize("name", ["stairs_up", "toe_first"])
def test_toes_first_never_close_a_heel_switch_on_the_way(name: str) -> None:
    person = ACTIVITIES[name].build(1, SECONDS)
    for k in range(round(SECONDS / 0.01)):
        person.advance(0.01 * k)
        walking = [w for w in person._legs["right"].steps if w.foot_off_s < 0.01 * k < w.initial_contact_s + 0.3]
        if walking:
            assert person.heel_force_n("right") <= (25.0 if name == "stairs_up" else 0.0)


def test_a_toe_walk_never_loads_the_heel_and_a_heel_walk_never_the_forefoot() -> None:
    for name, force in (("toe_walk", "heel"), ("heel_walk", "forefoot")):
        person = ACTIVITIES[name].build(1, 12.0)
        first, last = person._legs["right"].steps[0], person._legs["right"].steps[-1]
        for k in range(1200):
            person.advance(0.01 * k)
            if first.initial_contact_s < 0.01 * k < min(last.initial_contact_s, first.heel_off_s + 8.0):
                found = person.heel_force_n("right") if force == "heel" else person.forefoot_force_n("right")
                assert found == pytest.approx(0.0, abs=1e-6)


def test_a_heel_that_stays_loaded_keeps_a_switch_closed() -> None:
    assert min(over("heel_stays_loaded", "heel")) > 40.0
    assert min(over("shuffling", "heel")) > SWITCH_CLOSES_N


def test_turns_turn() -> None:
    assert 60.0 < max(abs(rate) for rate in over("turn_on_the_spot", "turn_rate")) < 160.0
    assert 60.0 < max(abs(rate) for rate in over("half_turn", "turn_rate")) < 160.0


def test_feet_land_as_the_ground_demands() -> None:
    pitch = {}
    for name in ("stairs_up", "stairs_down", "toe_first", "toe_walk", "heel_walk", "carpet"):
        person = ACTIVITIES[name].build(1, SECONDS)
        foot = person._legs["right"].foot
        landings = [foot(step.initial_contact_s).value for step in person._legs["right"].steps[2:]]
        pitch[name] = sum(landings) / len(landings)
    assert pitch["stairs_up"] < -3.0
    assert pitch["stairs_down"] < -15.0
    assert pitch["toe_first"] < -3.0
    assert pitch["toe_walk"] < -15.0
    assert pitch["heel_walk"] > 10.0
    assert pitch["carpet"] > 3.0


def test_an_obstacle_lifts_the_foot_in_some_strides_only() -> None:
    thighs = []
    person = ACTIVITIES["obstacle"].build(1, SECONDS)
    for step in person._legs["right"].steps:
        times = [step.foot_off_s + 0.01 * k for k in range(round((step.initial_contact_s - step.foot_off_s) / 0.01))]
        thighs.append(max(person._legs["right"].thigh(t_s).value for t_s in times))
    high = [thigh > 40.0 for thigh in thighs]
    assert 0.15 < sum(high) / len(high) < 0.45


def test_festination_hurries_and_shrinks() -> None:
    steps = ACTIVITIES["festination"].build(1, SECONDS)._legs["right"]
    first = next(i for i, step in enumerate(steps.steps) if i and step.first)
    bout = steps.steps[:first]
    assert bout[-1].initial_contact_s - bout[-2].initial_contact_s < 0.65
    assert bout[1].initial_contact_s - bout[0].initial_contact_s > 0.9
    reach = [steps.thigh(step.initial_contact_s).value for step in bout]
    assert reach[-2] < 0.6 * reach[1]
