"""The ADS1115 at register level, written from its data sheet (SBAS444 [M]) and not from the driver."""

from collections.abc import Callable

RESET_CONFIG = 0x8583
"""Idle, AIN0 against AIN1, ±2.048 V, single conversions, 128 samples/s, no comparator."""

FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)

DIFFERENCES = ((0, 1), (0, 3), (1, 3), (2, 3))
"""The inputs of MUX 0 to 3; from 4 on one input against ground."""


class Ads1115Chip:
    """A converter whose inputs (volts against ground) `source` gives, by the number of the input.

    `sample` converts once, once a tick, if the chip converts at all; reads see the last conversion.
    """

    def __init__(self, source: Callable[[int], float]) -> None:
        self._source = source
        self._started = False
        self._frozen = False
        self.registers = [0, RESET_CONFIG, 0x8000, 0x7FFF]

    def brown_out(self) -> None:
        """The supply dipped: every register has its reset value and the chip stands still."""
        self.registers[:] = [0, RESET_CONFIG, 0x8000, 0x7FFF]
        self._started = False

    def freeze(self) -> None:
        """Stop converting, as a chip does that hangs, whatever the config says."""
        self._frozen = True

    def sample(self) -> None:
        """One conversion, clipped at full scale; single conversions end with it."""
        config = self.registers[1]
        single = bool(config & 0x0100)
        if self._frozen or (single and not self._started):
            return
        self._started = False
        mux = config >> 12 & 0x07
        volts = self._source(mux - 4) if mux >= 4 else self._difference(*DIFFERENCES[mux])
        raw = round(volts / FULL_SCALE_V[config >> 9 & 0x07] * 32768.0)
        self.registers[0] = max(-32768, min(32767, raw)) & 0xFFFF

    def read(self, register: int, length: int) -> list[int]:
        """The register's two bytes, high one first; the pointer does not count on, and beyond them the bus is high."""
        value = self.registers[register & 0x03]
        if register & 0x03 == 1:
            converts = self._started or not value & 0x0100
            value = value & 0x7FFF if converts else value | 0x8000
        return [value >> 8, value & 0xFF, *[0xFF] * (length - 2)][:length]

    def write(self, register: int, value: int) -> None:
        """One byte is no whole register: it changes nothing."""

    def write_block(self, register: int, values: list[int]) -> None:
        """Two bytes into a register; a conversion cannot be written."""
        if len(values) != 2 or register & 0x03 == 0:
            return
        value = values[0] << 8 | values[1]
        if register & 0x03 == 1:
            self._started = bool(value & 0x8100 == 0x8100)
        self.registers[register & 0x03] = value

    def _difference(self, plus: int, minus: int) -> float:
        return self._source(plus) - self._source(minus)
