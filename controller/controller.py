"""The whole controller: one pure `step(inputs) -> Tick`.

Order inside: judge the sensors, estimate, decide the phase, plan, gate. No part knows a later one.
"""

from math import isfinite

from config.schema import Settings
from config.stages import BY_NAME
from controller.arming import Arming
from controller.channel import Commands
from controller.fault_judge import FaultJudge
from controller.gate import permission
from controller.leg_work import TEST_WITHIN_S, LegAtWork
from controller.orthosis import set_point
from controller.preflight import Preflight, clock_is_broken
from controller.signals import UNCONFIRMED, ArmingState, Inputs, LegTick, Mode, Tick
from controller.stimulation import ON_STAGES

STILL_TICKS = 3
"""A clock that stands still for so many ticks is broken."""

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ARMED, _PAUSED, _WALK = ArmingState.ARMED, ArmingState.PAUSED, Mode.WALK


class Controller:
    """One controller per leg, one arming over all. `step` keeps state from call to call and touches nothing else."""

    def __init__(self, settings: Settings) -> None:
        self.arming = Arming()
        self.judge = FaultJudge(self.arming)
        self.preflight = Preflight(self.judge)
        self.faults = self.judge.book
        self._last_s: float | None = None
        self._gap_s = 0.0
        self._still_ticks = 0
        self._pending: Settings | None = None
        self.legs: list[LegAtWork] = []
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        """Begin anew with these settings; only what the gate let out before still counts."""
        before = {channel.key: channel for work in self.legs for channel in work.channels}
        self.settings = settings
        self._orthosis = settings.orthosis
        self._stimulators = [device.id for device in settings.stimulator]
        self.legs = [LegAtWork(leg, settings) for leg in settings.leg]
        self.judge.use(settings, self.legs)
        self.preflight.use(settings, self.legs)
        self.arming.modes = BY_NAME[settings.session.stage].modes
        for work in self.legs:
            for channel in work.channels:
                if channel.key in before:
                    channel.gate.account.inherit(before[channel.key].gate.account)

    def step(self, inputs: Inputs) -> Tick:
        """Decide one tick. `inputs` is everything that can change the decision."""
        t_s, commands, preflight = inputs.t_s, inputs.commands, self.preflight
        if not self._time_runs(t_s):
            return self._stand_still(inputs)
        self.judge.news.clear()
        self._take_settings(inputs.settings)
        for work in self.legs:
            work.leg.update(inputs)
            self.judge.judge_leg(work, inputs)
        mode = self.arming.mode
        preflight.watch(inputs)
        waits = self._pending is not None
        not_ready = preflight.not_ready(inputs, self.arming, settings_wait=waits) if commands else ()
        self.arming.handle(commands, not_ready)
        if commands:
            preflight.followed(inputs, self.arming)
            self._follow_commands(t_s, mode_changed=self.arming.mode != mode)
        if self.arming.state == _PAUSED:
            self._release_all(t_s)
        self.judge.judge_loop(inputs, self._gap_s)
        self.judge.judge_devices(inputs)
        self.judge.latch_where_due(t_s)
        for work in self.legs:
            self._plan(work, t_s)
        return self._tick(inputs, self._command(t_s))

    def _time_runs(self, t_s: float) -> bool:
        self._still_ticks = self._still_ticks + 1 if t_s == self._last_s else 0
        runs = isfinite(t_s) and (self._last_s is None or t_s >= self._last_s) and self._still_ticks < STILL_TICKS
        if runs:
            self._gap_s = 0.0 if self._last_s is None else t_s - self._last_s
            self._last_s = t_s
        return runs

    def _take_settings(self, settings: Settings | None) -> None:
        """New settings take hold while disarmed, so that nothing changes under a burst; else they wait for that."""
        if settings is not None:
            self._pending = settings
        if self._pending is not None and self.arming.state == ArmingState.DISARMED:
            self._use(self._pending)
            self._pending = None

    def _stand_still(self, inputs: Inputs) -> Tick:
        """Time is broken: cut everything, and judge nothing by it."""
        last_s = 0.0 if self._last_s is None else self._last_s
        self.judge.news.clear()
        self._pending = inputs.settings or self._pending
        broken = f"tick stamped {inputs.t_s!r} s after one at {last_s!r} s"
        self.arming.handle(inputs.commands, clock_is_broken(broken))
        if self.arming.stopped:
            self.judge.raise_fault("emergency_stop", "", last_s)
        self.judge.raise_fault("clock", "", last_s, broken)
        for work in self.legs:
            work.leg.events = ()
            work.planner.cut(last_s)
        self.arming.latch()
        return self._tick(inputs, self._command(last_s))

    def _follow_commands(self, t_s: float, *, mode_changed: bool) -> None:
        if self.arming.disarmed:
            self.faults.clear_latches()
            for work in self.legs:
                work.leg.forget_habits()
        if self.arming.stopped:
            self.judge.raise_fault("emergency_stop", "", t_s)
            self.arming.latch()
        if mode_changed:
            self._release_all(t_s)
        if self.arming.test_burst_side and self.arming.test_burst_side not in [work.side for work in self.legs]:
            self.judge.news.append(f"test burst refused: there is no {self.arming.test_burst_side} leg")
        if self.arming.armed:
            # A resume has judged nothing: what withheld before the pause withholds after it.
            self.faults.clear_withholding(t_s)
        if self.arming.begun:
            for work in self.legs:
                work.begin_anew()

    def _release_all(self, t_s: float) -> None:
        for work in self.legs:
            work.planner.release(t_s)

    def _plan(self, work: LegAtWork, t_s: float) -> None:
        """End a burst whose foot has landed; begin one where the mode says so and nothing forbids it."""
        leg = work.leg
        if leg.machine.landed or (leg.grounded and self.arming.mode == _WALK):
            work.planner.land(t_s)
        if leg.machine.good_stride:
            self.faults.good_stride(leg.side, self.settings.faults.good_strides)
        steps = self.arming.mode != _WALK and any(one.steps for one in self.legs)
        if steps:
            if work.planner.stage in ON_STAGES:
                self.judge.news.append(f"{leg.side} leg: a step ended the burst")
            work.planner.release(t_s)
        test_burst, withheld = self.arming.test_burst_side == leg.side, self.judge.withheld(work)
        if test_burst and (refused := withheld or work.no_test_burst or ("another leg steps" if steps else "")):
            self.judge.news.append(f"test burst refused: {refused}")
        if leg.unconfirmed is not None and self.arming.mode == _WALK and work.planner.running:
            self.judge.news.append(f"{leg.side} leg: {UNCONFIRMED[leg.unconfirmed]}")
        if self.arming.state == _ARMED and not withheld and not steps:
            work.plan(t_s, self.arming.mode, test_burst=test_burst)
            if work.news:
                self.judge.news.append(f"{leg.side} leg: {work.news}")

    def _command(self, t_s: float) -> Commands:
        """Ask for what the envelopes say, and let the gate decide."""
        commands = Commands(self._stimulators)
        for work in self.legs:
            work.planner.update(t_s)
            leg, arming = work.leg, self.arming
            withheld = self.judge.withheld(work)
            permitted = permission(
                arming.state,
                arming.mode,
                leg.machine.phase,
                leg.contact,
                leg.lead,
                withheld,
                still=leg.still,
                test_asked=t_s - work.test_asked_s <= TEST_WITHIN_S,
            )
            for channel in work.channels:
                channel.pass_gate(t_s, work.planner, permitted, commands)
                if channel.gate.defect:
                    self.judge.raise_fault("gate", channel.key, t_s, channel.gate.defect)
                    self.arming.latch()
        if self.faults.latched:
            commands.cut()
        return commands

    def _tick(self, inputs: Inputs, commands: Commands) -> Tick:
        return Tick(
            inputs,
            self.arming.state,
            self.arming.mode,
            self.faults.active,
            (*self.judge.news, *self.arming.notes),
            tuple([self._leg_tick(work) for work in self.legs]),
            commands.asked,
            commands.allowed,
            tuple(commands.reductions),
        )

    def _leg_tick(self, work: LegAtWork) -> LegTick:
        leg = work.leg
        phase = leg.machine.phase
        armed = self.arming.state == _ARMED and self.arming.mode == _WALK
        permitted = armed and leg.lead != "none" and not self.judge.withheld(work)
        return LegTick(
            leg.side,
            leg.contact,
            leg.tilts(),
            phase,
            leg.events,
            leg.lead,
            work.planner.stage,
            work.planner.level,
            work.softened,
            set_point(self._orthosis, phase, permitted=permitted),
        )
