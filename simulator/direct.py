"""The simulated person behind the driver interfaces without any wires: the same person, the same sensor models.

Whoever moves the bench along advances the models; these read them out, stamped with the clock they are given.
"""

from math import nan

from config.schema import FsrSettings, ImuSettings, Side
from controller.signals import NEVER_S, Contact, DeviceStatus, Reading, StimulationCommand
from drivers.fsr import level_of
from drivers.interfaces import Clock
from simulator.bench_stimulator import Burst, Emit
from simulator.sensors import STANDARD_GRAVITY_M_S2, FsrModel, HeelModel, ImuModel, segment_axes
from simulator.trigger_output import TriggerOutput


class DirectHeelSwitch:
    """`drivers.interfaces.Sensor` on a heel model: 1 closed, 0 open.

    `supervised`: NaN while the changeover contact is in between, for `transit_s`, and while its wire does not conduct;
    a plain switch reads open then.
    """

    def __init__(self, model: HeelModel, clock: Clock, transit_s: float = 0.0, *, supervised: bool = False) -> None:
        self._model = model
        self._clock = clock
        self._transit_s = transit_s if supervised else 0.0
        self._supervised = supervised
        self._closed: bool | None = None
        self._changed_s = NEVER_S
        self._last_s: float | None = None

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading | None:
        """The contact now; None when the clock has not moved."""
        t_s = self._clock.now()
        if t_s == self._last_s:
            return None
        self._last_s = t_s
        closed = self._model.contact(t_s)
        if self._closed is not None and closed != self._closed:
            self._changed_s = t_s
        self._closed = closed
        connected = self._model.connected(t_s)
        if self._supervised and (not connected or t_s - self._changed_s < self._transit_s):
            return Reading(t_s, (nan,))
        return Reading(t_s, (1.0 if closed and connected else 0.0,))

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class DirectFsr:
    """`drivers.interfaces.Sensor` on an FSR model: the driver's own curve, not quantised."""

    def __init__(self, settings: FsrSettings, model: FsrModel, clock: Clock) -> None:
        self._settings = settings
        self._model = model
        self._clock = clock
        self._last_s: float | None = None

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading | None:
        """The level now, NaN with a broken or shorted cable; None when the clock has not moved."""
        t_s = self._clock.now()
        if t_s == self._last_s:
            return None
        self._last_s = t_s
        return Reading(t_s, (level_of(self._model.volts(), self._settings),))

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class DirectImu:
    """`drivers.interfaces.Sensor` on an IMU model: segment frame, clipped to the chip's range, not quantised."""

    def __init__(self, settings: ImuSettings, model: ImuModel, clock: Clock) -> None:
        self._axes = segment_axes(settings)
        self._model = model
        self._clock = clock
        self._acc_most = settings.acc_range_g * STANDARD_GRAVITY_M_S2
        self._gyr_most = float(settings.gyro_range_deg_s)
        self._last_s: float | None = None

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading | None:
        """The sample now; None when the clock has not moved."""
        t_s = self._clock.now()
        if t_s == self._last_s:
            return None
        self._last_s = t_s
        ax, ay, az, gx, gy, gz, _ = self._model.values
        a, g = self._acc_most, self._gyr_most
        acc, gyr = (ax, ay, az), (gx, gy, gz)
        if not (-a <= ax <= a and -a <= ay <= a and -a <= az <= a):
            acc = _clip(ax, a), _clip(ay, a), _clip(az, a)
        if not (-g <= gx <= g and -g <= gy <= g and -g <= gz <= g):
            gyr = _clip(gx, g), _clip(gy, g), _clip(gz, g)
        (x, forward), (y, up), (z, right) = self._axes
        return Reading(
            t_s, (forward * acc[x], up * acc[y], right * acc[z], forward * gyr[x], up * gyr[y], right * gyr[z])
        )

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class DirectStimulator:
    """`drivers.interfaces.Stimulator` for contact commands: the trigger device of the wired bench without its contact.

    Its knob, ramps, rate and time-out are its own. `advance` puts out the pulses that are due; whoever moves the bench
    along calls it. Its log: `on_times`, what it was told; `pulses`, how many went out.
    """

    def __init__(
        self,
        side: Side,
        channel: str,
        clock: Clock,
        emit: Emit,
        current_ma: float = 30.0,
        pulse_width_us: float = 300.0,
    ) -> None:
        self.on_times: list[Burst] = []
        self._clock = clock
        self._asked_since_s: float | None = None

        def pulse(_t_s: float, pulse_ma: float, width_us: float) -> None:
            emit(side, channel, pulse_ma, width_us)

        self._output = TriggerOutput(clock.now(), pulse, current_ma, pulse_width_us)
        self._is_open = False
        self._problem = ""

    @property
    def pulses(self) -> int:
        """How many pulses went out."""
        return self._output.pulses

    def open(self) -> None:
        """Switch on with the output off; an old problem is cleared."""
        self._is_open = True
        self._problem = ""

    def apply(self, command: StimulationCommand) -> None:
        """Set the contact. Never raises; pulses instead of a contact are refused and end the output."""
        if not self._is_open or self._problem:
            return
        if not isinstance(command, Contact):
            self.fail("trigger device: takes contact commands, got pulses")
        elif not command.stimulate:
            self.stop()
        elif self._asked_since_s is None:
            self._asked_since_s = self._clock.now()
            self._output.ask(self._asked_since_s, on=True)

    def advance(self, t_s: float) -> None:
        """Put out every pulse that is due by `t_s`, at the current of the device's own ramp."""
        self._output.advance(t_s)

    def status(self) -> DeviceStatus:
        """Empty `problem` while all is well."""
        return DeviceStatus(self._clock.now(), self._problem if self._is_open else "trigger device: not open")

    def stop(self) -> None:
        """Release the contact and log it; the device's own falling ramp follows."""
        if self._asked_since_s is not None:
            t_s = self._clock.now()
            self._output.ask(t_s, on=False)
            self.on_times.append(Burst(self._asked_since_s, t_s))
            self._asked_since_s = None

    def close(self) -> None:
        """Stop and switch off."""
        self.stop()
        self._is_open = False

    def fail(self, text: str) -> None:
        """The line to the device breaks now: `status` says `text` until it is opened again."""
        self.stop()
        self._problem = text


def _clip(value: float, most: float) -> float:
    if -most <= value <= most:
        return value
    return most if value > most else -most
