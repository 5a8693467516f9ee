"""Recordings without a reference: do foot and shank of one leg tell the same strides, and is any stride absurd?

    python -m benchmarks.unreferenced --data DATA/moving_reality_stroke DATA/gaitmap

Each recording is run with its IMU alone. A stride is the time from one confirmed initial contact to the next. Two
recordings of one person that differ in `foot` and `shank` of one side are compared.

    strides   how many; `median` in s; `short`: shorter than half the median, the goal is 0; `gaps`: over 1.7 medians
    agree     contacts of foot and shank within 150 ms of each other, as a share of all contacts; the goal is 97 %

Exit code 1 when a goal is missed.
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median

from config.load import default_settings
from controller.leg import Leg
from controller.signals import Certainty, EventKind
from dorsiflex.replay_command import ReplayOptions, _settings_for_csv
from dorsiflex.score.description import describe
from dorsiflex.score.matching import Detection, match
from dorsiflex.score.recordings import recordings_in
from recording.csv_walk import csv_rate_hz, read_csv_walk

NEAR_S, LEAST_AGREEMENT = 0.15, 0.97
SHORT_SHARE, GAP_SHARE = 0.5, 1.7


def contacts_of(path: Path) -> list[float]:
    """Confirmed initial contacts, from the IMU alone."""
    told = describe(path)
    axis = told.mediolateral_axis or "+z"
    options = ReplayOptions(path, "imu", told.placement or "shank", axis, None, None, None)
    settings, _, imu_id = _settings_for_csv(default_settings(), options, csv_rate_hz(path))
    leg, found = Leg(settings.leg[0], settings), []
    for one in read_csv_walk(path, "imu", axis, None, imu_id):
        leg.update(one)
        found += [e.t_s for e in leg.events if (e.kind, e.certainty) == (EventKind.IC, Certainty.CONFIRMED)]
    return found


def main() -> int:
    """Print a line for each recording and each pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="recordings, or folders of them")
    options = parser.parse_args()
    found = {path: contacts_of(path) for path in recordings_in(options.data)}
    short = 0
    for path, contacts in found.items():
        strides = [b - a for a, b in pairwise(contacts)]
        usual = median(strides) if strides else 0.0
        too_short = sum(stride < SHORT_SHARE * usual for stride in strides)
        gaps = sum(stride > GAP_SHARE * usual for stride in strides)
        short += too_short
        _say(f"{path.name:32} strides {len(strides):4} median {usual:5.2f} s  short {too_short}  gaps {gaps}")
    agreed = total = 0
    for path, contacts in found.items():
        twin = path.with_name(path.name.replace("foot", "shank"))
        if twin == path or twin not in found:
            continue
        others = [Detection(t_s, t_s) for t_s in found[twin]]
        both = len(match(contacts, others, NEAR_S))
        agreed, total = agreed + 2 * both, total + len(contacts) + len(others)
        share = 200.0 * both / max(1, len(contacts) + len(others))
        _say(f"{path.name:32} and its shank agree on {share:5.1f} % of {len(contacts)} and {len(others)} contacts")
    if total:
        _say(f"all legs: {100.0 * agreed / total:.1f} %")
    return 1 if short or (total and agreed < LEAST_AGREEMENT * total) else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
