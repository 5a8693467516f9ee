"""The gait machine at the edges of its times, each met exactly: times are fractions of two."""

import pytest

from config.schema import GaitSettings
from controller.gait import LONGEST_STRIDE_S, SHORTEST_STRIDE_S, GaitMachine
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


def test_a_new_machine_knows_nothing() -> None:
    machine = GaitMachine(GAIT)
    assert (machine.phase, machine.triggered, machine.from_stance, machine.acted_on) == (
        Phase.UNKNOWN,
        False,
        False,
        False,
    )
    assert (machine.landed, machine.good_stride, machine.timed_out) == (False, False, "")
    assert tick(machine, 0.0) == Phase.UNKNOWN
    assert machine.timed_out == ""


def test_an_event_before_the_last_one_taken_is_refused_and_one_at_its_time_is_not() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert not see(machine, FO, 0.5 - STEP_S, tick_s=0.625)
    assert see(machine, FO, 0.625)
    assert not see(machine, IC, 0.625 - STEP_S, ON, 0.75)
    machine = landed()
    machine.settings = GAIT.model_copy(update={"pre_swing_min_s": 0.0})
    assert see(machine, HO, 0.5)
    assert see(machine, FO, 0.5)


def test_a_refused_event_does_not_count_as_the_last_one() -> None:
    machine = landed()
    assert not see(machine, FO, 0.125)
    assert see(machine, HO, 0.25)


@pytest.mark.parametrize("kind", [HO, FO, IC])
def test_the_shortest_stance_is_met_exactly(kind: EventKind) -> None:
    machine = landed()
    assert not see(machine, kind, 0.25 - STEP_S)
    assert see(machine, kind, 0.25)


def test_a_heel_off_that_comes_after_the_push_off_is_taken_once() -> None:
    machine = landed()
    machine.push_off(0.375)
    assert machine.phase == Phase.PRE_SWING
    assert machine.triggered
    assert see(machine, HO, 0.4375)
    assert machine.since_s == 0.375
    assert not machine.triggered
    assert not see(machine, HO, 0.5)


def test_a_heel_off_told_in_swing_is_taken_if_it_happened_before_the_swing() -> None:
    for ho_s, taken in ((0.5 - STEP_S, True), (0.5, False), (0.5 + STEP_S, False)):
        machine = landed()
        machine.swing(0.5)
        assert see(machine, HO, ho_s, tick_s=0.625) == taken
        assert machine.phase == Phase.SWING
        assert machine.since_s == 0.5


def test_a_swing_needs_a_stance_that_lasted() -> None:
    machine = landed()
    machine.swing(0.25 - STEP_S)
    assert machine.phase == Phase.LOADING
    machine.swing(0.25)
    assert (machine.phase, machine.since_s, machine.triggered) == (Phase.SWING, 0.25, True)
    machine.swing(0.375)
    assert machine.since_s == 0.25
    unknown = GaitMachine(GAIT)
    unknown.swing(1.0)
    assert unknown.phase == Phase.UNKNOWN


def test_a_push_off_needs_a_stance_that_lasted() -> None:
    machine = landed()
    machine.push_off(0.25 - STEP_S)
    assert machine.phase == Phase.LOADING
    machine.push_off(0.25)
    assert (machine.phase, machine.since_s) == (Phase.PRE_SWING, 0.25)
    tick(machine, 0.3125)
    machine.swing(0.3125)
    assert (machine.phase, machine.from_stance, machine.triggered) == (Phase.SWING, True, False)


def test_the_shortest_pre_swing_is_met_exactly_and_binds_that_phase_only() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert not see(machine, FO, 0.5625 - STEP_S)
    assert see(machine, FO, 0.5625)
    assert not see(machine, FO, 0.625)
    machine = landed()
    machine.swing(0.5)
    assert see(machine, FO, 0.5 + STEP_S)


def test_the_shortest_swing_binds_where_the_heel_is_not_known_to_be_down() -> None:
    for contact in (OFF, UNKNOWN):
        machine = swinging()
        assert not see(machine, IC, 0.6875 - STEP_S, contact)
        assert see(machine, IC, 0.6875, contact)
    machine = swinging()
    assert see(machine, IC, 0.5 + STEP_S, ON)
    assert (machine.phase, machine.landed) == (Phase.LOADING, True)


def test_a_contact_in_pre_swing_needs_no_swing() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert see(machine, IC, 0.5 + STEP_S)


@pytest.mark.parametrize(
    ("stride_s", "good"),
    [
        (SHORTEST_STRIDE_S, True),
        (SHORTEST_STRIDE_S - 1e-9, False),
        (LONGEST_STRIDE_S, True),
        (LONGEST_STRIDE_S + 1e-9, False),
    ],
)
def test_the_length_of_a_good_stride_is_met_exactly(stride_s: float, good: bool) -> None:
    assert (SHORTEST_STRIDE_S, LONGEST_STRIDE_S) == (0.4, 4.0)
    machine = landed()
    assert see(machine, HO, stride_s - 0.125)
    assert see(machine, FO, stride_s - 0.0625)
    assert see(machine, IC, stride_s, ON)
    assert machine.good_stride == good
    tick(machine, stride_s + STEP_S, ON)
    assert not machine.good_stride


def test_a_stride_whose_foot_off_was_at_its_contact_or_before_its_heel_off_is_not_good() -> None:
    machine = swinging()
    assert see(machine, IC, 0.5, ON)
    assert not machine.good_stride
    machine = landed()
    assert see(machine, FO, 0.5)
    machine._heel_off_s = 0.5 + STEP_S
    assert see(machine, IC, 0.75, ON)
    assert not machine.good_stride
    machine = landed()
    assert see(machine, FO, 0.5)
    machine._heel_off_s = 0.5
    assert see(machine, IC, 0.75, ON)
    assert machine.good_stride


def test_the_foot_off_of_the_stride_before_does_not_make_the_next_one_good() -> None:
    machine = swinging()
    assert see(machine, IC, 0.75, ON)
    assert machine.good_stride
    assert see(machine, IC, 1.5, ON)
    assert not machine.good_stride


def test_what_was_seen_of_a_stride_is_forgotten_with_the_sensors() -> None:
    machine = swinging()
    machine.lose(0.625)
    assert (machine.phase, machine.since_s, machine.from_stance) == (Phase.UNKNOWN, 0.625, False)
    assert see(machine, IC, 0.75, ON)
    assert not machine.good_stride


def test_a_trigger_lasts_one_tick_and_the_step_it_belongs_to_longer() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert (machine.triggered, machine.from_stance) == (True, True)
    tick(machine, 0.5 + STEP_S)
    assert (machine.triggered, machine.from_stance) == (False, True)
    assert see(machine, FO, 0.625)
    assert (machine.triggered, machine.from_stance) == (False, True)


def test_events_of_one_tick_are_taken_in_order() -> None:
    machine = landed()
    told = (event(HO, 0.5), event(FO, 0.53125), event(FO, 0.625))
    assert machine.update(0.625, told, OFF, at_rest=False) == (told[0], told[2])
    assert machine.update(0.75, (), OFF, at_rest=False) == ()


def test_the_shortest_stance_counts_from_its_contact() -> None:
    machine = landed(1.0)
    machine.push_off(1.25 - STEP_S)
    machine.swing(1.25 - STEP_S)
    assert machine.phase == Phase.LOADING
    assert tick(machine, 1.125) == Phase.STANCE
    machine.swing(1.25)
    assert tick(machine, 1.25) == Phase.SWING


def test_a_refused_event_keeps_none_out_that_came_before_it() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert not see(machine, FO, 0.546875)
    assert see(machine, IC, 0.53125, ON, 0.5625)


def test_a_foot_off_at_its_contact_belongs_to_the_stride_before() -> None:
    machine = swinging()
    assert see(machine, IC, 0.5, ON)
    assert see(machine, IC, 1.25, ON)
    assert not machine.good_stride
    machine = swinging()
    assert see(machine, IC, 0.5, ON)
    machine.swing(1.0)
    assert see(machine, FO, 1.125)


def test_strides_without_any_sign_of_a_swing_are_not_good() -> None:
    machine = landed()
    assert see(machine, IC, 1.0, ON)
    assert not machine.good_stride
    machine.lose(1.0)
    assert see(machine, IC, 2.0, ON)
    assert not machine.good_stride
    machine = GaitMachine(GAIT)
    machine.lose(0.25)
    assert see(machine, IC, 0.3125, ON)
    assert see(machine, IC, 1.0, ON)
    assert not machine.good_stride


def test_after_standing_a_heel_off_is_taken_though_one_was_seen_since_the_last_contact() -> None:
    machine = GaitMachine(GAIT.model_copy(update={"standing_after_s": 0.5}))
    assert see(machine, IC, 0.0, ON)
    assert see(machine, HO, 0.5)
    tick(machine, 0.625, ON)
    assert tick(machine, 1.125, ON) == Phase.STANDING
    assert see(machine, HO, 2.0)
    assert (machine.phase, machine.triggered) == (Phase.PRE_SWING, True)


def test_a_heel_off_of_the_stride_before_keeps_none_of_this_one_out() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert see(machine, IC, 1.0, ON)
    machine.push_off(1.5)
    assert see(machine, HO, 1.5625)


def test_the_shortest_swing_counts_from_its_own_beginning() -> None:
    machine = landed()
    machine.swing(0.5)
    assert not see(machine, IC, 0.6875 - STEP_S)
    assert see(machine, IC, 0.6875)


def test_a_second_heel_off_from_before_the_swing_is_refused() -> None:
    machine = landed()
    assert see(machine, HO, 0.3125)
    machine.swing(0.5)
    assert not see(machine, HO, 0.375, tick_s=0.5625)


def test_the_shortest_pre_swing_counts_from_the_heel_off_that_was_seen() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    assert not see(machine, FO, 0.5625 - STEP_S)
    assert see(machine, FO, 0.5625)


def test_a_swing_that_no_event_told_keeps_no_foot_off_waiting() -> None:
    machine = landed()
    assert see(machine, HO, 0.5)
    machine.swing(0.5 + STEP_S)
    assert see(machine, FO, 0.5 + 2.0 * STEP_S)


def test_a_push_off_that_no_event_told_keeps_no_foot_off_waiting() -> None:
    machine = landed()
    machine.push_off(0.5)
    assert see(machine, FO, 0.5 + STEP_S)


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
