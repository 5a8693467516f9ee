"""What has to be noticed of a fault, by when and by which rows; what may go unnoticed says why."""

from itertools import product
from typing import Literal

import pytest

from config.schema import Settings
from controller.faults import FAULTS
from dorsiflex.faults.draw import DEVICES, Person, settings_of
from dorsiflex.faults.expected import HEEL_ROWS, IMU_ROWS, expected, rows_of
from dorsiflex.faults.unnoticed import UNNOTICED
from simulator.faults.kinds import KINDS

STRIDE_S = 1.2
SENSORS: tuple[Literal["both", "heel", "imu"], ...] = ("both", "heel", "imu")
BEST = Person("classic", 4, "walk", 0.9, "p24-low", "both", "supervised", "shank")


def settings(person: Person = BEST) -> Settings:
    return settings_of(person)


def test_what_may_go_unnoticed_says_why_and_nothing_else_does() -> None:
    assert set(UNNOTICED) <= set(KINDS)
    for kind in KINDS:
        wanted = expected(kind, settings(), STRIDE_S)
        assert (wanted.within_s is None) == (kind in UNNOTICED), kind
        assert wanted.why == UNNOTICED.get(kind, "")
    for device, sensors, stride_s in product(DEVICES, SENSORS, (None, STRIDE_S)):
        worn = settings(BEST._replace(device=device, sensors=sensors))
        for kind in KINDS:
            wanted = expected(kind, worn, stride_s)
            assert (wanted.within_s is None) == bool(wanted.why), (kind, device, sensors, stride_s)


def test_few_kinds_may_go_unnoticed_by_one_who_walks_with_two_sensors_and_a_device_that_measures() -> None:
    assert len(UNNOTICED) <= 18
    assert len(KINDS) == 95


def test_every_row_is_in_the_table() -> None:
    for kind, only in product(KINDS, (False, True)):
        assert rows_of(kind, settings(), only=only) <= set(FAULTS)


def test_a_fault_of_one_sensor_is_told_by_its_own_rows() -> None:
    assert not [row for row in HEEL_ROWS if row.startswith("imu")]
    assert not [row for row in IMU_ROWS if row.startswith("heel")]
    assert expected("heel.delayed", settings(), STRIDE_S).rows == HEEL_ROWS - {"gait_timeout"}
    assert expected("bus.off", settings(), STRIDE_S).rows == IMU_ROWS - {"gait_timeout"}
    assert "sensors_lost" in expected("bus.off", settings(), STRIDE_S, only=False).rows
    assert "sensors_lost" in expected("bus.off", settings(BEST._replace(sensors="imu")), STRIDE_S).rows
    assert expected("link.gone", settings(), STRIDE_S).rows == {"device"}
    assert "clock" not in expected("scheduler.off", settings(), STRIDE_S).rows


@pytest.mark.parametrize(
    ("kind", "within_s"),
    [
        ("bus.off", 0.05),
        ("bus.garbage", 0.05),
        ("heel.off", 0.03),
        ("acc.stuck", STRIDE_S),
        ("imu.saturated", STRIDE_S),
        ("heel.slow", 3 * STRIDE_S),
        ("gyr.delayed", 3 * STRIDE_S),
        ("bus.wrong", 3 * STRIDE_S),
        ("scheduler.off", 0.5),
        ("clock.off", 0.02),
    ],
)
def test_lost_50_ms_stuck_one_stride_slow_or_wrong_three_strides(kind: str, within_s: float) -> None:
    assert expected(kind, settings(), STRIDE_S).within_s == pytest.approx(within_s, abs=0.03)
