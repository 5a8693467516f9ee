"""Synthetic walks and settings for the controller's tests; everything is made here from simple formulae."""

from math import cos, pi

import pytest

from config.load import default_settings
from config.schema import Settings
from controller.signals import Inputs, Reading

STRIDE_S = 1.2
RATE_HZ = 200


@pytest.fixture
def settings() -> Settings:
    """The default settings: right leg, plain heel switch, shank IMU, one channel on the bench stimulator."""
    return default_settings()


def heel_level(phase: float) -> float:
    """Heel switch over the stride: loaded from initial contact to 40 % of the stride."""
    return 1.0 if phase < 0.4 else 0.0


def shank_rate_deg_s(phase: float) -> float:
    """A caricature of the sagittal shank rate: backward around foot off at 55 %, forward in swing, stopped at contact."""
    if phase < 0.35:
        return -30.0
    if phase < 0.65:
        return -30.0 - 80.0 * (1.0 - cos(2.0 * pi * (phase - 0.35) / 0.3))
    if phase < 0.96:
        return 160.0 * (1.0 - cos(2.0 * pi * (phase - 0.65) / 0.31)) - 30.0
    return -120.0


def imu_values(phase: float, k: int) -> tuple[float, ...]:
    """Acceleration with a little of the swing in it, and the rate about z; `k` dithers it, as no real sensor repeats."""
    rate = shank_rate_deg_s(phase) + 0.05 * (k % 5)
    return (0.004 * rate, 9.81, 0.05, 0.3, -0.2, rate)


def walk_inputs(seconds: float, *, start_s: float = 0.0, stand_s: float = 2.5, rate_hz: int = RATE_HZ) -> list[Inputs]:
    """Standing still, then walking at a constant stride."""
    inputs = []
    for k in range(round(seconds * rate_hz)):
        since_s = k / rate_hz
        t_s = start_s + since_s
        walked_s = since_s - stand_s
        if walked_s < 0.0:
            heel, imu = 1.0, (0.0, 9.81 + 0.001 * (k % 7), 0.0, 0.0, 0.0, 0.05 * (k % 5))
        else:
            phase = (walked_s / STRIDE_S + 0.1) % 1.0
            heel, imu = heel_level(phase), imu_values(phase, k)
        inputs.append(Inputs(t_s, {"heel": Reading(t_s, (heel,)), "shank": Reading(t_s, imu)}))
    return inputs
