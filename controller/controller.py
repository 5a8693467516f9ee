"""The whole controller: one pure `step(inputs) -> Tick`.

Order inside: judge the sensors, estimate, decide the phase, plan, gate. No part knows a later one.
"""

from math import isfinite

from config.schema import Settings
from controller.arming import Arming
from controller.channel import Commands
from controller.faults import Ending, FaultBook, FaultClass, fault_of
from controller.gate import permission
from controller.lateness import LateTicks
from controller.leg import Leg
from controller.leg_work import LegAtWork
from controller.orthosis import set_point
from controller.signals import ArmingState, Inputs, LegTick, Mode, Tick

SEATED_QUIET_S = 2.0
"""In the modes of a seated person, who takes no good strides, what withholds ends after this long without a cause."""

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_DISARMED, _ARMED = ArmingState.DISARMED, ArmingState.ARMED
_PAUSED, _LATCHED, _WALK = ArmingState.PAUSED, ArmingState.LATCHED, Mode.WALK


class Controller:
    """One controller per leg, one arming over all. `step` keeps state from call to call and touches nothing else."""

    def __init__(self, settings: Settings) -> None:
        self.arming = Arming()
        self.faults = FaultBook()
        self._last_s: float | None = None
        self._gap_s = 0.0
        self._news: list[str] = []
        self._pending: Settings | None = None
        self.legs: list[LegAtWork] = []
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        """Begin anew with these settings; only what the gate let out before still counts."""
        before = {channel.key: channel for work in self.legs for channel in work.channels}
        self.settings = settings
        self._late_s, self._orthosis = settings.faults.late_s, settings.orthosis
        self._late_share = settings.faults.late_share
        self._lateness = LateTicks(settings.loop.rate_hz, settings.faults.late_window_s)
        self._stimulators = [device.id for device in settings.stimulator]
        self._sensors = {sensor.id for sensor in settings.sensor}.difference(self._stimulators)
        self.legs = [LegAtWork(leg, settings) for leg in settings.leg]
        for work in self.legs:
            for channel in work.channels:
                if channel.key in before:
                    channel.gate.account.inherit(before[channel.key].gate.account)

    def step(self, inputs: Inputs) -> Tick:
        """Decide one tick. `inputs` is everything that can change the decision."""
        t_s, commands = inputs.t_s, inputs.commands
        if not self._time_runs(t_s):
            return self._stand_still(inputs)
        self._news.clear()
        self._take_settings(inputs.settings)
        for work in self.legs:
            work.leg.update(inputs)
            self._judge_leg(work, inputs)
        mode = self.arming.mode
        self.arming.handle(commands, self._not_ready(inputs) if commands else ())
        if commands:
            self._follow_commands(t_s, mode_changed=self.arming.mode != mode)
        if self.arming.state == _PAUSED:
            self._release_all(t_s)
        self._judge_loop(inputs)
        if self.arming.state in (_ARMED, _PAUSED):
            self._judge_devices(inputs)
        self._latch_where_due(t_s)
        for work in self.legs:
            self._plan(work, t_s)
        return self._tick(inputs, self._command(t_s))

    def _time_runs(self, t_s: float) -> bool:
        runs = isfinite(t_s) and (self._last_s is None or t_s >= self._last_s)
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
        self._news.clear()
        self._pending = inputs.settings or self._pending
        self.arming.handle(inputs.commands, ("the clock is broken",))
        if self.arming.stopped:
            self._raise("emergency_stop", "", last_s)
        self._raise("clock", "", last_s, f"tick stamped {inputs.t_s!r} s after one at {last_s!r} s")
        for work in self.legs:
            work.leg.events = ()
            work.planner.cut(last_s)
        self.arming.latch()
        return self._tick(inputs, self._command(last_s))

    def _judge_loop(self, inputs: Inputs) -> None:
        loop, t_s = inputs.loop, inputs.t_s
        if loop.exception:
            self._raise("exception", "", t_s, loop.exception)
        if loop.recorder_problem:
            self._raise("recorder", "", t_s, loop.recorder_problem)
        if self._gap_s > self._late_s or loop.late_s > self._late_s:
            self._judge_gap(t_s, max(self._gap_s, loop.late_s))
        if self.arming.state in (_DISARMED, _LATCHED):
            self._lateness.forget()
        elif self._lateness.share(t_s, loop.late_s, loop.skipped) > self._late_share:
            self._end_bursts("loop_often_late", t_s, f"over {self._late_share:.1%} of the ticks")
        if self.arming.mode != _WALK:
            self.faults.clear_withholding(t_s - SEATED_QUIET_S)

    def _judge_gap(self, t_s: float, gap_s: float) -> None:
        self._raise("late_loop", "", t_s, f"{gap_s * 1000:.0f} ms")
        if gap_s > self.settings.faults.stall_s and self.arming.state in (_ARMED, _PAUSED):
            self._end_bursts("loop_stalled", t_s, f"{gap_s * 1000:.0f} ms")

    def _judge_devices(self, inputs: Inputs) -> None:
        for name, problem in self._device_problems(inputs):
            self._raise("device", name, inputs.t_s, problem)

    def _device_problems(self, inputs: Inputs) -> list[tuple[str, str]]:
        """What is wrong with stimulators and orthoses; a sensor that tells why it gave no sample is no such device."""
        problems = []
        for name, status in inputs.devices.items():
            if status.problem and name not in self._sensors:
                problems.append((name, status.problem))
        return problems

    def _judge_leg(self, work: LegAtWork, inputs: Inputs) -> None:
        """Raise and clear the faults of one leg's sensors; they matter once a person has armed."""
        leg, t_s = work.leg, inputs.t_s
        judged = self.arming.state in (_ARMED, _PAUSED)
        both = judged and leg.uses_heel and leg.uses_imu
        problems = self._sensor_problems(leg, inputs)
        why = "; ".join(problems) if problems else ""
        if problems or leg.heel_doubted or self.faults.active:
            self._hold("heel_lost", leg, t_s, why, holds=both and leg.imu_good and not leg.heel_good)
            self._hold("heel_doubted", leg, t_s, why, holds=both and leg.imu_good and leg.heel_doubted)
            self._hold("imu_lost", leg, t_s, why, holds=both and leg.heel_good and not leg.imu_good)
        if not judged:
            return
        if leg.lead == "none":
            self._end_burst(work, "sensors_lost", t_s, why)
        elif leg.imu_missed:
            self._end_burst(work, "imu_needed", t_s, why)
        if leg.machine.timed_out and self.arming.mode == _WALK:
            self._end_burst(work, "gait_timeout", t_s, leg.machine.timed_out)

    def _hold(self, name: str, leg: Leg, t_s: float, why: str, *, holds: bool) -> None:
        """Raise a fault of one leg while it holds, and clear it when it does not."""
        if holds:
            self._raise(name, leg.side, t_s, why)
        else:
            self.faults.clear(name, leg.side)

    def _sensor_problems(self, leg: Leg, inputs: Inputs) -> list[str]:
        """Why the leading sensors of a leg are not trusted, in the words of judge and driver."""
        problems = []
        for sensor, problem in leg.problems():
            status = inputs.devices.get(sensor)
            said = f" ({status.problem})" if status is not None and status.problem else ""
            problems.append(f"{sensor}: {problem}{said}")
        return problems

    def _end_burst(self, work: LegAtWork, name: str, t_s: float, detail: str = "") -> None:
        """Raise a fault of one leg and end its burst as the fault's row says; a latch waits for that end."""
        fault = fault_of(name)
        if fault.ending == Ending.OPEN_LOOP:
            work.planner.lose(t_s)
        elif fault.ending == Ending.FALL:
            work.planner.release(t_s)
        if fault.kind == FaultClass.LATCH:
            work.latches_after_burst.setdefault(name, detail)
        else:
            self._raise(name, work.side, t_s, detail)

    def _end_bursts(self, name: str, t_s: float, detail: str) -> None:
        for work in self.legs:
            self._end_burst(work, name, t_s, detail)

    def _raise(self, name: str, subject: str, t_s: float, detail: str = "") -> None:
        """Make a fault active; when it is new, what was seen is told in this tick's notes."""
        if self.faults.raise_fault(name, subject, t_s) and detail:
            self._news.append(f"{name}: {detail}")

    def _not_ready(self, inputs: Inputs) -> tuple[str, ...]:
        reasons = [reason for work in self.legs for reason in self._sensor_problems(work.leg, inputs)]
        reasons += [f"{name}: {problem}" for name, problem in self._device_problems(inputs)]
        if inputs.loop.recorder_problem:
            reasons.append(f"recorder: {inputs.loop.recorder_problem}")
        return tuple(reasons)

    def _follow_commands(self, t_s: float, *, mode_changed: bool) -> None:
        if self.arming.disarmed:
            self.faults.clear_latches()
        if self.arming.stopped:
            self._raise("emergency_stop", "", t_s)
            self.arming.latch()
        if mode_changed:
            self._release_all(t_s)
        if self.arming.test_burst_side and self.arming.test_burst_side not in [work.side for work in self.legs]:
            self._news.append(f"test burst refused: there is no {self.arming.test_burst_side} leg")
        if self.arming.begun:
            self.faults.clear_withholding(t_s)
            for work in self.legs:
                work.begin_anew()

    def _release_all(self, t_s: float) -> None:
        for work in self.legs:
            work.planner.release(t_s)

    def _latch_where_due(self, t_s: float) -> None:
        """A latching fault takes hold: at once, or where its row says so when every leg's burst has come down."""
        if self._waiting_latch():
            self._latch_after_bursts(t_s)
        if self.faults.latched:
            self.arming.latch()
        if self.arming.state in (_LATCHED, _DISARMED) or self.arming.disarmed:
            for work in self.legs:
                work.planner.cut(t_s)

    def _latch_after_bursts(self, t_s: float) -> None:
        for work in self.legs:
            if not work.latches_after_burst:
                work.planner.release(t_s)
        if any(work.planner.running for work in self.legs):
            return
        for work in self.legs:
            for name, detail in work.latches_after_burst.items():
                self._raise(name, work.side, t_s, detail)
            work.latches_after_burst.clear()

    def _plan(self, work: LegAtWork, t_s: float) -> None:
        """End a burst whose foot has landed; begin one where the mode says so and nothing forbids it."""
        leg = work.leg
        if leg.machine.landed or (leg.grounded and self.arming.mode == _WALK):
            work.planner.land(t_s)
        if leg.machine.good_stride:
            self.faults.good_stride(leg.side, self.settings.faults.good_strides)
        if self.arming.state == _ARMED and not self._withheld(work):
            work.plan(t_s, self.arming.mode, test_burst=self.arming.test_burst_side == leg.side)

    def _withheld(self, work: LegAtWork) -> str:
        """The fault that forbids a new burst of this leg; a latch that waits for a burst to end forbids all."""
        return self._waiting_latch() or self.faults.withholding(work.side)

    def _waiting_latch(self) -> str:
        for work in self.legs:
            for name in work.latches_after_burst:
                return name
        return ""

    def _command(self, t_s: float) -> Commands:
        """Ask for what the envelopes say, and let the gate decide."""
        commands = Commands(self._stimulators)
        for work in self.legs:
            work.planner.update(t_s)
            leg, arming = work.leg, self.arming
            withheld = self._withheld(work)
            permitted = permission(arming.state, arming.mode, leg.machine.phase, leg.contact, leg.lead, withheld)
            for channel in work.channels:
                channel.pass_gate(t_s, work.planner, permitted, commands)
                if channel.gate.defect:
                    self._raise("gate", channel.key, t_s, channel.gate.defect)
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
            (*self._news, *self.arming.notes),
            tuple([self._leg_tick(work) for work in self.legs]),
            commands.asked,
            commands.allowed,
            tuple(commands.reductions),
        )

    def _leg_tick(self, work: LegAtWork) -> LegTick:
        leg = work.leg
        phase = leg.machine.phase
        armed = self.arming.state == _ARMED and self.arming.mode == _WALK
        permitted = armed and leg.lead != "none" and not self._withheld(work)
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
