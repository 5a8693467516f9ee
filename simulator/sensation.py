"""What a person feels of the stimulation.

Source: `physiology-and-devices.md` 5.5: thresholds as multiples of the motor threshold at the same pulse width [K].
"""

from enum import IntEnum
from typing import NamedTuple

from simulator.patients import Patient
from simulator.recruitment import motor_threshold_ma


class Sensation(IntEnum):
    """From nothing to too much; each one includes what comes before it."""

    NOT_FELT = 0
    FELT = 1
    MOVES = 2
    PAINFUL = 3


class ComfortableRange(NamedTuple):
    """Currents (mA) at which the muscle begins to answer and at which it begins to hurt."""

    motor_ma: float
    painful_ma: float


def sensation(patient: Patient, current_ma: float, pulse_width_us: float) -> Sensation:
    """What pulses of this current (mA) and width (µs) do to the person; no pulse is not felt."""
    if not (current_ma > 0.0 and pulse_width_us > 0.0):
        return Sensation.NOT_FELT
    thresholds = current_ma / motor_threshold_ma(patient, pulse_width_us)
    if thresholds >= patient.painful_at:
        return Sensation.PAINFUL
    if thresholds >= 1.0:
        return Sensation.MOVES
    return Sensation.FELT if thresholds >= patient.felt_at else Sensation.NOT_FELT


def comfortable_range(patient: Patient, pulse_width_us: float) -> ComfortableRange:
    """From where the muscle answers to where it hurts, at a pulse width in µs, above 0."""
    motor_ma = motor_threshold_ma(patient, pulse_width_us)
    return ComfortableRange(motor_ma, patient.painful_at * motor_ma)
