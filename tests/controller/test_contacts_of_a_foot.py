"""An IMU on the foot tells contacts that are none, one twice, or one long after the heel: nobody is doubted."""

import pytest

from config.schema import GaitSettings
from controller.fusion import FOOT_LANDED_S, SILENCES, EventVote
from controller.lesson import AGREE_S
from controller.meeting import FOOT_LATER_S
from controller.signals import Certainty, Event, EventKind, Tilt
from controller.walking import TOLD_AGAIN_S, Walking

GRACE_S = 0.125
DOWN_S, OFF_S = 0.5, 0.65
DIP_S = 0.33
SEEN = 6
IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO


def event(kind: EventKind, t_s: float, source: str) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, source)


def stride(at_s: float, source: str) -> list[Event]:
    return [event(IC, at_s, source), event(HO, at_s + DOWN_S, source), event(FO, at_s + OFF_S, source)]


def told(
    events: list[Event], until_s: float, *, on_foot: bool = True, rises_s: float = 0.0
) -> tuple[EventVote, list[Event]]:
    """The vote after ticks of 10 ms, and what it merged; `rises_s`: so long after a dip the foot swings on."""
    vote = EventVote(GRACE_S, imu_on_foot=on_foot)
    left = sorted(
        [*[e for k in range(SEEN) for s in ("heel", "imu") for e in stride(k, s)], *events], key=lambda e: e.t_s
    )
    merged: list[Event] = []
    for tick in range(int(until_s * 100)):
        t_s = tick / 100
        now = [e for e in left if e.t_s <= t_s + 1e-9]
        left = left[len(now) :]
        heel, imu = (tuple(e for e in now if e.source == source) for source in ("heel", "imu"))
        on = rises_s > 0.0 and any(0.0 <= t_s - k + DIP_S - rises_s <= 0.1 for k in range(SEEN, SEEN + 3))
        merged += vote.update(t_s, heel, imu, heel_good=True, imu_good=True, imu_swings_on=on)
    return vote, [e for e in merged if e.t_s >= SEEN - 0.5]


@pytest.mark.parametrize("landed_s", [0.04, 0.15])
def test_dips_in_swing_that_are_taken_back_are_no_contacts(landed_s: float) -> None:
    events = []
    for k in (SEEN, SEEN + 1, SEEN + 2):
        events += [event(IC, k - DIP_S, "imu"), event(IC, k + landed_s, "imu"), *stride(k, "imu")[1:]]
        events += stride(k, "heel")
    vote, merged = told(events, SEEN + 2.9, rises_s=0.05)
    assert (vote.heel_doubted, vote.imu_doubted) == (False, False)
    assert [e.t_s for e in merged if e.kind == IC] == [SEEN, SEEN + 1, SEEN + 2]
    kept, _ = told(events, SEEN + 1.5)
    assert kept.imu_doubted


def test_a_dip_that_waits_for_the_heel_is_not_taken_for_a_contact() -> None:
    events = [event(IC, SEEN - 0.2, "imu"), event(IC, SEEN, "heel")]
    _, merged = told(events, SEEN + 0.3, rises_s=0.18)
    assert [(e.t_s, e.source) for e in merged if e.kind == IC] == [(SEEN, "heel")]
    _, kept = told(events, SEEN + 0.3)
    assert [e.source for e in kept if e.kind == IC] == ["imu", "heel"]


def test_one_contact_that_is_told_again_and_again_is_no_silence_of_the_heel() -> None:
    events = [event(IC, SEEN - 0.1 * (SILENCES - k), "imu") for k in range(SILENCES)]
    vote, _ = told(events, SEEN)
    assert not vote.heel_doubted


def test_a_foot_that_leaves_the_floor_at_once_again_had_not_landed() -> None:
    again_s = SEEN - 0.2 + GRACE_S - 0.02
    assert again_s - (SEEN - 0.2) < FOOT_LANDED_S
    events = [event(IC, SEEN - 0.2, "imu"), event(FO, again_s, "imu"), event(IC, SEEN, "heel")]
    _, merged = told(events, SEEN + 0.3)
    assert [(e.t_s, e.source) for e in merged if e.kind == IC] == [(SEEN, "heel")]
    _, of_shank = told(events, SEEN + 0.3, on_foot=False)
    assert [e.source for e in of_shank if e.kind == IC] == ["imu", "heel"]


@pytest.mark.parametrize("later_s", [AGREE_S + FOOT_LATER_S - 0.02, -AGREE_S - FOOT_LATER_S + 0.02])
def test_a_foot_may_come_to_rest_long_before_or_after_its_heel(later_s: float) -> None:
    events = [e for k in range(SEEN, SEEN + 3) for e in stride(k, "heel")]
    events += [e for k in range(SEEN, SEEN + 3) for e in stride(k + later_s, "imu")]
    vote, _ = told(events, SEEN + 2.5)
    assert (vote.heel_doubted, vote.imu_doubted) == (False, False)
    assert told(events, SEEN + 2.5, on_foot=False)[0].imu_doubted


@pytest.mark.parametrize("broken", ["heel", "imu"])
def test_a_sensor_beside_a_foot_that_falls_silent_is_doubted_all_the_same(broken: str) -> None:
    sound = "imu" if broken == "heel" else "heel"
    vote, _ = told([e for k in range(SEEN, SEEN + 3) for e in stride(k, sound)], SEEN + 2.6)
    assert (vote.heel_doubted, vote.imu_doubted) == (broken == "heel", broken == "imu")


@pytest.mark.parametrize(("swings_on", "walks"), [(True, True), (False, False)])
def test_a_landing_that_is_told_long_after_a_dip_undoes_no_step(swings_on: bool, walks: bool) -> None:
    walking = Walking(GaitSettings(), "foot", 0.12)
    t_s = 0.0
    told_s = {1.0: FO, 1.5: IC, 1.5 + TOLD_AGAIN_S + 0.1: IC}
    for tick in range(230):
        t_s = round(0.01 * tick, 2)
        rate = -60.0 if t_s < 1.0 else 120.0 if t_s < 1.5 else 0.0
        pitch = -60.0 * min(t_s, 1.0) + 120.0 * max(0.0, min(t_s, 1.5) - 1.0)
        now = [event(kind, at_s, "imu") for at_s, kind in told_s.items() if abs(at_s - t_s) < 0.001]
        on = swings_on and 1.7 < t_s < 2.0
        walking.update(t_s, (), now, Tilt(pitch, rate, True), swings_on=on)
        if t_s == 1.55:
            assert walking.by_imu
    assert walking.by_imu is walks
