"""How much may flow: every cap at its boundary, the rise, the spacing of pulses, and nonsense.

Each cap is tried alone, with all others wide open: at the cap, just below and just above.
"""

from math import copysign, inf, isfinite, nan, nextafter, sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import limits
from config.schema import ChannelSettings, GateSettings, rms_current_ma
from controller.gate import EARLY_SHARE, LONGEST_RISE_STEP_S, ChannelGate, Permission
from controller.signals import PulseTrain
from controller.stimulation import PulsePlan

FREE = Permission("", "")
NOT_NOW = Permission("", "no swing")
NEVER = Permission("disarmed", "disarmed")
GATE = GateSettings(max_rise_ma_per_s=3000.0, shortest_pause_s=0.0, duty_window_s=120.0, max_duty=0.95)
WIDE = {
    "max_current_ma": 60.0,
    "max_pulse_width_us": 400.0,
    "max_rate_hz": 50.0,
    "max_charge_uc": 20.0,
    "electrode_area_cm2": 100.0,
}
LARGEST = 1.7976931348623157e308


def channel_with(caps: dict[str, float]) -> ChannelSettings:
    """A channel with the widest caps but for `caps`, past the schema, which would refuse what is above a hard cap."""
    values: dict[str, Any] = WIDE | caps
    return ChannelSettings.model_construct(id="dorsiflexors", **values)


def new_gate(rise_ma_per_s: float = 3000.0, **caps: float) -> ChannelGate:
    """A gate with the widest caps that config allows, but for `caps`."""
    return ChannelGate(channel_with(caps), GATE.model_copy(update={"max_rise_ma_per_s": rise_ma_per_s}), 2.0)


def ask(current_ma: float = 20.0, width_us: float = 300.0, rate_hz: float = 40.0, *, due: bool = True) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", 3, current_ma, width_us, rate_hz, due)


def with_value(train: PulseTrain, field: str, value: float) -> PulseTrain:
    change: dict[str, Any] = {field: value}
    return train._replace(**change)


def pulses_of(train: PulseTrain) -> tuple[float, float, float]:
    return train.current_ma, train.pulse_width_us, train.rate_hz


def settled(gate: ChannelGate, asked: PulseTrain) -> tuple[PulseTrain, str]:
    """What passes once the rise is over: the answer after 0.5 s of the same question."""
    for k in range(50):
        gate.judge_train(k * 0.01, asked._replace(due=False), FREE)
    return gate.judge_train(0.5, asked, FREE)


def test_what_is_within_all_caps_passes_unchanged_and_without_a_reason() -> None:
    asked = ask()
    assert settled(new_gate(), asked) == (asked, "")


CAPS = [
    ({"max_current_ma": 30.0}, ask(30.0), "current_ma", 30.0, "current cap"),
    ({"max_pulse_width_us": 250.0}, ask(width_us=250.0), "pulse_width_us", 250.0, "pulse width cap"),
    ({"max_rate_hz": 35.0}, ask(rate_hz=35.0), "rate_hz", 35.0, "rate cap"),
    ({"max_charge_uc": 6.0}, ask(20.0, 300.0), "current_ma", 20.0, "charge"),
    ({"max_current_ma": 500.0, "max_charge_uc": 500.0}, ask(60.0), "current_ma", 60.0, "current cap"),
    ({"max_pulse_width_us": 900.0}, ask(width_us=400.0), "pulse_width_us", 400.0, "pulse width cap"),
    ({"max_rate_hz": 900.0}, ask(rate_hz=50.0), "rate_hz", 50.0, "rate cap"),
    ({"max_charge_uc": 900.0}, ask(50.0, 400.0), "current_ma", 50.0, "charge"),
]
CAP_NAMES = ["current", "width", "rate", "charge", "hard current", "hard width", "hard rate", "hard charge"]


@pytest.mark.parametrize(("caps", "at", "field", "cap", "reason"), CAPS, ids=CAP_NAMES)
def test_each_cap_at_just_below_and_just_above(
    caps: dict[str, float], at: PulseTrain, field: str, cap: float, reason: str
) -> None:
    below = with_value(at, field, nextafter(cap, 0.0))
    above = with_value(at, field, nextafter(cap, inf))
    far_above = with_value(at, field, LARGEST)
    assert settled(new_gate(**caps), at) == (at, "")
    assert settled(new_gate(**caps), below) == (below, "")
    assert settled(new_gate(**caps), above) == (at, reason)
    assert getattr(settled(new_gate(**caps), far_above)[0], field) == cap


def test_the_hard_caps_are_those_of_the_design() -> None:
    assert (limits.HARD_MAX_CURRENT_MA, limits.HARD_MAX_PULSE_WIDTH_US, limits.HARD_MAX_RATE_HZ) == (60.0, 400.0, 50.0)
    assert (limits.HARD_MAX_CHARGE_UC, limits.HARD_MAX_RMS_DENSITY_MA_CM2, limits.HARD_MAX_BURST_S) == (20.0, 2.0, 2.0)


@pytest.mark.parametrize("area_cm2", [4.0, 2.0])
def test_the_density_over_the_electrode_is_kept_with_a_pulse_and_a_half_more_in_the_second(area_cm2: float) -> None:
    cap_ma = 2.0 * area_cm2 / sqrt(2.0 * 400e-6 * 51.5)
    gate = new_gate(electrode_area_cm2=area_cm2)
    for current_ma, reason in ((cap_ma * (1 - 1e-12), ""), (cap_ma * (1 + 1e-12), "density"), (49.0, "density")):
        passed, said = settled(gate, ask(current_ma, 400.0, 50.0))
        assert said == reason
        assert rms_current_ma(passed.current_ma, 400.0, 50.0) / area_cm2 <= 2.0 * (1 + 1e-12)
        gate = new_gate(electrode_area_cm2=area_cm2)


def test_a_wider_pulse_is_cut_to_its_cap_before_its_charge_is_reckoned() -> None:
    passed, reason = settled(new_gate(max_pulse_width_us=200.0, max_charge_uc=6.0), ask(30.0, 400.0))
    assert pulses_of(passed) == (30.0, 200.0, 40.0)
    assert reason == "pulse width cap"


def test_every_cap_that_bites_is_named() -> None:
    gate = new_gate(max_current_ma=30.0, max_pulse_width_us=250.0, max_rate_hz=35.0, max_charge_uc=5.0)
    passed, reason = settled(gate, ask(50.0, 300.0, 40.0))
    assert pulses_of(passed) == (20.0, 250.0, 35.0)
    assert reason == "pulse width cap, rate cap, current cap, charge"


@pytest.mark.parametrize("cap", ["max_current_ma", "max_charge_uc"])
def test_a_cap_of_zero_lets_nothing_out(cap: str) -> None:
    passed, reason = settled(new_gate(**{cap: 0.0}), ask())
    assert (passed.current_ma, passed.due) == (0.0, False)
    assert reason != ""


def test_the_current_rises_no_faster_than_the_limit() -> None:
    gate = new_gate(rise_ma_per_s=128.0)
    gate.judge_train(-0.0078125, ask(0.0), FREE)
    for k in range(1, 41):
        passed, reason = gate.judge_train((k - 1) / 128, ask(20.0), FREE)
        assert passed.current_ma == min(20.0, float(k))
        assert ("rise" in reason) == (k < 20)


def test_a_rise_just_within_the_limit_passes() -> None:
    gate = new_gate(rise_ma_per_s=128.0)
    gate.judge_train(0.0, ask(0.0), FREE)
    assert gate.judge_train(1 / 128, ask(1.0), FREE) == (ask(1.0), "")
    passed, reason = gate.judge_train(2 / 128, ask(nextafter(2.0, 3.0), due=False), FREE)
    assert (passed.current_ma, reason) == (2.0, "rise")


def test_a_gap_lets_the_current_rise_by_the_longest_step_only() -> None:
    gate = new_gate(rise_ma_per_s=100.0)
    assert LONGEST_RISE_STEP_S == 0.02
    assert gate.judge_train(50.0, ask(20.0), FREE)[0].current_ma == 2.0
    assert gate.judge_train(51.0, ask(20.0), FREE)[0].current_ma == 4.0


def test_a_fall_is_always_allowed_and_the_rise_after_it_starts_from_there() -> None:
    gate = new_gate(rise_ma_per_s=128.0)
    settled(gate, ask(20.0))
    assert gate.judge_train(0.5078125, ask(1.0, due=False), FREE) == (ask(1.0, due=False), "")
    assert gate.judge_train(0.515625, ask(20.0, due=False), FREE)[0].current_ma == 2.0


def test_after_a_refusal_the_current_rises_from_zero() -> None:
    gate = new_gate(rise_ma_per_s=128.0)
    settled(gate, ask(20.0))
    assert gate.judge_train(0.5078125, ask(20.0), NEVER)[0].current_ma == 0.0
    assert gate.judge_train(0.515625, ask(20.0), FREE)[0].current_ma == 1.0


def test_time_that_stands_still_or_runs_backwards_raises_nothing() -> None:
    gate = new_gate(rise_ma_per_s=128.0)
    gate.judge_train(1.0, ask(0.0), FREE)
    for t_s in (1.0, 1.0, 0.5):
        assert gate.judge_train(t_s, ask(20.0), FREE)[0].current_ma == 0.0


def test_pulses_too_close_are_dropped_and_the_current_stays() -> None:
    gate = new_gate(max_rate_hz=40.0)
    settled(gate, ask(due=False))
    closest_s = (1.0 - EARLY_SHARE) / 40.0
    assert gate.judge_train(1.0, ask(), FREE) == (ask(), "")
    assert gate.judge_train(1.0 + closest_s - 1e-6, ask(), FREE) == (ask(due=False), "pulses too close")
    assert gate.judge_train(1.0 + closest_s + 1e-6, ask(), FREE) == (ask(), "")


def test_an_early_pulse_brings_the_next_no_nearer() -> None:
    gate = new_gate(max_rate_hz=40.0)
    settled(gate, ask(due=False))
    assert [gate.judge_train(1.0 + t, ask(), FREE)[0].due for t in (0.0, 0.013, 0.026, 0.038)] == [
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("loop_hz", [100, 128, 150, 200, 333, 1000])
@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 33.0, 35.0, 40.0, 45.0, 50.0])
def test_the_gate_passes_every_pulse_of_the_plan(loop_hz: int, rate_hz: float) -> None:
    gate, plan = new_gate(max_rate_hz=rate_hz), PulsePlan(1.0 / loop_hz)
    settled(gate, ask(due=False))
    planned = passed = 0
    for k in range(round(0.9 * loop_hz)):
        t_s = 1.0 + k / loop_hz
        due = plan.due(t_s, rate_hz, on=True)
        planned += due
        passed += gate.judge_train(t_s, ask(rate_hz=rate_hz, due=due), FREE)[0].due
    assert passed == planned


@pytest.mark.parametrize("rate_hz", [10.0, 33.0, 50.0])
def test_pulses_in_every_tick_come_out_at_the_rate_asked(rate_hz: float) -> None:
    gate = new_gate(max_rate_hz=50.0)
    settled(gate, ask(due=False))
    out = [gate.judge_train(1.0 + k * 0.001, ask(rate_hz=rate_hz), FREE)[0].due for k in range(900)]
    assert sum(out) <= 0.9 * rate_hz + 1.5


def test_a_dropped_pulse_does_not_put_off_the_next() -> None:
    gate = new_gate(max_rate_hz=40.0)
    settled(gate, ask(due=False))
    given_out = [gate.judge_train(1.0 + k * 0.001, ask(), FREE)[0].due for k in range(100)]
    assert [k for k, due in enumerate(given_out) if due] == [0, 13, 38, 63, 88]


@pytest.mark.parametrize("due", [True, False])
def test_a_pulse_that_is_not_asked_for_does_not_come(due: bool) -> None:
    assert settled(new_gate(), ask(due=due))[0].due == due


def test_a_refused_train_is_silent_and_keeps_its_address() -> None:
    passed, reason = new_gate().judge_train(0.0, ask(), NOT_NOW)
    assert passed == PulseTrain("right.dorsiflexors", 3, 0.0, 0.0, 0.0, due=False)
    assert reason == "no swing"


def test_no_current_asked_is_no_current_and_no_reason() -> None:
    for nothing in (0.0, -0.0):
        passed, reason = new_gate().judge_train(0.0, ask(nothing), NEVER)
        assert (passed.current_ma, passed.due, reason) == (0.0, False, "")
        assert copysign(1.0, passed.current_ma) == 1.0


@pytest.mark.parametrize("value", [nan, inf, -inf, -1.0, nextafter(0.0, -1.0), -LARGEST])
@pytest.mark.parametrize("field", ["current_ma", "pulse_width_us", "rate_hz"])
@pytest.mark.parametrize("permitted", [FREE, NEVER])
def test_a_value_that_cannot_be_is_a_defect(value: float, field: str, permitted: Permission) -> None:
    gate = new_gate()
    settled(gate, ask())
    passed, reason = gate.judge_train(0.51, with_value(ask(), field, value), permitted)
    assert passed == PulseTrain("right.dorsiflexors", 3, 0.0, 0.0, 0.0, due=False)
    assert gate.defect == reason == "not a finite, positive number"


@pytest.mark.parametrize("value", [0.0, -0.0])
@pytest.mark.parametrize("field", ["pulse_width_us", "rate_hz"])
def test_current_without_width_or_rate_is_a_defect(value: float, field: str) -> None:
    gate = new_gate()
    passed, reason = gate.judge_train(0.0, with_value(ask(), field, value), FREE)
    assert (passed.current_ma, passed.due) == (0.0, False)
    assert gate.defect == reason == "current without width or rate"
    gate.judge_train(0.1, with_value(ask(0.0), field, value), FREE)
    assert gate.defect == ""


def test_a_defect_ends_the_burst_and_is_forgotten_with_the_next_good_question() -> None:
    gate = ChannelGate(
        channel_with({}),
        GATE.model_copy(update={"shortest_pause_s": 0.25}),
        2.0,
    )
    settled(gate, ask())
    gate.judge_train(0.51, ask(nan), FREE)
    assert gate.defect
    assert gate.judge_train(0.52, ask(), FREE)[1] == "shortest pause"
    assert gate.defect == ""


EDGES = [0.0, -0.0, nan, inf, -inf, -1.0, 20.0, 60.0, 1e9, LARGEST]
ASKS = st.builds(
    PulseTrain,
    st.just("right.dorsiflexors"),
    st.just(1),
    st.floats(0.0, 80.0) | st.just(40.0) | st.sampled_from(EDGES),
    st.floats(1.0, 600.0) | st.just(300.0) | st.sampled_from(EDGES),
    st.floats(1.0, 80.0) | st.just(40.0) | st.sampled_from(EDGES),
    st.booleans(),
)
STEADY = st.builds(
    PulseTrain, st.just("c"), st.just(1), st.floats(0.1, 80.0), st.just(300.0), st.just(40.0), st.just(True)
)
CHANNELS = st.builds(
    lambda *caps: dict(zip(WIDE, caps, strict=True)),
    st.floats(0.0, 60.0) | st.just(200.0),
    st.floats(20.0, 400.0) | st.just(900.0),
    st.floats(10.0, 50.0) | st.just(200.0),
    st.floats(0.0, 20.0) | st.just(90.0),
    st.floats(4.0, 100.0),
)


@settings(max_examples=200)
@given(
    CHANNELS,
    st.sampled_from([1.0, 300.0, 3000.0]),
    st.lists(
        st.tuples(
            ASKS | STEADY,
            st.floats(0.0, 0.05) | st.just(0.005),
            st.integers(1, 12),
            st.sampled_from([0, 0, 0, 0, 1, 2]),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_for_any_questions_the_answer_is_less_within_caps_and_says_why(
    caps: dict[str, float], rise_ma_per_s: float, questions: list[tuple[PulseTrain, float, int, int]]
) -> None:
    gate = new_gate(rise_ma_per_s, **caps)
    t_s = last_s = 10.0
    last_ma, last_pulse_s = 0.0, -inf
    for asked, dt_s, count, permitted in questions:
        for _ in range(count):
            t_s += dt_s
            passed, reason = gate.judge_train(t_s, asked, (FREE, NOT_NOW, NEVER)[permitted])
            current_ma, width_us, rate_hz = pulses_of(passed)
            assert all(isfinite(value) and value >= 0.0 for value in pulses_of(passed))
            sane = all(isfinite(value) and value >= 0.0 for value in pulses_of(asked))
            whole = asked.current_ma == 0.0 or (asked.pulse_width_us > 0.0 and asked.rate_hz > 0.0)
            assert (gate.defect == "") == (sane and whole)
            if gate.defect:
                assert (current_ma, passed.due, reason) == (0.0, False, gate.defect)
            else:
                assert all(p <= a for p, a in zip(pulses_of(passed), pulses_of(asked), strict=True))
                assert passed.due <= asked.due
                less = pulses_of(passed) != pulses_of(asked) or passed.due != asked.due
                assert bool(reason) == (less and asked.current_ma > 0.0)
            if permitted == 2:
                assert (current_ma, passed.due) == (0.0, False)
            assert current_ma <= min(caps["max_current_ma"], 60.0)
            assert width_us <= min(caps["max_pulse_width_us"], 400.0)
            assert rate_hz <= min(caps["max_rate_hz"], 50.0)
            assert current_ma * width_us / 1000.0 <= min(caps["max_charge_uc"], 20.0) * (1 + 1e-12)
            assert rms_current_ma(*pulses_of(passed)) <= 2.0 * caps["electrode_area_cm2"] * (1 + 1e-12)
            step_s = LONGEST_RISE_STEP_S if last_s == 10.0 else min(t_s - last_s, LONGEST_RISE_STEP_S)
            assert current_ma - last_ma <= rise_ma_per_s * step_s + 1e-9
            if passed.due:
                assert current_ma > 0.0
                assert t_s - last_pulse_s >= (1.0 - EARLY_SHARE) / min(caps["max_rate_hz"], 50.0) - 1e-9
                last_pulse_s = t_s
            last_s, last_ma = t_s, current_ma
