"""A HASOMED RehaStim2 on the bench: ScienceMode2 as its documents tell it, byte for byte, with a log of every pulse.

Marks: [V] the vendor's description; [A] assumed here, because the documents do not say.
"""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

from config.outputs import REHASTIM2, REHASTIM2_SHORTEST_INTERVAL_MS
from drivers.framing import FrameReader
from drivers.rehastim2_frames import (
    COMMANDS_WITH_ANSWER,
    LONGEST_PACKET,
    NUMBERS,
    ONE_SHOT,
    ChannelList,
    Command,
    DeviceMode,
    ListPulse,
    Packet,
    Result,
    StimulationError,
    channel_list_of,
    decode,
    decode_damaged,
    encode,
    group_interval_ms,
    main_interval_ms,
    pulses_of,
    signed_byte,
    single_pulse_of,
)
from simulator.devices.device import Circuit, DevicePulse, Phase, Skin, good_skin
from simulator.devices.faults import FaultKind

VERSION = 1
INIT_EVERY_S = 0.5
"""How often INIT is repeated until it is acknowledged [V]."""
WATCHDOG_S = 1.2
"""Without a valid packet for this long the device stops and begins anew [V]."""
ANSWER_S = 0.005
"""From a command to its answer: below 20 ms on average, 100 ms at most [V]."""
EXECUTION_S = 0.012
"""From a command to the first pulse: 10 to 24 ms [V]."""
SLOT_S = 0.0015
"""Each output of a list has a time slot [V]."""
SHORTEST_PULSE_US = 20


class _Due(NamedTuple):
    """A pulse that is going to be put out."""

    t_s: float
    output: int
    pulse: ListPulse


class Rehastim2Core:
    """`simulator.devices.device.Core` of a RehaStim2. Times must not run backwards.

    `bad_outputs`: which outputs an electrode fault is about. Where `skin` takes more voltage than it has, the test
    impulse before a pulse finds an electrode error too [A]. `answer_s`, `execution_s`: how slow it is. `selected`:
    somebody has chosen ScienceMode on its screen; before that it is silent [V].
    """

    def __init__(self) -> None:
        self.pulses: list[DevicePulse] = []
        self.on_pulse: Callable[[DevicePulse], None] | None = None
        self.skin: Skin = good_skin
        self.bad_outputs = frozenset((1,))
        self.answer_s = ANSWER_S
        self.execution_s = EXECUTION_S
        self.selected = True
        self.mode = DeviceMode.START
        self.connected = False
        self.init_count = 0
        self._reader = FrameReader(self._parse, LONGEST_PACKET)
        self._damaged: list[Packet] = []
        self._off: frozenset[int] = frozenset()
        self._emergency = False
        self._numbers = 0
        self._offered: list[int] = []
        self._next_init_s = -inf
        self._alive_s = -inf
        self._list = ChannelList(())
        self._params: tuple[ListPulse, ...] = ()
        self._next_list_s = inf
        self._rounds = 0
        self._due: list[_Due] = []
        self._out: list[tuple[float, Packet]] = []

    def feed(self, data: bytes, now_s: float) -> bytes:
        return b"".join(self.answers(data, now_s))

    def answers(self, data: bytes, now_s: float) -> list[bytes]:
        self._live(now_s)
        for packet in self._reader.feed(data):
            self._obey(packet, now_s)
        for packet in self._damaged:
            self._complain(packet, now_s)
        self._damaged.clear()
        self._live(now_s)
        ready = [packet for t_s, packet in self._out if t_s <= now_s]
        self._out = [(t_s, packet) for t_s, packet in self._out if t_s > now_s]
        return [encode(packet) for packet in ready]

    def due_s(self) -> float:
        times = [t_s for t_s, _ in self._out] + [due.t_s for due in self._due]
        if self.connected:
            times.append(self._alive_s + WATCHDOG_S)
        elif self.selected:
            times.append(self._next_init_s)
        return min(*times, self._next_list_s, inf)

    def suffer(self, kind: FaultKind, now_s: float) -> list[bytes]:
        """A RehaStim2 reports no low current: its test impulse takes that for an electrode error [A]."""
        self._live(now_s)
        if kind in (FaultKind.ELECTRODE_OFF, FaultKind.LOW_CURRENT):
            self._off = self.bad_outputs
        elif kind == FaultKind.EMERGENCY_STOP:
            self._emergency = True
            # Told at once, whether or not anything runs [A].
            if self.connected:
                self._give_up(StimulationError.EMERGENCY_SWITCH, now_s)
        elif kind == FaultKind.RESET:
            self._out.clear()
            self._begin_anew(now_s + INIT_EVERY_S)
        return []

    def mend(self) -> None:
        """Electrodes on, emergency switch released."""
        self._off = frozenset()
        self._emergency = False

    def forged(self, packet: bytes, kind: FaultKind) -> bytes:
        true = decode(packet)
        if true is None:
            return packet
        if kind == FaultKind.ACK_WRONG_NUMBER:
            return encode(true._replace(number=(true.number + 1) % NUMBERS))
        if kind == FaultKind.ACK_WRONG_COMMAND:
            return encode(true._replace(command=true.command + 2))
        return encode(true._replace(data=signed_byte(Result.BUSY)))

    def _parse(self, frame: bytes) -> Packet | None:
        packet, good = decode_damaged(frame)
        if packet is not None and not good:
            self._damaged.append(packet)
        return packet if good else None

    def _live(self, now_s: float) -> None:
        """Everything that it does by itself until `now_s`, in order."""
        if self._next_init_s == -inf:
            # It is switched on now.
            self._next_init_s = now_s
        while True:
            trip_s = self._alive_s + WATCHDOG_S if self.connected else inf
            init_s = self._next_init_s if self.selected and not self.connected else inf
            pulse_s = self._due[0].t_s if self._due else inf
            next_s = min(trip_s, init_s, pulse_s, self._next_list_s)
            if next_s > now_s:
                return
            if next_s == trip_s:
                self._begin_anew(trip_s)
            elif next_s == pulse_s:
                self._put_out(self._due.pop(0))
            elif next_s == self._next_list_s:
                self._run_list(self._next_list_s)
            else:
                self._offer(init_s)

    def _begin_anew(self, init_s: float) -> None:
        """All modes reset, output off, waiting to be initialised."""
        self.connected = False
        self._stop()
        self._offered.clear()
        self._next_init_s = init_s

    def _offer(self, t_s: float) -> None:
        self.init_count += 1
        self._offered = [*self._offered[-1:], self._numbers]
        self._tell(t_s, Command.INIT, bytes((VERSION,)))
        self._next_init_s = t_s + INIT_EVERY_S

    def _obey(self, packet: Packet, now_s: float) -> None:
        if not self.connected:
            # Nothing else is acknowledged before that [A].
            if packet.command == Command.INIT_ACK and packet.number in self._offered and packet.data == b"\0":
                self.connected = True
                self._alive_s = now_s
            return
        self._alive_s = now_s
        if packet.command in COMMANDS_WITH_ANSWER:
            result, more = self._carry_out(packet, now_s)
            self._answer(now_s, packet.number, packet.command + 1, signed_byte(result) + more)
        elif packet.command not in (Command.WATCHDOG, Command.INIT_ACK):
            self._answer(now_s, packet.number, Command.UNKNOWN_COMMAND, bytes((packet.command,)))

    def _complain(self, packet: Packet, now_s: float) -> None:
        """The answer to a damaged command says so [V]; the watchdog is not fed by it [V]."""
        if self.connected and packet.command in COMMANDS_WITH_ANSWER:
            self._answer(now_s, packet.number, packet.command + 1, signed_byte(Result.TRANSFER_ERROR))

    def _carry_out(self, packet: Packet, now_s: float) -> tuple[Result, bytes]:
        match packet.command:
            case Command.GET_MODE:
                return (Result.PARAMETER_ERROR, b"") if packet.data else (Result.OK, bytes((self.mode,)))
            case Command.INIT_CHANNEL_LIST:
                return self._init_list(packet.data), b""
            case Command.START_CHANNEL_LIST:
                return self._start_list(packet.data, now_s), b""
            case Command.STOP_CHANNEL_LIST:
                self._stop()
                return Result.OK, b""
            case _:
                return self._single_pulse(packet.data, now_s), b""

    def _init_list(self, data: bytes) -> Result:
        if self.mode == DeviceMode.STARTED:
            return Result.WRONG_MODE
        wanted = channel_list_of(data)
        if wanted is None:
            return Result.PARAMETER_ERROR
        self._list, self._params = wanted, ()
        self.mode = DeviceMode.INITIALISED
        return Result.OK

    def _start_list(self, data: bytes, now_s: float) -> Result:
        if self.mode == DeviceMode.START:
            return Result.WRONG_MODE
        pulses = pulses_of(data, len(self._list.outputs))
        if pulses is None or not self._fits(pulses):
            return Result.PARAMETER_ERROR
        started = self.mode == DeviceMode.STARTED
        self.mode = DeviceMode.STARTED
        self._params = pulses
        if self._list.main_code == ONE_SHOT:
            self._run_list(now_s + self.execution_s)
        elif not started:
            self._next_list_s = now_s + self.execution_s
        return Result.OK

    def _fits(self, pulses: tuple[ListPulse, ...]) -> bool:
        """The main interval has room for the groups [V]."""
        if self._list.main_code == ONE_SHOT:
            return True
        longest_ms = max([pulse.group for pulse in pulses], default=0) * group_interval_ms(self._list.group_code)
        return longest_ms <= self._interval_s() * 1000.0

    def _interval_s(self) -> float:
        return max(main_interval_ms(self._list.main_code), REHASTIM2_SHORTEST_INTERVAL_MS) / 1000.0

    def _single_pulse(self, data: bytes, now_s: float) -> Result:
        if self.mode != DeviceMode.START:
            return Result.WRONG_MODE
        pulse = single_pulse_of(data)
        if pulse is None:
            return Result.PARAMETER_ERROR
        self._plan(now_s + self.execution_s, pulse.output, ListPulse(pulse.pulse_width_us, pulse.current_ma))
        return Result.OK

    def _run_list(self, t_s: float) -> None:
        """Plan the pulses of one round of the list. Slow outputs take part in every round of so many [A]."""
        slow = self._rounds % (self._list.slow_factor + 1) != 0
        self._rounds += 1
        for slot, (output, pulse) in enumerate(zip(self._list.outputs, self._params, strict=True)):
            if slow and output in self._list.slow_outputs:
                continue
            for i in range(pulse.group):
                self._plan(t_s + slot * SLOT_S + i * group_interval_ms(self._list.group_code) / 1000.0, output, pulse)
        self._next_list_s = inf if self._list.main_code == ONE_SHOT else t_s + self._interval_s()

    def _plan(self, t_s: float, output: int, pulse: ListPulse) -> None:
        self._due.append(_Due(t_s, output, pulse))
        self._due.sort(key=lambda due: due.t_s)

    def _put_out(self, due: _Due) -> None:
        """One pulse, after its test impulse: in steps of 2 mA, biphasic and balanced [V]."""
        current_ma = due.pulse.current_ma // 2 * 2.0
        width_us = max(due.pulse.pulse_width_us, SHORTEST_PULSE_US)
        gap_us = float(REHASTIM2.gap_us or 0)
        phases = (Phase(width_us, current_ma), Phase(gap_us, 0.0), Phase(width_us, -current_ma))
        pulse = DevicePulse(due.t_s, due.output, phases)
        if self._emergency:
            self._give_up(StimulationError.EMERGENCY_SWITCH, due.t_s)
        elif current_ma and (due.output in self._off or self.skin(pulse) != Circuit.GOOD):
            self._give_up(StimulationError.ELECTRODE, due.t_s)
        elif current_ma and due.pulse.pulse_width_us:
            self.pulses.append(pulse)
            if self.on_pulse is not None:
                self.on_pulse(pulse)

    def _give_up(self, error: StimulationError, t_s: float) -> None:
        """It has stopped and says why [V]."""
        self._stop()
        self._tell(t_s, Command.STIMULATION_ERROR, signed_byte(error))

    def _stop(self) -> None:
        self.mode = DeviceMode.START
        self._due.clear()
        self._next_list_s = inf

    def _tell(self, t_s: float, command: int, data: bytes) -> None:
        """A packet of the device's own, with a number of its own."""
        self._out.append((t_s, Packet(self._numbers, command, data)))
        self._numbers = (self._numbers + 1) % NUMBERS

    def _answer(self, now_s: float, number: int, command: int, data: bytes) -> None:
        self._out.append((now_s + self.answer_s, Packet(number, command, data)))
