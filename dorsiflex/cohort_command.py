"""`dorsiflex cohort`: simulated people of several kinds walk; a table says whom stimulation helps, at which current."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from math import isnan, nan
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from config.load import default_document, load_document
from config.schema import Settings
from dorsiflex.cohort import WALKS_EACH, Outcome, Walked, walk_all
from dorsiflex.cohort_rows import PeopleFile
from dorsiflex.exit_codes import ExitCode
from dorsiflex.patient_check import check_patient
from dorsiflex.simulate_command import check_writable
from dorsiflex.walk_judgement import (
    CLEAR_MM,
    ENOUGH_CLEAR_SHARE,
    ENOUGH_GAIN_DEG,
    SwingFigures,
    mean,
    percentile,
)
from simulator.fitting import Limit
from simulator.sensation import Sensation


class CohortOptions(NamedTuple):
    """What the command line asks for. Seeds `first_seed` and the following draw `people` of each of `kinds`."""

    kinds: tuple[str, ...]
    people: int
    first_seed: int
    minutes: float
    speed_mps: float | None
    jobs: int
    config: Path | None
    csv: Path | None
    scheduler: str = ""


def cohort(options: CohortOptions, console: Console) -> ExitCode:
    """Simulate everybody, print a table of each kind, and write a row a person and current to the file asked for.

    Of a person nothing is kept but the figures of the table, until that of the kind is printed. How fast it went is
    printed to the standard error. Raises ConfigError, and CannotWriteError before anything is simulated.
    """
    settings = _settings(options)
    if options.csv is not None:
        check_writable(options.csv)
    seeds = range(options.first_seed, options.first_seed + options.people)
    seconds = 60.0 * options.minutes
    of_kind: list[Walked] = []
    problems, count, begin_s = 0, len(options.kinds) * len(seeds), monotonic()
    errors = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    with _progress(console) as progress, PeopleFile(options.csv) if options.csv else nullcontext() as file:
        task = progress.add_task("simulating", total=count)
        for walked in walk_all(settings, options.kinds, seeds, seconds, options.jobs, options.scheduler):
            of_kind.append(walked)
            progress.advance(task)
            if file is not None:
                file.add(walked)
            for outcome in (walked.as_set, walked.fitted):
                if outcome.problem:
                    problems += 1
                    errors.print(f"{walked.kind}, seed {walked.seed}: {outcome.problem}", style="red")
            if walked.seed == seeds[-1]:
                console.print(kind_table(walked.kind, of_kind, seeds, options.minutes))
                of_kind.clear()
    if options.csv is not None:
        console.print(f"people {options.csv}", highlight=False, markup=False, soft_wrap=True)
    took_s = max(1e-3, monotonic() - begin_s)
    times = WALKS_EACH * count * seconds / took_s
    errors.print(f"{count} people in {took_s:.1f} s: {count / took_s:.2g} a second, {times:.0f} x real time")
    return ExitCode.LATCHED if problems else ExitCode.OK


def kind_table(kind: str, people: Sequence[Walked], seeds: range, minutes: float) -> Table:
    """The figures of one kind: without stimulation, with the current of the settings, with a fitted current."""
    title = f"{kind}, seeds {seeds[0]} to {seeds[-1]}, {minutes:g} min each, in simulation"
    table = Table(title=title, title_justify="left")
    for name in ("", "without", "current as set", "current fitted"):
        table.add_column(name, justify="left" if not name else "right")
    arms = [person.as_set for person in people], [person.fitted for person in people]
    walks = [person.without for person in people], *(_figures(arm) for arm in arms)
    clear, gain = f"{CLEAR_MM:.0f} mm", f"{ENOUGH_GAIN_DEG:.0f} °"

    def row(name: str, cell: Callable[[Sequence[SwingFigures]], str]) -> None:
        table.add_row(name, *(cell(figures) for figures in walks))

    def arm_row(name: str, cell: Callable[[Sequence[Outcome]], str]) -> None:
        table.add_row(name, "", *(cell(arm) for arm in arms))

    row("people", lambda figures: str(len(figures)))
    row("steps", lambda figures: str(sum(f.steps for f in figures)))
    row(f"steps above {clear}", lambda figures: _of_all_steps(figures, lambda f: f.clear_share))
    row(
        f"people with {100 * ENOUGH_CLEAR_SHARE:.0f} % such steps",
        lambda figures: _people(f.clear_share >= ENOUGH_CLEAR_SHARE for f in figures),
    )
    row(
        "dorsiflexion at contact, median",
        lambda figures: _degrees(percentile([f.dorsiflexion_at_ic_deg for f in figures], 0.5)),
    )
    arm_row("  gained: median", lambda arm: _degrees(percentile([o.gain_deg for o in arm], 0.5)))
    arm_row("  gained: least", lambda arm: _degrees(min(o.gain_deg for o in arm)))
    arm_row(f"people who gain {gain}", lambda arm: _people(o.gain_deg >= ENOUGH_GAIN_DEG for o in arm))
    arm_row("people helped: both", lambda arm: _people(o.helped for o in arm))
    row("foot slap, of landings heel first", _slap)
    table.add_section()
    arm_row("current, median", lambda arm: f"{percentile([o.current_ma for o in arm], 0.5):.0f} mA")
    arm_row("  from, to", lambda arm: f"{min(o.current_ma for o in arm):.0f}, {max(o.current_ma for o in arm):.0f} mA")
    arm_row("people whom it hurts", lambda arm: _people(o.felt is Sensation.PAINFUL for o in arm))
    arm_row("bursts missed of wanted", _missed)
    arm_row("bursts reaching into stance", lambda arm: str(sum(o.bursts.in_stance for o in arm)))
    arm_row("force lost by fatigue", lambda arm: _percent(mean([o.fatigue for o in arm])))
    table.add_section()
    for limit in Limit:
        count = sum(person.fitting.fit.limit is limit for person in people)
        if count:
            table.add_row(f"fitting ended: {limit.value}", "", "", str(count))
    return table


def _figures(arm: Sequence[Outcome]) -> list[SwingFigures]:
    return [outcome.figures for outcome in arm]


def _of_all_steps(figures: Sequence[SwingFigures], share: Callable[[SwingFigures], float]) -> str:
    """A share over all steps of all people."""
    steps = sum(f.steps for f in figures)
    return _percent(sum(f.steps * share(f) for f in figures if f.steps) / max(1, steps))


def _slap(figures: Sequence[SwingFigures]) -> str:
    """Over all landings heel first of all people; nothing to judge where there is none."""
    landed = [(f.steps * f.heel_share, f.slap_share) for f in figures if f.steps and f.heel_share > 0.0]
    return _percent(sum(heel * slap for heel, slap in landed) / sum(heel for heel, _ in landed) if landed else nan)


def _percent(share: float) -> str:
    return "–" if isnan(share) else f"{100.0 * share:.1f} %"


def _people(answers: Iterable[bool]) -> str:
    counted = list(answers)
    return f"{sum(counted)} of {len(counted)}"


def _degrees(value: float) -> str:
    return "–" if isnan(value) else f"{value:+.1f} °"


def _missed(arm: Sequence[Outcome]) -> str:
    return f"{sum(o.bursts.missed for o in arm)} of {sum(o.bursts.wanted for o in arm)}"


def _settings(options: CohortOptions) -> Settings:
    document = load_document(options.config) if options.config else default_document()
    check_patient(document)
    settings = document.settings
    if options.speed_mps is None:
        return settings
    simulation = settings.simulation.model_copy(update={"walking_speed_m_s": options.speed_mps})
    return settings.model_copy(update={"simulation": simulation})


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
