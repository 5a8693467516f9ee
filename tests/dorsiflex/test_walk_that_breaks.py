"""A walk of the campaign goes on whatever breaks in it."""

from math import inf

import pytest

from controller.signals import ArmingState, CommandKind
from dorsiflex.faults.draw import WALK, Person
from dorsiflex.faults.hand import Hand
from dorsiflex.faults.oracle import judge
from dorsiflex.faults.seen import new_windows
from dorsiflex.faults.walk import Walking, stronger
from dorsiflex.walk_judgement import Window
from simulator.faults.plan import PlannedFault

TRIGGER = Person("classic", 7, WALK, 0.9, "trigger", "both", "supervised", "shank")


def test_a_program_that_cannot_open_its_device_after_a_brown_out_ends_without_current() -> None:
    walking = Walking(TRIGGER)
    walking.end_s = 16.0
    walking.plan((PlannedFault("link.failed", 9.0, inf, "1"), PlannedFault("process.brown_out", 10.0, inf, "2")))
    seen = walking.run()
    assert all(seen.injected)
    assert seen.felt
    assert max(pulse.t_s for pulse in seen.felt) < 10.0
    assert seen.restarted_s < 14.0
    assert walking.bench.clock.now() >= 16.0


def hand_of(seed: str) -> tuple[Hand, list[CommandKind]]:
    posted: list[CommandKind] = []
    return Hand(PlannedFault("settings.changed", 1.0, inf, seed), lambda one: posted.append(one.kind)), posted


def a_seed(does: str) -> str:
    return next(str(k) for k in range(100) if hand_of(str(k))[0].does == does)


def test_the_operator_lets_new_settings_in_by_a_disarm_and_arms_until_it_is_done() -> None:
    hand, posted = hand_of(a_seed("disarms"))
    times_s = [0.01 * k for k in range(1500)]
    for t_s in times_s:
        refused = posted.count(CommandKind.ARM) < 3
        state = ArmingState.ARMED if not posted or not refused else ArmingState.DISARMED
        hand.before(t_s, state)
    assert posted == [CommandKind.DISARM, CommandKind.ARM, CommandKind.ARM, CommandKind.ARM]
    assert 1.5 <= hand.disarmed_s <= 5.01
    assert hand.armed_s > hand.disarmed_s + 4.5
    hand, posted = hand_of(a_seed("pauses"))
    for t_s in times_s:
        hand.before(t_s, ArmingState.PAUSED if posted == [CommandKind.PAUSE] else ArmingState.ARMED)
    assert posted == [CommandKind.PAUSE, CommandKind.RESUME]
    assert hand.disarmed_s == inf


@pytest.mark.parametrize("state", [ArmingState.LATCHED, ArmingState.DISARMED])
def test_the_operator_acknowledges_no_latch(state: ArmingState) -> None:
    for k in range(20):
        hand, posted = hand_of(str(k))
        for t_s in range(20):
            hand.before(float(t_s), state)
        assert posted == []


def test_new_settings_are_really_used_after_a_disarm_and_judged_by_their_own_caps() -> None:
    person = Person("classic", 4, WALK, 0.9, "bench", "heel", "supervised", "shank")
    walking = Walking(person)
    walking.end_s = 17.0
    fault = PlannedFault("settings.changed", 6.0, inf, a_seed("disarms"))
    walking.plan((fault,))
    seen = walking.run()
    assert seen.injected == (2,)
    ma = stronger(walking.settings).leg[0].channel[0].current_ma
    assert ma > walking.settings.leg[0].channel[0].current_ma
    assert max(pulse.current_ma for pulse in seen.felt if pulse.t_s < seen.let_in_s) < ma - 1.0
    assert max(pulse.current_ma for pulse in seen.felt if pulse.t_s > seen.let_in_s) == pytest.approx(ma, rel=0.02)
    assert judge(person, (fault,), seen, seen).harms == ()
    old = judge(person, (fault,), seen._replace(let_in_s=inf), seen).harms
    assert [harm for harm in old if "more current than was set" in harm]


def test_a_window_of_the_new_settings_that_began_before_they_came_counts_from_then_on() -> None:
    before = [Window(1.0, 2.0), Window(3.0, 4.0), Window(5.0, 6.0)]
    assert new_windows(before, [Window(1.0, 4.4), Window(5.0, 6.4)], 3.5) == [
        Window(1.0, 2.0), Window(3.0, 4.0), Window(3.5, 4.4), Window(5.0, 6.4),
    ]  # fmt: skip
