"""A driver's own limits on one channel, whatever the gate let through: each pulse, their rate, the longest burst."""

from collections import deque
from math import isfinite

from config.limits import HARD_MAX_BURST_S, HARD_MAX_RATE_HZ
from config.outputs import OutputFacts
from config.schema import ChannelSettings
from controller.signals import PulseTrain
from drivers.waveform import Pulse, make_pulse, peak_ma, refusal

CLOSEST_SHARE = 0.4
"""No two pulses are closer than this share of the shortest interval allowed: the grid of ticks moves them by half."""
ROUNDING_S = 1e-6
NONSENSE = 1e6
"""No current, width or rate in mA, µs or Hz is larger; arithmetic on larger ones could overflow."""


WHAT_TO_DO = "the gate should have held it back; take the stimulator off, keep the recording and report it"


def refused(name: str, reason: str) -> str:
    """The sentence for a command that may not go out on the channel `name`."""
    return f"{name}: {reason}: {WHAT_TO_DO}"


class OutputGuard:
    """The limits of one channel and its account of what went out. `pulse_of` judges, `sent` notes.

    A burst ends with a command that asks for no current; `pulse_of` has to see every command.
    """

    def __init__(self, channel: ChannelSettings, facts: OutputFacts) -> None:
        self.channel = channel
        self.facts = facts
        self._max_rate_hz = min(channel.max_rate_hz, HARD_MAX_RATE_HZ)
        # One more than fits into a second, and one for the grid of ticks.
        self._recent: deque[float] = deque(maxlen=int(self._max_rate_hz) + 2)
        self._burst_start_s: float | None = None
        self._name = channel.id

    def pulse_of(self, train: PulseTrain) -> tuple[Pulse, str]:
        """The pulse for a train, and why it may not go out; the reason is empty when it may. Empty for no pulse."""
        self._name = train.channel
        for value in (train.current_ma, train.pulse_width_us, train.rate_hz):
            if not isfinite(value) or not 0.0 <= value <= NONSENSE:
                return (), refused(train.channel, "asked for something that is no number, negative or huge")
        if train.current_ma == 0.0:
            self._burst_start_s = None
            return (), ""
        pulse = make_pulse(train.current_ma, train.pulse_width_us, self.channel, self.facts)
        reason = refusal(pulse, train.rate_hz, self.channel, self.facts)
        if not reason and peak_ma(pulse, self.facts) > train.current_ma:
            reason = "the pulse is larger than asked"
        return pulse, refused(train.channel, reason) if reason else ""

    def too_close(self, t_s: float) -> bool:
        """Whether a pulse at `t_s` would follow the one before too closely, as after a late tick: leave it out."""
        return bool(self._recent) and t_s - self._recent[-1] < CLOSEST_SHARE / self._max_rate_hz - ROUNDING_S

    def too_many_or_long(self, t_s: float) -> str:
        """Why no pulse may go out at `t_s`; empty when one may."""
        recent = self._recent
        if len(recent) == recent.maxlen and t_s - recent[0] < 1.0 - ROUNDING_S:
            return refused(self._name, f"more than {self._max_rate_hz:g} pulses in a second")
        if self._burst_start_s is not None and t_s - self._burst_start_s > HARD_MAX_BURST_S + ROUNDING_S:
            return refused(self._name, f"a burst longer than {HARD_MAX_BURST_S:g} s")
        return ""

    def sent(self, t_s: float) -> None:
        """A pulse goes out at `t_s`."""
        if self._burst_start_s is None:
            self._burst_start_s = t_s
        self._recent.append(t_s)


class Pace:
    """Whether a device keeps up with pulses that are sent one by one, each only when the one before is acknowledged.

    A pulse that has to be withheld counts 1, one that goes out takes `relief` away: so no more than that share is ever
    missing, and `limit` late answers in a row are forgiven.
    """

    def __init__(self, limit: float, relief: float) -> None:
        self.withheld = 0
        self._limit = limit
        self._relief = relief
        self._behind = 0.0

    def withhold(self) -> bool:
        """A pulse was due and could not go out; whether that is too often."""
        self.withheld += 1
        self._behind += 1.0
        return self._behind > self._limit

    def went(self) -> None:
        """A pulse went out."""
        self._behind = max(0.0, self._behind - self._relief)

    def begin(self) -> None:
        """The device begins anew."""
        self._behind = 0.0
