"""The last word on every command. It may only reduce, and it says why.

It knows nothing of envelopes and gait detection. What it holds, by its own account of what it let out:

| limit | `Pulses` | `Contact`, whose current is set on the device |
|---|---|---|
| armed, no latch, the mode's rule (`permission.py`) | yes | yes |
| longest burst, shortest pause, duty in every sliding window (`account.py`) | yes | yes, the time that it is closed |
| time runs | yes | yes |
| finite and positive | yes | no number in it |
| current, pulse width, rate, charge per phase, density, rise, mean charge | yes | unknown here: set on the device |
| spacing of pulses | yes | its driver makes them at the channel's rate, inside the rate cap by the settings |
| setting that is missing, zero or no number | cap 0: nothing passes, which one is said | the same for times |

The current may always fall. Charge per phase is current times width, never above its cap by even a rounding error. The
rms density is that of a train at the channel's highest rate, whatever rate was asked, and with the pulse and a half
more that a window can hold when it begins and ends as it likes: so no window of a second or longer has more.
"""

from math import inf, nextafter, sqrt

from config.limits import (
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
    MORE_PULSES,
)
from config.schema import ChannelSettings, GateSettings
from controller.account import Account, cap_of, first_closed
from controller.permission import Permission, permission
from controller.signals import NEVER_S, Contact, PulseTrain

__all__ = ["Account", "ChannelGate", "Permission", "permission"]

LONGEST_RISE_STEP_S = 0.02
"""However long ago the last tick was, the current rises by no more than this much time allows."""
EARLY_SHARE = 0.5
"""A pulse may come early by this share of the shortest period allowed, as the grid of ticks puts it; the one after that
is not due any sooner for it."""
LEAST_PULSE_WIDTH_US = 1.0
LEAST_RATE_HZ = 1.0
"""Below these a pulse train is nonsense, and a cap of it lets nothing through."""
LARGEST_AREA_CM2 = 100.0
FASTEST_RISE_MA_PER_S = 3000.0
LATEST_S = 1e9
"""Later than this, 31 years, a float does not tell a microsecond: such a time is no number either."""
TIME_IS_BROKEN = "time runs backwards or is no number"
_ROUNDING = 1.0 - 2.0**-50
"""More than the seven roundings (each 2**-53 at most) between the density's numbers and its cap on the current."""


class ChannelGate:
    """The gate of one channel. `defect` is set when it was asked for something that must not exist."""

    def __init__(self, channel: ChannelSettings, settings: GateSettings, longest_burst_s: float) -> None:
        self.defect = ""
        self._max_current_ma = cap_of(channel.max_current_ma, HARD_MAX_CURRENT_MA)
        self._max_pulse_width_us = cap_of(channel.max_pulse_width_us, HARD_MAX_PULSE_WIDTH_US, LEAST_PULSE_WIDTH_US)
        self._max_rate_hz = cap_of(channel.max_rate_hz, HARD_MAX_RATE_HZ, LEAST_RATE_HZ)
        self._max_charge_uc = cap_of(channel.max_charge_uc, HARD_MAX_CHARGE_UC)
        self._max_rise_ma_per_s = cap_of(settings.max_rise_ma_per_s, FASTEST_RISE_MA_PER_S)
        max_rms_ma = HARD_MAX_RMS_DENSITY_MA_CM2 * cap_of(channel.electrode_area_cm2, LARGEST_AREA_CM2)
        self._rms_ma_at_1_us = max_rms_ma / sqrt(2e-6 * (self._max_rate_hz + MORE_PULSES)) * _ROUNDING
        self._closed = first_closed(
            {
                "current": self._max_current_ma,
                "pulse width": self._max_pulse_width_us,
                "rate": self._max_rate_hz,
                "charge": self._max_charge_uc,
                "rise": self._max_rise_ma_per_s,
                "density": max_rms_ma,
            }
        )
        self.account = Account(settings, longest_burst_s, self._max_charge_uc * self._max_rate_hz)
        self._last_s = NEVER_S
        self._last_ma = 0.0

    def judge_contact(self, t_s: float, asked: Contact, permitted: Permission) -> tuple[Contact, str]:
        """What of a trigger's command may pass, and why it may not."""
        runs = self._last_s <= t_s <= LATEST_S
        self.defect = "" if runs else TIME_IS_BROKEN
        reason = self.defect or self.account.admit(t_s, wanted=asked.stimulate, permitted=permitted)
        self._close_tick(t_s, runs=runs)
        return Contact(asked.channel, asked.stimulate and not reason), reason

    def judge_train(self, t_s: float, asked: PulseTrain, permitted: Permission) -> tuple[PulseTrain, str]:
        """What of a pulse train may pass, and why it is less; the reason is empty when all of it passed."""
        runs = self._last_s <= t_s <= LATEST_S
        self.defect = _defect(asked) if runs else TIME_IS_BROKEN
        wanted = asked.current_ma > 0.0
        reason = self.defect or (self._closed if wanted else "")
        reason = reason or self.account.admit(t_s, wanted=wanted, permitted=permitted)
        passed = PulseTrain(asked.channel, asked.output, 0.0, 0.0, 0.0, False)
        if wanted and not reason:
            reduced, reason = self._reduced(t_s, asked)
            spent = self.account.spend(t_s, reduced.current_ma, reduced.pulse_width_us) if reduced.due else ""
            if spent:
                reason = spent
            else:
                passed = reduced
        self._close_tick(t_s, runs=runs)
        self._last_ma = passed.current_ma
        return passed, reason

    def _close_tick(self, t_s: float, *, runs: bool) -> None:
        if self.defect:
            self.account.end(t_s if runs else self._last_s)
        if runs:
            self._last_s = t_s

    def _reduced(self, t_s: float, asked: PulseTrain) -> tuple[PulseTrain, str]:
        """The train within every cap, and which of them took something away."""
        reasons: list[str] = []
        pulse_width_us = _at_most(asked.pulse_width_us, self._max_pulse_width_us, "pulse width cap", reasons)
        rate_hz = _at_most(asked.rate_hz, self._max_rate_hz, "rate cap", reasons)
        current_ma = _at_most(asked.current_ma, self._max_current_ma, "current cap", reasons)
        if not charge_fits(current_ma, pulse_width_us, self._max_charge_uc):
            reasons.append("charge")
            current_ma = self._max_charge_uc * 1000.0 / pulse_width_us
            while not charge_fits(current_ma, pulse_width_us, self._max_charge_uc):
                current_ma = nextafter(current_ma, 0.0)
        current_ma = _at_most(current_ma, self._rms_ma_at_1_us / sqrt(pulse_width_us), "density", reasons)
        current_ma = _at_most(current_ma, self._risen(t_s), "rise", reasons)
        due = asked.due and current_ma > 0.0
        if due and t_s < self.account.next_pulse_s - EARLY_SHARE / self._max_rate_hz:
            reasons.append("pulses too close")
            due = False
        if due:
            self.account.next_pulse_s = max(self.account.next_pulse_s, t_s) + 1.0 / rate_hz
        return PulseTrain(asked.channel, asked.output, current_ma, pulse_width_us, rate_hz, due), ", ".join(reasons)

    def _risen(self, t_s: float) -> float:
        return self._last_ma + self._max_rise_ma_per_s * min(t_s - self._last_s, LONGEST_RISE_STEP_S)


def charge_fits(current_ma: float, pulse_width_us: float, charge_uc: float) -> bool:
    """Whether current times width is no more than the charge (µC): exactly, not as two floats round it.

    Rounding keeps order, so different products are in the order of the exact ones; only equal ones need a closer look.
    """
    nc, most_nc = current_ma * pulse_width_us, charge_uc * 1000.0
    if nc != most_nc:
        return nc < most_nc
    current, per_current = current_ma.as_integer_ratio()
    width, per_width = pulse_width_us.as_integer_ratio()
    charge, per_charge = charge_uc.as_integer_ratio()
    return current * width * per_charge <= charge * 1000 * per_current * per_width


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
