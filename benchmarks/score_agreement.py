"""`dorsiflex score` beside another scorer that was written by somebody else: every figure of every group.

    python -m benchmarks.score_agreement --data DATA --scorer score_gait_events.py --only agora_hemiparetic

The other one is run as `python SCORER --data DATA --sensors SENSORS --only SET --json FILE --command COMMAND` and
writes an object: "set/group/event" to an object with reference, found, extra, f1, f1_50ms, worst_person_f1,
error_median_ms, error_sd_ms, error_sd_within_ms, latency_median_ms, latency_p95_ms and outside_per_min. Exit code 1
when a count differs, an F1 by more than 0.0005, or a time by more than 0.1 ms, to which the other one rounds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from math import isnan
from pathlib import Path

from controller.signals import Certainty
from dorsiflex.score.figures import Figures
from dorsiflex.score.recordings import DetectOptions, recordings_in, score_recording
from dorsiflex.score.table import group_figures

NAMES = {
    "reference": "references",
    "found": "found",
    "extra": "extra",
    "f1": "f1",
    "f1_50ms": "f1_50ms",
    "worst_person_f1": "worst_person_f1",
    "error_median_ms": "error_median_ms",
    "error_sd_ms": "error_sd_ms",
    "error_sd_within_ms": "sd_within_ms",
    "latency_median_ms": "latency_median_ms",
    "latency_p95_ms": "latency_p95_ms",
    "outside_per_min": "outside_per_min",
}
"""What the other calls it, what we call it."""
F1_APART, TIME_APART = 0.0005, 0.1


def differences(other: dict[str, float | None], ours: Figures) -> list[str]:
    """What is not the same, in words."""
    found = []
    for theirs_name, name in NAMES.items():
        theirs, mine = other.get(theirs_name), float(getattr(ours, name))
        if theirs is None or isnan(mine):
            same = theirs is None and isnan(mine)
        elif name in ("references", "found", "extra"):
            same = theirs == mine
        else:
            same = abs(theirs - mine) <= (F1_APART if "f1" in name else TIME_APART)
        if not same:
            found.append(f"{name}: {mine:g} here, {theirs} there")
    return found


def main() -> int:
    """Run both and print a line for each group and event."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and a folder for each set")
    parser.add_argument("--scorer", type=Path, required=True, help="the other scorer")
    parser.add_argument("--only", default="agora_hemiparetic", help="name of a set; default agora_hemiparetic")
    parser.add_argument("--sensors", choices=("heel", "imu", "both"), default="imu")
    parser.add_argument("--command", default=".venv/bin/dorsiflex", help="how the other one calls dorsiflex")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        words = ["--data", options.data, "--sensors", options.sensors, "--only", options.only, "--json", path]
        call = [sys.executable, options.scorer, *words, "--command", options.command, "--skip-prefix", "--jobs", "1"]
        subprocess.run([str(word) for word in call], check=True, stdout=subprocess.DEVNULL)
        other = json.loads(path.read_text())
    detect = DetectOptions(options.sensors, None, None, None)
    legs = [leg for one in recordings_in([options.data / options.only]) for leg in score_recording(one, detect)]
    ours = {
        f"{group}/{event}": figures
        for (group, event, certainty), figures in group_figures(legs).items()
        if certainty is Certainty.CONFIRMED
    }
    apart = 0
    for name in sorted({*other, *ours}):
        if name not in other or name not in ours:
            apart += 1
            sys.stdout.write(f"{name}: only {'here' if name in ours else 'there'}\n")
            continue
        told = differences(other[name], ours[name])
        apart += bool(told)
        sys.stdout.write(f"{name}: {ours[name].references} references, F1 {ours[name].f1:.4f}: {told or 'the same'}\n")
    sys.stdout.write(f"{len(ours)} groups and events, {apart} differ\n")
    return 1 if apart or not ours else 0


if __name__ == "__main__":
    sys.exit(main())
