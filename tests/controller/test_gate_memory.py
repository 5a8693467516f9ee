"""What the gate remembers: mean charge over the window, settings changes, broken time, many bursts."""

from fractions import Fraction
from itertools import pairwise
from math import inf, nan, nextafter

from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import ChannelSettings, GateSettings
from controller.account import LONGEST_WINDOW_S, MOST_BURSTS, SPARE_S, Account
from controller.gate import ChannelGate, Permission, permission
from controller.signals import ArmingState, Contact, HeelContact, Mode, Phase, PulseTrain

FREE = Permission("", "")
NOT_NOW = Permission("", "no swing")
NEVER_AGAIN = Permission("", "walking", final=True)
STOPPED = Permission("latched", "")
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


def account(longest_s: float = 1.0, most_uc_per_s: float = 0.0, **changes: float) -> Account:
    return Account(gate_settings(**changes), longest_s, most_uc_per_s)


def ask(current_ma: float = 20.0, width_us: float = 100.0, rate_hz: float = 40.0, *, due: bool = False) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", 1, current_ma, width_us, rate_hz, due)


def burst(ledger: Account, began_s: float, ended_s: float) -> str:
    said = ledger.admit(began_s, wanted=True, permitted=FREE)
    ledger.admit(ended_s, wanted=False, permitted=FREE)
    return said


MEAN = 1.0
"""µC/s: over 10 s that is 10,000 nC."""


def test_the_charge_of_a_pulse_is_rounded_up_and_the_last_one_that_fits_passes() -> None:
    ledger = account(max_mean_charge_uc_per_s=MEAN)
    ledger.admit(0.0, wanted=True, permitted=FREE)
    assert ledger.spend(0.0, 24.0, 249.9) == ""
    assert ledger.spend(0.1, 4.0, 1000.0) == ""
    assert ledger.spend(0.2, 1.0, 0.5) == ""
    assert ledger.spend(0.3, 0.0, 1.0) == "mean charge"
    ledger = account(max_mean_charge_uc_per_s=MEAN)
    ledger.admit(0.0, wanted=True, permitted=FREE)
    assert ledger.spend(0.0, 24.0, 249.9) == ""
    assert ledger.spend(0.1, 4.0, 1000.5) == "mean charge"


def test_a_pulse_without_charge_left_ends_the_burst_until_it_is_asked_anew() -> None:
    ledger = account(max_mean_charge_uc_per_s=MEAN, shortest_pause_s=0.25)
    ledger.admit(0.0, wanted=True, permitted=FREE)
    assert ledger.spend(0.0, 20.0, 490.0) == ""
    assert ledger.spend(0.1, 20.0, 490.0) == "mean charge"
    assert ledger.admit(0.6, wanted=True, permitted=FREE) == "mean charge"
    ledger.admit(0.7, wanted=False, permitted=FREE)
    assert ledger.admit(0.8, wanted=True, permitted=FREE) == ""
    assert ledger.spend(0.8, 20.0, 5.0) == ""
    assert ledger.spend(0.8, 20.0, 10.0) == "mean charge"


def test_no_pulse_is_booked_without_a_burst() -> None:
    assert account().spend(0.0, 1.0, 1.0) == "mean charge"


def test_charge_comes_back_when_its_burst_has_left_the_window() -> None:
    ledger = account(max_mean_charge_uc_per_s=MEAN)
    ledger.admit(0.0, wanted=True, permitted=FREE)
    ledger.spend(0.0, 20.0, 490.0)
    ledger.admit(0.5, wanted=False, permitted=FREE)
    for t_s, left in ((10.5 - 1 / 128, False), (10.5, True)):
        assert ledger.admit(t_s, wanted=True, permitted=FREE) == ""
        assert (ledger.spend(t_s, 20.0, 400.0) == "") == left
        ledger.admit(t_s, wanted=False, permitted=FREE)


def test_a_burst_begins_only_with_charge_for_the_usual_one_and_some_more() -> None:
    """At most 4,000 nC/s: after a burst of 0.3 s a new one needs 0.5 s of that, 2,000 nC."""
    for spent_nc, said in ((7998.0, ""), (7999.0, ""), (8000.0, "mean charge")):
        ledger = account(most_uc_per_s=4.0, max_mean_charge_uc_per_s=MEAN)
        ledger.admit(0.0, wanted=True, permitted=FREE)
        assert ledger.spend(0.0, spent_nc / 100.0, 100.0) == ""
        ledger.admit(0.3, wanted=False, permitted=FREE)
        assert ledger.admit(1.0, wanted=True, permitted=FREE) == said
        assert ledger.admit(1.1, wanted=True, permitted=FREE) == said
        ledger.admit(1.2, wanted=False, permitted=FREE)
        assert ledger.admit(10.3, wanted=True, permitted=FREE) == ""


def test_an_account_that_reckons_with_no_charge_begins_as_long_as_none_is_owed() -> None:
    old = account(max_mean_charge_uc_per_s=2 * MEAN)
    old.admit(0.0, wanted=True, permitted=FREE)
    assert old.spend(0.0, 20.0, 499.95) == ""
    old.admit(0.5, wanted=False, permitted=FREE)
    for mean, said in ((MEAN, ""), (0.999 * MEAN, "mean charge")):
        ledger = Account(gate_settings(max_mean_charge_uc_per_s=mean), 1.0)
        ledger.inherit(old)
        assert ledger.admit(1.0, wanted=True, permitted=FREE) == said


def test_a_burst_needs_no_more_charge_than_the_longest_one() -> None:
    ledger = account(longest_s=0.1, most_uc_per_s=100.0, max_mean_charge_uc_per_s=MEAN)
    assert ledger.admit(0.0, wanted=True, permitted=FREE) == ""
    ledger.admit(0.1, wanted=False, permitted=FREE)
    short = account(longest_s=0.1, most_uc_per_s=101.0, max_mean_charge_uc_per_s=MEAN)
    assert short.admit(0.0, wanted=True, permitted=FREE) == "mean charge"


def test_the_hard_limit_of_the_mean_charge_is_900_uc_per_s() -> None:
    ledger = account(max_mean_charge_uc_per_s=5000.0)
    ledger.admit(0.0, wanted=True, permitted=FREE)
    assert ledger.spend(0.0, 8_999_999.0, 1.0) == ""
    assert ledger.spend(0.0, 0.0, 1.0) == "mean charge"


def test_the_gate_stops_a_train_whose_charge_is_used_up_and_says_so() -> None:
    """2 µC a pulse and 0.6 µC/s over 10 s: the third pulse of 2,001 nC would be one nC too much of 6,000."""
    gate = new_gate({"max_rate_hz": 10.0, "max_charge_uc": 3.0}, max_mean_charge_uc_per_s=0.6)
    gate.judge_train(0.0, ask(20.0, rate_hz=10.0), FREE)
    out = [gate.judge_train(0.02 * k, ask(20.0, rate_hz=10.0, due=k % 10 == 0), FREE) for k in range(1, 40)]
    pulses = [k for k, (passed, _) in enumerate(out, 1) if passed.due]
    assert pulses == [10, 20]
    assert out[29] == (ask(0.0, 0.0, 0.0), "mean charge")
    assert {reason for _, reason in out[29:]} == {"mean charge"}
    assert all(reason in ("", "rise") for _, reason in out[:29])


def test_a_tick_without_a_pulse_costs_no_charge() -> None:
    gate = new_gate({"max_rate_hz": 10.0, "max_charge_uc": 3.0}, max_mean_charge_uc_per_s=0.6)
    assert all(gate.judge_train(0.02 * k, ask(20.0, rate_hz=10.0), FREE)[1] in ("", "rise") for k in range(90))


def test_the_charge_that_a_burst_may_need_is_reckoned_from_the_caps() -> None:
    """3 µC at 10 Hz for 0.2 s are 6 µC, exactly what 0.6 µC/s over 10 s give."""
    assert (
        new_gate({"max_rate_hz": 10.0, "max_charge_uc": 3.0}, max_mean_charge_uc_per_s=0.6).account._begin(0.0, FREE)
        == ""
    )
    tight = new_gate({"max_rate_hz": 10.0, "max_charge_uc": 3.001}, max_mean_charge_uc_per_s=0.6)
    assert tight.judge_train(0.0, ask(), FREE)[1] == "mean charge"


def test_time_that_is_broken_ends_the_burst_where_it_was_last_whole() -> None:
    for kind in ("train", "contact"):
        for broken_s in (nan, inf, -1.0, nextafter(1e9, inf)):
            gate = new_gate(None, shortest_pause_s=0.5)

            def judge(t_s: float, gate: ChannelGate = gate, kind: str = kind) -> str:
                if kind == "train":
                    return gate.judge_train(t_s, ask(1e-3), FREE)[1]
                return gate.judge_contact(t_s, Contact("c", stimulate=True), FREE)[1]

            assert gate.defect == ""
            assert [judge(0.0), judge(0.25)] == ["", ""]
            assert judge(broken_s) == gate.defect == "time runs backwards or is no number"
            assert judge(0.74) == "shortest pause"
            assert gate.defect == ""
            assert judge(0.75) == ""


def test_a_pulse_without_current_is_none_and_puts_off_no_other() -> None:
    gate = new_gate()
    gate.judge_train(1.0, ask(0.0), FREE)
    assert gate.judge_train(1.0, ask(due=True), FREE) == (ask(0.0), "rise")
    assert gate.judge_train(1.005, ask(due=True), FREE)[0].due


def test_a_pulse_may_come_early_by_half_the_shortest_period_exactly() -> None:
    gate = new_gate({"max_rate_hz": 32.0})
    for t_s in (0.9375, 0.953125, 0.96875, 0.984375):
        gate.judge_train(t_s, ask(rate_hz=32.0), FREE)
    assert gate.judge_train(1.0, ask(rate_hz=32.0, due=True), FREE)[0].due
    assert not gate.judge_train(nextafter(1.015625, 0.0), ask(rate_hz=32.0, due=True), FREE)[0].due
    assert gate.judge_train(1.015625, ask(rate_hz=32.0, due=True), FREE)[0].due


def test_a_defect_ends_the_burst_at_its_own_tick() -> None:
    gate = new_gate(None, shortest_pause_s=0.5)
    gate.judge_train(0.0, ask(1e-3), FREE)
    gate.judge_train(0.25, ask(nan), FREE)
    assert gate.judge_train(0.74, ask(1e-3), FREE)[1] == "shortest pause"
    assert gate.judge_train(0.75, ask(1e-3), FREE)[1] == ""


def test_new_settings_go_on_from_the_account_of_the_old_ones() -> None:
    old = account(longest_s=1.0, max_mean_charge_uc_per_s=MEAN)
    burst(old, 0.0, 1.0)
    old.admit(3.0, wanted=True, permitted=FREE)
    old.spend(3.5, 20.0, 450.0)
    new = account(shortest_pause_s=0.5)
    new.inherit(account())
    assert new.admit(3.0, wanted=True, permitted=FREE) == ""
    old.next_pulse_s = 3.525
    new = account(longest_s=1.0, duty_window_s=10.0, max_duty=0.3, shortest_pause_s=0.5, max_mean_charge_uc_per_s=MEAN)
    new.inherit(old)
    assert new.next_pulse_s == 3.525
    assert new.admit(4.49, wanted=True, permitted=FREE) == "shortest pause"
    assert new.admit(4.5, wanted=True, permitted=FREE) == ""
    assert new.spend(4.5, 20.0, 100.0) == "mean charge"
    new.admit(4.6, wanted=False, permitted=FREE)
    assert burst(new, 5.25, 6.25) == ""
    assert new.admit(7.0, wanted=True, permitted=FREE) == "duty"
    assert list(old._bursts) == list(new._bursts)[:2]


def test_pulses_keep_their_distance_over_a_change_of_settings() -> None:
    old = new_gate()
    for k in range(5):
        old.judge_train(0.02 * k, ask(), FREE)
    assert old.judge_train(0.1, ask(due=True), FREE)[0].due
    old.judge_train(0.102, ask(0.0), FREE)
    new = new_gate()
    new.account.inherit(old.account)
    new.judge_train(0.103, ask(), FREE)
    assert new.judge_train(0.105, ask(due=True), FREE) == (ask(due=False), "pulses too close")


def test_a_longer_window_still_knows_the_bursts_before() -> None:
    """In windows of 4 s nothing of the first 60 s is left; a window of 120 s counts it all."""
    old = account(longest_s=1.0, duty_window_s=4.0, max_duty=0.95)
    for k in range(40):
        burst(old, 1.5 * k, 1.5 * k + 1.0)
    assert old.admit(70.0, wanted=True, permitted=FREE) == ""
    old.admit(70.0, wanted=False, permitted=FREE)
    new = account(longest_s=1.0, duty_window_s=120.0, max_duty=0.33)
    new.inherit(old)
    assert new.admit(75.0, wanted=True, permitted=FREE) == "duty"
    new.admit(75.0, wanted=False, permitted=FREE)
    assert new.admit(124.0, wanted=True, permitted=FREE) == ""


def test_the_longest_window_is_that_of_the_settings() -> None:
    assert any(
        getattr(limit, "le", None) == LONGEST_WINDOW_S for limit in GateSettings.model_fields["duty_window_s"].metadata
    )
    ledger = account(duty_window_s=1e6, max_duty=0.5)
    assert ledger._on_s == 0.5 * LONGEST_WINDOW_S
    assert account(duty_window_s=2.0, max_duty=1.5)._on_s == 2.0


def test_bursts_are_forgotten_when_no_window_can_hold_them() -> None:
    ledger = account()
    burst(ledger, 0.0, 0.5)
    burst(ledger, 1.0, 1.5)
    for t_s, kept in ((120.5 - 1 / 128, 3), (120.5, 3), (121.0, 4), (121.5, 4)):
        ledger.admit(t_s, wanted=True, permitted=FREE)
        ledger.admit(t_s, wanted=False, permitted=FREE)
        assert len(ledger._bursts) == kept


def test_of_very_many_bursts_the_oldest_two_become_one_with_the_pause_between() -> None:
    ledger = account(duty_window_s=120.0, max_mean_charge_uc_per_s=900.0)
    for k in range(MOST_BURSTS + 2):
        ledger.admit(k / 64, wanted=True, permitted=FREE)
        ledger.spend(k / 64, 1.0, 10.0)
        ledger.admit(k / 64 + 1 / 128, wanted=False, permitted=FREE)
    assert len(ledger._bursts) == MOST_BURSTS == 512
    assert ledger._bursts[0] == (0.0, 2 / 64 + 1 / 128, 33)
    assert ledger._bursts[1] == (3 / 64, 3 / 64 + 1 / 128, 11)
    assert ledger._bursts[-1] == ((MOST_BURSTS + 1) / 64, (MOST_BURSTS + 1) / 64 + 1 / 128, 11)


def test_the_reason_is_duty_where_the_window_ends_a_burst_before_its_longest() -> None:
    ledger = account(longest_s=2.0, duty_window_s=4.0, max_duty=0.5, shortest_pause_s=0.25)
    burst(ledger, 0.0, 0.5)
    said = [ledger.admit(1.0 + k / 8, wanted=True, permitted=FREE) for k in range(14)]
    assert said == [""] * 12 + ["duty"] * 2


def test_a_wish_that_may_never_be_granted_in_its_envelope_stays_refused_until_it_is_asked_anew() -> None:
    ledger = account()
    assert ledger.admit(0.0, wanted=True, permitted=NEVER_AGAIN) == "walking"
    assert ledger.admit(0.1, wanted=True, permitted=FREE) == "walking"
    ledger.admit(0.2, wanted=False, permitted=FREE)
    assert ledger.admit(0.3, wanted=True, permitted=NOT_NOW) == "no swing"
    assert ledger.admit(0.4, wanted=True, permitted=FREE) == ""


def test_where_nothing_may_flow_no_burst_begins_though_it_might() -> None:
    ledger = account()
    assert ledger.admit(0.0, wanted=True, permitted=STOPPED) == "latched"
    assert ledger.admit(0.1, wanted=True, permitted=STOPPED) == "latched"


def test_a_seated_mode_refuses_for_good_what_a_walking_leg_asks() -> None:
    seated = permission(ArmingState.ARMED, Mode.EXERCISE, Phase.SWING, HeelContact.OFF, "both", "")
    assert seated == ("", "walking in mode exercise", True)
    unknown = permission(ArmingState.ARMED, Mode.EXERCISE, Phase.UNKNOWN, HeelContact.OFF, "both", "")
    assert unknown == ("", "not known to be at rest", True)
    unasked = permission(ArmingState.ARMED, Mode.TEST_BURST, Phase.STANDING, HeelContact.ON, "both", "")
    assert unasked == ("", "no test burst asked for", True)
    walking = permission(ArmingState.ARMED, Mode.WALK, Phase.STANCE, HeelContact.OFF, "both", "")
    assert walking == ("", "no swing", False)


def test_spare_time_is_kept_beside_the_longest_burst_of_the_window() -> None:
    """Of 5 s, 4.1 s are used by bursts of 0.7 s at most: about 0.9 s are left, which 0.7 s and 0.2 s need."""
    assert SPARE_S == 0.2
    for last_s, said in ((0.5625, ""), (0.59375, "duty")):
        ledger = account(longest_s=2.0, duty_window_s=10.0, max_duty=0.5)
        for k in range(5):
            burst(ledger, float(k), k + 0.703125)
        burst(ledger, 5.0, 5.0 + last_s)
        assert ledger.admit(6.0, wanted=True, permitted=FREE) == said


PULSES = st.lists(
    st.tuples(st.floats(0.0, 60.0), st.floats(1.0, 400.0), st.floats(0.0, 0.3), st.integers(1, 30)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40)
@given(PULSES, st.sampled_from([20.0, 60.0, 150.0]))
def test_charge_and_density_hold_in_every_window_whatever_is_asked(
    wishes: list[tuple[float, float, float, int]], mean_uc_per_s: float
) -> None:
    gate = new_gate({"electrode_area_cm2": 1.0}, duty_window_s=2.0, max_mean_charge_uc_per_s=mean_uc_per_s)
    t_s = 0.0
    pulses: list[tuple[float, Fraction, Fraction]] = []
    for current_ma, width_us, gap_s, count in wishes:
        gate.judge_train(t_s + 0.5 * gap_s, ask(0.0), FREE)
        t_s += gap_s
        for _ in range(count):
            t_s += 0.01
            passed, _ = gate.judge_train(t_s, ask(current_ma, width_us, 50.0, due=True), FREE)
            if passed.due:
                charge_nc = Fraction(passed.current_ma) * Fraction(passed.pulse_width_us)
                pulses.append((t_s, charge_nc, charge_nc * Fraction(passed.current_ma) * 2))
    for i, (began_s, _, _) in enumerate(pulses):
        in_window = [p for p in pulses[i:] if p[0] < began_s + 2.0]
        assert sum(p[1] for p in in_window) <= 2000 * mean_uc_per_s
        second = [p for p in pulses[i:] if p[0] < began_s + 1.0]
        assert sum(p[2] for p in second) <= 4 * 10**6
    assert all(later[0] - before[0] >= 0.0099 for before, later in pairwise(pulses))
