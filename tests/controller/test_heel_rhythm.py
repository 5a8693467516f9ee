"""A heel switch alone, its two words exchanged in mid-walk: no landing is taken for a heel off, all others are."""

from itertools import accumulate, pairwise
from math import inf
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.schema import HeelEventSettings
from controller.heel_events import HeelEvents
from controller.heel_rhythm import HeelRhythm
from controller.signals import Certainty, Event, EventKind, HeelContact

STEP_S, STRIDES = 0.005, 30
PEOPLE = {"slow": (0.82, 1.01), "usual": (0.64, 0.90), "quick": (0.42, 0.70), "heel long down": (1.15, 0.68)}
"""Times that the heel is down and up, s: simulated people, and recorded ones after a stroke."""
EARLY_S = 0.3
"""A heel off that is so much too early is one in pre-swing, or nearly."""

Lift = tuple[float, bool]


def edges(down_s: float, up_s: float, odd: dict[int, tuple[float, float]] | None = None) -> list[float]:
    """When the heel comes down and goes up in turn, from down at 0; `odd`: shares of single strides' times."""
    random = Random(7)
    spells: list[float] = []
    for stride in range(STRIDES):
        down_share, up_share = (odd or {}).get(stride, (1.0, 1.0))
        pace = random.gauss(1.0, 0.03)
        spells += [down_s * down_share * pace * random.gauss(1.0, 0.02), up_s * up_share * pace]
    return [0.0, *accumulate(spells)]


def lifts(edges_s: list[float], exchanged_s: float = inf, right_s: float = inf) -> list[Lift]:
    """Every heel off that is said, by the time at which it is, and whether it is believed."""
    detector, rhythm = HeelEvents(HeelEventSettings(), "heel"), HeelRhythm()
    said: list[Lift] = []
    down, since_s = True, 0.0
    place = 0
    for k in range(int(edges_s[-1] / STEP_S)):
        t_s = k * STEP_S
        while edges_s[place + 1] <= t_s:
            place += 1
        now = (place % 2 == 0) != (exchanged_s <= t_s < right_s)
        if now != down:
            down, since_s = now, t_s
        for event in detector.update(t_s, HeelContact.ON if down else HeelContact.OFF, since_s):
            rhythm.take(event)
            if event.kind == EventKind.HO:
                said.append((t_s, not rhythm.doubted))
    return said


def too_early(edges_s: list[float], t_s: float) -> bool:
    """Whether the heel is down at `t_s`, and for long yet."""
    spells = list(pairwise(edges_s))
    return any(down <= t_s < up - EARLY_S for down, up in spells[::2])


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98])
@pytest.mark.parametrize("begins", ["down", "up"])
@pytest.mark.parametrize("who", PEOPLE)
def test_no_landing_is_believed_to_be_a_heel_off_whenever_the_words_are_exchanged(
    who: str, begins: str, share: float
) -> None:
    edges_s = edges(*PEOPLE[who])
    first = 30 if begins == "down" else 31
    exchanged_s = edges_s[first] + share * (edges_s[first + 1] - edges_s[first])
    said = [(t_s, believed) for t_s, believed in lifts(edges_s, exchanged_s) if t_s >= exchanged_s]
    assert len(said) > 10
    assert [t_s for t_s, believed in said if believed and too_early(edges_s, t_s)] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_every_heel_off_of_a_sound_switch_is_believed(who: str) -> None:
    said = lifts(edges(*PEOPLE[who]))
    assert len(said) == STRIDES
    assert all(believed for _, believed in said)


@pytest.mark.parametrize("shares", [(0.75, 0.75), (1.3, 1.3), (1.0, 1.4), (1.4, 1.0), (0.75, 1.0)])
def test_a_step_that_is_a_little_odd_takes_nothing_away(shares: tuple[float, float]) -> None:
    assert all(believed for _, believed in lifts(edges(0.64, 0.90, odd={12: shares, 20: shares})))


@pytest.mark.parametrize("shares", [(0.55, 1.0), (1.0, 0.5), (1.8, 1.0), (0.5, 0.5)])
def test_an_odd_step_takes_three_bursts_at_most(shares: tuple[float, float]) -> None:
    assert sum(not believed for _, believed in lifts(edges(0.64, 0.90, odd={14: shares}))) <= 3


@pytest.mark.parametrize("stand_s", [2.5, 6.0, 20.0])
def test_who_stops_and_walks_on_is_believed_at_once(stand_s: float) -> None:
    assert all(believed for _, believed in lifts(edges(0.64, 0.90, odd={15: (stand_s / 0.64, 1.0)})))


@pytest.mark.parametrize("slower", [1.3, 1.6, 2.0])
def test_another_pace_is_believed_after_some_strides(slower: float) -> None:
    said = lifts(edges(0.50, 0.75, odd=dict.fromkeys(range(15, STRIDES), (1.2 * slower, slower))))
    assert sum(not believed for _, believed in said) <= 7
    assert all(believed for _, believed in said[-8:])


def test_who_walks_otherwise_without_stimulation_is_not_believed_for_it() -> None:
    # A spastic leg, simulated: with the stimulation that the exchange has ended its heel was down for twice as long.
    edges_s = edges(0.59, 0.91, odd=dict.fromkeys(range(13, STRIDES), (0.46, 1.3)))
    exchanged_s = edges_s[24] + 0.3
    assert not any(believed for t_s, believed in lifts(edges_s, exchanged_s) if t_s >= exchanged_s)


def test_the_right_rhythm_ends_the_doubt() -> None:
    edges_s = edges(0.64, 0.90)
    exchanged_s, right_s = edges_s[24] + 0.3, edges_s[34] + 0.3
    said = lifts(edges_s, exchanged_s, right_s)
    assert not any(believed for t_s, believed in said if exchanged_s <= t_s < right_s)
    assert all(believed for t_s, believed in said if t_s > right_s + 3.0)


def test_standing_on_the_heel_ends_the_doubt_at_once_and_standing_with_an_open_switch_does_not() -> None:
    edges_s = edges(0.64, 0.90, odd={20: (4.0, 1.0)})
    exchanged_s, right_s = edges_s[24] + 0.3, edges_s[40] + 0.3
    said = lifts(edges_s, exchanged_s, right_s)
    assert not any(believed for t_s, believed in said if exchanged_s <= t_s < right_s)
    assert all(believed for t_s, believed in said if t_s > right_s)
    assert not any(believed for t_s, believed in lifts(edges_s, exchanged_s) if t_s > exchanged_s)


def test_a_switch_that_says_down_while_the_leg_is_crossed_is_doubted_again_by_its_second_stride() -> None:
    edges_s = edges(0.64, 0.90, odd={16: (1.0, 3.5)})
    said = lifts(edges_s, edges_s[24] + 0.3)
    assert [believed for t_s, believed in said if t_s > edges_s[34] + 0.1].count(True) <= 2


def event(kind: EventKind, t_s: float) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, "heel")


@example([(EventKind.HO, 1.5)] * 6)
@given(st.lists(st.tuples(st.sampled_from((EventKind.IC, EventKind.HO)), st.floats(0.01, 3.0)), max_size=40))
def test_whatever_the_events_it_judges_them(steps: list[tuple[EventKind, float]]) -> None:
    rhythm, t_s = HeelRhythm(), 0.0
    for kind, after_s in steps:
        t_s += after_s
        rhythm.take(event(kind, t_s))


def test_heel_offs_whose_landings_were_hidden_teach_nothing() -> None:
    rhythm = HeelRhythm()
    for k in range(6):
        rhythm.take(event(EventKind.HO, 1.5 * k))
    for k in range(6, 20):
        rhythm.take(event(EventKind.IC, 1.5 * k - 0.6))
        rhythm.take(event(EventKind.HO, 1.5 * k))
        assert not rhythm.doubted


def test_who_disarms_is_believed() -> None:
    rhythm = HeelRhythm()
    for k, (up_s, down_s) in enumerate([(0.9, 0.64)] * 8 + [(0.64, 0.9)] * 6):
        rhythm.take(event(EventKind.IC, 1.54 * k + up_s))
        rhythm.take(event(EventKind.HO, 1.54 * k + up_s + down_s))
    assert rhythm.doubted
    rhythm.forget()
    assert not rhythm.doubted
