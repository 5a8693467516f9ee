"""The high-fidelity muscle: the force of each single pulse, after Ding.

Source: `physiology-and-devices.md` 5.5, with the published parameters [found]: Ding 2003 (force and fatigue), 2007
(pulse width), Hmed 2018 (current). They were measured on the quadriceps; for the dorsiflexors the force is normalised
to that at 100 Hz, a pulse acts through the share of the muscle that it recruits, and fatigue is slower.
"""

from collections import deque
from math import ceil, exp, inf, tanh
from typing import NamedTuple

from simulator.patients import Patient
from simulator.recruitment import recruitment

SUBSTEP_S = 0.0005
"""Longest integration step."""

_SILENT_N = 1e-4
_BURST_RATE_HZ = 40.0
_BURST_S = 0.5


class DingParameters(NamedTuple):
    """A set of parameters: s, N and their products; forces rest on A (N/s), tau1 and tau2 (s), and Km (no unit)."""

    tau_c_s: float
    a_n_s: float
    tau1_s: float
    tau2_s: float
    km: float
    largest_force_n: float
    alpha_a: float = -0.4
    alpha_tau1: float = 2.1e-5
    alpha_km: float = 1.9e-5
    fatigue_s: float = 127.0


DING_2003 = DingParameters(0.020, 3009.0, 0.050957, 0.060, 0.103, 315.5)
DING_2007 = DingParameters(0.011, 4920.0, 0.0606, 0.001, 0.137, 248.0)
"""`largest_force_n` is that at 100 Hz; `a_n_s` of 2007 is at a very wide pulse."""


def force_share_by_width(pulse_width_us: float) -> float:
    """Share 0..1 of A that a pulse width gives in the quadriceps, Ding 2007; none below 131.4 µs."""
    return max(0.0, 1.0 - exp(-(pulse_width_us - 131.4) / 194.1))


def pulse_share_by_current(current_ma: float) -> float:
    """What a current multiplies a pulse's term by in the quadriceps, Hmed 2018; 0 to 1.07."""
    return max(0.0, 0.586 * (tanh(0.026 * (current_ma - 63.1)) + 0.833))


def tiring_share(patient: Patient) -> float:
    """Factor 0.1..0.3 on the alphas for dorsiflexors that are not paralysed; 0.2 at `fatigue_s` 300 [K]."""
    return min(0.3, max(0.1, 60.0 / patient.fatigue_s))


class DingMuscle:
    """Activation 0..1 of the dorsiflexors, pulse by pulse; the interface is `simulator.muscle.Muscle`.

    A pulse acts at once: the delay that the force shows is part of the model's fit. `alpha_share` scales the fatigue
    (1: the paralysed quadriceps; None: `tiring_share`). With `quadriceps`, current and pulse width act as published for
    the quadriceps, to be used with `DING_2007`, and not through the patient's recruitment.
    """

    def __init__(
        self,
        patient: Patient,
        parameters: DingParameters = DING_2003,
        alpha_share: float | None = None,
        *,
        quadriceps: bool = False,
    ) -> None:
        self.activation = 0.0
        self.force_n = 0.0
        self.posture_factor = 1.0
        self.at_rest = True
        self._patient = patient
        self._rest = parameters
        self._quadriceps = quadriceps
        self._alpha_share = tiring_share(patient) if alpha_share is None else alpha_share
        self._a_n_s, self._tau1_s, self._km = parameters.a_n_s, parameters.tau1_s, parameters.km
        self._rested_n = self._burst_force_n()
        self._share = 0.0
        self._pulses = 0.0
        self._calcium = 0.0
        self._last_pulse_s = -inf
        self._coming: deque[tuple[float, float, float]] = deque()
        self._computed_s = 0.0
        self._now_s = 0.0
        self._silent = True

    @property
    def fatigue(self) -> float:
        """Share 0..1 that fatigue takes of the force after half a second at 40 Hz."""
        if self._silent and self._now_s > self._computed_s:
            self._recover(self._now_s)
        return min(1.0, max(0.0, 1.0 - self._burst_force_n() / self._rested_n))

    @property
    def recruited(self) -> float:
        """Share 0..1 that a rested muscle would give now."""
        left = 1.0 - self.fatigue
        return min(1.0, self.activation / left) if left > 0.0 else 0.0

    def pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        """A pulse reaches the nerve at `t_s`; pulses come in order of time."""
        if self._quadriceps:
            share, weight = force_share_by_width(pulse_width_us), pulse_share_by_current(current_ma)
        else:
            share, weight = recruitment(self._patient, current_ma, pulse_width_us, self.posture_factor), 1.0
        if share > 0.0 and weight > 0.0:
            self._coming.append((t_s, share, weight))
            self.at_rest = False

    def advance(self, t_s: float, dt: float) -> None:  # noqa: ARG002
        """Live until `t_s`, in sub-steps; the step `dt` is that of `Muscle`, and not needed here."""
        self._now_s = t_s
        if self._silent and not self._coming:
            return
        while self._coming and self._coming[0][0] <= t_s:
            pulse_s, share, weight = self._coming.popleft()
            self._live_until(pulse_s)
            self._share = share
            sums_up = (self._km + 0.04) * exp(-(pulse_s - self._last_pulse_s) / self._rest.tau_c_s)
            self._pulses += weight * (1.0 + sums_up)
            self._last_pulse_s = pulse_s
            self._silent = False
        self._live_until(t_s)
        if self.force_n < _SILENT_N and self._calcium < _SILENT_N and self._pulses < _SILENT_N:
            self.force_n = self._calcium = self._pulses = 0.0
            self._silent = True
        self.at_rest = self._silent and not self._coming
        self.activation = min(1.0, self.force_n / self._rest.largest_force_n)

    def _live_until(self, t_s: float) -> None:
        span_s = t_s - self._computed_s
        if span_s <= 0.0:
            return
        if self._silent:
            self._recover(t_s)
            return
        self._computed_s = t_s
        count = max(1, ceil(span_s / SUBSTEP_S - 1e-6))
        step_s = span_s / count
        x = step_s / self._rest.tau_c_s
        left = exp(-x)
        force_before_n = self.force_n
        driven_n_s = self._share * self._a_n_s
        for _ in range(count):
            calcium = (self._calcium + self._pulses * x) * left
            self._pulses *= left
            middle = 0.5 * (self._calcium + calcium)
            bound = middle / (self._km + middle)
            half = 0.5 * step_s / (self._tau1_s + self._rest.tau2_s * bound)
            self.force_n = (self.force_n * (1.0 - half) + step_s * driven_n_s * bound) / (1.0 + half)
            self._calcium = calcium
        self._tire(span_s, 0.5 * (force_before_n + self.force_n))

    def _tire(self, dt: float, force_n: float) -> None:
        rest = self._rest
        push = self._alpha_share * force_n
        self._a_n_s = max(0.0, self._a_n_s + dt * ((rest.a_n_s - self._a_n_s) / rest.fatigue_s + rest.alpha_a * push))
        self._tau1_s += dt * ((rest.tau1_s - self._tau1_s) / rest.fatigue_s + rest.alpha_tau1 * push)
        self._km += dt * ((rest.km - self._km) / rest.fatigue_s + rest.alpha_km * push)

    def _recover(self, t_s: float) -> None:
        rest = self._rest
        left = exp(-(t_s - self._computed_s) / rest.fatigue_s)
        self._computed_s = t_s
        self._a_n_s = rest.a_n_s + (self._a_n_s - rest.a_n_s) * left
        self._tau1_s = rest.tau1_s + (self._tau1_s - rest.tau1_s) * left
        self._km = rest.km + (self._km - rest.km) * left

    def _burst_force_n(self) -> float:
        """Closed form of what a burst reaches, with the mean of the calcium term for its ripple and rise."""
        intervals = _BURST_RATE_HZ * self._rest.tau_c_s
        calcium = intervals * (1.0 + (self._km + 0.04) * exp(-1.0 / intervals))
        bound = calcium / (self._km + calcium)
        rise_s = self._tau1_s + self._rest.tau2_s * bound
        return self._a_n_s * bound * rise_s * (1.0 - exp(-_BURST_S / rise_s))
