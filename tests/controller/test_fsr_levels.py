"""A heel whose sensor tells a level: the sensor's own thresholds with hysteresis, and what is no level."""

from math import inf, nan

import pytest

from config.schema import FsrSettings, HeelSwitchSettings, Settings
from controller.senses import HeelSense
from controller.signals import HeelContact, Reading

FSR = FsrSettings(kind="fsr", id="heel", side="right", on_level=0.3, off_level=0.1)
SWITCH = HeelSwitchSettings(kind="heel_switch", id="heel", side="right")


def contacts(sense: HeelSense, levels: list[float], start_s: float = 0.0) -> list[HeelContact]:
    """The contact after 50 ms of each level."""
    seen = []
    for k in range(10 * len(levels)):
        t_s = start_s + k * 0.005
        sense.update(t_s, Reading(t_s, (levels[k // 10],)))
        seen.append(sense.estimator.contact)
    return seen[9::10]


def test_an_fsr_has_its_own_thresholds_with_hysteresis(settings: Settings) -> None:
    on, off = HeelContact.ON, HeelContact.OFF
    levels = [0.05, 0.2, 0.29, 0.3, 0.2, 0.11, 0.1, 0.2]
    assert contacts(HeelSense(FSR, settings), levels) == [off, off, off, on, on, on, off, off]
    assert settings.contact.on_level > 0.3, "those of a switch are others"
    assert contacts(HeelSense(SWITCH, settings), levels[:5]) == [off] * 5


@pytest.mark.parametrize("level", [nan, inf, -inf, 1.01, -0.01])
def test_what_is_no_level_is_unknown(settings: Settings, level: float) -> None:
    sense = HeelSense(FSR, settings)
    assert contacts(sense, [1.0, level, level]) == [HeelContact.ON, HeelContact.UNKNOWN, HeelContact.UNKNOWN]
    assert not sense.good
