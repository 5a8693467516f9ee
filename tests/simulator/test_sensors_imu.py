"""The IMU model against the data sheet's limits (reference 5.10, sensors-and-pi)."""

from math import atan2, degrees, hypot, inf, isfinite, sqrt
from statistics import mean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import ImuSettings
from drivers.axes import segment_axes
from simulator.sensors import STANDARD_GRAVITY_M_S2, ImuModel, to_segment_frame

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
    model, still = ImuModel(imu(dlpf=dlpf), "1", jitters=False), ImuModel(imu(dlpf=dlpf), "1", jitters=False)
    for k in range(4001):
        t_s = k / 10000.0
        model.advance(t_s, (0.0, 9.81, 0.0, 0.0, 0.0, slope * t_s))
        still.advance(t_s, REST)
    seen = model.values[5] - still.values[5]
    assert 0.4 - seen / slope == pytest.approx(delay_s, abs=0.0005 + 0.4 * 0.045)
    jump = ImuModel(imu(dlpf=dlpf), "1", rigid=True, jitters=False)
    jump.advance(0.0, REST)
    jump.advance(delay_s, (0.0, 9.81, 0.0, 0.0, 0.0, 500.0))
    at_rest = ImuModel(imu(dlpf=dlpf), "1", rigid=True, jitters=False)
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
        model = ImuModel(imu(), "1", jitters=False)
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


def step_response(seed: str, rigid: bool, size: float = 300.0) -> list[float]:
    """Sagittal rate from a sudden change on, at 1 kHz, as a share of the change; what it shows at rest is taken off."""
    jumping, resting = (ImuModel(imu(dlpf=0), seed, rigid=rigid) for _ in range(2))
    shares = []
    for k in range(400):
        t_s = k / 1000.0
        jumping.advance(t_s, (0.0, 9.81, 0.0, 0.0, 0.0, size if k >= 100 else 0.0))
        resting.advance(t_s, REST)
        shares.append((jumping.values[5] - resting.values[5]) / size)
    return shares[100:]


def test_soft_tissue_overshoots_a_sudden_change_by_5_to_15_percent_and_rings_out() -> None:
    for seed in range(20):
        shares, stiff = step_response(str(seed), rigid=False), step_response(str(seed), rigid=True)
        settled_at = mean(stiff[200:])
        overshoot = max(shares) / settled_at - 1.0
        dip = 1.0 - shares[10] / stiff[10]
        assert 0.02 <= overshoot <= 0.15
        assert 0.0 < dip <= 0.16
        assert max(stiff) / settled_at - 1.0 < 0.002
        assert shares[299] / settled_at == pytest.approx(1.0, abs=0.005)
        peak = shares.index(max(shares))
        assert 0.020 <= peak / 1000.0 <= 0.055, "half a period of 10 to 20 Hz"


def test_soft_tissue_leaves_slow_motion_alone_whatever_the_sample_interval() -> None:
    for dt in (0.001, 0.005, 0.01, 0.05, 0.3):
        flesh, stiff = ImuModel(imu(dlpf=0), "4"), ImuModel(imu(dlpf=0), "4", rigid=True)
        for k in range(round(20.0 / dt)):
            slow = (0.0, 9.81, 0.0, 0.0, 0.0, 5.0 * k * dt)
            flesh.advance(k * dt, slow)
            stiff.advance(k * dt, slow)
            assert all(isfinite(value) for value in flesh.values)
        assert flesh.values[5] == pytest.approx(stiff.values[5], abs=1.0)


def test_cross_axis_scale_and_nonlinearity_stay_within_the_data_sheet() -> None:
    crossed = []
    for seed in range(40):
        settings = imu(gyro_range_deg_s=500)
        still = settled(settings, str(seed), REST, 10)
        halves = [settled(settings, str(seed), (0.0, 9.81, 0.0, 0.0, 0.0, rate), 10) for rate in (250.0, 500.0)]
        shown = [hypot(*(half[i] - still[i] for i in (3, 4, 5))) for half in halves]
        assert 0.96 <= shown[1] / 500.0 <= 1.04
        assert abs(shown[0] - shown[1] / 2.0) <= 0.0011 * 500.0, "0.2 % of full scale"
        crossed.append(abs(shown[0] - shown[1] / 2.0))
    assert max(crossed) > 0.05


def test_the_gyroscope_feels_acceleration_a_little() -> None:
    felt = []
    for seed in range(30):
        still = settled(imu(), str(seed), REST, 50)
        pushed = settled(imu(), str(seed), (0.0, 9.81 + 5.0 * STANDARD_GRAVITY_M_S2, 0.0, 0.0, 0.0, 0.0), 50)
        felt += [abs(pushed[i] - still[i]) for i in (3, 4, 5)]
    assert max(felt) <= 5.0 * 0.1 * 1.05 + 0.06, "0.1 deg/s per g"
    assert max(felt) > 0.25


def test_the_zero_rate_walks() -> None:
    """0.003 to 0.010 deg/s/√s: over 400 s the walk has a standard deviation of 0.06 to 0.2 deg/s."""
    walked = []
    for seed in range(60):
        model = ImuModel(imu(), str(seed))
        means = []
        for block in (4000, 4400):
            rates = []
            for k in range(200):
                model.advance(block + k * 0.05, REST)
                rates.append(model.values[3])
            means.append(mean(rates))
        walked.append(means[1] - means[0])
    # The chip warms by 4 °C between the two blocks, the same for every seed.
    assert 0.05 <= pstdev(walked) <= 0.25


def test_it_follows_the_air_around_it() -> None:
    model = ImuModel(imu(), "1")
    model.advance(0.0, REST)
    model.advance(3600.0, REST)
    warm = model.values
    model.ambient_c = 8.0
    model.advance(3605.0, REST)
    assert model.values[6] > 31.0, "it takes its time"
    model.advance(9000.0, REST)
    assert model.values[6] == pytest.approx(12.0, abs=0.1)
    assert model.values[5] - warm[5] == pytest.approx(-6.0, abs=1.5), "0.3 deg/s per °C"


def test_a_slipped_strap_shows_its_pitch_at_rest_and_a_turned_one_a_smaller_rate() -> None:
    settings = imu()
    for pitch in (-20.0, 5.0, 15.0):
        shown = []
        for slips in (False, True):
            model = ImuModel(settings, "3")
            if slips:
                model.slip(pitch)
            for k in range(100):
                model.advance(k / 200.0, REST)
            shown.append(degrees(atan2(model.values[0], model.values[1])))
        assert shown[1] - shown[0] == pytest.approx(pitch, abs=1.0)
    turned = ImuModel(settings, "3")
    turned.slip(0.0, 20.0)
    straight = ImuModel(settings, "3")
    for k in range(100):
        turned.advance(k / 200.0, (0.0, 9.81, 0.0, 0.0, 0.0, 300.0))
        straight.advance(k / 200.0, (0.0, 9.81, 0.0, 0.0, 0.0, 300.0))
    assert abs(turned.values[5] - straight.values[5]) > 5.0
    assert abs(turned.values[3] - straight.values[3]) > 80.0


def test_a_mirrored_sensor_shows_swing_the_other_way_round() -> None:
    mirrored, straight = ImuModel(imu(), "3"), ImuModel(imu(), "3")
    mirrored.mirror()
    for k in range(100):
        for model in (mirrored, straight):
            model.advance(k / 200.0, (3.0, 9.81, 0.0, 0.0, 0.0, 300.0))
    assert straight.values[5] > 250.0
    assert mirrored.values[5] < -250.0
    assert mirrored.values[0] < 0.0 < straight.values[0]
    assert mirrored.values[1] == pytest.approx(straight.values[1], abs=1.5)


def test_straps_slip_of_themselves_only_when_asked_to() -> None:
    tight, loose, again = (ImuModel(imu(), "5", slips_per_hour=rate) for rate in (0.0, 30.0, 30.0))
    for k in range(7200):
        for model in (tight, loose, again):
            model.advance(k * 0.5, REST)
    assert tight.slips == []
    assert 12 <= len(loose.slips) <= 55
    assert loose.slips == again.slips
    assert all(5.0 <= abs(pitch + turn) <= 20.0 and pitch * turn == 0.0 for _, pitch, turn in loose.slips)
    assert all(0.0 < t_s < 3600.0 for t_s, _, _ in loose.slips)


@given(st.lists(st.floats(0.0001, 2.0), max_size=30), st.integers(0, 50))
def test_whatever_the_stamps_it_stays_finite_and_bounded(steps: list[float], seed: int) -> None:
    model = ImuModel(imu(), str(seed), slips_per_hour=1000.0)
    t_s = 0.0
    for k, step in enumerate(steps):
        t_s += step
        model.advance(t_s, (50.0 * (-1) ** k, 9.81, 5.0, 100.0, -100.0, 900.0 * (-1) ** k))
        assert all(-inf < value < inf for value in model.values)
        assert hypot(*model.values[3:6]) < 2000.0
