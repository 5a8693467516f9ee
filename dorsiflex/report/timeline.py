"""The beginning of an activity as traces over time, shaded where stimulation belongs."""

from collections.abc import Sequence

from dorsiflex.report.svg import axes, drawing, frame, nice_range, nice_ticks, path, rectangle
from dorsiflex.report.walk import JudgedLeg

HEIGHT = 232.0
SHOWN_S = 20.0
"""More does not fit into one drawing."""


def timeline_charts(leg: JudgedLeg) -> list[tuple[str, str]]:
    """Caption and drawing: what the motion sensor feels, and what the stimulator puts out."""
    trace = leg.trace
    return [
        (
            "Shank: what the motion sensor feels",
            _chart(leg, "turning rate, degrees per second", trace["shank_rate_deg_s"], (-200.0, 200.0), 100.0),
        ),
        ("Stimulation", _chart(leg, "current, mA", leg.current_ma, (0.0, 40.0), 10.0)),
    ]


def _chart(leg: JudgedLeg, label: str, values: Sequence[float], least: tuple[float, float], step: float) -> str:
    times = leg.trace["time_s"]
    stop_s = min(SHOWN_S, times[-1])
    last = leg.trace.index(stop_s)
    y_range = nice_range(values[: last + 1], least, step)
    area = axes((0.0, stop_s), y_range, HEIGHT)
    parts = [
        rectangle(area.x(w.start_s), area.top, area.wide(w.start_s, min(w.stop_s, stop_s)), area.height, "swing")
        for w in leg.bursts_fit
        if 0.0 <= w.start_s < stop_s
    ]
    parts.append(frame(area, "seconds since the start", label, nice_ticks(0.0, stop_s, 6), nice_ticks(*y_range)))
    # Every second value: a tick is finer than a pixel.
    points = zip(times[: last + 1 : 2], values[: last + 1 : 2], strict=True)
    parts.append(path([(area.x(t_s), area.y(value)) for t_s, value in points], "plain curve"))
    return drawing(HEIGHT, f"{label} over the first {stop_s:.0f} s, shaded where stimulation belongs", parts)
