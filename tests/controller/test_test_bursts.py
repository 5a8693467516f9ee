"""A test burst: who may ask for one and when, that the gate knows of the wish, and that every limit holds for it."""

from collections.abc import Callable
from itertools import product

import pytest

from config.schema import Settings
from config.stages import STAGES
from controller.controller import Controller
from controller.leg_work import TEST_WITHIN_S
from controller.signals import (
    ArmingState,
    BurstStage,
    CommandKind,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Phase,
    Pulses,
    PulseTrain,
    Source,
    Tick,
)

WalkInputs = Callable[..., list[Inputs]]
TEST = OperatorCommand(CommandKind.TEST_BURST, argument="right")
WAYS = {
    ArmingState.DISARMED: (),
    ArmingState.ARMED: (CommandKind.ARM,),
    ArmingState.PAUSED: (CommandKind.ARM, CommandKind.PAUSE),
    ArmingState.LATCHED: (CommandKind.ARM, CommandKind.STOP),
}
NOT_ASKED = "no test burst asked for"


def in_mode(mode: Mode) -> OperatorCommand:
    return OperatorCommand(CommandKind.MODE, argument=mode)


def ready(settings: Settings, inputs: list[Inputs], mode: Mode, state: ArmingState = ArmingState.ARMED) -> Controller:
    """A controller that has reached this mode and state at the end of the inputs."""
    controller = Controller(settings)
    kinds = [in_mode(mode), *(OperatorCommand(kind) for kind in WAYS[state])]
    for one in inputs[: -len(kinds)]:
        controller.step(one)
    for one, command in zip(inputs[-len(kinds) :], kinds, strict=True):
        tick = controller.step(one._replace(commands=(command,)))
    assert (tick.state, tick.mode) == (state, mode)
    return controller


def train(tick: Tick) -> PulseTrain:
    command = tick.allowed["main"]
    assert isinstance(command, Pulses)
    return command.trains[0]


def flows(ticks: list[Tick]) -> bool:
    return any(train(tick).current_ma > 0.0 for tick in ticks)


def at_stage(settings: Settings, stage: str) -> Settings:
    hardware = settings.hardware.model_copy(update={"backend": "simulator" if stage == "simulate" else "pi"})
    return settings.model_copy(
        update={"hardware": hardware, "session": settings.session.model_copy(update={"stage": stage})}
    )


@pytest.mark.parametrize(
    ("state", "mode", "stage"),
    [(state, mode, one.name) for state, mode, one in product(ArmingState, Mode, STAGES) if mode in one.modes],
)
def test_one_is_given_only_armed_in_its_mode_at_rest_and_else_refused_in_words(
    settings: Settings, walk_inputs: WalkInputs, state: ArmingState, mode: Mode, stage: str
) -> None:
    inputs = walk_inputs(1.0, stands=True)
    controller = ready(at_stage(settings, stage), inputs[:150], mode, state)
    # The first burst of an exercise begins with arming: it is none that was asked for here.
    controller.legs[0].planner.cut(0.75)
    said = controller.step(inputs[150]._replace(commands=(TEST,)))
    ticks = [said, *(controller.step(one) for one in inputs[151:])]
    may = state == ArmingState.ARMED and mode == Mode.TEST_BURST
    assert flows(ticks) == may
    assert any("test burst refused" in note for note in said.notes) != may


def test_one_over_the_network_is_refused(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(3.0, stands=True)
    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    ticks = [controller.step(inputs[400]._replace(commands=(TEST._replace(source=Source.NETWORK),)))]
    ticks += [controller.step(one) for one in inputs[401:]]
    assert not flows(ticks)
    assert ticks[0].notes == ("test_burst refused: the network may watch, pause, disarm and stop only",)


def test_one_that_cannot_be_given_is_refused_with_the_reason(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(12.0)
    controller = ready(settings, inputs[:300], Mode.TEST_BURST)
    rests = (Phase.STANDING, Phase.UNKNOWN)
    told: set[str] = set()
    for one in inputs[300:]:
        walks = controller.legs[0].leg.phase not in rests
        tick = controller.step(one._replace(commands=(TEST,)) if walks else one)
        told.update(tick.notes if walks and tick.legs[0].phase not in rests else ())
        assert train(tick).current_ma == 0.0
    assert told == {"test burst refused: the leg is not known to rest: set the foot down, or hold it still"}

    inputs = walk_inputs(5.0, stands=True)
    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    late = inputs[400]._replace(loop=LoopStatus(late_s=0.05))
    controller.step(late)
    assert controller.step(inputs[401]._replace(commands=(TEST,))).notes == ("test burst refused: late_loop",)

    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    controller.step(inputs[400]._replace(commands=(TEST,)))
    for one in inputs[401:440]:
        controller.step(one)
    said = controller.step(inputs[440]._replace(commands=(TEST,)))
    assert said.notes == ("test burst refused: a burst is running",)


def test_the_gate_lets_no_burst_of_the_planner_out_that_nobody_asked_for(
    settings: Settings, walk_inputs: WalkInputs
) -> None:
    inputs = walk_inputs(9.0, stands=True)
    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    planner = controller.legs[0].planner
    planner.trigger(inputs[400].t_s, 0.0)
    ticks = [controller.step(one) for one in inputs[400:900]]
    assert any(tick.legs[0].stage == BurstStage.PLATEAU for tick in ticks)
    assert not flows(ticks)
    assert {reason for tick in ticks for _, reason in tick.reductions} == {NOT_ASKED}

    # One wish is one burst: another that begins by itself after it is not covered by it.
    asked = [controller.step(inputs[900]._replace(commands=(TEST,))), *(controller.step(o) for o in inputs[901:1300])]
    assert flows(asked)
    assert inputs[1300].t_s - inputs[900].t_s > TEST_WITHIN_S
    planner.trigger(inputs[1300].t_s, 0.0)
    again = [controller.step(one) for one in inputs[1300:1600]]
    assert not flows(again)
    assert NOT_ASKED in {reason for tick in again for _, reason in tick.reductions}


def test_a_wish_dies_with_the_arming_under_which_it_was_made(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(4.0, stands=True)
    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    controller.step(inputs[400]._replace(commands=(TEST,)))
    controller.step(inputs[401]._replace(commands=(OperatorCommand(CommandKind.DISARM),)))
    armed = controller.step(inputs[402]._replace(commands=(OperatorCommand(CommandKind.ARM),)))
    assert armed.state == ArmingState.ARMED
    controller.legs[0].planner.trigger(inputs[403].t_s, 0.0)
    assert not flows([controller.step(one) for one in inputs[403:480]])


def test_caps_and_rise_hold_for_a_plan_far_above_them(settings: Settings, walk_inputs: WalkInputs) -> None:
    inputs = walk_inputs(4.0, stands=True)
    channel = settings.leg[0].channel[0]
    controller = ready(settings, inputs[:400], Mode.TEST_BURST)
    before_ma = most_ma = train(controller.step(inputs[400]._replace(commands=(TEST,)))).current_ma
    reasons: set[str] = set()
    for one in inputs[401:600]:
        controller.legs[0].planner.level = 10.0
        tick = controller.step(one)
        now_ma = train(tick).current_ma
        assert now_ma <= before_ma + settings.gate.max_rise_ma_per_s * 0.005 + 1e-6
        assert now_ma * train(tick).pulse_width_us <= 1000.0 * channel.max_charge_uc
        reasons.update(reason for _, reason in tick.reductions)
        before_ma, most_ma = now_ma, max(most_ma, now_ma)
    assert most_ma == min(channel.max_current_ma, 1000.0 * channel.max_charge_uc / channel.pulse_width_us)
    assert any("rise" in reason for reason in reasons)


@pytest.mark.parametrize(("duty", "mean_uc_per_s", "said"), [(0.3, 900.0, "duty"), (0.9, 100.0, "mean charge")])
def test_duty_pause_longest_burst_and_mean_charge_hold_however_often_one_is_asked_for(
    settings: Settings, walk_inputs: WalkInputs, duty: float, mean_uc_per_s: float, said: str
) -> None:
    gate = settings.gate.model_copy(
        update={"duty_window_s": 10.0, "max_duty": duty, "max_mean_charge_uc_per_s": mean_uc_per_s}
    )
    changed = settings.model_copy(update={"gate": gate})
    inputs = walk_inputs(30.0, stands=True)
    controller = ready(changed, inputs[:400], Mode.TEST_BURST)
    ticks = [controller.step(inputs[400]), *(controller.step(one._replace(commands=(TEST,))) for one in inputs[401:])]
    on = [train(tick).current_ma > 0.0 for tick in ticks]
    charge_uc = [train(t).current_ma * train(t).pulse_width_us / 1000.0 if train(t).due else 0.0 for t in ticks]
    window = 2000
    for k in range(0, len(ticks) - window, 20):
        assert sum(on[k : k + window]) <= duty * window + 1
        assert sum(charge_uc[k : k + window]) <= mean_uc_per_s * 10.0
    edges = [k for k in range(1, len(on)) if on[k] != on[k - 1]]
    begins = [k for k in edges if on[k]]
    ends = [k for k in edges if not on[k]]
    assert len(begins) >= 3
    assert all(end - begin <= settings.exercise.on_s * 200 + 1 for begin, end in zip(begins, ends, strict=False))
    pauses = [begin - end for end, begin in zip(ends, begins[1:], strict=False)]
    assert min(pauses) >= settings.gate.shortest_pause_s * 200
    assert said in {reason for tick in ticks for _, reason in tick.reductions}
