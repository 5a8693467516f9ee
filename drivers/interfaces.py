"""What the loop knows of the hardware: Protocols. No method of them waits, except open and close."""

from typing import Protocol

from controller.signals import DeviceStatus, OperatorCommand, OrthosisCommand, Reading, StimulationCommand


class Clock(Protocol):
    """Monotonic time in seconds."""

    def now(self) -> float:
        """The time, s; never runs backwards."""

    def sleep_until(self, t_s: float) -> None:
        """Return at `t_s` or later; at once when it is past."""


class Sensor(Protocol):
    """A sensor of one leg."""

    def open(self) -> None:
        """Claim and set up the device. Raises DriverError."""

    def poll(self) -> Reading | None:
        """The newest sample if it is new, else None. Never waits longer than the retry budget, never raises."""

    def status(self) -> DeviceStatus:
        """How the device is: `problem` is empty while it answers."""

    def close(self) -> None:
        """Release the device. Idempotent, never raises."""


class Stimulator(Protocol):
    """A device that makes current. It never stimulates at open, at close or after an error."""

    def open(self) -> None:
        """Claim the device with its output off. Raises DriverError."""

    def apply(self, command: StimulationCommand) -> None:
        """Carry out one tick's command. Never waits, never raises; a failure ends the output and shows in `status`."""

    def status(self) -> DeviceStatus:
        """What the device said of the commands before."""

    def stop(self) -> None:
        """End all output. Bounded at 100 ms, idempotent, never raises."""

    def close(self) -> None:
        """Stop and release the device. Idempotent, never raises."""


class Orthosis(Protocol):
    """A device that moves or brakes the ankle. Its safe state is compliant."""

    def open(self) -> None:
        """Claim the device, compliant. Raises DriverError."""

    def apply(self, command: OrthosisCommand) -> None:
        """Carry out one tick's set-point. Never waits, never raises."""

    def status(self) -> DeviceStatus:
        """What the device said of the commands before."""

    def stop(self) -> None:
        """Become compliant. Bounded at 100 ms, idempotent, never raises."""

    def close(self) -> None:
        """Stop and release the device. Idempotent, never raises."""


class OperatorPanel(Protocol):
    """Buttons that a person can press."""

    def open(self) -> None:
        """Claim the pins. Raises DriverError."""

    def poll(self) -> tuple[OperatorCommand, ...]:
        """What has been asked since the last call. Never waits, never raises."""

    def close(self) -> None:
        """Release the pins. Idempotent, never raises."""
