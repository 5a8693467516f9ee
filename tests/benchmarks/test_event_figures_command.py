"""The command that draws a group's gait events: a page for each group with histograms and a stride of each person."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import event_figures
from simulator.patients import PATIENTS
from simulator.person import Person

RATE_HZ, SECONDS = 100, 12
COLUMNS = ("time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A simulated walk with its true events and a description beside it."""
    person = Person(PATIENTS["healthy"], frozenset({"right"}), 1.0, 75.0, seed=2, walk_for_s=SECONDS - 4.0)
    rows = [",".join(COLUMNS)]
    for k in range(SECONDS * RATE_HZ):
        person.advance(k / RATE_HZ)
        rows.append(",".join([f"{k / RATE_HZ:.2f}", *(f"{value:.4f}" for value in person.imu("right", "shank"))]))
    walk = tmp_path / "walk.csv"
    walk.write_text("\n".join(rows) + "\n", encoding="utf-8")
    events = "".join(f"{event.t_s:.4f},right,{event.kind}\n" for event in person.truth("right"))
    (tmp_path / "walk.events.csv").write_text(f"time_s,side,event\n{events}", encoding="utf-8")
    about = {"ml_axis": "gyr_z", "placement": "shank", "subject": "S1"}
    (tmp_path / "walk.json").write_text(json.dumps(about), encoding="utf-8")
    return walk


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr("sys.argv", ["event_figures", *map(str, arguments)])
    return event_figures.main()


def test_a_group_has_a_histogram_of_each_event_and_a_stride_of_each_person(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "figures", recording) == 0
    (page,) = (tmp_path / "figures").iterdir()
    assert capsys.readouterr().out.splitlines() == [str(page)]
    text = page.read_text(encoding="utf-8")
    drawings = [f"<svg{part.partition('</svg>')[0]}</svg>" for part in text.split("<svg")[1:]]
    assert len(drawings) == 4
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    for event in ("IC", "HO", "FO"):
        assert f"{event}: " in text
    assert "0 missed" in text


def test_what_cannot_be_read_or_written_is_said_in_one_line(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "figures", tmp_path / "none.csv") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    (tmp_path / "taken").write_text("")
    assert run(monkeypatch, tmp_path / "taken", recording) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
