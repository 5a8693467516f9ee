"""What the guard is handed over: the ports and stop frames of the drivers as they are, and the pins of the config."""

import pytest
from gpiozero.pins.mock import MockFactory

from config.load import default_settings
from config.schema import P24Settings, Rehastim2Settings, Settings, TriggerSettings
from dorsiflex.assemble import bench_rig
from dorsiflex.last_words import guard_plan, last_frames
from drivers.background import BackgroundThread
from drivers.framing import FrameReader
from drivers.interfaces import Stimulator
from drivers.p24_frames import LONGEST_PACKET, Command, decode
from drivers.serial_line import SerialPort
from drivers.serial_stimulators import SerialSettings, channels_of, serial_port, serial_stimulator
from drivers.trigger import Trigger
from runtime.clock import MonotonicClock
from runtime.gpio_line import Pin
from runtime.loop import Parts
from simulator.devices.wiring import virtual_port

SERIAL: list[SerialSettings] = [
    P24Settings(kind="p24"),
    P24Settings(kind="p24", mode="mid"),
    Rehastim2Settings(kind="rehastim2"),
    Rehastim2Settings(kind="rehastim2", mode="continuous"),
]


def with_device(device: SerialSettings | TriggerSettings) -> Settings:
    return default_settings().model_copy(update={"stimulator": (device,)})


def parts_with(stimulator: Stimulator) -> Parts:
    return Parts({}, {"main": stimulator}, {})


@pytest.mark.parametrize("device", SERIAL, ids=lambda device: f"{device.kind} {device.mode}")
def test_a_device_on_a_port_gets_its_own_last_frames(device: SerialSettings) -> None:
    settings = with_device(device)
    clock = MonotonicClock()
    pty, _ = virtual_port(device, clock)
    pty.start()
    line = serial_port(device).settings
    port = SerialPort(pty.path, line)
    driver = serial_stimulator(device, channels_of(settings, device), port, clock, BackgroundThread(clock))
    driver.open()
    (farewell,) = guard_plan(settings, parts_with(driver), "").farewells
    assert farewell.path == pty.path()
    assert (farewell.baud, farewell.even_parity) == (line.baud, line.parity == "E")
    frames = bytes.fromhex(farewell.frames)
    if isinstance(device, P24Settings):
        packets = FrameReader(decode, LONGEST_PACKET).feed(frames)
        own = Command.LL_STOP if device.mode == "low" else Command.ML_STOP
        assert packets[0].command == own
        assert {packet.command for packet in packets} == {Command.LL_STOP, Command.ML_STOP}
    else:
        assert frames in b"".join(driver._session._last())  # type: ignore[attr-defined]
    driver.close()
    pty.close()


def test_pins_are_those_of_a_real_chip_only() -> None:
    device = TriggerSettings(kind="trigger", pin=22, enable_pin=23, safe_contact="closed", contact_when_low="closed")
    settings = with_device(device)
    driver = Trigger(device, MockFactory(), MonotonicClock())
    plan = guard_plan(settings, parts_with(driver), "/dev/gpiochip0")
    assert plan.enables == (Pin("/dev/gpiochip0", 23, "enable of main"),)
    assert plan.low == (Pin("/dev/gpiochip0", 22, "trigger of main"),), "low is the safe contact, open or closed"
    assert guard_plan(settings, parts_with(driver), "") == ((), (), ())


@pytest.mark.parametrize("device", SERIAL[:1])
def test_a_device_of_the_bench_ends_with_the_loop_and_is_in_no_plan(device: SerialSettings) -> None:
    settings = with_device(device)
    rig = bench_rig(settings, MonotonicClock(), seed=1, twin=False)
    assert guard_plan(settings, rig.parts, rig.chip) == ((), (), ())
    assert last_frames(default_settings().stimulator[0]) == b""
