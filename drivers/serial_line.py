"""A serial port that never waits: what the drivers of stimulators write to and read from."""

import errno
import os
import select
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import serial
from serial.tools import list_ports

from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed

LINE_ERRORS = (OSError, termios.error, serial.SerialException)
MOST_AT_ONCE = 4096
"""Bytes that one read takes at most, so that a babbling device cannot hold the tick."""


CHECK_LINE = "check the plug, the cable and the device's supply"


class LineLost(DeviceFailed):
    """The line was there and is gone: a plug pulled, a device reset, an adapter that died."""


class Transport(Protocol):
    """A line of bytes. No method of it waits, except open and close."""

    @property
    def where(self) -> str:
        """The name of the line, for messages."""

    def open(self) -> None:
        """Claim the line, empty in both directions. Raises DriverError."""

    def write(self, data: bytes) -> int:
        """Send as much as goes out now; how many bytes were taken, 0 to all. Raises LineLost."""

    def read(self) -> bytes:
        """What has arrived, maybe nothing. Raises LineLost."""

    def discard(self) -> None:
        """Throw away what was taken but has not left yet, and what arrived. Never raises."""

    def close(self) -> None:
        """Release the line. Idempotent, never raises."""


class LineSettings(NamedTuple):
    """What the device expects of the line."""

    baud: int
    parity: str = serial.PARITY_NONE
    stop_bits: int = 1
    rtscts: bool = False


class SerialPort:
    """A `Transport` on a serial port, claimed for us alone, with an FTDI adapter's latency timer at 1 ms.

    `path` is asked at every open: a device that was plugged in again may have another name. pyserial sets the port up.
    Bytes go through the file descriptor: pyserial's own non-blocking write tries again without end while the buffer of
    the port is full.
    """

    def __init__(self, path: Callable[[], str], settings: LineSettings) -> None:
        self._find = path
        self._path = "the serial port"
        self.settings = settings
        self._port: serial.Serial | None = None
        self._poll = select.poll()

    @property
    def where(self) -> str:
        """The path of the port, once it is known."""
        return self._path

    def open(self) -> None:
        """Find and claim the port. Raises DeviceAbsent, DeviceBusy, DeviceFailed."""
        self.close()
        settings = self.settings
        try:
            self._path = self._find()
            port = serial.Serial(
                self._path,
                settings.baud,
                parity=settings.parity,
                stopbits=settings.stop_bits,
                rtscts=settings.rtscts,
                timeout=0.0,
                write_timeout=0.0,
                exclusive=True,
            )
        except (*LINE_ERRORS, ValueError) as error:
            raise _open_error(self._path, error) from None
        # Only adapters with a latency timer know this; doctor tells what the timer of this one says.
        with suppress(OSError, ValueError):
            port.set_low_latency_mode(low_latency_settings=True)
        self._port = port
        self._poll = select.poll()
        self._poll.register(port.fileno(), select.POLLIN)
        self.discard()

    def write(self, data: bytes) -> int:
        if self._port is None:
            raise LineLost(f"{self._path} is not open")
        try:
            return os.write(self._port.fileno(), data)
        except BlockingIOError:
            return 0
        except LINE_ERRORS as error:
            raise LineLost(f"{self._path} is gone ({_reason(error)}): {CHECK_LINE}") from None

    def read(self) -> bytes:
        if self._port is None:
            raise LineLost(f"{self._path} is not open")
        try:
            ready = self._poll.poll(0)
            if not ready:
                return b""
            if ready[0][1] & select.POLLIN:
                data = os.read(self._port.fileno(), MOST_AT_ONCE)
                if data:
                    return data
        except BlockingIOError:
            return b""
        except LINE_ERRORS as error:
            raise LineLost(f"{self._path} is gone ({_reason(error)}): {CHECK_LINE}") from None
        raise LineLost(f"{self._path} is gone: {CHECK_LINE}")

    def discard(self) -> None:
        # A line that is gone holds nothing any more; the next write or read says so.
        with suppress(*LINE_ERRORS):
            if self._port is not None:
                termios.tcflush(self._port.fileno(), termios.TCIOFLUSH)

    def close(self) -> None:
        # What has not left by now must not leave later, and must not make close wait for it.
        self.discard()
        port, self._port = self._port, None
        with suppress(*LINE_ERRORS):
            if port is not None:
                port.close()


class FoundPort(NamedTuple):
    """A serial port of this machine: USB ids are None where it has none."""

    path: str
    vendor: int | None
    product: int | None
    serial_number: str
    description: str


def serial_ports() -> list[FoundPort]:
    """Every serial port of this machine."""
    return [
        FoundPort(port.device, port.vid, port.pid, port.serial_number or "", port.description or "")
        for port in list_ports.comports()
    ]


def find_port(wanted: str, usb_id: tuple[int, int], name: str) -> str:
    """The path of the port that `wanted` names, or with "auto" the only one with this USB vendor and product id.

    Raises DeviceAbsent when there is none or more than one.
    """
    if wanted != "auto":
        return wanted
    fitting = [port for port in serial_ports() if (port.vendor, port.product) == usb_id]
    ids = f"USB id {usb_id[0]:04x}:{usb_id[1]:04x}"
    if not fitting:
        raise DeviceAbsent(f"{name}: no serial port with {ids}: plug it in and switch it on, or set port in the config")
    if len(fitting) > 1:
        paths = ", ".join(port.path for port in fitting)
        raise DeviceAbsent(f"{name}: several ports with {ids}: {paths}: set port in the config to one of them")
    return fitting[0].path


def latency_timer_ms(path: str, sysfs: Path = Path("/sys/bus/usb-serial/devices")) -> int | None:
    """What an FTDI adapter holds bytes back for, ms; None where there is no such timer."""
    try:
        return int((sysfs / Path(path).resolve().name / "latency_timer").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _open_error(path: str, error: Exception) -> DeviceAbsent | DeviceBusy | DeviceFailed:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return DeviceAbsent(f"{path} is not there: is the device plugged in and switched on?")
    if number in (errno.EBUSY, errno.EAGAIN):
        return DeviceBusy(f"{path} is used by another program: close it (is ModemManager running?)")
    if number in (errno.EACCES, errno.EPERM):
        return DeviceFailed(f"{path} may not be opened: put the user into the group dialout and log in again")
    return DeviceFailed(
        f"{path} cannot be used as a serial port ({_reason(error)}): check port in the config; `doctor` lists all"
    )


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) else str(error) or type(error).__name__
