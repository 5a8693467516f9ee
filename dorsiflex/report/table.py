"""The figures of a simulated walk as a table on the terminal."""

from collections.abc import Callable
from math import isnan

from rich.console import Console
from rich.table import Table

from dorsiflex.percent import NBSP, percent
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk
from dorsiflex.report.words import fitting_words, healthy_words, pain_words, person_words
from dorsiflex.walk_judgement import CLEAR_MM, SwingFigures


def print_table(console: Console, walk: SimulatedWalk) -> None:
    """Print one row a figure; a column for each leg with the stimulator and one without."""
    table = Table(title=f"{person_words(walk.patient)}, {walk.activity}, in simulation", title_justify="left")
    table.add_column("")
    for leg in walk.legs:
        if walk.stimulated:
            table.add_column(f"{leg.side}\nwith", justify="right")
        table.add_column(f"{leg.side}\nwithout", justify="right")
    for name, pick in FIGURES if any(leg.figures.steps for leg in walk.legs) else ():
        cells: list[str] = []
        for leg in walk.legs:
            cells += [pick(leg.figures)] if walk.stimulated else []
            cells.append(pick(leg.unstimulated))
        table.add_row(name, *cells)
    if walk.stimulated:
        table.add_section()
        for name, count in BURSTS:
            table.add_row(name, *(cell for leg in walk.legs for cell in (count(leg), "")))
    console.print(table)
    several = len(walk.legs) > 1
    for found in walk.fitted:
        _say(console, f"{f'{found.side} leg: ' if several else ''}{fitting_words(found)}")
    if healthy_words(walk):
        _say(console, healthy_words(walk))
    for leg in walk.legs:
        for sentence in filter(None, (pain_words(walk, leg), *leg.shortfall)):
            _say(console, f"{f'{leg.side} leg: ' if several else ''}{sentence}")


def _say(console: Console, text: str) -> None:
    console.print(text.replace(NBSP, " "), highlight=False, markup=False, soft_wrap=True)


def _number(value: float, form: str, unit: str) -> str:
    number = f"{value:{form}}"
    return "–" if isnan(value) else f"{number if float(number) else number.lstrip('+-')} {unit}"


def _percent(share: float) -> str:
    return percent(share).replace(NBSP, " ")


FIGURES: tuple[tuple[str, Callable[[SwingFigures], str]], ...] = (
    ("steps", lambda f: str(f.steps)),
    ("swing dorsiflexion, median", lambda f: _number(f.dorsiflexion_deg, "+.1f", "°")),
    ("dorsiflexion at contact, median", lambda f: _number(f.dorsiflexion_at_ic_deg, "+.1f", "°")),
    ("toe clearance, median", lambda f: _number(f.clearance_p50_mm, "+.0f", "mm")),
    ("toe clearance, 5th percentile", lambda f: _number(f.clearance_p5_mm, "+.0f", "mm")),
    (f"steps with more than {CLEAR_MM:.0f} mm", lambda f: _percent(f.clear_share)),
    ("swing in contact", lambda f: _percent(f.contact_share)),
    ("contact with the heel", lambda f: _percent(f.heel_share)),
    ("  of these with foot slap", lambda f: _percent(f.slap_share)),
    ("contact flat", lambda f: _percent(f.flat_share)),
    ("contact with the toes", lambda f: _percent(f.toe_share)),
    ("extra hip flexion, median", lambda f: _number(f.steppage_deg, "+.1f", "°")),
    ("lift of the pelvis, median", lambda f: _number(f.hip_hike_mm, "+.0f", "mm")),
)

BURSTS: tuple[tuple[str, Callable[[JudgedLeg], str]], ...] = (
    ("bursts wanted", lambda leg: str(leg.bursts.wanted)),
    ("given", lambda leg: str(leg.bursts.given)),
    ("  begun after foot off", lambda leg: str(leg.bursts.late)),
    ("missed", lambda leg: str(leg.bursts.missed)),
    ("  of these too weak", lambda leg: str(leg.bursts.too_weak)),
    ("extra", lambda leg: str(leg.bursts.extra)),
    ("bursts reaching into stance", lambda leg: str(leg.bursts.in_stance)),
    ("current in stance", lambda leg: f"{leg.bursts.in_stance_s:.2f} s"),
    ("force lost by fatigue", lambda leg: _percent(leg.fatigue)),
    (
        "first steps, given of wanted",
        lambda leg: f"{leg.bursts.first_given} of {leg.bursts.first_wanted}",
    ),
)
