"""The evidence file: one line for each accepted recording, appended and never changed, beside the recordings.

Every line holds the SHA-256 of its recording, of the line before and of itself. An edited line, a line that was taken
out or put in between, or another recording under the old name breaks the row, and then nothing is unlocked. It guards
against mistakes and tampering by hand, not against a person who rewrites the file with a program: whoever may do that
could change Dorsiflex itself. Lines taken away at the end only lock.
"""

import hashlib
import json
import os
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from config.stages import BY_NAME, StageName
from dorsiflex.stage_evidence import Output, Shown, digest_of
from recording.errors import RecordingError, read_failed, write_failed

NAME = "stages.jsonl"

FIRST = "0" * 64
"""Stands for the line before the first."""

LONGEST_LEDGER = 1 << 20
"""Bytes; more is no evidence file."""


class Proof(NamedTuple):
    """One line: what an accepted recording has shown. `recording` is its path as seen from the folder of the file."""

    stage: StageName
    proof_hash: str
    software: str
    recording: str
    sha256: str
    minutes: float
    strides: int
    bursts: int
    outputs: dict[str, Output]
    accepted: str


def read_ledger(folder: Path) -> tuple[Proof, ...]:
    """Every line of the evidence file in `folder`; none without a file. Raises RecordingError for a broken row."""
    path = folder / NAME
    proofs: list[Proof] = []
    before = FIRST
    for number, line in enumerate(_lines(path), start=1):
        try:
            data = json.loads(line)
            digest = data.pop("line")
            proof = _proof(data)
            whole = digest == _digest(data) and data.pop("before") == before
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            whole = False
        if not whole:
            raise RecordingError(
                f"{path}:{number}: this line was edited or damaged, so nothing is unlocked: put back the file that was "
                "saved, or move it away and accept the recordings again"
            )
        before = digest
        proofs.append(proof)
    return tuple(proofs)


def check_recording(folder: Path, proof: Proof) -> str:
    """Why the recording of a proof does not bear it out any more, or empty."""
    try:
        same = digest_of(folder / proof.recording) == proof.sha256
    except RecordingError as problem:
        return str(problem)
    return "" if same else f"{folder / proof.recording} is not the recording that was accepted"


def append(folder: Path, recording: Path, shown: Shown, accepted: str) -> Proof:
    """Add a line for a recording; `accepted` is the date, as text. Raises RecordingError, CannotWriteError."""
    read_ledger(folder)
    lines = _lines(folder / NAME)
    before = json.loads(lines[-1])["line"] if lines else FIRST
    proof = Proof(
        shown.stage,
        shown.proof_hash,
        shown.software,
        os.path.relpath(recording.resolve(), folder.resolve()),
        shown.sha256,
        round(shown.minutes, 2),
        shown.strides,
        shown.bursts,
        shown.outputs,
        accepted,
    )
    data: dict[str, Any] = {**proof._asdict(), "before": before}
    data["line"] = _digest(data)
    packed = (json.dumps(data, ensure_ascii=True) + "\n").encode("ascii")
    try:
        file = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, packed)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as problem:
        raise write_failed(problem, folder / NAME) from problem
    return proof


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_LEDGER + 1)
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise read_failed(problem, path) from problem
    if len(content) > LONGEST_LEDGER:
        raise RecordingError(f"{path} is larger than 1 MB: this is no evidence file, move it away")
    return content.decode("utf-8", errors="replace").splitlines()


def _digest(data: object) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _proof(data: dict[str, Any]) -> Proof:
    """The proof in a line. Raises ValueError, TypeError, KeyError for what is none."""
    texts = [data[name] for name in ("proof_hash", "recording", "sha256", "accepted")]
    # A line from before lines held it was made by other software than this.
    software = str(data.get("software", ""))
    if data["stage"] not in BY_NAME or not all(isinstance(text, str) for text in texts):
        raise ValueError("no proof")
    outputs = {str(key): Output(*map(_number, values)) for key, values in data["outputs"].items()}
    figures = [_number(data[name]) for name in ("minutes", "strides", "bursts")]
    return Proof(
        data["stage"],
        texts[0],
        software,
        texts[1],
        texts[2],
        figures[0],
        int(figures[1]),
        int(figures[2]),
        outputs,
        texts[3],
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError("no number")
    return float(value)
