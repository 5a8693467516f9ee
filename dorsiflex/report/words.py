"""The figures of a walk in plain words, for the person who walked and for the clinician beside."""

from collections.abc import Callable
from math import isnan
from typing import NamedTuple

from dorsiflex.fitted_current import FittedChannel
from dorsiflex.percent import NBSP, percent
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk
from dorsiflex.shortfall import lifting_channel
from dorsiflex.walk_judgement import CLEAR_MM, SwingFigures
from simulator.fitting import Limit
from simulator.patients import Patient
from simulator.sensation import comfortable_range

LEAST_STEPPAGE_DEG = 1.0
"""Less is not worth a sentence."""


class Row(NamedTuple):
    """One figure: its name, what it means, and how it reads."""

    name: str
    meaning: str
    read: Callable[[SwingFigures], str]


def millimetres(value: float) -> str:
    """Whole mm."""
    return _number(value, "+.0f", "mm")


def degrees(value: float) -> str:
    """Degrees with one place."""
    return _number(value, "+.1f", "").replace(NBSP, "°")


def person_words(patient: Patient) -> str:
    """The kind of person, and which week of their recovery it is."""
    return f"{patient.name} after {patient.weeks:g} weeks" if patient.weeks > 0.0 else patient.name


def healthy_words(walk: SimulatedWalk) -> str:
    """Says why stimulation is not judged in a healthy person; empty elsewhere."""
    if walk.meaning or not walk.stimulated or not walk.patient.healthy:
        return ""
    return "A healthy foot follows its own muscles, whatever the current does: stimulation is not judged here."


def pain_words(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    """Says when the current of a walk hurts this person; empty when it does not."""
    highest_ma = max(leg.current_ma, default=0.0)
    width_us = lifting_channel(walk.settings, leg.side).pulse_width_us
    painful_ma = comfortable_range(walk.patient, width_us).painful_ma
    if walk.meaning or highest_ma < painful_ma:
        return ""
    return f"The current of {_ma(round(highest_ma))} hurts this person: pain begins at {_ma(round(painful_ma, 1))}."


ROWS = (
    Row("Steps judged", "Without the first step after standing.", lambda f: str(f.steps)),
    Row(
        "Ankle angle in swing",
        "Median of the steps; above zero the toes are pulled up. Healthy curves have +3.5° at 1.2 m/s.",
        lambda f: degrees(f.dorsiflexion_deg),
    ),
    Row(
        "Ankle angle as the foot lands",
        "Median; the heel comes first when the toes are up.",
        lambda f: degrees(f.dorsiflexion_at_ic_deg),
    ),
    Row(
        "Toe clearance, middle step",
        "How far the toes stay above the floor in mid-swing. Below zero: how deep they would hang in it.",
        lambda f: millimetres(f.clearance_p50_mm),
    ),
    Row("Toe clearance, low steps", "One step in twenty is lower than this.", lambda f: millimetres(f.clearance_p5_mm)),
    Row(
        f"Steps with more than {CLEAR_MM:.0f} mm",
        "Room enough for small unevenness of the floor.",
        lambda f: percent(f.clear_share),
    ),
    Row("Toes on the floor", "Share of the swing in which the toes drag.", lambda f: percent(f.contact_share)),
    Row("Heel lands first", "As in healthy walking.", lambda f: percent(f.heel_share)),
    Row("Foot lands flat", "", lambda f: percent(f.flat_share)),
    Row("Toes land first", "", lambda f: percent(f.toe_share)),
    Row(
        "Foot slap",
        "The foot drops onto the floor after the heel. Of the steps in which the heel lands first, as no others can; "
        "– when it never does, which is worse, not better.",
        lambda f: percent(f.slap_share),
    ),
    Row(
        "Extra hip flexion",
        "Steppage: how much higher than usual the thigh is lifted to make room for the foot; median.",
        lambda f: degrees(f.steppage_deg),
    ),
    Row("Lift of the pelvis", "Hip hike, for the same reason; median.", lambda f: millimetres(f.hip_hike_mm)),
)

NUMBERS: tuple[tuple[str, Callable[[SwingFigures], str]], ...] = (
    ("Toe clearance", lambda f: millimetres(f.clearance_p50_mm)),
    ("Ankle angle in swing", lambda f: degrees(f.dorsiflexion_deg)),
    ("Heel lands first", lambda f: percent(f.heel_share)),
    ("Toes on the floor", lambda f: percent(f.contact_share)),
    ("Foot slap", lambda f: percent(f.slap_share)),
    ("Extra hip flexion", lambda f: degrees(f.steppage_deg)),
)


def headline(walk: SimulatedWalk) -> str:
    """What the page is about."""
    if walk.meaning:
        return f"{walk.activity.replace('_', ' ').capitalize()}: {walk.meaning}"
    legs = " and ".join(leg.side for leg in walk.legs)
    both = len(walk.legs) > 1
    how = "with and without stimulation" if walk.stimulated else "without stimulation"
    return f"Walking {how}: the {legs} leg{'s' if both else ''}"


def summary(walk: SimulatedWalk, leg: JudgedLeg) -> list[str]:
    """Sentences on one leg."""
    if walk.meaning:
        return [_quiet_or_not(leg)] if walk.stimulated else ["Nobody armed, so nothing could come."]
    if leg.figures.steps == 0:
        return ["There was no step to judge."]
    sentences = [_alone(leg.unstimulated)]
    if walk.stimulated:
        sentences += [_with(leg.figures), healthy_words(walk), pain_words(walk, leg), _timing(leg)]
    return [sentence for sentence in (*sentences, _lifted(walk, leg)) if sentence]


def fitting_words(found: FittedChannel) -> str:
    """How the current of a channel was found with the person."""
    fit = found.fit
    if fit.motor_ma is None:
        return (
            f"Seated, the current was raised by 1{NBSP}mA a burst up to {_ma(fit.painful_ma or found.most_ma)}: "
            f"{'it hurt before' if fit.painful_ma is not None else 'the settings allow no more, and'} "
            "the foot was not seen to move. The walk was without current."
        )
    return (
        f"Seated, the current was raised by 1{NBSP}mA a burst: the foot was seen to move at {_ma(fit.motor_ma)}, and "
        f"{_FITTING_ENDED[fit.limit].format(ma=_ma(fit.painful_ma or found.most_ma))}. "
        f"Used in the walk: {_ma(fit.current_ma)}, which lifted the seated foot from {degrees(fit.rest_deg)} to "
        f"{degrees(fit.lifted_deg)}."
    )


_FITTING_ENDED = {
    Limit.LIFTED: "was raised on until it lifted well",
    Limit.NO_HIGHER: "in the end more current lifted it no higher",
    Limit.HURTS: "it hurt at {ma}, before the foot lifted well",
    Limit.CAP: "the settings allow no more than {ma}, which is less than the foot would need to lift well",
}


def _ma(current_ma: float) -> str:
    return f"{current_ma:g}{NBSP}mA"


def burst_rows(leg: JudgedLeg) -> list[tuple[str, str, str]]:
    """Name, value and meaning of what the stimulator did."""
    b = leg.bursts
    return [
        ("Wanted", str(b.wanted), "Swings that should be supported, from 250 ms before the foot leaves the floor."),
        ("Given", str(b.given), "A pulse strong enough to move the foot came before the foot landed."),
        ("Begun after foot off", str(b.late), "Of those given: too late to lift the foot in early swing."),
        ("Missed", str(b.missed), _missed(leg)),
        ("Extra", str(b.extra), "Stimulation that no swing wanted."),
        (
            "Reaching into stance",
            f"{b.in_stance} ({b.in_stance_s:.2f} s)",
            "Bursts with current above the motor threshold while the leg should bear weight without it.",
        ),
        (
            "Force lost by fatigue",
            percent(leg.fatigue),
            "At the end, of what the rested muscle gives to the same pulses.",
        ),
        (
            "First step after standing",
            f"{b.first_given} of {b.first_wanted}",
            "Counted apart: nothing tells beforehand that a standing person will step.",
        ),
    ]


def _quiet_or_not(leg: JudgedLeg) -> str:
    b = leg.bursts
    if b.wanted + b.first_wanted > 0:
        return _timing(leg)
    if b.in_stance == 0:
        return "Nothing wanted stimulation here, and no current strong enough to move the foot came when it should not."
    return f"Nothing wanted stimulation here, yet it came {_times(b.in_stance)}, for {b.in_stance_s:.1f} s in all."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _alone(f: SwingFigures) -> str:
    landing = f"the heel landed first in {percent(f.heel_share)} of the steps"
    if f.clearance_p50_mm < 0.0:
        room = f"{-f.clearance_p50_mm:.0f}{NBSP}mm"
        return (
            f"Without stimulation the toes hung {room} too low in the middle step, were on the floor for "
            f"{percent(f.contact_share)} of the swing, and {landing}."
        )
    return (
        f"Without stimulation the toes passed {f.clearance_p50_mm:.0f}{NBSP}mm above the floor in the middle step, "
        f"and {landing}."
    )


def _with(f: SwingFigures) -> str:
    room = (
        f"hung {-f.clearance_p50_mm:.0f}{NBSP}mm too low"
        if f.clearance_p50_mm < 0.0
        else f"passed {f.clearance_p50_mm:.0f}{NBSP}mm above the floor"
    )
    return (
        f"With stimulation they {room}, more than {CLEAR_MM:.0f}{NBSP}mm in {percent(f.clear_share)} of the steps, "
        f"and the heel landed first in {percent(f.heel_share)}."
    )


def _lifted(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    """How the person makes room for a hanging foot; empty when they need not."""
    alone, helped = leg.unstimulated, leg.figures
    if alone.steppage_deg < LEAST_STEPPAGE_DEG and helped.steppage_deg < LEAST_STEPPAGE_DEG:
        return ""
    room = f"To make room for the foot the thigh is lifted {alone.steppage_deg:.0f}° higher than usual"
    return f"{room}; with stimulation {helped.steppage_deg:.0f}°." if walk.stimulated else f"{room}."


def _timing(leg: JudgedLeg) -> str:
    b = leg.bursts
    missed = "none was missed" if b.missed == 0 else f"{b.missed} {'was' if b.missed == 1 else 'were'} missed"
    if b.in_stance == 0:
        stance = "and no current strong enough to move the foot came when it should not"
    else:
        unwanted = f", {b.extra} of them without any swing" if b.extra else ""
        stance = f"and current reached into stance {_times(b.in_stance)}{unwanted}, for {b.in_stance_s:.1f} s in all"
    late = f", {b.late} of them only after the foot had left the floor" if b.late else ""
    return f"Of {b.wanted} swings that wanted stimulation {b.given} got it{late}; {missed}, {stance}."


def _missed(leg: JudgedLeg) -> str:
    if leg.bursts.too_weak == 0:
        return "No such pulse came in time."
    return (
        f"No such pulse came in time; in {leg.bursts.too_weak} there were pulses too weak to move the foot, "
        "as in the first strides after arming, which are softened."
    )


def _number(value: float, form: str, unit: str) -> str:
    if isnan(value):
        return "–"
    number = f"{value:{form}}"
    return f"{number if float(number) else number[1:]}{NBSP}{unit}".replace("-", "−")
