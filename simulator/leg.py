"""One walking leg: the published curves, an ankle that is only as strong as its muscles, and what truly happened."""

from enum import Enum
from math import cos, exp, inf, pi
from random import Random
from typing import Literal, NamedTuple

from controller.signals import EventKind
from simulator.ankle import FootMotion, Surroundings, foot_mass_kg
from simulator.cadence import BLEND_CYCLES, stop_cycle, walking_share
from simulator.compensation import Compensation
from simulator.free_foot import FreeFoot
from simulator.gait_tables import GaitTables, at, gait_curves, gait_tables
from simulator.geometry import TOE, below_ankle_m
from simulator.heading import Heading
from simulator.kinematics import PELVIS_OFFSET_DEG
from simulator.muscle import make_muscle
from simulator.patients import Patient
from simulator.stride_tables import LIFT, stride_tables
from simulator.swing_log import SCRAPE_M, WATCHED_FROM_PHASE, WATCHED_TO_PHASE, SwingLog
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, LegState, Loading, Swing, TrueEvent, WantedBurst, ic_type
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


class Leg:
    """A leg of one person; `start`, `stop` and `advance` are called on the person's time grid, the rest reads.

    `pace_m_s` is the speed of the next stride; `shorter_stance` makes this leg's stance shorter by a share of the cycle
    and its swing longer.
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
        self._weight_n = mass_kg * _GRAVITY_M_S2
        self._random = Random(seed)
        self._shorter_stance = shorter_stance
        self._curves = gait_curves(self.pace_m_s, shorter_stance)
        self.tables: GaitTables = gait_tables(self.pace_m_s, shorter_stance)
        self._start_cycle = self._stop_cycle = inf
        self._next_event = EventKind.HO
        self._next_event_cycle = inf
        self._free = FreeFoot(patient, foot_mass_kg(mass_kg), step_s)
        self._hold = Hold.CURVE
        self._offset_deg = 0.0
        self._contact_s = self._foot_off_s = 0.0
        self._peak_lowering_deg_s = 0.0
        self._heel_share = 1.0
        self._lift = (0.0, 0.0)
        self._first = True
        self._walked_s = 0.0
        self._voluntary = voluntary_activation(patient, 0.0)
        self._log = SwingLog()

    def start(self, start_cycle: float) -> None:
        """Walk from this count of cycles on, at `pace_m_s`."""
        self._start_cycle, self._stop_cycle = start_cycle, inf
        self._curves = gait_curves(self.pace_m_s, self._shorter_stance)
        self.tables = gait_tables(self.pace_m_s, self._shorter_stance)
        self._lift = (0.0, 0.0)
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

    def advance(self, t_s: float, dt: float, cycles: float, frequency_hz: float) -> None:
        """One step of `dt` that ends at `t_s`, with the leg at `cycles` of gait and `frequency_hz` cycles a second."""
        self.share = cycles % 1.0
        self.frequency_hz = frequency_hz
        if self._start_cycle + BLEND_CYCLES <= cycles <= self._stop_cycle:
            self.walking, self.walking_slope = 1.0, 0.0
        else:
            self.walking, self.walking_slope = walking_share(cycles, self._start_cycle, self._stop_cycle)
        self._walked_s += self.walking * dt
        self.muscle.advance(t_s, dt)
        if cycles >= self._next_event_cycle:
            self._event(t_s - (cycles - self._next_event_cycle) / frequency_hz)
        pitch = self._pitch(t_s, dt)
        acceleration = ((pitch - self.foot_pitch_deg) / dt - self.foot_rate_deg_s) / _FLESH_S
        self.foot_pitch_deg = pitch
        self.foot_rate_deg_s += acceleration * dt
        self.foot_acceleration_deg_s2 += (acceleration - self.foot_acceleration_deg_s2) * dt / _SHOE_S
        if self.in_swing:
            self._watch_swing()

    def heel_force_n(self) -> float:
        """Force under the heel, N: less the further the toes are below the heel."""
        gait = at(self.tables.heel_load, self.share) * self.walking * self._heel_share
        standing = STANDING_HEEL_LOAD * (1.0 - self.walking)
        reach = min(1.0, max(0.0, 1.0 + self.foot_pitch_deg / _HEEL_REACHES_DEG))
        return (gait + standing) * reach * self._weight_n

    def state(self) -> LegState:
        """The leg now."""
        tables, share, walking = self.tables, self.share, self.walking
        shank = at(tables.shank, share) * walking
        toe = at(tables.ankle_height, share) + below_ankle_m(TOE, self.foot_pitch_deg)
        phase = at(tables.phase, share)
        lifted = at(LIFT, phase) if self.in_swing else 0.0
        return LegState(
            share=share,
            phase=phase,
            walking=walking,
            in_swing=self.in_swing,
            hip_deg=(at(tables.hip, share) + PELVIS_OFFSET_DEG) * walking - PELVIS_OFFSET_DEG,
            knee_deg=at(tables.knee, share) * walking,
            shank_pitch_deg=shank,
            foot_pitch_deg=self.foot_pitch_deg,
            dorsiflexion_deg=self.foot_pitch_deg - shank,
            toe_clearance_mm=max(0.0, 1000.0 * toe) if self.in_swing else 0.0,
            scraping=self.scraping,
            activation=self.muscle.activation,
            steppage_deg=lifted * self._lift[0],
            hip_hike_mm=lifted * self._lift[1],
        )

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
        self._log = SwingLog(*self._lift)
        if not self._patient.healthy:
            self._hold = Hold.FREE
            self._free.release(
                FootMotion(self.foot_pitch_deg, self.foot_rate_deg_s), at(self.tables.ankle_height, self.share)
            )

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
        self._voluntary = voluntary_activation(self._patient, self._walked_s)
        if not self._patient.healthy:
            self.compensation.after_swing(swing.scrape_share > 0.0, swing.min_toe_clearance_mm)
        self._next_stride()
        if self._hold is Hold.FREE and contact == "heel":
            self._hold = Hold.LOWERING
        elif self._hold is Hold.FREE:
            self._press_flat()

    def _next_stride(self) -> None:
        """The curves of the stride that begins now: of the speed now, lifted as the last swings have taught."""
        before = self._curves
        self._curves = gait_curves(self.pace_m_s, self._shorter_stance)
        self._lift = (self.compensation.steppage_deg, self.compensation.hip_hike_mm)
        if before is self._curves and self._lift == (0.0, 0.0):
            self.tables = gait_tables(self.pace_m_s, self._shorter_stance)
        else:
            self.tables = stride_tables(before, self._curves, *self._lift)

    def _pitch(self, t_s: float, dt: float) -> float:
        if self._hold is Hold.CURVE:
            curve = at(self.tables.foot, self.share) * self.walking
            if self._patient.healthy:
                return curve
            self._offset_deg *= exp(-dt / _PRESSED_FLAT_S)
            return self._floor_pitch(curve) + self._offset_deg
        tables, share, f = self.tables, self.share, self.frequency_hz
        around = Surroundings(
            shank_deg=at(tables.shank, share),
            shank_rate_deg_s=at(tables.shank_rate, share) * f,
            knee_deg=at(tables.knee, share),
            ax_m_s2=at(tables.ankle_ax, share) * f * f,
            az_m_s2=at(tables.ankle_az, share) * f * f,
            heel_load_n=0.0 if self.in_swing else at(tables.load, share) * self._weight_n,
        )
        free, stimulated, normal = self._free, self.muscle.activation, at(tables.ankle, share)
        if self._hold is Hold.FREE:
            free.swing(stimulated, self._voluntary, normal, around, at(tables.ankle_height, share), dt)
        else:
            free.lower(stimulated, self._voluntary, normal, around, dt)
            self._peak_lowering_deg_s = min(self._peak_lowering_deg_s, free.foot.rate_deg_s)
            if free.foot.pitch_deg <= 0.0 or share > tables.heel_off_share or self.walking < 1.0:
                self._touch_down(t_s)
        return free.foot.pitch_deg

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

    def _watch_swing(self) -> None:
        phase = at(self.tables.phase, self.share)
        self._log.steps += 1
        if phase < WATCHED_FROM_PHASE:
            return
        dorsiflexion = self.foot_pitch_deg - at(self.tables.shank, self.share)
        watched = phase <= WATCHED_TO_PHASE
        if self._hold is Hold.CURVE:
            toe, hangs = (
                at(self.tables.toe_height, self.share),
                watched and at(self.tables.lowest, self.share) < SCRAPE_M,
            )
            self.scraping = hangs
        else:
            toe, hangs = self._free.toe_m, watched and self._free.lowest_m < SCRAPE_M
            self.scraping = watched and self._free.touches
        self._log.add(phase, dorsiflexion, toe, self.scraping, hangs, self.muscle.activation)
