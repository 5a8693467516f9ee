"""An electrode that lifts or dries on the bench: each serial stimulator notices, and the controller latches."""

from collections.abc import Callable
from typing import Any

import pytest

from config.load import default_settings
from config.schema import P24Settings, Rehastim2Settings, Settings
from controller.controller import Controller
from controller.signals import ArmingState, Pulses, PulseTrain, Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from drivers.serial_stimulators import channels_of
from runtime.clock import MonotonicClock
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.bench_electrode import BenchElectrode
from simulator.clock import VirtualClock
from simulator.devices.wiring import SerialBench
from simulator.electrode import Electrode

WALK_S = 7.0
SPOIL_FROM_S = 3.0
ENDED_S = 0.15
DEVICES: dict[str, dict[str, Any]] = {
    "p24 low": {"kind": "p24"},
    "p24 mid": {"kind": "p24", "mode": "mid"},
    "rehastim2 one shot": {"kind": "rehastim2"},
    "rehastim2 continuous": {"kind": "rehastim2", "mode": "continuous"},
}
LOST = "an electrode of right.dorsiflexors"
WEAK = "right.dorsiflexors (output 1) does not reach its current"


class Kept:
    """Keeps every tick; also stands in for a recorder."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


def settings_with(device: dict[str, Any]) -> Settings:
    """The default walk at a current that a P24 can miss an electrode at even while the first strides are softened."""
    data = default_settings().model_dump()
    data["stimulator"] = [device]
    data["leg"][0]["channel"][0].update(current_ma=40.0, max_current_ma=40.0)
    return Settings.model_validate(data)


def walk(device: dict[str, Any], spoil: Callable[[BenchElectrode], object]) -> tuple[Bench, list[Tick], float]:
    """Walk on virtual time; in a burst the electrode is spoilt: when, s."""
    settings = settings_with(device)
    rig = bench_rig(settings, VirtualClock(), seed=1, walk_for_s=WALK_S)
    assert rig.bench is not None
    bench, kept = rig.bench, Kept()
    spoilt_s: list[float] = []
    open_rig(rig)

    def stop_wanted(t_s: float) -> bool:
        pulses = bench.serial_stimulators["main"].device.pulses
        if (
            not spoilt_s
            and t_s > SPOIL_FROM_S
            and pulses
            and pulses[-1].current_ma >= 20.0
            and t_s - pulses[-1].t_s < 0.03
        ):
            spoilt_s.append(t_s)
            spoil(bench.electrodes["right", "dorsiflexors"])
        return t_s >= WALK_S

    Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), kept).run(stop_wanted)
    close_rig(rig)
    assert spoilt_s, "there never was a burst"
    return bench, kept.ticks, spoilt_s[0]


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("how", ["lifted", "dried"])
def test_a_bad_electrode_ends_the_output_latches_and_names_the_channel(name: str, how: str) -> None:
    lifted = how == "lifted"
    bench, ticks, spoilt_s = walk(DEVICES[name], BenchElectrode.lift if lifted else lambda one: one.dry(for_h=6.0))
    device = bench.serial_stimulators["main"].device
    late = [pulse.t_s for pulse in device.pulses if pulse.t_s > spoilt_s + ENDED_S]
    assert late == []
    latched = [tick for tick in ticks if tick.state == ArmingState.LATCHED]
    assert latched
    assert latched[0].inputs.t_s <= spoilt_s + ENDED_S
    # The end of the run disarms.
    assert all(tick.state == ArmingState.LATCHED for tick in ticks[:-1] if tick.inputs.t_s > spoilt_s + ENDED_S)
    # A RehaStim2 has one word for both, a P24 tells them apart.
    said = latched[0].notes[0]
    assert (LOST if lifted or name.startswith("rehastim2") else WEAK) in said
    assert "check both electrodes" in said
    electrode = bench.electrodes["right", "dorsiflexors"]
    assert electrode.last is not None
    assert (electrode.open > 0) == lifted


@pytest.mark.parametrize("name", DEVICES)
def test_a_good_electrode_that_is_sweaty_is_no_fault(name: str) -> None:
    bench, ticks, _ = walk(DEVICES[name], BenchElectrode.sweat)
    assert all(tick.state != ArmingState.LATCHED for tick in ticks)
    assert bench.electrodes["right", "dorsiflexors"].limited == 0


@pytest.mark.parametrize("kind", ["p24", "rehastim2"])
def test_a_lifted_electrode_is_noticed_by_a_device_behind_a_terminal_too(kind: str) -> None:
    """On real time; there the device lives in a thread of its own."""
    settings, clock = settings_with({"kind": kind}), MonotonicClock()
    device = settings.stimulator[0]
    assert isinstance(device, P24Settings | Rehastim2Settings)
    electrode, felt_ma = BenchElectrode(Electrode(current_noise=0.0)), list[float]()
    serial = SerialBench(
        device,
        channels_of(settings, device),
        {1: ("right", "dorsiflexors")},
        clock,
        lambda _side, _channel, current_ma, _pulse_width_us: felt_ma.append(current_ma),
        live=True,
        electrodes={1: electrode},
        start_s=clock.now(),
    )

    def pulses(count: int) -> None:
        for _ in range(count):
            serial.status()
            serial.apply(Pulses((PulseTrain("right.dorsiflexors", 1, 30.0, 300.0, 40.0, due=True),)))
            clock.sleep_until(clock.now() + 0.025)
            serial.advance(clock.now())

    serial.open()
    try:
        pulses(8)
        assert serial.status().problem == ""
        assert len(felt_ma) > 4
        electrode.lift(from_s=0.0)
        pulses(2)
        count = len(felt_ma)
        pulses(6)
        assert LOST in serial.status().problem
        assert len(felt_ma) == count
    finally:
        serial.close()
