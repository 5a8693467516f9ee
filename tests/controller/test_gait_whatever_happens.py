"""What holds for the gait-phase state machine whatever events come, in whatever order and however late."""

from hypothesis import settings as run_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from config.schema import GaitSettings
from controller.gait import LONGEST_STRIDE_S, SHORTEST_STRIDE_S, GaitMachine
from controller.signals import Certainty, Event, EventKind, HeelContact, Phase

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
UNKNOWN, STANDING, LOADING, STANCE, PRE_SWING, SWING = Phase
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

ON_ITS_OWN = {
    UNKNOWN: {UNKNOWN, STANDING},
    STANDING: {STANDING, UNKNOWN},
    LOADING: {LOADING, STANCE},
    STANCE: {STANCE, STANDING, UNKNOWN},
    PRE_SWING: {PRE_SWING, STANDING, UNKNOWN},
    SWING: {SWING, UNKNOWN},
}
BY_EVENT = {IC: LOADING, HO: PRE_SWING, FO: SWING}
REFUSED_IN = {IC: set[Phase](), HO: {PRE_SWING, SWING}, FO: {SWING}}
LIMIT_S = {
    LOADING: GAIT.loading_s,
    STANCE: GAIT.stance_max_s,
    PRE_SWING: GAIT.pre_swing_max_s,
    SWING: GAIT.swing_max_s,
}


def event(kind: EventKind, t_s: float) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, "test")


class AnyGait(RuleBasedStateMachine):
    """Arbitrary events, late by up to 100 ms but in their order, contacts and steps of time."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = GaitMachine(GAIT)
        self.t_s = 0.0
        self.last_s = 0.0
        self.last_ic_s = -1e9
        self.since_ic: list[EventKind] = []

    @rule(
        dt_s=st.floats(0.001, 0.1), count=st.integers(1, 30), contact=st.sampled_from(HeelContact), rest=st.booleans()
    )
    def quiet(self, dt_s: float, count: int, contact: HeelContact, rest: bool) -> None:
        for _ in range(count):
            self.advance(dt_s, (), contact, rest)

    @rule(dt_s=st.floats(0.5, 7.0), contact=st.sampled_from(HeelContact), rest=st.booleans())
    def gap(self, dt_s: float, contact: HeelContact, rest: bool) -> None:
        self.advance(dt_s, (), contact, rest)

    @rule(
        dt_s=st.floats(0.001, 0.4),
        kind=st.sampled_from(EventKind),
        age_s=st.just(0.0) | st.floats(0.0, 0.1),
        contact=st.sampled_from(HeelContact),
        rest=st.booleans(),
    )
    def happens(self, dt_s: float, kind: EventKind, age_s: float, contact: HeelContact, rest: bool) -> None:
        happened_s = max(self.t_s + dt_s - age_s, self.last_s)
        self.advance(dt_s, (event(kind, happened_s),), contact, rest)

    @rule(steps=st.lists(st.floats(0.02, 0.7), min_size=4, max_size=4))
    def walks(self, steps: list[float]) -> None:
        for kind, dt_s in zip((HO, FO, IC, HO), steps, strict=True):
            self.advance(dt_s, (event(kind, self.t_s + dt_s),), HeelContact.OFF, rest=False)

    @rule()
    def loses_its_sensors(self) -> None:
        self.machine.lose(self.t_s)
        assert self.machine.phase == UNKNOWN

    def advance(self, dt_s: float, events: tuple[Event, ...], contact: HeelContact, rest: bool) -> None:
        machine = self.machine
        before, since_s = machine.phase, machine.since_s
        self.t_s += dt_s
        accepted = machine.update(self.t_s, events, contact, at_rest=rest)
        assert accepted in ((), events)
        reached = before
        for seen in accepted:
            self.check_event(seen, before, since_s, contact)
            reached = BY_EVENT[seen.kind]
        assert machine.phase in ON_ITS_OWN[reached]
        if not accepted:
            assert (machine.triggered, machine.landed, machine.good_stride) == (False, False, False)
        if machine.timed_out:
            assert reached in (PRE_SWING, SWING)
            assert machine.phase == UNKNOWN
        if machine.phase == STANDING != before:
            assert contact == HeelContact.ON or (contact == HeelContact.UNKNOWN and rest)

    def check_event(self, seen: Event, before: Phase, since_s: float, contact: HeelContact) -> None:
        machine = self.machine
        kind, t_s, _, _, _ = seen
        assert before not in REFUSED_IN[kind]
        assert t_s - self.last_ic_s >= GAIT.stance_min_s
        if kind == IC and before == SWING and contact != HeelContact.ON:
            assert t_s - since_s >= GAIT.swing_min_s
        if kind == FO and before == PRE_SWING:
            assert t_s - since_s >= GAIT.pre_swing_min_s
        assert machine.landed == (kind == IC)
        assert machine.triggered == (kind != IC and before in (STANDING, LOADING, STANCE))
        assert machine.from_stance or not machine.triggered
        if machine.good_stride:
            assert kind == IC
            last = {kind: place for place, kind in enumerate(self.since_ic)}
            assert last.get(HO, -1) < last[FO]
            assert SHORTEST_STRIDE_S <= t_s - self.last_ic_s <= LONGEST_STRIDE_S
        self.last_s = t_s
        self.since_ic.append(kind)
        if kind == IC:
            self.last_ic_s = t_s
            self.since_ic = []

    @invariant()
    def no_phase_outstays_its_limit(self) -> None:
        phase = self.machine.phase
        if phase in LIMIT_S:
            assert self.t_s - self.machine.since_s < LIMIT_S[phase]


TestAnyGait = AnyGait.TestCase
TestAnyGait.settings = run_settings(max_examples=80, stateful_step_count=40, deadline=None)
