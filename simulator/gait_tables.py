"""Everything about a leg's gait that its ankle cannot change, tabulated over the time of one cycle.

The tables are made once with numpy for a walking speed and looked up as plain floats: `value = at(table, share)`.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulator.geometry import BALL, HEEL, TOE, ankle_from_hip, ankle_height_m, leg_length_m, point_from_ankle
from simulator.kinematics import PELVIS_OFFSET_DEG, POINTS, Array, joint_angles, stance_share, warped_phase

Table = list[float]

HEEL_OFF_PITCH_DEG = -2.0
"""Heel off: the foot pitch passes this, 38 to 42 % of the cycle [calc]."""

_LOAD = (
    (0.0, 0.05), (0.02, 0.40), (0.06, 0.78), (0.13, 1.10), (0.29, 0.79), (0.46, 1.10), (0.54, 0.70), (0.58, 0.20),
    (0.62, 0.0), (1.0, 0.0),
)  # fmt: skip
"""Vertical ground reaction in body weights by phase: landmarks of the mean of 22 adults at 1.2 m/s [found]."""

_CURVES_KEPT = 8
"""More than a person needs; each takes half a megabyte, in every process of a cohort."""

_HARMONICS = 20
"""The acceleration of a joint keeps this many harmonics: 18 Hz at one cycle a second."""


class GaitTables(NamedTuple):
    """Tables over the share 0..1 of a cycle's time, for one speed; derivatives are per cycle, not per second.

    Angles in deg, heights and accelerations in m; `load` in body weights, `heel_load` the part of it under the heel;
    `foot` and `ankle` are those of a healthy leg, as are the heights of its toe and of the lower of toe and ball
    (`lowest`). `phase` is the phase of the published curves.
    """

    stance_share: float
    heel_off_share: float
    phase: Table
    hip: Table
    knee: Table
    ankle: Table
    shank: Table
    shank_rate: Table
    shank_acceleration: Table
    foot: Table
    foot_rate: Table
    ankle_height: Table
    ankle_ax: Table
    ankle_az: Table
    load: Table
    heel_load: Table
    toe_height: Table
    lowest: Table


def at(table: Table, share: float) -> float:
    """Linear interpolation at a share 0 <= share < 1 of the cycle."""
    place = share * POINTS
    i = int(place)
    low = table[i]
    return low + (place - i) * (table[i + 1] - low)


class GaitCurves(NamedTuple):
    """What `GaitTables` is made of: a row for each of its tables, in its order, and a closing column at share 1; and
    the tables themselves."""

    rows: Array
    tables: GaitTables


def tabulated(stance_share: float, heel_off_share: float, rows: Array) -> GaitCurves:
    """Curves with their tables."""
    return GaitCurves(rows, GaitTables(stance_share, heel_off_share, *rows.tolist()))


def gait_tables(speed_m_s: float, shorter_stance: float = 0.0) -> GaitTables:
    """The tables for a walking speed in m/s, 0.2 to 1.8, and a leg whose stance is shorter by a share of the cycle."""
    return gait_curves(speed_m_s, shorter_stance).tables


@lru_cache(maxsize=_CURVES_KEPT)
def gait_curves(speed_m_s: float, shorter_stance: float = 0.0) -> GaitCurves:
    """As `gait_tables`, as arrays. The other leg's stance is longer by as much as this one's is shorter."""
    own, other = _leg_curves(speed_m_s, shorter_stance), _leg_curves(speed_m_s, -shorter_stance)
    ahead = round((0.5 + shorter_stance) * POINTS)
    length = np.roll(leg_length_m(other.hip, other.knee, other.foot), -ahead)
    share = np.arange(POINTS) / POINTS
    heel_part = np.clip((own.heel_off - share) / (own.heel_off - 0.05), 0.0, 1.0)
    ax, az = (_derivative(_smooth(velocity)) for velocity in _ankle_velocity(own, other, ahead))
    height = ankle_height_m(own.phase, own.hip, own.knee, own.foot, length)
    toe, ball = (height + point_from_ankle(point, own.foot)[1] for point in (TOE, BALL))
    rows = [
        own.phase,
        own.hip,
        own.knee,
        own.foot - own.shank,
        own.shank,
        _derivative(own.shank),
        _derivative(_derivative(own.shank)),
        own.foot,
        _derivative(own.foot),
        height,
        ax,
        az,
        own.load,
        own.load * heel_part,
        toe,
        np.minimum(toe, ball),
    ]
    closed = np.array([np.append(row, row[0]) for row in rows])
    closed[0, -1] = 1.0
    return tabulated(own.stance, own.heel_off, closed)


class _LegCurves(NamedTuple):
    stance: float
    heel_off: float
    phase: Array
    hip: Array
    knee: Array
    shank: Array
    foot: Array
    load: Array


def _leg_curves(speed_m_s: float, shorter_stance: float) -> _LegCurves:
    stance = stance_share(speed_m_s, shorter_stance)
    phase = warped_phase(stance)
    hip, knee, ankle = joint_angles(speed_m_s, phase)
    shank = hip + PELVIS_OFFSET_DEG - knee
    foot = shank + _on_the_ground(phase, shank, ankle)
    late = (phase > 0.25) & (foot < HEEL_OFF_PITCH_DEG)
    load = np.interp(phase, [place for place, _ in _LOAD], [share for _, share in _LOAD])
    return _LegCurves(stance, int(np.argmax(late)) / POINTS, phase, hip, knee, shank, foot, load)


def _on_the_ground(phase: Array, shank: Array, ankle: Array) -> Array:
    """The ankle that keeps the foot flat in mid-stance, where the speed-scaled curves alone would tilt it."""
    flat = np.clip(phase / 0.08, 0.0, 1.0) * np.clip((0.56 - phase) / 0.26, 0.0, 1.0)
    return ankle - flat * flat * (3.0 - 2.0 * flat) * _tilt_in_mid_stance(phase, shank + ankle)


def _tilt_in_mid_stance(phase: Array, foot: Array) -> Array:
    """Foot pitch that the curves show while the foot is flat (8 to 30 %), held from there on.

    It passes over into the held one from 26 to 34 %, so that the heel leaves the floor without a jerk.
    """
    passing = np.clip(phase - 0.26, 0.0, 0.08)
    inside = np.clip(phase, 0.08, 0.26) + passing - passing * passing / 0.16
    order = np.argsort(phase)
    return np.interp(inside, phase[order], foot[order])


def _ankle_velocity(own: _LegCurves, other: _LegCurves, ahead: int) -> list[Array]:
    """Velocity of the ankle in the room (x, z), m per cycle.

    The point of a loaded foot that stands on the floor does not move; where both feet are loaded the hip follows the
    two in proportion to their load. At foot flat the ankle is therefore at rest, as a worn sensor sees it.
    """
    other_load = np.roll(other.load, -ahead)
    weight = own.load / (own.load + other_load + 1e-9)
    result = []
    for axis in (0, 1):
        ours, theirs = _foot_from_hip_velocity(own, axis), np.roll(_foot_from_hip_velocity(other, axis), -ahead)
        hip = -(weight * ours + (1.0 - weight) * theirs)
        result.append(hip + _derivative(ankle_from_hip(own.hip, own.knee)[axis]))
    return result


def _foot_from_hip_velocity(leg: _LegCurves, axis: int) -> Array:
    """Velocity of the point on which a foot stands, heel first and then ball, seen from the hip; m per cycle."""
    heel_to_ball = np.clip((leg.phase - 0.03) / 0.06, 0.0, 1.0)
    ankle = ankle_from_hip(leg.hip, leg.knee)[axis]
    heel = _derivative(ankle + point_from_ankle(HEEL, leg.foot)[axis])
    ball = _derivative(ankle + point_from_ankle(BALL, leg.foot)[axis])
    moving: Array = heel + heel_to_ball * (ball - heel)
    return moving


def _derivative(values: Array) -> Array:
    return (np.roll(values, -1) - np.roll(values, 1)) * (POINTS / 2.0)


def _smooth(values: Array) -> Array:
    spectrum = np.fft.rfft(values)
    spectrum[_HARMONICS + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, POINTS))
