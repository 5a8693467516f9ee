"""Electrodes, skin and the voltage of the stimulator (reference 5.11). All figures in simulation."""

from math import exp, inf, nan, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.devices import rms_current_ma
from config.limits import HARD_MAX_RMS_DENSITY_MA_CM2
from simulator.electrode import Electrode, Lift, draw_electrode, pulse_energy_mj

HOUR_S = 3600.0
DAY_S = 86400.0
QUIET = Electrode(current_noise=0.0)
SHARES = st.floats(0.0, 1.0)


def voltage(electrode: Electrode, t_s: float = 0.0) -> float:
    return electrode.deliver(t_s, 40.0, 300.0).voltage_v


def test_energy_of_a_pulse_pair() -> None:
    """Row "60 mA, 300 us, 40 Hz biphasic: 1.1 mJ per pulse pair" of 5.11, into the 500 ohm of the standard."""
    assert pulse_energy_mj(60.0, 300.0, 500.0) == pytest.approx(1.1, abs=0.03)


def test_density_of_that_train() -> None:
    """Row "I_rms 9.3 mA, 50 mm disc 0.47 mA/cm^2" of 5.11."""
    rms_ma = rms_current_ma(60.0, 300.0, 40.0)
    assert rms_ma == pytest.approx(9.3, abs=0.05)
    assert QUIET.density_ma_cm2(0.0, rms_ma) == pytest.approx(0.47, abs=0.005)


def test_a_small_electrode_is_too_dense() -> None:
    """Row "100 mA, 400 us, 50 Hz on 32 mm: 20 mA rms, 2.5 mA/cm^2 -> must be blocked" of 5.11."""
    small = Electrode(area_cm2=3.2 * 3.2 * pi / 4.0)
    rms_ma = rms_current_ma(100.0, 400.0, 50.0)
    assert rms_ma == pytest.approx(20.0)
    density = small.density_ma_cm2(0.0, rms_ma)
    assert density == pytest.approx(2.5, abs=0.02)
    assert density > HARD_MAX_RMS_DENSITY_MA_CM2


def test_voltage_of_a_good_contact() -> None:
    """Row "Load: R_s + (R_p || C_p) + skin" of 5.11, at the end of a pulse."""
    delivered = QUIET.deliver(0.0, 40.0, 300.0)
    assert delivered.current_ma == 40.0
    assert delivered.voltage_v == pytest.approx(0.040 * (200.0 + 200.0 + 1000.0 * (1.0 - exp(-3.0))))
    assert (delivered.limited, delivered.open) == (False, False)


def test_current_noise_is_half_a_percent() -> None:
    """Row "current noise 0.5 %" of 5.11."""
    currents = [Electrode(seed=3).deliver(0.025 * k, 40.0, 300.0).current_ma for k in range(400)]
    mean = sum(currents) / 400.0
    spread = (sum((current - mean) ** 2 for current in currents) / 399.0) ** 0.5
    assert mean == pytest.approx(40.0, rel=0.001)
    assert spread / mean == pytest.approx(0.005, rel=0.15)


def test_impedance_drifts_by_half_in_a_day() -> None:
    """Row "impedance drift +50 % over a day" of 5.11."""
    fresh, old = QUIET.load(0.0), QUIET.load(DAY_S)
    assert fresh is not None
    assert old is not None
    assert (old.series_ohm + old.parallel_ohm) / (fresh.series_ohm + fresh.parallel_ohm) == pytest.approx(1.5)
    assert voltage(QUIET, DAY_S) > voltage(QUIET, 8.0 * HOUR_S) > voltage(QUIET)


def test_sweat_is_a_step_down() -> None:
    """Row "a step on sweating" of 5.11."""
    sweaty = Electrode(current_noise=0.0, sweats_at_s=600.0)
    assert voltage(sweaty, 599.9) == pytest.approx(voltage(QUIET, 599.9))
    assert voltage(sweaty, 600.0) < 0.8 * voltage(QUIET, 600.0)


def test_a_dry_electrode_uses_up_the_voltage() -> None:
    """Row "dry electrode -> rising R_s and voltage saturation" of 5.11."""
    dry = Electrode(current_noise=0.0, dries_from_s=HOUR_S)
    steps = [dry.deliver(hour * HOUR_S, 40.0, 300.0) for hour in (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)]
    assert [step.voltage_v for step in steps] == sorted(step.voltage_v for step in steps)
    assert [step.limited for step in steps] == [False, False, False, True, True, True]
    currents = [step.current_ma for step in steps]
    assert currents[:3] == [40.0] * 3
    assert 40.0 > currents[3] > currents[4] > currents[5]
    assert not any(step.open for step in steps)
    assert dry.deliver(1e6 * HOUR_S, 40.0, 300.0).current_ma < 1.0


def test_a_lifted_electrode_is_an_open_circuit() -> None:
    """Row "missing electrode -> open circuit" of 5.11."""
    lifted = Electrode(current_noise=0.0, lifts=(Lift(10.0, 20.0),))
    assert lifted.deliver(9.99, 40.0, 300.0).current_ma == 40.0
    delivered = lifted.deliver(10.0, 40.0, 300.0)
    assert (delivered.current_ma, delivered.limited, delivered.open) == (0.0, True, True)
    assert delivered.voltage_v == lifted.compliance_v
    assert lifted.density_ma_cm2(10.0, 5.0) == 0.0
    assert lifted.deliver(20.0, 40.0, 300.0).current_ma == 40.0


def test_a_half_lifted_electrode_burns_without_a_word() -> None:
    """`stimulators.md` 7.3: a partly lifted electrode raises density without an error flag."""
    half = Electrode(current_noise=0.0, lifts=(Lift(10.0, contact=0.5),))
    delivered = half.deliver(11.0, 40.0, 300.0)
    assert (delivered.current_ma, delivered.limited, delivered.open) == (40.0, False, False)
    assert delivered.voltage_v > 1.7 * voltage(QUIET)
    assert half.density_ma_cm2(11.0, 5.0) == pytest.approx(2.0 * half.density_ma_cm2(9.0, 5.0))


@pytest.mark.parametrize(("compliance_v", "limited"), [(60.0, True), (100.0, False), (150.0, False)])
def test_compliance_decides_what_60_ma_become(compliance_v: float, limited: bool) -> None:
    """Row "compliance 60-150 V" of 5.11: 60 mA into the fresh path need 81 V."""
    delivered = Electrode(current_noise=0.0, compliance_v=compliance_v).deliver(0.0, 60.0, 300.0)
    assert delivered.limited is limited
    assert delivered.voltage_v == pytest.approx(compliance_v if limited else 81.0, abs=0.1)
    assert (delivered.current_ma < 60.0) is limited


def test_a_limited_pulse_carries_the_charge_of_the_circuit() -> None:
    """The closed form against small steps through the circuit, with and without a time of full current."""
    for wanted_ma in (60.0, 200.0):
        stored_v, charge_uc = 0.0, 0.0
        for _ in range(30000):
            current_ma = min(wanted_ma, 1e3 * (60.0 - stored_v) / 400.0)
            charge_uc += current_ma * 0.01 * 1e-3
            stored_v += 0.01 * (current_ma * 1e-3 - stored_v / 1000.0) / 0.1
        electrode = Electrode(current_noise=0.0, compliance_v=60.0)
        delivered = electrode.deliver(0.0, wanted_ma, 300.0)
        assert delivered.current_ma * 300.0 * 1e-3 == pytest.approx(charge_uc, rel=1e-3)


def test_charge_left_behind_is_below_five_percent() -> None:
    """Row "charge imbalance between phases < 5 %" of 5.11."""
    for seed in range(50):
        electrode = draw_electrode(seed)
        delivered = electrode.deliver(0.0, 40.0, 300.0)
        assert 0.0 <= electrode.net_charge_uc(delivered, 300.0) < 0.05 * delivered.current_ma * 0.3


def test_drawn_electrodes_are_good_ones_and_differ() -> None:
    """`stimulators.md` 7.3: 0.5 to 2 kΩ with good gel pads."""
    drawn = [draw_electrode(seed) for seed in range(50)]
    assert drawn == [draw_electrode(seed) for seed in range(50)]
    assert len(set(drawn)) == 50
    for electrode in drawn:
        assert 500.0 < electrode.series_ohm + electrode.skin_ohm + electrode.parallel_ohm < 2100.0
        assert not electrode.deliver(0.0, 40.0, 300.0).limited


@given(st.integers(), st.lists(st.floats(0.0, DAY_S), min_size=2, max_size=5))
def test_the_same_question_has_the_same_answer(seed: int, times: list[float]) -> None:
    first = {t_s: Electrode(seed).deliver(t_s, 30.0, 300.0) for t_s in times}
    again = Electrode(seed)
    assert first == {t_s: again.deliver(t_s, 30.0, 300.0) for t_s in reversed(times)}


@given(st.floats(0.0, 10.0 * DAY_S), st.floats(0.0, 200.0), st.floats(0.0, 1000.0), SHARES, SHARES, SHARES)
def test_never_more_than_asked_or_than_the_voltage_gives(
    t_s: float, current_ma: float, pulse_width_us: float, dry: float, contact: float, supply: float
) -> None:
    electrode = Electrode(
        current_noise=0.0,
        compliance_v=60.0 + 90.0 * supply,
        dries_from_s=dry * DAY_S,
        lifts=(Lift(0.0, contact=contact),),
    )
    delivered = electrode.deliver(t_s, current_ma, pulse_width_us)
    assert 0.0 <= delivered.current_ma <= current_ma
    assert 0.0 <= delivered.voltage_v <= electrode.compliance_v
    if not delivered.limited and pulse_width_us > 0.0:
        assert delivered.current_ma == current_ma
    assert delivered.limited or not delivered.open


@pytest.mark.parametrize("nonsense", [0.0, -1.0, nan, inf])
def test_what_is_no_pulse_delivers_nothing(nonsense: float) -> None:
    assert QUIET.deliver(0.0, nonsense, 300.0) == QUIET.deliver(0.0, 30.0, nonsense) == (0.0, 0.0, False, False)
