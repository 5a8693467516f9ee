"""The rows of the performance table that come from commands which print more: the simulated person, the cohort.

`python -m benchmarks.simulation_rows person|cohort [--json FILE] [options of that command]`: the figures of
`python -m benchmarks.simulation_speed` and `python -m benchmarks.cohort_speed`, which also say where the time goes.
"""

import re
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.figures import Figure, parser, report

LEAST_SPEED, LEAST_GAIN, MOST_MEMORY = 150.0, 1.8, 1.1
NUMBER = r"([\d.]+)"


def printed(module: str, options: Sequence[str]) -> str:
    """What a command prints. Raises SystemExit with its last line when it fails."""
    done = subprocess.run([sys.executable, "-m", module, *options], capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise SystemExit(done.stderr.strip().rpartition("\n")[2] or f"{module} failed without a word")
    return done.stdout


def numbers(pattern: str, text: str) -> list[float]:
    """The numbers of the line that fits. Raises SystemExit when there is none."""
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"no line like {pattern!r} was printed: benchmarks/simulation_rows.py must follow")
    return [float(one) for one in found.groups()]


def person(options: Sequence[str]) -> list[Figure]:
    """How much faster than real time one walks."""
    (times,) = numbers(rf"^person with controller\s+{NUMBER}", printed("benchmarks.simulation_speed", options))
    return [Figure("person with controller, x real time", times, "", LEAST_SPEED, at_least=True)]


def cohort(options: Sequence[str]) -> list[Figure]:
    """What a second process gains, what ten times the people take, and whether a killed process loses anything."""
    text = printed("benchmarks.cohort_speed", options)
    by_clock, idle = numbers(rf"beside 1: {NUMBER} x by the clock; {NUMBER} x on", text)
    few_mb, many_mb = numbers(rf"^memory of all processes: {NUMBER} MB .*?, {NUMBER} MB", text)
    per_s, times = numbers(rf"^[2-9] at a time: {NUMBER} people a second, {NUMBER} x real time", text)
    differs = 0.0 if "the result is whole and the same" in text else 1.0
    return [
        Figure("speed of two processes / of one, by the clock", by_clock, "", LEAST_GAIN, at_least=True),
        Figure("the same from processor times, as on idle processors", idle),
        Figure("memory with ten times the people / with once", many_mb / few_mb, "", MOST_MEMORY),
        Figure("results that differ after one process was killed", differs, "", 0.0),
        Figure("two processes, x real time of one walk", times),
        Figure("1,000 people of 10 minutes would take", 1000.0 / per_s * _minutes_ratio(text) / 3600.0, "h"),
    ]


def _minutes_ratio(text: str) -> float:
    (minutes,) = numbers(rf"people \(\w+\), {NUMBER} min each", text)
    return 10.0 / minutes


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("row", choices=("person", "cohort"))
    asked, options = command.parse_known_args()
    report({"person": person, "cohort": cohort}[asked.row](options), asked.json)


if __name__ == "__main__":
    main()
