"""Black boxes that were cut, hit by a bit flip or altered: replay says what it found."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.signals import Tick
from recording.blackbox import TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter

Walk = tuple[Path, subprocess.CompletedProcess[str]]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def offset_of_tick(walk: Walk) -> Callable[[int], int]:
    offsets = [record.offset for record in read_black_box(walk[0]).records if isinstance(record, TickRecord)]
    return lambda number: offsets[number]


def test_a_cut_tail_is_told_and_the_whole_ticks_are_equal(
    walk: Walk, dorsiflex: Run, tmp_path: Path, offset_of_tick: Callable[[int], int]
) -> None:
    cut = tmp_path / "cut.dfx"
    cut.write_bytes(walk[0].read_bytes()[: offset_of_tick(1500) + 20])
    done = dorsiflex("replay", cut)
    assert done.returncode == 0
    assert "1500 ticks replayed, all equal to the recording" in done.stdout
    assert "the file is cut off at its end" in done.stdout


def test_a_flipped_bit_is_told_and_nothing_after_it_is_claimed(
    walk: Walk, dorsiflex: Run, tmp_path: Path, offset_of_tick: Callable[[int], int]
) -> None:
    data = bytearray(walk[0].read_bytes())
    data[offset_of_tick(1000) + 60] ^= 0x04
    flipped = tmp_path / "flipped.dfx"
    flipped.write_bytes(data)
    done = dorsiflex("replay", flipped)
    assert done.returncode == 4
    assert "1000 ticks replayed, all equal to the recording; 1400 after a gap could not be compared" in done.stdout
    assert "1 damaged places" in done.stdout


def test_a_flipped_bit_in_the_second_header_harms_nothing(walk: Walk, dorsiflex: Run, tmp_path: Path) -> None:
    data = bytearray(walk[0].read_bytes())
    data[100] ^= 0x01
    flipped = tmp_path / "flipped.dfx"
    flipped.write_bytes(data)
    done = dorsiflex("replay", flipped)
    assert done.returncode == 4
    assert "2401 ticks replayed, all equal to the recording" in done.stdout
    assert "1 damaged places" in done.stdout


def test_an_altered_tick_is_the_first_difference(
    walk: Walk, dorsiflex: Run, tmp_path: Path, ticks_of: Callable[[Path], list[Tick]]
) -> None:
    altered = tmp_path / "altered.dfx"
    writer = BlackBoxWriter(altered, read_black_box(walk[0]).header)
    for number, tick in enumerate(ticks_of(walk[0])):
        writer.tick(tick._replace(notes=("nobody said this",)) if number in (1234, 1300) else tick)
    writer.close("done")
    done = dorsiflex("replay", altered)
    assert done.returncode == 8
    t_s = ticks_of(walk[0])[1234].inputs.t_s
    assert f"first difference at tick 1234 ({t_s:.3f} s): notes was ('nobody said this',), is now ()" in done.stdout
