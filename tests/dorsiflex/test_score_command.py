"""`dorsiflex score` as a user meets it: a simulated walk whose reference is the simulated truth."""

import csv
import re
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest

from controller.controller import Controller
from controller.signals import Certainty, Event, EventKind, Inputs, Tick
from dorsiflex.exit_codes import ExitCode
from dorsiflex.score.recordings import DetectOptions, score_recording
from simulator.patients import PATIENTS
from simulator.person import Person

Run = Callable[..., subprocess.CompletedProcess[str]]
RATE_HZ, SECONDS = 100, 15
AXIS = ("--sensors", "imu", "--mediolateral-axis", "+z")
COLUMNS = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


@pytest.fixture(scope="session")
def simulated() -> tuple[str, list[tuple[float, str]]]:
    """A walk as a CSV recording, and its true events."""
    person = Person(PATIENTS["classic"], frozenset({"right"}), 0.9, 75.0, seed=4, walk_for_s=SECONDS - 4.0)
    rows = [",".join(("time_s", *COLUMNS, "heel_contact"))]
    for k in range(SECONDS * RATE_HZ):
        person.advance(k / RATE_HZ)
        values = [f"{value:.4f}" for value in person.imu("right", "shank")]
        rows.append(",".join((f"{k / RATE_HZ:.2f}", *values, str(int(person.heel_force_n("right") > 40.0)))))
    return "\n".join(rows) + "\n", [(event.t_s, event.kind.value) for event in person.truth("right")]


class Scripted(Controller):
    """A controller that says what it is told to: `script` has each event and its certainty, when, and when decided."""

    script: tuple[tuple[EventKind, Certainty, float, float], ...] = ()

    def step(self, inputs: Inputs) -> Tick:
        tick = super().step(inputs)
        now_s = inputs.t_s
        said = tuple(
            Event(kind, t_s, now_s, certainty, "test")
            for kind, certainty, t_s, decided_s in self.script
            if now_s - 1.0 / RATE_HZ < decided_s <= now_s
        )
        return tick._replace(legs=tuple(leg._replace(events=said) for leg in tick.legs))


@pytest.fixture
def scripted(
    simulated: tuple[str, list[tuple[float, str]]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[Scripted]]:
    """In the place of the controller one that confirms every true event 50 ms after it: scoring, not detecting."""
    Scripted.script = tuple(
        (EventKind(kind), Certainty.CONFIRMED, t_s, t_s + 0.05) for t_s, kind in simulated[1] if t_s + 0.1 < SECONDS
    )
    monkeypatch.setattr("dorsiflex.score.recordings.Controller", Scripted)
    yield Scripted
    Scripted.script = ()


@pytest.fixture
def study(tmp_path: Path, simulated: tuple[str, list[tuple[float, str]]]) -> Path:
    """Two recordings of two people in two groups; of the second, an event is left out and one is invented."""
    folder = tmp_path / "study"
    folder.mkdir()
    rows, events = simulated
    landings = [t_s for t_s, kind in events if kind == "IC"]
    changed = [event for event in events if event != (landings[3], "IC")] + [(landings[5] + 0.5, "IC")]
    for name, group, own in (("one", "careful", events), ("two", "careless & co", changed)):
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
        (folder / f"{name}.json").write_text(f'{{"subject": "P-{name}", "group": "{group}"}}', encoding="utf-8")
        lines = "".join(f"{t_s:.4f},{kind}\n" for t_s, kind in sorted(own))
        (folder / f"{name}.events.csv").write_text("time_s,event\n" + lines, encoding="utf-8")
    return folder


def rows_of(printed: str, name: str) -> dict[str, list[str]]:
    """Cells of the rows of a person, or of all, by event: references, found, missed, extra, F1 ..."""
    rows = {}
    for line in printed.splitlines():
        if line.startswith(f"{name} "):
            event, *cells = line.removeprefix(name).replace(" predicted", "-predicted").split()
            rows[event] = cells
    return rows


@pytest.mark.usefixtures("scripted")
def test_a_group_and_each_person_have_their_figures(study: Path, in_process: Run) -> None:
    done = in_process("score", study, *AXIS)
    assert done.returncode == ExitCode.OK
    assert "careful: 1 person, 1 recording\n" in done.stdout
    whole, wrong = rows_of(done.stdout, "P-one"), rows_of(done.stdout, "P-two")
    assert set(whole) == set(wrong) == {"IC", "HO", "FO"}
    references = int(whole["IC"][0])
    assert references >= 8
    assert whole["IC"][:5] == [str(references), str(references), "0", "0", "1.000"]
    # Of the other person one reference is taken away and one made up.
    assert wrong["IC"][:4] == [str(references), str(references - 1), "1", "1"]
    assert wrong["FO"] == whole["FO"]
    assert 45.0 <= float(whole["IC"][10]) <= 60.0, "the median latency"
    assert done.stdout.count("\nall ") == 6


def test_the_events_are_those_of_a_replay(study: Path, in_process: Run) -> None:
    in_process("replay", study / "one.csv", *AXIS, "--events", "events.csv")
    with Path("events.csv").open(newline="") as file:
        replayed = [(row["event"], row["time_s"], row["decided_s"]) for row in csv.DictReader(file)]
    (leg,) = score_recording(study / "one.csv", DetectOptions("imu", None, "+z", None))
    assert [(one.kind.value, f"{one.t_s:.6f}", f"{one.decided_s:.6f}") for one in leg.events] == replayed
    assert len(replayed) > 20


@pytest.mark.usefixtures("scripted")
def test_limits_decide_the_exit_code(study: Path, in_process: Run) -> None:
    limits = Path("limits.toml")
    limits.write_text('[[limit]]\nevent = "IC"\nmin_f1 = 0.8\nmax_latency_p95_ms = 200\n', encoding="utf-8")
    done = in_process("score", study, *AXIS, "--limits", limits)
    assert done.returncode == ExitCode.OK
    assert "passed: limits limits.toml" in done.stdout
    limits.write_text('[[limit]]\nevent = "IC"\nmin_f1 = 0.999\n', encoding="utf-8")
    done = in_process("score", study, *AXIS, "--limits", limits)
    assert done.returncode == ExitCode.OUTSIDE_LIMITS
    assert re.search(
        r"careless & co: IC confirmed: F1 is 0\.\d+, at least 0\.999 is wanted \(limits\.toml:3\)", done.stdout
    )
    assert "careful: IC" not in done.stdout
    limits.write_text("[[limit]]\nevnt = 3\n", encoding="utf-8")
    done = in_process("score", study, *AXIS, "--limits", limits)
    assert done.returncode == ExitCode.BAD_CONFIG
    assert 'limits.toml:2: limit[0].evnt: unknown, did you mean "event"?' in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("scripted")
def test_one_bad_recording_does_not_stop_the_others(study: Path, in_process: Run) -> None:
    (study / "bad.csv").write_text("time_s,gyr_x\n0,1\n", encoding="utf-8")
    done = in_process("score", study / "one.csv", study / "bad.csv", study / "none.csv", *AXIS)
    assert done.returncode == ExitCode.BAD_FILE
    assert len(rows_of(done.stdout, "P-one")) == 3
    assert len(done.stderr.splitlines()) == 2
    assert "no such file" in done.stderr


@pytest.mark.usefixtures("scripted")
def test_a_recording_without_a_reference_is_told_and_not_scored(study: Path, in_process: Run) -> None:
    (study / "one.events.csv").unlink()
    done = in_process("score", study, *AXIS)
    assert done.returncode == ExitCode.OK
    assert "careful, P-one: not scored: one: no reference" in done.stdout
    assert rows_of(done.stdout, "P-one") == {}
    done = in_process("score", study / "one.csv", *AXIS)
    assert done.returncode == ExitCode.BAD_FILE
    assert "nothing was scored" in done.stderr


@pytest.mark.usefixtures("scripted")
def test_a_recording_whose_reference_is_at_fault_is_left_out(study: Path, in_process: Run) -> None:
    (study / "two.json").write_text('{"subject": "P-two", "suspect": "labels of the other leg"}', encoding="utf-8")
    done = in_process("score", study, *AXIS, "--report", "page.html")
    assert done.returncode == ExitCode.OK
    assert "P-two: not scored: two: labels of the other leg" in done.stdout
    assert rows_of(done.stdout, "P-two") == {}
    assert "labels of the other leg" in Path("page.html").read_text(encoding="utf-8")


def test_predictions_are_scored_apart(study: Path, in_process: Run, scripted: type[Scripted]) -> None:
    landings_s = [t_s for kind, _, t_s, _ in scripted.script if kind is EventKind.IC]
    ahead = [(EventKind.IC, Certainty.PREDICTED, t_s, t_s - 0.2) for t_s in (*landings_s, landings_s[2] + 0.6)]
    scripted.script = (*scripted.script, *ahead)
    Path("limits.toml").write_text(
        '[[limit]]\nevent = "IC"\nkind = "predicted"\nmin_foreseen = 1\nmax_false_share = 0.01\n', encoding="utf-8"
    )
    done = in_process("score", study / "one.csv", *AXIS, "--limits", "limits.toml", "--report", "page.html")
    assert done.returncode == ExitCode.OUTSIDE_LIMITS
    assert "the share of false detections is" in done.stdout
    assert "foreseen is" not in done.stdout
    rows = rows_of(done.stdout, "P-one")
    count = str(len(landings_s))
    assert rows["IC-predicted"][:4] == [count, count, "0", "1"]
    assert rows["IC-predicted"][-3:-1] == ["1.000", f"{1 / (len(landings_s) + 1):.3f}"]
    assert rows["IC"][-3:-1] == ["-", "-"]
    assert float(rows["IC-predicted"][10]) < -150.0
    assert rows["IC"][:4] == [count, count, "0", "0"]
    page = Path("page.html").read_text(encoding="utf-8")
    assert len(re.findall(r"P-one, one: [^<]*IC predicted extra at", page)) == 1
    assert "said ic ahead" in page
    assert ">IC predicted</td>" in page


def test_a_black_box_is_scored_by_the_events_beside_it(tmp_path: Path, in_process: Run) -> None:
    assert in_process("run", "--speed", "max", "--minutes", "0.2", "--record", "walk.dfx").returncode == 0
    leg = score_recording(Path("walk.dfx"), DetectOptions("both", None, None, None))[0]
    assert leg.why_not.startswith("no reference")
    said = [one for one in leg.events if one.certainty is Certainty.CONFIRMED]
    lines = "".join(f"{one.t_s:.4f},{side},{one.kind}\n" for one in said for side in ("right", "left"))
    Path("walk.events.csv").write_text("time_s,side,event\n" + lines, encoding="utf-8")
    done = in_process("score", "walk.dfx")
    assert done.returncode == ExitCode.OK
    assert f"{tmp_path.name}: 1 person, 1 recording" in done.stdout
    rows = rows_of(done.stdout, "walk")
    for event in ("IC", "HO", "FO"):
        references, found = map(int, rows[event][:2])
        # A heel off may lie before the first or after the last of the others, where nothing counts.
        assert 0 <= sum(one.kind == event for one in said) - references <= 2
        assert found >= 0.8 * references > 3, "but for events that were decided later than a match allows"


class Outline(HTMLParser):
    """The ids, the links and the words of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if tag == "a" else []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.usefixtures("scripted")
def test_the_page_shows_each_miss_and_each_extra_on_the_signal(study: Path, in_process: Run) -> None:
    Path("limits.toml").write_text('[[limit]]\nevent = "IC"\nmin_f1 = 0.999\n', encoding="utf-8")
    command = ("score", study, *AXIS, "--report", "page.html", "--limits", "limits.toml")
    assert in_process(*command).returncode == ExitCode.OUTSIDE_LIMITS
    page = Path("page.html").read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(page)
    words = " ".join("".join(outline.words).split())
    assert "Gait events against their reference: 2 recordings" in words
    assert "not a medical device" in words
    assert "Failed: 1 limit is not kept" in words
    assert "IC predicted" not in words
    for wrong, shaded in (("missed", "miss"), ("extra", "extra")):
        (drawn,) = re.findall(rf"P-two, two: [^<]*IC {wrong} at [^<]*</figcaption><svg.*?</svg>", page)
        assert not ("IC missed" in drawn and "IC extra" in drawn), "they are strides apart"
        assert drawn.count(f'class="{shaded}"') == drawn.split("</figcaption>")[0].count(f" {wrong} at ")
    assert "P-one, one: IC" not in page
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert len(set(outline.ids)) == len(outline.ids)
    assert any(link.startswith("#m") for link in outline.links)
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    assert not re.search(r"https?:|@import|url\(|<script|<link|<img|\bnan\b|\binf\b", page)
    assert in_process(*command).returncode == ExitCode.OUTSIDE_LIMITS
    assert Path("page.html").read_text(encoding="utf-8") == page


def test_a_page_that_cannot_be_written_is_told_before_the_work(study: Path, in_process: Run) -> None:
    done = in_process("score", study, *AXIS, "--report", study)
    assert done.returncode == ExitCode.CANNOT_WRITE
    assert done.stdout == ""


def test_what_the_description_says_is_used_unless_the_command_says_otherwise(study: Path) -> None:
    def events(placement: Literal["shank", "foot"] | None, axis: str | None) -> tuple[Event, ...]:
        return score_recording(study / "one.csv", DetectOptions("imu", placement, axis, None))[0].events

    told = {("shank", "+z"): events("shank", "+z"), ("foot", "-z"): events("foot", "-z")}
    assert told["shank", "+z"] != told["foot", "-z"]
    for (placement, axis), as_told in told.items():
        sign = 1 if axis[0] == "+" else -1
        about = f'{{"placement": "{placement}", "ml_axis": "gyr_z", "swing_positive_sign": {sign}}}'
        (study / "one.json").write_text(about, encoding="utf-8")
        assert events(None, None) == as_told
        assert events("shank", "+z") == told["shank", "+z"]


@pytest.mark.usefixtures("scripted")
def test_side_and_clock_of_the_reference_are_those_of_the_description(study: Path) -> None:
    path = study / "one.events.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    own = "".join(f"{float(t_s) - 0.3:.4f},L,{event}\n" for t_s, event in rows)
    other = "".join(f"{float(t_s) + 0.6:.4f},R,{event}\n" for t_s, event in rows)
    path.write_text("time_s,side,event\n" + own + other, encoding="utf-8")
    (study / "one.json").write_text('{"side": "L", "suspected_offset_s": 0.3}', encoding="utf-8")
    (leg,) = score_recording(study / "one.csv", DetectOptions("imu", None, "+z", None))
    outcomes = [cell.outcome for cell in leg.cells if cell.certainty is Certainty.CONFIRMED]
    assert len(outcomes) == 3
    assert all(outcome.pairs and not outcome.missed_s and not outcome.extra for outcome in outcomes)


def test_heel_alone_needs_no_imu(study: Path, in_process: Run) -> None:
    done = in_process("score", study / "one.csv", "--sensors", "heel", "--report", "page.html")
    assert done.returncode == ExitCode.OK
    assert float(rows_of(done.stdout, "P-one")["IC"][4]) > 0.9
    assert "heel, 0 unloaded, 1 loaded" in Path("page.html").read_text(encoding="utf-8")
