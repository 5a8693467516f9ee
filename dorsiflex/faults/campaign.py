"""Many walks with faults in several processes, their results as lines of a file: a campaign goes on where it ended."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dorsiflex.cohort_workers import in_processes
from dorsiflex.faults.bursts import missed_bursts
from dorsiflex.faults.draw import SECONDS, WALK, WALKS_A_PERSON, Drawn, Person, draw, plan_faults
from dorsiflex.faults.notice import Noticed, false_alarms
from dorsiflex.faults.oracle import Verdict, judge
from dorsiflex.faults.seen import Seen
from dorsiflex.faults.walk import walk
from recording.errors import RecordingError, write_failed
from simulator.faults.plan import PlannedFault


class Sound(NamedTuple):
    """The same walk without a fault: false alarms, wanted bursts, those that never came; s of walking."""

    alarms: tuple[str, ...]
    wanted: int
    missed: int
    seconds: float


class Result(NamedTuple):
    """One walk of the campaign, judged. `sound` comes with the first walk of each person only, so none counts twice."""

    number: int
    seed: int
    who: str
    activity: str
    verdict: Verdict
    sound: Sound | None

    @property
    def void(self) -> tuple[str, ...]:
        """Faults that changed nothing: an error of the campaign."""
        return tuple(one.kind for one in self.verdict.noticed if not one.injected)

    @property
    def alone(self) -> bool:
        """Whether the leg had one sensor only, which nobody contradicts when it lies."""
        return "sensors both" not in self.who

    @property
    def command(self) -> str:
        """How to see it again."""
        return f"dorsiflex faults --walk {self.number} --seed {self.seed}"


class Shown(NamedTuple):
    """A walk that was asked for by its number."""

    drawn: Drawn
    faults: tuple[PlannedFault, ...]
    result: Result


def one_walk(seed: int, number: int) -> Result:
    """Draw a walk, walk it with its faults and without, and judge."""
    return _judged(seed, draw(seed, number), None).result


def show_walk(seed: int, number: int, box: Path | None = None) -> Shown:
    """The same, told whole; `box`: with a black box there for `dorsiflex replay`. Raises RecordingError."""
    return _judged(seed, draw(seed, number), box)


def run_campaign(seed: int, numbers: Sequence[int], jobs: int) -> Iterator[Result]:
    """All these walks, each as soon as it is done."""
    groups = _by_person(numbers)
    tasks = [(seed, group) for group in groups]
    if jobs <= 1:
        for task in tasks:
            yield from _group(task)
        return
    for results in in_processes(_group, tasks, jobs):
        yield from results


def _by_person(numbers: Iterable[int]) -> list[tuple[int, ...]]:
    """Walks that share the walk without a fault stay together."""
    groups: dict[int, list[int]] = {}
    for number in numbers:
        groups.setdefault(number // WALKS_A_PERSON, []).append(number)
    return [tuple(group) for group in groups.values()]


def _group(task: tuple[int, tuple[int, ...]]) -> list[Result]:
    seed, numbers = task
    return [one_walk(seed, number) for number in numbers]


@lru_cache(maxsize=1)
def _sound(person: Person) -> Seen:
    return walk(person)


def _judged(seed: int, drawn: Drawn, box: Path | None) -> Shown:
    sound = _sound(drawn.person)
    faults = plan_faults(drawn, sound.contacts_s)
    verdict = judge(drawn.person, faults, walk(drawn.person, faults, box), sound)
    told = None
    if drawn.number % WALKS_A_PERSON == 0:
        told = Sound(false_alarms(sound, scripted=drawn.person.activity != WALK), *missed_bursts(sound), SECONDS)
    result = Result(drawn.number, seed, str(drawn.person), drawn.person.activity, verdict, told)
    return Shown(drawn, faults, result)


def to_line(result: Result) -> str:
    """A result as one line of JSON."""
    verdict = result.verdict._replace(noticed=())._asdict()
    return json.dumps(
        {
            **result._asdict(),
            "verdict": {**verdict, "noticed": [one._asdict() for one in result.verdict.noticed]},
            "sound": None if result.sound is None else result.sound._asdict(),
        },
        ensure_ascii=False,
    )


def from_line(line: str) -> Result:
    """What `to_line` wrote. Raises ValueError."""
    try:
        data = json.loads(line)
        verdict = data.pop("verdict")
        noticed = tuple(Noticed(**one) for one in verdict.pop("noticed"))
        judged = Verdict(**{**verdict, "noticed": noticed, "harms": tuple(verdict["harms"])})
        sound = data.pop("sound")
        kept = None if sound is None else Sound(**{**sound, "alarms": tuple(sound["alarms"])})
        return Result(**data, verdict=judged, sound=kept)
    except (TypeError, KeyError, AttributeError) as problem:
        raise ValueError(f"no result of a walk: {problem}") from problem


class Kept:
    """The file of a campaign: one line a walk, appended; a line that was torn by a kill is walked again."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Make the folder. Raises CannotWriteError."""
        self.path = folder / f"faults-seed-{seed}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._mend()
        except OSError as problem:
            raise write_failed(problem, self.path) from problem

    def results(self) -> Iterator[Result]:
        """What is there already, line by line. Raises RecordingError for a line that is no result."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield from_line(line)
                except ValueError as problem:
                    raise RecordingError(f"{self.path}:{number}: {problem}: remove the line or the file") from problem

    def add(self, result: Result) -> None:
        """Append a result. Raises CannotWriteError."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(to_line(result) + "\n")
        except OSError as problem:
            raise write_failed(problem, self.path) from problem

    def _mend(self) -> None:
        """Cut off a line without its end."""
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            whole = 0
            for line in file:
                whole += len(line) if line.endswith(b"\n") else 0
            file.truncate(whole)
