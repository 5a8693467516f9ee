"""The figures of docs/performance.md, from a saved set of results.

`python -m benchmarks.performance_page [FILE ...] [--check]` writes what stands between `<!-- figures: ROW -->` and
`<!-- end -->`. With files, the first set becomes the published one, with the rows of the others in addition (as the
long ones that are measured by name). The prose around it is written by hand. `--check` only says whether the page and
the published set agree.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, from_data

ROOT = Path(__file__).parents[1]
PAGE, PUBLISHED = ROOT / "docs" / "performance.md", ROOT / "benchmarks" / "published.json"
PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str, data: dict[str, Any]) -> str:
    """The page with the figures of a set."""
    rows = {row["row"]: row for row in data["rows"]}

    def place(found: re.Match[str]) -> str:
        name = found[2]
        if name == "machine":
            return f"{found[1]}{machine(data)}{found[3]}"
        if name not in rows:
            return f"{found[1]}Not measured in this set.\n{found[3]}"
        return f"{found[1]}{table(rows[name])}{found[3]}"

    return PLACE.sub(place, page)


def joined(files: Sequence[Path]) -> dict[str, Any]:
    """The first set, with the rows of the others in the place of its own or behind them."""
    sets: list[dict[str, Any]] = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    rows = {row["row"]: row for row in sets[0]["rows"]}
    for one in sets[1:]:
        rows |= {row["row"]: row | {"commit": one["commit"], "measured": one["measured"]} for row in one["rows"]}
    return sets[0] | {"rows": list(rows.values())}


def machine(data: dict[str, Any]) -> str:
    """On what was measured."""
    facts = "; ".join(f"{name} {value}" for name, value in data["machine"].items())
    return (
        f"Commit {data['commit']}, {data['measured']}, the {data['length']} lengths. {facts}. The host kept "
        f"{data['stolen_cpu_s']:.1f} CPU s of {data['took_s']:.0f} s.\n"
    )


def table(row: dict[str, Any]) -> str:
    """A row with its command."""
    of_another_set = f", commit {row['commit']}, {row['measured']}" if "commit" in row else ""
    lines = [f"`{row['command']}`{of_another_set}", ""]
    if row["skipped"] or row["failed"]:
        lines.append(f"Not measured: {row['skipped'] or row['failed']}")
    else:
        lines += ["| | measured | goal | ratio | |", "|---|---|---|---|---|"]
        lines += [_line(from_data(one)) for one in row["figures"]]
    return "\n".join(lines) + "\n"


def _line(figure: Figure) -> str:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    value = f"{figure.value:.4g} {figure.unit}".strip()
    verdict = "**missed**" if figure.met is False else figure.verdict
    return f"| {figure.name} | {value} | {figure.goal_words} | {ratio} | {verdict} |"


def main() -> int:
    """The command."""
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("files", nargs="*", type=Path, help="sets that make bench saved, to be published")
    command.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page differs")
    asked = command.parse_args()
    data = joined(asked.files or [PUBLISHED])
    page = PAGE.read_text(encoding="utf-8")
    now = written(page, data)
    if asked.check:
        if now != page:
            sys.stderr.write("docs/performance.md differs from its figures: python -m benchmarks.performance_page\n")
        return int(now != page)
    PUBLISHED.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(now, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
