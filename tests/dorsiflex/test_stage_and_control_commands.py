"""`dorsiflex stage` and `dorsiflex control` as a person meets them."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_settings, default_toml, load_settings
from config.stages import STAGES
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, OperatorCommand
from dorsiflex import control_command
from dorsiflex.bring_up import Stage, Wish
from dorsiflex.exit_codes import ExitCode
from dorsiflex.stages import granted
from recording.blackbox import read_black_box
from runtime.control_socket import ControlSocket

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_run_on_the_bench_is_evidence_for_the_first_stage(in_process: Run, tmp_path: Path) -> None:
    before = in_process("stage")
    assert before.returncode == ExitCode.OK
    assert "missing: dry_run: no accepted recording of simulate yet" in before.stdout
    assert [row[:8] for row in before.stdout.splitlines() if row.startswith(("unlocked", "locked"))] == [
        "unlocked", *["locked  "] * 5
    ]  # fmt: skip
    assert in_process("run", "--speed", "max", "--minutes", "2.1", "--seed", "1", "--plain").returncode == ExitCode.OK
    (path,) = (tmp_path / "recordings").glob("*.dfx")
    assert read_black_box(path).header.read_settings().session.stage == "simulate"
    accepted = in_process("stage", "--accept", path)
    assert accepted.returncode == ExitCode.OK
    assert accepted.stdout.startswith(f"accepted {path}: simulate, 2.1 minutes armed")
    assert "unlocked dry_run" in accepted.stdout
    assert json.loads((tmp_path / "recordings" / "stages.jsonl").read_text())["stage"] == "simulate"


def test_a_short_run_is_no_evidence_and_every_reason_is_told(in_process: Run, tmp_path: Path) -> None:
    run = ("run", "--speed", "max", "--minutes", "0.1", "--seed", "1", "--plain", "--record", "walk.dfx")
    assert in_process(*run, "--stage", "seated").returncode == ExitCode.OK
    refused = in_process("stage", "--accept", "walk.dfx")
    assert refused.returncode == ExitCode.BAD_FILE
    for words in ("no evidence of seated", "on the virtual bench", "of 2 minutes", "0 of 10 bursts"):
        assert words in refused.stderr
    assert not (tmp_path / "recordings").exists()
    assert in_process("stage", "--accept", "none.dfx").returncode == ExitCode.BAD_FILE


def test_a_config_for_hardware_starts_with_nothing_unlocked_and_asks_no_more_than_it_may(
    in_process: Run, tmp_path: Path
) -> None:
    text = default_toml().replace('stage = "simulate"', 'stage = "walking"')
    (tmp_path / "my.toml").write_text(text)
    settings = load_settings(tmp_path / "my.toml")
    assert granted(settings, None) == "walking"
    hardware = settings.hardware.model_copy(update={"backend": "pi"})
    assert granted(settings.model_copy(update={"hardware": hardware}), None) == "simulate"
    assert in_process("stage", "--config", "my.toml").returncode == ExitCode.OK


def test_the_simulated_person_is_always_at_the_first_stage_unless_asked(in_process: Run, tmp_path: Path) -> None:
    text = default_toml().replace('stage = "simulate"', 'stage = "walking"')
    (tmp_path / "my.toml").write_text(text)
    run = ("run", "--config", "my.toml", "--simulate", "classic", "--speed", "max", "--minutes", "0.05", "--plain")
    for i, (more, stage) in enumerate((((), "simulate"), (("--stage", "standing"), "standing"))):
        assert in_process(*run, *more, "--record", f"{i}.dfx").returncode == ExitCode.OK
        assert read_black_box(tmp_path / f"{i}.dfx").header.read_settings().session.stage == stage


def test_control_without_a_run_says_so(in_process: Run) -> None:
    done = in_process("control", "arm")
    assert done.returncode == ExitCode.NO_DEVICE
    assert done.stderr.startswith("no run answers at recordings/control.sock")
    assert in_process("control", "fly").returncode == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mode",), "mode needs one of walk, exercise, test_burst"),
        (("mode", "fly"), "mode needs one of walk, exercise, test_burst"),
        (("test_burst",), "test_burst needs one of left, right"),
        (("arm", "left"), "arm takes no argument"),
    ],
)
def test_control_refuses_what_no_run_would_understand(in_process: Run, arguments: tuple[str, ...], told: str) -> None:
    done = in_process("control", *arguments)
    assert done.returncode == ExitCode.USAGE
    assert told in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize("answer", ["no answer", "the run has ended"])
def test_a_command_that_no_tick_has_taken_is_not_done(
    in_process: Run, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(control_command, "ask", lambda *_: answer)
    assert in_process("control", "stop").returncode == ExitCode.NO_DEVICE


@pytest.mark.parametrize(
    ("arguments", "command", "note", "code"),
    [
        (("pause",), OperatorCommand(CommandKind.PAUSE), "", ExitCode.OK),
        (("mode", "exercise"), OperatorCommand(CommandKind.MODE, argument="exercise"), "", ExitCode.OK),
        (("arm",), OperatorCommand(CommandKind.ARM), "arm refused: no", ExitCode.OUTSIDE_LIMITS),
    ],
)
def test_control_tells_what_came_of_it(
    in_process: Run, tmp_path: Path, arguments: tuple[str, ...], command: OperatorCommand, note: str, code: ExitCode
) -> None:
    (tmp_path / "recordings").mkdir()
    door = ControlSocket(tmp_path / "recordings")
    door.open()
    heard: list[OperatorCommand] = []
    tick = Controller(default_settings()).step(Inputs(0.0, {}))._replace(notes=(note,) if note else ())

    def turn() -> None:
        until_s = time.monotonic() + 20.0
        while not heard and time.monotonic() < until_s:
            heard.extend(door.poll())
            time.sleep(0.001)
        door.put(tick)

    thread = threading.Thread(target=turn)
    thread.start()
    done = in_process("control", *arguments)
    thread.join()
    door.close()
    assert heard == [command]
    assert done.returncode == code
    assert done.stdout == f"disarmed{'; ' + note if note else ''}\n"


def test_the_words_of_the_command_line_are_those_of_the_program() -> None:
    assert [wish.value for wish in Wish] == [kind.value for kind in CommandKind]
    assert [stage.value for stage in Stage] == [stage.name for stage in STAGES]
