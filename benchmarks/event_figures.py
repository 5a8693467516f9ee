"""A figure for each group of people: how far off its gait events are, and one stride of each person with the events.

    python -m benchmarks.event_figures FOLDER RECORDING... [--sensors imu]

RECORDING is a CSV recording with NAME.events.csv beside it, or a folder of them, as for `dorsiflex score`. FOLDER gets
one HTML page for each group and each set of sensors, which loads nothing; every miss and extra is on the page that
`dorsiflex score --report` makes. The figures are drawn on the signal, so they show the recordings: keep FOLDER with
them. Exit code 1 when a recording cannot be read.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

from controller.signals import Certainty
from dorsiflex.report.style import STYLE
from dorsiflex.score.charts import error_histogram, signal_chart
from dorsiflex.score.figures import figures_of
from dorsiflex.score.mishaps import typical_stride
from dorsiflex.score.page_style import SCORE_STYLE
from dorsiflex.score.recordings import KINDS, DetectOptions, ScoredLeg, recordings_in, score_recording
from recording.errors import RecordingError


def sorted_by(legs: Iterable[ScoredLeg], name: Callable[[ScoredLeg], str]) -> dict[str, list[ScoredLeg]]:
    """The legs by a name of theirs, in order of their first one."""
    found: dict[str, list[ScoredLeg]] = {}
    for leg in legs:
        found.setdefault(name(leg), []).append(leg)
    return found


def histograms(legs: Sequence[ScoredLeg]) -> list[tuple[str, str]]:
    """Caption and drawing for each kind of event that was found in these legs."""
    drawn = []
    for event in KINDS:
        cells = [c for leg in legs for c in leg.cells if (c.event, c.certainty) == (event, Certainty.CONFIRMED)]
        errors_ms = [1000.0 * pair.error_s for cell in cells for pair in cell.outcome.pairs]
        if errors_ms:
            total = figures_of(cells)
            words = (
                f"{event}: {total.references} references, {total.missed} missed, {total.extra} extra, F1 {total.f1:.3f}"
                f", SD within a person {total.sd_within_ms:.0f} ms"
            )
            drawn.append((words, error_histogram(event, errors_ms, total.error_median_ms)))
    return drawn


def strides(legs: Sequence[ScoredLeg]) -> list[tuple[str, str]]:
    """Caption and drawing of a stride of middle length for each person."""
    drawn = []
    for person, own in sorted_by(legs, lambda leg: leg.person).items():
        stride = typical_stride(own)
        if stride is not None:
            chart = signal_chart(stride.leg, stride.start_s, stride.stop_s, stride.marks)
            drawn.append((f"{person}: {stride.leg.name}", chart))
    return drawn


def page(group: str, sensors: str, legs: Sequence[ScoredLeg]) -> str:
    """The page of one group."""
    figures = "".join(
        f"<figure><figcaption>{escape(words)}</figcaption>{svg}</figure>\n"
        for words, svg in (*histograms(legs), *strides(legs))
    )
    title = f"{group}, sensors: {sensors}"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}{SCORE_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        "<p>Above each signal the reference, dashed what the controller said; the bar runs until it was decided, "
        f'dotted is predicted.</p>\n<div class="figures">{figures}</div>\n</body>\n</html>\n'
    )


def main() -> int:
    """Score what the command line names and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--sensors", choices=("heel", "imu", "both"), default="imu")
    options = parser.parse_args()
    legs: list[ScoredLeg] = []
    failed = False
    try:
        paths = recordings_in(options.recordings)
    except RecordingError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for path in paths:
        try:
            legs += score_recording(path, DetectOptions(options.sensors, None, None, None))
        except RecordingError as problem:
            sys.stderr.write(f"{problem}\n")
            failed = True
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for group, own in sorted_by((leg for leg in legs if leg.cells), lambda leg: leg.group).items():
            name = re.sub(r"[^A-Za-z0-9]+", "-", f"{group} {options.sensors}").strip("-").lower()
            file = options.folder / f"{name}.html"
            file.write_text(page(group, options.sensors, own), encoding="utf-8")
            sys.stdout.write(f"{file}\n")
    except OSError as problem:
        sys.stderr.write(f"cannot write into {options.folder}: {problem.strerror}: name a folder that can be written\n")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
