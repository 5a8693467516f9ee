"""Settings of the machine around the controller: person, pins, simulation, loop and recording."""

from typing import Literal

from config.section import Cpu, Name, Pin, Section, choice, number
from config.stages import StageName


class SessionSettings(Section):
    """Who walks, for the recording's header."""

    person: str = choice("anonymous", "Pseudonym of the person, written into recordings; never a name")
    stage: StageName = choice(
        "simulate",
        "Stage of the bring-up that is asked for; on hardware what `dorsiflex stage` shows as unlocked decides",
    )


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
    pause_button_pin: Pin | None = choice(
        None, "GPIO of a button to ground: a short press pauses, held 1 s resumes; left out: no button"
    )
    stop_pin: Pin | None = choice(
        None,
        "GPIO of the emergency stop's own contact to ground, closed while it may run: open, or a broken wire, is a "
        "stop; left out: none",
    )


class SimulationSettings(Section):
    """The simulated person on the virtual bench."""

    patient: Name = choice("classic", "Kind of person: healthy, slap, classic, drag, stroke, spastic, ms or recovering")
    walking_speed_m_s: float = number(0.9, "m/s", 0.2, 1.8, "Walking speed of the simulated person")
    mass_kg: float = number(75.0, "kg", 30.0, 150.0, "Body mass of the simulated person")


class LoopSettings(Section):
    """The real-time loop."""

    rate_hz: int = number(200, "Hz", 100, 1000, "Ticks per second, on absolute deadlines")
    realtime_priority: int = number(
        45, "", 0, 80, "SCHED_FIFO priority of the loop; stay below 50, where a real-time kernel serves I2C; 0: none"
    )
    cpu: Cpu | None = choice(None, "Processor that the loop stays on, best one that isolcpus keeps free; left out: any")
    lock_memory: bool = choice(True, "Keep the loop's memory from being swapped out")


class GuardSettings(Section):
    """The process that ends the output when the loop does not live any more."""

    heartbeat_s: float = number(
        0.04, "s", 0.03, 0.2, "Silence of the loop after which the guard drops the enable line and ends it"
    )


class RecordingSettings(Section):
    """The black box."""

    directory: str = choice("recordings", "Folder for recordings, created when missing")
