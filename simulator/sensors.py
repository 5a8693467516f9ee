"""What real sensors make of the truth: a heel contact that bounces, an inertial sensor with a data sheet's errors.

Source: `physiology-and-devices.md` 5.10 and `sensors-and-pi.md`. The same models feed the wired and the direct bench.
"""

from math import cos, exp, radians, sin, sqrt
from random import Random

from config.schema import ImuSettings

STANDARD_GRAVITY_M_S2 = 9.80665

_CLOSES_N = 30.0
_SLIDING = 0.3
_BOUNCE_S = (0.001, 0.008)
_CLOSING_EDGES = (1, 3, 5)
_OPENING_EDGES = (1, 1, 3)

_DLPF_DELAY_S = (0.00098, 0.0019, 0.0028, 0.0048, 0.0083, 0.0134, 0.0186)
_GYRO_BANDWIDTH_HZ = (256.0, 188.0, 98.0, 42.0, 20.0, 10.0, 5.0)
_ACC_BANDWIDTH_HZ = (260.0, 184.0, 94.0, 44.0, 21.0, 10.0, 5.0)
_NOISE_BANDWIDTH = 1.57
"""Noise bandwidth of a first-order low-pass, in its corner frequencies."""

_GYRO_NOISE = 0.005
_ACC_NOISE_G = 400e-6
_GYRO_BIAS_SD, _GYRO_BIAS_MAX = 5.0, 20.0
_ACC_BIAS_SD_G, _ACC_BIAS_MAX_G = 0.02, (0.05, 0.05, 0.08)
_SCALE_SD, _SCALE_MAX = 0.01, 0.03
_MOUNTING_SD_DEG, _MOUNTING_MAX_DEG = 3.0, 8.0
_GYRO_DRIFT_PER_C = 0.3
_COLD_C, _WARMING_C, _WARMING_S = 28.0, 4.0, 400.0

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


class HeelModel:
    """A heel switch: closes above a force, opens 10 to 20 N lower, and bounces.

    It closes at 30 N, ±30 % from step to step because the foot slides in the shoe. Closing makes 1 to 5 edges within
    1 to 8 ms, opening 1 to 3 [K]. Deterministic for a seed.
    """

    def __init__(self, seed: str) -> None:
        self._random = Random(f"{seed} heel")
        self._loaded = False
        self._before = False
        self._edges: list[tuple[float, bool]] = []
        self._last: tuple[float, float] | None = None
        self._threshold_n = self._draw_threshold()

    def advance(self, t_s: float, force_n: float) -> None:
        """The force (N) under the heel at `t_s`; times do not run backwards."""
        if (force_n > self._threshold_n) != self._loaded:
            crossing_s = self._crossing_s(t_s, force_n)
            self._before = self._last is not None and self.closed(crossing_s)
            self._loaded = not self._loaded
            self._edges = self._bounce(crossing_s) if self._last is not None else [(t_s, self._loaded)]
            self._threshold_n = self._draw_threshold()
        self._last = (t_s, force_n)

    def closed(self, t_s: float) -> bool:
        """Whether the contact is closed at `t_s`, no earlier than the last time the force was told."""
        state = self._before
        for edge_s, closed in self._edges:
            if edge_s <= t_s:
                state = closed
        return state

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


class ImuModel:
    """An MPU-6050 up to its registers: mounting, scale, bias, warming up, low-pass, noise. Deterministic for a seed.

    `values` are acc x, y, z (m/s²), gyr x, y, z (deg/s) and temperature (°C) along the chip's own axes; range and
    resolution are the business of who reads them out. Errors are drawn within the data sheet's limits [V].
    """

    def __init__(self, settings: ImuSettings, seed: str) -> None:
        self._random = Random(f"{seed} imu {settings.id}")
        tilted = self._mounting(settings.mounting_pitch_deg)
        self._acc_rows = self._scaled(_chip_rows(settings, tilted))
        self._gyr_rows = self._scaled(_chip_rows(settings, tilted))
        self._bias = (
            *(self._draw(_ACC_BIAS_SD_G, most) * STANDARD_GRAVITY_M_S2 for most in _ACC_BIAS_MAX_G),
            *(self._draw(_GYRO_BIAS_SD, _GYRO_BIAS_MAX - _GYRO_DRIFT_PER_C * _WARMING_C) for _ in range(3)),
        )
        self._delay_s = _DLPF_DELAY_S[settings.dlpf]
        acc_rms = _ACC_NOISE_G * STANDARD_GRAVITY_M_S2 * sqrt(_NOISE_BANDWIDTH * _ACC_BANDWIDTH_HZ[settings.dlpf])
        gyr_rms = _GYRO_NOISE * sqrt(_NOISE_BANDWIDTH * _GYRO_BANDWIDTH_HZ[settings.dlpf])
        self._noise_rms = (acc_rms, acc_rms, acc_rms, gyr_rms, gyr_rms, gyr_rms)
        self._first_s: float | None = None
        self._last_s: float | None = None
        self._filtered: tuple[float, ...] = ()
        self.values: tuple[float, ...] = (0.0,) * 7

    def advance(self, t_s: float, true_values: tuple[float, ...]) -> None:
        """True values at `t_s` in the segment frame: acc (m/s²), then gyr (deg/s). A repeated `t_s` is ignored."""
        if self._last_s is not None and t_s <= self._last_s:
            return
        ax, ay, az, gx, gy, gz = true_values
        self._first_s = t_s if self._first_s is None else self._first_s
        warmed = _WARMING_C * (1.0 - exp((self._first_s - t_s) / _WARMING_S))
        drift = _GYRO_DRIFT_PER_C * warmed
        b = self._bias
        acc, gyr = self._acc_rows, self._gyr_rows
        shown = (
            acc[0][0] * ax + acc[0][1] * ay + acc[0][2] * az + b[0],
            acc[1][0] * ax + acc[1][1] * ay + acc[1][2] * az + b[1],
            acc[2][0] * ax + acc[2][1] * ay + acc[2][2] * az + b[2],
            gyr[0][0] * gx + gyr[0][1] * gy + gyr[0][2] * gz + b[3] + drift,
            gyr[1][0] * gx + gyr[1][1] * gy + gyr[1][2] * gz + b[4] + drift,
            gyr[2][0] * gx + gyr[2][1] * gy + gyr[2][2] * gz + b[5] + drift,
        )
        if self._last_s is None:
            self._filtered = shown
        else:
            gain = 1.0 - exp((self._last_s - t_s) / self._delay_s)
            self._filtered = tuple([old + gain * (new - old) for old, new in zip(self._filtered, shown, strict=True)])
        self._last_s = t_s
        gauss = self._random.gauss
        noisy = [value + gauss(0.0, rms) for value, rms in zip(self._filtered, self._noise_rms, strict=True)]
        self.values = (*noisy, _COLD_C + warmed)

    def _draw(self, sd: float, most: float) -> float:
        return min(most, max(-most, self._random.gauss(0.0, sd)))

    def _scaled(self, rows: Matrix) -> Matrix:
        first, second, third = ((1.0 + self._draw(_SCALE_SD, _SCALE_MAX), row) for row in rows)
        return _times(*first), _times(*second), _times(*third)

    def _mounting(self, pitch_deg: float) -> Matrix:
        """Rows turn segment values into those of the strapped-on sensor: its pitch, small errors about each axis."""
        roll, yaw, error = (radians(self._draw(_MOUNTING_SD_DEG, _MOUNTING_MAX_DEG)) for _ in range(3))
        pitch = radians(pitch_deg) + error
        about_z = ((cos(pitch), sin(pitch), 0.0), (-sin(pitch), cos(pitch), 0.0), (0.0, 0.0, 1.0))
        about_y = ((cos(yaw), 0.0, -sin(yaw)), (0.0, 1.0, 0.0), (sin(yaw), 0.0, cos(yaw)))
        about_x = ((1.0, 0.0, 0.0), (0.0, cos(roll), sin(roll)), (0.0, -sin(roll), cos(roll)))
        return _product(about_x, _product(about_y, about_z))


def to_segment_frame(settings: ImuSettings, chip: Vector) -> Vector:
    """Values along the chip's axes as seen in the segment frame: x forward, y up, z right."""
    forward, up, right = _axes(settings)
    return _dot(forward, chip), _dot(up, chip), _dot(right, chip)


def _axes(settings: ImuSettings) -> Matrix:
    """Forward, up and right of the segment as directions on the chip; right is forward × up."""
    f, u = _direction(settings.forward_axis), _direction(settings.up_axis)
    right = (f[1] * u[2] - f[2] * u[1], f[2] * u[0] - f[0] * u[2], f[0] * u[1] - f[1] * u[0])
    return f, u, right


def _chip_rows(settings: ImuSettings, tilted: Matrix) -> Matrix:
    forward, up, right = _axes(settings)
    to_chip = (
        (forward[0], up[0], right[0]),
        (forward[1], up[1], right[1]),
        (forward[2], up[2], right[2]),
    )
    return _product(to_chip, tilted)


def _direction(axis: str) -> Vector:
    size = -1.0 if axis[0] == "-" else 1.0
    return (size if axis[1] == "x" else 0.0, size if axis[1] == "y" else 0.0, size if axis[1] == "z" else 0.0)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _times(factor: float, row: Vector) -> Vector:
    return factor * row[0], factor * row[1], factor * row[2]


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = ((b[0][0], b[1][0], b[2][0]), (b[0][1], b[1][1], b[2][1]), (b[0][2], b[1][2], b[2][2]))
    first, second, third = ((_dot(row, columns[0]), _dot(row, columns[1]), _dot(row, columns[2])) for row in a)
    return first, second, third
