"""The virtual pulse stimulator (`kind = "bench"`): one pulse per command that says so, and a log of its own.

Silence is off: it holds nothing that could go on by itself. Tests judge by its log.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from config.limits import (
    HARD_MAX_BURST_S,
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
)
from config.schema import Side
from controller.signals import DeviceStatus, Pulses, PulseTrain, StimulationCommand
from drivers.interfaces import Clock

Emit = Callable[[Side, str, float, float], None]
"""Takes side, channel, current in mA and pulse width in µs: `Person.pulse`."""

SAME_BURST_INTERVALS = 1.6
"""Pulses further apart than this many intervals of their rate belong to two bursts."""

_PULSES_IN_A_SECOND = int(HARD_MAX_RATE_HZ) + 1


class Pulse(NamedTuple):
    """One pulse that was put out."""

    t_s: float
    side: Side
    channel: str
    current_ma: float
    pulse_width_us: float
    rate_hz: float


class Burst(NamedTuple):
    """First and last pulse of a burst, s."""

    start_s: float
    stop_s: float


class BenchStimulator:
    """A stimulator whose outputs are wired to channels of the person.

    `outputs`: number of the output to (side, channel). A command beyond the hard caps, not finite, or for an output
    that is not wired puts nothing out and shows as `problem` until the device is opened again.
    """

    def __init__(self, outputs: dict[int, tuple[Side, str]], clock: Clock, emit: Emit) -> None:
        self.pulses: list[Pulse] = []
        self._outputs = outputs
        self._clock = clock
        self._emit = emit
        self._is_open = False
        self._problem = ""
        self._recent = {output: deque[float](maxlen=_PULSES_IN_A_SECOND) for output in outputs}
        self._burst_start_s: dict[int, float] = {}

    def open(self) -> None:
        """Switch on with the output off; an old problem is cleared, the log stays."""
        self._is_open = True
        self._problem = ""

    def apply(self, command: StimulationCommand) -> None:
        """Put out one pulse on every channel whose train is due, at the clock's time. Never raises."""
        if not self._is_open or self._problem:
            return
        if not isinstance(command, Pulses):
            self._problem = "bench stimulator: takes pulses, got a contact command"
            return
        t_s = self._clock.now()
        for train in command.trains:
            self._problem = self._problem or self._refusal(train, t_s)
        if not self._problem:
            for train in command.trains:
                self._put_out(train, t_s)

    def status(self) -> DeviceStatus:
        """Empty `problem` while all is well."""
        return DeviceStatus(self._clock.now(), self._problem if self._is_open else "bench stimulator: not open")

    def stop(self) -> None:
        """Nothing to end: a pulse is over before the next tick."""

    def close(self) -> None:
        """Switch off."""
        self._is_open = False

    def fail(self, text: str) -> None:
        """Break down now: the output is off and `status` says `text` until the device is opened again."""
        self._problem = text

    def bursts(self, channel: str, side: Side | None = None) -> list[Burst]:
        """Bursts put out on a channel (of one side), by the log."""
        bursts: list[Burst] = []
        for pulse in self.pulses:
            if pulse.channel != channel or side not in (None, pulse.side):
                continue
            if bursts and pulse.t_s - bursts[-1].stop_s <= SAME_BURST_INTERVALS / pulse.rate_hz:
                bursts[-1] = Burst(bursts[-1].start_s, pulse.t_s)
            else:
                bursts.append(Burst(pulse.t_s, pulse.t_s))
        return bursts

    def _refusal(self, train: PulseTrain, t_s: float) -> str:
        """Why this train is not put out; empty when it may be."""
        if train.output not in self._outputs:
            return f"{_where(train)}: not wired, known outputs: {', '.join(str(output) for output in self._outputs)}"
        beyond = _beyond_caps(train)
        if beyond or not train.due or train.current_ma == 0.0:
            return beyond
        recent = self._recent[train.output]
        if len(recent) == _PULSES_IN_A_SECOND and t_s - recent[0] < 1.0:
            return f"{_where(train)}: more than {HARD_MAX_RATE_HZ:g} pulses in a second; output off"
        if self._goes_on(train, t_s) and t_s - self._burst_start_s[train.output] > HARD_MAX_BURST_S:
            return f"{_where(train)}: burst longer than {HARD_MAX_BURST_S:g} s; output off"
        return ""

    def _goes_on(self, train: PulseTrain, t_s: float) -> bool:
        recent = self._recent[train.output]
        return bool(recent) and t_s - recent[-1] <= SAME_BURST_INTERVALS / max(1.0, train.rate_hz)

    def _put_out(self, train: PulseTrain, t_s: float) -> None:
        if not train.due or train.current_ma == 0.0 or train.pulse_width_us == 0.0:
            return
        side, channel = self._outputs[train.output]
        if not self._goes_on(train, t_s):
            self._burst_start_s[train.output] = t_s
        self._recent[train.output].append(t_s)
        self.pulses.append(Pulse(t_s, side, channel, train.current_ma, train.pulse_width_us, max(1.0, train.rate_hz)))
        self._emit(side, channel, train.current_ma, train.pulse_width_us)


def _where(train: PulseTrain) -> str:
    return f"bench stimulator, output {train.output} ({train.channel})"


def _beyond_caps(train: PulseTrain) -> str:
    """Which value of a train is no number or beyond its hard cap; empty when none is."""
    _, _, current_ma, pulse_width_us, rate_hz, _ = train
    charge_uc = current_ma * pulse_width_us / 1000.0
    if not 0.0 <= current_ma <= HARD_MAX_CURRENT_MA:
        name, value, most = "current in mA", current_ma, HARD_MAX_CURRENT_MA
    elif not 0.0 <= pulse_width_us <= HARD_MAX_PULSE_WIDTH_US:
        name, value, most = "pulse width in µs", pulse_width_us, HARD_MAX_PULSE_WIDTH_US
    elif not 0.0 <= rate_hz <= HARD_MAX_RATE_HZ:
        name, value, most = "rate in Hz", rate_hz, HARD_MAX_RATE_HZ
    elif not 0.0 <= charge_uc <= HARD_MAX_CHARGE_UC:
        name, value, most = "charge in µC", charge_uc, HARD_MAX_CHARGE_UC
    else:
        return ""
    return f"{_where(train)}: {name} is {value:g}, allowed is 0 to {most:g}; output off"
