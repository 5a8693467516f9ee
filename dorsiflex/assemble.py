"""The one place where parts meet: settings in, a rig with everything that the loop turns out."""

from collections.abc import Callable
from typing import NamedTuple

from config.schema import FsrSettings, HeelSwitchSettings, P24Settings, Rehastim2Settings, Settings, TriggerSettings
from controller.signals import CommandKind
from drivers.arm_button import ArmButton
from drivers.background import BackgroundThread
from drivers.fsr import Fsr
from drivers.gpio import chip_of_header, open_pin_factory
from drivers.heel_switch import HeelSwitch
from drivers.i2c import SharedBus, open_bus
from drivers.interfaces import Clock, OperatorPanel, Orthosis, Sensor, Stimulator
from drivers.mpu6050 import Mpu6050
from drivers.serial_stimulators import channels_of, serial_port, serial_stimulator
from drivers.stop_input import StopInput
from drivers.trigger import Trigger
from runtime.guard_process import GuardedEnable
from runtime.heartbeat import Heartbeat
from runtime.loop import Parts
from simulator.bench import Bench, Body
from simulator.operator import SimulatedOperator

Device = Sensor | Stimulator | Orthosis | OperatorPanel


class Rig(NamedTuple):
    """The parts, the clock they live by, and the bench beneath them where there is one."""

    parts: Parts
    clock: Clock
    bench: Bench | None
    buses: tuple[SharedBus, ...] = ()
    chip: str = ""
    """Device file of the GPIO chip, where there are real pins."""


def bench_rig(
    settings: Settings,
    clock: Clock,
    *,
    seed: int,
    wired: bool = True,
    walk_for_s: float | None = None,
    new_person: Callable[[], Body] | None = None,
    twin: bool = True,
) -> Rig:
    """The virtual bench: a simulated person under the real drivers (`wired`), or directly behind their interfaces.

    It is the person of the settings, or whom `new_person` makes. A simulated operator arms it after a second. `twin`:
    the same person also walks without a stimulator, to compare with.
    """
    return rig_of(
        Bench(settings, clock, seed=seed, wired=wired, walk_for_s=walk_for_s, new_person=new_person, twin=twin)
    )


def rig_of(bench: Bench) -> Rig:
    """The parts of a bench, with the simulated operator."""
    parts = Parts(bench.sensors, bench.stimulators, {}, (SimulatedOperator(bench.clock), *bench.panels))
    return Rig(parts, bench.clock, bench)


def pi_rig(settings: Settings, clock: Clock, heartbeat: Heartbeat | None = None) -> Rig:
    """The pins and buses of a Raspberry Pi. Nobody is armed but by a person. Raises DriverError.

    With a `heartbeat` the enable lines belong to the guard, who is asked for edges with it.
    """
    factory = open_pin_factory(settings.hardware.gpio_chip_label)
    chip = chip_of_header(settings.hardware.gpio_chip_label)
    buses: dict[int, SharedBus] = {}
    sensors: dict[str, Sensor] = {}
    for sensor in settings.sensor:
        if isinstance(sensor, HeelSwitchSettings):
            sensors[sensor.id] = HeelSwitch(sensor, factory, clock)
            continue
        if sensor.i2c_bus not in buses:
            buses[sensor.i2c_bus] = open_bus(sensor.i2c_bus)
        bus = buses[sensor.i2c_bus]
        if isinstance(sensor, FsrSettings):
            sensors[sensor.id] = Fsr(sensor, bus, clock)
        else:
            sensors[sensor.id] = Mpu6050(sensor, bus, clock, settings.judgement.frozen_s)
    triggers = [device for device in settings.stimulator if isinstance(device, TriggerSettings)]
    with_enable = [device.id for device in triggers if device.enable_pin is not None]
    stimulators: dict[str, Stimulator] = {}
    for trigger in triggers:
        enable = None
        if heartbeat is not None and trigger.id in with_enable:
            enable = GuardedEnable(heartbeat, with_enable.index(trigger.id))
        rate_hz = channels_of(settings, trigger)[1].rate_hz
        stimulators[trigger.id] = Trigger(trigger, factory, clock, rate_hz, enable)
    for device in settings.stimulator:
        if isinstance(device, P24Settings | Rehastim2Settings):
            channels = channels_of(settings, device)
            line, background = serial_port(device), BackgroundThread(clock)
            stimulators[device.id] = serial_stimulator(device, channels, line, clock, background)
    hardware = settings.hardware
    panels: tuple[OperatorPanel, ...] = ()
    if hardware.arm_button_pin is not None:
        panels += (ArmButton(hardware.arm_button_pin, factory, clock),)
    if hardware.pause_button_pin is not None:
        pause, resume = CommandKind.PAUSE, CommandKind.RESUME
        panels += (ArmButton(hardware.pause_button_pin, factory, clock, held=resume, short=pause),)
    if hardware.stop_pin is not None:
        panels += (StopInput(hardware.stop_pin, factory, clock),)
    return Rig(Parts(sensors, stimulators, {}, panels), clock, None, tuple(buses.values()), chip)


def open_rig(rig: Rig) -> None:
    """Open every device, outputs first so that they are off before anything else. Raises DriverError."""
    for device in _devices(rig.parts):
        device.open()


def close_rig(rig: Rig) -> None:
    """Close every device, outputs first, and the buses beneath them."""
    for device in _devices(rig.parts):
        device.close()
    for bus in rig.buses:
        bus.close()


def _devices(parts: Parts) -> list[Device]:
    return [*parts.stimulators.values(), *parts.orthoses.values(), *parts.sensors.values(), *parts.panels]
