"""Rest, standing and the longest of each phase, each time met exactly: times are fractions of two."""

import pytest

from config.schema import GaitSettings
from controller.gait import GaitMachine
from controller.signals import Certainty, Event, EventKind, HeelContact, Phase

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
ON, OFF, UNKNOWN = HeelContact.ON, HeelContact.OFF, HeelContact.UNKNOWN
STEP_S = 1 / 128
GAIT = GaitSettings(
    loading_s=0.125,
    stance_min_s=0.25,
    pre_swing_min_s=0.0625,
    swing_min_s=0.1875,
    standing_after_s=2.0,
    stance_max_s=5.0,
    pre_swing_max_s=1.0,
    swing_max_s=1.25,
)


def event(kind: EventKind, t_s: float) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, "test")


def see(machine: GaitMachine, kind: EventKind, t_s: float, contact: HeelContact = OFF, tick_s: float = -1.0) -> bool:
    """An event at `t_s`, told in the tick at `tick_s` or at once; whether it was taken."""
    return bool(machine.update(max(t_s, tick_s), (event(kind, t_s),), contact, at_rest=False))


def tick(machine: GaitMachine, t_s: float, contact: HeelContact = OFF, *, at_rest: bool = False) -> Phase:
    machine.update(t_s, (), contact, at_rest=at_rest)
    return machine.phase


def landed(t_s: float = 0.0) -> GaitMachine:
    machine = GaitMachine(GAIT)
    assert see(machine, IC, t_s, ON)
    return machine


def swinging(fo_s: float = 0.5) -> GaitMachine:
    machine = landed()
    assert see(machine, HO, fo_s - 0.125)
    assert see(machine, FO, fo_s)
    return machine


def test_loading_lasts_its_time_exactly() -> None:
    machine = landed()
    assert tick(machine, 0.125 - STEP_S, ON) == Phase.LOADING
    assert tick(machine, 0.125, ON) == Phase.STANCE
    assert machine.since_s == 0.125


def test_standing_begins_after_its_time_exactly_and_counts_from_the_end_of_loading() -> None:
    machine = landed()
    assert tick(machine, 0.125 - STEP_S, ON) == Phase.LOADING
    tick(machine, 0.125, ON)
    tick(machine, 0.25, ON)
    assert tick(machine, 2.25 - STEP_S, ON) == Phase.STANCE
    assert tick(machine, 2.25, ON) == Phase.STANDING
    assert machine.since_s == 2.25
    tick(machine, 3.0, ON)
    assert machine.since_s == 2.25


@pytest.mark.parametrize(
    ("contact", "at_rest", "rests"),
    [(ON, False, True), (ON, True, True), (UNKNOWN, True, True), (UNKNOWN, False, False), (OFF, True, False)],
)
def test_what_rest_is(contact: HeelContact, at_rest: bool, rests: bool) -> None:
    machine = GaitMachine(GAIT)
    tick(machine, 0.0, contact, at_rest=at_rest)
    assert (tick(machine, 2.0, contact, at_rest=at_rest) == Phase.STANDING) == rests


def test_rest_that_is_broken_begins_anew() -> None:
    machine = GaitMachine(GAIT)
    tick(machine, 0.0, ON)
    tick(machine, 1.0, OFF)
    tick(machine, 1.5, ON)
    assert tick(machine, 3.5 - STEP_S, ON) == Phase.UNKNOWN
    assert tick(machine, 3.5, ON) == Phase.STANDING


def test_rest_before_a_push_off_does_not_count_after_it() -> None:
    machine = landed()
    for t_s in (0.125, 0.25, 1.5):
        tick(machine, t_s, ON)
    machine.push_off(1.5)
    tick(machine, 1.75, ON)
    assert tick(machine, 2.375, ON) == Phase.PRE_SWING


def test_rest_before_the_sensors_were_lost_does_not_count_after_it() -> None:
    machine = GaitMachine(GAIT)
    tick(machine, 0.0, ON)
    machine.lose(1.0)
    tick(machine, 1.0, ON)
    assert tick(machine, 2.5, ON) == Phase.UNKNOWN
    assert tick(machine, 3.0, ON) == Phase.STANDING


def test_a_swing_is_no_rest() -> None:
    machine = swinging()
    tick(machine, 0.75, ON)
    assert machine._rest_since_s is None


def test_standing_ends_exactly_when_rest_has_been_gone_for_long() -> None:
    machine = GaitMachine(GAIT)
    tick(machine, 0.0, ON)
    tick(machine, 2.0, ON)
    tick(machine, 2.5, ON)
    assert tick(machine, 3.5 - STEP_S) == Phase.STANDING
    assert tick(machine, 3.5) == Phase.UNKNOWN
    assert (machine.since_s, machine.timed_out) == (3.5, "")


def test_stance_ends_exactly_after_its_longest() -> None:
    machine = landed()
    tick(machine, 0.125)
    assert tick(machine, 5.125 - STEP_S) == Phase.STANCE
    assert tick(machine, 5.125) == Phase.UNKNOWN
    assert machine.timed_out == ""


def test_a_pre_swing_ends_exactly_after_its_longest_and_is_named_if_somebody_acted_on_it() -> None:
    for acted, said in ((True, "heel off without foot off"), (False, "")):
        machine = landed()
        assert see(machine, HO, 0.5)
        if acted:
            machine.act(0.75)
        assert tick(machine, 1.5 - STEP_S) == Phase.PRE_SWING
        assert machine.timed_out == ""
        assert tick(machine, 1.5) == Phase.UNKNOWN
        assert machine.timed_out == said
        assert not machine.acted_on
        tick(machine, 1.75)
        assert machine.timed_out == ""


def test_a_swing_ends_exactly_after_its_longest_from_when_somebody_acted_on_it() -> None:
    for acted_s, ends_s, said in (
        (0.75, 2.0, "swing without initial contact"),
        (None, 1.75, ""),
        (0.25, 1.75, "swing"),
    ):
        machine = swinging()
        if acted_s is not None:
            machine.act(acted_s)
        assert tick(machine, ends_s - STEP_S) == Phase.SWING
        assert tick(machine, ends_s) == Phase.UNKNOWN
        assert machine.timed_out.startswith(said)
        assert bool(machine.timed_out) == (acted_s is not None)


def test_a_step_that_is_over_is_acted_on_no_more() -> None:
    machine = swinging()
    machine.act(0.5)
    assert machine.acted_on
    assert machine.from_stance
    assert see(machine, IC, 0.75, ON)
    assert (machine.acted_on, machine.from_stance) == (False, False)


def test_who_stands_long_goes_on_standing() -> None:
    machine = GaitMachine(GAIT)
    for t_s in range(12):
        tick(machine, float(t_s), ON)
    assert (machine.phase, machine.since_s) == (Phase.STANDING, 2.0)


def test_an_early_swing_that_nobody_acted_on_ends_in_time_too() -> None:
    machine = landed()
    machine.swing(0.25)
    assert tick(machine, 1.5 - STEP_S) == Phase.SWING
    assert tick(machine, 1.5) == Phase.UNKNOWN
