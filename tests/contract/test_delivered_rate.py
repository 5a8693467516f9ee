"""The rate that reaches a driver, by the pulse plan on the grid of ticks and the gate behind it."""

import pytest

from config.load import default_settings
from controller.gate import ChannelGate, Permission
from controller.signals import PulseTrain
from controller.stimulation import PulsePlan

BURST_S = 1.9
ALLOWED = Permission("", "")


def pulse_times(rate_hz: float, loop_hz: int) -> list[float]:
    """When pulses go out in one long burst at a steady loop."""
    settings = default_settings()
    caps = {"rate_hz": rate_hz, "max_rate_hz": rate_hz, "current_ma": 1.0}
    channel = settings.leg[0].channel[0].model_copy(update=caps)
    plan, gate = PulsePlan(1.0 / loop_hz), ChannelGate(channel, settings.gate, 2.0)
    times = []
    for tick in range(int(BURST_S * loop_hz)):
        t_s = tick / loop_hz
        due = plan.due(t_s, rate_hz, on=True)
        train = PulseTrain("right.dorsiflexors", 1, 1.0, 300.0, rate_hz, due)
        if gate.judge_train(t_s, train, ALLOWED)[0].due:
            times.append(t_s)
    return times


@pytest.mark.parametrize("loop_hz", [100, 137, 200, 1000])
def test_the_mean_rate_of_single_pulses_is_the_asked_one_within_one_percent(loop_hz: int) -> None:
    for tenths in range(100, 501, 11):
        rate_hz = tenths / 10.0
        times = pulse_times(rate_hz, loop_hz)
        # Both ends of the burst lie on the grid, each up to half a tick from its place.
        slack_s = 1.0 / loop_hz
        expected_s = (len(times) - 1) / rate_hz
        assert times[-1] - times[0] == pytest.approx(expected_s, abs=slack_s), rate_hz
        assert len(times) >= rate_hz * BURST_S - 2.0
