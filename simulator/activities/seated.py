"""On a chair or in a vehicle. No burst is wanted in any of these.

Magnitudes are [K] unless said; repetitions differ by ±15 % in size and tempo.
"""

from random import Random

from config.schema import Side
from simulator.activities.curve import Curve, through
from simulator.activities.routine import SITTING, Pose, Routine
from simulator.activities.script import LegScript, other_side
from simulator.activities.shaking import waves
from simulator.activities.standing import both, repeated


def marching(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Knees go up in turn by 20 deg, about one a second; the foot hangs and comes down flat."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        raised = Pose(90.0 + 20.0 * size, -6.0 * size, -14.0 * size, 0.0, 0.0)
        leaving = Pose(91.0, 0.0, -1.0, 0.01, 0.03)
        for up in (side, other_side(side)):
            for pose, lasts_s in ((leaving, 0.12), (raised, 0.4), (leaving, 0.4), (SITTING, 0.1)):
                legs[up].move(pose, lasts_s * tempo)
                legs[other_side(up)].hold(lasts_s * tempo)
            legs[up].strike(random, 20.0, 80.0)
        if random.random() < 0.15:
            both(legs, SITTING, random.uniform(1.0, 3.0))

    return repeated("seated_marching", seed, seconds, side, SITTING, "hip", 0.15, repeat)


def kicks(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """The knee straightens and bends again; the shank swings through 70 deg, about 190, at most 250 deg/s."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        straight = Pose(92.0, 70.0 * size, 60.0 * size, 0.0, 0.0)
        leaving = Pose(91.0, 3.0, 0.0, 0.0, 0.02)
        up = side if random.random() < 0.75 else other_side(side)
        steps = (
            (leaving, 0.25),
            (straight, 0.7),
            (straight, random.uniform(0.1, 2.0)),
            (leaving, 0.75),
            (SITTING, 0.25),
        )
        for pose, lasts_s in steps:
            legs[up].move(pose, lasts_s * tempo)
            legs[other_side(up)].hold(lasts_s * tempo)
        legs[up].strike(random, 20.0, 60.0)
        both(legs, SITTING, random.uniform(0.3, 1.2))

    return repeated("seated_kicks", seed, seconds, side, SITTING, "hip", 0.15, repeat)


def leg_crossing(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """One leg is laid over the other, its foot bobs, and it is put down again."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        over = side if random.random() < 0.6 else other_side(side)
        under = other_side(over)
        inwards = 1.0 if over == "left" else -1.0
        high = Pose(112.0 * size, 10.0, -5.0, 0.0, 0.0, yaw=20.0 * inwards, roll=15.0 * inwards)
        crossed = Pose(102.0, 25.0 * size, 5.0, 0.0, 0.0, yaw=15.0 * inwards, roll=28.0 * inwards)
        heavier = SITTING._replace(heel=0.12, forefoot=0.06)
        for pose, lasts_s in ((high, 0.8 * tempo), (crossed, 0.7 * tempo)):
            legs[over].move(pose, lasts_s)
        legs[under].move(heavier, 1.5 * tempo)
        for _ in range(random.randint(3, 8)):
            legs[over].move(crossed._replace(foot=5.0 + random.uniform(-15.0, 10.0), shank=crossed.shank + 3.0), 0.5)
            legs[over].move(crossed, 0.5)
            legs[under].hold(1.0)
        legs[over].move(high, 0.7 * tempo)
        legs[over].move(SITTING, 0.8 * tempo)
        legs[under].move(SITTING, 1.5 * tempo)
        legs[over].strike(random, 20.0, 80.0)
        both(legs, SITTING, random.uniform(1.0, 4.0))

    return repeated("leg_crossing", seed, seconds, side, SITTING, "hip", 0.15, repeat)


def foot_tapping(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """The toes tap with the heel down, then the heel bounces on the ball of the foot, 2 to 4 times a second."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:
        other = other_side(side)
        heel_bounces = random.random() < 0.5
        moved = (
            Pose(92.0 + size, -1.0, -9.0 * size, 0.0, 0.12) if heel_bounces else Pose(90.0, 0.5, 14.0 * size, 0.11, 0.0)
        )
        half = random.uniform(0.125, 0.25) * tempo
        for _ in range(random.randint(6, 16)):
            legs[side].move(moved, half)
            legs[side].move(SITTING, half)
            legs[side].strike(random, 5.0, 25.0)
            legs[other].hold(2.0 * half)
        both(legs, SITTING, random.uniform(0.5, 3.0))

    return repeated("foot_tapping", seed, seconds, side, SITTING, "floor", 0.15, repeat)


def vehicle(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Sitting in a vehicle: 2 to 3 m/s² at 2 to 20 Hz, legs that shake along, bends, braking, and feet that shift."""

    def repeat(legs: dict[Side, Routine], random: Random, side: Side, size: float, tempo: float) -> None:  # noqa: ARG001
        for leg in legs.values():
            heel = random.uniform(0.03, 0.12)
            leg.move(SITTING._replace(shank=random.uniform(-3.0, 6.0) * size, heel=heel), 1.5)
            leg.hold(random.uniform(2.0, 6.0))
        longest = max(leg.t_s for leg in legs.values())
        for leg in legs.values():
            leg.hold(longest - leg.t_s + 0.1)

    scripts = repeated("vehicle", seed, seconds, side, SITTING, "floor", 0.2, repeat)
    random = Random(f"{seed} road")
    bends = through((float(k * 6), random.uniform(-40.0, 40.0)) for k in range(int(seconds / 6.0) + 3))
    braking = waves(random, 1.5, 0.05, 0.2)
    along, up = waves(random, 1.2, 2.0, 20.0, 4), waves(random, 3.0, 2.0, 20.0, 6)
    return {
        one: script._replace(
            yaw=bends,
            sway_deg=(*script.sway_deg, *waves(random, 0.3, 2.0, 8.0)),
            jolts_m_s2=((*along, *braking), up),
            heel=_trembling(script, random, seconds),
        )
        for one, script in scripts.items()
    }


def _trembling(script: LegScript, random: Random, seconds: float) -> Curve:
    """The heel's load under vibration: it wavers by up to 40 % at about 5 Hz."""
    times = [0.1 * k for k in range(int(10.0 * seconds) + 2)]
    return through((t, script.heel(t).value * random.uniform(0.6, 1.4)) for t in times)
