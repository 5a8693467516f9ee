"""The flesh between a strapped-on sensor and the bone: what it adds to a change that comes too fast for it.

A mode of 10 to 20 Hz takes 5 to 15 % of an abrupt change, as at initial contact, and rings it out; slow motion passes
untouched (`physiology-and-devices.md` 5.10 [K]). Between samples the oscillation is exact, so any step is stable.
"""

from math import cos, exp, pi, sin, sqrt
from random import Random

_SHARE = (0.05, 0.15)
_HZ = (10.0, 20.0)
_DAMPING = (0.15, 0.30)


class SoftTissue:
    """One mode for several signals of one sensor; its share, frequency and damping are drawn from `random`."""

    def __init__(self, random: Random, signals: int) -> None:
        self.share = random.uniform(*_SHARE)
        self.hz = random.uniform(*_HZ)
        self._omega = 2.0 * pi * self.hz
        self._damping = random.uniform(*_DAMPING)
        self._dt = 0.0
        self._coefficients = (1.0, 0.0, 0.0, 1.0)
        self._moved = [0.0] * signals
        self._added = [0.0] * signals
        self._last: tuple[float, ...] | None = None

    def add(self, dt: float, values: tuple[float, ...]) -> list[float]:
        """What the sensor sees of the bone's `values`, `dt` seconds after the last ones."""
        last, self._last = self._last, values
        if last is None:
            return list(values)
        if abs(dt - self._dt) > 1e-6:
            self._dt, self._coefficients = dt, self._over(dt)
        a, b, c, d = self._coefficients
        moved, added, share = self._moved, self._added, self.share
        shown = []
        for i, value in enumerate(values):
            x, v = moved[i], added[i]
            moved[i] = a * x + b * v
            added[i] = now = c * x + d * v - share * (value - last[i])
            shown.append(value + now)
        return shown

    def _over(self, dt: float) -> tuple[float, float, float, float]:
        """The damped oscillation x'' + 2ζω x' + ω² x = 0 over `dt`, as a matrix for (x, x')."""
        damped = self._omega * sqrt(1.0 - self._damping * self._damping)
        decay = self._damping * self._omega
        size = exp(-decay * dt)
        even, odd = size * cos(damped * dt), size * sin(damped * dt) / damped
        return even + decay * odd, odd, -self._omega * self._omega * odd, even - decay * odd
