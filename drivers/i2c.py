"""The I2C bus: what a driver needs of it, and the real one on smbus2."""

import errno
import os
from fcntl import ioctl
from threading import Lock
from typing import Protocol, cast

from smbus2 import SMBus

from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError

I2C_TIMEOUT = 0x0702
"""ioctl of linux/i2c-dev.h: time-out of the adapter in units of 10 ms; the kernel's own is 1 s [K]."""

TIME_OUT_S = 0.01
"""How long a transaction on a stuck bus holds its caller."""

LOCK_WAIT_S = 0.001
"""How long a transaction waits for another thread's on the same bus, before it fails with EBUSY."""


class I2cBus(Protocol):
    """The part of smbus2's interface that drivers use. Each call is one transaction and may raise OSError."""

    def read_byte_data(self, i2c_addr: int, register: int, /) -> int:
        """One register."""

    def write_byte_data(self, i2c_addr: int, register: int, value: int, /) -> None:
        """Set one register."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int, /) -> list[int]:
        """`length` registers, at most 32, in one transaction."""

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int], /) -> None:
        """Set registers from `register` on, at most 32 bytes, in one transaction."""

    def close(self) -> None:
        """Give the bus back."""


class SharedBus:
    """One bus for several chips and threads: one transaction at a time, and no long wait for a turn.

    smbus2 keeps the address of the chip between calls, so two threads on one SMBus could read the wrong chip.
    """

    def __init__(self, bus: I2cBus) -> None:
        self._bus = bus
        self._lock = Lock()

    def read_byte_data(self, i2c_addr: int, register: int, /) -> int:
        self._take()
        try:
            return self._bus.read_byte_data(i2c_addr, register)
        finally:
            self._lock.release()

    def write_byte_data(self, i2c_addr: int, register: int, value: int, /) -> None:
        self._take()
        try:
            self._bus.write_byte_data(i2c_addr, register, value)
        finally:
            self._lock.release()

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int, /) -> list[int]:
        self._take()
        try:
            return self._bus.read_i2c_block_data(i2c_addr, register, length)
        finally:
            self._lock.release()

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int], /) -> None:
        self._take()
        try:
            self._bus.write_i2c_block_data(i2c_addr, register, data)
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._bus.close()

    def _take(self) -> None:
        if not self._lock.acquire(timeout=LOCK_WAIT_S):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def open_bus(number: int) -> SharedBus:
    """I2C bus `number` with its time-out at 10 ms; it belongs to the caller, who closes it after the drivers.

    Raises DeviceAbsent, DeviceBusy, DeviceFailed, or DriverError when access is refused.
    """
    path = f"/dev/i2c-{number}"
    bus = None
    try:
        bus = SMBus(number)
        ioctl(cast("int", bus.fd), I2C_TIMEOUT, round(TIME_OUT_S / 0.01))
    except OSError as error:
        if bus is not None:
            bus.close()
        raise _open_error(path, error) from error
    return SharedBus(bus)


def _open_error(path: str, error: OSError) -> DriverError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return DeviceAbsent(
            f"there is no {path}: switch I2C on (`sudo raspi-config nonint do_i2c 0`, then restart), "
            "or correct i2c_bus in the config"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return DriverError(f"not allowed to use {path}: `sudo usermod -aG i2c $USER`, then log out and in again")
    if error.errno == errno.EBUSY:
        return DeviceBusy(f"{path} is in use: end the other program (`sudo fuser -v {path}` names it)")
    return DeviceFailed(f"{path} cannot be set up: {error.strerror}; is it an I2C bus? run `i2cdetect -l`")
