"""What closes a run: what the controller counted, and on the bench what truly happened to the simulated foot."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from config.schema import Settings, Side
from dorsiflex.viewer import Seen
from runtime.loop import LoopReport, Overruns
from simulator.bench import Bench
from simulator.truth import Swing


class RunSummary(NamedTuple):
    """What a run leaves."""

    report: LoopReport
    seen: Seen
    bench: Bench | None
    path: Path
    settings: Settings
    refused: tuple[str, ...]


def print_summary(console: Console, summary: RunSummary) -> None:
    """Print the summary: one row a figure, one column a leg."""
    table = Table(title="Summary (in simulation)" if summary.bench else "Summary", title_justify="left")
    table.add_column("")
    for leg in summary.seen.counts:
        table.add_column(f"{leg.side} leg", justify="right")
    for name, values in _rows(summary):
        table.add_row(name, *values)
    console.print(table)
    report = summary.report
    console.print(
        f"ticks {report.ticks}, late {report.late_ticks}, skipped {report.skipped_ticks} "
        f"at {summary.settings.loop.rate_hz} Hz",
        highlight=False,
    )
    console.print(*_overrun_words(report.overruns), sep="", end="", highlight=False)
    for sentence in summary.refused:
        console.print(f"not punctual: {sentence}", highlight=False, markup=False, soft_wrap=True)
    if summary.seen.lost:
        console.print(f"the view was too slow for {summary.seen.lost} ticks: steps and bursts are of the others")
    console.print(f"recording {summary.path}", highlight=False, markup=False, soft_wrap=True)


def _overrun_words(overruns: Overruns) -> tuple[str, ...]:
    """What made ticks end after the next was due; nothing when none did."""
    causes = [
        f"{count} {name}"
        for count, name in zip(
            overruns, ("late wake-ups", "slow sensors", "slow decisions", "slow drivers"), strict=True
        )
        if count
    ]
    return (f"ticks that ended after the next was due: {', '.join(causes)}\n",) if causes else ()


def _rows(summary: RunSummary) -> list[tuple[str, list[str]]]:
    legs = summary.seen.counts
    rows = [
        ("steps", [str(leg.steps) for leg in legs]),
        ("cadence, steps/min", ["-" if leg.cadence_per_min is None else f"{leg.cadence_per_min:.0f}" for leg in legs]),
        ("swings stimulated", [str(leg.stimulated) for leg in legs]),
        ("bursts begun after foot off", [str(leg.late) for leg in legs]),
        ("swings missed while armed", [str(leg.missed) for leg in legs]),
        ("extra bursts", [str(leg.extra) for leg in legs]),
        ("bursts that no step confirmed", [str(leg.unconfirmed) for leg in legs]),
    ]
    if summary.bench is None:
        return rows
    bench = summary.bench
    pairs = [stimulated_pairs(bench, leg.side) for leg in legs]
    rows += [
        (f"{name} {how}", [_median_words(values, unit) for values in column])
        for name, unit, pick in (
            ("swing dorsiflexion", "°", _dorsiflexion),
            ("toe clearance", "mm", _clearance),
        )
        for how, column in (
            ("with stimulation", [[pick(on) for on, _ in leg_pairs] for leg_pairs in pairs]),
            ("without", [[pick(off) for _, off in leg_pairs] for leg_pairs in pairs]),
        )
    ]
    return rows


def stimulated_pairs(bench: Bench, side: Side) -> list[tuple[Swing, Swing]]:
    """Every stimulated swing beside the same swing of the twin, who is the same person without a stimulator."""
    twins = bench.twin.swings(side)
    return [
        (swing, twins[i]) for i, swing in enumerate(bench.person.swings(side)) if swing.stimulated and i < len(twins)
    ]


def _dorsiflexion(swing: Swing) -> float:
    return swing.mean_dorsiflexion_deg


def _clearance(swing: Swing) -> float:
    return swing.min_toe_clearance_mm


def _median_words(values: Sequence[float], unit: str) -> str:
    if not values:
        return "-"
    return f"{sorted(values)[len(values) // 2]:+.1f} {unit}"
