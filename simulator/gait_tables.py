"""Everything about a leg's gait that its ankle cannot change, tabulated over the time of one cycle.

The tables are made once with numpy for a walking speed and looked up as plain floats: `value = at(table, share)`.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulator.geometry import BALL, HEEL, ankle_from_hip, ankle_height_m, point_from_ankle
from simulator.kinematics import PELVIS_OFFSET_DEG, POINTS, Array, joint_angles, stance_share, warped_phase

Table = tuple[float, ...]

HEEL_OFF_PITCH_DEG = -2.0
"""Heel off: the foot pitch passes this, 38 to 42 % of the cycle [calc]."""

_LOAD = (
    (0.0, 0.05), (0.02, 0.40), (0.06, 0.78), (0.13, 1.10), (0.29, 0.79), (0.46, 1.10), (0.54, 0.70), (0.58, 0.20),
    (0.62, 0.0), (1.0, 0.0),
)  # fmt: skip
"""Vertical ground reaction in body weights by phase: landmarks of the mean of 22 adults at 1.2 m/s [found]."""

_HARMONICS = 20
"""The acceleration of a joint keeps this many harmonics: 18 Hz at one cycle a second."""


class GaitTables(NamedTuple):
    """Tables over the share 0..1 of a cycle's time, for one speed; derivatives are per cycle, not per second.

    Angles in deg, heights and accelerations in m; `load` in body weights, `heel_load` the part of it under the heel;
    `foot` and `ankle` are those of a healthy leg. `phase` is the phase of the published curves.
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


def at(table: Table, share: float) -> float:
    """Linear interpolation at a share 0 <= share < 1 of the cycle."""
    place = share * POINTS
    i = int(place)
    low = table[i]
    return low + (place - i) * (table[i + 1] - low)


@lru_cache(maxsize=8)
def gait_tables(speed_m_s: float) -> GaitTables:
    """The tables for a walking speed in m/s, 0.2 to 1.8."""
    stance = stance_share(speed_m_s)
    phase = warped_phase(stance)
    hip, knee, ankle = joint_angles(speed_m_s, phase)
    shank = hip + PELVIS_OFFSET_DEG - knee
    foot = shank + _on_the_ground(phase, shank, ankle)
    late = (phase > 0.25) & (foot < HEEL_OFF_PITCH_DEG)
    heel_off = int(np.argmax(late)) / POINTS
    load = np.interp(phase, [place for place, _ in _LOAD], [share for _, share in _LOAD])
    share = np.arange(POINTS) / POINTS
    heel_part = np.clip((heel_off - share) / (heel_off - 0.05), 0.0, 1.0)
    ax, az = _ankle_acceleration(phase, hip, knee, foot, load)
    return GaitTables(
        stance_share=stance,
        heel_off_share=heel_off,
        phase=_table(phase, closing=1.0),
        hip=_table(hip),
        knee=_table(knee),
        ankle=_table(foot - shank),
        shank=_table(shank),
        shank_rate=_table(_derivative(shank)),
        shank_acceleration=_table(_derivative(_derivative(shank))),
        foot=_table(foot),
        foot_rate=_table(_derivative(foot)),
        ankle_height=_table(ankle_height_m(phase, hip, knee, foot)),
        ankle_ax=_table(ax),
        ankle_az=_table(az),
        load=_table(load),
        heel_load=_table(load * heel_part),
    )


def _on_the_ground(phase: Array, shank: Array, ankle: Array) -> Array:
    """The ankle that keeps the foot flat in mid-stance, where the speed-scaled curves alone would tilt it."""
    flat = np.clip(phase / 0.08, 0.0, 1.0) * np.clip((0.56 - phase) / 0.26, 0.0, 1.0)
    return ankle - flat * flat * (3.0 - 2.0 * flat) * _tilt_in_mid_stance(phase, shank + ankle)


def _tilt_in_mid_stance(phase: Array, foot: Array) -> Array:
    """Foot pitch that the curves show while the foot is flat (8 to 30 %), held from there on."""
    inside = np.clip(phase, 0.08, 0.30)
    order = np.argsort(phase)
    return np.interp(inside, phase[order], foot[order])


def _ankle_acceleration(phase: Array, hip: Array, knee: Array, foot: Array, load: Array) -> tuple[Array, Array]:
    """Acceleration of the ankle in the room (x, z), m per cycle².

    The point of a loaded foot that stands on the floor does not move; where both feet are loaded the hip follows the
    two in proportion to their load. At foot flat the ankle is therefore at rest, as a worn sensor sees it.
    """
    heel_to_ball = np.clip((phase - 0.03) / 0.06, 0.0, 1.0)
    other = POINTS // 2
    weight = load / (load + np.roll(load, other))
    result = []
    for axis in (0, 1):
        ankle = ankle_from_hip(hip, knee)[axis]
        heel = _derivative(ankle + point_from_ankle(HEEL, foot)[axis])
        ball = _derivative(ankle + point_from_ankle(BALL, foot)[axis])
        standing = heel + heel_to_ball * (ball - heel)
        hip_velocity = -(weight * standing + np.roll(weight * standing, other))
        result.append(_derivative(_smooth(hip_velocity + _derivative(ankle))))
    return result[0], result[1]


def _derivative(values: Array) -> Array:
    return (np.roll(values, -1) - np.roll(values, 1)) * (POINTS / 2.0)


def _smooth(values: Array) -> Array:
    spectrum = np.fft.rfft(values)
    spectrum[_HARMONICS + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, POINTS))


def _table(values: Array, closing: float | None = None) -> Table:
    return (*(float(value) for value in values), float(values[0]) if closing is None else closing)
