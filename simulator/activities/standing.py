"""On the feet or knees without walking. No burst is wanted in any of these.

Magnitudes are [K] unless said; repetitions differ by ±15 % in size and tempo.
"""

from collections.abc import Callable
from random import Random

from config.schema import Side
from simulator.activities.routine import SITTING, STANDING, Base, Pose, Routine
from simulator.activities.script import LegScript, other_side
from simulator.activities.shaking import waves

Repetition = Callable[[dict[Side, Routine], Random, Side, float, float], None]
"""Adds one repetition to both legs, given the affected side, the size (about 1) and the tempo (about 1)."""


def repeated(
    name: str, seed: int, seconds: float, side: Side, first: Pose, base: Base, sway: float, repeat: Repetition
) -> dict[Side, LegScript]:
    """Both legs repeat a movement until `seconds` are over, after two seconds of rest."""
    random = Random(f"{seed} {name}")
    sides: tuple[Side, Side] = (side, other_side(side))
    legs: dict[Side, Routine] = {one: Routine(first, base) for one in sides}
    for leg in legs.values():
        leg.hold(2.0)
    while legs[side].t_s < seconds:
        repeat(legs, random, side, random.uniform(0.85, 1.15), random.uniform(0.85, 1.15))
    return {one: legs[one].script(waves(random, sway, 0.2, 0.9)) for one in sides}


def both(legs: dict[Side, Routine], pose: Pose, seconds: float) -> None:
    """Both legs go to one pose."""
    for leg in legs.values():
        leg.move(pose, seconds)


def weight_shift(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """The body goes from foot to foot once in 2 to 4 s; shanks lean by 3 deg, slower than 20 deg/s."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        loaded = Pose(1.0, -2.5, 0.0, 0.55, 0.4, roll=2.5)
        relieved = Pose(3.0, 1.5, 0.0, 0.04, 0.06, roll=2.5)
        turn = random.uniform(1.0, 1.8) * tempo
        rest = random.uniform(0.2, 1.5)
        for one, other in ((side, other_side(side)), (other_side(side), side)):
            legs[one].move(STANDING.towards(loaded, size), turn)
            legs[other].move(STANDING.towards(relieved, size)._replace(heel=relieved.heel * size), turn)
            for leg in legs.values():
                leg.hold(rest)

    return repeated("weight_shift", seed, seconds, side, STANDING, "floor", 0.3, repeat)


def heel_raises(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Up on the balls of both feet: foot pitch to -30 deg at 60 to 120 deg/s, held for a moment, down again."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:  # noqa: ARG001
        raised = Pose(2.0, -3.0, -30.0 * size, 0.0, 0.5)
        leaving = STANDING.towards(raised, 0.1)._replace(heel=0.0, forefoot=0.5)
        hold = random.uniform(0.3, 1.5)
        both(legs, leaving, 0.2 * tempo)
        both(legs, raised, 0.5 * tempo)
        both(legs, raised, hold)
        both(legs, leaving, 0.6 * tempo)
        both(legs, STANDING, 0.2 * tempo)
        both(legs, STANDING, random.uniform(0.5, 1.5))

    return repeated("heel_raises", seed, seconds, side, STANDING, "floor", 0.4, repeat)


def single_leg_stand(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """One leg bends its knee to 80 deg and is held up 5 to 10 s, now the affected one, now the other."""
    lifted_next = [side]

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:  # noqa: ARG001
        up, down = lifted_next[0], other_side(lifted_next[0])
        lifted_next[0] = down
        carrying = Pose(2.0, -2.0, 0.0, 0.6, 0.4, roll=1.5)
        legs[up].move(STANDING.towards(Pose(2.0, -2.0, -4.0, 0.0, 0.05), 1.0), 0.6 * tempo)
        legs[down].move(carrying, 0.6 * tempo)
        raised = Pose(12.0 * size, -68.0 * size, -78.0 * size, 0.0, 0.0)
        legs[up].move(raised, 0.7 * tempo)
        legs[down].hold(0.7 * tempo)
        for _ in range(random.randint(5, 10)):
            legs[up].move(raised.towards(STANDING, random.uniform(-0.08, 0.08))._replace(heel=0.0, forefoot=0.0), 1.0)
            legs[down].move(carrying._replace(shank=-2.0 + random.uniform(-2.0, 2.0), roll=random.uniform(-2, 2)), 1.0)
        legs[up].move(Pose(2.0, -2.0, -4.0, 0.0, 0.05), 0.8 * tempo)
        legs[down].move(carrying, 0.8 * tempo)
        both(legs, STANDING, 0.4)
        legs[up].strike(random, 20.0, 60.0)
        both(legs, STANDING, random.uniform(0.5, 2.0))

    return repeated("single_leg_stand", seed, seconds, side, STANDING, "hip", 0.4, repeat)


def sit_to_stand(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """From the chair and back: shanks lean forward by 18 deg, the thigh rises within 2 s; feet stay where they are."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:  # noqa: ARG001
        leaning = Pose(88.0, -18.0 * size, 0.0, 0.2, 0.2)
        rising = Pose(45.0, -15.0 * size, 0.0, 0.35, 0.25)
        both(legs, leaning, 0.7 * tempo)
        both(legs, rising, 0.5 * tempo)
        both(legs, STANDING, 0.8 * tempo)
        both(legs, STANDING, random.uniform(1.0, 3.0))
        both(legs, rising, 0.8 * tempo)
        both(legs, leaning, 0.6 * tempo)
        both(legs, SITTING, 0.6 * tempo)
        both(legs, SITTING, random.uniform(1.0, 3.0))

    return repeated("sit_to_stand", seed, seconds, side, SITTING, "floor", 0.3, repeat)


def kneeling(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Down on the affected knee, the other foot in front, and up again; the shank lies level for some seconds."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        other = other_side(side)
        down_s, rest = 1.9 * tempo, random.uniform(3.0, 6.0)
        legs[side].move(Pose(-3.0, -25.0, -20.0 * size, 0.0, 0.2, hip_up_m=-0.1), 0.4 * down_s)
        legs[side].move(Pose(-2.0, -88.0, -62.0 * size, 0.0, 0.1, hip_up_m=-0.42), 0.6 * down_s)
        legs[other].move(Pose(85.0, -4.0 * size, 0.0, 0.25, 0.2, hip_up_m=-0.42), down_s)
        legs[side].strike(random, 20.0, 80.0)
        for leg in legs.values():
            leg.hold(rest)
        legs[side].move(Pose(-3.0, -25.0, -20.0 * size, 0.0, 0.3, hip_up_m=-0.1), 0.6 * down_s)
        legs[side].move(STANDING, 0.5 * down_s)
        legs[other].move(STANDING, 1.1 * down_s)
        both(legs, STANDING, random.uniform(1.0, 2.0))

    return repeated("kneeling", seed, seconds, side, STANDING, "hip", 0.3, repeat)
