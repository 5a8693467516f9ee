"""The floor drags a sliding toe back: what that does to a foot that hangs steeply. In simulation."""

from math import cos, radians, sin

import pytest

from simulator.ankle import FOOT_INERTIA_KG_M2, foot_mass_kg
from simulator.free_foot import LEG_STIFFNESS_N_M, FreeFoot
from simulator.geometry import TOE
from simulator.patients import PATIENTS

DRAG = PATIENTS["drag"]
DT = 1e-4
DEPTH_M = 0.002
FRICTION = 0.4
"""Sole on floor [K]; the model's own figure is not read, so that a change of it is seen."""


def floor_nm(pitch_deg: float) -> float:
    """Moment of the floor under a resting foot whose toe is 2 mm in it: by the rate it gains against one in the air."""
    pitch = radians(pitch_deg)
    toe_below_m = -(TOE[0] * sin(pitch) + TOE[1] * cos(pitch))
    around = pitch_deg + 10.0, 0.0, 5.0, 0.0, 0.0, 0.0
    rates = []
    for height_m in (toe_below_m - DEPTH_M, toe_below_m + 0.1):
        foot = FreeFoot(DRAG, foot_mass_kg(75.0), DT)
        foot.release((pitch_deg, 0.0), height_m)
        rates.append(foot.swing(0.0, 0.0, 0.0, around, height_m, DT)[1])
    return radians(rates[0] - rates[1]) / DT * FOOT_INERTIA_KG_M2


@pytest.mark.parametrize("pitch_deg", [-30.0, -45.0, -60.0])
def test_the_floor_pushes_up_and_drags_back(pitch_deg: float) -> None:
    pitch = radians(pitch_deg)
    ahead = TOE[0] * cos(pitch) - TOE[1] * sin(pitch)
    below = -(TOE[0] * sin(pitch) + TOE[1] * cos(pitch))
    expected = LEG_STIFFNESS_N_M * DEPTH_M * (ahead - FRICTION * below)
    assert floor_nm(pitch_deg) == pytest.approx(expected, rel=0.1, abs=0.03)


def test_a_toe_that_points_steeply_down_is_caught() -> None:
    """The push alone would turn it up at this angle too; the drag turns it further under."""
    assert floor_nm(-30.0) > 0.3
    assert floor_nm(-60.0) < 0.0
