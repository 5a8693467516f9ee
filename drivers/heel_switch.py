"""A heel switch: one contact on a pin, or a changeover contact on two pins (supervised wiring)."""

from math import nan

from gpiozero import Factory, InputDevice

from config.schema import HeelSwitchSettings
from controller.signals import DeviceStatus, Reading
from drivers.gpio import claim_input, level
from drivers.interfaces import Clock


class HeelSwitch:
    """Sensor of heel contact, polled; debouncing is the controller's, so no edge is lost here.

    A reading's value is 1.0 (loaded), 0.0 (unloaded), or NaN when supervised wiring contradicts itself: both contacts
    closed, or neither, as with a broken wire.
    """

    def __init__(self, settings: HeelSwitchSettings, factory: Factory, clock: Clock) -> None:
        self._settings = settings
        self._factory = factory
        self._clock = clock
        self._active = settings.active_level == "high"
        self._loaded: InputDevice | None = None
        self._unloaded: InputDevice | None = None
        self._problem = "heel switch is not open"

    def open(self) -> None:
        settings = self._settings
        try:
            self._loaded = claim_input(self._factory, settings.pin, settings.pull, f"{settings.id}, loaded contact")
            if settings.wiring == "supervised" and settings.pin_unloaded is not None:
                use = f"{settings.id}, unloaded contact"
                self._unloaded = claim_input(self._factory, settings.pin_unloaded, settings.pull, use)
        except BaseException:
            self.close()
            raise
        self._problem = ""

    def poll(self) -> Reading | None:
        if self._loaded is None:
            return None
        t_s = self._clock.now()
        try:
            loaded = level(self._loaded) == self._active
            unloaded = not loaded if self._unloaded is None else level(self._unloaded) == self._active
        except Exception as error:  # noqa: BLE001, poll never raises and lgpio.error derives from Exception itself
            self._problem = f"GPIO {self._settings.pin} ({self._settings.id}) cannot be read: {error}; restart"
            return None
        self._problem = ""
        if loaded == unloaded:
            return Reading(t_s, (nan,))
        return Reading(t_s, (1.0 if loaded else 0.0,))

    def status(self) -> DeviceStatus:
        return DeviceStatus(self._clock.now(), self._problem)

    def close(self) -> None:
        self._problem = "heel switch is closed"
        devices, self._loaded, self._unloaded = (self._loaded, self._unloaded), None, None
        for device in devices:
            if device is None:
                continue
            try:
                device.close()
            except Exception as error:  # noqa: BLE001, close never raises; the kernel frees the pin when we end
                self._problem = f"heel switch is closed; releasing a pin failed: {error}"
