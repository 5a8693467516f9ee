"""A stimulator with a trigger input: a contact starts it; its current is set on the device and unknown here."""

from gpiozero import DigitalOutputDevice, Factory

from config.limits import HARD_MAX_BURST_S, TRIGGER_RAMP_S
from config.schema import TriggerSettings
from controller.signals import NEVER_S, Contact, DeviceStatus, StimulationCommand
from drivers.errors import DeviceFailed, DriverError, UnsafeSettings
from drivers.gpio import claim_output
from drivers.interfaces import Clock
from drivers.trigger_enable import DynamicEnable, Enable
from drivers.trigger_train import EdgeTrain

ROUNDING_S = 1e-6
"""Ticks do not add up exactly in floats."""

DROPPED_S = 0.05
"""Without an edge for so long the relay of an enable may have dropped: 50 to 100 ms."""


class Trigger:
    """Stimulator behind a contact. Never on at open, close, or after an error.

    Keeps a limit of its own, whatever the gate let through: no `apply` at or after HARD_MAX_BURST_S leaves the contact
    on, and with even ticks it ends one tick early rather than late. After the limit, `stop` or a wrong command, the
    command must be off once before the contact comes on again. A pin that fails stays off until the next `open`.

    With an `enable_pin` every `apply` makes one edge on it, unless something is wrong or must be released first. A
    relay that may have dropped in a burst or soon after, because nobody applied anything, stays so until the device's
    own ramp is over.
    `rate_hz`: edges a second in the mode "pulse_train". `enable`: who makes the edges; left out: the driver itself.
    """

    def __init__(
        self,
        settings: TriggerSettings,
        factory: Factory,
        clock: Clock,
        rate_hz: float = 40.0,
        enable: Enable | None = None,
    ) -> None:
        self._settings = settings
        self._factory = factory
        self._clock = clock
        self._output: DigitalOutputDevice | None = None
        self._enable = enable if settings.enable_pin is not None else None
        if settings.enable_pin is not None and enable is None:
            self._enable = DynamicEnable(settings.enable_pin, factory)
        self._train = EdgeTrain(rate_hz) if settings.mode == "pulse_train" else None
        self._failure = "trigger is not open"
        self._complaint = ""
        self._on_since_s: float | None = None
        self._applied_s = 0.0
        self._on_s = NEVER_S
        self._must_release = True
        self._forgiven_until_s = self._ramps_until_s = NEVER_S

    def open(self) -> None:
        """Claim the pin in the safe state. Raises UnsafeSettings, DeviceBusy, DeviceFailed."""
        pin, safe = self._settings.pin, self._settings.safe_contact
        name = f"stimulator {self._settings.id}"
        if safe != self._settings.contact_when_low:
            raise UnsafeSettings(
                f"{name}: a dead Pi leaves GPIO {pin} low and the contact {self._settings.contact_when_low}, but "
                f"safe_contact is {safe}: use the other kind of relay"
            )
        self._check_places(name)
        self._output = claim_output(self._factory, pin, name, on_when_high=True)
        if self._enable is not None:
            try:
                self._enable.open(name)
            except DriverError:
                self.close()
                raise
        self._failure = self._complaint = ""
        self._must_release = True
        self._on_since_s = None
        self._applied_s = self._clock.now()
        self._write(on=False)
        if self._failure:
            failure = self._failure
            self.close()
            raise DeviceFailed(f"{name}: {failure}")

    def apply(self, command: StimulationCommand) -> None:
        t_s = self._clock.now()
        dropped = t_s - self._applied_s >= DROPPED_S - ROUNDING_S
        on = self._may_be_on(command, t_s)
        if on:
            self._on_s = t_s
        elif dropped and self._applied_s - self._on_s < TRIGGER_RAMP_S:
            # The contact is on until the tick after its last.
            self._ramps_until_s = t_s + TRIGGER_RAMP_S
        self._write(on=on if self._train is None else self._train.level(t_s, on=on))
        self._prove_life(rests=t_s < self._ramps_until_s)
        self._applied_s = t_s

    def status(self) -> DeviceStatus:
        return DeviceStatus(self._clock.now(), self._failure or self._complaint)

    def stop(self) -> None:
        self._must_release = True
        self._forgiven_until_s = NEVER_S
        self._on_since_s = None
        self._write(on=False)
        self._prove_life()

    def close(self) -> None:
        self.stop()
        output, self._output = self._output, None
        self._failure = "trigger is closed"
        for device in (output, self._enable):
            try:
                if device is not None:
                    device.close()
            except Exception as error:  # noqa: BLE001, close never raises; lgpio.error derives from Exception itself
                self._failure = f"trigger is closed; releasing its pins failed: {error}"

    def _check_places(self, name: str) -> None:
        """Raises UnsafeSettings for a series contact whose opening would start the device."""
        if self._settings.safe_contact == "closed" and self._settings.enable_contact == "series":
            raise UnsafeSettings(
                f"{name}: it stimulates on an open contact, so enable_contact must not be in series: "
                "put it into the electrode path"
            )

    def _prove_life(self, *, rests: bool = False) -> None:
        """One edge for the charge pump, or none while anything is wrong; what fails is a failure of the trigger."""
        if self._enable is None:
            return
        try:
            wrong = self._enable.rest() if self._failure or self._must_release or rests else self._enable.beat()
        except Exception as error:  # noqa: BLE001, apply never raises; lgpio.error derives from Exception itself
            wrong = (
                f"GPIO {self._settings.enable_pin} (enable) cannot be driven: {error}; check its wiring, then restart"
            )
        if wrong:
            self._fail(wrong)

    def _may_be_on(self, command: StimulationCommand, t_s: float) -> bool:
        if not isinstance(command, Contact):
            self._must_release = True
            self._complaint = "a trigger device takes no pulses: give the channel another stimulator"
            self._on_since_s = None
            return False
        if command.stimulate is not True:
            self._must_release = False
            self._complaint = ""
            self._on_since_s = None
            return False
        if self._must_release or self._failure:
            if t_s >= self._forgiven_until_s and not self._complaint:
                self._complaint = (
                    "stimulation is asked for without a pause after a stop or the longest burst: "
                    "disarm and arm; if that does not end it, keep the recording and report it"
                )
            return False
        if self._on_since_s is None:
            self._on_since_s = t_s
        # A tick as long as the last one must still fit.
        elif t_s - self._on_since_s + (t_s - self._applied_s) >= HARD_MAX_BURST_S - ROUNDING_S:
            self._forgiven_until_s = self._on_since_s + HARD_MAX_BURST_S
            self._on_since_s = None
            self._must_release = True
            return False
        return True

    def _write(self, *, on: bool) -> None:
        """Drive the pin and read it back. After a failure only off is tried, again and again."""
        if self._output is None:
            return
        pin = self._settings.pin
        try:
            self._output.value = on
            seen = bool(self._output.value)
        except Exception as error:  # noqa: BLE001, apply never raises; lgpio.error derives from Exception itself
            self._fail(f"GPIO {pin} cannot be driven: {error}; check the trigger's wiring, then restart")
            return
        if seen != on:
            self._fail(
                f"GPIO {pin} is {'high' if seen else 'low'} against its command: a short circuit? check, restart"
            )

    def _fail(self, failure: str) -> None:
        first = not self._failure
        self._failure = self._failure or failure
        self._must_release = True
        self._on_since_s = None
        if first:
            self._write(on=False)
