"""The words that everybody shares: what goes into a tick, what comes out of it.

All records are NamedTuples: immutable, cheap enough to make at 200 Hz, and written to the black box as they are.

Frame of an IMU reading: the ISB segment frame, x forward, y up along the segment, z to the person's right, on either
leg. A positive rate about z lifts the toes and swings the shank forward, so `gyr_z` is the sagittal rate and is
positive in swing. Acceleration is specific force: +9.8 m/s² upwards at rest.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from config.schema import Settings, Side

NEVER_S = -1.0e9
"""A time stamp that is before everything."""


class HeelContact(IntEnum):
    """What is known of the heel: unknown never triggers."""

    UNKNOWN = 0
    OFF = 1
    ON = 2


class Phase(IntEnum):
    """Gait phase of one leg."""

    UNKNOWN = 0
    STANDING = 1
    LOADING = 2
    STANCE = 3
    PRE_SWING = 4
    SWING = 5


class EventKind(StrEnum):
    """Gait events: initial contact, heel off, foot off."""

    IC = "IC"
    HO = "HO"
    FO = "FO"


UNCONFIRMED = {EventKind.FO: "no foot off followed the burst", EventKind.IC: "no landing followed the burst"}
"""What a note says, after the name of its leg, of a burst whose foretold event did not come."""


class Certainty(StrEnum):
    """A confirmed event was decided at or after it happened, a predicted one before."""

    CONFIRMED = "confirmed"
    PREDICTED = "predicted"


class Mode(StrEnum):
    """What the person is doing; each mode has its own rule for when current may flow."""

    WALK = "walk"
    EXERCISE = "exercise"
    TEST_BURST = "test_burst"


class ArmingState(IntEnum):
    """A burst may begin in ARMED only; in PAUSED one that runs comes down."""

    DISARMED = 0
    ARMED = 1
    PAUSED = 2
    LATCHED = 3


class BurstStage(IntEnum):
    """Where in its envelope a burst is."""

    IDLE = 0
    DELAY = 1
    RISE = 2
    PLATEAU = 3
    EXTENSION = 4
    FALL = 5


class CommandKind(StrEnum):
    """What an operator may ask for."""

    ARM = "arm"
    DISARM = "disarm"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    MODE = "mode"
    TEST_BURST = "test_burst"


class Source(StrEnum):
    """Where a command came from: the network may pause, disarm and stop, never arm or resume."""

    OPERATOR = "operator"
    NETWORK = "network"


class Reading(NamedTuple):
    """One sample of one sensor, with the sensor's own stamp (monotonic, s).

    Heel switch or FSR: `values = (level,)`, 0 unloaded to 1 loaded, NaN when the wiring contradicts itself.
    IMU: `values = (acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z)` in m/s² and deg/s, in the segment frame.
    """

    t_s: float
    values: tuple[float, ...]


class OperatorCommand(NamedTuple):
    """One wish of a person; `argument` is the mode for MODE and the side for TEST_BURST."""

    kind: CommandKind
    source: Source = Source.OPERATOR
    argument: str = ""


class DeviceStatus(NamedTuple):
    """What a device said: a stimulator of the command before, a sensor when it gave no sample. Empty while well."""

    t_s: float
    problem: str = ""


class LoopStatus(NamedTuple):
    """What the loop knows of itself: the number of the tick on the deadline grid, and what went wrong before it."""

    tick: int = 0
    late_s: float = 0.0
    skipped: int = 0
    recorder_problem: str = ""
    exception: str = ""
    guard_problem: str = ""


NO_DEVICES: dict[str, DeviceStatus] = {}


class Inputs(NamedTuple):
    """Everything that can change a decision. A sensor without a new sample has no entry in `readings`."""

    t_s: float
    readings: dict[str, Reading]
    commands: tuple[OperatorCommand, ...] = ()
    devices: dict[str, DeviceStatus] = NO_DEVICES
    loop: LoopStatus = LoopStatus()
    settings: Settings | None = None


class Event(NamedTuple):
    """A gait event: when it happened and on which stamp that was decided, both s."""

    kind: EventKind
    t_s: float
    decided_s: float
    certainty: Certainty
    source: str


class Tilt(NamedTuple):
    """A segment in the sagittal plane: pitch in deg (toes up, foot in front of the knee positive), rate in deg/s.

    `known` is false until the filter has seen enough to be believed, and when the sensor is lost.
    """

    pitch_deg: float
    rate_deg_s: float
    known: bool


class PulseTrain(NamedTuple):
    """What one channel is to put out. `due` says that one pulse belongs to this tick."""

    channel: str
    output: int
    current_ma: float
    pulse_width_us: float
    rate_hz: float
    due: bool


class Pulses(NamedTuple):
    """A command for a stimulator whose current is ours."""

    trains: tuple[PulseTrain, ...]


class Contact(NamedTuple):
    """A command for a trigger device: stimulate or not. Its current is set on the device and unknown here."""

    channel: str
    stimulate: bool


StimulationCommand = Pulses | Contact


class OrthosisCommand(NamedTuple):
    """Set-point of an ankle-foot orthosis: angle deg, stiffness N m/deg, torque limit N m."""

    angle_deg: float
    stiffness_nm_per_deg: float
    torque_limit_nm: float


COMPLIANT = OrthosisCommand(0.0, 0.0, 0.0)
"""The safe orthosis command: it gives way."""


class Reduction(NamedTuple):
    """Why the gate let less through on a channel than was asked."""

    channel: str
    reason: str


class LegTick(NamedTuple):
    """What was judged and decided for one leg."""

    side: Side
    contact: HeelContact
    tilt: dict[str, Tilt]
    phase: Phase
    events: tuple[Event, ...]
    lead: str
    stage: BurstStage
    level: float
    softened: bool
    orthosis: OrthosisCommand


class Tick(NamedTuple):
    """One turn of the crank, whole: what came in, what was decided, what went out, and why it was less."""

    inputs: Inputs
    state: ArmingState
    mode: Mode
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    legs: tuple[LegTick, ...]
    asked: dict[str, StimulationCommand]
    allowed: dict[str, StimulationCommand]
    reductions: tuple[Reduction, ...]
