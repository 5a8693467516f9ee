"""What of their dorsiflexors a person can activate: it fades while an MS patient walks and comes back over weeks.

Source: `physiology-and-devices.md` 5.8.
"""

from simulator.patients import Patient

_MINUTE_S = 60.0


def voluntary_activation(patient: Patient, walked_s: float) -> float:
    """Share 0..1 that the person can activate after `walked_s` of walking: more by the week, less by the minute."""
    fresh = min(1.0, patient.voluntary_activation + patient.voluntary_gain_per_week * patient.weeks)
    if patient.voluntary_fades_per_min <= 0.0:
        return fresh
    least = min(fresh, patient.voluntary_least)
    return max(least, fresh - patient.voluntary_fades_per_min * walked_s / _MINUTE_S)
