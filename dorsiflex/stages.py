"""Which stages of the bring-up are unlocked: each by recorded evidence of every stage before it, for these settings.

The evidence is for one safety set (`config.hashes.proof_hash`): another cap, channel, electrode, device, wiring or
sensor locks everything but the bench again. What a person tunes does not, inside the range that the evidence of the
stage before has covered: current, pulse width and rate of each channel, from 0 up to the most that the gate let out
there. Above it the stage is locked until the stage before has shown more. Other settings lock nothing.

Other safety code than that which made the recordings locks every stage but the bench again: they show what that did.
"""

from pathlib import Path
from typing import NamedTuple

from config.hashes import TUNABLE, proof_hash
from config.schema import Settings
from config.stages import BY_NAME, STAGES, Stage, StageName
from dorsiflex.assemble import Rig
from dorsiflex.stage_ledger import Proof, check_recording, read_ledger
from dorsiflex.version import software
from drivers.interfaces import Stimulator
from drivers.no_output import NoOutput

TIE = 1e-6
"""A current that was recorded and the setting behind it may differ by rounding."""

UNITS = ("mA", "µs", "Hz")


class Standing(NamedTuple):
    """A stage, whether it is unlocked, and in words what is missing for it."""

    stage: Stage
    unlocked: bool
    missing: tuple[str, ...]


def evidence_folder(settings: Settings) -> Path:
    """The folder of the evidence file: that of the recordings."""
    return Path(settings.recording.directory)


def standings(settings: Settings) -> tuple[Standing, ...]:
    """All stages in their order. Raises RecordingError for an evidence file that was edited."""
    folder = evidence_folder(settings)
    proofs = read_ledger(folder)
    found: list[Standing] = []
    missing: tuple[str, ...] = ()
    for i, stage in enumerate(STAGES):
        if i:
            missing += _missing(settings, STAGES[i - 1], stage, folder, proofs)
        found.append(Standing(stage, not missing, missing))
    return tuple(found)


def granted(settings: Settings, asked: StageName | None) -> StageName:
    """The stage to run at: on the virtual bench what is asked for, on hardware at most what is unlocked.

    `asked` goes before the settings; on hardware "simulate" in the settings asks for nothing in particular. With
    nothing unlocked it is "simulate" there, at which a controller on hardware does not arm. Raises RecordingError.
    """
    own = settings.session.stage
    if settings.hardware.backend == "simulator":
        return asked or own
    highest = asked or ("walking" if own == "simulate" else own)
    below = STAGES[: STAGES.index(BY_NAME[highest]) + 1]
    return [one.stage.name for one in standings(settings) if one.unlocked and one.stage in below][-1]


def without_output(rig: Rig) -> Rig:
    """The rig with nothing in the place of its stimulators: whatever is asked of them is recorded only."""
    nothing: dict[str, Stimulator] = {name: NoOutput(rig.clock) for name in rig.parts.stimulators}
    return rig._replace(parts=rig.parts._replace(stimulators=nothing))


def at_stage(settings: Settings, name: StageName) -> Settings:
    """The settings with that stage in them, for the controller and for the header of the recording."""
    return settings.model_copy(update={"session": settings.session.model_copy(update={"stage": name})})


def _missing(
    settings: Settings, before: Stage, stage: Stage, folder: Path, proofs: tuple[Proof, ...]
) -> tuple[str, ...]:
    """What keeps `stage` locked, of the evidence of the stage before it."""
    of_stage = [proof for proof in proofs if proof.stage == before.name]
    fitting = [proof for proof in of_stage if proof.proof_hash == proof_hash(settings)]
    if fitting and not [proof for proof in fitting if proof.software == software()]:
        return (
            f"{stage.name}: {before.name} was recorded with other software than this, {software()}: record it again",
        )
    fitting = [proof for proof in fitting if proof.software == software()]
    if not fitting:
        what = "for another safety set only" if of_stage else "yet"
        return (f"{stage.name}: no accepted recording of {before.name} {what}",)
    bad = [problem for problem in (check_recording(folder, proof) for proof in fitting) if problem]
    if bad:
        return tuple(bad)
    return tuple(_beyond(settings, before, fitting))


def _beyond(settings: Settings, before: Stage, proofs: list[Proof]) -> list[str]:
    """Settings that lie beyond what the evidence has covered."""
    triggers = {device.id for device in settings.stimulator if device.kind == "trigger"}
    beyond = []
    for leg in settings.leg:
        for channel in leg.channel:
            if channel.stimulator in triggers:
                continue
            key = f"{leg.side}.{channel.id}"
            for place, (name, unit) in enumerate(zip(TUNABLE, UNITS, strict=True)):
                most = max(proof.outputs[key][place] if key in proof.outputs else 0.0 for proof in proofs)
                value = getattr(channel, name)
                if value > most + TIE and channel.current_ma > 0.0:
                    beyond.append(f"{key}: {name} = {value:g} {unit} is above the {most:g} {unit} of {before.name}")
    return beyond
