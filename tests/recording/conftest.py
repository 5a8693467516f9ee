"""Ticks for the tests of recordings: arbitrary ones (`st.from_type(Tick)`), and those of a small fake controller."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import strategies as st

from config.schema import (
    BenchStimulatorSettings,
    ChannelSettings,
    HeelSwitchSettings,
    ImuSettings,
    LegSettings,
    Settings,
)
from controller.signals import (
    COMPLIANT,
    ArmingState,
    BurstStage,
    Certainty,
    Event,
    EventKind,
    HeelContact,
    Inputs,
    LegTick,
    LoopStatus,
    Mode,
    Phase,
    Pulses,
    PulseTrain,
    Reading,
    StimulationCommand,
    Tick,
    Tilt,
)
from recording.blackbox_writer import BlackBoxWriter
from recording.header import Header, make_header

INTEGERS = st.integers(-(2**63), 2**64 - 1)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)


def make_settings(current_ma: float = 20.0, person: str = "anonymous") -> Settings:
    """Valid settings of one leg with a heel switch and a shank IMU."""
    return Settings.model_validate(
        {
            "session": {"person": person},
            "leg": (
                LegSettings(
                    side="left",
                    channel=(
                        ChannelSettings(
                            id="dorsiflexors",
                            current_ma=current_ma,
                            max_current_ma=30.0,
                            max_pulse_width_us=300.0,
                            max_rate_hz=40.0,
                            max_charge_uc=12.0,
                        ),
                    ),
                ),
            ),
            "sensor": (
                HeelSwitchSettings(kind="heel_switch", id="heel_left", side="left"),
                ImuSettings(kind="imu", id="shank_left", side="left"),
            ),
            "stimulator": (BenchStimulatorSettings(kind="bench"),),
        }
    )


def strategy_for(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401
    """Every value of a type of the signals: every float, every string that Python can hold, lists of up to three."""
    simple = {float: st.floats(), int: INTEGERS, str: TEXTS, bool: st.booleans(), type(None): st.none()}
    if hint in simple:
        return simple[hint]
    if hint is Settings:
        return st.builds(make_settings, st.floats(0.0, 30.0), st.text(max_size=8))
    if hasattr(hint, "_fields"):
        return st.builds(hint, *(strategy_for(field) for field in get_type_hints(hint).values()))
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        return st.lists(strategy_for(inner[0]), max_size=3).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(TEXTS, strategy_for(inner[1]), max_size=3)
    if get_origin(hint) is UnionType:
        return st.one_of([strategy_for(one) for one in inner])
    return st.sampled_from(inner or list(hint))


st.register_type_strategy(Tick, strategy_for(Tick))


def fake_controller() -> Callable[[Inputs], Tick]:
    """A fresh pure step: the level follows the sagittal rate and remembers, so that a lost tick shows."""
    level = 0.0

    def step(inputs: Inputs) -> Tick:
        nonlocal level
        reading = inputs.readings.get("shank_left")
        rate_deg_s = reading.values[5] if reading else 0.0
        level = 0.9 * level + (0.1 if rate_deg_s > 100.0 else 0.0)
        swinging = level > 0.05
        current_ma = 20.0 * level if swinging else 0.0
        event = Event(EventKind.FO, inputs.t_s - 0.02, inputs.t_s, Certainty.CONFIRMED, "shank_left")
        leg = LegTick(
            "left",
            HeelContact.OFF if swinging else HeelContact.ON,
            {"shank_left": Tilt(0.1 * rate_deg_s, rate_deg_s, True)},
            Phase.SWING if swinging else Phase.STANCE,
            (event,) if inputs.loop.tick % 20 == 0 else (),
            "shank_left",
            BurstStage.PLATEAU if swinging else BurstStage.IDLE,
            level,
            False,
            COMPLIANT,
        )
        train = PulseTrain("left.dorsiflexors", 1, current_ma, 300.0, 40.0, swinging)
        commands: dict[str, StimulationCommand] = {"main": Pulses((train,))}
        return Tick(inputs, ArmingState.ARMED, Mode.WALK, (), (), (leg,), commands, dict(commands), ())

    return step


def walk(ticks: int) -> Iterator[Inputs]:
    """Inputs of a walk at 200 Hz whose shank swings for 0.4 s of every second."""
    for i in range(ticks):
        t_s = i * 0.005
        rate_deg_s = 150.0 if i % 200 < 80 else -20.0
        readings = {
            "heel_left": Reading(t_s, (0.0 if rate_deg_s > 0.0 else 1.0,)),
            "shank_left": Reading(t_s, (0.3, 9.7, 0.1, 1.0, 2.0, rate_deg_s + 0.001 * i)),
        }
        yield Inputs(t_s, readings, loop=LoopStatus(i))


@pytest.fixture
def make_step() -> Callable[[], Callable[[Inputs], Tick]]:
    return fake_controller


@pytest.fixture
def walk_inputs() -> Callable[[int], Iterator[Inputs]]:
    return walk


@pytest.fixture
def settings() -> Settings:
    return make_settings()


@pytest.fixture
def header(settings: Settings) -> Header:
    return make_header(
        settings,
        software_version="0.0.0",
        started="2026-11-21 10:00 local time",
        settings_hash="a" * 64,
        safety_hash="b" * 64,
    )


@pytest.fixture
def ticks() -> list[Tick]:
    step = fake_controller()
    return [step(inputs) for inputs in walk(60)]


@pytest.fixture
def recorded(tmp_path: Path, header: Header, ticks: list[Tick]) -> Path:
    """A small recording that was closed."""
    path = tmp_path / "walk.dbb"
    writer = BlackBoxWriter(path, header)
    for tick in ticks:
        writer.tick(tick)
    writer.close("done")
    return path
