"""A measured figure, how it is printed, and how it is saved so that two commits can be compared."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Figure(NamedTuple):
    """`goal` in words and whether it was `met`; None where there is no goal."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


def print_figures(figures: Sequence[Figure]) -> None:
    """One line each."""
    for figure in figures:
        verdict = "" if figure.met is None else "   met" if figure.met else "   MISSED"
        goal = f"   goal {figure.goal}" if figure.goal else ""
        sys.stdout.write(f"{figure.name:52} {figure.value:10.3g} {figure.unit:5}{goal}{verdict}\n")


def save_figures(path: str | None, figures: Sequence[Figure]) -> None:
    """Write them as JSON with the facts of the machine; nothing without a path."""
    if path is None:
        return
    data = {"machine": machine_facts(), "figures": [figure._asdict() for figure in figures]}
    Path(path).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def machine_facts() -> dict[str, str | int]:
    """What a figure depends on."""
    models = {
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith(("model name", "Model"))
    }
    return {
        "processor": ", ".join(sorted(models)) or platform.processor(),
        "processors": os.cpu_count() or 0,
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def stolen_s() -> float:
    """Processor time that the host kept from this machine since it started, all processors together, s."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")
