"""`dorsiflex cohort`: whom stimulation helps, on a sample short enough for every check."""

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_document
from dorsiflex.cohort import Walker, walk_one
from dorsiflex.cohort_rows import CSV_COLUMNS
from dorsiflex.walk_judgement import helps_enough
from simulator.sensation import Sensation

Run = Callable[..., subprocess.CompletedProcess[str]]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_two_people_in_two_processes_are_the_two_of_one_process(in_process: Run) -> None:
    sample = ("cohort", "--patient", "drag", "--people", "2", "--first-seed", "100", "--minutes", "0.3")
    done = in_process(*sample, "--csv", "one.csv")
    assert done.returncode == 0
    assert "drag, seeds 100 to 101, 0.3 min each, in simulation" in done.stdout
    slap = next(line for line in done.stdout.splitlines() if "foot slap, of landings heel first" in line)
    without, _, fitted_slap = (cell.strip() for cell in slap.strip("│").split("│")[1:])
    assert without == "–", "no heel lands first, so nothing can slap"
    assert fitted_slap.endswith(" %")
    both = in_process(*sample, "--jobs", "2", "--csv", "two.csv")
    assert both.stdout.replace("two.csv", "one.csv") == done.stdout
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()
    rows = rows_of(Path("one.csv"))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [(row["seed"], row["current"]) for row in rows] == [
        (seed, current) for seed in ("100", "101") for current in ("none", "as set", "fitted")
    ]
    for none, as_set, fitted in (rows[:3], rows[3:]):
        assert float(as_set["current_ma"]) == 34.0
        assert float(fitted["gain_deg"]) > 5.0
        assert float(fitted["clear_share"]) > float(none["clear_share"])
        assert fitted["felt"] == "moves"
        assert float(fitted["in_stance_s"]) == 0.0


def test_a_fitted_current_lifts_whom_the_one_of_the_settings_does_not_reach() -> None:
    """Seed 105 has a high threshold: 34 mA is too little, and nothing of it is a matter of the settings' caps."""
    walked = walk_one(Walker(default_document().settings, "drag", 105, 20.0))
    assert walked.fitted.current_ma > walked.as_set.current_ma
    assert walked.fitted.current_ma == walked.fitting.fit.current_ma <= walked.fitting.most_ma
    assert walked.fitted.figures.clearance_p50_mm > walked.as_set.figures.clearance_p50_mm + 5.0
    assert walked.fitted.felt is Sensation.MOVES
    assert walked.fitted.helped == helps_enough(walked.fitted.figures, walked.without)
    assert walked.fitted.problem == ""


@pytest.mark.parametrize(
    ("option", "value"), [("--patient", "nobody"), ("--people", "0"), ("--minutes", "0"), ("--jobs", "0")]
)
def test_a_wrong_option_is_a_wrong_command_line(in_process: Run, option: str, value: str) -> None:
    done = in_process("cohort", option, value)
    assert done.returncode == 2
    assert option in done.stderr


def test_a_place_that_cannot_be_written_is_told_before_anything_is_simulated(in_process: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = in_process("cohort", "--csv", "folder")
    assert done.returncode == 6
    assert done.stdout == ""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_to_fit_is_told_in_one_line(in_process: Run, jobs: str) -> None:
    config = in_process("config", "default").stdout.replace("max_current_ma = 50.0", "max_current_ma = 0.0")
    Path("mine.toml").write_text(config.replace("current_ma = 34.0", "current_ma = 0.0"), encoding="utf-8")
    done = in_process("cohort", "--people", "1", "--minutes", "0.1", "--config", "mine.toml", "--jobs", jobs)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "nothing to fit" in done.stderr
