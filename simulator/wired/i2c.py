"""An I2C bus with smbus2's interface, chips at addresses, and faults on demand."""

import errno
import os
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Protocol, Self

TIME_OUT_S = 0.01
"""What a transaction on a stuck bus costs with the adapter's time-out at its shortest."""


class I2cDevice(Protocol):
    """A chip on the bus."""

    def read(self, register: int, length: int) -> list[int]:
        """`length` bytes from `register` on, with the chip's own rule of counting on."""

    def write(self, register: int, value: int) -> None:
        """One byte into `register`."""

    def write_block(self, register: int, values: list[int]) -> None:
        """Bytes from `register` on, with the chip's own rule of counting on."""


class SimulatedBus:
    """Stands where smbus2's SMBus stands, and fails as it does.

    `chips` by address. `hold(seconds)` is told when a transaction holds its caller, so that a virtual clock can move.
    A fault with `times` ends after so many transactions, without it lasts until `heal`.
    """

    def __init__(self, chips: dict[int, I2cDevice], hold: Callable[[float], None] | None = None, seed: int = 0) -> None:
        self._chips = chips
        self._hold = hold
        self._random = Random(seed)
        self._faults: dict[str, dict[int, int | None]] = {"nack": {}, "time_out": {}, "corrupt": {}, "freeze": {}}
        self._replies: dict[tuple[int, int, int], list[int]] = {}
        self._open = True
        self.transactions = 0

    def nack(self, address: int, times: int | None = None) -> None:
        """The chip does not answer: OSError EREMOTEIO."""
        self._faults["nack"][address] = times

    def time_out(self, address: int, times: int | None = None) -> None:
        """The bus is stuck whenever this chip is asked: OSError ETIMEDOUT after 10 ms."""
        self._faults["time_out"][address] = times

    def corrupt(self, address: int, times: int | None = None) -> None:
        """What the chip answers arrives as random bytes."""
        self._faults["corrupt"][address] = times

    def freeze(self, address: int, times: int | None = None) -> None:
        """The chip answers what it answered last."""
        self._faults["freeze"][address] = times

    def heal(self) -> None:
        """End all faults."""
        for active in self._faults.values():
            active.clear()

    def read_byte_data(self, i2c_addr: int, register: int, /) -> int:
        return self._read(i2c_addr, register, 1)[0]

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int, /) -> list[int]:
        if not 1 <= length <= 32:
            raise ValueError(f"a block has 1 to 32 bytes, not {length}")
        return self._read(i2c_addr, register, length)

    def write_byte_data(self, i2c_addr: int, register: int, value: int, /) -> None:
        self._chip(i2c_addr).write(register, value & 0xFF)

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int], /) -> None:
        if not 1 <= len(data) <= 32:
            raise ValueError(f"a block has 1 to 32 bytes, not {len(data)}")
        self._chip(i2c_addr).write_block(register, [value & 0xFF for value in data])

    def close(self) -> None:
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, address: int, register: int, length: int) -> list[int]:
        chip = self._chip(address)
        key = (address, register, length)
        if key in self._replies and self._strikes("freeze", address):
            return list(self._replies[key])
        reply = chip.read(register, length)
        if self._strikes("corrupt", address):
            reply = [self._random.getrandbits(8) for _ in reply]
        self._replies[key] = reply
        return list(reply)

    def _chip(self, address: int) -> I2cDevice:
        if not self._open:
            # smbus2 passes its file descriptor, None once closed, to ioctl.
            raise TypeError("argument must be an int, or have a fileno() method.")
        self.transactions += 1
        if self._strikes("time_out", address):
            if self._hold is not None:
                self._hold(TIME_OUT_S)
            raise _os_error(errno.ETIMEDOUT)
        if address not in self._chips or self._strikes("nack", address):
            raise _os_error(errno.EREMOTEIO)
        return self._chips[address]

    def _strikes(self, fault: str, address: int) -> bool:
        active = self._faults[fault]
        if address not in active:
            return False
        left = active[address]
        if left is not None:
            if left <= 1:
                del active[address]
            else:
                active[address] = left - 1
        return True


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
