"""Faults of sensors and bus, switched on and off while the bench moves: between its devices and the drivers."""

from random import Random
from typing import Protocol

from config.schema import FsrSettings, HeelSettings, HeelSwitchSettings, ImuSettings, Settings
from drivers.interfaces import Sensor
from simulator.bench import Bench
from simulator.faults.kinds import KINDS
from simulator.faults.outputs import ElectrodeFault, LinkFault, OutputFault
from simulator.faults.plan import PlannedFault
from simulator.faults.sensors import ChipTap, FaultySensor
from simulator.faults.values import heel_change, imu_change
from simulator.heel_sensor import FsrModel, HeelModel
from simulator.wired.mpu6050 import Mpu6050Chip

FOREVER_S = 1e6
SLOW_SAMPLE_S = 0.05
GYRO_CONFIG = 0x1B
LOADED_N, FULL_LOAD_N = 50.0, 700.0
"""A heel with more on it counts as loaded; the weight that a faulty pad pretends to feel."""
_EVERY_S, _NACK_S = (0.02, 0.4), (0.005, 0.15)


class Injector(Protocol):
    """One fault at work. `count`: how often something was other than it would have been."""

    @property
    def count(self) -> int: ...

    def before(self, t_s: float) -> None:
        """The bench is about to move to the true time `t_s`."""


class HeelFault:
    """The contact of a heel switch says something else. The truth it goes by is one move of the bench old."""

    def __init__(self, planned: PlannedFault, model: HeelModel, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._model = model
        self._change = heel_change(kind, Random(planned.seed))

    def before(self, t_s: float) -> None:
        """Hold the contact where the fault wants it."""
        self._model.stuck = None
        if not self._planned.at_work(t_s):
            return
        true = self._model.contact(t_s)
        said = self._change(t_s, (float(true),))
        self._model.stuck = bool(said is not None and said[0] > 0.5)
        self.count += self._model.stuck != true


class HeelWire:
    """The wire of a heel switch is broken, loose, or touches another."""

    def __init__(self, planned: PlannedFault, bench: Bench, sensor: HeelSwitchSettings, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._bench = bench
        self._sensor = sensor
        self._kind = kind
        self._on = False

    def before(self, t_s: float) -> None:
        """Break and mend."""
        on = self._planned.at_work(t_s)
        if on != self._on:
            self._on = on
            self._switch(on=on)
        if on:
            loose = self._kind == "short" or not self._bench.heels[self._sensor.id].connected(t_s)
            self.count += loose

    def _switch(self, *, on: bool) -> None:
        model, wires = self._bench.heels[self._sensor.id], self._bench.heel_wires.get(self._sensor.id)
        if not on:
            model.mend()
            if wires is not None:
                wires.mend()
        elif self._kind == "off":
            model.loosen(FOREVER_S, (FOREVER_S, FOREVER_S))
        elif self._kind == "intermittent":
            model.loosen(3.0, (0.005, 0.3))
        elif wires is not None:
            wires.stick(self._sensor.active_level == "high")


class FsrLoad:
    """A force-sensing resistor under the heel answers to another load than the true one."""

    def __init__(self, planned: PlannedFault, model: FsrModel, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._change = heel_change(kind, Random(planned.seed))
        model.pushed = self._pushed

    def before(self, t_s: float) -> None:
        """It meets the force itself."""

    def _pushed(self, t_s: float, force_n: float) -> float:
        if not self._planned.at_work(t_s):
            return force_n
        true = force_n >= LOADED_N
        said = self._change(t_s, (float(true),))
        loaded = bool(said is not None and said[0] > 0.5)
        self.count += loaded != true
        return force_n if loaded == true else FULL_LOAD_N if loaded else 0.0


class FsrCable:
    """The cable of a force-sensing resistor is broken, loose, or its wires touch."""

    def __init__(self, planned: PlannedFault, model: FsrModel, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._model = model
        self._kind = kind
        self._random = Random(planned.seed)
        self._on = False
        self._changes_s = 0.0

    def before(self, t_s: float) -> None:
        """Break and mend."""
        on = self._planned.at_work(t_s)
        if on and self._kind == "intermittent":
            if t_s >= self._changes_s:
                self._changes_s = t_s + self._random.uniform(*(_EVERY_S if self._on else _NACK_S))
                on = not self._on
            else:
                on = self._on
        if on != self._on:
            self._on = on
            break_it = self._model.short if self._kind == "short" else self._model.cut
            (break_it if on else self._model.mend)()
        self.count += self._on


class BusFault:
    """A chip cannot be reached, or not well."""

    def __init__(self, planned: PlannedFault, bench: Bench, sensor: ImuSettings, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._bus = bench.buses[sensor.i2c_bus]
        self._address = sensor.i2c_address
        self._kind = kind
        self._random = Random(planned.seed)
        self._on = False
        self._changes_s = 0.0
        self._seen = 0

    def before(self, t_s: float) -> None:
        """Disturb and heal."""
        if self._on:
            self.count += self._bus.transactions - self._seen
        self._seen = self._bus.transactions
        on = self._planned.at_work(t_s)
        if on and self._kind == "intermittent":
            if t_s >= self._changes_s:
                self._changes_s = t_s + self._random.uniform(*(_EVERY_S if self._on else _NACK_S))
                self._switch(on=not self._on)
        elif on != self._on:
            self._switch(on=on)

    def _switch(self, *, on: bool) -> None:
        self._on = on
        if not on:
            self._bus.heal()
            return
        faults = {
            "off": self._bus.nack,
            "intermittent": self._bus.nack,
            "stuck": self._bus.time_out,
            "garbage": self._bus.corrupt,
            "delayed": self._bus.freeze,
        }
        faults[self._kind](self._address)


class ChipFault:
    """A disturbance of the bus has changed a register: the gyroscope's full scale, or how often there is a sample."""

    def __init__(self, planned: PlannedFault, chip: Mpu6050Chip, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._chip = chip
        self._kind = kind
        self._source = chip._source
        self._said: tuple[float, ...] = ()
        self._t_s = self._next_s = 0.0
        if kind == "slow":
            chip._source = self._now_and_then

    def before(self, t_s: float) -> None:
        """Change the register when it is time."""
        self._t_s = t_s
        if self._kind == "wrong" and t_s >= self._planned.start_s and not self.count:
            self.count = 1
            self._chip.registers[GYRO_CONFIG] ^= 0x08

    def _now_and_then(self) -> tuple[float, ...]:
        said = self._source()
        if not self._planned.at_work(self._t_s):
            return said
        if self._t_s >= self._next_s:
            self._next_s, self._said = self._t_s + SLOW_SAMPLE_S, said
        self.count += self._said != said
        return self._said


class BrownOut:
    """The supply of a chip dips once."""

    def __init__(self, planned: PlannedFault, bench: Bench, sensor: ImuSettings) -> None:
        self.count = 0
        self._planned = planned
        self._chip = bench.chips[sensor.id]

    def before(self, t_s: float) -> None:
        """Dip when it is time."""
        if t_s >= self._planned.start_s and not self.count:
            self.count = 1
            self._chip.brown_out()


def fsr_injector(planned: PlannedFault, model: FsrModel, kind: str) -> FsrCable | FsrLoad:
    """The fault of a heel of this kind at a force-sensing resistor."""
    return (FsrCable if kind in ("off", "short", "intermittent") else FsrLoad)(planned, model, kind)


def bench_injector(
    planned: PlannedFault, settings: Settings, bench: Bench, sensors: dict[str, Sensor]
) -> Injector | None:
    """Prepare one fault of sensors, bus or device on this bench; None for one of time, process or what people do.

    On a bench without wires a faulty sensor takes the place of the sound one in `sensors`. Raises LookupError when
    what is to fail is not there.
    """
    kind = KINDS[planned.kind]
    if kind.channel == "heel":
        heel = next(one for one in settings.sensor if isinstance(one, HeelSettings))
        if isinstance(heel, FsrSettings):
            return fsr_injector(planned, bench.fsrs[heel.id], kind.type)
        if kind.type in ("off", "short", "intermittent"):
            return HeelWire(planned, bench, heel, kind.type)
        return HeelFault(planned, bench.heels[heel.id], kind.type)
    if kind.channel in ("acc", "gyr", "imu", "bus"):
        imu = next(one for one in settings.sensor if isinstance(one, ImuSettings))
        if kind.name in ("bus.wrong", "bus.slow"):
            return ChipFault(planned, bench.chips[imu.id], kind.type)
        if kind.channel == "bus":
            return BusFault(planned, bench, imu, kind.type)
        if kind.type == "brown_out":
            return BrownOut(planned, bench, imu)
        change = imu_change(kind.type, kind.channel, Random(planned.seed))
        if imu.id in bench.chips:
            return ChipTap(planned, change, bench.chips[imu.id])
        faulty = FaultySensor(planned, change, sensors[imu.id])
        sensors[imu.id] = faulty
        return faulty
    if kind.channel == "electrode":
        return ElectrodeFault(planned, bench, kind.type)
    if kind.channel == "link":
        return OutputFault(planned, bench) if kind.type == "failed" else LinkFault(planned, bench, kind.type)
    return None
