"""Stairs, ramps and ground that is not a smooth level floor: each step wants a burst.

Stair angles are rough published shapes (McFadyen and Winter 1988, Riener 2002) from memory [K], as is all else here.
"""

from random import Random

from config.schema import Side
from simulator.activities.cycle import bump, drawn, level
from simulator.activities.script import LegScript
from simulator.activities.stepping import Bout, Gait, strides, walk
from simulator.activities.walking import long_bout, stride_s

_UP = {
    0.0: (55.0, -6.0, -8.0, 0.0, 0.15),
    0.06: (54.0, -12.0, -2.0, 0.02, 0.45),
    0.15: (45.0, -22.0, 0.0, 0.02, 0.95),
    0.35: (20.0, -14.0, 0.0, 0.03, 0.85),
    0.50: (6.0, -9.0, -4.0, 0.0, 1.05),
    0.60: (8.0, -30.0, -30.0, 0.0, 0.35),
    0.65: (14.0, -45.0, -48.0, 0.0, 0.0),
    0.75: (38.0, -56.0, -50.0, 0.0, 0.0),
    0.88: (62.0, -28.0, -20.0, 0.0, 0.0),
}
"""Stairs up: thigh, shank, foot (deg), heel and forefoot (body weights); on the forefoot, the heel below 25 N."""

_DOWN = {
    0.0: (14.0, 2.0, -22.0, 0.0, 0.20),
    0.06: (15.0, -4.0, -12.0, 0.05, 0.90),
    0.14: (14.0, -14.0, -1.0, 0.35, 0.75),
    0.35: (12.0, -22.0, 0.0, 0.30, 0.55),
    0.50: (14.0, -42.0, -14.0, 0.02, 0.80),
    0.60: (22.0, -62.0, -38.0, 0.0, 0.25),
    0.65: (28.0, -66.0, -46.0, 0.0, 0.0),
    0.75: (36.0, -42.0, -32.0, 0.0, 0.0),
    0.90: (26.0, 2.0, -14.0, 0.0, 0.0),
}
"""Stairs down: the forefoot lands first, the heel follows."""


def _flight(random: Random, stride: float) -> Bout:
    return Bout(strides(random, random.randint(4, 7), stride, 0.05), random.uniform(2.0, 4.0))


def stairs_up(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Flights of 8 to 14 steps: toes first, and the heel does not close a switch."""
    cycle = drawn(_UP, heel_off=0.45, stance=0.65)
    gait = Gait(cycle, cycle, blow_deg_s=(20.0, 70.0), start_share=0.42)
    return walk("stairs_up", seed, seconds, side, gait, lambda random: _flight(random, 1.45))


def stairs_down(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Flights of 8 to 14 steps: forefoot first, then the heel."""
    cycle = drawn(_DOWN, heel_off=0.42, stance=0.65)
    gait = Gait(cycle, cycle, blow_deg_s=(40.0, 120.0), start_share=0.3)
    return walk("stairs_down", seed, seconds, side, gait, lambda random: _flight(random, 1.35))


def ramp_up(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.8 m/s up a ramp of 5 deg: the foot stands toes up, hip and knee bend more before initial contact."""
    plain = level(0.8)
    cycle = plain.plus(
        thigh=8.0 * bump(0.65, 1.25) + 8.0 * bump(-0.35, 0.25),
        shank=-3.0 - 3.0 * bump(0.65, 1.25) - 3.0 * bump(-0.35, 0.25),
        foot=5.0,
    )
    return walk("ramp_up", seed, seconds, side, Gait(cycle, cycle), lambda random: long_bout(random, 1.15, 0.05))


def ramp_down(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.8 m/s down a ramp of 5 deg: the foot stands toes down, the knee gives way more under load."""
    plain = level(0.8)
    cycle = plain.plus(thigh=3.0 * bump(0.1, 0.7), shank=2.0 - 6.0 * bump(0.05, 0.6), foot=-5.0)
    gait = Gait(cycle, cycle, blow_deg_s=(60.0, 150.0))
    return walk("ramp_down", seed, seconds, side, gait, lambda random: long_bout(random, 1.05, 0.05))


def obstacle(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """Every third or fourth stride at 0.7 m/s goes over something low: thigh 30 deg and knee 50 deg more."""
    plain = level(0.7)
    over = plain.plus(thigh=30.0 * bump(0.58, 0.97), shank=-20.0 * bump(0.58, 0.95), foot=-5.0 * bump(0.6, 0.95))

    def bout(random: Random) -> Bout:
        count = random.randint(8, 12)
        every = random.randint(3, 4)
        lifts = [random.uniform(0.85, 1.15) if k % every == every - 1 else 0.0 for k in range(count)]
        return Bout(strides(random, count, stride_s(0.7), 0.06), random.uniform(2.0, 4.0), lifts=lifts)

    return walk("obstacle", seed, seconds, side, Gait(plain, plain, lift=over), bout)


def uneven_ground(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.7 m/s over stones: the standing foot tilts by up to 8 deg and the knee gives, differently in each stride."""
    plain = level(0.7)
    tilted = plain.plus(thigh=5.0 * bump(0.04, 0.58), shank=-4.0 * bump(0.04, 0.58), foot=8.0 * bump(0.04, 0.5))

    def bout(random: Random) -> Bout:
        count = random.randint(8, 14)
        tilts, others = ([random.uniform(-1.0, 1.0) for _ in range(count)] for _ in range(2))
        stride = strides(random, count, stride_s(0.7), 0.08)
        return Bout(stride, random.uniform(2.0, 4.0), lifts=tilts, other_lifts=others)

    gait = Gait(plain, plain, lift=tilted, blow_deg_s=(30.0, 200.0))
    return walk("uneven_ground", seed, seconds, side, gait, bout)


def carpet(seed: int, seconds: float, side: Side) -> dict[Side, LegScript]:
    """0.8 m/s on thick carpet: soft contacts, feet lifted a little more."""
    cycle = level(0.8).plus(thigh=4.0 * bump(0.6, 0.98), shank=-2.0 * bump(0.6, 0.95))
    gait = Gait(cycle, cycle, blow_deg_s=(5.0, 25.0))
    return walk("carpet", seed, seconds, side, gait, lambda random: long_bout(random, 1.05 * stride_s(0.8), 0.05))
