"""What shakes a leg besides its own movement: sway, blows of the floor, a vehicle. Amplitudes are [K] unless said."""

from bisect import bisect_right
from math import cos, exp, pi, sin
from random import Random
from typing import NamedTuple

from simulator.activities.curve import Motion

_RINGING_S = 0.025
_SWING_BACK_S = 0.035
_BLOW_M_S2 = 0.12


class Wave(NamedTuple):
    """One sine: amplitude in the unit of what it shakes, Hz, and phase in rad."""

    amplitude: float
    hz: float
    phase: float


class Blow(NamedTuple):
    """The floor strikes the leg at `t_s`: amplitude of the shank's rate (deg/s), ringing at (Hz)."""

    t_s: float
    rate_deg_s: float
    ringing_hz: float


def waves(random: Random, size: float, low_hz: float, high_hz: float, count: int = 3) -> tuple[Wave, ...]:
    """`count` sines of random phase between two frequencies that add up to at most `size`."""
    share = size / count
    return tuple(Wave(share, random.uniform(low_hz, high_hz), random.uniform(0.0, 2.0 * pi)) for _ in range(count))


def shaken(sines: tuple[Wave, ...], t_s: float) -> Motion:
    """Their sum and its derivatives."""
    value = rate = acceleration = 0.0
    for wave in sines:
        omega = 2.0 * pi * wave.hz
        angle = omega * t_s + wave.phase
        value += wave.amplitude * sin(angle)
        rate += wave.amplitude * omega * cos(angle)
        acceleration -= wave.amplitude * omega * omega * sin(angle)
    return Motion(value, rate, acceleration)


def ringing(blows: tuple[Blow, ...], t_s: float) -> tuple[float, float]:
    """Rate (deg/s) and acceleration (m/s²) after the blows: decaying, and the segment swings back to where it was.

    The blows come in order of time. Size and frequency at initial contact are 50 to 150 deg/s and 25 to 40 Hz
    (`physiology-and-devices.md` 5.2).
    """
    rate = up = 0.0
    first, last = (bisect_right(blows, when, key=_when) for when in (t_s - 8.0 * _RINGING_S, t_s))
    for blow in blows[first:last]:
        since = t_s - blow.t_s
        omega = 2.0 * pi * blow.ringing_hz
        size = blow.rate_deg_s * exp(-since / _RINGING_S) * sin(omega * since)
        turned_deg = blow.rate_deg_s * omega / (omega * omega + 1.0 / (_RINGING_S * _RINGING_S))
        rate += turned_deg * since / (_SWING_BACK_S * _SWING_BACK_S) * exp(-since / _SWING_BACK_S) - size
        up += _BLOW_M_S2 * size
    return rate, up


def _when(blow: Blow) -> float:
    return blow.t_s
