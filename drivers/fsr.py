"""A force-sensing resistor under the heel: a divider with an end-of-line resistor, read by an ADS1115 on I2C.

Force from resistance: R ~ F^-0.8 (`physiology-and-devices.md` 5.10 [K]), so force goes with conductance^1.25.
"""

import errno
from math import isfinite, nan

from config.schema import FsrSettings
from controller.signals import DeviceStatus, Reading
from drivers.ads1115 import BUSY, CONFIG, CONVERSION, CONVERSION_S, config_of, volts_of
from drivers.background import Background, BackgroundThread, Job, run_now
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError, WrongDevice
from drivers.i2c import I2cBus
from drivers.interfaces import Clock

FORCE_EXPONENT = 1.25

OPEN_BELOW = 0.5
"""A path that conducts less than this share of the end-of-line resistor alone is a broken wire [A]."""

SHORT_OHM = 100.0
"""A path below this is a short circuit: no FSR gets there under a heel [A]."""

LOST_S = 0.05
"""Without a good sample for this long the chip counts as lost."""

CHECK_EVERY_S = 0.1
"""How often the config is read back: after a dip in its supply the converter stands still and says nothing."""

RECOVERY_EVERY_S = 0.1
"""At least this long from the start of one recovery to the next."""


def level_of(volts: float, settings: FsrSettings) -> float:
    """Share 0..1 of full load at `volts` on the divider; NaN with a broken wire or a short circuit."""
    share = volts / settings.supply_v
    if not isfinite(share) or share >= 1.0:
        return nan
    siemens = share / (settings.divider_ohm * (1.0 - share))
    end_of_line = 1.0 / settings.end_of_line_ohm
    if not OPEN_BELOW * end_of_line <= siemens <= 1.0 / SHORT_OHM:
        return nan
    loaded = max(0.0, siemens - end_of_line) * settings.full_load_ohm
    return 1.0 if loaded >= 1.0 else float(loaded**FORCE_EXPONENT)


class Fsr:
    """Sensor of heel load: one transaction a poll, one more every 0.1 s to see whether the converter still is set up.

    A reading's value is the level of `level_of`, unfiltered: the preload of the shoe and the pad's slow tail are in it.
    The bus is handed in and stays open at `close`. A converter that is lost or was reset by a dip in its supply is set
    up again in the background; until that has succeeded `poll` leaves the bus alone. `recoveries` counts since `open`.
    """

    def __init__(self, settings: FsrSettings, bus: I2cBus, clock: Clock, background: Background | None = None) -> None:
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._background = background or BackgroundThread(clock)
        self._address = settings.i2c_address
        self._where = f"FSR {settings.id} at 0x{settings.i2c_address:02x} on I2C bus {settings.i2c_bus}"
        self._config = config_of(settings.adc_input)
        self._opened = False
        self._usable = False
        self._trouble = "not open"
        self._good_s = self._check_s = self._recover_s = 0.0
        self.recoveries = 0

    def open(self) -> None:
        """Set the converter up; waits a few ms. Raises DriverError."""
        try:
            run_now(self._set_up(), self._clock)
        except OSError as error:
            raise self._open_error(error) from error
        if self._read_config() != self._config:
            raise WrongDevice(
                f"{self._where} does not keep its settings: it is no ADS1115, or its supply is weak; "
                "check 3.3 V, or correct i2c_address"
            )
        self._background.open()
        self._good_s = self._recover_s = self._clock.now()
        self._check_s = self._good_s + CHECK_EVERY_S
        self._trouble = "no sample yet"
        self.recoveries = 0
        self._opened = self._usable = True

    def poll(self) -> Reading | None:
        if not self._opened:
            return None
        t_s = self._clock.now()
        if not self._usable:
            self._ask_for_recovery(t_s)
            return None
        try:
            volts = volts_of(self._bus.read_i2c_block_data(self._address, CONVERSION, 2))
            if t_s >= self._check_s:
                self._check_s = t_s + CHECK_EVERY_S
                if self._read_config() != self._config:
                    self._bad(t_s, "it lost its settings", at_once=True)
                    return None
        except Exception as error:  # noqa: BLE001, poll never raises and smbus2 raises TypeError on a closed bus
            self._bad(t_s, _reason(error), at_once=getattr(error, "errno", None) == errno.ETIMEDOUT)
            return None
        self._good_s = t_s
        return Reading(t_s, (level_of(volts, self._settings),))

    def status(self) -> DeviceStatus:
        t_s = self._clock.now()
        if self._opened and t_s - self._good_s < LOST_S:
            return DeviceStatus(t_s)
        return DeviceStatus(t_s, f"{self._where} gives no good sample: {self._trouble}; check wires and supply")

    def close(self) -> None:
        self._opened = self._usable = False
        self._trouble = "closed"
        self._background.close()

    def _bad(self, t_s: float, trouble: str, *, at_once: bool) -> None:
        """Leave the converter to recovery at once, or when it has gone on for too long."""
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
        """Off the tick: set the converter up again. Never raises."""
        try:
            yield from self._set_up()
            self._usable = self._opened and self._read_config() == self._config
        except Exception as error:  # noqa: BLE001, a job must not raise; smbus2 raises TypeError on a closed bus
            self._trouble = _reason(error)

    def _set_up(self) -> Job:
        """Write the config and wait for the first conversion with it. Raises OSError."""
        self._bus.write_i2c_block_data(self._address, CONFIG, list(self._config.to_bytes(2, "big")))
        yield self._clock.now() + 2.0 * CONVERSION_S

    def _read_config(self) -> int:
        return int.from_bytes(bytes(self._bus.read_i2c_block_data(self._address, CONFIG, 2)), "big") & ~BUSY

    def _open_error(self, error: OSError) -> DriverError:
        if error.errno in (errno.EREMOTEIO, errno.ENXIO, errno.ENODEV):
            return DeviceAbsent(
                f"{self._where} does not answer: check SDA (GPIO 2), SCL (GPIO 3), 3.3 V and ground, and ADDR "
                "(ground: 0x48, 3.3 V: 0x49); `i2cdetect -y` shows what answers"
            )
        if error.errno == errno.EBUSY:
            return DeviceBusy(f"{self._where} is in use: end the other program, or unload the kernel's ti_ads1015")
        return DeviceFailed(
            f"{self._where} fails: {_reason(error)}; check for a short circuit of SDA or SCL, power-cycle it"
        )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EREMOTEIO, errno.ENXIO, errno.ENODEV):
        return "it does not answer"
    if isinstance(error, OSError) and error.errno == errno.ETIMEDOUT:
        return "the bus is stuck"
    return str(error)
