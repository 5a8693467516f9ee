"""The last word on every command. It may only reduce, and it says why.

It knows nothing of envelopes and gait detection: it holds the armed state, the caps, the rise, the charge, the density,
the longest burst, the shortest pause, the duty and the rule of each mode, each by its own account of what it let out.
"""

from collections import deque
from math import inf, sqrt
from typing import NamedTuple

from config.limits import (
    HARD_MAX_BURST_S,
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
)
from config.schema import ChannelSettings, GateSettings
from controller.signals import NEVER_S, ArmingState, Contact, HeelContact, Mode, Phase, PulseTrain

LONGEST_RISE_STEP_S = 0.02
"""However long ago the last tick was, the current rises by no more than this much time allows."""
EARLY_SHARE = 0.5
"""A pulse may come early by this share of the shortest period allowed, as the grid of ticks puts it; the one after that
is not due any sooner for it."""
LEAST_PULSE_WIDTH_US = 1.0
LEAST_RATE_HZ = 1.0
"""Below these a pulse train is nonsense."""
SPARE_S = 0.2
"""A burst begins only if the duty leaves room for the longest one in the window and this much more."""
TIME_IS_BROKEN = "time runs backwards or is no number"
MOVING_PHASES = frozenset((Phase.PRE_SWING, Phase.SWING))

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ARMED, _PAUSED, _WALK, _OFF = ArmingState.ARMED, ArmingState.PAUSED, Mode.WALK, HeelContact.OFF


class Permission(NamedTuple):
    """Whether current may flow in one leg at all and whether a burst may begin; a reason where not, else empty.

    `final`: a burst that may not begin now may not begin later either, in the middle of its envelope.
    """

    no_flow: str
    no_begin: str
    final: bool = False


GRANTED = Permission("", "")
NO_SWING = Permission("", "no swing")


def permission(
    state: ArmingState, mode: Mode, phase: Phase, contact: HeelContact, lead: str, withheld: str
) -> Permission:
    """The rules of armed state and mode for one leg; `lead` says which sensors lead, `withheld` why they may not."""
    if state not in (_ARMED, _PAUSED):
        return Permission(state.name.lower(), state.name.lower())
    if state == _PAUSED:
        return Permission("", "paused")
    if withheld:
        return Permission("", withheld)
    if mode != _WALK:
        return Permission("", f"walking in mode {mode}" if phase in MOVING_PHASES else "", final=True)
    if phase not in MOVING_PHASES:
        return NO_SWING
    if lead == "none" or (lead != "imu" and contact != _OFF):
        return Permission("", f"heel {contact.name.lower()}")
    return GRANTED


class Account:
    """When one channel was on: its longest burst, shortest pause and duty."""

    def __init__(self, settings: GateSettings, longest_burst_s: float) -> None:
        self.settings = settings
        self.longest_burst_s = min(longest_burst_s, HARD_MAX_BURST_S)
        self._began_s: float | None = None
        self._may_last_s = 0.0
        self._bursts: deque[tuple[float, float]] = deque()
        self._spent = ""

    def admit(self, t_s: float, *, wanted: bool, permitted: Permission) -> str:
        """Take the wish for current at `t_s`; the reason why it must be zero, or empty."""
        if not wanted:
            self._spent = ""
            self.end(t_s)
            return ""
        if permitted.no_flow:
            self.end(t_s)
            return permitted.no_flow
        if self._began_s is not None:
            if t_s - self._began_s < self._may_last_s:
                return ""
            self.end(t_s)
            self._spent = "longest burst" if self._may_last_s == self.longest_burst_s else "duty"
        return self._spent or self._begin(t_s, permitted)

    def inherit(self, before: "Account") -> None:
        """Go on from the account of the same channel under other settings."""
        self._bursts = before._bursts

    def end(self, t_s: float) -> None:
        """No current from now on."""
        if self._began_s is not None:
            self._bursts.append((self._began_s, t_s))
            self._began_s = None

    def _begin(self, t_s: float, permitted: Permission) -> str:
        if permitted.no_begin:
            self._spent = permitted.no_begin if permitted.final else ""
            return permitted.no_begin
        window_start_s = t_s - self.settings.duty_window_s
        while self._bursts and self._bursts[0][1] <= window_start_s:
            self._bursts.popleft()
        if self._bursts and t_s - self._bursts[-1][1] < self.settings.shortest_pause_s:
            return "shortest pause"
        on_s = usual_s = 0.0
        for began_s, ended_s in self._bursts:
            on_s += ended_s - max(began_s, window_start_s)
            usual_s = max(usual_s, ended_s - began_s)
        left_s = self.settings.max_duty * self.settings.duty_window_s - on_s
        if left_s < min(usual_s + SPARE_S, self.longest_burst_s):
            self._spent = "duty"
            return self._spent
        self._may_last_s = min(left_s, self.longest_burst_s)
        self._began_s = t_s
        return ""


class ChannelGate:
    """The gate of one channel. `defect` is set when it was asked for something that must not exist."""

    def __init__(self, channel: ChannelSettings, settings: GateSettings, longest_burst_s: float) -> None:
        self.account = Account(settings, longest_burst_s)
        self.defect = ""
        self._max_current_ma = min(channel.max_current_ma, HARD_MAX_CURRENT_MA)
        self._max_pulse_width_us = min(channel.max_pulse_width_us, HARD_MAX_PULSE_WIDTH_US)
        self._max_rate_hz = min(channel.max_rate_hz, HARD_MAX_RATE_HZ)
        self._max_charge_uc = min(channel.max_charge_uc, HARD_MAX_CHARGE_UC)
        self._max_rise_ma_per_s = settings.max_rise_ma_per_s
        self._max_rms_ma = HARD_MAX_RMS_DENSITY_MA_CM2 * channel.electrode_area_cm2
        self._last_s = NEVER_S
        self._last_ma = 0.0
        self._next_pulse_s = NEVER_S

    def judge_contact(self, t_s: float, asked: Contact, permitted: Permission) -> tuple[Contact, str]:
        """What of a trigger's command may pass. Its current is the device's: on-time, pause, duty and arming apply."""
        runs = self._last_s <= t_s < inf
        self.defect = "" if runs else TIME_IS_BROKEN
        reason = self.defect or self.account.admit(t_s, wanted=asked.stimulate, permitted=permitted)
        if runs:
            self._last_s = t_s
        return Contact(asked.channel, asked.stimulate and not reason), reason

    def judge_train(self, t_s: float, asked: PulseTrain, permitted: Permission) -> tuple[PulseTrain, str]:
        """What of a pulse train may pass, and why it is less; the reason is empty when all of it passed."""
        runs = self._last_s <= t_s < inf
        self.defect = _defect(asked) if runs else TIME_IS_BROKEN
        wanted = not self.defect and asked.current_ma > 0.0
        reason = self.defect or self.account.admit(t_s, wanted=wanted, permitted=permitted)
        if wanted and not reason:
            passed, reason = self._reduced(t_s, asked)
        else:
            passed = PulseTrain(asked.channel, asked.output, 0.0, 0.0, 0.0, False)
        if self.defect:
            self.account.end(t_s if runs else self._last_s)
        if runs:
            self._last_s = t_s
        self._last_ma = passed.current_ma
        return passed, reason

    def _reduced(self, t_s: float, asked: PulseTrain) -> tuple[PulseTrain, str]:
        """The train within every cap, and which of them took something away."""
        reasons: list[str] = []
        pulse_width_us = _at_most(asked.pulse_width_us, self._max_pulse_width_us, "pulse width cap", reasons)
        rate_hz = _at_most(asked.rate_hz, self._max_rate_hz, "rate cap", reasons)
        current_ma = _at_most(asked.current_ma, self._max_current_ma, "current cap", reasons)
        current_ma = _at_most(current_ma, self._max_charge_uc * 1000.0 / pulse_width_us, "charge", reasons)
        rms_share = sqrt(2.0 * pulse_width_us * 1e-6 * rate_hz)
        current_ma = _at_most(current_ma, self._max_rms_ma / rms_share, "density", reasons)
        current_ma = _at_most(current_ma, self._risen(t_s), "rise", reasons)
        due = asked.due and current_ma > 0.0
        if due and t_s < self._next_pulse_s - EARLY_SHARE / self._max_rate_hz:
            reasons.append("pulses too close")
            due = False
        if due:
            self._next_pulse_s = max(self._next_pulse_s, t_s) + 1.0 / rate_hz
        return PulseTrain(asked.channel, asked.output, current_ma, pulse_width_us, rate_hz, due), ", ".join(reasons)

    def _risen(self, t_s: float) -> float:
        step_s = min(max(t_s - self._last_s, 0.0), LONGEST_RISE_STEP_S)
        return self._last_ma + self._max_rise_ma_per_s * step_s


def _defect(asked: PulseTrain) -> str:
    _, _, current_ma, pulse_width_us, rate_hz, _ = asked
    if not (0.0 <= current_ma < inf and 0.0 <= pulse_width_us < inf and 0.0 <= rate_hz < inf):
        return "not a finite, positive number"
    if current_ma > 0.0 and (pulse_width_us < LEAST_PULSE_WIDTH_US or rate_hz < LEAST_RATE_HZ):
        return "current without width or rate"
    return ""


def _at_most(value: float, cap: float, reason: str, reasons: list[str]) -> float:
    if value <= cap:
        return value
    reasons.append(reason)
    return cap
