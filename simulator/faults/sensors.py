"""A sensor that fails: in front of its chip's registers where there are wires, behind the interface where not."""

from controller.signals import DeviceStatus, Reading
from drivers.interfaces import Sensor
from simulator.faults.plan import PlannedFault
from simulator.faults.values import Change
from simulator.wired.mpu6050 import Mpu6050Chip


class ChipTap:
    """Between the true motion and the registers of a chip; a sample that does not come leaves them as they are."""

    def __init__(self, planned: PlannedFault, change: Change, chip: Mpu6050Chip) -> None:
        self.count = 0
        self._planned = planned
        self._change = change
        self._source = chip._source
        self._t_s = 0.0
        self._said: tuple[float, ...] = ()
        chip._source = self._sample

    def before(self, t_s: float) -> None:
        """Note the time of the sample that comes next."""
        self._t_s = t_s

    def _sample(self) -> tuple[float, ...]:
        true = self._source()
        if not self._planned.at_work(self._t_s):
            self._said = true
            return true
        said = self._change(self._t_s, true)
        if said is not None:
            self._said = said
        self.count += self._said != true
        return self._said


class FaultySensor:
    """`drivers.interfaces.Sensor` around a sound one."""

    def __init__(self, planned: PlannedFault, change: Change, sensor: Sensor) -> None:
        self.count = 0
        self._planned = planned
        self._change = change
        self._sensor = sensor

    def before(self, t_s: float) -> None:
        """Nothing is to be prepared."""

    def open(self) -> None:
        """Open the sensor."""
        self._sensor.open()

    def poll(self) -> Reading | None:
        """What is left of its sample."""
        reading = self._sensor.poll()
        if reading is None or not self._planned.at_work(reading.t_s):
            return reading
        said = self._change(reading.t_s, reading.values)
        self.count += said != reading.values
        return None if said is None else Reading(reading.t_s, said)

    def status(self) -> DeviceStatus:
        """What the sensor says."""
        return self._sensor.status()

    def close(self) -> None:
        """Close the sensor."""
        self._sensor.close()
