"""An IMU that says what no leg does is lost: noise from sample to sample, or turning on and on."""

from math import pi, sin
from random import Random

import pytest

from config.schema import JudgementSettings
from controller.judgement import MOST_JERKS, SensorJudge
from controller.signals import Reading

STEP_S = 1 / 200
SETTINGS = JudgementSettings()
FULL = (78.0, 78.0, 78.0, 1000.0, 1000.0, 1000.0)


def walking(t_s: float) -> list[float]:
    """A shank that swings by 40 deg with each stride of 1.1 s, every part alive."""
    phase = 2.0 * pi * t_s / 1.1
    return [
        2.0 * sin(phase),
        9.8 + sin(2.0 * phase),
        sin(phase),
        9.0 * sin(phase),
        5.0 * sin(phase),
        230.0 * sin(phase),
    ]


class Imu:
    """An IMU and its judge. `lost_s`: how long it has been lost in all."""

    def __init__(self) -> None:
        self.judge = SensorJudge(SETTINGS, is_imu=True)
        self.ticks = 0
        self.lost_s = 0.0

    def say(self, values: list[float]) -> None:
        self.ticks += 1
        t_s = self.ticks * STEP_S
        self.judge.update(t_s, Reading(t_s, tuple(values)))
        self.lost_s += 0.0 if self.judge.trusted else STEP_S

    def walk(self, for_s: float, zero_deg_s: float = 0.0) -> None:
        for _ in range(round(for_s / STEP_S)):
            values = walking((self.ticks + 1) * STEP_S)
            self.say([*values[:5], values[5] + zero_deg_s])

    def noise(self, for_s: float, where: range, share: float, random: Random) -> None:
        """Values anywhere within this share of the full scale in some axes."""
        for _ in range(round(for_s / STEP_S)):
            values = walking((self.ticks + 1) * STEP_S)
            for axis in where:
                values[axis] = random.uniform(-share, share) * FULL[axis]
            self.say(values)


@pytest.mark.parametrize("where", [range(3), range(3, 6), range(6)])
@pytest.mark.parametrize("seed", range(5))
def test_noise_over_the_full_scale_loses_an_imu_until_it_is_over(where: range, seed: int) -> None:
    imu, random = Imu(), Random(seed)
    imu.walk(2.0)
    assert imu.judge.trusted
    imu.noise(0.4, where, 1.0, random)
    assert imu.judge.problem == "noise: no leg jerks like this"
    lost_s = imu.lost_s
    imu.noise(3.0, where, 1.0, random)
    assert imu.lost_s == pytest.approx(lost_s + 3.0)
    imu.walk(SETTINGS.return_s + 0.2)
    assert imu.judge.trusted


def test_a_step_that_jolts_its_imu_to_and_fro_is_believed() -> None:
    imu = Imu()
    for _ in range(10):
        imu.walk(1.0)
        for k in range(int(MOST_JERKS) - 1):
            values = walking((imu.ticks + 1) * STEP_S)
            imu.say([values[0] + (-1) ** k * 40.0, *values[1:]])
    assert imu.lost_s == 0.0


@pytest.mark.parametrize("share", [0.05, 0.15])
def test_an_imu_that_is_merely_noisy_is_believed(share: float) -> None:
    imu = Imu()
    imu.walk(2.0)
    imu.noise(5.0, range(6), share, Random(1))
    assert imu.lost_s == 0.0


@pytest.mark.parametrize("moved_deg_s", [-55.0, 55.0])
@pytest.mark.parametrize("before_s", [15.0, 15.4, 40.9])
def test_a_gyroscope_whose_zero_moves_is_lost_for_as_long_as_that_lasts(moved_deg_s: float, before_s: float) -> None:
    imu = Imu()
    imu.walk(before_s)
    imu.walk(4.0, moved_deg_s)
    assert imu.judge.problem == "gyr z turns on and on: its zero has moved"
    lost_s = imu.lost_s
    imu.walk(60.0, moved_deg_s)
    assert imu.lost_s == pytest.approx(lost_s + 60.0, abs=0.2)
    imu.walk(4.0)
    assert imu.judge.trusted


def test_a_zero_that_was_always_off_is_believed() -> None:
    imu = Imu()
    imu.walk(60.0, 45.0)
    assert imu.lost_s == 0.0


@pytest.mark.parametrize("turn_deg", [-90.0, 90.0])
def test_who_lies_down_is_believed(turn_deg: float) -> None:
    imu = Imu()
    imu.walk(15.0)
    for turn in (turn_deg, 0.0, 0.0, -turn_deg):
        for _ in range(200):
            imu.say([*walking((imu.ticks + 1) * STEP_S)[:5], turn])
    assert imu.lost_s == 0.0


def test_what_was_summed_up_is_forgotten_over_a_gap() -> None:
    imu = Imu()
    imu.walk(15.0)
    for _ in range(8):
        imu.walk(1.0, 60.0)
        imu.ticks += round(2.0 * SETTINGS.stale_s / STEP_S)
    assert imu.judge.problem == ""
