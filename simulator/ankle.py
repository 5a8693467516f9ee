"""The ankle that nothing but its own moments moves: in swing, and while the heel rocks down after initial contact.

Source: `physiology-and-devices.md` 5.4, 5.5 and 5.7. Moments in N m, dorsiflexing positive; angles in deg. What the
floor, the reflexes and an orthosis add comes in as `other_nm`.
"""

from math import cos, exp, pi, sin, tanh
from typing import NamedTuple

from simulator.patients import Patient

FOOT_INERTIA_KG_M2 = 0.013
"""Foot and shoe about the ankle."""

DAMPING_NM_S = 0.5
"""N m s/rad; published 0.15 to 0.8 [K]."""

HEEL_LEVER_M = 0.028
"""The load under the heel acts this far behind the ankle while the foot comes down."""

MOMENT_ARM_PER_DEG = 0.0004 / 0.037
"""How much longer the lever of the dorsiflexors is for each degree of dorsiflexion, as a share of that at 0 deg."""

_COM_X_M, _COM_Z_M = 0.065, -0.03
_GRAVITY_M_S2 = 9.81
_SHOE_KG = 0.35
_LOW_STOP_DEG, _HIGH_STOP_DEG = -45.0, 25.0
_STOP_NM_PER_DEG = 2.0
_RADIAN = pi / 180.0
_DEGREE = 180.0 / pi


class FootMotion(NamedTuple):
    """Foot pitch (deg, toes up) and its rate (deg/s)."""

    pitch_deg: float
    rate_deg_s: float


class Surroundings(NamedTuple):
    """What the rest of the body does to the ankle: shank pitch and rate, knee flexion (deg, deg/s), acceleration of
    the ankle in the room (m/s²), load under the heel (N)."""

    shank_deg: float
    shank_rate_deg_s: float
    knee_deg: float
    ax_m_s2: float
    az_m_s2: float
    heel_load_n: float


Motion = tuple[float, float]
Around = tuple[float, float, float, float, float, float]
"""What `FootMotion` and `Surroundings` hold, without the names, which cost time where it is made for every step."""


def passive_moment(dorsiflexion_deg: float, knee_deg: float, calf_stiffness: float) -> float:
    """Moment of the slack muscles and ligaments, Riener and Edrich 1999 [found]: the stretched calf pulls down."""
    lifting = exp(-7.9763 - 0.1949 * dorsiflexion_deg + 0.0008 * knee_deg)
    return lifting - calf_stiffness * exp(2.1016 + 0.0843 * dorsiflexion_deg - 0.0176 * knee_deg) + 1.792


def muscle_moment(torque_max_nm: float, activation: float, dorsiflexion_deg: float, rate_deg_s: float) -> float:
    """Moment of the dorsiflexors: activation 0..1 times force-length, force-velocity and moment arm (5.5) [K].

    The moment arm is 0.037 m + 0.0004 m/deg (Maganaris 2000 [found]); `torque_max_nm` holds for 0 deg.
    """
    if activation <= 0.0:
        return 0.0
    length = 1.0 - 0.5 * ((dorsiflexion_deg + 5.0) / 45.0) ** 2
    velocity = 1.0 - 0.35 * tanh(rate_deg_s * _RADIAN / 5.0)
    arm = 1.0 + MOMENT_ARM_PER_DEG * dorsiflexion_deg
    return (activation if activation < 1.0 else 1.0) * torque_max_nm * length * velocity * arm


def foot_mass_kg(mass_kg: float) -> float:
    """Foot and shoe of a person of `mass_kg` [K]."""
    return 0.0145 * mass_kg + _SHOE_KG


def ankle_moment(
    patient: Patient, activation: float, foot: Motion, around: Around, foot_kg: float, other_nm: float = 0.0
) -> float:
    """Sum of the moments about the ankle, N m; `other_nm` is what the floor and the reflexes add."""
    pitch = foot[0] * _RADIAN
    return turning_moment(patient, activation, foot, (cos(pitch), sin(pitch)), around, foot_kg, other_nm)


def turning_moment(
    patient: Patient,
    activation: float,
    foot: Motion,
    turned: tuple[float, float],
    around: Around,
    foot_kg: float,
    other_nm: float,
) -> float:
    """The same as `ankle_moment` for who knows cosine and sine of the foot's pitch already."""
    pitch_deg, rate_deg_s = foot
    cosine, sine = turned
    shank_deg, shank_rate_deg_s, knee_deg, ax_m_s2, az_m_s2, heel_load_n = around
    dorsiflexion = pitch_deg - shank_deg
    rate = rate_deg_s - shank_rate_deg_s
    com_x = _COM_X_M * cosine - _COM_Z_M * sine
    com_z = _COM_X_M * sine + _COM_Z_M * cosine
    return (
        muscle_moment(patient.torque_max_nm, activation, dorsiflexion, rate)
        + passive_moment(dorsiflexion, knee_deg, patient.calf_stiffness)
        - DAMPING_NM_S * (rate * _RADIAN)
        + foot_kg * (ax_m_s2 * com_z - (_GRAVITY_M_S2 + az_m_s2) * com_x)
        + (0.0 if _LOW_STOP_DEG <= dorsiflexion <= _HIGH_STOP_DEG else _stop_moment(dorsiflexion))
        - HEEL_LEVER_M * heel_load_n
        + other_nm
    )


def _stop_moment(dorsiflexion_deg: float) -> float:
    """Moment of the bones and ligaments beyond the ends of the movement."""
    end_deg = _LOW_STOP_DEG if dorsiflexion_deg < _LOW_STOP_DEG else _HIGH_STOP_DEG
    return _STOP_NM_PER_DEG * (end_deg - dorsiflexion_deg)


def next_motion(
    patient: Patient,
    activation: float,
    foot: Motion,
    around: Around,
    foot_kg: float,
    dt: float,
    other_nm: float = 0.0,
) -> Motion:
    """Pitch and rate of the foot after one step of `dt` (s, at most 2 ms)."""
    return moved(foot, ankle_moment(patient, activation, foot, around, foot_kg, other_nm), dt)


def moved(foot: Motion, moment_nm: float, dt: float) -> Motion:
    """Pitch and rate of the foot after a step of `dt` under a moment about the ankle."""
    pitch_deg, rate_deg_s = foot
    rate = rate_deg_s + moment_nm / FOOT_INERTIA_KG_M2 * _DEGREE * dt
    return pitch_deg + rate * dt, rate


def next_foot_motion(
    patient: Patient,
    activation: float,
    foot: Motion,
    around: Around,
    foot_kg: float,
    dt: float,
    other_nm: float = 0.0,
) -> FootMotion:
    """The foot after one step of `dt` (s, at most 2 ms)."""
    return FootMotion(*next_motion(patient, activation, foot, around, foot_kg, dt, other_nm))
