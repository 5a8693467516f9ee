"""The oracle of the fault campaign on hand-made walks whose answers are known."""

from math import inf

import pytest

from config.schema import Settings
from controller.signals import ArmingState
from dorsiflex.faults.draw import Person, settings_of
from dorsiflex.faults.nerve import Felt
from dorsiflex.faults.notice import false_alarms
from dorsiflex.faults.oracle import EARLY_S, Verdict, judge
from dorsiflex.faults.seen import Change, Seen
from dorsiflex.walk_judgement import Window
from simulator.faults.plan import PlannedFault
from simulator.patients import PATIENTS
from simulator.truth import WantedBurst

BENCH = Person("classic", 1, "walk", 0.9, "bench", "both", "supervised", "shank")
WINDOW_S, SWING_S, LASTS_S = 10.0, 10.25, 0.9
MID = 10.5
FAULT = PlannedFault("acc.off", MID)
PULSE_US = 300.0


def train(start_s: float, stop_s: float, ma: float = 34.0) -> list[Felt]:
    return [Felt(start_s + k / 40.0, ma, PULSE_US) for k in range(round((stop_s - start_s) * 40.0) + 1)]


def ramped(start_s: float, stop_s: float) -> list[Felt]:
    """A burst with the falling ramp of the controller."""
    flat = train(start_s, stop_s - 0.15)
    down = [Felt(flat[-1].t_s + k / 40.0, 34.0 * (1.0 - k / 6.0), PULSE_US) for k in range(1, 6)]
    return flat + down


def seen(
    felt: list[Felt],
    *changes: Change,
    injected: int = 1,
    died_s: float = inf,
    restarted_s: float = inf,
    person: Person = BENCH,
) -> Seen:
    settings: Settings = settings_of(person)
    windows = [Window(WINDOW_S + k, WINDOW_S + k + LASTS_S) for k in range(0, 4, 2)]
    swings = [Window(SWING_S + k, SWING_S + k + 0.45) for k in range(0, 4, 2)]
    wanted = [WantedBurst(window.start_s, window.stop_s - 0.2, False) for window in windows]
    contacts = [swing.stop_s for swing in swings]
    return Seen(
        settings, PATIENTS["classic"], felt, windows, swings, wanted, contacts, list(changes), (injected,),
        died_s, restarted_s, "",
    )  # fmt: skip


def verdict(found: Seen, sound: Seen | None = None, fault: PlannedFault = FAULT, person: Person = BENCH) -> Verdict:
    return judge(person, (fault,), found, sound or seen(ramped(10.05, 10.85)))


def noticed(t_s: float, *faults: str, state: ArmingState = ArmingState.ARMED) -> Change:
    return Change(t_s, state, faults, "both")


def test_a_burst_in_its_window_harms_nobody() -> None:
    judged = verdict(seen(ramped(10.05, 10.85)))
    assert judged.harms == ()
    assert judged.noticed[0].injected == 1
    assert judged.noticed[0].after_s is None
    assert judged.noticed[0].charge_uc > 0.0


def test_a_burst_that_begins_in_stance_is_harm() -> None:
    judged = verdict(seen([*ramped(10.05, 10.85), *ramped(11.2, 11.6)]))
    assert judged.in_stance == 1
    assert "in stance" in judged.harms[0]


def test_a_burst_that_comes_too_early_is_harm_and_says_by_how_much() -> None:
    judged = verdict(seen([*ramped(10.05, 10.85), *ramped(11.9, 12.7)]))
    assert judged.in_stance == 1
    assert "100 ms too early" in judged.harms[0]


@pytest.mark.parametrize(("early_s", "harm"), [(0.002, False), (EARLY_S - 0.001, False), (EARLY_S + 0.001, True)])
def test_a_burst_that_is_a_tick_early_is_borne_and_told(early_s: float, harm: bool) -> None:
    judged = verdict(seen([*ramped(10.05, 10.85), *ramped(12.0 - early_s, 12.85 - early_s)]))
    assert (judged.in_stance, bool(judged.harms)) == (int(harm), harm)
    assert judged.early_s == pytest.approx(early_s)
    assert judged.overshoot_s == 0.0


def test_a_burst_that_is_a_tick_early_may_still_be_too_long() -> None:
    judged = verdict(seen([*ramped(10.05, 10.85), *ramped(11.99, 13.19)]), fault=PlannedFault("acc.off", 10.2))
    assert (judged.in_stance, judged.too_long) == (0, 1)
    assert 0.1 < judged.overshoot_s < 0.3


def test_a_burst_of_one_pulse_before_a_window_belongs_to_no_step() -> None:
    assert verdict(seen([*ramped(10.05, 10.85), *train(11.99, 11.99)])).in_stance == 1


def test_what_happens_without_the_fault_too_is_not_its_doing() -> None:
    both = [*ramped(10.05, 10.85), *ramped(11.2, 11.6)]
    assert verdict(seen(both), seen(both)).harms == ()


def test_what_nobody_feels_is_no_burst_in_stance() -> None:
    assert verdict(seen([*ramped(10.05, 10.85), *train(11.2, 11.6, ma=5.0)])).harms == ()


def test_a_burst_that_ran_when_its_sensor_was_lost_may_end_by_the_open_loop() -> None:
    late = seen(ramped(10.3, 11.15))
    assert verdict(late, fault=PlannedFault("acc.off", 10.75)).harms == ()
    judged = verdict(late, fault=PlannedFault("acc.off", 10.2))
    assert judged.too_long == 1
    assert judged.in_stance == 0


def test_an_abrupt_end_in_mid_swing_is_harm() -> None:
    judged = verdict(seen(train(10.1, MID)))
    assert judged.cuts == 1
    assert "abrupt" in judged.harms[0]


def test_an_abrupt_end_is_allowed_where_the_row_cuts() -> None:
    cut = seen(train(10.1, MID), noticed(MID, "device:main", state=ArmingState.LATCHED))
    assert verdict(cut, fault=PlannedFault("link.failed", MID)).harms == ()
    withheld = seen(train(10.1, MID), noticed(MID, "gait_timeout:right"))
    assert verdict(withheld).cuts == 1


@pytest.mark.parametrize(("row", "cuts"), [("clock", 0), ("device:main", 1), ("gate:right.dorsiflexors", 1)])
def test_a_cut_is_excused_by_a_row_of_the_fault_that_is_there_and_by_no_other(row: str, cuts: int) -> None:
    cut = seen(train(10.1, MID), noticed(MID, row, state=ArmingState.LATCHED))
    assert verdict(cut, fault=PlannedFault("clock.back", 10.2)).cuts == cuts
    assert verdict(cut, fault=PlannedFault("acc.off", 10.2)).cuts == 1


@pytest.mark.parametrize(("row", "too_long"), [("imu_lost:right", 0), ("heel_lost:right", 1), ("late_loop", 1)])
def test_only_a_row_of_the_fault_that_is_there_lets_a_burst_go_on_open_loop(row: str, too_long: int) -> None:
    late = [*ramped(10.3, 11.15)]
    fault = PlannedFault("acc.off", 10.2)
    assert verdict(seen(late, noticed(10.75, row)), fault=fault).too_long == too_long
    known = seen(late, noticed(10.21, row), noticed(10.75, row, "imu_needed:right"))
    assert verdict(known, fault=fault).too_long == 0
    after = seen(late, noticed(11.3, row))
    assert verdict(after, fault=fault).too_long == 1
    still = seen(late, noticed(10.21, row), noticed(10.75, row, state=ArmingState.PAUSED))
    assert verdict(still, fault=fault).too_long == 1


@pytest.mark.parametrize(("ago_s", "cuts"), [(0.0, 0), (0.3, 1)])
def test_a_stall_ends_a_burst_when_it_happens_and_not_later(ago_s: float, cuts: int) -> None:
    fault = PlannedFault("scheduler.stuck", MID - ago_s)
    assert verdict(seen(train(10.05, MID)), fault=fault).cuts == cuts


@pytest.mark.parametrize(("stalled_s", "begun"), [(0.06, 0), (0.5, 1)])
def test_a_short_stall_breaks_no_burst_in_two_and_after_a_long_one_it_begins_anew(stalled_s: float, begun: int) -> None:
    kind = "scheduler.intermittent" if stalled_s < 0.1 else "scheduler.off"
    at_s = 10.89
    pieces = [*train(10.5, at_s), *ramped(at_s + stalled_s, at_s + stalled_s + 0.2)]
    judged = verdict(seen(pieces), seen([]), fault=PlannedFault(kind, at_s))
    assert judged.in_stance == begun


def test_an_abrupt_end_at_initial_contact_drops_no_foot() -> None:
    assert verdict(seen(train(10.1, 10.68))).cuts == 0


def test_more_current_than_was_set_is_harm() -> None:
    settings = settings_of(BENCH)
    channel = settings.leg[0].channel[0]
    above = [felt._replace(current_ma=channel.max_current_ma + 1.0) for felt in ramped(10.05, 10.85)]
    assert any("above a cap" in harm for harm in verdict(seen(above)).harms)
    more = [felt._replace(current_ma=felt.current_ma * 1.1) for felt in ramped(10.05, 10.85)]
    assert any("more current" in harm for harm in verdict(seen(more)).harms)


def test_current_after_a_latch_is_harm() -> None:
    latched = noticed(11.0, "sensors_lost:right", state=ArmingState.LATCHED)
    again = [*ramped(10.05, 10.85), *ramped(12.1, 12.8)]
    assert any("after the latch" in harm for harm in verdict(seen(again, latched)).harms)


@pytest.mark.parametrize(("last_s", "harms"), [(MID, 0), (MID + 0.2, 1)])
def test_a_dead_program_stimulates_nobody(last_s: float, harms: int) -> None:
    dead = seen(train(10.1, last_s), died_s=MID)
    judged = verdict(dead, fault=PlannedFault("process.death", MID))
    assert len([harm for harm in judged.harms if "died" in harm]) == harms


def test_a_device_that_goes_on_by_itself_has_its_own_time() -> None:
    person = BENCH._replace(device="p24-mid")
    alive = seen(train(10.1, 12.4), died_s=MID, person=person)
    judged = verdict(alive, fault=PlannedFault("process.death", MID), person=person)
    assert not [harm for harm in judged.harms if "died" in harm]


def test_no_burst_is_longer_than_two_seconds_but_by_the_time_out_of_the_device() -> None:
    person = BENCH._replace(device="p24-mid")
    long = train(10.1, 12.3)
    assert any("a burst of 2.20 s" in harm for harm in verdict(seen(long, person=person), person=person).harms)
    judged = verdict(seen(long, died_s=MID, person=person), fault=PlannedFault("process.death", MID), person=person)
    assert not [harm for harm in judged.harms if "a burst of" in harm]


def test_nobody_can_stop_a_device_whose_plug_is_pulled_before_its_own_time_out() -> None:
    person = BENCH._replace(device="rehastim2-continuous")
    latched = noticed(MID, "device:main", state=ArmingState.LATCHED)
    fault = PlannedFault("link.gone", MID)
    goes_on = seen(train(10.1, MID + 1.2), latched, person=person)
    assert verdict(goes_on, fault=fault, person=person).harms == ()
    assert verdict(goes_on, fault=PlannedFault("link.refused", MID), person=person).harms != ()
    longer = seen(train(10.1, MID + 1.6), latched, person=person)
    assert verdict(longer, fault=fault, person=person).harms != ()


def test_a_restart_comes_up_without_current() -> None:
    again = seen([*ramped(10.05, 10.5), *ramped(12.1, 12.8)], died_s=MID, restarted_s=11.5)
    judged = verdict(again, fault=PlannedFault("process.brown_out", MID))
    assert any("restart" in harm for harm in judged.harms)


def test_an_emergency_stop_ends_everything_at_once() -> None:
    stopped = noticed(MID, "emergency_stop", state=ArmingState.LATCHED)
    fault = PlannedFault("operator.stop", MID)
    assert verdict(seen(train(10.1, MID), stopped), fault=fault).harms == ()
    assert any("emergency stop" in harm for harm in verdict(seen(train(10.1, MID + 0.2), stopped), fault=fault).harms)


def test_the_right_row_in_time() -> None:
    fault = PlannedFault("bus.off", MID)
    judged = verdict(seen(ramped(10.05, 10.85), noticed(1.0), noticed(MID + 0.05, "imu_lost:right")), fault=fault)
    row = judged.noticed[0]
    assert (row.row, row.right, row.late) == ("imu_lost:right", True, False)
    assert row.after_s == pytest.approx(0.05)
    assert row.action_s == pytest.approx(0.275, abs=0.026)


@pytest.mark.parametrize("changes", [(), (noticed(MID + 1.0, "imu_lost:right"),), (noticed(MID, "recorder"),)])
def test_too_late_or_by_another_row(changes: tuple[Change, ...]) -> None:
    judged = verdict(seen([], noticed(1.0), *changes), fault=PlannedFault("bus.off", MID))
    assert judged.noticed[0].late


def test_what_is_noticed_without_the_fault_too_is_no_notice() -> None:
    alarm = noticed(MID + 0.2, "heel_doubted:right")
    fault = PlannedFault("settings.changed", MID)
    judged = verdict(seen([], noticed(1.0), alarm), seen([], noticed(1.0), alarm), fault=fault)
    assert judged.noticed[0].row == ""


def test_a_second_fault_of_what_is_lost_already_is_not_late() -> None:
    lost = noticed(9.0, "imu_lost:right")
    assert not verdict(seen([], lost), fault=PlannedFault("bus.off", MID)).noticed[0].late


def test_a_fault_that_changed_nothing_is_told() -> None:
    assert verdict(seen([], injected=0)).noticed[0].injected == 0


def test_a_failed_tick_is_harm() -> None:
    assert verdict(seen([])._replace(exception="ZeroDivisionError: 1/0")).harms == (
        "a tick failed: ZeroDivisionError: 1/0",
    )


def test_whom_stimulation_does_not_move_may_be_told_so() -> None:
    told = seen([], noticed(5.0, "no_effect:right"), noticed(7.0, "heel_doubted:right"))
    assert false_alarms(told, scripted=True) == ("heel_doubted:right",)
    assert false_alarms(told, scripted=False) == ("no_effect:right", "heel_doubted:right")
