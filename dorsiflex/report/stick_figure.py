"""The leg as a stick figure through one stride, seen from the side, walking to the right."""

from collections.abc import Callable
from math import cos, isfinite, nan, radians, sin
from typing import NamedTuple

from dorsiflex.report.strides import Stride
from dorsiflex.report.svg import WIDTH, drawing, line, path, text
from dorsiflex.report.traces import LegTrace
from simulator.geometry import BALL, HEEL, SHANK_M, THIGH_M, TOE

STANCE_POSES, SWING_POSES = 4, 7
HEIGHT = 268.0
_FLOOR = 236.0
_MARGIN_M = 0.12
_TALLEST_M = 1.02
TOUCHES_MM = 0.5
"""The toe is told to be on the floor below this."""

Point = tuple[float, float]


class Pose(NamedTuple):
    """Places in the room, m: x forward, z above the floor."""

    hip: Point
    knee: Point
    ankle: Point
    heel: Point
    ball: Point
    toe: Point


def stick_figure(trace: LegTrace, stride: Stride, speed_m_s: float, *, stimulated: bool) -> str:
    """Draw one stride, the swing in colour, with the path of the toe."""
    poses = [
        (pose_at(trace, i, speed_m_s * (trace["time_s"][i] - stride.start_s), stimulated=stimulated), swings)
        for i, swings in _samples(trace, stride)
    ]
    first, last = trace.index(stride.foot_off_s) + 1, trace.index(stride.stop_s)
    during = [
        (pose_at(trace, i, speed_m_s * (trace["time_s"][i] - stride.start_s), stimulated=stimulated), i)
        for i in range(first, last + 1)
    ]
    everything = [point for pose, _ in poses for point in pose] + [pose.toe for pose, _ in during]
    low, high = min(x for x, _ in everything) - _MARGIN_M, max(x for x, _ in everything) + _MARGIN_M
    scale = min(WIDTH / (high - low), (_FLOOR - 8.0) / _TALLEST_M)
    shift = (WIDTH - scale * (high - low)) / 2.0

    def place(point: Point) -> Point:
        return shift + scale * (point[0] - low), _FLOOR - scale * point[1]

    clearance = trace["toe_clearance_mm" if stimulated else "unstimulated_toe_clearance_mm"]
    touching = [place((pose.toe[0], 0.0)) if clearance[i] < TOUCHES_MM else (nan, 0.0) for pose, i in during]
    # At its two ends every swing is on the floor; only a foot that stays there, or comes back, scrapes.
    scraped = [(x, y + 4.0) for x, y in touching[len(touching) // 4 : -len(touching) // 8]]
    style = "with" if stimulated else "without"
    parts = [line(0, _FLOOR, WIDTH, _FLOOR, "floor")]
    parts += [_leg(pose, place, style if swings else "still") for pose, swings in poses]
    parts.append(path([place(pose.toe) for pose, _ in during], f"{style} toe-path"))
    parts.append(path(scraped, "scrape"))
    parts.append(text(WIDTH / 2, HEIGHT - 8, _words(scraped), "label middle"))
    how = "with stimulation" if stimulated else "without stimulation"
    alt = f"The leg from the side through one stride {how}: grey on the floor, coloured in swing. {_words(scraped)}."
    return drawing(HEIGHT, alt, parts)


def pose_at(trace: LegTrace, i: int, hip_x_m: float, *, stimulated: bool) -> Pose:
    """The leg at sample `i`: on the floor with its lowest point in stance, above it by the toe clearance in swing."""
    prefix = "" if stimulated else "unstimulated_"
    shank = radians(trace[f"{prefix}shank_pitch_deg"][i])
    thigh = shank + radians(trace[f"{prefix}knee_deg"][i])
    pitch = radians(trace[f"{prefix}foot_pitch_deg"][i])
    below = [_from_ankle(point, pitch) for point in (HEEL, BALL, TOE)]
    if trace[f"{prefix}in_swing"][i]:
        ankle_z = trace[f"{prefix}toe_clearance_mm"][i] / 1000.0 - below[2][1]
    else:
        ankle_z = -min(z for _, z in below)
    knee_x = hip_x_m + THIGH_M * sin(thigh)
    ankle_x = knee_x + SHANK_M * sin(shank)
    knee_z = ankle_z + SHANK_M * cos(shank)
    heel, ball, toe = ((ankle_x + x, ankle_z + z) for x, z in below)
    return Pose((hip_x_m, knee_z + THIGH_M * cos(thigh)), (knee_x, knee_z), (ankle_x, ankle_z), heel, ball, toe)


def _samples(trace: LegTrace, stride: Stride) -> list[tuple[int, bool]]:
    """Samples to draw, and whether the leg swings in them: evenly in stance, and closer in swing."""
    stance = (stride.foot_off_s - stride.start_s) / STANCE_POSES
    swing = (stride.stop_s - stride.foot_off_s) / SWING_POSES
    return [(trace.index(stride.start_s + (k + 0.25) * stance), False) for k in range(STANCE_POSES)] + [
        (trace.index(stride.foot_off_s + (k + 0.9) * swing), True) for k in range(SWING_POSES)
    ]


def _from_ankle(point: Point, pitch: float) -> Point:
    return point[0] * cos(pitch) - point[1] * sin(pitch), point[0] * sin(pitch) + point[1] * cos(pitch)


def _leg(pose: Pose, place: Callable[[Point], Point], style: str) -> str:
    limbs = path([place(pose.hip), place(pose.knee), place(pose.ankle)], f"{style} limb")
    foot = path([place(p) for p in (pose.ankle, pose.heel, pose.ball, pose.toe)], f"{style} foot", closed=True)
    return limbs + foot


def _words(scraped: list[Point]) -> str:
    touched = any(isfinite(x) for x, _ in scraped)
    return "The toes touch the floor in swing" if touched else "The toes clear the floor"
