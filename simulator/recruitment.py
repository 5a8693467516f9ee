"""How much of a muscle one stimulation pulse reaches: strength-duration curve and recruitment.

Source: `physiology-and-devices.md` 5.5. Design values that differ between people [K].
"""

from math import exp

from simulator.patients import Patient


def motor_threshold_ma(patient: Patient, pulse_width_us: float, posture_factor: float = 1.0) -> float:
    """Current (mA) at which the muscle begins to answer: rheobase·(1 + chronaxie/width) [K].

    `posture_factor` multiplies the rheobase, 0.85 to 1.15 over a stride: the skin with the electrode slides over the
    nerve as knee and leg move [K].
    """
    return posture_factor * patient.rheobase_ma * (1.0 + patient.chronaxie_us / pulse_width_us)


def recruitment(patient: Patient, current_ma: float, pulse_width_us: float, posture_factor: float = 1.0) -> float:
    """Share 0..1 of the muscle that one pulse recruits; half at 1.9 motor thresholds [K].

    What is not a pulse (zero, negative, not a number) recruits nothing.
    """
    if not (current_ma > 0.0 and pulse_width_us > 0.0):
        return 0.0
    x = current_ma / motor_threshold_ma(patient, pulse_width_us, posture_factor)
    at_rest = _sigmoid(-patient.half_recruited / patient.recruitment_spread)
    return max(0.0, _sigmoid((x - patient.half_recruited) / patient.recruitment_spread) - at_rest)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))
