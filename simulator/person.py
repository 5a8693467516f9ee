"""One simulated walking person. Deterministic for a seed; all results hold in simulation only."""

from math import floor, inf
from random import Random
from typing import Literal

from config.schema import Side
from simulator.cadence import Cadence, GaitStep
from simulator.course import FASTEST_M_S, SLOWEST_M_S, Course, Progress, Stand, Walk
from simulator.kinematics import manner_speed_m_s
from simulator.leg import Leg
from simulator.leg_state import leg_state
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
_MOST_WAITING = 1000
"""So many steps wait at most for a leg that nobody looks at."""

_PACE_GRID_M_S = 0.05
"""Strides of a changing speed use the curves of the nearest speed on this grid; their cadence follows exactly."""


class Person:
    """Stands for 2 s, walks for `walk_for_s` (for ever if None), stops at the next foot flat and stands.

    With a `course` the person does that instead, and `walking_speed_m_s` and `walk_for_s` do not count. `affected` legs
    are as weak as the patient, the others healthy; both walk, half a cycle apart but for the asymmetry of a person with
    one affected leg. Speed 0.2 to 1.8 m/s. Time is seconds since the start of the simulation. `step_s` is the internal
    time grid, `muscle_model` the force model of the stimulated muscles. Raises ValueError for an impossible speed.
    """

    def __init__(
        self,
        patient: Patient,
        affected: frozenset[Side],
        walking_speed_m_s: float,
        mass_kg: float,
        seed: int,
        walk_for_s: float | None = None,
        course: Course | None = None,
        step_s: float = STEP_S,
        muscle_model: Literal["hill", "ding"] = "hill",
    ) -> None:
        if course is None:
            walk = Walk(inf if walk_for_s is None else walk_for_s, walking_speed_m_s)
            course = Course((Stand(STANDING_S), walk))
        self.course = course
        leader = Random(f"{seed} leader").choice(_SIDES)
        asymmetry = patient.stance_asymmetry if len(affected) == 1 else 0.0
        shorter = {side: asymmetry if side in affected else -asymmetry for side in _SIDES}
        self._walk_ratio = patient.walk_ratio
        self._cadence = Cadence(patient.stride_time_cv, f"{seed} cadence", patient.walk_ratio)
        self._ahead = {side: 0.0 if side == leader else 0.5 - shorter[side] for side in _SIDES}
        self._legs = {
            side: Leg(
                patient if side in affected else PATIENTS["healthy"],
                mass_kg,
                f"{seed} {side}",
                step_s,
                shorter[side],
                muscle_model,
            )
            for side in _SIDES
        }
        self._waiting: dict[Side, list[GaitStep]] = {side: [] for side in _SIDES}
        self._progress = Progress(course)
        self._heading_deg = 0.0
        self._turned = False
        self._walks = self._stopping = False
        self._wish_at(0.0)
        self._step_s = step_s
        self._steps = 0
        self._t_s = 0.0

    def advance(self, t_s: float) -> None:
        """Live until `t_s`; the state is then that of the last whole millisecond."""
        step_s = self._step_s
        last = floor(t_s / step_s + 1e-6)
        steps: list[GaitStep] = []
        while self._steps < last:
            if self._walks and self._plain and last * step_s <= self._wish_until_s:
                self._steps = self._cadence.stride_on(self._steps, last, step_s, steps)
                self._t_s = self._steps * step_s
                if self._steps == last:
                    break
            self._steps += 1
            self._step(self._steps * step_s, steps)
        self._wait(steps)

    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        """One stimulation pulse (mA, µs) reaches the nerve now."""
        if LIFTING_CHANNEL in channel:
            self._leg(side).pulse(self._t_s, current_ma, pulse_width_us)

    def heel_force_n(self, side: Side) -> float:
        """Force under the heel, N."""
        return self._leg(side).heel_force_n()

    def imu(self, side: Side, placement: Literal["shank", "foot"]) -> Imu:
        """True specific force (m/s²) and rate (deg/s), x forward, y up, z right, as an ideal sensor would read it."""
        leg = self._leg(side)
        return shank_imu(leg, self._t_s) if placement == "shank" else foot_imu(leg, self._t_s)

    def state(self, side: Side) -> LegState:
        """One leg now."""
        return leg_state(self._leg(side))

    def fatigue(self, side: Side) -> float:
        """Share 0..1 of the force of the stimulated dorsiflexors that fatigue takes away."""
        return self._leg(side).muscle.fatigue

    def truth(self, side: Side) -> list[TrueEvent]:
        """Gait events so far, in order of time."""
        return list(self._leg(side).events)

    def wanted_bursts(self, side: Side) -> list[WantedBurst]:
        """When a burst was wanted, for every finished swing."""
        return list(self._leg(side).wanted)

    def swings(self, side: Side) -> list[Swing]:
        """Every finished swing."""
        return list(self._leg(side).swings)

    def loadings(self, side: Side) -> list[Loading]:
        """How the foot came down after each heel-first contact of an affected leg."""
        return list(self._leg(side).loadings)

    def _step(self, t_s: float, steps: list[GaitStep]) -> None:
        """One step of the time grid, put at the end of `steps`; legs make those before anything changes for them."""
        self._t_s = t_s
        if t_s > self._wish_until_s:
            self._wish_at(t_s)
        if self._stopping or self._walks != self._wish.walks:
            self._move_legs(steps)
            self._start_or_stop()
            self._plain = self._is_plain()
        cadence = self._cadence
        if self._walks and cadence.advance(self._step_s):
            self._wish_at(t_s)
            if self._wish.walks:
                self._move_legs(steps)
                self._pace(self._wish.speed_m_s)
        if self._turned or self._wish.yaw_rate_deg_s != 0.0:
            self._move_legs(steps)
            self._turn(self._wish.yaw_rate_deg_s)
        steps.append((t_s, cadence.cycles, cadence.frequency_hz))

    def _leg(self, side: Side) -> Leg:
        """A leg as it is now: it makes the steps that wait for it, when somebody looks at it and in one go."""
        leg, waiting = self._legs[side], self._waiting[side]
        if waiting:
            leg.advance(waiting, self._step_s, self._ahead[side])
            waiting.clear()
        return leg

    def _wait(self, steps: list[GaitStep]) -> None:
        """Both legs have to make these steps, and none is left."""
        for side, waiting in self._waiting.items():
            waiting.extend(steps)
            if len(waiting) > _MOST_WAITING:
                self._leg(side)
        steps.clear()

    def _move_legs(self, steps: list[GaitStep]) -> None:
        """Both legs make these steps and all that wait, before something changes for them."""
        self._wait(steps)
        for side in _SIDES:
            self._leg(side)

    def _is_plain(self) -> bool:
        """Whether the person walks straight on, and nothing can change before the next step of a leg."""
        return self._wish.walks and not (self._stopping or self._turned or self._wish.yaw_rate_deg_s != 0.0)

    def _wish_at(self, t_s: float) -> None:
        """What the person wants in the step that ends at `t_s`, and until when; a turn differs from step to step."""
        self._wish = self._progress.at(t_s)
        self._wish_until_s = t_s if self._progress.turns else self._progress.ends_s
        self._plain = self._is_plain()

    def _start_or_stop(self) -> None:
        cadence = self._cadence
        if self._stopping and all(self._legs[side].stands(cadence.cycles + self._ahead[side]) for side in _SIDES):
            self._walks = self._stopping = False
        if self._wish.walks and not self._walks:
            self._walks = True
            self._pace(self._wish.speed_m_s)
            cadence.start(self._wish.speed_m_s)
            for side in _SIDES:
                self._legs[side].start(cadence.cycles + (0.0 if self._ahead[side] == 0.0 else 1.0))
        elif self._walks and not self._stopping and not self._wish.walks:
            self._stopping = True
            for side in _SIDES:
                self._legs[side].stop(cadence.cycles + self._ahead[side])

    def _pace(self, speed_m_s: float) -> None:
        self._cadence.pace(speed_m_s)
        constant = any(isinstance(s, Walk) and s.speed_m_s == speed_m_s for s in self.course.segments)
        curves = min(FASTEST_M_S, max(SLOWEST_M_S, manner_speed_m_s(speed_m_s, self._walk_ratio)))
        if not constant:
            curves = round(round(curves / _PACE_GRID_M_S) * _PACE_GRID_M_S, 6)
        for side in _SIDES:
            self._legs[side].pace_m_s = curves

    def _turn(self, yaw_rate_deg_s: float) -> None:
        """The body turns at a rate, deg/s; the feet follow in their swings."""
        self._turned, self._plain = True, False
        self._heading_deg += yaw_rate_deg_s * self._step_s
        for side in _SIDES:
            leg = self._legs[side]
            leg.heading.follow(self._heading_deg, yaw_rate_deg_s, leg.walking > 0.0 and not leg.in_swing, self._step_s)
