"""A score as one HTML file that loads nothing: the figures, how far off, and every miss and extra on the signal.

Nothing in it depends on the day or the machine: the same recordings and settings give the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from controller.signals import Certainty, EventKind
from dorsiflex.report.style import STYLE
from dorsiflex.score.charts import error_histogram, signal_chart
from dorsiflex.score.figures import Figures
from dorsiflex.score.matching import AHEAD_S, DECIDE_WITHIN_S, FORESEEN_WITHIN_S, STRICT_S, TOLERANCE_S
from dorsiflex.score.mishaps import Mishap, mishaps_of, typical_stride
from dorsiflex.score.page_style import SCORE_STYLE
from dorsiflex.score.recordings import KINDS, ScoredLeg
from dorsiflex.score.table import cells_of, event_words, group_figures, person_figures, shown_rows
from dorsiflex.version import version

NOTICE = (
    "A research prototype, not a medical device. Events of recordings, found again by the controller as it is now; "
    "nobody was stimulated for this page."
)

COLUMNS = (
    ("Refs", "reference events"),
    ("Found", ""),
    ("Missed", ""),
    ("Extra", "detections that belong to no reference"),
    ("F1", "of missed and extra together"),
    (f"F1 {1000 * STRICT_S:.0f} ms", f"if only {1000 * STRICT_S:.0f} ms were allowed"),
    ("Worst", "F1 of the worst person"),
    ("Error", "median, ms; above zero: said too late"),
    ("SD", "of the error, ms"),
    ("SD within", "of the error within a person, ms"),
    ("Latency", "from event to decision, median, ms"),
    ("p95", "95th percentile of the latency, ms"),
    ("Ahead", f"share predicted {1000 * AHEAD_S:.0f} ms ahead to within {1000 * FORESEEN_WITHIN_S:.0f} ms"),
    ("False", "share of the predictions that belong to no event"),
    ("Out/min", "detections a minute outside the windows"),
)

KEYS = (
    ('<path d="M19 0v16" class="mark ic"/>', "from above: the reference"),
    ('<path d="M19 0v12" class="said ic"/><path d="M19 12h16" class="decided ic"/>',
     "dashed, named below: what the controller said; the bar runs until it was decided"),
    ('<path d="M19 0v16" class="said ahead ic"/>', "dotted: predicted"),
    ('<path d="M1 8h36" class="mark ic"/>', "IC initial contact"),
    ('<path d="M1 8h36" class="mark ho"/>', "HO heel off"),
    ('<path d="M1 8h36" class="mark fo"/>', "FO foot off"),
    ('<rect width="38" height="16" class="miss"/>', "missed (150 ms to either side)"),
    ('<rect width="38" height="16" class="extra"/>', "extra"),
    ('<rect y="4" width="38" height="8" class="heel"/>', "the heel sensor is loaded"),
)  # fmt: skip


class Verdict(NamedTuple):
    """What came of the limits: their file, and a sentence for each that is broken."""

    limits: str
    broken: tuple[str, ...]


def score_page(legs: Sequence[ScoredLeg], how: str, verdict: Verdict | None) -> str:
    """The whole page as text; `how` says with which sensors and settings the controller ran."""
    scored = [leg for leg in legs if leg.cells]
    mishaps = [mishap for leg in scored for mishap in mishaps_of(leg)]
    page = _Page(legs, scored, mishaps)
    title = f"Gait events against their reference: {_count(len(scored), 'recording', 'recordings')}"
    body = "".join((
        f'<p class="notice" role="note">{escape(NOTICE)}</p>\n<h1>{escape(title)}</h1>\n',
        f'<p class="quiet">{escape(how)}</p>\n',
        _verdict(verdict) if verdict else "",
        page.overview(),
        *(page.group(i, group) for i, group in enumerate(page.groups)),
        page.not_scored(),
        f"<footer><p>{escape(_method())}</p><p>Computed by Dorsiflex {escape(version())}. The same recordings and "
        f"settings give the same page.</p><p>{escape(NOTICE)}</p></footer>\n",
    ))  # fmt: skip
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{SCORE_STYLE}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


class _Page:
    """The parts of the page, which link to each other by the number of a mishap."""

    def __init__(self, legs: Sequence[ScoredLeg], scored: Sequence[ScoredLeg], mishaps: Sequence[Mishap]) -> None:
        self._legs, self._scored, self._mishaps = legs, scored, mishaps
        self._by_group, self._by_person = group_figures(scored), person_figures(scored)
        self._shown = shown_rows(scored)
        self.groups = list(dict.fromkeys(row[0] for row in self._by_group))

    def overview(self) -> str:
        """All groups in one table."""
        if not self.groups:
            return "<p>Nothing was scored: no recording has a reference.</p>\n"
        rows = []
        for (group, event, certainty), figures in self._by_group.items():
            if (event, certainty) in self._shown:
                link = f'<a href="#g{self.groups.index(group)}">{escape(group)}</a>'
                rows.append(_row((link, event_words(event, certainty)), figures, event, certainty, None))
        words = "Missed and extra lead to the people of the group, and there to each of them on the signal."
        return _section("All groups", words, _table(("Group", "Event"), rows))

    def group(self, i: int, group: str) -> str:
        """One group: histograms, people, a stride of each, and every miss and extra."""
        people = list(dict.fromkeys(row[1] for row in self._by_person if row[0] == group))
        rows = []
        for (of, person, event, certainty), figures in self._by_person.items():
            if of == group and (event, certainty) in self._shown:
                first = self._first_links(group, person, event, certainty)
                rows.append(_row((escape(person), event_words(event, certainty)), figures, event, certainty, first))
        strides = []
        for person in people:
            stride = typical_stride([leg for leg in self._scored if (leg.group, leg.person) == (group, person)])
            if stride is not None:
                strides.append((f"{person}: {stride.leg.name}", _drawn(stride), ""))
        wrong = [
            (_caption(mishap), _drawn(mishap), f"m{k}")
            for k, mishap in enumerate(self._mishaps)
            if mishap.leg.group == group
        ]
        return (
            f'<section id="g{i}">\n<h2>{escape(group)}</h2>\n'
            f"<p>{_count(len(people), 'person', 'people')}. Missed and extra lead to the first of them.</p>\n"
            f"{_table(('Person', 'Event'), rows)}</section>\n"
            + _section("How far off", f"{group}: the confirmed events.", _figures(self._histograms(group)))
            + _section("A stride of each person", f"{group}: a stride of middle length.", _keys() + _figures(strides))
            + _section(
                "Every miss and every extra",
                f"{group}: {_count(len(wrong), 'picture', 'pictures')}, with a stride before and after."
                if wrong
                else f"{group}: there is none.",
                (_keys() + _figures(wrong)) if wrong else "",
            )
        )

    def not_scored(self) -> str:
        """Recordings without a reference, or whose reference is left out."""
        rows = [
            f"<tr><td>{escape(leg.group)}</td><td>{escape(leg.person)}</td><td>{escape(leg.name)}</td>"
            f"<td>{escape(leg.why_not)}</td></tr>"
            for leg in self._legs
            if leg.why_not
        ]
        if not rows:
            return ""
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Group", "Person", "Recording", "Why"))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        return _section("Not scored", "", f'<div class="table">{table}</div>\n')

    def _histograms(self, group: str) -> Iterator[tuple[str, str, str]]:
        for event in KINDS:
            row = (group, event, Certainty.CONFIRMED)
            errors = [
                1000.0 * pair.error_s
                for leg in self._scored
                if leg.group == group
                for cell in leg.cells
                if (cell.event, cell.certainty) == row[1:]
                for pair in cell.outcome.pairs
            ]
            if row in self._by_group and errors:
                yield "", error_histogram(event, errors, self._by_group[row].error_median_ms), ""

    def _first_links(self, group: str, person: str, event: EventKind, certainty: Certainty) -> tuple[str, str]:
        """Where the first miss and the first extra of a person are drawn; empty where there is none."""
        links = ["", ""]
        for k, mishap in enumerate(self._mishaps):
            if (mishap.leg.group, mishap.leg.person) == (group, person):
                for mark in mishap.marks:
                    place = 0 if mark.is_miss else 1
                    if (mark.event, mark.certainty) == (event, certainty) and not links[place]:
                        links[place] = f"m{k}"
        return links[0], links[1]


def _row(
    names: tuple[str, str], figures: Figures, event: EventKind, certainty: Certainty, links: tuple[str, str] | None
) -> str:
    """One row; the first name may hold a link, the rest is plain."""
    cells = list(map(escape, cells_of(figures, certainty)))
    for place, link in zip((2, 3), links or ("", ""), strict=True):
        if link and cells[place] != "0":
            cells[place] = f'<a href="#{link}">{cells[place]}</a>'
    values = "".join(f'<td class="value">{cell}</td>' for cell in cells)
    return (
        f'<tr class="{event.lower()}"><th scope="row">{names[0]}</th><td class="event-name">{escape(names[1])}</td>'
        f"{values}</tr>"
    )


def _table(names: tuple[str, str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    head += "".join(f'<th scope="col" class="value" title="{escape(more)}">{name}</th>' for name, more in COLUMNS)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="table wide" tabindex="0">{table}</div>\n'


def _section(title: str, words: str, content: str) -> str:
    said = f"<p>{escape(words)}</p>\n" if words else ""
    return f"<section>\n<h3>{escape(title)}</h3>\n{said}{content}</section>\n"


def _figures(drawn: Iterable[tuple[str, str, str]]) -> str:
    figures = "".join(
        f"<figure{f' id={chr(34)}{name}{chr(34)}' if name else ''}>"
        f"{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}{svg}</figure>\n"
        for caption, svg, name in drawn
    )
    return f'<div class="figures">{figures}</div>\n'


def _keys() -> str:
    keys = (f'<span><svg viewBox="0 0 38 16" aria-hidden="true">{drawn}</svg>{words}</span>' for drawn, words in KEYS)
    return f'<div class="keys">{"".join(keys)}</div>\n'


def _drawn(mishap: Mishap) -> str:
    return signal_chart(mishap.leg, mishap.start_s, mishap.stop_s, mishap.marks)


def _caption(mishap: Mishap) -> str:
    told = "; ".join(f"{mark.words} at {mark.t_s:.2f} s" for mark in mishap.marks)
    return f"{mishap.leg.person}, {mishap.leg.name}: {told}"


def _verdict(verdict: Verdict) -> str:
    if not verdict.broken:
        return f'<p class="verdict pass"><b>Passed</b>: every limit of {escape(verdict.limits)} is kept.</p>\n'
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in verdict.broken)
    count = _count(len(verdict.broken), "limit is", "limits are")
    said = f"<b>Failed</b>: {count} not kept."
    return f'<div class="verdict fail"><p>{said}</p><ul>{sentences}</ul></div>\n'


def _method() -> str:
    return (
        f"A detection belongs to a reference event at most {1000 * TOLERANCE_S:.0f} ms away if it was decided no later "
        f"than {1000 * DECIDE_WITHIN_S:.0f} ms after it; one to one, the nearest first. Counted is what lies where the "
        "reference can be trusted. SDs are of all events, not an estimate for others."
    )


def _count(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
