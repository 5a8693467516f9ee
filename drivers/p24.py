"""HASOMED P24, a research stimulator with eight outputs on USB, by ScienceMode4. Not a medical device.

It is told over `drivers.p24_frames`; low or mid level (`drivers.p24_levels`) by the settings. It does not enforce
charge balance [V], so `drivers.waveform` and `drivers.output_guard` do, here as the last word before the wire.
"""

from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple

from config.outputs import P24 as P24_OUTPUT
from config.schema import ChannelSettings, P24Settings
from controller.signals import DeviceStatus, Pulses, PulseTrain, StimulationCommand
from drivers.background import Background
from drivers.errors import DeviceFailed, WrongDevice
from drivers.interfaces import Clock
from drivers.output_guard import OutputGuard, refused
from drivers.p24_frames import (
    LONGEST_PACKET,
    NUMBERS,
    Command,
    Packet,
    Result,
    Version,
    decode,
    device_id_of,
    encode,
    stim_status_of,
    version_of,
)
from drivers.p24_levels import LowLevel, MidLevel, fault_text
from drivers.serial_line import LineSettings, Transport
from drivers.serial_link import Link, Sent, ask
from drivers.serial_session import SerialSession

USB_ID = (0x0483, 0x5740)
"""The generic id of an STM32 with a serial line [V]: so a port with it is asked who it is before anything else."""
LINE = LineSettings(baud=115200)
"""USB CDC: the line settings have no effect [V]."""
PROTOCOL = 4
HIGH_VOLTAGE_ON = 6
MID_LEVEL_RUNS = 3
ANSWER_S = 0.1
"""A command that has waited longer for its acknowledgement has failed; the round trip is a few ms [C]."""
SETUP_ANSWER_S = 0.3
IDLE_QUESTION_S = 0.5
"""While nothing flows the device is asked this often how it is."""


class Identity(NamedTuple):
    """Who answers on a port."""

    device_id: str
    version: Version


def new_link(settings: P24Settings, transport: Transport, clock: Clock) -> Link[Packet]:
    """A line on which ScienceMode4 is spoken."""
    return Link(f"P24 {settings.id}", transport, clock, decode, longest=LONGEST_PACKET, numbers=NUMBERS)


class P24:
    """`drivers.interfaces.Stimulator` on a P24. Never stimulates at open, at close or after an error.

    `channels`: number of the output to the settings of the channel on it. `background`: where it comes back from a
    failure, off the tick.
    """

    def __init__(
        self,
        settings: P24Settings,
        channels: Mapping[int, ChannelSettings],
        transport: Transport,
        clock: Clock,
        background: Background,
    ) -> None:
        self.identity: Identity | None = None
        self._clock = clock
        self.link = new_link(settings, transport, clock)
        guards = {output: OutputGuard(channel, P24_OUTPUT) for output, channel in channels.items()}
        self._outputs = frozenset(guards)
        self.level = MidLevel(self.link, guards) if settings.mode == "mid" else LowLevel(self.link, guards)
        self._session = SerialSession(
            self.link, clock, background, setup=self._set_up, last=self.level.last, ended=self._has_ended
        )

    def open(self) -> None:
        """Claim the port, identify the device, then switch its high voltage on. Raises DriverError."""
        self.identity = None
        self._session.open()

    def apply(self, command: StimulationCommand) -> None:
        t_s = self._clock.now()
        trains = command.trains if isinstance(command, Pulses) else ()
        wanted = not all(train.current_ma == 0.0 for train in trains)
        if not self._session.may_go_on(t_s, wanted=wanted):
            return
        self._hear()
        if self._session.problem:
            return
        if reason := self._refusal(command, trains) or self.level.send(trains, t_s):
            self._session.fail(reason)
        elif not self.link.waiting and t_s - self.link.sent_s >= IDLE_QUESTION_S:
            self._send(Command.GET_STIM_STATUS, b"", "the question how it is")
        if self.link.problem:
            self._session.fail(self.link.problem)

    def status(self) -> DeviceStatus:
        self._hear()
        return DeviceStatus(self._clock.now(), self._session.problem)

    def stop(self) -> None:
        self._session.stop()

    def close(self) -> None:
        self._session.close()

    def _refusal(self, command: StimulationCommand, trains: tuple[PulseTrain, ...]) -> str:
        if not isinstance(command, Pulses):
            return "takes pulses, got a contact command: give the channel another stimulator"
        for train in trains:
            if train.output not in self._outputs:
                return refused(train.channel, f"asks for output {train.output}, which has no channel in the settings")
        if len({train.output for train in trains}) < len(trains):
            return refused(trains[0].channel, "two commands at once for one output")
        return ""

    def _hear(self) -> None:
        """Judge what has come back since. Never waits."""
        if self._session.problem:
            return
        for packet in self.link.frames():
            if reason := self._judge(packet):
                self._session.fail(reason)
                return
        late = self.link.overdue(ANSWER_S)
        if self.link.problem:
            self._session.fail(self.link.problem)
        elif self.link.junk():
            self._session.fail(f"unreadable bytes on {self.link.where}: check the USB cable and hub")
        elif late is not None:
            self._session.fail(
                f"no answer to {late.what} within {ANSWER_S * 1000:.0f} ms: check the USB cable, hub and supply"
            )

    def _judge(self, packet: Packet) -> str:
        """Why this packet is a reason to fail; empty when it is a good answer to what was sent."""
        if packet.command in (Command.GENERAL_ERROR, Command.UNKNOWN_COMMAND):
            return f"could not read a command (result {packet.result}): check the USB cable and hub"
        sent = self.link.settle(packet.number, packet.command)
        if sent is None:
            return (
                f"sent an acknowledgement that nobody waits for (number {packet.number}, command {packet.command}): "
                "check the USB cable; does another program use the port?"
            )
        if packet.result != Result.OK:
            return fault_text(packet.result, sent.what.removeprefix("a pulse of "), sent.what)
        if sent.answer == Command.GET_STIM_STATUS + 1:
            return self._wrong_state(packet)
        return self.level.settled(sent, packet)

    def _wrong_state(self, packet: Packet) -> str:
        state = stim_status_of(packet.data)
        if state is None or state.level not in self.level.status_level:
            return fault_text(Result.NOT_INITIALISED, "", "")
        return "" if state.high_voltage == HIGH_VOLTAGE_ON else fault_text(Result.HIGH_VOLTAGE_ERROR, "", "")

    def _send(self, command: Command, data: bytes, what: str) -> None:
        self.link.send(_build(command, data), command + 1, what)

    def _has_ended(self, packet: Packet) -> bool:
        return packet.command == self.level.stop + 1

    def _set_up(self) -> Generator[float, None, None]:
        """Job: identify, end what a dead host may have left running, then high voltage."""
        found = yield from identify(self.link)
        if self.identity is not None and found.device_id != self.identity.device_id:
            raise WrongDevice(
                f"{self.link.name}: another P24 ({found.device_id}) is on {self.link.where}, it was "
                f"{self.identity.device_id}: check the electrodes and the current set for it, then start again"
            )
        self.identity = found
        state = stim_status_of(
            (yield from _ask(self.link, Command.GET_STIM_STATUS, b"", "the question how it is")).data
        )
        if state is None or state.level != 0:
            stop = Command.LL_STOP if state is not None and state.level == 1 else Command.ML_STOP
            yield from _ask(self.link, stop, b"", "the stop of an old session")
        what = "the start of a session"
        answer = yield from _ask(self.link, self.level.init, self.level.init_data, what)
        if answer.result != Result.OK:
            raise DeviceFailed(f"{self.link.name}: {fault_text(answer.result, '', what)}")
        state_now = yield from _ask(self.link, Command.GET_STIM_STATUS, b"", "the question how it is")
        if reason := self._wrong_state(state_now):
            raise DeviceFailed(f"{self.link.name}: {reason}")
        begun = stim_status_of(state_now.data)
        if begun is None or begun.level == MID_LEVEL_RUNS:
            raise DeviceFailed(f"{self.link.name}: stimulates though it was told to stop: switch the device off and on")
        self.link.forget()
        self.level.begin()


def identify(link: Link[Packet]) -> Generator[float, None, Identity]:
    """Job: ask who answers. Raises DeviceAbsent when nobody does, WrongDevice when it is no P24."""
    named = device_id_of((yield from _ask(link, Command.GET_DEVICE_ID, b"", "the question who it is")).data)
    version = version_of(
        (yield from _ask(link, Command.GET_EXTENDED_VERSION, b"", "the question for its version")).data
    )
    if named is None or version is None or version.protocol[0] != PROTOCOL:
        raise WrongDevice(
            f"{link.name}: what answers on {link.where} is no P24 with ScienceMode{PROTOCOL}: check port in the config"
        )
    return Identity(named, version)


def examination(link: Link[Packet], questions: int) -> Generator[float, None, tuple[str, list[float]]]:
    """Job: who answers, in words, and how long so many questions took to be answered, s. High voltage stays off."""
    device_id, version = yield from identify(link)
    took_s = []
    for _ in range(questions):
        begin_s = link.clock.now()
        yield from _ask(link, Command.GET_STIM_STATUS, b"", "the question how it is")
        took_s.append(link.clock.now() - begin_s)
    firmware, protocol = (".".join([str(part) for part in one]) for one in version)
    return f"P24 {device_id}, firmware {firmware}, ScienceMode {protocol}", took_s


def _ask(link: Link[Packet], command: Command, data: bytes, what: str) -> Generator[float, None, Packet]:
    return ask(link, _build(command, data), command + 1, what, _fits, SETUP_ANSWER_S)


def _fits(packet: Packet, sent: Sent) -> bool:
    return (packet.number, packet.command) == (sent.number, sent.answer)


def _build(command: Command, data: bytes) -> Callable[[int], bytes]:
    return lambda number: encode(Packet(number, command, data))
