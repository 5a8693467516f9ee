"""What `config check` says of values that a device delivers differently; and that nothing else differs."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from config.delivery import RATE_TOLERANCE, remarks
from config.lines import KeyPath
from config.load import settings_from_text
from config.outputs import REHASTIM2, delivered_hz, delivered_ma
from config.schema import P24Settings, Rehastim2Settings

Write = Callable[[Mapping[str, Any]], tuple[str, dict[KeyPath, int]]]

EVERY_RATE = [rate / 10.0 for rate in range(100, 501)]


def told(data: dict[str, Any], written: Write, stimulator: dict[str, Any], **channel: float) -> dict[str, str]:
    data["stimulator"][0] = {"id": "main", **stimulator}
    data["leg"][0]["channel"][0].update(channel)
    settings = settings_from_text(written(data)[0], "my.toml")
    return {remark.key.removeprefix("leg[0].channel[0]."): remark.text for remark in remarks(settings)}


def test_an_odd_current_is_rounded_down_and_told(data: dict[str, Any], written: Write) -> None:
    found = told(data, written, {"kind": "rehastim2"}, current_ma=25.0, max_current_ma=40.0)
    assert found == {"current_ma": "25 mA becomes 24 mA: RehaStim2 has steps of 2 mA"}


def test_what_fits_is_not_told(data: dict[str, Any], written: Write) -> None:
    assert told(data, written, {"kind": "rehastim2"}, current_ma=24.0) == {}
    assert told(data, written, {"kind": "bench"}, current_ma=24.7, rate_hz=33.3) == {}


def test_a_rate_that_the_device_cannot_keep_is_told(data: dict[str, Any], written: Write) -> None:
    stimulator = {"kind": "rehastim2", "mode": "continuous"}
    found = told(data, written, stimulator, current_ma=24.0, rate_hz=45.0, max_rate_hz=50.0)
    assert found == {"rate_hz": "45 Hz becomes 44.44 Hz: rehastim2 keeps time itself"}


def test_a_width_that_is_no_whole_number_is_told(data: dict[str, Any], written: Write) -> None:
    assert told(data, written, {"kind": "rehastim2"}, current_ma=24.0, pulse_width_us=250.5).keys() == {
        "pulse_width_us"
    }


@pytest.mark.parametrize("rate_hz", EVERY_RATE[::7])
def test_a_device_that_keeps_time_itself_is_never_faster_than_asked(rate_hz: float) -> None:
    device = Rehastim2Settings(kind="rehastim2", mode="continuous")
    assert 0.97 * rate_hz < delivered_hz(rate_hz, device) <= rate_hz + 1e-9


def test_every_rate_agrees_or_is_told(data: dict[str, Any], written: Write) -> None:
    device = {"kind": "rehastim2", "mode": "continuous"}
    said = 0
    for rate_hz in EVERY_RATE[::20]:
        found = told(data, written, device, current_ma=24.0, rate_hz=rate_hz, max_rate_hz=50.0)
        made_hz = delivered_hz(rate_hz, Rehastim2Settings(kind="rehastim2", mode="continuous"))
        assert ("rate_hz" in found) == (abs(made_hz / rate_hz - 1.0) > RATE_TOLERANCE)
        said += "rate_hz" in found
    assert said > 0


def test_pulses_that_are_sent_one_by_one_keep_the_asked_rate() -> None:
    for device in (Rehastim2Settings(kind="rehastim2"), P24Settings(kind="p24")):
        assert delivered_hz(33.3, device) == 33.3


@pytest.mark.parametrize(("asked_ma", "made_ma"), [(0.0, 0.0), (1.9, 0.0), (2.0, 2.0), (59.99, 58.0), (60.0, 60.0)])
def test_currents_are_rounded_down_to_even_ones(asked_ma: float, made_ma: float) -> None:
    assert delivered_ma(asked_ma, REHASTIM2) == made_ma


@pytest.mark.parametrize("current_ma", [0.5, 12.5, 14.5])
def test_a_current_at_which_a_p24_misses_an_open_electrode_is_told(
    data: dict[str, Any], written: Write, current_ma: float
) -> None:
    found = told(data, written, {"kind": "p24"}, current_ma=current_ma)
    text = "an open electrode stays unnoticed: the P24 looks for one from 15 mA on"
    assert found == {"current_ma": f"at {current_ma:g} mA {text}"}


@pytest.mark.parametrize("current_ma", [0.0, 15.0, 25.0])
def test_one_that_it_notices_is_not_told(data: dict[str, Any], written: Write, current_ma: float) -> None:
    assert told(data, written, {"kind": "p24"}, current_ma=current_ma) == {}
