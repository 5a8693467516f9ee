"""Recordings of real people, read where they are and cut into strides; their README says who, with what, how good."""

import csv
import gzip
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.schema import ImuEventSettings
from controller.imu_events import ImuEvents

if TYPE_CHECKING:
    from tests.simulator.recorded_speed import walk_ratio
else:
    from recorded_speed import walk_ratio

Array = NDArray[np.float64]
Placement = Literal["foot", "shank"]

VARIABLE = "DORSIFLEX_DATA"
POINTS = 101
STRIDE_S = (0.7, 2.4)
PEAK_OVER_S = 0.05
"""The peak swing rate is the highest mean over this time: the blows of foot off and contact are no swing."""

Leg = tuple[str, str]
"""A person and a side: one sensor."""


class Stride(NamedTuple):
    """One stride: time (s), stance share (NaN unknown), peak swing rate (deg/s), rate (deg/s) at 101 points; and the
    walk ratio of the trial it is from (multiple of the reference's, NaN unless a foot sensor tells)."""

    time_s: float
    stance: float
    peak_deg_s: float
    curve: Array
    walk_ratio: float = np.nan

    @property
    def figures(self) -> tuple[float, float, float, float]:
        return self.time_s, self.stance, self.peak_deg_s, self.walk_ratio


class Group(NamedTuple):
    """Recordings to compare: which rows of the manifest.

    `detected`: cut by our detector, for want of labels or to cut recording and simulation alike. `weaker`: of each
    person only the side that swings more slowly, since nobody says which one is paretic. `kind`: the simulated patient
    or activity it is compared with.
    """

    name: str
    placement: Placement
    wanted: Callable[[dict[str, str]], bool]
    detected: bool = False
    weaker: bool = False
    kind: str = "healthy"


def _in(**wanted: str) -> Callable[[dict[str, str]], bool]:
    """Rows of the manifest whose columns contain the wanted texts; grade C is not for timing."""
    return lambda row: row["ref_grade"] != "C" and all(text in row[column] for column, text in wanted.items())


HEALTHY = (
    Group("agora healthy", "foot", _in(dataset="agora_hemiparetic", pathology="healthy", ref_grade="A")),
    Group("ipol", "foot", _in(dataset="ipol_healthy")),
    Group(
        "agora, our cut", "foot", _in(dataset="agora_hemiparetic", pathology="healthy", ref_grade="A"), detected=True
    ),
    Group("ipol, our cut", "foot", _in(dataset="ipol_healthy"), detected=True),
    Group("gaitmap up", "foot", _in(dataset="gaitmap", trial="stairs_up"), detected=True, kind="stairs_up"),
    Group("gaitmap down", "foot", _in(dataset="gaitmap", trial="stairs_down"), detected=True, kind="stairs_down"),
    Group("uniss elderly", "shank", _in(dataset="uniss_shank", pathology="healthy elderly")),
)
PATIENT_GROUPS = (
    Group("agora hemiparetic", "foot", _in(dataset="agora_hemiparetic", pathology="hemi")),
    Group("uniss stroke", "shank", _in(dataset="uniss_shank", pathology="stroke"), weaker=True),
    Group("moving stroke", "foot", _in(dataset="moving_reality_stroke", placement="foot"), detected=True, weaker=True),
    Group(
        "moving stroke", "shank", _in(dataset="moving_reality_stroke", placement="shank"), detected=True, weaker=True
    ),
)


def data_folder() -> Path | None:
    """Where the recordings are: the variable DORSIFLEX_DATA, or `shared/data` beside the checkout; None if nowhere."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    return folder if (folder / "manifest.csv").is_file() else None


@cache
def recorded(folder: Path, group: Group) -> dict[Leg, list[Stride]]:
    """The strides of each leg of a group; trials that the manifest suspects are left out."""
    legs: dict[Leg, list[Stride]] = {}
    with (folder / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if group.wanted(row) and not row["suspect"]]
    for row in rows:
        strides = list(_trial(folder / row["dataset"], row["trial"], group))
        if strides:
            legs.setdefault((row["subject"], row["side"]), []).extend(strides)
    if group.weaker:
        slow_first = sorted(legs, key=lambda leg: mean(legs[leg]).peak_deg_s)
        return {leg: legs[leg] for leg in {person: (person, side) for person, side in reversed(slow_first)}.values()}
    return legs


def _trial(folder: Path, trial: str, group: Group) -> Iterator[Stride]:
    about = json.loads((folder / f"{trial}.json").read_text())
    columns = about["columns"]
    with gzip.open(folder / f"{trial}.csv.gz", "rt") as packed:
        table = np.loadtxt(packed, delimiter=",", skiprows=1)
    t_s, acc = table[:, 0], table[:, 1:4]
    rate = about["swing_positive_sign"] * table[:, columns.index(about["ml_axis"])]
    good = table[:, columns.index("ref_valid")] > 0 if "ref_valid" in columns else np.full(len(t_s), True)
    turn_s = about.get("uturn_s") or (np.inf, np.inf)
    good &= (t_s < turn_s[0]) | (t_s > turn_s[1])
    events = detected(group.placement, t_s, acc, rate) if group.detected else []
    if not group.detected:
        late_s = about.get("suspected_offset_s") or 0.0
        with (folder / f"{trial}.events.csv").open(newline="") as file:
            events = [(row["event"], float(row["time_s"]) + late_s) for row in csv.DictReader(file)]
    ratio = np.nan
    if group.placement == "foot":
        contacts = [t for kind, t in events if kind == "IC" and t < turn_s[0]]
        ratio = walk_ratio(t_s, table[:, 1:4], table[:, 4:7], contacts)
    return (stride._replace(walk_ratio=ratio) for stride in cut(t_s, rate, events, good))


def detected(placement: Placement, t_s: Array, acc: Array, rate: Array) -> list[tuple[str, float]]:
    """Events of our own detector with its default settings."""
    detector = ImuEvents(ImuEventSettings(), placement, "recording")
    samples = zip(t_s.tolist(), acc.tolist(), rate.tolist(), strict=True)
    return [(event.kind.name, event.t_s) for t, a, r in samples for event in detector.update(t, (*a, 0.0, 0.0, r))]


def cut(t_s: Array, rate: Array, events: list[tuple[str, float]], good: NDArray[np.bool_]) -> Iterator[Stride]:
    """Strides from one initial contact to the next, where all samples are good."""
    contacts = [t for kind, t in events if kind == "IC"]
    offs = [t for kind, t in events if kind == "FO"]
    over = round(PEAK_OVER_S / float(np.median(np.diff(t_s))))
    smooth = np.convolve(rate, np.ones(over) / over, "same")
    for start, stop in pairwise(contacts):
        inside = (t_s >= start) & (t_s <= stop)
        if not (STRIDE_S[0] < stop - start < STRIDE_S[1] and inside.any() and good[inside].all()):
            continue
        off = [t for t in offs if start < t < stop]
        stance = (off[0] - start) / (stop - start) if len(off) == 1 else np.nan
        curve = np.interp(np.linspace(start, stop, POINTS), t_s, rate)
        yield Stride(stop - start, stance, float(smooth[inside].max()), curve)


def mean(strides: list[Stride]) -> Stride:
    """Medians of the figures and the mean curve."""
    time_s, stance, peak, walk_ratio = (median([stride.figures[i] for stride in strides]) for i in range(4))
    curve = np.mean([stride.curve for stride in strides], axis=0) if strides else np.full(POINTS, np.nan)
    return Stride(time_s, stance, peak, curve, walk_ratio)


def median(values: Sequence[float]) -> float:
    """Of what is known; NaN without any."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else np.nan
