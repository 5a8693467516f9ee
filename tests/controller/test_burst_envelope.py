"""The envelope of a burst: its shape, and everything that ends it."""

import pytest

from config.schema import StimulationSettings
from controller.signals import BurstStage
from controller.stimulation import ON_STAGES, QUICK_FALL_SHARE, BurstPlanner

STEP_S = 1 / 256
PAUSE_S = 0.0625
SHAPE = StimulationSettings(rise_s=0.25, extension_s=0.125, fall_s=0.25, longest_burst_s=1.5, open_loop_s=0.375)


class Trace:
    """A planner that is stepped every 1/256 s from 0 s on, with its levels and stages."""

    def __init__(self, settings: StimulationSettings = SHAPE, pause_s: float = PAUSE_S) -> None:
        self.planner = BurstPlanner(settings, pause_s)
        self.ticks = 0
        self.levels: list[float] = []
        self.stages: list[BurstStage] = []

    @property
    def t_s(self) -> float:
        """The next tick."""
        return self.ticks * STEP_S

    def to(self, t_s: float) -> "Trace":
        """Update at every tick before `t_s`."""
        while self.t_s < t_s:
            self.levels.append(self.planner.update(self.t_s))
            self.stages.append(self.planner.stage)
            self.ticks += 1
        return self

    def level_at(self, t_s: float) -> float:
        return self.levels[round(t_s / STEP_S)]

    def first(self, stage: BurstStage) -> float:
        """When the stage was first seen."""
        return self.stages.index(stage) * STEP_S


def burst(delay_s: float = 0.0, peak: float = 1.0, longest_s: float | None = None) -> Trace:
    """A trace that was triggered at 0 s."""
    trace = Trace()
    trace.planner.trigger(0.0, delay_s, peak, longest_s)
    return trace


def test_nothing_happens_without_a_trigger() -> None:
    trace = Trace().to(3.0)
    assert set(trace.levels) == {0.0}
    assert set(trace.stages) == {BurstStage.IDLE}
    assert not trace.planner.running


def test_the_burst_waits_for_its_delay() -> None:
    trace = burst(delay_s=0.5).to(0.75)
    assert trace.first(BurstStage.RISE) == 0.5
    assert set(trace.stages[:128]) == {BurstStage.DELAY}
    assert max(trace.levels[:129]) == 0.0


@pytest.mark.parametrize("peak", [1.0, 0.5, 0.25])
def test_it_rises_in_a_straight_line_to_the_plateau(peak: float) -> None:
    trace = burst(peak=peak).to(0.5)
    for k in range(65):
        assert trace.levels[k] == pytest.approx(peak * k / 64)
    assert trace.first(BurstStage.PLATEAU) == 0.25
    assert set(trace.levels[64:]) == {peak}


def ahead(gap_s: float, tick_s: float = STEP_S) -> list[float]:
    """The first two levels of a burst that knows the length of a tick, triggered `gap_s` after the tick before it."""
    planner = BurstPlanner(SHAPE, PAUSE_S, tick_s=tick_s)
    planner.update(-gap_s)
    planner.trigger(0.0, 0.0)
    return [planner.update(0.0), planner.update(STEP_S)]


def test_the_first_tick_commands_what_the_ramp_reaches_by_its_end() -> None:
    assert ahead(STEP_S) == pytest.approx([1 / 64, 2 / 64])


def test_after_a_short_tick_the_first_level_is_no_more_than_its_time_allows() -> None:
    assert ahead(0.5 * STEP_S) == pytest.approx([0.5 / 64, 1.5 / 64])


def test_after_a_long_tick_the_first_level_is_that_of_a_tick() -> None:
    assert ahead(0.5) == pytest.approx([1 / 64, 2 / 64])


def test_after_initial_contact_it_keeps_its_level_for_the_extension_and_falls_in_a_straight_line() -> None:
    trace = burst().to(0.5)
    trace.planner.land(0.5)
    trace.to(1.25)
    assert trace.first(BurstStage.EXTENSION) == 0.5
    assert trace.first(BurstStage.FALL) == 0.625
    assert trace.level_at(0.625) == 1.0
    for k in range(65):
        assert trace.level_at(0.625 + k * STEP_S) == pytest.approx(1.0 - k / 64)
    assert trace.stages[round(0.875 / STEP_S)] == BurstStage.IDLE


def test_initial_contact_while_rising_keeps_the_level_that_was_reached() -> None:
    trace = burst().to(0.125 + STEP_S)
    trace.planner.land(0.125 + STEP_S)
    trace.to(1.0)
    assert max(trace.levels) == 0.5
    assert trace.first(BurstStage.FALL) == 0.25 + STEP_S


def test_initial_contact_that_is_noticed_late_shortens_the_extension() -> None:
    trace = burst().to(0.5)
    trace.planner.land(0.4375)
    assert trace.to(1.0).first(BurstStage.FALL) == 0.5625


def test_a_second_contact_does_not_lengthen_the_extension() -> None:
    trace = burst().to(0.5)
    trace.planner.land(0.5)
    trace.to(0.5625).planner.land(0.5625)
    assert trace.to(1.0).first(BurstStage.FALL) == 0.625


def test_a_release_falls_at_once() -> None:
    trace = burst().to(0.5)
    trace.planner.release(0.5)
    trace.to(1.0)
    assert trace.first(BurstStage.FALL) == 0.5
    assert trace.level_at(0.5) == 1.0
    assert trace.level_at(0.625) == 0.5
    assert trace.level_at(0.75) == 0.0


def test_a_second_release_does_not_lengthen_the_fall() -> None:
    trace = burst().to(0.5)
    trace.planner.release(0.5)
    trace.to(0.625).planner.release(0.625)
    assert trace.to(1.0).level_at(0.75) == 0.0


def test_a_lost_sensor_holds_the_level_and_ends_within_the_open_loop() -> None:
    trace = burst().to(0.5)
    trace.planner.lose(0.5)
    trace.to(1.0)
    assert trace.first(BurstStage.FALL) == 0.625
    assert trace.level_at(0.625) == 1.0
    assert trace.level_at(0.75) == 0.5
    assert trace.level_at(0.875) == 0.0


def test_a_sensor_lost_while_rising_stops_the_rise() -> None:
    trace = burst().to(0.125 + STEP_S)
    trace.planner.lose(0.125 + STEP_S)
    assert max(trace.to(1.0).levels) == 0.5


def test_a_sensor_that_stays_lost_does_not_lengthen_the_open_loop() -> None:
    trace = burst().to(0.5)
    while trace.t_s < 0.875:
        trace.planner.lose(trace.t_s)
        trace.to(trace.t_s + STEP_S)
    assert trace.to(1.0).level_at(0.875) == 0.0


def test_of_two_losses_the_earlier_end_counts() -> None:
    trace = burst().to(0.5)
    trace.planner.lose(0.5)
    trace.planner.lose(0.375)
    trace.planner.lose(0.5)
    trace.to(1.0)
    assert trace.level_at(0.75 - STEP_S) > 0.0
    assert trace.level_at(0.75) == 0.0


@pytest.mark.parametrize("stage", ["rise", "plateau", "extension", "fall"])
def test_a_burst_whose_open_loop_passed_unseen_is_over(stage: str) -> None:
    trace = burst().to(0.125 if stage == "rise" else 0.5)
    if stage == "extension":
        trace.planner.land(0.5)
    elif stage == "fall":
        trace.planner.release(0.5)
    gone_s = trace.to(trace.t_s + STEP_S).t_s - STEP_S
    trace.planner.lose(gone_s + SHAPE.open_loop_s)
    trace.planner.lose(gone_s)
    assert trace.planner.update(gone_s + SHAPE.open_loop_s) == 0.0
    assert not trace.planner.running


@pytest.mark.parametrize("ends", ["by itself", "cut"])
def test_the_burst_after_an_open_loop_is_whole_and_may_lose_its_sensor_again(ends: str) -> None:
    trace = burst().to(0.5)
    trace.planner.lose(0.5)
    if ends == "cut":
        trace.planner.cut(0.5)
    trace.to(1.0).planner.trigger(1.0, 0.0)
    assert trace.to(2.0).level_at(1.75) == 1.0
    trace.planner.lose(2.0)
    trace.to(3.0)
    assert trace.level_at(2.25) == 0.5
    assert trace.level_at(2.375) == 0.0


def test_a_release_after_late_ticks_keeps_the_longest_burst() -> None:
    trace = burst().to(1.125)
    trace.planner.release(1.375)
    assert trace.planner.update(1.375) == 1.0
    assert trace.planner.update(1.4375) == 0.5
    assert trace.planner.update(1.5) == 0.0


def test_initial_contact_may_end_an_open_loop_earlier() -> None:
    trace = burst().to(0.5)
    trace.planner.lose(0.5)
    trace.planner.land(0.5)
    assert trace.to(1.0).first(BurstStage.FALL) == 0.625


def test_a_short_open_loop_shortens_the_fall() -> None:
    trace = Trace(SHAPE.model_copy(update={"open_loop_s": 0.125}))
    trace.planner.trigger(0.0, 0.0)
    trace.to(0.5).planner.lose(0.5)
    trace.to(1.0)
    assert trace.level_at(0.5625) == 0.5
    assert trace.level_at(0.625) == 0.0


def test_a_sensor_lost_while_falling_keeps_the_open_loop_too() -> None:
    trace = Trace(SHAPE.model_copy(update={"open_loop_s": 0.125}))
    trace.planner.trigger(0.0, 0.0)
    trace.to(0.5).planner.release(0.5)
    trace.to(0.5625).planner.lose(0.5625)
    trace.to(1.0)
    assert trace.level_at(0.6875 - STEP_S) > 0.0
    assert trace.level_at(0.6875) == 0.0


def test_without_open_loop_a_lost_sensor_ends_the_burst_at_once() -> None:
    trace = Trace(SHAPE.model_copy(update={"open_loop_s": 0.0}))
    trace.planner.trigger(0.0, 0.0)
    trace.to(0.5).planner.lose(0.5)
    assert trace.to(1.0).level_at(0.5) == 0.0


@pytest.mark.parametrize("after_s", [0.0, 0.125, 0.5, 1.375])
def test_a_cut_is_zero_at_once(after_s: float) -> None:
    trace = burst().to(after_s)
    trace.planner.cut(after_s)
    assert (trace.planner.level, trace.planner.stage) == (0.0, BurstStage.IDLE)
    assert set(trace.to(after_s + 3.0).levels[round(after_s / STEP_S) :]) == {0.0}


def test_a_burst_that_nothing_ends_falls_in_time_for_the_longest_burst() -> None:
    trace = burst(delay_s=0.25).to(3.0)
    assert trace.first(BurstStage.FALL) == 0.25 + 1.25
    assert trace.level_at(1.5 - STEP_S) == 1.0
    assert trace.level_at(1.625) == 0.5
    assert trace.level_at(1.75) == 0.0


def test_a_burst_may_be_given_a_shorter_length() -> None:
    trace = burst(longest_s=1.0).to(2.0)
    assert trace.first(BurstStage.FALL) == 0.75
    assert trace.level_at(1.0) == 0.0
    trace.planner.trigger(2.0, 0.0)
    assert trace.to(5.0).level_at(2.0 + 1.25) == 1.0


@pytest.mark.parametrize("ends", ["land", "release", "lose", "cut"])
def test_a_burst_that_has_not_begun_is_dropped(ends: str) -> None:
    trace = burst(delay_s=0.5).to(0.25)
    if ends == "land":
        trace.planner.land(0.25)
    elif ends == "release":
        trace.planner.release(0.25)
    elif ends == "lose":
        trace.planner.lose(0.25)
    else:
        trace.planner.cut(0.25)
    assert set(trace.to(3.0).levels) == {0.0}


@pytest.mark.parametrize("ends", ["land", "release", "lose"])
def test_ending_what_is_not_there_changes_nothing(ends: str) -> None:
    trace = Trace()
    getattr(trace.planner, ends)(0.0)
    assert set(trace.to(1.0).stages) == {BurstStage.IDLE}
    trace.planner.trigger(1.0, 0.0)
    assert trace.to(2.0).level_at(1.75) == 1.0


def test_a_trigger_during_a_burst_is_not_a_second_burst() -> None:
    trace = burst().to(0.5)
    trace.planner.trigger(0.5, 0.0, 0.3)
    trace.to(4.0)
    assert trace.level_at(1.0) == 1.0
    assert set(trace.levels[round(1.5 / STEP_S) :]) == {0.0}


def test_a_trigger_while_falling_starts_the_next_burst_after_the_pause() -> None:
    trace = burst().to(0.5)
    trace.planner.release(0.5)
    trace.to(0.625).planner.trigger(0.625, 0.0, 0.5)
    trace.to(2.0)
    assert trace.level_at(0.6875) == 0.25
    assert trace.level_at(0.75) == 0.0
    second_s = 0.75 + PAUSE_S
    assert trace.stages[round(second_s / STEP_S) - 1] == BurstStage.DELAY
    assert trace.stages[round(second_s / STEP_S)] == BurstStage.RISE
    assert max(trace.levels[round(second_s / STEP_S) :]) == 0.5


def test_initial_contact_while_falling_drops_the_next_burst() -> None:
    trace = burst().to(0.5)
    trace.planner.release(0.5)
    trace.to(0.625).planner.trigger(0.625, 0.25)
    trace.planner.land(0.6875)
    assert set(trace.to(3.0).levels[round(0.75 / STEP_S) :]) == {0.0}


def test_a_cut_counts_as_the_end_that_the_pause_is_measured_from() -> None:
    trace = burst().to(0.5)
    trace.planner.cut(0.5)
    trace.planner.trigger(0.5, 0.0)
    trace.to(1.0)
    assert trace.stages[round((0.5 + PAUSE_S) / STEP_S) - 1] == BurstStage.DELAY
    assert trace.stages[round((0.5 + PAUSE_S) / STEP_S)] == BurstStage.RISE


def test_after_a_gap_past_its_end_the_burst_is_over() -> None:
    trace = burst().to(0.5)
    assert trace.planner.update(2.0) == 0.0
    assert not trace.planner.running


def test_the_stages_of_a_trigger_device_leave_the_fall_to_the_device() -> None:
    assert set(ON_STAGES) == {BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION}


def test_a_release_after_the_sensor_was_lost_keeps_the_end_of_the_open_loop() -> None:
    plan = StimulationSettings(rise_s=0.02, fall_s=0.3, extension_s=0.0, longest_burst_s=2.0, open_loop_s=0.3)
    planner = BurstPlanner(plan, 0.0)
    planner.trigger(0.0, 0.0)
    for k in range(20):
        planner.update(k * 0.01)
    planner.lose(0.2)
    planner.release(0.21)
    assert planner.update(0.21) > 0.0
    assert planner.update(0.499) > 0.0
    assert planner.update(0.5) == 0.0


def test_a_sensor_lost_in_the_fall_does_not_make_it_steeper() -> None:
    plan = StimulationSettings(rise_s=0.02, fall_s=0.2, longest_burst_s=2.0, open_loop_s=0.4)
    planner = BurstPlanner(plan, 0.0)
    planner.trigger(0.0, 0.0)
    for k in range(50):
        planner.update(k * 0.01)
    planner.release(0.5)
    planner.update(0.5)
    planner.lose(0.55)
    assert planner.update(0.6) == pytest.approx(0.5)


def test_a_burst_that_waits_begins_when_the_foot_is_off() -> None:
    trace = burst(delay_s=0.5).to(0.25)
    trace.planner.hasten(0.25)
    trace.to(0.75)
    assert trace.first(BurstStage.RISE) == 0.25
    assert not Trace().to(0.25).planner.running


@pytest.mark.parametrize(("told_late_s", "over_s"), [(0.0, 0.375), (0.0625, 0.375), (0.25, 0.375), (0.5, 0.875)])
def test_the_tail_counts_from_the_contact_unless_that_is_another_one(told_late_s: float, over_s: float) -> None:
    contact_s = 0.5
    trace = Trace()
    trace.planner = BurstPlanner(SHAPE, PAUSE_S, lambda: contact_s)
    trace.planner.trigger(0.0, 0.0)
    trace.to(contact_s + told_late_s)
    trace.planner.land(contact_s + told_late_s)
    trace.to(1.5)
    ended_s = max(k for k, level in enumerate(trace.levels) if level > 0.0) * STEP_S
    assert ended_s == pytest.approx(contact_s + over_s, abs=2.0 * STEP_S)


@pytest.mark.parametrize("gap_s", [0.15625, 0.25, 0.40625])
def test_an_extension_does_not_resume_after_a_stall(gap_s: float) -> None:
    planner = BurstPlanner(SHAPE, PAUSE_S, stall_s=0.15)
    planner.trigger(0.0, 0.0)
    for k in range(192):
        planner.update(k * STEP_S)
    planner.land(0.75)
    planner.update(0.75)
    # The extension ends at 0.875 s, the ramp at 1.125 s: after the gap the level is where it would have been.
    left = max(0.0, min(1.0, (1.125 - 0.75 - gap_s) / 0.25))
    assert planner.update(0.75 + gap_s) == pytest.approx(left)
    assert planner.running == (left > 0.0)


def test_a_short_gap_in_an_extension_still_ends_in_a_ramp() -> None:
    planner = BurstPlanner(SHAPE, PAUSE_S, stall_s=0.5)
    planner.trigger(0.0, 0.0)
    for k in range(192):
        planner.update(k * STEP_S)
    planner.land(0.75)
    planner.update(0.75)
    assert planner.update(1.125) == 1.0
    assert planner.update(1.125 + QUICK_FALL_SHARE * 0.25 / 2.0) == pytest.approx(0.5)
