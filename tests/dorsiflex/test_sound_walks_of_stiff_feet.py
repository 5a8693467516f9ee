"""Sound walks of the campaign, of stiff feet with an IMU on them: no false alarm, and every wanted burst is given."""

import pytest

from dorsiflex.faults.bursts import missed_bursts
from dorsiflex.faults.draw import draw
from dorsiflex.faults.notice import false_alarms
from dorsiflex.faults.walk import walk


@pytest.mark.parametrize("number", [472, 1496], ids=["IMU alone", "heel and IMU"])
def test_a_stiff_foot_that_dips_in_swing_and_lands_on_its_toes_walks_without_alarm(number: int) -> None:
    person = draw(1, number).person
    sound = walk(person)
    assert person.placement == "foot"
    assert false_alarms(sound, scripted=False) == ()
    assert missed_bursts(sound) == (len([burst for burst in sound.wanted if not burst.first]), 0)
