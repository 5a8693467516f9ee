"""A measured figure beside its goal, how it is printed, and how it is saved so that two commits can be compared."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

NOT_HERE = 77
"""Exit code of a benchmark that needs something which is not on this machine."""


class Figure(NamedTuple):
    """One value. Its goal, where it has one, is a highest or a lowest value; `goal` 0 asks for exactly 0."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """How much of the goal is used up: 1 or less is met. None without a goal."""
        if self.goal is None:
            return None
        above, below = (self.goal, self.value) if self.at_least else (self.value, self.goal)
        if below:
            return above / below
        return 0.0 if above == 0.0 else float("inf")

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal. NaN reaches none."""
        ratio = self.ratio
        return None if ratio is None else ratio <= 1.0

    @property
    def goal_words(self) -> str:
        """The goal as it is printed."""
        if self.goal is None:
            return ""
        return "0" if self.goal == 0.0 else f"{'>=' if self.at_least else '<='} {self.goal:g}"

    @property
    def verdict(self) -> str:
        """`met`, `MISSED` or nothing."""
        return {None: "", True: "met", False: "MISSED"}[self.met]


HEADING = f"{'':58} {'measured':>9} {'':5} {'goal':>8} {'ratio':>6}"


def line(figure: Figure) -> str:
    """A figure as a line of the table."""
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    words = f"{figure.name:58} {figure.value:9.4g} {figure.unit:5} {figure.goal_words:>8} {ratio:>6} {figure.verdict}"
    return words.rstrip()


def print_figures(figures: Sequence[Figure]) -> None:
    """One line each."""
    sys.stdout.write("\n".join([HEADING, *map(line, figures)]) + "\n")


def save_figures(path: str | None, figures: Sequence[Figure]) -> None:
    """Write them as JSON with the facts of the machine; nothing without a path."""
    if path is None:
        return
    data = {"machine": machine_facts(), "figures": [as_data(figure) for figure in figures]}
    Path(path).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def as_data(figure: Figure) -> dict[str, Any]:
    """A figure as JSON can hold it: an infinite or missing value becomes text."""
    data = figure._asdict()
    return data | {"value": data["value"] if abs(figure.value) < float("inf") else str(figure.value)}


def from_data(data: dict[str, Any]) -> Figure:
    """What `as_data` made."""
    return Figure(**data)._replace(value=float(data["value"]))


def machine_facts() -> dict[str, str | int]:
    """What a figure depends on."""
    models = {
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith(("model name", "Model"))
    }
    governors = {
        path.read_text(encoding="utf-8").strip()
        for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    }
    return {
        "processor": ", ".join(sorted(models)) or platform.processor(),
        "processors": os.cpu_count() or 0,
        "governor": ", ".join(sorted(governors)) or "not told",
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def stolen_s() -> float:
    """Processor time that the host kept from this machine since it started, all processors together, s."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie; NaN of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def skip(sentence: str) -> NoReturn:
    """End this benchmark because something is not here; the sentence says what and what to do."""
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(NOT_HERE)


def parser(description: str | None) -> argparse.ArgumentParser:
    """A command line with `--json`, which every benchmark of the table has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", metavar="FILE", help="where to save the figures")
    return made


def report(figures: Sequence[Figure], path: str | None) -> None:
    """Print and save."""
    print_figures(figures)
    save_figures(path, figures)
