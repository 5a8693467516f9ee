"""One walking leg: the published curves, an ankle that is only as strong as its muscles, and what truly happened."""

from collections.abc import Sequence
from enum import Enum
from math import cos, exp, inf, pi
from random import Random
from typing import Literal, NamedTuple

from controller.signals import EventKind
from simulator.ankle import foot_mass_kg
from simulator.cadence import BLEND_CYCLES, GaitStep, stop_cycle, walking_share
from simulator.compensation import Compensation
from simulator.free_foot import FreeFoot
from simulator.gait_tables import GaitTables, at, gait_curves, gait_tables
from simulator.heading import Heading
from simulator.kinematics import POINTS
from simulator.muscle import make_muscle
from simulator.patients import Patient
from simulator.stride_tables import stride_tables
from simulator.swing_log import SCRAPE_M, SwingLog
from simulator.table_rows import MovingRow, WatchedRow, moving_at, moving_rows, watched_at, watched_rows
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, Loading, Swing, TrueEvent, WantedBurst, ic_type
from simulator.voluntary import voluntary_activation

STANDING_LOAD = 0.5
STANDING_HEEL_LOAD = 0.3
"""Under each foot and each heel of a standing person, in body weights [K]."""

POSTURE_SHARE = 0.15
"""The electrode slides over the nerve with the leg's posture: the rheobase is up to this much higher around foot off
and lower around initial contact, the same as at rest in the middle of the swing [K]."""

_GRAVITY_M_S2 = 9.81
_PRESSED_FLAT_S = 0.03
_FLESH_S = 0.004
_SHOE_S = 0.008
"""A sensor on the foot sees rate and angular acceleration softened by what lies between it and the bone [K]."""

_HEEL_REACHES_DEG = 6.0


class Impact(NamedTuple):
    """A blow to the leg: when (s), and how hard as amplitude of the shank's rate (deg/s), ringing at (Hz)."""

    t_s: float
    rate_deg_s: float
    ringing_hz: float


class Hold(Enum):
    """What decides the foot's pitch: the curve and the floor, or the moments about the ankle."""

    CURVE = 0
    FREE = 1
    LOWERING = 2


_CURVE, _FREE = Hold.CURVE, Hold.FREE


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
        self.foot_pitch_deg = self.foot_rate_deg_s = 0.0
        self.foot_acceleration_deg_s2 = 0.0
        self.in_swing = self.scraping = False
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
        self._free = FreeFoot(patient, foot_mass_kg(mass_kg), step_s)
        self._hold = Hold.CURVE
        self._moving: list[MovingRow] = []
        self._watched: list[WatchedRow] = []
        self._laid_out: GaitTables | None = None
        self._offset_deg = 0.0
        self._step_s = step_s
        self._offset_left = exp(-step_s / _PRESSED_FLAT_S)
        self._contact_s = self._foot_off_s = 0.0
        self._peak_lowering_deg_s = 0.0
        self._heel_share = 1.0
        self.lift = (0.0, 0.0)
        self._first = True
        self._whole_steps = 0
        self._blended_s = 0.0
        self._voluntary = voluntary_activation(patient, 0.0)
        self._log = SwingLog()

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

    def advance(self, steps: Sequence[GaitStep], dt: float, ahead: float) -> None:
        """Steps of `dt` each, one at least, of a leg that is `ahead` of the leading one by so many cycles."""
        first, last, muscle = steps[0][1] + ahead, steps[-1][1] + ahead, self.muscle
        walks_on = self._blended_cycle <= first and last <= self._stop_cycle and last < self._next_event_cycle
        if walks_on and self._hold is _CURVE and (muscle.at_rest or not self.in_swing):
            self.walking, self.walking_slope = 1.0, 0.0
            self._whole_steps += len(steps)
            for t_s, _, _ in steps[-1:] if muscle.at_rest else steps:
                muscle.advance(t_s, dt)
            self._follow_curve(steps, dt, ahead)
        else:
            for step in steps:
                self._step(step, dt, ahead)

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
        if self._hold is _CURVE:
            self._follow_curve((step,), dt, ahead)
        else:
            pitch = self._free_pitch(t_s, dt)
            rate = self.foot_rate_deg_s
            acceleration = ((pitch - self.foot_pitch_deg) / dt - rate) / _FLESH_S
            self.foot_pitch_deg = pitch
            self.foot_rate_deg_s = rate + acceleration * dt
            self.foot_acceleration_deg_s2 += (acceleration - self.foot_acceleration_deg_s2) * dt / _SHOE_S

    def heel_force_n(self) -> float:
        """Force under the heel, N: less the further the toes are below the heel."""
        gait = at(self.tables.heel_load, self.share) * self.walking * self._heel_share
        standing = STANDING_HEEL_LOAD * (1.0 - self.walking)
        reach = min(1.0, max(0.0, 1.0 + self.foot_pitch_deg / _HEEL_REACHES_DEG))
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
        self._log = SwingLog(*self.lift)
        self._lay_out()
        if not self._healthy:
            self._hold = Hold.FREE
            ankle_z_m = at(self.tables.ankle_height, self.share)
            self._free.release((self.foot_pitch_deg, self.foot_rate_deg_s), ankle_z_m)

    def _initial_contact(self, t_s: float) -> None:
        pitch = self.foot_pitch_deg
        contact = ic_type(pitch)
        self.events.append(TrueEvent(EventKind.IC, t_s))
        self.wanted.append(WantedBurst(self._foot_off_s - WANTED_BEFORE_FOOT_OFF_S, t_s, self._first))
        swing = self._log.finish(self._foot_off_s, t_s, pitch)
        self.swings.append(swing)
        self.impacts = (Impact(t_s, self._random.uniform(50.0, 150.0), self._random.uniform(25.0, 40.0)),)
        self.in_swing = self.scraping = self._first = False
        self._contact_s = t_s
        self._peak_lowering_deg_s = 0.0
        self._heel_share = self._patient.heel_reaches if contact == "toe" else 1.0
        walked_s = self._whole_steps * self._step_s + self._blended_s
        self._voluntary = voluntary_activation(self._patient, walked_s)
        if not self._healthy:
            self.compensation.after_swing(swing.scrape_share > 0.0, swing.min_toe_clearance_mm)
        self._next_stride()
        if self._hold is Hold.FREE and contact == "heel":
            self._hold = Hold.LOWERING
            self._lay_out()
        elif self._hold is Hold.FREE:
            self._press_flat()

    def _next_stride(self) -> None:
        """The curves of the stride that begins now: of the speed now, lifted as the last swings have taught."""
        before = self._curves
        self._curves = gait_curves(self.pace_m_s, self._shorter_stance)
        self.lift = (self.compensation.steppage_deg, self.compensation.hip_hike_mm)
        if before is self._curves and self.lift == (0.0, 0.0):
            self.tables = gait_tables(self.pace_m_s, self._shorter_stance)
        else:
            self.tables = stride_tables(before, self._curves, *self.lift)

    def _lay_out(self) -> None:
        """Lay the tables of this stride side by side, for the swing or for the foot that comes down."""
        if self._laid_out is self.tables:
            return
        self._laid_out = self.tables
        if self._healthy:
            self._watched = watched_rows(self.tables)
        else:
            self._moving = moving_rows(self.tables)

    def _follow_curve(self, steps: Sequence[GaitStep], dt: float, ahead: float) -> None:
        """Steps of a foot that follows the curve and the floor. Most steps of a walk are made here: `at` is spelt out,
        and what changes from step to step is kept aside."""
        foot, stance_share, walking = self.tables.foot, self.tables.stance_share, self.walking
        bound, offset_deg, offset_left = not self._healthy, self._offset_deg, self._offset_left
        pitch, rate, acceleration = self.foot_pitch_deg, self.foot_rate_deg_s, self.foot_acceleration_deg_s2
        share = self.share
        for _, cycles, _ in steps:
            share = (cycles + ahead) % 1.0
            place = share * POINTS
            i = int(place)
            low = foot[i]
            now = (low + (place - i) * (foot[i + 1] - low)) * walking
            if bound:
                offset_deg *= offset_left
                now = (0.0 if now > 0.0 and share < stance_share else now) + offset_deg
            softened = ((now - pitch) / dt - rate) / _FLESH_S
            pitch = now
            rate += softened * dt
            acceleration += (softened - acceleration) * dt / _SHOE_S
            if self.in_swing:
                self._watch_curve(share, pitch)
        self.share, self.frequency_hz = share, steps[-1][2]
        self._offset_deg = offset_deg
        self.foot_pitch_deg, self.foot_rate_deg_s, self.foot_acceleration_deg_s2 = pitch, rate, acceleration

    def _free_pitch(self, t_s: float, dt: float) -> float:
        """Pitch of a foot that the moments about the ankle turn, in swing or over its heel on the floor."""
        free, activation, f = self._free, self.muscle.activation, self.frequency_hz
        shank, shank_rate, knee, ankle, ankle_ax, ankle_az, ankle_z, load, phase = moving_at(self._moving, self.share)
        heel_n = 0.0 if self.in_swing else load * self._weight_n
        around = shank, shank_rate * f, knee, ankle_ax * f * f, ankle_az * f * f, heel_n
        if self._hold is _FREE:
            pitch, _ = free.swing(activation, self._voluntary, ankle, around, ankle_z, dt)
            self.scraping = self._log.add(
                phase, pitch - shank, free.toe_m, free.lowest_m, activation, touches=free.touches
            )
            return pitch
        pitch, rate = free.lower(activation, self._voluntary, ankle, around, dt)
        self._peak_lowering_deg_s = min(self._peak_lowering_deg_s, rate)
        if pitch <= 0.0 or self.share > self.tables.heel_off_share or self.walking < 1.0:
            self._touch_down(t_s)
        return pitch

    def _touch_down(self, t_s: float) -> None:
        self.loadings.append(Loading(self._contact_s, t_s, self._peak_lowering_deg_s))
        hardness = min(150.0, -0.25 * self._free.foot.rate_deg_s)
        self.impacts = (*self.impacts, Impact(t_s, max(0.0, hardness), 35.0))
        self._press_flat()

    def _press_flat(self) -> None:
        self._hold = Hold.CURVE
        curve = at(self.tables.foot, self.share) * self.walking
        self._offset_deg = self._free.foot.pitch_deg - self._floor_pitch(curve)

    def _floor_pitch(self, curve_deg: float) -> float:
        return min(0.0, curve_deg) if self.share < self.tables.stance_share else curve_deg

    def _watch_curve(self, share: float, pitch_deg: float) -> None:
        phase, shank, toe_m, lowest_m = watched_at(self._watched, share)
        dorsiflexion, touches = pitch_deg - shank, lowest_m < SCRAPE_M
        self.scraping = self._log.add(phase, dorsiflexion, toe_m, lowest_m, self.muscle.activation, touches=touches)
