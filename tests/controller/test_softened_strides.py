"""After arming and after an operator's pause the first three strides are softened; after standing none is."""

from collections.abc import Callable

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, OperatorCommand, Pulses, Tick

WalkInputs = Callable[..., list[Inputs]]
ARM, PAUSE, RESUME = (OperatorCommand(kind) for kind in (CommandKind.ARM, CommandKind.PAUSE, CommandKind.RESUME))
DISARM = OperatorCommand(CommandKind.DISARM)
SOFT = [0.25, 0.5, 0.75, 1.0, 1.0]


def peaks(ticks: list[Tick], full_ma: float) -> list[tuple[float, float]]:
    """Start and highest share of the full current of every burst."""
    found: list[tuple[float, float]] = []
    last_ma = 0.0
    for tick in ticks:
        command = tick.allowed["main"]
        assert isinstance(command, Pulses)
        now_ma = command.trains[0].current_ma
        if now_ma > 0.0 and last_ma == 0.0:
            found.append((tick.inputs.t_s, 0.0))
        if now_ma > 0.0:
            found[-1] = (found[-1][0], max(found[-1][1], now_ma / full_ma))
        last_ma = now_ma
    return found


@pytest.mark.parametrize("again", [(PAUSE, RESUME), (DISARM, ARM)])
def test_a_pause_by_the_operator_softens_the_first_three_strides_again(
    settings: Settings, walk_inputs: WalkInputs, again: tuple[OperatorCommand, OperatorCommand]
) -> None:
    controller = Controller(settings)
    given = {1.0: ARM, 12.0: again[0], 14.0: again[1]}
    ticks = []
    for one in walk_inputs(24.0):
        due = [t_s for t_s in given if one.t_s >= t_s]
        ticks.append(controller.step(one._replace(commands=tuple(given.pop(t_s) for t_s in due))))
    found = peaks(ticks, settings.leg[0].channel[0].current_ma)
    before = [share for start_s, share in found if start_s < 12.0]
    after = [share for start_s, share in found if start_s > 14.0]
    assert before[:5] == pytest.approx(SOFT)
    assert after[:5] == pytest.approx(SOFT)


def later(inputs: list[Inputs], by_s: float) -> list[Inputs]:
    """The same inputs at another time."""
    return [
        one._replace(
            t_s=one.t_s + by_s,
            readings={name: reading._replace(t_s=reading.t_s + by_s) for name, reading in one.readings.items()},
        )
        for one in inputs
    ]


def test_who_stands_for_a_while_is_given_full_bursts_from_the_first_step_on(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    first, still = walk_inputs(15.0), walk_inputs(5.0, stands=True)
    inputs = [*first, *later(still, 15.0), *later(first, 20.0)]
    controller = Controller(settings)
    ticks = [controller.step(one._replace(commands=(ARM,)) if k == 200 else one) for k, one in enumerate(inputs)]
    found = peaks(ticks, settings.leg[0].channel[0].current_ma)
    assert not [start_s for start_s, _ in found if 17.0 < start_s < 21.5]
    after = [share for start_s, share in found if start_s > 21.5]
    assert len(after) >= 8
    assert after == pytest.approx([1.0] * len(after))
