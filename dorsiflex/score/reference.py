"""What stands beside a recording: its reference events, and a description of who was recorded with what.

For `walk.csv`, `walk.csv.gz` or `walk.dfx` that is `walk.events.csv` (`time_s,event`, and `side` where both legs are in
it; event is IC, HO or FO) and `walk.json`. A CSV recording may hold its reference in columns of its own: `phase_ref`
(0 from initial contact, 1 foot flat, 2 from heel off, 3 swing) and `ref_valid`, 1 where the reference can be trusted.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import NamedTuple, TextIO

from config.schema import Side
from controller.signals import EventKind
from dorsiflex.score.matching import Window
from recording.errors import RecordingError, read_failed

SUFFIXES = (".csv.gz", ".csv", ".dfx")
"""Of recordings."""
EVENTS_SUFFIX = ".events.csv"

_IC_PHASE, _HO_PHASE, _SWING_PHASE = "0", "2", "3"
_EDGE_S = 0.01
_SIDES: dict[str, Side] = {"l": "left", "left": "left", "r": "right", "right": "right"}


class Reference(NamedTuple):
    """When each kind of event truly happened, in order, and the windows in which every one of them is there; s."""

    events_s: dict[EventKind, tuple[float, ...]]
    windows: tuple[Window, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be scored by it."""
        return not self.windows or not any(self.events_s.values())


class _Columns(NamedTuple):
    """The reference's columns of a CSV recording, as they are written; empty where there is none."""

    time_s: list[float]
    phase: list[str]
    valid: list[str]


def stem_of(recording: Path) -> Path:
    """The path of a recording without the ending that says what it is."""
    for suffix in SUFFIXES:
        if recording.name.endswith(suffix) and recording.name != suffix:
            return recording.with_name(recording.name.removesuffix(suffix))
    return recording.with_suffix("")


def beside(recording: Path, ending: str) -> Path:
    """The file of the same name with another ending."""
    stem = stem_of(recording)
    return stem.with_name(stem.name + ending)


def read_reference(recording: Path, side: Side, offset_s: float) -> Reference:
    """The reference of one leg, moved by `offset_s`; empty where there is none. Raises RecordingError.

    Events that name no side, or all of them the same one, belong to the leg that was recorded.
    """
    events = _read_events(beside(recording, EVENTS_SUFFIX), side)
    columns = _Columns([], [], []) if recording.name.endswith(".dfx") else _read_columns(recording)
    if columns.phase:
        in_column = {
            EventKind.IC: _changes(columns, _SWING_PHASE, _IC_PHASE),
            EventKind.HO: _changes(columns, "1", _HO_PHASE),
            EventKind.FO: _changes(columns, _HO_PHASE, _SWING_PHASE),
        }
        for kind, times_s in in_column.items():
            if not events.get(kind):
                events[kind] = times_s
    windows = _valid_windows(columns) if columns.valid else _span(events)
    return Reference(
        {kind: tuple(sorted(t_s + offset_s for t_s in times_s)) for kind, times_s in events.items() if times_s},
        tuple(Window(window.start_s + offset_s, window.stop_s + offset_s) for window in windows),
    )


def _read_events(path: Path, side: Side) -> dict[EventKind, list[float]]:
    found: list[tuple[str, EventKind, float]] = []
    if not path.exists():
        return {}
    with _opened(path) as file:
        reader = csv.DictReader(file)
        if not {"time_s", "event"} <= set(reader.fieldnames or ()):
            raise RecordingError(f"{path}:1: reference events need the columns time_s and event")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if row["event"] not in EventKind.__members__:
                raise RecordingError(f"{where}: event is {row['event']!a}: one of IC, HO, FO")
            t_s = _number(row["time_s"], f"{where}: time_s")
            found.append((_SIDES.get((row.get("side") or "").strip().lower(), ""), EventKind(row["event"]), t_s))
    both = {"left", "right"} <= {named for named, _, _ in found}
    events: dict[EventKind, list[float]] = {}
    for named, kind, t_s in found:
        if not both or named in (side, ""):
            events.setdefault(kind, []).append(t_s)
    return events


def _read_columns(recording: Path) -> _Columns:
    columns = _Columns([], [], [])
    with _opened(recording) as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        phase, valid = (names.index(name) if name in names else None for name in ("phase_ref", "ref_valid"))
        if "time_s" not in names or (phase is None and valid is None):
            return columns
        time = names.index("time_s")
        for row in reader:
            if len(row) < len(names):
                continue
            columns.time_s.append(_number(row[time], f"{recording}:{reader.line_num}: time_s"))
            if phase is not None:
                columns.phase.append(row[phase].strip())
            if valid is not None:
                columns.valid.append(row[valid].strip())
    return columns


def _changes(columns: _Columns, before: str, after: str) -> list[float]:
    """Stamps of the samples with which one phase follows another."""
    return [columns.time_s[i + 1] for i, phases in enumerate(pairwise(columns.phase)) if phases == (before, after)]


def _valid_windows(columns: _Columns) -> list[Window]:
    windows: list[Window] = []
    start_s: float | None = None
    last_s = 0.0
    for t_s, flag in zip(columns.time_s, columns.valid, strict=True):
        if flag == "1" and start_s is None:
            start_s = t_s
        elif flag != "1" and start_s is not None:
            windows.append(Window(start_s, last_s))
            start_s = None
        last_s = t_s
    return windows if start_s is None else [*windows, Window(start_s, last_s)]


def _span(events: dict[EventKind, list[float]]) -> Sequence[Window]:
    """From the first to the last reference; heel offs, which many references lack, only count where nothing else is."""
    contacts = [t_s for kind, times_s in events.items() if kind is not EventKind.HO for t_s in times_s]
    times_s = contacts or events.get(EventKind.HO, [])
    return [Window(min(times_s) - _EDGE_S, max(times_s) + _EDGE_S)] if times_s else []


def _number(cell: str | None, what: str) -> float:
    try:
        value = float(cell or "")
    except ValueError:
        raise RecordingError(f"{what} is {cell or ''!a}: a number belongs there") from None
    if not isfinite(value):
        raise RecordingError(f"{what} is {cell}: a time in s belongs there")
    return value


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A CSV file, gzipped or not; whatever goes wrong while it is read becomes a RecordingError."""
    try:
        with path.open("rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
        if zipped:
            with gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as text:
                yield text
        else:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
                yield text
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise RecordingError(f"{path}: the gzip data is damaged or cut off: {problem}") from problem
    except csv.Error as problem:
        raise RecordingError(f"{path}: this is not CSV: {problem}") from problem
    except OSError as problem:
        raise read_failed(problem, path) from problem
