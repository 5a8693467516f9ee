"""One stream of events from two sensors, each scored against the other: who leads, who is doubted, who comes back."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.fusion import FOOT_OFF_WAITS_S, SILENCES, EventVote
from controller.lesson import AGREE_S, Lesson
from controller.meeting import ALONE_S
from controller.signals import Certainty, Event, EventKind
from controller.witness import AGREEMENTS_TO_RETURN

GRACE_S = 0.125
STRIDE_S, DOWN_S, OFF_S = 1.0, 0.5, 0.65
IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
LEADER = {IC: "heel", HO: "heel", FO: "imu"}
FOLLOWER = {IC: "imu", HO: "imu", FO: "heel"}


def event(kind: EventKind, t_s: float, source: str, decided_s: float | None = None) -> Event:
    return Event(kind, t_s, t_s if decided_s is None else decided_s, Certainty.CONFIRMED, source)


def vote_on(
    vote: EventVote, t_s: float, *events: Event, heel_good: bool = True, imu_good: bool = True, heel_on: bool = False
) -> tuple[Event, ...]:
    """One tick at `t_s` with the events of both sensors."""
    heel = tuple(e for e in events if e.source == "heel")
    imu = tuple(e for e in events if e.source == "imu")
    return vote.update(t_s, heel, imu, heel_good=heel_good, imu_good=imu_good, heel_on=heel_on)


def strides(first: int, count: int, source: str, shift_s: float = 0.0) -> list[Event]:
    """Every event of `count` regular strides."""
    found = []
    for k in range(first, first + count):
        at_s = k * STRIDE_S + shift_s
        found += [event(IC, at_s, source), event(HO, at_s + DOWN_S, source), event(FO, at_s + OFF_S, source)]
    return found


def run(vote: EventVote, events: list[Event], until_s: float, *, stuck_on_s: float = 1e9) -> list[Event]:
    """The merged events of ticks of 10 ms; from `stuck_on_s` the heel says that it is down."""
    events = sorted(events, key=lambda e: e.decided_s)
    out: list[Event] = []
    start = int(events[0].decided_s * 100) if events else 0
    for tick in range(start, int(until_s * 100)):
        t_s = tick / 100
        now = []
        while events and events[0].decided_s <= t_s + 1e-9:
            now.append(events.pop(0))
        out += vote_on(vote, t_s, *now, heel_on=t_s >= stuck_on_s)
    return out


def of(events: list[Event], kind: EventKind, after_s: float = -1.0) -> list[Event]:
    return [e for e in events if e.kind == kind and e.t_s >= after_s]


@pytest.mark.parametrize("kind", EventKind)
def test_the_leaders_event_is_taken_at_once(kind: EventKind) -> None:
    seen = event(kind, 1.0, LEADER[kind], 1.01)
    assert vote_on(EventVote(GRACE_S), 1.01, seen) == (seen,)


@pytest.mark.parametrize("kind", [IC, HO])
def test_the_followers_event_waits_for_the_leader_and_is_dropped_when_it_speaks(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    assert vote_on(vote, 1.0, event(kind, 1.0, "imu")) == ()
    led = event(kind, 1.05, "heel")
    assert vote_on(vote, 1.05, led) == (led,)
    assert vote_on(vote, 2.0) == ()


@pytest.mark.parametrize("kind", [IC, HO])
def test_the_followers_event_is_taken_when_the_leader_stays_silent_for_the_grace(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    seen = event(kind, 0.875, "imu", 1.0)
    assert vote_on(vote, 1.0, seen) == ()
    assert vote_on(vote, 1.0 + GRACE_S - 1 / 1024) == ()
    late_s = 1.0 + GRACE_S
    assert vote_on(vote, late_s) == (seen._replace(decided_s=late_s),)
    assert vote_on(vote, 2.0) == ()


def test_the_estimated_foot_off_of_a_heel_is_not_heard_beside_an_imu() -> None:
    vote = EventVote(GRACE_S)
    assert vote_on(vote, 1.0, event(FO, 1.0, "heel")) == ()
    assert vote_on(vote, 2.0) == ()


def test_a_contact_of_the_imu_is_not_believed_while_the_heel_is_down() -> None:
    vote = EventVote(GRACE_S)
    assert vote_on(vote, 1.0, event(IC, 1.0, "imu"), heel_on=True) == ()
    assert vote_on(vote, 2.0, heel_on=True) == ()


@pytest.mark.parametrize("kind", EventKind)
def test_a_lost_leader_is_not_waited_for(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    seen = event(kind, 1.0, FOLLOWER[kind])
    good = {"heel_good": LEADER[kind] != "heel", "imu_good": LEADER[kind] != "imu"}
    assert vote_on(vote, 1.0, seen, **good) == (seen,)


def test_two_sensors_that_agree_are_one_walk_and_nobody_is_doubted() -> None:
    vote = EventVote(GRACE_S)
    out = run(vote, strides(1, 20, "heel") + strides(1, 20, "imu", 0.03), 22.0)
    assert [len(of(out, kind)) for kind in (IC, HO, FO)] == [20, 20, 20]
    assert {(e.kind, e.source) for e in out} == {(kind, LEADER[kind]) for kind in EventKind}
    assert not vote.heel_doubted
    assert not vote.imu_doubted


@pytest.mark.parametrize("broken", ["heel", "imu"])
def test_a_sensor_that_falls_silent_is_doubted_an_imu_after_two_strides_and_no_contact_is_lost(broken: str) -> None:
    sound = "imu" if broken == "heel" else "heel"
    vote = EventVote(GRACE_S)
    patience = 1 if broken == "heel" else 2
    out = run(vote, strides(1, 6, broken) + strides(1, 6 + patience, sound, 0.02), 7.0 + patience * STRIDE_S)
    assert (vote.heel_doubted, vote.imu_doubted) == (broken == "heel", broken == "imu")
    out += run(vote, strides(7 + patience, 5, sound, 0.02), 14.0)
    assert len(of(out, IC)) == 11 + patience
    assert len(of(out, FO, 9.0)) == 3 + patience


@pytest.mark.parametrize("broken", ["heel", "imu"])
def test_a_sensor_that_invents_contacts_is_doubted_and_what_it_says_then_is_not_heard(broken: str) -> None:
    sound = "imu" if broken == "heel" else "heel"
    vote, random = EventVote(GRACE_S), Random(3)
    noise = [event(IC, t_s, broken) for t_s in sorted(random.uniform(7.0, 15.0) for _ in range(24))]
    out = run(vote, strides(1, 6, broken) + strides(1, 14, sound, 0.02) + noise, 16.0)
    assert (vote.heel_doubted, vote.imu_doubted) == (broken == "heel", broken == "imu")
    assert len(of(out, IC, 9.5)) == 5


@pytest.mark.parametrize("broken", ["heel", "imu"])
def test_a_doubted_sensor_returns_only_after_it_has_agreed_again(broken: str) -> None:
    sound = "imu" if broken == "heel" else "heel"
    vote = EventVote(GRACE_S)
    run(vote, strides(1, 5, broken) + strides(1, 8, sound, 0.02), 9.0 - 1e-6)
    assert vote.heel_doubted or vote.imu_doubted
    for k in range(AGREEMENTS_TO_RETURN):
        assert vote.heel_doubted or vote.imu_doubted
        run(vote, strides(9 + k, 1, broken) + strides(9 + k, 1, sound, 0.02), 9.8 + k)
    assert not vote.heel_doubted
    assert not vote.imu_doubted


def test_a_heel_that_is_still_down_at_foot_off_is_doubted_there_and_the_foot_off_is_heard() -> None:
    vote = EventVote(GRACE_S)
    heel = [e for e in strides(1, 7, "heel") if e.t_s < 7.3]
    out = run(vote, heel + strides(1, 10, "imu", 0.02), 11.0, stuck_on_s=7.0)
    assert vote.heel_doubted
    assert len(of(out, FO)) == 10
    assert len(of(out, IC)) == 10


def test_two_sensors_that_never_agreed_are_not_both_doubted() -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(1, 20, "heel") + strides(1, 20, "imu", 0.5), 22.0)
    assert not (vote.heel_doubted and vote.imu_doubted)


def test_nothing_comes_of_nothing() -> None:
    assert vote_on(EventVote(GRACE_S), 1.0) == ()


STEPS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(EventKind), st.sampled_from(["heel", "imu"]), st.integers(0, 6)),
    max_size=60,
)


@given(STEPS, st.booleans())
def test_nothing_is_invented_doubled_or_held_back_beyond_the_grace(
    steps: list[tuple[int, EventKind, str, int]], heel_on: bool
) -> None:
    vote = EventVote(GRACE_S)
    given_events: list[Event] = []
    taken: list[Event] = []
    t_s = 0.0
    for ticks, kind, source, age in steps:
        for _ in range(ticks):
            t_s += 1 / 128
            taken.extend(vote_on(vote, t_s, heel_on=heel_on))
        seen = event(kind, t_s - age / 128, source, t_s)
        given_events.append(seen)
        taken.extend(vote_on(vote, t_s, seen, heel_on=heel_on))
        assert not (vote.heel_doubted and vote.imu_doubted)
    for e in taken:
        assert e.decided_s >= e.t_s
        shifted_s = AGREE_S if (e.kind, e.source) == (HO, "imu") else 0.0
        same_kind = [g for g in given_events if (g.kind, g.source) == (e.kind, e.source)]
        origin = [g for g in same_kind if abs(g.t_s - e.t_s) <= shifted_s]
        assert origin
        assert min(e.decided_s - g.decided_s for g in origin) <= max(GRACE_S, ALONE_S)
    heel_offs = [[e for e in events if (e.kind, e.source) == (HO, "imu")] for events in (given_events, taken)]
    assert len(heel_offs[1]) <= len(heel_offs[0])
    for g in given_events:
        if (g.kind, g.source) == (HO, "imu"):
            continue
        same = [e for e in taken if (e.kind, e.t_s, e.source) == (g.kind, g.t_s, g.source)]
        assert len(same) <= sum((h.kind, h.t_s, h.source) == (g.kind, g.t_s, g.source) for h in given_events)
    assert all(a.decided_s <= b.decided_s for a, b in pairwise(taken))


def with_heel_feet(vote: EventVote, first: int, count: int, *, heel_off_later_s: float = 0.0) -> list[Event]:
    """Strides that both see; the heel switch tells heel off so much later than the IMU."""
    heel = [e if e.kind != HO else e._replace(t_s=e.t_s + heel_off_later_s) for e in strides(first, count, "heel")]
    return run(vote, heel + strides(first, count, "imu"), first + count * STRIDE_S)


def test_an_imu_that_turns_the_wrong_way_in_a_walk_is_doubted_after_two_steps_and_comes_back() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 6)
    vote.turned(6.9, 1)
    assert not vote.imu_doubted
    vote.turned(7.0, 2)
    assert vote.imu_doubted
    with_heel_feet(vote, 7, 1)
    vote.turned(8.0, 3)
    with_heel_feet(vote, 8, AGREEMENTS_TO_RETURN - 1)
    assert vote.imu_doubted
    with_heel_feet(vote, 9, AGREEMENTS_TO_RETURN)
    assert not vote.imu_doubted


def test_a_heel_that_was_doubted_for_a_turned_imu_is_believed_again() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 6)
    vote._heel.contradict(6.9, at_fault=True, enough=1)
    assert vote.heel_doubted
    vote.turned(7.0, 2)
    assert (vote.heel_doubted, vote.imu_doubted) == (False, True)


@pytest.mark.parametrize("strides_seen", [0, 2])
def test_without_a_walk_that_both_have_seen_a_turn_condemns_nobody(strides_seen: int) -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, strides_seen)
    for steps in range(1, 9):
        vote.turned(1.0 + strides_seen, steps)
    assert not vote.imu_doubted


def test_a_walk_of_long_ago_and_an_irregular_heel_condemn_nobody() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 6)
    vote.turned(25.0, 3)
    assert not vote.imu_doubted


def test_a_contact_that_is_told_twice_counts_once() -> None:
    vote = EventVote(GRACE_S)
    again = [event(IC, k + 0.35, "imu") for k in range(1, 20)]
    run(vote, strides(1, 19, "heel") + strides(1, 19, "imu") + again, 20.0)
    assert not vote.imu_doubted


def test_one_contact_that_comes_far_too_late_is_one_mistake() -> None:
    vote = EventVote(GRACE_S)
    imu = [e._replace(t_s=8.36, decided_s=8.36) if (e.kind, e.t_s) == (IC, 8.0) else e for e in strides(1, 12, "imu")]
    run(vote, strides(1, 12, "heel") + imu, 13.0)
    assert not vote.imu_doubted


def test_swings_are_learned_from_both() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 3)
    assert vote.swing_s is None
    with_heel_feet(vote, 4, 1)
    assert vote.swing_s == pytest.approx(STRIDE_S - OFF_S)


def test_where_the_imu_leads_alone_heel_off_is_told_as_the_heel_would() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 6, heel_off_later_s=-0.05)
    vote.update(7.0, (), (), heel_good=False, imu_good=True)
    told = vote.update(7.6, (), (event(HO, 7.5, "imu", 7.6),), heel_good=False, imu_good=True)
    assert [round(e.t_s, 3) for e in told] == [7.45]
    later = EventVote(GRACE_S)
    with_heel_feet(later, 1, 6, heel_off_later_s=0.05)
    later.update(7.0, (), (), heel_good=False, imu_good=True)
    told = later.update(7.52, (), (event(HO, 7.5, "imu", 7.52),), heel_good=False, imu_good=True)
    assert [e.t_s for e in told] == [7.52], "never after it was decided"


def foot_off_is_held(heel_off: bool, imu_says: bool, strides_seen: int = 6) -> list[Event]:
    """The foot offs of a step that the heel switch estimates 30 ms late, after strides that both saw."""
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, strides_seen)
    at_s = 1.0 + strides_seen * STRIDE_S
    step = [event(IC, at_s, "heel"), event(IC, at_s, "imu"), event(FO, at_s + OFF_S + 0.03, "heel")]
    step += [event(HO, at_s + DOWN_S, "heel")] if heel_off else []
    step += [event(FO, at_s + OFF_S, "imu", at_s + OFF_S + 0.1)] if imu_says else []
    return of(run(vote, step, at_s + STRIDE_S - 0.01), FO)


def test_where_the_imu_says_no_foot_off_in_a_step_the_estimate_of_the_heel_is_taken() -> None:
    (held,) = foot_off_is_held(heel_off=True, imu_says=False)
    assert (held.source, round(held.t_s, 3)) == ("heel", 7.68)
    assert held.decided_s == pytest.approx(held.t_s + FOOT_OFF_WAITS_S, abs=0.011)


def test_the_estimate_is_dropped_when_the_imu_speaks_or_nothing_bears_it_out() -> None:
    assert [e.source for e in foot_off_is_held(heel_off=True, imu_says=True)] == ["imu"]
    assert foot_off_is_held(heel_off=False, imu_says=False) == []
    assert foot_off_is_held(heel_off=True, imu_says=False, strides_seen=2) == []


def test_a_heel_that_falls_silent_just_as_the_imu_was_doubted_is_found_out() -> None:
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, 6)
    vote._imu.contradict(6.9, at_fault=True, enough=1)
    assert vote.imu_doubted
    run(vote, strides(7, SILENCES - 1, "imu"), 6.9 + (SILENCES - 1) * STRIDE_S)
    assert (vote.heel_doubted, vote.imu_doubted) == (False, True)
    run(vote, strides(6 + SILENCES, 1, "imu"), 6.9 + SILENCES * STRIDE_S)
    assert (vote.heel_doubted, vote.imu_doubted) == (True, False)


def opposite(strides_seen: int, lift_after_s: float) -> EventVote:
    """A stride whose heel lifts so long after the IMU landed, and which turned faster with the heel down."""
    vote = EventVote(GRACE_S)
    with_heel_feet(vote, 1, strides_seen)
    at_s = 1.0 + strides_seen * STRIDE_S
    run(
        vote,
        [event(FO, at_s - 0.35, "imu"), event(IC, at_s, "imu"), event(HO, at_s + lift_after_s, "heel")],
        at_s + 0.4,
    )
    vote.turned(at_s + 0.5, -1)
    return vote


@pytest.mark.parametrize("strides_seen", [0, 1, 2, 6])
def test_a_heel_that_tells_the_opposite_is_doubted_at_once_however_short_the_walk(strides_seen: int) -> None:
    assert opposite(strides_seen, 0.03).heel_doubted


def test_a_heel_that_lifts_at_another_time_than_the_imu_lands_does_not_tell_the_opposite() -> None:
    assert not opposite(2, 0.3).heel_doubted


@pytest.mark.parametrize(("again_s", "doubted"), [((), True), ((0.12,), False)])
def test_a_contact_that_the_imu_tells_again_is_judged_by_when_it_was_told_last(
    again_s: tuple[float, ...], doubted: bool
) -> None:
    vote = EventVote(GRACE_S)
    events = strides(0, 8, "heel") + strides(0, 9, "imu")
    events.append(event(IC, 8.0 + 0.23, "heel"))
    events += [event(IC, 8.0 + later_s, "imu") for later_s in again_s]
    run(vote, events, 8.5)
    assert vote.heel_doubted is doubted


def test_an_imu_that_tells_its_contact_again_just_after_the_heel_is_not_doubted() -> None:
    vote = EventVote(GRACE_S)
    events = strides(0, 4, "heel") + strides(0, 4, "imu")
    for k in range(4, 12):
        events += [event(IC, k - 0.25, "imu", k - 0.2), event(IC, k - 0.01, "imu", k + 0.02)]
        events += [e for e in strides(k, 1, "imu") if e.kind != IC]
        events += strides(k, 1, "heel", shift_s=0.01)
    run(vote, events, 12.5)
    assert not vote.imu_doubted
    assert not vote.heel_doubted


def test_a_regular_imu_ends_the_swing_beside_a_heel_that_comes_down_late() -> None:
    vote = EventVote(GRACE_S)
    events = strides(0, 5, "heel") + strides(0, 6, "imu")
    # The heel tells its last contact late, so that the next comes too early by its own strides.
    events += [event(IC, 5.19, "heel"), event(HO, 5.6, "heel"), event(IC, 5.9, "imu"), event(IC, 6.09, "heel")]
    ended = of(run(vote, events, 6.3), IC, 5.5)
    assert [(one.source, one.decided_s < 6.05) for one in ended[:1]] == [("imu", True)]


def late_heel(first: int, count: int, by_s: float) -> list[Event]:
    """A heel that tells each of its contacts and lifts so much late."""
    return [e._replace(decided_s=e.decided_s + 0.01) for e in strides(first, count, "heel", shift_s=by_s)]


def test_an_imu_ends_the_swing_beside_a_slow_heel_right_after_a_pause() -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(0, 6, "heel") + strides(0, 6, "imu"), 6.0)
    # After standing the IMU has no regular strides yet, and a heel 0.2 s late expects its next contact later.
    again = [event(FO, 9.65, "imu"), event(IC, 10.0, "imu"), *late_heel(10, 1, 0.2)]
    again += [event(HO, 10.5, "imu"), event(FO, 10.6, "imu"), event(IC, 10.9, "imu")]
    ended = of(run(vote, again, 11.1), IC, 10.5)
    assert [(e.source, e.decided_s <= 11.05) for e in ended] == [("imu", True)]


def test_swings_are_not_learned_from_a_contact_that_the_heel_tells_late() -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(0, 6, "heel") + strides(0, 6, "imu"), 6.0)
    run(vote, late_heel(6, 6, 0.18) + strides(6, 6, "imu"), 12.0)
    assert vote.swing_s == pytest.approx(STRIDE_S - OFF_S)


@pytest.mark.parametrize(
    ("by_s", "late"), [(0.0, False), (GRACE_S - 0.01, False), (GRACE_S + 0.01, True), (0.3, True), (0.4, False)]
)
def test_a_heel_is_late_from_the_grace_on_and_no_longer_where_its_contact_may_be_another(
    by_s: float, late: bool
) -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(0, 6, "heel") + strides(0, 6, "imu"), 6.0)
    assert vote.heel_late(5.0 + by_s) == late


def test_a_heel_that_chatters_does_not_make_an_early_lift_credible() -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(0, 6, "heel") + strides(0, 6, "imu"), 6.0)
    chatter = [event(HO, k + 0.12, "heel") for k in range(6, 12)]
    told = of(run(vote, chatter + strides(6, 6, "heel") + strides(6, 6, "imu"), 12.0), HO, 6.0)
    assert [round(e.t_s % 1.0, 2) for e in told] == [DOWN_S] * 6


def test_quicker_steps_that_the_imu_sees_become_the_usual_ones() -> None:
    vote = EventVote(GRACE_S)
    run(vote, strides(0, 6, "heel") + strides(0, 6, "imu"), 6.0)
    quick = [(IC, 0.0), (HO, 0.25), (FO, 0.35)]
    both = [event(kind, 6.0 + 0.6 * k + s, who) for k in range(8) for kind, s in quick for who in ("heel", "imu")]
    run(vote, both, 10.8)
    assert of([*vote_on(vote, 10.8, event(IC, 10.8, "heel"))], IC)
    assert of([*vote_on(vote, 11.05, event(HO, 11.05, "heel"))], HO)


def test_after_long_stances_the_short_ones_of_a_walk_are_learned_again() -> None:
    lesson = Lesson()
    for down_s in (3.5, 3.0, 3.2, 2.5, 3.9):
        lesson.stand(down_s)
    assert lesson.down_s == 3.2
    for down_s in (0.5, 0.12, 0.55, 0.6, 0.08):
        lesson.stand(down_s)
    assert lesson.down_s == 0.6
    for down_s in (0.1, 0.15, 0.18, 0.1):
        lesson.stand(down_s)
    assert lesson.down_s == 0.6
