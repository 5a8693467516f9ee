"""Fatigue and recovery of a stimulated muscle, Riener and Veltink.

Source: `physiology-and-devices.md` 5.5: mu' = (floor - mu)·a/T_fat + (1 - mu)·(1 - a)/T_rec, with the drive `a`
weighted by the pulse rate (Riener 1996). Time constants and floor are the patient's: `fatigue_s`, `recovery_s` and
`fatigue_floor`.
"""

from math import exp

from simulator.patients import Patient

_WEIGHT_AT_40_HZ = 0.4 + 0.6 * 0.4 * 0.4


def rate_weight(rate_hz: float) -> float:
    """How much a pulse rate tires the muscle, 1 at 40 Hz: 0.4 + 0.6·(rate/100)², so normalised [K]."""
    return (0.4 + 0.6 * (rate_hz / 100.0) ** 2) / _WEIGHT_AT_40_HZ


def fitness_after(patient: Patient, fitness: float, drive: float, dt: float) -> float:
    """Share of the force that is left (mu) after `dt` seconds, a small part of the time constants, at a drive 0..1."""
    tiring = (patient.fatigue_floor - fitness) * drive / patient.fatigue_s
    return fitness + dt * (tiring + (1.0 - fitness) * (1.0 - drive) / patient.recovery_s)


def fitness_after_rest(patient: Patient, fitness: float, rest_s: float) -> float:
    """Share of the force that is left after any time without drive."""
    return 1.0 - (1.0 - fitness) * exp(-rest_s / patient.recovery_s)
