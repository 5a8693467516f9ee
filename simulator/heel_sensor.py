"""What is under the heel: a switch that bounces and sticks, or a force sensor whose resistance wanders.

Source: `physiology-and-devices.md` 5.10, nearly all of it plausible design values [K]. Everything is deterministic for
a seed, and times do not run backwards.
"""

from collections.abc import Callable
from math import exp, inf
from random import Random
from typing import Literal

from config.schema import FsrSettings

_CLOSES_N = 30.0
_SLIDING = 0.3
_BOUNCE_S = (0.001, 0.008)
_CLOSING_EDGES = (1, 3, 5)
_OPENING_EDGES = (1, 1, 3)

_OHM_AT_1_N = 30_000.0
_FORCE_EXPONENT = 0.8
_LSB = 1023.0
_PAD_SHARE = 0.1
"""So much of the heel's force goes through the pad, the rest beside it [K]."""

_NOISE_LSB = (5.0, 10.0)
_DRIFT_PER_DAY = 0.2
_RISE_S = (0.001, 0.003)
_PRELOAD_N = (0.3, 1.5)
_TAIL_SHARE = (0.03, 0.10)
_TAIL_S = (0.1, 0.3)
_DAY_S = 86_400.0


_SLIDES_N = (20.0, 60.0)
_SLIDES_S = (0.01, 0.06)


class FootSliding:
    """A foot that slides in the shoe and pushes on the insole while the heel is in the air; none until `begin`.

    A push is 20 to 60 N for 10 to 60 ms, at random times [A]: enough to close a heel switch now and then in swing.
    """

    def __init__(self, seed: str) -> None:
        self._random = Random(f"{seed} sliding")
        self._per_s = 0.0
        self._push = (-inf, -inf, 0.0)

    def begin(self, pushes_per_s: float = 1.0) -> None:
        """From now on the foot slides, so many times a second."""
        if not 0.0 < pushes_per_s < inf:
            raise ValueError(f"a sliding foot pushes more than 0 times a second, got {pushes_per_s}")
        self._per_s, self._push = pushes_per_s, (-inf, -inf, 0.0)

    def end(self) -> None:
        """The shoe is laced."""
        self._per_s = 0.0

    def force_n(self, t_s: float, force_n: float) -> float:
        """The force (N) that the insole feels at `t_s` under a heel that presses with `force_n`."""
        if self._per_s == 0.0:
            return force_n
        start_s, end_s, push_n = self._push
        while end_s <= t_s:
            start_s = (t_s if end_s == -inf else end_s) + self._random.expovariate(self._per_s)
            end_s = start_s + self._random.uniform(*_SLIDES_S)
            push_n = self._random.uniform(*_SLIDES_N)
            self._push = (start_s, end_s, push_n)
        return max(force_n, push_n) if start_s <= t_s else force_n


class HeelModel:
    """A heel switch: closes above a force, opens 10 to 20 N lower, and bounces.

    It closes at 30 N, ±30 % from step to step because the foot slides in the shoe. Closing makes 1 to 5 edges within
    1 to 8 ms, opening 1 to 3 [K]. Where the toes land first and the heel stays below the threshold it never closes.

    floor_n: force that never leaves the heel, 15 to 40 N where a spastic foot shuffles flat [K].
    stuck: set it to True or False and the contact stays closed or open; None is a sound contact.
    sliding: pushes of a foot that slides in the shoe, which may close the contact in swing.
    """

    def __init__(self, seed: str, floor_n: float = 0.0) -> None:
        self.floor_n = floor_n
        self.stuck: bool | None = None
        self.sliding = FootSliding(seed)
        self._random = Random(f"{seed} heel")
        self._wire = Random(f"{seed} heel wire")
        self._breaks_per_s = 0.0
        self._open_s = (0.0, 0.0)
        self._break: tuple[float, float] | None = None
        self._loaded = False
        self._before = False
        self._edges: list[tuple[float, bool]] = []
        self._last: tuple[float, float] | None = None
        self._threshold_n = self._draw_threshold()

    def advance(self, t_s: float, force_n: float) -> None:
        """The force (N) under the heel at `t_s`; times do not run backwards."""
        force_n = max(self.sliding.force_n(t_s, force_n), self.floor_n)
        if (force_n > self._threshold_n) != self._loaded:
            crossing_s = self._crossing_s(t_s, force_n)
            self._before = self._last is not None and self._contact(crossing_s)
            self._loaded = not self._loaded
            self._edges = self._bounce(crossing_s) if self._last is not None else [(t_s, self._loaded)]
            self._threshold_n = self._draw_threshold()
        self._last = (t_s, force_n)
        if self._breaks_per_s > 0.0:
            self._follow_wire(t_s)

    def closed(self, t_s: float) -> bool:
        """Whether one contact reads closed at `t_s`, no earlier than the last time the force was told."""
        return self.connected(t_s) and self.contact(t_s)

    def contact(self, t_s: float) -> bool:
        """Whether the contact itself is closed at `t_s`, whatever its wire does."""
        return self._contact(t_s) if self.stuck is None else self.stuck

    def connected(self, t_s: float) -> bool:
        """Whether the common wire conducts at `t_s`: else a plain switch reads open, a supervised one contradicts."""
        return self._break is None or not self._break[0] <= t_s < self._break[1]

    def loosen(self, breaks_per_s: float = 2.0, open_s: tuple[float, float] = (0.005, 0.2)) -> None:
        """From now on the wire breaks at random, so many times a second of contact, for so long each [K]."""
        if not (breaks_per_s > 0.0 and 0.0 < open_s[0] <= open_s[1]):
            raise ValueError(f"a loose wire needs breaks and times above 0, got {breaks_per_s} a second, {open_s} s")
        self._breaks_per_s, self._open_s, self._break = breaks_per_s, open_s, None

    def mend(self) -> None:
        """Neither stuck nor loose any more."""
        self.stuck = self._break = None
        self._breaks_per_s = 0.0

    def _contact(self, t_s: float) -> bool:
        state = self._before
        for edge_s, closed in self._edges:
            if edge_s <= t_s:
                state = closed
        return state

    def _follow_wire(self, t_s: float) -> None:
        end_s = t_s if self._break is None else self._break[1]
        while self._break is None or self._break[1] <= t_s:
            start_s = end_s + self._wire.expovariate(self._breaks_per_s)
            end_s = start_s + self._wire.uniform(*self._open_s)
            self._break = (start_s, end_s)

    def _draw_threshold(self) -> float:
        if self._loaded:
            return max(3.0, self._threshold_n - self._random.uniform(10.0, 20.0))
        return _CLOSES_N * self._random.uniform(1.0 - _SLIDING, 1.0 + _SLIDING)

    def _crossing_s(self, t_s: float, force_n: float) -> float:
        if self._last is None:
            return t_s
        last_s, last_n = self._last
        if force_n == last_n:
            return t_s
        return last_s + (t_s - last_s) * min(1.0, max(0.0, (self._threshold_n - last_n) / (force_n - last_n)))

    def _bounce(self, t_s: float) -> list[tuple[float, bool]]:
        count = self._random.choice(_CLOSING_EDGES if self._loaded else _OPENING_EDGES)
        length = self._random.uniform(*_BOUNCE_S)
        later = sorted(self._random.uniform(0.0, length) for _ in range(count - 1))
        times = [t_s, *(t_s + wait for wait in later)]
        return [(edge_s, self._loaded == (i % 2 == 0)) for i, edge_s in enumerate(times)]


class FsrModel:
    """A force-sensing resistor under the heel, in the divider with the end-of-line resistor that its settings say.

    R ~ F^-0.8. The pad takes a tenth of the heel's force, the shoe preloads it, it answers within 1 to 3 ms, keeps a
    slow tail of 3 to 10 % for a few tenths of a second, drifts by up to ±20 % a day and is noisy by 5 to 10 LSB of
    10 bits [K].

    worn_s: how long ago the pad was new. sliding: pushes of a foot that slides in the shoe.
    """

    def __init__(self, settings: FsrSettings, seed: str, worn_s: float = 0.0) -> None:
        self.sliding = FootSliding(seed)
        self._settings = settings
        self._random = draw = Random(f"{seed} fsr")
        self._noise = draw.uniform(*_NOISE_LSB) / _LSB
        self._drift_per_s = draw.uniform(-_DRIFT_PER_DAY, _DRIFT_PER_DAY) / _DAY_S
        self._rise_s = draw.uniform(*_RISE_S)
        self._preload_n = draw.uniform(*_PRELOAD_N)
        self._tail_share = draw.uniform(*_TAIL_SHARE)
        self._tail_s = draw.uniform(*_TAIL_S)
        self._since_s = -worn_s
        self._quick_n = self._slow_n = 0.0
        self._share = 0.0
        self._last_s: float | None = None
        self._path: Literal["sound", "open", "short"] = "sound"
        self.pushed: Callable[[float, float], float] | None = None

    def advance(self, t_s: float, force_n: float) -> None:
        """The force (N) under the heel at `t_s`, or what `pushed` makes of both. A repeated `t_s` is ignored."""
        if self.pushed is not None:
            force_n = self.pushed(t_s, force_n)
        pad_n = max(0.0, self.sliding.force_n(t_s, force_n)) * _PAD_SHARE
        if self._last_s is None:
            self._since_s += t_s
            self._quick_n = self._slow_n = pad_n
        elif t_s <= self._last_s:
            return
        else:
            dt = t_s - self._last_s
            self._quick_n += (pad_n - self._quick_n) * (1.0 - exp(-dt / self._rise_s))
            self._slow_n += (pad_n - self._slow_n) * (1.0 - exp(-dt / self._tail_s))
        self._last_s = t_s
        tail_n = self._tail_share * max(0.0, self._slow_n - self._quick_n)
        conducts = max(0.1, 1.0 + self._drift_per_s * (t_s - self._since_s))
        self._share = self._shared(conducts / _ohm(self._quick_n + tail_n + self._preload_n))
        if self._path == "sound":
            self._share += self._random.gauss(0.0, self._noise)

    def volts(self) -> float:
        """Voltage on the converter's input at the last force told, between ground and the supply."""
        return self._settings.supply_v * min(1.0, max(0.0, self._share))

    def cut(self) -> None:
        """The cable to the pad breaks: nothing conducts, not even the end-of-line resistor."""
        self._path = "open"

    def short(self) -> None:
        """The two wires to the pad touch."""
        self._path = "short"

    def mend(self) -> None:
        """The cable is sound again."""
        self._path = "sound"

    def _shared(self, pad_siemens: float) -> float:
        """Share of the supply on the divider's resistor."""
        if self._path != "sound":
            return 0.0 if self._path == "open" else 1.0
        siemens = pad_siemens + 1.0 / self._settings.end_of_line_ohm
        return siemens / (siemens + 1.0 / self._settings.divider_ohm)


def _ohm(pad_n: float) -> float:
    return float(_OHM_AT_1_N * pad_n**-_FORCE_EXPONENT)
