"""How an IMU sits, by its strides: turned round, slipped; in the arithmetic, and in the walk of a simulated person."""

from collections.abc import Callable
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING

import pytest

from config.schema import ImuSettings, Settings
from controller.controller import Controller
from controller.mounting import BASE_STRIDES, STRIDES_JUDGED, StepTurn, StrapWatch
from controller.senses import ImuSense
from controller.signals import CommandKind, Inputs, OperatorCommand, Reading

if TYPE_CHECKING:
    from tests.controller.conftest import Steps

WalkInputs = Callable[..., list[Inputs]]
ARM = OperatorCommand(CommandKind.ARM)
G = 9.80665


def step(watch: StepTurn, start_s: float, lean_deg: float, up_s: float = 0.75, gap_s: float = 0.0) -> bool:
    """A step whose segment leans by `lean_deg` in the middle and comes back; its mean pitch is 2/pi of that."""
    watch.lift(start_s)
    count = round(up_s * 200)
    for k in range(count + 1):
        t_s = k * up_s / count
        if not 0.3 < t_s <= 0.3 + gap_s:
            watch.sample(start_s + t_s, -lean_deg * pi / up_s * cos(pi * t_s / up_s))
    return watch.land(start_s + up_s)


@pytest.mark.parametrize(("lean_deg", "wrong"), [(30.0, 0), (4.2, 0), (-4.9, 0), (-5.6, 1), (-30.0, 1)])
def test_a_step_that_leans_the_other_way_is_wrong(lean_deg: float, wrong: int) -> None:
    watch = StepTurn()
    assert step(watch, 0.0, lean_deg)
    assert watch.wrong == wrong


def test_wrong_steps_are_counted_in_a_row() -> None:
    watch = StepTurn()
    for k, (lean_deg, wrong) in enumerate([(-30.0, 1), (-30.0, 2), (0.0, 0), (-30.0, 1), (30.0, 0)]):
        step(watch, float(k), lean_deg)
        assert watch.wrong == wrong


@pytest.mark.parametrize("up_s", [0.2, 1.6])
def test_what_is_too_short_or_too_long_is_no_step(up_s: float) -> None:
    watch = StepTurn()
    assert not step(watch, 0.0, -30.0, up_s)
    assert watch.wrong == 0
    assert not watch.land(5.0)


def test_a_step_with_a_gap_in_it_is_not_judged() -> None:
    watch = StepTurn()
    assert not step(watch, 0.0, -30.0, gap_s=0.15)
    assert step(watch, 2.0, -30.0, gap_s=0.05)
    assert watch.wrong == 1


def swing_and_stance(watch: StepTurn, start_s: float, down_deg_s: float, up_deg_s: float, down_s: float = 0.5) -> None:
    """The heel is said to be down, then up for 0.8 s, and the IMU turns at these rates."""
    watch.land(start_s)
    for rate_deg_s, from_s, spell_s in ((down_deg_s, start_s, down_s), (up_deg_s, start_s + down_s, 0.8)):
        for k in range(round(spell_s * 100) + 1):
            watch.sample(from_s + k / 100, rate_deg_s * (-1) ** (k // 20))
        if from_s == start_s:
            watch.lift(from_s + spell_s)
    watch.land(start_s + down_s + 0.8)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("down_deg_s", "up_deg_s", "down_s", "opposite"),
    [(150.0, 40.0, 0.5, 1), (62.0, 40.0, 0.5, 1), (58.0, 40.0, 0.5, 0), (28.0, 4.0, 0.5, 0), (150.0, 40.0, 2.0, 0)],
)
def test_a_segment_that_turns_faster_with_the_heel_down_tells_of_a_heel_that_says_the_opposite(
    sign: float, down_deg_s: float, up_deg_s: float, down_s: float, opposite: int
) -> None:
    watch = StepTurn()
    swing_and_stance(watch, 0.0, sign * down_deg_s, sign * up_deg_s, down_s)
    assert max(0, -watch.wrong) == opposite


def test_opposite_steps_are_counted_in_a_row_and_are_no_turned_ones() -> None:
    watch = StepTurn()
    for k in range(3):
        swing_and_stance(watch, 1.3 * k, 150.0, 40.0)
        assert watch.wrong == -1 - k
    step(watch, 6.0, -30.0)
    assert watch.wrong == 1
    watch.forget()
    assert watch.wrong == 0


def test_a_gap_while_the_heel_is_down_judges_nothing() -> None:
    watch = StepTurn()
    watch.land(0.0)
    for k in range(10):
        watch.sample(k / 100, 150.0)
    watch.sample(0.4, 150.0)
    watch.lift(0.5)
    for k in range(81):
        watch.sample(0.5 + k / 100, 10.0)
    watch.land(1.3)
    assert watch.wrong == 0


def test_a_lost_sensor_has_no_step_under_way() -> None:
    watch = StepTurn()
    step(watch, 0.0, -30.0)
    watch.lift(1.0)
    watch.forget()
    assert not watch.land(1.7)
    assert watch.wrong == 0


def stride(watch: StrapWatch, t_s: float, fore_deg: float, side_deg: float = 0.0) -> None:
    for k in range(10):
        swing = 5.0 * (k - 4.5)
        fore, side = radians(fore_deg), radians(side_deg)
        watch.sample(G * sin(fore) * cos(side) + swing, G * cos(fore) * cos(side), G * sin(side))
    watch.land(t_s)


def strides(watch: StrapWatch, first: int, count: int, fore_deg: float, side_deg: float = 0.0) -> int:
    for k in range(first, first + count):
        stride(watch, float(k), fore_deg, side_deg)
    return first + count


@pytest.mark.parametrize(("fore_deg", "side_deg"), [(15.0, 0.0), (-15.0, 0.0), (0.0, 15.0), (0.0, -11.0)])
@pytest.mark.parametrize("base_deg", [0.0, 20.0, -170.0])
def test_a_strap_that_slips_is_seen_within_three_strides(base_deg: float, fore_deg: float, side_deg: float) -> None:
    watch = StrapWatch()
    k = strides(watch, 0, BASE_STRIDES + 4, base_deg)
    k = strides(watch, k, STRIDES_JUDGED - 1, base_deg + fore_deg, side_deg)
    assert not watch.slipped
    k = strides(watch, k, 1, base_deg + fore_deg, side_deg)
    assert watch.slipped
    k = strides(watch, k, STRIDES_JUDGED - 1, base_deg)
    assert watch.slipped
    strides(watch, k, 1, base_deg)
    assert not watch.slipped


@pytest.mark.parametrize("fore_deg", [9.0, -9.0])
def test_the_differences_of_stairs_and_turns_are_no_slip(fore_deg: float) -> None:
    watch = StrapWatch()
    strides(watch, strides(watch, 0, 10, 0.0), 10, fore_deg)
    assert not watch.slipped


def test_a_slip_that_comes_back_a_little_stays() -> None:
    watch = StrapWatch()
    k = strides(watch, 0, 10, 0.0)
    k = strides(watch, k, 5, 15.0)
    strides(watch, k, 5, 8.0)
    assert watch.slipped


def test_what_is_no_stride_is_not_judged() -> None:
    watch = StrapWatch()
    k = strides(watch, 0, 10, 0.0)
    for n in range(10):
        stride(watch, k + 3.5 * n, 40.0)
        stride(watch, k + 3.5 * n + 0.3, 40.0)
    assert not watch.slipped


def test_arming_takes_a_new_measure() -> None:
    watch = StrapWatch()
    k = strides(watch, strides(watch, 0, 10, 0.0), 5, 15.0)
    watch.forget()
    assert not watch.slipped
    strides(watch, k, 10, 15.0)
    assert not watch.slipped


def changed(inputs: list[Inputs], from_s: float, change: Callable[[tuple[float, ...]], tuple[float, ...]]) -> None:
    for k, one in enumerate(inputs):
        shank = one.readings.get("shank")
        if one.t_s >= from_s and shank is not None:
            readings = {**one.readings, "shank": Reading(shank.t_s, change(shank.values))}
            inputs[k] = one._replace(readings=readings)


def supervised(settings: Settings) -> Settings:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    return settings.model_copy(update={"sensor": (heel, *settings.sensor[1:])})


def back_to_front(v: tuple[float, ...]) -> tuple[float, ...]:
    return (-v[0], v[1], -v[2], -v[3], v[4], -v[5])


def tilted(v: tuple[float, ...]) -> tuple[float, ...]:
    c, s = cos(radians(15.0)), sin(radians(15.0))
    return (c * v[0] + s * v[1], c * v[1] - s * v[0], v[2], c * v[3] + s * v[4], c * v[4] - s * v[3], v[5])


def test_an_imu_that_turns_round_in_mid_walk_is_doubted_and_the_heel_leads(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(24.0)
    changed(inputs, 10.0, back_to_front)
    ticks = steps.run(Controller(supervised(settings)), inputs, {1.0: ARM})
    doubted_s = next(tick.inputs.t_s for tick in ticks if "imu_doubted:right" in tick.faults)
    assert 10.0 < doubted_s < 13.0
    assert all("imu_doubted:right" in tick.faults for tick in ticks if tick.inputs.t_s > doubted_s)
    assert {tick.legs[0].lead for tick in ticks if tick.inputs.t_s > doubted_s} == {"heel"}
    assert len([burst for burst in steps.bursts(ticks) if burst[0] > 13.0]) >= 6


def test_beside_a_plain_heel_switch_it_withholds(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    inputs = walk_inputs(24.0)
    changed(inputs, 10.0, back_to_front)
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert {"imu_doubted:right", "imu_needed:right"} <= set(ticks[-1].faults)
    assert not [burst for burst in steps.bursts(ticks) if burst[0] > 13.0]


def test_an_imu_that_sat_wrongly_from_the_start_is_told_and_gives_no_burst(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(24.0)
    changed(inputs, 0.0, back_to_front)
    ticks = steps.run(Controller(settings), inputs, {1.0: ARM})
    assert "imu_reversed:right" in ticks[-1].faults
    assert steps.bursts(ticks) == []


def test_a_slipped_imu_is_told_and_the_walk_goes_on(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(24.0)
    changed(inputs, 12.0, tilted)
    ticks = steps.run(Controller(supervised(settings)), inputs, {1.0: ARM})
    slipped_s = next(tick.inputs.t_s for tick in ticks if "imu_slipped:right" in tick.faults)
    assert 14.0 < slipped_s < 18.0
    assert len([burst for burst in steps.bursts(ticks) if burst[0] > slipped_s]) >= 4


def test_a_sound_walk_shows_none_of_it(settings: Settings, walk_inputs: WalkInputs, steps: "Steps") -> None:
    assert {tick.faults for tick in steps.run(Controller(settings), walk_inputs(30.0), {1.0: ARM})} == {()}


def test_a_clock_that_stands_still_latches_in_the_third_tick(
    settings: Settings, walk_inputs: WalkInputs, steps: "Steps"
) -> None:
    inputs = walk_inputs(15.0)
    at = steps.mid_burst(steps.run(Controller(settings), inputs, {1.0: ARM}))
    still = [one._replace(t_s=inputs[at].t_s, readings={}) if k > at else one for k, one in enumerate(inputs)]
    ticks = steps.run(Controller(settings), still, {1.0: ARM})
    assert [bool(tick.faults) for tick in ticks[at : at + 5]] == [False, False, False, True, True]
    assert all(steps.current_ma(tick) == 0.0 for tick in ticks[at + 3 :])
    assert ticks[-1].faults == ("clock",)


@pytest.mark.parametrize(("placement", "slipped"), [("foot", False), ("shank", True)])
def test_how_a_foot_hangs_in_swing_is_no_slip(settings: Settings, placement: str, slipped: bool) -> None:
    """The first stimulated strides lift a foot that hung; on the floor it lies as before."""
    sensor = next(one for one in settings.sensor if isinstance(one, ImuSettings))
    sense = ImuSense(sensor.model_copy(update={"placement": placement}), settings)
    t_s = 0.0
    for k in range(20):
        hangs = radians(-60.0 if k < 10 else 0.0)
        for n in range(120):
            t_s += 0.01
            swings = n >= 60
            pitch = hangs if swings else 0.0
            noise = 0.01 * (n % 3)
            rate_deg_s = 100.0 + n if swings else 0.1 * (n % 5)
            values = (G * sin(pitch) + noise, G * cos(pitch) + noise, noise, noise, noise, rate_deg_s)
            sense.update(t_s, Reading(t_s, values))
        sense.strap.land(t_s)
    assert sense.strap.slipped is slipped


def test_a_foot_that_never_lies_still_is_not_judged() -> None:
    watch = StrapWatch()
    k = strides(watch, 0, 10, 0.0)
    for n in range(10):
        watch.sample(0.0, 0.0, G)
        watch.land(float(k + n))
    assert not watch.slipped
