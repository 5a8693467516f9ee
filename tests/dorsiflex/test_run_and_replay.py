"""The main job from the command line: a simulated person walks, and the recording replays."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.signals import Tick
from recording.blackbox import EndRecord, TickRecord, read_black_box

Walk = tuple[Path, subprocess.CompletedProcess[str]]
Run = Callable[..., subprocess.CompletedProcess[str]]

SUMMARY = (
    r"steps +│ +\d+ │",
    r"cadence, steps/min +│ +\d+ │",
    r"swings stimulated +│ +\d+ │",
    r"swings missed while armed +│ +\d+ │",
    r"bursts that no step confirmed +│ +\d+ │",
    r"extra bursts +│ +\d+ │",
    r"swing dorsiflexion with stimulation +│ +[+-]\d+\.\d ° │",
    r"swing dorsiflexion without +│ +[+-]\d+\.\d ° │",
    r"toe clearance with stimulation +│ +[+-]\d+\.\d mm │",
    r"toe clearance without +│ +[+-]\d+\.\d mm │",
    r"ticks 2401, late 0, skipped 0 at 200 Hz",
)


def test_a_run_ends_well_with_every_line_of_the_summary(walk: Walk) -> None:
    path, done = walk
    assert (done.returncode, done.stderr) == (0, "")
    assert "in simulation" in done.stdout
    for line in SUMMARY:
        assert re.search(line, done.stdout), f"no line {line!r} in\n{done.stdout}"
    assert f"recording {path}" in done.stdout


def test_the_walker_is_helped(walk: Walk) -> None:
    figures = {
        name: float(value) for name, value in re.findall(r"│ ([a-z ]+?) +│ +([+-][\d.]+) (?:°|mm) │", walk[1].stdout)
    }
    assert figures["swing dorsiflexion with stimulation"] > figures["swing dorsiflexion without"] + 2.0
    assert figures["toe clearance with stimulation"] > figures["toe clearance without"]


def test_plain_lines_come_where_there_is_no_terminal(dorsiflex: Run) -> None:
    done = dorsiflex("run", "--minutes", "0.05")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert re.match(r" +(0\.[5-9]|[1-3]\.\d) s +(armed|disarmed) +right \w+ +heel on .* mA +steps 0", lines[0]), lines[
        0
    ]
    assert "\x1b" not in done.stdout
    assert re.search(r"recording recordings/walk-\d{8}-\d{6}\.dfx", done.stdout)
    assert len(list((dorsiflex.folder / "recordings").iterdir())) == 1  # type: ignore[attr-defined]


def test_its_replay_is_equal(walk: Walk, dorsiflex: Run) -> None:
    done = dorsiflex("replay", walk[0])
    assert (done.returncode, done.stderr) == (0, "")
    assert "2401 ticks replayed, all equal to the recording" in done.stdout


def test_two_replays_write_the_same_bytes(walk: Walk, dorsiflex: Run, tmp_path: Path) -> None:
    written = []
    for i in range(2):
        events, bursts = tmp_path / f"events{i}.csv", tmp_path / f"bursts{i}.csv"
        assert dorsiflex("replay", walk[0], "--events", events, "--bursts", bursts).returncode == 0
        written.append((events.read_bytes(), bursts.read_bytes()))
    assert written[0] == written[1]
    events_text, bursts_text = (data.decode() for data in written[0])
    assert events_text.startswith("event,time_s,decided_s,kind\n")
    assert bursts_text.startswith("start_s,stop_s,reason\n")
    assert min(events_text.count("\n"), bursts_text.count("\n")) > 5


def test_a_seed_gives_one_walk_and_another_seed_another(
    walk: Walk, dorsiflex: Run, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    again, other = tmp_path / "again.dfx", tmp_path / "other.dfx"
    dorsiflex("run", "--speed", "max", "--minutes", "0.2", "--seed", "3", "--record", again)
    dorsiflex("run", "--speed", "max", "--minutes", "0.1", "--seed", "4", "--record", other)
    first, second = (read_black_box(path) for path in (walk[0], again))
    assert first.header._replace(started="") == second.header._replace(started="")
    packed = [[r.packed if isinstance(r, TickRecord) else r for r in box.records] for box in (first, second)]
    assert packed[0] == packed[1]
    assert ticks_of(walk[0])[: len(ticks_of(other)) - 1] != ticks_of(other)[:-1]


def test_the_last_tick_is_disarmed_and_off(
    walk: Walk, ticks_of: Callable[[Path], list[Tick]], is_on: Callable[[Tick], bool]
) -> None:
    last = ticks_of(walk[0])[-1]
    assert last.state.name == "DISARMED"
    assert not is_on(last)
    assert list(read_black_box(walk[0]).records)[-1] == EndRecord(True, "end of run", 0)


@pytest.mark.parametrize("patient", ["healthy", "slap", "drag"])
def test_every_kind_of_person_walks(patient: str, dorsiflex: Run, tmp_path: Path) -> None:
    done = dorsiflex("run", "--speed", "max", "--minutes", "0.1", "--simulate", patient, "--record", tmp_path / "w.dfx")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_replay_with_other_settings_says_that_it_does_not_compare(walk: Walk, dorsiflex: Run) -> None:
    config = dorsiflex.folder / "my.toml"  # type: ignore[attr-defined]
    config.write_text(dorsiflex("config", "default").stdout.replace("current_ma = 34.0", "current_ma = 20.0", 1))
    done = dorsiflex("replay", walk[0], "--config", config)
    assert done.returncode == 0
    assert "2401 ticks replayed with other settings, so not compared" in done.stdout


def test_a_csv_recording_is_replayed(dorsiflex: Run, tmp_path: Path) -> None:
    rows = "".join(f"{i / 100},{int(i % 120 < 70)}\n" for i in range(2000))
    recording = tmp_path / "walk.csv"
    recording.write_text(f"time_s,heel_contact\n{rows}")
    done = dorsiflex("replay", recording, "--sensors", "heel", "--events", tmp_path / "events.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "100.0 Hz, sensors heel, leg right" in done.stdout
    kinds = {line.split(",")[0] for line in (tmp_path / "events.csv").read_text().splitlines()[1:]}
    assert {"IC", "HO"} <= kinds
