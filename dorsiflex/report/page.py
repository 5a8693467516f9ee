"""The page itself: one HTML file that loads nothing, for a screen, a phone and paper.

Nothing in it depends on the day or the machine: the same walk gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from html import escape

from config.hashes import settings_hash
from dorsiflex.fitted_current import FittedChannel
from dorsiflex.report.histogram import clearance_histogram
from dorsiflex.report.stick_figure import stick_figure
from dorsiflex.report.stride_charts import stride_charts
from dorsiflex.report.strides import typical_stride
from dorsiflex.report.style import STYLE
from dorsiflex.report.timeline import timeline_charts
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk
from dorsiflex.report.walk_charts import LONGEST_STRIP_S, walk_charts
from dorsiflex.report.words import NUMBERS, ROWS, burst_rows, fitting_words, headline, person_words, summary
from dorsiflex.version import version

NOTICE = "In simulation. A research prototype, not a medical device: this page shows a computed person, not a patient."

PHASES = (
    ("loading", "foot comes down"),
    ("stance", "leg bears weight"),
    ("pre-swing", "heel is up"),
    ("swing", "foot swings"),
    ("unknown", "controller not sure"),
)


def report_page(walk: SimulatedWalk) -> str:
    """The whole page as text."""
    title = headline(walk)
    body = "".join((_head(walk, title), *(_leg(walk, leg) for leg in walk.legs), _foot(walk)))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} (in simulation)</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def _head(walk: SimulatedWalk, title: str) -> str:
    minutes = f"{walk.seconds / 60.0:g} min"
    person = f"Simulated person “{escape(person_words(walk.patient))}”: {escape(walk.patient.meaning)}."
    how = f"Walking for {minutes} at {walk.settings.simulation.walking_speed_m_s:g} m/s."
    if walk.meaning:
        person = f"A movement by a script, for {minutes}, over and over."
        how = "Stimulation changes nothing in it: it shows whether the controller keeps quiet or finds the steps."
    return (
        f'<p class="notice" role="note">{escape(NOTICE)}</p>\n<h1>{escape(title)}</h1>\n'
        f'<p class="quiet">{person} {how}</p>\n'
    )


def _timeline(leg: JudgedLeg) -> str:
    keys = _key('<rect width="38" height="16" class="swing"/>', "a step: stimulation belongs here, or does no harm")
    return _section("The first seconds", "", f'<div class="keys">{keys}</div>\n{_figures(timeline_charts(leg))}')


def _leg(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    several = len(walk.legs) > 1
    parts = [f"<h2>The {leg.side} leg in short</h2>\n" if several else ""]
    parts += [f'<p class="lead">{escape(sentence)}</p>\n' for sentence in summary(walk, leg)]
    parts += [_shortfall(leg), *(_fitting(found) for found in walk.fitted if found.side == leg.side)]
    if walk.meaning:
        parts.append(_timeline(leg))
    elif leg.figures.steps > 0:
        parts += [part(walk, leg) for part in (_numbers, _stride, _heights, _whole_walk, _figures_table)]
    if walk.stimulated:
        parts.append(_bursts_table(leg))
    return "".join(parts)


def _shortfall(leg: JudgedLeg) -> str:
    """Why stimulation did not help enough; nothing when it did."""
    if not leg.shortfall:
        return ""
    first, *reasons = leg.shortfall
    items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    listed = f"<ul>{items}</ul>" if items else ""
    return f'<div class="shortfall" role="note"><p>{escape(first)}</p>\n{listed}</div>\n'


def _fitting(found: FittedChannel) -> str:
    return f'<p class="quiet">{escape(fitting_words(found))}</p>\n'


def _numbers(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    cards = []
    for name, read in NUMBERS:
        rows = [("without", "without", leg.unstimulated)]
        rows += [("with", "with", leg.figures)] if walk.stimulated else []
        values = "".join(f'<div class="{style}">{how} <span>{escape(read(f))}</span></div>' for style, how, f in rows)
        cards.append(f'<div class="number"><b>{escape(name)}</b>{values}</div>')
    return f'<div class="numbers">{"".join(cards)}</div>\n'


def _stride(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    stride = typical_stride(leg.swings)
    if stride is None:
        return "<p>There are no two steps in a row, so no stride is drawn.</p>\n"
    speed = walk.settings.simulation.walking_speed_m_s
    drawn = [("Without stimulation", stick_figure(leg.trace, stride, speed, stimulated=False))]
    if walk.stimulated:
        drawn.append(("With stimulation, the same stride", stick_figure(leg.trace, stride, speed, stimulated=True)))
    seen = _section(
        "One stride, seen from the side",
        f"The {leg.side} leg, walking to the right. Grey: the foot bears weight. In colour: the leg swings; the "
        "dotted line is the path of the toes.",
        _figures(drawn),
    )
    measured = _section(
        "The same stride, measured",
        "A typical stride: its toe clearance is the middle one of this walk. The shading shows what the controller "
        "took the leg for.",
        _keys(walk, phases=True) + _figures(stride_charts(walk, leg, stride)),
    )
    return seen + measured


def _heights(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    return _section(
        "How high the toes pass",
        "The further right, the more room above the floor. Left of the line at zero they would hang in the floor: they "
        "drag.",
        _keys(walk, phases=False) + _figures([("", clearance_histogram(walk, leg))]),
    )


def _whole_walk(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    strip = walk.seconds <= LONGEST_STRIP_S
    more = " The strip above shows the gait phases as the controller saw them." if strip else ""
    return _section(
        "The whole walk",
        f"Each dot is one step; the lines are medians. Grey shading: standing.{more}",
        _keys(walk, phases=strip) + _figures(walk_charts(walk, leg)),
    )


def _figures_table(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    columns = [leg.unstimulated, *([leg.figures] if walk.stimulated else [])]
    heads = ["without", *(["with"] if walk.stimulated else [])]
    rows = [(row.name, row.meaning, [row.read(figures) for figures in columns]) for row in ROWS]
    return _section("The figures", "", _table(heads, rows))


def _bursts_table(leg: JudgedLeg) -> str:
    rows = [(name, meaning, [value]) for name, value, meaning in burst_rows(leg)]
    return _section(
        "When stimulation came",
        "Judged by what the simulated body did and what the stimulator put out, not by what the controller believed.",
        _table(["bursts"], rows),
    )


def _section(title: str, words: str, content: str) -> str:
    said = f"<p>{escape(words)}</p>\n" if words else ""
    return f"<section>\n<h2>{escape(title)}</h2>\n{said}{content}</section>\n"


def _table(heads: Sequence[str], rows: Iterable[tuple[str, str, list[str]]]) -> str:
    head = "".join(f'<th scope="col" class="value">{escape(name)}</th>' for name in heads)
    lines = []
    for name, meaning, values in rows:
        more = f'<span class="meaning">{escape(meaning)}</span>' if meaning else ""
        cells = "".join(f'<td class="value">{escape(value)}</td>' for value in values)
        lines.append(f'<tr><th scope="row">{escape(name)}{more}</th>{cells}</tr>')
    return (
        f'<div class="table"><table><thead><tr><th scope="col"></th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>\n"
    )


def _figures(drawn: Iterable[tuple[str, str]]) -> str:
    figures = "".join(
        f"<figure>{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}{svg}</figure>"
        for caption, svg in drawn
    )
    return f'<div class="figures">{figures}</div>\n'


def _keys(walk: SimulatedWalk, *, phases: bool) -> str:
    keys = [_key('<path d="M1 8h36" class="without curve"/>', "without stimulation")]
    if walk.stimulated:
        keys.append(_key('<path d="M1 8h36" class="with curve"/>', "with stimulation"))
    if phases:
        keys += [_key(f'<rect width="38" height="16" class="{style}"/>', words) for style, words in PHASES]
    return f'<div class="keys">{"".join(keys)}</div>\n'


def _key(drawn: str, words: str) -> str:
    return f'<span><svg viewBox="0 0 38 16" aria-hidden="true">{drawn}</svg>{words}</span>'


def _foot(walk: SimulatedWalk) -> str:
    twin = (
        "The person without stimulation is the same simulated person, walking the same steps with the stimulator off. "
        if walk.stimulated and not walk.meaning
        else ""
    )
    return (
        f"<footer><p>Computed by Dorsiflex {escape(version())}, seed {walk.seed}, settings "
        f"{escape(settings_hash(walk.settings)[:12])}. {twin}The same command gives the same page.</p>"
        f"<p>{escape(NOTICE)}</p></footer>\n"
    )
