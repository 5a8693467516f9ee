"""The report of a campaign as one HTML page without scripts."""

from html import escape

from dorsiflex.faults.summary import Summary, row_figures
from simulator.faults.kinds import KINDS

_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse}"
    "td,th{border-bottom:1px solid #ddd;padding:.25em .6em;text-align:right}"
    "td:first-child,th:first-child,td.text{text-align:left}tr.harm td{background:#fde8e8}"
)


def page(summary: Summary, title: str) -> str:
    """The whole page."""
    rows = summary.in_order()
    names = list(row_figures(rows[0][1])) if rows else []
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(_row(name, row_figures(row)) for name, row in rows)
    harms = "".join(
        f'<tr><td>{escape(harm.what)}</td><td class="text">{escape(", ".join(harm.faults))}</td>'
        f'<td class="text">{escape(harm.who)}</td><td class="text"><code>{escape(harm.command)}</code></td></tr>'
        for harm in summary.harms
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>Fault campaign</title><style>{_STYLE}</style><h1>Fault campaign, in simulation</h1>"
        f"<p>{escape(title)}: {summary.harmful} harms in {summary.harmful_walks} of {summary.walks} walks.</p>"
        f"<table><tr><th>fault</th>{head}</tr>{body}</table>"
        f"<h2>Harms</h2><table>{harms or '<tr><td>none</td></tr>'}</table></html>\n"
    )


def _row(name: str, figures: dict[str, float | None]) -> str:
    cells = "".join(f"<td>{'–' if value is None else f'{value:g}'}</td>" for value in figures.values())
    harm = ' class="harm"' if figures["walks_with_harm"] else ""
    return f'<tr{harm}><td title="{escape(KINDS[name].meaning)}">{escape(name)}</td>{cells}</tr>'
