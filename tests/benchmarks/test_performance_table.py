"""The performance table: what counts as met, what two sets show side by side, and the page that is made of them."""

import json
import subprocess
import sys
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench import Result, as_json, usual_rows
from benchmarks.compare import compare
from benchmarks.figures import NOT_HERE, Figure, as_data, from_data, line, quantile
from benchmarks.performance_page import PAGE, PUBLISHED, joined, written
from benchmarks.rows import ROWS
from benchmarks.stress import ratio_of_rates
from benchmarks.wakeups import drift_ppm
from runtime.deadlines import Wake

CHECKOUT = Path(__file__).parents[2]
POSITIVE = st.floats(1e-6, 1e6)


@given(value=POSITIVE, goal=POSITIVE)
def test_a_highest_and_a_lowest_goal_are_each_others_opposite(value: float, goal: float) -> None:
    most, least = Figure("x", value, "", goal), Figure("x", value, "", goal, at_least=True)
    assert most.met == (value <= goal)
    assert least.met == (value >= goal)
    assert most.ratio == pytest.approx(1.0 / least.ratio) if least.ratio else False


@pytest.mark.parametrize(
    ("figure", "ratio", "verdict"),
    [
        (Figure("no goal", 3.0), None, ""),
        (Figure("none of it", 0.0, "", 0.0), 0.0, "met"),
        (Figure("one too many", 1.0, "", 0.0), inf, "MISSED"),
        (Figure("half", 1.0, "", 2.0), 0.5, "met"),
        (Figure("on the line", 2.0, "", 2.0), 1.0, "met"),
        (Figure("stands still", 0.0, "", 300.0, at_least=True), inf, "MISSED"),
        (Figure("twice as fast", 600.0, "", 300.0, at_least=True), 0.5, "met"),
        (Figure("infinite", inf, "", 4.0), inf, "MISSED"),
    ],
)
def test_ratio_and_verdict(figure: Figure, ratio: float | None, verdict: str) -> None:
    assert (figure.ratio, figure.verdict) == (ratio, verdict)
    assert from_data(json.loads(json.dumps(as_data(figure), allow_nan=False))) == figure


@pytest.mark.parametrize("at_least", [False, True])
def test_what_could_not_be_measured_meets_no_goal(at_least: bool) -> None:
    assert Figure("x", nan, "", 1.0, at_least).verdict == "MISSED"


def test_a_line_has_figure_goal_ratio_and_verdict() -> None:
    assert line(Figure("step", 24.0, "µs", 12.0)).split() == ["step", "24", "µs", "<=", "12", "2.00", "MISSED"]
    assert line(Figure("step", 24.0, "µs")).split() == ["step", "24", "µs"]


def test_quantiles() -> None:
    values = [float(i) for i in range(1000)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1.0)) == (500.0, 990.0, 999.0)
    assert quantile([], 0.5) != quantile([], 0.5)


@given(late_us=st.floats(0.0, 1000.0), drift=st.floats(-0.1, 0.1))
def test_drift_is_the_slope_against_the_grid_and_not_the_lateness(late_us: float, drift: float) -> None:
    wakes = [Wake(k, 5.0 + (1.0 + drift) * k / 200 + late_us * 1e-6, 0.0, 0) for k in range(2000)]
    assert drift_ppm(wakes, 5.0) == pytest.approx(0.9 * drift / (1.0 + drift) * 1e6, rel=0.01, abs=0.5)


def test_missed_ticks_are_compared_as_rates() -> None:
    assert ratio_of_rates(0, 1000, 0, 1000) == 0.0
    assert ratio_of_rates(3, 1000, 0, 1000) == pytest.approx(3.0)
    assert ratio_of_rates(3, 2000, 6, 2000) == pytest.approx(0.5)
    assert ratio_of_rates(4, 1000, 4, 2000) == pytest.approx(2.0)


def a_set(folder: Path, name: str, *figures: Figure) -> Path:
    result = Result("tick", "a tick", "python -m benchmarks.tick_cost", figures, "", "", 1.0, 0.25)
    path = folder / name
    path.write_text(json.dumps(as_json([result], "usual")), encoding="utf-8")
    return path


def test_two_sets_side_by_side(tmp_path: Path) -> None:
    before = a_set(tmp_path, "a.json", Figure("p50", 40.0, "µs"), Figure("ratio", 0.5, "", 0.35), Figure("gone", 1.0))
    after = a_set(tmp_path, "b.json", Figure("p50", 20.0, "µs"), Figure("ratio", 0.3, "", 0.35), Figure("new", 2.0))
    lines = {text.split("  ")[0]: text for text in compare(before, after).splitlines()}
    assert lines["tick: p50"].split()[2:] == ["40", "20", "0.50", "µs"]
    assert lines["tick: ratio"].endswith("now met")
    assert lines["tick: gone"].split()[2:] == ["1", "-"]
    assert lines["tick: new"].split()[2:] == ["-", "2"]


def test_sets_are_joined_row_by_row(tmp_path: Path) -> None:
    first, second = (a_set(tmp_path, name, Figure(name, 1.0)) for name in ("a", "b"))
    other = json.loads(second.read_text(encoding="utf-8"))
    other["rows"].append(other["rows"][0] | {"row": "stress"})
    second.write_text(json.dumps(other), encoding="utf-8")
    rows = {row["row"]: row["figures"][0]["name"] for row in joined([first, second])["rows"]}
    assert rows == {"tick": "b", "stress": "b"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 1}'])
def test_what_is_no_set_of_figures_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit, match="name a file that make bench saved"):
        compare(path, path)


def test_rows_have_names_of_their_own_and_the_usual_run_takes_twelve_minutes_at_most() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert sum(row.minutes for row in usual_rows("usual")) <= 12.0
    assert usual_rows("full") == list(ROWS)
    for row in ROWS:
        assert (CHECKOUT / (row.usual[0].replace(".", "/") + ".py")).exists()


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=CHECKOUT,
        env={"PATH": "/nowhere", **environment},
    )


@pytest.mark.parametrize("module", ["benchmarks.wakeups", "benchmarks.stress"])
def test_what_is_not_here_is_said_in_one_line(module: str) -> None:
    done = run(module, "--json", "/dev/null")
    assert done.returncode == NOT_HERE
    assert done.stderr.startswith("cyclictest is not here: install ")
    assert len(done.stderr.splitlines()) == 1


def test_a_row_that_cannot_be_measured_is_skipped_by_name(tmp_path: Path) -> None:
    done = run("benchmarks.bench", "--only", "wakeups", "--quick", "--save", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "skipped wakeups: cyclictest is not here" in done.stdout
    (saved,) = tmp_path.glob("*.json")
    data = json.loads(saved.read_text(encoding="utf-8"))
    assert data["rows"][0]["skipped"].startswith("cyclictest is not here")
    assert {"processor", "processors", "governor", "kernel", "python"} <= set(data["machine"])
    assert data["stolen_cpu_s"] >= 0.0


def test_a_row_is_measured_and_saved(tmp_path: Path) -> None:
    done = run("benchmarks.bench", "--only", "tick", "--quick", "--save", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (saved,) = tmp_path.glob("*.json")
    (row,) = json.loads(saved.read_text(encoding="utf-8"))["rows"]
    tick_us = {one["name"]: one["value"] for one in row["figures"]}["tick: sense, decide, gate, ring; p50"]
    assert 2.0 < tick_us < 2000.0
    assert row["command"].startswith("python -m benchmarks.tick_cost --ticks")


def test_a_wrong_row_is_refused() -> None:
    done = run("benchmarks.bench", "--only", "nothing")
    assert done.returncode == 2
    assert "wakeups" in done.stderr


def test_the_page_is_made_of_the_published_figures() -> None:
    page, data = PAGE.read_text(encoding="utf-8"), json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert written(page, data) == page, "python -m benchmarks.performance_page"
    assert {row["row"] for row in data["rows"]} >= {row.name for row in usual_rows("usual")}


def test_figures_take_the_place_that_a_page_gives_them() -> None:
    row: dict[str, Any] = {
        "row": "tick",
        "command": "python -m x",
        "skipped": "",
        "failed": "",
        "figures": [as_data(Figure("a tick", 24.0, "µs", 12.0))],
    }
    page = "Before.\n<!-- figures: tick -->\nold\n<!-- end -->\nAfter.\n"
    now = written(page, {"rows": [row]})
    assert now.startswith("Before.\n<!-- figures: tick -->\n`python -m x`\n")
    assert "| a tick | 24 µs | <= 12 | 2.00 | **missed** |" in now
    assert now.endswith("<!-- end -->\nAfter.\n")
    assert "old" not in now
    assert written(now, {"rows": [row]}) == now
    assert "Not measured in this set." in written(page, {"rows": []})
