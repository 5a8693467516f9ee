"""One simulated walking person. Deterministic for a seed; all results hold in simulation only."""

from math import floor
from random import Random
from typing import Literal

from config.schema import Side
from simulator.cadence import FOOT_FLAT_SHARE, Cadence
from simulator.gait_tables import gait_tables
from simulator.leg import Leg
from simulator.patients import PATIENTS, Patient
from simulator.segment_motion import Imu, foot_imu, shank_imu
from simulator.truth import LegState, Loading, Swing, TrueEvent, WantedBurst

STEP_S = 0.001
"""Internal time grid. What the person does does not depend on how often or how far `advance` is called."""

STANDING_S = 2.0
"""The person stands this long before the first step."""

LIFTING_CHANNEL = "dorsiflex"
"""Channels whose name holds this lift the foot; evertors have no sagittal effect here."""

_SIDES: tuple[Side, Side] = ("left", "right")


class Person:
    """Stands for 2 s, walks for `walk_for_s` (for ever if None), stops at the next foot flat and stands.

    `affected` legs are as weak as the patient, the others healthy; both walk, half a cycle apart. Speed 0.2 to
    1.8 m/s. Time is seconds since the start of the simulation.
    """

    def __init__(
        self,
        patient: Patient,
        affected: frozenset[Side],
        walking_speed_m_s: float,
        mass_kg: float,
        seed: int,
        walk_for_s: float | None = None,
    ) -> None:
        if not 0.2 <= walking_speed_m_s <= 1.8:
            raise ValueError(f"walking speed is {walking_speed_m_s} m/s, allowed is 0.2 to 1.8 m/s")
        tables = gait_tables(walking_speed_m_s)
        leader = Random(f"{seed} leader").choice(_SIDES)
        self._cadence = Cadence(walking_speed_m_s, patient.stride_time_cv, f"{seed} cadence")
        self._ahead = {side: 0.0 if side == leader else 0.5 for side in _SIDES}
        self._legs = {
            side: Leg(
                patient if side in affected else PATIENTS["healthy"],
                tables,
                mass_kg,
                FOOT_FLAT_SHARE + (0.0 if side == leader else 1.0),
                f"{seed} {side}",
            )
            for side in _SIDES
        }
        self._stop_at_s = None if walk_for_s is None else STANDING_S + walk_for_s
        self._stopping = False
        self._steps = 0
        self._t_s = 0.0

    def advance(self, t_s: float) -> None:
        """Live until `t_s`; the state is then that of the last whole millisecond."""
        last = floor(t_s / STEP_S + 1e-6)
        while self._steps < last:
            self._steps += 1
            self._step(self._steps * STEP_S)

    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        """One stimulation pulse (mA, µs) reaches the nerve now."""
        if LIFTING_CHANNEL in channel:
            self._legs[side].muscle.pulse(self._t_s, current_ma, pulse_width_us)

    def heel_force_n(self, side: Side) -> float:
        """Force under the heel, N."""
        return self._legs[side].heel_force_n()

    def imu(self, side: Side, placement: Literal["shank", "foot"]) -> Imu:
        """True specific force (m/s²) and rate (deg/s), x forward, y up, z right, as an ideal sensor would read it."""
        leg = self._legs[side]
        return shank_imu(leg, self._t_s) if placement == "shank" else foot_imu(leg, self._t_s)

    def state(self, side: Side) -> LegState:
        """One leg now."""
        return self._legs[side].state()

    def truth(self, side: Side) -> list[TrueEvent]:
        """Gait events so far, in order of time."""
        return list(self._legs[side].events)

    def wanted_bursts(self, side: Side) -> list[WantedBurst]:
        """When a burst was wanted, for every finished swing."""
        return list(self._legs[side].wanted)

    def swings(self, side: Side) -> list[Swing]:
        """Every finished swing."""
        return list(self._legs[side].swings)

    def loadings(self, side: Side) -> list[Loading]:
        """How the foot came down after each heel-first contact of an affected leg."""
        return list(self._legs[side].loadings)

    def _step(self, t_s: float) -> None:
        self._t_s = t_s
        cadence = self._cadence
        if t_s > STANDING_S and not self._stands():
            cadence.advance(STEP_S)
        if self._stop_at_s is not None and not self._stopping and t_s > self._stop_at_s:
            self._stopping = True
            for side in _SIDES:
                self._legs[side].stop(cadence.cycles + self._ahead[side])
        for side in _SIDES:
            self._legs[side].advance(t_s, STEP_S, cadence.cycles + self._ahead[side], cadence.frequency_hz)

    def _stands(self) -> bool:
        return self._stopping and all(
            self._legs[side].stands(self._cadence.cycles + self._ahead[side]) for side in _SIDES
        )
