"""When the steps come: one clock of gait cycles for both legs, with stride-to-stride variation, start and stop."""

from math import ceil, floor, sqrt
from random import Random

from simulator.kinematics import cadence_steps_min

FOOT_FLAT_SHARE = 0.10
"""A leg starts and stops walking at this share of its cycle: the foot is flat, the other one about to leave."""

BLEND_CYCLES = 0.15
"""Share of a cycle over which a leg passes from standing to gait and back; heel off comes later."""

GaitStep = tuple[float, float, float]
"""One step of the time grid: when it ends (s), the gait cycles of the leading leg then, and cycles a second."""

_MEMORY = 0.5
_FREQUENCY_LAG_S = 0.05


class Cadence:
    """Counts gait cycles of the leading leg; the other leg is about half a cycle ahead and walks a step later.

    Stride n lasts T·(1 + e_n), e_n = 0.5·e_(n-1) + N(0, cv·sqrt(0.75)) (`physiology-and-devices.md` 5.1).
    """

    def __init__(self, stride_time_cv: float, seed: str, walk_ratio: float = 1.0) -> None:
        self.cycles = FOOT_FLAT_SHARE - 1.0
        self.frequency_hz = 0.0
        self._stride_s = self._wanted_hz = 1.0
        self._cv = stride_time_cv
        self._walk_ratio = walk_ratio
        self._random = Random(seed)
        self._deviation = 0.0
        self._next_step = 0.5
        self._next_stride = 1.0

    def start(self, speed_m_s: float) -> None:
        """Begin a walk from standing with the foot of the leading leg flat, in a cycle that is not yet used."""
        self.cycles = floor(self.cycles) + 1.0 + FOOT_FLAT_SHARE
        self._next_step = floor(self.cycles) + 0.5
        self._next_stride = floor(self.cycles) + 1.0
        self.frequency_hz = 0.0
        self.pace(speed_m_s)

    def pace(self, speed_m_s: float) -> None:
        """Walk at this speed (m/s) from now on."""
        self._stride_s = 120.0 / cadence_steps_min(speed_m_s, self._walk_ratio)
        self._wanted_hz = 1.0 / (self._stride_s * (1.0 + self._deviation))

    def advance(self, dt: float) -> bool:
        """Walk for `dt` seconds; true when a step of either leg ends, so that the speed may change."""
        self.frequency_hz += (self._wanted_hz - self.frequency_hz) * dt / _FREQUENCY_LAG_S
        self.cycles += self.frequency_hz * dt
        if self.cycles < self._next_step:
            return False
        self._end_step()
        return True

    def stride_on(self, made: int, last: int, dt: float, steps: list[GaitStep]) -> int:
        """Walk on from step `made` of the time grid to `last`, or to the last one before a step of either leg ends.

        The same as `advance` for each; they are put at the end of `steps`, and the number of the last is returned.
        """
        cycles, frequency_hz, wanted_hz, next_step = self.cycles, self.frequency_hz, self._wanted_hz, self._next_step
        while made < last:
            frequency = frequency_hz + (wanted_hz - frequency_hz) * dt / _FREQUENCY_LAG_S
            then = cycles + frequency * dt
            if then >= next_step:
                break
            cycles, frequency_hz = then, frequency
            made += 1
            steps.append((made * dt, cycles, frequency_hz))
        self.cycles, self.frequency_hz = cycles, frequency_hz
        return made

    def _end_step(self) -> None:
        self._next_step += 0.5
        if self.cycles >= self._next_stride:
            self._next_stride += 1.0
            noise = self._random.gauss(0.0, self._cv * sqrt(1.0 - _MEMORY * _MEMORY))
            self._deviation = min(0.3, max(-0.3, _MEMORY * self._deviation + noise))
            self._wanted_hz = 1.0 / (self._stride_s * (1.0 + self._deviation))


def stop_cycle(cycles: float, start_cycle: float) -> float:
    """The next foot flat at which a leg that is at `cycles` can stop; it makes one step at least."""
    return max(start_cycle + 1.0, ceil(cycles - FOOT_FLAT_SHARE) + FOOT_FLAT_SHARE)


def walking_share(cycles: float, start_cycle: float, stopping_cycle: float) -> tuple[float, float]:
    """How much a leg is in gait, 0 standing to 1 walking, and the change of that per cycle."""
    since = (cycles - start_cycle) / BLEND_CYCLES
    if since <= 0.0:
        return 0.0, 0.0
    if since < 1.0:
        return _smooth(since)
    after = (cycles - stopping_cycle) / BLEND_CYCLES
    if after <= 0.0:
        return 1.0, 0.0
    if after >= 1.0:
        return 0.0, 0.0
    share, slope = _smooth(after)
    return 1.0 - share, -slope


def _smooth(x: float) -> tuple[float, float]:
    return x * x * (3.0 - 2.0 * x), 6.0 * x * (1.0 - x) / BLEND_CYCLES
