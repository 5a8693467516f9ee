"""Drawings of a score: events on the signal, and how far off they are."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import ceil, isfinite
from typing import NamedTuple

from controller.signals import Certainty, EventKind
from dorsiflex.report.histogram import bin_shares
from dorsiflex.report.svg import (
    WIDTH,
    Axes,
    drawing,
    frame,
    line,
    nice_range,
    nice_ticks,
    path,
    rectangle,
    text,
)
from dorsiflex.score.matching import TOLERANCE_S
from dorsiflex.score.recordings import ScoredLeg

BIN_MS = 10.0
HISTOGRAM_HEIGHT = 190.0
MOST_POINTS = 360
"""A finer curve than this is finer than a pixel."""
LEFT, RIGHT = 46.0, 18.0
LABELS_TOP, RATE_TOP, RATE_BOTTOM = 30.0, 48.0, 178.0
FOUND_ROW, FORCE_TOP, FORCE_BOTTOM, HEEL_TOP, HEEL_BOTTOM = 194.0, 218.0, 262.0, 268.0, 276.0
HEIGHT = 316.0
LOADED = 0.5


class Mark(NamedTuple):
    """Something to point at: a miss or an extra, with its band from `start_s` to `stop_s`."""

    t_s: float
    event: EventKind
    is_miss: bool
    certainty: Certainty = Certainty.CONFIRMED

    @property
    def words(self) -> str:
        """What it is."""
        predicted = " predicted" if self.certainty is Certainty.PREDICTED else ""
        return f"{self.event}{predicted} {'missed' if self.is_miss else 'extra'}"


def signal_chart(leg: ScoredLeg, start_s: float, stop_s: float, marks: Sequence[Mark]) -> str:
    """The signal from `start_s` to `stop_s` with reference events above it and detected ones below, marks shaded."""
    signal = leg.signal
    first, last = bisect_left(signal.time_s, start_s), bisect_right(signal.time_s, stop_s)
    step = max(1, ceil((last - first) / MOST_POINTS))
    shown = slice(first, last, step)
    times_s = signal.time_s[shown]
    width = WIDTH - LEFT - RIGHT
    has_imu = any(isfinite(value) for value in signal.rate_deg_s[shown])
    main = signal.rate_deg_s[shown] if has_imu else signal.heel[shown]
    y_range = nice_range(main, (-200.0, 300.0), 100.0) if has_imu else (0.0, 1.0)
    area = Axes(LEFT, RATE_TOP, width, RATE_BOTTOM - RATE_TOP, start_s, stop_s, *y_range)
    parts = [_band(area, mark) for mark in marks]
    label = "sagittal rate, deg/s" if has_imu else "heel, 0 unloaded, 1 loaded"
    y_ticks = nice_ticks(*y_range, 4) if has_imu else [0.0, 1.0]
    parts += [line(area.left, area.y(v), area.right, area.y(v), "zero" if v == 0 else "grid") for v in y_ticks]
    parts += [text(area.left - 6, area.y(v) + 4, f"{v:g}".replace("-", "−"), "tick end") for v in y_ticks]
    parts.append(text(4, 13, label, "label"))
    parts.append(path(_points(area, times_s, main), "plain curve"))
    parts += _events(leg, area)
    if has_imu:
        force = signal.force_m_s2[shown]
        f_range = nice_range(force, (0.0, 20.0), 10.0)
        below = Axes(LEFT, FORCE_TOP, width, FORCE_BOTTOM - FORCE_TOP, start_s, stop_s, *f_range)
        parts += [line(below.left, below.y(v), below.right, below.y(v), "grid") for v in f_range]
        parts += [text(below.left - 6, below.y(v) + 4, f"{v:g}", "tick end") for v in f_range]
        parts.append(path(_points(below, times_s, force), "force curve"))
        parts.append(text(below.right, FORCE_TOP - 5, "force on the sensor, m/s²", "note end"))
    parts += _heel(area, times_s, signal.heel[shown])
    for tick in nice_ticks(start_s, stop_s, 6):
        parts.append(line(area.x(tick), HEEL_BOTTOM, area.x(tick), HEEL_BOTTOM + 4, "grid"))
        parts.append(text(area.x(tick), HEEL_BOTTOM + 17, f"{tick:.6g}", "tick middle"))
    parts.append(text(area.left + width / 2, HEIGHT - 4, "seconds of the recording", "label middle"))
    told = ", ".join(f"{mark.words} at {mark.t_s:.2f} s" for mark in marks) or "one stride"
    return drawing(HEIGHT, f"{leg.name}: {told}", parts)


def error_histogram(event: EventKind, errors_ms: Sequence[float], median_ms: float) -> str:
    """Share of the events found by how far off they are."""
    most = 1000.0 * TOLERANCE_S
    count = round(2.0 * most / BIN_MS)
    # A bin is centred on zero, so that what is right on time is not split in two.
    low = -most - BIN_MS / 2.0
    shares = bin_shares(errors_ms, low, BIN_MS, count + 1)
    top = 10.0 * ceil(max([10.0, *shares]) / 10.0)
    area = Axes(LEFT, 22.0, WIDTH - LEFT - RIGHT, HISTOGRAM_HEIGHT - 60.0, low, low + BIN_MS * (count + 1), 0.0, top)
    label = f"{event}: events, %"
    parts = [
        frame(
            area, "said too early  |  error, ms  |  said too late", label, range(-150, 151, 50), nice_ticks(0.0, top, 4)
        )
    ]
    for i, share in enumerate(shares):
        if share > 0.0:
            x, y = area.x(low + BIN_MS * i), area.y(share)
            parts.append(rectangle(x + 0.5, y, area.wide(0.0, BIN_MS) - 1.0, area.bottom - y, f"bar {event.lower()}"))
    parts.append(line(area.x(0.0), area.top, area.x(0.0), area.bottom, "event"))
    if isfinite(median_ms):
        said = f"median {median_ms:+.0f} ms".replace("-", "−")
        parts.append(text(area.right - 2, area.top + 12, said, "note end"))
    return drawing(
        HISTOGRAM_HEIGHT, f"Histogram of the error of {event}, ms, in percent of {len(errors_ms)} events", parts
    )


def _points(area: Axes, times_s: Sequence[float], values: Sequence[float]) -> Iterator[tuple[float, float]]:
    return ((area.x(t_s), area.y(value)) for t_s, value in zip(times_s, values, strict=True))


def _band(area: Axes, mark: Mark) -> str:
    half_s = TOLERANCE_S if mark.is_miss else TOLERANCE_S / 3.0
    start_s, stop_s = max(area.x_low, mark.t_s - half_s), min(area.x_high, mark.t_s + half_s)
    style = "miss" if mark.is_miss else "extra"
    return rectangle(
        area.x(start_s), LABELS_TOP - 12.0, area.wide(start_s, stop_s), FOUND_ROW + 6.0 - LABELS_TOP + 12.0, style
    )


def _events(leg: ScoredLeg, area: Axes) -> Iterator[str]:
    """References above, detections below; of those a bar from the event to when it was decided."""
    for kind, times_s in leg.reference.events_s.items():
        for t_s in times_s:
            if area.x_low <= t_s <= area.x_high:
                x, style = area.x(t_s), kind.lower()
                yield line(x, LABELS_TOP + 3.0, x, area.bottom, f"mark {style}")
                yield text(x, LABELS_TOP, kind.value, f"middle name {style}")
    for one in leg.events:
        if area.x_low <= one.t_s <= area.x_high and area.x_low <= one.decided_s <= area.x_high:
            predicted = one.certainty is Certainty.PREDICTED
            x, style = area.x(one.t_s), f"{one.kind.lower()}{' ahead' if predicted else ''}"
            yield line(x, area.top, x, area.bottom + 5.0, f"said {style}")
            yield line(x, area.bottom + 5.0, area.x(one.decided_s), area.bottom + 5.0, f"decided {style}")
            if not predicted:
                yield text(x, FOUND_ROW + 4.0, one.kind.value, f"middle name {style}")


def _heel(area: Axes, times_s: Sequence[float], heel: Sequence[float]) -> Iterator[str]:
    """A bar while the heel is loaded."""
    start_s: float | None = None
    for t_s, level in zip(times_s, heel, strict=True):
        if level >= LOADED and start_s is None:
            start_s = t_s
        elif level < LOADED and start_s is not None:
            yield rectangle(area.x(start_s), HEEL_TOP, area.wide(start_s, t_s), HEEL_BOTTOM - HEEL_TOP, "heel")
            start_s = None
    if start_s is not None:
        yield rectangle(area.x(start_s), HEEL_TOP, area.wide(start_s, times_s[-1]), HEEL_BOTTOM - HEEL_TOP, "heel")
