"""Kinds of simulated people: how weak the muscles that lift the foot are, and what stimulation does to them.

Source: `physiology-and-devices.md` 5.5 and 5.8. All values are plausible design values [K], not measurements of anyone.
"""

from typing import NamedTuple


class Patient(NamedTuple):
    """What differs between people.

    voluntary_activation: share 0..1 of the dorsiflexors that the person can activate; 1 and above is healthy.
    voluntary_fades_per_min: what of it is lost each minute of walking, down to `voluntary_least`.
    voluntary_gain_per_week: what of it comes back each week; `weeks` have passed.
    calf_stiffness: factor on the passive moment of the calf; 1 normal, 1.5 tight.
    reflex_nm_s_per_deg: gain of the stretch reflex of the calf; 0 none, 0.02 to 0.08 spastic.
    clonus_hz, clonus_nm: rhythm and strength of clonus once the calf is stretched fast; 0 none, 5 to 7 Hz.
    stance_asymmetry: what the paretic leg's stance is shorter by, as a share of the cycle; 0.03 to 0.08 hemiparetic.
    compensates: share 0..1 of the hip and knee lift and hip hike that scraping toes teach this person.
    torque_max_nm: torque of the dorsiflexors at activation 1, N m; 15 to 25 can be had by stimulation.
    rheobase_ma, chronaxie_us: strength-duration curve of the motor threshold; 10 mA and 200 µs make 16.7 mA at 300 µs.
    half_recruited: current, in motor thresholds, that recruits half of the muscle; spread: width of that sigmoid.
    felt_at, painful_at: current, in motor thresholds, that is felt, and that hurts.
    fatigue_s, recovery_s, fatigue_floor: time constants and floor of fatigue, Riener and Veltink.
    stride_time_cv: coefficient of variation of the stride time; 0.015 to 0.03 healthy, 0.05 to 0.08 patients.
    heel_reaches: share 0..1 of the normal heel load that is left when the toes land first.
    """

    name: str
    meaning: str
    voluntary_activation: float
    voluntary_fades_per_min: float = 0.0
    voluntary_least: float = 0.0
    voluntary_gain_per_week: float = 0.0
    weeks: float = 0.0
    calf_stiffness: float = 1.0
    reflex_nm_s_per_deg: float = 0.0
    clonus_hz: float = 0.0
    clonus_nm: float = 0.0
    stance_asymmetry: float = 0.0
    compensates: float = 1.0
    torque_max_nm: float = 20.0
    rheobase_ma: float = 10.0
    chronaxie_us: float = 200.0
    half_recruited: float = 1.9
    recruitment_spread: float = 0.2
    felt_at: float = 0.5
    painful_at: float = 2.6
    fatigue_s: float = 300.0
    recovery_s: float = 500.0
    fatigue_floor: float = 0.2
    stride_time_cv: float = 0.05
    heel_reaches: float = 1.0

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
