"""The loop dies, freezes or starves at random moments of a walk: when did the output end, by who is not the loop?

`python -m evidence.host_death [--moments 1000] [--kinds sigkill,sigstop,gil,memory,disk] [--at-once 2] [--seed 1]
[--keep FILE]`

In simulation, on real time. Each host is the product's own run with its guard, recorder and driver; the P24 behind a
pseudo terminal, and the pins, which are pipes, live in this process, the observer. A pin falls low when everybody who
drove it is gone, as with `strict_gpiod`; behind the enable pin is a charge pump of 60 ms. Goal: no output later than
60 ms after the loop's last tick, at p99; where the device repeats by itself (p24-mid), that plus its own 2 s.

A trial counts when its host was armed until it befell, had stimulated before, and the observer was not late itself.
Any other is told apart and repeated at another moment; a host that had stopped by itself before must have ended its
output within the same limit. With `--keep` a campaign that was ended goes on when the same command is given again.
"""

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from evidence.host_observer import LIMIT_S, MOMENTS_S, OWN_BOUND_S, Outcome, Verdict, observe
from evidence.host_process import SMALL_FILE_BYTES, STIMULATORS, Kind, Trial
from evidence.result import commit_now, save

WHOLE = 1000
MOST_TURNS = 6
"""A moment that shows nothing so many times fails."""


class Asked(NamedTuple):
    """The campaign: so many moments, of these kinds."""

    moments: int
    kinds: list[Kind]
    seed: int


class Turn(NamedTuple):
    """The moment of this number, tried again for the so-manieth time; 0 at first."""

    moment: int
    again: int


class Kept:
    """What was found so far, on disk too if there is a `path`: one line of JSON for each trial."""

    def __init__(self, path: Path | None, asked: Asked) -> None:
        """Raises ValueError when the file is of another campaign."""
        self.found: list[tuple[Turn, Outcome]] = []
        self._path = path
        head = json.dumps({**asked._asdict(), "commit": commit_now()})
        if path is None:
            return
        if not path.exists():
            path.write_text(head + "\n", encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        first, *lines = text.splitlines() or [""]
        if first != head:
            raise ValueError(f"{path} is of another campaign, {first}: name another file")
        if not text.endswith("\n"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")
        for line in lines:
            # One may be torn.
            with suppress(json.JSONDecodeError):
                moment, again, device, kind, verdict, *rest = json.loads(line)
                self.found.append((Turn(moment, again), Outcome(device, Kind(kind), Verdict(verdict), *rest)))

    def add(self, turns: list[Turn], outcomes: list[Outcome]) -> None:
        """Keep the outcomes of one batch."""
        new = list(zip(turns, outcomes, strict=True))
        self.found += new
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps([*turn, *outcome]) + "\n" for turn, outcome in new)

    def left(self, moments: int) -> list[Turn]:
        """What is to be tried: every moment that is not settled, those that were not tried yet first."""
        newest: dict[int, tuple[Turn, Outcome]] = {}
        for turn, outcome in self.found:
            newest[turn.moment] = (turn, outcome)
        fresh = [Turn(moment, 0) for moment in range(moments) if moment not in newest]
        again = [
            Turn(turn.moment, turn.again + 1)
            for turn, outcome in newest.values()
            if outcome.verdict not in (Verdict.COUNTED, Verdict.FAILED) and turn.again + 1 < MOST_TURNS
        ]
        return fresh + again


def trial_of(turn: Turn, asked: Asked, folder: Path) -> Trial:
    """Every kind with every device in turn, each turn at a time of its own."""
    random = Random(f"{asked.seed} {turn.moment} {turn.again}")
    kind = asked.kinds[turn.moment % len(asked.kinds)]
    device = list(STIMULATORS)[turn.moment // len(asked.kinds) % len(STIMULATORS)]
    (where := folder / f"{turn.moment}-{turn.again}").mkdir()
    limit = random.randrange(*SMALL_FILE_BYTES) if kind == Kind.DISK else 0
    return Trial(device, kind, random.uniform(*MOMENTS_S), where, limit)


def run(asked: Asked, at_once: int, kept: Kept) -> None:
    """Try until every moment has shown something, or was tried often enough."""
    while left := kept.left(asked.moments):
        turns = left[:at_once]
        folder = Path(tempfile.mkdtemp(prefix="host-death-"))
        try:
            kept.add(turns, observe([trial_of(turn, asked, folder) for turn in turns]))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{asked.moments - len(left) + len(turns)} of {asked.moments}")


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))]


def report(found: list[tuple[Turn, Outcome]], asked: Asked) -> bool:
    """Print and keep the figures; whether the goal is met."""
    outcomes = [outcome for _, outcome in found]
    counted = [one for one in outcomes if one.verdict == Verdict.COUNTED]
    figures: dict[str, int | float | str | bool | None] = {"moments": asked.moments, "counted": len(counted)}
    for verdict in (Verdict.STOPPED_BEFORE, Verdict.NO_STEP_YET, Verdict.OBSERVER_LATE):
        figures[f"repeated: {verdict.value}"] = sum(one.verdict == verdict for one in outcomes)
    figures["trials that failed"] = sum(one.verdict == Verdict.FAILED for one in outcomes)
    met = len(counted) == asked.moments
    for kind in asked.kinds:
        for device in STIMULATORS:
            of_these = [one for one in counted if (one.kind, one.device) == (kind, device)]
            if not of_these:
                continue
            late_s, limit_s = [one.late_s for one in of_these], LIMIT_S + OWN_BOUND_S.get(device, 0.0)
            p50, p99, most = percentile(late_s, 0.5), percentile(late_s, 0.99), max(late_s)
            met = met and p99 <= limit_s
            words = f"{1000 * p50:.1f} / {1000 * p99:.1f} / {1000 * most:.1f} of {1000 * limit_s:.0f}"
            figures[f"{kind.value}, {device}: p50 / p99 / max ms"] = (
                f"{words}; {len(of_these)} trials, {sum(one.in_burst for one in of_these)} in a burst"
            )
    for words, repeating in (("all but p24-mid", False), ("p24-mid, ended by the guard", True)):
        late_s = [one.late_s for one in counted if (one.device in OWN_BOUND_S) == repeating]
        if late_s:
            figures[f"{words}: p99 / max ms"] = f"{1000 * percentile(late_s, 0.99):.1f} / {1000 * max(late_s):.1f}"
            figures[f"{words}: later than 60 ms"] = sum(one > LIMIT_S for one in late_s)
    reasons = Counter(one.why.partition(". It comes up")[0] for one in outcomes if one.verdict == Verdict.FAILED)
    figures["why they failed"] = "; ".join(f"{count} x {why}" for why, count in reasons.items()) or None
    figures["goal met: every moment counted, every p99 in time"] = met
    for name, value in figures.items():
        sys.stdout.write(f"{name:60} {value}\n")
    for (word, why), count in Counter((one.verdict.value, one.why) for one in outcomes if one.why).items():
        sys.stdout.write(f"{count} x {word}: {why}\n")
    save(
        "host_death", "The loop dies, freezes or starves at random moments (in simulation)", figures,
        whole=asked.moments >= WHOLE and len(asked.kinds) == len(Kind),
    )  # fmt: skip
    return met


def main() -> int:
    """Try and report; 1 when the goal is missed or a trial failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=WHOLE, help="how often a host is befallen")
    parser.add_argument("--kinds", default=",".join(Kind), help="what befalls the hosts")
    parser.add_argument("--at-once", type=int, default=2, help="hosts that walk at the same time")
    parser.add_argument("--seed", type=int, default=1, help="other moments")
    parser.add_argument("--keep", type=Path, help="a file that keeps what was found, to go on from")
    words = parser.parse_args()
    asked = Asked(words.moments, [Kind(word) for word in words.kinds.split(",")], words.seed)
    try:
        kept = Kept(words.keep, asked)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(60))
    sys.setswitchinterval(0.0005)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run(asked, words.at_once, kept)
    return 0 if report(kept.found, asked) else 1


if __name__ == "__main__":
    sys.exit(main())
