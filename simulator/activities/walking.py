"""Walking on level ground, whole and troubled: each step wants a burst, unless it is an exercise on the toes.

Made from the published level gait at a speed; what is changed about it is [K] unless said.
"""

from random import Random

import numpy as np

from config.schema import Side
from simulator.activities.cycle import SHARE, Cycle, bump, level
from simulator.activities.routine import STANDING
from simulator.activities.script import LegScript
from simulator.activities.stepping import Bout, Gait, strides, walk
from simulator.kinematics import cadence_steps_min


def stride_s(speed_m_s: float) -> float:
    """Stride time at a speed, s (`physiology-and-devices.md` 5.1)."""
    return 120.0 / cadence_steps_min(speed_m_s)


def long_bout(random: Random, stride: float, cv: float) -> Bout:
    """8 to 14 strides, then a pause of 2 to 4 s."""
    return Bout(strides(random, random.randint(8, 14), stride, cv), random.uniform(2.0, 4.0))


def slow(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.2 to 0.4 m/s, drawn once for a seed; stride times vary by 12 % (5.1: more at low speed)."""
    speed = round(Random(f"{seed} slow speed").uniform(0.2, 0.4), 2)
    gait = Gait(level(speed), level(speed), blow_deg_s=(20.0, 60.0))
    return walk("slow", seed, seconds, side, gait, lambda random: long_bout(random, stride_s(speed), 0.12))


def start_and_stop(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """One to four strides at 0.8 m/s, then standing for 1 to 4 s, again and again."""
    gait = Gait(level(0.8), level(0.8))

    def bout(random: Random) -> Bout:
        return Bout(strides(random, random.randint(1, 4), stride_s(0.8), 0.06), random.uniform(1.0, 4.0))

    return walk("start_and_stop", seed, seconds, side, gait, bout)


def shuffling(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Short flat steps, a third of the normal angles; the heel keeps 5 % of the body weight or more."""
    cycle = level(0.4).scaled(0.35, 0.35, 0.15)
    cycle = cycle._replace(heel=np.maximum(cycle.heel, 0.05))
    gait = Gait(cycle, cycle, blow_deg_s=(10.0, 40.0))
    return walk("shuffling", seed, seconds, side, gait, lambda random: long_bout(random, 1.25, 0.08))


def festination(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Steps that become faster and smaller: strides from 1.1 to 0.5 s, angles down to 30 %, then a stop."""
    cycle = level(0.6).scaled(0.7, 0.7, 0.6)
    gait = Gait(cycle, cycle, blow_deg_s=(20.0, 80.0))

    def bout(random: Random) -> Bout:
        count = random.randint(8, 14)
        hurry = [k / (count - 1) for k in range(count)]
        stride = [(1.1 - 0.6 * h) * random.uniform(0.97, 1.03) for h in hurry]
        return Bout(stride, random.uniform(2.0, 4.0), gains=[1.0 - 0.7 * h for h in hurry])

    return walk("festination", seed, seconds, side, gait, bout)


def cane(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.4 m/s with a cane: the affected leg carries three quarters, its knee bends less, stride times vary by 8 %."""
    sound = level(0.4)
    weak = sound.scaled(0.85, 0.8, 0.7)._replace(heel=0.7 * sound.heel, forefoot=0.75 * sound.forefoot)
    gait = Gait(weak, sound, blow_deg_s=(20.0, 70.0))
    return walk("cane", seed, seconds, side, gait, lambda random: long_bout(random, 1.15 * stride_s(0.4), 0.08))


def toe_first(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """The affected foot lands on its toes and its heel never closes a switch, in standing neither (equinus)."""
    sound = level(0.6)
    pitch = -8.0 - 12.0 * bump(0.5, 1.25) - 10.0 * bump(-0.25, 0.2)
    weak = sound.plus(shank=-3.0, thigh=2.0)._replace(foot=np.minimum(0.5 * sound.foot, 0.0) + pitch)
    gait = Gait(
        weak.on_the_forefoot(0.0), sound, blow_deg_s=(30.0, 90.0), standing=STANDING._replace(heel=0.0, forefoot=0.4)
    )
    return walk("toe_first", seed, seconds, side, gait, lambda random: long_bout(random, 1.1 * stride_s(0.6), 0.06))


def heel_stays_loaded(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Flat spastic steps at 0.5 m/s: the affected heel never falls below 6 % of the body weight (44 N at 75 kg)."""
    sound = level(0.5)
    weak = sound.scaled(0.7, 0.65, 0.2)
    weak = weak._replace(heel=np.maximum(weak.heel, 0.06))
    gait = Gait(weak, sound, blow_deg_s=(20.0, 60.0))
    return walk("heel_stays_loaded", seed, seconds, side, gait, lambda random: long_bout(random, stride_s(0.5), 0.07))


def exaggerated_marching(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Walking at 0.6 m/s with knees lifted high in each swing: thigh 35 deg, knee 45 deg more, deliberate steppage."""
    plain = level(0.6)
    high = plain.plus(thigh=35.0 * bump(0.58, 0.98), shank=-10.0 * bump(0.58, 0.98), foot=5.0 * bump(0.62, 0.98))
    gait = Gait(plain, plain, lift=high)

    def bout(random: Random) -> Bout:
        count = random.randint(8, 14)
        lifts, others = ([random.uniform(0.85, 1.15) for _ in range(count)] for _ in range(2))
        stride = strides(random, count, 1.1 * stride_s(0.6), 0.04)
        return Bout(stride, random.uniform(2.0, 4.0), lifts=lifts, other_lifts=others)

    return walk("exaggerated_marching", seed, seconds, side, gait, bout)


def toe_walk(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Exercise: 10 steps at 0.6 m/s on the balls of the feet, 25 deg heels up; the heel never loads on the way."""
    plain = level(0.6)
    foot = np.minimum(0.4 * plain.foot, 2.0) - 25.0
    cycle = plain._replace(foot=foot).plus(shank=2.0).on_the_forefoot(0.0)
    gait = Gait(cycle, cycle, blow_deg_s=(20.0, 60.0))

    def bout(random: Random) -> Bout:
        return Bout(strides(random, 10, stride_s(0.6), 0.05), random.uniform(2.0, 5.0))

    return walk("toe_walk", seed, seconds, side, gait, bout)


def heel_walk(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Exercise: 10 steps at 0.5 m/s on the heels, toes up 12 to 20 deg all the time; the forefoot never loads."""
    plain = level(0.5)
    loaded = np.clip(1.0 - np.abs(SHARE - 0.5 * plain.stance_share) / (0.5 * plain.stance_share), 0.0, 1.0)
    carried: Cycle = plain._replace(
        thigh=0.8 * plain.thigh,
        shank=0.7 * plain.shank,
        foot=14.0 + 6.0 * np.cos(2.0 * np.pi * SHARE),
        heel=(plain.heel + plain.forefoot) * (loaded > 0.0),
        forefoot=0.0 * plain.forefoot,
    )
    gait = Gait(carried, carried, blow_deg_s=(40.0, 120.0))

    def bout(random: Random) -> Bout:
        return Bout(strides(random, 10, stride_s(0.5), 0.06), random.uniform(2.0, 5.0))

    return walk("heel_walk", seed, seconds, side, gait, bout)
