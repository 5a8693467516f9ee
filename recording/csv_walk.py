"""Reads a walk that somebody else recorded, a CSV file (`.csv` or gzipped), as the inputs of a controller.

Columns: `time_s`; `acc_x, acc_y, acc_z` in m/s² (specific force) and `gyr_x, gyr_y, gyr_z` in deg/s; `heel_level`
(0 unloaded to 1 loaded) or `heel_contact` (0, 1). Others are ignored. Any rate; one `Inputs` per row.
"""

import csv
import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, pairwise, repeat
from math import fsum, isfinite, nan
from pathlib import Path
from statistics import median
from typing import IO, Literal, NamedTuple

from controller.signals import NO_DEVICES, Inputs, LoopStatus, Reading
from recording.construct import named, new_inputs, new_loop_status, new_reading
from recording.errors import RecordingError, read_failed

SensorChoice = Literal["heel", "imu", "both"]

IMU_COLUMNS = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
HEEL_COLUMNS = ("heel_level", "heel_contact")

MEDIOLATERAL_AXES = ("+x", "-x", "+y", "-y", "+z", "-z")

_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 16
_ROWS_FOR_RATE = 200
_ROWS_AT_A_TIME = 256

Row = list[str]


class _Wanted(NamedTuple):
    """The columns of a row that count: where they are, and what their sensors are called.

    `imu` holds the columns of x, y, z of the segment, acceleration first; `z_sign` is the sign of z.
    """

    time: int
    heel: int | None
    heel_id: str
    imu: tuple[int, ...]
    z_sign: float
    imu_id: str


def read_csv_walk(
    path: Path, sensors: SensorChoice, mediolateral_axis: str, heel_id: str | None, imu_id: str | None
) -> Iterator[Inputs]:
    """The rows of a recording as inputs, with the readings of the sensors wanted and the row's number as tick.

    `mediolateral_axis` is the signed axis of the recording about which the sagittal rate is positive in swing. It
    becomes z of the segment; the other two become x and y, in the order in which x cross y is z. That is a rotation
    about z away from the segment frame: the pitch has an unknown constant in it, the rate about z has not.

    An empty cell is no new sample, but an IMU row with some cells filled has NaN for the empty ones. Stamps that do
    not advance are passed on: the controller judges them.

    Raises RecordingError, with file:line where there is one: a column is missing, a word is where a number belongs, a
    row is too short, the time is not finite, the file cannot be read.
    """
    if mediolateral_axis not in MEDIOLATERAL_AXES:
        raise RecordingError(f"no mediolateral axis {mediolateral_axis!r}: one of {', '.join(MEDIOLATERAL_AXES)}")
    if sensors != "imu" and heel_id is None:
        raise RecordingError('the settings have no heel switch: add a [[sensor]] with kind = "heel_switch"')
    if sensors != "heel" and imu_id is None:
        raise RecordingError('the settings have no IMU: add a [[sensor]] with kind = "imu"')
    with _opened(path) as table:
        wanted = _Wanted(
            time=table.column("time_s"),
            heel=None if sensors == "imu" else table.column(*HEEL_COLUMNS),
            heel_id=heel_id or "",
            imu=() if sensors == "heel" else _imu_columns(table, mediolateral_axis),
            z_sign=-1.0 if mediolateral_axis[0] == "-" else 1.0,
            imu_id=imu_id or "",
        )
        yield from _inputs(table, wanted)


def csv_rate_hz(path: Path) -> float:
    """Rows per second, from the first stamps of a recording; pauses and repeated stamps among them are left out.

    Raises RecordingError as `read_csv_walk` does, and when fewer than two stamps advance.
    """
    with _opened(path) as table:
        time = table.column("time_s")
        stamps = [_time(row, time, table) for row in islice(table.rows(), _ROWS_FOR_RATE)]
    steps = [later - earlier for earlier, later in pairwise(stamps) if later > earlier]
    if not steps:
        raise RecordingError(f"{path}: time_s does not advance in the first rows: two stamps are needed at least")
    usual = median(steps)
    regular = [step for step in steps if 0.5 * usual <= step <= 1.5 * usual]
    return len(regular) / fsum(regular)


def _inputs(table: "_Table", wanted: _Wanted) -> Iterator[Inputs]:
    tick = 0
    for rows, lines in table.blocks():
        together = _together(rows, wanted, tick)
        if together is not None:
            yield from together
        else:
            for later, (row, table.line) in enumerate(zip(rows, lines, strict=True)):
                t_s, readings = _readings_with_empty_cells(row, wanted, table)
                yield Inputs(t_s, readings, (), NO_DEVICES, LoopStatus(tick + later))
        tick += len(rows)


def _together(rows: list[Row], wanted: _Wanted, first: int) -> Iterator[Inputs] | None:
    """Rows of equal length without an empty cell, column by column; None when they are not like that."""
    time, heel, heel_id, imu, z_sign, imu_id = wanted
    try:
        columns = list(zip(*rows, strict=True))
        times_s = list(map(float, columns[time]))
        levels = None if heel is None else list(map(float, columns[heel]))
        axes = [list(map(float, columns[column])) for column in imu]
    except (ValueError, IndexError):
        return None
    if not all(map(isfinite, times_s)):
        return None
    names, read = [], []
    if levels is not None:
        names.append(heel_id)
        read.append(map(new_reading, zip(times_s, zip(levels, strict=True), strict=True)))
    if axes:
        for axis in (2, 5):
            axes[axis] = [z_sign * value for value in axes[axis]]
        names.append(imu_id)
        read.append(map(new_reading, zip(times_s, zip(*axes, strict=True), strict=True)))
    ticks = range(first, first + len(rows))
    nothing = (repeat(one, len(rows)) for one in LoopStatus()[1:])
    return map(
        new_inputs,
        zip(
            times_s,
            named(names, read, len(rows)),
            repeat((), len(rows)),
            repeat(NO_DEVICES, len(rows)),
            map(new_loop_status, zip(ticks, *nothing, strict=True)),
            repeat(None, len(rows)),
            strict=True,
        ),
    )


def _readings_with_empty_cells(row: Row, wanted: _Wanted, table: "_Table") -> tuple[float, dict[str, Reading]]:
    """One row the slow way, to find its empty cells and its mistakes."""
    t_s, readings = _time(row, wanted.time, table), {}
    if wanted.heel is not None:
        level = _number_or_none(row, wanted.heel, table)
        if level is not None:
            readings[wanted.heel_id] = Reading(t_s, (level,))
    values = [_number_or_none(row, column, table) for column in wanted.imu]
    if any(value is not None for value in values):
        x, y, z, rate_x, rate_y, rate_z = (nan if value is None else value for value in values)
        readings[wanted.imu_id] = Reading(t_s, (x, y, wanted.z_sign * z, rate_x, rate_y, wanted.z_sign * rate_z))
    return t_s, readings


def _time(row: Row, column: int, table: "_Table") -> float:
    t_s = _number_or_none(row, column, table)
    if t_s is None or not isfinite(t_s):
        raise RecordingError(f"{table.where()}: time_s is {row[column] or 'empty'}: every row needs its time in s")
    return t_s


def _number_or_none(row: Row, column: int, table: "_Table") -> float | None:
    if column >= len(row):
        raise RecordingError(
            f"{table.where()}: the row ends before column {table.names[column]}: "
            f"{len(row)} cells, {len(table.names)} columns"
        )
    cell = row[column].strip()
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        word = ascii(cell[:40])
        raise RecordingError(f"{table.where()}: {table.names[column]} is {word}: a number belongs there") from None


def _imu_columns(table: "_Table", mediolateral_axis: str) -> tuple[int, ...]:
    columns = [table.column(name, together=IMU_COLUMNS) for name in IMU_COLUMNS]
    z = "xyz".index(mediolateral_axis[1])
    x, y = (z + 1) % 3, (z + 2) % 3
    if mediolateral_axis[0] == "-":
        x, y = y, x
    return tuple(columns[first + axis] for first in (0, 3) for axis in (x, y, z))


class _Table:
    """The rows of an open CSV file, its column names, and how far it has been read."""

    def __init__(self, path: Path, lines: Iterator[str]) -> None:
        self._path = path
        self._reader = csv.reader(lines)
        self.line = 0
        """Of the row that is looked at; 0: the one that was read last."""
        self.names = [name.strip() for name in next(self.rows(), [])]

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank."""
        try:
            yield from filter(None, self._reader)
        except csv.Error as problem:
            raise RecordingError(f"{self.where()}: this is not CSV: {problem}") from problem

    def blocks(self) -> Iterator[tuple[list[Row], list[int]]]:
        """The same, many at a time, and the line that each ends on. What is wrong with one comes after those before."""
        rows = self.rows()
        wrong: Exception | None = None
        while wrong is None:
            block: list[Row] = []
            lines: list[int] = []
            try:
                for row in islice(rows, _ROWS_AT_A_TIME):
                    block.append(row)
                    lines.append(self._reader.line_num)
            except (RecordingError, EOFError, OSError, zlib.error) as problem:
                wrong = problem
            if block:
                yield block, lines
            elif wrong is None:
                return
        raise wrong

    def where(self) -> str:
        """File and line of the row that is looked at."""
        return f"{self._path}:{self.line or self._reader.line_num}"

    def column(self, *names: str, together: tuple[str, ...] = ()) -> int:
        """The first of `names` that there is; `together` is what the message says is needed with it."""
        for name in names:
            if name in self.names:
                return self.names.index(name)
        there = ", ".join(name if name.isprintable() else ascii(name) for name in self.names) or "none"
        hint = ": separate the cells by commas" if len(self.names) == 1 and ";" in there else ""
        needed = f", needed are {', '.join(together)}" if together else ""
        raise RecordingError(
            f"{self._path}:1: there is no column {' or '.join(names)}{needed}; the columns are {there[:200]}{hint}"
        )


@contextmanager
def _opened(path: Path) -> Iterator[_Table]:
    """The table in a file; whatever goes wrong while it is read becomes a RecordingError."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise RecordingError(f"{path} is no file: name a recording")
        with path.open("rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
            plain: IO[bytes] = gzip.GzipFile(fileobj=file) if zipped else file  # type: ignore[assignment]
            yield _Table(path, chain.from_iterable(_blocks_of_lines(plain, path)))
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise RecordingError(f"{path}: the gzip data is damaged or cut off: {problem}") from problem
    except OSError as problem:
        raise read_failed(problem, path) from problem


def _blocks_of_lines(file: IO[bytes], path: Path) -> Iterator[list[str]]:
    # Bytes that are no UTF-8 may stand in columns that nobody asks for.
    rest, lines_before, started = b"", 0, False
    while block := file.read(_BLOCK):
        block = rest + block if started else block.removeprefix(BOM_UTF8)
        started = True
        end = block.rfind(b"\n") + 1
        if not end and len(block) > _LONGEST_LINE:
            raise RecordingError(f"{path}:{lines_before + 1}: a line of over {_LONGEST_LINE} bytes: this is not CSV")
        lines = block[:end].decode(errors="replace").split("\n")[:-1]
        lines_before += len(lines)
        rest = block[end:]
        yield lines
    if rest:
        yield [rest.decode(errors="replace")]
