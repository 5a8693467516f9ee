"""The simulated person behind the driver interfaces without any wires: the same person, the same sensor models.

Whoever moves the bench along advances the models; these read them out, stamped with the clock they are given.
"""

from config.schema import ImuSettings, Side
from controller.signals import Contact, DeviceStatus, Reading, StimulationCommand
from drivers.interfaces import Clock
from simulator.bench_stimulator import Burst, Emit
from simulator.sensors import STANDARD_GRAVITY_M_S2, HeelModel, ImuModel, to_segment_frame
from simulator.wired.trigger import FALL_S, RATE_HZ, RISE_S, TIME_OUT_S

_SILENT = 1e-9
"""What rounding leaves of a ramp that has ended."""


class DirectHeelSwitch:
    """`drivers.interfaces.Sensor` on a heel model: 1 closed, 0 open."""

    def __init__(self, model: HeelModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        self._last_s: float | None = None

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading | None:
        """The contact now; None when the clock has not moved."""
        t_s = self._clock.now()
        if t_s == self._last_s:
            return None
        self._last_s = t_s
        return Reading(t_s, (1.0 if self._model.closed(t_s) else 0.0,))

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class DirectImu:
    """`drivers.interfaces.Sensor` on an IMU model: segment frame, clipped to the chip's range, not quantised."""

    def __init__(self, settings: ImuSettings, model: ImuModel, clock: Clock) -> None:
        self._settings = settings
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
        acc = to_segment_frame(self._settings, (_clip(ax, a), _clip(ay, a), _clip(az, a)))
        gyr = to_segment_frame(self._settings, (_clip(gx, g), _clip(gy, g), _clip(gz, g)))
        return Reading(t_s, (*acc, *gyr))

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class DirectStimulator:
    """`drivers.interfaces.Stimulator` for contact commands: the trigger device of the wired bench without its contact.

    Its knob, ramps, rate and time-out are its own. `advance` puts out the pulses that are due; whoever moves the bench
    along calls it. `on_times` is its log of what it was told.
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
        self.pulses = 0
        self._side: Side = side
        self._channel = channel
        self._clock = clock
        self._emit = emit
        self._current_ma = current_ma
        self._pulse_width_us = pulse_width_us
        self._asked_since_s: float | None = None
        self._next_pulse_s: float | None = None
        self._level = 0.0
        self._level_s = clock.now()
        self._is_open = False
        self._problem = ""

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
            t_s = self._clock.now()
            self.advance(t_s)
            self._asked_since_s = t_s
            self._next_pulse_s = t_s if self._next_pulse_s is None else self._next_pulse_s

    def advance(self, t_s: float) -> None:
        """Put out every pulse that is due by `t_s`, at the current of the device's own ramp."""
        while self._next_pulse_s is not None and self._next_pulse_s <= t_s:
            due_s = self._next_pulse_s
            self._ramp_to(due_s)
            self._next_pulse_s = due_s + 1.0 / RATE_HZ
            if self._level > _SILENT:
                self.pulses += 1
                self._emit(self._side, self._channel, self._level * self._current_ma, self._pulse_width_us)
            elif self._asked_since_s is None or due_s >= self._asked_since_s + TIME_OUT_S:
                self._next_pulse_s = None
        self._ramp_to(t_s)

    def status(self) -> DeviceStatus:
        """Empty `problem` while all is well."""
        return DeviceStatus(self._clock.now(), self._problem if self._is_open else "trigger device: not open")

    def stop(self) -> None:
        """Release the contact and log it; the device's own falling ramp follows."""
        if self._asked_since_s is not None:
            t_s = self._clock.now()
            self.advance(t_s)
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

    def _ramp_to(self, t_s: float) -> None:
        asked_s = self._asked_since_s
        up_until_s = self._level_s if asked_s is None else min(t_s, max(self._level_s, asked_s + TIME_OUT_S))
        level = min(1.0, self._level + (up_until_s - self._level_s) / RISE_S)
        self._level = max(0.0, level - (t_s - up_until_s) / FALL_S)
        self._level_s = t_s


def _clip(value: float, most: float) -> float:
    return min(most, max(-most, value))
