"""Which moments of an activity want a burst and which must have none, and that every case of the reference is there."""

from itertools import pairwise

import pytest

from controller.signals import EventKind
from simulator.activities.registry import ACTIVITIES
from simulator.activities.script import ActivityPerson
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S

NAMES = tuple(ACTIVITIES)
SECONDS = 25.0

FAILURE_CASES = {
    "standing weight shift": ["weight_shift"],
    "standing heel raises": ["heel_raises"],
    "toe walk and heel walk": ["toe_walk", "heel_walk"],
    "single-leg stand": ["single_leg_stand"],
    "seated marching / leg kicks": ["seated_marching", "seated_kicks"],
    "exaggerated marching": ["exaggerated_marching"],
    "sit-to-stand and back": ["sit_to_stand"],
    "crossing legs": ["leg_crossing"],
    "turning on the spot, 180 deg turns": ["turn_on_the_spot", "half_turn"],
    "start and stop": ["start_and_stop"],
    "shuffling, backward and side steps": ["shuffling", "backward_steps", "side_steps"],
    "slow gait 0.2-0.4 m/s": ["slow_gait"],
    "festination": ["festination"],
    "stairs up (toe first, no heel closure) and down (forefoot first)": ["stairs_up", "stairs_down"],
    "ramp": ["ramp_up", "ramp_down"],
    "obstacle step-over": ["obstacle"],
    "uneven ground": ["uneven_ground"],
    "carpet": ["carpet"],
    "cane gait": ["cane"],
    "toe-first contact with no heel closure at all": ["toe_first"],
    "heel that never fully unloads (spastic/flat shuffling)": ["heel_stays_loaded"],
    "driving vibration": ["vehicle"],
    "kneeling": ["kneeling"],
    "foot tapping while seated": ["foot_tapping"],
}
"""Section 3.3 of the reference as far as people move; what sensors and electronics do wrong is not an activity."""


def person_after(name: str, seconds: float = SECONDS) -> ActivityPerson:
    person = ACTIVITIES[name].build(1, SECONDS)
    person.advance(seconds)
    return person


def test_the_registry_has_every_movement_of_the_reference_and_no_other() -> None:
    assert sorted(NAMES) == sorted(name for names in FAILURE_CASES.values() for name in names)
    for name, activity in ACTIVITIES.items():
        assert activity.name == name
        assert activity.meaning


@pytest.mark.parametrize("name", [name for name in NAMES if ACTIVITIES[name].posture != "walking"])
def test_what_is_no_gait_wants_no_burst_at_any_moment(name: str) -> None:
    person = person_after(name)
    assert ACTIVITIES[name].steps == "none"
    for side in ("left", "right"):
        assert person.truth(side) == []
        assert person.wanted_bursts(side) == person.tolerated_bursts(side) == []
        assert person.forbidden(side) == [(0.0, SECONDS)]


@pytest.mark.parametrize("name", [name for name in NAMES if ACTIVITIES[name].posture == "walking"])
def test_steps_have_windows_by_the_design(name: str) -> None:
    person = person_after(name)
    wanted = ACTIVITIES[name].steps == "wanted"
    for side in ("left", "right"):
        events = person.truth(side)
        assert len(events) >= 6
        assert [b.t_s > a.t_s for a, b in pairwise(events)] == [True] * (len(events) - 1)
        kinds = [event.kind for event in events]
        assert kinds == [(EventKind.HO, EventKind.FO, EventKind.IC)[i % 3] for i in range(len(kinds))]
        windows = person.wanted_bursts(side) if wanted else person.tolerated_bursts(side)
        assert (person.tolerated_bursts(side) if wanted else person.wanted_bursts(side)) == []
        foot_offs = [event.t_s for event in events if event.kind == EventKind.FO]
        contacts = [event.t_s for event in events if event.kind == EventKind.IC]
        assert [window.stop_s for window in windows] == contacts
        for window, foot_off in zip(windows, foot_offs, strict=False):
            assert window.start_s == pytest.approx(foot_off - WANTED_BEFORE_FOOT_OFF_S)
        assert windows[0].first
        assert not all(window.first for window in windows)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tail_s", [0.0, 0.3])
def test_windows_and_forbidden_time_make_up_the_whole(name: str, tail_s: float) -> None:
    person = ACTIVITIES[name].build(1, SECONDS)
    for now_s in (0.5, 7.3, 11.11, SECONDS):
        person.advance(now_s)
        for side in ("left", "right"):
            steps = person._legs[side].steps
            forbidden = person.forbidden(side, tail_s)
            for start, stop in forbidden:
                assert 0.0 <= start < stop <= now_s
            for k in range(round(now_s / 0.01)):
                t_s = 0.01 * k + 0.0051
                may = any(s.foot_off_s - 0.25 <= t_s <= s.initial_contact_s + tail_s for s in steps)
                assert may != any(start <= t_s < stop for start, stop in forbidden if t_s < now_s) or t_s >= now_s


@pytest.mark.parametrize("name", [name for name in NAMES if ACTIVITIES[name].posture == "walking"])
def test_a_foot_off_the_ground_carries_nothing(name: str) -> None:
    person = ACTIVITIES[name].build(4, SECONDS)
    floor_n = {"shuffling": 40.0, "heel_stays_loaded": 50.0}.get(name, 8.0)
    for k in range(round(SECONDS / 0.01)):
        person.advance(0.01 * k)
        for step in person._legs["right"].steps:
            if step.foot_off_s + 0.07 < 0.01 * k < step.initial_contact_s - 0.03:
                assert person.state("right").in_swing
                assert person.heel_force_n("right") <= floor_n
                assert person.forefoot_force_n("right") <= 12.0


def test_the_first_step_after_each_pause_is_marked() -> None:
    person = person_after("start_and_stop")
    steps = person.wanted_bursts("right")
    gaps = [True, *(b.start_s - a.stop_s > 1.2 for a, b in pairwise(steps))]
    assert [step.first for step in steps] == gaps
