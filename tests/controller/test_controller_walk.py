"""The whole controller over a plain walk: it lifts, it softens the first strides, and it says why it does not."""

import itertools
from collections.abc import Callable

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.faults import FAULTS, FaultClass
from controller.signals import (
    ArmingState,
    BurstStage,
    CommandKind,
    DeviceStatus,
    EventKind,
    HeelContact,
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

WalkInputs = Callable[..., list[Inputs]]

ARM = OperatorCommand(CommandKind.ARM)


def current_ma(tick: Tick) -> float:
    command = tick.allowed["main"]
    assert isinstance(command, Pulses)
    return command.trains[0].current_ma


def run(
    controller: Controller, inputs: list[Inputs], commands: dict[float, OperatorCommand] | None = None
) -> list[Tick]:
    """Step through the inputs, with each command in the first tick at or after its time."""
    waiting = sorted((commands or {}).items())
    ticks = []
    for one in inputs:
        given = one
        if waiting and one.t_s >= waiting[0][0]:
            given = one._replace(commands=(waiting.pop(0)[1],))
        ticks.append(controller.step(given))
    return ticks


def bursts(ticks: list[Tick]) -> list[tuple[float, float]]:
    """Start and end of every stretch with current."""
    found: list[tuple[float, float]] = []
    start: float | None = None
    for tick in ticks:
        on = current_ma(tick) > 0.0
        if on and start is None:
            start = tick.inputs.t_s
        elif not on and start is not None:
            found.append((start, tick.inputs.t_s))
            start = None
    return found if start is None else [*found, (start, ticks[-1].inputs.t_s)]


def mid_burst(ticks: list[Tick]) -> int:
    """Index of a tick on the plateau of the last but one burst."""
    plateaus = [i for i, tick in enumerate(ticks) if tick.legs[0].stage == BurstStage.PLATEAU]
    return plateaus[len(plateaus) * 2 // 3]


def test_nothing_flows_before_a_person_arms(settings: Settings, walk_inputs: WalkInputs) -> None:
    ticks = run(Controller(settings), walk_inputs(12.0))
    assert all(current_ma(tick) == 0.0 for tick in ticks)
    assert {tick.state for tick in ticks} == {ArmingState.DISARMED}
    assert any(tick.legs[0].phase == Phase.SWING for tick in ticks)


def test_every_swing_after_arming_gets_a_burst(settings: Settings, walk_inputs: WalkInputs) -> None:
    ticks = run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    contacts = [e.t_s for tick in ticks for e in tick.legs[0].events if e.kind == EventKind.IC]
    found = bursts(ticks)
    for begin, end in itertools.pairwise(contacts):
        assert [1 for start, _ in found if begin < start < end] == [1]


def test_first_strides_after_arming_are_softened(settings: Settings, walk_inputs: WalkInputs) -> None:
    ticks = run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    peaks = []
    for start, end in bursts(ticks):
        peaks.append(max(current_ma(t) for t in ticks if start <= t.inputs.t_s < end))
    full = settings.leg[0].channel[0].current_ma
    assert peaks[:5] == pytest.approx([full / 4, full / 2, full * 3 / 4, full, full])


def test_extension_lasts_past_initial_contact_and_falls_gently(settings: Settings, walk_inputs: WalkInputs) -> None:
    ticks = run(Controller(settings), walk_inputs(20.0), {1.0: ARM})
    contact = [e.t_s for tick in ticks for e in tick.legs[0].events if e.kind == EventKind.IC][6]
    at = {round(t.inputs.t_s - contact, 3): current_ma(t) for t in ticks}
    plan = settings.stimulation
    full = settings.leg[0].channel[0].current_ma
    assert at[round(plan.extension_s - 0.02, 3)] == full
    assert 0.0 < at[round(plan.extension_s + plan.fall_s / 2, 3)] < full
    assert at[round(plan.extension_s + plan.fall_s + 0.03, 3)] == 0.0


def test_a_trigger_device_is_told_to_stop_where_the_extension_ends(settings: Settings, walk_inputs: WalkInputs) -> None:
    trigger = settings.stimulator[0].model_copy(update={"kind": "trigger", "pin": 22, "safe_contact": "open"})
    ticks = run(Controller(settings.model_copy(update={"stimulator": (trigger,)})), walk_inputs(15.0), {1.0: ARM})
    on = [bool(getattr(t.allowed["main"], "stimulate", False)) for t in ticks]
    assert any(on)
    for tick, is_on in zip(ticks, on, strict=True):
        assert is_on == (tick.legs[0].stage in (BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION))


@pytest.mark.parametrize("kind", [CommandKind.STOP, CommandKind.DISARM])
@pytest.mark.parametrize("source", list(Source))
def test_stop_and_disarm_end_a_burst_in_the_same_tick(
    settings: Settings, walk_inputs: WalkInputs, kind: CommandKind, source: Source
) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    ticks = run(Controller(settings), inputs, {1.0: ARM, inputs[at].t_s: OperatorCommand(kind, source)})
    assert current_ma(ticks[at - 1]) > 0.0
    assert all(current_ma(tick) == 0.0 for tick in ticks[at:])
    wanted = ArmingState.LATCHED if kind == CommandKind.STOP else ArmingState.DISARMED
    assert ticks[-1].state == wanted


def test_a_latch_needs_disarm_and_arm(settings: Settings, walk_inputs: WalkInputs) -> None:
    commands = {
        1.0: ARM,
        8.0: OperatorCommand(CommandKind.STOP),
        9.0: ARM,
        10.0: OperatorCommand(CommandKind.DISARM),
        11.0: OperatorCommand(CommandKind.ARM, Source.NETWORK),
        12.0: ARM,
    }
    ticks = run(Controller(settings), walk_inputs(20.0), commands)
    state = {round(t.inputs.t_s, 3): t.state for t in ticks}
    assert state[9.5] == ArmingState.LATCHED
    assert state[11.5] == ArmingState.DISARMED
    assert state[12.5] == ArmingState.ARMED
    assert not [b for b in bursts(ticks) if 8.0 <= b[0] < 12.0]
    assert [b for b in bursts(ticks) if b[0] >= 12.0]


def test_stop_disarm_and_arm_in_one_tick_stays_latched(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(6.0)
    controller = Controller(settings)
    run(controller, inputs[:400], {1.0: ARM})
    keys = tuple(OperatorCommand(kind) for kind in (CommandKind.STOP, CommandKind.DISARM, CommandKind.ARM))
    assert controller.step(inputs[400]._replace(commands=keys)).state == ArmingState.LATCHED


def test_arming_again_in_the_middle_of_a_swing_waits_for_the_next(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    commands = {1.0: ARM, inputs[at].t_s: OperatorCommand(CommandKind.DISARM), inputs[at + 4].t_s: ARM}
    ticks = run(Controller(settings), inputs, commands)
    landed = next(t.inputs.t_s for t in ticks[at:] for e in t.legs[0].events if e.kind == EventKind.IC)
    assert ticks[at + 5].state == ArmingState.ARMED
    assert next(start for start, _ in bursts(ticks) if start > inputs[at].t_s) > landed


def test_pause_lets_the_burst_fall_and_begins_none(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    t_s = inputs[at].t_s
    ticks = run(Controller(settings), inputs, {1.0: ARM, t_s: OperatorCommand(CommandKind.PAUSE)})
    falling = [current_ma(t) for t in ticks[at:] if current_ma(t) > 0.0]
    assert len(falling) == pytest.approx(settings.stimulation.fall_s * 200, abs=2)
    assert falling == sorted(falling, reverse=True)
    assert not [b for b in bursts(ticks) if b[0] > t_s]


def test_arming_is_refused_with_every_reason(settings: Settings) -> None:
    controller = Controller(settings)
    tick = controller.step(
        Inputs(0.0, {}, (ARM,), {"main": DeviceStatus(0.0, "not open")}, LoopStatus(recorder_problem="disk full"))
    )
    assert tick.state == ArmingState.DISARMED
    for word in ("heel: no reading", "shank: no reading", "main: not open", "recorder: disk full"):
        assert word in tick.notes[-1]


def _without(inputs: list[Inputs], sensor: str, first: int) -> list[Inputs]:
    """The inputs with the readings of a sensor missing from index `first` on."""
    return [
        one._replace(readings={k: v for k, v in one.readings.items() if k != sensor}) if i >= first else one
        for i, one in enumerate(inputs)
    ]


def _assert_open_loop_end(ticks: list[Tick], lost_s: float, settings: Settings) -> None:
    """The burst that runs at `lost_s` ends by a ramp within the open loop after the loss was noticed."""
    end_s = next(end for start, end in bursts(ticks) if start < lost_s < end)
    noticed_s = lost_s + settings.judgement.stale_s + 0.01
    assert end_s <= noticed_s + settings.stimulation.open_loop_s
    currents = [current_ma(t) for t in ticks if lost_s <= t.inputs.t_s <= end_s]
    steps = [before - after for before, after in itertools.pairwise(currents)]
    full = settings.leg[0].channel[0].current_ma
    assert max(steps) <= full * 0.005 / min(settings.stimulation.fall_s, settings.stimulation.open_loop_s) * 1.5
    assert min(steps) >= 0.0


def test_both_sensors_lost_in_a_burst_ends_open_loop_then_latches(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    lost = _without(_without(inputs, "heel", at), "shank", at)
    ticks = run(Controller(settings), lost, {1.0: ARM})
    _assert_open_loop_end(ticks, inputs[at].t_s, settings)
    assert ticks[-1].state == ArmingState.LATCHED
    assert "sensors_lost:right" in ticks[-1].faults
    assert not [b for b in bursts(ticks) if b[0] > inputs[at].t_s]


def test_imu_lost_on_plain_wiring_ends_open_loop_and_withholds(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(20.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    ticks = run(Controller(settings), _without(inputs, "shank", at), {1.0: ARM})
    _assert_open_loop_end(ticks, inputs[at].t_s, settings)
    assert ticks[-1].state == ArmingState.ARMED
    assert {"imu_lost:right", "imu_needed:right"} <= set(ticks[-1].faults)
    assert not [b for b in bursts(ticks) if b[0] > inputs[at].t_s]


def test_imu_lost_on_supervised_wiring_goes_on_with_the_heel(settings: Settings, walk_inputs: WalkInputs) -> None:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    supervised = settings.model_copy(update={"sensor": (heel, settings.sensor[1])})
    inputs = walk_inputs(20.0)
    ticks = run(Controller(supervised), _without(inputs, "shank", 2000), {1.0: ARM})
    assert "imu_lost:right" in ticks[-1].faults
    assert len([b for b in bursts(ticks) if b[0] > 11.0]) >= 6


def test_heel_lost_lets_the_imu_lead_and_returns(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(24.0)
    lost = _without(inputs, "heel", 2000)
    lost[3400:] = inputs[3400:]
    ticks = run(Controller(settings), lost, {1.0: ARM})
    by_time = {round(t.inputs.t_s, 3): t for t in ticks}
    assert by_time[12.0].faults == ("heel_lost:right",)
    assert by_time[12.0].legs[0].lead == "imu"
    assert by_time[12.0].legs[0].contact == HeelContact.UNKNOWN
    assert len([b for b in bursts(ticks) if 11.5 < b[0] < 17.0]) >= 3
    assert by_time[20.0].faults == ()
    assert by_time[20.0].legs[0].lead == "both"


def test_a_broken_plain_wire_in_standing_does_not_trigger(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(12.0, stands=True)
    broken = [
        one._replace(readings={**one.readings, "heel": Reading(one.t_s, (0.0,))}) if one.t_s > 5.0 else one
        for one in inputs
    ]
    ticks = run(Controller(settings), broken, {1.0: ARM})
    assert any(e.kind == EventKind.HO for t in ticks for e in t.legs[0].events)
    assert bursts(ticks) == []


def test_a_stuck_heel_switch_is_doubted_and_the_imu_leads(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(24.0)
    stuck = [
        one._replace(readings={**one.readings, "heel": Reading(one.t_s, (1.0,))}) if one.t_s > 10.0 else one
        for one in inputs
    ]
    ticks = run(Controller(settings), stuck, {1.0: ARM})
    assert "heel_doubted:right" in ticks[-1].faults
    assert len([b for b in bursts(ticks) if b[0] > 16.0]) >= 4


@pytest.mark.parametrize("device", ["main", "right"], ids=["stimulator", "orthosis"])
def test_a_device_problem_latches_in_the_next_tick(settings: Settings, walk_inputs: WalkInputs, device: str) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    inputs[at] = inputs[at]._replace(devices={device: DeviceStatus(0.0, "it is off")})
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    assert all(current_ma(tick) == 0.0 for tick in ticks[at:])
    assert ticks[-1].faults == (f"device:{device}",)
    assert ticks[-1].state == ArmingState.LATCHED


def test_an_exception_in_the_loop_latches(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    inputs[2000] = inputs[2000]._replace(loop=LoopStatus(exception="ZeroDivisionError: division by zero"))
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    assert all(current_ma(tick) == 0.0 for tick in ticks[2000:])
    assert "exception" in ticks[-1].faults


@pytest.mark.parametrize("t_s", [float("nan"), float("inf"), -1.0, 3.0])
def test_broken_time_latches_in_the_same_tick(settings: Settings, walk_inputs: WalkInputs, t_s: float) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    inputs[at] = inputs[at]._replace(t_s=t_s)
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    assert current_ma(ticks[at - 1]) > 0.0
    assert all(current_ma(tick) == 0.0 for tick in ticks[at:])
    assert "clock" in ticks[-1].faults


def test_a_gap_between_ticks_withholds_until_good_strides(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(20.0)
    del inputs[2000:2008]
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    assert any("late_loop" in t.faults for t in ticks)
    assert ticks[-1].faults == ()
    next_start = min(start for start, _ in bursts(ticks) if start > 10.05)
    assert 10.0 + settings.faults.good_strides * 1.2 - 1.2 <= next_start <= 15.0


def test_a_recorder_problem_withholds_new_bursts(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(20.0)
    failing = [one._replace(loop=LoopStatus(recorder_problem="disk full")) if one.t_s > 10 else one for one in inputs]
    ticks = run(Controller(settings), failing, {1.0: ARM})
    assert ticks[-1].faults == ("recorder",)
    assert not [b for b in bursts(ticks) if b[0] > 10.0]


def test_a_swing_that_does_not_end_times_out_by_a_ramp(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    swings = [i for i, t in enumerate(run(Controller(settings), inputs, {1.0: ARM})) if t.legs[0].phase == Phase.SWING]
    at = next(i for i in swings if i > 1600)
    hang = [
        one
        if i < at + 20
        else one._replace(
            readings={
                "heel": Reading(one.t_s, (0.0,)),
                "shank": Reading(one.t_s, (0.0, 9.0, 0.1 * (i % 3), 0.0, 0.0, 60.0)),
            }
        )
        for i, one in enumerate(inputs)
    ]
    ticks = run(Controller(settings), hang, {1.0: ARM})
    start, end = bursts(ticks)[-1]
    assert end - start <= settings.stimulation.longest_burst_s
    assert "gait_timeout:right" in ticks[-1].faults or ticks[-1].legs[0].phase == Phase.LOADING
    last = [current_ma(t) for t in ticks if end - 0.1 <= t.inputs.t_s < end]
    assert last == sorted(last, reverse=True)
    assert last[-1] < 0.1 * settings.leg[0].channel[0].current_ma


def test_test_burst_mode_gives_one_burst_per_command_and_none_by_walking(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    commands = {
        0.5: OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        1.0: ARM,
        4.0: OperatorCommand(CommandKind.TEST_BURST, argument="right"),
    }
    ticks = run(Controller(settings), walk_inputs(10.0, stands=True), commands)
    ((start, end),) = bursts(ticks)
    assert start == pytest.approx(4.0, abs=0.011)
    assert end - start == pytest.approx(settings.exercise.on_s, abs=0.03)


def test_exercise_mode_cycles_and_ends_by_itself(settings: Settings, walk_inputs: WalkInputs) -> None:
    exercise = settings.exercise.model_copy(update={"repetitions": 3, "off_s": 1.0})
    commands = {0.5: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE), 1.0: ARM}
    ticks = run(
        Controller(settings.model_copy(update={"exercise": exercise})), walk_inputs(15.0, stands=True), commands
    )
    assert [round(b[0], 1) for b in bursts(ticks)] == pytest.approx([1.0, 3.5, 6.0], abs=0.1)


def test_walking_does_not_stimulate_in_exercise_mode_and_mode_changes_need_a_pause(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    commands = {1.0: ARM, 2.0: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE)}
    ticks = run(Controller(settings), walk_inputs(4.0), commands)
    assert ticks[-1].mode == Mode.WALK
    assert any("pause or disarm first" in note for t in ticks for note in t.notes)


def test_new_settings_wait_until_disarmed(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(16.0)
    gentler = settings.leg[0].channel[0].model_copy(update={"current_ma": 10.0})
    changed = settings.model_copy(update={"leg": (settings.leg[0].model_copy(update={"channel": (gentler,)}),)})
    inputs[1500] = inputs[1500]._replace(settings=changed)
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    assert max(current_ma(t) for t in ticks[1500:]) == settings.leg[0].channel[0].current_ma
    ticks = run(Controller(settings), inputs, {1.0: ARM, 8.0: OperatorCommand(CommandKind.DISARM), 9.0: ARM})
    assert 0.0 < max(current_ma(t) for t in ticks[1900:]) <= 10.0


def test_every_latching_fault_has_a_test_here() -> None:
    tested = {"emergency_stop", "device", "exception", "clock", "sensors_lost", "gate"}
    assert {name for name, fault in FAULTS.items() if fault.kind == FaultClass.LATCH} == tested


def test_a_plan_that_is_no_number_latches_at_the_gate(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    controller = Controller(settings)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    run(controller, inputs[:at], {1.0: ARM})
    controller.legs[0].planner.level = float("nan")
    controller.legs[0].planner.stage = BurstStage.PLATEAU
    tick = controller.step(inputs[at])
    assert current_ma(tick) == 0.0
    assert tick.state == ArmingState.LATCHED
    assert tick.faults == ("gate:right.dorsiflexors",)


def test_a_plan_above_the_caps_comes_out_reduced_with_the_reason(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    controller = Controller(settings)
    run(controller, inputs[:at], {1.0: ARM})
    before = settings.leg[0].channel[0].current_ma
    for one in inputs[at : at + 20]:
        controller.legs[0].planner.level = 10.0
        tick = controller.step(one)
        asked = tick.asked["main"]
        assert isinstance(asked, Pulses)
        assert asked.trains[0].current_ma == pytest.approx(10.0 * settings.leg[0].channel[0].current_ma)
        assert current_ma(tick) <= before + settings.gate.max_rise_ma_per_s * 0.005 + 1e-6
        assert current_ma(tick) <= settings.leg[0].channel[0].max_current_ma
        assert tick.reductions
        before = current_ma(tick)
    assert before == settings.leg[0].channel[0].max_current_ma


def test_a_heel_put_down_after_a_very_short_lift_ends_the_burst(settings: Settings, walk_inputs: WalkInputs) -> None:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    for sensors, down_after_s in (("heel", 0.25), ("both", 0.3), ("both", 0.34)):
        leg = settings.leg[0].model_copy(update={"sensors": sensors})
        alone = settings.model_copy(update={"leg": (leg,), "sensor": (heel, settings.sensor[1])})
        inputs = walk_inputs(20.0)
        ticks = run(Controller(alone), inputs, {1.0: ARM})
        off_s = [e.t_s for t in ticks for e in t.legs[0].events if e.kind == EventKind.HO][6]
        down = [
            one._replace(readings={**one.readings, "heel": Reading(one.t_s, (1.0,))})
            if one.t_s >= off_s + down_after_s
            else one
            for one in inputs
        ]
        ticks = run(Controller(alone), down, {1.0: ARM})
        plan = settings.stimulation
        latest_s = off_s + down_after_s + 0.07 + plan.extension_s + plan.fall_s
        assert all(current_ma(t) == 0.0 for t in ticks if latest_s <= t.inputs.t_s <= latest_s + 1.5)


def test_an_exception_told_with_a_disarm_stays_latched(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(8.0)
    controller = Controller(settings)
    run(controller, inputs[:1000], {1.0: ARM})
    keys = (OperatorCommand(CommandKind.DISARM), OperatorCommand(CommandKind.ARM))
    tick = controller.step(inputs[1000]._replace(commands=keys, loop=LoopStatus(exception="ZeroDivisionError")))
    assert tick.state == ArmingState.LATCHED
    assert tick.faults == ("exception",)


def test_a_mode_change_lets_the_burst_of_the_old_mode_fall(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    at = mid_burst(run(Controller(settings), inputs, {1.0: ARM}))
    keys = (
        OperatorCommand(CommandKind.PAUSE),
        OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        OperatorCommand(CommandKind.RESUME),
    )
    controller = Controller(settings)
    run(controller, inputs[:at], {1.0: ARM})
    ticks = [controller.step(inputs[at]._replace(commands=keys)), *run(controller, inputs[at + 1 :])]
    assert current_ma(ticks[round(settings.stimulation.fall_s * 200) + 2]) == 0.0


def test_a_seated_person_is_not_withheld_for_ever(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(30.0, stands=True)
    del inputs[1200:1208]
    commands = {0.5: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE), 1.0: ARM}
    ticks = run(Controller(settings), inputs, commands)
    assert any("late_loop" in t.faults for t in ticks)
    assert len([b for b in bursts(ticks) if b[0] > 10.0]) >= 3


def test_why_a_sensor_was_lost_is_told_once_in_the_words_of_its_driver(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    inputs = _without(walk_inputs(12.0), "shank", 1600)
    for i in range(1600, len(inputs)):
        problem = {"shank": DeviceStatus(inputs[i].t_s, "NACK at 0x68")}
        inputs[i] = inputs[i]._replace(devices=problem)
    ticks = run(Controller(settings), inputs, {1.0: ARM})
    told = [note for t in ticks for note in t.notes if note.startswith("imu_lost")]
    assert told == ["imu_lost: shank: no reading for 50 ms (NACK at 0x68)"]
    assert ticks[-1].state == ArmingState.ARMED


def test_a_test_burst_asked_for_in_swing_gives_nothing(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(15.0)
    swings = [t.inputs.t_s for t in run(Controller(settings), inputs) if t.legs[0].phase == Phase.SWING]
    commands = {
        0.5: OperatorCommand(CommandKind.MODE, argument=Mode.TEST_BURST),
        1.0: ARM,
        next(t_s for t_s in swings if t_s > 8.0): OperatorCommand(CommandKind.TEST_BURST, argument="right"),
    }
    assert bursts(run(Controller(settings), inputs, commands)) == []
