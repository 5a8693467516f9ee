"""The ADS1115 converter on I2C: its registers, and volts of one input in continuous conversion.

Registers: TI data sheet SBAS444 [M]; conversion 0x00, config 0x01, 860 samples/s also in the project's reference [M].
"""

CONVERSION = 0x00
CONFIG = 0x01

SINGLE_ENDED = 0x4000
"""MUX 100: AIN0 against ground; the next three inputs count on in bits 12 and 13."""

RANGE_4_096_V = 0x0200
RATE_860_HZ = 0x00E0
NO_COMPARATOR = 0x0003
"""OS is left 0: a one would start a single conversion; MODE 0 converts all the time."""

BUSY = 0x8000
"""OS reads 0 while a conversion runs, so a config that is read back is compared without it."""

VOLT_PER_LSB = 4.096 / 32768.0
CONVERSION_S = 1.0 / (0.9 * 860.0)
"""One conversion; the chip's clock is 10 % slow at worst [M]."""


def config_of(adc_input: int) -> int:
    """The config register for `adc_input` (0 to 3) against ground, ±4.096 V, 860 samples/s, all the time."""
    return SINGLE_ENDED | adc_input << 12 | RANGE_4_096_V | RATE_860_HZ | NO_COMPARATOR


def volts_of(data: list[int]) -> float:
    """The two bytes of the conversion register as volts."""
    return int.from_bytes(bytes(data), "big", signed=True) * VOLT_PER_LSB
