"""The MPU-6050 at register level, written from the register map and not from the driver."""

from collections.abc import Callable
from struct import pack_into

from drivers.interfaces import Clock

RESET_VALUES = {0x6B: 0x40, 0x75: 0x68}
"""PWR_MGMT_1 sleeps after a reset, WHO_AM_I; every other register is 0 [K]."""

READ_ONLY = frozenset(range(0x3A, 0x61)) | {0x72, 0x73, 0x75}
"""INT_STATUS, data and external data, FIFO count, WHO_AM_I."""

FIFO_R_W = 0x74
"""The one register that does not count on."""

_PER_DEG_S = (131.0, 65.5, 32.8, 16.4)

RESET_TAKES_S = 0.1
"""After DEVICE_RESET the chip ignores writes for this long [K]."""


class Mpu6050Chip:
    """A chip whose true motion `source` gives: acceleration x, y, z in m/s² (specific force), rate x, y, z in deg/s,
    both in the chip's axes, and temperature in °C.

    `sample` takes one sample, once a tick; reads see the last one. The low-pass filter is kept as a setting only: its
    effect belongs into the source. With a clock the chip needs its time after a reset. `who_am_i` makes a clone.
    """

    def __init__(
        self, source: Callable[[], tuple[float, ...]], who_am_i: int = 0x68, clock: Clock | None = None
    ) -> None:
        self._source = source
        self._identity = who_am_i
        self._clock = clock
        self._ready_s: float | None = None
        self._frozen = False
        self.resets = 0
        self.registers = bytearray(0x80)
        self.brown_out()

    def brown_out(self) -> None:
        """The supply dipped: every register has its reset value, the chip sleeps and its data are zero."""
        self.registers[:] = bytes(0x80)
        for register, value in RESET_VALUES.items():
            self.registers[register] = value
        self.registers[0x75] = self._identity

    def freeze(self) -> None:
        """Stop sampling, as a chip does that hangs; a reset ends it."""
        self._frozen = True

    def sample(self) -> None:
        """Convert the source's values to raw 16-bit data, clipped at full scale."""
        if self._asleep() or self._frozen:
            return
        acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z, temperature_c = self._source()
        per_m_s2 = 16384.0 / (1 << (self.registers[0x1C] >> 3 & 0x03)) / 9.80665
        per_deg_s = _PER_DEG_S[self.registers[0x1B] >> 3 & 0x03]
        acc = _raw(acc_x * per_m_s2), _raw(acc_y * per_m_s2), _raw(acc_z * per_m_s2)
        gyr = _raw(gyr_x * per_deg_s), _raw(gyr_y * per_deg_s), _raw(gyr_z * per_deg_s)
        pack_into(">7h", self.registers, 0x3B, *acc, _raw((temperature_c - 36.53) * 340.0), *gyr)

    def read(self, register: int, length: int) -> list[int]:
        if register + length <= FIFO_R_W:
            return list(self.registers[register : register + length])
        step = 0 if register == FIFO_R_W else 1
        return [self.registers[(register + i * step) % 0x80] for i in range(length)]

    def write(self, register: int, value: int) -> None:
        if self._resetting() or register in READ_ONLY or register >= 0x80:
            return
        if register == 0x6B and value & 0x80:
            self.resets += 1
            self._frozen = False
            self.brown_out()
            self._ready_s = None if self._clock is None else self._clock.now() + RESET_TAKES_S
            return
        self.registers[register] = value

    def write_block(self, register: int, values: list[int]) -> None:
        step = 0 if register == FIFO_R_W else 1
        for i, value in enumerate(values):
            self.write(register + i * step, value)

    def _asleep(self) -> bool:
        return bool(self.registers[0x6B] & 0x40)

    def _resetting(self) -> bool:
        # A microsecond less, since the sum of a wait may round down.
        return self._clock is not None and self._ready_s is not None and self._clock.now() < self._ready_s - 1e-6


def _raw(value: float) -> int:
    raw = round(value)
    return raw if -32768 <= raw <= 32767 else 32767 if raw > 0 else -32768
