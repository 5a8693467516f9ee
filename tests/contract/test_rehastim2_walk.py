"""A walk with a RehaStim2 beneath the real driver and the real controller, judged by the device's own pulse log."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from config.load import load_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.wiring import SerialBench

WALK_S = 9.0
OUTPUT_ENDS_S = 0.15


class Ticks:
    """Keeps every tick; also stands in for a recorder."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


def settings_of(mode: str) -> Settings:
    with resources.as_file(resources.files("config").joinpath("profiles", "rehastim2_bench.toml")) as path:
        settings = load_settings(path)
    device = settings.stimulator[0].model_copy(update={"mode": mode})
    return settings.model_copy(update={"stimulator": (device,)})


def walk(mode: str, happen: Callable[[SerialBench, float], Any] = lambda *_: None) -> tuple[list[Tick], SerialBench]:
    settings = settings_of(mode)
    rig = bench_rig(settings, VirtualClock(), seed=4, walk_for_s=WALK_S)
    assert rig.bench is not None
    serial = rig.bench.serial_stimulators["main"]
    open_rig(rig)
    kept = Ticks()

    def stop_wanted(t_s: float) -> bool:
        happen(serial, t_s)
        return t_s >= WALK_S

    Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), kept).run(stop_wanted)
    close_rig(rig)
    return kept.ticks, serial


@pytest.mark.parametrize("mode", ["one_shot", "continuous"])
def test_both_channels_are_served_within_the_gates_commands(mode: str) -> None:
    ticks, serial = walk(mode)
    assert ticks[-1].faults == ()
    pulses = serial.device.pulses
    assert {pulse.output for pulse in pulses} == {1, 2}
    assert max(pulse.current_ma for pulse in pulses if pulse.output == 1) == 30.0
    assert max(pulse.current_ma for pulse in pulses if pulse.output == 2) == 16.0
    asked_s = [tick.inputs.t_s for tick in ticks if any(train.current_ma for train in trains(tick))]
    # No pulse but within 50 ms after a tick that asked for current: one round of the list and its execution.
    assert all(any(0.0 <= pulse.t_s - t_s < 0.05 for t_s in asked_s) for pulse in pulses[::7])
    assert len(pulses) > 100


def trains(tick: Tick) -> tuple[Any, ...]:
    command = tick.allowed["main"]
    return getattr(command, "trains", ())


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("one_shot", FaultKind.ELECTRODE_OFF),
        ("one_shot", FaultKind.ACK_DROPPED),
        ("continuous", FaultKind.RESET),
    ],
)
def test_a_fault_in_a_burst_latches_until_a_person_arms_again(mode: str, kind: FaultKind) -> None:
    def happen(serial: SerialBench, t_s: float) -> None:
        recent = serial.device.pulses[-1].t_s if serial.device.pulses else 0.0
        if t_s > 5.0 and t_s - recent < 0.03 and not serial.device.faults:
            serial.device.order(Fault(kind))

    ticks, serial = walk(mode, happen)
    happened_s = serial.device.happened[0][0]
    assert [pulse.t_s for pulse in serial.device.pulses if pulse.t_s > happened_s + OUTPUT_ENDS_S] == []
    assert ticks[-2].state == ArmingState.LATCHED
    said = [note for tick in ticks for note in tick.notes if note.startswith("device: RehaStim2")]
    assert len(said) == 1
    assert "check" in said[0]
