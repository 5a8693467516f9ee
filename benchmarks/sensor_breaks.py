"""Ways in which one sensor of a leg breaks, put into the inputs of a recorded or simulated walk."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import cos, radians, sin
from random import Random

from controller.signals import Inputs, Reading

BOUNCE_S, DROPPED_SHARE, SLIP_DEG = 0.03, 0.3, 15.0
Break = Callable[[Random, float], Callable[[float, Reading], Reading | None]]


def _heel(change: Callable[[Random, float, float], float]) -> Break:
    """A broken heel switch: `change` gives its level from the true one and the time since the fault began."""

    def broken(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:
        return lambda t_s, reading: Reading(reading.t_s, (change(random, t_s - start_s, reading.values[0]),))

    return broken


def _drops(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    return lambda _, reading: None if random.random() < DROPPED_SHARE else reading


def _bounces(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:
    """The contact is lost and made again at random, for 30 ms on average, a third of the time."""
    state = [False, start_s]

    def bounce(t_s: float, reading: Reading) -> Reading:
        if t_s >= state[1]:
            state[0] = not state[0]
            state[1] = t_s + random.expovariate(1.0 / (BOUNCE_S if state[0] else 2.0 * BOUNCE_S))
        return Reading(reading.t_s, (1.0 - reading.values[0],)) if state[0] else reading

    return bounce


def _freezes(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    kept: list[tuple[float, ...]] = []

    def freeze(_: float, reading: Reading) -> Reading:
        if not kept:
            kept.append(reading.values)
        return Reading(reading.t_s, kept[0])

    return freeze


def _mirrors(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    """Mounted the wrong way round: turned by 180 degrees about the segment."""

    def mirror(_: float, reading: Reading) -> Reading:
        x, y, z, rate_x, rate_y, rate_z = reading.values
        return Reading(reading.t_s, (-x, y, -z, -rate_x, rate_y, -rate_z))

    return mirror


def _slips(axis: int, random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001
    """Slipped by 15 degrees about one axis of the segment."""
    one, two = [(1, 2), (2, 0), (0, 1)][axis]
    c, s = cos(radians(SLIP_DEG)), sin(radians(SLIP_DEG))

    def slip(_: float, reading: Reading) -> Reading:
        values = list(reading.values)
        for first in (0, 3):
            a, b = values[first + one], values[first + two]
            values[first + one], values[first + two] = c * a - s * b, s * a + c * b
        return Reading(reading.t_s, tuple(values))

    return slip


FAULTS: dict[str, Break] = {
    "heel_stuck_open": _heel(lambda *_: 0.0),
    "heel_stuck_closed": _heel(lambda *_: 1.0),
    "heel_bouncing": _bounces,
    "heel_dropouts": _drops,
    "heel_inverted": _heel(lambda _, __, level: 1.0 - level),
    "imu_frozen": _freezes,
    "imu_mirrored": _mirrors,
    "imu_slipped_about_z": partial(_slips, 2),
    "imu_slipped_about_y": partial(_slips, 1),
    "imu_dropouts": _drops,
}


def break_from(inputs: Sequence[Inputs], sensor: str, fault: str, start_s: float, random: Random) -> Iterator[Inputs]:
    """The inputs with the fault in one sensor from `start_s` on."""
    change = FAULTS[fault](random, start_s)
    for one in inputs:
        reading = one.readings.get(sensor)
        if one.t_s < start_s or reading is None:
            yield one
            continue
        others = {name: other for name, other in one.readings.items() if name != sensor}
        changed = change(one.t_s, reading)
        yield one._replace(readings=others if changed is None else {**others, sensor: changed})
