"""The virtual bench: one simulated person, and beneath the driver interfaces either electronics or nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Protocol

from gpiozero.pins.mock import MockFactory

from config.schema import (
    FsrSettings,
    HeelSwitchSettings,
    ImuSettings,
    P24Settings,
    Rehastim2Settings,
    Settings,
    Side,
    StimulatorSettings,
)
from drivers.fsr import Fsr
from drivers.heel_switch import HeelSwitch
from drivers.i2c import SharedBus
from drivers.interfaces import Clock, Sensor, Stimulator
from drivers.mpu6050 import Mpu6050
from drivers.serial_stimulators import channels_of
from drivers.stop_input import StopInput
from drivers.trigger import Trigger
from simulator.bench_electrode import BenchElectrode
from simulator.bench_stimulator import BenchStimulator
from simulator.clock import BenchClock, VirtualClock
from simulator.devices.wiring import SerialBench
from simulator.direct import DirectFsr, DirectHeelSwitch, DirectImu, DirectStimulator
from simulator.electrode import draw_electrode
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.sensors import FsrModel, HeelModel, ImuModel
from simulator.truth import LegState, Loading, Swing, TrueEvent, WantedBurst
from simulator.wired.ads1115 import Ads1115Chip
from simulator.wired.background import VirtualBackground
from simulator.wired.i2c import I2cDevice, SimulatedBus
from simulator.wired.mpu6050 import Mpu6050Chip
from simulator.wired.pins import HeelWires, StopContact
from simulator.wired.trigger import TriggerDevice

TRANSIT_S = 0.002
"""A changeover contact breaks before it makes; this long in between [A]."""

COMPLIANCE_V = 130.0
"""Highest voltage of the bench's stimulators, within 60 to 150 V (5.11): what the hard cap of 60 mA needs through the
worst good pair of electrodes that can be drawn."""


class Body(Protocol):
    """Whoever is on the bench: the walking `Person`, or one who moves by a script."""

    def advance(self, t_s: float) -> None: ...
    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None: ...
    def heel_force_n(self, side: Side) -> float: ...
    def imu(self, side: Side, placement: Literal["shank", "foot"]) -> tuple[float, ...]: ...
    def state(self, side: Side) -> LegState: ...
    def truth(self, side: Side) -> list[TrueEvent]: ...
    def wanted_bursts(self, side: Side) -> list[WantedBurst]: ...
    def swings(self, side: Side) -> list[Swing]: ...
    def loadings(self, side: Side) -> list[Loading]: ...


class Bench:
    """A person, the sensors on the legs, the stimulators, and the clock by which all of them live.

    `clock` is the one to hand to loop and drivers: whoever sleeps on it moves the bench along. `wired`: real drivers
    over virtual pins, registers and contacts; else the same person directly behind the driver interfaces. `twin`: the
    same person also walks without a stimulator, for nearly twice the time. `new_person` makes somebody else than the
    person of the settings; called twice, it must make the same one. `pulse_stimulators`, `serial_stimulators`,
    `trigger_devices` and `direct_triggers` have the devices' own logs, by which tests judge. Faults are switched on
    where they happen: `electrodes` by (side, channel), `heels` and `fsrs` by the sensor's id on either bench;
    `heel_wires`, `buses`, `chips` and `converters` on the wired one. `stop` is the emergency stop, where the settings
    have one, and `panels` what reads it.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        seed: int,
        wired: bool = True,
        walk_for_s: float | None = None,
        new_person: Callable[[], Body] | None = None,
        twin: bool = True,
    ) -> None:
        self.settings = settings
        make = new_person or (lambda: self._new_person(seed, walk_for_s))
        self._inner = clock
        self.person = make()
        self._twin = make() if twin else None
        self.clock = BenchClock(clock, self.advance)
        self.sensors: dict[str, Sensor] = {}
        self.stimulators: dict[str, Stimulator] = {}
        self.pulse_stimulators: dict[str, BenchStimulator] = {}
        self.serial_stimulators: dict[str, SerialBench] = {}
        self.trigger_devices: dict[str, TriggerDevice] = {}
        self.direct_triggers: dict[str, DirectStimulator] = {}
        self.electrodes: dict[tuple[Side, str], BenchElectrode] = {}
        self.heels: dict[str, HeelModel] = {}
        self.fsrs: dict[str, FsrModel] = {}
        self.heel_wires: dict[str, HeelWires] = {}
        self.buses: dict[int, SimulatedBus] = {}
        self.chips: dict[str, Mpu6050Chip] = {}
        self.converters: dict[str, Ads1115Chip] = {}
        self._start_s = clock.now()
        self._moves: list[Callable[[float], None]] = []
        self._factory = MockFactory()
        self._seed = seed
        pin = settings.hardware.stop_pin
        self.stop = None if pin is None else StopContact(pin, self._factory)
        self.panels = () if pin is None else (StopInput(pin, self._factory, self.clock),)
        self._build_sensors(wired=wired)
        for device in settings.stimulator:
            self._build_stimulator(device, wired=wired)

    @property
    def twin(self) -> Body:
        """The same person without a stimulator. Raises RuntimeError on a bench that was made without one."""
        if self._twin is None:
            raise RuntimeError("this bench has no twin: make it with twin=True")
        return self._twin

    def _new_person(self, seed: int, walk_for_s: float | None) -> Person:
        simulation = self.settings.simulation
        return Person(
            PATIENTS[simulation.patient],
            frozenset(leg.side for leg in self.settings.leg),
            simulation.walking_speed_m_s,
            simulation.mass_kg,
            seed,
            walk_for_s,
        )

    def advance(self, now_s: float) -> None:
        """Move person, sensors and devices to `now_s` of the clock."""
        t_s = now_s - self._start_s
        self.person.advance(t_s)
        if self._twin is not None:
            self._twin.advance(t_s)
        for move in self._moves:
            move(now_s)

    def _build_sensors(self, *, wired: bool) -> None:
        chips: dict[int, dict[int, I2cDevice]] = {}
        for sensor in self.settings.sensor:
            if isinstance(sensor, HeelSwitchSettings):
                self._build_heel(sensor, wired=wired)
            elif isinstance(sensor, FsrSettings):
                force = self._build_fsr(sensor)
                if wired:
                    chips.setdefault(sensor.i2c_bus, {})[sensor.i2c_address] = self._build_converter(sensor, force)
                else:
                    self.sensors[sensor.id] = DirectFsr(sensor, force, self.clock)
            else:
                model = ImuModel(sensor, f"{self._seed} {sensor.id}")
                self._moves.append(self._imu_mover(sensor, model))
                if wired:
                    chips.setdefault(sensor.i2c_bus, {})[sensor.i2c_address] = self._build_chip(sensor, model)
                else:
                    self.sensors[sensor.id] = DirectImu(sensor, model, self.clock)
        for number, on_bus in chips.items():
            self.buses[number] = SimulatedBus(dict(on_bus))
        for sensor in self.settings.sensor:
            if wired and not isinstance(sensor, HeelSwitchSettings):
                self._build_i2c_driver(sensor)

    def _build_heel(self, sensor: HeelSwitchSettings, *, wired: bool) -> None:
        self.heels[sensor.id] = model = HeelModel(f"{self._seed} {sensor.id}")
        wires = HeelWires(sensor, self._factory, transit_s=TRANSIT_S) if wired else None

        def move(now_s: float) -> None:
            model.advance(now_s, self.person.heel_force_n(sensor.side))
            if wires is not None:
                wires.drive(model.contact(now_s), now_s, connected=model.connected(now_s))

        self._moves.append(move)
        if wires is not None:
            self.heel_wires[sensor.id] = wires
            self.sensors[sensor.id] = HeelSwitch(sensor, self._factory, self.clock)
        else:
            supervised = sensor.wiring == "supervised"
            self.sensors[sensor.id] = DirectHeelSwitch(model, self.clock, TRANSIT_S, supervised=supervised)

    def _build_fsr(self, sensor: FsrSettings) -> FsrModel:
        self.fsrs[sensor.id] = model = FsrModel(sensor, f"{self._seed} {sensor.id}")
        self._moves.append(lambda now_s: model.advance(now_s, self.person.heel_force_n(sensor.side)))
        return model

    def _build_converter(self, sensor: FsrSettings, model: FsrModel) -> Ads1115Chip:
        chip = Ads1115Chip(lambda adc_input: model.volts() if adc_input == sensor.adc_input else 0.0)
        self.converters[sensor.id] = chip
        self._moves.append(lambda _now_s: chip.sample())
        return chip

    def _imu_mover(self, sensor: ImuSettings, model: ImuModel) -> Callable[[float], None]:
        def move(now_s: float) -> None:
            model.advance(now_s, self.person.imu(sensor.side, sensor.placement))

        return move

    def _build_chip(self, sensor: ImuSettings, model: ImuModel) -> Mpu6050Chip:
        chip = Mpu6050Chip(lambda: model.values, clock=self.clock)
        self.chips[sensor.id] = chip
        self._moves.append(lambda _now_s: chip.sample())
        return chip

    def _build_i2c_driver(self, sensor: ImuSettings | FsrSettings) -> None:
        background = VirtualBackground(self.clock)
        self._moves.append(lambda _now_s: background.advance())
        bus = SharedBus(self.buses[sensor.i2c_bus])
        if isinstance(sensor, FsrSettings):
            self.sensors[sensor.id] = Fsr(sensor, bus, self.clock, background)
        else:
            frozen_s = self.settings.judgement.frozen_s
            self.sensors[sensor.id] = Mpu6050(sensor, bus, self.clock, frozen_s, background=background)

    def _build_stimulator(self, device: StimulatorSettings, *, wired: bool) -> None:
        outputs: dict[int, tuple[Side, str]] = {
            channel.output: (leg.side, channel.id)
            for leg in self.settings.leg
            for channel in leg.channel
            if channel.stimulator == device.id
        }
        for side, channel in outputs.values():
            fresh = draw_electrode(f"{self._seed} {side} {channel}", COMPLIANCE_V)
            self.electrodes[side, channel] = BenchElectrode(replace(fresh, current_noise=0.0))
        if device.kind == "bench" or (not wired and device.kind != "trigger"):
            self.pulse_stimulators[device.id] = stimulator = BenchStimulator(outputs, self.clock, self._put_out)
            self.stimulators[device.id] = stimulator
            return
        if isinstance(device, P24Settings | Rehastim2Settings):
            channels = channels_of(self.settings, device)
            live = not isinstance(self._inner, VirtualClock)
            electrodes = {output: self.electrodes[where] for output, where in outputs.items()}
            serial = SerialBench(
                device, channels, outputs, self.clock, self._put_out,
                live=live, electrodes=electrodes, start_s=self._start_s,
            )  # fmt: skip
            self.serial_stimulators[device.id] = self.stimulators[device.id] = serial
            self._moves.append(serial.advance)
            return
        side, channel = next(iter(outputs.values()))
        # What has no direct twin is wired in either case.
        if wired or device.mode == "pulse_train" or device.enable_pin is not None:

            def pulse(_t_s: float, current_ma: float, pulse_width_us: float) -> None:
                self._put_out(side, channel, current_ma, pulse_width_us)

            self.trigger_devices[device.id] = trigger = TriggerDevice(device, self._factory, self.clock, pulse)
            self._moves.append(trigger.advance)
            rate_hz = channels_of(self.settings, device)[1].rate_hz
            self.stimulators[device.id] = Trigger(device, self._factory, self.clock, rate_hz)
        else:
            self.direct_triggers[device.id] = direct = DirectStimulator(side, channel, self.clock, self._put_out)
            self._moves.append(direct.advance)
            self.stimulators[device.id] = direct

    def _put_out(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        """One pulse of an output, through the electrodes on its channel."""
        t_s = self.clock.now() - self._start_s
        arrives_ma = self.electrodes[side, channel].deliver(t_s, current_ma, pulse_width_us)
        if arrives_ma > 0.0:
            self.person.pulse(side, channel, arrives_ma, pulse_width_us)
