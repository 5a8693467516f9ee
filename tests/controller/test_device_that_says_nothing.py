"""A stimulator of which nothing is known is not well, where any device tells of itself at all."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, DeviceStatus, Inputs, OperatorCommand

if TYPE_CHECKING:
    from tests.controller.conftest import Steps

WalkInputs = Callable[..., list[Inputs]]
ARM = OperatorCommand(CommandKind.ARM)


def told(inputs: list[Inputs], *names: str) -> list[Inputs]:
    return [one._replace(devices={name: DeviceStatus(one.t_s) for name in names}) for one in inputs]


def test_no_arming_while_nothing_is_known_of_the_stimulator(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    ticks = steps.run(Controller(settings), told(walk_inputs(3.0), "shank"), {1.0: ARM})
    assert ticks[-1].state == ArmingState.DISARMED
    assert any("main: nothing is known of it" in note for tick in ticks for note in tick.notes)
    assert steps.run(Controller(settings), told(walk_inputs(3.0), "main"), {1.0: ARM})[-1].state == ArmingState.ARMED


def test_a_stimulator_that_falls_silent_latches(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(12.0)
    ticks = steps.run(Controller(settings), [*told(inputs[:2000], "main"), *told(inputs[2000:], "shank")], {1.0: ARM})
    assert ticks[1999].state == ArmingState.ARMED
    assert ticks[2000].state == ArmingState.LATCHED
    assert ticks[2000].faults == ("device:main",)
    assert steps.bursts(ticks)
    assert steps.current_ma(ticks[2000]) == 0.0


def test_readings_alone_are_replayed_without_any_device(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    assert steps.run(Controller(settings), walk_inputs(3.0), {1.0: ARM})[-1].state == ArmingState.ARMED
