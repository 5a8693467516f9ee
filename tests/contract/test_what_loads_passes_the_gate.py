"""A config that loads is not thinned by the gate: the rule for the electrode reckons as the gate does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.load import default_settings
from config.schema import ChannelSettings, GateSettings, Settings
from controller.gate import LONGEST_RISE_STEP_S, ChannelGate
from controller.permission import GRANTED
from controller.signals import PulseTrain
from dorsiflex.fitted_current import largest_current_ma

FAST = GateSettings(max_rise_ma_per_s=3000.0)


def channel(current_ma: float, width_us: float, rate_hz: float, max_rate_hz: float, area_cm2: float) -> ChannelSettings:
    return ChannelSettings.model_validate(
        {
            "id": "dorsiflexors", "current_ma": current_ma, "pulse_width_us": width_us, "rate_hz": rate_hz,
            "max_current_ma": 60.0, "max_pulse_width_us": 400.0, "max_rate_hz": max_rate_hz, "max_charge_uc": 20.0,
            "electrode_area_cm2": area_cm2,
        }
    )  # fmt: skip


def taken_away(one: ChannelSettings) -> str:
    """Why the gate lets less than the plateau of this channel through, once its ramp is over."""
    gate = ChannelGate(one, FAST, 1.6)
    asked = PulseTrain("c", 1, one.current_ma, one.pulse_width_us, one.rate_hz, due=False)
    for k in range(round(60.0 / (3000.0 * LONGEST_RISE_STEP_S)) + 2):
        passed, reason = gate.judge_train(k * LONGEST_RISE_STEP_S, asked, GRANTED)
    assert (passed.current_ma == one.current_ma) == (reason == "")
    return reason


@given(
    width_us=st.floats(20.0, 400.0),
    rate_hz=st.floats(10.0, 50.0),
    head_hz=st.floats(0.0, 40.0),
    area_cm2=st.floats(4.0, 12.0),
)
def test_the_most_current_that_loads_passes_whole(
    width_us: float, rate_hz: float, head_hz: float, area_cm2: float
) -> None:
    max_rate_hz = min(50.0, rate_hz + head_hz)
    loads, breaks = 0.0, min(60.0, 20_000.0 / width_us) * (1.0 - 1e-9)
    for _ in range(60):
        try:
            one = channel(middle := 0.5 * (loads + breaks), width_us, rate_hz, max_rate_hz, area_cm2)
        except ValidationError:
            breaks = middle
        else:
            loads = middle
            assert taken_away(one) == ""


def test_a_current_that_fits_at_its_own_rate_only_is_refused() -> None:
    assert taken_away(channel(45.0, 300.0, 40.0, 50.0, 4.0)) == ""
    with pytest.raises(ValidationError):
        channel(46.0, 300.0, 40.0, 50.0, 4.0)
    assert channel(46.0, 300.0, 40.0, 40.0, 4.0).current_ma == 46.0


@pytest.mark.parametrize("area_cm2", [4.0, 4.5, 5.0, 20.0])
def test_the_highest_current_of_a_fitting_loads_and_passes_whole(area_cm2: float) -> None:
    data = default_settings().model_dump()
    caps = {"electrode_area_cm2": area_cm2, "max_current_ma": 60.0, "max_charge_uc": 20.0, "max_rate_hz": 50.0}
    own = data["leg"][0]["channel"][0]
    own.update(caps, current_ma=0.0)
    data["stimulation"]["rise_s"] = 0.5
    settings = Settings.model_validate(data)
    most_ma = largest_current_ma(settings, settings.leg[0].channel[0])
    own["current_ma"] = most_ma
    assert taken_away(Settings.model_validate(data).leg[0].channel[0]) == ""
    assert most_ma == {4.0: 45.0, 4.5: 51.0, 5.0: 56.0}.get(area_cm2, 60.0)
