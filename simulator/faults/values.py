"""What a broken sensor makes of the truth: PX4's seven failures and some more, as functions of time and values."""

from collections import deque
from collections.abc import Callable
from math import cos, exp, nan, pi, radians, sin
from random import Random

Six = tuple[float, ...]
Change = Callable[[float, Six], Six | None]
"""From time (s) and true values to what the sensor says; None: no sample. Called with times that do not run back."""

HEEL_TYPES = ("stuck_open", "stuck_closed", "garbage", "wrong", "slow", "delayed", "bouncing")
IMU_TYPES = (
    "off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent", "nan", "saturated",
)  # fmt: skip
POSE_TYPES = ("mirrored", "slipped")

_BOUNCE_S = 0.03
_SLOW_HEEL_S = (0.05, 0.2)
_DELAY_S = (0.1, 0.3)
_SLOW_HZ = (0.5, 2.0)
_GAP_S, _BETWEEN_S = (0.02, 0.3), (0.05, 0.5)
_SLIP_DEG = (5.0, 20.0)
_FULL_SCALE = {"acc": 8 * 9.80665, "gyr": 1000.0}
"""Of the default settings: 8 g and 1000 deg/s."""
_WRONG_SCALES = (0.2, 0.5, 2.0)
_WRONG_BIAS = {"acc": 4.0, "gyr": 60.0}
_PART = {"acc": slice(0, 3), "gyr": slice(3, 6), "imu": slice(0, 6)}


def heel_change(kind: str, random: Random) -> Change:
    """A heel switch that fails in this way; its one value is 1 closed, 0 open. Raises KeyError."""
    makers: dict[str, Callable[[Random], Change]] = {
        "stuck_open": lambda _: lambda _t, _v: (0.0,),
        "stuck_closed": lambda _: lambda _t, _v: (1.0,),
        "garbage": lambda random: lambda _t, _v: (float(random.random() < 0.5),),
        "wrong": lambda _: lambda _t, v: (1.0 - v[0],),
        "slow": _slow_heel,
        "delayed": _delayed,
        "bouncing": _bouncing,
    }
    return makers[kind](random)


def imu_change(kind: str, part: str, random: Random) -> Change:
    """An accelerometer ("acc"), gyroscope ("gyr") or both ("imu") that fails in this way. Raises KeyError.

    Values: acc x, y, z (m/s²), gyr x, y, z (deg/s); "mirrored" and "slipped" turn the whole sensor.
    """
    if kind == "mirrored":
        return lambda _t, v: (-v[0], v[1], -v[2], -v[3], v[4], -v[5], *v[6:])
    if kind == "slipped":
        return _slipped(random)
    whole: dict[str, Callable[[Random], Change]] = {
        "off": lambda _: lambda _t, v: (0.0,) * len(v),
        "nan": lambda _: lambda _t, v: (nan,) * len(v),
        "stuck": _stuck,
        "slow": _slow,
        "delayed": _delayed,
        "intermittent": _intermittent,
    }
    if kind in whole:
        return _only(part, whole[kind](random))
    parts = ("acc", "gyr") if part == "imu" else (part,)
    scaled: dict[str, Callable[[Random, float, float], Change]] = {
        "garbage": _garbage,
        "wrong": _wrong,
        "saturated": _saturated,
    }
    changes = [_only(one, scaled[kind](random, _FULL_SCALE[one], _WRONG_BIAS[one])) for one in parts]

    def change(t_s: float, values: Six) -> Six | None:
        for one in changes:
            said = one(t_s, values)
            if said is None:
                return None
            values = said
        return values

    return change


def _only(part: str, change: Change) -> Change:
    """The change for a part of the six values; what follows them (a temperature) is left alone."""
    where = _PART[part]

    def changed(t_s: float, values: Six) -> Six | None:
        said = change(t_s, values[where])
        return None if said is None else (*values[: where.start], *said, *values[where.stop :])

    return changed


def _stuck(_random: Random) -> Change:
    kept: list[Six] = []

    def change(_t_s: float, values: Six) -> Six:
        if not kept:
            kept.append(values)
        return kept[0]

    return change


def _garbage(random: Random, full: float, _bias: float) -> Change:
    return lambda _t, v: tuple([random.uniform(-full, full) for _ in v])


def _wrong(random: Random, _full: float, bias: float) -> Change:
    """A scale that is wrong, or a zero that has moved."""
    if random.random() < 0.5:
        scale = random.choice(_WRONG_SCALES)
        return lambda _t, v: tuple([scale * one for one in v])
    offsets = [random.choice((-bias, bias)) for _ in range(3)]
    return lambda _t, v: tuple([one + offset for one, offset in zip(v, offsets, strict=True)])


def _saturated(random: Random, full: float, _bias: float) -> Change:
    signs = [random.choice((-full, full)) for _ in range(3)]
    return lambda _t, _v: tuple(signs)


def _slow(random: Random) -> Change:
    """A low-pass of the first order."""
    corner_hz = random.uniform(*_SLOW_HZ)
    state: list[tuple[float, Six]] = []

    def change(t_s: float, values: Six) -> Six:
        if not state:
            state.append((t_s, values))
        before_s, before = state[0]
        share = 1.0 - exp(-2.0 * pi * corner_hz * (t_s - before_s))
        now = tuple([old + share * (new - old) for old, new in zip(before, values, strict=True)])
        state[0] = (t_s, now)
        return now

    return change


def _slow_heel(random: Random) -> Change:
    """A contact that follows only after its heel has stayed for so long."""
    after_s = random.uniform(*_SLOW_HEEL_S)
    state: list[tuple[float, Six, Six]] = []

    def change(t_s: float, values: Six) -> Six:
        since_s, seen, said = state[0] if state else (t_s, values, values)
        if values != seen:
            since_s, seen = t_s, values
        if t_s - since_s >= after_s:
            said = seen
        state[:] = [(since_s, seen, said)]
        return said

    return change


def _delayed(random: Random) -> Change:
    late_s = random.uniform(*_DELAY_S)
    waiting: deque[tuple[float, Six]] = deque()

    def change(t_s: float, values: Six) -> Six:
        waiting.append((t_s, values))
        while len(waiting) > 1 and waiting[1][0] <= t_s - late_s:
            waiting.popleft()
        return waiting[0][1]

    return change


def _intermittent(random: Random) -> Change:
    """Nothing but zeros for 20 to 300 ms, again and again."""
    state = [-1.0, -1.0]

    def change(t_s: float, values: Six) -> Six:
        while t_s >= state[1]:
            state[0] = t_s + (random.uniform(*_BETWEEN_S) if state[1] >= 0.0 else 0.0)
            state[1] = state[0] + random.uniform(*_GAP_S)
        return (0.0,) * len(values) if t_s >= state[0] else values

    return change


def _bouncing(random: Random) -> Change:
    """The contact is lost and made again at random, for 30 ms on average, a third of the time."""
    state: list[tuple[bool, float]] = []

    def change(t_s: float, values: Six) -> Six:
        turned, until_s = state[0] if state else (False, t_s)
        if t_s >= until_s:
            turned = not turned
            until_s = t_s + random.expovariate(1.0 / (_BOUNCE_S if turned else 2.0 * _BOUNCE_S))
        state[:] = [(turned, until_s)]
        return (1.0 - values[0],) if turned else values

    return change


def _slipped(random: Random) -> Change:
    """Turned by 5 to 20 degrees about one axis of the segment."""
    axis = random.randrange(3)
    one, two = [(1, 2), (2, 0), (0, 1)][axis]
    angle = radians(random.choice((-1.0, 1.0)) * random.uniform(*_SLIP_DEG))
    c, s = cos(angle), sin(angle)

    def change(_t_s: float, values: Six) -> Six:
        turned = list(values)
        for first in (0, 3):
            a, b = values[first + one], values[first + two]
            turned[first + one], turned[first + two] = c * a - s * b, s * a + c * b
        return tuple(turned)

    return change
