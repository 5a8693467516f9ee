"""The campaign of dying hosts: which trial counts, which is told apart and repeated, and how it goes on when ended."""

import os
from pathlib import Path

import pytest

from evidence.host_death import MOST_TURNS, Asked, Kept, Turn, trial_of
from evidence.host_observer import Ending, Outcome, Running, Verdict, judge, port_from
from evidence.host_process import ENABLE_PIN, TRIGGER_PIN, Kind, Seen, Trial, Wires
from evidence.pins import Watcher

ASKED = Asked(3, [Kind.SIGKILL, Kind.DISK], 1)
COUNTED = Outcome("trigger", Kind.SIGKILL, Verdict.COUNTED, 0.01, in_burst=True)
PINS = {TRIGGER_PIN: "trigger", ENABLE_PIN: "enable"}


def verdict(
    folder: Path, kind: Kind, *, armed_s: float, last_s: float, end_s: float, ending: Ending, unrecorded_s: float = 0.0
) -> Verdict:
    """Of a host that first ticked at 100 s, was to be befallen at 105 s, and whose contact opened at `end_s`."""
    seen, watcher = Seen.of_one_host(), Watcher([])
    seen.last.write(100.0, armed_s, unrecorded_s, last_s)
    edges = [(103.0 + 0.005 * k, k % 2 == 0) for k in range(round((max(last_s, end_s) - 103.0) / 0.005))]
    watcher.changes = {"trigger": [(104.0, True), (end_s, False)] if end_s else [], "enable": edges}
    watcher.looks = [(107.0, 107.1)]
    one = Running(Trial("trigger", kind, 5.0, folder, 0), 0, seen, None, Wires("", PINS), 0)
    return judge(one, ending, watcher).verdict


KILLED = Ending(105.0, outlived=False)


@pytest.mark.parametrize(
    ("armed_s", "last_s", "end_s", "ending", "expected"),
    [
        (104.998, 104.998, 105.01, KILLED, Verdict.COUNTED),
        (104.0, 104.998, 104.2, KILLED, Verdict.STOPPED_BEFORE),
        (0.0, 104.998, 104.2, KILLED, Verdict.STOPPED_BEFORE),
        (104.0, 104.0, 104.03, KILLED, Verdict.STOPPED_BEFORE),
        (104.998, 104.998, 0.0, KILLED, Verdict.NO_STEP_YET),
        (104.998, 104.998, 105.01, Ending(105.0, outlived=True), Verdict.FAILED),
        (107.02, 107.02, 107.03, Ending(107.02, outlived=False), Verdict.OBSERVER_LATE),
    ],
)
def test_a_trial_counts_only_when_its_host_could_stimulate_until_it_was_befallen(
    armed_s: float, last_s: float, end_s: float, ending: Ending, expected: Verdict, tmp_path: Path
) -> None:
    found = verdict(tmp_path, Kind.SIGKILL, armed_s=armed_s, last_s=last_s, end_s=end_s, ending=ending)
    assert found == expected


def test_output_that_goes_on_after_a_host_had_stopped_by_itself_is_a_failure(tmp_path: Path) -> None:
    never = Ending(None, outlived=False)
    stale = verdict(tmp_path, Kind.GIL, armed_s=104.1, last_s=104.1, end_s=104.15, ending=never)
    late = verdict(tmp_path, Kind.GIL, armed_s=104.01, last_s=104.01, end_s=104.2, ending=never)
    assert (stale, late) == (Verdict.STOPPED_BEFORE, Verdict.FAILED)


@pytest.mark.parametrize(
    ("unrecorded_s", "expected"),
    [
        (104.9, Verdict.COUNTED),
        (0.0, Verdict.STOPPED_BEFORE),
        (104.2, Verdict.COUNTED),
        (105.9, Verdict.STOPPED_BEFORE),
    ],
)
def test_a_full_disk_befalls_when_the_loop_knows_of_it(unrecorded_s: float, expected: Verdict, tmp_path: Path) -> None:
    ending = Ending(None, outlived=False)
    found = verdict(
        tmp_path, Kind.DISK, armed_s=104.9, last_s=105.0, end_s=104.9, ending=ending, unrecorded_s=unrecorded_s
    )
    assert found == expected


def test_a_campaign_that_was_ended_goes_on_and_repeats_what_showed_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    before = Kept(path, ASKED)
    assert before.left(3) == [Turn(0, 0), Turn(1, 0), Turn(2, 0)]
    stopped = COUNTED._replace(verdict=Verdict.STOPPED_BEFORE, why="late_loop")
    before.add([Turn(0, 0), Turn(1, 0)], [COUNTED, stopped])
    with path.open("a") as file:
        file.write('[2, 0, "trig')
    again = Kept(path, ASKED)
    assert again.found == before.found
    assert again.left(3) == [Turn(2, 0), Turn(1, 1)]
    again.add([Turn(2, 0)], [COUNTED._replace(verdict=Verdict.FAILED)])
    assert Kept(path, ASKED).left(3) == [Turn(1, 1)], "what was torn off is lost, what came after it is not"
    again.add([Turn(1, MOST_TURNS - 1)], [stopped])
    assert again.left(3) == []


def test_what_was_kept_of_another_campaign_is_refused(tmp_path: Path) -> None:
    Kept(tmp_path / "kept", ASKED)
    with pytest.raises(ValueError, match="of another campaign"):
        Kept(tmp_path / "kept", ASKED._replace(seed=2))


def test_a_moment_is_the_same_every_time_and_another_when_it_is_repeated(tmp_path: Path) -> None:
    times = []
    for name, turn in (("a", Turn(1, 0)), ("b", Turn(1, 0)), ("c", Turn(1, 1))):
        (tmp_path / name).mkdir()
        trial = trial_of(turn, ASKED, tmp_path / name)
        assert (trial.kind, trial.device, trial.limit > 0) == (Kind.DISK, "p24-low", True)
        times.append((trial.after_s, trial.limit))
    assert times[0] == times[1] != times[2]


def test_a_host_whose_observer_is_gone_before_it_says_where_the_device_is_ends_and_tells(
    capfd: pytest.CaptureFixture[str],
) -> None:
    read, write = os.pipe()
    os.write(write, b"/dev/pts/")
    os.close(write)
    with pytest.raises(SystemExit) as ending:
        port_from(read)
    os.close(read)
    assert ending.value.code == 1
    assert "the observer failed" in capfd.readouterr().err


def test_a_host_hears_where_the_device_is_however_it_comes() -> None:
    read, write = os.pipe()
    os.write(write, b"/dev/pts/7\n")
    assert port_from(read) == "/dev/pts/7"
    os.close(read)
    os.close(write)
