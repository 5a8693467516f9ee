"""One walking leg: the published curves, an ankle that is only as strong as its muscles, and what truly happened."""

from math import cos, inf, pi
from random import Random
from typing import Literal, NamedTuple

from controller.signals import EventKind
from simulator.cadence import BLEND_CYCLES, GaitStep, stop_cycle, walking_share
from simulator.compensation import Compensation
from simulator.foot import CURVE, FREE, LOWERING, Foot
from simulator.gait_tables import GaitTables, at, gait_curves, gait_tables
from simulator.heading import Heading
from simulator.muscle import make_muscle
from simulator.patients import Patient
from simulator.stride_tables import stride_tables
from simulator.swing_log import SwingLog
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, Loading, Swing, TrueEvent, WantedBurst, ic_type
from simulator.voluntary import voluntary_activation

STANDING_LOAD = 0.5
STANDING_HEEL_LOAD = 0.3
"""Under each foot and each heel of a standing person, in body weights [K]."""

POSTURE_SHARE = 0.15
"""The electrode slides over the nerve with the leg's posture: the rheobase is up to this much higher around foot off
and lower around initial contact, the same as at rest in the middle of the swing [K]."""

_GRAVITY_M_S2 = 9.81
_HEEL_REACHES_DEG = 6.0


class Impact(NamedTuple):
    """A blow to the leg: when (s), and how hard as amplitude of the shank's rate (deg/s), ringing at (Hz)."""

    t_s: float
    rate_deg_s: float
    ringing_hz: float


class Leg:
    """A leg of one person; `start`, `stop` and `advance` are called on the person's time grid, the rest reads.

    `pace_m_s` is the speed of the next stride, `lift` the steppage (deg) and hip hike (mm) of this one;
    `shorter_stance` makes this leg's stance shorter by a share of the cycle and its swing longer.
    """

    def __init__(
        self,
        patient: Patient,
        mass_kg: float,
        seed: str,
        step_s: float = 0.001,
        shorter_stance: float = 0.0,
        muscle_model: Literal["hill", "ding"] = "hill",
    ) -> None:
        self.muscle = make_muscle(patient, muscle_model)
        self.compensation = Compensation(patient)
        self.heading = Heading()
        self.pace_m_s = 1.0
        self.events: list[TrueEvent] = []
        self.swings: list[Swing] = []
        self.loadings: list[Loading] = []
        self.wanted: list[WantedBurst] = []
        self.impacts: tuple[Impact, ...] = ()
        self.share = self.frequency_hz = 0.0
        self.walking = self.walking_slope = 0.0
        self.foot = Foot(patient, self.muscle, mass_kg, step_s)
        self.in_swing = False
        self._patient = patient
        self._healthy = patient.healthy
        self._weight_n = mass_kg * _GRAVITY_M_S2
        self._random = Random(seed)
        self._shorter_stance = shorter_stance
        self._curves = gait_curves(self.pace_m_s, shorter_stance)
        self.tables: GaitTables = gait_tables(self.pace_m_s, shorter_stance)
        self._start_cycle = self._stop_cycle = inf
        self._blended_cycle = inf
        self._next_event = EventKind.HO
        self._next_event_cycle = inf
        self._step_s = step_s
        self._contact_s = self._foot_off_s = 0.0
        self._heel_share = 1.0
        self.lift = (0.0, 0.0)
        self._first = True
        self._whole_steps = 0
        self._blended_s = 0.0
        self._voluntary = voluntary_activation(patient, 0.0)

    def start(self, start_cycle: float) -> None:
        """Walk from this count of cycles on, at `pace_m_s`."""
        self._start_cycle, self._stop_cycle = start_cycle, inf
        self._blended_cycle = start_cycle + BLEND_CYCLES
        self._curves = gait_curves(self.pace_m_s, self._shorter_stance)
        self.tables = gait_tables(self.pace_m_s, self._shorter_stance)
        self.lift = (0.0, 0.0)
        self._first = True
        self._expect(EventKind.HO, start_cycle // 1.0 + self.tables.heel_off_share)

    def stop(self, cycles: float) -> None:
        """Stand still at the next foot flat of a leg that is at `cycles`."""
        self._stop_cycle = stop_cycle(cycles, self._start_cycle)
        self._expect(self._next_event, self._next_event_cycle)

    def stands(self, cycles: float) -> bool:
        """Whether the leg has stopped for good."""
        return cycles > self._stop_cycle and self.walking == 0.0

    def pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        """A pulse (mA, µs) reaches the nerve of the dorsiflexors."""
        self.muscle.posture_factor = 1.0 - POSTURE_SHARE * self.walking * cos(2.0 * pi * self.share)
        self.muscle.pulse(t_s, current_ma, pulse_width_us)

    def advance(self, steps: list[GaitStep], dt: float, ahead: float) -> None:
        """Steps of `dt` each, one at least, of a leg that is `ahead` of the leading one by so many cycles."""
        made, count, foot, muscle = 0, len(steps), self.foot, self.muscle
        while made < count:
            until = self._alike_until(steps, made, ahead)
            if until == made:
                self._step(steps[made], dt, ahead)
                made += 1
                continue
            alike = steps if until - made == count else steps[made:until]
            self.walking, self.walking_slope = 1.0, 0.0
            self._whole_steps += until - made
            if foot.hold is FREE:
                foot.swing(alike, dt, ahead, self._voluntary)
            else:
                for t_s, _, _ in alike[-1:] if muscle.at_rest else alike:
                    muscle.advance(t_s, dt)
                foot.follow_curve(alike, dt, ahead, self.tables, 1.0)
            _, cycles, self.frequency_hz = alike[-1]
            self.share = (cycles + ahead) % 1.0
            made = until

    def _alike_until(self, steps: list[GaitStep], first: int, ahead: float) -> int:
        """Up to which step all are alike from the first on: the leg is in full gait, and no event of it comes."""
        stop_cycle, event_cycle, hold = self._stop_cycle, self._next_event_cycle, self.foot.hold
        cycles, last = steps[first][1] + ahead, steps[-1][1] + ahead
        if hold is LOWERING or (hold is CURVE and self.in_swing and not self.muscle.at_rest):
            return first
        if not self._blended_cycle <= cycles <= stop_cycle:
            return first
        if last <= stop_cycle and last < event_cycle:
            return len(steps)
        while cycles <= stop_cycle and cycles < event_cycle:
            first += 1
            cycles = steps[first][1] + ahead
        return first

    def _step(self, step: GaitStep, dt: float, ahead: float) -> None:
        """One step, whatever comes in it."""
        t_s, cycles, self.frequency_hz = step
        cycles += ahead
        if self._blended_cycle <= cycles <= self._stop_cycle:
            self.walking, self.walking_slope = 1.0, 0.0
            self._whole_steps += 1
        else:
            self.walking, self.walking_slope = walking_share(cycles, self._start_cycle, self._stop_cycle)
            self._blended_s += self.walking * dt
        self.muscle.advance(t_s, dt)
        self.share = cycles % 1.0
        if cycles >= self._next_event_cycle:
            self._event(t_s - (cycles - self._next_event_cycle) / self.frequency_hz)
        foot, tables, walking = self.foot, self.tables, self.walking
        if foot.hold is CURVE:
            foot.follow_curve([step], dt, ahead, tables, walking)
        elif foot.hold is FREE:
            foot.swing([step], dt, ahead, self._voluntary)
        else:
            down = foot.lower(self.share, self.frequency_hz, dt, self._voluntary, tables, walking)
            if down is not None:
                self._touch_down(t_s, *down)

    def heel_force_n(self) -> float:
        """Force under the heel, N: less the further the toes are below the heel."""
        gait = at(self.tables.heel_load, self.share) * self.walking * self._heel_share
        standing = STANDING_HEEL_LOAD * (1.0 - self.walking)
        reach = min(1.0, max(0.0, 1.0 + self.foot.pitch_deg / _HEEL_REACHES_DEG))
        return (gait + standing) * reach * self._weight_n

    def _event(self, t_s: float) -> None:
        cycle = self._next_event_cycle // 1.0
        if self._next_event is EventKind.HO:
            self.events.append(TrueEvent(EventKind.HO, t_s))
            self._expect(EventKind.FO, cycle + self.tables.stance_share)
        elif self._next_event is EventKind.FO:
            self._foot_off(t_s)
            self._expect(EventKind.IC, cycle + 1.0)
        else:
            self._initial_contact(t_s)
            self._expect(EventKind.HO, cycle + self.tables.heel_off_share)

    def _expect(self, kind: EventKind, cycle: float) -> None:
        self._next_event = kind
        self._next_event_cycle = cycle if cycle < self._stop_cycle else inf

    def _foot_off(self, t_s: float) -> None:
        self.events.append(TrueEvent(EventKind.FO, t_s))
        self.in_swing = True
        self._foot_off_s = t_s
        self.foot.leave_floor(self.tables, self.share, self.lift)

    def _initial_contact(self, t_s: float) -> None:
        pitch, log = self.foot.pitch_deg, self.foot.log or SwingLog()
        contact = ic_type(pitch)
        self.events.append(TrueEvent(EventKind.IC, t_s))
        self.wanted.append(WantedBurst(self._foot_off_s - WANTED_BEFORE_FOOT_OFF_S, t_s, self._first))
        swing = log.finish(self._foot_off_s, t_s, pitch)
        self.swings.append(swing)
        self.impacts = (Impact(t_s, self._random.uniform(50.0, 150.0), self._random.uniform(25.0, 40.0)),)
        self.in_swing = self._first = False
        self._contact_s = t_s
        self._heel_share = self._patient.heel_reaches if contact == "toe" else 1.0
        walked_s = self._whole_steps * self._step_s + self._blended_s
        self._voluntary = voluntary_activation(self._patient, walked_s)
        if not self._healthy:
            self.compensation.after_swing(swing.scrape_share > 0.0, swing.min_toe_clearance_mm)
        self._next_stride()
        self.foot.meet_floor(self.tables, self.share, self.walking, heel_first=contact == "heel")

    def _next_stride(self) -> None:
        """The curves of the stride that begins now: of the speed now, lifted as the last swings have taught."""
        before = self._curves
        self._curves = gait_curves(self.pace_m_s, self._shorter_stance)
        self.lift = (self.compensation.steppage_deg, self.compensation.hip_hike_mm)
        if before is self._curves and self.lift == (0.0, 0.0):
            self.tables = gait_tables(self.pace_m_s, self._shorter_stance)
        else:
            self.tables = stride_tables(before, self._curves, *self.lift)

    def _touch_down(self, t_s: float, peak_deg_s: float, rate_deg_s: float) -> None:
        """The foot has come down over its heel, at most so fast, and with this rate in the end."""
        self.loadings.append(Loading(self._contact_s, t_s, peak_deg_s))
        self.impacts = (*self.impacts, Impact(t_s, max(0.0, min(150.0, -0.25 * rate_deg_s)), 35.0))
