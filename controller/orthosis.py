"""Set-points of the ankle-foot orthosis per gait phase; whatever is not proven good is compliant."""

from config.schema import OrthosisSettings, SetPoint
from controller.signals import COMPLIANT, OrthosisCommand, Phase


def set_point(settings: OrthosisSettings, phase: Phase, *, permitted: bool) -> OrthosisCommand:
    """The command for `phase`: a brake while loading, a lift from heel off to initial contact, else compliant."""
    if not settings.enabled or not permitted:
        return COMPLIANT
    if phase == Phase.LOADING:
        return _command(settings.loading)
    if phase in (Phase.PRE_SWING, Phase.SWING):
        return _command(settings.swing)
    return COMPLIANT


def _command(point: SetPoint) -> OrthosisCommand:
    return OrthosisCommand(point.angle_deg, point.stiffness_nm_per_deg, point.torque_limit_nm)
