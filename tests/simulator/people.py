"""The simulated person beside recordings of real ones: the sagittal rate of foot and shank, stride by stride.

`python tests/simulator/people.py --data FOLDER` prints the table. The recordings are read where they are and never
copied; their README says who was recorded, with what, and how far each reference can be trusted.

A stride goes from one initial contact to the next, is normalised to 101 points, and is compared with the mean stride
of the simulated person who walks at the speed that gives the same stride time (cadence = 96·sqrt(v)).

`labelled` correlates them as the labels cut them. `aligned` allows one shift for each sensor, the same for all of its
strides: labels have a clock or a threshold of their own (an insole against stamps of arrival over radio, an algorithm
on the sensor itself). `others` puts the mean of the set's other people, aligned likewise, in the place of the
simulation: a pattern that is not fitted to a person can hardly do better.
"""

import argparse
import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.schema import ImuEventSettings
from controller.imu_events import ImuEvents
from controller.signals import EventKind
from simulator.patients import PATIENTS
from simulator.person import STANDING_S, Person

Array = NDArray[np.float64]
Placement = Literal["foot", "shank"]

VARIABLE = "DORSIFLEX_DATA"
POINTS = 101
STRIDE_S = (0.7, 2.4)
RATE_HZ, STRIDES = 100, 10
KINDS = ("healthy", "slap", "classic", "drag", "stroke")
FARTHEST_SHIFT = 12  # between labels and simulation, % of the cycle


Leg = tuple[str, str]
"""A person and a side: one sensor."""


class Stride(NamedTuple):
    """One stride: time (s), stance share (NaN unknown), peak swing rate (deg/s), rate (deg/s) at 101 points."""

    time_s: float
    stance: float
    peak_deg_s: float
    curve: Array

    @property
    def figures(self) -> tuple[float, float, float]:
        return self.time_s, self.stance, self.peak_deg_s


class Group(NamedTuple):
    """Recordings to compare: which rows of the manifest.

    `detected`: cut by our detector, for want of labels. `weaker`: of each person only the side that swings more slowly,
    since nobody says which one is paretic.
    """

    name: str
    placement: Placement
    wanted: Callable[[dict[str, str]], bool]
    detected: bool = False
    weaker: bool = False


class Figure(NamedTuple):
    """Median over all recorded strides, SD between people, median of the matching simulated strides."""

    recorded: float
    sd: float
    simulated: float


class Row(NamedTuple):
    """One line of the table: three figures, and medians of the correlations and of the shifts (labels too early +)."""

    group: str
    people: int
    strides: int
    time_s: Figure
    stance: Figure
    peak_deg_s: Figure
    labelled: float
    aligned: float
    shift_ms: float
    others: float


def _in(**wanted: str) -> Callable[[dict[str, str]], bool]:
    """Rows of the manifest whose columns contain the wanted texts; grade C is not for timing."""
    return lambda row: row["ref_grade"] != "C" and all(text in row[column] for column, text in wanted.items())


HEALTHY = (
    Group("agora healthy", "foot", _in(dataset="agora_hemiparetic", pathology="healthy", ref_grade="A")),
    Group("ipol", "foot", _in(dataset="ipol_healthy")),
    Group("gaitmap stairs", "foot", _in(dataset="gaitmap"), detected=True),
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
        slow_first = sorted(legs, key=lambda leg: _mean(legs[leg]).peak_deg_s)
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
    if about.get("uturn_s"):
        start_s, stop_s = about["uturn_s"]
        good &= (t_s < start_s) | (t_s > stop_s)
    events = detected(group.placement, t_s, acc, rate) if group.detected else []
    if not group.detected:
        late_s = about.get("suspected_offset_s") or 0.0
        with (folder / f"{trial}.events.csv").open(newline="") as file:
            events = [(row["event"], float(row["time_s"]) + late_s) for row in csv.DictReader(file)]
    return cut(t_s, rate, events, good)


def detected(placement: Placement, t_s: Array, acc: Array, rate: Array) -> list[tuple[str, float]]:
    """Events of our own detector with its default settings."""
    detector = ImuEvents(ImuEventSettings(), placement, "recording")
    samples = zip(t_s.tolist(), acc.tolist(), rate.tolist(), strict=True)
    return [(event.kind.name, event.t_s) for t, a, r in samples for event in detector.update(t, (*a, 0.0, 0.0, r))]


def cut(t_s: Array, rate: Array, events: list[tuple[str, float]], good: NDArray[np.bool_]) -> Iterator[Stride]:
    """Strides from one initial contact to the next, where all samples are good."""
    contacts = [t for kind, t in events if kind == "IC"]
    offs = [t for kind, t in events if kind == "FO"]
    for start, stop in pairwise(contacts):
        inside = (t_s >= start) & (t_s <= stop)
        if not (STRIDE_S[0] < stop - start < STRIDE_S[1] and inside.any() and good[inside].all()):
            continue
        off = [t for t in offs if start < t < stop]
        stance = (off[0] - start) / (stop - start) if len(off) == 1 else np.nan
        curve = np.interp(np.linspace(start, stop, POINTS), t_s, rate)
        yield Stride(stop - start, stance, float(rate[inside].max()), curve)


def simulated(kind: str, group: Group, stride_time_s: float) -> Stride:
    """The mean stride of a simulated person at the speed of that stride time, cut as the group's recordings are."""
    return _simulated(kind, group.placement, group.detected, round(stride_time_s * 20.0))


@cache
def _simulated(kind: str, placement: Placement, by_detector: bool, twentieths: int) -> Stride:
    stride_time_s = twentieths / 20.0
    speed_m_s = min(1.8, max(0.2, (120.0 / stride_time_s / 96.0) ** 2))
    person = Person(PATIENTS[kind], frozenset({"right"}), speed_m_s, 75.0, 1)
    t_s = np.arange(1, round((STANDING_S + (STRIDES + 2) * stride_time_s) * RATE_HZ)) / RATE_HZ
    values = np.empty((len(t_s), 6))
    for i, t in enumerate(t_s.tolist()):
        person.advance(t)
        values[i] = person.imu("right", placement)
    rate = values[:, 5]
    events = [(event.kind.name, event.t_s) for event in person.truth("right") if event.kind is not EventKind.HO]
    if by_detector:
        events = detected(placement, t_s, values[:, :3], rate)
    strides = list(cut(t_s, rate, events, np.full(len(t_s), True)))[1:]
    return _mean(strides)


def _mean(strides: list[Stride]) -> Stride:
    time_s, stance, peak = (_median([stride.figures[i] for stride in strides]) for i in range(3))
    curve = np.mean([stride.curve for stride in strides], axis=0) if strides else np.full(POINTS, np.nan)
    return Stride(time_s, stance, peak, curve)


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else np.nan


def _alike(one: Array, other: Array) -> float:
    return np.nan if np.isnan(one[0]) or np.isnan(other[0]) else float(np.corrcoef(one, other)[0, 1])


def _shifted(curve: Array, percent: float) -> Array:
    place = np.arange(POINTS) * 100.0 / (POINTS - 1)
    return np.interp((place - percent) % 100.0, place, curve)


def _best_shift(curve: Array, pattern: Array) -> float:
    shifts = np.arange(-FARTHEST_SHIFT, FARTHEST_SHIFT + 0.1, 0.5)
    return float(max(shifts, key=lambda shift: _alike(_shifted(curve, shift), pattern)))


def compared(group: Group, legs: dict[Leg, list[Stride]], kind: str = "healthy") -> Row:
    """One line: all strides of the group against the simulated person of that kind."""
    mean = {leg: _mean(strides) for leg, strides in legs.items()}
    people = sorted({person for person, _ in legs})
    pairs: list[tuple[Stride, Stride]] = []
    labelled, aligned, others, shifts_ms = [], [], [], []
    for leg, strides in legs.items():
        own = mean[leg]
        shift = _best_shift(own.curve, simulated(kind, group, own.time_s).curve)
        shifts_ms.append(-10.0 * shift * own.time_s)
        rest = [one.curve for other, one in mean.items() if other[0] != leg[0]]
        pattern = np.mean(rest, axis=0) if rest else own.curve
        towards_rest = _best_shift(own.curve, pattern)
        for stride in strides:
            match = simulated(kind, group, stride.time_s)
            pairs.append((stride, match))
            labelled.append(_alike(stride.curve, match.curve))
            aligned.append(_alike(_shifted(stride.curve, shift), match.curve))
            others.append(_alike(_shifted(stride.curve, towards_rest), pattern) if rest else np.nan)

    def figure(i: int) -> Figure:
        between = [_median([one.figures[i] for leg, one in mean.items() if leg[0] == person]) for person in people]
        recorded_ones, simulated_ones = zip(*((one.figures[i], other.figures[i]) for one, other in pairs), strict=True)
        spread = float(np.std(between, ddof=1)) if len(people) > 1 else np.nan
        return Figure(_median(recorded_ones), spread, _median(simulated_ones))

    name = f"{group.name}, {group.placement} / {kind}"
    medians = _median(labelled), _median(aligned), _median(shifts_ms), _median(others)
    return Row(name, len(people), len(pairs), figure(0), figure(1), figure(2), *medians)


def heading() -> str:
    """The heading over lines of the table."""
    figures = f"{'stride time s':>18} {'stance %':>20} {'peak swing deg/s':>18}"
    return f"{'recorded, sensor / simulated':34} people strides {figures} labelled aligned shift ms others"


def line(row: Row) -> str:
    """One line of the table."""
    name, people, strides, time_s, stance, peak, labelled, aligned, shift_ms, others = row
    return (
        f"{name:34} {people:6} {strides:7} {time_s.recorded:6.2f} ±{time_s.sd:4.2f} {time_s.simulated:5.2f} "
        f"{100 * stance.recorded:8.1f} ±{100 * stance.sd:4.1f} {100 * stance.simulated:5.1f} "
        f"{peak.recorded:6.0f} ±{peak.sd:4.0f} {peak.simulated:5.0f} "
        f"{labelled:8.3f} {aligned:7.3f} {shift_ms:8.0f} {others:6.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the simulated person with recorded people.")
    parser.add_argument("--data", type=Path, help=f"folder with manifest.csv; else {VARIABLE} or ../shared/data")
    parser.add_argument("--kinds", nargs="*", default=KINDS, help="simulated patients to set beside recorded ones")
    asked = parser.parse_args()
    folder = asked.data or data_folder()
    if folder is None or not (folder / "manifest.csv").is_file():
        parser.error(f"no recordings: {folder or 'nothing beside the checkout'} has no manifest.csv; say --data FOLDER")
    sys.stdout.write(
        "In simulation, against recorded people. Figures are recorded ± SD between people, then simulated.\n"
    )
    sys.stdout.write(heading() + "\n")
    pairs = [(one, "healthy") for one in HEALTHY]
    for group, kind in pairs + [(one, kind) for one in PATIENT_GROUPS for kind in asked.kinds]:
        sys.stdout.write(line(compared(group, recorded(folder, group), kind)) + "\n")


if __name__ == "__main__":
    main()
