"""Stands in for a stimulator where nobody may be stimulated: it takes every command and does nothing."""

from controller.signals import Contact, DeviceStatus, StimulationCommand
from drivers.interfaces import Clock


class NoOutput:
    """A Stimulator (drivers.interfaces) without a device behind it, for the dry run. `asked` counts commands with
    current in them; the black box has them whole."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked = 0

    def open(self) -> None:
        """There is nothing to claim."""

    def apply(self, command: StimulationCommand) -> None:
        if isinstance(command, Contact):
            self.asked += command.stimulate
        else:
            self.asked += any(train.due for train in command.trains)

    def status(self) -> DeviceStatus:
        return DeviceStatus(self._clock.now())

    def stop(self) -> None:
        """There is no output."""

    def close(self) -> None:
        """There is nothing to release."""
