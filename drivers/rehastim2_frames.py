"""ScienceMode2, the protocol of the HASOMED RehaStim2: packets to bytes and back.

Facts from the vendor's "ScienceMode2 Description and Protocol" 1.24 [V], checked against golden packets [C]. A packet
is `F0`, checksum, length of the stuffed block, the stuffed block of number, command and data, `0F`. Numbers of two
bytes are sent high byte first, whatever the text says [C].
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from drivers.framing import START, STOP, always_stuffed, stuffed, unstuffed

NUMBERS = 256
"""Packet numbers run from 0 to 255; an acknowledgement echoes its command's."""
MOST_DATA = 60
HEADER = 5
"""Bytes before the block: the start, and checksum and length, both always stuffed."""
LONGEST_PACKET = HEADER + 2 * (2 + MOST_DATA) + 1

OUTPUTS = 8
MOST_CURRENT_MA = 130
MOST_PULSE_WIDTH_US = 500
MOST_MAIN_CODE = 2048
MOST_FACTOR = 7
ONE_SHOT = 0
"""Main interval code: the list runs once for every START_CHANNEL_LIST."""


class Command(IntEnum):
    """Commands and answers. Everything but INIT, WATCHDOG, STIMULATION_ERROR is answered by the next higher number."""

    INIT = 1
    INIT_ACK = 2
    UNKNOWN_COMMAND = 3
    WATCHDOG = 4
    GET_MODE = 10
    GET_MODE_ACK = 11
    INIT_CHANNEL_LIST = 30
    INIT_CHANNEL_LIST_ACK = 31
    START_CHANNEL_LIST = 32
    START_CHANNEL_LIST_ACK = 33
    STOP_CHANNEL_LIST = 34
    STOP_CHANNEL_LIST_ACK = 35
    SINGLE_PULSE = 36
    SINGLE_PULSE_ACK = 37
    STIMULATION_ERROR = 38


COMMANDS_WITH_ANSWER = frozenset(
    (
        Command.GET_MODE,
        Command.INIT_CHANNEL_LIST,
        Command.START_CHANNEL_LIST,
        Command.STOP_CHANNEL_LIST,
        Command.SINGLE_PULSE,
    )
)


class Result(IntEnum):
    """First byte of an acknowledgement, signed."""

    OK = 0
    TRANSFER_ERROR = -1
    PARAMETER_ERROR = -2
    WRONG_MODE = -3
    MOTOMED_ERROR = -4
    WRONG_VERSION = -5
    BUSY = -8


class StimulationError(IntEnum):
    """Why the device stopped by itself, signed."""

    EMERGENCY_SWITCH = -1
    ELECTRODE = -2
    MODULE = -3


class DeviceMode(IntEnum):
    """What GET_MODE tells."""

    START = 0
    INITIALISED = 1
    STARTED = 2


class Packet(NamedTuple):
    """One packet: number 0 to 255, command 0 to 255 (a `Command` where known), data unstuffed."""

    number: int
    command: int
    data: bytes = b""


class ChannelList(NamedTuple):
    """INIT_CHANNEL_LIST: which outputs (1 to 8) take part, and the intervals as codes.

    Main interval = code · 0.5 ms + 1 ms, 0: one shot. Between the pulses of a group: code · 0.5 ms + 1.5 ms.
    """

    outputs: tuple[int, ...]
    main_code: int = ONE_SHOT
    group_code: int = 13
    slow_outputs: tuple[int, ...] = ()
    slow_factor: int = 0
    execution: int = 0


class ListPulse(NamedTuple):
    """One output in START_CHANNEL_LIST: pulses of a group (1 to 3), width in µs, current in mA."""

    pulse_width_us: int
    current_ma: int
    group: int = 1


class SinglePulse(NamedTuple):
    """SINGLE_PULSE: output 1 to 8, width in µs, current in mA."""

    output: int
    pulse_width_us: int
    current_ma: int


def main_code_of(interval_ms: float) -> int:
    """The code of a main interval, ms; 0.5 ms steps. Raises ValueError beyond 1.5 to 1025 ms."""
    code = round((interval_ms - 1.0) / 0.5)
    if not 1 <= code <= MOST_MAIN_CODE:
        raise ValueError(f"a main interval of {interval_ms} ms is not between 1.5 and 1025 ms")
    return code


def main_interval_ms(code: int) -> float:
    """The main interval of a code, ms; not of ONE_SHOT."""
    return code * 0.5 + 1.0


def group_interval_ms(code: int) -> float:
    """The interval between pulses of a group, ms."""
    return code * 0.5 + 1.5


def crc8(block: bytes) -> int:
    """Checksum of a stuffed block: polynomial 07, start 0, not reflected."""
    crc = 0
    for byte in block:
        crc = _CRC[crc ^ byte]
    return crc


def encode(packet: Packet) -> bytes:
    """The bytes of a packet. Raises ValueError for one that cannot be sent."""
    if not 0 <= packet.number < NUMBERS or not 0 <= packet.command <= 255 or len(packet.data) > MOST_DATA:
        raise ValueError(f"no ScienceMode2 packet: {packet}")
    block = stuffed(bytes((packet.number, packet.command)) + packet.data)
    return bytes((START,)) + always_stuffed(bytes((crc8(block), len(block)))) + block + bytes((STOP,))


def decode(frame: bytes) -> Packet | None:
    """The packet in these bytes, from its start to its stop; None when anything is wrong. Never raises."""
    packet, good = decode_damaged(frame)
    return packet if good else None


def decode_damaged(frame: bytes) -> tuple[Packet | None, bool]:
    """The packet as far as it can be read, and whether checksum and length are right. Never raises.

    A device answers a damaged command with TRANSFER_ERROR, so it looks at them; a driver never does.
    """
    if not HEADER + 3 <= len(frame) <= LONGEST_PACKET or frame[0] != START or frame[-1] != STOP:
        return None, False
    block = frame[HEADER:-1]
    inner = unstuffed(block)
    if inner is None or not 2 <= len(inner) <= 2 + MOST_DATA:
        return None, False
    good = frame[1:HEADER] == always_stuffed(bytes((crc8(block), len(block))))
    return Packet(inner[0], inner[1], inner[2:]), good


def result_of(data: bytes) -> int | None:
    """The signed first byte of an answer; None when there is none."""
    return int.from_bytes(data[:1], "big", signed=True) if data else None


def signed_byte(value: int) -> bytes:
    """A result as it is sent. Raises OverflowError beyond -128 to 127."""
    return value.to_bytes(1, "big", signed=True)


def channel_list_data(channels: ChannelList) -> bytes:
    """Data of INIT_CHANNEL_LIST. Raises ValueError beyond the ranges."""
    if not 0 <= channels.main_code <= MOST_MAIN_CODE or not 0 <= channels.group_code <= 255:
        raise ValueError(f"an interval is out of range: {channels}")
    if not 0 <= channels.slow_factor <= MOST_FACTOR or channels.execution not in (0, 1):
        raise ValueError(f"a factor is out of range: {channels}")
    head = (channels.slow_factor, _mask(channels.outputs), _mask(channels.slow_outputs), channels.group_code)
    return bytes(head) + channels.main_code.to_bytes(2, "big") + bytes((channels.execution,))


def channel_list_of(data: bytes) -> ChannelList | None:
    """What INIT_CHANNEL_LIST says; None for a wrong length or a value out of range. Never raises."""
    if len(data) != 7:
        return None
    slow_factor, mask, slow_mask, group_code = data[:4]
    main_code = int.from_bytes(data[4:6], "big")
    if slow_factor > MOST_FACTOR or main_code > MOST_MAIN_CODE or data[6] > 1:
        return None
    return ChannelList(_outputs(mask), main_code, group_code, _outputs(slow_mask), slow_factor, data[6])


def pulses_data(pulses: Sequence[ListPulse]) -> bytes:
    """Data of START_CHANNEL_LIST: every output of the list, in ascending order. Raises ValueError beyond the ranges."""
    data = bytearray()
    for pulse in pulses:
        if not 1 <= pulse.group <= 3:
            raise ValueError(f"a group of {pulse.group} pulses: 1 to 3")
        data.append(pulse.group - 1)
        data += _pulse_data(pulse.pulse_width_us, pulse.current_ma)
    return bytes(data)


def pulses_of(data: bytes, count: int) -> tuple[ListPulse, ...] | None:
    """What START_CHANNEL_LIST says of `count` outputs; None for a wrong length or value. Never raises."""
    if len(data) != 4 * count:
        return None
    pulses = []
    for i in range(0, len(data), 4):
        values = _pulse_of(data[i + 1 : i + 4])
        if data[i] > 2 or values is None:
            return None
        pulses.append(ListPulse(*values, group=data[i] + 1))
    return tuple(pulses)


def single_pulse_data(pulse: SinglePulse) -> bytes:
    """Data of SINGLE_PULSE. Raises ValueError beyond the ranges."""
    if not 1 <= pulse.output <= OUTPUTS:
        raise ValueError(f"output {pulse.output}: 1 to {OUTPUTS}")
    return bytes((pulse.output - 1,)) + _pulse_data(pulse.pulse_width_us, pulse.current_ma)


def single_pulse_of(data: bytes) -> SinglePulse | None:
    """What SINGLE_PULSE says; None for a wrong length or a value out of range. Never raises."""
    values = _pulse_of(data[1:])
    return SinglePulse(data[0] + 1, *values) if values is not None and data[0] < OUTPUTS else None


def _pulse_data(pulse_width_us: int, current_ma: int) -> bytes:
    if not 0 <= pulse_width_us <= MOST_PULSE_WIDTH_US or not 0 <= current_ma <= MOST_CURRENT_MA:
        raise ValueError(f"{current_ma} mA for {pulse_width_us} µs is out of range")
    return pulse_width_us.to_bytes(2, "big") + bytes((current_ma,))


def _pulse_of(data: bytes) -> tuple[int, int] | None:
    width_us = int.from_bytes(data[:2], "big")
    if len(data) != 3 or width_us > MOST_PULSE_WIDTH_US or data[2] > MOST_CURRENT_MA:
        return None
    return width_us, data[2]


def _mask(outputs: Sequence[int]) -> int:
    mask = 0
    for output in outputs:
        if not 1 <= output <= OUTPUTS:
            raise ValueError(f"output {output}: 1 to {OUTPUTS}")
        mask |= 1 << (output - 1)
    return mask


def _outputs(mask: int) -> tuple[int, ...]:
    return tuple([output for output in range(1, OUTPUTS + 1) if mask >> (output - 1) & 1])


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        crc = value
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()
