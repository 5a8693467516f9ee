"""What the gate makes of its caps: one that is missing lets nothing through, and no rounding passes one."""

from fractions import Fraction
from math import inf, nan, nextafter

import pytest

from config.schema import ChannelSettings, GateSettings
from controller.account import cap_of, first_closed
from controller.gate import ChannelGate, Permission, charge_fits
from controller.signals import Contact, PulseTrain

FREE = Permission("", "")
LARGEST, SUBNORMAL = 1.7976931348623157e308, 5e-324
WIDE = {
    "max_current_ma": 60.0,
    "max_pulse_width_us": 400.0,
    "max_rate_hz": 50.0,
    "max_charge_uc": 20.0,
    "electrode_area_cm2": 100.0,
}


def gate_settings(**changes: float) -> GateSettings:
    usual = {"max_rise_ma_per_s": 3000.0, "shortest_pause_s": 0.0, "duty_window_s": 10.0, "max_duty": 0.95}
    return GateSettings.model_construct(**GateSettings(**usual).model_dump() | changes)


def new_gate(caps: dict[str, float] | None = None, longest_s: float = 2.0, **changes: float) -> ChannelGate:
    channel = ChannelSettings.model_construct(id="dorsiflexors", **WIDE | (caps or {}))  # type: ignore[arg-type]
    return ChannelGate(channel, gate_settings(**changes), longest_s)


def ask(current_ma: float = 20.0, width_us: float = 100.0, rate_hz: float = 40.0, *, due: bool = False) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", 1, current_ma, width_us, rate_hz, due)


@pytest.mark.parametrize("current_ma", [SUBNORMAL, 0.5, 1.0])
def test_the_least_current_needs_a_width_too(current_ma: float) -> None:
    gate = new_gate()
    assert gate.judge_train(0.0, ask(current_ma, 0.5), FREE)[1] == gate.defect == "current without width or rate"


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ({"max_current_ma": 0.0}, "current"),
        ({"max_pulse_width_us": 0.0}, "pulse width"),
        ({"max_pulse_width_us": nextafter(1.0, 0.0)}, "pulse width"),
        ({"max_rate_hz": 0.0}, "rate"),
        ({"max_rate_hz": nextafter(1.0, 0.0)}, "rate"),
        ({"max_charge_uc": 0.0}, "charge"),
        ({"electrode_area_cm2": 0.0}, "density"),
        ({"electrode_area_cm2": nan}, "density"),
        ({"electrode_area_cm2": inf}, "density"),
        ({"max_current_ma": nan}, "current"),
        ({"max_current_ma": -1.0}, "current"),
        ({"max_charge_uc": inf}, "charge"),
    ],
)
def test_a_channel_without_a_cap_lets_nothing_through_and_names_it(missing: dict[str, float], name: str) -> None:
    gate = new_gate(missing)
    for t_s in (0.0, 0.02, 0.04):
        assert gate.judge_train(t_s, ask(due=True), FREE) == (ask(0.0, 0.0, 0.0), f"{name} cap is 0")
    assert gate.judge_train(0.06, ask(0.0), FREE)[1] == ""


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ({"max_rise_ma_per_s": 0.0}, "rise"),
        ({"max_rise_ma_per_s": nan}, "rise"),
        ({"max_duty": 0.0}, "duty"),
        ({"max_duty": nan}, "duty"),
        ({"duty_window_s": 0.0}, "duty"),
        ({"max_mean_charge_uc_per_s": 0.0}, "mean charge"),
        ({"max_mean_charge_uc_per_s": nan}, "mean charge"),
    ],
)
def test_a_gate_without_a_setting_lets_nothing_through_and_names_it(missing: dict[str, float], name: str) -> None:
    gate = new_gate(None, **missing)
    assert gate.judge_train(0.0, ask(), FREE) == (ask(0.0, 0.0, 0.0), f"{name} cap is 0")
    contact = new_gate(None, **missing).judge_contact(0.0, Contact("c", stimulate=True), FREE)
    assert contact[0].stimulate == (name == "rise")


@pytest.mark.parametrize("longest_s", [0.0, nan, -1.0])
def test_without_a_longest_burst_nothing_flows(longest_s: float) -> None:
    assert (
        new_gate(None, longest_s).judge_contact(0.0, Contact("c", stimulate=True), FREE)[1] == "longest burst cap is 0"
    )


def test_missing_current_caps_mean_nothing_to_a_device_whose_current_is_its_own() -> None:
    gate = new_gate(dict.fromkeys(WIDE, 0.0))
    assert gate.judge_contact(0.0, Contact("c", stimulate=True), FREE) == (Contact("c", stimulate=True), "")


def test_what_is_closed_does_not_count_as_a_burst_that_began() -> None:
    gate = new_gate({"max_current_ma": 0.0}, 0.5)
    said = {gate.judge_train(0.02 * k, ask(), FREE)[1] for k in range(100)}
    assert said == {"current cap is 0"}


def test_caps_of_settings() -> None:
    odd = [(cap_of(value, 60.0), value) for value in (nan, inf, -inf, -1.0, -0.0, 0.0, -LARGEST)]
    assert [cap for cap, _ in odd] == [0.0] * 7
    assert (cap_of(SUBNORMAL, 60.0), cap_of(59.0, 60.0), cap_of(61.0, 60.0)) == (SUBNORMAL, 59.0, 60.0)
    assert (cap_of(0.9, 60.0, 1.0), cap_of(1.0, 60.0, 1.0), cap_of(LARGEST, 60.0, 1.0)) == (0.0, 1.0, 60.0)
    assert first_closed({"a": 1.0, "b": SUBNORMAL}) == ""
    assert first_closed({"a": 1.0, "b": 0.0, "c": nan}) == "b cap is 0"
    assert first_closed({"c": nan}) == "c cap is 0"


def test_the_fastest_rise_and_the_largest_electrode_are_limited_too() -> None:
    gate = new_gate(None, max_rise_ma_per_s=1e9)
    gate.judge_train(0.0, ask(0.0), FREE)
    assert gate.judge_train(1 / 128, ask(60.0), FREE)[0].current_ma == 3000.0 / 128
    for area_cm2, width_us in ((101.0, 1.0), (99.0, 1.0)):
        large = new_gate({"electrode_area_cm2": area_cm2})
        assert large._rms_ma_at_1_us == pytest.approx(
            2.0 * min(area_cm2, 100.0) / (2e-6 * width_us * 51.5) ** 0.5, rel=1e-12
        )


@pytest.mark.parametrize("area_cm2", [0.3, 0.7, 1.1, 1.9, 2.3])
@pytest.mark.parametrize("max_rate_hz", [10.0, 33.3, 50.0])
def test_the_density_holds_exactly_with_every_rounding(area_cm2: float, max_rate_hz: float) -> None:
    for width_us in (101.0, 180.1, 233.3, 317.7, 399.9):
        gate = new_gate({"electrode_area_cm2": area_cm2, "max_rate_hz": max_rate_hz})
        for k in range(4):
            gate.judge_train(k * 0.02, ask(60.0, width_us, 10.0), FREE)
        passed, reason = gate.judge_train(0.08, ask(60.0, width_us, 10.0), FREE)
        pulses_per_s = Fraction(max_rate_hz) + Fraction(3, 2)
        square = Fraction(passed.current_ma) ** 2 * 2 * Fraction(width_us) / 10**6 * pulses_per_s
        cap = (2 * Fraction(area_cm2)) ** 2
        assert square <= cap
        assert "density" not in reason or square > cap * (1 - Fraction(1, 2**48))


def test_no_charge_is_above_its_cap_by_even_a_rounding() -> None:
    """1,000 Q / w is rounded up in about a third of these: the product is compared exactly and stepped down."""
    for width_us in (101.0, 233.3, 317.7, 399.9, 7.3):
        for k in range(40):
            cap_uc = 3.0 + 0.137 * k
            gate = new_gate({"max_charge_uc": cap_uc})
            for j in range(4):
                gate.judge_train(j * 0.02, ask(60.0, width_us), FREE)
            passed, reason = gate.judge_train(0.08, ask(60.0, width_us), FREE)
            most = min(Fraction(cap_uc) * 1000 / Fraction(width_us), Fraction(60))
            assert most * (1 - Fraction(1, 2**51)) <= Fraction(passed.current_ma) <= most
            assert reason == ("charge" if most < 60 else "")


@pytest.mark.parametrize("value", [0.1, 7.3, 33.3, 59.9])
def test_charge_is_compared_exactly_where_the_rounded_products_are_equal(value: float) -> None:
    for k in range(60):
        width_us = 20.0 + 6.1 * k
        for cap_uc in (value * width_us / 1000.0, nextafter(value * width_us / 1000.0, inf)):
            assert charge_fits(value, width_us, cap_uc) == (
                Fraction(value) * Fraction(width_us) <= 1000 * Fraction(cap_uc)
            )
    assert charge_fits(20.0, 300.0, 6.0)
    assert not charge_fits(nextafter(20.0, inf), 300.0, 6.0)
    assert not charge_fits(inf, 300.0, 6.0)
    assert charge_fits(0.0, 300.0, 0.0)
