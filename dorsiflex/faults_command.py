"""`dorsiflex faults`: simulated walks in which something breaks; a table says what was noticed, and every harm."""

import json
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from dorsiflex.exit_codes import ExitCode
from dorsiflex.faults.campaign import Kept, Result, Shown, run_campaign, show_walk
from dorsiflex.faults.oracle import EARLY_S, OVERSHOOT_S
from dorsiflex.faults.page import page
from dorsiflex.faults.summary import Row, Summary
from dorsiflex.simulate_command import check_writable, write_text

MOST_SHOWN = 20


class FaultsOptions(NamedTuple):
    """What the command line asks for: a campaign of `walks`, or the one `walk`."""

    walks: int
    seed: int
    jobs: int
    walk: int | None
    folder: Path | None
    json: Path | None
    report: Path | None


def faults(options: FaultsOptions, console: Console) -> ExitCode:
    """Run the campaign, or go on with it, and print the table; or show one walk.

    Raises RecordingError for a folder that holds something else, CannotWriteError before anything is simulated.
    """
    if options.walk is not None:
        return _show(options, options.walk, console)
    for path in (options.json, options.report):
        if path is not None:
            check_writable(path)
    summary = _campaign(options, console)
    print_summary(console, summary)
    if options.json is not None:
        write_text(options.json, json.dumps(summary.as_json(), indent=2, ensure_ascii=False) + "\n")
        _say(console, f"figures {options.json}")
    if options.report is not None:
        write_text(options.report, page(summary, f"{options.walks} walks, seed {options.seed}"))
        _say(console, f"report {options.report}")
    return ExitCode.OUTSIDE_LIMITS if summary.harmful or summary.void else ExitCode.OK


def _campaign(options: FaultsOptions, console: Console) -> Summary:
    summary = Summary()
    kept = None if options.folder is None else Kept(options.folder, options.seed)
    done: set[int] = set()
    for result in () if kept is None else kept.results():
        if result.number < options.walks and result.number not in done:
            done.add(result.number)
            summary.add(result)
    wanted = [number for number in range(options.walks) if number not in done]
    with _progress(console) as progress:
        task = progress.add_task("walking", total=options.walks, completed=len(done))
        for result in run_campaign(options.seed, wanted, options.jobs):
            if kept is not None:
                kept.add(result)
            summary.add(result)
            progress.update(task, advance=1, description=f"walking, {summary.harmful} harms")
    return summary


def _show(options: FaultsOptions, number: int, console: Console) -> ExitCode:
    name = f"faults-seed-{options.seed}-walk-{number}.dfx"
    box = None if options.folder is None else options.folder / name
    shown = show_walk(options.seed, number, box)
    for line in walk_lines(shown):
        _say(console, line)
    if box is not None:
        _say(console, f"black box {box}: dorsiflex replay {box}")
    return ExitCode.OUTSIDE_LIMITS if shown.result.verdict.harms or shown.result.void else ExitCode.OK


def walk_lines(shown: Shown) -> list[str]:
    """One walk in words."""
    lines = [f"walk {shown.drawn.number}, in simulation: {shown.drawn.person}"]
    result: Result = shown.result
    for fault, noticed in zip(shown.faults, result.verdict.noticed, strict=True):
        lasts = "" if fault.stop_s == float("inf") else f" to {fault.stop_s:.3f} s"
        seen = "not noticed" if noticed.after_s is None else f"noticed as {noticed.row} after {noticed.after_s:.3f} s"
        lines.append(f"{fault.kind} from {fault.start_s:.3f} s{lasts}: {seen}{', too late' if noticed.late else ''}")
    lines += [f"changed nothing: {kind}" for kind in result.void]
    lines += [f"harm: {harm}" for harm in result.verdict.harms] or ["no harm"]
    return lines


def print_summary(console: Console, summary: Summary) -> None:
    """The table of the faults, what happened without any, and the harms."""
    # As narrow as a terminal of 80 columns: names of faults are up to 22 letters.
    table = Table(
        title=f"{summary.walks} walks with faults, in simulation",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )
    for name in ("fault", "tried", "seen", "late", "found", "worst", "ended", "worst", "stance", "long", "cuts"):
        table.add_column(name, justify="left" if name == "fault" else "right", no_wrap=True)
    for name, row in summary.in_order():
        table.add_row(name, *(cell.removesuffix(" ms") for cell in row_cells(row)))
    console.print(table)
    _say(console, "found, ms: from the fault to the notice; ended, ms: from there to the end of the burst")
    _say(console, "stance, long, cuts: bursts that reached into stance, were too long, were cut off")
    early_ms = 1000.0 * max([row.early_s for row in summary.rows.values()], default=0.0)
    over_ms = 1000.0 * max([row.overshoot_s for row in summary.rows.values()], default=0.0)
    _say(
        console,
        f"at worst a burst began {early_ms:.0f} ms before its window and ended {over_ms:.0f} ms after it, harms "
        f"included; {1000.0 * EARLY_S:.0f} and {1000.0 * OVERSHOOT_S:.0f} ms are no harm",
    )
    for line in sound_lines(summary):
        _say(console, line)
    for name, count in summary.void.items():
        _say(console, f"{name} changed nothing in {count} walks: an error of the campaign")
    for harm in summary.harms[:MOST_SHOWN]:
        _say(console, f"harm: {harm.what}: {', '.join(harm.faults)}: {harm.who}: {harm.command}")
    if summary.harmful > MOST_SHOWN:
        _say(console, f"and {summary.harmful - MOST_SHOWN} more")
    alone = f", {summary.alone} of them with one sensor alone" if summary.alone else ""
    _say(console, f"{summary.harmful} harms in {summary.harmful_walks} of {summary.walks} walks{alone}")


def sound_lines(summary: Summary) -> list[str]:
    """What happened in the walks without a fault."""
    lines = []
    for group in sorted(summary.sound_walks):
        alarms = {name: count for (where, name), count in summary.alarms.items() if where == group}
        told = ", ".join(f"{name} {count}" for name, count in sorted(alarms.items())) or "none"
        wanted, missed = summary.wanted[group], summary.missed[group]
        lines.append(
            f"{group} without a fault, {summary.sound_s[group] / 3600.0:.1f} h: false alarms {told}; "
            f"{missed} of {wanted} bursts missed, {1000.0 * missed / max(1, wanted):.1f} in 1,000"
        )
    return lines


def row_cells(row: Row) -> list[str]:
    """One row as text."""
    times = (row.detection.at(0.5), row.detection.at(1.0), row.action.at(0.5), row.action.at(1.0))
    counts = (row.in_stance, row.too_long, row.cuts)
    return [str(row.tried), str(row.noticed), str(row.late), *map(_ms, times), *map(str, counts)]


def _ms(t_s: float | None) -> str:
    return "–" if t_s is None else f"{1000.0 * t_s:.0f} ms"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
