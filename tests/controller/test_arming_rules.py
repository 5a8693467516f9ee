"""Who may change the armed state: the whole table of state, command, source and readiness."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.arming import Arming
from controller.signals import ArmingState, CommandKind, Mode, OperatorCommand, Source

DISARMED, ARMED, PAUSED, LATCHED = ArmingState
READY: tuple[str, ...] = ()
NOT_READY = ("heel: no reading yet", "shank: frozen for 100 ms")

OPERATOR_TABLE = {
    (DISARMED, CommandKind.ARM): ARMED,
    (DISARMED, CommandKind.STOP): LATCHED,
    (ARMED, CommandKind.DISARM): DISARMED,
    (ARMED, CommandKind.PAUSE): PAUSED,
    (ARMED, CommandKind.STOP): LATCHED,
    (PAUSED, CommandKind.DISARM): DISARMED,
    (PAUSED, CommandKind.RESUME): ARMED,
    (PAUSED, CommandKind.STOP): LATCHED,
    (LATCHED, CommandKind.DISARM): DISARMED,
}
"""Every change that there is; whatever is missing here leaves the state as it is."""

NETWORK_KINDS = {CommandKind.DISARM, CommandKind.PAUSE, CommandKind.STOP}
FLOW = {DISARMED: 0, LATCHED: 0, PAUSED: 1, ARMED: 2}
"""How much may flow: nothing, the rest of a running burst, everything."""


def arming_in(state: ArmingState) -> Arming:
    """An `Arming` that was brought to `state` by commands."""
    arming = Arming()
    kinds = {DISARMED: [], ARMED: ["arm"], PAUSED: ["arm", "pause"], LATCHED: ["arm", "stop"]}[state]
    arming.handle(tuple(OperatorCommand(CommandKind(kind)) for kind in kinds), READY)
    assert arming.state == state
    return arming


def argument_of(kind: CommandKind) -> str:
    return {CommandKind.MODE: "exercise", CommandKind.TEST_BURST: "right"}.get(kind, "")


def test_it_starts_disarmed_and_walking() -> None:
    arming = Arming()
    assert (arming.state, arming.mode) == (DISARMED, Mode.WALK)
    assert (arming.stopped, arming.disarmed, arming.begun, arming.armed, arming.test_burst_side) == (*[False] * 4, "")


@pytest.mark.parametrize(
    ("state", "kind", "source", "not_ready"), list(product(ArmingState, CommandKind, Source, (READY, NOT_READY)))
)
def test_the_table(state: ArmingState, kind: CommandKind, source: Source, not_ready: tuple[str, ...]) -> None:
    arming = arming_in(state)
    arming.handle((OperatorCommand(kind, source, argument_of(kind)),), not_ready)
    after = OPERATOR_TABLE.get((state, kind), state)
    if source == Source.NETWORK and kind not in NETWORK_KINDS:
        after = state
        assert arming.notes == [f"{kind} refused: the network may watch, pause, disarm and stop only"]
        assert arming.mode == Mode.WALK
    elif kind == CommandKind.ARM and not_ready:
        after = state
    elif source == Source.NETWORK and state == ArmingState.LATCHED and kind == CommandKind.DISARM:
        after = state
        assert arming.notes == ["disarm refused: a latched fault is acknowledged here, not over the network"]
    assert arming.state == after
    assert arming.begun == (after == ARMED and state != ARMED)
    assert arming.armed == (after == ARMED and state == DISARMED)
    assert arming.stopped == (kind == CommandKind.STOP)
    assert arming.disarmed == (kind == CommandKind.DISARM and after == DISARMED)
    assert arming.test_burst_side == ""
    if source == Source.NETWORK:
        assert FLOW[arming.state] <= FLOW[state]


def test_arming_is_refused_with_every_reason() -> None:
    arming = Arming()
    arming.handle((OperatorCommand(CommandKind.ARM),), NOT_READY)
    assert arming.state == DISARMED
    assert arming.notes == ["arm refused: heel: no reading yet; shank: frozen for 100 ms"]


def test_a_latch_is_left_by_disarming_only_and_arming_says_so() -> None:
    arming = arming_in(LATCHED)
    for kind in (CommandKind.ARM, CommandKind.RESUME, CommandKind.PAUSE, CommandKind.STOP):
        arming.handle((OperatorCommand(kind),), READY)
        assert arming.state == LATCHED
    arming.handle((OperatorCommand(CommandKind.ARM),), READY)
    assert arming.notes == ["arm refused: a fault is latched, disarm first"]
    arming.handle((OperatorCommand(CommandKind.DISARM),), READY)
    assert arming.state == DISARMED
    arming.handle((OperatorCommand(CommandKind.ARM),), READY)
    assert arming.state == ARMED


def test_while_latched_every_reason_is_told_and_the_latch_stays() -> None:
    arming = arming_in(LATCHED)
    arming.handle((OperatorCommand(CommandKind.ARM),), NOT_READY)
    assert arming.state == LATCHED
    assert arming.notes == ["arm refused: heel: no reading yet; shank: frozen for 100 ms"]


@pytest.mark.parametrize("state", [ARMED, PAUSED])
def test_who_is_armed_already_hears_nothing(state: ArmingState) -> None:
    arming = arming_in(state)
    arming.handle((OperatorCommand(CommandKind.ARM),), NOT_READY)
    assert (arming.state, arming.notes, arming.begun) == (state, [], False)


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_that_the_stage_does_not_allow_is_refused(mode: Mode) -> None:
    arming = Arming()
    arming.modes = ("exercise", "test_burst")
    arming.handle((OperatorCommand(CommandKind.MODE, argument=mode.value),), READY)
    if mode == Mode.WALK:
        assert arming.notes == ["mode walk refused: this stage allows exercise, test_burst"]
    else:
        assert (arming.mode, arming.notes) == (mode, [])


@pytest.mark.parametrize("state", ArmingState)
def test_a_fault_latches_from_every_state(state: ArmingState) -> None:
    arming = arming_in(state)
    arming.latch()
    assert arming.state == LATCHED


@pytest.mark.parametrize("state", ArmingState)
@pytest.mark.parametrize("mode", Mode)
def test_the_mode_changes_in_every_state_but_armed(state: ArmingState, mode: Mode) -> None:
    arming = arming_in(state)
    arming.handle((OperatorCommand(CommandKind.MODE, argument=mode.value),), READY)
    if state == ARMED:
        assert arming.mode == Mode.WALK
        assert arming.notes == [f"mode {mode.value} refused: pause or disarm first"]
    else:
        assert arming.mode == mode
        assert arming.notes == []
    assert arming.state == state


@pytest.mark.parametrize("state", ArmingState)
@pytest.mark.parametrize("argument", ["", "run", "WALK", "walk "])
def test_an_unknown_mode_is_refused_and_the_known_ones_named(state: ArmingState, argument: str) -> None:
    arming = arming_in(state)
    arming.handle((OperatorCommand(CommandKind.MODE, argument=argument),), READY)
    assert arming.mode == Mode.WALK
    assert arming.notes == [f"mode {argument} refused: there are walk, exercise, test_burst"]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("state", ArmingState)
def test_a_test_burst_needs_its_mode_and_the_armed_state(state: ArmingState, mode: Mode) -> None:
    arming = Arming()
    arming.handle((OperatorCommand(CommandKind.MODE, argument=mode.value),), READY)
    arming.state = state
    arming.handle((OperatorCommand(CommandKind.TEST_BURST, argument="left"),), READY)
    if mode == Mode.TEST_BURST and state == ARMED:
        assert (arming.test_burst_side, arming.notes) == ("left", [])
    else:
        assert arming.test_burst_side == ""
        assert arming.notes == ["test burst refused: choose the mode test_burst, then arm"]


def test_what_was_done_is_said_for_one_tick() -> None:
    arming = Arming()
    arming.handle((OperatorCommand(CommandKind.MODE, argument="test_burst"), OperatorCommand(CommandKind.ARM)), READY)
    arming.handle((OperatorCommand(CommandKind.TEST_BURST, argument="left"), OperatorCommand(CommandKind.MODE)), READY)
    assert arming.notes
    arming.handle((OperatorCommand(CommandKind.STOP), OperatorCommand(CommandKind.DISARM)), READY)
    arming.handle((), READY)
    assert (arming.stopped, arming.disarmed, arming.begun, arming.armed, arming.test_burst_side) == (*[False] * 4, "")
    assert arming.notes == []


def test_several_commands_of_one_tick_are_carried_out_in_order() -> None:
    arming = Arming()
    arming.handle(tuple(OperatorCommand(kind) for kind in (CommandKind.ARM, CommandKind.PAUSE)), READY)
    assert arming.state == PAUSED
    arming.handle(tuple(OperatorCommand(kind) for kind in (CommandKind.STOP, CommandKind.ARM)), READY)
    assert arming.state == LATCHED
    assert arming.stopped


COMMANDS = st.builds(
    OperatorCommand,
    st.sampled_from(CommandKind),
    st.sampled_from(Source),
    st.sampled_from(["", "walk", "exercise", "test_burst", "left", "nonsense"]),
)


@given(st.lists(st.tuples(st.lists(COMMANDS, max_size=4), st.sampled_from([READY, NOT_READY])), max_size=20))
def test_only_a_person_ever_raises_what_may_flow(ticks: list[tuple[list[OperatorCommand], tuple[str, ...]]]) -> None:
    arming = Arming()
    for commands, not_ready in ticks:
        before, mode = arming.state, arming.mode
        arming.handle(tuple(commands), not_ready)
        persons = [c for c in commands if c.source == Source.OPERATOR]
        if FLOW[arming.state] > FLOW[before]:
            assert any(c.kind in (CommandKind.ARM, CommandKind.RESUME) for c in persons)
        if arming.mode != mode:
            assert any(c.kind == CommandKind.MODE for c in persons)
        if before in (DISARMED, LATCHED) and not_ready:
            assert arming.state in (DISARMED, LATCHED)
        if before == LATCHED and arming.state != LATCHED:
            assert arming.disarmed
