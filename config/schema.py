"""The settings, each with unit, range, default and one-line meaning, and the rules between them.

Devices are in `config.devices`, the controller's sections in `config.tuning`; everybody imports them from here.
"""

from collections.abc import Iterable, Iterator

from pydantic import Field

from config.devices import (
    BenchStimulatorSettings,
    ChannelSettings,
    FsrSettings,
    HeelSettings,
    HeelSwitchSettings,
    ImuSettings,
    LegSettings,
    P24Settings,
    Rehastim2Settings,
    SensorSettings,
    StimulatorSettings,
    TriggerSettings,
    rms_current_ma,
)
from config.lines import key_text
from config.machine import (
    GuardSettings,
    HardwareSettings,
    LoopSettings,
    RecordingSettings,
    SessionSettings,
    SimulationSettings,
)
from config.outputs import output_rules
from config.section import RULES_OFF, TIE, Axis, Name, Pin, Placement, RuleBroken, Section, Side
from config.tuning import (
    ContactSettings,
    ExerciseSettings,
    FaultSettings,
    GaitSettings,
    GateSettings,
    HeelEventSettings,
    ImuEventSettings,
    JudgementSettings,
    OrthosisSettings,
    SetPoint,
    StimulationSettings,
    TiltSettings,
)

__all__ = [
    "RULES_OFF",
    "Axis",
    "BenchStimulatorSettings",
    "ChannelSettings",
    "ContactSettings",
    "ExerciseSettings",
    "FaultSettings",
    "FsrSettings",
    "GaitSettings",
    "GateSettings",
    "GuardSettings",
    "HardwareSettings",
    "HeelEventSettings",
    "HeelSettings",
    "HeelSwitchSettings",
    "ImuEventSettings",
    "ImuSettings",
    "JudgementSettings",
    "LegSettings",
    "LoopSettings",
    "Name",
    "OrthosisSettings",
    "P24Settings",
    "Pin",
    "Placement",
    "RecordingSettings",
    "Rehastim2Settings",
    "RuleBroken",
    "Section",
    "SensorSettings",
    "SessionSettings",
    "SetPoint",
    "Settings",
    "Side",
    "SimulationSettings",
    "StimulationSettings",
    "StimulatorSettings",
    "TiltSettings",
    "TriggerSettings",
    "rms_current_ma",
]


class Settings(Section):
    """All settings of one controller."""

    session: SessionSettings = SessionSettings()
    hardware: HardwareSettings = HardwareSettings()
    simulation: SimulationSettings = SimulationSettings()
    loop: LoopSettings = LoopSettings()
    guard: GuardSettings = GuardSettings()
    leg: tuple[LegSettings, ...] = Field(description="Affected legs", min_length=1, max_length=2, strict=False)
    sensor: tuple[SensorSettings, ...] = Field(description="Sensors", min_length=1, max_length=8, strict=False)
    stimulator: tuple[StimulatorSettings, ...] = Field(
        description="Stimulators", min_length=1, max_length=4, strict=False
    )
    judgement: JudgementSettings = JudgementSettings()
    contact: ContactSettings = ContactSettings()
    tilt: TiltSettings = TiltSettings()
    gait: GaitSettings = GaitSettings()
    heel_events: HeelEventSettings = HeelEventSettings()
    imu_events: ImuEventSettings = ImuEventSettings()
    stimulation: StimulationSettings = StimulationSettings()
    exercise: ExerciseSettings = ExerciseSettings()
    gate: GateSettings = GateSettings()
    faults: FaultSettings = FaultSettings()
    orthosis: OrthosisSettings = OrthosisSettings()
    recording: RecordingSettings = RecordingSettings()

    def rules(self) -> Iterator[RuleBroken]:
        yield from self._identity_rules()
        yield from output_rules(self.leg, self.stimulator)
        yield from self._bus_rules()
        yield from self._pin_rules()
        if self.hardware.backend == "pi":
            yield from self._pi_rules()
        yield from self._timing_rules()

    def _identity_rules(self) -> Iterator[RuleBroken]:
        yield from _doubles("leg", "side", (leg.side for leg in self.leg))
        yield from _doubles("sensor", "id", (sensor.id for sensor in self.sensor))
        yield from _doubles("stimulator", "id", (device.id for device in self.stimulator))
        kinds = {(sensor.side, "imu" if isinstance(sensor, ImuSettings) else "heel") for sensor in self.sensor}
        devices = {device.id: device for device in self.stimulator}
        users: dict[tuple[str, int], str] = {}
        for i, leg in enumerate(self.leg):
            yield from _doubles(f"leg.{i}.channel", "id", (channel.id for channel in leg.channel))
            for name, kind in (("heel", '"heel_switch" or "fsr"'), ("imu", '"imu"')):
                if leg.sensors in (name, "both") and (leg.side, name) not in kinds:
                    yield RuleBroken(
                        f"leg.{i}.sensors",
                        f'"{leg.sensors}" needs a [[sensor]] with kind = {kind}, side = "{leg.side}"',
                    )
            for j, channel in enumerate(leg.channel):
                key, place = f"leg.{i}.channel.{j}", (channel.stimulator, channel.output)
                if channel.stimulator not in devices:
                    known = ", ".join(devices)
                    yield RuleBroken(f"{key}.stimulator", f'no [[stimulator]] has id = "{channel.stimulator}": {known}')
                elif devices[channel.stimulator].kind == "trigger" and channel.output != 1:
                    yield RuleBroken(f"{key}.output", "a trigger has one output: output = 1")
                if place in users:
                    yield RuleBroken(f"{key}.output", f"output {place[1]} of {place[0]} already serves {users[place]}")
                users[place] = f"{leg.side} {channel.id}"

        named = {channel.stimulator for leg in self.leg for channel in leg.channel}
        for i, device in enumerate(self.stimulator):
            if device.id not in named and named <= set(devices):
                yield RuleBroken(
                    f"stimulator.{i}.id", f'no channel has stimulator = "{device.id}": remove it, or name it'
                )

    def _bus_rules(self) -> Iterator[RuleBroken]:
        buses: dict[tuple[int, int], str] = {}
        for i, sensor in enumerate(self.sensor):
            if not isinstance(sensor, HeelSwitchSettings):
                place = (sensor.i2c_bus, sensor.i2c_address)
                if place in buses:
                    yield RuleBroken(
                        f"sensor.{i}.i2c_address", f"{place[1]:#04x} on i2c_bus {place[0]} is already {buses[place]}"
                    )
                buses.setdefault(place, f"sensor[{i}]")

    def _pin_rules(self) -> Iterator[RuleBroken]:
        on_bus_1 = any(not isinstance(s, HeelSwitchSettings) and s.i2c_bus == 1 for s in self.sensor)
        used = {2: "SDA of i2c_bus 1", 3: "SCL of i2c_bus 1"} if on_bus_1 else {}
        pins: list[tuple[str, int | None]] = [
            (f"hardware.{name}", getattr(self.hardware, name))
            for name in ("arm_button_pin", "pause_button_pin", "stop_pin")
        ]
        for i, sensor in enumerate(self.sensor):
            if isinstance(sensor, HeelSwitchSettings):
                pins += [(f"sensor.{i}.pin", sensor.pin), (f"sensor.{i}.pin_unloaded", sensor.pin_unloaded)]
        for i, device in enumerate(self.stimulator):
            if isinstance(device, TriggerSettings):
                pins += [(f"stimulator.{i}.pin", device.pin), (f"stimulator.{i}.enable_pin", device.enable_pin)]
        for key, pin in pins:
            if pin is None:
                continue
            if pin in used:
                yield RuleBroken(key, f"GPIO {pin} is already {used[pin]}: each needs a pin of its own")
            used.setdefault(pin, key_text(tuple(int(part) if part.isdigit() else part for part in key.split("."))))

    def _pi_rules(self) -> Iterator[RuleBroken]:
        for i, device in enumerate(self.stimulator):
            if device.kind == "bench":
                yield RuleBroken(
                    f"stimulator.{i}.kind",
                    'the bench stimulator is simulated: a Pi needs kind = "trigger", "rehastim2" or "p24"',
                )
        for i, leg in enumerate(self.leg):
            plain = any(
                isinstance(s, HeelSwitchSettings) and s.side == leg.side and s.wiring == "plain" for s in self.sensor
            )
            if leg.sensors == "heel" and plain:
                yield RuleBroken(
                    f"leg.{i}.sensors",
                    "a broken wire on a plain heel switch looks like heel off: "
                    'wiring = "supervised", or sensors = "both"',
                )

    def _timing_rules(self) -> Iterator[RuleBroken]:
        phase, shortest = min(
            ((name, getattr(self.gait, name)) for name in ("loading_s", "stance_min_s", "swing_min_s")),
            key=lambda named: named[1],
        )
        for name in ("debounce_on_s", "debounce_off_s"):
            if (debounce_s := getattr(self.contact, name)) >= shortest:
                yield RuleBroken(
                    f"contact.{name}",
                    f"{debounce_s:g} s is not shorter than the shortest phase, gait.{phase} = {shortest:g} s",
                )
        if self.judgement.stale_s < 2.0 / self.loop.rate_hz:
            yield RuleBroken(
                "judgement.stale_s",
                f"{self.judgement.stale_s:g} s is less than two ticks, {2.0 / self.loop.rate_hz:g} s "
                f"at loop.rate_hz = {self.loop.rate_hz}",
            )
        for i, leg in enumerate(self.leg):
            for j, channel in enumerate(leg.channel):
                rise = channel.current_ma / self.stimulation.rise_s
                if rise > self.gate.max_rise_ma_per_s:
                    yield RuleBroken(
                        f"leg.{i}.channel.{j}.current_ma",
                        f"{channel.current_ma:g} mA in rise_s = {self.stimulation.rise_s:g} s is {rise:.0f} mA/s, "
                        f"above gate.max_rise_ma_per_s = {self.gate.max_rise_ma_per_s:g}",
                    )
        if self.gate.max_duty * self.gate.duty_window_s <= self.stimulation.longest_burst_s:
            yield RuleBroken(
                "gate.max_duty",
                f"{self.gate.max_duty:g} of duty_window_s = {self.gate.duty_window_s:g} s has no room for one "
                f"stimulation.longest_burst_s = {self.stimulation.longest_burst_s:g} s",
            )
        ramps = self.stimulation.rise_s + self.stimulation.fall_s
        fit = ramps <= self.stimulation.longest_burst_s + TIE
        if fit and not ramps - TIE <= self.exercise.on_s <= self.stimulation.longest_burst_s:
            yield RuleBroken(
                "exercise.on_s",
                f"{self.exercise.on_s:g} s is not between rise_s + fall_s = {ramps:g} s and longest_burst_s = "
                f"{self.stimulation.longest_burst_s:g} s",
            )


def _doubles(key: str, name: str, values: Iterable[str]) -> Iterator[RuleBroken]:
    seen: set[str] = set()
    for i, value in enumerate(values):
        if value in seen:
            yield RuleBroken(f"{key}.{i}.{name}", f'"{value}" is there twice')
        seen.add(value)
