"""The figures of a score as tables on the terminal."""

from collections.abc import Iterable, Sequence
from math import isnan, nan

from rich.console import Console

from controller.signals import Certainty, EventKind
from dorsiflex.score.figures import Cell, Figures, figures_of, grouped
from dorsiflex.score.recordings import ScoredLeg

GroupRow = tuple[str, EventKind, Certainty]
PersonRow = tuple[str, str, EventKind, Certainty]

HEADS = (
    "refs", "found", "missed", "extra", "F1", "F1 50ms", "worst", "error", "SD", "within", "latency", "p95", "ahead",
    "false", "out/min",
)  # fmt: skip
LEGEND = (
    "times in ms: error and latency are medians, SD is of all errors, within is the SD about each person's own median, "
    "p95 of the latency; worst: F1 of the worst person; ahead: share predicted 100 ms ahead to within 80 ms, from the "
    "third stride on; false: share of the predictions that belong to no event; "
    "out/min: detections a minute where there is no reference"
)


def group_figures(legs: Iterable[ScoredLeg]) -> dict[GroupRow, Figures]:
    """Figures of each group, kind of event and certainty that has references."""
    cells = sorted(_cells(legs), key=lambda cell: _order(cell.group, "", cell))
    rows = grouped(cells, lambda cell: (cell.group, cell.event, cell.certainty))
    return {row: figures_of(own) for row, own in rows.items()}


def person_figures(legs: Iterable[ScoredLeg]) -> dict[PersonRow, Figures]:
    """The same for each person of each group."""
    cells = sorted(_cells(legs), key=lambda cell: _order(cell.group, cell.person, cell))
    rows = grouped(cells, lambda cell: (cell.group, cell.person, cell.event, cell.certainty))
    return {row: figures_of(own) for row, own in rows.items()}


def shown_rows(legs: Iterable[ScoredLeg]) -> set[tuple[EventKind, Certainty]]:
    """Confirmed events all, and of the predicted ones the kinds that were predicted at all."""
    predicted = {event.kind for leg in legs for event in leg.events if event.certainty is Certainty.PREDICTED}
    return {(kind, Certainty.CONFIRMED) for kind in EventKind} | {(kind, Certainty.PREDICTED) for kind in predicted}


def print_tables(console: Console, legs: Sequence[ScoredLeg]) -> None:
    """Print a table for each group: all its people together, then each of them; then what was not scored."""
    shown = shown_rows(legs)
    by_group, by_person = group_figures(legs), person_figures(legs)
    for group in dict.fromkeys(row[0] for row in by_group):
        scored = [leg for leg in legs if leg.group == group and leg.cells]
        people = len({leg.person for leg in scored})
        _say(console, f"{group}: {_many(people, 'person', 'people')}, {_many(len(scored), 'recording', 'recordings')}")
        rows = [("all", *row[1:], figures) for row, figures in by_group.items() if row[0] == group]
        rows += [(*row[1:], figures) for row, figures in by_person.items() if row[0] == group]
        widest = max(len(row[0]) for row in rows)
        _say(console, f"{'':{widest}} {'':12} " + " ".join(f"{head:>7}" for head in HEADS))
        for person, event, certainty, figures in rows:
            if (event, certainty) in shown:
                numbers = " ".join(f"{cell:>7}" for cell in cells_of(figures, certainty))
                _say(console, f"{person:{widest}} {event_words(event, certainty):12} {numbers}")
        _say(console, "")
    if by_group:
        _say(console, LEGEND)
    left: dict[tuple[str, str, str], list[str]] = {}
    for leg in legs:
        if leg.why_not:
            left.setdefault((leg.group, leg.person, leg.why_not), []).append(leg.name)
    for (group, person, why), names in left.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        _say(console, f"{group}, {person}: not scored: {names[0]}{more}: {why}")


def event_words(event: EventKind, certainty: Certainty) -> str:
    """How a row of the table is called."""
    return event.value if certainty is Certainty.CONFIRMED else f"{event} predicted"


def cells_of(f: Figures, certainty: Certainty) -> tuple[str, ...]:
    """The figures as they read, in the order of HEADS."""
    counts = (f.references, f.found, f.missed, f.extra)
    times = (f.error_median_ms, f.error_sd_ms, f.sd_within_ms, f.latency_median_ms, f.latency_p95_ms)
    shares = (f.f1, f.f1_50ms, f.worst_person_f1)
    predicted = (f.foreseen, f.false_share) if certainty is Certainty.PREDICTED else (nan, nan)
    return (
        *map(str, counts),
        *(_number(value, ".3f") for value in shares),
        *(_number(value, ".1f") for value in times),
        *(_number(value, ".3f") for value in predicted),
        _number(f.outside_per_min, ".1f"),
    )


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _cells(legs: Iterable[ScoredLeg]) -> list[Cell]:
    return [cell for leg in legs for cell in leg.cells]


def _order(group: str, person: str, cell: Cell) -> tuple[str, str, int, int]:
    kinds, certainties = list(EventKind), list(Certainty)
    return group, person, certainties.index(cell.certainty), kinds.index(cell.event)


def _number(value: float, form: str) -> str:
    return "-" if isnan(value) else f"{value:{form}}"
