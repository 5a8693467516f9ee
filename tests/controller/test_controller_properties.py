"""Whatever comes in, what goes out is finite, within every cap, and only ever begins where it may.

A walk of the simulated person is spoilt at random: samples missing, NaN, infinite, frozen, repeated, stamped backwards
or ahead, ticks late or lost, time running backwards, the heel in every pattern, operators pressing everything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from math import isfinite, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.limits import HARD_MAX_CHARGE_UC, HARD_MAX_CURRENT_MA
from config.load import default_settings, load_settings
from config.schema import ChannelSettings, Settings
from controller.controller import Controller
from controller.signals import (
    ArmingState,
    CommandKind,
    Contact,
    DeviceStatus,
    HeelContact,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Phase,
    Pulses,
    Reading,
    Source,
    StimulationCommand,
    Tick,
)
from controller.stimulation import QUICK_FALL_SHARE

TICK_S = 0.01
WalkInputs = Callable[..., list[Inputs]]
DEFAULT = default_settings()


def variant(*, wiring: str = "plain", sensors: str = "both", kind: str = "bench") -> Settings:
    """The default settings with other wiring, leading sensors or stimulator."""
    heel = DEFAULT.sensor[0].model_copy(
        update={"wiring": wiring, "pin_unloaded": 27 if wiring == "supervised" else None}
    )
    stimulator = DEFAULT.stimulator[0].model_copy(
        update={"kind": kind, "pin": 22 if kind == "trigger" else None, "safe_contact": "open"}
    )
    leg = DEFAULT.leg[0].model_copy(update={"sensors": sensors})
    return DEFAULT.model_copy(
        update={
            "leg": (leg,),
            "sensor": (heel, DEFAULT.sensor[1]),
            "stimulator": (stimulator,),
            "loop": DEFAULT.loop.model_copy(update={"rate_hz": 100}),
        }
    )


VARIANTS = [
    variant(),
    variant(wiring="supervised"),
    variant(sensors="heel"),
    variant(sensors="imu"),
    variant(kind="trigger", wiring="supervised"),
]

ODD = st.sampled_from([nan, float("inf"), float("-inf"), -0.0, 0.5, -1.0, 1e9, 1.0, 0.0])
SPOILS = st.sampled_from(
    ["none"] * 6
    + ["heel missing", "heel odd", "heel on", "heel off", "heel chatters", "imu missing", "imu odd", "imu frozen"]
    + ["all missing", "stamp back", "stamp ahead", "stamp same", "tick gap", "tick back", "late", "device", "recorder"]
    + ["exception"]
)
COMMANDS = st.builds(
    OperatorCommand,
    st.sampled_from(list(CommandKind)),
    st.sampled_from(list(Source)),
    st.sampled_from(["right", "left", *Mode, "nonsense"]),
)


@dataclass(frozen=True)
class Stretch:
    """A stretch of ticks that is spoilt in one way, perhaps with a command at its start."""

    ticks: int
    spoil: str
    odd: float
    command: OperatorCommand | None


STRETCHES = st.lists(
    st.builds(Stretch, st.integers(1, 80), SPOILS, ODD, st.none() | st.none() | COMMANDS), min_size=4, max_size=16
)


def spoilt_walk(walk: list[Inputs], stretches: list[Stretch]) -> Iterator[Inputs]:
    """Good strides, armed, then the stretches, then good strides, over one running clock."""
    arm = OperatorCommand(CommandKind.ARM)
    good = [Stretch(600, "none", 0.0, None)], [Stretch(300, "none", 0.0, arm)]
    k, shift_s = 0, 0.0
    for stretch in [*good[0], *stretches, *good[1]]:
        for i in range(stretch.ticks):
            base = walk[k % len(walk)] if k < len(walk) else walk[600 + (k - 600) % (len(walk) - 600)]
            k += 1
            if stretch.spoil == "tick gap" and i == 0:
                shift_s += 0.15
            t_s = k * TICK_S + shift_s
            shown_s = t_s - 0.5 if stretch.spoil == "tick back" and i == 0 else t_s
            commands = (arm,) if k == 100 else ()
            if i == 0 and stretch.command is not None:
                commands = (stretch.command,)
            problem = "electrode" if stretch.spoil == "device" and i == 0 else ""
            loop = LoopStatus(
                tick=k,
                late_s=0.03 if stretch.spoil == "late" else 0.0,
                recorder_problem="disk full" if stretch.spoil == "recorder" else "",
                exception="ZeroDivisionError" if stretch.spoil == "exception" and i == 0 else "",
            )
            readings = dict(_spoil(stretch, i, k, shown_s, base))
            yield Inputs(shown_s, readings, commands, {"main": DeviceStatus(shown_s, problem)}, loop)


def _spoil(stretch: Stretch, i: int, k: int, t_s: float, base: Inputs) -> Iterator[tuple[str, Reading]]:
    spoil = stretch.spoil
    stamp_s = {"stamp back": t_s - 1.0, "stamp ahead": t_s + 5.0, "stamp same": t_s - i * TICK_S}.get(spoil, t_s)
    heel, imu = base.readings["heel"].values[0], base.readings["shank"].values
    levels = {"heel odd": stretch.odd, "heel on": 1.0, "heel off": 0.0, "heel chatters": float(k % 2)}
    if spoil not in ("heel missing", "all missing"):
        yield "heel", Reading(stamp_s, (levels.get(spoil, heel),))
    if spoil not in ("imu missing", "all missing"):
        if spoil == "imu frozen":
            imu = (0.0, 9.81, 0.0, 0.0, 0.0, -100.0)
        elif spoil == "imu odd":
            imu = tuple([value + stretch.odd for value in imu])
        yield "shank", Reading(stamp_s, imu)


def current_of(command: StimulationCommand) -> float:
    """Current (mA), or 1 for a closed contact."""
    if isinstance(command, Contact):
        return float(command.stimulate)
    return command.trains[0].current_ma


@dataclass
class Judge:
    """Holds every tick against the rules; it knows the settings and nothing of the controller's inside."""

    settings: Settings
    on_since_s: float | None = None
    last_s: float = -1.0
    last_ma: float = 0.0
    last_state: ArmingState = ArmingState.DISARMED
    pulses_s: list[float] = field(default_factory=list)
    bursts: int = 0

    def take(self, tick: Tick) -> None:
        """Judge one tick."""
        command = tick.allowed["main"]
        current = current_of(command)
        assert isfinite(current)
        if tick.state in (ArmingState.DISARMED, ArmingState.LATCHED):
            assert current == 0.0
        if isinstance(command, Pulses):
            self._within_caps(tick, command)
        self._no_longer_than_allowed(tick, current)
        if current > 0.0 and self.last_ma == 0.0:
            self._begun_where_it_may(tick)
        self.last_s = max(tick.inputs.t_s, self.last_s)
        self.last_ma = current
        self.last_state = tick.state

    def _within_caps(self, tick: Tick, command: Pulses) -> None:
        (train,) = command.trains
        channel: ChannelSettings = self.settings.leg[0].channel[0]
        asked = tick.asked["main"]
        assert isinstance(asked, Pulses)
        for value in (train.current_ma, train.pulse_width_us, train.rate_hz):
            assert isfinite(value)
            assert value >= 0.0
        assert train.current_ma <= min(channel.max_current_ma, HARD_MAX_CURRENT_MA, asked.trains[0].current_ma)
        assert train.pulse_width_us <= channel.max_pulse_width_us
        assert train.rate_hz <= channel.max_rate_hz
        assert train.current_ma * train.pulse_width_us / 1000.0 <= min(channel.max_charge_uc, HARD_MAX_CHARGE_UC)
        risen = train.current_ma - self.last_ma
        assert risen <= self.settings.gate.max_rise_ma_per_s * max(tick.inputs.t_s - self.last_s, 0.0) + 1e-9
        assert train.due <= (train.current_ma > 0.0)

    def _no_longer_than_allowed(self, tick: Tick, current: float) -> None:
        t_s = tick.inputs.t_s
        if current == 0.0:
            self.on_since_s = None
        elif self.on_since_s is None:
            self.on_since_s = t_s
            self.bursts += 1
        else:
            assert t_s - self.on_since_s < self.settings.stimulation.longest_burst_s

    def _begun_where_it_may(self, tick: Tick) -> None:
        leg = tick.legs[0]
        assert tick.state == ArmingState.ARMED
        if tick.mode == Mode.WALK:
            assert leg.phase in (Phase.PRE_SWING, Phase.SWING)
            assert leg.lead != "none"
            if leg.lead != "imu":
                assert leg.contact == HeelContact.OFF


@pytest.mark.parametrize("which", range(len(VARIANTS)))
@settings(max_examples=25)
@given(stretches=STRETCHES)
def test_output_keeps_every_rule_whatever_comes_in(
    which: int, walk_inputs: WalkInputs, stretches: list[Stretch]
) -> None:
    controller, judge = Controller(VARIANTS[which]), Judge(VARIANTS[which])
    for inputs in spoilt_walk(walk_inputs(30.0, rate_hz=100), stretches):
        judge.take(controller.step(inputs))


@pytest.mark.parametrize("which", range(len(VARIANTS)))
def test_the_good_walk_behind_that_property_does_stimulate(which: int, walk_inputs: WalkInputs) -> None:
    controller, judge = Controller(VARIANTS[which]), Judge(VARIANTS[which])
    for inputs in spoilt_walk(walk_inputs(30.0, rate_hz=100), [Stretch(80, "none", 0.0, None)] * 6):
        judge.take(controller.step(inputs))
    assert judge.bursts >= 4


@settings(max_examples=25)
@given(
    lost=st.sampled_from(["heel missing", "imu missing", "all missing", "imu frozen", "imu odd"]),
    at=st.integers(0, 100),
    which=st.sampled_from([0, 1, 2, 3]),
)
def test_a_sensor_lost_in_a_burst_never_cuts_it_abruptly(
    lost: str, at: int, which: int, walk_inputs: WalkInputs
) -> None:
    controller = Controller(VARIANTS[which])
    plan = VARIANTS[which].stimulation
    full = VARIANTS[which].leg[0].channel[0].current_ma
    # After a contact that is told late the ramp is up to half as long.
    fastest = full * TICK_S / (QUICK_FALL_SHARE * plan.fall_s - 2 * TICK_S)
    before = 0.0
    for inputs in spoilt_walk(
        walk_inputs(30.0, rate_hz=100), [Stretch(150 + at, "none", 0.0, None), Stretch(200, lost, nan, None)]
    ):
        tick = controller.step(inputs)
        current = current_of(tick.allowed["main"])
        assert before - current <= fastest + 1e-9 or before <= fastest * 1.5
        before = current


@settings(max_examples=15)
@given(stretches=STRETCHES)
def test_the_same_inputs_give_the_same_ticks(stretches: list[Stretch], walk_inputs: WalkInputs) -> None:
    one, other = Controller(DEFAULT), Controller(DEFAULT)
    for inputs in spoilt_walk(walk_inputs(30.0, rate_hz=100), stretches):
        assert repr(one.step(inputs)) == repr(other.step(inputs))


def test_profiles_of_two_legs_and_two_channels_keep_the_legs_apart(walk_inputs: WalkInputs) -> None:
    with resources.as_file(resources.files("config").joinpath("profiles", "bilateral.toml")) as path:
        both = load_settings(path)
    controller = Controller(both)
    for inputs in spoilt_walk(walk_inputs(30.0, rate_hz=100), [Stretch(80, "none", 0.0, None)]):
        ids = {s.side: s for s in both.sensor if s.kind == "imu"}, {s.side: s for s in both.sensor if s.kind != "imu"}
        right = {ids[0]["right"].id: inputs.readings["shank"], ids[1]["right"].id: inputs.readings["heel"]}
        still = Reading(inputs.t_s, (0.0, 9.81 + 0.001 * (inputs.loop.tick % 7), 0.0, 0.0, 0.0, 0.0))
        left = {ids[0]["left"].id: still, ids[1]["left"].id: Reading(inputs.t_s, (1.0,))}
        tick = controller.step(inputs._replace(readings={**right, **left}))
        command = tick.allowed[both.leg[0].channel[0].stimulator]
        assert isinstance(command, Pulses)
        assert [t.current_ma for t in command.trains if t.channel.startswith("left")] == [0.0]
        if tick.legs[1 if both.leg[1].side == "right" else 0].phase == Phase.SWING and tick.state == ArmingState.ARMED:
            break
    else:
        pytest.fail("the right leg never swung")


def test_one_leg_that_loses_its_sensors_never_cuts_the_other(walk_inputs: WalkInputs) -> None:
    with resources.as_file(resources.files("config").joinpath("profiles", "bilateral.toml")) as path:
        both = load_settings(path)
    imus = {s.side: s.id for s in both.sensor if s.kind == "imu"}
    heels = {s.side: s.id for s in both.sensor if s.kind == "heel_switch"}
    fastest = both.leg[0].channel[0].current_ma * TICK_S / (both.stimulation.fall_s - 2 * TICK_S)
    for lost_at in range(1500, 1630, 10):
        controller, before, state = Controller(both), 0.0, ArmingState.DISARMED
        for k, one in enumerate(walk_inputs(30.0, rate_hz=100)[:1900]):
            readings = {imus["right"]: one.readings["shank"], heels["right"]: one.readings["heel"]}
            if k < lost_at:
                still = (0.0, 9.81 + 0.001 * (k % 7), 0.0, 0.0, 0.0, 0.0)
                readings |= {imus["left"]: Reading(one.t_s, still), heels["left"]: Reading(one.t_s, (1.0,))}
            arm = (OperatorCommand(CommandKind.ARM),) if k == 150 else ()
            tick = controller.step(Inputs(one.t_s, readings, arm))
            (current,) = (
                train.current_ma
                for command in tick.allowed.values()
                if isinstance(command, Pulses)
                for train in command.trains
                if train.channel.startswith("right")
            )
            assert before - current <= fastest or before <= fastest * 1.5
            before, state = current, tick.state
        assert state == ArmingState.LATCHED
