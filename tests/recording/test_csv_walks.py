"""A walk that somebody else recorded becomes inputs: the right sensors and axes, and mistakes with their line."""

import gzip
import itertools
from math import isnan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.signals import Inputs, Reading
from recording.csv_walk import MEDIOLATERAL_AXES, SensorChoice, csv_rate_hz, read_csv_walk
from recording.errors import RecordingError

HEADER = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z,phase_ref,heel_contact"
ROWS = ["0.00,1,2,3,4,5,6,0,1", "0.01,1.5,2.5,3.5,4.5,5.5,6.5,3,0"]


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    return write(tmp_path / "walk.csv", HEADER, *ROWS)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path, sensors: SensorChoice = "both", axis: str = "+z") -> list[Inputs]:
    return list(read_csv_walk(path, sensors, axis, "heel", "imu"))


def refusal(path: Path, sensors: SensorChoice = "both") -> str:
    with pytest.raises(RecordingError) as refused:
        read(path, sensors)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_every_row_is_one_tick(walk: Path) -> None:
    first, second = read(walk)
    assert first.t_s == 0.0
    assert first.readings == {
        "heel": Reading(0.0, (1.0,)),
        "imu": Reading(0.0, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),
    }
    assert second.readings["heel"] == Reading(0.01, (0.0,))
    assert [inputs.loop.tick for inputs in (first, second)] == [0, 1]


def test_only_the_sensors_wanted_are_read_and_needed(tmp_path: Path, walk: Path) -> None:
    assert list(read(walk, "heel")[0].readings) == ["heel"]
    assert list(read(walk, "imu")[0].readings) == ["imu"]
    heel_only = write(tmp_path / "heel.csv", "time_s,heel_N,heel_contact", "0,700,1")
    assert read(heel_only, "heel")[0].readings == {"heel": Reading(0.0, (1.0,))}


def test_a_level_goes_before_a_contact(tmp_path: Path) -> None:
    path = write(tmp_path / "level.csv", "time_s,heel_contact,heel_level", "0,1,0.75")
    assert read(path, "heel")[0].readings["heel"].values == (0.75,)


def test_gzip_is_known_by_its_content(tmp_path: Path, walk: Path) -> None:
    zipped = tmp_path / "walk.csv.gz"
    zipped.write_bytes(gzip.compress(walk.read_bytes()))
    renamed = tmp_path / "no_suffix"
    renamed.write_bytes(zipped.read_bytes())
    assert read(zipped) == read(renamed) == read(walk)


@pytest.mark.parametrize("axis", MEDIOLATERAL_AXES)
def test_the_mediolateral_axis_becomes_z_by_a_rotation(walk: Path, axis: str) -> None:
    values = read(walk, "imu", axis)[0].readings["imu"].values
    sign = -1.0 if axis[0] == "-" else 1.0
    column = "xyz".index(axis[1])
    assert values[2] == sign * (1.0, 2.0, 3.0)[column]
    assert values[5] == sign * (4.0, 5.0, 6.0)[column]
    # A rotation keeps lengths, angles and handedness: the cross product of the mapped is the mapped cross product.
    acc, gyr = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    turned = cross(values[:3], values[3:])
    path = write(walk.parent / "cross.csv", HEADER, "0," + ",".join(map(str, (*cross(acc, gyr), 0, 0, 0))) + ",0,0")
    assert read(path, "imu", axis)[0].readings["imu"].values[:3] == turned


def cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def test_a_foot_sensor_with_y_to_the_left_keeps_forward_and_up(walk: Path) -> None:
    """x along the foot, z up, and y to the left, so -y: the segment frame exactly."""
    assert read(walk, "imu", "-y")[0].readings["imu"].values == (1.0, 3.0, -2.0, 4.0, 6.0, -5.0)


def test_empty_cells_are_no_sample_and_nan_is_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "holes.csv",
        HEADER,
        "0.00,,,,,,,0,1",
        "0.01,1,2,3,4,5,6,0, ",
        "0.02,1,,3,4,5,6,0,nan",
    )
    nothing, no_heel, some = read(path)
    assert list(nothing.readings) == ["heel"]
    assert list(no_heel.readings) == ["imu"]
    assert [isnan(value) for value in some.readings["imu"].values] == [False, True, False, False, False, False]
    assert isnan(some.readings["heel"].values[0])


def test_time_that_does_not_advance_is_passed_on(tmp_path: Path) -> None:
    path = write(tmp_path / "back.csv", "time_s,heel_contact", "1.0,0", "1.0,0", "0.5,1")
    assert [inputs.t_s for inputs in read(path, "heel")] == [1.0, 1.0, 0.5]


def test_other_spellings_of_csv_are_read(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes('\ufeff"time_s", heel_contact,"Bemerkung"\r\n\r\n"0.5",1,'.encode() + b"M\xfcde\r\n0.6,0,")
    assert [(inputs.t_s, inputs.readings["heel"].values) for inputs in read(path, "heel")] == [
        (0.5, (1.0,)),
        (0.6, (0.0,)),
    ]


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    path = write(tmp_path / "some.csv", "time_s,acc_x,acc_y,acc_z,gyro_x", "0,1,2,3,4")
    assert refusal(path, "imu") == (
        f"{path}:1: there is no column gyr_x, needed are acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z; "
        "the columns are time_s, acc_x, acc_y, acc_z, gyro_x"
    )
    assert "no column heel_level or heel_contact" in refusal(path, "heel")
    assert "no column time_s" in refusal(write(tmp_path / "none.csv", ROWS[0]))
    assert refusal(write(tmp_path / "semicolons.csv", "time_s;heel_contact", "0;1")).endswith("by commas")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0.02,1,2,left,4,5,6,0,1", "acc_z is 'left': a number belongs there"),
        ("0.02,1,2,3,4,5,6,0,on", "heel_contact is 'on': a number belongs there"),
        ("0.02,1,2", "the row ends before column heel_contact: 3 cells, 9 columns"),
        ("soon,1,2,3,4,5,6,0,1", "time_s is 'soon': a number belongs there"),
        (",1,2,3,4,5,6,0,1", "time_s is empty: every row needs its time in s"),
        ("nan,1,2,3,4,5,6,0,1", "time_s is nan: every row needs its time in s"),
        ("inf,1,,3,4,5,6,0,1", "time_s is inf: every row needs its time in s"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path / "walk.csv", HEADER, *ROWS, "", row)
    assert refusal(path) == f"{path}:5: {message}"


def test_files_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    zipped = gzip.compress("\n".join((HEADER, *ROWS * 5000)).encode())
    (tmp_path / "cut.csv.gz").write_bytes(zipped[: len(zipped) // 2])
    (tmp_path / "bad.csv.gz").write_bytes(zipped[:20] + b"\x00" * 50 + zipped[70:])
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "zeros.csv").write_bytes(bytes(1_000_000))
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "gzip data is damaged or cut off" in refusal(tmp_path / "cut.csv.gz")
    assert "gzip data is damaged or cut off" in refusal(tmp_path / "bad.csv.gz")
    assert "no column" in refusal(tmp_path / "binary.csv")
    assert "this is not CSV" in refusal(tmp_path / "zeros.csv")
    assert "the columns are none" in refusal(tmp_path / "empty.csv")
    assert "no such file" in refusal(tmp_path / "missing.csv")
    assert "it is a folder" in refusal(tmp_path)


def test_what_the_settings_lack_is_told(walk: Path) -> None:
    with pytest.raises(RecordingError, match="no heel switch"):
        list(read_csv_walk(walk, "both", "+z", None, "imu"))
    with pytest.raises(RecordingError, match="no IMU"):
        list(read_csv_walk(walk, "imu", "+z", "heel", None))
    with pytest.raises(RecordingError, match="no mediolateral axis 'y'"):
        list(read_csv_walk(walk, "imu", "y", "heel", "imu"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["heel", "imu", "both"]))
def test_any_file_is_read_or_refused(tmp_path: Path, body: bytes, sensors: SensorChoice) -> None:
    path = tmp_path / "any.csv"
    for content in (body, HEADER.encode() + b"\n" + body):
        path.write_bytes(content)
        try:
            for inputs in read(path, sensors):
                assert inputs.t_s - inputs.t_s == 0.0
        except RecordingError:
            continue


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(allow_nan=False)), min_size=1, max_size=20), st.integers(0, 3))
def test_numbers_come_back_exactly_however_long_the_file(
    tmp_path: Path, numbers: list[tuple[float, float]], thousands: int
) -> None:
    rows = [f"{t_s!r},{level!r}" for t_s, level in numbers] * (1 + 1000 * thousands)
    path = write(tmp_path / "numbers.csv", "time_s,heel_level", *rows)
    read_back = [(inputs.t_s, inputs.readings["heel"].values[0]) for inputs in read(path, "heel")]
    assert read_back == numbers * (1 + 1000 * thousands)


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 102.4, 128.0, 204.8, 1000.0])
def test_the_rate_is_that_of_the_stamps(tmp_path: Path, rate_hz: float) -> None:
    stamps = [f"{i / rate_hz:.4f},1" for i in range(500)]
    path = write(tmp_path / "rate.csv", "time_s,heel_contact", *stamps)
    assert csv_rate_hz(path) == pytest.approx(rate_hz, rel=2e-3)


def test_the_rate_is_that_between_pauses(tmp_path: Path) -> None:
    times = [i / 100 for i in range(40)] + [i / 100 for i in range(900, 940)] + [9.39, 9.39]
    path = write(tmp_path / "rate.csv", "time_s", *map(str, times))
    assert csv_rate_hz(path) == pytest.approx(100.0)


@pytest.mark.parametrize("rows", [[], ["1.0"], ["1.0", "1.0", "0.5"]])
def test_a_rate_needs_two_stamps(tmp_path: Path, rows: list[str]) -> None:
    with pytest.raises(RecordingError, match="does not advance"):
        csv_rate_hz(write(tmp_path / "rate.csv", "time_s", *rows))


def test_reading_does_not_wait_for_the_end_of_the_file(tmp_path: Path) -> None:
    """A mistake in the last row does not keep the first rows from coming."""
    path = write(tmp_path / "long.csv", "time_s,heel_contact", *["0.0,1"] * 100_000, "oops,1")
    assert len(list(itertools.islice(read_csv_walk(path, "heel", "+z", "heel", None), 10))) == 10
