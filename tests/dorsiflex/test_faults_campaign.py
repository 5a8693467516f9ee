"""The fault campaign: what is drawn, how results are kept, and the command."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from dorsiflex import faults_command
from dorsiflex.exit_codes import ExitCode
from dorsiflex.faults.campaign import Kept, Result, Shown, Sound, from_line, one_walk, to_line
from dorsiflex.faults.draw import LEAST_STRIDES, SECONDS, WALKS_A_PERSON, Person, draw, plan_faults, settings_of
from dorsiflex.faults.notice import Noticed
from dorsiflex.faults.oracle import Verdict
from dorsiflex.faults.summary import Summary, Times, row_figures
from dorsiflex.faults.walk import Walking
from dorsiflex.faults_command import FaultsOptions, faults, print_summary
from recording.errors import RecordingError
from simulator.faults.kinds import KINDS
from simulator.faults.plan import PlannedFault

CONTACTS_S = [3.0 + 1.2 * k for k in range(48)]


def result(number: int, *harms: str, injected: int = 3, kind: str = "heel.off", who: str = "sensors both") -> Result:
    noticed = Noticed(kind, injected, "heel_lost:right", 0.04 + 0.01 * number, 0.2, True, False, 12.5)
    sound = Sound(("heel_doubted:right",), 40, 2, 62.0) if number % WALKS_A_PERSON == 0 else None
    return Result(number, 1, who, "walk", Verdict((noticed,), harms, 0, 0, 0, 0.0), sound)


def options(folder: Path, figures: Path | None = None, page: Path | None = None) -> FaultsOptions:
    return FaultsOptions(walks=3, seed=1, jobs=1, walk=None, folder=folder, json=figures, report=page)


def told(chosen: FaultsOptions) -> tuple[ExitCode, str]:
    text = io.StringIO()
    return faults(chosen, Console(file=text, width=200)), text.getvalue()


def test_a_walk_is_drawn_the_same_for_ever_and_every_fault_is_drawn() -> None:
    walks = [draw(1, number) for number in range(1500)]
    assert draw(1, 7) == walks[7] != draw(2, 7)
    assert {fault.kind for one in walks for fault in one.faults} == set(KINDS)
    assert {len(one.faults) for one in walks} == {1, 2}
    for one in walks[::WALKS_A_PERSON]:
        assert one.person == draw(1, one.number + WALKS_A_PERSON - 1).person
    for person in {one.person for one in walks[:60]}:
        settings_of(person)


def test_some_people_have_a_force_sensor_under_the_heel_and_faults_that_it_can_have() -> None:
    walks = [draw(1, number) for number in range(1500)]
    people = {one.person for one in walks}
    fsr = {person for person in people if person.heel == "fsr"}
    assert 0.1 < len(fsr) / len(people) < 0.3
    assert not [person for person in fsr if person.sensors == "imu"]
    for person in sorted(fsr)[:20]:
        kinds = {sensor.kind for sensor in settings_of(person).sensor}
        assert kinds == ({"fsr"} if person.sensors == "heel" else {"fsr", "imu"})
        assert "heel FSR" in str(person)
    broken = {fault.kind for one in walks if one.person in fsr for fault in one.faults if fault.kind[:4] == "heel"}
    assert broken == {kind for kind in KINDS if kind[:4] == "heel"} - {"heel.bouncing"}


def test_faults_begin_after_five_strides_and_leave_time_to_live_with_them() -> None:
    for number in range(500):
        drawn = draw(1, number)
        planned = plan_faults(drawn, CONTACTS_S)
        assert sorted(one.kind for one in planned) == sorted(one.kind for one in drawn.faults)
        for one in planned:
            assert CONTACTS_S[LEAST_STRIDES] <= one.start_s <= SECONDS - 10.0
            assert one.stop_s > one.start_s
        assert [one.start_s for one in planned] == sorted(one.start_s for one in planned)
        if len(planned) == 2:
            assert KINDS[planned[0].kind].channel != "process"
        for one in plan_faults(drawn, []):
            assert 15.0 <= one.start_s <= SECONDS - 10.0


def test_nothing_befalls_a_part_of_an_imu_of_which_nothing_moves() -> None:
    flat = ("imu.off", "imu.stuck", "imu.saturated")
    parts = ("acc", "gyr", "imu", "bus")
    walks = [draw(1, number) for number in range(2000)]
    for one in walks:
        kinds = [fault.kind for fault in one.faults]
        assert sum(KINDS[kind].channel in parts for kind in kinds) < 2 or not set(kinds) & set(flat)
    # It is redrawn in its own walk: the fault that was there stays, and so does every other walk.
    assert walks[273].faults[0].kind == "imu.stuck"
    assert any(sum(KINDS[fault.kind].channel in parts for fault in one.faults) == 2 for one in walks)


def test_a_fault_of_a_line_begins_and_lasts_until_its_device_is_spoken_to() -> None:
    contacts_s = [*CONTACTS_S[:20], *(t_s + 6.0 for t_s in CONTACTS_S[20:])]
    links = 0
    for number in range(400):
        for one in plan_faults(draw(1, number), contacts_s):
            if KINDS[one.kind].channel == "link":
                next_s = next(t_s for t_s in contacts_s if t_s > one.start_s)
                assert next_s - 2.0 <= one.start_s < next_s < one.stop_s
                links += 1
    assert links > 20


def test_a_fault_of_the_heel_lasts_until_the_foot_was_lifted() -> None:
    contacts_s = [7.0 * k for k in range(1, 9)]
    stops = [
        (next(t_s for t_s in contacts_s if t_s > one.start_s), one.stop_s)
        for number in range(400)
        for one in plan_faults(draw(1, number), contacts_s)
        if KINDS[one.kind].channel == "heel"
    ]
    assert len(stops) > 20
    assert all(contact_s < stop_s for contact_s, stop_s in stops)


def test_a_result_is_kept_as_a_line() -> None:
    one = result(4, "burst in stance from 1.00 to 2.00 s")
    assert from_line(to_line(one)) == one
    assert "\n" not in to_line(one)
    assert one.command == "dorsiflex faults --walk 4 --seed 1"


@pytest.mark.parametrize("line", ["", "{}", "[]", "3", '{"verdict": 3}', to_line(result(1))[:-9]])
def test_what_is_no_result_is_told_with_file_and_line(tmp_path: Path, line: str) -> None:
    kept = Kept(tmp_path, 1)
    kept.add(result(0))
    with kept.path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RecordingError, match=r"faults-seed-1\.jsonl:2: "):
        list(kept.results())


def test_a_line_that_a_kill_tore_is_walked_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, 1)
    kept.add(result(0))
    kept.add(result(1))
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole + to_line(result(2)).encode()[:40])
    assert [one.number for one in Kept(tmp_path, 1).results()] == [0, 1]
    assert kept.path.read_bytes() == whole


def test_a_campaign_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []

    def campaign(_seed: int, numbers: list[int], _jobs: int) -> list[Result]:
        asked.append(numbers)
        return [result(number) for number in numbers]

    monkeypatch.setattr(faults_command, "run_campaign", campaign)
    kept = Kept(tmp_path, 1)
    kept.add(result(1))
    code, first = told(options(tmp_path))
    assert (code, asked) == (ExitCode.OK, [[0, 2]])
    code, again = told(options(tmp_path))
    assert asked == [[0, 2], []]
    assert first == again
    assert "0 harms in 0 of 3 walks" in again
    assert "2 of 40 bursts missed, 50.0 in 1,000" in again


def test_harm_and_a_fault_that_changed_nothing_fail_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, bad in enumerate((result(0, "burst in stance", who="sensors imu"), result(0, injected=0))):
        monkeypatch.setattr(faults_command, "run_campaign", lambda *_, bad=bad: [bad])
        page, figures = tmp_path / "a.html", tmp_path / "a.json"
        code, text = told(options(tmp_path / str(i), figures, page))
        assert code == ExitCode.OUTSIDE_LIMITS
        assert ("harm: burst in stance" in text) == (i == 0)
        assert ("with one sensor alone" in text) == (i == 0)
        assert ("heel.off changed nothing in 1 walks" in text) == (i == 1)
        assert "heel.off" in page.read_text()
        assert json.loads(figures.read_text())["harms"] == (1 if i == 0 else 0)
    assert "dorsiflex faults --walk 0 --seed 1" in result(0).command


@pytest.mark.parametrize("folder", [None, Path("kept/here")])
def test_one_walk_leaves_a_black_box_only_in_the_folder_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path | None
) -> None:
    def walked(seed: int, number: int, box: Path | None = None) -> Shown:
        if box is not None:
            box.parent.mkdir(parents=True)
            box.write_bytes(b"the walk")
        drawn = draw(seed, number)
        return Shown(drawn, plan_faults(drawn, CONTACTS_S)[:1], result(number))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(faults_command, "show_walk", walked)
    code, text = told(FaultsOptions(walks=3, seed=1, jobs=1, walk=5, folder=folder, json=None, report=None))
    assert code == ExitCode.OK
    left = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert left == ([] if folder is None else [folder / "faults-seed-1-walk-5.dfx"])
    assert ("black box" in text) == (folder is not None)


def test_times_are_told_to_the_millisecond() -> None:
    times = Times()
    assert times.at(0.5) is None
    for ms in (5, 1, 9):
        times.add(ms / 1000.0)
    assert (times.at(0.5), times.at(1.0)) == (0.005, 0.009)


def test_two_faults_of_a_walk_count_its_harms_once() -> None:
    one = result(0, "a", "b")
    both = one._replace(verdict=one.verdict._replace(noticed=one.verdict.noticed * 2, in_stance=2))
    summary = Summary()
    summary.add(both)
    assert (summary.harmful, summary.harmful_walks, summary.rows["heel.off"].in_stance) == (2, 1, 2)
    assert summary.rows["heel.off"].tried == 2


def test_walks_are_counted_by_what_was_harmful() -> None:
    one, summary = result(0), Summary()
    for in_stance, cuts, harms in (
        (2, 0, ("begun",)),
        (0, 1, ("cut",)),
        (0, 0, ("above a cap at 3.00 s",)),
        (0, 0, ()),
    ):
        summary.add(one._replace(verdict=one.verdict._replace(harms=harms, in_stance=in_stance, cuts=cuts)))
    found = summary.as_json()
    counted = {name: count for name, count in found.items() if name.startswith("walks_") or name == "harmful_walks"}
    assert counted == {
        "harmful_walks": 3,
        "walks_with_a_burst_begun_in_stance": 1,
        "walks_with_a_burst_begun_in_stance_with_one_sensor": 0,
        "walks_with_an_abrupt_cut": 1,
        "walks_above_a_cap": 1,
    }


def test_the_worst_of_what_is_borne_is_told() -> None:
    one, summary = result(0), Summary()
    for early_s, overshoot_s in ((0.012, 0.0), (0.004, 0.045)):
        summary.add(one._replace(verdict=one.verdict._replace(harms=(), early_s=early_s, overshoot_s=overshoot_s)))
    figures = row_figures(summary.rows["heel.off"])
    assert (figures["early_worst_s"], figures["overshoot_worst_s"]) == (0.012, 0.045)
    console = Console(record=True, width=200)
    print_summary(console, summary)
    assert "began 12 ms before its window and ended 45 ms after it" in console.export_text()


def test_a_walk_can_be_walked_again() -> None:
    number = next(n for n in range(400) if draw(1, n).person.device == "direct" and n % WALKS_A_PERSON == 0)
    first = one_walk(1, number)
    assert first == one_walk(1, number)
    assert first.void == ()
    assert first.sound is not None


def test_a_fault_of_the_clock_and_one_of_the_scheduler_are_counted_apart() -> None:
    walking = Walking(Person("classic", 4, "walk", 0.9, "direct", "both", "supervised", "shank"))
    walking.end_s = 3.0
    walking.plan((PlannedFault("clock.ahead", 2.0), PlannedFault("scheduler.stall", 20.0)))
    assert walking.run().injected == (1, 0)
