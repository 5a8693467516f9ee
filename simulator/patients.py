"""Kinds of simulated people: how weak the muscles that lift the foot are, and what stimulation does to them.

Source: `physiology-and-devices.md` 5.5 and 5.8. All values are plausible design values [K], not measurements of anyone.
"""

from typing import NamedTuple


class Patient(NamedTuple):
    """What differs between people.

    voluntary_activation: share 0..1 of the dorsiflexors that the person can activate; 1 and above is healthy.
    calf_stiffness: factor on the passive moment of the calf; 1 normal, 1.5 tight.
    torque_max_nm: torque of the dorsiflexors at activation 1, N m; 15 to 25 can be had by stimulation.
    rheobase_ma, chronaxie_us: strength-duration curve of the motor threshold; 10 mA and 200 µs make 16.7 mA at 300 µs.
    half_recruited: current, in motor thresholds, that recruits half of the muscle; spread: width of that sigmoid.
    stride_time_cv: coefficient of variation of the stride time; 0.015 to 0.03 healthy, 0.05 to 0.08 patients.
    """

    name: str
    meaning: str
    voluntary_activation: float
    calf_stiffness: float = 1.0
    torque_max_nm: float = 20.0
    rheobase_ma: float = 10.0
    chronaxie_us: float = 200.0
    half_recruited: float = 1.9
    recruitment_spread: float = 0.2
    stride_time_cv: float = 0.05

    @property
    def healthy(self) -> bool:
        """Whether the ankle follows the published curve."""
        return self.voluntary_activation >= 1.0


PATIENTS = {
    patient.name: patient
    for patient in (
        Patient("healthy", "walks as the published curves do", 1.0, stride_time_cv=0.02),
        Patient("slap", "lands on the heel, then the foot slaps down", 0.2),
        Patient("classic", "the toes scrape the floor in a part of each swing", 0.1),
        Patient("drag", "the foot hangs, is dragged and lands flat", 0.0),
    )
}
"""By name, as the setting `simulation.patient` has it."""
