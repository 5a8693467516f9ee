"""One walking leg: the published curves, an ankle that is only as strong as its muscles, and what truly happened."""

from enum import Enum
from math import exp, inf
from random import Random
from typing import NamedTuple

from controller.signals import EventKind
from simulator.ankle import FootMotion, Surroundings, foot_mass_kg, next_foot_motion
from simulator.cadence import stop_cycle, walking_share
from simulator.gait_tables import GaitTables, at
from simulator.geometry import BALL, TOE, below_ankle_m
from simulator.kinematics import PELVIS_OFFSET_DEG
from simulator.muscle import StimulatedMuscle
from simulator.patients import Patient
from simulator.swing_log import SCRAPE_M, WATCHED_FROM_PHASE, SwingLog
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, LegState, Loading, Swing, TrueEvent, WantedBurst, ic_type

STANDING_LOAD = 0.5
STANDING_HEEL_LOAD = 0.3
"""Under each foot and each heel of a standing person, in body weights [K]."""

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
    """A leg of one person; `advance` is called on the person's time grid, everything else reads."""

    def __init__(self, patient: Patient, tables: GaitTables, mass_kg: float, start_cycle: float, seed: str) -> None:
        self.tables = tables
        self.muscle = StimulatedMuscle(patient)
        self.events: list[TrueEvent] = []
        self.swings: list[Swing] = []
        self.loadings: list[Loading] = []
        self.wanted: list[WantedBurst] = []
        self.impacts: tuple[Impact, ...] = ()
        self.share = 0.0
        self.frequency_hz = 0.0
        self.walking = 0.0
        self.walking_slope = 0.0
        self.foot = FootMotion(0.0, 0.0)
        self.foot_acceleration_deg_s2 = 0.0
        self.in_swing = False
        self.scraping = False
        self._patient = patient
        self._weight_n = mass_kg * _GRAVITY_M_S2
        self._foot_kg = foot_mass_kg(mass_kg)
        self._random = Random(seed)
        self._start_cycle = start_cycle
        self._stop_cycle = inf
        self._next_event = EventKind.HO
        self._next_event_cycle = start_cycle // 1.0 + tables.heel_off_share
        self._hold = Hold.CURVE
        self._moving = FootMotion(0.0, 0.0)
        self._offset_deg = 0.0
        self._contact_s = 0.0
        self._peak_lowering_deg_s = 0.0
        self._foot_off_s = 0.0
        self._log = SwingLog()

    def stop(self, cycles: float) -> None:
        """Stand still at the next foot flat of a leg that is at `cycles`."""
        self._stop_cycle = stop_cycle(cycles, self._start_cycle)
        self._expect(self._next_event, self._next_event_cycle)

    def stands(self, cycles: float) -> bool:
        """Whether the leg has stopped for good."""
        return cycles > self._stop_cycle and self.walking == 0.0

    def advance(self, t_s: float, dt: float, cycles: float, frequency_hz: float) -> None:
        """One step of `dt` that ends at `t_s`, with the leg at `cycles` of gait and `frequency_hz` cycles a second."""
        self.share = cycles % 1.0
        self.frequency_hz = frequency_hz
        self.walking, self.walking_slope = walking_share(cycles, self._start_cycle, self._stop_cycle)
        self.muscle.advance(t_s, dt)
        if cycles >= self._next_event_cycle:
            self._event(t_s - (cycles - self._next_event_cycle) / frequency_hz)
        pitch = self._pitch(t_s, dt)
        acceleration = ((pitch - self.foot.pitch_deg) / dt - self.foot.rate_deg_s) / _FLESH_S
        self.foot = FootMotion(pitch, self.foot.rate_deg_s + acceleration * dt)
        self.foot_acceleration_deg_s2 += (acceleration - self.foot_acceleration_deg_s2) * dt / _SHOE_S
        if self.in_swing:
            self._watch_swing()

    def heel_force_n(self) -> float:
        """Force under the heel, N: less the further the toes are below the heel."""
        gait = at(self.tables.heel_load, self.share) * self.walking + STANDING_HEEL_LOAD * (1.0 - self.walking)
        reach = min(1.0, max(0.0, 1.0 + self.foot.pitch_deg / _HEEL_REACHES_DEG))
        return gait * reach * self._weight_n

    def state(self) -> LegState:
        """The leg now."""
        tables, share, walking = self.tables, self.share, self.walking
        shank = at(tables.shank, share) * walking
        toe = at(tables.ankle_height, share) + below_ankle_m(TOE, self.foot.pitch_deg)
        return LegState(
            share=share,
            phase=at(tables.phase, share),
            walking=walking,
            in_swing=self.in_swing,
            hip_deg=(at(tables.hip, share) + PELVIS_OFFSET_DEG) * walking - PELVIS_OFFSET_DEG,
            knee_deg=at(tables.knee, share) * walking,
            shank_pitch_deg=shank,
            foot_pitch_deg=self.foot.pitch_deg,
            dorsiflexion_deg=self.foot.pitch_deg - shank,
            toe_clearance_mm=max(0.0, 1000.0 * toe) if self.in_swing else 0.0,
            scraping=self.scraping,
            activation=self.muscle.activation,
        )

    def _event(self, t_s: float) -> None:
        tables = self.tables
        cycle = self._next_event_cycle // 1.0
        if self._next_event is EventKind.HO:
            self.events.append(TrueEvent(EventKind.HO, t_s))
            self._expect(EventKind.FO, cycle + tables.stance_share)
        elif self._next_event is EventKind.FO:
            self._foot_off(t_s)
            self._expect(EventKind.IC, cycle + 1.0)
        else:
            self._initial_contact(t_s)
            self._expect(EventKind.HO, cycle + tables.heel_off_share)

    def _expect(self, kind: EventKind, cycle: float) -> None:
        self._next_event = kind
        self._next_event_cycle = cycle if cycle < self._stop_cycle else inf

    def _foot_off(self, t_s: float) -> None:
        self.events.append(TrueEvent(EventKind.FO, t_s))
        self.in_swing = True
        self._foot_off_s = t_s
        self._log = SwingLog()
        if not self._patient.healthy:
            self._hold = Hold.FREE
            self._moving = self.foot

    def _initial_contact(self, t_s: float) -> None:
        pitch = self.foot.pitch_deg
        first = not self.wanted
        self.events.append(TrueEvent(EventKind.IC, t_s))
        self.wanted.append(WantedBurst(self._foot_off_s - WANTED_BEFORE_FOOT_OFF_S, t_s, first))
        self.swings.append(self._log.finish(self._foot_off_s, t_s, pitch))
        self.impacts = (Impact(t_s, self._random.uniform(50.0, 150.0), self._random.uniform(25.0, 40.0)),)
        self.in_swing = self.scraping = False
        self._contact_s = t_s
        self._peak_lowering_deg_s = 0.0
        if self._hold is Hold.FREE and ic_type(pitch) == "heel":
            self._hold = Hold.LOWERING
        elif self._hold is Hold.FREE:
            self._press_flat()

    def _pitch(self, t_s: float, dt: float) -> float:
        curve = at(self.tables.foot, self.share) * self.walking
        if self._hold is Hold.CURVE:
            if self._patient.healthy:
                return curve
            self._offset_deg *= exp(-dt / _PRESSED_FLAT_S)
            return self._floor_pitch(curve) + self._offset_deg
        self._moving = self._free_step(dt)
        if self._hold is Hold.LOWERING:
            self._peak_lowering_deg_s = min(self._peak_lowering_deg_s, self._moving.rate_deg_s)
            if self._moving.pitch_deg <= 0.0 or self.share > self.tables.heel_off_share or self.walking < 1.0:
                self._touch_down(t_s)
        return self._moving.pitch_deg

    def _free_step(self, dt: float) -> FootMotion:
        tables, share, f = self.tables, self.share, self.frequency_hz
        shank = at(tables.shank, share)
        around = Surroundings(
            shank_deg=shank,
            shank_rate_deg_s=at(tables.shank_rate, share) * f,
            knee_deg=at(tables.knee, share),
            ax_m_s2=at(tables.ankle_ax, share) * f * f,
            az_m_s2=at(tables.ankle_az, share) * f * f,
            heel_load_n=0.0 if self.in_swing else at(tables.load, share) * self._weight_n,
        )
        above_normal = self._moving.pitch_deg - shank - at(tables.ankle, share)
        wish = min(1.0, max(0.0, 0.5 - 0.25 * above_normal))
        activation = self._patient.voluntary_activation * wish + self.muscle.activation
        return next_foot_motion(self._patient, activation, self._moving, around, self._foot_kg, dt)

    def _touch_down(self, t_s: float) -> None:
        self.loadings.append(Loading(self._contact_s, t_s, self._peak_lowering_deg_s))
        hardness = min(150.0, -0.25 * self._moving.rate_deg_s)
        self.impacts = (*self.impacts, Impact(t_s, max(0.0, hardness), 35.0))
        self._press_flat()

    def _press_flat(self) -> None:
        self._hold = Hold.CURVE
        self._offset_deg = self._moving.pitch_deg - self._floor_pitch(at(self.tables.foot, self.share) * self.walking)

    def _floor_pitch(self, curve_deg: float) -> float:
        return min(0.0, curve_deg) if self.share < self.tables.stance_share else curve_deg

    def _watch_swing(self) -> None:
        phase = at(self.tables.phase, self.share)
        self._log.steps += 1
        if phase < WATCHED_FROM_PHASE:
            return
        ankle = at(self.tables.ankle_height, self.share)
        toe = ankle + below_ankle_m(TOE, self.foot.pitch_deg)
        self.scraping = min(toe, ankle + below_ankle_m(BALL, self.foot.pitch_deg)) < SCRAPE_M
        dorsiflexion = self.foot.pitch_deg - at(self.tables.shank, self.share)
        self._log.add(phase, dorsiflexion, toe, self.scraping, self.muscle.activation)
