"""Random bytes, jumps that no chip and no leg makes, and what a sound chip is never suspected of."""

from itertools import count
from random import Random

import pytest

from config.schema import ImuSettings
from controller.signals import Reading
from drivers.mpu6050 import LOST_S, SOUND_IN_A_ROW, Mpu6050
from simulator.clock import VirtualClock
from simulator.wired.background import VirtualBackground
from simulator.wired.i2c import SimulatedBus
from simulator.wired.mpu6050 import Mpu6050Chip

SETTINGS = ImuSettings(kind="imu", id="shank", side="left")
ADDRESS = SETTINGS.i2c_address
TICK_S = 0.005
SOUND = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0, 30.0)


class Bench:
    """Chip, bus and driver, open and read for 0.1 s; `motion` is what the chip feels, with a little noise."""

    def __init__(self, seed: int = 0) -> None:
        self.clock = VirtualClock(100.0)
        self.motion: tuple[float, ...] = SOUND
        self.steps = count()
        self.chip = Mpu6050Chip(self._feel, clock=self.clock)
        self.bus = SimulatedBus({ADDRESS: self.chip}, hold=self.clock.advance, seed=seed)
        self.background = VirtualBackground(self.clock)
        self.imu = Mpu6050(SETTINGS, self.bus, self.clock, 0.1, self.background)
        self.imu.open()
        self.run(0.1)

    def _feel(self) -> tuple[float, ...]:
        return (*self.motion[:5], self.motion[5] + next(self.steps) % 20 * 0.05, self.motion[6])

    def tick(self) -> Reading | None:
        self.clock.advance(TICK_S)
        self.background.advance()
        self.chip.sample()
        return self.imu.poll()

    def run(self, seconds: float) -> list[Reading | None]:
        return [self.tick() for _ in range(round(seconds / TICK_S))]


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_are_not_believed_told_and_stay_so(seed: int) -> None:
    bench = Bench(seed)
    bench.bus.corrupt(ADDRESS)
    assert bench.run(10.0) == [None] * 2000
    assert "no good sample" in bench.imu.status().problem
    bench.bus.heal()
    assert bench.run(0.5)[-1] is not None
    assert bench.imu.status().problem == ""


@pytest.mark.parametrize("seed", range(4))
def test_a_chip_that_feels_anything_is_lost_and_stays_so(seed: int) -> None:
    """Its registers are as they were set, and so is its temperature: only how it turns tells."""
    bench, random = Bench(), Random(seed)
    believed, told = 0, []
    for _ in range(2000):
        bench.motion = (*[random.uniform(-70.0, 70.0) for _ in range(3)],
                        *[random.uniform(-1000.0, 1000.0) for _ in range(3)], 30.0)  # fmt: skip
        believed += bench.tick() is not None
        told.append(bench.imu.status().problem != "")
    assert believed <= 2
    assert all(told[round(2 * LOST_S / TICK_S) :])
    bench.motion = SOUND
    assert bench.run(0.5)[-1] is not None


@pytest.mark.parametrize("jump", [(0.0, 2.5), (0.0, -2.5), (500.0, 0.0), (-500.0, 0.0)])
def test_one_sample_that_cannot_be_costs_it_and_a_few_more(jump: tuple[float, float]) -> None:
    bench = Bench()
    rate_deg_s, warmer_c = jump
    bench.motion = (*SOUND[:5], rate_deg_s, SOUND[6] + warmer_c)
    assert bench.tick() is None
    bench.motion = SOUND
    readings = bench.run(0.1)
    assert [r is None for r in readings] == [True] * (1 + SOUND_IN_A_ROW) + [False] * (19 - SOUND_IN_A_ROW)
    assert bench.imu.status().problem == ""
    assert bench.chip.resets == 1


def test_a_chip_that_came_back_much_colder_is_believed_again() -> None:
    bench = Bench()
    bench.bus.nack(ADDRESS)
    bench.run(0.2)
    bench.motion = (*SOUND[:6], 5.0)
    bench.bus.heal()
    assert bench.run(0.2)[-1] is not None
    bench.chip.brown_out()
    bench.motion = (*SOUND[:6], 20.0)
    bench.run(0.5)
    assert bench.imu.errors < 60
    assert None not in bench.run(1.0)


def test_a_chip_that_warmed_while_the_loop_stood_still_is_believed_again() -> None:
    bench = Bench()
    bench.clock.advance(60.0)
    bench.motion = (*SOUND[:5], 900.0, SOUND[6] + 5.0)
    assert bench.run(0.5)[-1] is not None


def test_the_blow_of_a_heel_and_a_kick_are_believed() -> None:
    bench = Bench()
    rates_deg_s = [0.0, 190.0, 0.0, -190.0, 0.0, 300.0, 650.0, 900.0, 600.0, 250.0, 0.0]
    for rate_deg_s in rates_deg_s:
        bench.motion = (60.0, -60.0, 40.0, 0.0, rate_deg_s, -rate_deg_s, SOUND[6])
        assert bench.tick() is not None
