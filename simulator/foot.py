"""The foot of a walking leg: it follows the published curve and the floor, or its own moments turn it about the ankle.

A foot that is held by the curve is only looked at; one that is free is computed step by step (`free_foot`).
"""

from enum import Enum
from math import exp

from simulator.ankle import foot_mass_kg
from simulator.cadence import GaitStep
from simulator.free_foot import FreeFoot
from simulator.gait_tables import GaitTables, at
from simulator.kinematics import POINTS
from simulator.muscle import Muscle
from simulator.patients import Patient
from simulator.swing_log import SCRAPE_M, SwingLog
from simulator.table_rows import MovingRow, WatchedRow, moving_at, moving_rows, watched_at, watched_rows

_GRAVITY_M_S2 = 9.81
_PRESSED_FLAT_S = 0.03
_FLESH_S = 0.004
_SHOE_S = 0.008
"""A sensor on the foot sees rate and angular acceleration softened by what lies between it and the bone [K]."""


class Hold(Enum):
    """What decides the foot's pitch: the curve and the floor, or the moments about the ankle."""

    CURVE = 0
    FREE = 1
    LOWERING = 2


CURVE, FREE, LOWERING = Hold.CURVE, Hold.FREE, Hold.LOWERING


class Foot:
    """Pitch (deg, toes up), its rate and its acceleration; `log` is that of the swing that goes on, if one does.

    `hold` says what decides the pitch, `scraping` whether toe or ball drag over the floor. A healthy foot is always
    held by the curve.
    """

    def __init__(self, patient: Patient, muscle: Muscle, mass_kg: float, step_s: float) -> None:
        self.pitch_deg = self.rate_deg_s = self.acceleration_deg_s2 = 0.0
        self.hold = CURVE
        self.log: SwingLog | None = None
        self.scraping = False
        self._healthy = patient.healthy
        self._muscle = muscle
        self._weight_n = mass_kg * _GRAVITY_M_S2
        self._free = FreeFoot(patient, foot_mass_kg(mass_kg), step_s)
        self._moving: list[MovingRow] = []
        self._watched: list[WatchedRow] = []
        self._laid_out: GaitTables | None = None
        self._offset_deg = 0.0
        self._offset_left = exp(-step_s / _PRESSED_FLAT_S)
        self._peak_lowering_deg_s = 0.0

    def leave_floor(self, tables: GaitTables, share: float, lift: tuple[float, float]) -> None:
        """Foot off at this share of the cycle; `lift` is what the person adds to this swing (deg, mm)."""
        self.log = SwingLog(*lift)
        self._lay_out(tables)
        if not self._healthy:
            self.hold = FREE
            self._free.release((self.pitch_deg, self.rate_deg_s), at(tables.ankle_height, share))

    def meet_floor(self, tables: GaitTables, share: float, walking: float, *, heel_first: bool) -> None:
        """Initial contact, with the tables of the next stride: a free foot comes down over its heel, or lies flat."""
        self.log, self.scraping = None, False
        self._peak_lowering_deg_s = 0.0
        if self.hold is FREE and heel_first:
            self.hold = LOWERING
            self._lay_out(tables)
        elif self.hold is FREE:
            self._press_flat(tables, share, walking)

    def follow_curve(self, steps: list[GaitStep], dt: float, ahead: float, tables: GaitTables, walking: float) -> None:
        """Steps of a foot that follows the curve and the floor. Most steps of a walk are made here: `at` is spelt out,
        and what changes from step to step is kept aside."""
        foot, stance_share, log = tables.foot, tables.stance_share, self.log
        bound, offset_deg, offset_left = not self._healthy, self._offset_deg, self._offset_left
        pitch, rate, acceleration = self.pitch_deg, self.rate_deg_s, self.acceleration_deg_s2
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
            if log is not None:
                self._watch_curve(log, share, pitch)
        self._offset_deg = offset_deg
        self.pitch_deg, self.rate_deg_s, self.acceleration_deg_s2 = pitch, rate, acceleration

    def swing(self, steps: list[GaitStep], dt: float, ahead: float, voluntary: float) -> None:
        """Steps of a foot in the air that only its own moments turn; the muscle lives along."""
        free, muscle, log, rows, resting = self._free, self._muscle, self.log, self._moving, self._muscle.at_rest
        if log is None:
            raise RuntimeError("a foot swings only under a log of its swing")
        pitch, rate, acceleration = self.pitch_deg, self.rate_deg_s, self.acceleration_deg_s2
        scraping, activation = self.scraping, 0.0
        for t_s, cycles, f in steps:
            if not resting:
                muscle.advance(t_s, dt)
                activation = muscle.activation
            row = moving_at(rows, (cycles + ahead) % 1.0)
            shank, shank_rate, knee, ankle, ankle_ax, ankle_az, ankle_z, _, phase = row
            around = shank, shank_rate * f, knee, ankle_ax * f * f, ankle_az * f * f, 0.0
            now, _ = free.swing(activation, voluntary, ankle, around, ankle_z, dt)
            scraping = log.add(phase, now - shank, free.toe_m, free.lowest_m, activation, touches=free.touches)
            softened = ((now - pitch) / dt - rate) / _FLESH_S
            pitch = now
            rate += softened * dt
            acceleration += (softened - acceleration) * dt / _SHOE_S
        if resting:
            muscle.advance(steps[-1][0], dt)
        self.scraping = scraping
        self.pitch_deg, self.rate_deg_s, self.acceleration_deg_s2 = pitch, rate, acceleration

    def lower(
        self, share: float, frequency_hz: float, dt: float, voluntary: float, tables: GaitTables, walking: float
    ) -> tuple[float, float] | None:
        """One step of a foot that comes down over its heel.

        When it lies flat, or would lift its heel anyway: its highest rate of coming down, and the one it has (deg/s).
        """
        f, activation = frequency_hz, self._muscle.activation
        shank, shank_rate, knee, ankle, ankle_ax, ankle_az, _, load, _ = moving_at(self._moving, share)
        around = shank, shank_rate * f, knee, ankle_ax * f * f, ankle_az * f * f, load * self._weight_n
        pitch, rate = self._free.lower(activation, voluntary, ankle, around, dt)
        self._peak_lowering_deg_s = min(self._peak_lowering_deg_s, rate)
        down = None
        if pitch <= 0.0 or share > tables.heel_off_share or walking < 1.0:
            down = self._peak_lowering_deg_s, rate
            self._press_flat(tables, share, walking)
        softened = ((pitch - self.pitch_deg) / dt - self.rate_deg_s) / _FLESH_S
        self.pitch_deg = pitch
        self.rate_deg_s += softened * dt
        self.acceleration_deg_s2 += (softened - self.acceleration_deg_s2) * dt / _SHOE_S
        return down

    def _lay_out(self, tables: GaitTables) -> None:
        """Lay the tables of this stride side by side, for the swing or for the foot that comes down."""
        if self._laid_out is tables:
            return
        self._laid_out = tables
        if self._healthy:
            self._watched = watched_rows(tables)
        else:
            self._moving = moving_rows(tables)

    def _press_flat(self, tables: GaitTables, share: float, walking: float) -> None:
        """The curve and the floor hold the foot from now on; what it is off them goes within a moment."""
        self.hold = CURVE
        curve_deg = at(tables.foot, share) * walking
        held_deg = min(0.0, curve_deg) if share < tables.stance_share else curve_deg
        self._offset_deg = self._free.foot.pitch_deg - held_deg

    def _watch_curve(self, log: SwingLog, share: float, pitch_deg: float) -> None:
        phase, shank, toe_m, lowest_m = watched_at(self._watched, share)
        dorsiflexion, touches = pitch_deg - shank, lowest_m < SCRAPE_M
        self.scraping = log.add(phase, dorsiflexion, toe_m, lowest_m, self._muscle.activation, touches=touches)
