"""What is under the heel: a switch that bounces and sticks, or a force sensor whose resistance wanders.

Source: `physiology-and-devices.md` 5.10, nearly all of it plausible design values [K]. Everything is deterministic for
a seed, and times do not run backwards.
"""

from math import exp
from random import Random

_CLOSES_N = 30.0
_SLIDING = 0.3
_BOUNCE_S = (0.001, 0.008)
_CLOSING_EDGES = (1, 3, 5)
_OPENING_EDGES = (1, 1, 3)

_OHM_AT_1_N = 30_000.0
_FORCE_EXPONENT = 0.8
_DIVIDER_OHM = 10_000.0
_FULL_SCALE = 1023
_PAD_SHARE = 0.1
"""So much of the heel's force goes through the pad, the rest beside it [K]."""

_NOISE_LSB = (5.0, 10.0)
_DRIFT_PER_DAY = 0.2
_RISE_S = (0.001, 0.003)
_PRELOAD_N = (0.3, 1.5)
_TAIL_SHARE = (0.03, 0.10)
_TAIL_S = (0.1, 0.3)
_DAY_S = 86_400.0


class HeelModel:
    """A heel switch: closes above a force, opens 10 to 20 N lower, and bounces.

    It closes at 30 N, ±30 % from step to step because the foot slides in the shoe. Closing makes 1 to 5 edges within
    1 to 8 ms, opening 1 to 3 [K]. Where the toes land first and the heel stays below the threshold it never closes.

    floor_n: force that never leaves the heel, 15 to 40 N where a spastic foot shuffles flat [K].
    stuck: set it to True or False and the contact stays closed or open; None is a sound contact.
    """

    def __init__(self, seed: str, floor_n: float = 0.0) -> None:
        self.floor_n = floor_n
        self.stuck: bool | None = None
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
        force_n = max(force_n, self.floor_n)
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
        """Whether the contact reads closed at `t_s`, no earlier than the last time the force was told."""
        if self.stuck is not None:
            return self.stuck
        return self.connected(t_s) and self._contact(t_s)

    def connected(self, t_s: float) -> bool:
        """Whether the wire conducts at `t_s`; a switch behind a broken wire reads open."""
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
    """A force-sensing resistor under the heel in a divider of 10 kΩ, read out by 10 bits.

    R ~ F^-0.8. The pad takes a tenth of the heel's force, the shoe preloads it, it answers within 1 to 3 ms, keeps a
    slow tail of 3 to 10 % for a few tenths of a second, drifts by up to ±20 % a day and is noisy by 5 to 10 LSB [K].

    full_load_n: force on the heel, N, that counts as level 1, by a calibration that was right `worn_s` ago.
    """

    def __init__(self, seed: str, full_load_n: float = 400.0, worn_s: float = 0.0) -> None:
        if not 10.0 <= full_load_n <= 3000.0:
            raise ValueError(f"full load is {full_load_n} N, allowed is 10 to 3000 N")
        self._random = draw = Random(f"{seed} fsr")
        self._noise_lsb = draw.uniform(*_NOISE_LSB)
        self._drift_per_s = draw.uniform(-_DRIFT_PER_DAY, _DRIFT_PER_DAY) / _DAY_S
        self._rise_s = draw.uniform(*_RISE_S)
        self._preload_n = draw.uniform(*_PRELOAD_N)
        self._tail_share = draw.uniform(*_TAIL_SHARE)
        self._tail_s = draw.uniform(*_TAIL_S)
        self._full_n = full_load_n * _PAD_SHARE
        self._since_s = -worn_s
        self._quick_n = self._slow_n = 0.0
        self._code = 0
        self._last_s: float | None = None

    def advance(self, t_s: float, force_n: float) -> None:
        """The force (N) under the heel at `t_s`. A repeated `t_s` is ignored."""
        pad_n = max(0.0, force_n) * _PAD_SHARE
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
        conducts = 1.0 + self._drift_per_s * (t_s - self._since_s)
        ohm = _ohm(self._quick_n + tail_n + self._preload_n) / max(0.1, conducts)
        noise = self._random.gauss(0.0, self._noise_lsb)
        ideal = _FULL_SCALE * _DIVIDER_OHM / (_DIVIDER_OHM + ohm)
        self._code = min(_FULL_SCALE, max(0, round(ideal + noise)))

    def code(self) -> int:
        """What the converter says, 0 to 1023, of the last force told."""
        return self._code

    def level(self, t_s: float) -> float:
        """Share 0..1 of the full load that the nominal curve makes of the code; `t_s` is not before the last force."""
        if self._last_s is None or t_s < self._last_s:
            raise ValueError(f"the level at {t_s} s is asked before the force was told")
        share = min(self._code, _FULL_SCALE - 1) / _FULL_SCALE
        if share <= 0.0:
            return 0.0
        ohm = _DIVIDER_OHM * (1.0 - share) / share
        pad_n = float((_OHM_AT_1_N / ohm) ** (1.0 / _FORCE_EXPONENT))
        return min(1.0, pad_n / self._full_n)


def _ohm(pad_n: float) -> float:
    return float(_OHM_AT_1_N * pad_n**-_FORCE_EXPONENT)
