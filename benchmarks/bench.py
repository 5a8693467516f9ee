"""Every figure of the performance table, row by row: measured, goal, ratio, met or missed.

`make bench [BENCH="--only tick --quick"]`, or `python -m benchmarks.bench [--only ROW] [--quick | --full]
[--save FOLDER] [--peer PYTHON] [--recordings FOLDER]`; about twelve minutes, on a machine that does nothing else. The
figures are saved as JSON; `python -m benchmarks.bench --compare A.json B.json` prints two sets side by side. What a
row needs and is not there is said in its place. Exit code 1 when a row failed; a missed goal is no failure of the
command.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.compare import compare
from benchmarks.figures import HEADING, NOT_HERE, Figure, as_data, from_data, line, machine_facts, stolen_s
from benchmarks.rows import ROWS, Row

FOLDER = Path("benchmarks/results")
LONGEST_S = {"quick": 300.0, "usual": 2400.0, "full": 24 * 3600.0}


class Result(NamedTuple):
    """What a row gave: figures, or why there are none. `stolen` is processor time kept by the host meanwhile, s."""

    row: str
    what: str
    command: str
    figures: tuple[Figure, ...]
    skipped: str
    failed: str
    took_s: float
    stolen_s: float


def measure(row: Row, length: str, extra: Sequence[str]) -> Result:
    """Run one row as the command that it is; `extra` is a further option and its value."""
    arguments = [*getattr(row, length), *extra]
    began_s, stolen_before_s = time.monotonic(), stolen_s()
    figures: tuple[Figure, ...] = ()
    skipped = failed = ""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "figures.json"
        command = [sys.executable, "-m", *arguments, "--json", str(saved)]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=LONGEST_S[length],
                check=False,
            )
        except subprocess.TimeoutExpired:
            failed = f"it took longer than {LONGEST_S[length]:.0f} s"
        else:
            said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
            if done.returncode == NOT_HERE:
                skipped = said
            elif done.returncode or not saved.exists():
                failed = f"{said} (exit code {done.returncode})"
            else:
                data = json.loads(saved.read_text(encoding="utf-8"))
                figures = tuple(from_data(one) for one in data["figures"])
    # Where somebody keeps things is nobody else's business.
    told = [*getattr(row, length), *extra[:1], *[extra[0].strip("-").upper() for _ in extra[1:]]]
    words = " ".join(("python", "-m", *told))
    took_s = time.monotonic() - began_s
    return Result(row.name, row.what, words, figures, skipped, failed, took_s, stolen_s() - stolen_before_s)


def print_result(result: Result) -> None:
    """A row of the table."""
    lines = [f"\n{result.row}: {result.what}", f"  {result.command}"]
    if result.skipped:
        lines.append(f"  skipped: {result.skipped}")
    if result.failed:
        lines.append(f"  FAILED: {result.failed}")
    lines += [f"  {line(figure)}" for figure in result.figures]
    lines.append(f"  {result.took_s:.0f} s, of which the host kept {result.stolen_s:.1f} CPU s")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def as_json(results: Sequence[Result], length: str) -> dict[str, Any]:
    """A set of results as it is saved."""
    return {
        "commit": _commit(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "length": length,
        "machine": machine_facts(),
        "stolen_cpu_s": round(sum(result.stolen_s for result in results), 2),
        "took_s": round(sum(result.took_s for result in results), 1),
        "rows": [{**result._asdict(), "figures": [as_data(figure) for figure in result.figures]} for result in results],
    }


def print_verdict(results: Sequence[Result]) -> None:
    """How many goals are met, and everything that is missing by name."""
    goals = [(result.row, figure) for result in results for figure in result.figures if figure.met is not None]
    missed = [f"{row}: {figure.name}" for row, figure in goals if not figure.met]
    lines = [f"\n{len(goals) - len(missed)} of {len(goals)} goals met"]
    lines += [f"  MISSED {words}" for words in missed]
    lines += [f"  skipped {result.row}: {result.skipped}" for result in results if result.skipped]
    lines += [f"  FAILED {result.row}: {result.failed}" for result in results if result.failed]
    left = [row.name for row in ROWS if row.name not in {result.row for result in results}]
    lines += [f"  not run: {', '.join(left)} (--only NAME)"] if left else []
    sys.stdout.write("\n".join(lines) + "\n")


def usual_rows(length: str) -> list[Row]:
    """The rows of a run in which none is named."""
    return [row for row in ROWS if length == "full" or not row.on_request]


def _commit() -> str:
    """The commit that is measured, `+` when files differ from it; empty where git does not tell."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False, timeout=10.0
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _run(asked: argparse.Namespace) -> int:
    length = "quick" if asked.quick else "full" if asked.full else "usual"
    rows = [row for row in ROWS if row.name in asked.only] if asked.only else usual_rows(length)
    extra = {
        "tick": ["--peer", asked.peer] if asked.peer else [],
        "replay": ["--recordings", asked.recordings] if asked.recordings else [],
    }
    facts = ", ".join(f"{name} {value}" for name, value in machine_facts().items())
    sys.stdout.write(f"{facts}\n")
    if length == "usual":
        minutes = sum(row.minutes for row in rows)
        sys.stdout.write(f"about {minutes:.0f} minutes; leave the machine alone meanwhile\n")
    sys.stdout.write(f"  {HEADING}\n")
    results = []
    for row in rows:
        results.append(measure(row, length, extra.get(row.name, [])))
        print_result(results[-1])
    print_verdict(results)
    data = as_json(results, length)
    folder = Path(asked.save)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{data['measured'].replace(':', '').replace('+0000', 'Z')}-{data['commit'] or 'unknown'}.json"
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"saved {path}; the host kept {data['stolen_cpu_s']:.1f} CPU s of {data['took_s']:.0f} s\n")
    return 1 if any(result.failed for result in results) else 0


def main() -> int:
    """The command."""
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in ROWS]
    command.add_argument("--only", metavar="ROW", action="append", choices=names, help=f"one of {', '.join(names)}")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="only see that it works; the figures say little")
    length.add_argument("--full", action="store_true", help="the lengths that the goals were written for; hours")
    command.add_argument("--save", metavar="FOLDER", default=str(FOLDER), help="where the JSON goes")
    command.add_argument("--peer", metavar="PYTHON", help="of an environment with opensourceleg")
    command.add_argument("--recordings", metavar="FOLDER", help="with real .csv or .csv.gz recordings to replay")
    command.add_argument("--compare", metavar="JSON", nargs=2, type=Path, help="print two saved sets side by side")
    asked = command.parse_args()
    if asked.compare:
        sys.stdout.write(compare(*asked.compare))
        return 0
    return _run(asked)


if __name__ == "__main__":
    sys.exit(main())
