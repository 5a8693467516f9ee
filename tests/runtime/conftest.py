"""A tick of one leg and one trigger device, for sinks and loops that do not care what it decides."""

from collections.abc import Callable

import pytest

from controller.signals import (
    COMPLIANT,
    ArmingState,
    BurstStage,
    Contact,
    HeelContact,
    Inputs,
    LegTick,
    LoopStatus,
    Mode,
    Phase,
    Tick,
)


def tick_of(inputs: Inputs) -> Tick:
    """Always on: whatever ends the output, it is not this tick."""
    leg = LegTick(
        "right", HeelContact.OFF, {}, Phase.SWING, (), "heel", BurstStage.PLATEAU, 1.0, False, COMPLIANT
    )  # fmt: skip
    on = Contact("right.dorsiflexors", True)
    return Tick(
        inputs, ArmingState.ARMED, Mode.WALK, (), (), (leg,), {"one": on, "two": on}, {"one": on, "two": on}, ()
    )


@pytest.fixture(scope="session")
def always_on() -> Callable[[Inputs], Tick]:
    return tick_of


@pytest.fixture(scope="session")
def numbered_tick() -> Callable[[int], Tick]:
    return lambda number: tick_of(Inputs(number * 0.005, {}, loop=LoopStatus(number)))
