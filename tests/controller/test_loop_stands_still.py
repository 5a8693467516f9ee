"""The loop stands still in the middle of a burst: what is left of it when the loop is back."""

from collections.abc import Callable

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, Contact, Inputs, OperatorCommand, Tick

ARM = OperatorCommand(CommandKind.ARM)
LATE_S, STALL_S = 0.05, 0.5


def flows(tick: Tick) -> bool:
    """Whether the gate lets anything out."""
    command = tick.allowed["main"]
    return command.stimulate if isinstance(command, Contact) else any(t.current_ma > 0.0 for t in command.trains)


def with_device(settings: Settings, kind: str) -> Settings:
    """The default settings with a stimulator of this kind."""
    trigger = settings.stimulator[0].model_copy(update={"kind": "trigger", "pin": 22, "safe_contact": "open"})
    return settings if kind == "bench" else settings.model_copy(update={"stimulator": (trigger,)})


def stalled(inputs: list[Inputs], at: int, gap_s: float) -> list[Inputs]:
    """The inputs without the ticks of `gap_s` from index `at` on: the person walks on meanwhile."""
    return [*inputs[:at], *inputs[at + round(gap_s * 200) :]]


@pytest.mark.parametrize("kind", ["bench", "trigger"])
@pytest.mark.parametrize("gap_s", [0.11, 0.2, STALL_S])
def test_the_open_loop_counts_from_the_tick_before_the_gap(
    settings: Settings, walk_inputs: Callable[..., list[Inputs]], kind: str, gap_s: float
) -> None:
    used, inputs = with_device(settings, kind), walk_inputs(9.0)
    ticks = run(used, inputs)
    begin = [i for i in range(1, len(ticks)) if flows(ticks[i]) and not flows(ticks[i - 1])][2]
    resumed = 0
    for at in (begin + 5, begin + 30, begin + 80):
        after = run(used, stalled(inputs, at, gap_s)[: at + 200])[at:]
        flowing = [tick.inputs.t_s for tick in after if flows(tick)]
        resumed += bool(flowing)
        assert all(t_s < inputs[at - 1].t_s + used.stimulation.open_loop_s for t_s in flowing)
        assert after[-1].state == ArmingState.LATCHED
    assert (resumed > 0) == (gap_s < used.stimulation.open_loop_s)


def test_a_gap_that_does_not_latch_leaves_the_burst_its_own_end(
    settings: Settings, walk_inputs: Callable[..., list[Inputs]]
) -> None:
    inputs = walk_inputs(9.0)
    ticks = run(settings, inputs)
    begin = [i for i in range(1, len(ticks)) if flows(ticks[i]) and not flows(ticks[i - 1])][2]
    end = next(i for i in range(begin, len(ticks)) if not flows(ticks[i]))
    for at in (begin + 30, end - 40, end - 15):
        after = run(settings, stalled(inputs, at, LATE_S))[at:]
        stop = next(tick for tick in after if not flows(tick))
        assert stop.inputs.t_s <= ticks[end].inputs.t_s + LATE_S
        assert stop.state == ArmingState.ARMED


def run(settings: Settings, inputs: list[Inputs]) -> list[Tick]:
    """The ticks of a controller that is armed at 1 s."""
    controller, waits, ticks = Controller(settings), True, []
    for one in inputs:
        arms = waits and one.t_s >= 1.0
        waits = waits and not arms
        ticks.append(controller.step(one._replace(commands=(ARM,)) if arms else one))
    return ticks
