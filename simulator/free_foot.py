"""A foot that only its own moments and the floor move, and beside it the same foot as it would hang without a floor.

The sole is stiff and the floor is hard: what gives is the leg, which a toe that catches lifts by a millimetre for each
few newtons. Source: `physiology-and-devices.md` 5.3, 5.4 and 5.8; stiffness, damping and friction are [K].
"""

from math import cos, pi, sin

from simulator.ankle import Around, FootMotion, Motion, moved, turning_moment
from simulator.geometry import BALL, TOE
from simulator.patients import Patient
from simulator.reflex import CalfReflex, is_spastic

LEG_STIFFNESS_N_M = 4000.0
"""Force at the toe that lifts the swinging leg by a metre, for the millimetres for which it holds."""

(_TOE_X, _TOE_Z), (_BALL_X, _BALL_Z) = TOE, BALL
_LEG_DAMPING_N_S_M = 40.0
_FRICTION = 0.4
_RADIAN = pi / 180.0


class FreeFoot:
    """`foot` is where the foot is; `hanging` where it would be, had it met no floor since foot off."""

    def __init__(self, patient: Patient, foot_kg: float, dt: float) -> None:
        self._foot: Motion = (0.0, 0.0)
        self._hanging: Motion = (0.0, 0.0)
        self.toe_m = self.lowest_m = 0.0
        self.touches = False
        self._patient = patient
        self._foot_kg = foot_kg
        self._ankle_z_m = 0.0
        self._parted = False
        self._reflex = CalfReflex(patient, dt) if is_spastic(patient) else None
        self._hanging_reflex: CalfReflex | None = None

    @property
    def foot(self) -> FootMotion:
        """Where the foot is."""
        return FootMotion(*self._foot)

    @property
    def hanging(self) -> FootMotion:
        """Where it would be, had it met no floor since foot off."""
        return FootMotion(*self._hanging)

    def release(self, foot: Motion, ankle_z_m: float) -> None:
        """The foot leaves the floor with this pitch (deg) and rate (deg/s)."""
        self._foot = self._hanging = foot
        self._ankle_z_m = ankle_z_m
        self._parted = False
        if self._reflex is not None:
            self._reflex.forget()

    def swing(
        self,
        stimulated: float,
        voluntary: float,
        normal_deg: float,
        around: Around,
        ankle_z_m: float,
        dt: float,
    ) -> Motion:
        """One step of `dt` in swing with the ankle `ankle_z_m` above the floor: the foot after it.

        The heights `toe_m` and `lowest_m` (toe or ball) are those of the hanging foot.
        Activations 0..1; the voluntary one holds the ankle near the dorsiflexion `normal_deg` as far as it can.
        """
        pitch = self._foot[0] * _RADIAN
        turned = cos(pitch), sin(pitch)
        floor_nm = self._floor_nm(ankle_z_m, turned, dt)
        if not (self.touches or self._parted):
            self._foot = self._hanging = self._next(
                self._foot, turned, self._reflex, stimulated, voluntary, normal_deg, around, 0.0, dt
            )
            return self._foot
        if not self._parted:
            self._parted = True
            self._hanging = self._foot
            self._hanging_reflex = None if self._reflex is None else self._reflex.twin()
        self._foot = self._next(
            self._foot, turned, self._reflex, stimulated, voluntary, normal_deg, around, floor_nm, dt
        )
        hanging = self._hanging[0] * _RADIAN
        hangs = cos(hanging), sin(hanging)
        self._hanging = self._next(
            self._hanging, hangs, self._hanging_reflex, stimulated, voluntary, normal_deg, around, 0.0, dt
        )
        return self._foot

    def lower(self, stimulated: float, voluntary: float, normal_deg: float, around: Around, dt: float) -> Motion:
        """One step of `dt` in which the foot turns about its heel on the floor: the foot after it."""
        pitch = self._foot[0] * _RADIAN
        turned = cos(pitch), sin(pitch)
        self._foot = self._next(self._foot, turned, self._reflex, stimulated, voluntary, normal_deg, around, 0.0, dt)
        return self._foot

    def _next(
        self,
        foot: Motion,
        turned: tuple[float, float],
        reflex: CalfReflex | None,
        stimulated: float,
        voluntary: float,
        normal_deg: float,
        around: Around,
        other_nm: float,
        dt: float,
    ) -> Motion:
        """The foot after one step; `turned` are cosine and sine of its pitch before."""
        activation = stimulated
        if voluntary > 0.0:
            above_normal = foot[0] - around[0] - normal_deg
            tried = 0.5 - 0.25 * above_normal
            activation += voluntary * (0.0 if tried <= 0.0 else tried if tried < 1.0 else 1.0)
        if reflex is not None:
            other_nm += reflex.moment(foot[1] - around[1], dt)
        moment_nm = turning_moment(self._patient, activation, foot, turned, around, self._foot_kg, other_nm)
        return moved(foot, moment_nm, dt)

    def _floor_nm(self, ankle_z_m: float, turned: tuple[float, float], dt: float) -> float:
        """Moment of the floor under toe and ball about the ankle: it pushes up, and drags the sliding sole back."""
        rising_m_s = (ankle_z_m - self._ankle_z_m) / dt
        self._ankle_z_m = ankle_z_m
        cosine, sine = turned
        toe, ball = _TOE_X * sine + _TOE_Z * cosine, _BALL_X * sine + _BALL_Z * cosine
        lower = toe if toe < ball else ball
        if self._parted:
            hanging = self._hanging[0] * _RADIAN
            low, level = sin(hanging), cos(hanging)
            self.toe_m = ankle_z_m + _TOE_X * low + _TOE_Z * level
            self.lowest_m = min(self.toe_m, ankle_z_m + _BALL_X * low + _BALL_Z * level)
        else:
            self.toe_m = ankle_z_m + toe
            self.lowest_m = ankle_z_m + lower
        self.touches = ankle_z_m + lower < 0.0
        if not self.touches:
            return 0.0
        moment, rate = 0.0, self._foot[1] * _RADIAN
        for (px, pz), z in ((TOE, toe), (BALL, ball)):
            depth = -ankle_z_m - z
            if depth > 0.0:
                x = px * cosine - pz * sine
                force = LEG_STIFFNESS_N_M * depth - _LEG_DAMPING_N_S_M * (rising_m_s + rate * x)
                moment += max(0.0, force) * (x + _FRICTION * z)
        return moment
