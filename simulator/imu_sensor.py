"""An MPU-6050 with its data sheet's errors, strapped to a leg that is not stiff.

Source: `physiology-and-devices.md` 5.10 (InvenSense PS-MPU-6000A-00 r3.4 [found]) and `sensors-and-pi.md`.
"""

from collections.abc import Iterator
from math import cos, exp, inf, radians, sin, sqrt
from random import Random

import numpy as np

from config.schema import ImuSettings
from simulator.soft_tissue import SoftTissue

STANDARD_GRAVITY_M_S2 = 9.80665

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
_CROSS_AXIS_MAX = 0.02
_G_SENSITIVITY_MAX = 0.1 / STANDARD_GRAVITY_M_S2
_NONLINEARITY_MAX = 0.002
_GYRO_DRIFT_PER_C = 0.3
_ACC_DRIFT_MAX_G_PER_C = (0.035 / 70.0, 0.035 / 70.0, 0.060 / 70.0)
_COLD_C, _WARMING_C, _WARMING_S = 28.0, 4.0, 400.0
_WALK = (0.003, 0.010)
_WALK_EVERY_S = 0.5
"""The zero rate walks by 0.003 to 0.010 deg/s/√s [K], in steps so far apart: far below the noise of one sample."""

_NOISE_BLOCK = 128

_SAMPLE_S, _CLOCK_ERROR = 0.001, 0.01
"""The chip samples at 1 kHz by its own clock, 1 % off at most [M]: what is read out is up to a sample old."""

_MOUNTING_SD_DEG, _MOUNTING_MAX_DEG = 3.0, 8.0
"""What is left about each axis once `mounting_pitch_deg` is set [K]. 5.10 has N(0, 8 deg) for any strapping: with 8 and
at most 16 as many bursts came and were missed (drag, stroke, seeds 1000 to 1009, 1 min each, IMU alone) [M]."""

_SLIP_DEG = (5.0, 20.0)

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
Six = tuple[float, float, float, float, float, float]

_MIRROR: Matrix = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))


class ImuModel:
    """An MPU-6050 on a strap, up to its registers. Deterministic for a seed.

    Soft tissue, mounting, scale, cross-axis, nonlinearity, zero offsets and their walk, acceleration seen by the
    gyroscope, temperature, low-pass, noise and a sampling clock of its own, drawn within the data sheet's limits [V].
    `values` are acc x, y, z (m/s²), gyr x, y, z (deg/s) and temperature (°C) along the chip's own axes; range and
    resolution are the business of who reads them out.

    slips_per_hour: how often the strap slips of itself; 0 never. `slips` lists when (s) it did, and by what pitch and
    turn (deg). rigid: no soft tissue. jitters: False samples just when it is read out. ambient_c: set it and the chip
    follows within minutes.
    """

    def __init__(
        self,
        settings: ImuSettings,
        seed: str,
        slips_per_hour: float = 0.0,
        *,
        rigid: bool = False,
        jitters: bool = True,
    ) -> None:
        self.values: tuple[float, ...] = (0.0,) * 7
        self.slips: list[tuple[float, float, float]] = []
        self.ambient_c = _COLD_C
        self._random = Random(f"{seed} imu {settings.id}")
        self._to_chip = _chip_rows(settings)
        self._strap = self._mounting(settings.mounting_pitch_deg)
        self._acc_errors, self._gyr_errors = self._scale_and_cross_axis(), self._scale_and_cross_axis()
        self._bias = [
            *(self._draw(_ACC_BIAS_SD_G, most) * STANDARD_GRAVITY_M_S2 for most in _ACC_BIAS_MAX_G),
            *(self._draw(_GYRO_BIAS_SD, _GYRO_BIAS_MAX - _GYRO_DRIFT_PER_C * _WARMING_C) for _ in range(3)),
        ]
        within = self._random.uniform
        acc_drift = (within(-1.0, 1.0) * most * STANDARD_GRAVITY_M_S2 for most in _ACC_DRIFT_MAX_G_PER_C)
        self._per_c = (*acc_drift, *(_GYRO_DRIFT_PER_C,) * 3)
        self._bend = [within(-1.0, 1.0) * _NONLINEARITY_MAX / settings.gyro_range_deg_s for _ in range(3)]
        self._pull = [within(-1.0, 1.0) * _G_SENSITIVITY_MAX for _ in range(3)]
        self._walk = [within(*_WALK) for _ in range(3)]
        self._flesh = None if rigid else SoftTissue(self._random, 3)
        self._slips_random = Random(f"{seed} imu {settings.id} slips")
        self._slips_per_s = slips_per_hour / 3600.0
        self._slip_s = inf
        self._delay_s = _DLPF_DELAY_S[settings.dlpf]
        acc_rms = _ACC_NOISE_G * STANDARD_GRAVITY_M_S2 * sqrt(_NOISE_BANDWIDTH * _ACC_BANDWIDTH_HZ[settings.dlpf])
        gyr_rms = _GYRO_NOISE * sqrt(_NOISE_BANDWIDTH * _GYRO_BANDWIDTH_HZ[settings.dlpf])
        self._noise = _white_noise(f"{seed} imu {settings.id} noise", (*(acc_rms,) * 3, *(gyr_rms,) * 3))
        clock = Random(f"{seed} imu {settings.id} clock")
        self._period_s = _SAMPLE_S * (1.0 + clock.uniform(-_CLOCK_ERROR, _CLOCK_ERROR)) if jitters else 0.0
        self._first_s = clock.uniform(0.0, _SAMPLE_S)
        self._temperature_c = self.ambient_c
        self._unwalked_s = 0.0
        self._dt = 0.0
        self._gains = (0.0, 0.0)
        self._last_s: float | None = None
        self._filtered: Six = (0.0,) * 6
        self._tighten()

    def advance(self, t_s: float, true_values: tuple[float, ...]) -> None:
        """True values at `t_s` in the segment frame: acc (m/s²), then gyr (deg/s). A repeated `t_s` is ignored."""
        last_s = self._last_s
        if last_s is not None and t_s <= last_s:
            return
        self._last_s = t_s
        dt = 0.0 if last_s is None else t_s - last_s
        self._grow_old(t_s, dt)
        shown = self._shown(dt, true_values)
        if last_s is None:
            self._filtered = sampled = shown
        else:
            before = self._filtered
            self._filtered = sampled = _towards(before, shown, self._gains[0])
            if self._period_s > 0.0:
                age_s = (t_s - self._first_s) % self._period_s
                if age_s >= dt:
                    return
                sampled = _towards(before, sampled, 1.0 - age_s / dt)
        ax, ay, az, gx, gy, gz = sampled
        u, v, w, x, y, z = next(self._noise)
        self.values = (ax + u, ay + v, az + w, gx + x, gy + y, gz + z, self._temperature_c)

    def slip(self, pitch_deg: float, turn_deg: float = 0.0) -> None:
        """The strap slips now: the sensor leans forward by `pitch_deg` and turns about the segment by `turn_deg`."""
        self._strap = _product(self._strap, _product(_pitched(radians(pitch_deg)), _turned(radians(turn_deg))))
        self._tighten()

    def mirror(self) -> None:
        """Turn the sensor back to front, as on the wrong leg: x and z change sign (2 of 20 people [found])."""
        self._strap = _product(self._strap, _MIRROR)
        self._tighten()

    def _shown(self, dt: float, true_values: tuple[float, ...]) -> Six:
        ax, ay, az, gx, gy, gz = true_values
        if self._flesh is not None:
            ax, ay, gz = self._flesh.add(dt, (ax, ay, gz))
        (a, b, c), (d, e, f), (g, h, i) = self._acc_rows
        fx, fy, fz = a * ax + b * ay + c * az, d * ax + e * ay + f * az, g * ax + h * ay + i * az
        (a, b, c), (d, e, f), (g, h, i) = self._gyr_rows
        rx, ry, rz = a * gx + b * gy + c * gz, d * gx + e * gy + f * gz, g * gx + h * gy + i * gz
        zero, per_c, bend, pull = self._bias, self._per_c, self._bend, self._pull
        warm = self._temperature_c - _COLD_C
        return (
            fx + zero[0] + per_c[0] * warm,
            fy + zero[1] + per_c[1] * warm,
            fz + zero[2] + per_c[2] * warm,
            rx * (1.0 + bend[0] * abs(rx)) + pull[0] * fx + zero[3] + per_c[3] * warm,
            ry * (1.0 + bend[1] * abs(ry)) + pull[1] * fy + zero[4] + per_c[4] * warm,
            rz * (1.0 + bend[2] * abs(rz)) + pull[2] * fz + zero[5] + per_c[5] * warm,
        )

    def _grow_old(self, t_s: float, dt: float) -> None:
        """Warm up, let the zero rates walk, and let the strap slip if it does."""
        if dt <= 0.0:
            self._temperature_c = self.ambient_c
            if self._slips_per_s > 0.0:
                self._slip_s = t_s + self._slips_random.expovariate(self._slips_per_s)
            return
        if abs(dt - self._dt) > 1e-6:
            self._dt = dt
            self._gains = (1.0 - exp(-dt / self._delay_s), 1.0 - exp(-dt / _WARMING_S))
        self._temperature_c += self._gains[1] * (self.ambient_c + _WARMING_C - self._temperature_c)
        self._unwalked_s += dt
        if self._unwalked_s >= _WALK_EVERY_S:
            root = sqrt(self._unwalked_s)
            for axis in range(3):
                self._bias[3 + axis] += self._random.gauss(0.0, self._walk[axis] * root)
            self._unwalked_s = 0.0
        while t_s >= self._slip_s:
            self._slip_of_itself()

    def _slip_of_itself(self) -> None:
        draw = self._slips_random
        angle = draw.choice((-1.0, 1.0)) * draw.uniform(*_SLIP_DEG)
        pitch, turn = (angle, 0.0) if draw.random() < 0.5 else (0.0, angle)
        self.slip(pitch, turn)
        self.slips.append((self._slip_s, pitch, turn))
        self._slip_s += draw.expovariate(self._slips_per_s)

    def _draw(self, sd: float, most: float) -> float:
        return min(most, max(-most, self._random.gauss(0.0, sd)))

    def _scale_and_cross_axis(self) -> Matrix:
        def row(own: int) -> Vector:
            x, y, z = (
                1.0 + self._draw(_SCALE_SD, _SCALE_MAX)
                if axis == own
                else self._random.uniform(-_CROSS_AXIS_MAX, _CROSS_AXIS_MAX)
                for axis in range(3)
            )
            return x, y, z

        return row(0), row(1), row(2)

    def _mounting(self, pitch_deg: float) -> Matrix:
        """Rows turn segment values into those of the strapped-on sensor: its pitch, small errors about each axis."""
        roll, yaw, error = (radians(self._draw(_MOUNTING_SD_DEG, _MOUNTING_MAX_DEG)) for _ in range(3))
        about_x = ((1.0, 0.0, 0.0), (0.0, cos(roll), sin(roll)), (0.0, -sin(roll), cos(roll)))
        return _product(about_x, _product(_turned(yaw), _pitched(radians(pitch_deg) + error)))

    def _tighten(self) -> None:
        along_chip = _product(self._to_chip, self._strap)
        self._acc_rows = _product(self._acc_errors, along_chip)
        self._gyr_rows = _product(self._gyr_errors, along_chip)


def segment_axes(settings: ImuSettings) -> tuple[tuple[int, float], ...]:
    """For x forward, y up and z right of the segment: the number of the chip's axis that lies along it, and its sign.

    So the value forward is `sign * chip[number]` for the first of them, and so on.
    """
    return tuple((i, value) for axis in _axes(settings) for i, value in enumerate(axis) if value != 0.0)


def to_segment_frame(settings: ImuSettings, chip: Vector) -> Vector:
    """Values along the chip's axes as seen in the segment frame: x forward, y up, z right."""
    (x, forward), (y, up), (z, right) = segment_axes(settings)
    return forward * chip[x], up * chip[y], right * chip[z]


def _white_noise(seed: str, rms: Six) -> Iterator[list[float]]:
    """Six independent values of N(0, rms) at a time, drawn by the block: one by one takes longer than all the rest."""
    draw = np.random.default_rng(Random(seed).getrandbits(64))
    while True:
        yield from (draw.standard_normal((_NOISE_BLOCK, 6)) * rms).tolist()


def _towards(old: Six, new: Six, gain: float) -> Six:
    a, b, c, d, e, f = old
    u, v, w, x, y, z = new
    return (
        a + gain * (u - a),
        b + gain * (v - b),
        c + gain * (w - c),
        d + gain * (x - d),
        e + gain * (y - e),
        f + gain * (z - f),
    )


def _axes(settings: ImuSettings) -> Matrix:
    """Forward, up and right of the segment as directions on the chip; right is forward × up."""
    f, u = _direction(settings.forward_axis), _direction(settings.up_axis)
    right = (f[1] * u[2] - f[2] * u[1], f[2] * u[0] - f[0] * u[2], f[0] * u[1] - f[1] * u[0])
    return f, u, right


def _chip_rows(settings: ImuSettings) -> Matrix:
    f, u, r = _axes(settings)
    return (f[0], u[0], r[0]), (f[1], u[1], r[1]), (f[2], u[2], r[2])


def _direction(axis: str) -> Vector:
    size = -1.0 if axis[0] == "-" else 1.0
    return (size if axis[1] == "x" else 0.0, size if axis[1] == "y" else 0.0, size if axis[1] == "z" else 0.0)


def _pitched(angle: float) -> Matrix:
    return (cos(angle), sin(angle), 0.0), (-sin(angle), cos(angle), 0.0), (0.0, 0.0, 1.0)


def _turned(angle: float) -> Matrix:
    return (cos(angle), 0.0, -sin(angle)), (0.0, 1.0, 0.0), (sin(angle), 0.0, cos(angle))


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = ((b[0][0], b[1][0], b[2][0]), (b[0][1], b[1][1], b[2][1]), (b[0][2], b[1][2], b[2][2]))
    first, second, third = ((_dot(row, columns[0]), _dot(row, columns[1]), _dot(row, columns[2])) for row in a)
    return first, second, third
