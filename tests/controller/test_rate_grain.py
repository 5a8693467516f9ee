"""A gyroscope that follows slowly is seen by the grain of its strides; another gait is not taken for one."""

from math import cos, exp, pi
from random import Random

import pytest

from config.load import default_settings
from config.schema import ImuSettings
from controller.controller import Controller
from controller.grain import RateGrain
from controller.senses import ImuSense
from controller.signals import CommandKind, Event, EventKind, Inputs, OperatorCommand, Reading

RATE_HZ = 200
STRIDES = 20


def rates(
    stride_s: float = 1.3, noise_deg_s: float = 0.3, swing_deg_s: float = 250.0, strides: int = STRIDES, seed: int = 1
) -> list[tuple[float, bool]]:
    """A sagittal rate of strides, with the shaking after the impact and the noise of a chip; whether the foot lands."""
    random = Random(seed)
    found: list[tuple[float, bool]] = []
    samples = round(stride_s * RATE_HZ)
    for _ in range(strides):
        for i in range(samples):
            share = i / samples
            swing = swing_deg_s * max(0.0, -cos(2.0 * pi * share) - 0.2) - 40.0
            shaking = 60.0 * exp(-i / 6.0) * cos(i * 1.3)
            found.append((swing + shaking + random.gauss(0.0, noise_deg_s), i == 0))
    return found


def lost(said: list[tuple[float, bool]], corner_hz: float = 0.0, from_s: float = 0.0, to_s: float = 1e9) -> list[bool]:
    """After every landing, whether the sensor is said to be slow; between the two times a low-pass is at work."""
    grain, slow, followed = RateGrain(), [], said[0][0]
    share = 1.0 - exp(-2.0 * pi * corner_hz / RATE_HZ)
    for i, (rate, lands) in enumerate(said):
        t_s = i / RATE_HZ
        at_work = corner_hz > 0.0 and from_s <= t_s < to_s
        followed = followed + share * (rate - followed) if at_work else rate
        grain.sample(t_s, followed)
        if lands:
            grain.land(t_s)
            slow.append(grain.slow)
    return slow


@pytest.mark.parametrize("corner_hz", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("stride_s", [0.9, 1.3, 2.0])
def test_a_low_pass_is_seen_within_three_strides_and_forgiven_after_it(corner_hz: float, stride_s: float) -> None:
    slow = lost(rates(stride_s), corner_hz, 10.5 * stride_s, 15.5 * stride_s)
    assert not any(slow[:11])
    assert all(slow[13:16])
    assert not any(slow[19:])


@pytest.mark.parametrize("stride_s", [0.9, 1.3, 2.0])
@pytest.mark.parametrize("noise_deg_s", [0.05, 0.3, 2.0])
def test_a_sensor_that_follows_is_never_slow(stride_s: float, noise_deg_s: float) -> None:
    assert not any(lost(rates(stride_s, noise_deg_s)))


def test_what_was_learned_of_a_strap_that_is_fastened_otherwise_is_forgotten_when_a_person_disarms() -> None:
    settings = default_settings()
    controller = Controller(settings)
    grain = controller.legs[0].leg.imus[0].grain
    grain.slow = True
    controller.step(Inputs(1.0, {}, (OperatorCommand(CommandKind.DISARM),)))
    assert not grain.slow


def test_a_rate_without_any_grain_teaches_nothing_and_fails_no_tick() -> None:
    grain = RateGrain()
    for i in range(4000):
        grain.sample(i / 128, float(i))
        if i % 128 == 0:
            grain.land(i / 128)
    assert not grain.slow


def test_another_pace_is_not_slow() -> None:
    assert not any(lost([*rates(1.8, swing_deg_s=150.0), *rates(1.0, swing_deg_s=350.0)]))
    assert not any(lost([*rates(1.0, swing_deg_s=350.0), *rates(1.8, swing_deg_s=150.0)]))


def test_neither_a_first_stride_nor_one_with_a_gap_nor_standing_is_judged() -> None:
    smooth = [(40.0 * cos(i / 40.0), i % 260 == 0) for i in range(260 * 4)]
    assert not any(lost(smooth))
    standing = [(0.0, i % 200 == 0) for i in range(2000)]
    assert not any(lost([*rates(), *standing]))
    grain = RateGrain()
    for k, (rate, lands) in enumerate([*rates(strides=10), *smooth]):
        gaps_s = max(0, k - 2600) // 100 * 0.1
        t_s = k / RATE_HZ + gaps_s
        grain.sample(t_s, rate)
        if lands:
            grain.land(t_s)
    assert not grain.slow


def test_the_landing_that_shows_it_is_still_told_and_the_sensor_lost_after_it() -> None:
    settings = default_settings()
    sense = ImuSense(next(one for one in settings.sensor if isinstance(one, ImuSettings)), settings)
    followed, share = 0.0, 1.0 - exp(-2.0 * pi / RATE_HZ)
    told_before: tuple[Event, ...] = ()
    for i, (rate, _) in enumerate(rates()):
        t_s = i / RATE_HZ
        followed = followed + share * (rate - followed) if t_s > 14.0 else rate
        wobble, blow = 0.01 * (i % 7), 3.0 if i % 260 < 8 else 0.0
        values = (0.1 + wobble, 9.81 + wobble + blow, wobble, wobble, wobble, followed)
        told = sense.update(t_s, Reading(t_s, values))
        if t_s > 1.0 and not sense.good:
            break
        told_before = told
    assert sense.problem.startswith("gyr z follows slowly: its fine movement is gone; ")
    assert [event.kind for event in told_before] == [EventKind.IC]
