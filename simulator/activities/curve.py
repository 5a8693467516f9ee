"""A smooth curve through keyframes: value, rate and acceleration at any time, analytically.

Between two knots runs the polynomial of fifth order that meets value, rate and acceleration at both ends, so the
second derivative has no steps. Through keyframes at which the movement turns round or rests the rate is zero; in
between it is the harmonic mean of the slopes (Fritsch and Butland 1984 [K]), which keeps a rise a rise.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class Motion(NamedTuple):
    """Value with its first and second derivative by time."""

    value: float
    rate: float
    acceleration: float


class Knot(NamedTuple):
    """Where the curve is at a time (s), and how it moves there."""

    t_s: float
    value: float
    rate: float = 0.0
    acceleration: float = 0.0


class Curve:
    """The curve through at least one knot, in order of time. Before the first and after the last it rests."""

    def __init__(self, knots: Sequence[Knot]) -> None:
        if not knots or any(b.t_s <= a.t_s for a, b in pairwise(knots)):
            raise ValueError("a curve needs knots at rising times")
        self._times = array("d", (knot.t_s for knot in knots))
        self._columns = [array("d", column) for column in zip(*(knot[1:] for knot in knots), strict=True)]
        self._at = -1
        self._piece: tuple[float, ...] = ()

    def __call__(self, t_s: float) -> Motion:
        i = bisect_right(self._times, t_s) - 1
        if i < 0 or i >= len(self._times) - 1:
            return Motion(self._columns[0][max(i, 0)], 0.0, 0.0)
        if i != self._at:
            self._at, self._piece = i, _piece(self._knot(i), self._knot(i + 1))
        c0, c1, c2, c3, c4, c5 = self._piece
        x = t_s - self._times[i]
        return Motion(
            c0 + x * (c1 + x * (c2 + x * (c3 + x * (c4 + x * c5)))),
            c1 + x * (2.0 * c2 + x * (3.0 * c3 + x * (4.0 * c4 + x * 5.0 * c5))),
            2.0 * c2 + x * (6.0 * c3 + x * (12.0 * c4 + x * 20.0 * c5)),
        )

    def _knot(self, i: int) -> Knot:
        value, rate, acceleration = self._columns
        return Knot(self._times[i], value[i], rate[i], acceleration[i])


def through(keyframes: Iterable[tuple[float, float]]) -> Curve:
    """The curve through (time, value) keyframes; it rests at the first and the last."""
    points = list(keyframes)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    rates = [0.0, *(_between(a, b) for a, b in pairwise(slopes)), 0.0][: len(points)]
    return Curve([Knot(t, value, rate) for (t, value), rate in zip(points, rates, strict=True)])


STILL = Curve([Knot(0.0, 0.0)])


def _between(before: float, after: float) -> float:
    return 2.0 * before * after / (before + after) if before * after > 0.0 else 0.0


def _piece(a: Knot, b: Knot) -> tuple[float, ...]:
    h = b.t_s - a.t_s
    v0, v1 = a.rate * h, b.rate * h
    a0, a1 = a.acceleration * h * h, b.acceleration * h * h
    rise = b.value - a.value
    c3 = 10.0 * rise - 6.0 * v0 - 4.0 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15.0 * rise + 8.0 * v0 + 7.0 * v1 + 1.5 * a0 - a1
    c5 = 6.0 * rise - 3.0 * v0 - 3.0 * v1 - 0.5 * a0 + 0.5 * a1
    return a.value, a.rate, a.acceleration / 2.0, c3 / h**3, c4 / h**4, c5 / h**5
