"""One output line of a GPIO chip over the kernel's own interface, linux/gpio.h version 2: for the guard, no library."""

import os
import struct
from collections.abc import Callable
from fcntl import ioctl
from typing import NamedTuple

GET_LINE, GET_VALUES, SET_VALUES = 0xC250B407, 0xC010B40E, 0xC010B40F
"""ioctl of linux/gpio.h: GPIO_V2_GET_LINE_IOCTL, _LINE_GET_VALUES_IOCTL, _LINE_SET_VALUES_IOCTL [C]."""
REQUEST_BYTES, CONSUMER_AT, FLAGS_AT, COUNT_AT, FD_AT = 592, 256, 288, 560, 588
"""Size of struct gpio_v2_line_request, and where its fields are [C]."""
OUTPUT = 1 << 3
"""GPIO_V2_LINE_FLAG_OUTPUT; without an attribute for the value a line begins low."""
_VALUES = struct.Struct("=QQ")

Ioctl = Callable[[int, int, bytearray], int]


class Pin(NamedTuple):
    """A pin: device file of its chip, number on it, and what it is for, in words."""

    chip: str
    number: int
    use: str


class GpioLine:
    """An output, low from its first moment. Every method may raise OSError."""

    def __init__(self, pin: Pin, call: Ioctl = ioctl) -> None:
        self._call = call
        request = bytearray(REQUEST_BYTES)
        struct.pack_into("=I", request, 0, pin.number)
        request[CONSUMER_AT : CONSUMER_AT + 15] = b"dorsiflex-guard"
        struct.pack_into("=Q", request, FLAGS_AT, OUTPUT)
        struct.pack_into("=I", request, COUNT_AT, 1)
        chip = os.open(pin.chip, os.O_RDWR | os.O_CLOEXEC)
        try:
            call(chip, GET_LINE, request)
        finally:
            os.close(chip)
        (self._line,) = struct.unpack_from("=i", request, FD_AT)

    def set(self, *, high: bool) -> bool:
        """Drive it; whether it has followed."""
        self._call(self._line, SET_VALUES, bytearray(_VALUES.pack(high, 1)))
        values = bytearray(_VALUES.pack(0, 1))
        self._call(self._line, GET_VALUES, values)
        return bool(_VALUES.unpack(values)[0] & 1) == high

    def close(self) -> None:
        """Release it: the kernel makes it an input, or keeps driving it where it was told to."""
        os.close(self._line)
