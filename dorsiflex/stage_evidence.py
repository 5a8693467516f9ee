"""What a recording shows of a stage of the bring-up: read from the black box, never from what somebody says of it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from config.hashes import proof_hash, safety_hash
from config.schema import Settings
from config.stages import BY_NAME, Stage, StageName
from controller.faults import FaultClass, fault_of
from controller.signals import ArmingState, Certainty, Contact, Event, EventKind, Tick
from recording.blackbox import END_OF_RUN, DamageRecord, EndRecord, GapRecord, TickRecord, read_black_box
from recording.errors import read_failed

ARMED = (ArmingState.ARMED, ArmingState.PAUSED)
STOPPED = "emergency_stop"
"""The one latch that speaks against nobody: a stop that was tried out is a good one."""

LONGEST_TICK_S = 0.1
"""More time than this between two ticks does not count as armed."""

BLOCK = 1 << 20


class Output(NamedTuple):
    """The most that one channel was given: mA, µs, Hz; all 0 where the current is the device's own."""

    current_ma: float
    pulse_width_us: float
    rate_hz: float


class Shown(NamedTuple):
    """What a recording shows. `software`: version and safety code that made it.

    `wrong`: why it is no evidence at all; `lacking`: what it has too little of.
    """

    stage: StageName
    proof_hash: str
    software: str
    sha256: str
    minutes: float
    strides: int
    bursts: int
    outputs: dict[str, Output]
    wrong: tuple[str, ...]
    lacking: tuple[str, ...]


def shown_by(path: Path) -> Shown:
    """Read a recording and judge it by the criteria of the stage that it was made in. Raises RecordingError."""
    box = read_black_box(path)
    sha256 = digest_of(path)
    settings = box.header.read_settings()
    stage = BY_NAME[settings.session.stage]
    count = _Count(settings)
    wrong = _wrong_header(settings, box.header.safety_hash)
    for record in box.records:
        if isinstance(record, TickRecord):
            count.take(record.tick)
        elif isinstance(record, GapRecord):
            wrong.append(f"{record.ticks} ticks are missing from tick {record.first_tick} on")
        elif isinstance(record, DamageRecord):
            wrong.append(f"damaged at byte {record.offset}: {record.reason}")
        elif isinstance(record, EndRecord) and not (record.closed and record.reason == END_OF_RUN):
            wrong.append(f"it was not ended as a run ends: {record.reason or 'cut off'}")
    wrong += [f"latched: {name}" for name in sorted(count.latches)]
    if count.settings_changed:
        wrong.append("the settings were changed in it")
    minutes, strides, bursts = count.armed_s / 60.0, count.least_strides(), count.least_bursts()
    lacking = _lacking(stage, minutes, strides, bursts)
    return Shown(
        stage.name,
        proof_hash(settings),
        box.header.software_version,
        sha256,
        minutes,
        strides,
        bursts,
        count.outputs,
        tuple(wrong[:10]),
        lacking,
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises RecordingError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as problem:
        raise read_failed(problem, path) from problem
    return digest.hexdigest()


def _wrong_header(settings: Settings, recorded_hash: str) -> list[str]:
    wrong = []
    if recorded_hash != safety_hash(settings):
        wrong.append("the safety set in its header does not fit its settings")
    simulated = settings.hardware.backend == "simulator"
    if simulated != (settings.session.stage == "simulate"):
        where = "on the virtual bench" if simulated else "on hardware"
        wrong.append(f"stage {settings.session.stage} was recorded {where}")
    return wrong


def _lacking(stage: Stage, minutes: float, strides: int, bursts: int) -> tuple[str, ...]:
    lacking = []
    if minutes < stage.minutes:
        lacking.append(f"armed for {minutes:.1f} of {stage.minutes:g} minutes")
    if strides < stage.strides:
        lacking.append(f"{strides} of {stage.strides} strides")
    if bursts < stage.bursts:
        lacking.append(f"{bursts} of {stage.bursts} bursts")
    return tuple(lacking)


def _is_step(event: Event) -> bool:
    return event.kind == EventKind.IC and event.certainty == Certainty.CONFIRMED


class _Count:
    """Counts through the ticks of one recording."""

    def __init__(self, settings: Settings) -> None:
        self.armed_s = 0.0
        self.latches: set[str] = set()
        self.settings_changed = False
        keys = [f"{leg.side}.{channel.id}" for leg in settings.leg for channel in leg.channel]
        self.outputs: dict[str, Output] = dict.fromkeys(keys, Output(0.0, 0.0, 0.0))
        self._strides: dict[str, int] = {leg.side: 0 for leg in settings.leg}
        self._bursts = dict.fromkeys(keys, 0)
        self._on: set[str] = set()
        self._last_s: float | None = None

    def take(self, tick: Tick) -> None:
        t_s, armed = tick.inputs.t_s, tick.state in ARMED
        if armed and self._last_s is not None:
            self.armed_s += min(max(t_s - self._last_s, 0.0), LONGEST_TICK_S)
        self._last_s = t_s
        if tick.state == ArmingState.LATCHED:
            latches = [name for name in tick.faults if fault_of(name).kind == FaultClass.LATCH]
            self.latches.update(name for name in latches if name != STOPPED)
        self.settings_changed = self.settings_changed or tick.inputs.settings is not None
        if armed:
            for leg in tick.legs:
                self._strides[leg.side] += sum(_is_step(event) for event in leg.events)
        for command in tick.allowed.values():
            if isinstance(command, Contact):
                self._note(command.channel, Output(0.0, 0.0, 0.0), on=command.stimulate)
                continue
            for train in command.trains:
                _, _, current_ma, width_us, rate_hz, _ = train
                self._note(train.channel, Output(current_ma, width_us, rate_hz), on=current_ma > 0.0)

    def least_strides(self) -> int:
        """Strides of the leg that has the fewest."""
        return min(self._strides.values())

    def least_bursts(self) -> int:
        """Bursts of the channel that has the fewest."""
        return min(self._bursts.values())

    def _note(self, channel: str, output: Output, *, on: bool) -> None:
        if not on or channel not in self._bursts:
            self._on.discard(channel)
            return
        if channel not in self._on:
            self._on.add(channel)
            self._bursts[channel] += 1
        most = self.outputs[channel]
        if output[0] > most[0] or output[1] > most[1] or output[2] > most[2]:
            self.outputs[channel] = Output(*map(max, most, output))
