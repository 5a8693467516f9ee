"""Turning, and steps that do not go forward.

Turning steps want a burst, for toes that catch make people fall in turns. Steps sideways and backwards do not: there a
burst is neither missed nor harmful while the foot is in the air. Magnitudes are [K].
"""

from random import Random

import numpy as np

from config.schema import Side
from simulator.activities.cycle import SHARE, Cycle, backwards, drawn, level
from simulator.activities.script import LegScript
from simulator.activities.stepping import Bout, Gait, strides, walk
from simulator.activities.walking import stride_s

_IN_PLACE = {
    0.0: (2.0, 1.0, -1.0, 0.05, 0.10),
    0.08: (1.0, -1.0, 0.0, 0.45, 0.45),
    0.42: (0.0, -2.0, 0.0, 0.45, 0.45),
    0.53: (1.0, -5.0, -6.0, 0.02, 0.45),
    0.62: (6.0, -11.0, -15.0, 0.0, 0.0),
    0.72: (14.0, -15.0, -16.0, 0.0, 0.0),
    0.82: (15.0, -12.0, -10.0, 0.0, 0.0),
}
"""Stepping on the spot: thigh, shank, foot (deg), heel and forefoot (body weights) over the cycle [K]."""


def on_the_spot() -> Cycle:
    """Small steps that go nowhere."""
    return drawn(_IN_PLACE, heel_off=0.5, stance=0.62)


def turn_on_the_spot(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """A full turn in 5 or 6 strides of about 1 s, to the left or the right, up to 120 deg/s."""
    cycle = on_the_spot()
    gait = Gait(cycle, cycle, blow_deg_s=(20.0, 60.0))

    def bout(random: Random) -> Bout:
        count = random.randint(5, 6)
        turn = random.choice((-360.0, 360.0))
        stride = strides(random, count, 1.0, 0.07)
        return Bout(stride, random.uniform(1.5, 4.0), turn_deg=turn, turn_cycles=(0.3, count + 0.3))

    return walk("turn_on_the_spot", seed, seconds, side, gait, bout)


def half_turn(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Walks at 0.7 m/s, turns by 180 deg within two short strides and walks back."""
    cycle = level(0.7)
    gait = Gait(cycle, cycle)

    def bout(random: Random) -> Bout:
        before, after = random.randint(3, 5), random.randint(3, 5)
        gains = [1.0] * before + [0.55, 0.5] + [1.0] * after
        turn = random.choice((-180.0, 180.0))
        stride = strides(random, len(gains), stride_s(0.7), 0.05)
        cycles = (before - 0.2, before + 2.2)
        return Bout(stride, random.uniform(1.0, 3.0), gains=gains, turn_deg=turn, turn_cycles=cycles)

    return walk("half_turn", seed, seconds, side, gait, bout)


def backward_steps(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """4 to 8 strides backwards: gait at 0.4 m/s in reverse, toes first, heel last."""
    cycle = backwards(level(0.4).scaled(0.8, 0.8, 0.7))
    gait = Gait(cycle, cycle, blow_deg_s=(20.0, 60.0))

    def bout(random: Random) -> Bout:
        return Bout(strides(random, random.randint(4, 8), 1.6, 0.08), random.uniform(1.5, 4.0))

    return walk("backward_steps", seed, seconds, side, gait, bout)


def side_steps(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """4 to 8 strides sideways: the leg goes out by 10 deg and comes back, the foot lands flat."""
    cycle = on_the_spot().scaled(0.7, 0.8, 0.6)
    out = 10.0 if side == "right" else -10.0
    gait = Gait(cycle, cycle, roll=out * np.sin(2.0 * np.pi * (SHARE - 0.2)), blow_deg_s=(20.0, 60.0))

    def bout(random: Random) -> Bout:
        return Bout(strides(random, random.randint(4, 8), 1.3, 0.08), random.uniform(1.5, 4.0))

    return walk("side_steps", seed, seconds, side, gait, bout)
