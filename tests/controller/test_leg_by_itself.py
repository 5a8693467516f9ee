"""What one leg keeps by itself, whatever the links behind it would also keep."""

from collections.abc import Callable

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.leg import GROUNDED_S, Leg
from controller.leg_work import LegAtWork
from controller.signals import CommandKind, HeelContact, Inputs, OperatorCommand, Pulses

WalkInputs = Callable[..., list[Inputs]]
ARM = OperatorCommand(CommandKind.ARM)


def test_a_heel_that_is_down_says_so_whatever_the_events_said(settings: Settings, walk_inputs: WalkInputs) -> None:
    leg = Leg(settings.leg[0], settings)
    down = 0
    for one in walk_inputs(12.0):
        leg.update(one)
        since_s = one.t_s - leg.heels[0].estimator.since_s
        if leg.contact == HeelContact.ON and since_s >= GROUNDED_S and leg.lead == "both":
            assert leg.grounded
            down += 1
    assert down > 500


def test_a_plain_heel_alone_begins_nothing_where_both_are_fitted(settings: Settings, walk_inputs: WalkInputs) -> None:
    begun = {"both": 0, "heel": 0}
    for which, count_imu in (("both", True), ("heel", False)):
        leg = Leg(settings.leg[0], settings)
        for one in walk_inputs(20.0):
            readings = one.readings if count_imu else {"heel": one.readings["heel"]}
            leg.update(one._replace(readings=readings))
            begun[which] += leg.swing_s is not None
    assert begun["both"] > 10
    assert begun["heel"] == 0


def test_a_stop_leaves_nothing_to_ask_the_gate_for(settings: Settings, walk_inputs: WalkInputs) -> None:
    for kind in (CommandKind.STOP, CommandKind.DISARM):
        controller = Controller(settings)
        asked_ma = 0.0
        for one in walk_inputs(15.0):
            commands = (ARM,) if 1.0 <= one.t_s < 1.005 else ()
            stops = one.t_s > 6.0 and asked_ma > 20.0
            tick = controller.step(one._replace(commands=(OperatorCommand(kind),) if stops else commands))
            asked = tick.asked["main"]
            assert isinstance(asked, Pulses)
            asked_ma = asked.trains[0].current_ma
            if stops:
                assert asked_ma == 0.0
                break
        else:
            raise AssertionError("there was no burst to stop")


def test_a_heel_that_is_left_alone_foretells_foot_off_by_the_swings_that_were_learned(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    leg = Leg(settings.leg[0], settings)
    foretold = 0
    for one in walk_inputs(20.0):
        readings = one.readings if one.t_s < 12.0 else {k: v for k, v in one.readings.items() if k == "heel"}
        leg.update(one._replace(readings=readings))
        by_heel_s = leg.heels[0].detector.foot_off_s
        if one.t_s > 12.2 and by_heel_s is not None:
            assert leg.lead == "heel"
            assert leg.foot_off_s is not None
            assert leg.foot_off_s >= by_heel_s
            foretold += 1
    assert foretold > 50


def heel_later(inputs: list[Inputs], from_s: float, by_ticks: int) -> list[Inputs]:
    """The same walk, but for a heel that says everything so many ticks late from `from_s` on."""
    return [
        one
        if one.t_s < from_s
        else one._replace(readings={**one.readings, "heel": one.readings["heel"]._replace(values=late.values)})
        for one, late in (
            (one, inputs[max(0, k - by_ticks)].readings["heel"])
            for k, one in enumerate(inputs)
            if "heel" in one.readings
        )
    ]


def test_a_heel_that_becomes_late_does_not_get_a_good_imu_doubted(settings: Settings, walk_inputs: WalkInputs) -> None:
    supervised = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    used = settings.model_copy(update={"sensor": (supervised, *settings.sensor[1:])})
    inputs = heel_later(walk_inputs(24.0), 10.0, 34)
    leg = Leg(used.leg[0], used)
    landed = 0
    for one in inputs:
        leg.update(one)
        assert not leg.imu_doubted
        for event in leg.events:
            if event.kind == "IC" and event.certainty == "confirmed" and one.t_s > 11.0 and event.source != "heel":
                assert event.decided_s - event.t_s < 0.15
                landed += 1
    assert landed >= 8


@pytest.mark.parametrize("alone", [True, False])
def test_a_heel_that_is_left_alone_begins_no_burst_before_its_time(
    settings: Settings, walk_inputs: WalkInputs, alone: bool
) -> None:
    supervised = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    used = settings.model_copy(update={"sensor": (supervised, *settings.sensor[1:])})
    work = LegAtWork(used.leg[0], used)
    ahead_s = []
    for one in walk_inputs(24.0):
        left = alone and one.t_s >= 12.0
        readings = {k: v for k, v in one.readings.items() if k == "heel"} if left else one.readings
        work.leg.update(one._replace(readings=readings))
        swing_s, foot_off_s = work.leg.swing_s, work.leg.foot_off_s
        if one.t_s > 13.0 and swing_s is not None and foot_off_s is not None:
            assert work.leg.left_alone == alone
            ahead_s.append(foot_off_s - work._due_s(swing_s))
    before_s = used.stimulation.before_foot_off_s
    assert len(ahead_s) >= 4
    assert (max(ahead_s) <= before_s + 1e-9) == alone
