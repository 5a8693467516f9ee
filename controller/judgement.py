"""Sensors are judged, not believed: stale, frozen, not finite, out of range, time that does not run."""

from math import isfinite

from config.schema import JudgementSettings
from controller.signals import NEVER_S, Reading

ACC_LIMIT_M_S2 = 16 * 9.80665 * 1.05
"""Beyond full scale of any IMU that the schema allows, with 5 % for scale error."""
GYRO_LIMIT_DEG_S = 2000.0 * 1.05
AHEAD_S = 0.002
"""A stamp this far after the tick is a broken clock; readings are taken just before the tick's own stamp."""


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
        self.trusted = False
        self.problem = "no reading yet"
        self._last_s = NEVER_S
        self._good_since_s: float | None = None
        self._changed_s = NEVER_S
        self._values: tuple[float, ...] = ()
        self._was_lost = False

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
        return reading if reading is not None and self.trusted else None

    def _fault_of(self, t_s: float, reading: Reading) -> str:
        stamp_s, values = reading
        if not isfinite(stamp_s) or stamp_s > t_s + AHEAD_S:
            return "time stamp ahead of the clock"
        if stamp_s <= self._last_s:
            return "time stamp does not advance"
        if len(values) != (6 if self.is_imu else 1):
            return "wrong number of values"
        if not self.is_imu:
            return ""
        if not _in_range(values):
            return "value not finite or out of range"
        if values == self._values and stamp_s - self._changed_s >= self._frozen_s:
            self._last_s = stamp_s
            return f"frozen for {self._frozen_s * 1000:.0f} ms"
        return ""

    def _accept(self, reading: Reading) -> None:
        stamp_s, values = reading
        if values != self._values:
            self._values = values
            self._changed_s = stamp_s
        self._last_s = stamp_s
        if self._good_since_s is None:
            self._good_since_s = stamp_s
        if not self._was_lost or stamp_s - self._good_since_s >= self._return_s:
            self._was_lost = False
            self.trusted = True
            self.problem = ""

    def _lose(self, problem: str) -> None:
        self.trusted = False
        self.problem = problem
        self._good_since_s = None
        self._was_lost = True


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
