"""A muscle at rest is skipped over by the leg: it must say so only while there is nothing to miss."""

from typing import Literal

import pytest

from simulator.muscle import make_muscle
from simulator.patients import PATIENTS

INTERVAL_S = 0.025
STEP_S = 0.001


@pytest.mark.parametrize("model", ["hill", "ding"])
def test_a_muscle_is_at_rest_until_a_pulse_and_again_when_nothing_is_left_of_it(
    model: Literal["hill", "ding"],
) -> None:
    muscle = make_muscle(PATIENTS["drag"], model)
    assert muscle.at_rest
    for pulse in range(20):
        muscle.pulse(pulse * INTERVAL_S, 40.0, 300.0)
        assert not muscle.at_rest
        muscle.advance((pulse + 1) * INTERVAL_S, INTERVAL_S)
        assert not muscle.at_rest
    assert muscle.activation > 0.3
    for step in range(5000):
        muscle.advance(20 * INTERVAL_S + step * STEP_S, STEP_S)
        assert not muscle.at_rest or muscle.activation == 0.0
    assert muscle.at_rest
