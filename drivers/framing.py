"""How ScienceMode packets lie on a line: start and stop bytes, byte stuffing, and a reader that finds them again.

Both ScienceMode2 and ScienceMode4 (HASOMED) put a packet between F0 and 0F and replace F0, 0F and 81 in between by 81
and the byte xor 55 [V]; header, checksum and commands are each protocol's own.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

START = 0xF0
STOP = 0x0F
ESCAPE = 0x81
KEY = 0x55

Frame = TypeVar("Frame")

_STUFFED = [bytes((ESCAPE, b ^ KEY)) if b in (START, STOP, ESCAPE) else bytes((b,)) for b in range(256)]


def stuffed(block: bytes) -> bytes:
    """`block` with every start, stop and escape byte replaced by two."""
    return b"".join([_STUFFED[byte] for byte in block])


def always_stuffed(value: bytes) -> bytes:
    """`value` with every byte replaced by two, as the length and checksum fields are."""
    return b"".join([bytes((ESCAPE, byte ^ KEY)) for byte in value])


def unstuffed(block: bytes) -> bytes | None:
    """The bytes that were stuffed; None when a start, stop or escape byte stands where none may."""
    out = bytearray()
    escaped = False
    for byte in block:
        if escaped:
            out.append(byte ^ KEY)
            escaped = False
        elif byte == ESCAPE:
            escaped = True
        elif byte in (START, STOP):
            return None
        else:
            out.append(byte)
    return None if escaped else bytes(out)


class FrameReader(Generic[Frame]):
    """Finds the packets in whatever bytes arrive, cut anywhere; what is no packet is counted and left behind.

    `parse` takes one packet from its start to its stop byte and gives None for one that is wrong; then the search goes
    on at the byte after that start, so that a false start hides no packet. `longest`: bytes a packet may have.
    `junk` counts bytes that belonged to no packet.
    """

    def __init__(self, parse: Callable[[bytes], Frame | None], longest: int) -> None:
        self.junk = 0
        self._parse = parse
        self._longest = longest
        self._buffer = bytearray()
        self._at = 1

    def feed(self, data: bytes) -> list[Frame]:
        """Take what arrived; the packets that are whole now, in order. Never raises."""
        self._buffer += data
        frames: list[Frame] = []
        while self._find_start() and (end := self._find_end()):
            frame = self._parse(bytes(self._buffer[:end])) if end <= self._longest else None
            if frame is None:
                self._drop(1)
            else:
                del self._buffer[:end]
                self._at = 1
                frames.append(frame)
        return frames

    def clear(self) -> None:
        """Forget a packet that is half there."""
        self._buffer.clear()
        self._at = 1

    def _find_start(self) -> bool:
        """Bring the next start byte to the front; whether there is one."""
        start = self._buffer.find(START)
        if start:
            self._drop(len(self._buffer) if start < 0 else start)
        return start >= 0

    def _find_end(self) -> int:
        """Length of the packet at the front, 0 while its end has not come; more than the longest means none."""
        buffer, at = self._buffer, self._at
        while at < len(buffer):
            byte = buffer[at]
            if byte == STOP:
                return at + 1
            if byte == START:
                self._drop(at)
                at = 0
            at += 2 if byte == ESCAPE else 1
        self._at = at
        return at if at > self._longest else 0

    def _drop(self, count: int) -> None:
        self.junk += count
        del self._buffer[:count]
        self._at = 1
