"""A person who moves by a script and not by muscles, with the same face as `simulator.person.Person`.

The script says where the segments of each leg are at any time and how the feet are loaded; rates follow as analytic
derivatives, accelerations from the same rigid-body formulae as in walking. Stimulation changes nothing: these people
are there to see whether the controller keeps quiet or finds the steps. All results hold in simulation only.
"""

from bisect import bisect_right
from collections.abc import Callable
from math import cos, floor, radians, sin
from typing import Literal, NamedTuple

from config.schema import Side
from controller.signals import EventKind
from simulator.activities.curve import STILL, Curve, Motion
from simulator.activities.shaking import Blow, Wave, ringing, shaken
from simulator.geometry import SHANK_M
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, LegState, Loading, Swing, TrueEvent, WantedBurst

STEP_S = 0.001

Steps = Literal["wanted", "tolerated", "none"]
"""What a burst in a step of this activity is: wanted, neither wanted nor harmful, or there are no steps at all."""

Posture = Literal["seated", "standing", "walking"]

Imu = tuple[float, float, float, float, float, float]
Span = tuple[float, float]

_GRAVITY_M_S2 = 9.81
_SHANK_SENSOR_M = (0.0, SHANK_M - 0.15)
_FOOT_SENSOR_M = (0.08, -0.02)
_FOOT_BLOW = 1.5
"""Places of the sensors seen from the ankle, and how much harder a blow is on the foot: as in `segment_motion`."""


class TrueStep(NamedTuple):
    """One step of a leg; `first` after standing."""

    heel_off_s: float
    foot_off_s: float
    initial_contact_s: float
    first: bool


class LegScript(NamedTuple):
    """What one leg does: segment pitch in deg, loads in body weights, the ankle's acceleration (x, z) in m/s².

    `yaw` turns left about the vertical, `roll` leans the segments to the right, deg. `sway_deg` moves the shank;
    `jolts_m_s2` shake the room along x and z.
    """

    thigh: Curve
    shank: Curve
    foot: Curve
    heel: Curve
    forefoot: Curve
    ankle: Callable[[float], tuple[float, float]]
    yaw: Curve = STILL
    roll: Curve = STILL
    steps: tuple[TrueStep, ...] = ()
    blows: tuple[Blow, ...] = ()
    sway_deg: tuple[Wave, ...] = ()
    jolts_m_s2: tuple[tuple[Wave, ...], tuple[Wave, ...]] = ((), ())


class ActivityPerson:
    """Lives a script for each leg. Time is seconds since the start; the state is that of the last whole millisecond."""

    def __init__(self, legs: dict[Side, LegScript], steps: Steps, mass_kg: float = 75.0) -> None:
        self._legs = legs
        self._steps_are = steps
        self._weight_n = mass_kg * _GRAVITY_M_S2
        self._t_s = 0.0

    def advance(self, t_s: float) -> None:
        """Live until `t_s`; time does not run backwards."""
        self._t_s = max(self._t_s, floor(t_s / STEP_S + 1e-6) * STEP_S)

    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        """A stimulation pulse (mA, µs): felt perhaps, but the script goes on."""

    def heel_force_n(self, side: Side) -> float:
        """Force under the heel, N."""
        return max(0.0, self._legs[side].heel(self._t_s).value) * self._weight_n

    def forefoot_force_n(self, side: Side) -> float:
        """Force under ball and toes, N."""
        return max(0.0, self._legs[side].forefoot(self._t_s).value) * self._weight_n

    def imu(self, side: Side, placement: Literal["shank", "foot"]) -> Imu:
        """True specific force (m/s²) and rate (deg/s), x forward, y up, z right, as an ideal sensor would read it."""
        leg, t_s = self._legs[side], self._t_s
        if placement == "shank":
            return _ideal_imu(leg, t_s, _shank(leg, t_s), _SHANK_SENSOR_M, 1.0)
        return _ideal_imu(leg, t_s, leg.foot(t_s), _FOOT_SENSOR_M, _FOOT_BLOW)

    def state(self, side: Side) -> LegState:
        """One leg now. Toe clearance is not part of a script and reads 0; hip flexion is the thigh's pitch."""
        leg, t_s = self._legs[side], self._t_s
        thigh, shank, foot = leg.thigh(t_s).value, _shank(leg, t_s).value, leg.foot(t_s).value
        begun = bisect_right(leg.steps, (t_s,))
        last = leg.steps[begun - 1] if begun else None
        return LegState(
            share=0.0,
            phase=0.0,
            walking=1.0 if last and t_s < last.initial_contact_s else 0.0,
            in_swing=last is not None and last.foot_off_s <= t_s < last.initial_contact_s,
            hip_deg=thigh,
            knee_deg=thigh - shank,
            shank_pitch_deg=shank,
            foot_pitch_deg=foot,
            dorsiflexion_deg=foot - shank,
            toe_clearance_mm=0.0,
            scraping=False,
            activation=0.0,
        )

    def truth(self, side: Side) -> list[TrueEvent]:
        """Gait events so far, in order of time; what is no step has none."""
        kinds = (EventKind.HO, EventKind.FO, EventKind.IC)
        events = [
            TrueEvent(kind, t_s) for step in self._legs[side].steps for kind, t_s in zip(kinds, step, strict=False)
        ]
        return [event for event in events if event.t_s <= self._t_s]

    def wanted_bursts(self, side: Side) -> list[WantedBurst]:
        """When a burst was wanted, for every finished swing."""
        return self._bursts(side) if self._steps_are == "wanted" else []

    def tolerated_bursts(self, side: Side) -> list[WantedBurst]:
        """Finished swings in which a burst is neither missed nor harmful: side steps, for example."""
        return self._bursts(side) if self._steps_are == "tolerated" else []

    def forbidden(self, side: Side, tail_s: float = 0.0) -> list[Span]:
        """Spans (start, stop) from 0 to now in which nothing may flow.

        They are what the windows of all steps leave, each window longer by `tail_s` for extension and falling ramp.
        """
        spans, free_from = [], 0.0
        for step in self._legs[side].steps:
            start = step.foot_off_s - WANTED_BEFORE_FOOT_OFF_S
            if min(start, self._t_s) > free_from:
                spans.append((free_from, min(start, self._t_s)))
            free_from = max(free_from, step.initial_contact_s + tail_s)
        if self._t_s > free_from:
            spans.append((free_from, self._t_s))
        return spans

    def swings(self, side: Side) -> list[Swing]:  # noqa: ARG002 - the face of Person
        """None: a script has no ankle that could be judged."""
        return []

    def loadings(self, side: Side) -> list[Loading]:  # noqa: ARG002 - the face of Person
        """None: a script has no ankle that could be judged."""
        return []

    def _bursts(self, side: Side) -> list[WantedBurst]:
        return [
            WantedBurst(step.foot_off_s - WANTED_BEFORE_FOOT_OFF_S, step.initial_contact_s, step.first)
            for step in self._legs[side].steps
            if step.initial_contact_s <= self._t_s
        ]


class Activity(NamedTuple):
    """One everyday movement. `build(seed, seconds, affected)` makes a person who does it for that long and over again.

    `steps` says whether its steps want a burst; outside the windows of its steps nothing may flow.
    """

    name: str
    meaning: str
    posture: Posture
    steps: Steps
    script: Callable[[int, float, Side], dict[Side, LegScript]]

    def build(self, seed: int, seconds: float, affected: Side = "right", mass_kg: float = 75.0) -> ActivityPerson:
        """Deterministic for a seed; amplitude and tempo differ from repetition to repetition."""
        return ActivityPerson(self.script(seed, seconds, affected), self.steps, mass_kg)


def other_side(side: Side) -> Side:
    """The other leg."""
    return "left" if side == "right" else "right"


def _shank(leg: LegScript, t_s: float) -> Motion:
    scripted, sway = leg.shank(t_s), shaken(leg.sway_deg, t_s)
    return Motion(*(a + b for a, b in zip(scripted, sway, strict=True)))


def _ideal_imu(leg: LegScript, t_s: float, motion: Motion, place_m: tuple[float, float], blow: float) -> Imu:
    pitch, rate, acceleration = (radians(value) for value in motion)
    x, y = place_m
    ankle_x, ankle_z = leg.ankle(t_s)
    room_x = ankle_x + shaken(leg.jolts_m_s2[0], t_s).value
    room_z = ankle_z + shaken(leg.jolts_m_s2[1], t_s).value + _GRAVITY_M_S2
    shaken_rate, shaken_up = ringing(leg.blows, t_s)
    along = room_x * cos(pitch) + room_z * sin(pitch) - acceleration * y - rate * rate * x
    up = room_z * cos(pitch) - room_x * sin(pitch) + acceleration * x - rate * rate * y + blow * shaken_up
    yaw_rate, roll = leg.yaw(t_s).rate, leg.roll(t_s)
    lean = radians(roll.value)
    about_y = yaw_rate * cos(pitch)
    about_z = motion.rate + blow * shaken_rate
    return (
        along,
        up * cos(lean),
        -up * sin(lean),
        yaw_rate * sin(pitch) + roll.rate,
        about_y * cos(lean) + about_z * sin(lean),
        about_z * cos(lean) - about_y * sin(lean),
    )
