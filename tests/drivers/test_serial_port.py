"""A serial port as it really behaves, on pseudo terminals of the kernel: nothing waits, whatever happens to it."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from drivers import serial_line
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed
from drivers.serial_line import FoundPort, LineLost, LineSettings, SerialPort, find_port, latency_timer_ms

LONGEST_S = 0.05


class Terminal:
    """Both ends of a pseudo terminal: `master` is the device's."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def unplug(self) -> None:
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)
        self.master = self.slave = -1


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    one = Terminal()
    yield one
    one.unplug()


@pytest.fixture
def port(terminal: Terminal) -> Iterator[SerialPort]:
    one = SerialPort(lambda: terminal.path, LineSettings(115200))
    one.open()
    yield one
    one.close()


def test_bytes_go_both_ways(terminal: Terminal, port: SerialPort) -> None:
    assert port.where == terminal.path
    assert port.read() == b""
    assert port.write(b"\xf0\x81\x0f\x00\x11\x13\n\r") == 8
    assert os.read(terminal.master, 100) == b"\xf0\x81\x0f\x00\x11\x13\n\r"
    os.write(terminal.master, b"\x0f\x03\x04\x11\x13\r\n")
    assert port.read() == b"\x0f\x03\x04\x11\x13\r\n"
    assert port.read() == b""


@pytest.mark.parametrize("line", [LineSettings(3_000_000, "N", 2, rtscts=True), LineSettings(460_800, "E")])
def test_the_lines_of_the_devices_can_be_set(terminal: Terminal, line: LineSettings) -> None:
    port = SerialPort(lambda: terminal.path, line)
    port.open()
    assert port.write(b"x") == 1
    port.close()


def test_a_second_program_is_told_that_the_port_is_used(terminal: Terminal, port: SerialPort) -> None:
    with pytest.raises(DeviceBusy, match="used by another program"):
        SerialPort(lambda: terminal.path, LineSettings(9600)).open()
    port.close()
    second = SerialPort(lambda: terminal.path, LineSettings(9600))
    second.open()
    second.close()


def test_a_full_buffer_takes_nothing_and_keeps_nobody_waiting(port: SerialPort) -> None:
    begin_s = monotonic()
    taken = [port.write(bytes(4000)) for _ in range(40)]
    assert taken[0] == 4000
    assert taken[-3:] == [0, 0, 0]
    assert monotonic() - begin_s < LONGEST_S
    port.close()
    assert monotonic() - begin_s < 2 * LONGEST_S


def test_what_was_thrown_away_never_arrives(terminal: Terminal, port: SerialPort) -> None:
    os.write(terminal.master, b"old")
    port.discard()
    os.write(terminal.master, b"new")
    assert port.read() == b"new"


def test_a_port_that_is_gone_says_so_and_can_be_closed(terminal: Terminal, port: SerialPort) -> None:
    terminal.unplug()
    with pytest.raises(LineLost, match=r"is gone.*check the plug"):
        port.read()
    with pytest.raises(LineLost, match=r"is gone.*check the plug"):
        port.write(b"x")
    port.discard()
    port.close()
    port.close()
    with pytest.raises(LineLost, match="not open"):
        port.read()
    with pytest.raises(LineLost, match="not open"):
        port.write(b"x")


def test_a_port_that_is_not_there_or_no_port_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceAbsent, match="is not there: is the device plugged in"):
        SerialPort(lambda: str(tmp_path / "ttyACM0"), LineSettings(9600)).open()
    file = tmp_path / "file"
    file.write_text("no port")
    with pytest.raises(DeviceFailed, match="cannot be used as a serial port"):
        SerialPort(lambda: str(file), LineSettings(9600)).open()


def test_a_port_is_looked_for_at_every_open(terminal: Terminal) -> None:
    names = ["/dev/not-there", terminal.path]
    port = SerialPort(lambda: names.pop(0), LineSettings(9600))
    with pytest.raises(DeviceAbsent):
        port.open()
    port.open()
    assert port.where == terminal.path
    port.close()


def found(path: str, vendor: int | None = 0x0483, product: int | None = 0x5740) -> FoundPort:
    return FoundPort(path, vendor, product, "", "")


@pytest.mark.parametrize(
    ("ports", "text"),
    [([], "plug it in"), ([found("a"), found("b")], "several ports.*a, b"), ([found("a", 1)], "no serial port")],
)
def test_auto_wants_exactly_one_port(ports: list[FoundPort], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_line, "serial_ports", lambda: ports)
    with pytest.raises(DeviceAbsent, match=text):
        find_port("auto", (0x0483, 0x5740), "P24 main")


def test_auto_finds_the_only_one_and_a_path_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_line, "serial_ports", lambda: [found("x", None, None), found("/dev/ttyACM3")])
    assert find_port("auto", (0x0483, 0x5740), "P24 main") == "/dev/ttyACM3"
    assert find_port("/dev/other", (0x0483, 0x5740), "P24 main") == "/dev/other"


def test_the_latency_timer_is_read_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").mkdir()
    (tmp_path / "ttyUSB0" / "latency_timer").write_text("16\n")
    assert latency_timer_ms("/dev/ttyUSB0", tmp_path) == 16
    assert latency_timer_ms("/dev/ttyACM0", tmp_path) is None
