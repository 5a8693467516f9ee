"""Two saved sets of figures side by side."""

import json
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, from_data


def compare(before: Path, after: Path) -> str:
    """A table: each figure of either set, its value in both, and after / before. Raises SystemExit for a bad file."""
    one, other = _read(before), _read(after)
    lines = [f"A {_words(one, before)}", f"B {_words(other, after)}"]
    if one["machine"] != other["machine"]:
        lines.append("the machines differ: compare the ratios, not the times")
    lines.append(f"{'':66} {'A':>10} {'B':>10} {'B / A':>7}")
    figures, others = _figures(one), _figures(other)
    for key in dict.fromkeys((*figures, *others)):
        lines.append(_line(key, figures.get(key), others.get(key)))
    return "\n".join(lines) + "\n"


def _line(key: tuple[str, str], one: Figure | None, other: Figure | None) -> str:
    row, name = key
    unit = (one or other or Figure(name, 0.0)).unit
    ratio = f"{other.value / one.value:7.2f}" if one and other and one.value else f"{'':7}"
    turned = ""
    if one and other and one.met is not None and other.met is not None and one.met != other.met:
        turned = "now met" if other.met else "now MISSED"
    return f"{row + ': ' + name:66} {_value(one)} {_value(other)} {ratio} {unit:5} {turned}".rstrip()


def _value(figure: Figure | None) -> str:
    return f"{'-':>10}" if figure is None else f"{figure.value:10.4g}"


def _figures(data: dict[str, Any]) -> dict[tuple[str, str], Figure]:
    return {(row["row"], one["name"]): from_data(one) for row in data["rows"] for one in row["figures"]}


def _words(data: dict[str, Any], path: Path) -> str:
    return f"{path}: commit {data['commit'] or 'unknown'}, {data['length']}, stolen {data['stolen_cpu_s']} CPU s"


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _words(data, path)
        _figures(data)
    except OSError as problem:
        raise SystemExit(f"{path}: {problem.strerror}: name a file that make bench saved") from problem
    except (ValueError, TypeError, KeyError) as problem:
        raise SystemExit(f"{path} is no set of figures: name a file that make bench saved") from problem
    return data
