"""What an ideal inertial sensor on the shank or the foot of a simulated leg would read.

Segment frame: x forward, y up along the segment, z to the person's right; acceleration is specific force, m/s²; rates
in deg/s, positive about z in swing and about y when turning left. Source: `physiology-and-devices.md` 5.2 and 5.10.
"""

from math import cos, exp, pi, radians, sin

from simulator.gait_tables import at
from simulator.geometry import SHANK_M
from simulator.leg import Leg

SHANK_SENSOR_ABOVE_ANKLE_M = SHANK_M - 0.15
"""A cuff sits 0.15 m below the knee."""

FOOT_SENSOR_M = (0.08, -0.02)
"""On the instep, forward of and below the ankle [K]."""

_GRAVITY_M_S2 = 9.81
_RINGING_S = 0.025
_SWING_BACK_S = 0.035
_BLOW_M_S2 = 0.12
"""Acceleration of a blow in m/s² per deg/s of its rate [K]."""

_FOOT_BLOW = 1.5
_FRONTAL_DEG_S = 25.0
_TRANSVERSE_DEG_S = 20.0
_SIDEWAYS_M_S2 = 0.8
"""Motion out of the sagittal plane, as amplitudes at one cycle a second [K]."""

Imu = tuple[float, float, float, float, float, float]


def shank_imu(leg: Leg, t_s: float) -> Imu:
    """Specific force (x, y, z) and rate (x, y, z) at the cuff."""
    tables, share, f, walking = leg.tables, leg.share, leg.frequency_hz, leg.walking
    pitch = at(tables.shank, share)
    rate = (at(tables.shank_rate, share) * walking + pitch * leg.walking_slope) * f
    acceleration = at(tables.shank_acceleration, share) * walking * f * f
    place_m = (0.0, SHANK_SENSOR_ABOVE_ANKLE_M)
    return _at_point(leg, t_s, pitch * walking, rate, acceleration, place_m, 1.0, leg.heading.shank_rate_deg_s)


def foot_imu(leg: Leg, t_s: float) -> Imu:
    """Specific force (x, y, z) and rate (x, y, z) on the instep."""
    pitch, rate, acceleration = leg.foot.pitch_deg, leg.foot.rate_deg_s, leg.foot.acceleration_deg_s2
    return _at_point(leg, t_s, pitch, rate, acceleration, FOOT_SENSOR_M, _FOOT_BLOW, leg.heading.rate_deg_s)


def _at_point(
    leg: Leg,
    t_s: float,
    pitch_deg: float,
    rate_deg_s: float,
    acceleration_deg_s2: float,
    place_m: tuple[float, float],
    blow: float,
    yaw_rate_deg_s: float,
) -> Imu:
    pitch, rate, acceleration = radians(pitch_deg), radians(rate_deg_s), radians(acceleration_deg_s2)
    cosine, sine = cos(pitch), sin(pitch)
    x, y = place_m
    tables, share, frequency_hz, walking = leg.tables, leg.share, leg.frequency_hz, leg.walking
    scale = frequency_hz * frequency_hz * walking
    room_x = at(tables.ankle_ax, share) * scale
    room_z = at(tables.ankle_az, share) * scale + _GRAVITY_M_S2
    along = room_x * cosine + room_z * sine - acceleration * y - rate * rate * x
    up = room_z * cosine - room_x * sine + acceleration * x - rate * rate * y
    shaken_rate, shaken_up = _ringing(leg, t_s)
    turn = 2.0 * pi * share
    sway = frequency_hz * walking
    return (
        along,
        up + blow * shaken_up,
        _SIDEWAYS_M_S2 * sway * sin(turn),
        _FRONTAL_DEG_S * sway * sin(turn + 1.0) + yaw_rate_deg_s * sine,
        _TRANSVERSE_DEG_S * sway * sin(2.0 * turn) + yaw_rate_deg_s * cosine,
        rate_deg_s + blow * shaken_rate,
    )


def _ringing(leg: Leg, t_s: float) -> tuple[float, float]:
    """Decaying rate (deg/s) and acceleration (m/s²) after the blows of this step, which the smooth curves lack.

    The leg swings back afterwards, slowly, so that a blow turns the segment for a moment and not for good.
    """
    rate = up = 0.0
    for impact in leg.impacts:
        since = t_s - impact.t_s
        if 0.0 <= since < 8.0 * _RINGING_S:
            omega = 2.0 * pi * impact.ringing_hz
            size = impact.rate_deg_s * exp(-since / _RINGING_S) * sin(omega * since)
            turned_deg = impact.rate_deg_s * omega / (omega * omega + 1.0 / (_RINGING_S * _RINGING_S))
            rate += turned_deg * since / (_SWING_BACK_S * _SWING_BACK_S) * exp(-since / _SWING_BACK_S) - size
            up += _BLOW_M_S2 * size
    return rate, up
