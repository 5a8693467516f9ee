"""Pulses in a device's steps: balanced to the last electron, never above a cap, whatever the settings."""

from fractions import Fraction
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.limits import (
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
)
from config.outputs import P24, REHASTIM2, OutputFacts
from config.schema import RULES_OFF, ChannelSettings
from controller.signals import PulseTrain
from drivers.output_guard import OutputGuard
from drivers.waveform import Phase, Pulse, charge_sum, duration_us, make_pulse, peak_ma, phase_charge_uc, refusal

WIDE_OPEN: dict[str, Any] = {
    "id": "dorsiflexors",
    "max_current_ma": 60.0,
    "max_pulse_width_us": 400.0,
    "max_rate_hz": 50.0,
    "max_charge_uc": 20.0,
}


def channel(**changes: Any) -> ChannelSettings:  # noqa: ANN401 - any setting of a channel
    return ChannelSettings.model_validate({**WIDE_OPEN, **changes})


def train(current_ma: float, width_us: float, rate_hz: float = 40.0) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", 1, current_ma, width_us, rate_hz, True)


def test_a_symmetric_pulse_has_two_equal_phases_and_a_gap_between() -> None:
    pulse = make_pulse(20.0, 250.0, channel(gap_us=100), P24)
    assert pulse == (Phase(250, 40), Phase(100, 0), Phase(250, -40))
    assert (peak_ma(pulse, P24), phase_charge_uc(pulse, P24), duration_us(pulse)) == (20.0, 5.0, 600)


def test_an_asymmetric_pulse_gives_its_charge_back_flatter_and_longer() -> None:
    pulse = make_pulse(20.0, 250.0, channel(waveform="asymmetric", recharge_ratio=4, gap_us=50), P24)
    assert pulse == (Phase(250, 40), Phase(50, 0), Phase(1000, -10))


def test_a_charge_that_does_not_divide_is_given_back_in_two_levels() -> None:
    pulse = make_pulse(20.5, 250.0, channel(waveform="asymmetric", recharge_ratio=4), P24)
    assert pulse == (Phase(250, 41), Phase(100, 0), Phase(920, -11), Phase(13, -10))
    assert charge_sum(pulse) == 0


@pytest.mark.parametrize(
    ("asked", "made"), [((20.9, 250.9), (20.5, 250)), ((0.49, 250.0), None), ((20.0, 9.9), None), ((0.0, 250.0), None)]
)
def test_current_and_width_are_rounded_down(asked: tuple[float, float], made: tuple[float, int] | None) -> None:
    pulse = make_pulse(*asked, channel(), P24)
    assert (None if not pulse else (peak_ma(pulse, P24), pulse[0].duration_us)) == made


def test_a_device_with_its_own_waveform_has_even_currents_and_its_own_gap() -> None:
    assert make_pulse(25.0, 300.0, channel(gap_us=50), REHASTIM2) == (Phase(300, 12), Phase(100, 0), Phase(300, -12))


@pytest.mark.parametrize(
    ("pulse", "rate_hz", "settings", "reason"),
    [
        ((Phase(250, 40), Phase(100, 0), Phase(250, -39)), 40.0, {}, "not balanced: 0.125 µC would be left"),
        ((Phase(250, 40),), 40.0, {}, "not balanced"),
        ((Phase(250, 121), Phase(100, 0), Phase(250, -121)), 40.0, {}, "current of 60.5 mA is above 60 mA"),
        ((Phase(100, 41), Phase(100, -41)), 40.0, {"max_current_ma": 20.0}, "current of 20.5 mA is above 20 mA"),
        ((Phase(401, 40), Phase(401, -40)), 40.0, {}, "width of 401 µs is above 400 µs"),
        ((Phase(201, 40), Phase(201, -40)), 40.0, {"max_pulse_width_us": 200.0, "pulse_width_us": 200.0}, "width of"),
        ((Phase(350, 120), Phase(350, -120)), 40.0, {}, "charge of 21 µC is above 20 µC"),
        ((Phase(300, 40), Phase(300, -40)), 40.0, {"max_charge_uc": 5.0}, "charge of 6 µC is above 5 µC"),
        ((Phase(330, 120), Phase(330, -120)), 50.0, {"electrode_area_cm2": 5.0}, "density of 2.1"),
        ((Phase(100, 120), Phase(100, -120)), 40.0, {"load_ohm": 3000.0}, "voltage of 180 V is above 150 V"),
        ((Phase(9, 40), Phase(9, -40)), 40.0, {}, "a phase is not between 10 and 4095 µs"),
        ((Phase(100, 40), Phase(5000, 0), Phase(100, -40), Phase(20000, 0)), 40.0, {}, "pulse of 25200 µs is above"),
        ((Phase(100, 40), Phase(100, -40)), 50.1, {}, "50.1 Hz is above the cap of 50 Hz"),
        ((Phase(100, 40), Phase(100, -40)), 31.0, {"max_rate_hz": 30.0, "rate_hz": 30.0}, "above the cap of 30 Hz"),
        ((Phase(100, 40), Phase(100, -40)), nan, {}, "above the cap"),
        ((Phase(100, 40), Phase(100, -40)), 0.0, {}, "above the cap"),
        ((Phase(100, 40), Phase(100, -40)), 40.0, {}, ""),
        ((), nan, {}, ""),
    ],
)
def test_a_wrong_pulse_is_refused_whoever_made_it(
    pulse: Pulse, rate_hz: float, settings: dict[str, Any], reason: str
) -> None:
    said = refusal(pulse, rate_hz, channel(**settings), P24)
    assert (reason in said) if reason else said == ""


CHANNELS = st.fixed_dictionaries(
    {
        "max_current_ma": st.floats(0.0, 60.0),
        "max_pulse_width_us": st.floats(20.0, 400.0),
        "max_rate_hz": st.floats(10.0, 50.0),
        "max_charge_uc": st.floats(0.0, 20.0),
        "electrode_area_cm2": st.floats(4.0, 100.0),
        "load_ohm": st.floats(100.0, 10000.0),
        "waveform": st.sampled_from(["symmetric", "asymmetric"]),
        "recharge_ratio": st.integers(2, 8),
        "gap_us": st.integers(10, 500),
    }
)
ANYTHING = st.floats() | st.floats(0.0, 70.0) | st.floats(0.0, 500.0)


@given(CHANNELS, ANYTHING, ANYTHING, ANYTHING, st.sampled_from([P24, REHASTIM2]))
def test_no_channel_within_the_schema_lets_a_pulse_above_the_caps(
    settings: dict[str, Any], current_ma: float, width_us: float, rate_hz: float, facts: OutputFacts
) -> None:
    # Any value that the schema allows, whether or not it fits the others.
    one = ChannelSettings.model_validate({**WIDE_OPEN, **settings}, context=RULES_OFF)
    pulse, reason = OutputGuard(one, facts).pulse_of(train(current_ma, width_us, rate_hz))
    if reason or not pulse:
        return
    assert isfinite(current_ma + width_us + rate_hz)
    step = Fraction(facts.current_step_ma)
    flows = [(phase.duration_us, phase.steps * step) for phase in pulse]
    tiny = Fraction(1, 10**6)
    assert sum(us * ma for us, ma in flows) == 0
    assert max(abs(ma) for _, ma in flows) <= min(HARD_MAX_CURRENT_MA, one.max_current_ma, current_ma)
    assert pulse[0].duration_us <= min(HARD_MAX_PULSE_WIDTH_US, one.max_pulse_width_us, width_us)
    assert (
        sum(us * ma for us, ma in flows if ma > 0) / 1000 <= Fraction(min(HARD_MAX_CHARGE_UC, one.max_charge_uc)) + tiny
    )
    assert rate_hz <= min(HARD_MAX_RATE_HZ, one.max_rate_hz) + 1e-6
    mean_square = sum(us * ma**2 for us, ma in flows) * Fraction(rate_hz) / 10**6
    assert mean_square <= (Fraction(HARD_MAX_RMS_DENSITY_MA_CM2) * Fraction(one.electrode_area_cm2)) ** 2 + tiny
    assert max(abs(ma) for _, ma in flows) * Fraction(one.load_ohm) / 1000 <= Fraction(facts.compliance_v) + tiny


@given(st.integers(1, 120), st.integers(20, 400), st.integers(2, 8), st.sampled_from(["symmetric", "asymmetric"]))
def test_every_pulse_is_balanced_in_what_the_device_can_do(steps: int, width_us: int, ratio: int, shape: str) -> None:
    pulse = make_pulse(steps * 0.5, width_us, channel(waveform=shape, recharge_ratio=ratio), P24)
    first, gap, *back = pulse
    assert (first, gap.steps) == (Phase(width_us, steps), 0)
    assert charge_sum(pulse) == 0
    assert len(pulse) <= 4
    assert all(10 <= phase.duration_us <= 4095 and -steps <= phase.steps < 0 for phase in back)
    assert sum(phase.duration_us for phase in back) <= ratio * width_us


@pytest.mark.parametrize("value", [nan, inf, -inf, -1.0])
@pytest.mark.parametrize("place", ["current_ma", "pulse_width_us", "rate_hz"])
def test_the_guard_refuses_what_is_no_number(place: str, value: float) -> None:
    wrong = PulseTrain(**{**train(20.0, 250.0)._asdict(), place: value})
    pulse, reason = OutputGuard(channel(), P24).pulse_of(wrong)
    assert pulse == ()
    assert reason.startswith("right.dorsiflexors: asked for something that is no number, negative or huge: ")


def test_two_channels_keep_their_own_caps() -> None:
    strong, weak = OutputGuard(channel(), P24), OutputGuard(channel(max_current_ma=10.0), P24)
    asked = train(20.0, 250.0)
    assert strong.pulse_of(asked)[1] == ""
    assert "current of 20 mA is above 10 mA" in weak.pulse_of(asked)[1]


def run(guard: OutputGuard, times_s: list[float]) -> list[str]:
    said = []
    for t_s in times_s:
        reason = "too close" if guard.too_close(t_s) else guard.too_many_or_long(t_s)
        said.append(reason)
        if not reason:
            guard.sent(t_s)
    return said


def test_pulses_at_the_highest_rate_pass_even_moved_by_half_a_tick() -> None:
    times_s = [i / 50.0 + (0.004 if i % 2 else 0.0) for i in range(90)]
    assert set(run(OutputGuard(channel(), P24), times_s)) == {""}


@pytest.mark.parametrize("tick_s", [0.01, 1.0 / 137.0, 0.005, 0.001])
def test_every_rate_passes_on_the_grid_of_ticks_with_a_late_one(tick_s: float) -> None:
    # Just below whole rates the pulses of a second are closest to being one too many.
    for rate_hz in [n + share for n in range(10, 50) for share in (0.0, 0.3, 0.9, 0.97)]:
        guard = OutputGuard(channel(rate_hz=rate_hz, max_rate_hz=rate_hz), P24)
        times_s = [round(i / rate_hz / tick_s) * tick_s for i in range(int(1.9 * rate_hz))]
        # A late tick moves one pulse.
        times_s[1] += 0.004
        assert set(run(guard, times_s)) == {""}, rate_hz


def test_pulses_too_close_or_too_many_are_refused() -> None:
    assert run(OutputGuard(channel(), P24), [0.0, 0.007, 0.02]) == ["", "too close", ""]
    many = run(OutputGuard(channel(), P24), [i * 0.0125 for i in range(60)])
    assert "more than 50 pulses in a second" in many[-1]


def test_a_burst_ends_at_the_hard_limit() -> None:
    said = run(OutputGuard(channel(), P24), [i / 40.0 for i in range(100)])
    assert said[80] == ""
    assert said[81].startswith("dorsiflexors: a burst longer than 2 s: ")


def test_a_pause_however_short_ends_a_burst() -> None:
    guard = OutputGuard(channel(), P24)
    assert set(run(guard, [i / 40.0 for i in range(60)])) == {""}
    guard.pulse_of(train(0.0, 0.0, 0.0))
    assert set(run(guard, [1.5 + i / 40.0 for i in range(60)])) == {""}
