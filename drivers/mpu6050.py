"""The MPU-6050 accelerometer and gyroscope on I2C."""

import errno
from struct import Struct

from config.schema import ImuSettings
from controller.signals import NEVER_S, DeviceStatus, Reading
from drivers.axes import segment_axes
from drivers.background import Background, BackgroundThread, Job, run_now
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError, WrongDevice
from drivers.i2c import I2cBus
from drivers.interfaces import Clock
from drivers.mpu6050_registers import (
    ACC_LSB_PER_G,
    ACCEL_XOUT_H,
    DEVICE_RESET,
    GYRO_LSB_PER_DEG_S,
    IDENTITY,
    OTHER_CHIPS,
    PWR_MGMT_1,
    WHO_AM_I,
    registers,
)

GRAVITY_M_S2 = 9.80665

BURST = Struct(">7h")
"""Accelerometer x, y, z, temperature, gyroscope x, y, z: 14 registers that one read takes from one sample."""

TEMPERATURE_RAW = (-26020, 16480)
"""-40 and +85 °C, the chip's operating range, as (°C - 36.53)·340: outside of it a burst is garbage."""

TEMPERATURE_MOVES_RAW = 680
"""2 °C: the chip's temperature moves by less between two samples, and random bytes pass 2 % of the time [calc]."""

RATE_MOVES_DEG_S2, TICK_S = 80_000.0, 0.005
"""No axis of a worn gyroscope turns faster so soon, over a tick at least: the blow of a heel, 150 deg/s at 40 Hz, makes
half of it. Random bytes pass 5 % of the time in the range of 1000 deg/s [calc]."""

SOUND_IN_A_ROW = 3
"""After a sample that cannot be, or a recovery, so many have to pass before one is believed: random bytes never do."""

RESET_S = 0.1
"""Wait after a reset [K]."""

START_UP_S = 0.06
"""Wait after waking: the gyroscope starts in 30 to 60 ms [K]."""

RETRY_WITHIN_S = 0.002
"""A failed burst is read once more if this much has not passed since the poll began."""

LOST_S = 0.05
"""Without a good sample for this long the chip counts as lost."""

ATTEMPTS = 3
PAUSE_S = 0.02
"""How often, and with which pauses, setting up is tried before it is given up for now."""

RECOVERY_EVERY_S = 0.1
"""At least this long from the start of one recovery to the next."""


CHECK_EVERY_S = 0.2
"""One of the six registers is read back so often: a disturbance that changes a range is noticed within 1.2 s."""


class Mpu6050:
    """IMU sensor with a new sample in every tick: 1 kHz inside, one burst of 14 bytes a poll.

    The bus is handed in and stays open at `close`. A chip that is lost, frozen or was reset by a dip in its supply is
    asked, and if need be set up, again in the background; until that has succeeded `poll` leaves the bus alone.
    `frozen_s`: a sample that repeats for this long is a failure. `errors` and `recoveries` count since `open`.
    """

    def __init__(
        self,
        settings: ImuSettings,
        bus: I2cBus,
        clock: Clock,
        frozen_s: float = 0.1,
        background: Background | None = None,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._frozen_s = frozen_s
        self._background = background or BackgroundThread(clock)
        self._address = settings.i2c_address
        self._where = f"IMU {settings.id} at 0x{settings.i2c_address:02x} on I2C bus {settings.i2c_bus}"
        self._registers = registers(settings)
        acc = GRAVITY_M_S2 / ACC_LSB_PER_G[settings.acc_range_g]
        gyro = 1.0 / GYRO_LSB_PER_DEG_S[settings.gyro_range_deg_s]
        axes = segment_axes(settings.forward_axis, settings.up_axis)
        self._gyro_deg_s = gyro
        self._scale = tuple((a.axis, a.sign * acc) for a in axes) + tuple((a.axis + 4, a.sign * gyro) for a in axes)
        self._opened = False
        self._usable = False
        self._frozen = False
        self._reset = False
        self._trouble = "not open"
        self._good_s = self._changed_s = self._recover_s = 0.0
        self._last = b""
        self._before: tuple[int, ...] = ()
        self._before_s = 0.0
        self._doubted = self._checked = 0
        self._check_s = 0.0
        self.errors = 0
        self.recoveries = 0

    def open(self) -> None:
        """Identify, reset and set up the chip; waits about 0.2 s. Raises DriverError."""
        for attempt in range(ATTEMPTS):
            try:
                self._identify()
                run_now(self._set_up(), self._clock)
                break
            except OSError as error:
                if attempt == ATTEMPTS - 1:
                    raise self._open_error(error) from error
            self._clock.sleep_until(self._clock.now() + PAUSE_S)
        self._background.open()
        self._good_s = self._changed_s = self._recover_s = self._clock.now()
        self._last, self._frozen, self._reset = b"", False, False
        self._before, self._doubted = (), 0
        self._trouble = "no sample yet"
        self.errors = self.recoveries = 0
        self._opened = self._usable = True

    def poll(self) -> Reading | None:
        if not self._opened:
            return None
        t_s = self._clock.now()
        if not self._usable:
            self._ask_for_recovery(t_s)
            return None
        data = self._burst(t_s)
        if data is None:
            return None
        raw = BURST.unpack(data)
        one_value = data.count(data[0]) == len(data)
        if one_value or not self._could_be(t_s, raw):
            self._doubted = SOUND_IN_A_ROW
            self._reset = self._reset or t_s - self._good_s >= LOST_S
            self._bad(t_s, "it answers nonsense", at_once=one_value)
            return None
        if data != self._last:
            self._last, self._changed_s, self._frozen = data, t_s, False
        elif self._frozen or t_s - self._changed_s >= self._frozen_s:
            self._frozen = self._reset = True
            self._good_s = NEVER_S
            self._bad(t_s, "it repeats one sample", at_once=True)
            return None
        if self._doubted:
            self._doubted -= 1
            return None
        if t_s >= self._check_s and not self._is_as_set_up(t_s):
            return None
        self._good_s = t_s
        return Reading(t_s, tuple([raw[index] * factor for index, factor in self._scale]))

    def status(self) -> DeviceStatus:
        t_s = self._clock.now()
        if self._opened and t_s - self._good_s < LOST_S:
            return DeviceStatus(t_s)
        return DeviceStatus(t_s, f"{self._where} gives no good sample: {self._trouble}; check wires and supply")

    def close(self) -> None:
        self._opened = self._usable = False
        self._trouble = "closed"
        self._background.close()

    def _is_as_set_up(self, t_s: float) -> bool:
        """Whether the register that is due still reads as it was written; if not, the chip is set up again."""
        self._check_s = t_s + CHECK_EVERY_S
        self._checked = (self._checked + 1) % len(self._registers)
        try:
            wrong = self._wrong_register(self._registers[self._checked])
        except Exception as error:  # noqa: BLE001, poll never raises and smbus2 raises TypeError on a closed bus
            self._bad(t_s, _reason(error), at_once=getattr(error, "errno", None) == errno.ETIMEDOUT)
            return True
        if wrong is not None:
            self._reset = True
            self._bad(t_s, wrong, at_once=True)
        return wrong is None

    def _could_be(self, t_s: float, raw: tuple[int, ...]) -> bool:
        """Whether the sample is in the chip's range and follows from the one before, whether or not that was believed.

        After `open` and a recovery there is none before.
        """
        before, since_s = self._before, max(t_s - self._before_s, TICK_S)
        self._before, self._before_s = raw, t_s
        if not TEMPERATURE_RAW[0] <= raw[3] <= TEMPERATURE_RAW[1]:
            return False
        if not before:
            return True
        if abs(raw[3] - before[3]) > TEMPERATURE_MOVES_RAW:
            return False
        most = RATE_MOVES_DEG_S2 * since_s / self._gyro_deg_s
        return abs(raw[4] - before[4]) <= most and abs(raw[5] - before[5]) <= most and abs(raw[6] - before[6]) <= most

    def _burst(self, t_s: float) -> bytes | None:
        """14 bytes, with one more attempt while the retry budget lasts; None after an error."""
        for attempt in (1, 2):
            try:
                return self._read()
            except Exception as error:  # noqa: BLE001, poll never raises and smbus2 raises TypeError on a closed bus
                slow = getattr(error, "errno", None) == errno.ETIMEDOUT or self._clock.now() - t_s >= RETRY_WITHIN_S
                if attempt == 2 or slow:
                    self._bad(t_s, _reason(error), at_once=slow)
                    break
        return None

    def _read(self) -> bytes:
        data = bytes(self._bus.read_i2c_block_data(self._address, ACCEL_XOUT_H, BURST.size))
        if len(data) != BURST.size:
            raise OSError(errno.EIO, f"{len(data)} bytes came instead of {BURST.size}")
        return data

    def _bad(self, t_s: float, trouble: str, *, at_once: bool) -> None:
        """Count a failed read; leave the chip to recovery at once, or when it has gone on for too long."""
        self.errors += 1
        self._trouble = trouble
        if at_once or t_s - self._good_s >= LOST_S:
            self._usable = False
            self._ask_for_recovery(t_s)

    def _ask_for_recovery(self, t_s: float) -> None:
        if t_s >= self._recover_s and not self._background.busy():
            self._recover_s = t_s + RECOVERY_EVERY_S
            self.recoveries += 1
            self._background.start(self._recover())

    def _recover(self) -> Job:
        """Off the tick: see whether the chip still is as it was set up, else set it up. Never raises."""
        for _ in range(ATTEMPTS):
            try:
                self._identify()
                if self._reset or self._wrong_register() is not None:
                    yield from self._set_up()
            except Exception as error:  # noqa: BLE001, a job must not raise; smbus2 raises TypeError on a closed bus
                self._trouble = _reason(error)
            else:
                self._reset = False
                self._before, self._doubted = (), SOUND_IN_A_ROW
                self._changed_s = self._clock.now()
                self._usable = self._opened
                return
            yield self._clock.now() + PAUSE_S

    def _identify(self) -> None:
        identity = self._bus.read_byte_data(self._address, WHO_AM_I)
        if identity != IDENTITY:
            name = OTHER_CHIPS.get(identity, "another chip")
            raise WrongDevice(
                f"{self._where} is no MPU-6050 but {name} (WHO_AM_I 0x{identity:02x}): its filter and start-up differ; "
                "use a genuine MPU-6050, or correct i2c_address"
            )

    def _set_up(self) -> Job:
        """Reset, wake, configure, read everything back. Raises OSError or DeviceFailed."""
        self._bus.write_byte_data(self._address, PWR_MGMT_1, DEVICE_RESET)
        yield self._clock.now() + RESET_S
        for register, value in self._registers:
            self._bus.write_byte_data(self._address, register, value)
        yield self._clock.now() + START_UP_S
        wrong = self._wrong_register()
        if wrong is not None:
            raise DeviceFailed(f"{self._where} {wrong}: check its supply (3.3 V) and the length of its wires")

    def _wrong_register(self, *only: tuple[int, int]) -> str | None:
        for register, value in only or self._registers:
            seen = self._bus.read_byte_data(self._address, register)
            if seen != value:
                return f"register 0x{register:02x} reads 0x{seen:02x} instead of 0x{value:02x}"
        return None

    def _open_error(self, error: OSError) -> DriverError:
        if error.errno in (errno.EREMOTEIO, errno.ENXIO, errno.ENODEV):
            return DeviceAbsent(
                f"{self._where} does not answer: check SDA (GPIO 2), SCL (GPIO 3), 3.3 V and ground, and AD0 "
                "(low: 0x68, high: 0x69); `i2cdetect -y` shows what answers"
            )
        if error.errno == errno.EBUSY:
            return DeviceBusy(f"{self._where} is in use: end the other program, or unload the kernel's inv_mpu6050")
        return DeviceFailed(
            f"{self._where} fails: {_reason(error)}; check for a short circuit of SDA or SCL, power-cycle it"
        )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EREMOTEIO, errno.ENXIO, errno.ENODEV):
        return "it does not answer"
    if isinstance(error, OSError) and error.errno == errno.ETIMEDOUT:
        return "the bus is stuck"
    return str(error)
