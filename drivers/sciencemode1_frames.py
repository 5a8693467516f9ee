"""ScienceMode1, the protocol of HASOMED RehaStim 1 and MotionStim 8: packets to bytes and back. There is no driver.

Facts from the vendor's "ScienceMode" description of 2009 [V], checked against its five examples [C]. The line is 115200
baud, 8N2, RTS/CTS. A packet has no frame: its first byte has the highest bit, the others do not, and the fields lie in
the other seven bits, the highest first. An answer is one byte. Why there is no driver: the protocol has no watchdog, a
list that repeats goes on when the host has died; and its checksum is a sum modulo 32, so that a flipped bit worth 32 µs
or 32 mA and more goes unnoticed.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

OUTPUTS = 8
MOST_PULSE_WIDTH_US = 511
MOST_CURRENT_MA = 127
FIRST = 0x80
"""Set in the first byte of a packet, and in no other."""

_INIT = (("check", 3), ("slow_factor", 3), ("mask", 8), ("slow_mask", 8), ("-", 2), ("group", 5), ("main", 11))
_HEAD = (("check", 5),)
_UPDATE = (("mode", 2), ("-", 3), ("width", 9), ("current", 7))
_SINGLE = (("output", 3), ("-", 2), ("width", 9), ("current", 7))
Layout = tuple[tuple[str, int], ...]


class Ident(IntEnum):
    """What a packet is."""

    INIT = 0
    UPDATE = 1
    STOP = 2
    SINGLE = 3


class Init(NamedTuple):
    """The list: masks of outputs (bit 0 is output 1), interval codes as in ScienceMode2; main 0: one shot."""

    mask: int
    slow_mask: int = 0
    slow_factor: int = 0
    group: int = 0
    main: int = 0


class Channel(NamedTuple):
    """One output of an update: mode 0 single, 1 doublet, 2 triplet; µs; mA."""

    mode: int
    pulse_width_us: int
    current_ma: int


class Single(NamedTuple):
    """One pulse on output 1 to 8; µs; mA."""

    output: int
    pulse_width_us: int
    current_ma: int


class Answer(NamedTuple):
    """Which packet it answers, and whether that was carried out."""

    ident: Ident
    good: bool


def encode_init(init: Init) -> bytes:
    """Six bytes. Raises ValueError for a field that does not fit."""
    fields = dict(zip(("mask", "slow_mask", "slow_factor", "group", "main"), init, strict=True))
    return _packed(Ident.INIT, {"check": sum(init) % 8, **fields}, _INIT)


def decode_init(data: bytes) -> Init | None:
    """The list of a packet; None when anything is wrong. Never raises."""
    fields = _unpacked(Ident.INIT, data, _INIT)
    if fields is None:
        return None
    init = Init(*[fields[name] for name in ("mask", "slow_mask", "slow_factor", "group", "main")])
    return init if fields["check"] == sum(init) % 8 else None


def encode_update(channels: Sequence[Channel]) -> bytes:
    """One byte and three for each output of the list, in ascending order. Raises ValueError."""
    fields, layout = {"check": _sum(channels) % 32}, _update_layout(len(channels))
    for i, channel in enumerate(channels):
        fields |= {f"mode{i}": channel.mode, f"width{i}": channel.pulse_width_us, f"current{i}": channel.current_ma}
    return _packed(Ident.UPDATE, fields, layout)


def decode_update(data: bytes) -> tuple[Channel, ...] | None:
    """The outputs of an update; None when anything is wrong. Never raises."""
    count, rest = divmod(len(data) - 1, 3)
    if rest or not 0 <= count <= OUTPUTS:
        return None
    fields = _unpacked(Ident.UPDATE, data, _update_layout(count))
    if fields is None:
        return None
    channels = tuple([Channel(fields[f"mode{i}"], fields[f"width{i}"], fields[f"current{i}"]) for i in range(count)])
    return channels if fields["check"] == _sum(channels) % 32 and all(one.mode <= 2 for one in channels) else None


def encode_single(single: Single) -> bytes:
    """Four bytes. Raises ValueError."""
    values = {"output": single.output - 1, "width": single.pulse_width_us, "current": single.current_ma}
    total = single.output - 1 + single.pulse_width_us + single.current_ma
    return _packed(Ident.SINGLE, {"check": total % 32, **values}, _HEAD + _SINGLE)


def decode_single(data: bytes) -> Single | None:
    """The pulse of a packet; None when anything is wrong. Never raises."""
    fields = _unpacked(Ident.SINGLE, data, _HEAD + _SINGLE)
    if fields is None or fields["check"] != (fields["output"] + fields["width"] + fields["current"]) % 32:
        return None
    return Single(fields["output"] + 1, fields["width"], fields["current"])


def encode_stop() -> bytes:
    """One byte."""
    return _packed(Ident.STOP, {"check": 0}, _HEAD)


def is_stop(data: bytes) -> bool:
    """Whether a packet is the stop. Never raises."""
    return data == encode_stop()


def encode_answer(answer: Answer) -> bytes:
    """One byte."""
    return bytes((answer.ident << 6 | answer.good,))


def decode_answer(data: bytes) -> Answer | None:
    """What the device says; None when it is no answer. Never raises."""
    if len(data) != 1 or data[0] & 0x3E:
        return None
    return Answer(Ident(data[0] >> 6), bool(data[0] & 1))


def _update_layout(count: int) -> Layout:
    fields = [(f"{name}{i}" if name != "-" else name, bits) for i in range(count) for name, bits in _UPDATE]
    return (*_HEAD, *fields)


def _sum(channels: Sequence[Channel]) -> int:
    total = 0
    for channel in channels:
        total += channel.mode + channel.pulse_width_us + channel.current_ma
    return total


def _packed(ident: Ident, fields: dict[str, int], layout: Layout) -> bytes:
    value, length = int(ident), 2
    for name, bits in layout:
        field = fields.get(name, 0)
        if not 0 <= field < 1 << bits:
            raise ValueError(f"{name} = {field} does not fit into a ScienceMode1 packet")
        value, length = value << bits | field, length + bits
    groups = [value >> shift & 0x7F for shift in range(length - 7, -1, -7)]
    return bytes((groups[0] | FIRST, *groups[1:]))


def _unpacked(ident: Ident, data: bytes, layout: Layout) -> dict[str, int] | None:
    length = 2 + sum(bits for _, bits in layout)
    if len(data) * 7 != length or not data[0] & FIRST or any(byte & FIRST for byte in data[1:]):
        return None
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    fields: dict[str, int] = {}
    for name, bits in reversed(layout):
        fields[name] = value & (1 << bits) - 1
        value >>= bits
    return fields if value == ident else None
