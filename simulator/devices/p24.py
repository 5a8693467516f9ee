"""A HASOMED P24 on the bench: ScienceMode4 as its documents tell it, byte for byte, with a log of every pulse.

Marks: [V] the vendor's description; [A] assumed here, because the documents do not say.
"""

from collections.abc import Callable

from drivers.framing import FrameReader
from drivers.p24_frames import (
    COMMANDS_WITH_ANSWER,
    LONGEST_PACKET,
    MOST_STEPS,
    NUMBERS,
    ChannelState,
    Command,
    MidChannel,
    Packet,
    Result,
    decode,
    encode,
    low_pulse_of,
    mid_update_of,
)
from drivers.waveform import Pulse
from simulator.devices.device import DevicePulse, Skin
from simulator.devices.faults import FaultKind
from simulator.devices.p24_output import P24Output, length_us

QUEUE = 10
"""Patterns that the low level holds [V]."""
DEAD_TIME_US = 60.0
"""Added to each pulse when the load of an update is reckoned [V, the vendor's library]."""
DEVICE_ID = b"SIM0000024"
VERSION = bytes((3, 0, 1, 4, 0, 0, 0x01, 0x23, 0xAB, 0xCD, 1, 1))
"""Firmware 3.0.1, protocol 4.0.0, and a hash that is valid."""

NONE, LOW, MID, MID_RUNNING = 0, 1, 2, 3


class P24Core:
    """`simulator.devices.device.Core` of a P24. Times must not run backwards.

    `bad_outputs`: which outputs an electrode or low-current fault is about.
    """

    def __init__(self) -> None:
        self.pulses: list[DevicePulse] = []
        self.on_pulse: Callable[[DevicePulse], None] | None = None
        self.bad_outputs = frozenset((1,))
        self.output = P24Output(self._log)
        self._level = NONE
        self._reader = FrameReader(self._parse, LONGEST_PACKET)
        self._broken_packets = 0

    @property
    def skin(self) -> Skin:
        """What is behind the outputs."""
        return self.output.skin

    @skin.setter
    def skin(self, skin: Skin) -> None:
        self.output.skin = skin

    @property
    def level(self) -> int:
        """0 none, 1 low, 2 mid, 3 mid and stimulating; after its time-out the mid level pauses, high voltage on [A]."""
        return MID_RUNNING if self._level == MID and self.output.running else self._level

    @property
    def high_voltage(self) -> bool:
        """Whether it is on."""
        return self.output.high_voltage and not self.output.supply_failed

    def feed(self, data: bytes, now_s: float) -> bytes:
        return b"".join(self.answers(data, now_s))

    def answers(self, data: bytes, now_s: float) -> list[bytes]:
        out = self._live(now_s)
        for packet in self._reader.feed(data):
            answer = self._obey(packet, now_s)
            if answer is not None:
                out.append(answer)
            out += self._live(now_s)
        if self._broken_packets:
            self._broken_packets = 0
            out.append(Packet(0, Command.GENERAL_ERROR, bytes((Result.TRANSFER_ERROR,))))
        return [encode(packet) for packet in out]

    def due_s(self) -> float:
        return self.output.due_s()

    def suffer(self, kind: FaultKind, now_s: float) -> list[bytes]:
        """An emergency stop is the high voltage taken away: the P24 has no input for one [V]."""
        out = self._live(now_s)
        if kind == FaultKind.ELECTRODE_OFF:
            self.output.broken = dict.fromkeys(self.bad_outputs, ChannelState.ELECTRODE_ERROR)
        elif kind == FaultKind.LOW_CURRENT:
            self.output.broken = dict.fromkeys(self.bad_outputs, ChannelState.LOW_CURRENT)
        elif kind == FaultKind.EMERGENCY_STOP:
            self.output.fail()
        elif kind == FaultKind.RESET:
            self._power_on()
        return [encode(packet) for packet in out]

    def mend(self) -> None:
        """Electrodes on, supply back."""
        self.output.broken.clear()
        self.output.supply_failed = False

    def forged(self, packet: bytes, kind: FaultKind) -> bytes:
        true = decode(packet)
        if true is None:
            return packet
        if kind == FaultKind.ACK_WRONG_NUMBER:
            return encode(true._replace(number=(true.number + 1) % NUMBERS))
        if kind == FaultKind.ACK_WRONG_COMMAND:
            return encode(true._replace(command=true.command + 2))
        return encode(true._replace(data=bytes((Result.PARAMETER_ERROR,)) + true.data[1:]))

    def _log(self, pulse: DevicePulse) -> None:
        self.pulses.append(pulse)
        if self.on_pulse is not None:
            self.on_pulse(pulse)

    def _power_on(self) -> None:
        self._level = NONE
        self.output.off()
        self._reader.clear()

    def _parse(self, raw: bytes) -> Packet | None:
        packet = decode(raw)
        self._broken_packets += packet is None
        return packet

    def _obey(self, packet: Packet, now_s: float) -> Packet | None:
        """Carry out one command; its acknowledgement, None where that comes after execution."""
        if packet.command not in COMMANDS_WITH_ANSWER:
            return Packet(packet.number, Command.UNKNOWN_COMMAND, bytes((Result.INVALID_COMMAND,)))
        data: bytes | None
        match packet.command:
            case Command.GET_DEVICE_ID:
                data = b"\0" + DEVICE_ID
            case Command.GET_EXTENDED_VERSION:
                data = b"\0" + VERSION
            case Command.GET_STIM_STATUS:
                data = bytes((Result.OK, self.level, 6 if self.high_voltage else 1))
            case Command.RESET:
                self._power_on()
                data = b"\0"
            case Command.LL_INIT:
                data = bytes((self._low_init(packet.data),))
            case Command.LL_CHANNEL_CONFIG:
                data = self._low_pulse(packet, now_s)
            case Command.ML_INIT:
                data = bytes((self._mid_init(packet.data),))
            case Command.ML_UPDATE:
                data = bytes((self._mid_update(packet.data, now_s),))
            case Command.ML_GET_CURRENT_DATA:
                data = self._mid_state(packet.data, now_s)
            case _:
                data = bytes((self._stop(packet.command),))
        return None if data is None else Packet(packet.number, packet.command + 1, data)

    def _low_init(self, data: bytes) -> Result:
        if len(data) != 1 or data[0] & 0x81:
            return Result.PARAMETER_ERROR
        if self.level not in (NONE, LOW):
            return Result.NOT_INITIALISED
        if self.output.supply_failed:
            return Result.HIGH_VOLTAGE_ERROR
        self._level = LOW
        self.output.high_voltage = data[0] >> 1 & 0x07 != 1
        return Result.OK

    def _low_pulse(self, packet: Packet, now_s: float) -> bytes | None:
        wanted = low_pulse_of(packet.data)
        where = 0 if not packet.data else (packet.data[0] >> 4 & 1) << 4 | packet.data[0] >> 5 & 3
        if self.level != LOW:
            result = Result.NOT_INITIALISED
        elif wanted is None or not _possible(wanted[2]):
            result = Result.PARAMETER_ERROR
        elif len(self.output.waiting) >= QUEUE:
            result = Result.BUSY
        elif not wanted[0]:
            result = Result.OK
        else:
            _, output, pulse = wanted
            self.output.queue(packet.number, output, pulse, now_s)
            return None
        return bytes((result, where, 0))

    def _mid_init(self, data: bytes) -> Result:
        if len(data) != 1 or data[0] > 1:
            return Result.PARAMETER_ERROR
        if self.level == LOW:
            return Result.NOT_INITIALISED
        if self.output.supply_failed:
            return Result.HIGH_VOLTAGE_ERROR
        self.output.off()
        self._level, self.output.high_voltage = MID, True
        self.output.stop_all = bool(data[0])
        return Result.OK

    def _mid_update(self, data: bytes, now_s: float) -> Result:
        channels = mid_update_of(data)
        if self.level not in (MID, MID_RUNNING):
            return Result.NOT_INITIALISED
        if channels is None or not all(_possible(channel.pulse) for channel in channels) or _overload(channels):
            return Result.PARAMETER_ERROR
        if self.output.supply_failed:
            return Result.HIGH_VOLTAGE_ERROR
        self.output.repeat(channels, now_s)
        return Result.OK

    def _mid_state(self, data: bytes, now_s: float) -> bytes:
        if self.level not in (MID, MID_RUNNING):
            return bytes((Result.NOT_INITIALISED,))
        if data != b"\x04":
            return bytes((Result.PARAMETER_ERROR,))
        if self.output.supply_failed:
            return bytes((Result.HIGH_VOLTAGE_ERROR,))
        self.output.keep_alive(now_s)
        mask = 0
        for output in self.output.running:
            mask |= 1 << (output - 1)
        nibbles = [self.output.states.get(output, ChannelState.OK) for output in range(1, 9)]
        pairs = [low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True)]
        return bytes((Result.OK, 4, mask, *pairs))

    def _stop(self, command: int) -> Result:
        if self.level not in ((NONE, LOW) if command == Command.LL_STOP else (NONE, MID, MID_RUNNING)):
            return Result.NOT_INITIALISED
        self._power_on()
        return Result.OK

    def _live(self, now_s: float) -> list[Packet]:
        """Put out what is due by `now_s`; the acknowledgements that this brings."""
        done: list[Packet] = []
        for pattern in self.output.live(now_s):
            where = (pattern.output - 1) // 4 << 4 | (pattern.output - 1) % 4
            result = Result.OK if pattern.result is None else pattern.result
            done.append(Packet(pattern.number, Command.LL_CHANNEL_CONFIG + 1, bytes((result, where, 0))))
        return done


def _possible(pulse: Pulse) -> bool:
    return all(abs(phase.steps) <= MOST_STEPS and phase.duration_us > 0 for phase in pulse)


def _overload(channels: tuple[MidChannel, ...]) -> bool:
    load = 0.0
    for channel in channels:
        load += (length_us(channel.pulse) + DEAD_TIME_US) / (channel.period_quarter_ms * 250.0)
    return load >= 1.0
