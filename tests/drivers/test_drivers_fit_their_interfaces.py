"""Every driver has what its Protocol asks for; the types are the type checker's, the rest is never raised here."""

import pytest
from gpiozero.pins.mock import MockFactory

from config.schema import (
    ChannelSettings,
    FsrSettings,
    HeelSwitchSettings,
    ImuSettings,
    P24Settings,
    Rehastim2Settings,
    TriggerSettings,
)
from controller.signals import CommandKind, Contact, Pulses
from drivers.arm_button import ArmButton
from drivers.fsr import Fsr
from drivers.heel_switch import HeelSwitch
from drivers.i2c import I2cBus, SharedBus
from drivers.interfaces import Clock, OperatorPanel, Sensor, Stimulator
from drivers.mpu6050 import Mpu6050
from drivers.no_output import NoOutput
from drivers.serial_stimulators import SerialSettings, serial_port, serial_stimulator
from drivers.stop_input import StopInput
from drivers.trigger import Trigger
from simulator.clock import VirtualClock
from simulator.wired.background import VirtualBackground
from simulator.wired.i2c import SimulatedBus


def test_a_driver_that_was_never_opened_is_harmless(factory: MockFactory) -> None:
    clock: Clock = VirtualClock(100.0)
    bus: I2cBus = SharedBus(SimulatedBus({}))
    heel = HeelSwitchSettings(kind="heel_switch", id="heel", side="left")
    trigger = TriggerSettings(kind="trigger", pin=16, safe_contact="open")
    sensors: tuple[Sensor, ...] = (
        HeelSwitch(heel, factory, clock),
        Mpu6050(ImuSettings(kind="imu", id="shank", side="left"), bus, clock),
        Fsr(FsrSettings(kind="fsr", id="pad", side="left"), bus, clock),
    )
    stimulator: Stimulator = Trigger(trigger, factory, clock)
    panel: OperatorPanel = ArmButton(22, factory, clock)
    stop: OperatorPanel = StopInput(6, factory, clock)
    nothing: Stimulator = NoOutput(clock)
    for sensor in sensors:
        assert sensor.poll() is None
        assert "not open" in sensor.status().problem
        sensor.close()
    stimulator.apply(Contact("dorsiflexors", True))
    stimulator.stop()
    assert "not open" in stimulator.status().problem
    stimulator.close()
    assert panel.poll() == ()
    panel.close()
    assert [one.kind for one in stop.poll()] == [CommandKind.STOP]
    stop.close()
    nothing.open()
    nothing.stop()
    nothing.close()
    assert nothing.status().problem == ""
    assert factory.pins == {}


@pytest.mark.parametrize("settings", [P24Settings(kind="p24"), Rehastim2Settings(kind="rehastim2")])
def test_a_serial_stimulator_that_was_never_opened_is_harmless(settings: SerialSettings) -> None:
    clock: Clock = VirtualClock(100.0)
    channels = {1: ChannelSettings(id="dorsiflexors")}
    stimulator: Stimulator = serial_stimulator(
        settings, channels, serial_port(settings), clock, VirtualBackground(clock)
    )
    stimulator.apply(Pulses(()))
    stimulator.stop()
    assert "not open" in stimulator.status().problem
    stimulator.close()
    stimulator.apply(Contact("dorsiflexors", True))
    assert clock.now() == 100.0
