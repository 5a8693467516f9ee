"""Who was recorded with what: a JSON file beside the recording, and what stands in where there is none.

    { "subject": "P03", "group": "stroke", "side": "L", "placement": "shank", "ml_axis": "gyr_y",
      "swing_positive_sign": -1, "suspected_offset_s": 0.08 }

All keys may be left out; others are not looked at. In place of `group` there may be `dataset` and `pathology`. The
offset is added to the reference events, whose clock may differ. `ref_grade` C says that the reference is not for
timing, `suspect` what is wrong with it: such a recording is left out. Beside that, `manifest.csv` in the folder or
above it may have the columns `trial` and `suspect`, and `dataset` for the folder where it lists several.
"""

import csv
import json
from math import isfinite
from pathlib import Path
from typing import Literal, NamedTuple

from config.schema import Side
from dorsiflex.score.reference import beside, stem_of
from recording.errors import RecordingError, read_failed

LARGEST_OFFSET_S = 5.0
MANIFEST = "manifest.csv"
_SIDES: dict[str, Side] = {"l": "left", "left": "left", "r": "right", "right": "right"}


class Description(NamedTuple):
    """One recording. None where nothing is said: then the command line or the settings decide."""

    person: str
    group: str
    side: Side | None = None
    placement: Literal["shank", "foot"] | None = None
    mediolateral_axis: str | None = None
    offset_s: float = 0.0
    left_out: str = ""
    """Why the reference is not used; empty: it is."""


def describe(recording: Path) -> Description:
    """What is known of a recording; without a JSON file its name is the person and its folder the group.

    Raises RecordingError when the file is there and cannot be used.
    """
    path, place = beside(recording, ".json"), recording.resolve().parent
    folder, trial = place.name or "recordings", stem_of(recording).name
    suspect = next((why for why in (_suspects(at).get((folder, trial)) for at in (place, place.parent)) if why), "")
    if not path.exists():
        return Description(trial, folder, left_out=suspect)
    data = _read(path)
    told = [_text(data, key, path) for key in ("dataset", "pathology")]
    grade, suspect = _text(data, "ref_grade", path), _text(data, "suspect", path) or suspect
    return Description(
        person=_text(data, "subject", path) or trial,
        group=_text(data, "group", path) or "/".join(filter(None, told)) or folder,
        side=_SIDES.get(_text(data, "side", path).lower()),
        placement=_placement(_text(data, "placement", path)),
        mediolateral_axis=_axis(data, path),
        offset_s=_offset(data, path),
        left_out="its reference is of grade C, not for timing" if grade == "C" else suspect,
    )


def _suspects(folder: Path) -> dict[tuple[str, str], str]:
    """What the manifest in a folder says against the references in it or in its subfolders, by folder and trial."""
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return {
                (row.get("dataset") or folder.name, row["trial"]): row["suspect"].strip()
                for row in csv.DictReader(file)
                if row.get("trial") and row.get("suspect")
            }
    except OSError as problem:
        raise read_failed(problem, path) from problem
    except csv.Error as problem:
        raise RecordingError(f"{path}: this is not CSV: {problem}") from problem


def _read(path: Path) -> dict[str, object]:
    try:
        data: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise read_failed(problem, path) from problem
    except json.JSONDecodeError as problem:
        raise RecordingError(f"{path}:{problem.lineno}: this is not JSON: {problem.msg}") from problem
    except (ValueError, RecursionError) as problem:
        raise RecordingError(f"{path}: this is not JSON: {type(problem).__name__}") from problem
    if not isinstance(data, dict):
        raise RecordingError(f'{path}: a description is an object like {{"subject": "P03", "group": "stroke"}}')
    return data


def _text(data: dict[str, object], key: str, path: Path) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RecordingError(f"{path}: {key} is {json.dumps(value)[:40]}: a text in quotes belongs there")
    return value.strip()


def _placement(text: str) -> Literal["shank", "foot"] | None:
    """Descriptions are sentences: whatever is not the shank is the foot."""
    if not text:
        return None
    return "shank" if "shank" in text.lower() else "foot"


def _axis(data: dict[str, object], path: Path) -> str | None:
    axis, sign = _text(data, "ml_axis", path), data.get("swing_positive_sign", 1)
    if sign not in (1, -1):
        raise RecordingError(f"{path}: swing_positive_sign is {json.dumps(sign)[:40]}: 1 or -1")
    if not axis:
        return None
    if axis[-1] not in "xyz":
        raise RecordingError(f"{path}: ml_axis is {axis[:40]!a}: gyr_x, gyr_y or gyr_z")
    return ("+" if sign == 1 else "-") + axis[-1]


def _offset(data: dict[str, object], path: Path) -> float:
    value = data.get("suspected_offset_s") or 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordingError(f"{path}: suspected_offset_s is {json.dumps(value)[:40]}: a number belongs there")
    if not isfinite(value) or not -LARGEST_OFFSET_S <= value <= LARGEST_OFFSET_S:
        raise RecordingError(f"{path}: suspected_offset_s is {value}: at most {LARGEST_OFFSET_S:g} s either way")
    return float(value)
