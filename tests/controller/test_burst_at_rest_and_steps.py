"""Exercise and test bursts are for a leg at rest: none begins unless rest is known, and a step ends one on its ramp."""

from collections.abc import Callable
from math import sin
from typing import TYPE_CHECKING

import pytest

from config.schema import Settings
from controller.controller import Controller
from controller.signals import (
    ArmingState,
    BurstStage,
    CommandKind,
    Inputs,
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
TEST = OperatorCommand(CommandKind.TEST_BURST, argument="right")
REST = (Phase.STANDING, Phase.UNKNOWN)


def in_mode(mode: Mode) -> OperatorCommand:
    return OperatorCommand(CommandKind.MODE, argument=mode)


def long_bursts(settings: Settings) -> Settings:
    return settings.model_copy(update={"exercise": settings.exercise.model_copy(update={"on_s": 1.6})})


def heel_only(settings: Settings) -> Settings:
    """With a supervised heel switch and no IMU."""
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    leg = settings.leg[0].model_copy(update={"sensors": "heel"})
    return settings.model_copy(update={"sensor": (heel,), "leg": (leg,)})


def changed(
    inputs: list[Inputs], level: float, *, rate_deg_s: Callable[[int], float] = lambda k: 0.05 * (k % 5)
) -> list[Inputs]:
    """The same times with this heel and a shank that turns so."""
    return [
        one._replace(
            readings={
                "heel": Reading(one.t_s, (level,)),
                "shank": Reading(
                    one.t_s,
                    (
                        0.001 * (k % 3),
                        9.81 + 0.001 * (k % 7),
                        0.001 * (k % 5),
                        0.1 * (k % 3),
                        0.1 * (k % 7),
                        rate_deg_s(k),
                    ),
                ),
            }
        )
        for k, one in enumerate(inputs)
    ]


def ends_on_its_ramp(ticks: list[Tick], steps: "Steps", at: int, settings: Settings) -> None:
    """Current at `at`, none after the falling ramp, and no abrupt end."""
    current = [steps.current_ma(tick) for tick in ticks[at:]]
    assert current[0] > 0.0
    assert steps.bursts(ticks)[0][1] - ticks[at].inputs.t_s == pytest.approx(settings.stimulation.fall_s, abs=0.03)
    last = [ma for ma in current if ma > 0.0][-1]
    assert last < 0.3 * current[0]


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST_BURST])
def test_a_burst_that_runs_ends_on_its_ramp_when_the_person_steps(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps", mode: Mode
) -> None:
    settings = long_bursts(settings)
    commands = {0.5: in_mode(mode), 1.2: ARM, 1.5: TEST}
    ticks = steps.run(Controller(settings), walk_inputs(5.0), commands)
    assert len(steps.bursts(ticks)) == 1
    left = next(i for i, tick in enumerate(ticks) if tick.inputs.t_s > 1.9 and tick.legs[0].phase not in REST)
    assert ticks[left].inputs.t_s < 2.9
    (at,) = [i for i, tick in enumerate(ticks) if "right leg: a step ended the burst" in tick.notes]
    assert ticks[at].inputs.t_s > 2.0
    assert at <= left
    ends_on_its_ramp(ticks, steps, at, settings)


def test_a_step_of_the_other_leg_ends_the_burst_of_this_one_and_none_begins(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    others = [sensor.model_copy(update={"id": f"left_{sensor.id}", "side": "left"}) for sensor in settings.sensor]
    channel = settings.leg[0].channel[0].model_copy(update={"output": 2})
    legs = (settings.leg[0], settings.leg[0].model_copy(update={"side": "left", "channel": (channel,)}))
    settings = long_bursts(settings).model_copy(update={"sensor": (*settings.sensor, *others), "leg": legs})
    walks, stands = walk_inputs(20.0), walk_inputs(20.0, stands=True)
    both = [
        still._replace(readings=still.readings | {f"left_{name}": reading for name, reading in one.readings.items()})
        for one, still in zip(walks, stands, strict=True)
    ]
    ticks = steps.run(Controller(settings), both, {0.5: in_mode(Mode.EXERCISE), 1.5: ARM})
    assert all(tick.legs[0].phase in REST for tick in ticks)
    left = next(i for i, tick in enumerate(ticks) if tick.inputs.t_s > 1.9 and tick.legs[1].phase not in REST)
    (at,) = [i for i, tick in enumerate(ticks) if "right leg: a step ended the burst" in tick.notes]
    assert ticks[at].inputs.t_s > 2.0
    assert at <= left
    ends_on_its_ramp(ticks, steps, at, settings)
    assert len(steps.bursts(ticks)) == 1
    assert ticks[-1].state == ArmingState.ARMED


def test_no_burst_begins_while_the_phase_is_unknown_and_nothing_shows_rest(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    """A heel that is up may be a foot in the air or a broken wire: unknown never triggers."""
    alone = heel_only(settings)
    up = [one._replace(readings={"heel": Reading(one.t_s, (0.0,))}) for one in walk_inputs(8.0, stands=True)]
    ticks = steps.run(Controller(alone), up, {0.5: in_mode(Mode.EXERCISE), 2.0: ARM})
    assert (ticks[-1].state, ticks[-1].legs[0].phase) == (ArmingState.ARMED, Phase.UNKNOWN)
    assert steps.bursts(ticks) == []
    told = [note for tick in ticks for note in tick.notes if "exercise waits" in note]
    assert told == ["right leg: the exercise waits until it is known to rest: set the foot down, or hold it still"]
    ticks = steps.run(Controller(alone), up, {0.5: in_mode(Mode.TEST_BURST), 2.0: ARM, 4.0: TEST})
    assert steps.bursts(ticks) == []
    assert "test burst refused: the leg is not known to rest: set the foot down, or hold it still" in [
        note for tick in ticks for note in tick.notes
    ]


def test_a_foot_that_hangs_still_is_at_rest_by_its_imu(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    up = changed(walk_inputs(8.0), 0.0)
    ticks = steps.run(Controller(settings), up, {0.5: in_mode(Mode.EXERCISE), 2.0: ARM})
    assert ticks[-1].legs[0].phase == Phase.UNKNOWN
    assert len(steps.bursts(ticks)) == 2
    moves = changed(
        walk_inputs(8.0), 0.0, rate_deg_s=lambda k: 0.05 * (k % 5) + (20.0 * sin(k / 20.0) if k > 390 else 0.0)
    )
    ticks = steps.run(Controller(settings), moves, {0.5: in_mode(Mode.EXERCISE), 2.0: ARM})
    assert (ticks[-1].state, ticks[-1].legs[0].phase) == (ArmingState.ARMED, Phase.UNKNOWN)
    assert steps.bursts(ticks) == []


def test_a_shank_that_swings_ends_a_burst_though_the_phase_is_unknown(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    settings = long_bursts(settings)
    swings_at = 500

    def rate_deg_s(k: int) -> float:
        return 150.0 + k % 7 if swings_at <= k < swings_at + 60 else 0.05 * (k % 5)

    up = changed(walk_inputs(5.0), 0.0, rate_deg_s=rate_deg_s)
    ticks = steps.run(Controller(settings), up, {0.5: in_mode(Mode.EXERCISE), 1.8: ARM})
    ((start_s, stop_s),) = steps.bursts(ticks)
    assert start_s < ticks[swings_at].inputs.t_s
    assert stop_s - ticks[swings_at].inputs.t_s <= settings.stimulation.fall_s + 0.1


def test_a_foot_that_stays_on_the_floor_is_given_its_whole_burst(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    ticks = steps.run(Controller(settings), walk_inputs(6.0, stands=True), {0.5: in_mode(Mode.EXERCISE), 1.0: ARM})
    ((start_s, stop_s),) = steps.bursts(ticks)[:1]
    assert stop_s - start_s == pytest.approx(settings.exercise.on_s, abs=0.03)
    assert any(tick.legs[0].stage == BurstStage.PLATEAU for tick in ticks)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_foot_that_its_own_burst_lifts_makes_no_step(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps", level: float
) -> None:
    """Somebody who sits, the IMU on the foot: 20 deg up within 0.2 s of a burst's begin, and down after its end."""
    on_foot = settings.sensor[1].model_copy(update={"placement": "foot"})
    settings = settings.model_copy(update={"sensor": (settings.sensor[0], on_foot)})

    def rate_deg_s(k: int) -> float:
        for from_k in (410, 1310):
            for start, sign in ((from_k, 1.0), (from_k + 295, -1.0)):
                if start <= k < start + 40:
                    return sign * 157.0 * sin((k - start) * 3.1416 / 40)
        return 0.05 * (k % 5)

    ticks = steps.run(
        Controller(settings),
        changed(walk_inputs(12.0), level, rate_deg_s=rate_deg_s),
        {0.5: in_mode(Mode.EXERCISE), 2.0: ARM},
    )
    bursts = steps.bursts(ticks)
    assert len(bursts) >= 2
    assert [stop_s - start_s for start_s, stop_s in bursts[:2]] == pytest.approx([settings.exercise.on_s] * 2, abs=0.03)
