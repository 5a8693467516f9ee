"""One gait cycle as curves over its time: taken from the published tables, changed, or drawn by keyframes."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulator.activities.curve import through
from simulator.gait_tables import gait_tables
from simulator.geometry import BALL, HEEL, ankle_from_hip, point_from_ankle
from simulator.kinematics import PELVIS_OFFSET_DEG, POINTS, Array

_HARMONICS = 20
_LANDING_SHARE = 0.985
"""Until here the floor carries nothing of a foot that is about to land."""

SHARE: Array = np.arange(POINTS) / POINTS


class Cycle(NamedTuple):
    """Pitch of thigh, shank and foot (deg) and load under heel and forefoot (body weights) over 0..1 of a cycle.

    Initial contact at 0, heel off and foot off at their shares.
    """

    thigh: Array
    shank: Array
    foot: Array
    heel: Array
    forefoot: Array
    heel_off_share: float
    stance_share: float

    def plus(self, thigh: Array | float = 0.0, shank: Array | float = 0.0, foot: Array | float = 0.0) -> "Cycle":
        """With angles added."""
        return self._replace(thigh=self.thigh + thigh, shank=self.shank + shank, foot=self.foot + foot)

    def scaled(self, thigh: float, shank: float, foot: float) -> "Cycle":
        """With smaller or larger angles."""
        return self._replace(thigh=self.thigh * thigh, shank=self.shank * shank, foot=self.foot * foot)

    def on_the_forefoot(self, share: float) -> "Cycle":
        """With only this share of the heel's load on the heel."""
        return self._replace(heel=self.heel * share, forefoot=self.forefoot + self.heel * (1.0 - share))


@lru_cache(maxsize=16)
def level(speed_m_s: float) -> Cycle:
    """Level gait of a healthy leg, 0.2 to 1.8 m/s."""
    tables = gait_tables(speed_m_s)
    load, heel = np.array(tables.load[:-1]), np.array(tables.heel_load[:-1])
    return Cycle(
        thigh=np.array(tables.hip[:-1]) + PELVIS_OFFSET_DEG,
        shank=np.array(tables.shank[:-1]),
        foot=np.array(tables.foot[:-1]),
        heel=heel,
        forefoot=load - heel,
        heel_off_share=tables.heel_off_share,
        stance_share=tables.stance_share,
    )


def backwards(cycle: Cycle) -> Cycle:
    """The same gait backwards in time: the toes land first and the heel leaves last."""

    def turned(values: Array) -> Array:
        return np.roll(values[::-1], 1 + round(cycle.stance_share * POINTS))

    return Cycle(
        turned(cycle.thigh),
        turned(cycle.shank),
        turned(cycle.foot),
        turned(cycle.heel),
        turned(cycle.forefoot),
        heel_off_share=cycle.stance_share - 0.02,
        stance_share=cycle.stance_share,
    )


def drawn(points: dict[float, tuple[float, float, float, float, float]], heel_off: float, stance: float) -> Cycle:
    """A cycle through keyframes: share -> thigh, shank, foot, heel, forefoot."""
    shares = sorted(points)

    def curve(i: int) -> Array:
        frames = [(share, points[share][i]) for share in shares]
        if i >= 3:
            frames.append((_LANDING_SHARE, 0.0))
        repeated = through((turn + share, value) for turn in (-1, 0, 1) for share, value in frames)
        return np.array([repeated(share).value for share in SHARE])

    return Cycle(smooth(curve(0)), smooth(curve(1)), smooth(curve(2)), curve(3), curve(4), heel_off, stance)


def bump(start: float, stop: float) -> Array:
    """0..1..0 between two shares of the cycle, smooth to the second derivative."""
    place = np.clip((SHARE - start) / (stop - start), 0.0, 1.0)
    return np.asarray((np.sin(np.pi * place) ** 2) ** 1.5)


def smooth(values: Array) -> Array:
    """Without what is faster than 20 harmonics."""
    spectrum = np.fft.rfft(values)
    spectrum[_HARMONICS + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, POINTS))


def slope(values: Array) -> Array:
    """Derivative per cycle."""
    return np.asarray((np.roll(values, -1) - np.roll(values, 1)) * (POINTS / 2.0))


def ankle_velocity(cycle: Cycle) -> tuple[Array, Array]:
    """Velocity of the ankle in the room (x, z), m per cycle, when the other leg does the same half a cycle later.

    The loaded point of a standing foot does not move; two loaded feet carry the hip in proportion to their load.
    """
    load = np.maximum(cycle.heel, 0.0) + np.maximum(cycle.forefoot, 0.0) + 1e-3
    on_heel = np.maximum(cycle.heel, 0.0) / load
    weight = load / (load + np.roll(load, POINTS // 2))
    result = []
    hip_to_ankle = ankle_from_hip(cycle.thigh - PELVIS_OFFSET_DEG, cycle.thigh - cycle.shank)
    for axis in (0, 1):
        ankle = hip_to_ankle[axis]
        heel, ball = (slope(ankle + point_from_ankle(point, cycle.foot)[axis]) for point in (HEEL, BALL))
        standing = weight * (on_heel * heel + (1.0 - on_heel) * ball)
        result.append(smooth(slope(ankle) - standing - np.roll(standing, POINTS // 2)))
    return result[0], result[1]
