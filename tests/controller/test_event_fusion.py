"""One stream of events from two sensors: the heel leads for contact and heel off, the IMU for foot off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.fusion import SILENCES_BEFORE_HANDOVER, EventVote
from controller.signals import Certainty, Event, EventKind

GRACE_S = 0.125
LEADER = {EventKind.IC: "heel", EventKind.HO: "heel", EventKind.FO: "imu"}
FOLLOWER = {EventKind.IC: "imu", EventKind.HO: "imu", EventKind.FO: "heel"}


def event(kind: EventKind, t_s: float, source: str, decided_s: float | None = None) -> Event:
    return Event(kind, t_s, t_s if decided_s is None else decided_s, Certainty.CONFIRMED, source)


def vote_on(
    vote: EventVote, t_s: float, *events: Event, heel_good: bool = True, imu_good: bool = True
) -> tuple[Event, ...]:
    """One tick at `t_s` with the events of both sensors."""
    heel = tuple(e for e in events if e.source == "heel")
    imu = tuple(e for e in events if e.source == "imu")
    return vote.update(t_s, heel, imu, heel_good=heel_good, imu_good=imu_good)


def silent_steps(vote: EventVote, kind: EventKind, count: int) -> float:
    """`count` steps that only the follower sees; the time after them."""
    for k in range(count):
        vote_on(vote, float(k), event(kind, float(k), FOLLOWER[kind]))
        assert len(vote_on(vote, k + GRACE_S)) == 1
    return float(count)


@pytest.mark.parametrize("kind", EventKind)
def test_the_leaders_event_is_taken_at_once(kind: EventKind) -> None:
    seen = event(kind, 1.0, LEADER[kind], 1.01)
    assert vote_on(EventVote(GRACE_S), 1.01, seen) == (seen,)


@pytest.mark.parametrize("kind", EventKind)
def test_the_followers_event_waits_for_the_leader_and_is_dropped_when_it_speaks(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    assert vote_on(vote, 1.0, event(kind, 1.0, FOLLOWER[kind])) == ()
    led = event(kind, 1.05, LEADER[kind])
    assert vote_on(vote, 1.05, led) == (led,)
    assert vote_on(vote, 2.0) == ()


@pytest.mark.parametrize("kind", EventKind)
def test_the_followers_event_is_taken_when_the_leader_stays_silent_for_the_grace(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    seen = event(kind, 0.875, FOLLOWER[kind], 1.0)
    assert vote_on(vote, 1.0, seen) == ()
    assert vote_on(vote, 1.0 + GRACE_S - 1 / 1024) == ()
    late_s = 1.0 + GRACE_S
    assert vote_on(vote, late_s) == (seen._replace(decided_s=late_s),)
    assert vote_on(vote, 2.0) == ()


@pytest.mark.parametrize("kind", EventKind)
def test_a_follower_that_repeats_what_the_leader_said_is_not_heard(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    vote_on(vote, 1.0, event(kind, 1.0, LEADER[kind]))
    assert vote_on(vote, 1.0 + GRACE_S, event(kind, 1.0 + GRACE_S, FOLLOWER[kind])) == ()
    assert vote_on(vote, 3.0) == ()
    later_s = 1.0 + GRACE_S + 1 / 1024
    vote_on(vote, later_s, event(kind, later_s, FOLLOWER[kind]))
    assert len(vote_on(vote, 5.0)) == 1


@pytest.mark.parametrize("kind", EventKind)
def test_both_in_one_tick_give_one_event_from_the_leader(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    led = event(kind, 1.0, LEADER[kind])
    assert vote_on(vote, 1.0, event(kind, 0.99, FOLLOWER[kind]), led) == (led,)
    assert vote_on(vote, 2.0) == ()


@pytest.mark.parametrize("kind", EventKind)
def test_a_lost_leader_is_not_waited_for(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    seen = event(kind, 1.0, FOLLOWER[kind])
    good = {"heel_good": LEADER[kind] != "heel", "imu_good": LEADER[kind] != "imu"}
    assert vote_on(vote, 1.0, seen, **good) == (seen,)


@pytest.mark.parametrize("kind", EventKind)
def test_a_leader_that_was_silent_often_enough_is_not_waited_for_until_it_speaks(kind: EventKind) -> None:
    vote = EventVote(GRACE_S)
    t_s = silent_steps(vote, kind, SILENCES_BEFORE_HANDOVER)
    seen = event(kind, t_s, FOLLOWER[kind])
    assert vote_on(vote, t_s, seen) == (seen,)
    led = event(kind, t_s + 1.0, LEADER[kind])
    assert vote_on(vote, t_s + 1.0, led) == (led,)
    assert vote_on(vote, t_s + 2.0, event(kind, t_s + 2.0, FOLLOWER[kind])) == ()


def test_one_silence_too_few_is_still_waited_for() -> None:
    vote = EventVote(GRACE_S)
    t_s = silent_steps(vote, EventKind.IC, SILENCES_BEFORE_HANDOVER - 1)
    assert vote_on(vote, t_s, event(EventKind.IC, t_s, "imu")) == ()


def test_each_kind_of_event_is_waited_for_on_its_own() -> None:
    vote = EventVote(GRACE_S)
    t_s = silent_steps(vote, EventKind.IC, SILENCES_BEFORE_HANDOVER)
    assert vote_on(vote, t_s, event(EventKind.HO, t_s, "imu")) == ()
    led = event(EventKind.FO, t_s, "imu")
    assert vote_on(vote, t_s, led) == (led,)
    assert [e.kind for e in vote_on(vote, t_s + GRACE_S)] == [EventKind.HO]


def test_nothing_comes_of_nothing() -> None:
    assert vote_on(EventVote(GRACE_S), 1.0) == ()


STEPS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(EventKind), st.sampled_from(["heel", "imu"]), st.integers(0, 6)),
    max_size=60,
)


@given(STEPS)
def test_nothing_is_invented_doubled_or_held_back_beyond_the_grace(
    steps: list[tuple[int, EventKind, str, int]],
) -> None:
    vote = EventVote(GRACE_S)
    given_events: list[Event] = []
    taken: list[Event] = []
    t_s = 0.0
    for ticks, kind, source, age in steps:
        for _ in range(ticks):
            t_s += 1 / 128
            out = vote_on(vote, t_s)
            taken.extend(out)
        seen = event(kind, t_s - age / 128, source, t_s)
        given_events.append(seen)
        out = vote_on(vote, t_s, seen)
        taken.extend(out)
        if source == LEADER[kind]:
            assert seen in out
    for e in taken:
        assert e.decided_s >= e.t_s
        origin = [g for g in given_events if (g.kind, g.t_s, g.source) == (e.kind, e.t_s, e.source)]
        assert origin
        assert min(e.decided_s - g.decided_s for g in origin) <= GRACE_S
    for g in given_events:
        same = [e for e in taken if (e.kind, e.t_s, e.source) == (g.kind, g.t_s, g.source)]
        assert len(same) <= sum((h.kind, h.t_s, h.source) == (g.kind, g.t_s, g.source) for h in given_events)
