"""The two ways of stimulating with a P24, and what each sends in one tick.

Low level: one packet is one pulse, so silence is off. Mid level: the device repeats pulses by itself and ends them 2 s
after the last sign of life; here it is fed only out of a tick that asks for current.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from config.limits import HARD_MAX_BURST_S
from config.outputs import p24_period_quarter_ms
from controller.signals import NEVER_S, PulseTrain
from drivers.output_guard import OutputGuard, Pace, refused
from drivers.p24_frames import (
    ChannelState,
    Command,
    MidChannel,
    Packet,
    Result,
    current_data_of,
    encode,
    low_answer_output,
    low_init_data,
    low_pulse_data,
    mid_update_data,
)
from drivers.serial_link import Link, Sent

FEED_S = 0.1
"""How often the mid level is asked for its state while it stimulates; that is its sign of life too (at most 0.4 s)."""
SLOW_LIMIT, SLOW_RELIEF = 1.5, 0.1
"""The `Pace` of an output: a single late answer is forgiven, a device that is always late is not."""
LEAST_RATE_HZ = 1.0
ROUNDING_S = 1e-6

FAULTS = {
    Result.ELECTRODE_ERROR: "an electrode of {} is off or dry: check both electrodes and their plugs",
    Result.LOW_CURRENT: "{} does not reach its current: check both electrodes, moisten or replace them",
    Result.PULSE_TIMEOUT: "a pulse of {} took too long: check its electrodes and cable",
    Result.HIGH_VOLTAGE_ERROR: "no high voltage: check the emergency stop and the supply (5 V, up to 2.4 A)",
    Result.NOT_INITIALISED: "the device has forgotten its state, so it was reset: check its supply (5 V, up to 2.4 A)",
}
STATE_FAULTS: dict[int, Result] = {
    ChannelState.ELECTRODE_ERROR: Result.ELECTRODE_ERROR,
    ChannelState.PULSE_TIMEOUT: Result.PULSE_TIMEOUT,
    ChannelState.LOW_CURRENT: Result.LOW_CURRENT,
}


def fault_text(result: int, where: str, what: str) -> str:
    """What a result other than OK means, as a sentence that says what to check; `where` is the channel."""
    if result in FAULTS:
        return FAULTS[Result(result)].format(where)
    known = {item.value: item.name.lower().replace("_", " ") for item in Result}
    return f"answers {known.get(result, f'result {result}')} to {what}: switch the device off and on"


class LowLevel:
    """One packet for each pulse, and on each output none before the last one is acknowledged.

    `send` and `settled` give a reason to fail, or nothing.
    """

    status_level: ClassVar[frozenset[int]] = frozenset((1,))
    init: ClassVar[Command] = Command.LL_INIT
    init_data: ClassVar[bytes] = low_init_data()
    stop: ClassVar[Command] = Command.LL_STOP

    def __init__(self, link: Link[Packet], guards: Mapping[int, OutputGuard]) -> None:
        self._link = link
        self._guards = guards
        self._paces = {output: Pace(SLOW_LIMIT, SLOW_RELIEF) for output in guards}

    def begin(self) -> None:
        """The device was set up anew."""
        for pace in self._paces.values():
            pace.begin()

    def last(self) -> list[bytes]:
        """The packets that end all output."""
        return [encode(Packet(0, Command.LL_STOP))]

    def send(self, trains: Sequence[PulseTrain], t_s: float) -> str:
        """The pulses that are due in this tick."""
        for train in trains:
            guard = self._guards[train.output]
            pulse, reason = guard.pulse_of(train)
            if reason:
                return reason
            if not train.due or not pulse or guard.too_close(t_s):
                continue
            if reason := guard.too_many_or_long(t_s):
                return reason
            if any(sent.about == train.output for sent in self._link.waiting):
                if self._paces[train.output].withhold():
                    return "answers too slowly: check the USB cable and hub, close other programs"
                continue
            self._paces[train.output].went()
            data = low_pulse_data(train.output, pulse)
            guard.sent(t_s)
            self._link.send(
                lambda number, data=data: encode(Packet(number, Command.LL_CHANNEL_CONFIG, data)),  # type: ignore[misc]
                Command.LL_CHANNEL_CONFIG + 1,
                f"a pulse of {train.channel} (output {train.output})",
                train.output,
            )
        return ""

    def settled(self, sent: Sent, packet: Packet) -> str:
        """Judge a good answer further."""
        if sent.answer == Command.LL_CHANNEL_CONFIG + 1 and low_answer_output(packet.data) != sent.about:
            return f"acknowledges a pulse on another output than that of {sent.what}: switch the device off and on"
        return ""


class MidLevel:
    """The device repeats the pulses; it is told every end at once, and changes of current at most once a period.

    Before each change it is asked how the pulses since the last one went: an update may make it forget what it had to
    say of them. `send` and `settled` give a reason to fail, or nothing.
    """

    status_level: ClassVar[frozenset[int]] = frozenset((2, 3))
    init: ClassVar[Command] = Command.ML_INIT
    init_data: ClassVar[bytes] = b"\x01"
    """All channels stop on any error."""
    stop: ClassVar[Command] = Command.ML_STOP

    def __init__(self, link: Link[Packet], guards: Mapping[int, OutputGuard]) -> None:
        self._link = link
        self._guards = guards
        self.begin()

    def begin(self) -> None:
        """The device was set up anew, and does nothing."""
        self._told: tuple[MidChannel, ...] = ()
        self._told_s = NEVER_S
        self._asked_s = NEVER_S
        self._began_s: dict[int, float] = {}
        self._ended_s: dict[int, float] = {}
        self._names: dict[int, str] = {}

    def last(self) -> list[bytes]:
        """The packets that end all output."""
        return [encode(Packet(0, Command.ML_UPDATE, mid_update_data(()))), encode(Packet(1, Command.ML_STOP))]

    def send(self, trains: Sequence[PulseTrain], t_s: float) -> str:
        """What has changed since the last update; else a question, when one is due."""
        wanted: list[MidChannel] = []
        for train in trains:
            channel, reason = self._channel(train, t_s)
            if reason:
                return reason
            if channel is not None:
                wanted.append(channel)
        state = tuple(sorted(wanted))
        if {channel.output for channel in self._told} - {channel.output for channel in state}:
            self._tell(state, t_s)
        elif not self._link.waiting and state:
            lasted_s = t_s - self._told_s + ROUNDING_S
            changes = state != self._told and lasted_s >= min([one.period_quarter_ms for one in state]) / 4000.0
            if changes and (not self._told or self._asked_s > self._told_s):
                self._tell(state, t_s)
            elif changes or t_s - self._asked_s + ROUNDING_S >= FEED_S:
                self._ask(t_s)
        elif not self._link.waiting and self._asked_s < self._told_s:
            # How the last pulses went is worth knowing before the next burst.
            self._ask(t_s)
        return ""

    def settled(self, sent: Sent, packet: Packet) -> str:
        """Judge a good answer further: what the device says of its channels."""
        if sent.answer != Command.ML_GET_CURRENT_DATA + 1:
            return ""
        data = current_data_of(packet.data)
        if data is None:
            return f"answers nonsense to {sent.what}: switch the device off and on"
        for i, state in enumerate(data.states):
            if state != ChannelState.OK:
                where = self._names.get(i + 1, f"output {i + 1}")
                return fault_text(STATE_FAULTS.get(state, -1), where, sent.what)
        if sent.t_s < self._told_s or any(one.answer == Command.ML_UPDATE + 1 for one in self._link.waiting):
            return ""
        told = {channel.output for channel in self._told}
        if not told <= set(data.active):
            return "has stopped by itself: was this program held up? look for other load on this computer"
        if not set(data.active) <= told:
            return "stimulates on an output that is off: switch the device off and on"
        return ""

    def _channel(self, train: PulseTrain, t_s: float) -> tuple[MidChannel | None, str]:
        """What this train asks of its output; a reason when it must not be."""
        output = train.output
        guard = self._guards[output]
        pulse, reason = guard.pulse_of(train)
        self._names[output] = f"{train.channel} (output {output})"
        if pulse and train.rate_hz < LEAST_RATE_HZ:
            reason = reason or refused(train.channel, f"{train.rate_hz:g} Hz is no rate")
        if reason or not pulse:
            self._began_s.pop(output, None)
            return None, reason
        began_s = self._began_s.setdefault(output, t_s)
        if t_s - began_s > HARD_MAX_BURST_S + ROUNDING_S:
            return None, refused(train.channel, f"a burst longer than {HARD_MAX_BURST_S:g} s")
        period_quarter_ms = p24_period_quarter_ms(train.rate_hz)
        runs = any(channel.output == output for channel in self._told)
        if not runs and t_s - self._ended_s.get(output, NEVER_S) + ROUNDING_S < period_quarter_ms / 4000.0:
            # Its last pulse may have been the moment it ended.
            return None, ""
        return MidChannel(output, 0, period_quarter_ms, pulse), ""

    def _tell(self, state: tuple[MidChannel, ...], t_s: float) -> None:
        data = mid_update_data(state)
        if not self._told:
            self._asked_s = t_s
        for channel in self._told:
            self._ended_s[channel.output] = t_s
        self._told, self._told_s = state, t_s
        self._link.send(
            lambda number: encode(Packet(number, Command.ML_UPDATE, data)), Command.ML_UPDATE + 1, "an update"
        )

    def _ask(self, t_s: float) -> None:
        self._asked_s = t_s
        self._link.send(
            lambda number: encode(Packet(number, Command.ML_GET_CURRENT_DATA, b"\x04")),
            Command.ML_GET_CURRENT_DATA + 1,
            "the question for its state",
        )
