"""The whole controller over a plain walk: it lifts, it softens the first strides, and it obeys its operator."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.signals import (
    ArmingState,
    BurstStage,
    Certainty,
    CommandKind,
    DeviceStatus,
    EventKind,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Phase,
    Pulses,
    Reading,
    Source,
    Tick,
)
from dorsiflex.walk_statistics import WalkCounter

if TYPE_CHECKING:
    from tests.controller.conftest import Steps

WalkInputs = Callable[..., list[Inputs]]

ARM = OperatorCommand(CommandKind.ARM)


def test_nothing_flows_before_a_person_arms(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    ticks = steps.run(Controller(settings), walk_inputs(12.0))
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks)
    assert {tick.state for tick in ticks} == {ArmingState.DISARMED}
    assert any(tick.legs[0].phase == Phase.SWING for tick in ticks)


def contacts_of(ticks: list[Tick]) -> list[float]:
    """When the foot came down, as confirmed."""
    events = [event for tick in ticks for event in tick.legs[0].events]
    return [e.t_s for e in events if (e.kind, e.certainty) == (EventKind.IC, Certainty.CONFIRMED)]


def test_every_swing_after_arming_gets_a_burst(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    ticks = steps.run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    contacts = contacts_of(ticks)
    found = steps.bursts(ticks)
    for begin, end in itertools.pairwise(contacts):
        assert [1 for start, _ in found if begin < start < end] == [1]


def test_first_strides_after_arming_are_softened(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    ticks = steps.run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    peaks = []
    for start, end in steps.bursts(ticks):
        peaks.append(max(steps.current_ma(t) for t in ticks if start <= t.inputs.t_s < end))
    full = settings.leg[0].channel[0].current_ma
    assert peaks[:5] == pytest.approx([full / 4, full / 2, full * 3 / 4, full, full])


def test_extension_lasts_past_initial_contact_and_falls_gently(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    ticks = steps.run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    contact = contacts_of(ticks)[6]
    at = {round(t.inputs.t_s - contact, 3): steps.current_ma(t) for t in ticks}
    plan = settings.stimulation
    full = settings.leg[0].channel[0].current_ma
    assert at[round(plan.extension_s - 0.02, 3)] == full
    assert 0.0 < at[round(plan.extension_s + plan.fall_s / 2, 3)] < full
    assert at[round(plan.extension_s + plan.fall_s + 0.03, 3)] == 0.0


def test_a_trigger_device_is_told_to_stop_where_the_extension_ends(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    trigger = settings.stimulator[0].model_copy(update={"kind": "trigger", "pin": 22, "safe_contact": "open"})
    ticks = steps.run(Controller(settings.model_copy(update={"stimulator": (trigger,)})), walk_inputs(15.0), {1.0: ARM})
    on = [bool(getattr(t.allowed["main"], "stimulate", False)) for t in ticks]
    assert any(on)
    for tick, is_on in zip(ticks, on, strict=True):
        assert is_on == (tick.legs[0].stage in (BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION))


@pytest.mark.parametrize("kind", [CommandKind.STOP, CommandKind.DISARM])
@pytest.mark.parametrize("source", list(Source))
def test_stop_and_disarm_end_a_burst_in_the_same_tick(
    settings: Settings, walk_inputs: WalkInputs, kind: CommandKind, source: Source, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM, inputs[at].t_s: OperatorCommand(kind, source)})
    assert steps.current_ma(ticks[at - 1]) > 0.0
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[at:])
    wanted = ArmingState.LATCHED if kind == CommandKind.STOP else ArmingState.DISARMED
    assert ticks[-1].state == wanted


def test_a_latch_needs_disarm_and_arm(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    commands = {
        1.0: ARM,
        8.0: OperatorCommand(CommandKind.STOP),
        9.0: ARM,
        10.0: OperatorCommand(CommandKind.DISARM),
        11.0: OperatorCommand(CommandKind.ARM, Source.NETWORK),
        12.0: ARM,
    }
    ticks = steps.run(Controller(settings), walk_inputs(20.0), commands)
    state = {round(t.inputs.t_s, 3): t.state for t in ticks}
    assert state[9.5] == ArmingState.LATCHED
    assert state[11.5] == ArmingState.DISARMED
    assert state[12.5] == ArmingState.ARMED
    assert not [b for b in steps.bursts(ticks) if 8.0 <= b[0] < 12.0]
    assert [b for b in steps.bursts(ticks) if b[0] >= 12.0]


def test_stop_disarm_and_arm_in_one_tick_stays_latched(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(6.0)
    controller = Controller(settings)
    steps.run(controller, inputs[:400], {1.0: ARM})
    keys = tuple(OperatorCommand(kind) for kind in (CommandKind.STOP, CommandKind.DISARM, CommandKind.ARM))
    assert controller.step(inputs[400]._replace(commands=keys)).state == ArmingState.LATCHED


def test_arming_again_in_the_middle_of_a_swing_waits_for_the_next(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    commands = {1.0: ARM, inputs[at].t_s: OperatorCommand(CommandKind.DISARM), inputs[at + 4].t_s: ARM}
    ticks = steps.run(Controller(settings), inputs, commands)
    landed = contacts_of(ticks[at:])[0]
    assert ticks[at + 5].state == ArmingState.ARMED
    assert next(start for start, _ in steps.bursts(ticks) if start > inputs[at].t_s) > landed


def test_pause_lets_the_burst_fall_and_begins_none(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    t_s = inputs[at].t_s
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM, t_s: OperatorCommand(CommandKind.PAUSE)})
    falling = [steps.current_ma(t) for t in ticks[at:] if steps.current_ma(t) > 0.0]
    assert len(falling) == pytest.approx(settings.stimulation.fall_s * 200, abs=2)
    assert falling == sorted(falling, reverse=True)
    assert not [b for b in steps.bursts(ticks) if b[0] > t_s]


def test_arming_is_refused_with_every_reason(settings: Settings) -> None:
    controller = Controller(settings)
    tick = controller.step(
        Inputs(0.0, {}, (ARM,), {"main": DeviceStatus(0.0, "not open")}, LoopStatus(recorder_problem="disk full"))
    )
    assert tick.state == ArmingState.DISARMED
    for word in ("heel: no reading", "shank: no reading", "main: not open", "written (disk full)"):
        assert word in tick.notes[-1]


def test_test_burst_mode_gives_one_burst_per_command_and_none_by_walking(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    commands = {
        0.5: OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        1.0: ARM,
        4.0: OperatorCommand(CommandKind.TEST_BURST, argument="right"),
    }
    ticks = steps.run(Controller(settings), walk_inputs(10.0, stands=True), commands)
    ((start, end),) = steps.bursts(ticks)
    assert start == pytest.approx(4.0, abs=0.011)
    assert end - start == pytest.approx(settings.exercise.on_s, abs=0.03)


def test_exercise_mode_cycles_and_ends_by_itself(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    exercise = settings.exercise.model_copy(update={"repetitions": 3, "off_s": 1.0})
    commands = {0.5: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE), 1.0: ARM}
    ticks = steps.run(
        Controller(settings.model_copy(update={"exercise": exercise})), walk_inputs(15.0, stands=True), commands
    )
    assert [round(b[0], 1) for b in steps.bursts(ticks)] == pytest.approx([1.0, 3.5, 6.0], abs=0.1)


def test_walking_does_not_stimulate_in_exercise_mode_and_mode_changes_need_a_pause(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    commands = {1.0: ARM, 2.0: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE)}
    ticks = steps.run(Controller(settings), walk_inputs(4.0), commands)
    assert ticks[-1].mode == Mode.WALK
    assert any("pause or disarm first" in note for t in ticks for note in t.notes)


def test_exercise_on_a_person_who_walks_begins_nothing_between_the_steps(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    commands = {0.5: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE), 4.0: ARM}
    ticks = steps.run(Controller(settings), walk_inputs(20.0), commands)
    assert ticks[-1].state == ArmingState.ARMED
    assert ticks[-1].mode == Mode.EXERCISE
    assert steps.bursts(ticks) == []


def test_new_settings_wait_until_disarmed(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(16.0)
    gentler = settings.leg[0].channel[0].model_copy(update={"current_ma": 10.0})
    changed = settings.model_copy(update={"leg": (settings.leg[0].model_copy(update={"channel": (gentler,)}),)})
    inputs[1500] = inputs[1500]._replace(settings=changed)
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert max(steps.current_ma(t) for t in ticks[1500:]) == settings.leg[0].channel[0].current_ma
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM, 8.0: OperatorCommand(CommandKind.DISARM), 9.0: ARM})
    assert 0.0 < max(steps.current_ma(t) for t in ticks[1900:]) <= 10.0


def test_a_plan_above_the_caps_comes_out_reduced_with_the_reason(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    controller = Controller(settings)
    steps.run(controller, inputs[:at], {1.0: ARM})
    before = settings.leg[0].channel[0].current_ma
    for one in inputs[at : at + 20]:
        controller.legs[0].planner.level = 10.0
        tick = controller.step(one)
        asked = tick.asked["main"]
        assert isinstance(asked, Pulses)
        assert asked.trains[0].current_ma == pytest.approx(10.0 * settings.leg[0].channel[0].current_ma)
        assert steps.current_ma(tick) <= before + settings.gate.max_rise_ma_per_s * 0.005 + 1e-6
        assert steps.current_ma(tick) <= settings.leg[0].channel[0].max_current_ma
        assert tick.reductions
        before = steps.current_ma(tick)
    assert before == settings.leg[0].channel[0].max_current_ma


def test_a_heel_put_down_after_a_very_short_lift_ends_the_burst(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    for sensors, down_after_s in (("heel", 0.25), ("both", 0.3), ("both", 0.34)):
        leg = settings.leg[0].model_copy(update={"sensors": sensors})
        alone = settings.model_copy(update={"leg": (leg,), "sensor": (heel, settings.sensor[1])})
        inputs = walk_inputs(20.0)
        ticks = steps.run(Controller(alone), inputs, {1.0: ARM})
        off_s = [e.t_s for t in ticks for e in t.legs[0].events if e.kind == EventKind.HO][6]
        down = [
            one._replace(readings={**one.readings, "heel": Reading(one.t_s, (1.0,))})
            if one.t_s >= off_s + down_after_s
            else one
            for one in inputs
        ]
        ticks = steps.run(Controller(alone), down, {1.0: ARM})
        plan = settings.stimulation
        latest_s = off_s + down_after_s + 0.07 + plan.extension_s + plan.fall_s
        assert all(steps.current_ma(t) == 0.0 for t in ticks if latest_s <= t.inputs.t_s <= latest_s + 0.6)


def test_a_mode_change_lets_the_burst_of_the_old_mode_fall(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    keys = (
        OperatorCommand(CommandKind.PAUSE),
        OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        OperatorCommand(CommandKind.RESUME),
    )
    controller = Controller(settings)
    steps.run(controller, inputs[:at], {1.0: ARM})
    ticks = [controller.step(inputs[at]._replace(commands=keys)), *steps.run(controller, inputs[at + 1 :])]
    assert steps.current_ma(ticks[round(settings.stimulation.fall_s * 200) + 2]) == 0.0


def test_a_test_burst_asked_for_in_swing_gives_nothing(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    swings = [t.inputs.t_s for t in steps.run(Controller(settings), inputs) if t.legs[0].phase == Phase.SWING]
    commands = {
        0.5: OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        1.0: ARM,
        next(t_s for t_s in swings if t_s > 8.0): OperatorCommand(CommandKind.TEST_BURST, argument="right"),
    }
    assert steps.bursts(steps.run(Controller(settings), inputs, commands)) == []


@pytest.mark.parametrize("after_s", [0.02, 0.3])
def test_a_burst_that_no_landing_follows_ends_is_told_and_is_counted(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps", after_s: float
) -> None:
    walked = walk_inputs(14.0)
    start_s, _ = steps.bursts(steps.run(Controller(settings), walked, {1.0: ARM}))[-3]
    inputs = []
    for k, one in enumerate(walked):
        # Who has lifted the foot keeps it there.
        quiet = (-2.0, 9.6 + 0.001 * (k % 7), 0.0, 0.0, 0.0, 0.05 * (k % 5))
        readings = {"heel": Reading(one.t_s, (0.0,)), "shank": Reading(one.t_s, quiet)}
        inputs.append(one if one.t_s < start_s + after_s else one._replace(readings=readings))
    ticks, counter = steps.run(Controller(settings), inputs, {1.0: ARM}), WalkCounter()
    for tick in ticks:
        counter.put(tick)
    [told] = [tick for tick in ticks if "right leg: no landing followed the burst" in tick.notes]
    assert steps.current_ma(ticks[ticks.index(told) - 1]) > 0.0
    assert steps.current_ma(told) > 0.0
    start, end = steps.bursts(ticks)[-1]
    assert start == pytest.approx(start_s)
    assert end <= told.inputs.t_s + settings.stimulation.fall_s + 0.01
    assert [leg.unconfirmed for leg in counter.counts()] == [1]


def test_a_walk_that_goes_on_has_no_burst_without_a_landing(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    counter = WalkCounter()
    for tick in steps.run(Controller(settings), walk_inputs(14.0), {1.0: ARM}):
        counter.put(tick)
    assert [leg.unconfirmed for leg in counter.counts()] == [0]
