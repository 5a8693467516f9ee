"""Settings of what is on the leg: sensors, channels, stimulators; part of the safety set."""

from collections.abc import Iterator
from math import sqrt
from typing import Annotated, Literal

from pydantic import Field

from config.limits import (
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
    MORE_PULSES,
)
from config.section import TIE, Axis, Name, Pin, RuleBroken, Section, Side, choice, number


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


class FsrSettings(Section):
    """A force-sensing resistor under the heel, read by an analogue-to-digital converter.

    3.3 V, the FSR with the end-of-line resistor across it (at the pad, so that the cable lies between it and the rest),
    the converter's input, the divider's resistor, ground. An open cable then reads lower than an unloaded pad.
    """

    kind: Literal["fsr"] = choice(..., "fsr: a force-sensing resistor under the heel")
    id: Name = choice(..., "Name of the sensor in readings and recordings")
    side: Side = choice(..., "Leg that the sensor is on")
    placement: Literal["heel"] = choice("heel", "Where it sits")
    wiring: Literal["supervised"] = choice(
        "supervised", "Always with an end-of-line resistor: a broken wire is noticed"
    )
    model: Literal["ads1115"] = choice("ads1115", "Converter; one for each FSR")
    i2c_bus: int = number(1, "", 0, 20, "Number of the I2C bus")
    i2c_address: int = number(0x48, "", 0x48, 0x4B, "Address of the chip on the bus, by its pin ADDR")
    adc_input: int = number(0, "", 0, 3, "Input of the converter, A0 to A3")
    supply_v: float = number(3.3, "V", 2.7, 3.6, "Voltage on the divider, measured")
    divider_ohm: float = number(10_000.0, "ohm", 1000.0, 100_000.0, "Resistor from the input to ground")
    end_of_line_ohm: float = number(100_000.0, "ohm", 22_000.0, 470_000.0, "Resistor across the FSR, at the pad")
    full_load_ohm: float = number(
        1570.0, "ohm", 100.0, 50_000.0, "Resistance of the FSR under full load: the person stands on this heel alone"
    )
    on_level: float = number(
        0.2, "share of full load", 0.01, 1.0, "At and above this the heel is loaded; replaces that of [contact]"
    )
    off_level: float = number(
        0.1, "share of full load", 0.0, 1.0, "At and below this it is unloaded; replaces that of [contact]"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.off_level >= self.on_level:
            yield RuleBroken(
                "off_level", f"{self.off_level:g} is not below on_level = {self.on_level:g}: no hysteresis is left"
            )


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


HeelSettings = HeelSwitchSettings | FsrSettings
"""What tells the load of a heel."""

SensorSettings = Annotated[HeelSwitchSettings | FsrSettings | ImuSettings, Field(discriminator="kind")]


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
    max_pulse_width_us: float = number(0.0, "µs", 0.0, HARD_MAX_PULSE_WIDTH_US, "This person's cap on the pulse width")
    max_rate_hz: float = number(0.0, "Hz", 0.0, HARD_MAX_RATE_HZ, "This person's cap on the rate")
    max_charge_uc: float = number(0.0, "µC", 0.0, HARD_MAX_CHARGE_UC, "This person's cap on the charge per phase")
    electrode_area_cm2: float = number(
        20.0, "cm²", 4.0, 100.0, "Area of the smaller electrode; the rms density stays below 2 mA/cm²"
    )
    load_ohm: float = number(
        2000.0, "Ω", 100.0, 10000.0, "Highest resistance of electrodes and skin; the device must be able to drive it"
    )
    waveform: Literal["symmetric", "asymmetric"] = choice(
        "symmetric", "Shape of a biphasic pulse where it is ours: two equal phases, or a flatter and longer second one"
    )
    recharge_ratio: int = number(
        4, "", 2, 8, "Asymmetric only: the second phase lasts up to so many times longer, at as much less current"
    )
    gap_us: int = number(100, "µs", 10, 500, "Pause between the two phases of a pulse, where it is ours")

    def missing_caps(self) -> tuple[str, ...]:
        """The caps that nobody has set: a cap of 0 lets nothing out."""
        caps = ("max_current_ma", "max_pulse_width_us", "max_rate_hz", "max_charge_uc")
        return tuple([name for name in caps if not getattr(self, name) > 0.0])

    def rules(self) -> Iterator[RuleBroken]:
        for name, unit in (("current_ma", "mA"), ("pulse_width_us", "µs"), ("rate_hz", "Hz")):
            value, cap = getattr(self, name), getattr(self, f"max_{name}")
            # A cap that nobody has set is 0: without current the rest may stand, and arming says what is missing.
            if value > cap and (cap > 0.0 or self.current_ma > 0.0):
                yield RuleBroken(name, f"{value:g} {unit} is above this person's cap max_{name} = {cap:g} {unit}")
        charge_uc = self.current_ma * self.pulse_width_us / 1000.0
        if charge_uc > self.max_charge_uc + TIE:
            yield RuleBroken(
                "current_ma",
                f"{self.current_ma:g} mA for {self.pulse_width_us:g} µs is {charge_uc:.2f} µC a phase, "
                f"above max_charge_uc = {self.max_charge_uc:g} µC",
            )
        # The gate reckons with the highest rate and rounds down: what loads passes it whole.
        at_1_ma = self.highest_density_ma_cm2(1.0)
        if at_1_ma * self.current_ma > HARD_MAX_RMS_DENSITY_MA_CM2 - TIE:
            yield RuleBroken(
                "electrode_area_cm2",
                f"{at_1_ma * self.current_ma:.3f} mA/cm² rms over {self.electrode_area_cm2:g} cm² at "
                f"max_rate_hz = {self.max_rate_hz:g} Hz is not below {HARD_MAX_RMS_DENSITY_MA_CM2:g} mA/cm²: "
                "larger electrodes, less output or a lower max_rate_hz",
            )

    def highest_density_ma_cm2(self, current_ma: float) -> float:
        """Rms density over the electrode in the densest second that the rate's cap allows, as the gate reckons it."""
        return rms_current_ma(current_ma, self.pulse_width_us, self.max_rate_hz + MORE_PULSES) / self.electrode_area_cm2


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


class BenchStimulatorSettings(Section):
    """The pulse stimulator of the virtual bench."""

    kind: Literal["bench"] = choice(..., "bench: pulse stimulator of the virtual bench")
    id: Name = choice("main", "Name that channels refer to")


ContactPlace = Literal["electrode_path", "series", "parallel"]


class TriggerSettings(Section):
    """A stimulator with a trigger input: a contact on a GPIO starts it, its current is set on the device."""

    kind: Literal["trigger"] = choice(..., "trigger: a contact on a GPIO for a device with its own output")
    id: Name = choice("main", "Name that channels refer to")
    mode: Literal["contact", "pulse_train"] = choice(
        "contact",
        "contact: it stimulates while the contact says so; pulse_train: it makes one pulse each time that the contact "
        "leaves its safe state, at the channel's rate_hz",
    )
    pin: Pin = choice(..., "GPIO that drives the contact")
    safe_contact: Literal["open", "closed"] = choice(..., "State of the contact in which the device does not stimulate")
    contact_when_low: Literal["open", "closed"] = choice(
        "open", "State of the contact while the pin is low; open for a normally-open relay"
    )
    enable_pin: Pin | None = choice(
        None, "GPIO with a square wave while the program lives, for a charge pump with a relay; left out: none"
    )
    enable_contact: ContactPlace = choice(
        "electrode_path",
        "Where the contact of that relay is: in the electrode path, in series or parallel with the jack",
    )
    stop_contact: ContactPlace = choice("electrode_path", "Where the contacts of the hard-wired stop are")

    def rules(self) -> Iterator[RuleBroken]:
        for name, pin in (("pin", self.pin), ("enable_pin", self.enable_pin)):
            if pin is not None and (pin < 9 or pin in (14, 15)):
                yield RuleBroken(
                    name,
                    f"GPIO {pin} is not low while the Pi starts: use 16, 17 or 22 to 27, with a 10 kΩ pull-down",
                )
        if self.safe_contact != self.contact_when_low:
            yield RuleBroken(
                "contact_when_low",
                f"a dead Pi leaves the pin low and the contact {self.contact_when_low}, "
                f"but safe_contact is {self.safe_contact}: use the other kind of relay",
            )
        for name in ("enable_contact", "stop_contact"):
            place = getattr(self, name)
            if place == "series" and self.safe_contact == "closed":
                yield RuleBroken(
                    name,
                    "this device stimulates on an open contact, and a contact in series opens it: "
                    '"electrode_path", or "parallel" with a contact that closes when it has no power',
                )
            if place == "parallel" and self.safe_contact == "open":
                yield RuleBroken(
                    name,
                    "this device stimulates on a closed contact, and a parallel one closes it: "
                    '"electrode_path", or "series" with a contact that opens when it has no power',
                )


class Rehastim2Settings(Section):
    """HASOMED RehaStim2 over its serial line (ScienceMode2)."""

    kind: Literal["rehastim2"] = choice(..., "rehastim2: HASOMED RehaStim2 on a serial port")
    id: Name = choice("main", "Name that channels refer to")
    port: str = choice("auto", "Serial port, as /dev/ttyUSB0 or a name under /dev/serial/by-id; auto: the only one")
    mode: Literal["one_shot", "continuous"] = choice(
        "one_shot",
        "one_shot: each pulse is sent, a dead host stimulates nobody; continuous: the device repeats by itself, until "
        "1.2 s after the host died",
    )


class P24Settings(Section):
    """HASOMED P24 over USB (ScienceMode4)."""

    kind: Literal["p24"] = choice(..., "p24: HASOMED P24 on USB")
    id: Name = choice("main", "Name that channels refer to")
    port: str = choice("auto", "Serial port, as /dev/ttyACM0 or a name under /dev/serial/by-id; auto: the only one")
    mode: Literal["low", "mid"] = choice(
        "low",
        "low: each pulse is sent, a dead host stimulates nobody; mid: the device repeats by itself, until 2 s after "
        "the host died",
    )


StimulatorSettings = Annotated[
    BenchStimulatorSettings | TriggerSettings | Rehastim2Settings | P24Settings, Field(discriminator="kind")
]
"""A device that makes the current."""
