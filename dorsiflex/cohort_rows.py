"""The people of a cohort as rows of a CSV file, written as they come."""

import csv
import os
from contextlib import suppress
from math import isnan
from pathlib import Path
from types import TracebackType

from dorsiflex.cohort import Outcome, Walked
from dorsiflex.walk_judgement import SwingFigures
from recording.errors import write_failed

CSV_COLUMNS = (
    "kind", "seed", "current", "current_ma", "felt", "steps", "clear_share", "clearance_p5_mm",
    "dorsiflexion_at_ic_deg", "gain_deg", "slap_share", "heel_share", "contact_share", "wanted", "missed", "extra",
    "in_stance_s", "fatigue", "helped", "fit_limit", "seen_to_move_at_ma", "hurts_at_ma", "problem",
)  # fmt: skip


class PeopleFile:
    """A row for each person and current, beside the place of the file until the block ends without an error."""

    def __init__(self, path: Path) -> None:
        """Raises CannotWriteError, as do `add` and the end of the block."""
        self._path, self._target = path, Path(os.path.realpath(path))
        in_place = self._target.exists() and not self._target.is_file()
        self._half = None if in_place else self._target.with_name(f".{self._target.name[:200]}.{os.getpid()}.half")
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self._file = (self._half or self._target).open("w", encoding="utf-8", newline="")
        except OSError as problem:
            raise write_failed(problem, path) from problem
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(CSV_COLUMNS)

    def __enter__(self) -> "PeopleFile":
        return self

    def add(self, person: Walked) -> None:
        """The rows of one person: without stimulation, with the current as set, with the fitted one."""
        try:
            self._rows.writerow(_row(person, "none", person.without, None))
            self._rows.writerow(_row(person, "as set", person.as_set.figures, person.as_set))
            self._rows.writerow(_row(person, "fitted", person.fitted.figures, person.fitted))
        except OSError as problem:
            raise write_failed(problem, self._path) from problem

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self._file.close()
            if self._half is not None and kind is None:
                self._half.replace(self._target)
        except OSError as problem:
            raise write_failed(problem, self._path) from problem
        finally:
            if self._half is not None:
                with suppress(OSError):
                    self._half.unlink(missing_ok=True)


def _row(person: Walked, current: str, f: SwingFigures, o: Outcome | None) -> list[object]:
    walked = [person.kind, person.seed, current]
    numbers = [f.clear_share, f.clearance_p5_mm, f.dorsiflexion_at_ic_deg]
    shares = [f.slap_share, f.heel_share, f.contact_share]
    fit = person.fitting.fit
    if o is None:
        return [*walked, 0, "", f.steps, *map(_short, numbers), "", *map(_short, shares), *[""] * 10]
    return [
        *walked, _short(o.current_ma), o.felt.name.lower(), f.steps, *map(_short, numbers), _short(o.gain_deg),
        *map(_short, shares), o.bursts.wanted, o.bursts.missed, o.bursts.extra, _short(o.bursts.in_stance_s),
        _short(o.fatigue), int(o.helped), fit.limit.name.lower(), fit.motor_ma, fit.painful_ma, o.problem,
    ]  # fmt: skip


def _short(value: float) -> str:
    return "" if isnan(value) else f"{value:.4g}"
