"""One stride as traces over time, shaded by the phases that the controller took the leg to be in."""

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

from controller.signals import Phase
from dorsiflex.report.strides import Stretch, Stride, phases_between
from dorsiflex.report.svg import Axes, axes, drawing, frame, line, nice_range, nice_ticks, path, rectangle, text
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk

HEIGHT = 232.0
AFTER_LANDING_S = 0.3
"""A stride is shown until so long after the landing: stimulation ends there only."""

PHASE_STYLES = {
    Phase.UNKNOWN: "unknown",
    Phase.STANDING: "standing",
    Phase.LOADING: "loading",
    Phase.STANCE: "stance",
    Phase.PRE_SWING: "pre-swing",
    Phase.SWING: "swing",
}

Curve = tuple[str, Sequence[float]]
"""How it is drawn, and one value a tick."""


class Cut(NamedTuple):
    """What is shown of the walk; times in s since the landing that the stride begins with."""

    times_s: tuple[float, ...]
    events: tuple[tuple[str, float], ...]
    phases: tuple[Stretch, ...]


def stride_charts(walk: SimulatedWalk, leg: JudgedLeg, stride: Stride) -> list[tuple[str, str]]:
    """Caption and drawing of each trace through one stride."""
    trace = leg.trace
    stop_s = min(stride.stop_s + AFTER_LANDING_S, trace["time_s"][-1])
    shown = slice(trace.index(stride.start_s), trace.index(stop_s) + 1)
    cut = Cut(
        tuple(t_s - stride.start_s for t_s in trace["time_s"][shown]),
        (("foot leaves", stride.foot_off_s - stride.start_s), ("foot lands", stride.stop_s - stride.start_s)),
        tuple(
            Stretch(phase.start_s - stride.start_s, phase.stop_s - stride.start_s, phase.phase)
            for phase in phases_between(trace, stride.start_s, stop_s)
        ),
    )

    def both(name: str, *, in_swing_only: bool = False) -> list[Curve]:
        curves: list[Curve] = []
        for style, prefix in (("without", "unstimulated_"), ("with", ""))[: 2 if walk.stimulated else 1]:
            values = trace[f"{prefix}{name}"][shown]
            if in_swing_only:
                swings = trace[f"{prefix}in_swing"][shown]
                values = [value if on else nan for value, on in zip(values, swings, strict=True)]
            curves.append((f"{style} curve", values))
        return curves

    rate: list[Curve] = [("plain curve", trace["shank_rate_deg_s"][shown])]
    clearance = both("toe_clearance_mm", in_swing_only=True)
    charts = [
        (
            "Ankle: above zero the toes are pulled up",
            _chart(cut, "dorsiflexion, degrees", both("dorsiflexion_deg"), (-20, 20), 10),
        ),
        (
            "Toes: how far above the floor while the foot swings",
            _chart(cut, "toe clearance, mm", clearance, (0, 60), 20),
        ),
        (
            "Shank: what the motion sensor feels",
            _chart(cut, "turning rate, degrees per second", rate, (-200, 400), 100),
        ),
    ]
    if walk.stimulated:
        activation = [100.0 * value for value in trace["activation"][shown]]
        drive: list[Curve] = [("current curve", leg.current_ma[shown]), ("plain curve", activation)]
        label = "current, mA (thick); muscle activation, % (thin)"
        charts.append(("Stimulation, and the muscle that follows it", _chart(cut, label, drive, (0, 40), 10)))
    return charts


def _chart(cut: Cut, label: str, curves: Sequence[Curve], least: tuple[float, float], step: float) -> str:
    y_range = nice_range((value for _, values in curves for value in values), least, step)
    area = axes((0.0, cut.times_s[-1]), y_range, HEIGHT)
    parts = [
        rectangle(area.x(p.start_s), area.top, area.wide(p.start_s, p.stop_s), area.height, PHASE_STYLES[p.phase])
        for p in cut.phases
    ]
    ticks = nice_ticks(0.0, area.x_high, 6)
    parts.append(frame(area, "seconds since the foot landed", label, ticks, nice_ticks(*y_range)))
    parts += [_event(area, words, at_s) for words, at_s in cut.events]
    for style, values in curves:
        parts.append(path([(area.x(t), area.y(y)) for t, y in zip(cut.times_s, values, strict=True)], style))
    return drawing(HEIGHT, f"{label} through one stride, shaded by gait phase", parts)


def _event(area: Axes, words: str, at_s: float) -> str:
    x = area.x(at_s)
    return line(x, area.top, x, area.bottom, "event") + text(x - 3, area.top + 12, words, "note end")
