"""The controller over everything that a simulated person does: bursts where none is wanted, and events that are missed.

    python -m benchmarks.activities                                  # 31 activities and 8 kinds of people, five seeds
    python -m benchmarks.activities --sensors imu --only stairs_up,vehicle --seeds 1-2

All results hold in simulation only. The default is 31 activities of a minute each, five times, and as long for each
kind of person who walks with the stimulator on, so that the stimulated foot moves; for each set of sensors. Judged by
the simulated truth and the log of the stimulator, never by the controller's word:

    wanted    swings from 250 ms before foot off to initial contact, without the first step after standing
    given     at least one pulse came in that time, however weak: this judges the trigger and not the dose
    late      of these, the first pulse came after foot off
    stance    bursts with a pulse above the typical motor threshold outside of that time plus extension and falling ramp
    first     of these, bursts that begin too early for a first step after standing, which is scored apart elsewhere
    extra     of these, bursts with no such pulse inside at all; `s` is how long they lasted in stance, all together
    F1        confirmed events against the true ones: 150 ms, decided within 250 ms
    false     confirmed events a minute that belong to no true one
    foreseen  initial contacts and foot offs from the third stride on, predicted 100 ms ahead and within 80 ms

The goals are: 0 bursts in stance, 99 % of the wanted ones given, and F1 of 0.98 for the people who walk. What a set of
sensors cannot tell is printed below its table and no failure: there the answer is no burst, but for steps backwards,
whose times on a heel switch are those of steps forward. Exit code 1 when a goal is not reached.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from math import isnan
from typing import NamedTuple

from benchmarks.closed_loop import KINDS, PREDICTED, Job, Result, run
from controller.signals import EventKind
from dorsiflex.score.matching import f1_score
from simulator.activities.registry import ACTIVITIES
from simulator.patients import PATIENTS

LEAST_GIVEN, LEAST_F1 = 0.99, 0.98

_NEVER_OPENS = "the heel never opens: nothing to see"
_NEVER_CLOSES = "the heel never closes: nothing to see"
_SLOW = "strides beyond gait.slow_stride_s with the heel down for longer than up: like knees raised on a chair"
_SMALL = "the foot turns as little and as slowly as one on a chair"
CANNOT_TELL: dict[str, dict[str, str]] = {
    "heel": {
        "shuffling": _NEVER_OPENS,
        "heel_stays_loaded": _NEVER_OPENS,
        "stairs_up": _NEVER_CLOSES,
        "toe_first": _NEVER_CLOSES,
        "heel_walk": _SLOW,
        "slow_gait": _SLOW,
        "cane": _SLOW,
    },
    "imu on the foot": {
        "shuffling": _SMALL,
        "heel_stays_loaded": _SMALL,
        "heel_walk": _SMALL,
        "turn_on_the_spot": _SMALL,
    },
}
"""Where a set of sensors cannot tell a step from what is none, and wanted bursts are therefore not given."""

CANNOT_END: dict[str, dict[str, str]] = {
    "heel": {
        "backward_steps": "the times of a heel are those of steps forward, but it lands last: bursts end 0.2 s late",
        "stairs_down": "the forefoot lands first and the heel tells it 0.1 s later: bursts end up to 20 ms late",
    },
}
"""Where a set of sensors cannot tell when a step is over; these bursts in stance are counted and shown all the same."""

SPEED_M_S = 0.9


class Sum(NamedTuple):
    """The results of one activity or kind of person over its seeds."""

    wanted: int
    given: int
    late: int
    in_stance: int
    first: int
    extra: int
    in_stance_s: float
    f1: dict[EventKind, float]
    false_per_min: float
    foreseen: dict[EventKind, float]

    @property
    def given_share(self) -> float:
        return self.given / self.wanted if self.wanted else float("nan")


def summed(results: Sequence[Result]) -> Sum:
    """The results taken together."""
    outcomes = {kind: [result.confirmed[kind] for result in results] for kind in KINDS}
    f1 = {}
    for kind, of_kind in outcomes.items():
        found, missed = sum(len(o.pairs) for o in of_kind), sum(len(o.missed_s) for o in of_kind)
        extra = sum(len(o.extra) for o in of_kind)
        f1[kind] = f1_score(found, missed, extra) if found + missed else float("nan")
    invented = sum(len(o.extra) for of_kind in outcomes.values() for o in of_kind)
    minutes = sum(result.job.seconds for result in results) / 60.0
    ahead = {kind: [result.predicted[kind] for result in results] for kind in PREDICTED}
    foreseeable = {kind: sum(o.foreseeable for o in of_kind) for kind, of_kind in ahead.items()}
    return Sum(
        wanted=sum(result.bursts.wanted for result in results),
        given=sum(result.bursts.given + result.bursts.too_weak for result in results),
        late=sum(result.late for result in results),
        in_stance=sum(result.bursts.in_stance for result in results),
        first=sum(words.endswith("for a first step)") for result in results for words in result.in_stance),
        extra=sum(result.bursts.extra for result in results),
        in_stance_s=sum(result.bursts.in_stance_s for result in results),
        f1=f1,
        false_per_min=invented / minutes,
        foreseen={
            kind: sum(o.foreseen for o in of_kind) / foreseeable[kind] if foreseeable[kind] else float("nan")
            for kind, of_kind in ahead.items()
        },
    )


def failures(results: Sequence[Result]) -> list[str]:
    """What of the goals is not reached, in words; empty when all is well."""
    total = summed(results)
    words = []
    if total.in_stance:
        seeds = sorted({result.job.seed for result in results if result.bursts.in_stance})
        first = f", {total.first} of them too early for a first step" if total.first else ""
        words.append(f"{total.in_stance} bursts in stance{first} (seeds {', '.join(map(str, seeds))})")
    blind = results[0].job.name in CANNOT_TELL.get(placed(results[0].job), {})
    if total.given_share < LEAST_GIVEN and not blind:
        seeds = sorted({r.job.seed for r in results if r.bursts.missed > r.bursts.too_weak})
        words.append(f"{total.wanted - total.given} of {total.wanted} missed (seeds {', '.join(map(str, seeds))})")
    if results[0].job.walks:
        low = [f"{kind} {value:.3f}" for kind, value in total.f1.items() if value < LEAST_F1]
        words += [f"F1 {', '.join(low)}"] if low else []
    words += [f"exception: {result.exception}" for result in results if result.exception]
    return words


def placed(job: Job) -> str:
    """The sensors of a job in words."""
    return job.sensors if job.sensors == "heel" else f"{job.sensors} on the {job.placement}"


def say(line: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(f"{line}\n")


HEAD = (
    f"{'':22} {'wanted':>6} {'given':>6} {'%':>6} {'late':>5} {'stance':>6} {'first':>5} {'extra':>5} {'s':>6} "
    f"{'IC F1':>6} {'HO F1':>6} {'FO F1':>6} {'false':>6} {'IC fores':>8} {'FO fores':>8}"
)


def row(name: str, total: Sum) -> str:
    """One line of the table."""
    numbers = [_number(total.f1[kind], "6.3f") for kind in KINDS]
    ahead = [_number(total.foreseen[kind], "8.3f") for kind in PREDICTED]
    counts = f"{name:22} {total.wanted:6d} {total.given:6d} {_number(100.0 * total.given_share, '6.1f')}"
    harm = f"{total.late:5d} {total.in_stance:6d} {total.first:5d} {total.extra:5d} {total.in_stance_s:6.2f}"
    return f"{counts} {harm} {' '.join(numbers)} {total.false_per_min:6.1f} {' '.join(ahead)}"


def _number(value: float, form: str) -> str:
    return "-".rjust(len(f"{0.0:{form}}")) if isnan(value) else f"{value:{form}}"


def main() -> int:
    """Run what the command line asks for, print the tables and what is not reached."""
    options = _options()
    jobs = [
        Job(name, walks, seed, options.seconds, sensors, options.placement, options.wiring, options.speed)
        for sensors in options.sensors
        for walks, names in ((False, options.activities), (True, options.patients))
        for name in names
        for seed in options.seeds
    ]
    start_s = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        results = list(pool.map(run, jobs))
    failed: list[str] = []
    for sensors in options.sensors:
        for walks, title in ((False, "activities"), (True, "walking people, stimulated")):
            own = [r for r in results if r.job.sensors == sensors and r.job.walks == walks]
            if not own:
                continue
            where = placed(own[0].job)
            say(f"\n{title}, sensors {where}, {len(options.seeds)} seeds of {options.seconds:g} s")
            say(HEAD)
            for name in dict.fromkeys(r.job.name for r in own):
                group = [r for r in own if r.job.name == name]
                say(row(name, summed(group)))
                failed += [f"{sensors:4} {name:22} {words}" for words in failures(group)]
                if options.when:
                    _print_when(group)
            say(row("all", summed(own)))
            for what, limits in (("cannot tell steps", CANNOT_TELL), ("cannot tell their end", CANNOT_END)):
                for name, why in limits.get(where, {}).items():
                    if any(r.job.name == name for r in own):
                        say(f"{what}: {name}: {why}")
    say(f"\nin simulation: {len(jobs)} runs of {options.seconds:g} s in {time.monotonic() - start_s:.0f} s")
    say("every goal is reached" if not failed else "not reached:\n" + "\n".join(failed))
    return 1 if failed else 0


def _print_when(results: Sequence[Result]) -> None:
    for result in results:
        if result.in_stance or result.faults:
            say(f"    seed {result.job.seed}: {'; '.join(result.in_stance) or 'none in stance'}")
            say(f"        faults {', '.join(result.faults) or '-'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1-5", help="1-5, or 3,7; default 1-5")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each run, s; default 60")
    parser.add_argument("--patients", default="all", help="kinds of people who walk: all, none, or drag,stroke")
    parser.add_argument("--activities", default="all", help="all, none, or vehicle,stairs_up")
    parser.add_argument("--only", help="these activities and kinds of people, and no others")
    parser.add_argument("--sensors", default="heel,imu,both", help="default heel,imu,both")
    parser.add_argument("--placement", choices=("shank", "foot"), default="shank")
    parser.add_argument("--wiring", choices=("plain", "supervised"), default="supervised")
    parser.add_argument("--speed", type=float, default=SPEED_M_S, help="of the people who walk, m/s; default 0.9")
    parser.add_argument("--jobs", type=int, default=1, help="processes; default 1")
    parser.add_argument("--when", action="store_true", help="also when each burst in stance began, and the faults")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    options.seeds = list(range(int(first), int(last) + 1)) if last else [int(one) for one in options.seeds.split(",")]
    options.sensors = _chosen(parser, "--sensors", options.sensors, ("heel", "imu", "both"))
    if options.only is not None:
        both = _chosen(parser, "--only", options.only, (*ACTIVITIES, *PATIENTS))
        options.activities = [name for name in both if name in ACTIVITIES]
        options.patients = [name for name in both if name in PATIENTS]
    else:
        options.activities = _chosen(parser, "--activities", options.activities, tuple(ACTIVITIES))
        options.patients = _chosen(parser, "--patients", options.patients, tuple(PATIENTS))
    return options


def _chosen(parser: argparse.ArgumentParser, option: str, words: str, known: tuple[str, ...]) -> list[str]:
    if words in ("all", "none"):
        return list(known) if words == "all" else []
    names = words.split(",")
    for name in names:
        if name not in known:
            parser.error(f"{option}: no {name}: there are {', '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
