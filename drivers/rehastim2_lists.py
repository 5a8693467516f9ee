"""The two ways of stimulating with a RehaStim2, and what each sends in one tick.

One shot: every packet makes the list run once, so silence is off. Continuous: the device repeats the list by itself
until it is told to stop, or its watchdog of 1.2 s ends it.
"""

from collections.abc import Callable, Mapping, Sequence

from config.limits import HARD_MAX_BURST_S
from config.outputs import REHASTIM2, rehastim2_interval_ms
from controller.signals import NEVER_S, PulseTrain
from drivers.output_guard import OutputGuard, Pace, refused
from drivers.rehastim2_frames import (
    ONE_SHOT,
    ChannelList,
    Command,
    ListPulse,
    Packet,
    channel_list_data,
    encode,
    main_code_of,
    pulses_data,
)
from drivers.serial_link import Link, Sent
from drivers.waveform import Pulse

SILENT = ListPulse(20, 0)
"""An output that is to put out nothing in this round of the list."""
FORGIVEN = 4.0
"""So many answers in a row may be late: at 40 Hz the 100 ms that the device may take."""
LEAST_RELIEF = 0.01
"""No more than this share of the pulses is ever missing."""
ROUNDING_S = 1e-6


class OneShotList:
    """One packet for each round of pulses, and none before the last one is acknowledged.

    `init_data`: what prepares the device. `send` gives a reason to fail, or nothing; `settled` takes a good answer.
    """

    def __init__(self, link: Link[Packet], guards: Mapping[int, OutputGuard]) -> None:
        self.init_data = channel_list_data(ChannelList(tuple(guards), ONE_SHOT))
        self.pace = Pace(FORGIVEN, LEAST_RELIEF)
        self._link = link
        self._guards = guards

    def begin(self) -> None:
        """The device was set up anew."""
        self.pace.begin()

    def settled(self, sent: Sent) -> None:
        """An answer says nothing more than that the command was carried out."""

    def send(self, trains: Sequence[PulseTrain], t_s: float) -> str:
        """The pulses that are due in this tick, on all outputs in one packet."""
        due: dict[int, ListPulse] = {}
        for train in trains:
            guard = self._guards[train.output]
            pulse, reason = guard.pulse_of(train)
            if train.due and pulse and not guard.too_close(t_s):
                reason = reason or guard.too_many_or_long(t_s)
                due[train.output] = _list_pulse(pulse)
            if reason:
                return reason
        if not due:
            return ""
        if self._link.waiting:
            return "answers too slowly: check the cable, close other programs" if self.pace.withhold() else ""
        self.pace.went()
        for output in due:
            self._guards[output].sent(t_s)
        pulses = [due.get(output, SILENT) for output in self._guards]
        what = " and ".join([train.channel for train in trains if train.output in due])
        self._link.send(
            _build(Command.START_CHANNEL_LIST, pulses), Command.START_CHANNEL_LIST_ACK, f"a pulse of {what}"
        )
        return ""


class ContinuousList:
    """The device repeats the list; it is told every change, at most once a round, and the end of a burst at once.

    After each burst it is stopped and prepared for the next one. `send` gives a reason to fail, or nothing; `settled`
    takes a good answer.
    """

    def __init__(self, link: Link[Packet], guards: Mapping[int, OutputGuard]) -> None:
        self._link = link
        self._guards = guards
        rate_hz = min(guard.channel.rate_hz for guard in guards.values())
        interval_ms = rehastim2_interval_ms(rate_hz)
        self._interval_s = interval_ms / 1000.0
        self.init_data = channel_list_data(ChannelList(tuple(guards), main_code_of(interval_ms)))
        self.begin()

    def begin(self) -> None:
        """The device was set up anew: prepared, and doing nothing."""
        self._prepared = True
        self._told: tuple[ListPulse, ...] = ()
        self._told_s = NEVER_S
        self._ended_s = NEVER_S
        self._began_s: dict[int, float] = {}

    def settled(self, sent: Sent) -> None:
        """The device has done as it was told."""
        if sent.answer == Command.INIT_CHANNEL_LIST_ACK:
            self._prepared = True

    def send(self, trains: Sequence[PulseTrain], t_s: float) -> str:
        """What has changed: begin, update or end of the burst; and between bursts, get ready for the next one."""
        wanted: dict[int, ListPulse] = {}
        for train in trains:
            pulse, reason = self._guards[train.output].pulse_of(train)
            if pulse and not reason:
                reason = self._too_long_or_fast(train, t_s)
                wanted[train.output] = _list_pulse(pulse)
            else:
                self._began_s.pop(train.output, None)
            if reason:
                return reason
        if not wanted:
            self._end(t_s)
        elif self._prepared:
            self._tell(tuple([wanted.get(output, SILENT) for output in self._guards]), t_s)
        return ""

    def _too_long_or_fast(self, train: PulseTrain, t_s: float) -> str:
        if train.rate_hz * self._interval_s < 1.0 - 1e-9:
            list_hz = 1.0 / self._interval_s
            return refused(train.channel, f"asked for {train.rate_hz:g} Hz, the list runs at {list_hz:.2f} Hz")
        if t_s - self._began_s.setdefault(train.output, t_s) > HARD_MAX_BURST_S + ROUNDING_S:
            return refused(train.channel, f"a burst longer than {HARD_MAX_BURST_S:g} s")
        return ""

    def _tell(self, pulses: tuple[ListPulse, ...], t_s: float) -> None:
        """Send the new list: at once where an output ends, else once a round and never before the last is heard."""
        if pulses == self._told:
            return
        ends = any(new.current_ma == 0 < old.current_ma for new, old in zip(pulses, self._told, strict=False))
        soon = t_s - max(self._told_s, self._ended_s) < self._interval_s - ROUNDING_S
        if not ends and (soon or self._link.waiting):
            return
        self._told, self._told_s = pulses, t_s
        what = "an update of the pulses"
        self._link.send(_build(Command.START_CHANNEL_LIST, pulses), Command.START_CHANNEL_LIST_ACK, what)

    def _end(self, t_s: float) -> None:
        """Stop what runs, then prepare the next burst; one step a tick, each after the answer to the one before."""
        if self._told:
            self._told, self._ended_s, self._prepared = (), t_s, False
            self._link.send(_build(Command.STOP_CHANNEL_LIST), Command.STOP_CHANNEL_LIST_ACK, "the stop")
        elif not self._prepared and not self._link.waiting:
            data = self.init_data
            self._link.send(
                lambda number: encode(Packet(number, Command.INIT_CHANNEL_LIST, data)),
                Command.INIT_CHANNEL_LIST_ACK,
                "the channel list",
            )


def _list_pulse(pulse: Pulse) -> ListPulse:
    first = pulse[0]
    return ListPulse(first.duration_us, round(first.steps * REHASTIM2.current_step_ma))


def _build(command: Command, pulses: Sequence[ListPulse] = ()) -> Callable[[int], bytes]:
    data = pulses_data(pulses)
    return lambda number: encode(Packet(number, command, data))
