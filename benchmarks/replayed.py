"""A walk that was recorded before, as the sensors of a loop: what a tick costs without the simulated person in it.

`python -m benchmarks.replayed WALK.dfx run [options of dorsiflex run]` is `dorsiflex run` on these sensors: the same
processes, recorder and view as on a Pi, in real time, with readings that are played again and again. What a Pi adds is
the drivers' own work on pins and bus.
"""

import subprocess
import sys
from itertools import cycle
from pathlib import Path

from config.schema import Settings
from controller.signals import DeviceStatus, Reading, StimulationCommand
from dorsiflex import run_command
from dorsiflex.assemble import Rig
from dorsiflex.cli import main as dorsiflex
from drivers.interfaces import Clock
from recording.blackbox import TickRecord, read_black_box
from runtime.loop import Parts
from simulator.operator import SimulatedOperator

READINGS = 4000
"""20 s at 200 Hz are played again and again."""


class ReplayedSensor:
    """`drivers.interfaces.Sensor`: the values of a recorded one, stamped anew."""

    def __init__(self, values: list[tuple[float, ...]], clock: Clock) -> None:
        self._next = cycle(values).__next__
        self._now = clock.now

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading:
        """The next values, now."""
        return Reading(self._now(), self._next())

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._now())

    def close(self) -> None:
        """Nothing to release."""


class SilentStimulator:
    """`drivers.interfaces.Stimulator` that does nothing with what it is told."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now

    def open(self) -> None:
        """Nothing to claim."""

    def apply(self, command: StimulationCommand) -> None:
        """Forget it."""

    def status(self) -> DeviceStatus:
        """Always well."""
        return DeviceStatus(self._now())

    def stop(self) -> None:
        """It is off."""

    def close(self) -> None:
        """Nothing to release."""


def record(path: Path, minutes: float, *options: str) -> None:
    """Have the default simulated person walk, faster than time, and write the black box."""
    subprocess.run(
        [*PROGRAM, "run", "--speed", "max", "--minutes", str(minutes), "--plain", "--record", str(path), *options],
        check=True,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


PROGRAM = (sys.executable, "-c", "import sys; from dorsiflex.cli import main; sys.exit(main())")
"""`dorsiflex` of this environment, however it is installed."""


def recorded_values(path: Path, most: int = READINGS) -> dict[str, list[tuple[float, ...]]]:
    """The values of each sensor in a black box, from its beginning."""
    values: dict[str, list[tuple[float, ...]]] = {}
    ticks = 0
    for one in read_black_box(path).records:
        if isinstance(one, TickRecord):
            for sensor, reading in one.tick.inputs.readings.items():
                values.setdefault(sensor, []).append(reading.values)
            ticks += 1
        if ticks == most:
            break
    return values


def replayed_parts(values: dict[str, list[tuple[float, ...]]], settings: Settings, clock: Clock) -> Parts:
    """The sensors of a recording, silent stimulators, and an operator who arms after a second."""
    sensors = {name: ReplayedSensor(of_one, clock) for name, of_one in values.items()}
    stimulators = {device.id: SilentStimulator(clock) for device in settings.stimulator}
    return Parts(sensors, stimulators, {}, (SimulatedOperator(clock),))


def main() -> None:
    """`dorsiflex run` on recorded sensors."""
    values = recorded_values(Path(sys.argv.pop(1)))

    def rig(settings: Settings, clock: Clock, *_: object) -> Rig:
        return Rig(replayed_parts(values, settings, clock), clock, None)

    run_command._rig = rig  # type: ignore[assignment]
    dorsiflex()


if __name__ == "__main__":
    main()
