"""A walk with each serial stimulator under the controller: the person is lifted, faults latch, nothing restarts."""

from collections.abc import Callable
from typing import Any

import pytest

from config.load import default_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, OperatorCommand, Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.clock import VirtualClock
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.p24 import P24Core

LOW: dict[str, Any] = {"kind": "p24"}
MID: dict[str, Any] = {"kind": "p24", "mode": "mid"}
CONTINUOUS: dict[str, Any] = {"kind": "rehastim2", "mode": "continuous"}
ENDED_S = 0.15
LIMP_DEG = 2.0
"""The highest dorsiflexion that this person reaches in a swing without stimulation."""


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
    data = default_settings().model_dump()
    data["stimulator"] = [device]
    return Settings.model_validate(data)


def walk(
    device: dict[str, Any], seconds: float, each_tick: Callable[[float, Bench, Mailbox], None] | None = None
) -> tuple[Bench, list[Tick]]:
    """Walk on virtual time; `each_tick` may meddle."""
    settings = settings_with(device)
    rig = bench_rig(settings, VirtualClock(), seed=1, walk_for_s=seconds - 2.0)
    assert rig.bench is not None
    bench, mailbox, kept = rig.bench, Mailbox(), Kept()
    open_rig(rig)
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, mailbox, kept)

    def stop_wanted(t_s: float) -> bool:
        if each_tick is not None:
            each_tick(t_s, bench, mailbox)
        return t_s >= seconds

    loop.run(stop_wanted)
    close_rig(rig)
    return bench, kept.ticks


@pytest.mark.parametrize("device", [LOW, CONTINUOUS], ids=["p24 low", "rehastim2 continuous"])
def test_the_foot_is_lifted_by_what_the_device_puts_out(device: dict[str, Any]) -> None:
    bench, ticks = walk(device, 10.0)
    pulses = bench.serial_stimulators["main"].device.pulses
    assert len(pulses) > 100
    assert all(tick.faults == () for tick in ticks if tick.state == ArmingState.ARMED)
    lifted = [swing.peak_dorsiflexion_deg for swing in bench.person.swings("right")][5:]
    assert min(lifted) > LIMP_DEG + 3.0
    asked = [
        tick.inputs.t_s for tick in ticks if any(t.due for c in tick.allowed.values() for t in getattr(c, "trains", ()))
    ]
    assert abs(len(pulses) - len(asked)) <= 0.1 * len(asked)


def test_a_fault_of_the_device_latches_until_a_person_re_arms() -> None:
    happened: list[float] = []

    def meddle(t_s: float, bench: Bench, mailbox: Mailbox) -> None:
        serial = bench.serial_stimulators["main"]
        if not happened and len(serial.device.pulses) >= 60:
            happened.append(t_s)
            serial.device.order(Fault(FaultKind.ELECTRODE_OFF))
        if round(t_s, 3) == 7.0:
            assert isinstance(serial.core, P24Core)
            serial.core.mend()
        if round(t_s, 3) == 10.0:
            mailbox.post(OperatorCommand(CommandKind.DISARM))
        if round(t_s, 3) == 10.1:
            mailbox.post(OperatorCommand(CommandKind.ARM))

    bench, ticks = walk(MID, 13.0, meddle)
    times = [pulse.t_s for pulse in bench.serial_stimulators["main"].device.pulses]
    first_latch = next(tick for tick in ticks if tick.state == ArmingState.LATCHED)
    assert first_latch.faults == ("device:main",)
    assert "electrode of right.dorsiflexors" in first_latch.notes[0]
    assert "check both electrodes" in first_latch.notes[0]
    assert first_latch.inputs.t_s - happened[0] <= ENDED_S
    assert not [t_s for t_s in times if happened[0] + ENDED_S < t_s < 10.1]
    assert all(tick.state == ArmingState.LATCHED for tick in ticks if happened[0] + ENDED_S < tick.inputs.t_s < 10.0)
    assert [t_s for t_s in times if t_s > 10.1]


def test_arming_is_refused_while_the_device_is_not_well() -> None:
    def meddle(t_s: float, bench: Bench, _mailbox: Mailbox) -> None:
        if round(t_s, 3) == 0.2:
            bench.serial_stimulators["main"].device.order(Fault(FaultKind.PORT_GONE))

    bench, ticks = walk(LOW, 4.0, meddle)
    assert all(tick.state == ArmingState.DISARMED for tick in ticks)
    assert any("arm refused" in note and "is gone" in note for tick in ticks for note in tick.notes)
    assert bench.serial_stimulators["main"].device.pulses == []
