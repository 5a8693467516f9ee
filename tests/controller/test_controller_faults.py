"""The whole controller over a walk in which something breaks: how the burst under way ends, and what comes after."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from config.schema import Settings
from controller.controller import Controller
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
    Reading,
    Tick,
)

if TYPE_CHECKING:
    from tests.controller.conftest import Steps

WalkInputs = Callable[..., list[Inputs]]

ARM = OperatorCommand(CommandKind.ARM)


def _without(inputs: list[Inputs], sensor: str, first: int) -> list[Inputs]:
    """The inputs with the readings of a sensor missing from index `first` on."""
    return [
        one._replace(readings={k: v for k, v in one.readings.items() if k != sensor}) if i >= first else one
        for i, one in enumerate(inputs)
    ]


def _assert_open_loop_end(ticks: list[Tick], lost_s: float, settings: Settings, steps: "Steps") -> None:
    """The burst that runs at `lost_s` ends by a ramp within the open loop after the loss was noticed."""
    end_s = next(end for start, end in steps.bursts(ticks) if start < lost_s < end)
    noticed_s = lost_s + settings.judgement.stale_s + 0.01
    assert end_s <= noticed_s + settings.stimulation.open_loop_s
    currents = [steps.current_ma(t) for t in ticks if lost_s <= t.inputs.t_s <= end_s]
    falls = [before - after for before, after in itertools.pairwise(currents)]
    full = settings.leg[0].channel[0].current_ma
    assert max(falls) <= full * 0.005 / min(settings.stimulation.fall_s, settings.stimulation.open_loop_s) * 1.5
    assert min(falls) >= 0.0


def test_both_sensors_lost_in_a_burst_ends_open_loop_then_latches(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    lost = _without(_without(inputs, "heel", at), "shank", at)
    ticks = steps.run(Controller(settings), lost, {1.0: ARM})
    _assert_open_loop_end(ticks, inputs[at].t_s, settings, steps)
    assert ticks[-1].state == ArmingState.LATCHED
    assert "sensors_lost:right" in ticks[-1].faults
    assert not [b for b in steps.bursts(ticks) if b[0] > inputs[at].t_s]


def test_imu_lost_on_plain_wiring_ends_open_loop_and_withholds(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(20.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    ticks = steps.run(Controller(settings), _without(inputs, "shank", at), {1.0: ARM})
    _assert_open_loop_end(ticks, inputs[at].t_s, settings, steps)
    assert ticks[-1].state == ArmingState.ARMED
    assert {"imu_lost:right", "imu_needed:right"} <= set(ticks[-1].faults)
    assert not [b for b in steps.bursts(ticks) if b[0] > inputs[at].t_s]


def test_imu_lost_on_supervised_wiring_goes_on_with_the_heel(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    supervised = settings.model_copy(update={"sensor": (heel, settings.sensor[1])})
    inputs = walk_inputs(20.0)
    ticks = steps.run(Controller(supervised), _without(inputs, "shank", 2000), {1.0: ARM})
    assert "imu_lost:right" in ticks[-1].faults
    assert len([b for b in steps.bursts(ticks) if b[0] > 11.0]) >= 6


def test_heel_lost_lets_the_imu_lead_and_returns(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(24.0)
    lost = _without(inputs, "heel", 2000)
    lost[3400:] = inputs[3400:]
    ticks = steps.run(Controller(settings), lost, {1.0: ARM})
    by_time = {round(t.inputs.t_s, 3): t for t in ticks}
    assert by_time[12.0].faults == ("heel_lost:right",)
    assert by_time[12.0].legs[0].lead == "imu"
    assert by_time[12.0].legs[0].contact == HeelContact.UNKNOWN
    assert len([b for b in steps.bursts(ticks) if 11.5 < b[0] < 17.0]) >= 3
    assert by_time[20.0].faults == ()
    assert by_time[20.0].legs[0].lead == "both"


def test_a_broken_plain_wire_in_standing_does_not_trigger(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(12.0, stands=True)
    broken = [
        one._replace(readings={**one.readings, "heel": Reading(one.t_s, (0.0,))}) if one.t_s > 5.0 else one
        for one in inputs
    ]
    ticks = steps.run(Controller(settings), broken, {1.0: ARM})
    assert any(e.kind == EventKind.HO for t in ticks for e in t.legs[0].events)
    assert steps.bursts(ticks) == []


def test_a_stuck_heel_switch_is_doubted_and_the_imu_leads(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(24.0)
    stuck = [
        one._replace(readings={**one.readings, "heel": Reading(one.t_s, (1.0,))}) if one.t_s > 10.0 else one
        for one in inputs
    ]
    ticks = steps.run(Controller(settings), stuck, {1.0: ARM})
    assert "heel_doubted:right" in ticks[-1].faults
    assert len([b for b in steps.bursts(ticks) if b[0] > 16.0]) >= 4


@pytest.mark.parametrize("device", ["main", "right"], ids=["stimulator", "orthosis"])
def test_a_device_problem_latches_in_the_next_tick(
    settings: Settings, walk_inputs: WalkInputs, device: str, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    inputs[at] = inputs[at]._replace(devices={"main": DeviceStatus(0.0), device: DeviceStatus(0.0, "it is off")})
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[at:])
    assert ticks[-1].faults == (f"device:{device}",)
    assert ticks[-1].state == ArmingState.LATCHED


def test_an_exception_in_the_loop_latches(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(15.0)
    inputs[2000] = inputs[2000]._replace(loop=LoopStatus(exception="ZeroDivisionError: division by zero"))
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[2000:])
    assert "exception" in ticks[-1].faults


@pytest.mark.parametrize("t_s", [float("nan"), float("inf"), -1.0, 3.0])
def test_broken_time_latches_in_the_same_tick(
    settings: Settings, walk_inputs: WalkInputs, t_s: float, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    inputs[at] = inputs[at]._replace(t_s=t_s)
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert steps.current_ma(ticks[at - 1]) > 0.0
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[at:])
    assert "clock" in ticks[-1].faults


def test_a_gap_between_ticks_withholds_until_good_strides(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(20.0)
    del inputs[2000:2008]
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert any("late_loop" in t.faults for t in ticks)
    assert ticks[-1].faults == ()
    next_start = min(start for start, _ in steps.bursts(ticks) if start > 10.05)
    assert 10.0 + settings.faults.good_strides * 1.2 - 1.2 <= next_start <= 15.0


def test_a_pause_and_its_end_take_nothing_back_that_withholds(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(20.0)
    del inputs[2000:2008]
    commands = {1.0: ARM, 10.1: OperatorCommand(CommandKind.PAUSE), 10.2: OperatorCommand(CommandKind.RESUME)}
    ticks = steps.run(Controller(settings), inputs, commands)
    assert all("late_loop" in t.faults for t in ticks if 10.05 < t.inputs.t_s < 10.5)
    assert {t.state for t in ticks if t.inputs.t_s > 10.25} == {ArmingState.ARMED}
    next_start = min(start for start, _ in steps.bursts(ticks) if start > 10.05)
    assert 10.0 + settings.faults.good_strides * 1.2 - 1.2 <= next_start <= 15.0


def test_a_recorder_problem_withholds_new_bursts(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(20.0)
    failing = [one._replace(loop=LoopStatus(recorder_problem="disk full")) if one.t_s > 10 else one for one in inputs]
    ticks = steps.run(Controller(settings), failing, {1.0: ARM})
    assert ticks[-1].faults == ("recorder",)
    assert not [b for b in steps.bursts(ticks) if b[0] > 10.0]


def test_a_swing_that_does_not_end_times_out_by_a_ramp(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    swings = [
        i for i, t in enumerate(steps.run(Controller(settings), inputs, {1.0: ARM})) if t.legs[0].phase == Phase.SWING
    ]
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
    ticks = steps.run(Controller(settings), hang, {1.0: ARM})
    start, end = steps.bursts(ticks)[-1]
    assert end - start <= settings.stimulation.longest_burst_s
    assert "gait_timeout:right" in ticks[-1].faults or ticks[-1].legs[0].phase == Phase.LOADING
    last = [steps.current_ma(t) for t in ticks if end - 0.1 <= t.inputs.t_s < end]
    assert last == sorted(last, reverse=True)
    assert last[-1] < 0.1 * settings.leg[0].channel[0].current_ma


def test_a_plan_that_is_no_number_latches_at_the_gate(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    controller = Controller(settings)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    steps.run(controller, inputs[:at], {1.0: ARM})
    controller.legs[0].planner.level = float("nan")
    controller.legs[0].planner.stage = BurstStage.PLATEAU
    tick = controller.step(inputs[at])
    assert steps.current_ma(tick) == 0.0
    assert tick.state == ArmingState.LATCHED
    assert tick.faults == ("gate:right.dorsiflexors",)


def test_an_exception_told_with_a_disarm_stays_latched(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(8.0)
    controller = Controller(settings)
    steps.run(controller, inputs[:1000], {1.0: ARM})
    keys = (OperatorCommand(CommandKind.DISARM), OperatorCommand(CommandKind.ARM))
    tick = controller.step(inputs[1000]._replace(commands=keys, loop=LoopStatus(exception="ZeroDivisionError")))
    assert tick.state == ArmingState.LATCHED
    assert tick.faults == ("exception",)


def test_a_seated_person_is_not_withheld_for_ever(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(30.0, stands=True)
    del inputs[1200:1208]
    commands = {0.5: OperatorCommand(CommandKind.MODE, argument=Mode.EXERCISE), 1.0: ARM}
    ticks = steps.run(Controller(settings), inputs, commands)
    assert any("late_loop" in t.faults for t in ticks)
    assert len([b for b in steps.bursts(ticks) if b[0] > 10.0]) >= 3


def test_why_a_sensor_was_lost_is_told_once_in_the_words_of_its_driver(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = _without(walk_inputs(12.0), "shank", 1600)
    for i in range(1600, len(inputs)):
        problem = {"main": DeviceStatus(inputs[i].t_s), "shank": DeviceStatus(inputs[i].t_s, "NACK at 0x68")}
        inputs[i] = inputs[i]._replace(devices=problem)
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    told = [note for t in ticks for note in t.notes if note.startswith("imu_lost")]
    assert told == ["imu_lost: shank: no reading for 50 ms (NACK at 0x68)"]
    assert ticks[-1].state == ArmingState.ARMED


def test_a_loop_that_stood_still_lets_the_burst_come_down_and_latches(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    stalled = [one if i < at else one._replace(t_s=one.t_s + 0.12) for i, one in enumerate(inputs)]
    ticks = steps.run(Controller(settings), stalled, {1.0: ARM})
    assert steps.current_ma(ticks[at]) > 0.0
    latched = next(tick for tick in ticks if tick.state == ArmingState.LATCHED)
    last = [steps.current_ma(tick) for tick in ticks[: ticks.index(latched)]][-20:]
    assert last == sorted(last, reverse=True)
    assert last[-1] < 0.2 * max(last)
    assert latched.inputs.t_s - stalled[at].t_s <= 0.4 + settings.stimulation.fall_s
    assert any(name.startswith("loop_stalled") for name in latched.faults)
    assert ticks[-1].state == ArmingState.LATCHED


def test_a_loop_that_is_late_too_often_latches_and_one_that_is_late_now_and_then_does_not(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    def run(every: int) -> list[Tick]:
        late = LoopStatus(late_s=0.003)
        inputs = [one._replace(loop=late) if i % every == 0 else one for i, one in enumerate(walk_inputs(20.0))]
        return steps.run(Controller(settings), inputs, {1.0: ARM})

    assert run(120)[-1].state == ArmingState.ARMED
    ticks = run(80)
    latched = next(tick for tick in ticks if tick.state == ArmingState.LATCHED)
    assert latched.faults[0].startswith("loop_often_late")
    assert 8.9 < latched.inputs.t_s - 1.0 < 12.0
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[ticks.index(latched) :])
