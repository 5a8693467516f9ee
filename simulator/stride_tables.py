"""The tables of one stride: from the curves of the last stride over to those of a new speed, and with a lifted leg.

Strides change at initial contact. The curves pass over during stance, so angles and their rates have no steps.
"""

from functools import lru_cache

import numpy as np

from simulator.compensation import KNEE_PER_HIP
from simulator.gait_tables import GaitCurves, GaitTables, Table, tabulated
from simulator.geometry import ankle_from_hip
from simulator.kinematics import POINTS, TABLE_STANCE_SHARE, Array

_BLEND_SHARE = 0.35
"""Share of the cycle in which one speed's curves pass over to the next; heel off comes later."""

_LIFT_RISES_SHARE = 0.45
"""Share of the swing in which the lift comes, and in which it goes."""

_PHASE, _HIP, _KNEE, _ANKLE, _SHANK, _SHANK_RATE, _SHANK_ACCELERATION, _FOOT, _FOOT_RATE, _HEIGHT, _AX, _AZ = range(12)


def stride_tables(before: GaitCurves, after: GaitCurves, steppage_deg: float, hip_hike_mm: float) -> GaitTables:
    """Tables of a stride that begins as `before` ended and ends as `after`, its swing lifted by extra hip flexion (deg)
    with knee flexion to match, and a hip hike (mm); both swell and ebb over the swing."""
    curves = after if before is after else _passing_over(before, after)
    return curves.tables if steppage_deg == hip_hike_mm == 0.0 else _lifted(curves, steppage_deg, hip_hike_mm)


def lift_bell(phase: Array) -> Array:
    """How much of the lift there is at phases of the published cycle: 0 in stance, 1 in the middle of the swing.

    The width is the one at which the reference's lifts (5.3) clear the floor by what it says; smooth up to the
    acceleration.
    """
    s = np.clip((phase - TABLE_STANCE_SHARE) / (1.0 - TABLE_STANCE_SHARE), 0.0, 1.0)
    rising = np.minimum(1.0, np.minimum(s, 1.0 - s) / _LIFT_RISES_SHARE)
    bell: Array = rising**3 * (10.0 - 15.0 * rising + 6.0 * rising * rising)
    return bell


LIFT: Table = lift_bell(np.arange(POINTS + 1) / POINTS).tolist()
"""`lift_bell` over the phases 0 to 1."""


def _passing_over(before: GaitCurves, after: GaitCurves) -> GaitCurves:
    gain, slope, bend = _blend()
    change = after.rows - before.rows
    rows = before.rows + gain * change
    rows[_PHASE] = after.rows[_PHASE]
    rows[_SHANK_ACCELERATION] += 2.0 * slope * change[_SHANK_RATE] + bend * change[_SHANK]
    rows[_SHANK_RATE] += slope * change[_SHANK]
    rows[_FOOT_RATE] += slope * change[_FOOT]
    return tabulated(after.tables.stance_share, after.tables.heel_off_share, rows)


@lru_cache(maxsize=1)
def _blend() -> tuple[Array, Array, Array]:
    """0 to 1 over the blend, and its first and second derivative by share of the cycle."""
    x = np.clip(np.arange(POINTS + 1) / POINTS / _BLEND_SHARE, 0.0, 1.0)
    gain = x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)
    slope = 30.0 * x * x * (1.0 - x) ** 2 / _BLEND_SHARE
    bend = 60.0 * x * (1.0 - x) * (1.0 - 2.0 * x) / _BLEND_SHARE**2
    return gain, slope, bend


def _lifted(curves: GaitCurves, steppage_deg: float, hip_hike_mm: float) -> GaitTables:
    """The tables with another swing; nothing differs before foot off."""
    plain = curves.tables
    first = int(np.argmax(curves.rows[_PHASE] > TABLE_STANCE_SHARE)) - 2
    rows = curves.rows[:, first:]
    bell = lift_bell(rows[_PHASE])
    hip = rows[_HIP] + steppage_deg * bell
    knee = rows[_KNEE] + KNEE_PER_HIP * steppage_deg * bell
    (x_before, z_before), (x, z) = ankle_from_hip(rows[_HIP], rows[_KNEE]), ankle_from_hip(hip, knee)
    up = z - z_before + hip_hike_mm / 1000.0 * bell
    turned = (1.0 - KNEE_PER_HIP) * steppage_deg * bell

    def joined(stance: Table, swing: Array) -> Table:
        return [*stance[:first], *swing.tolist()]

    return plain._replace(
        hip=joined(plain.hip, hip),
        knee=joined(plain.knee, knee),
        shank=joined(plain.shank, rows[_SHANK] + turned),
        shank_rate=joined(plain.shank_rate, rows[_SHANK_RATE] + _derivative(turned)),
        shank_acceleration=joined(
            plain.shank_acceleration, rows[_SHANK_ACCELERATION] + _derivative(_derivative(turned))
        ),
        ankle_height=joined(plain.ankle_height, rows[_HEIGHT] + up),
        ankle_ax=joined(plain.ankle_ax, rows[_AX] + _derivative(_derivative(x - x_before))),
        ankle_az=joined(plain.ankle_az, rows[_AZ] + _derivative(_derivative(up))),
    )


def _derivative(values: Array) -> Array:
    """Central differences, one-sided at the ends; `np.gradient` does the same and takes four times as long."""
    slope = np.empty_like(values)
    slope[1:-1] = (values[2:] - values[:-2]) * (POINTS / 2.0)
    slope[0], slope[-1] = (values[1] - values[0]) * POINTS, (values[-1] - values[-2]) * POINTS
    return slope
