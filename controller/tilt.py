"""Pitch and rate of a segment in the sagittal plane: complementary filter in plain floats, gyroscope bias at rest."""

from math import atan2, degrees, exp, hypot

from config.schema import TiltSettings
from controller.signals import NEVER_S, Tilt

GRAVITY_M_S2 = 9.80665
LONGEST_STEP_S = 0.1
"""A longer gap between samples is not integrated over: the filter starts again."""

LATER_REST_SHARE = 0.2
"""Share of a later rest in the bias, so that a slow sway taken for rest does little harm."""


class TiltFilter:
    """Estimates the pitch of one IMU's segment.

    The gyroscope carries the angle, the accelerometer corrects it while it shows little but gravity. In the segment
    frame (x forward, y up) gravity's reaction at pitch p is g·(sin p, cos p), so p = atan2(acc_x, acc_y).
    """

    def __init__(self, settings: TiltSettings, mounting_pitch_deg: float) -> None:
        self.settings = settings
        self._acc_gate_m_s2, self._rest_range_deg_s = settings.acc_gate_m_s2, 2.0 * settings.rest_rate_deg_s
        self._rest_s, self._time_constant_s = settings.rest_s, settings.time_constant_s
        self.mounting_pitch_deg = mounting_pitch_deg
        self.bias_deg_s = 0.0
        self.at_rest = False
        self._bias_known = False
        self._pitch_deg = 0.0
        self._rate_deg_s = 0.0
        self._last_s = NEVER_S
        self._known = False
        self._rest_since_s = NEVER_S
        self._rest_low = 1e9
        self._rest_high = -1e9
        self._rest_total = 0.0
        self._rest_count = 0

    def update(self, t_s: float, values: tuple[float, ...]) -> None:
        """Take one sample: acc x y z in m/s², gyr x y z in deg/s, all finite, stamps advancing."""
        acc_x, acc_y, acc_z, gyr_z = values[0], values[1], values[2], values[5]
        dt_s = t_s - self._last_s
        self._last_s = t_s
        acc = hypot(acc_x, acc_y, acc_z)
        quiet = abs(acc - GRAVITY_M_S2) <= self._acc_gate_m_s2
        self._watch_rest(t_s, gyr_z, quiet=quiet and dt_s <= LONGEST_STEP_S)
        self._rate_deg_s = gyr_z - self.bias_deg_s
        if dt_s > LONGEST_STEP_S:
            self._known = False
        else:
            self._pitch_deg += self._rate_deg_s * dt_s
        if quiet:
            seen_deg = degrees(atan2(acc_x, acc_y)) - self.mounting_pitch_deg
            share = 1.0 - exp(-dt_s / self._time_constant_s) if self._known else 1.0
            self._pitch_deg += share * wrapped_deg(seen_deg - self._pitch_deg)
            self._known = True
        self._pitch_deg = wrapped_deg(self._pitch_deg)

    def lose(self) -> None:
        """The sensor is lost: the angle is not known any more; the bias is kept."""
        self._known = False
        self.at_rest = False
        self._last_s = NEVER_S
        self._restart_rest()

    def tilt(self) -> Tilt:
        """The estimate after the last sample."""
        return Tilt(self._pitch_deg, self._rate_deg_s, self._known)

    def _watch_rest(self, t_s: float, gyr_z: float, *, quiet: bool) -> None:
        if self._rest_count == 0:
            self._rest_since_s = t_s
        if gyr_z < self._rest_low:  # noqa: PLR1730 - min() takes longer, at every tick
            self._rest_low = gyr_z
        if gyr_z > self._rest_high:  # noqa: PLR1730
            self._rest_high = gyr_z
        self._rest_total += gyr_z
        self._rest_count += 1
        if not quiet or self._rest_high - self._rest_low > self._rest_range_deg_s:
            self.at_rest = False
            self._restart_rest()
        elif t_s - self._rest_since_s >= self._rest_s:
            mean_deg_s = self._rest_total / self._rest_count
            self.at_rest = abs(mean_deg_s) <= self.settings.max_bias_deg_s
            if self.at_rest:
                share = LATER_REST_SHARE if self._bias_known else 1.0
                self.bias_deg_s += share * (mean_deg_s - self.bias_deg_s)
                self._bias_known = True
            self._restart_rest()

    def _restart_rest(self) -> None:
        self._rest_low = 1e9
        self._rest_high = -1e9
        self._rest_total = 0.0
        self._rest_count = 0


def wrapped_deg(angle_deg: float) -> float:
    """The same angle within -180 to 180 deg."""
    return (angle_deg + 180.0) % 360.0 - 180.0
