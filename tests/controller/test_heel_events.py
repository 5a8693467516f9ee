"""Gait events from the heel switch alone: edges, the estimate of foot off, and what bounce and silence may not do."""

from itertools import pairwise
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import HeelEventSettings
from controller.heel_events import HeelEvents
from controller.signals import Certainty, Event, EventKind, HeelContact

ON, OFF, UNKNOWN = HeelContact.ON, HeelContact.OFF, HeelContact.UNKNOWN
DEBOUNCE_S = 0.01

Spell = tuple[HeelContact, float]


def play(
    spells: list[Spell], rate_hz: float = 100.0, detector: HeelEvents | None = None, until_s: float = inf
) -> list[Event]:
    """Spells of contact, each with its length in s, as the debouncer hands them over one sample later."""
    detector = detector or HeelEvents(HeelEventSettings(), "heel")
    events: list[Event] = []
    start_s = 0.0
    for contact, length_s in spells:
        for i in range(round(length_s * rate_hz)):
            t_s = start_s + DEBOUNCE_S + i / rate_hz
            if t_s <= until_s:
                events += detector.update(t_s, contact, start_s)
        start_s += round(length_s * rate_hz) / rate_hz
    return events


def kinds(events: list[Event]) -> str:
    return " ".join(event.kind for event in events)


def walk(strides: int, up_s: float = 0.65, down_s: float = 0.55) -> list[Spell]:
    return [(ON, 1.0), *[(OFF, up_s), (ON, down_s)] * strides]


def check_sane(events: list[Event]) -> None:
    for event in events:
        assert isfinite(event.t_s)
        assert event.t_s <= event.decided_s
        assert event.certainty == Certainty.CONFIRMED
    for a, b in pairwise(events):
        assert a.t_s <= b.t_s
        assert a.decided_s <= b.decided_s
        assert (a.kind, b.kind) not in (
            (EventKind.HO, EventKind.HO),
            (EventKind.FO, EventKind.FO),
            (EventKind.FO, EventKind.HO),
            (EventKind.IC, EventKind.FO),
        )


@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 200.0, 1000.0])
def test_heel_off_and_contact_are_the_edges_and_foot_off_lies_between(rate_hz: float) -> None:
    events = play(walk(6), rate_hz)
    assert kinds(events) == " ".join(["HO FO IC"] * 6)
    for i in range(6):
        heel_off, foot_off, contact = events[3 * i : 3 * i + 3]
        assert heel_off.t_s == pytest.approx(1.0 + 1.2 * i, abs=1.5 / rate_hz)
        assert contact.t_s == pytest.approx(1.65 + 1.2 * i, abs=1.5 / rate_hz)
        assert foot_off.t_s - heel_off.t_s == pytest.approx(0.65 - 0.46, abs=1.5 / rate_hz)
        assert all(event.decided_s - event.t_s <= DEBOUNCE_S + 1.0 / rate_hz for event in (heel_off, foot_off, contact))


def test_foot_off_follows_the_last_strides() -> None:
    events = play(walk(8, up_s=1.2))
    lags = [b.t_s - a.t_s for a, b in pairwise(events) if b.kind == EventKind.FO]
    assert lags[0] == pytest.approx(0.65 - 0.46)
    assert lags[-1] == pytest.approx(1.2 - 0.46, abs=0.01)


def test_foot_off_is_never_filled_in_once_the_heel_is_down() -> None:
    slow = walk(5, up_s=1.2)
    short = [(OFF, 0.4), (ON, 1.0)]
    assert kinds(play(slow + short)[-2:]) == "HO IC"


@pytest.mark.parametrize("stop_s", [x / 20.0 for x in range(100, 140)])
def test_after_the_heel_has_stopped_moving_nothing_but_this_strides_foot_off_is_said(stop_s: float) -> None:
    spells = walk(8)
    before = play(spells, until_s=stop_s)
    t_s, held = 0.0, []
    for contact, length_s in spells:
        held.append((contact, min(length_s, max(0.0, stop_s - t_s))))
        t_s += length_s
        if t_s >= stop_s:
            break
    after = [event for event in play([*held, (held[-1][0], 10.0)]) if event not in before]
    assert len(after) <= 1
    assert all(event.kind == EventKind.FO and event.t_s < stop_s + 0.2 for event in after)


def test_a_bounce_at_contact_is_one_contact_and_a_scuff_in_swing_none() -> None:
    bounce = [(ON, 1.0), (OFF, 0.65), (ON, 0.03), (OFF, 0.04), (ON, 0.5)]
    scuff = [(ON, 1.0), (OFF, 0.1), (ON, 0.03), (OFF, 0.5), (ON, 0.5)]
    assert kinds(play(bounce)) == kinds(play(scuff)) == "HO FO IC"


def test_a_short_lift_is_closed_by_a_contact_so_that_nobody_stays_in_swing() -> None:
    assert kinds(play([(ON, 1.0), (OFF, 0.1), (ON, 1.0)])) == "HO IC"


def test_a_lift_right_after_contact_is_heel_off_once_it_lasts() -> None:
    events = play([(ON, 1.0), (OFF, 0.6), (ON, 0.1), (OFF, 0.6)])
    assert kinds(events) == "HO FO IC HO FO"
    assert events[3].t_s == pytest.approx(1.7)
    assert events[3].decided_s >= events[2].t_s + HeelEventSettings().dwell_min_s - 1e-9


def test_after_unknown_or_a_gap_only_an_edge_that_was_seen_counts() -> None:
    assert kinds(play([(ON, 1.0), (OFF, 0.1), (UNKNOWN, 0.1), (OFF, 2.0), (ON, 0.5)])) == "HO IC"
    assert kinds(play([(ON, 1.0), (UNKNOWN, 0.1), (OFF, 2.0)])) == ""
    detector = HeelEvents(HeelEventSettings(), "heel")
    assert kinds(play([(ON, 1.0), (OFF, 0.1)], detector=detector)) == "HO"
    assert detector.update(3.0, OFF, 1.0) == ()
    assert detector.update(3.01, OFF, 1.0) == ()


def test_reset_keeps_nothing_that_could_fire() -> None:
    detector = HeelEvents(HeelEventSettings(), "heel")
    assert kinds(play([(ON, 1.0), (OFF, 0.1)], detector=detector)) == "HO"
    detector.reset()
    assert [detector.update(1.2 + 0.01 * i, OFF, 1.0) for i in range(300)] == [()] * 300


def test_a_senseless_stamp_of_the_change_is_replaced_by_the_stamp_of_the_sample() -> None:
    for senseless in (nan, inf):
        detector = HeelEvents(HeelEventSettings(), "heel")
        play([(ON, 1.0)], detector=detector)
        (event,) = detector.update(1.02, OFF, senseless)
        assert event.t_s == event.decided_s == 1.02


stamps = st.one_of(st.floats(-0.5, 0.6), st.sampled_from([0.0, 0.005, 0.01, nan, inf, -inf]))
contacts = st.sampled_from(list(HeelContact))


@given(st.lists(st.tuples(stamps, contacts, st.one_of(st.floats(), st.floats(-1.0, 1.0)))))
def test_any_sequence_of_samples_is_survived(stream: list[tuple[float, HeelContact, float]]) -> None:
    detector = HeelEvents(HeelEventSettings(), "heel")
    events: list[Event] = []
    t_s = 0.0
    for step_s, contact, age_s in stream:
        said = detector.update(t_s + step_s, contact, t_s + step_s - age_s)
        assert not said or (isfinite(step_s) and contact != UNKNOWN)
        events += said
        if isfinite(step_s):
            t_s += step_s
    for event in events:
        assert isfinite(event.t_s)
        assert event.t_s <= event.decided_s


@given(
    st.lists(st.tuples(st.sampled_from([ON, OFF]), st.floats(0.02, 1.5)), max_size=30),
    st.floats(0.0, 20.0),
)
def test_any_contact_pattern_keeps_order_dwell_and_causality(spells: list[Spell], cut_s: float) -> None:
    events = play(spells)
    check_sane(events)
    edges = [event for event in events if event.kind != EventKind.FO]
    assert all(b.decided_s - a.t_s >= HeelEventSettings().dwell_min_s - 1e-6 for a, b in pairwise(edges))
    assert play(spells, until_s=cut_s) == [event for event in events if event.decided_s <= cut_s]


def test_the_estimate_of_foot_off_is_known_from_heel_off_until_it_is_said() -> None:
    detector = HeelEvents(HeelEventSettings(), "heel")
    play(walk(5), detector=detector)
    assert detector.foot_off_s is None
    told = detector.update(7.03, OFF, 7.02)
    foretold_s = detector.foot_off_s
    assert [event.kind for event in told] == [EventKind.HO]
    assert foretold_s == pytest.approx(7.02 + 0.65 - detector.swing_s, abs=0.02)
    said = [event for k in range(1, 40) for event in detector.update(7.03 + k / 100, OFF, 7.02)]
    assert [event.t_s for event in said] == [foretold_s]
    assert detector.foot_off_s is None
