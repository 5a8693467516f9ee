"""One record in shared memory that one process writes and another reads: nobody waits, and half a record is none."""

import mmap
import struct
from zlib import crc32

_CRC = struct.Struct("<I")
"""CRC-32 of what follows: the number of the record (8 bytes) and the record."""


class SharedRecord:
    """Make it before the processes part. Two places in turn, so that a writer who is killed leaves the one before."""

    def __init__(self, layout: str) -> None:
        """`layout`: of `struct`, little-endian without padding."""
        self._layout = struct.Struct("<Q" + layout)
        self._place_bytes = _CRC.size + self._layout.size
        self._memory = mmap.mmap(-1, 2 * self._place_bytes)
        self._number = 0

    def write(self, *values: float) -> None:
        """Replace the record."""
        self._number += 1
        body = self._layout.pack(self._number, *values)
        at = (self._number & 1) * self._place_bytes
        self._memory[at : at + self._place_bytes] = _CRC.pack(crc32(body)) + body

    def read(self) -> tuple[float, ...] | None:
        """The newest whole record; None when there was none yet."""
        newest, values = 0, None
        for place in (0, 1):
            at = place * self._place_bytes
            data = self._memory[at : at + self._place_bytes]
            number, *found = self._layout.unpack_from(data, _CRC.size)
            if number > newest and _CRC.unpack_from(data)[0] == crc32(data[_CRC.size :]):
                newest, values = number, tuple(found)
        return values
