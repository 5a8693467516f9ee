"""`dorsiflex doctor`: each device of the config found, identified and timed, and nobody stimulated."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_toml, settings_from_text
from config.schema import P24Settings
from dorsiflex import doctor_command
from dorsiflex.assemble import bench_rig
from dorsiflex.doctor_command import findings
from dorsiflex.exit_codes import ExitCode
from drivers.errors import DeviceAbsent
from drivers.serial_line import LineSettings, SerialPort
from drivers.serial_stimulators import SerialSettings, examine
from runtime.clock import MonotonicClock
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import InProcessLine
from simulator.devices.p24 import P24Core
from simulator.devices.wiring import virtual_port

Run = Callable[..., subprocess.CompletedProcess[str]]
P24_KIND = default_toml().replace('kind = "bench"', 'kind = "p24"')


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_p24_is_found_identified_and_timed(in_process: Run, tmp_path: Path) -> None:
    done = in_process("doctor", "--config", write(tmp_path, P24_KIND))
    assert done.returncode == ExitCode.OK
    assert "ok   stimulator main: P24 SIM0000024, firmware 3.0.1, ScienceMode 4.0.0 on /dev/" in done.stdout
    assert "ok   stimulator main: round trip median " in done.stdout
    assert "ok   sensor heel: reads 1" in done.stdout
    assert "ok   sensor shank: reads " in done.stdout


def test_the_default_config_needs_no_file(in_process: Run) -> None:
    done = in_process("doctor")
    assert done.returncode == ExitCode.OK
    assert "ok   stimulator main: there, output off" in done.stdout


def test_what_is_absent_is_told_and_the_rest_is_examined_all_the_same(
    in_process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_settings: SerialSettings, _clock: MonotonicClock) -> tuple[object, SerialPort]:
        class Plug:
            def start(self) -> None: ...
            def close(self) -> None: ...

        return Plug(), SerialPort(lambda: "/dev/not-there", LineSettings(9600))

    monkeypatch.setattr(doctor_command, "virtual_port", absent)
    done = in_process("doctor", "--config", write(tmp_path, P24_KIND))
    assert done.returncode == ExitCode.NO_DEVICE
    assert "FAIL stimulator main: /dev/not-there is not there: is the device plugged in and switched on?" in done.stdout
    assert "ok   sensor heel" in done.stdout


def test_a_stimulator_is_examined_where_there_are_no_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pins(_settings: object, _clock: object) -> None:
        raise DeviceAbsent("there are no pins here")

    monkeypatch.setattr(doctor_command, "pi_rig", no_pins)
    text = P24_KIND.replace('backend = "simulator"', 'backend = "pi"')
    text = text.replace('\nkind = "p24"', '\nkind = "p24"\nport = "/dev/not-there"', 1)
    told = list(findings(settings_from_text(text, "mine.toml"), MonotonicClock()))
    assert [finding.subject for finding in told if not finding.well] == ["stimulator main", "pins and buses"]


def test_nobody_is_stimulated_and_there_is_no_high_voltage() -> None:
    core, clock = P24Core(), VirtualClock(5.0)
    line = InProcessLine(BenchDevice(core, [Fault(FaultKind.ACK_LATE, at_answer=10, late_s=0.02)]), clock)
    found = examine(P24Settings(kind="p24"), line, clock, questions=20)
    assert found.identity == "P24 SIM0000024, firmware 3.0.1, ScienceMode 4.0.0"
    assert len(found.round_trips_s) == 20
    assert max(found.round_trips_s) == pytest.approx(0.02, abs=0.001)
    assert sorted(found.round_trips_s)[10] < 0.001
    assert (core.level, core.high_voltage, core.pulses) == (0, False, [])


def test_a_slow_adapter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a Pi, with the devices of the bench in the place of its own."""
    clock = MonotonicClock()
    pty, port = virtual_port(P24Settings(kind="p24"), clock)
    monkeypatch.setattr(doctor_command, "latency_timer_ms", lambda _: 16)
    monkeypatch.setattr(doctor_command, "serial_port", lambda _: port)
    monkeypatch.setattr(doctor_command, "pi_rig", lambda settings, _: bench_rig(settings, clock, seed=1))
    settings = settings_from_text(P24_KIND.replace('backend = "simulator"', 'backend = "pi"'), "mine.toml")
    pty.start()
    try:
        failed = [finding for finding in findings(settings, clock) if not finding.well]
    finally:
        pty.close()
    assert [finding.subject for finding in failed] == ["stimulator main"]
    assert "for 16 ms: write 1 to /sys/bus/usb-serial/devices/" in failed[0].text


def test_the_emergency_stop_and_the_caps_are_looked_at() -> None:
    clock = VirtualClock()
    text = default_toml().replace("#stop_pin", "stop_pin")
    found = {finding.subject: finding for finding in findings(settings_from_text(text, "mine.toml"), clock)}
    assert found["emergency stop"] == (True, "emergency stop", "closed")
    assert found["caps"] == (True, "caps", "all are set")
    rows = text.replace("max_rate_hz = 40.0\n", "").replace("\ncurrent_ma = 34.0", "\ncurrent_ma = 0.0")
    found = {finding.subject: finding for finding in findings(settings_from_text(rows, "mine.toml"), clock)}
    assert found["caps"] == (False, "caps", "not set, so 0: right.dorsiflexors: max_rate_hz")


def test_an_emergency_stop_that_is_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.wired.pins.StopContact.release", lambda _contact: None)
    text = default_toml().replace("#stop_pin", "stop_pin")
    found = {one.subject: one for one in findings(settings_from_text(text, "mine.toml"), VirtualClock())}
    assert not found["emergency stop"].well
    assert found["emergency stop"].text == "GPIO 6 is open: is it pressed, or its wire broken?"
