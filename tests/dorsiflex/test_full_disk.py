"""A disk that fills up while a person walks: the burst ends, the run ends, one line says why."""

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from rich.console import Console

from controller.signals import ArmingState, Tick
from dorsiflex import live_run, run_command
from recording.blackbox import EndRecord, GapRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.errors import CannotWriteError

Run = Callable[..., subprocess.CompletedProcess[str]]
BYTES = 280 * 1024
AT_MOST_200_KB = ("bash", "-c", 'ulimit -f 200; exec "$@"', "bash")
SPEEDS = [("--speed", "max", "--minutes", "1"), ("--minutes", "0.4", "--plain")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "none", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this machine does not let root mount a tmpfs: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_device_that_is_always_full(dorsiflex: Run) -> None:
    done = dorsiflex("run", "--speed", "max", "--minutes", "0.1", "--record", "/dev/full")
    assert done.returncode == 6
    assert done.stderr == "no space left on /dev/full: free space or choose another folder\n"
    assert done.stdout == ""


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_disk_that_fills_up(
    speed: tuple[str, ...],
    dorsiflex: Run,
    small_disk: Path,
    ticks_of: Callable[[Path], list[Tick]],
) -> None:
    path = small_disk / "walk.dfx"
    done = dorsiflex("run", *speed, "--record", path)
    assert done.returncode == 6
    assert done.stderr == f"no space left on {path}: free space or choose another folder\n"
    assert f"recording {path}" in done.stdout, "a full disk still has a summary"
    ticks = ticks_of(path)
    assert len(ticks) > 300
    printed = next(line for line in done.stdout.splitlines() if line.startswith("ticks "))
    turned = int(printed.split()[1].strip(","))
    assert len(ticks) < turned < len(ticks) + 5 * 200, "the run ends soon after the disk is full"
    assert "all equal to the recording" in dorsiflex("replay", path).stdout


class SavingNewest(live_run.Newest):
    """Keeps all ticks that the loop turned, recorded or not."""

    ticks: ClassVar[list[Tick]] = []

    def put(self, tick: Tick) -> None:
        super().put(tick)
        self.ticks.append(tick)


def ticks_of_a_run(monkeypatch: pytest.MonkeyPatch, path: Path, room: int) -> tuple[int, list[Tick]]:
    """A simulated walk whose disk has room for so many ticks: exit code, and what was turned."""

    class SmallWriter(BlackBoxWriter):
        room_left = room

        def packed_tick(self, data: bytes) -> None:
            self.room_left -= 1
            if self.room_left < 0:
                raise CannotWriteError("no space left")
            super().packed_tick(data)

    monkeypatch.setattr(run_command, "BlackBoxWriter", SmallWriter)
    monkeypatch.setattr(live_run, "Newest", SavingNewest)
    monkeypatch.setattr(SavingNewest, "ticks", [])
    options = run_command.RunOptions(None, None, 0.15, fast=True, seed=1, record=path, plain=True)
    return run_command.run(options, Console(file=io.StringIO())), SavingNewest.ticks


def test_a_burst_is_not_cut_by_a_full_disk_and_the_run_ends_behind_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_on: Callable[[Tick], bool]
) -> None:
    code, whole = ticks_of_a_run(monkeypatch, tmp_path / "whole.dfx", 10**6)
    assert code == 0
    begin = next(i for i, tick in enumerate(whole) if is_on(tick) and i > 700)
    end = next(i for i, tick in enumerate(whole) if not is_on(tick) and i > begin)
    assert end - begin > 60
    for room in (begin - 20, begin + 1, begin + 40, end - 2):
        code, ticks = ticks_of_a_run(monkeypatch, tmp_path / f"{room}.dfx", room)
        assert code == 6
        assert ticks[-1].state == ArmingState.DISARMED
        assert not is_on(ticks[-1])
        if room >= begin:
            assert [is_on(tick) for tick in ticks[begin:end]] == [True] * (end - begin), "the burst was cut"
            assert end < len(ticks) <= end + 3
        else:
            assert not any(is_on(tick) for tick in ticks[room:])
            assert room < len(ticks) <= room + 3
        end_record = list(read_black_box(tmp_path / f"{room}.dfx").records)[-1]
        assert isinstance(end_record, EndRecord)
        assert f"{len(ticks) - room} ticks lost: no space left" in end_record.reason


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_file_that_may_not_grow(
    speed: tuple[str, ...], dorsiflex: Run, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    path = tmp_path / "walk.dfx"
    done = dorsiflex("run", *speed, "--record", path, prefix=AT_MOST_200_KB)
    assert done.returncode == 6
    assert done.stderr == f"cannot write {path}: file too large: choose another file or folder\n"
    end = list(read_black_box(path).records)[-2:]
    assert isinstance(end[-1], EndRecord)
    if end[-1].closed:
        assert isinstance(end[0], GapRecord) or "ticks lost" in end[-1].reason
    assert len(ticks_of(path)) > 300
