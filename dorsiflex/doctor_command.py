"""`dorsiflex doctor`: is everything that the config names there, is it the right thing, and how quickly does it answer?

Nobody is stimulated: serial devices are asked without high voltage, a trigger keeps its safe contact.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from config.load import default_document, load_document
from config.schema import P24Settings, Rehastim2Settings, Settings
from controller.preflight import missing_caps
from controller.sensor_test import wrong_gravity
from controller.signals import Reading
from dorsiflex.assemble import Rig, bench_rig, pi_rig
from dorsiflex.exit_codes import ExitCode
from dorsiflex.stages import granted
from drivers.errors import DriverError
from drivers.interfaces import Clock, Sensor
from drivers.serial_line import latency_timer_ms, serial_ports
from drivers.serial_stimulators import SerialSettings, examine, serial_port
from drivers.stop_input import StopInput
from runtime.clock import MonotonicClock
from simulator.devices.wiring import virtual_port

FIRST_READING_S = 1.0
LOOK_S = 0.005
STOP_LOOK_S = 0.1
IMU_VALUES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
GOOD_LATENCY_MS = 1
SLOW_S = 0.02
"""A round trip longer than this is told: an answer must be there before the next pulse."""


class Finding(NamedTuple):
    """One line of the report."""

    well: bool
    subject: str
    text: str


def doctor(config: Path | None, console: Console) -> ExitCode:
    """Examine what the config names and print one line for each. Raises ConfigError, DriverError."""
    settings = (load_document(config) if config else default_document()).settings
    clock = MonotonicClock()
    well = True
    for finding in findings(settings, clock):
        mark, style = ("ok  ", "green") if finding.well else ("FAIL", "bold red")
        console.print(f"{mark} {finding.subject}: {finding.text}", style=style, markup=False, highlight=False,
                      soft_wrap=True)  # fmt: skip
        well = well and finding.well
    return ExitCode.OK if well else ExitCode.NO_DEVICE


def findings(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Examine one device after the other."""
    simulated = settings.hardware.backend == "simulator"
    yield Finding(True, "config", "backend is the virtual bench" if simulated else "backend is this Raspberry Pi")
    for port in serial_ports():
        ids = "" if port.vendor is None else f" {port.vendor:04x}:{port.product or 0:04x}"
        yield Finding(True, "port", f"{port.path}{ids} {port.description}".rstrip())
    yield from _arming(settings, simulated=simulated)
    for device in settings.stimulator:
        if isinstance(device, P24Settings | Rehastim2Settings):
            yield from _serial(f"stimulator {device.id}", device, clock, simulated=simulated)
    try:
        rig = bench_rig(settings, clock, seed=1) if simulated else pi_rig(settings, clock)
    except DriverError as error:
        yield Finding(False, "pins and buses", str(error))
        return
    try:
        for device in settings.stimulator:
            if not isinstance(device, P24Settings | Rehastim2Settings):
                yield _stimulator(f"stimulator {device.id}", rig, device.id)
        for sensor, driver in rig.parts.sensors.items():
            yield _sensor(f"sensor {sensor}", driver, rig.clock)
        for panel in rig.parts.panels:
            if isinstance(panel, StopInput):
                yield _stop(panel, rig.clock)
    finally:
        for bus in rig.buses:
            bus.close()


def _arming(settings: Settings, *, simulated: bool) -> Iterator[Finding]:
    """What of the config keeps a person from arming."""
    caps = missing_caps(settings)
    yield Finding(not caps, "caps", f"not set, so 0: {'; '.join(caps)}" if caps else "all are set")
    if not simulated:
        stage = granted(settings, None)
        words = "nothing is unlocked, so nobody can arm" if stage == "simulate" else f"unlocked up to {stage}"
        yield Finding(True, "stage", f"{words}: `dorsiflex stage` tells more")


def _stop(panel: StopInput, clock: Clock) -> Finding:
    """Open the emergency stop's contact and look at it for a while."""
    try:
        panel.open()
        why = ""
        until_s = clock.now() + STOP_LOOK_S
        while clock.now() < until_s:
            clock.sleep_until(clock.now() + LOOK_S)
            why = next((command.argument for command in panel.poll()), why)
    except DriverError as error:
        return Finding(False, "emergency stop", str(error))
    finally:
        panel.close()
    return Finding(not why, "emergency stop", f"{why}: is it pressed, or its wire broken?" if why else "closed")


def _serial(name: str, device: SerialSettings, clock: Clock, *, simulated: bool) -> Iterator[Finding]:
    pty = None
    port = serial_port(device)
    try:
        if simulated:
            pty, port = virtual_port(device, clock)
            pty.start()
        found = examine(device, port, clock)
    except DriverError as error:
        yield Finding(False, name, str(error))
        return
    finally:
        if pty is not None:
            pty.close()
    yield Finding(True, name, f"{found.identity} on {port.where}")
    took_s = sorted(found.round_trips_s)
    median_s, slow_s = took_s[len(took_s) // 2], took_s[int(len(took_s) * 0.99)]
    words = f"round trip median {median_s * 1000:.1f} ms, p99 {slow_s * 1000:.1f} ms of {len(took_s)} questions"
    advice = "" if slow_s <= SLOW_S else ": slow; check the USB hub, and whether other programs load this computer"
    yield Finding(True, name, words + advice)
    timer_ms = None if simulated else latency_timer_ms(port.where)
    if timer_ms is not None and timer_ms > GOOD_LATENCY_MS:
        path = f"/sys/bus/usb-serial/devices/{Path(port.where).resolve().name}/latency_timer"
        yield Finding(False, name, f"its adapter holds bytes back for {timer_ms} ms: write 1 to {path}")


def _stimulator(name: str, rig: Rig, device: str) -> Finding:
    driver = rig.parts.stimulators[device]
    try:
        driver.open()
        problem = driver.status().problem
    except DriverError as error:
        return Finding(False, name, str(error))
    finally:
        driver.close()
    return Finding(not problem, name, problem or "there, output off")


def _sensor(name: str, driver: Sensor, clock: Clock) -> Finding:
    """Open the sensor and wait for its first reading."""
    try:
        driver.open()
        until_s = clock.now() + FIRST_READING_S
        reading: Reading | None = None
        while reading is None and clock.now() < until_s:
            clock.sleep_until(clock.now() + LOOK_S)
            reading = driver.poll()
        problem = driver.status().problem or "no reading within 1 s: check its supply and cable"
    except DriverError as error:
        return Finding(False, name, str(error))
    finally:
        driver.close()
    if reading is None:
        return Finding(False, name, problem)
    words = "reads " + ", ".join([f"{value:.4g}" for value in reading.values])
    wrong = wrong_gravity(reading.values[:3]) if len(reading.values) == len(IMU_VALUES) else ""
    return Finding(True, name, f"{words}; not yet as it must be to arm: {wrong}" if wrong else words)
