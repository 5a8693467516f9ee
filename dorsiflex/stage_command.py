"""`dorsiflex stage`: which stages of the bring-up are unlocked, what the others need, and taking evidence in."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from config.hashes import SHOWN_DIGITS, proof_hash
from config.load import default_document, load_document
from config.schema import Settings
from config.stages import Stage
from dorsiflex.exit_codes import ExitCode
from dorsiflex.stage_evidence import Shown, shown_by
from dorsiflex.stage_ledger import append
from dorsiflex.stages import Standing, evidence_folder, standings
from dorsiflex.version import software
from recording.errors import RecordingError


def stage(config: Path | None, accept: Path | None, console: Console) -> ExitCode:
    """Take a recording in as evidence, if one is given, and list the stages. Raises ConfigError, RecordingError."""
    settings = (load_document(config) if config else default_document()).settings
    if accept is not None:
        shown = shown_by(accept)
        _refuse(accept, shown, settings)
        append(evidence_folder(settings), accept, shown, datetime.now(UTC).date().isoformat())
        _say(console, f"accepted {accept}: {shown.stage}, {_figures(shown)}")
    _say(console, f"safety set {proof_hash(settings)[:SHOWN_DIGITS]}, evidence in {evidence_folder(settings)}")
    _say(console, f"software {software()}")
    for standing in standings(settings):
        _say(console, _line(standing))
        _say(console, f"    {standing.stage.meaning}")
        if standing.stage.minutes:
            _say(console, f"    its recording must show {_criteria(standing.stage)}")
        for text in standing.missing[:1] if not standing.unlocked else ():
            _say(console, f"    missing: {text}")
    return ExitCode.OK


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _refuse(path: Path, shown: Shown, settings: Settings) -> None:
    """Raises RecordingError with every reason why a recording is no evidence."""
    reasons = [*shown.wrong, *shown.lacking]
    if shown.proof_hash != proof_hash(settings):
        reasons.append("it was made with another safety set than this config's")
    if shown.software != software():
        reasons.append(f"it was made with other software, {shown.software}, than this, {software()}")
    if shown.stage == "walking":
        reasons.append("the last stage unlocks nothing")
    if reasons:
        raise RecordingError(f"{path} is no evidence of {shown.stage}: {'; '.join(reasons)}")


def _line(standing: Standing) -> str:
    mark = "unlocked" if standing.unlocked else "locked  "
    return f"{mark} {standing.stage.name}: modes {', '.join(standing.stage.modes)}"


def _criteria(stage: Stage) -> str:
    parts = [f"{stage.minutes:g} minutes armed"]
    parts += [f"{stage.strides} strides"] if stage.strides else []
    parts += [f"{stage.bursts} bursts on every channel", "no gap, no latch but the emergency stop's"]
    return ", ".join(parts)


def _figures(shown: Shown) -> str:
    return f"{shown.minutes:.1f} minutes armed, {shown.strides} strides, {shown.bursts} bursts"
