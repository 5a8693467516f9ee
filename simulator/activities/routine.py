"""Movements in place: a leg goes from pose to pose, in its own time, over and over."""

from collections.abc import Callable
from math import cos, radians, sin
from random import Random
from typing import Literal, NamedTuple

from simulator.activities.curve import Curve, through
from simulator.activities.script import LegScript
from simulator.activities.shaking import Blow, Wave
from simulator.geometry import BALL, HEEL, SHANK_M, THIGH_M

Base = Literal["floor", "hip"]
"""What is at rest: the heel or ball of the foot on the floor, or the hip."""


class Pose(NamedTuple):
    """Pitch of thigh, shank and foot (deg), load under heel and forefoot (body weights), turned and leaning (deg)."""

    thigh: float
    shank: float
    foot: float
    heel: float
    forefoot: float
    yaw: float = 0.0
    roll: float = 0.0
    hip_up_m: float = 0.0

    def towards(self, other: "Pose", share: float) -> "Pose":
        """The pose a share of the way to another one; below 1 a smaller movement, above 1 a larger one."""
        return Pose(*(a + share * (b - a) for a, b in zip(self, other, strict=True)))


STANDING = Pose(0.0, 0.0, 0.0, 0.3, 0.2)
"""Half the weight on each foot, more of it on the heel [K]."""

SITTING = Pose(90.0, 0.0, 0.0, 0.08, 0.04)
"""Thigh level, shank upright; the floor carries about the shank, the foot and a part of the thigh [K]."""


class Routine:
    """Gathers the poses of one leg as time goes on; a new routine stands or sits at its first pose."""

    def __init__(self, first: Pose, base: Base) -> None:
        self.t_s = 0.0
        self._base = base
        self._frames = [(0.0, first)]
        self._blows: list[Blow] = []

    @property
    def pose(self) -> Pose:
        """Where the leg is now."""
        return self._frames[-1][1]

    def hold(self, seconds: float) -> None:
        """Stay."""
        self.move(self.pose, seconds)

    def move(self, pose: Pose, seconds: float) -> None:
        """Go to a pose; the speed passes through zero only where the movement turns round."""
        self.t_s += seconds
        self._frames.append((self.t_s, pose))

    def strike(self, random: Random, low_deg_s: float, high_deg_s: float) -> None:
        """The foot comes down on the floor now."""
        self._blows.append(Blow(self.t_s, random.uniform(low_deg_s, high_deg_s), random.uniform(25.0, 40.0)))

    def script(self, sway_deg: tuple[Wave, ...]) -> LegScript:
        """The leg as gathered so far."""
        times = [t for t, _ in self._frames]
        curves = [
            through(zip(times, values, strict=True)) for values in zip(*(p for _, p in self._frames), strict=True)
        ]
        thigh, shank, foot, heel, forefoot, yaw, roll, hip_up = curves
        ankle = foot_on_floor(foot) if self._base == "floor" else leg_from_hip(thigh, shank, hip_up)
        return LegScript(
            thigh, shank, foot, heel, forefoot, ankle, yaw, roll, blows=tuple(self._blows), sway_deg=sway_deg
        )


def foot_on_floor(foot: Curve) -> Callable[[float], tuple[float, float]]:
    """Acceleration of the ankle (x, z; m/s²) over a foot that turns about its ball, or about its heel if toes up."""

    def ankle(t_s: float) -> tuple[float, float]:
        motion = foot(t_s)
        px, pz = BALL if motion.value < 0.0 else HEEL
        pitch, rate, acceleration = (radians(value) for value in motion)
        x, z = -px * cos(pitch) + pz * sin(pitch), -px * sin(pitch) - pz * cos(pitch)
        return -acceleration * z - rate * rate * x, acceleration * x - rate * rate * z

    return ankle


def leg_from_hip(thigh: Curve, shank: Curve, hip_up_m: Curve) -> Callable[[float], tuple[float, float]]:
    """Acceleration of the ankle (x, z; m/s²) of a leg that hangs from the hip."""

    def ankle(t_s: float) -> tuple[float, float]:
        ax, az = 0.0, hip_up_m(t_s).acceleration
        for length, motion in ((THIGH_M, thigh(t_s)), (SHANK_M, shank(t_s))):
            pitch, rate, acceleration = (radians(value) for value in motion)
            ax += length * (acceleration * cos(pitch) - rate * rate * sin(pitch))
            az += length * (acceleration * sin(pitch) + rate * rate * cos(pitch))
        return ax, az

    return ankle
