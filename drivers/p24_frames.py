"""ScienceMode4, the protocol of the HASOMED P24: packets to bytes and back.

Facts from the vendor's protocol description and C library [V], checked against golden packets [C]. A packet is
`F0`, length (2 bytes, of the whole packet), checksum (2 bytes), then stuffed: number and command (2 bytes) and data,
then `0F`. Numbers are big-endian.
"""

import struct
from binascii import crc_hqx
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from config.outputs import P24
from drivers.framing import START, STOP, always_stuffed, stuffed, unstuffed
from drivers.waveform import Phase, Pulse

LONGEST_PACKET = 1200
NUMBERS = 64
"""Packet numbers run from 0 to 63; an acknowledgement echoes its command's."""
HEADER = 9
"""Bytes before the block: the start, and length and checksum, both always stuffed."""

MOST_STEPS = round(P24.highest_current_ma / P24.current_step_ma)
"""130 mA in steps of 0.5 mA: what the device and the vendor's library accept; the code could say 150 mA."""
ZERO_CURRENT_CODE = 300
MOST_POINTS = 16
OUTPUTS = 8
MOST_PERIOD_CODE = 0x7FFF


class Command(IntEnum):
    """Commands; an acknowledgement has the number of its command and one more."""

    LL_INIT = 0
    LL_CHANNEL_CONFIG = 2
    LL_STOP = 4
    ML_INIT = 30
    ML_UPDATE = 32
    ML_STOP = 34
    ML_GET_CURRENT_DATA = 36
    GET_DEVICE_ID = 52
    RESET = 58
    GET_STIM_STATUS = 62
    GENERAL_ERROR = 66
    UNKNOWN_COMMAND = 67
    GET_EXTENDED_VERSION = 68


COMMANDS_WITH_ANSWER = frozenset(Command) - {Command.GENERAL_ERROR, Command.UNKNOWN_COMMAND}


class Result(IntEnum):
    """First byte of an acknowledgement."""

    OK = 0
    TRANSFER_ERROR = 1
    PARAMETER_ERROR = 2
    PROTOCOL_ERROR = 3
    INTERNAL_TIMEOUT = 4
    NOT_INITIALISED = 7
    HIGH_VOLTAGE_ERROR = 8
    ELECTRODE_ERROR = 10
    INVALID_COMMAND = 11
    PULSE_TIMEOUT = 16
    BUSY = 21
    LOW_CURRENT = 28


class Packet(NamedTuple):
    """One packet: packet number 0 to 63, command 0 to 1023, data."""

    number: int
    command: int
    data: bytes = b""

    @property
    def result(self) -> int:
        """First byte of an acknowledgement; -1 where there is none."""
        return self.data[0] if self.data else -1


class StimStatus(NamedTuple):
    """Data of the acknowledgement of GET_STIM_STATUS."""

    level: int
    """0 none, 1 low level, 2 mid level, 3 mid level stimulating."""
    high_voltage: int
    """1 off, 6 150 V."""


class Version(NamedTuple):
    """Data of the acknowledgement of GET_EXTENDED_VERSION."""

    firmware: tuple[int, int, int]
    protocol: tuple[int, int, int]


class MidChannel(NamedTuple):
    """One channel of ML_UPDATE: output 1 to 8, pulses that rise linearly, period in quarter ms, shape of a pulse."""

    output: int
    ramp: int
    period_quarter_ms: int
    pulse: Pulse


class ChannelState(IntEnum):
    """What ML_GET_CURRENT_DATA says of a channel."""

    OK = 0
    ELECTRODE_ERROR = 1
    PULSE_TIMEOUT = 2
    LOW_CURRENT = 3


class CurrentData(NamedTuple):
    """Data of the acknowledgement of ML_GET_CURRENT_DATA: outputs that stimulate, and the state of all eight."""

    active: tuple[int, ...]
    states: tuple[int, ...]


def encode(packet: Packet) -> bytes:
    """The bytes of a packet. Raises ValueError for one that there cannot be."""
    if not (0 <= packet.number < NUMBERS and 0 <= packet.command < 1024):
        raise ValueError(f"no such packet: number {packet.number}, command {packet.command}")
    block = stuffed((packet.number << 10 | packet.command).to_bytes(2, "big") + packet.data)
    length = HEADER + len(block) + 1
    if length > LONGEST_PACKET:
        raise ValueError(f"packet of {length} bytes is longer than {LONGEST_PACKET}")
    header = always_stuffed(length.to_bytes(2, "big") + crc_hqx(block, 0).to_bytes(2, "big"))
    return bytes((START,)) + header + block + bytes((STOP,))


def decode(raw: bytes) -> Packet | None:
    """The packet in bytes from start to stop byte; None when length, checksum or stuffing is wrong. Never raises."""
    if not HEADER + 3 <= len(raw) <= LONGEST_PACKET or raw[0] != START or raw[-1] != STOP:
        return None
    # The header has a place for an escape before each of its bytes; any byte may follow one.
    if raw[1:HEADER:2] != b"\x81\x81\x81\x81":
        return None
    length, crc = struct.unpack(">HH", bytes([byte ^ 0x55 for byte in raw[2:HEADER:2]]))
    block = raw[HEADER:-1]
    if length != len(raw) or crc != crc_hqx(block, 0):
        return None
    plain = unstuffed(block)
    if plain is None or len(plain) < 2:
        return None
    prefix = int.from_bytes(plain[:2], "big")
    return Packet(prefix >> 10, prefix & 0x3FF, plain[2:])


def points_data(pulse: Pulse) -> bytes:
    """A pulse shape as points. Raises ValueError for one that the device cannot make exactly."""
    if not 1 <= len(pulse) <= MOST_POINTS:
        raise ValueError(f"{len(pulse)} points, allowed are 1 to {MOST_POINTS}")
    return b"".join([_point(phase).to_bytes(4, "big") for phase in pulse])


def points_of(data: bytes) -> Pulse:
    """The pulse shape in point data; bytes that make no whole point are left out."""
    words = struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4])
    return tuple([Phase(word >> 20, (word >> 10 & 0x3FF) - ZERO_CURRENT_CODE) for word in words])


def _point(phase: Phase) -> int:
    if not P24.shortest_us <= phase.duration_us <= P24.longest_us:
        raise ValueError(f"{phase.duration_us} µs, allowed are {P24.shortest_us} to {P24.longest_us}")
    if not -MOST_STEPS <= phase.steps <= MOST_STEPS:
        raise ValueError(f"{phase.steps} steps of {P24.current_step_ma} mA, allowed are {MOST_STEPS} either way")
    return phase.duration_us << 20 | phase.steps + ZERO_CURRENT_CODE << 10


def low_init_data(*, high_voltage: bool = True) -> bytes:
    """Data of LL_INIT: 150 V or off, no measurement."""
    return bytes((0x00 if high_voltage else 0x02,))


def low_pulse_data(output: int, pulse: Pulse) -> bytes:
    """Data of LL_CHANNEL_CONFIG: one pulse on an output (1 to 8), at once. Raises ValueError."""
    if not 1 <= output <= OUTPUTS:
        raise ValueError(f"output {output}, allowed are 1 to {OUTPUTS}")
    connector, channel = divmod(output - 1, 4)
    return bytes((0x80 | channel << 5 | connector << 4 | len(pulse) - 1,)) + points_data(pulse)


def low_pulse_of(data: bytes) -> tuple[bool, int, Pulse] | None:
    """Whether to execute, output and shape in the data of LL_CHANNEL_CONFIG; None when it contradicts itself."""
    if not data or len(data) != 1 + 4 * ((data[0] & 0x0F) + 1):
        return None
    output = (data[0] >> 5 & 0x03) + 4 * (data[0] >> 4 & 0x01) + 1
    return bool(data[0] & 0x80), output, points_of(data[1:])


def low_answer_output(data: bytes) -> int:
    """Output that an acknowledgement of LL_CHANNEL_CONFIG is about, 0 where it does not say."""
    return 0 if len(data) < 2 else 4 * (data[1] >> 4 & 0x01) + (data[1] & 0x03) + 1


def mid_update_data(channels: Sequence[MidChannel]) -> bytes:
    """Data of ML_UPDATE: the whole new state, every other output is off. Raises ValueError."""
    mask, body = 0, b""
    for channel in sorted(channels):
        if not 1 <= channel.output <= OUTPUTS or mask >> (channel.output - 1) & 1:
            raise ValueError(f"output {channel.output} is there twice or is not 1 to {OUTPUTS}")
        if not 0 <= channel.ramp <= 15:
            raise ValueError(f"ramp of {channel.ramp} pulses, allowed are 0 to 15")
        mask |= 1 << (channel.output - 1)
        points = points_data(channel.pulse)
        body += bytes((len(channel.pulse) - 1 << 4 | channel.ramp,)) + _period(channel.period_quarter_ms) + points
    return bytes((mask,)) + body


def mid_update_of(data: bytes) -> tuple[MidChannel, ...] | None:
    """The channels in the data of ML_UPDATE; None when it contradicts itself."""
    if not data:
        return None
    channels: list[MidChannel] = []
    at = 1
    for i in range(OUTPUTS):
        if not data[0] >> i & 1:
            continue
        if at + 3 > len(data):
            return None
        end = at + 3 + 4 * ((data[at] >> 4) + 1)
        code = int.from_bytes(data[at + 1 : at + 3], "big")
        quarters = code >> 1 if code & 1 else code
        if end > len(data) or quarters == 0:
            return None
        channels.append(MidChannel(i + 1, data[at] & 0x0F, quarters, points_of(data[at + 3 : end])))
        at = end
    return tuple(channels) if at == len(data) else None


def _period(quarters: int) -> bytes:
    """Period field: in steps of 0.5 ms where that is exact, as the vendor's library writes it, else of 0.25 ms."""
    fine = quarters % 2
    code = quarters if fine else quarters // 2
    if not (quarters >= 2 and code <= MOST_PERIOD_CODE and quarters == int(quarters)):
        raise ValueError(f"period of {quarters / 4:g} ms, allowed are 0.5 to 8191.5 ms in steps of 0.25 ms")
    return (int(code) << 1 | int(fine)).to_bytes(2, "big")


def stim_status_of(data: bytes) -> StimStatus | None:
    """From the acknowledgement of GET_STIM_STATUS; None where it is no good one."""
    return StimStatus(data[1], data[2]) if len(data) == 3 and data[0] == Result.OK else None


def device_id_of(data: bytes) -> str | None:
    """From the acknowledgement of GET_DEVICE_ID; None where it is no good one."""
    if len(data) < 2 or data[0] != Result.OK:
        return None
    return "".join([chr(byte) if 0x20 < byte < 0x7F else "?" for byte in data[1:11] if byte])


def version_of(data: bytes) -> Version | None:
    """From the acknowledgement of GET_EXTENDED_VERSION; None where it is no good one."""
    if len(data) < 7 or data[0] != Result.OK:
        return None
    return Version((data[1], data[2], data[3]), (data[4], data[5], data[6]))


def current_data_of(data: bytes) -> CurrentData | None:
    """From the acknowledgement of ML_GET_CURRENT_DATA; None where it is no good one."""
    if len(data) != 7 or data[0] != Result.OK:
        return None
    active = tuple([i + 1 for i in range(OUTPUTS) if data[2] >> i & 1])
    return CurrentData(active, tuple([data[3 + i // 2] >> 4 * (i % 2) & 0x0F for i in range(OUTPUTS)]))
