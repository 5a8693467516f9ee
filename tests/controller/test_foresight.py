"""Predicted events: said ahead, once a stride, only from what was confirmed, and no more when the walk stops."""

from collections.abc import Callable
from itertools import pairwise

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from config.schema import Settings
from controller.controller import Controller
from controller.foresight import CONFIRMED_WITHIN_S, SAID_AHEAD_S, Foresight
from controller.signals import NEVER_S, Certainty, Event, EventKind, Inputs, Reading

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
CONFIRMED, PREDICTED = Certainty.CONFIRMED, Certainty.PREDICTED
STILL = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0)


def walk(count: int, stride_s: float = 1.1, start_s: float = 1.0) -> list[Event]:
    found = []
    for k in range(count):
        at_s = start_s + k * stride_s
        for kind, share in ((IC, 0.0), (HO, 0.45), (FO, 0.62)):
            found.append(Event(kind, at_s + share * stride_s, at_s + share * stride_s + 0.03, CONFIRMED, "imu"))
    return found


def predict(events: list[Event], until_s: float, foresight: Foresight | None = None) -> list[Event]:
    foresight = foresight or Foresight()
    said: list[Event] = []
    left = sorted(events, key=lambda e: e.decided_s)
    for tick in range(int(until_s * 100)):
        now = []
        while left and left[0].decided_s <= tick / 100:
            now.append(left.pop(0))
        said += foresight.update(tick / 100, now)
    return said


def test_a_regular_walk_is_foreseen_from_the_third_stride_on() -> None:
    events = walk(10)
    foresight = Foresight()
    said = predict(events, events[-1].decided_s, foresight)
    for kind in (IC, FO):
        true_s = [e.t_s for e in events if e.kind == kind][2:]
        near = [[p for p in said if p.kind == kind and abs(p.t_s - t_s) < 0.02] for t_s in true_s]
        assert [len(found) for found in near] == [1] * len(true_s)
        assert all(p.t_s - p.decided_s == pytest.approx(SAID_AHEAD_S, abs=0.011) for found in near for p in found)
    assert foresight.missed == 0
    assert {p.certainty for p in said} == {PREDICTED}


@given(st.floats(3.0, 12.0))
def test_when_the_walk_stops_there_is_at_most_one_more_prediction_and_its_miss_is_counted(cut_s: float) -> None:
    events = [e for e in walk(12) if e.decided_s <= cut_s]
    foresight = Foresight()
    last_s = max(e.decided_s for e in events if e.kind != HO)
    said = [p for p in predict(events, 30.0, foresight) if p.decided_s > last_s]
    assert len(said) <= 1
    assert all(p.t_s <= cut_s + 1.1 for p in said)
    assert foresight.missed == len(said)
    assert foresight.expected is None


def test_a_pause_is_not_a_stride() -> None:
    before, after = walk(6), walk(6, start_s=20.0)
    said = predict(before + after, 28.0)
    assert not [p for p in said if 8.5 < p.t_s < 20.9]


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.floats(0.0, 3.0)), max_size=60))
def test_predictions_lie_ahead_in_order_and_never_more_than_one_follows_an_event(
    steps: list[tuple[EventKind, float]],
) -> None:
    t_s = 0.0
    events: list[Event] = []
    for kind, step_s in steps:
        t_s += step_s
        events.append(Event(kind, t_s, t_s, CONFIRMED, "imu"))
    said = predict(events, t_s + 3.0)
    assert all(0.0 < p.t_s - p.decided_s <= SAID_AHEAD_S + 0.011 for p in said)
    stamps = sorted([(e.decided_s, 0) for e in events if e.kind != HO] + [(p.decided_s, 1) for p in said])
    assert not any(a[1] == b[1] == 1 for a, b in pairwise(stamps))


def test_what_is_not_confirmed_in_time_is_a_miss() -> None:
    foresight = Foresight()
    events = walk(4)
    said = predict(events, events[-1].t_s + 2.0, foresight)
    assert said[-1].kind == IC
    assert foresight.missed == 1
    late = Event(IC, said[-1].t_s + CONFIRMED_WITHIN_S + 0.5, said[-1].t_s + 1.0, CONFIRMED, "imu")
    foresight.update(late.decided_s, [late])
    assert foresight.missed == 1


@pytest.mark.parametrize("sensors", ["heel", "imu", "both"])
@hypothesis.settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut_s=st.floats(7.0, 10.0))
def test_a_walk_cut_at_any_moment_is_confirmed_no_further_and_foreseen_for_a_stride_at_most(
    settings: Settings, walk_inputs: Callable[..., list[Inputs]], sensors: str, cut_s: float
) -> None:
    leg = settings.leg[0].model_copy(update={"sensors": sensors})
    controller = Controller(settings.model_copy(update={"leg": (leg,)}))
    events: list[Event] = []
    for one in walk_inputs(cut_s + 2.5):
        if one.t_s > cut_s:
            quiet = {
                "heel": Reading(one.t_s, (1.0,)),
                "shank": Reading(one.t_s, (*STILL[:2], 0.001 * (one.t_s % 1), 0, 0, 0)),
            }
            one = one._replace(readings=quiet)  # noqa: PLW2901 - the same tick with a person who stands still
        events += controller.step(one).legs[0].events
    confirmed = [e for e in events if e.certainty == CONFIRMED and e.decided_s > cut_s]
    predicted = [e for e in events if e.certainty == PREDICTED and e.decided_s > cut_s]
    assert len(confirmed) <= 2
    assert all(e.t_s <= cut_s + 0.1 and e.decided_s <= cut_s + 0.35 for e in confirmed)
    assert len(predicted) <= 2
    assert all(e.decided_s <= cut_s + 1.5 for e in predicted)
    before = [e for e in events if e.decided_s <= cut_s]
    assert {e.certainty for e in before} == {CONFIRMED, PREDICTED}


def irregular_walk(count: int) -> tuple[list[Event], list[float]]:
    """Stances that last up to 0.12 s more or less; a push 0.16 s before each foot off, and its times."""
    found, pushes_s, at_s = [], [], 1.0
    for k in range(count):
        off_s = at_s + 0.7 + 0.12 * ((0, 1, -1, 0.5, -0.5)[k % 5])
        found.append(Event(IC, at_s, at_s + 0.03, CONFIRMED, "imu"))
        found.append(Event(FO, off_s, off_s + 0.05, CONFIRMED, "imu"))
        pushes_s.append(off_s - 0.16)
        at_s = off_s + 0.4
    return found, pushes_s


def predict_with_pushes(events: list[Event], pushes_s: list[float], until_s: float) -> tuple[list[Event], Foresight]:
    foresight = Foresight()
    said: list[Event] = []
    for tick in range(int(until_s * 100)):
        t_s = tick / 100
        now = [e for e in events if t_s - 0.01 < e.decided_s <= t_s]
        begun = [p for p in pushes_s if p <= t_s]
        landed = [e.t_s for e in events if e.kind == IC and e.decided_s <= t_s]
        push_s = begun[-1] if begun and landed and begun[-1] > landed[-1] else NEVER_S
        said += foresight.update(t_s, now, push_s)
    return said, foresight


def test_foot_off_after_stances_of_any_length_is_foretold_from_the_push() -> None:
    events, pushes_s = irregular_walk(12)
    true_s = [e.t_s for e in events if e.kind == FO][3:]

    def worst_s(said: list[Event]) -> float:
        told = [p for p in said if p.kind == FO]
        return max(min(abs(p.t_s - t_s) for p in told) for t_s in true_s)

    said, foresight = predict_with_pushes(events, pushes_s, events[-1].t_s)
    assert worst_s(said) < 0.02
    assert all(p.t_s - p.decided_s > 0.1 for p in said if p.kind == FO and p.t_s > true_s[0] - 0.3)
    assert foresight.missed <= 1, "only before the push was known"
    without, _ = predict_with_pushes(events, [], events[-1].t_s)
    assert worst_s(without) > 0.04


def test_who_stops_before_the_push_is_foretold_no_foot_off() -> None:
    events, pushes_s = irregular_walk(8)
    last = [e for e in events if e.kind == IC][-1]
    walked = [e for e in events if e.t_s <= last.t_s]
    said, foresight = predict_with_pushes(walked, [p for p in pushes_s if p < last.t_s], last.t_s + 10.0)
    assert not [p for p in said if p.decided_s > last.decided_s]
    assert foresight.missed == 0
    assert foresight.expected is None
