"""The calf's answer to a fast stretch: the stretch reflex and clonus. Moments in N m, pulling the foot down: negative.

Source: `physiology-and-devices.md` 5.4 and 5.8 [K].
"""

from math import exp, pi, sin

from simulator.patients import Patient

STRETCH_THRESHOLD_DEG_S = 60.0
"""Slower stretches are not answered."""

DELAY_S = 0.040
LOW_PASS_S = 0.050

MOST_NM = 30.0
"""Reflex and clonus together pull no harder: a reflex reaches about half of the motor neurons (Hmax/Mmax 0.5 [M]) of a
calf that has half of a healthy one's 120 N m [M]."""

CLONUS_FROM_DEG_S = 120.0
"""A stretch as fast as this, delayed, starts a burst of clonus [K]."""

CLONUS_FADES_S = 0.35
"""Time constant at which a burst of clonus dies away [K]."""


def is_spastic(patient: Patient) -> bool:
    """Whether the calf answers at all."""
    return patient.reflex_nm_s_per_deg > 0.0 or patient.clonus_nm > 0.0


class CalfReflex:
    """-k·max(0, rate - 60 deg/s), MOST_NM at most, 40 ms late, low-passed over 50 ms; clonus after a fast stretch."""

    def __init__(self, patient: Patient, dt: float) -> None:
        self._patient, self._dt = patient, dt
        self._rates = [0.0] * max(1, round(DELAY_S / dt))
        self._place = 0
        self._moment_nm = 0.0
        self._clonus_since_s = -1.0

    def twin(self) -> "CalfReflex":
        """Another calf in the same state."""
        other = CalfReflex(self._patient, self._dt)
        other._rates, other._place = self._rates.copy(), self._place
        other._moment_nm, other._clonus_since_s = self._moment_nm, self._clonus_since_s
        return other

    def forget(self) -> None:
        """The stretches of the last 40 ms do not count: the foot stood on the floor and the calf pushed off."""
        self._rates = [0.0] * len(self._rates)
        self._moment_nm = 0.0

    def moment(self, rate_deg_s: float, dt: float) -> float:
        """One step of `dt` at a rate of dorsiflexion: the moment about the ankle, N m, 0 or negative."""
        patient = self._patient
        delayed = self._rates[self._place]
        self._rates[self._place] = rate_deg_s
        self._place = (self._place + 1) % len(self._rates)
        drive = -min(MOST_NM, patient.reflex_nm_s_per_deg * max(0.0, delayed - STRETCH_THRESHOLD_DEG_S))
        self._moment_nm += (drive - self._moment_nm) * dt / LOW_PASS_S
        if patient.clonus_nm <= 0.0:
            return self._moment_nm
        if self._clonus_since_s < 0.0 and delayed > CLONUS_FROM_DEG_S:
            self._clonus_since_s = 0.0
        if self._clonus_since_s < 0.0:
            return self._moment_nm
        since = self._clonus_since_s
        self._clonus_since_s = since + dt if since < 4.0 * CLONUS_FADES_S else -1.0
        beat = max(0.0, sin(2.0 * pi * patient.clonus_hz * since))
        return max(-MOST_NM, self._moment_nm - patient.clonus_nm * exp(-since / CLONUS_FADES_S) * beat)
