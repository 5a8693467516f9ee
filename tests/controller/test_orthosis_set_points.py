"""The ankle-foot orthosis: a brake in loading, a lift from heel off to initial contact, else it gives way."""

import pytest

from config.schema import OrthosisSettings, SetPoint
from controller.orthosis import set_point
from controller.signals import COMPLIANT, OrthosisCommand, Phase

DRIVEN = OrthosisSettings(
    enabled=True,
    loading=SetPoint(angle_deg=-2.0, stiffness_nm_per_deg=0.4, torque_limit_nm=7.0),
    swing=SetPoint(angle_deg=6.0, stiffness_nm_per_deg=0.6, torque_limit_nm=9.0),
)
BRAKE = OrthosisCommand(-2.0, 0.4, 7.0)
LIFT = OrthosisCommand(6.0, 0.6, 9.0)


@pytest.mark.parametrize(
    ("phase", "command"),
    [
        (Phase.UNKNOWN, COMPLIANT),
        (Phase.STANDING, COMPLIANT),
        (Phase.LOADING, BRAKE),
        (Phase.STANCE, COMPLIANT),
        (Phase.PRE_SWING, LIFT),
        (Phase.SWING, LIFT),
    ],
)
def test_each_phase_has_its_set_point(phase: Phase, command: OrthosisCommand) -> None:
    assert set_point(DRIVEN, phase, permitted=True) == command


@pytest.mark.parametrize("phase", Phase)
def test_without_permission_it_gives_way_in_every_phase(phase: Phase) -> None:
    assert set_point(DRIVEN, phase, permitted=False) == COMPLIANT


@pytest.mark.parametrize("phase", Phase)
def test_an_orthosis_that_is_not_enabled_gives_way_in_every_phase(phase: Phase) -> None:
    assert set_point(OrthosisSettings(enabled=False), phase, permitted=True) == COMPLIANT


def test_compliant_means_no_stiffness_and_no_torque() -> None:
    assert COMPLIANT.stiffness_nm_per_deg == 0.0
    assert COMPLIANT.torque_limit_nm == 0.0
