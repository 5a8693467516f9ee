"""When current may flow: armed state, mode, longest burst, shortest pause, duty in every sliding window.

Times are fractions of two, so that a boundary is met exactly.
"""

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.limits import HARD_MAX_BURST_S
from config.schema import ChannelSettings, GateSettings
from controller.gate import Account, ChannelGate, Permission, permission
from controller.signals import ArmingState, Contact, HeelContact, Mode, Phase

FREE = Permission("", "")
NOT_NOW = Permission("", "no swing")
NEVER = Permission("latched", "latched")
STEP_S = 1 / 128
LONGEST_S, PAUSE_S = 1.0, 0.25
GATE = GateSettings(shortest_pause_s=PAUSE_S, duty_window_s=8.0, max_duty=0.5)
MOVING = (Phase.PRE_SWING, Phase.SWING)


def new_account(**changes: float) -> Account:
    return Account(GATE.model_copy(update=changes), LONGEST_S)


def run(account: Account, start_s: float, stop_s: float, *, wanted: bool, permitted: Permission = FREE) -> list[str]:
    """The reasons at every tick from `start_s` to before `stop_s`."""
    count = round((stop_s - start_s) / STEP_S)
    return [account.admit(start_s + k * STEP_S, wanted=wanted, permitted=permitted) for k in range(count)]


@pytest.mark.parametrize(("state", "mode", "withheld"), list(product(ArmingState, Mode, ("", "fault"))))
def test_the_rules_of_state_and_mode(state: ArmingState, mode: Mode, withheld: str) -> None:
    leads, yes_no = ("none", "heel", "imu", "both"), (False, True)
    for phase, contact, lead, still, asked in product(Phase, HeelContact, leads, yes_no, yes_no):
        no_flow, no_begin, final = permission(
            state, mode, phase, contact, lead, withheld, still=still, test_asked=asked
        )
        assert not final or mode != Mode.WALK
        assert (no_flow == "") == (state in (ArmingState.ARMED, ArmingState.PAUSED))
        heel_allows = lead == "imu" or (lead in ("heel", "both") and contact == HeelContact.OFF)
        rests = phase == Phase.STANDING or (phase == Phase.UNKNOWN and still)
        may_begin = phase in MOVING and heel_allows if mode == Mode.WALK else rests
        may_begin = may_begin and (asked or mode != Mode.TEST_BURST)
        allowed = state == ArmingState.ARMED and not withheld and may_begin
        assert (no_begin == "") == allowed, (phase, contact, lead, still, asked)


@pytest.mark.parametrize(
    ("state", "mode", "phase", "contact", "lead", "withheld", "said"),
    [
        (ArmingState.DISARMED, Mode.WALK, Phase.SWING, HeelContact.OFF, "both", "", ("disarmed", "disarmed")),
        (ArmingState.LATCHED, Mode.WALK, Phase.SWING, HeelContact.OFF, "both", "", ("latched", "latched")),
        (ArmingState.PAUSED, Mode.WALK, Phase.SWING, HeelContact.OFF, "both", "", ("", "paused")),
        (ArmingState.ARMED, Mode.WALK, Phase.SWING, HeelContact.OFF, "both", "fault", ("", "fault")),
        (ArmingState.ARMED, Mode.EXERCISE, Phase.SWING, HeelContact.OFF, "both", "", ("", "walking in mode exercise")),
        (ArmingState.ARMED, Mode.WALK, Phase.STANCE, HeelContact.OFF, "both", "", ("", "no swing")),
        (ArmingState.ARMED, Mode.WALK, Phase.SWING, HeelContact.ON, "heel", "", ("", "heel on")),
        (ArmingState.ARMED, Mode.WALK, Phase.SWING, HeelContact.UNKNOWN, "both", "", ("", "heel unknown")),
    ],
)
def test_the_reasons_are_words(
    state: ArmingState,
    mode: Mode,
    phase: Phase,
    contact: HeelContact,
    lead: str,
    withheld: str,
    said: tuple[str, str],
) -> None:
    assert permission(state, mode, phase, contact, lead, withheld)[:2] == said


def test_what_is_wanted_and_permitted_passes_without_a_reason() -> None:
    assert run(new_account(), 0.0, LONGEST_S, wanted=True) == [""] * 128


def test_what_is_not_wanted_needs_no_reason() -> None:
    account = new_account()
    assert run(account, 0.0, 1.0, wanted=False, permitted=NEVER) == [""] * 128


def test_a_burst_is_over_at_the_longest_burst_and_stays_so_while_it_is_asked_for() -> None:
    account = new_account()
    reasons = run(account, 0.0, 5.0, wanted=True)
    assert reasons[127] == ""
    assert set(reasons[128:]) == {"longest burst"}
    assert run(account, 5.0, 5.0 + STEP_S, wanted=False) == [""]
    assert run(account, 5.25, 6.0, wanted=True) == [""] * 96


def test_no_setting_makes_a_burst_longer_than_the_hard_limit() -> None:
    account = Account(GATE.model_copy(update={"max_duty": 0.9}), 100.0)
    assert account.longest_burst_s == HARD_MAX_BURST_S
    reasons = run(account, 0.0, 4.0, wanted=True)
    assert reasons.index("longest burst") == HARD_MAX_BURST_S * 128


def test_a_burst_that_may_not_begin_does_not_and_one_that_runs_goes_on() -> None:
    account = new_account()
    assert run(account, 0.0, 0.5, wanted=True, permitted=NOT_NOW) == ["no swing"] * 64
    assert run(account, 0.5, 0.75, wanted=True) == [""] * 32
    assert run(account, 0.75, 1.5, wanted=True, permitted=NOT_NOW) == [""] * 96
    assert run(account, 1.5, 1.75, wanted=True, permitted=NOT_NOW) == ["longest burst"] * 32


def test_where_nothing_may_flow_a_running_burst_ends_in_the_same_tick() -> None:
    account = new_account()
    run(account, 0.0, 0.5, wanted=True)
    assert account.admit(0.5, wanted=True, permitted=NEVER) == "latched"
    assert account.admit(0.5 + STEP_S, wanted=True, permitted=NOT_NOW) == "no swing"
    assert account.admit(0.5 + 2 * STEP_S, wanted=True, permitted=FREE) == "shortest pause"
    assert account.admit(0.5 + PAUSE_S, wanted=True, permitted=FREE) == ""


def test_the_pause_is_measured_from_the_first_tick_without_current() -> None:
    account = new_account()
    run(account, 0.0, 0.5, wanted=True)
    run(account, 0.5, 0.5 + PAUSE_S - STEP_S, wanted=False)
    assert account.admit(0.5 + PAUSE_S - STEP_S, wanted=True, permitted=FREE) == "shortest pause"
    assert account.admit(0.5 + PAUSE_S, wanted=True, permitted=FREE) == ""


def test_a_burst_begins_only_where_the_window_has_room_for_the_longest_one() -> None:
    """Half of 8 s is 4 s: three bursts of 1 s leave room for one more of 1 s and for no fifth."""
    account = new_account()
    for k in range(4):
        assert set(run(account, k * 1.5, k * 1.5 + 1.0, wanted=True)) == {""}
        run(account, k * 1.5 + 1.0, k * 1.5 + 1.5, wanted=False)
    assert set(run(account, 6.0, 7.0, wanted=True)) == {"duty"}
    run(account, 7.0, 7.0 + STEP_S, wanted=False)
    assert account.admit(9.0 - STEP_S, wanted=True, permitted=FREE) == "duty"
    run(account, 9.0 - STEP_S, 9.0, wanted=False)
    assert account.admit(9.0, wanted=True, permitted=FREE) == ""


def test_only_the_part_of_a_burst_inside_the_window_counts() -> None:
    """At 8.5 s the bursts of 1, 1, 1 and 0.5 s count 0.5 + 1 + 1 + 0.5 s, which leaves room for 1 s more of 4 s."""
    account = new_account()
    for start_s, stop_s in ((0.0, 1.0), (1.5, 2.5), (3.0, 4.0), (4.5, 5.0)):
        assert set(run(account, start_s, stop_s, wanted=True)) == {""}
        run(account, stop_s, stop_s + 0.5, wanted=False)
    assert account.admit(8.5 - STEP_S, wanted=True, permitted=FREE) == "duty"
    account.admit(8.5 - STEP_S, wanted=False, permitted=FREE)
    assert account.admit(8.5, wanted=True, permitted=FREE) == ""


def test_a_burst_that_duty_refused_does_not_begin_in_the_middle_of_its_envelope() -> None:
    account = new_account()
    for k in range(4):
        run(account, k * 1.5, k * 1.5 + 1.0, wanted=True)
        run(account, k * 1.5 + 1.0, k * 1.5 + 1.5, wanted=False)
    assert set(run(account, 8.0, 12.0, wanted=True)) == {"duty"}


def test_time_without_ticks_counts_as_current() -> None:
    account = new_account()
    account.admit(0.0, wanted=True, permitted=FREE)
    account.admit(4.0, wanted=False, permitted=FREE)
    assert account.admit(5.0, wanted=True, permitted=FREE) == "duty"


def test_a_trigger_device_passes_the_same_account() -> None:
    channel = ChannelSettings(id="dorsiflexors")
    gate = ChannelGate(channel, GATE, LONGEST_S)
    on, off = Contact("right.dorsiflexors", stimulate=True), Contact("right.dorsiflexors", stimulate=False)
    assert gate.judge_contact(0.0, on, NOT_NOW) == (off, "no swing")
    assert gate.judge_contact(0.0, on, FREE) == (on, "")
    assert gate.judge_contact(0.5, on, NOT_NOW) == (on, "")
    assert gate.judge_contact(0.75, on, NEVER) == (off, "latched")
    assert gate.judge_contact(0.8, on, FREE) == (off, "shortest pause")
    assert gate.judge_contact(1.0, on, FREE) == (on, "")
    assert gate.judge_contact(2.0, on, FREE) == (off, "longest burst")
    assert gate.judge_contact(2.1, off, FREE) == (off, "")
    assert gate.judge_contact(2.2, off, NEVER) == (off, "")


WISHES = st.tuples(
    st.integers(1, 60),
    st.floats(0.001, 0.05),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0, 0, 0, 1, 2]),
)


@settings(max_examples=120)
@given(
    st.lists(WISHES, min_size=1, max_size=40),
    st.sampled_from([0.1, 0.4, 1.6]),
    st.sampled_from([0.0, 0.05, 0.5]),
    st.sampled_from([(2.0, 0.3), (4.0, 0.5), (3.0, 0.9)]),
    st.lists(st.floats(0.1, 5.0), max_size=3),
)
def test_for_any_wishes_the_limits_in_time_hold(
    wishes: list[tuple[int, float, bool, int]],
    longest_s: float,
    pause_s: float,
    window: tuple[float, float],
    gaps: list[float],
) -> None:
    window_s, duty = window
    account = Account(GateSettings(shortest_pause_s=pause_s, duty_window_s=window_s, max_duty=duty), longest_s)
    bursts: list[list[float]] = []
    on = False
    t_s = 0.0
    for i, (count, dt_s, wanted, permitted) in enumerate(wishes):
        t_s += gaps[i] if i < len(gaps) else 0.0
        for _ in range(count):
            t_s += dt_s
            reason = account.admit(t_s, wanted=wanted, permitted=(FREE, NOT_NOW, NEVER)[permitted])
            passed = wanted and not reason
            assert not (reason and not wanted)
            assert not (passed and permitted == 2)
            if passed and not on:
                assert permitted == 0
                bursts.append([t_s, t_s])
            elif passed:
                bursts[-1][1] = t_s
            on = passed
    for began_s, last_s in bursts:
        assert last_s - began_s < longest_s
    for (_, last_s), (began_s, _) in pairwise(bursts):
        assert began_s - last_s >= pause_s
    for edge_s in [burst[1] for burst in bursts] + [burst[0] + window_s for burst in bursts]:
        on_s = sum(max(0.0, min(b, edge_s) - max(a, edge_s - window_s)) for a, b in bursts)
        assert on_s <= duty * window_s + 1e-9
