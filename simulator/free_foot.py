"""A foot that only its own moments and the floor move, and beside it the same foot as it would hang without a floor.

The sole is stiff and the floor is hard: what gives is the leg, which a toe that catches lifts by a millimetre for each
few newtons. Source: `physiology-and-devices.md` 5.3, 5.4 and 5.8; stiffness, damping and friction are [K].
"""

from math import cos, radians, sin

from simulator.ankle import FootMotion, Surroundings, next_foot_motion
from simulator.geometry import BALL, TOE
from simulator.patients import Patient
from simulator.reflex import CalfReflex, is_spastic

LEG_STIFFNESS_N_M = 4000.0
"""Force at the toe that lifts the swinging leg by a metre, for the millimetres for which it holds."""

_LEG_DAMPING_N_S_M = 40.0
_FRICTION = 0.4


class FreeFoot:
    """`foot` is where the foot is; `hanging` where it would be, had it met no floor since foot off."""

    def __init__(self, patient: Patient, foot_kg: float, dt: float) -> None:
        self.foot = self.hanging = FootMotion(0.0, 0.0)
        self.toe_m = self.lowest_m = 0.0
        self.touches = False
        self._patient = patient
        self._foot_kg = foot_kg
        self._ankle_z_m = 0.0
        self._parted = False
        self._reflex = CalfReflex(patient, dt) if is_spastic(patient) else None
        self._hanging_reflex: CalfReflex | None = None

    def release(self, foot: FootMotion, ankle_z_m: float) -> None:
        """The foot leaves the floor."""
        self.foot = self.hanging = foot
        self._ankle_z_m = ankle_z_m
        self._parted = False
        if self._reflex is not None:
            self._reflex.forget()

    def swing(
        self,
        stimulated: float,
        voluntary: float,
        normal_deg: float,
        around: Surroundings,
        ankle_z_m: float,
        dt: float,
    ) -> None:
        """One step of `dt` in swing with the ankle `ankle_z_m` above the floor; the heights `toe_m` and
        `lowest_m` (toe or ball) are those of the hanging foot.

        Activations 0..1; the voluntary one holds the ankle near the dorsiflexion `normal_deg` as far as it can.
        """
        floor_nm = self._floor_nm(ankle_z_m, dt)
        if self.touches and not self._parted:
            self._parted = True
            self.hanging = self.foot
            self._hanging_reflex = None if self._reflex is None else self._reflex.twin()
        self.foot = self._next(self.foot, self._reflex, stimulated, voluntary, normal_deg, around, floor_nm, dt)
        if self._parted:
            self.hanging = self._next(
                self.hanging, self._hanging_reflex, stimulated, voluntary, normal_deg, around, 0.0, dt
            )
        else:
            self.hanging = self.foot

    def lower(self, stimulated: float, voluntary: float, normal_deg: float, around: Surroundings, dt: float) -> None:
        """One step of `dt` in which the foot turns about its heel on the floor."""
        self.foot = self._next(self.foot, self._reflex, stimulated, voluntary, normal_deg, around, 0.0, dt)

    def _next(
        self,
        foot: FootMotion,
        reflex: CalfReflex | None,
        stimulated: float,
        voluntary: float,
        normal_deg: float,
        around: Surroundings,
        other_nm: float,
        dt: float,
    ) -> FootMotion:
        activation = stimulated
        if voluntary > 0.0:
            above_normal = foot.pitch_deg - around.shank_deg - normal_deg
            activation += voluntary * min(1.0, max(0.0, 0.5 - 0.25 * above_normal))
        if reflex is not None:
            other_nm += reflex.moment(foot.rate_deg_s - around.shank_rate_deg_s, dt)
        return next_foot_motion(self._patient, activation, foot, around, self._foot_kg, dt, other_nm)

    def _floor_nm(self, ankle_z_m: float, dt: float) -> float:
        """Moment of the floor under toe and ball about the ankle: it pushes up, and drags the sliding sole back."""
        rising_m_s = (ankle_z_m - self._ankle_z_m) / dt
        self._ankle_z_m = ankle_z_m
        pitch = radians(self.foot.pitch_deg)
        sine, cosine = sin(pitch), cos(pitch)
        toe, ball = TOE[0] * sine + TOE[1] * cosine, BALL[0] * sine + BALL[1] * cosine
        if self._parted:
            hanging = radians(self.hanging.pitch_deg)
            low, level = sin(hanging), cos(hanging)
            self.toe_m = ankle_z_m + TOE[0] * low + TOE[1] * level
            self.lowest_m = min(self.toe_m, ankle_z_m + BALL[0] * low + BALL[1] * level)
        else:
            self.toe_m = ankle_z_m + toe
            self.lowest_m = ankle_z_m + min(toe, ball)
        self.touches = ankle_z_m + min(toe, ball) < 0.0
        if not self.touches:
            return 0.0
        moment, rate = 0.0, radians(self.foot.rate_deg_s)
        for (px, pz), z in ((TOE, toe), (BALL, ball)):
            depth = -ankle_z_m - z
            if depth > 0.0:
                x = px * cosine - pz * sine
                force = LEG_STIFFNESS_N_M * depth - _LEG_DAMPING_N_S_M * (rising_m_s + rate * x)
                moment += max(0.0, force) * (x + _FRICTION * z)
        return moment
