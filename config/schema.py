"""The settings, each with unit, range, default and one-line meaning, and the rules between them."""

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from config.limits import (
    HARD_MAX_BURST_S,
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_OPEN_LOOP_S,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
    HARD_MAX_SOFTENED_STRIDES,
)
from config.lines import key_text

RULES_OFF = {"rules": False}
"""Validation context for config.load, which first looks at each value alone and then asks for all broken rules."""

TIE = 1e-9
"""Sums of decimal fractions may miss the sum that a person reckons by this much: 0.1 + 0.2 > 0.3."""

Side = Literal["left", "right"]
Placement = Literal["heel", "shank", "foot"]
Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Pin = Annotated[int, Field(ge=0, le=27)]


def number(default: float | None, unit: str, low: float, high: float, meaning: str) -> Any:  # noqa: ANN401
    """A field for a number with its unit and allowed range; without a default it must be set."""
    return Field(
        default=... if default is None else default,
        ge=low,
        le=high,
        description=meaning,
        json_schema_extra={"unit": unit} if unit else None,
    )


def choice(default: Any, meaning: str) -> Any:  # noqa: ANN401
    """A field for anything but a number; `...` as default means that it must be set."""
    return Field(default=default, description=meaning)


class RuleBroken(NamedTuple):
    """Two settings contradict each other: the key (dotted path inside the section) to change, and what is wrong."""

    key: str
    text: str


class Section(BaseModel):
    """A closed, immutable part of the settings."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, _: name,
    )

    def rules(self) -> Iterator[RuleBroken]:
        """Yield every rule between the settings of this section that is broken."""
        yield from ()

    @model_validator(mode="after")
    def keep_rules(self, info: ValidationInfo) -> Self:
        broken = () if info.context is RULES_OFF else tuple(self.rules())
        if broken:
            raise PydanticCustomError("rules", "settings contradict each other", {"broken": broken})
        return self


class SessionSettings(Section):
    """Who walks, for the recording's header."""

    person: str = choice("anonymous", "Pseudonym of the person, written into recordings; never a name")


class HardwareSettings(Section):
    """What the drivers sit on."""

    backend: Literal["simulator", "pi"] = choice(
        "simulator", "simulator: the virtual bench; pi: real pins and buses of a Raspberry Pi"
    )
    gpio_chip_label: str = choice(
        "auto", "Label of the GPIO chip of the 40-pin header, auto: pinctrl-rp1, -bcm2711 or -bcm2835"
    )
    arm_button_pin: Pin | None = choice(
        None, "GPIO of a button to ground for the operator: held 1 s arms, a short press disarms; left out: no button"
    )


class SimulationSettings(Section):
    """The simulated person on the virtual bench."""

    patient: Name = choice("classic", "Kind of person: healthy, slap, classic or drag")
    walking_speed_m_s: float = number(0.9, "m/s", 0.2, 1.8, "Walking speed of the simulated person")
    mass_kg: float = number(75.0, "kg", 30.0, 150.0, "Body mass of the simulated person")


class LoopSettings(Section):
    """The real-time loop."""

    rate_hz: int = number(200, "Hz", 100, 1000, "Ticks per second, on absolute deadlines")


class HeelSwitchSettings(Section):
    """A heel switch on GPIO pins."""

    kind: Literal["heel_switch"] = choice(..., "heel_switch: a contact under the heel")
    id: Name = choice(..., "Name of the sensor in readings and recordings")
    side: Side = choice(..., "Leg that the sensor is on")
    placement: Literal["heel"] = choice("heel", "Where it sits")
    wiring: Literal["supervised", "plain"] = choice(
        "plain", "supervised: changeover contact on two pins, a broken wire is noticed; plain: one contact on one pin"
    )
    pin: Pin = choice(17, "GPIO of the contact that closes when the heel is loaded")
    pin_unloaded: Pin | None = choice(
        None, "Supervised only: GPIO of the contact that closes when the heel is unloaded"
    )
    active_level: Literal["low", "high"] = choice("low", "Level of a pin while its contact is closed")
    pull: Literal["up", "down", "none"] = choice("up", "Pull resistor of the pins")

    def rules(self) -> Iterator[RuleBroken]:
        if self.wiring == "supervised" and self.pin_unloaded is None:
            yield RuleBroken("pin_unloaded", "supervised wiring needs the GPIO of the second contact")
        if self.wiring == "plain" and self.pin_unloaded is not None:
            yield RuleBroken("pin_unloaded", 'plain wiring has one contact: leave it out, or set wiring = "supervised"')
        if {"up": "high", "down": "low"}.get(self.pull) == self.active_level:
            yield RuleBroken("pull", f'pulls an open contact to active_level = "{self.active_level}": it never opens')


class ImuSettings(Section):
    """An inertial sensor on the shank or the foot."""

    kind: Literal["imu"] = choice(..., "imu: accelerometer and gyroscope")
    id: Name = choice(..., "Name of the sensor in readings and recordings")
    side: Side = choice(..., "Leg that the sensor is on")
    placement: Literal["shank", "foot"] = choice("shank", "Segment that it is strapped to")
    model: Literal["mpu6050"] = choice("mpu6050", "Chip")
    i2c_bus: int = number(1, "", 0, 20, "Number of the I2C bus")
    i2c_address: int = number(0x68, "", 0x08, 0x77, "Address of the chip on the bus, 0x69 with AD0 high")
    acc_range_g: Literal[2, 4, 8, 16] = choice(8, "Full scale of the accelerometer, g")
    gyro_range_deg_s: Literal[250, 500, 1000, 2000] = choice(1000, "Full scale of the gyroscope, deg/s")
    dlpf: int = number(2, "", 0, 6, "Low-pass setting DLPF_CFG; 2: gyroscope 98 Hz, delay 2.8 ms")
    forward_axis: Axis = choice("+x", "Axis of the chip that points forward when the person stands")
    up_axis: Axis = choice("+y", "Axis of the chip that points up when the person stands")
    mounting_pitch_deg: float = number(
        0.0, "deg", -60.0, 60.0, "Pitch that the sensor shows while the shank is vertical or the foot flat"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.forward_axis[1] == self.up_axis[1]:
            yield RuleBroken("up_axis", f"{self.up_axis} and forward_axis = {self.forward_axis} are the same line")


SensorSettings = Annotated[HeelSwitchSettings | ImuSettings, Field(discriminator="kind")]


class ChannelSettings(Section):
    """One pair of electrodes: what it puts out and what it may never exceed."""

    id: Name = choice(..., "Name of the channel: dorsiflexors, evertors")
    stimulator: Name = choice("main", "Id of the stimulator that drives this channel")
    output: int = number(1, "", 1, 8, "Output of that stimulator")
    current_ma: float = number(
        0.0, "mA", 0.0, HARD_MAX_CURRENT_MA, "Plateau current, found with the person; 0 stimulates nobody"
    )
    pulse_width_us: float = number(300.0, "µs", 20.0, HARD_MAX_PULSE_WIDTH_US, "Width of each phase of a pulse")
    rate_hz: float = number(40.0, "Hz", 10.0, HARD_MAX_RATE_HZ, "Pulses per second")
    max_current_ma: float = number(0.0, "mA", 0.0, HARD_MAX_CURRENT_MA, "This person's cap on the current")
    max_pulse_width_us: float = number(
        300.0, "µs", 20.0, HARD_MAX_PULSE_WIDTH_US, "This person's cap on the pulse width"
    )
    max_rate_hz: float = number(40.0, "Hz", 10.0, HARD_MAX_RATE_HZ, "This person's cap on the rate")
    max_charge_uc: float = number(12.0, "µC", 0.0, HARD_MAX_CHARGE_UC, "This person's cap on the charge per phase")
    electrode_area_cm2: float = number(
        20.0, "cm²", 4.0, 100.0, "Area of the smaller electrode; the rms density stays below 2 mA/cm²"
    )

    def rules(self) -> Iterator[RuleBroken]:
        for name, unit in (("current_ma", "mA"), ("pulse_width_us", "µs"), ("rate_hz", "Hz")):
            value, cap = getattr(self, name), getattr(self, f"max_{name}")
            if value > cap:
                yield RuleBroken(name, f"{value:g} {unit} is above this person's cap max_{name} = {cap:g} {unit}")
        charge_uc = self.current_ma * self.pulse_width_us / 1000.0
        if charge_uc > self.max_charge_uc + TIE:
            yield RuleBroken(
                "current_ma",
                f"{self.current_ma:g} mA for {self.pulse_width_us:g} µs is {charge_uc:.2f} µC a phase, "
                f"above max_charge_uc = {self.max_charge_uc:g} µC",
            )
        density = rms_current_ma(self.current_ma, self.pulse_width_us, self.rate_hz) / self.electrode_area_cm2
        if density > HARD_MAX_RMS_DENSITY_MA_CM2:
            yield RuleBroken(
                "electrode_area_cm2",
                f"{density:.2f} mA/cm² rms over {self.electrode_area_cm2:g} cm² is above "
                f"{HARD_MAX_RMS_DENSITY_MA_CM2:g} mA/cm²: larger electrodes or less output",
            )


def rms_current_ma(current_ma: float, pulse_width_us: float, rate_hz: float) -> float:
    """Rms current (mA) of a biphasic train with two phases of `pulse_width_us` each: I·sqrt(2·t·f)."""
    return current_ma * sqrt(2.0 * pulse_width_us * 1e-6 * rate_hz)


class LegSettings(Section):
    """One affected leg: which sensors lead, which channels it has."""

    side: Side = choice(..., "Which leg")
    sensors: Literal["heel", "imu", "both"] = choice("both", "Sensors that may lead the gait phase")
    channel: tuple[ChannelSettings, ...] = Field(
        description="Channels of this leg", min_length=1, max_length=4, strict=False
    )


class StimulatorSettings(Section):
    """A device that makes the current."""

    id: Name = choice("main", "Name that channels refer to")
    kind: Literal["bench", "trigger"] = choice(
        "bench",
        "bench: pulse stimulator of the virtual bench; trigger: a contact on a GPIO for a device with its own output",
    )
    pin: Pin | None = choice(None, "Trigger only: GPIO that drives the contact")
    safe_contact: Literal["open", "closed"] | None = choice(
        None, "Trigger only, mandatory: state of the contact in which the device does not stimulate"
    )
    contact_when_low: Literal["open", "closed"] = choice(
        "open", "Trigger only: state of the contact while the pin is low; open for a normally-open relay"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.kind == "bench":
            for name in ("pin", "safe_contact"):
                if getattr(self, name) is not None:
                    yield RuleBroken(name, 'the bench stimulator has no contact: leave it out, or set kind = "trigger"')
        if self.kind == "trigger":
            if self.pin is None:
                yield RuleBroken("pin", "a trigger needs the GPIO of its contact: pin = 16, 17 or 22 to 27")
            elif self.pin < 9 or self.pin in (14, 15):
                yield RuleBroken(
                    "pin",
                    f"GPIO {self.pin} is not low while the Pi starts: use 16, 17 or 22 to 27, with a 10 kΩ pull-down",
                )
            if self.safe_contact is None:
                yield RuleBroken("safe_contact", 'a trigger must say in which state nothing flows: "open" or "closed"')
            elif self.safe_contact != self.contact_when_low:
                yield RuleBroken(
                    "contact_when_low",
                    f"a dead Pi leaves the pin low and the contact {self.contact_when_low}, "
                    f"but safe_contact is {self.safe_contact}: use the other kind of relay",
                )


class JudgementSettings(Section):
    """When a sensor is not believed. Times are in the sensor's own stamps."""

    stale_s: float = number(0.05, "s", 0.01, 0.5, "Without a new sample for this long a sensor is lost")
    frozen_s: float = number(0.1, "s", 0.02, 2.0, "An IMU that repeats one sample for this long is lost")
    return_s: float = number(
        0.5, "s", 0.0, 10.0, "A lost sensor must be good for this long before it is believed again"
    )


class ContactSettings(Section):
    """The heel: debounce in time, hysteresis in level."""

    debounce_on_s: float = number(0.008, "s", 0.0, 0.1, "The heel must stay loaded this long to count as on")
    debounce_off_s: float = number(0.008, "s", 0.0, 0.1, "The heel must stay unloaded this long to count as off")
    on_level: float = number(0.6, "share of full load", 0.0, 1.0, "Level at and above which the heel is loaded")
    off_level: float = number(0.4, "share of full load", 0.0, 1.0, "Level at and below which the heel is unloaded")
    unknown_after_s: float = number(
        0.03, "s", 0.0, 0.2, "A contradiction between the two contacts of supervised wiring is borne this long"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.off_level > self.on_level:
            yield RuleBroken(
                "off_level", f"{self.off_level:g} is above on_level = {self.on_level:g}: no hysteresis is left"
            )


class TiltSettings(Section):
    """Pitch from gyroscope and accelerometer."""

    time_constant_s: float = number(1.0, "s", 0.1, 20.0, "Time over which the accelerometer corrects the gyroscope")
    acc_gate_m_s2: float = number(
        1.5, "m/s²", 0.1, 10.0, "The accelerometer is used while it is within this of gravity"
    )
    rest_rate_deg_s: float = number(3.0, "deg/s", 0.1, 20.0, "Spread of the rate below which the segment is at rest")
    rest_s: float = number(0.5, "s", 0.1, 5.0, "Rest must last this long before the gyroscope's bias is learned")
    max_bias_deg_s: float = number(20.0, "deg/s", 0.0, 40.0, "Largest bias that is believed; MPU-6050 data sheet ±20")


class GaitSettings(Section):
    """Gait phases: dwell minima, time-outs and what counts as movement."""

    loading_s: float = number(0.12, "s", 0.02, 0.5, "Loading response after initial contact lasts this long")
    stance_min_s: float = number(0.15, "s", 0.05, 1.0, "From initial contact to heel off at least")
    pre_swing_min_s: float = number(0.03, "s", 0.0, 0.5, "From heel off to foot off at least")
    swing_min_s: float = number(0.15, "s", 0.05, 1.0, "From foot off to initial contact at least")
    standing_after_s: float = number(2.0, "s", 0.5, 10.0, "Stance without an event for this long is standing")
    stance_max_s: float = number(
        5.0, "s", 1.0, 20.0, "Stance that is neither left nor standing for this long is unknown"
    )
    pre_swing_max_s: float = number(1.0, "s", 0.2, 3.0, "Heel off without foot off for this long is not gait")
    swing_max_s: float = number(1.2, "s", 0.3, 3.0, "Swing without initial contact for this long is not gait")
    grace_s: float = number(
        0.1, "s", 0.0, 0.2, "With two sensors the leading one is waited for this long before the other's event is taken"
    )


class HeelEventSettings(Section):
    """Gait events from the heel switch alone."""

    swing_s: float = number(
        0.46, "s", 0.2, 0.8, "Usual length of swing, nearly the same at every speed: places the estimated foot off"
    )
    first_up_s: float = number(0.65, "s", 0.3, 1.5, "Time that the heel is up, as long as no stride has been seen")
    foot_off_min_s: float = number(0.06, "s", 0.0, 0.3, "From heel off to the estimated foot off at least")
    dwell_min_s: float = number(0.2, "s", 0.05, 0.4, "A shorter contact or lift of the heel is bounce or a scuff")
    gap_s: float = number(0.25, "s", 0.05, 1.0, "A longer gap between samples drops the half-finished stride")


class ImuEventSettings(Section):
    """Gait events from the sagittal rate of one IMU."""

    swing_rate_deg_s: float = number(
        60.0, "deg/s", 20.0, 400.0, "Trigger threshold at the start: sagittal rate that proves a swing"
    )
    least_rate_deg_s: float = number(30.0, "deg/s", 10.0, 200.0, "The threshold never adapts below this")
    rate_share: float = number(0.3, "share of the usual peak", 0.1, 0.7, "The threshold adapts to this share of the peak")
    swing_angle_deg: float = number(8.0, "deg", 2.0, 40.0, "Angle at the start that proves a swing")
    push_angle_deg: float = number(6.0, "deg", 2.0, 40.0, "Forward lean at the start that must come before a swing")
    angle_share: float = number(0.2, "share of the usual swing", 0.05, 0.6, "Both angles adapt to this share of the swing")
    rest_rate_deg_s: float = number(15.0, "deg/s", 3.0, 40.0, "Below this rate a foot lies flat and a leg is at rest")
    forget_s: float = number(3.0, "s", 1.0, 30.0, "Without a step for this long the thresholds start anew")
    gap_s: float = number(0.25, "s", 0.05, 1.0, "A longer gap between samples drops the half-finished stride")


class StimulationSettings(Section):
    """The burst: when it begins, its envelope, when it ends."""

    delay_s: float = number(0.1, "s", 0.0, 0.5, "From heel off to the start of the burst")
    rise_s: float = number(0.2, "s", 0.02, 1.0, "Rising ramp; a slow one spares a spastic calf")
    extension_s: float = number(
        0.15, "s", 0.0, 0.6, "Plateau kept after initial contact, so that the foot does not slap"
    )
    fall_s: float = number(0.2, "s", 0.02, 1.0, "Falling ramp")
    longest_burst_s: float = number(
        1.6, "s", 0.1, HARD_MAX_BURST_S, "From the first to the last current of a burst at most, ramps included"
    )
    open_loop_s: float = number(
        0.4, "s", 0.0, HARD_MAX_OPEN_LOOP_S, "A running burst whose sensor is lost ends within this time, by a ramp"
    )
    softened_strides: int = number(
        3, "", 0, HARD_MAX_SOFTENED_STRIDES, "First strides after arming or a pause that are given in growing steps"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.rise_s + self.fall_s > self.longest_burst_s + TIE:
            yield RuleBroken(
                "longest_burst_s",
                f"rise_s + fall_s = {self.rise_s + self.fall_s:g} s does not fit into {self.longest_burst_s:g} s",
            )
        if self.extension_s + self.fall_s > self.longest_burst_s + TIE:
            yield RuleBroken(
                "longest_burst_s",
                f"extension_s + fall_s = {self.extension_s + self.fall_s:g} s does not fit into "
                f"{self.longest_burst_s:g} s",
            )


class GateSettings(Section):
    """The last word: what may leave at all."""

    max_rise_ma_per_s: float = number(300.0, "mA/s", 1.0, 3000.0, "The current may not rise faster")
    shortest_pause_s: float = number(0.05, "s", 0.0, 5.0, "Between the end of a burst and the next")
    duty_window_s: float = number(30.0, "s", 2.0, 120.0, "Sliding window over which the time with current is counted")
    max_duty: float = number(0.9, "share", 0.05, 0.95, "Largest share of that window with current")


class ExerciseSettings(Section):
    """Cyclic stimulation of a seated person."""

    on_s: float = number(1.5, "s", 0.2, HARD_MAX_BURST_S, "Length of each burst, ramps included")
    off_s: float = number(3.0, "s", 0.5, 60.0, "Rest between bursts")
    repetitions: int = number(10, "", 1, 200, "Bursts until the exercise ends by itself")


class FaultSettings(Section):
    """When a fault is called and what clears it."""

    good_strides: int = number(2, "strides", 1, 10, "Good strides that clear a withheld burst")
    late_s: float = number(0.02, "s", 0.005, 0.1, "A gap between ticks beyond this withholds new bursts")
    disagreements: int = number(3, "strides", 1, 20, "Strides in a row on which heel and IMU contradict each other")


class SetPoint(Section):
    """Orthosis set-point of one phase."""

    angle_deg: float = number(0.0, "deg", -30.0, 30.0, "Ankle angle, dorsiflexion positive")
    stiffness_nm_per_deg: float = number(0.0, "N m/deg", 0.0, 10.0, "Stiffness about that angle; 0 is compliant")
    torque_limit_nm: float = number(0.0, "N m", 0.0, 30.0, "Largest torque")


class OrthosisSettings(Section):
    """Set-points of an ankle-foot orthosis per phase; compliant in every other phase."""

    enabled: bool = choice(False, "Whether an orthosis is driven at all")
    loading: SetPoint = Field(
        default=SetPoint(angle_deg=0.0, stiffness_nm_per_deg=0.35, torque_limit_nm=8.0),
        description="Loading response: a brake against slap",
    )
    swing: SetPoint = Field(
        default=SetPoint(angle_deg=5.0, stiffness_nm_per_deg=0.5, torque_limit_nm=8.0),
        description="Pre-swing and swing: lift",
    )


class RecordingSettings(Section):
    """The black box."""

    directory: str = choice("recordings", "Folder for recordings, created when missing")


class Settings(Section):
    """All settings of one controller."""

    session: SessionSettings = SessionSettings()
    hardware: HardwareSettings = HardwareSettings()
    simulation: SimulationSettings = SimulationSettings()
    loop: LoopSettings = LoopSettings()
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
        yield from self._bus_rules()
        yield from self._pin_rules()
        if self.hardware.backend == "pi":
            yield from self._pi_rules()
        yield from self._timing_rules()

    def _identity_rules(self) -> Iterator[RuleBroken]:
        yield from _doubles("leg", "side", (leg.side for leg in self.leg))
        yield from _doubles("sensor", "id", (sensor.id for sensor in self.sensor))
        yield from _doubles("stimulator", "id", (device.id for device in self.stimulator))
        kinds = {(sensor.side, sensor.kind) for sensor in self.sensor}
        devices = {device.id: device for device in self.stimulator}
        users: dict[tuple[str, int], str] = {}
        for i, leg in enumerate(self.leg):
            yield from _doubles(f"leg.{i}.channel", "id", (channel.id for channel in leg.channel))
            for name, kind in (("heel", "heel_switch"), ("imu", "imu")):
                if leg.sensors in (name, "both") and (leg.side, kind) not in kinds:
                    yield RuleBroken(
                        f"leg.{i}.sensors",
                        f'"{leg.sensors}" needs a [[sensor]] with kind = "{kind}", side = "{leg.side}"',
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

    def _bus_rules(self) -> Iterator[RuleBroken]:
        buses: dict[tuple[int, int], str] = {}
        for i, sensor in enumerate(self.sensor):
            if isinstance(sensor, ImuSettings):
                place = (sensor.i2c_bus, sensor.i2c_address)
                if place in buses:
                    yield RuleBroken(
                        f"sensor.{i}.i2c_address", f"{place[1]:#04x} on i2c_bus {place[0]} is already {buses[place]}"
                    )
                buses.setdefault(place, f"sensor[{i}]")

    def _pin_rules(self) -> Iterator[RuleBroken]:
        on_bus_1 = any(isinstance(sensor, ImuSettings) and sensor.i2c_bus == 1 for sensor in self.sensor)
        used = {2: "SDA of i2c_bus 1", 3: "SCL of i2c_bus 1"} if on_bus_1 else {}
        pins: list[tuple[str, int | None]] = [("hardware.arm_button_pin", self.hardware.arm_button_pin)]
        for i, sensor in enumerate(self.sensor):
            if isinstance(sensor, HeelSwitchSettings):
                pins += [(f"sensor.{i}.pin", sensor.pin), (f"sensor.{i}.pin_unloaded", sensor.pin_unloaded)]
        pins += [(f"stimulator.{i}.pin", device.pin) for i, device in enumerate(self.stimulator)]
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
                    f"stimulator.{i}.kind", 'the bench stimulator is simulated: a Pi needs kind = "trigger"'
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
