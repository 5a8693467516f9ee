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
_HEAD_LENGTH = len(SYNC) + _CHECKED.size + _CRC.size
_LONGEST_FRAME = _HEAD_LENGTH + LONGEST_PAYLOAD
_BLOCK = 4 * LONGEST_PAYLOAD


class Frame(NamedTuple):
    """A whole frame, proven by its CRC; `offset` and `length` are those of the frame in the file, bytes."""

    offset: int
    length: int
    kind: int
    sequence: int
    payload: bytes


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
    data, base, position, at_end = b"", 0, 0, False
    junk: Junk | None = None
    while True:
        while not at_end and len(data) - position < _LONGEST_FRAME:
            block = read(_BLOCK)
            at_end = not block
            data, base, position = data[position:] + block, base + position, 0
        if position == len(data):
            break
        frame = _frame_at(data, position, base)
        if frame:
            if junk:
                yield junk._replace(length=frame.offset - junk.offset, torn=False)
            yield frame
            junk, position = None, position + frame.length
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


def _frame_at(data: bytes, position: int, base: int) -> Frame | None:
    if len(data) - position < _HEAD_LENGTH or not data.startswith(SYNC, position):
        return None
    head = position + len(SYNC)
    kind, sequence, length = _CHECKED.unpack_from(data, head)
    start = position + _HEAD_LENGTH
    if length > min(LONGEST_PAYLOAD, len(data) - start):
        return None
    payload = data[start : start + length]
    (crc,) = _CRC.unpack_from(data, head + _CHECKED.size)
    if crc32(payload, crc32(data[head : head + _CHECKED.size])) != crc:
        return None
    return Frame(base + position, _HEAD_LENGTH + length, kind, sequence, payload)


def _is_start_of_frame(data: bytes, position: int) -> bool:
    if not SYNC.startswith(data[position : position + len(SYNC)]):
        return False
    if len(data) - position < _HEAD_LENGTH:
        return True
    _, _, length = _CHECKED.unpack_from(data, position + len(SYNC))
    return len(data) - position - _HEAD_LENGTH < int(length) <= LONGEST_PAYLOAD
