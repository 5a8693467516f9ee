"""What a driver may raise: one line that says what is wrong, where, and what to do next."""


class DriverError(Exception):
    """A device cannot be used."""


class DeviceAbsent(DriverError):
    """Nothing answers where the device should be."""


class DeviceBusy(DriverError):
    """Another program holds the pin, port or bus."""


class WrongDevice(DriverError):
    """Something answers, but it is not the device that the config names."""


class DeviceFailed(DriverError):
    """The device answered before and does not any more, or answers nonsense."""


class UnsafeSettings(DriverError):
    """With these settings current could flow when nobody commands it."""
