"""How long the steps of a recorded person are: a foot sensor integrated from one flat foot to the next.

While the foot stands its speed is zero, so what acceleration and rate add up to in between is the way of one stride;
the speed left over at its end is taken off evenly. On a treadmill the belt is what the foot stands on.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REFERENCE_M_MIN = 60.0 / 96.0**2
"""Walk ratio of cadence = 96·sqrt(v), in m per step/min: what a walk ratio of 1 stands for."""

_FLAT_FOOT = (0.08, 0.55)
"""Share of the cycle in which the foot is looked for at rest."""

_QUIET_S = 0.08


def walk_ratio(t_s: Array, acc: Array, rates: Array, contacts: Sequence[float]) -> float:
    """Median walk ratio of the strides between initial contacts, as a multiple of the reference's; NaN without any.

    `acc` (n, 3) in m/s² and `rates` (n, 3) in deg/s along the axes of one right-handed frame, z roughly up in stance.
    """
    dt = float(np.median(np.diff(t_s)))
    half = round(_QUIET_S / dt)
    motion = np.convolve((rates**2).sum(axis=1), np.ones(2 * half + 1), "same")
    rests = []
    for start, stop in pairwise(contacts):
        first, last = (int(np.searchsorted(t_s, start + share * (stop - start))) for share in _FLAT_FOOT)
        if last - first > 2:
            rests.append(first + int(np.argmin(motion[first:last])))
    found = []
    for one, other in pairwise(rests):
        stride_s = float(t_s[other] - t_s[one])
        if 0.7 < stride_s < 2.4 and abs((other - one) * dt - stride_s) < dt:
            way_m = _way_m(acc[one : other + 1], np.radians(rates[one : other + 1]), dt)
            steps_min = 120.0 / stride_s
            found.append(0.5 * way_m / steps_min / REFERENCE_M_MIN)
    return float(np.median(found)) if found else float("nan")


def _way_m(acc: Array, rates_rad_s: Array, dt: float) -> float:
    """Horizontal way between two rests."""
    up = acc[:3].mean(axis=0)
    up /= np.linalg.norm(up)
    forward = np.cross([0.0, 1.0, 0.0], up)
    forward /= np.linalg.norm(forward)
    room = np.array([forward, np.cross(up, forward), up])
    accelerations = np.empty_like(acc)
    accelerations[0] = room @ acc[0]
    for i in range(1, len(acc)):
        room = room @ _turned(0.5 * (rates_rad_s[i - 1] + rates_rad_s[i]) * dt)
        accelerations[i] = room @ acc[i]
    accelerations[:, 2] -= 9.81
    speed = np.cumsum(0.5 * (accelerations[1:] + accelerations[:-1]) * dt, axis=0)
    speed -= np.outer(np.arange(1, len(speed) + 1) / len(speed), speed[-1])
    return float(np.hypot(*(speed.sum(axis=0) * dt)[:2]))


def _turned(angle_rad: Array) -> Array:
    """The rotation by a small vector of angles."""
    size = float(np.linalg.norm(angle_rad))
    if size == 0.0:
        return np.eye(3)
    x, y, z = angle_rad / size
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: Array = np.eye(3) + np.sin(size) * cross + (1.0 - np.cos(size)) * cross @ cross
    return turned
