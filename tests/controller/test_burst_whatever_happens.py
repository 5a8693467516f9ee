"""What holds for the envelope whatever triggers and ends it, on whatever ticks."""

from collections.abc import Callable
from math import isfinite

from hypothesis import settings as run_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from config.schema import StimulationSettings
from controller.signals import BurstStage
from controller.stimulation import BurstPlanner

DT_S = st.floats(0.001, 0.05)


class AnyBurst(RuleBasedStateMachine):
    """Arbitrary triggers, endings and tick lengths. An open loop is at least one falling ramp long here."""

    @initialize(
        rise_s=st.sampled_from([0.02, 0.1, 0.3]),
        fall_s=st.sampled_from([0.1, 0.2, 0.3]),
        extension_s=st.sampled_from([0.0, 0.15]),
        longest_s=st.sampled_from([0.6, 1.6, 2.0]),
        open_loop_s=st.sampled_from([0.3, 0.4]),
        pause_s=st.sampled_from([0.0, 0.05, 0.5]),
        tick_s=st.sampled_from([0.0, 0.005, 0.02]),
    )
    def begin(
        self,
        rise_s: float,
        fall_s: float,
        extension_s: float,
        longest_s: float,
        open_loop_s: float,
        pause_s: float,
        tick_s: float,
    ) -> None:
        self.settings = StimulationSettings(
            rise_s=rise_s, fall_s=fall_s, extension_s=extension_s, longest_burst_s=longest_s, open_loop_s=open_loop_s
        )
        self.pause_s = pause_s
        self.tick_s = tick_s
        self.planner = BurstPlanner(self.settings, pause_s, tick_s=tick_s)
        self.t_s = 0.0
        self.level = 0.0
        self.began_s: float | None = None
        self.ended_s = -1e9
        self.lost_s: float | None = None
        self.falling = False
        self.gapped = False
        self.longest_s = longest_s
        self.cutting = False

    @rule(
        dt_s=DT_S,
        delay_s=st.sampled_from([0.0, 0.05, 0.5]),
        peak=st.sampled_from([0.25, 0.5, 1.0]),
        short=st.booleans(),
    )
    def trigger(self, dt_s: float, delay_s: float, peak: float, short: bool) -> None:
        self.advance(dt_s, lambda t_s: self.planner.trigger(t_s, delay_s, peak, 0.6 if short else None))

    @rule(dt_s=DT_S, late_s=st.sampled_from([0.0, 0.01, 0.1]))
    def land(self, dt_s: float, late_s: float) -> None:
        self.advance(dt_s, lambda t_s: self.planner.land(t_s - late_s))

    @rule(dt_s=DT_S)
    def release(self, dt_s: float) -> None:
        self.falling = self.falling or self.planner.running
        self.advance(dt_s, self.planner.release)

    @rule(dt_s=DT_S)
    def lose(self, dt_s: float) -> None:
        if self.lost_s is None and self.planner.running:
            self.lost_s = self.t_s + dt_s
        self.advance(dt_s, self.planner.lose)

    @rule(dt_s=DT_S)
    def cut(self, dt_s: float) -> None:
        self.t_s += dt_s
        running = self.planner.running
        self.planner.cut(self.t_s)
        assert self.planner.level == 0.0
        assert not self.planner.running
        if running:
            self.over()

    @rule(dt_s=DT_S, count=st.integers(1, 30))
    def tick(self, dt_s: float, count: int) -> None:
        for _ in range(count):
            self.advance(dt_s)

    @precondition(lambda self: self.planner.running)
    @rule(dt_s=st.floats(0.05, 3.0))
    def gap(self, dt_s: float) -> None:
        self.gapped = True
        self.advance(dt_s)

    def over(self) -> None:
        self.began_s = self.lost_s = None
        self.falling = self.gapped = False
        self.ended_s = self.t_s
        self.level = 0.0

    def advance(self, dt_s: float, act: Callable[[float], None] | None = None) -> None:
        """One tick as the controller makes it: what happens comes first, then the envelope moves on."""
        before, was_running = self.level, self.planner.running
        self.t_s += dt_s
        if act is not None:
            act(self.t_s)
        level = self.planner.update(self.t_s)
        assert isfinite(level)
        assert 0.0 <= level <= self.planner.peak <= 1.0
        if self.planner.running and not was_running:
            assert self.t_s - self.ended_s >= self.pause_s
            assert level <= self.planner.peak * min(dt_s, self.tick_s) / self.settings.rise_s + 1e-9
            self.began_s = self.t_s
        if self.began_s is None:
            assert level == 0.0
            return
        assert level - before <= self.planner.peak * dt_s / self.settings.rise_s + 1e-9
        if self.falling or self.lost_s is not None:
            assert level <= before
        if not self.gapped:
            shortest_fall_s = min(self.settings.fall_s - 0.05, 0.5 * self.settings.fall_s)
            assert before - level <= self.planner.peak * dt_s / shortest_fall_s + 1e-9
        if self.planner.stage == BurstStage.FALL:
            self.falling = True
        if self.planner.running:
            assert self.t_s - self.began_s < self.settings.longest_burst_s
            assert self.lost_s is None or self.t_s - self.lost_s < self.settings.open_loop_s
            self.level = level
        else:
            assert level == 0.0
            self.over()

    @invariant()
    def an_idle_planner_gives_nothing(self) -> None:
        if hasattr(self, "planner") and not self.planner.running:
            assert self.planner.level == 0.0

    def teardown(self) -> None:
        """Left alone, every state ends at zero."""
        if not hasattr(self, "planner"):
            return
        left_s = self.t_s
        while self.t_s - left_s < 0.5 + self.pause_s + 2 * self.settings.longest_burst_s + 0.1:
            self.advance(0.02)
        assert self.planner.stage == BurstStage.IDLE
        assert self.planner.level == 0.0


TestAnyBurst = AnyBurst.TestCase
TestAnyBurst.settings = run_settings(max_examples=60, stateful_step_count=40, deadline=None)
