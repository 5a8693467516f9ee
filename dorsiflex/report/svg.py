"""Drawings as text: a few functions that write SVG, so that a report is one file that loads nothing.

A page with plotly in it carries four megabytes of script and needs a browser that runs it; these charts are few and
do not move, so they are drawn by hand. They print well, scale on a phone, and are the same bytes for the same walk.
Lengths are in units of the drawing, which is WIDTH wide; y grows downwards.
"""

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, isfinite, isnan, log10
from typing import NamedTuple

WIDTH = 480.0

_LEFT, _RIGHT, _BOTTOM = 46.0, 18.0, 38.0


class Axes(NamedTuple):
    """A rectangle of the drawing and the range of values that it shows."""

    left: float
    top: float
    width: float
    height: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        """Place of a value in the drawing."""
        return self.left + self.width * (value - self.x_low) / (self.x_high - self.x_low)

    def y(self, value: float) -> float:
        """Place of a value in the drawing; values beyond the range stay at its edge."""
        inside = value if isnan(value) else min(self.y_high, max(self.y_low, value))
        return self.top + self.height * (self.y_high - inside) / (self.y_high - self.y_low)

    def wide(self, start: float, stop: float) -> float:
        """Width of a stretch of x in the drawing."""
        return self.width * (stop - start) / (self.x_high - self.x_low)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width


def axes(x_range: tuple[float, float], y_range: tuple[float, float], height: float, top: float = 22.0) -> Axes:
    """Axes that fill a drawing of `height`, with room for the labels."""
    return Axes(_LEFT, top, WIDTH - _LEFT - _RIGHT, height - top - _BOTTOM, *x_range, *y_range)


def drawing(height: float, alt: str, parts: Iterable[str]) -> str:
    """A whole drawing; `alt` says what it shows to those who cannot see it."""
    return (
        f'<svg viewBox="0 0 {_n(WIDTH)} {_n(height)}" role="img" aria-label="{escape(alt)}">'
        f"<title>{escape(alt)}</title>{''.join(parts)}</svg>"
    )


def frame(area: Axes, x_label: str, y_label: str, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> str:
    """Grid, ticks and labels with their units."""
    parts = [line(area.left, area.y(v), area.right, area.y(v), "zero" if v == 0 else "grid") for v in y_ticks]
    parts += [text(area.left - 6, area.y(v) + 4, _tick(v), "tick end") for v in y_ticks]
    parts += [line(area.x(v), area.bottom, area.x(v), area.bottom + 4, "grid") for v in x_ticks]
    parts += [text(area.x(v), area.bottom + 17, _tick(v), "tick middle") for v in x_ticks]
    parts.append(text(area.left + area.width / 2, area.bottom + 33, x_label, "label middle"))
    parts.append(text(4, 13, y_label, "label"))
    return "".join(parts)


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line."""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="{style}"/>'


def rectangle(x: float, y: float, width: float, height: float, style: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" class="{style}"/>'


def text(x: float, y: float, words: str, style: str) -> str:
    """A line of words."""
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{style}">{escape(words)}</text>'


def path(points: Iterable[tuple[float, float]], style: str, *, closed: bool = False) -> str:
    """A line through points; a point that is not finite leaves a gap."""
    steps: list[str] = []
    pen_down = False
    for x, y in points:
        if not (isfinite(x) and isfinite(y)):
            pen_down = False
            continue
        steps.append(f"{'L' if pen_down else 'M'}{_n(x)} {_n(y)}")
        pen_down = True
    return f'<path d="{"".join(steps)}{"Z" if closed else ""}" class="{style}"/>' if steps else ""


def dots(points: Iterable[tuple[float, float]], style: str) -> str:
    """A dot at each point: strokes of no length with round ends, so that thousands stay small."""
    steps = [f"M{_n(x)} {_n(y)}h0" for x, y in points if isfinite(x) and isfinite(y)]
    return f'<path d="{"".join(steps)}" class="{style}"/>' if steps else ""


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values within low..high, about so many."""
    span = max(1e-9, high - low)
    step = 10.0 ** floor(log10(span / about))
    step *= next(factor for factor in (1.0, 2.0, 5.0, 10.0) if span / (step * factor) <= about + 0.5)
    return [step * k for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def nice_range(values: Iterable[float], least: tuple[float, float], step: float) -> tuple[float, float]:
    """A range in whole steps that holds all finite values and `least`."""
    finite = [value for value in values if isfinite(value)]
    low, high = min([*finite, least[0]]), max([*finite, least[1]])
    return floor(low / step) * step, ceil(high / step) * step


def _n(value: float) -> str:
    short = f"{value:.1f}"
    return "0" if short in ("0.0", "-0.0") else short.removesuffix(".0")


def _tick(value: float) -> str:
    short = f"{value:.6g}"
    return "0" if short == "-0" else short.replace("-", "−")
