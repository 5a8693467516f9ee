"""The frame around every record of a black box, and how to find frames again after damage.

    sync marker 4 bytes | kind 1 | sequence number 8 | length of the payload 4 | CRC-32 4 | payload

Little-endian. The CRC is over kind, sequence number, length and payload: every flipped bit breaks it or the marker.
The sequence number counts the frames of a file from 0, so a frame that is missing or there twice is noticed too.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zlib import crc32

SYNC = b"\xd5DFX"
"""No start of it is an end of it, so two markers never overlap."""

LONGEST_PAYLOAD = 65536
"""Bytes. Bounds what a hostile file can make a reader hold, and how long it searches."""

_CHECKED = struct.Struct("<BQI")
_CRC = struct.Struct("<I")
_HEAD = struct.Struct("<4sBQII")
_BLOCK = 4 * LONGEST_PAYLOAD
_LONGEST_FRAME = _HEAD.size + LONGEST_PAYLOAD
_CHECKED_END = len(SYNC) + _CHECKED.size


class Frame(NamedTuple):
    """A whole frame, proven by its CRC; `offset` and `length` are those of the frame in the file, bytes."""

    offset: int
    length: int
    kind: int
    sequence: int
    payload: bytes


class Run(NamedTuple):
    """Whole frames of one kind behind one another, at least one: `sequence` is the number of the first of them."""

    offset: int
    kind: int
    sequence: int
    payloads: list[bytes]

    @property
    def length(self) -> int:
        """Of all frames together, bytes."""
        return sum(_HEAD.size + len(payload) for payload in self.payloads)

    def singles(self) -> "Iterator[Run]":
        """Each frame as a run of its own."""
        return (Run(one.offset, one.kind, one.sequence, [one.payload]) for one in self.frames())

    def frames(self) -> Iterator[Frame]:
        """The frames one by one."""
        offset = self.offset
        for sequence, payload in enumerate(self.payloads, self.sequence):
            length = _HEAD.size + len(payload)
            yield Frame(offset, length, self.kind, sequence, payload)
            offset += length


class Junk(NamedTuple):
    """Bytes that are no frame. `torn` says that they look like the start of one that the file ends in."""

    offset: int
    length: int
    torn: bool


def pack_frame(kind: int, sequence: int, payload: bytes) -> bytes:
    """The frame as bytes. Raises ValueError when the payload is longer than LONGEST_PAYLOAD."""
    if len(payload) > LONGEST_PAYLOAD:
        raise ValueError(f"{len(payload)} bytes do not fit into a record of {LONGEST_PAYLOAD}")
    checked = _CHECKED.pack(kind, sequence, len(payload))
    return b"".join((SYNC, checked, _CRC.pack(crc32(payload, crc32(checked))), payload))


def frames(read: Callable[[int], bytes]) -> Iterator[Frame | Junk]:
    """All frames that `read(size)` gives until it gives nothing, and between them what is none.

    Every byte belongs to exactly one of the items, in order. Holds at most a few hundred kilobytes.
    """
    for item in runs(read):
        if isinstance(item, Junk):
            yield item
        else:
            yield from item.frames()


def runs(read: Callable[[int], bytes]) -> Iterator[Run | Junk]:
    """The same as `frames`, with frames of one kind and of successive numbers taken together as far as is at hand."""
    data, base, position, at_end = b"", 0, 0, False
    junk: Junk | None = None
    while True:
        while not at_end and len(data) - position < _LONGEST_FRAME:
            block = read(_BLOCK)
            at_end = not block
            data, base, position = data[position:] + block, base + position, 0
        if position == len(data):
            break
        run, end = _run_at(data, position, base, len(data) if at_end else len(data) - _LONGEST_FRAME + 1)
        if run:
            if junk:
                yield junk._replace(length=run.offset - junk.offset, torn=False)
            yield run
            junk, position = None, end
            continue
        if not junk:
            junk = Junk(base + position, 0, torn=at_end and _is_start_of_frame(data, position))
        following = data.find(SYNC, position + 1)
        if following < 0:
            # The end of the block may hold the start of a marker.
            following = len(data) if at_end else len(data) - len(SYNC) + 1
        position = following
    if junk:
        yield junk._replace(length=base + position - junk.offset)


def _run_at(data: bytes, position: int, base: int, limit: int) -> tuple[Run | None, int]:
    """The frames of one run from `position` on that begin before `limit`, and where they end."""
    begin, head_length, unpack, last = position, _HEAD.size, _HEAD.unpack_from, len(data) - _HEAD.size
    sync_length, checked_end = len(SYNC), _CHECKED_END
    first = run_kind = -1
    payloads: list[bytes] = []
    while position < limit and position <= last:
        sync, kind, sequence, length, crc = unpack(data, position)
        start = position + head_length
        end = start + length
        if sync != SYNC or end > len(data) or length > LONGEST_PAYLOAD:
            break
        payload = data[start:end]
        if crc32(payload, crc32(data[position + sync_length : position + checked_end])) != crc:
            break
        if not payloads:
            first, run_kind = sequence, kind
        elif kind != run_kind or sequence != first + len(payloads):
            break
        payloads.append(payload)
        position = end
    return (Run(base + begin, run_kind, first, payloads) if payloads else None), position


def _is_start_of_frame(data: bytes, position: int) -> bool:
    if not SYNC.startswith(data[position : position + len(SYNC)]):
        return False
    if len(data) - position < _HEAD.size:
        return True
    _, _, length = _CHECKED.unpack_from(data, position + len(SYNC))
    return len(data) - position - _HEAD.size < int(length) <= LONGEST_PAYLOAD
