"""A passive ankle only loses energy: with the shank fixed, and where the foot falls onto the floor."""

import itertools
from math import cos, radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.ankle import FOOT_INERTIA_KG_M2, FootMotion, Surroundings, foot_mass_kg, next_foot_motion, passive_moment
from simulator.free_foot import LEG_STIFFNESS_N_M, FreeFoot
from simulator.geometry import BALL, TOE, below_ankle_m
from simulator.patients import PATIENTS

DRAG = PATIENTS["drag"]
FOOT_KG = foot_mass_kg(75.0)
COM = (0.065, -0.03)
DT = 0.001


def elastic_j(dorsiflexion_deg: float, knee_deg: float) -> float:
    """Energy in calf, ligaments and the stops of the joint against that at 0 deg, J: minus the work of the moments."""
    steps = 120
    width = dorsiflexion_deg / steps
    total = 0.0
    for i in range(steps):
        angle = (i + 0.5) * width
        stop = 2.0 * (max(0.0, -45.0 - angle) - max(0.0, angle - 25.0))
        total -= (passive_moment(angle, knee_deg, DRAG.calf_stiffness) + stop) * radians(width)
    return total


def energy_j(foot: FootMotion, shank_deg: float, knee_deg: float) -> float:
    """Kinetic, gravitational and elastic energy of the foot about a fixed ankle, J."""
    pitch = radians(foot.pitch_deg)
    height = COM[0] * sin(pitch) + COM[1] * cos(pitch)
    kinetic = 0.5 * FOOT_INERTIA_KG_M2 * radians(foot.rate_deg_s) ** 2
    return kinetic + FOOT_KG * 9.81 * height + elastic_j(foot.pitch_deg - shank_deg, knee_deg)


@settings(deadline=None, max_examples=25)
@given(
    pitch=st.floats(-60.0, 30.0),
    rate=st.floats(-600.0, 600.0),
    shank=st.floats(-40.0, 20.0),
    knee=st.floats(0.0, 65.0),
)
def test_a_passive_foot_never_gains_energy(pitch: float, rate: float, shank: float, knee: float) -> None:
    still = Surroundings(shank, 0.0, knee, 0.0, 0.0, 0.0)
    foot = FootMotion(min(shank + 20.0, max(shank - 40.0, pitch)), rate)
    energies = [energy_j(foot, shank, knee)]
    for _ in range(300):
        foot = next_foot_motion(DRAG, 0.0, foot, still, FOOT_KG, DT)
        energies.append(energy_j(foot, shank, knee))
    scale = max(energies) - min(energies) + 1e-3
    assert all(later <= earlier + 0.01 * scale for earlier, later in itertools.pairwise(energies))
    assert energies[-1] <= energies[0] + 1e-6


@pytest.mark.parametrize("drop_deg", [0.0, 10.0, 25.0])
def test_the_floor_gives_no_energy_back(drop_deg: float) -> None:
    """A foot that falls onto the floor about a resting ankle comes to rest on it, and never rises above its start."""
    ankle_m = -below_ankle_m(TOE, 0.0) - 0.02
    free = FreeFoot(DRAG, FOOT_KG, DT)
    free.release(FootMotion(drop_deg, 0.0), ankle_m)
    still = Surroundings(0.0, 0.0, 60.0, 0.0, 0.0, 0.0)

    def total() -> float:
        depths = [max(0.0, -ankle_m - below_ankle_m(point, free.foot.pitch_deg)) for point in (TOE, BALL)]
        return energy_j(free.foot, 0.0, 60.0) + sum(0.5 * LEG_STIFFNESS_N_M * depth**2 for depth in depths)

    before = highest = total()
    touched = False
    for _ in range(2000):
        free.swing(0.0, 0.0, 0.0, still, ankle_m, DT)
        touched = touched or free.touches
        highest = max(highest, total())
    assert touched
    assert highest <= before + 0.01 * abs(before) + 1e-3
    assert abs(free.foot.rate_deg_s) < 1.0


def test_the_floor_holds_the_toe_and_shows_how_deep_it_would_hang() -> None:
    ankle_m = -below_ankle_m(TOE, 0.0) - 0.005
    free = FreeFoot(DRAG, FOOT_KG, DT)
    free.release(FootMotion(8.0, 0.0), ankle_m)
    still = Surroundings(0.0, 0.0, 60.0, 0.0, 0.0, 0.0)
    for _ in range(1500):
        free.swing(0.0, 0.0, 0.0, still, ankle_m, DT)
    assert free.touches
    assert ankle_m + below_ankle_m(TOE, free.foot.pitch_deg) > -0.003
    assert free.toe_m < -0.01
    assert free.hanging.pitch_deg < free.foot.pitch_deg - 3.0
