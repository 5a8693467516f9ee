"""`dorsiflex run` on hardware, with the virtual bench in its place: it arms at an unlocked stage only."""

import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from config.schema import Settings
from config.stages import StageName
from controller.signals import ArmingState
from dorsiflex import run_command
from dorsiflex.assemble import Rig, bench_rig
from dorsiflex.exit_codes import ExitCode
from drivers.interfaces import Clock
from recording.blackbox import TickRecord, read_black_box

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rigs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Rig]:
    """The rigs that were made: the bench, where the program takes it for pins and buses."""
    made: list[Rig] = []

    def on_the_bench(settings: Settings, clock: Clock, _heartbeat: object = None) -> Rig:
        made.append(bench_rig(settings, clock, seed=1))
        return made[-1]

    monkeypatch.setattr(run_command, "pi_rig", on_the_bench)
    profile = resources.files("config").joinpath("profiles", "pi_p24.toml").read_text(encoding="utf-8")
    for name, value in (("max_current_ma", 40.0), ("max_pulse_width_us", 300.0), ("max_rate_hz", 40.0),
                        ("max_charge_uc", 12.0), ("current_ma", 30.0)):  # fmt: skip
        profile = profile.replace(f"\n{name} = 0.0", f"\n{name} = {value}")
    (tmp_path / "pi.toml").write_text(profile)
    return made


def states_and_notes(path: Path) -> tuple[set[ArmingState], list[str], StageName]:
    box = read_black_box(path)
    ticks = [record.tick for record in box.records if isinstance(record, TickRecord)]
    notes = [note for tick in ticks for note in tick.notes]
    return {tick.state for tick in ticks}, notes, box.header.read_settings().session.stage


def test_with_nothing_unlocked_it_shows_everything_and_arms_nobody(
    in_process: Run, rigs: list[Rig], tmp_path: Path
) -> None:
    done = in_process("run", "--config", "pi.toml", "--stage", "walking", "--minutes", "0.06", "--plain",
                      "--record", "walk.dfx")  # fmt: skip
    assert done.returncode == ExitCode.OK
    assert "stage walking is locked, running at simulate" in done.stderr
    states, notes, stage = states_and_notes(tmp_path / "walk.dfx")
    assert (states, stage) == ({ArmingState.DISARMED}, "simulate")
    assert any("this stage of the bring-up is not unlocked" in note for note in notes)
    assert rigs[0].bench is not None
    assert rigs[0].bench.serial_stimulators["main"].device.pulses == []


def test_a_dry_run_arms_and_no_stimulator_is_even_opened(
    in_process: Run, rigs: list[Rig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_command, "granted", lambda _settings, _asked: "dry_run")
    done = in_process("run", "--config", "pi.toml", "--minutes", "0.12", "--plain", "--record", "walk.dfx")
    assert done.returncode == ExitCode.OK
    states, notes, stage = states_and_notes(tmp_path / "walk.dfx")
    assert stage == "dry_run"
    assert ArmingState.ARMED in states, notes
    assert rigs[0].bench is not None
    assert rigs[0].bench.serial_stimulators["main"].device.pulses == []
    assert rigs[0].bench.serial_stimulators["main"].status().problem
