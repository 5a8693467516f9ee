"""The IMU model against the data sheet's limits (reference 5.10, sensors-and-pi)."""

from math import atan2, degrees, hypot, isfinite, sqrt
from statistics import mean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import ImuSettings
from drivers.axes import segment_axes
from simulator.sensors import ImuModel, to_segment_frame

REST = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0)
AXES = ("+x", "-x", "+y", "-y", "+z", "-z")


def imu(**changes: Any) -> ImuSettings:  # noqa: ANN401
    return ImuSettings.model_validate({"kind": "imu", "id": "shank", "side": "right", **changes})


def settled(settings: ImuSettings, seed: str, values: tuple[float, ...] = REST, samples: int = 200) -> list[float]:
    """Mean of the seven values over a second after a second of settling."""
    model = ImuModel(settings, seed)
    rows = []
    for k in range(2 * samples):
        model.advance(k / samples, values)
        if k >= samples:
            rows.append(model.values)
    return [mean(column) for column in zip(*rows, strict=True)]


@given(st.integers(0, 10_000))
def test_rest_shows_gravity_and_the_data_sheets_errors(seed: int) -> None:
    shown = settled(imu(), str(seed), samples=20)
    size = sqrt(sum(value * value for value in shown[:3]))
    assert 9.81 * 0.97 - 0.09 * 9.81 <= size <= 9.81 * 1.03 + 0.09 * 9.81
    assert all(abs(rate) <= 20.2 for rate in shown[3:6])
    assert degrees(hypot(shown[0], shown[2]) / shown[1]) <= 20.0
    assert 20.0 < shown[6] < 40.0


def test_two_sensors_are_not_alike() -> None:
    shown = [settled(imu(), str(seed)) for seed in range(40)]
    assert pstdev(row[5] for row in shown) > 2.0
    assert pstdev(degrees(atan2(row[0], row[1])) for row in shown) > 1.5


def test_noise_is_that_of_the_data_sheet() -> None:
    model = ImuModel(imu(dlpf=2), "1")
    rates, forces = [], []
    for k in range(4000):
        model.advance(k / 200.0, REST)
        if k > 200:
            rates.append(model.values[5] - 0.0003 * k / 200.0)
            forces.append(model.values[1])
    assert 0.04 <= pstdev(rates) <= 0.08
    assert 0.03 <= pstdev(forces) <= 0.07
    assert len(set(rates)) == len(rates), "a sensor that lives never repeats a sample"


@pytest.mark.parametrize(("dlpf", "delay_s"), [(0, 0.00098), (2, 0.0028), (4, 0.0083), (6, 0.0186)])
def test_low_pass_lags_by_its_delay(dlpf: int, delay_s: float) -> None:
    slope = 1000.0
    model, still = ImuModel(imu(dlpf=dlpf), "1"), ImuModel(imu(dlpf=dlpf), "1")
    for k in range(4001):
        t_s = k / 10000.0
        model.advance(t_s, (0.0, 9.81, 0.0, 0.0, 0.0, slope * t_s))
        still.advance(t_s, REST)
    seen = model.values[5] - still.values[5]
    assert 0.4 - seen / slope == pytest.approx(delay_s, abs=0.0005 + 0.4 * 0.045)
    jump = ImuModel(imu(dlpf=dlpf), "1")
    jump.advance(0.0, REST)
    jump.advance(delay_s, (0.0, 9.81, 0.0, 0.0, 0.0, 500.0))
    at_rest = ImuModel(imu(dlpf=dlpf), "1")
    at_rest.advance(0.0, REST)
    at_rest.advance(delay_s, REST)
    assert (jump.values[5] - at_rest.values[5]) / 500.0 == pytest.approx(0.632, abs=0.03)


@pytest.mark.parametrize("pitch_deg", [-30.0, 0.0, 20.0])
def test_mounting_pitch_shows_while_the_shank_is_vertical(pitch_deg: float) -> None:
    pitches = []
    for seed in range(30):
        shown = settled(imu(mounting_pitch_deg=pitch_deg), str(seed), samples=50)
        pitches.append(degrees(atan2(shown[0], shown[1])))
    assert mean(pitches) == pytest.approx(pitch_deg, abs=2.0)


@given(st.sampled_from(AXES), st.sampled_from(AXES))
def test_values_lie_along_the_chips_axes_as_mounted(forward: str, up: str) -> None:
    if forward[1] == up[1]:
        return
    settings = imu(forward_axis=forward, up_axis=up)
    true = (3.0, 9.0, -2.0, 40.0, -90.0, 300.0)
    chip = settled(settings, "7", true, samples=20)
    acc = to_segment_frame(settings, (chip[0], chip[1], chip[2]))
    gyr = to_segment_frame(settings, (chip[3], chip[4], chip[5]))
    assert acc == pytest.approx(true[:3], abs=2.5)
    assert gyr == pytest.approx(true[3:], abs=85.0)
    driver = tuple(axis.sign * chip[axis.axis] for axis in segment_axes(settings.forward_axis, settings.up_axis))
    assert driver == pytest.approx(acc)


def test_the_same_seed_is_the_same_sensor() -> None:
    rows = []
    for seed in ("1", "1", "2"):
        model = ImuModel(imu(), seed)
        for k in range(50):
            model.advance(k / 200.0, (1.0, 9.0, 0.0, 0.0, 0.0, k * 4.0))
        rows.append(model.values)
    assert rows[0] == rows[1] != rows[2]


def test_it_warms_up_from_its_first_sample_whatever_the_clock_says() -> None:
    shown = []
    for start_s in (0.0, 90_000.0):
        model = ImuModel(imu(), "1")
        model.advance(start_s, REST)
        cold = model.values
        model.advance(start_s + 3600.0, REST)
        shown.append((cold, model.values))
        assert model.values[6] - cold[6] == pytest.approx(4.0, abs=0.01)
        assert model.values[5] - cold[5] == pytest.approx(1.2, abs=0.4), "0.3 deg/s per °C"
    assert shown[0] == shown[1]


def test_a_repeated_stamp_is_ignored() -> None:
    model = ImuModel(imu(), "1")
    model.advance(0.0, REST)
    model.advance(0.005, REST)
    before = model.values
    model.advance(0.005, (99.0,) * 6)
    model.advance(0.001, (99.0,) * 6)
    assert model.values == before
    assert all(isfinite(value) for value in before)
