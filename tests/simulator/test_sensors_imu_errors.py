"""The IMU model's errors one by one: each of the data sheet's is there and no larger (reference 5.10)."""

import itertools
from math import hypot, sqrt
from statistics import mean, pstdev
from typing import Any, Literal

import pytest

from config.schema import ImuSettings
from controller.signals import EventKind
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.sensors import STANDARD_GRAVITY_M_S2, ImuModel

G = STANDARD_GRAVITY_M_S2
REST = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0)


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


def ages_s(seed: str, rate_hz: float, *, jitters: bool = True) -> list[float]:
    """How old each sample is, by a rate that grows steadily; what the low-pass takes is taken off."""
    slope = 10_000.0
    sampled, read_out = ImuModel(imu(dlpf=0), seed, jitters=jitters), ImuModel(imu(dlpf=0), seed, jitters=False)
    ages = []
    for k in range(400):
        true = (0.0, 9.81, 0.0, 0.0, 0.0, slope * k / rate_hz)
        sampled.advance(k / rate_hz, true)
        read_out.advance(k / rate_hz, true)
        if k > 10:
            ages.append((read_out.values[5] - sampled.values[5]) / slope)
    return ages


def test_it_samples_by_its_own_clock_up_to_a_millisecond_before_it_is_read_out() -> None:
    for seed in ("1", "2", "3"):
        ages = ages_s(seed, 200.0)
        assert min(ages) > -1e-5
        assert max(ages) < 0.00105
        beats = sum(abs(late - early) > 0.0005 for early, late in itertools.pairwise(ages))
        assert 1 <= beats <= 25, "two clocks that differ by up to 1 % beat"
    assert max(ages_s("1", 200.0, jitters=False)) == 0.0
    assert ages_s("1", 200.0) == ages_s("1", 200.0) != ages_s("2", 200.0)


def test_read_out_faster_than_it_samples_it_repeats_a_sample() -> None:
    model = ImuModel(imu(), "1")
    rows = []
    for k in range(2000):
        model.advance(k / 2000.0, REST)
        rows.append(model.values)
    assert 950 <= len(set(rows)) <= 1050


def column(seed: int, axis: int, size: float, first: int) -> list[float]:
    """What a change of `size` both ways along one true axis does to acc (`first` 0) or gyr (3), per unit."""
    true = [0.0] * 6
    shown = []
    for sign in (1.0, -1.0):
        true[first + axis] = sign * size
        shown.append(settled(imu(), str(seed), tuple(true), 20)[first : first + 3])
    return [(up - down) / (2.0 * size) for up, down in zip(*shown, strict=True)]


def test_the_accelerometers_offset_is_that_of_the_data_sheet() -> None:
    """Half the sum of what it shows upright and upside down has neither mounting nor scale in it."""
    offsets = []
    for seed in range(40):
        up, down = (settled(imu(), str(seed), (0.0, sign * G, 0.0, 0.0, 0.0, 0.0), 20) for sign in (1.0, -1.0))
        offsets.append([(a + b) / 2.0 / G for a, b in zip(up[:3], down[:3], strict=True)])
    for axis, most in enumerate((0.05, 0.05, 0.08)):
        values = [offset[axis] for offset in offsets]
        assert max(abs(value) for value in values) <= most + 0.005
        assert pstdev(values) > 0.01


@pytest.mark.parametrize(("first", "size"), [(0, G), (3, 300.0)], ids=["acc", "gyr"])
def test_scale_and_cross_axis_are_those_of_the_data_sheet(first: int, size: float) -> None:
    """Lengths of the columns are scales; angles between them only cross-axis sensitivity can bend."""
    scales, bends = [], []
    for seed in range(30):
        columns = [column(seed, axis, size, first) for axis in range(3)]
        lengths = [sqrt(sum(value * value for value in one)) for one in columns]
        scales += lengths
        for i, j in ((0, 1), (1, 2), (0, 2)):
            dot = sum(a * b for a, b in zip(columns[i], columns[j], strict=True))
            bends.append(abs(dot) / (lengths[i] * lengths[j]))
    assert all(0.96 <= scale <= 1.04 for scale in scales)
    assert pstdev(scales) > 0.005
    assert max(bends) <= 0.05, "two axes at 2 % each, and a little scale"
    assert mean(bends) > 0.006


def test_the_accelerometer_drifts_with_temperature() -> None:
    drifts = []
    for seed in range(20):
        shown = []
        for ambient_c in (-2.0, 38.0):
            model = ImuModel(imu(), str(seed))
            model.ambient_c = ambient_c
            for k in range(100):
                model.advance(k / 100.0, REST)
            shown.append(model.values[:3])
        drifts += [abs(warm - cold) / G / 40.0 for cold, warm in zip(*shown, strict=True)]
    assert max(drifts) <= 0.060 / 70.0 + 0.0005, "35 and 60 mg over 70 °C, and noise"
    assert mean(drifts) > 0.00015


@pytest.mark.parametrize("placement", ["shank", "foot"])
def test_a_foot_that_comes_down_shakes_the_sensor(placement: Literal["shank", "foot"]) -> None:
    walker = Person(PATIENTS["healthy"], frozenset({"right"}), 1.2, 75.0, 1)
    force = []
    for k in range(12000):
        walker.advance(k * 0.001)
        x, y, *_ = walker.imu("right", placement)
        force.append(abs(hypot(x, y) - G))
    contacts = [round(1000.0 * event.t_s) for event in walker.truth("right") if event.kind is EventKind.IC][1:-1]
    assert len(contacts) > 5
    for at in contacts:
        assert max(force[at : at + 40]) > 2.4 * max(force[at + 120 : at + 220])
