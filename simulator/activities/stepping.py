"""Steps by script: bouts of gait cycles with standing in between, both legs half a cycle apart."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import numpy as np

from config.schema import Side
from simulator.activities.curve import STILL, Curve, Knot, through
from simulator.activities.cycle import SHARE, Cycle, ankle_velocity, slope, smooth
from simulator.activities.routine import STANDING, Pose
from simulator.activities.script import LegScript, TrueStep, other_side
from simulator.activities.shaking import Blow, waves
from simulator.kinematics import Array

FOOT_FLAT_SHARE = 0.10
BLEND = 0.15
"""A leg starts and stops at a share of its cycle at which its foot stands, and passes between standing and gait within
this share of a cycle."""

_SAMPLE_S = 0.01
_RAMP_S = 0.25
_STANDS_S = 2.0
_SWAY_DEG = 0.3


class Bout(NamedTuple):
    """Some strides and the pause after them.

    Each stride has its duration (s); `gains` scale its angles, `lifts` and `other_lifts` say how much of `Gait.lift`
    the leading and the other leg show in it. The body turns left by `turn_deg` between two counts of cycles.
    """

    stride_s: list[float]
    pause_s: float
    gains: list[float] | None = None
    lifts: list[float] | None = None
    other_lifts: list[float] | None = None
    turn_deg: float = 0.0
    turn_cycles: tuple[float, float] = (0.0, 0.0)


class Gait(NamedTuple):
    """How the affected and the other leg step; `lift` is the affected leg's cycle at a lift of 1.

    `roll` leans the segments (deg over the cycle); the floor strikes with `blow_deg_s` at initial contact. Legs start
    and stop at `start_share`.
    """

    affected: Cycle
    other: Cycle
    lift: Cycle | None = None
    roll: Array | None = None
    blow_deg_s: tuple[float, float] = (50.0, 150.0)
    standing: Pose = STANDING
    start_share: float = FOOT_FLAT_SHARE


class _Walked(NamedTuple):
    """One bout on the clock: time, count of the leading leg's cycles and its derivatives."""

    bout: Bout
    t_s: Array
    cycles: Array
    rate: Array
    acceleration: Array


def strides(random: Random, count: int, stride_s: float, cv: float) -> list[float]:
    """Durations of strides around a mean, s."""
    return [stride_s * (1.0 + min(2.5 * cv, max(-2.5 * cv, random.gauss(0.0, cv)))) for _ in range(count)]


def walk(
    name: str, seed: int, seconds: float, side: Side, gait: Gait, draw: Callable[[Random], Bout]
) -> dict[Side, LegScript]:
    """Stands for 2 s and then walks one drawn bout after the other until `seconds` are over."""
    random = Random(f"{seed} {name}")
    walked, t_s = [], _STANDS_S
    while t_s < seconds:
        bout = draw(random)
        walked.append(_on_the_clock(bout, t_s, gait.start_share))
        t_s = float(walked[-1].t_s[-1]) + bout.pause_s
    leads = random.choice((side, other_side(side)))
    yaw = _turns(walked)
    return {
        one: _leg(gait, gait.affected if one == side else gait.other, walked, one == leads, yaw, random)
        for one in (side, other_side(side))
    }


def _on_the_clock(bout: Bout, start_s: float, share: float) -> _Walked:
    hz = [1.0 / stride for stride in bout.stride_s]
    started = share + hz[0] * _RAMP_S / 2.0
    knots = [Knot(start_s, share), Knot(start_s + _RAMP_S, started, hz[0])]
    t_s = knots[-1].t_s + (1.0 - started) / hz[0]
    for i, now in enumerate(hz):
        after = hz[min(i + 1, len(hz) - 1)]
        knots.append(Knot(t_s, i + 1.0, 2.0 * now * after / (now + after)))
        t_s += 1.0 / after
    last = knots[-1]
    done = last.value + 0.5 + share + BLEND + 0.05
    t_s = last.t_s + (done - last.value) / hz[-1]
    knots.append(Knot(t_s, done, hz[-1]))
    knots.append(Knot(t_s + _RAMP_S, done + hz[-1] * _RAMP_S / 2.0))
    curve = Curve(knots)
    times = np.arange(start_s, t_s + _RAMP_S + _SAMPLE_S, _SAMPLE_S)
    moved = np.array([curve(t) for t in times])
    return _Walked(bout, times, moved[:, 0], moved[:, 1], moved[:, 2])


def _turns(walked: list[_Walked]) -> Curve:
    frames, heading = [(0.0, 0.0)], 0.0
    for one in walked:
        if one.bout.turn_deg:
            start, stop = np.interp(one.bout.turn_cycles, one.cycles, one.t_s)
            frames.append((float(start), heading))
            heading += one.bout.turn_deg
            frames.append((float(stop), heading))
    return through(frames) if len(frames) > 1 else STILL


class _Shapes(NamedTuple):
    """Over the share of a cycle: the three angles, the ankle's velocity, and what a lift of 1 adds to them."""

    angles: list[Array]
    velocity: list[Array]
    lifted_angles: list[Array]
    lifted_velocity: list[Array]


class _Track(NamedTuple):
    """One leg's curves as they are gathered: knots of the angles and of the roll, keyframes of all else."""

    angles: tuple[list[Knot], list[Knot], list[Knot]]
    roll: list[Knot]
    loads: tuple[list[tuple[float, float]], list[tuple[float, float]]]
    ankle: tuple[list[tuple[float, float]], list[tuple[float, float]]]


def _leg(gait: Gait, cycle: Cycle, walked: list[_Walked], leads: bool, yaw: Curve, random: Random) -> LegScript:
    shapes = _shapes(gait, cycle)
    still = gait.standing
    rest = [(0.0, 0.0)]
    track = _Track(([], [], []), [], ([(0.0, still.heel)], [(0.0, still.forefoot)]), ([*rest], [*rest]))
    steps: list[TrueStep] = []
    for one in walked:
        _follow(track, gait, cycle, shapes, one, leads)
        steps += _steps(cycle, one, leads)
    along, up = (through(frames) for frames in track.ankle)
    strikes = (random.uniform(*gait.blow_deg_s) for _ in steps)
    return LegScript(
        thigh=_curve(track.angles[0]),
        shank=_curve(track.angles[1]),
        foot=_curve(track.angles[2]),
        heel=through(track.loads[0]),
        forefoot=through(track.loads[1]),
        ankle=lambda t_s: (along(t_s).value, up(t_s).value),
        yaw=yaw,
        roll=_curve(track.roll),
        steps=tuple(steps),
        blows=tuple(
            Blow(step.initial_contact_s, strike, random.uniform(25.0, 40.0))
            for step, strike in zip(steps, strikes, strict=True)
        ),
        sway_deg=waves(random, _SWAY_DEG, 0.2, 0.9),
    )


def _shapes(gait: Gait, cycle: Cycle) -> _Shapes:
    angles = [smooth(values) for values in (cycle.thigh, cycle.shank, cycle.foot)]
    velocity = list(ankle_velocity(cycle))
    lift = gait.lift or gait.affected
    more = [smooth(b - a) for a, b in zip(gait.affected[:3], lift[:3], strict=True)]
    lifted = ankle_velocity(cycle.plus(*more)) if gait.lift else velocity
    return _Shapes(angles, velocity, more, [b - a for a, b in zip(velocity, lifted, strict=True)])


def _follow(track: _Track, gait: Gait, cycle: Cycle, shapes: _Shapes, one: _Walked, leads: bool) -> None:
    """Append one bout to a leg's track: y = blend * (gain * angle + lift * lifted angle), and its derivatives."""
    own, start, count = _own(one, leads), gait.start_share + (0.0 if leads else 1.0), len(one.bout.stride_s)
    blend = _over(_blend(start, count), own)
    gain = _over(_gain(one.bout, start, count), own)
    lift = _lift_of(one.bout, leads, own, start)
    share = own % 1.0
    for knots, angle, more in zip(track.angles, shapes.angles, shapes.lifted_angles, strict=True):
        plain = _product(gain, _along(angle, share))
        shape = [a + lift * b for a, b in zip(plain, _along(more, share), strict=True)]
        knots.extend(_knots(one, _product(blend, shape)))
    if gait.roll is not None:
        track.roll.extend(_knots(one, _product(blend, _along(gait.roll, share))))
    tables = ((cycle.heel, gait.standing.heel), (cycle.forefoot, gait.standing.forefoot))
    for frames, (table, still) in zip(track.loads, tables, strict=True):
        load = blend[0] * _look_up(table, share) + (1.0 - blend[0]) * still
        frames.extend(zip(one.t_s.tolist(), load.tolist(), strict=True))
    for frames, plain_v, more_v in zip(track.ankle, shapes.velocity, shapes.lifted_velocity, strict=True):
        v, a = (_look_up(table, share) for table in (plain_v, slope(plain_v)))
        v_more, a_more = (_look_up(table, share) for table in (more_v, slope(more_v)))
        moved = (a + lift * a_more) * one.rate**2 + (v + lift * v_more) * one.acceleration
        frames.extend(zip(one.t_s.tolist(), (blend[0] * gain[0] * moved).tolist(), strict=True))


def _own(one: _Walked, leads: bool) -> Array:
    return np.asarray(one.cycles + (0.0 if leads else 0.5))


def _curve(knots: list[Knot]) -> Curve:
    return Curve(knots) if knots else STILL


def _blend(start: float, count: int) -> Curve:
    return through(((start, 0.0), (start + BLEND, 1.0), (start + count, 1.0), (start + count + BLEND, 0.0)))


def _gain(bout: Bout, start: float, count: int) -> Curve:
    gains = bout.gains or [1.0] * count
    return through((int(start) + k, gains[min(k, count - 1)]) for k in range(count + 1))


def _lift_of(bout: Bout, leads: bool, own: Array, start: float) -> Array:
    lifts = bout.lifts if leads else bout.other_lifts or bout.lifts
    if not lifts:
        return np.zeros_like(own)
    place = np.clip(np.floor(own).astype(int) - int(start), 0, len(lifts) - 1)
    return np.asarray(np.array(lifts)[place])


def _steps(cycle: Cycle, one: _Walked, leads: bool) -> list[TrueStep]:
    own, first, count = _own(one, leads), 0 if leads else 1, len(one.bout.stride_s)

    def when(cycles: float) -> float:
        return float(np.interp(cycles, own, one.t_s))

    return [
        TrueStep(when(k + cycle.heel_off_share), when(k + cycle.stance_share), when(k + 1.0), k == first)
        for k in range(first, first + count)
    ]


def _look_up(table: Array, share: Array) -> Array:
    return np.interp(share, SHARE, table, period=1.0)


def _along(table: Array, share: Array) -> list[Array]:
    first = slope(table)
    return [_look_up(values, share) for values in (table, first, slope(first))]


def _over(curve: Curve, own: Array) -> list[Array]:
    moved = np.array([curve(u) for u in own])
    return [moved[:, 0], moved[:, 1], moved[:, 2]]


def _product(a: list[Array], b: list[Array]) -> list[Array]:
    return [a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2.0 * a[1] * b[1] + a[0] * b[2]]


def _knots(one: _Walked, by_cycle: list[Array]) -> list[Knot]:
    """From derivatives by the count of cycles to those by time."""
    rate = by_cycle[1] * one.rate
    acceleration = by_cycle[2] * one.rate**2 + by_cycle[1] * one.acceleration
    rows = zip(one.t_s.tolist(), by_cycle[0].tolist(), rate.tolist(), acceleration.tolist(), strict=True)
    return [Knot(*row) for row in rows]
