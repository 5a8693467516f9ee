"""What a person does over time: stand, walk, change speed, turn. Times in s, speeds in m/s, angles in deg."""

from dataclasses import dataclass
from math import cos, inf, isfinite, pi
from typing import NamedTuple

SLOWEST_M_S, FASTEST_M_S = 0.2, 1.8
"""Speeds for which the gait model is made."""

TURN_SPEED_M_S = 0.8
"""Slower and shorter steps while turning round [K]."""

_FASTEST_TURN_DEG_S = 240.0


class Stand(NamedTuple):
    """Stand still; the steps that are under way are finished first."""

    for_s: float


class Walk(NamedTuple):
    """Walk straight on."""

    for_s: float
    speed_m_s: float


class Ramp(NamedTuple):
    """Walk straight on while the speed changes evenly."""

    for_s: float
    from_m_s: float
    to_m_s: float


class Turn(NamedTuple):
    """Walk round a bend, to the left if the angle is positive; 180 deg take 2 to 3 s [K]."""

    angle_deg: float
    for_s: float = 2.5
    speed_m_s: float = TURN_SPEED_M_S


Segment = Stand | Walk | Ramp | Turn


@dataclass(frozen=True)
class Course:
    """Segments one after another from time 0, then standing. Raises ValueError if a person cannot do that.

    Durations are above 0; that of the last segment may be infinite. Speeds are 0.2 to 1.8 m/s, a turn has a mean rate
    of at most 120 deg/s.
    """

    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        for i, segment in enumerate(self.segments):
            where = f"segment {i + 1} of the course"
            endless = segment.for_s == inf and i == len(self.segments) - 1 and isinstance(segment, Stand | Walk)
            if not endless and not (isfinite(segment.for_s) and segment.for_s > 0.0):
                raise ValueError(f"{where} lasts {segment.for_s} s; only the last may be endless, all are above 0 s")
            for speed in _speeds(segment):
                if not SLOWEST_M_S <= speed <= FASTEST_M_S:
                    raise ValueError(
                        f"{where}: walking speed is {speed} m/s, allowed is {SLOWEST_M_S} to {FASTEST_M_S} m/s"
                    )
            if isinstance(segment, Turn) and not 2.0 * abs(segment.angle_deg) <= _FASTEST_TURN_DEG_S * segment.for_s:
                raise ValueError(
                    f"{where} turns {segment.angle_deg} deg in {segment.for_s} s, allowed is a mean of 120 deg/s"
                )

    @property
    def lasts_s(self) -> float:
        """Until the end of the last segment, s."""
        return sum(segment.for_s for segment in self.segments)


class Wish(NamedTuple):
    """What the person wants to do now; `yaw_rate_deg_s` is positive to the left."""

    walks: bool
    speed_m_s: float
    yaw_rate_deg_s: float


def wish(segment: Segment, since_s: float) -> Wish:
    """What a segment asks for `since_s` seconds after its start. The rate of a turn swells and ebbs."""
    if isinstance(segment, Stand):
        return Wish(False, 0.0, 0.0)
    if isinstance(segment, Walk):
        return Wish(True, segment.speed_m_s, 0.0)
    done = min(1.0, max(0.0, since_s / segment.for_s))
    if isinstance(segment, Ramp):
        return Wish(True, segment.from_m_s + done * (segment.to_m_s - segment.from_m_s), 0.0)
    return Wish(True, segment.speed_m_s, segment.angle_deg / segment.for_s * (1.0 - cos(2.0 * pi * done)))


class Progress:
    """Where on a course a person is; asked in order of time."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._i = -1
        self._segment: Segment = Stand(inf)
        self._start_s = self.ends_s = 0.0

    def at(self, t_s: float) -> Wish:
        """What is wanted in the step that ends at `t_s`."""
        while t_s > self.ends_s:
            self._i += 1
            self._start_s = self.ends_s
            if self._i < len(self._course.segments):
                self._segment = self._course.segments[self._i]
                self.ends_s += self._segment.for_s
            else:
                self._segment, self.ends_s = Stand(inf), inf
        return wish(self._segment, t_s - self._start_s)

    @property
    def turns(self) -> bool:
        """Whether this segment is a turn, whose rate differs from step to step."""
        return isinstance(self._segment, Turn)


def _speeds(segment: Segment) -> tuple[float, ...]:
    if isinstance(segment, Ramp):
        return segment.from_m_s, segment.to_m_s
    return () if isinstance(segment, Stand) else (segment.speed_m_s,)
