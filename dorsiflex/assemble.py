"""The one place where parts meet: settings in, a rig with everything that the loop turns out."""

from collections.abc import Callable
from typing import NamedTuple

from config.schema import FsrSettings, HeelSwitchSettings, P24Settings, Rehastim2Settings, Settings, TriggerSettings
from drivers.arm_button import ArmButton
from drivers.background import BackgroundThread
from drivers.fsr import Fsr
from drivers.gpio import open_pin_factory
from drivers.heel_switch import HeelSwitch
from drivers.i2c import SharedBus, open_bus
from drivers.interfaces import Clock, OperatorPanel, Orthosis, Sensor, Stimulator
from drivers.mpu6050 import Mpu6050
from drivers.serial_stimulators import channels_of, serial_port, serial_stimulator
from drivers.trigger import Trigger
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
    bench = Bench(settings, clock, seed=seed, wired=wired, walk_for_s=walk_for_s, new_person=new_person, twin=twin)
    parts = Parts(bench.sensors, bench.stimulators, {}, (SimulatedOperator(bench.clock),))
    return Rig(parts, bench.clock, bench)


def pi_rig(settings: Settings, clock: Clock) -> Rig:
    """The pins and buses of a Raspberry Pi. Nobody is armed but by a person. Raises DriverError."""
    factory = open_pin_factory(settings.hardware.gpio_chip_label)
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
    stimulators: dict[str, Stimulator] = {
        device.id: Trigger(device, factory, clock, channels_of(settings, device)[1].rate_hz)
        for device in settings.stimulator
        if isinstance(device, TriggerSettings)
    }
    for device in settings.stimulator:
        if isinstance(device, P24Settings | Rehastim2Settings):
            channels = channels_of(settings, device)
            line, background = serial_port(device), BackgroundThread(clock)
            stimulators[device.id] = serial_stimulator(device, channels, line, clock, background)
    pin = settings.hardware.arm_button_pin
    panels: tuple[OperatorPanel, ...] = () if pin is None else (ArmButton(pin, factory, clock),)
    return Rig(Parts(sensors, stimulators, {}, panels), clock, None, tuple(buses.values()))


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
