"""Opening a real bus, and sharing one between threads."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import NoReturn

import pytest

from drivers import i2c
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError
from drivers.i2c import SharedBus, open_bus


@pytest.mark.skipif(Path("/dev/i2c-250").exists(), reason="this machine has an I2C bus 250")
def test_a_bus_that_is_not_there_is_one_line_with_the_cure() -> None:
    with pytest.raises(DeviceAbsent, match=r"^there is no /dev/i2c-250: .*raspi-config.*$"):
        open_bus(250)


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.EACCES, DriverError, "usermod -aG i2c"),
        (errno.EBUSY, DeviceBusy, "fuser"),
        (errno.ENOTTY, DeviceFailed, "i2cdetect -l"),
    ],
)
def test_other_failures_are_one_line_too(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: type[DriverError], text: str
) -> None:
    def fail(_bus: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(i2c, "SMBus", fail)
    with pytest.raises(kind) as caught:
        open_bus(1)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bus_whose_time_out_cannot_be_set_is_refused_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class PlainFile:
        def __init__(self, _number: int) -> None:
            self.fd = os.open(os.devnull, os.O_RDWR)

        def close(self) -> None:
            os.close(self.fd)
            closed.append(True)

    monkeypatch.setattr(i2c, "SMBus", PlainFile)
    with pytest.raises(DeviceFailed):
        open_bus(1)
    assert closed == [True]


class SlowBus:
    """A bus whose transaction ends when the test says so."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()

    def read_byte_data(self, _address: int, _register: int, /) -> int:
        self.begun.set()
        self.go_on.wait(5.0)
        return 1

    def read_i2c_block_data(self, _address: int, _register: int, length: int, /) -> list[int]:
        return [0] * length

    def write_byte_data(self, _address: int, _register: int, _value: int, /) -> None:
        return

    def write_i2c_block_data(self, _address: int, _register: int, _data: list[int], /) -> None:
        return

    def close(self) -> None:
        return


@pytest.mark.parametrize(
    "use",
    [
        lambda bus: bus.read_i2c_block_data(0x68, 0x3B, 14),
        lambda bus: bus.read_byte_data(0x68, 0x75),
        lambda bus: bus.write_byte_data(0x68, 0x6B, 0),
        lambda bus: bus.write_i2c_block_data(0x48, 0x01, [0x42, 0xE3]),
    ],
)
def test_a_bus_in_use_by_another_thread_is_not_waited_for(use: Callable[[SharedBus], object]) -> None:
    slow = SlowBus()
    bus = SharedBus(slow)
    other = Thread(target=bus.read_byte_data, args=(0x69, 0x75))
    other.start()
    assert slow.begun.wait(5.0)
    with pytest.raises(OSError, match="busy") as caught:
        use(bus)
    assert caught.value.errno == errno.EBUSY
    slow.go_on.set()
    other.join()
    use(bus)
    bus.close()
