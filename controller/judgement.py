"""Sensors are judged, not believed: silent, slow, stuck, not finite, out of range, time that does not run.

An IMU also when it says what no leg does: jerk to and fro from sample to sample, or turn on and on.
"""

from math import isfinite

from config.schema import JudgementSettings
from controller.signals import NEVER_S, Reading

ACC_LIMIT_M_S2 = 16 * 9.80665 * 1.05
"""Beyond full scale of any IMU that the schema allows, with 5 % for scale error."""
GYRO_LIMIT_DEG_S = 2000.0 * 1.05
AHEAD_S = 0.002
"""A stamp this far after the tick is a broken clock; readings are taken just before the tick's own stamp."""

PARTS = ("acc x", "acc y", "acc z", "gyr x", "gyr y", "gyr z")
MOVES = (1.5, 1.5, 1.5, 15.0, 15.0, 15.0)
"""An axis that stands still is stuck when another one changes by so much meanwhile, m/s² and deg/s: far beyond the
noise, while an axis that is alive shows at least its own. An axis at its full scale stands still too."""

DEAD_WINDOWS, STIRS_SHARE = 3, 1.0 / 3.0
"""All three axes of one part still for so many windows are stuck when another axis moved by this share of `MOVES` in
one of them: 0.5 m/s² is a tilt of 3 deg, which no gyroscope misses in all its axes for 0.3 s."""

JERKS = (30.0, 30.0, 30.0, 300.0, 300.0, 300.0)
"""By axis, m/s² and deg/s per sample: one that goes by so much from one sample to the next, and back by so much with
the one after, jerks once."""
MOST_JERKS, JERKS_KEPT, CALM = 11.0, 15.0, 0.5
"""The jerks of all six axes are counted, and `CALM` of a jerk is forgotten with every sample: at `MOST_JERKS` they are
noise, beyond `JERKS_KEPT` none is counted. One recorded foot of 200 comes to 9, most to 2; noise of a gyroscope or an
accelerometer over its full scale gets there within 15 to 60 samples [found]."""

_NO_JUMPS: tuple[float, ...] = (0.0,) * 6

TURNS_S, MOST_TURN_DEG, BACK_TURN_DEG = 2.5, 110.0, 55.0
ZERO_FIRST_S, ZERO_S = 10.0, 30.0
"""Whoever walks, sits down or lies down comes back: the sagittal rate beyond its mean, summed up and forgotten with the
time constant `TURNS_S`, stays within 91 deg [found: 200 recordings]. What goes beyond `MOST_TURN_DEG` has moved its
zero, until it is back within `BACK_TURN_DEG`. Its mean is of the last `ZERO_S` in which the sensor was trusted, and
counts after `ZERO_FIRST_S` of them. A shift that lasts is lost from 55 deg/s on, and stays so but for 0.2 s at first;
one of 40 deg/s may never be seen, one between may be believed again [found: simulated walks]."""


class SensorJudge:
    """Decides sample by sample whether one sensor is to be trusted.

    `trusted` is false before the first good sample, and after a loss until the sensor was good for `return_s`.
    `problem` says in words why it is not trusted.
    """

    def __init__(self, settings: JudgementSettings, *, is_imu: bool) -> None:
        self.is_imu = is_imu
        self._stale_s = settings.stale_s
        self._frozen_s = settings.frozen_s
        self._return_s = settings.return_s
        self._slow_s = settings.slow_s
        self._least_rate_hz = settings.least_rate_hz
        self.trusted = False
        self.problem = "no reading yet"
        self._last_s = NEVER_S
        self._good_since_s: float | None = None
        self._changed_s = NEVER_S
        self._values: tuple[float, ...] = ()
        self._still: list[int] = []
        self._stuck: list[int] = []
        self._moved = self._stirred = False
        self._dead = 0
        self._window_s = NEVER_S
        self._window_values: tuple[float, ...] = ()
        self._counted_s = NEVER_S
        self._samples = 0
        self._slow = False
        self._was_lost = False
        self._before: tuple[float, ...] = ()
        self._jumps = _NO_JUMPS
        self._before_s = NEVER_S
        self._zero_moved = False
        self._jerks = self._turn_deg = self._zero_deg_s = self._zero_for_s = 0.0

    def update(self, t_s: float, reading: Reading | None) -> Reading | None:
        """Judge what came by the tick at `t_s`; the reading when it may be used for estimates, else None."""
        if reading is not None:
            problem = self._fault_of(t_s, reading)
            if problem:
                self._lose(problem)
                return None
            self._accept(reading)
        if self._good_since_s is not None and t_s - self._last_s > self._stale_s:
            self._lose(f"no reading for {self._stale_s * 1000:.0f} ms")
            self._counted_s = NEVER_S
        return reading if reading is not None and self.trusted else None

    def _fault_of(self, t_s: float, reading: Reading) -> str:
        stamp_s, values = reading
        if not isfinite(stamp_s) or stamp_s > t_s + AHEAD_S:
            return "time stamp ahead of the clock"
        if stamp_s <= self._last_s:
            return "time stamp does not advance"
        if len(values) != (6 if self.is_imu else 1):
            return "wrong number of values"
        # Of an IMU that is read faster than it measures, each sample counts once: its noise never gives one twice.
        self._samples += not self.is_imu or values != self._values
        if self.is_imu:
            problem = self._fault_of_imu(stamp_s, values)
            if problem:
                return problem
        return self._too_slow(stamp_s) if stamp_s - self._counted_s >= self._slow_s else ""

    def _fault_of_imu(self, stamp_s: float, values: tuple[float, ...]) -> str:
        if not _in_range(values):
            return "value not finite or out of range"
        if values == self._values and stamp_s - self._changed_s >= self._frozen_s:
            self._last_s, self._counted_s = stamp_s, NEVER_S
            return f"frozen for {self._frozen_s * 1000:.0f} ms"
        problem = self._not_of_a_leg(stamp_s, values)
        if problem:
            self._last_s = stamp_s
            return problem
        if self._still:
            self._watch_still(values)
        return self._end_window(stamp_s, values) if stamp_s - self._window_s >= self._frozen_s else ""

    def _not_of_a_leg(self, stamp_s: float, values: tuple[float, ...]) -> str:
        """Whether the last samples are noise, or their gyroscope turns on and on."""
        dt_s = stamp_s - self._before_s
        if dt_s > self._stale_s:
            self._jumps, self._jerks, self._turn_deg = _NO_JUMPS, 0.0, 0.0
        else:
            if _calm(self._before, values):
                self._jumps = _NO_JUMPS
                self._jerks = max(0.0, self._jerks - CALM) if self._jerks else 0.0
            else:
                self._count_jerks(values)
            self._follow_turn(dt_s, values[5])
        self._before_s, self._before = stamp_s, values
        if self._jerks >= MOST_JERKS:
            return "noise: no leg jerks like this"
        most_deg = BACK_TURN_DEG if self._zero_moved else MOST_TURN_DEG
        self._zero_moved = self._zero_for_s >= ZERO_FIRST_S and abs(self._turn_deg) >= most_deg
        if self._zero_moved:
            return "gyr z turns on and on: its zero has moved"
        return ""

    def _count_jerks(self, values: tuple[float, ...]) -> None:
        jumps = tuple([now - then for now, then in zip(values, self._before, strict=True)])
        jerks = self._jerks - CALM
        for jump, last, least in zip(jumps, self._jumps, JERKS, strict=True):
            if (jump >= least and last <= -least) or (jump <= -least and last >= least):
                jerks += 1.0
        self._jerks = min(JERKS_KEPT, max(0.0, jerks))
        self._jumps = jumps

    def _follow_turn(self, dt_s: float, rate_deg_s: float) -> None:
        beyond_deg_s = rate_deg_s - self._zero_deg_s
        self._turn_deg += dt_s * (beyond_deg_s - self._turn_deg / TURNS_S)
        if self.trusted:
            self._zero_for_s = min(ZERO_S, self._zero_for_s + dt_s)
            self._zero_deg_s += dt_s / self._zero_for_s * beyond_deg_s

    def _watch_still(self, values: tuple[float, ...]) -> None:
        """Which axes have not changed at all in this window, and whether another one has moved."""
        begun = self._window_values
        self._still = [axis for axis in self._still if values[axis] == begun[axis]]
        self._moved = self._moved or any(abs(values[k] - begun[k]) >= MOVES[k] for k in range(6))

    def _end_window(self, stamp_s: float, values: tuple[float, ...]) -> str:
        """Every `frozen_s`: an axis that did not change while others moved is stuck, until it changes again."""
        whole = stamp_s - self._window_s <= 2.0 * self._frozen_s
        moved = whole and (self._moved or self._part_is_dead(values))
        self._stuck = [axis for axis in self._still if moved or axis in self._stuck]
        self._window_s, self._window_values = stamp_s, values
        self._still, self._moved = [0, 1, 2, 3, 4, 5], False
        if not self._stuck:
            return ""
        self._last_s = stamp_s
        return f"{', '.join([PARTS[axis] for axis in self._stuck])} stuck for {self._frozen_s * 1000:.0f} ms"

    def _part_is_dead(self, values: tuple[float, ...]) -> bool:
        """Whether the whole gyroscope, or accelerometer, has stood still for long in a leg that stirs."""
        if self._still not in ([0, 1, 2], [3, 4, 5]):
            self._dead, self._stirred = 0, False
            return False
        self._dead += 1
        begun = self._window_values
        self._stirred = self._stirred or any(abs(values[k] - begun[k]) >= STIRS_SHARE * MOVES[k] for k in range(6))
        return self._stirred and self._dead >= DEAD_WINDOWS

    def _too_slow(self, stamp_s: float) -> str:
        """Every `slow_s`: whether enough samples came since the last time."""
        rate_hz = self._samples / (stamp_s - self._counted_s)
        self._slow = self._counted_s > NEVER_S and rate_hz < self._least_rate_hz
        self._counted_s, self._samples = stamp_s, 0
        if not self._slow:
            return ""
        self._last_s = stamp_s
        return f"only {rate_hz:.0f} samples a second"

    def _accept(self, reading: Reading) -> None:
        stamp_s, values = reading
        if values != self._values:
            self._values = values
            self._changed_s = stamp_s
        self._last_s = stamp_s
        if self._good_since_s is None:
            self._good_since_s = stamp_s
        if not self._was_lost or (stamp_s - self._good_since_s >= self._return_s and not self._slow):
            self._was_lost = False
            self.trusted = True
            self.problem = ""

    def _lose(self, problem: str) -> None:
        self.trusted = False
        self.problem = problem
        self._good_since_s = None
        self._was_lost = True


def _calm(before: tuple[float, ...], values: tuple[float, ...]) -> bool:
    """Whether no axis has jumped far enough for a jerk since the sample before."""
    acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z = values
    was_x, was_y, was_z, turned_x, turned_y, turned_z = before
    return (
        abs(acc_x - was_x) < JERKS[0]
        and abs(acc_y - was_y) < JERKS[1]
        and abs(acc_z - was_z) < JERKS[2]
        and abs(gyr_x - turned_x) < JERKS[3]
        and abs(gyr_y - turned_y) < JERKS[4]
        and abs(gyr_z - turned_z) < JERKS[5]
    )


def _in_range(values: tuple[float, ...]) -> bool:
    """Whether six values could come from an IMU; what is not finite could not."""
    acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z = values
    return (
        -ACC_LIMIT_M_S2 <= acc_x <= ACC_LIMIT_M_S2
        and -ACC_LIMIT_M_S2 <= acc_y <= ACC_LIMIT_M_S2
        and -ACC_LIMIT_M_S2 <= acc_z <= ACC_LIMIT_M_S2
        and -GYRO_LIMIT_DEG_S <= gyr_x <= GYRO_LIMIT_DEG_S
        and -GYRO_LIMIT_DEG_S <= gyr_y <= GYRO_LIMIT_DEG_S
        and -GYRO_LIMIT_DEG_S <= gyr_z <= GYRO_LIMIT_DEG_S
    )
