"""The output stage of a P24 on the bench: what puts pulses through electrodes, one by one or by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from config.outputs import P24, P24_ELECTRODE_CHECK_MA
from drivers.p24_frames import ChannelState, MidChannel, Result
from drivers.waveform import Pulse
from simulator.devices.device import Circuit, DevicePulse, Phase, Skin, good_skin

MID_LEVEL_TIME_OUT_S = 2.0
"""Without ML_UPDATE or ML_GET_CURRENT_DATA for this long the mid level pauses [V]."""
CIRCUIT_STATES = {Circuit.LIMITED: ChannelState.LOW_CURRENT, Circuit.OPEN: ChannelState.ELECTRODE_ERROR}
RESULTS = {ChannelState.ELECTRODE_ERROR: Result.ELECTRODE_ERROR, ChannelState.LOW_CURRENT: Result.LOW_CURRENT}


@dataclass
class Pattern:
    """A pulse of the low level that waits for its turn or for its end; then it has a result."""

    start_s: float
    end_s: float
    number: int
    output: int
    pulse: Pulse
    result: Result | None = None


@dataclass
class Running:
    """A channel that the mid level repeats."""

    channel: MidChannel
    next_s: float
    pulses: int = 0


class P24Output:
    """Puts out what it was told, on the device's clock; `log` gets every pulse.

    `broken`: outputs with a bad contact, whatever `skin` says; `high_voltage` and `supply_failed`: whether there is
    anything to put out. `states` is what the mid level says of its channels.
    """

    def __init__(self, log: Callable[[DevicePulse], None]) -> None:
        self.broken: dict[int, ChannelState] = {}
        self.skin: Skin = good_skin
        self.states: dict[int, ChannelState] = {}
        self.high_voltage = False
        self.supply_failed = False
        self.stop_all = True
        self.running: dict[int, Running] = {}
        self.waiting: list[Pattern] = []
        self._log = log
        self._alive_s = -inf

    def off(self) -> None:
        """Forget everything that was told, high voltage off."""
        self.high_voltage = False
        self.waiting.clear()
        self.running.clear()
        self.states.clear()

    def fail(self) -> None:
        """The high voltage is taken away."""
        self.supply_failed = True
        self.running.clear()

    def queue(self, number: int, output: int, pulse: Pulse, now_s: float) -> None:
        """One pulse, after those that wait already."""
        start_s = max([now_s, *(pattern.end_s for pattern in self.waiting)])
        self.waiting.append(Pattern(start_s, start_s + length_us(pulse) * 1e-6, number, output, pulse))

    def repeat(self, channels: tuple[MidChannel, ...], now_s: float) -> None:
        """From now on these channels and no others."""
        before, self.running = self.running, {}
        for channel in channels:
            running = before.get(channel.output)
            if running is None:
                running = Running(channel, now_s)
            else:
                # A channel that runs keeps its rhythm [A]; a ramp is only for one that begins [V].
                running.channel = channel._replace(ramp=0)
            self.running[channel.output] = running
            self.states[channel.output] = ChannelState.OK
        self.keep_alive(now_s)

    def keep_alive(self, now_s: float) -> None:
        """The host was heard."""
        self._alive_s = now_s

    def due_s(self) -> float:
        """When it does something by itself next."""
        times = [pattern.start_s if pattern.result is None else pattern.end_s for pattern in self.waiting[:1]]
        times += [running.next_s for running in self.running.values()]
        if self.running:
            times.append(self._alive_s + MID_LEVEL_TIME_OUT_S)
        return min(times, default=inf)

    def live(self, now_s: float) -> list[Pattern]:
        """Put out what is due by `now_s`; the patterns that are over."""
        over: list[Pattern] = []
        while self.waiting and self.waiting[0].start_s <= now_s:
            pattern = self.waiting[0]
            if pattern.result is None:
                pattern.result = self._one(pattern)
            if pattern.end_s > now_s:
                break
            over.append(self.waiting.pop(0))
        until_s = min(now_s, self._alive_s + MID_LEVEL_TIME_OUT_S)
        while self.running:
            running = min(self.running.values(), key=lambda one: (one.next_s, one.channel.output))
            if running.next_s > until_s:
                break
            self._next(running)
        if until_s < now_s:
            self.running.clear()
        return over

    def _one(self, pattern: Pattern) -> Result:
        if self.supply_failed or not self.high_voltage:
            return Result.HIGH_VOLTAGE_ERROR
        return RESULTS.get(self._put_out(pattern.start_s, pattern.output, pattern.pulse), Result.OK)

    def _next(self, running: Running) -> None:
        channel = running.channel
        running.pulses += 1
        share = min(1.0, running.pulses / (channel.ramp + 1))
        pulse = tuple([phase._replace(steps=round(phase.steps * share)) for phase in channel.pulse])
        state = self._put_out(running.next_s, channel.output, pulse)
        running.next_s += channel.period_quarter_ms / 4000.0
        if state != ChannelState.OK:
            self.states[channel.output] = state
            if self.stop_all:
                self.running.clear()
            else:
                del self.running[channel.output]

    def _put_out(self, t_s: float, output: int, pulse: Pulse) -> ChannelState:
        """One pulse through the electrodes, if they let it."""
        told = _made(t_s, output, pulse, P24.current_step_ma)
        ordered = self.broken.get(output, ChannelState.OK)
        state = ordered
        if state == ChannelState.OK and told.current_ma > 0.0:
            state = CIRCUIT_STATES.get(self.skin(told), ChannelState.OK)
        if state == ChannelState.ELECTRODE_ERROR:
            return state if told.current_ma >= P24_ELECTRODE_CHECK_MA else ChannelState.OK
        if told.current_ma > 0.0:
            # A fault that was ordered leaves this much of the current [A]; what skin leaves of it, it does itself.
            halved = _made(t_s, output, pulse, 0.5 * P24.current_step_ma)
            self._log(halved if ordered == ChannelState.LOW_CURRENT else told)
        return state


def _made(t_s: float, output: int, pulse: Pulse, step_ma: float) -> DevicePulse:
    return DevicePulse(t_s, output, tuple([Phase(phase.duration_us, phase.steps * step_ma) for phase in pulse]))


def length_us(pulse: Pulse) -> int:
    """How long a pulse lasts."""
    total_us = 0
    for phase in pulse:
        total_us += phase.duration_us
    return total_us
