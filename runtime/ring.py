"""The shared-memory ring: the loop publishes records and never waits; every reader follows at its own pace.

The memory is inherited over `fork`. Whoever reads too slowly is overtaken, loses records and knows how many; the
writer knows nothing of readers.

    head | tail | published | closed, 8 bytes each | records

`head` and `tail` count bytes since the beginning: records from `tail` to `head` are whole. A record is its number (8
bytes), its length (4), a CRC-32 of number and payload (4) and the payload, padded to 8 bytes; none wraps around, so a
record that does not fit before the end of the memory is preceded by padding. The writer moves `tail` on before it
overwrites and `head` after it wrote; a reader trusts a record only when its CRC is right and `tail` has not passed it,
so that nothing depends on the order in which another processor sees the writes; padding carries a CRC likewise.
"""

import mmap
import struct
from typing import NamedTuple
from zlib import crc32

HEAD, TAIL, PUBLISHED, CLOSED = range(4)
_WORDS = 4
_HEADER_BYTES = 8 * _WORDS
_RECORD = struct.Struct("<QII")
_NUMBER = struct.Struct("<Q")
_PADDING = 0xFFFFFFFF
"""In the place of a length: nothing more until the end of the memory."""

CAPACITY = 4 * 1024 * 1024
"""Bytes: about 20 s of ticks of one leg at 200 Hz."""


class Ring:
    """The memory that writer and readers share; make it before the processes part."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """`capacity`: bytes of records, a multiple of 8 and at least 1024. Raises ValueError."""
        if capacity < 1024 or capacity % 8:
            raise ValueError(f"a ring of {capacity} bytes: give a multiple of 8 from 1024 on")
        self.capacity = capacity
        self.memory = mmap.mmap(-1, _HEADER_BYTES + capacity)
        self.words = memoryview(self.memory)[:_HEADER_BYTES].cast("Q")

    @property
    def closed(self) -> bool:
        """Whether the writer has said that nothing more comes."""
        return bool(self.words[CLOSED])

    def close(self) -> None:
        """Tell the readers that nothing more comes."""
        self.words[CLOSED] = 1

    @property
    def published(self) -> int:
        """How many records the writer has published."""
        return self.words[PUBLISHED]


class RingWriter:
    """The one who publishes, without waiting or locking."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._memory = ring.memory
        self._words = ring.words
        self._capacity = ring.capacity
        self._head = self._tail = self._number = 0

    def put(self, payload: bytes) -> None:
        """Publish one record. Raises ValueError when it is longer than a quarter of the ring."""
        length = len(payload)
        size = _size(length)
        if 4 * size > self._capacity:
            raise ValueError(f"a record of {length} bytes is too long for a ring of {self._capacity}")
        at = self._head % self._capacity
        padding = self._capacity - at if self._capacity - at < size else 0
        self._make_room(padding + size)
        if padding >= _RECORD.size:
            _RECORD.pack_into(self._memory, _HEADER_BYTES + at, self._head, _PADDING, _crc(self._head, b""))
        if padding:
            at = 0
        start = _HEADER_BYTES + at
        _RECORD.pack_into(self._memory, start, self._number, length, _crc(self._number, payload))
        self._memory[start + _RECORD.size : start + _RECORD.size + length] = payload
        self._head += padding + size
        self._number += 1
        self._words[HEAD] = self._head
        self._words[PUBLISHED] = self._number

    def _make_room(self, needed: int) -> None:
        """Give up the oldest records until `needed` bytes are free, before any of them is overwritten."""
        oldest_kept = self._head + needed - self._capacity
        if self._tail >= oldest_kept:
            return
        while self._tail < oldest_kept:
            at = self._tail % self._capacity
            left = self._capacity - at
            length = _PADDING
            if left >= _RECORD.size:
                _, length, _ = _RECORD.unpack_from(self._memory, _HEADER_BYTES + at)
            self._tail += left if length == _PADDING else _size(length)
        self._words[TAIL] = self._tail


class Record(NamedTuple):
    """One record: its number since the ring was made, and how many records before it this reader never saw."""

    number: int
    lost_before: int
    payload: bytes


class RingReader:
    """One who follows; each has a place of its own. `lost` counts the records that it was too slow for.

    `first`: the number of the record to begin with, for one who takes over from another.
    """

    def __init__(self, ring: Ring, first: int = 0) -> None:
        self._ring = ring
        self._position = ring.words[TAIL]
        self._expected = first
        self.lost = 0

    def read(self) -> Record | None:
        """The next record, or None when there is none yet."""
        words, capacity = self._ring.words, self._ring.capacity
        while True:
            self._position = max(self._position, words[TAIL])
            if self._position >= words[HEAD]:
                return None
            at = self._position % capacity
            left = capacity - at
            if left < _RECORD.size:
                self._position += left
                continue
            number, length, crc = _RECORD.unpack_from(self._ring.memory, _HEADER_BYTES + at)
            start = _HEADER_BYTES + at + _RECORD.size
            payload = self._ring.memory[start : start + length] if length <= left - _RECORD.size else b""
            if words[TAIL] > self._position:
                continue
            if _crc(number, payload) != crc:
                return None
            if length == _PADDING:
                self._position += left
                continue
            self._position += _size(length)
            if number < self._expected:
                continue
            lost = number - self._expected
            self._expected = number + 1
            self.lost += lost
            return Record(number, lost, payload)

    def skip_to_newest(self) -> Record | None:
        """The newest record of those that wait, for a viewer who wants no other; the rest count as seen."""
        newest = None
        while (record := self.read()) is not None:
            newest = record
        return newest


def _size(length: int) -> int:
    """Bytes that a record with a payload of `length` takes."""
    return (_RECORD.size + length + 7) & ~7


def _crc(number: int, payload: bytes) -> int:
    return crc32(payload, crc32(_NUMBER.pack(number)))
