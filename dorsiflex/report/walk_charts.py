"""The whole walk, step by step."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import nan

from dorsiflex.report.stride_charts import PHASE_STYLES
from dorsiflex.report.strides import phases_between
from dorsiflex.report.svg import Axes, axes, dots, drawing, frame, nice_range, nice_ticks, path, rectangle
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk
from dorsiflex.walk_judgement import percentile
from simulator.truth import Swing

HEIGHT = 232.0
MEDIANS = 16
"""Points of the line of medians through a walk."""
STRIP = 9.0
"""Height of the strip of gait phases; of walks longer than this no phase could be seen:"""
LONGEST_STRIP_S = 120.0

MUSCLE = (
    ("Muscle: how strongly it answers the stimulation", "highest activation, %", "activation", 60, 20),
    ("Muscle: how much of its force fatigue takes away", "force lost, %", "fatigue", 20, 10),
)


def walk_charts(walk: SimulatedWalk, leg: JudgedLeg) -> list[tuple[str, str]]:
    """Caption and drawing of each figure, step by step through the whole walk."""
    both = [("without", leg.unstimulated_swings), *([("with", leg.swings)] if walk.stimulated else [])]

    def steps(label: str, pick: Callable[[Swing], float], least: tuple[float, float], step: float) -> str:
        curves = [(style, [(s.initial_contact_s, pick(s)) for s in swings]) for style, swings in both]
        return _walk_chart(walk, leg, label, curves, least, step)

    charts = [
        (
            "Toe clearance of every step",
            steps("least toe clearance, mm", lambda s: s.min_toe_clearance_mm, (-10, 30), 10),
        ),
        (
            "Ankle angle of every step",
            steps("mean dorsiflexion in swing, degrees", lambda s: s.mean_dorsiflexion_deg, (-10, 10), 10),
        ),
        (
            "Share of every swing that touches the floor",
            steps("swing in contact, %", lambda s: 100.0 * s.scrape_share, (0, 40), 20),
        ),
        (
            "Steppage: how much higher than usual the thigh is lifted",
            steps("extra hip flexion, degrees", lambda s: s.steppage_deg, (0, 10), 5),
        ),
    ]
    if walk.stimulated:
        for caption, label, name, least, step in MUSCLE:
            points = [(s.initial_contact_s, 100.0 * _most(leg, s, name)) for s in leg.swings]
            charts.append((caption, _walk_chart(walk, leg, label, [("with", points)], (0, least), step)))
    return charts


def _walk_chart(
    walk: SimulatedWalk,
    leg: JudgedLeg,
    label: str,
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    least: tuple[float, float],
    step: float,
) -> str:
    in_minutes = walk.seconds > LONGEST_STRIP_S
    unit_s = 60.0 if in_minutes else 1.0
    y_range = nice_range((y for _, points in curves for _, y in points), least, step)
    area = axes((0.0, walk.seconds / unit_s), y_range, HEIGHT)
    parts = [
        rectangle(
            area.x(start_s / unit_s), area.top, area.wide(start_s / unit_s, stop_s / unit_s), area.height, "standing"
        )
        for start_s, stop_s in _standing(leg)
    ]
    x_label = "minutes since the start" if in_minutes else "seconds since the start"
    parts.append(frame(area, x_label, label, nice_ticks(0.0, area.x_high, 6), nice_ticks(*y_range)))
    if walk.seconds <= LONGEST_STRIP_S:
        parts.append(_phase_strip(leg, area))
    for style, points in curves:
        placed = [(area.x(t_s / unit_s), area.y(y)) for t_s, y in points]
        parts += [dots(placed, f"{style} dots"), path(_medians(placed), f"{style} curve")]
    return drawing(HEIGHT, f"{label}, step by step through the walk", parts)


def _phase_strip(leg: JudgedLeg, area: Axes) -> str:
    """What the controller took the leg for, along the upper edge; x in seconds. One path a phase keeps it small."""
    places: dict[str, list[tuple[float, float]]] = {}
    y = area.top + STRIP / 2.0
    for s in phases_between(leg.trace, leg.trace["time_s"][0], leg.trace["time_s"][-1]):
        ends = [(area.x(s.start_s), y), (area.x(s.stop_s), y), (nan, nan)]
        places.setdefault(PHASE_STYLES[s.phase], []).extend(ends)
    return "".join(path(points, f"strip {style}") for style, points in places.items())


def _standing(leg: JudgedLeg) -> list[tuple[float, float]]:
    """Stretches in which the person truly stands."""
    times, walking = leg.trace["time_s"], leg.trace["walking"]
    stretches: list[tuple[float, float]] = []
    begin_s: float | None = None
    for t_s, share in zip(times, walking, strict=True):
        if share == 0.0 and begin_s is None:
            begin_s = t_s
        elif share > 0.0 and begin_s is not None:
            stretches.append((begin_s, t_s))
            begin_s = None
    return stretches if begin_s is None else [*stretches, (begin_s, times[-1])]


def _medians(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The middle of each of MEDIANS groups of steps; few steps need no such line."""
    if len(points) < 2 * MEDIANS:
        return []
    edges = [len(points) * k // MEDIANS for k in range(MEDIANS + 1)]
    groups = [points[a:b] for a, b in pairwise(edges)]
    return [(percentile([x for x, _ in g], 0.5), percentile([y for _, y in g], 0.5)) for g in groups]


def _most(leg: JudgedLeg, swing: Swing, name: str) -> float:
    first, last = leg.trace.index(swing.foot_off_s), leg.trace.index(swing.initial_contact_s)
    return max(leg.trace[name][first : last + 1])
