"""Hip, knee and ankle over the gait cycle: published mean curves, scaled for speed and warped in time.

Source: `physiology-and-devices.md` 5.1 and 5.2. The series are a 7-harmonic fit [calc] to the means of 22 adults at
1.2 m/s (Camargo et al. 2021, doi:10.1016/j.jbiomech.2021.110320, CC BY 4.0), maximum error 0.07, 0.18 and 0.40 deg.
Angles in deg: hip and knee flexion and dorsiflexion positive. Phase 0 is initial contact of that leg.
"""

from collections.abc import Callable
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POINTS = 1000
"""Points over one gait cycle."""

TABLE_STANCE_SHARE = 0.603
"""Foot off of the published curves [found]: 60.3 % of the cycle."""

PELVIS_OFFSET_DEG = 3.9
"""Thigh against the vertical minus hip flexion; makes the foot flat at 10 to 30 % [calc]."""

_HIP = (3.445, 20.778, -5.572, -4.786, -0.004, 0.399, 1.602, -0.135, 0.069, -0.131, 0.242, 0.071, 0.065, -0.050, -0.030)
_KNEE = (29.673, -2.252, -20.000, -13.131, 9.423, 0.521, 4.242, -0.601, 0.873, 0.076, 0.769, 0.174, 0.066, 0.032, 0.004)
_ANKLE = (
    8.233,
    -4.095,
    6.928,
    0.890,
    -6.526,
    -4.057,
    0.922,
    2.033,
    -0.373,
    -0.481,
    -1.380,
    0.293,
    0.159,
    0.310,
    -0.536,
)

_LEG_LENGTH_M = 0.93
_REFERENCE_V = 0.397
_SLOWEST_V = 0.19
_GRAVITY_M_S2 = 9.81


def cadence_steps_min(speed_m_s: float, walk_ratio: float = 1.0) -> float:
    """Steps per minute at a walking speed in m/s: 96·sqrt(v), 105 at 1.2 m/s [K].

    The walk ratio, step length over cadence, is 0.0065 m per step/min [K] times `walk_ratio`.
    """
    return 96.0 * sqrt(speed_m_s / walk_ratio)


def manner_speed_m_s(speed_m_s: float, walk_ratio: float = 1.0) -> float:
    """Speed (m/s) at which a person of walk ratio 1 takes steps as long as one of `walk_ratio` does at this speed.

    How far the joints go and how long stance lasts follows the length of the steps, not how often they come [K].
    """
    return speed_m_s * walk_ratio


def stance_share(speed_m_s: float, shorter_by: float = 0.0) -> float:
    """Share of the cycle from IC to FO: 55.5 + 5.7/v %, within 56 to 75 % [calc fit]; 60.3 % at 1.2 m/s.

    The stance of a hemiparetic leg is `shorter_by` 0.03 to 0.08 of the cycle [K], that of the other leg by the reverse.
    """
    return min(0.75, max(0.56, (55.5 + 5.7 / speed_m_s) / 100.0)) - shorter_by


def warped_phase(stance: float) -> Array:
    """Phase of the published curves for each share of the cycle's time, given the stance share at this speed.

    Stance is stretched to 0..60.3 %, swing to the rest; the corners are rounded over 2 % of the cycle.
    """
    share = (np.arange(POINTS) + 0.5) / POINTS
    slope = np.where(share < stance, TABLE_STANCE_SHARE / stance, (1.0 - TABLE_STANCE_SHARE) / (1.0 - stance))
    width = POINTS // 50
    rounded = np.mean([np.roll(slope, shift) for shift in range(-width // 2, width // 2 + 1)], axis=0)
    return np.concatenate(([0.0], np.cumsum(rounded)[:-1])) / POINTS


def joint_angles(speed_m_s: float, phase: Array) -> tuple[Array, Array, Array]:
    """Hip, knee and ankle (deg) at the given phases 0..1 of the published cycle, scaled to a speed in m/s.

    The hip scales about its mean, the knee by its swing peak, the ankle by its push-off trough: fits within about
    2 deg of five speed classes of Schwartz 2008 [calc]. Slower than the slowest class, the slowest class holds.
    """
    v = max(_SLOWEST_V, speed_m_s / sqrt(_GRAVITY_M_S2 * _LEG_LENGTH_M))
    hip, knee, ankle = (_series(coefficients, phase) for coefficients in (_HIP, _KNEE, _ANKLE))
    hip = _HIP[0] + (hip - _HIP[0]) * _ratio(v, lambda x: 22.9 + 43.3 * x)
    bump = np.clip((phase - 0.45) / 0.15, 0.0, 1.0) * np.clip((0.95 - phase) / 0.10, 0.0, 1.0)
    bump = 0.5 - 0.5 * np.cos(np.pi * bump)
    knee = knee * (1.0 + bump * (_ratio(v, lambda x: 62.5 - 17.8 * exp(-(x - 0.19) / 0.10)) - 1.0))
    trough = (ankle < 0.0) & (phase > 0.55) & (phase < 0.75)
    push_off = _ratio(v, lambda x: -22.5 + 18.2 * exp(-(x - 0.19) / 0.13))
    return hip, knee, np.where(trough, ankle * push_off, ankle)


def _ratio(v: float, fit: Callable[[float], float]) -> float:
    return fit(v) / fit(_REFERENCE_V)


def _series(coefficients: tuple[float, ...], phase: Array) -> Array:
    value = np.full_like(phase, coefficients[0])
    for harmonic in range(1, 8):
        angle = 2.0 * np.pi * harmonic * phase
        a, b = coefficients[2 * harmonic - 1 : 2 * harmonic + 1]
        value += a * np.cos(angle) + b * np.sin(angle)
    return value
