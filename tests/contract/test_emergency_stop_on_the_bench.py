"""The emergency stop on the virtual bench, from its contact to the device's own log; and a device that was lost."""

from dataclasses import replace
from importlib import resources

import pytest

from config.load import default_settings, load_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, Inputs, OperatorCommand, Tick
from dorsiflex.assemble import Rig, bench_rig, close_rig, open_rig
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock
from simulator.devices.faults import Fault, FaultKind

PRESSED_S, RELEASED_S = 7.0, 9.0
ARM, DISARM = OperatorCommand(CommandKind.ARM), OperatorCommand(CommandKind.DISARM)


def with_stop(settings: Settings) -> Settings:
    return settings.model_copy(update={"hardware": settings.hardware.model_copy(update={"stop_pin": 6})})


class Kept:
    """Stands in for a recorder; carries out what is due before the tick after."""

    def __init__(self, due: dict[float, object]) -> None:
        self.ticks: list[Tick] = []
        self.due = dict(due)

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)
        for t_s in [t_s for t_s in self.due if tick.inputs.t_s >= t_s]:
            act = self.due.pop(t_s)
            assert callable(act)
            act()

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""

    def state_at(self, t_s: float) -> ArmingState:
        return next(tick.state for tick in self.ticks if tick.inputs.t_s >= t_s)


def run(settings: Settings, rig: Rig, kept: Kept, mailbox: Mailbox, seconds: float) -> None:
    open_rig(rig)
    Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, mailbox, kept).run(
        lambda t_s: t_s >= seconds
    )
    close_rig(rig)


@pytest.mark.parametrize("wired", [True, False])
def test_the_stop_ends_every_pulse_at_once_and_only_a_person_arms_again(wired: bool) -> None:
    settings = with_stop(default_settings())
    rig = bench_rig(settings, VirtualClock(), seed=1, wired=wired, twin=False)
    bench, mailbox = rig.bench, Mailbox()
    assert bench is not None
    assert bench.stop is not None

    def disarm_and_arm() -> None:
        mailbox.post(DISARM)
        mailbox.post(ARM)

    kept = Kept(
        {
            PRESSED_S: bench.stop.press,
            8.0: disarm_and_arm,
            RELEASED_S: bench.stop.release,
            10.0: lambda: mailbox.post(ARM),
            12.0: lambda: mailbox.post(DISARM),
            12.5: lambda: mailbox.post(ARM),
        }
    )
    run(settings, rig, kept, mailbox, 16.0)
    assert kept.state_at(PRESSED_S - 0.1) == ArmingState.ARMED
    assert {kept.state_at(t_s) for t_s in (PRESSED_S + 0.02, 8.5, 9.5, 11.0)} == {ArmingState.LATCHED}
    assert (kept.state_at(12.2), kept.state_at(13.0)) == (ArmingState.DISARMED, ArmingState.ARMED)
    notes = [note for tick in kept.ticks for note in tick.notes if note.startswith("arm refused")]
    assert "the emergency stop is open (GPIO 6 is open)" in notes[0]
    assert "a fault is latched" in notes[0]
    bursts = bench.pulse_stimulators["main"].bursts("dorsiflexors")
    assert [b for b in bursts if b.start_s < PRESSED_S]
    assert [b for b in bursts if b.start_s > 13.0]
    assert not [b for b in bursts if b.stop_s > PRESSED_S + 0.04 and b.start_s < 12.5]


def test_a_stop_that_is_pressed_at_the_start_lets_nobody_arm() -> None:
    settings = with_stop(default_settings())
    rig = bench_rig(settings, VirtualClock(), seed=1, wired=False, twin=False)
    bench = rig.bench
    assert bench is not None
    assert bench.stop is not None
    bench.stop.press()
    kept = Kept({})
    run(settings, rig, kept, Mailbox(), 3.0)
    assert {tick.state for tick in kept.ticks} == {ArmingState.LATCHED}
    assert not bench.pulse_stimulators["main"].bursts("dorsiflexors")


def test_a_device_that_was_lost_and_is_back_stays_off_until_a_person_arms() -> None:
    with resources.as_file(resources.files("config").joinpath("profiles", "p24_bench.toml")) as path:
        settings = load_settings(path)
    rig = bench_rig(settings, VirtualClock(), seed=1, twin=False)
    bench, mailbox = rig.bench, Mailbox()
    assert bench is not None
    device = bench.serial_stimulators["main"].device
    fault = Fault(FaultKind.ACK_DROPPED, times=1)
    kept = Kept({6.0: lambda: device.order(replace(fault, at_s=bench.clock.now()))})
    run(settings, rig, kept, mailbox, 12.0)
    assert kept.state_at(5.9) == ArmingState.ARMED
    assert not kept.ticks[-2].inputs.devices["main"].problem
    assert {tick.state for tick in kept.ticks if 6.5 < tick.inputs.t_s < 11.9} == {ArmingState.LATCHED}


def test_a_new_controller_starts_disarmed_whatever_is_held() -> None:
    controller = Controller(default_settings())
    states = {controller.step(Inputs(k * 0.005, {}, (ARM,))).state for k in range(1000)}
    assert states == {ArmingState.DISARMED}
