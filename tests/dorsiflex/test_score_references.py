"""What stands beside a recording: reference events, windows, and who was recorded with what."""

import gzip
from pathlib import Path

import pytest

from controller.signals import EventKind
from dorsiflex.score.description import describe
from dorsiflex.score.matching import Window
from dorsiflex.score.recordings import recordings_in
from dorsiflex.score.reference import read_reference
from recording.errors import RecordingError

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO


def walk(folder: Path, rows: str = "time_s\n0\n", events: str | None = None, about: str | None = None) -> Path:
    path = folder / "walk.csv"
    path.write_text(rows, encoding="utf-8")
    if events is not None:
        (folder / "walk.events.csv").write_text(events, encoding="utf-8")
    if about is not None:
        (folder / "walk.json").write_text(about, encoding="utf-8")
    return path


def test_events_in_a_file_count_from_the_first_to_the_last(tmp_path: Path) -> None:
    reference = read_reference(walk(tmp_path, events="time_s,event\n2.5,IC\n1,FO\n3,HO\n1.5,IC\n"), "left", 0.1)
    assert reference.events_s == {IC: (1.6, 2.6), FO: (1.1,), HO: (3.1,)}
    (window,) = reference.windows
    assert window == pytest.approx((1.09, 2.61))


def test_where_both_legs_are_named_only_the_own_one_counts(tmp_path: Path) -> None:
    path = walk(tmp_path, events="time_s,side,event\n1,L,IC\n2,right,IC\n3,,IC\n")
    assert read_reference(path, "left", 0.0).events_s == {IC: (1.0, 3.0)}
    assert read_reference(path, "right", 0.0).events_s == {IC: (2.0, 3.0)}
    path = walk(tmp_path, events="time_s,side,event\n1,L,IC\n2,L,IC\n")
    assert read_reference(path, "right", 0.0).events_s == {IC: (1.0, 2.0)}


def test_phases_in_a_column_are_events(tmp_path: Path) -> None:
    rows = "time_s,phase_ref\n" + "".join(f"{k / 10},{phase}\n" for k, phase in enumerate("3300112233001"))
    reference = read_reference(walk(tmp_path, rows), "left", 0.0)
    assert reference.events_s == {IC: (0.2, 1.0), HO: (0.6,), FO: (0.8,)}
    reference = read_reference(walk(tmp_path, rows, events="time_s,event\n0.25,IC\n"), "left", 0.0)
    assert reference.events_s == {IC: (0.25,), HO: (0.6,), FO: (0.8,)}


def test_windows_in_a_column_and_a_zipped_recording(tmp_path: Path) -> None:
    rows = "time_s,ref_valid\n0,1\n1,1\n2,0\n3,1\n4,1\n"
    path = walk(tmp_path, rows, events="time_s,event\n0.5,IC\n")
    zipped = tmp_path / "walk.csv.gz"
    zipped.write_bytes(gzip.compress(rows.encode()))
    for one in (path, zipped):
        assert read_reference(one, "left", 0.5).windows == (Window(0.5, 1.5), Window(3.5, 4.5))


def test_no_reference_is_an_empty_one(tmp_path: Path) -> None:
    assert read_reference(walk(tmp_path), "left", 0.0).is_empty
    assert read_reference(walk(tmp_path, events="time_s,event\n"), "left", 0.0).is_empty
    assert read_reference(walk(tmp_path, "time_s,ref_valid\n0,0\n", "time_s,event\n1,IC\n"), "left", 0.0).is_empty


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ("time,event\n", ":1: reference events need the columns time_s and event"),
        ("time_s,event\n1,TO\n", ":2: event is 'TO': one of IC, HO, FO"),
        ("time_s,event\n1,IC\nx,IC\n", ":3: time_s is 'x': a number belongs there"),
        ("time_s,event\nnan,IC\n", ":2: time_s is nan: a time in s belongs there"),
    ],
)
def test_a_mistake_in_the_events_is_told_with_its_line(tmp_path: Path, events: str, words: str) -> None:
    with pytest.raises(RecordingError, match=r"walk\.events\.csv") as raised:
        read_reference(walk(tmp_path, events=events), "left", 0.0)
    assert words in str(raised.value)


def test_a_description_says_who_was_recorded_with_what(tmp_path: Path) -> None:
    about = (
        '{"subject": "P03", "dataset": "ours", "pathology": "stroke", "side": "L", "placement": "left lower shank",'
        ' "ml_axis": "gyr_z", "swing_positive_sign": -1, "suspected_offset_s": 0.08, "caveats": 7}'
    )
    told = describe(walk(tmp_path, about=about))
    assert told == ("P03", "ours/stroke", "left", "shank", "-z", 0.08, "")
    assert describe(walk(tmp_path, about='{"group": "MS", "placement": "instep"}'))[1:5] == ("MS", None, "foot", None)


def test_without_a_description_the_names_stand_in(tmp_path: Path) -> None:
    told = describe(walk(tmp_path))
    assert told[:2] == ("walk", tmp_path.name)
    assert told[2:] == (None, None, None, 0.0, "")


def test_a_reference_of_which_a_fault_is_known_is_left_out(tmp_path: Path) -> None:
    assert "grade C" in describe(walk(tmp_path, about='{"ref_grade": "C"}')).left_out
    assert describe(walk(tmp_path, about='{"suspect": "other leg"}')).left_out == "other leg"
    folder = tmp_path / "set"
    folder.mkdir()
    manifest = f"dataset,trial,suspect\nelsewhere,walk,no\n{folder.name},walk,clock runs away\nset,good,\n"
    (tmp_path / "manifest.csv").write_text(manifest, encoding="utf-8")
    assert describe(walk(folder)).left_out == "clock runs away"


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("{", ":1: this is not JSON"),
        ("[]", "a description is an object"),
        ('{"subject": 3}', "subject is 3: a text in quotes"),
        ('{"ml_axis": "gyr_w"}', "ml_axis is 'gyr_w'"),
        ('{"swing_positive_sign": 0}', "swing_positive_sign is 0: 1 or -1"),
        ('{"suspected_offset_s": "a"}', "a number belongs there"),
        ('{"suspected_offset_s": NaN}', "at most 5 s"),
    ],
)
def test_a_mistake_in_a_description_is_told(tmp_path: Path, about: str, words: str) -> None:
    with pytest.raises(RecordingError, match=r"walk\.json") as raised:
        describe(walk(tmp_path, about=about))
    assert words in str(raised.value)


def test_a_folder_is_the_recordings_in_it(tmp_path: Path) -> None:
    path = walk(tmp_path, events="time_s,event\n")
    (tmp_path / "other.csv").touch()
    (tmp_path / "box.dfx").touch()
    assert recordings_in([tmp_path]) == [tmp_path / "box.dfx", path]
    assert recordings_in([tmp_path / "other.csv"]) == [tmp_path / "other.csv"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError, match="no recording in"):
        recordings_in([tmp_path / "empty"])
