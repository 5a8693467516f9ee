"""Stimulated dorsiflexors: from single pulses to activation.

Source: `physiology-and-devices.md` 5.5: charge, recruitment, rate, delay, second-order activation. Fatigue and the
pulse-by-pulse force model belong to the full physiology.
"""

from collections import deque
from math import exp

from simulator.patients import Patient

DELAY_S = 0.030
"""Nerve and excitation-contraction coupling; published 25 to 50 ms [K]."""

ACTIVATION_S = 0.0575
"""Time constant, twice: half of the way after about 100 ms, 90 % after 230 ms [calc]."""

HOLD_INTERVALS = 1.5
"""A pulse keeps the muscle driven for this many pulse intervals."""

_FIRST_INTERVAL_S = 0.025
_LONGEST_INTERVAL_S = 0.1
_FORCE_AT_RATE = (
    (0.0, 0.0),
    (15.0, 0.67),
    (20.0, 0.75),
    (25.0, 0.81),
    (30.0, 0.84),
    (40.0, 0.89),
    (50.0, 0.93),
    (100.0, 1.0),
)
"""Share of the force at 100 Hz by pulse rate, from the parameters of Ding 2003 [calc]."""


def motor_threshold_ma(patient: Patient, pulse_width_us: float) -> float:
    """Current (mA) at which the muscle begins to answer: rheobase·(1 + chronaxie/width) [K]."""
    return patient.rheobase_ma * (1.0 + patient.chronaxie_us / pulse_width_us)


def recruitment(patient: Patient, current_ma: float, pulse_width_us: float) -> float:
    """Share 0..1 of the muscle that one pulse recruits; half at 1.9 motor thresholds [K]. No pulse recruits nothing."""
    if current_ma <= 0.0 or pulse_width_us <= 0.0:
        return 0.0
    x = current_ma / motor_threshold_ma(patient, pulse_width_us)
    at_rest = _sigmoid(-patient.half_recruited / patient.recruitment_spread)
    return max(0.0, _sigmoid((x - patient.half_recruited) / patient.recruitment_spread) - at_rest)


def force_at_rate(rate_hz: float) -> float:
    """Share 0..1 of the tetanic force at a pulse rate in Hz."""
    low_rate, low = _FORCE_AT_RATE[0]
    for high_rate, high in _FORCE_AT_RATE[1:]:
        if rate_hz <= high_rate:
            return low + (high - low) * (rate_hz - low_rate) / (high_rate - low_rate)
        low_rate, low = high_rate, high
    return 1.0


class StimulatedMuscle:
    """Activation 0..1 of the dorsiflexors by the pulses that reach their nerve."""

    def __init__(self, patient: Patient) -> None:
        self.activation = 0.0
        self._patient = patient
        self._filling = 0.0
        self._drive = 0.0
        self._drive_ends_s = 0.0
        self._last_pulse_s = -1.0
        self._coming: deque[tuple[float, float, float]] = deque()

    def pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        """A pulse reaches the nerve at `t_s`; pulses come in order of time."""
        interval = t_s - self._last_pulse_s
        if not 0.0 < interval <= _LONGEST_INTERVAL_S:
            interval = _FIRST_INTERVAL_S
        self._last_pulse_s = t_s
        drive = recruitment(self._patient, current_ma, pulse_width_us) * force_at_rate(1.0 / interval)
        self._coming.append((t_s + DELAY_S, drive, t_s + DELAY_S + HOLD_INTERVALS * interval))

    def advance(self, t_s: float, dt: float) -> None:
        """One step of `dt` that ends at `t_s`."""
        while self._coming and self._coming[0][0] <= t_s:
            _, self._drive, self._drive_ends_s = self._coming.popleft()
        if t_s > self._drive_ends_s:
            self._drive = 0.0
        if self._drive == 0.0 and self.activation < 1e-6:
            self._filling = self.activation = 0.0
            return
        gain = dt / ACTIVATION_S
        self._filling += (self._drive - self._filling) * gain
        self.activation += (self._filling - self.activation) * gain


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))
