"""A sensor that comes to tell landings late: noticed within three, whatever the two differ by in this person."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Settings
from controller.fusion import EventVote
from controller.leg import Leg
from controller.meeting import TICKS_S
from controller.punctuality import ENOUGH, LATE_BY_S, LEARNED, Punctuality
from controller.signals import Certainty, Event, EventKind
from controller.witness import AGREEMENTS_TO_RETURN

USUAL_S = st.floats(-0.06, 0.06)
GRACE_S = 0.1
STRIDE_S = 1.1
LANDED = 8


def learned(usual_s: float) -> Punctuality:
    punctuality = Punctuality()
    for _ in range(LEARNED):
        punctuality.met(usual_s)
    return punctuality


@given(USUAL_S, st.lists(st.floats(-0.022, 0.022), max_size=60))
def test_what_differs_as_it_does_in_people_is_never_late(usual_s: float, more_s: list[float]) -> None:
    punctuality = Punctuality()
    for one_s in more_s:
        punctuality.met(usual_s + one_s)
        assert punctuality.late == ""


@given(USUAL_S, st.sampled_from(("heel", "imu")), st.floats(0.002, 0.2))
def test_the_sensor_that_is_late_is_named_after_three_landings_at_most(usual_s: float, who: str, more_s: float) -> None:
    punctuality = learned(usual_s)
    late_s = max(usual_s, 0.0) + LATE_BY_S["heel"] + more_s
    if who == "imu":
        late_s = min(usual_s, 0.0) - LATE_BY_S["imu"] - more_s
    told = []
    for _ in range(ENOUGH):
        punctuality.met(late_s)
        told.append(punctuality.late)
    assert told[0] == ""
    assert told[-1] == who
    assert punctuality.usual_s == usual_s


def test_what_is_very_late_is_named_after_two() -> None:
    punctuality = learned(0.0)
    for _ in range(2):
        punctuality.met(1.6 * LATE_BY_S["heel"])
    assert punctuality.late == "heel"


@given(st.lists(st.booleans(), max_size=40))
def test_single_landings_that_are_late_name_nobody(late: list[bool]) -> None:
    punctuality = learned(0.0)
    for before, now in pairwise([False, *late]):
        punctuality.met(0.3 if now and not before else 0.0)
        assert punctuality.late == ""


def test_who_was_late_and_is_punctual_again_is_not_late() -> None:
    punctuality = learned(0.01)
    for _ in range(ENOUGH):
        punctuality.met(0.1)
    punctuality.met(0.02)
    assert punctuality.late == ""
    punctuality.met(0.1)
    assert punctuality.late == ""


def test_landings_late_by_turns_name_nobody() -> None:
    punctuality = learned(0.0)
    for k in range(20):
        punctuality.met(0.09 if k % 2 else -0.09)
        assert punctuality.late == ""


def test_before_enough_landings_were_seen_nobody_is_late() -> None:
    punctuality = Punctuality()
    for k in range(LEARNED - 1):
        punctuality.met(0.3 * (k % 2))
        assert punctuality.late == ""
    assert punctuality.usual_s is None


class Walk:
    """A vote, and the strides that it has seen: all events of the IMU, and of the heel, so much later."""

    def __init__(self, heel: str = "heel", *, imu_on_foot: bool = False) -> None:
        self.vote = EventVote(GRACE_S, imu_on_foot=imu_on_foot)
        self.heel, self.shank = heel, "shank"
        self.start_s = STRIDE_S
        self.merged: list[Event] = []

    def go(
        self, count: int, heel_later_s: float, *, told: tuple[str, ...] = ("imu", "heel"), stride_s: float = STRIDE_S
    ) -> None:
        at_s = self.start_s
        self.start_s += count * stride_s
        after_s = {EventKind.IC: 0.0, EventKind.HO: 0.5 * stride_s, EventKind.FO: 0.65 * stride_s}
        left = sorted(
            (at_s + k * stride_s + share_s + later_s, kind, source)
            for k in range(count)
            for kind, share_s in after_s.items()
            for source, later_s in (("imu", 0.0), ("heel", heel_later_s))
            if source in told
        )
        for tick in range(round(count * stride_s * 200)):
            t_s = at_s - 0.3 + tick / 200
            now: dict[str, list[Event]] = {"imu": [], "heel": []}
            while left and left[0][0] <= t_s:
                event_s, kind, source = left.pop(0)
                name = self.heel if source == "heel" else self.shank
                now[source].append(Event(kind, event_s, t_s, Certainty.CONFIRMED, name))
            heel, imu = tuple(now["heel"]), tuple(now["imu"])
            self.merged += self.vote.update(t_s, heel, imu, heel_good=True, imu_good=True)

    @property
    def doubted(self) -> tuple[bool, bool]:
        return self.vote.heel_doubted, self.vote.imu_doubted


@pytest.mark.parametrize("later_s", [0.06, 0.12, 0.19, 0.21, 0.23, -0.08, -0.15, -0.19])
def test_a_sensor_that_has_come_to_be_late_is_doubted_until_it_is_punctual_again(later_s: float) -> None:
    walk = Walk()
    walk.go(LANDED, 0.005)
    assert walk.doubted == (False, False)
    walk.go(ENOUGH, later_s)
    assert walk.doubted == (later_s > 0.0, later_s < 0.0)
    walk.go(20, later_s)
    assert walk.doubted == (later_s > 0.0, later_s < 0.0)
    walk.go(AGREEMENTS_TO_RETURN + 2, 0.01)
    assert walk.doubted == (False, False)


def test_a_heel_that_is_late_again_and_again_is_believed_as_soon_as_ever() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    for _ in range(6):
        walk.go(4, 0.15)
        assert walk.doubted == (True, False)
        walk.go(AGREEMENTS_TO_RETURN + 1, 0.0)
        assert walk.doubted == (False, False)


def test_one_that_was_late_and_then_differs_by_turns_is_believed_again() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    walk.go(4, 0.1)
    for _ in range(4):
        walk.go(1, -0.09)
        walk.go(1, 0.09)
    assert walk.doubted == (False, False)


def test_beside_another_imu_that_took_over_nobody_is_late_until_disarmed() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    walk.shank = "foot"
    walk.go(LANDED, 0.02)
    walk.go(10, 0.17)
    assert walk.doubted == (False, False)
    walk.vote.forget_habits()
    walk.go(LANDED, 0.0)
    walk.go(4, 0.1)
    assert walk.doubted == (True, False)


def test_what_is_less_late_than_before_is_still_late() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    walk.go(10, 0.21)
    walk.go(20, 0.1)
    assert walk.doubted == (True, False)


@pytest.mark.parametrize("odd_s", [0.17, 0.12, 0.08, -0.1, -0.15])
def test_one_that_was_late_when_the_usual_was_learned_may_become_punctual(odd_s: float) -> None:
    walk = Walk()
    walk.go(LANDED, odd_s)
    for _ in range(30):
        walk.go(1, 0.0)
        assert walk.doubted == (False, False)


def test_irregular_strides_do_not_show_that_one_is_late() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    for stride_s in (0.75, 1.6) * 3:
        walk.go(1, 0.12, stride_s=stride_s)
        assert walk.doubted == (False, False)


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(-0.25, 0.25)), max_size=8))
def test_never_are_both_doubted(spells: list[tuple[int, float]]) -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    for count, later_s in spells:
        for _ in range(count):
            walk.go(1, later_s)
            assert walk.doubted != (True, True)


def test_after_disarming_the_two_may_differ_otherwise() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    walk.vote.forget_habits()
    walk.go(20, 0.09)
    assert walk.doubted == (False, False)


def test_a_leg_that_is_disarmed_forgets_what_its_sensors_differ_by(settings: Settings) -> None:
    leg, forgotten = Leg(settings.leg[0], settings), []
    leg.vote.forget_habits = lambda: forgotten.append(True)  # type: ignore[method-assign]
    leg.forget_habits()
    assert forgotten == [True]


@pytest.mark.parametrize("later_s", [0.15, -0.15])
def test_beside_a_foot_nobody_is_late(later_s: float) -> None:
    walk = Walk(imu_on_foot=True)
    walk.go(LANDED, 0.0)
    walk.go(20, later_s)
    assert walk.doubted == (False, False)


def test_one_landing_that_is_told_again_is_measured_once() -> None:
    walk = Walk()
    walk.go(LANDED, 0.0)
    at_s = walk.start_s
    shank = [
        Event(EventKind.IC, at_s + later_s, at_s + later_s, Certainty.CONFIRMED, "shank") for later_s in (0.21, 0.23)
    ]
    heel = Event(EventKind.IC, at_s, at_s, Certainty.CONFIRMED, "heel")
    for t_s, from_heel, from_imu in ((at_s, (heel,), ()), *((one.t_s, (), (one,)) for one in shank)):
        walk.vote.update(t_s, from_heel, from_imu, heel_good=True, imu_good=True)
    assert walk.doubted == (False, False)


@pytest.mark.parametrize("heel", ["heel", "heel_right"])
def test_a_landing_waits_for_its_heel_until_that_would_be_late(heel: str) -> None:
    usual_s = 0.02
    walk = Walk(heel)
    walk.go(LANDED, usual_s)
    walk.merged.clear()
    walk.go(1, usual_s + 0.8 * LATE_BY_S["heel"])
    assert [e.source for e in walk.merged if e.kind == EventKind.IC] == [heel]
    walk.merged.clear()
    walk.go(1, 0.0, told=("imu",))
    landed = [e for e in walk.merged if e.kind == EventKind.IC]
    assert [e.source for e in landed] == ["shank"]
    assert landed[0].decided_s - landed[0].t_s < usual_s + LATE_BY_S["heel"] + TICKS_S + 0.011 < GRACE_S


@pytest.mark.parametrize("heel", ["heel", "heel_right"])
def test_an_incredible_landing_of_the_heel_waits_for_the_shank_as_long_as_ever(heel: str) -> None:
    walk = Walk(heel)
    walk.go(LANDED, 0.0)
    walk.merged.clear()
    walk.start_s += STRIDE_S
    landed_s = walk.start_s - STRIDE_S
    # The heel lands again before a usual stride is over and without a foot off; the shank only tells it 0.08 s later.
    told: dict[int, tuple[float, tuple[str, ...]]] = {
        0: (0.0, (heel, "shank")),
        132: (0.66, (heel,)),
        148: (0.66, ("shank",)),
    }
    for tick in range(200):
        t_s = landed_s + tick / 200
        after_s, by = told.get(tick, (0.0, ()))
        seen = {
            name: Event(EventKind.IC, landed_s + after_s, t_s, Certainty.CONFIRMED, name) for name in ("shank", heel)
        }
        from_heel = (seen[heel],) if heel in by else ()
        from_imu = (seen["shank"],) if "shank" in by else ()
        walk.merged += walk.vote.update(t_s, from_heel, from_imu, heel_good=True, imu_good=True)
    assert [e.t_s for e in walk.merged] == [landed_s, landed_s + 0.66]
