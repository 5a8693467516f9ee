"""A person who sits with the leg stretched out, electrodes on, while somebody tries bursts and watches the foot.

The same muscle, ankle, calf and sensation as in walking, at a shank that rests: the knee is bent by as little as in
late swing, where the calf resists most (`physiology-and-devices.md` 5.4, A1). The person does not help.
"""

from typing import NamedTuple

from simulator.ankle import FootMotion, Surroundings, foot_mass_kg, next_foot_motion
from simulator.muscle import make_muscle
from simulator.patients import Patient
from simulator.reflex import CalfReflex
from simulator.sensation import Sensation, sensation

KNEE_DEG = 15.0
SHANK_DEG = 75.0
"""The heel rests on a stool: the thigh is level, the foot far in front of the knee."""

BURST_S, REST_S = 1.0, 1.5
RISE_S = 0.2
STEP_S = 0.002
_HANGING_DEG = -20.0
_SETTLES_S = 2.0
_STILL = Surroundings(SHANK_DEG, 0.0, KNEE_DEG, 0.0, 0.0, 0.0)


class Answer(NamedTuple):
    """What a test burst did: the ankle before it and at its highest (deg), and what the person felt."""

    at_rest_deg: float
    highest_deg: float
    felt: Sensation

    @property
    def lift_deg(self) -> float:
        """How far the foot moved up."""
        return self.highest_deg - self.at_rest_deg


class SeatedFoot:
    """`try_burst` gives one burst and a rest; the muscle tires by it as by any other."""

    def __init__(self, patient: Patient, mass_kg: float) -> None:
        self._patient = patient
        self._foot_kg = foot_mass_kg(mass_kg)
        self._muscle = make_muscle(patient)
        self._reflex = CalfReflex(patient, STEP_S)
        self._foot = FootMotion(SHANK_DEG + _HANGING_DEG, 0.0)
        self._steps = 0
        self._rest(_SETTLES_S)

    def try_burst(self, current_ma: float, pulse_width_us: float, rate_hz: float) -> Answer:
        """A burst of 1 s with a rising ramp, then a rest of 1.5 s; mA, µs, and Hz above 0."""
        highest_deg = at_rest_deg = self._ankle_deg
        start_s, given = self._now_s, 0
        while (since_s := self._now_s - start_s) < BURST_S:
            if since_s * rate_hz >= given:
                given += 1
                self._muscle.pulse(self._now_s, current_ma * min(1.0, since_s / RISE_S), pulse_width_us)
            self._step()
            highest_deg = max(highest_deg, self._ankle_deg)
        self._rest(REST_S)
        return Answer(at_rest_deg, highest_deg, sensation(self._patient, current_ma, pulse_width_us))

    @property
    def _now_s(self) -> float:
        return self._steps * STEP_S

    @property
    def _ankle_deg(self) -> float:
        return self._foot.pitch_deg - SHANK_DEG

    def _rest(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self._step()

    def _step(self) -> None:
        self._steps += 1
        self._muscle.advance(self._now_s, STEP_S)
        reflex_nm = self._reflex.moment(self._foot.rate_deg_s, STEP_S)
        self._foot = next_foot_motion(
            self._patient, self._muscle.activation, self._foot, _STILL, self._foot_kg, STEP_S, reflex_nm
        )
