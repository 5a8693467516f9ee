"""What is wrong, and what follows: raises and clears the faults, and ends the bursts as their rows say."""

from config.schema import Settings
from controller.arming import Arming
from controller.fault_book import FaultBook
from controller.faults import Ending, FaultClass, fault_of
from controller.lateness import LateTicks
from controller.leg import Leg
from controller.leg_work import LegAtWork
from controller.signals import NEVER_S, ArmingState, Inputs, Mode

SEATED_QUIET_S = 2.0
"""In the modes of a seated person, who takes no good strides, what withholds ends after this long without a cause."""

ENABLE_WORD = "(enable)"
"""Stands in what a driver says of its enable line."""

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_DISARMED, _ARMED = ArmingState.DISARMED, ArmingState.ARMED
_PAUSED, _LATCHED, _WALK = ArmingState.PAUSED, ArmingState.LATCHED, Mode.WALK


class FaultJudge:
    """Judges legs, loop and devices of one controller, tick by tick.

    `book` holds the faults that are active, `news` what was seen in this tick of those that are new, `late_at_s` when
    the loop was late last.
    """

    def __init__(self, arming: Arming) -> None:
        self.arming = arming
        self.book = FaultBook()
        self.news: list[str] = []
        self.late_at_s = NEVER_S

    def use(self, settings: Settings, legs: list[LegAtWork]) -> None:
        """Begin anew with these settings and legs; the faults that are active stay."""
        self.legs = legs
        self._settings = settings.faults
        self._late_s, self._late_share = settings.faults.late_s, settings.faults.late_share
        self._lateness = LateTicks(settings.loop.rate_hz, settings.faults.late_window_s)
        self._stimulators = {device.id for device in settings.stimulator}
        self._sensors = {sensor.id for sensor in settings.sensor}.difference(self._stimulators)

    def raise_fault(self, name: str, subject: str, t_s: float, detail: str = "") -> None:
        """Make a fault active; when it is new, what was seen is told in this tick's notes."""
        if self.book.raise_fault(name, subject, t_s) and detail:
            self.news.append(f"{name}: {detail}")

    def judge_leg(self, work: LegAtWork, inputs: Inputs) -> None:
        """Raise and clear the faults of one leg's sensors; they matter once a person has armed."""
        leg, t_s = work.leg, inputs.t_s
        judged = self.arming.state in (_ARMED, _PAUSED)
        both = judged and leg.uses_heel and leg.uses_imu
        if self.arming.state == _ARMED and self.arming.mode == _WALK:
            work.watch_effect(t_s)
        problems = self._sensor_problems(leg, inputs)
        why = "; ".join(problems) if problems else ""
        lasting = leg.heel_doubted or leg.imu_doubted or leg.imu_slipped or work.effect.missing
        if problems or lasting or self.book.active:
            self._hold("heel_lost", leg, t_s, why, holds=both and leg.imu_good and not leg.heel_good)
            self._hold("heel_doubted", leg, t_s, why, holds=both and leg.imu_good and leg.heel_doubted)
            self._hold("imu_lost", leg, t_s, why, holds=both and leg.heel_good and not leg.imu_good)
            self._hold("imu_doubted", leg, t_s, why, holds=both and leg.heel_good and leg.imu_doubted)
            self._hold("imu_slipped", leg, t_s, "", holds=judged and leg.imu_slipped)
            self._hold("no_effect", leg, t_s, "", holds=judged and work.effect.missing)
        if not judged:
            return
        if leg.lead == "none":
            self.end_burst(work, "sensors_lost", t_s, why)
        elif leg.imu_missed:
            self.end_burst(work, "imu_needed", t_s, why)
        if leg.imu_reversed and self.arming.mode == _WALK:
            self.raise_fault("imu_reversed", leg.side, t_s)
        if leg.machine.timed_out and self.arming.mode == _WALK:
            self.end_burst(work, "gait_timeout", t_s, leg.machine.timed_out)

    def judge_loop(self, inputs: Inputs, gap_s: float) -> None:
        """Raise what the loop tells of itself; `gap_s` lies between this tick and the one before."""
        loop, t_s = inputs.loop, inputs.t_s
        if loop.exception:
            self.raise_fault("exception", "", t_s, loop.exception)
        if loop.guard_problem:
            self.raise_fault("guard", "", t_s, loop.guard_problem)
        if loop.recorder_problem:
            self.raise_fault("recorder", "", t_s, loop.recorder_problem)
        if gap_s > self._late_s or loop.late_s > self._late_s:
            self._judge_gap(t_s, max(gap_s, loop.late_s))
        if self.arming.state in (_DISARMED, _LATCHED):
            self._lateness.forget()
        elif self._lateness.share(t_s, loop.late_s, loop.skipped) > self._late_share:
            self._end_bursts("loop_often_late", t_s, f"over {self._late_share:.1%} of the ticks")
        if self.arming.mode != _WALK:
            self.book.clear_withholding(t_s - SEATED_QUIET_S)

    def judge_devices(self, inputs: Inputs) -> None:
        """Raise what the stimulators and orthoses tell, once a person has armed."""
        if self.arming.state in (_ARMED, _PAUSED):
            for name, problem in self._device_problems(inputs):
                self.raise_fault("device", name, inputs.t_s, problem)

    def sensor_problems(self, inputs: Inputs) -> list[str]:
        """Why the leading sensors of all legs are not trusted, in words: reasons against arming."""
        return [reason for work in self.legs for reason in self._sensor_problems(work.leg, inputs)]

    def device_problems(self, inputs: Inputs) -> tuple[list[str], list[str]]:
        """What is wrong with stimulators and orthoses, and with enable lines: reasons against arming."""
        words = [f"{name}: {problem}" for name, problem in self._device_problems(inputs)]
        enables = [word for word in words if ENABLE_WORD in word]
        return [word for word in words if ENABLE_WORD not in word], enables

    def withheld(self, work: LegAtWork) -> str:
        """The fault that forbids a new burst of this leg; a latch that waits for a burst to end forbids all."""
        return self._waiting_latch() or self.book.withholding(work.side)

    def latch_where_due(self, t_s: float) -> None:
        """A latching fault takes hold: at once, or where its row says so when every leg's burst has come down."""
        if self._waiting_latch():
            self._latch_after_bursts(t_s)
        if self.book.latched:
            self.arming.latch()
        if self.arming.state in (_LATCHED, _DISARMED) or self.arming.disarmed:
            for work in self.legs:
                work.planner.cut(t_s)

    def _judge_gap(self, t_s: float, gap_s: float) -> None:
        self.late_at_s = t_s
        self.raise_fault("late_loop", "", t_s, f"{gap_s * 1000:.0f} ms")
        if gap_s > self._settings.stall_s and self.arming.state in (_ARMED, _PAUSED):
            self._end_bursts("loop_stalled", t_s, f"{gap_s * 1000:.0f} ms")
            for work in self.legs:
                # Nobody has watched the leg since the tick before: its open loop counts from there.
                work.planner.lose(t_s - gap_s)

    def _device_problems(self, inputs: Inputs) -> list[tuple[str, str]]:
        """What is wrong with stimulators and orthoses; a sensor that tells why it gave no sample is no such device.

        Where any device tells of itself, every stimulator of the settings has to. None does in a replay of readings
        alone (CSV), where none is connected.
        """
        problems = []
        if inputs.devices and not inputs.devices.keys() >= self._stimulators:
            problems += [(name, "nothing is known of it") for name in sorted(self._stimulators - inputs.devices.keys())]
        for name, status in inputs.devices.items():
            if status.problem and name not in self._sensors:
                problems.append((name, status.problem))
        return problems

    def _hold(self, name: str, leg: Leg, t_s: float, why: str, *, holds: bool) -> None:
        """Raise a fault of one leg while it holds, and clear it when it does not."""
        if holds:
            self.raise_fault(name, leg.side, t_s, why)
        else:
            self.book.clear(name, leg.side)

    def _sensor_problems(self, leg: Leg, inputs: Inputs) -> list[str]:
        """Why the leading sensors of a leg are not trusted, in the words of judge and driver."""
        problems = []
        for sensor, problem in leg.problems():
            status = inputs.devices.get(sensor)
            said = f" ({status.problem})" if status is not None and status.problem else ""
            problems.append(f"{sensor}: {problem}{said}")
        return problems

    def end_burst(self, work: LegAtWork, name: str, t_s: float, detail: str = "") -> None:
        """Raise a fault of one leg and end its burst as the fault's row says; a latch waits for that end."""
        fault = fault_of(name)
        if fault.ending == Ending.OPEN_LOOP:
            work.planner.lose(t_s)
        elif fault.ending == Ending.FALL:
            work.planner.release(t_s)
        if fault.kind == FaultClass.LATCH:
            work.latches_after_burst.setdefault(name, detail)
        else:
            self.raise_fault(name, work.side, t_s, detail)

    def _end_bursts(self, name: str, t_s: float, detail: str) -> None:
        for work in self.legs:
            self.end_burst(work, name, t_s, detail)

    def _latch_after_bursts(self, t_s: float) -> None:
        for work in self.legs:
            if not work.latches_after_burst:
                work.planner.release(t_s)
        if any(work.planner.running for work in self.legs):
            return
        for work in self.legs:
            for name, detail in work.latches_after_burst.items():
                self.raise_fault(name, work.side, t_s, detail)
            work.latches_after_burst.clear()

    def _waiting_latch(self) -> str:
        for work in self.legs:
            for name in work.latches_after_burst:
                return name
        return ""
