"""`dorsiflex simulate` as a user meets it."""

import csv
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from config.load import default_document
from dorsiflex.simulate_command import SimulateOptions, person_of
from simulator.patients import patient

Run = Callable[..., subprocess.CompletedProcess[str]]
SHORT = ("simulate", "--minutes", "0.3", "--patient", "classic")


def figure(printed: str, name: str) -> list[str]:
    """The cells of a row of the printed table."""
    line = next(line for line in printed.splitlines() if line.startswith(f"│ {name}"))
    return [cell.strip() for cell in line.strip("│").split("│")[1:]]


def test_stimulation_lifts_the_foot(in_process: Run) -> None:
    done = in_process(*SHORT, "--seed", "2")
    assert done.returncode == 0
    assert "in simulation" in done.stdout
    lifted, hanging = figure(done.stdout, "toe clearance, median")
    assert int(lifted.split()[0]) > int(hanging.split()[0])
    wanted, given, missed = (int(figure(done.stdout, row)[0]) for row in ("bursts wanted", "given", "missed"))
    assert wanted == given + missed
    assert given > 0
    assert int(figure(done.stdout, "  begun after foot off")[0]) == 0


def test_without_stimulation_there_is_one_column_and_no_burst(in_process: Run) -> None:
    done = in_process(*SHORT, "--no-stimulation", "--csv", "walk.csv")
    assert done.returncode == 0
    assert len(figure(done.stdout, "toe clearance, median")) == 1
    assert "bursts wanted" not in done.stdout
    with Path("walk.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(float(row["current_ma"]) == 0.0 and float(row["activation"]) == 0.0 for row in rows)
    assert all(row["dorsiflexion_deg"] == row["unstimulated_dorsiflexion_deg"] for row in rows)


def test_traces_have_a_row_a_tick(in_process: Run) -> None:
    assert in_process(*SHORT, "--csv", "walk.csv").returncode == 0
    with Path("walk.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    times = [float(row["time_s"]) for row in rows]
    assert len(rows) == pytest.approx(0.3 * 60 * 200, abs=2)
    assert times == sorted(set(times))
    assert {"standing", "swing", "stance"} <= {row["phase"] for row in rows} | {"standing"}
    assert max(float(row["current_ma"]) for row in rows) == 34.0
    assert {row["heel"] for row in rows} >= {"0", "1"}


def test_the_speed_is_that_of_the_command(in_process: Run) -> None:
    slow = figure(in_process(*SHORT, "--speed-mps", "0.4").stdout, "steps")
    fast = figure(in_process(*SHORT, "--speed-mps", "1.4").stdout, "steps")
    assert int(slow[0]) < int(fast[0])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(in_process: Run) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert in_process(*SHORT, "--seed", seed, "--report", f"{name}.html", "--csv", f"{name}.csv").returncode == 0
    for kind in ("html", "csv"):
        one, same, other = (Path(f"{name}.{kind}").read_bytes() for name in "abc")
        assert one == same
        assert one != other


def test_a_place_that_cannot_be_written_is_told_before_anything_is_simulated(in_process: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for place in ("folder", "file/report.html"):
        done = in_process(*SHORT, "--report", place)
        assert done.returncode == 6
        assert done.stdout == ""
        assert done.stderr.startswith("cannot write")
        assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize(
    ("option", "value"), [("--patient", "nobody"), ("--speed-mps", "2.5"), ("--minutes", "0"), ("--activity", "flying")]
)
def test_a_wrong_option_is_a_wrong_command_line(in_process: Run, option: str, value: str) -> None:
    done = in_process("simulate", option, value)
    assert done.returncode == 2
    assert option in done.stderr


def test_every_activity_can_be_listed(in_process: Run) -> None:
    lines = [line.split(maxsplit=1) for line in in_process("simulate", "--activity", "list").stdout.splitlines()]
    names = [name for name, _ in lines]
    assert names[0] == "walk"
    assert ["side_steps", "script: steps sideways"] in lines
    assert "stairs_up" in names
    assert len(names) == len(set(names)) > 20


def test_the_bursts_of_an_activity_are_judged_by_its_script(in_process: Run) -> None:
    done = in_process("simulate", "--minutes", "0.5", "--activity", "half_turn")
    assert done.returncode == 0
    wanted, given, missed = (int(figure(done.stdout, row)[0]) for row in ("bursts wanted", "given", "missed"))
    assert wanted == given + missed > 0
    assert "toe clearance" not in done.stdout
    quiet = in_process("simulate", "--minutes", "0.5", "--activity", "seated_marching")
    assert figure(quiet.stdout, "bursts wanted")[0] == "0"


def test_the_seed_draws_another_person_of_that_kind() -> None:
    settings = default_document().settings
    options = SimulateOptions(None, "walk", 1.0, None, 7, True, None, None, None)
    drawn, make = person_of(settings, options)
    assert drawn == patient(settings.simulation.patient, 7)
    assert drawn != person_of(settings, options._replace(seed=8))[0]
    one, same = make(), make()
    for body in (one, same):
        body.advance(4.0)
    assert one is not same
    assert one.state("right") == same.state("right")


def test_a_trigger_device_is_judged_by_its_own_pulses(in_process: Run) -> None:
    profile = resources.files("config") / "profiles" / "trigger_bench.toml"
    done = in_process("simulate", "--minutes", "0.3", "--patient", "classic", "--config", str(profile))
    assert done.returncode == 0
    assert int(figure(done.stdout, "given")[0]) > 0


def test_a_fitted_current_is_told_and_used(in_process: Run) -> None:
    done = in_process(*SHORT, "--seed", "105", "--fit", "--csv", "walk.csv", "--report", "walk.html")
    assert done.returncode == 0
    told = next(line for line in done.stdout.splitlines() if line.startswith("Seated, the current was raised"))
    used_ma = float(told.split("Used in the walk: ")[1].split(" mA")[0])
    with Path("walk.csv").open(newline="") as file:
        assert max(float(row["current_ma"]) for row in csv.DictReader(file)) == used_ma != 34.0
    assert told.split(":")[0] in Path("walk.html").read_text(encoding="utf-8").replace("\u00a0", " ")


def test_a_trigger_device_cannot_be_fitted(in_process: Run) -> None:
    profile = resources.files("config") / "profiles" / "trigger_bench.toml"
    done = in_process(*SHORT, "--fit", "--config", str(profile))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "nothing to fit" in done.stderr


def test_it_is_said_when_and_why_the_person_is_not_helped_enough(in_process: Run) -> None:
    config = in_process("config", "default").stdout.replace("\ncurrent_ma = 34.0", "\ncurrent_ma = 22.0")
    Path("weak.toml").write_text(config, encoding="utf-8")
    done = in_process(*SHORT, "--config", "weak.toml", "--report", "walk.html")
    page = Path("walk.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    for told in ("Stimulation did not help this person enough.", "The current of 22 mA reaches"):
        assert told in done.stdout
        assert told in page


def test_a_current_that_hurts_is_told_although_the_foot_lifts(in_process: Run) -> None:
    """Seed 1008 feels pain from 30.1 mA on; the current of the settings is 34 mA."""
    sore = in_process("simulate", "--patient", "slap", "--seed", "1008", "--minutes", "0.3")
    assert "The current of 34 mA hurts this person: pain begins at 30.1 mA." in sore.stdout
    assert "hurts this person" not in in_process("simulate", "--seed", "1", "--minutes", "0.1").stdout


def test_where_no_heel_lands_first_slap_is_not_judged(in_process: Run) -> None:
    done = in_process("simulate", "--patient", "drag", "--no-stimulation", "--minutes", "0.3")
    row = next(line for line in done.stdout.splitlines() if "foot slap" in line)
    assert row.split("│")[2].strip() == "–"


@pytest.mark.parametrize(
    ("options", "ignored", "says"),
    [
        (("--activity", "stairs_up", "--speed-mps", "1.0"), "--speed-mps", "a speed of its own"),
        (("--activity", "stairs_up", "--patient", "recovering", "--weeks", "3"), "--weeks", "is a script"),
        (("--fit", "--no-stimulation"), "--fit", "no current to find"),
        (("--csv", "one", "--report", "./one"), "--report", "is the file of --csv, which would be overwritten"),
        (("--config", "mine.toml", "--csv", "mine.toml"), "--csv", "is the file of --config"),
        (
            ("--patient", "drag", "--weeks", "3"),
            "--weeks",
            "drag does not recover with the weeks",
        ),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    in_process: Run, options: tuple[str, ...], ignored: str, says: str
) -> None:
    config = in_process("config", "default").stdout
    Path("mine.toml").write_text(config, encoding="utf-8")
    done = in_process("simulate", "--minutes", "0.1", *options)
    assert done.returncode == 2
    told = " ".join(done.stderr.replace("│", " ").split())
    assert f"Invalid value for {ignored}: " in told
    assert says in told
    assert done.stdout == ""
    assert Path("mine.toml").read_text(encoding="utf-8") == config
    assert not Path("one").exists()


def test_the_weeks_bring_the_foot_back(in_process: Run) -> None:
    """Recovering: the typical person gains 0.1 of the muscle in four weeks; drawn people about as much."""
    walk = ("simulate", "--patient", "recovering", "--no-stimulation", "--minutes", "0.3")
    angles = []
    for weeks in ("0", "4", "12"):
        printed = in_process(*walk, "--weeks", weeks).stdout
        assert ("after 4 weeks" in printed) == (weeks == "4")
        angles.append(float(figure(printed, "swing dorsiflexion, median")[0].split()[0]))
    assert in_process(*walk).stdout == in_process(*walk, "--weeks", "0").stdout
    assert angles[0] + 2.0 < angles[1] < angles[2] - 0.5


def test_a_few_steps_are_too_short_to_judge(in_process: Run) -> None:
    printed = in_process("simulate", "--patient", "drag", "--minutes", "0.1").stdout
    assert "Too short to judge whether stimulation helps" in printed
    assert "moves no muscle" not in printed
    assert "did not help" not in printed


def test_a_healthy_foot_is_not_judged_by_stimulation(in_process: Run) -> None:
    printed = in_process("simulate", "--patient", "healthy", "--minutes", "0.3", "--report", "walk.html").stdout
    for text in (printed, Path("walk.html").read_text(encoding="utf-8")):
        assert "A healthy foot follows its own muscles" in text
    assert "healthy foot" not in in_process("simulate", "--patient", "slap", "--minutes", "0.1").stdout
