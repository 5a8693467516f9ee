"""A walk that is interrupted or killed: the output ends, and the black box can be read to its last whole record."""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from controller.signals import ArmingState, Tick
from recording.blackbox import TICK, EndRecord, read_black_box
from recording.codec import unpack_tick
from recording.frame import Frame, frames

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., "subprocess.Popen[str]"]
PATIENCE_S = 40.0
POLL_S = 0.05
BURST_BEGAN_TICKS = 40
"""A burst that began less than this ago still runs when the signal arrives: it lasts over 0.5 s."""
TAIL_BYTES = 40_000
SOON_S = 3.0
"""The loop ends in its next tick; a busy machine takes its time for the summary."""


def wait_until(condition: Callable[[], bool], program: "subprocess.Popen[str]") -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert program.poll() is None, "the program ended by itself"
        assert time.monotonic() < deadline_s, "it never came so far"
        time.sleep(POLL_S)


def newest_ticks(path: Path) -> list[Tick]:
    """The last ticks of a growing recording, without reading all of it."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        packed = [item.payload for item in frames(file.read) if isinstance(item, Frame) and item.kind == TICK]
    return [unpack_tick(payload) for payload in packed[-BURST_BEGAN_TICKS:]]


@pytest.mark.parametrize(
    "numbers", [(signal.SIGINT, signal.SIGTERM), (signal.SIGHUP, signal.SIGTSTP)], ids=["ask", "terminal"]
)
def test_an_interrupt_in_a_burst_ends_it_within_a_tick(
    numbers: tuple[signal.Signals, ...],
    started: Start,
    tmp_path: Path,
    ticks_of: Callable[[Path], list[Tick]],
    is_on: Callable[[Tick], bool],
) -> None:
    def interrupt_in_a_burst(number: signal.Signals) -> None:
        path = tmp_path / f"{number.name}.dfx"
        program = started("run", "--minutes", "1", "--plain", "--record", path)

        def burst_has_begun() -> bool:
            last = newest_ticks(path)
            return bool(last) and is_on(last[-1]) and not is_on(last[0])

        wait_until(burst_has_begun, program)
        told_s = time.monotonic()
        program.send_signal(number)
        printed, errors = program.communicate(timeout=PATIENCE_S)
        assert time.monotonic() - told_s < SOON_S
        assert program.returncode == 130
        assert errors == ""
        assert "Summary (in simulation)" in printed
        assert f"recording {path}" in printed
        *before, last = ticks_of(path)
        assert is_on(before[-1])
        assert {tick.state for tick in before[-BURST_BEGAN_TICKS:]} == {ArmingState.ARMED}
        assert last.state == ArmingState.DISARMED
        assert not is_on(last)
        assert list(read_black_box(path).records)[-1] == EndRecord(True, "end of run", 0)

    with ThreadPoolExecutor() as pool:
        list(pool.map(interrupt_in_a_burst, numbers))


@pytest.mark.parametrize(
    ("speed", "ended"),
    [
        (("--speed", "max", "--minutes", "20"), "the file is cut off at its end"),
        (("--minutes", "1", "--plain"), "the loop ended without a word"),
    ],
)
def test_a_kill_at_any_moment_leaves_a_readable_black_box(
    speed: tuple[str, ...],
    ended: str,
    started: Start,
    dorsiflex: Run,
    tmp_path: Path,
    ticks_of: Callable[[Path], list[Tick]],
) -> None:
    moments = random.Random(f"{speed}")

    def kill_at(size: int) -> None:
        path = tmp_path / f"{size}.dfx"
        program = started("run", *speed, "--record", path)
        wait_until(lambda: path.exists() and path.stat().st_size >= size, program)
        program.kill()
        program.communicate(timeout=PATIENCE_S)
        assert program.returncode == -signal.SIGKILL
        whole = len(ticks_of(path))
        done = dorsiflex("replay", path)
        assert done.returncode == 0
        assert f"{whole} ticks replayed, all equal to the recording\n" in done.stdout
        assert f"0 ticks never reached the recorder, 0 damaged places; {ended}" in done.stdout

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(kill_at, [moments.randrange(1, 150_000) for _ in range(5)]))


def children_of(program: "subprocess.Popen[str]") -> list[int]:
    """The recorder, the view and the guard, in the order in which they were made."""
    return [int(pid) for pid in Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()]


def test_a_view_that_stalls_costs_the_walk_nothing(
    started: Start, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    path = tmp_path / "walk.dfx"
    program = started("run", "--minutes", "0.1", "--plain", "--record", path)
    wait_until(lambda: len(newest_ticks(path)) >= 10, program)
    _recorder, view, _guard = children_of(program)
    os.kill(view, signal.SIGSTOP)
    printed, errors = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 0
    assert "the view did not answer: steps and bursts were not counted; `dorsiflex replay` counts them" in errors
    assert f"recording {path}" in printed
    ticks = ticks_of(path)
    assert ticks[-1].inputs.t_s - ticks[0].inputs.t_s == pytest.approx(6.0, abs=0.1)


def test_a_recorder_that_is_killed_ends_the_run_with_a_sentence_and_loses_nothing(
    started: Start, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    path = tmp_path / "walk.dfx"
    program = started("run", "--minutes", "1", "--plain", "--record", path)
    wait_until(lambda: len(newest_ticks(path)) >= 10, program)
    recorder, _view, _guard = children_of(program)
    os.kill(recorder, signal.SIGKILL)
    printed, errors = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 6
    assert errors == "the recorder was ended by SIGKILL: the rest was recorded when the run ended; start again\n"
    assert "Summary (in simulation)" in printed
    records = list(read_black_box(path).records)
    assert records[-1] == EndRecord(True, "end of run", 0)
    turned = next(int(line.split()[1].strip(",")) for line in printed.splitlines() if line.startswith("ticks "))
    assert len(ticks_of(path)) == turned, "every tick that was turned is there"


def test_a_loop_that_stands_still_is_ended_by_the_guard_which_says_so(
    started: Start, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    path, note = tmp_path / "walk.dfx", tmp_path / "walk.dfx.guard.json"
    program = started("run", "--minutes", "1", "--plain", "--record", path)
    wait_until(lambda: len(newest_ticks(path)) >= 10, program)
    os.kill(program.pid, signal.SIGSTOP)
    _, errors = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == -signal.SIGKILL
    assert errors.startswith("the guard has ended the output: the loop was silent for ")
    assert f"It comes up disarmed when started again; keep {note} and the recording beside it\n" in errors
    assert json.loads(note.read_text())["last_state"] == "running"
    assert list(read_black_box(path).records)[-1] == EndRecord(True, "the loop ended without a word", 0)
    assert len(ticks_of(path)) >= 10


def test_a_guard_that_is_killed_latches_the_loop_within_two_ticks(
    started: Start, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    path = tmp_path / "walk.dfx"
    program = started("run", "--minutes", "0.1", "--plain", "--record", path)
    wait_until(lambda: bool(newest_ticks(path)) and newest_ticks(path)[-1].state == ArmingState.ARMED, program)
    _recorder, _view, guard = children_of(program)
    killed_s = time.monotonic()
    os.kill(guard, signal.SIGKILL)
    _, errors = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 7
    assert errors == "ended latched: the guard is gone (guard): keep the recording; start the program again\n"
    after = [tick for tick in ticks_of(path) if tick.inputs.t_s > killed_s]
    first = next(i for i, tick in enumerate(after) if tick.state == ArmingState.LATCHED)
    assert first <= 5, "two ticks, and what the kernel takes to kill"
    assert after[first].inputs.loop.guard_problem == "the guard was ended by SIGKILL: start the program again"
    assert {tick.state for tick in after[first:-1]} == {ArmingState.LATCHED}


def listening_sockets(pid: int) -> list[str]:
    """Sockets that a process has open and that listen, or take datagrams from a network."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # The descriptor of this very look is gone by now.
        with suppress(FileNotFoundError):
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = []
    for table, listens in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"), ("raw", "07"), ("raw6", "07")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] == listens:
                found.append(line)
    return found


def test_no_process_of_a_run_listens_on_a_network_and_nobody_else_reads_its_files(
    started: Start, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir(mode=0o755)
    path = tmp_path / "new" / "folder" / "walk.dfx"
    program = started("run", "--minutes", "1", "--plain", "--record", path)
    wait_until(lambda: len(newest_ticks(path)) >= 10, program)
    family = [program.pid, *children_of(program)]
    assert len(family) == 4
    assert [listening_sockets(pid) for pid in family] == [[], [], [], []]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        assert listening_sockets(os.getpid()), "the look itself"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=PATIENCE_S)


def test_of_two_runs_in_one_folder_the_second_says_that_it_has_no_door(
    started: Start, dorsiflex: Run, tmp_path: Path
) -> None:
    first = started("run", "--minutes", "1", "--plain")
    wait_until((tmp_path / "recordings" / "control.sock").exists, first)
    second = dorsiflex("run", "--minutes", "0.05", "--plain")
    assert "belongs to another run: `dorsiflex control` reaches that one" in second.stderr
    first.terminate()
    first.communicate(timeout=PATIENCE_S)
