"""The gait-phase state machine: a plain walk, standing, dwell minima, time-outs."""

import pytest

from config.schema import GaitSettings
from controller.gait import LONGEST_STRIDE_S, SHORTEST_STRIDE_S, GaitMachine
from controller.signals import Certainty, Event, EventKind, HeelContact, Phase

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
UNKNOWN, STANDING, LOADING, STANCE, PRE_SWING, SWING = Phase
STEP_S = 1 / 128
GAIT = GaitSettings(
    loading_s=0.125,
    stance_min_s=0.125,
    pre_swing_min_s=0.03125,
    swing_min_s=0.125,
    standing_after_s=2.0,
    stance_max_s=5.0,
    pre_swing_max_s=1.0,
    swing_max_s=1.25,
)


def event(kind: EventKind, t_s: float) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, "test")


class Walker:
    """A machine that is fed events, and one tick every 1/128 s between them."""

    def __init__(self, settings: GaitSettings = GAIT) -> None:
        self.machine = GaitMachine(settings)
        self.t_s = 0.0
        self.phases: list[Phase] = []
        self.triggers: list[float] = []
        self.time_outs: list[str] = []
        self.good_strides: list[float] = []

    def step(self, contact: HeelContact, *events: Event, at_rest: bool = False) -> tuple[Event, ...]:
        """One tick at `t_s`."""
        machine = self.machine
        accepted = machine.update(self.t_s, events, contact, at_rest=at_rest)
        if not self.phases or self.phases[-1] != machine.phase:
            self.phases.append(machine.phase)
        if machine.triggered:
            self.triggers.append(self.t_s)
        if machine.timed_out:
            self.time_outs.append(machine.timed_out)
        if machine.good_stride:
            self.good_strides.append(self.t_s)
        return accepted

    def rest(self, for_s: float, contact: HeelContact = HeelContact.OFF, *, at_rest: bool = False) -> "Walker":
        """Ticks without events for `for_s`."""
        stop_s = self.t_s + for_s
        while self.t_s < stop_s:
            self.t_s += STEP_S
            self.step(contact, at_rest=at_rest)
        return self

    def see(self, kind: EventKind, contact: HeelContact = HeelContact.OFF) -> bool:
        """An event one tick later; whether it was accepted."""
        self.t_s += STEP_S
        return bool(self.step(contact, event(kind, self.t_s)))

    def stride(self) -> "Walker":
        """Initial contact to just before the next, 1 s."""
        assert self.see(IC, HeelContact.ON)
        self.rest(0.5, HeelContact.ON)
        assert self.see(HO)
        self.rest(0.125)
        assert self.see(FO)
        return self.rest(0.3515625)


def in_phase(phase: Phase) -> Walker:
    """A walker that has just come into `phase` by the plain way."""
    walker = Walker()
    if phase == STANDING:
        walker.rest(2.5, HeelContact.ON)
    elif phase != UNKNOWN:
        walker.see(IC, HeelContact.ON)
        if phase != LOADING:
            walker.rest(0.25, HeelContact.ON)
        if phase in (PRE_SWING, SWING):
            walker.see(HO)
        if phase == SWING:
            walker.rest(0.0625)
            walker.see(FO)
    assert walker.machine.phase == phase
    return walker


def test_a_plain_walk_goes_through_the_phases_in_order() -> None:
    walker = Walker()
    for _ in range(5):
        walker.stride()
    assert walker.phases == [LOADING, STANCE, PRE_SWING, SWING] * 5
    assert len(walker.triggers) == 5
    assert len(walker.good_strides) == 4
    assert walker.time_outs == []


def test_loading_becomes_stance_after_its_time() -> None:
    walker = in_phase(LOADING)
    walker.rest(GAIT.loading_s - STEP_S, HeelContact.ON)
    assert walker.machine.phase == LOADING
    walker.rest(STEP_S, HeelContact.ON)
    assert walker.machine.phase == STANCE


@pytest.mark.parametrize(("contact", "at_rest"), [(HeelContact.ON, False), (HeelContact.UNKNOWN, True)])
def test_standing_is_found_by_a_loaded_heel_or_where_none_tells_by_an_imu_at_rest(
    contact: HeelContact, at_rest: bool
) -> None:
    walker = Walker().rest(GAIT.standing_after_s, contact, at_rest=at_rest)
    assert walker.machine.phase == UNKNOWN
    walker.rest(STEP_S, contact, at_rest=at_rest)
    assert walker.machine.phase == STANDING


@pytest.mark.parametrize(("contact", "at_rest"), [(HeelContact.OFF, True), (HeelContact.UNKNOWN, False)])
def test_a_lifted_heel_or_nothing_known_is_not_standing(contact: HeelContact, at_rest: bool) -> None:
    assert STANDING not in Walker().rest(10.0, contact, at_rest=at_rest).phases


@pytest.mark.parametrize("phase", [LOADING, SWING])
def test_neither_loading_nor_swing_is_standing_however_still_the_sensors_are(phase: Phase) -> None:
    settings = GAIT.model_copy(update={"standing_after_s": 0.5, "loading_s": 1.0})
    walker = Walker(settings)
    walker.see(IC if phase == LOADING else FO)
    walker.rest(0.75, HeelContact.ON, at_rest=True)
    assert walker.phases == [phase]


def test_standing_is_found_after_the_last_step_too() -> None:
    walker = Walker().stride()
    walker.see(IC, HeelContact.ON)
    walker.rest(3.0, HeelContact.ON)
    assert walker.phases[-3:] == [LOADING, STANCE, STANDING]
    assert len(walker.triggers) == 1


def test_a_swing_remembers_that_its_stance_was_seen_until_the_step_is_over() -> None:
    walker = in_phase(SWING)
    assert walker.machine.from_stance
    walker.rest(0.25).see(IC, HeelContact.ON)
    assert not walker.machine.from_stance
    walker = Walker()
    walker.see(FO)
    assert walker.machine.phase == SWING
    assert not walker.machine.from_stance


def test_a_push_off_that_no_event_told_is_pre_swing_and_leaves_room_for_the_events() -> None:
    walker = in_phase(STANCE)
    walker.machine.push_off(walker.t_s)
    assert walker.machine.phase == PRE_SWING
    assert walker.see(HO)
    assert not walker.see(HO)
    walker.rest(0.0625)
    walker.machine.swing(walker.t_s)
    assert walker.machine.phase == SWING
    assert walker.see(FO)
    assert not walker.see(FO)
    walker.rest(0.25)
    assert walker.see(IC)
    assert walker.machine.good_stride


def test_foot_off_right_after_a_push_off_that_no_event_told_is_believed() -> None:
    """The quickest steps: the push-off was inferred at the same moment, so there is no dwell to keep."""
    walker = in_phase(STANCE)
    walker.machine.push_off(walker.t_s)
    assert walker.see(FO)
    assert walker.machine.phase == SWING


@pytest.mark.parametrize("phase", [UNKNOWN, STANDING, PRE_SWING, SWING])
def test_a_push_off_needs_a_stance_that_was_seen(phase: Phase) -> None:
    walker = in_phase(phase).rest(0.25, HeelContact.ON)
    before = walker.machine.phase
    walker.machine.push_off(walker.t_s)
    assert walker.machine.phase == before


def test_standing_is_left_when_rest_is_gone_for_long() -> None:
    walker = in_phase(STANDING)
    walker.rest(GAIT.pre_swing_max_s - STEP_S)
    assert walker.machine.phase == STANDING
    walker.rest(STEP_S)
    assert walker.machine.phase == UNKNOWN
    assert walker.time_outs == []


@pytest.mark.parametrize("kind", [HO, FO])
@pytest.mark.parametrize("phase", Phase)
def test_only_a_stance_that_was_seen_triggers(phase: Phase, kind: EventKind) -> None:
    walker = in_phase(phase)
    if phase == LOADING:
        walker = Walker(GAIT.model_copy(update={"loading_s": 0.5}))
        walker.see(IC, HeelContact.ON)
        walker.rest(0.25, HeelContact.ON)
        assert walker.machine.phase == LOADING
    before = len(walker.triggers)
    walker.see(kind)
    assert (len(walker.triggers) > before) == (phase in (STANDING, LOADING, STANCE))


def test_foot_off_alone_triggers_when_heel_off_was_not_seen() -> None:
    walker = in_phase(STANCE)
    assert walker.see(FO)
    assert walker.phases[-2:] == [STANCE, SWING]
    assert len(walker.triggers) == 1


def test_heel_off_and_foot_off_of_one_swing_trigger_once() -> None:
    assert len(in_phase(SWING).triggers) == 1


@pytest.mark.parametrize(
    ("phase", "kind", "dwell_s"),
    [
        (LOADING, HO, GAIT.stance_min_s),
        (LOADING, FO, GAIT.stance_min_s),
        (LOADING, IC, GAIT.stance_min_s),
        (PRE_SWING, FO, GAIT.pre_swing_min_s),
        (SWING, IC, GAIT.swing_min_s),
    ],
)
def test_an_event_before_its_dwell_minimum_is_not_believed(phase: Phase, kind: EventKind, dwell_s: float) -> None:
    walker = in_phase(phase)
    walker.rest(dwell_s - 2 * STEP_S)
    assert not walker.see(kind)
    assert walker.see(kind)


@pytest.mark.parametrize(
    ("phase", "kind"), [(PRE_SWING, HO), (SWING, HO), (SWING, FO)], ids=["HO twice", "HO in swing", "FO twice"]
)
def test_an_event_that_does_not_fit_the_phase_is_not_believed(phase: Phase, kind: EventKind) -> None:
    walker = in_phase(phase).rest(0.25)
    since_s = walker.machine.since_s
    assert not walker.see(kind)
    assert (walker.machine.phase, walker.machine.since_s) == (phase, since_s)


@pytest.mark.parametrize(
    ("phase", "limit_s", "said"),
    [
        (STANCE, GAIT.stance_max_s, ""),
        (PRE_SWING, GAIT.pre_swing_max_s, "heel off without foot off"),
        (SWING, GAIT.swing_max_s, "swing without initial contact"),
    ],
)
@pytest.mark.parametrize("acted_on", [True, False])
def test_every_phase_is_left_by_time_out(phase: Phase, limit_s: float, said: str, acted_on: bool) -> None:
    walker = in_phase(phase)
    if acted_on:
        walker.machine.act(walker.machine.since_s)
    left_s = walker.machine.since_s + limit_s
    walker.rest(left_s - walker.t_s - STEP_S)
    assert walker.machine.phase == phase
    walker.rest(STEP_S)
    assert walker.machine.phase == UNKNOWN
    assert walker.time_outs == ([said] if said and acted_on else [])
    walker.rest(1.0)
    assert walker.machine.timed_out == ""


def test_a_contact_ends_the_swing_and_says_that_it_landed() -> None:
    walker = in_phase(SWING).rest(0.25)
    walker.see(IC, HeelContact.ON)
    assert walker.machine.landed
    walker.rest(STEP_S)
    assert not walker.machine.landed


def test_the_phase_dates_from_the_event_and_not_from_its_tick() -> None:
    walker = in_phase(STANCE)
    walker.rest(1.0, HeelContact.ON)
    walker.step(HeelContact.OFF, event(HO, walker.t_s - 0.0625))
    assert walker.machine.since_s == walker.t_s - 0.0625


@pytest.mark.parametrize("phase", Phase)
def test_without_a_sensor_nothing_is_known_and_nothing_triggers(phase: Phase) -> None:
    walker = in_phase(phase)
    before = len(walker.triggers)
    walker.machine.lose(walker.t_s)
    assert walker.machine.phase == UNKNOWN
    walker.rest(0.5)
    walker.see(HO)
    assert len(walker.triggers) == before


@pytest.mark.parametrize(
    ("stride_s", "good"),
    [
        (SHORTEST_STRIDE_S - 0.02, False),
        (SHORTEST_STRIDE_S + 0.02, True),
        (LONGEST_STRIDE_S - 0.02, True),
        (LONGEST_STRIDE_S + 0.02, False),
    ],
)
def test_a_stride_is_good_within_the_length_of_human_strides(stride_s: float, good: bool) -> None:
    machine = GaitMachine(GAIT)
    off_s = stride_s - 0.15
    for kind, t_s in ((IC, 0.0), (HO, off_s - 0.05), (FO, off_s), (IC, stride_s)):
        assert machine.update(t_s, (event(kind, t_s),), HeelContact.OFF, at_rest=False)
    assert machine.good_stride == good


@pytest.mark.parametrize(("missing", "strides"), [(HO, 1), (FO, 0)])
def test_a_stride_without_foot_off_is_not_good_and_one_without_heel_off_is(missing: EventKind, strides: int) -> None:
    """Where heel off is never found, who limps would be withheld from for ever."""
    walker = Walker()
    for kind in (IC, HO, FO, IC):
        if kind != missing:
            assert walker.see(kind)
        walker.rest(0.25)
    assert len(walker.good_strides) == strides
