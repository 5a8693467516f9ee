"""HASOMED RehaStim2, a stimulator with eight outputs on a serial port, by ScienceMode2.

Somebody has to choose ScienceMode on its screen; then it says INIT until it is acknowledged [V]. Without a valid packet
for 1.2 s it stops, forgets everything and says INIT again [V]: here it is fed out of the tick only, so that a dead host
stimulates nobody for longer than that, and whenever it says INIT its stimulation has stopped.
"""

from collections.abc import Callable, Generator, Mapping

from config.outputs import REHASTIM2
from config.schema import ChannelSettings, Rehastim2Settings
from controller.signals import DeviceStatus, Pulses, PulseTrain, StimulationCommand
from drivers.background import Background
from drivers.errors import DeviceAbsent, DeviceFailed
from drivers.interfaces import Clock
from drivers.output_guard import OutputGuard, refused
from drivers.rehastim2_frames import (
    LONGEST_PACKET,
    NUMBERS,
    Command,
    DeviceMode,
    Packet,
    Result,
    StimulationError,
    decode,
    encode,
    result_of,
    signed_byte,
)
from drivers.rehastim2_lists import ContinuousList, OneShotList
from drivers.serial_line import LineSettings, Transport
from drivers.serial_link import Link, Sent, ask, wait_for
from drivers.serial_session import SerialSession

USB_ID = (0x0403, 0x6001)
"""The id of an FTDI adapter as it comes from the factory [A]: several on one computer need `port` in the config."""
LINE = LineSettings(baud=460800, parity="E")
ANSWER_S = 0.1
"""The device answers within 100 ms [V]."""
FEED_S = 0.4
"""A packet goes out at least this often; the device's watchdog waits 1.2 s [V]."""
HELLO_S = 2.5
"""INIT comes every 0.5 s [V]; where a session was under way, only after its watchdog."""

BEGUN_ANEW = "has stopped and begun anew: was it switched off, or this program held up? check supply and load"
ERRORS = {
    StimulationError.EMERGENCY_SWITCH: "its emergency switch is pressed or not plugged in: see why, then release it",
    StimulationError.ELECTRODE: "an electrode of {} is off or dry: check both electrodes and their plugs",
    StimulationError.MODULE: "its stimulation module has failed: switch the device off and on, else have it repaired",
}


def new_link(settings: Rehastim2Settings, transport: Transport, clock: Clock) -> Link[Packet]:
    """A line on which ScienceMode2 is spoken."""
    return Link(f"RehaStim2 {settings.id}", transport, clock, decode, longest=LONGEST_PACKET, numbers=NUMBERS)


class Rehastim2:
    """`drivers.interfaces.Stimulator` on a RehaStim2. Never stimulates at open, at close or after an error.

    `channels`: number of the output to the settings of the channel on it. `background`: where it comes back from a
    failure, off the tick. `version`: of the protocol, as the device says.
    """

    def __init__(
        self,
        settings: Rehastim2Settings,
        channels: Mapping[int, ChannelSettings],
        transport: Transport,
        clock: Clock,
        background: Background,
    ) -> None:
        self.version = 0
        self._ready = False
        self._on = ""
        self._clock = clock
        self._background = background
        self.link = new_link(settings, transport, clock)
        guards = {output: OutputGuard(channels[output], REHASTIM2) for output in sorted(channels)}
        self._outputs = frozenset(guards)
        self.list = (ContinuousList if settings.mode == "continuous" else OneShotList)(self.link, guards)
        self._session = SerialSession(
            self.link, clock, background, setup=self._set_up, last=_last_packets, ended=_has_ended
        )

    def open(self) -> None:
        """Claim the port, wait for the device's INIT (2.5 s at most) and set it up, idle. Raises DriverError."""
        self._session.open()

    def apply(self, command: StimulationCommand) -> None:
        t_s = self._clock.now()
        trains = command.trains if isinstance(command, Pulses) else ()
        on = [train.channel for train in trains if train.current_ma != 0.0]
        self._on = " or ".join(on) or self._on
        if not self._session.may_go_on(t_s, wanted=bool(on)):
            self._stay_in_touch(t_s)
            return
        self._hear()
        if self._session.problem:
            return
        if not self._ready:
            self._fail(BEGUN_ANEW)
        elif reason := self._refusal(command, trains) or self.list.send(trains, t_s):
            self._fail(reason)
        else:
            self._feed(t_s)
        if self.link.problem:
            self._fail(self.link.problem)

    def status(self) -> DeviceStatus:
        self._hear()
        return DeviceStatus(self._clock.now(), self._session.problem)

    def stop(self) -> None:
        self._ready = False
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

    def _fail(self, reason: str) -> None:
        self._ready = False
        self._session.fail(reason)

    def _feed(self, t_s: float) -> None:
        if t_s - self.link.sent_s >= FEED_S:
            self.link.send(_build(Command.WATCHDOG), None, "the watchdog")

    def _hear(self) -> None:
        """Judge what has come back since. Never waits."""
        if self._session.problem:
            return
        for packet in self.link.frames():
            if reason := self._judge(packet):
                self._fail(reason)
                return
        late = self.link.overdue(ANSWER_S)
        if self.link.problem:
            self._fail(self.link.problem)
        elif self.link.junk():
            self._fail(f"unreadable bytes on {self.link.where}: check the cable and its plugs")
        elif late is not None:
            self._fail(
                f"no answer to {late.what} within {ANSWER_S * 1000:.0f} ms: check the cable, is the device switched on?"
            )

    def _judge(self, packet: Packet) -> str:
        """Why this packet is a reason to fail; empty when it is a good answer to what was sent."""
        result = result_of(packet.data)
        if packet.command == Command.INIT:
            self._acknowledge(packet)
            return BEGUN_ANEW
        if packet.command == Command.STIMULATION_ERROR:
            known = {int(error): text for error, text in ERRORS.items()}
            other = f"has stopped with error {result}: switch it off and on"
            return known.get(0 if result is None else result, other).format(self._on or "a channel")
        return self._judge_answer(packet, result)

    def _judge_answer(self, packet: Packet, result: int | None) -> str:
        sent = self.link.settle(packet.number, packet.command)
        if packet.command == Command.UNKNOWN_COMMAND:
            return "does not know a command: switch it off and on, and choose ScienceMode on its screen"
        if sent is None:
            return (
                f"sent an acknowledgement that nobody waits for (number {packet.number}, command {packet.command}): "
                "check the cable; does another program use the port?"
            )
        if result != Result.OK:
            return _refused(result, sent.what)
        self.list.settled(sent)
        return ""

    def _acknowledge(self, packet: Packet) -> None:
        self.link.send(lambda _: encode(Packet(packet.number, Command.INIT_ACK, signed_byte(Result.OK))), None, "INIT")

    def _stay_in_touch(self, t_s: float) -> None:
        """While failed: a device that begins anew is answered, one that is set up again is kept awake.

        The line is left alone while the driver comes back.
        """
        if self._background.busy():
            return
        for packet in self.link.frames():
            if packet.command == Command.INIT:
                self._ready = False
                self._acknowledge(packet)
        if self._ready:
            self._feed(t_s)

    def _set_up(self) -> Generator[float, None, None]:
        """Job: wait for INIT, acknowledge it, see that nothing runs, and prepare the list."""
        self.version = yield from greet(self.link)
        mode = yield from _ask(self.link, Command.GET_MODE, b"", "the question for its mode")
        if mode.data[1:] != bytes((DeviceMode.START,)):
            raise DeviceFailed(f"{self.link.name}: is not idle after INIT: switch it off and on")
        yield from _ask(self.link, Command.INIT_CHANNEL_LIST, self.list.init_data, "the channel list")
        self.link.forget()
        self.list.begin()
        self._ready = True


def greet(link: Link[Packet]) -> Generator[float, None, int]:
    """Job: wait for INIT and acknowledge it; the protocol version that it names. Raises DeviceAbsent."""
    hello = yield from wait_for(link, lambda packet: packet.command == Command.INIT and len(packet.data) == 1, HELLO_S)
    if hello is None:
        raise DeviceAbsent(
            f"{link.name}: nothing from it on {link.where} for {HELLO_S:g} s: "
            "is it switched on, and is ScienceMode chosen on its screen?"
        )
    link.send(lambda _: encode(Packet(hello.number, Command.INIT_ACK, signed_byte(Result.OK))), None, "INIT")
    return hello.data[0]


def examination(link: Link[Packet], questions: int) -> Generator[float, None, tuple[str, list[float]]]:
    """Job: who answers, in words, and how long so many questions took to be answered, s. No list is prepared."""
    version = yield from greet(link)
    took_s = []
    for _ in range(questions):
        begin_s = link.clock.now()
        yield from _ask(link, Command.GET_MODE, b"", "the question for its mode")
        took_s.append(link.clock.now() - begin_s)
    return f"RehaStim2, ScienceMode2 version {version}", took_s


def _ask(link: Link[Packet], command: Command, data: bytes, what: str) -> Generator[float, None, Packet]:
    packet = yield from ask(link, _build(command, data), command + 1, what, _fits, ANSWER_S)
    if result_of(packet.data) != Result.OK:
        raise DeviceFailed(f"{link.name}: {_refused(result_of(packet.data), what)}")
    return packet


def _refused(result: int | None, what: str) -> str:
    words = {
        Result.TRANSFER_ERROR: "could not read {}: check the cable and its plugs",
        Result.WRONG_MODE: "was not ready for {}: check whether its stop or its screen was touched",
        Result.BUSY: "is too busy for {}: check that nobody uses its screen, else switch it off and on",
    }
    known = {int(key): text for key, text in words.items()}
    return known.get(
        -100 if result is None else result, f"answers result {result} to {{}}: switch it off and on, check its screen"
    ).format(what)


def _last_packets() -> list[bytes]:
    """What ends all output."""
    return [encode(Packet(0, Command.STOP_CHANNEL_LIST))]


def _has_ended(packet: Packet) -> bool:
    """Also a device that begins anew has ended its output."""
    return packet.command in (Command.STOP_CHANNEL_LIST_ACK, Command.INIT)


def _fits(packet: Packet, sent: Sent) -> bool:
    return (packet.number, packet.command) == (sent.number, sent.answer)


def _build(command: Command, data: bytes = b"") -> Callable[[int], bytes]:
    return lambda number: encode(Packet(number, command, data))
