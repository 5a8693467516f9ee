"""The leg as three segments in the sagittal plane, and how high the toe is above the floor.

Source: `physiology-and-devices.md` 5.3; segment lengths are Winter's and Drillis and Contini's proportions [K] of a
body height of 1.75 m. Lengths in m, x forward, z up, angles in deg, foot pitch toes up.
"""

from math import cos, radians, sin

import numpy as np

from simulator.kinematics import PELVIS_OFFSET_DEG, POINTS, Array

HEIGHT_M = 1.75
THIGH_M = 0.245 * HEIGHT_M
SHANK_M = 0.246 * HEIGHT_M
SOLE_M = -0.039 * HEIGHT_M
"""The sole below the ankle."""

HEEL = (-0.06, SOLE_M)
BALL = (0.13, SOLE_M)
TOE = (0.19, SOLE_M + 0.015)
"""Points of the sole seen from the ankle while the foot is flat; the toe springs up by 15 mm."""

NORMAL_CLEARANCE_M = 0.020
"""Least toe clearance of the published curves in mid-swing at 1.2 m/s [calc]; kept at every speed [K]."""

MID_SWING = (0.75, 0.95)
"""Phases of the published cycle between which toe clearance is judged."""

_LARGEST_HIKE_M = 0.040


def below_ankle_m(point: tuple[float, float], pitch_deg: float) -> float:
    """Height (m) of a point of the sole relative to the ankle at a foot pitch."""
    pitch = radians(pitch_deg)
    return point[0] * sin(pitch) + point[1] * cos(pitch)


def ankle_from_hip(hip_deg: Array, knee_deg: Array) -> tuple[Array, Array]:
    """Place (x, z) of the ankle seen from the hip, m."""
    thigh = np.radians(hip_deg + PELVIS_OFFSET_DEG)
    shank = np.radians(hip_deg + PELVIS_OFFSET_DEG - knee_deg)
    x = THIGH_M * np.sin(thigh) + SHANK_M * np.sin(shank)
    z = -THIGH_M * np.cos(thigh) - SHANK_M * np.cos(shank)
    return x, z


def point_from_ankle(point: tuple[float, float], pitch_deg: Array) -> tuple[Array, Array]:
    """Place (x, z) of a point of the sole seen from the ankle, m."""
    pitch = np.radians(pitch_deg)
    x, z = point
    return x * np.cos(pitch) - z * np.sin(pitch), x * np.sin(pitch) + z * np.cos(pitch)


def leg_length_m(hip_deg: Array, knee_deg: Array, foot_deg: Array) -> Array:
    """From the hip down to the lowest point of the sole, m."""
    sole = np.min([point_from_ankle(point, foot_deg)[1] for point in (HEEL, BALL, TOE)], axis=0)
    length: Array = -(ankle_from_hip(hip_deg, knee_deg)[1] + sole)
    return length


def ankle_height_m(
    phase: Array, hip_deg: Array, knee_deg: Array, foot_deg: Array, other_leg_m: Array | None = None
) -> Array:
    """Height (m) of the ankle over the cycle of a person whose other leg is as long as `other_leg_m` meanwhile.

    Without it both legs follow these curves half a cycle apart. The hip is as high as the longer leg demands, plus a
    bell-shaped hike of at most 40 mm in swing, as much as the toe needs to clear the floor by 20 mm; at 1.2 m/s none.
    The three curves and `phase` are given at equal steps of the cycle's time.
    """
    leg = leg_length_m(hip_deg, knee_deg, foot_deg)
    other = np.roll(leg, POINTS // 2) if other_leg_m is None else other_leg_m
    height = np.maximum(leg, other) + ankle_from_hip(hip_deg, knee_deg)[1]
    swing = np.clip((phase - 0.603) / 0.397, 0.0, 1.0)
    bell = np.sin(np.pi * swing) ** 2
    missing = NORMAL_CLEARANCE_M - (height + point_from_ankle(TOE, foot_deg)[1])
    middle = (phase >= MID_SWING[0]) & (phase <= MID_SWING[1])
    hike = float(np.max(missing[middle] / bell[middle]))
    hiked: Array = height + min(_LARGEST_HIKE_M, max(0.0, hike)) * bell
    return hiked
