"""Writing: nothing is overwritten, every failure is one line, and a kill at any moment leaves a readable file."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.signals import Tick
from recording.blackbox import DamageRecord, EndRecord, Record, TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick
from recording.errors import CannotWriteError, RecordingError
from recording.frame import LONGEST_PAYLOAD
from recording.header import Header

KILLS = 24

KILLER = """
import json, os, random, signal, sys
from pathlib import Path
from recording.blackbox import read_black_box
from recording.blackbox_writer import BlackBoxWriter

source, folder, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
box = read_black_box(source)
ticks = [record.tick for record in box.records if hasattr(record, "tick")]
results = []
for i in range(kills):
    path = folder / f"killed{i}.dbb"
    said, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(said)
        writer = BlackBoxWriter(path, box.header)
        os.write(tell, b"h")
        while True:
            for tick in ticks:
                writer.tick(tick)
                os.write(tell, b"t")
    os.close(tell)
    heard, wanted = 0, random.Random(i).randrange(400)
    while heard < wanted:
        heard += len(os.read(said, wanted - heard))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while block := os.read(said, 65536):
        heard += len(block)
    os.close(said)
    results.append([str(path), heard])
print(json.dumps(results))
"""


def records_of(path: Path) -> list[Record]:
    return list(read_black_box(path).records)


def ticks_of(path: Path) -> list[bytes]:
    return [record.packed for record in records_of(path) if isinstance(record, TickRecord)]


def test_a_kill_at_any_moment_leaves_every_record_that_was_written(
    recorded: Path, tmp_path: Path, ticks: list[Tick]
) -> None:
    """A child tells of each record when it is written; a SIGKILL comes at no particular point of its work."""
    command = [sys.executable, "-c", KILLER, str(recorded), str(tmp_path), str(KILLS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100, env=environment)
    packed = [pack_tick(tick) for tick in ticks]
    longest = 0
    for name, heard in json.loads(done.stdout):
        path = Path(name)
        if not heard and (not path.exists() or not path.stat().st_size):
            continue
        records = records_of(path)
        written = ticks_of(path)
        assert len(written) >= heard - 1
        assert written == [packed[i % len(packed)] for i in range(len(written))]
        assert not any(isinstance(record, DamageRecord) for record in records)
        assert isinstance(records[-1], EndRecord)
        assert not records[-1].closed
        longest = max(longest, len(written))
    assert longest > 100


def test_an_existing_recording_is_never_overwritten(recorded: Path, header: Header) -> None:
    before = recorded.read_bytes()
    with pytest.raises(CannotWriteError, match="never overwritten"):
        BlackBoxWriter(recorded, header)
    assert recorded.read_bytes() == before


def test_a_dangling_link_is_not_followed(tmp_path: Path, header: Header) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotWriteError):
        BlackBoxWriter(tmp_path / "link", header)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_made(tmp_path: Path, header: Header) -> None:
    path = tmp_path / "new" / "folder" / "walk.dbb"
    BlackBoxWriter(path, header).close("")
    assert records_of(path) == [EndRecord(closed=True, reason="", torn_bytes=0)]


def test_places_that_cannot_be_written_are_refused_in_one_line(tmp_path: Path, header: Header) -> None:
    (tmp_path / "file").write_text("mine")
    for path, message in (
        (tmp_path, "it is a folder"),
        (tmp_path / "file" / "walk.dbb", "a file is in the place of its folder"),
        (tmp_path / "file" / "deeper" / "walk.dbb", "a file is in the place of its folder"),
        (tmp_path / ("x" * 300), "name is too long"),
        (Path(f"{tmp_path}/a\0b"), "zero byte"),
    ):
        with pytest.raises(CannotWriteError, match=message) as refused:
            BlackBoxWriter(path, header)
        assert "\n" not in str(refused.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused_in_one_line(tmp_path: Path, header: Header) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(CannotWriteError, match="not allowed"):
        BlackBoxWriter(tmp_path / "locked" / "walk.dbb", header)


def test_a_full_device_is_one_line_that_says_what_to_do(header: Header) -> None:
    with pytest.raises(CannotWriteError) as refused:
        BlackBoxWriter(Path("/dev/full"), header)
    assert str(refused.value) == ("no space left on /dev/full: free space or choose another folder")
    assert Path("/dev/full").is_char_device()


def test_a_character_device_may_be_written_to(header: Header, ticks: list[Tick]) -> None:
    writer = BlackBoxWriter(Path("/dev/null"), header)
    writer.tick(ticks[0])
    writer.sync()
    writer.close("")
    assert Path("/dev/null").is_char_device()


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of 64 kB that is gone with this process, also when that is killed: only a descriptor holds it."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size=64k,{options}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", "rw") as folder:
        yield folder


def test_a_disk_that_fills_up_keeps_all_whole_records(small_disk: Path, header: Header, ticks: list[Tick]) -> None:
    path = small_disk / "walk.dbb"
    writer = BlackBoxWriter(path, header)
    written = 0

    def write_for_ever() -> None:
        nonlocal written
        while True:
            writer.tick(ticks[written % len(ticks)])
            written += 1

    with pytest.raises(CannotWriteError, match=r"no space left on .*: free space or choose another folder"):
        write_for_ever()
    assert written > 50
    assert len(ticks_of(path)) == written
    assert records_of(path)[-1] == EndRecord(closed=False, reason="", torn_bytes=0)
    writer.close("the disk is full")
    assert len(ticks_of(path)) == written
    assert records_of(path)[-1] == EndRecord(closed=True, reason="the disk is full", torn_bytes=0)


def test_a_file_system_that_is_read_only_is_one_line(tmp_path: Path, header: Header) -> None:
    with mounted(tmp_path / "small", "ro") as folder, pytest.raises(CannotWriteError, match="read-only"):
        BlackBoxWriter(folder / "walk.dbb", header)


def test_a_disk_too_small_for_the_header_leaves_no_file(small_disk: Path, header: Header) -> None:
    (small_disk / "full").write_bytes(bytes(60 * 1024))
    path = small_disk / "walk.dbb"
    with pytest.raises(CannotWriteError, match="no space left"):
        BlackBoxWriter(path, header._replace(settings="x" * 20_000))
    assert not path.exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_write_that_stops_half_way_is_undone_and_may_be_tried_again(
    tmp_path: Path, header: Header, ticks: list[Tick], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    path = tmp_path / "walk.dbb"
    writer = BlackBoxWriter(path, header)
    writer.tick(ticks[0])
    real_write, calls = os.write, 0

    def half_write(file: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.EIO, "boom")
        return real_write(file, data[: max(1, int(share * len(data)))])

    monkeypatch.setattr(os, "write", half_write)
    with pytest.raises(CannotWriteError, match="disk reports an error"):
        writer.tick(ticks[1])
    monkeypatch.undo()
    assert records_of(path)[-1] == EndRecord(closed=False, reason="", torn_bytes=0)
    writer.tick(ticks[2])
    writer.close("done")
    assert ticks_of(path) == [pack_tick(ticks[0]), pack_tick(ticks[2])]
    assert not any(isinstance(record, DamageRecord) for record in records_of(path))


def test_short_writes_are_carried_on(
    tmp_path: Path, header: Header, ticks: list[Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real_write(file, data[:7]))
    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    writer.tick(ticks[0])
    writer.close("done")
    monkeypatch.undo()
    assert ticks_of(tmp_path / "walk.dbb") == [pack_tick(ticks[0])]


def test_a_write_of_nothing_is_a_full_disk(
    tmp_path: Path, header: Header, ticks: list[Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    monkeypatch.setattr(os, "write", lambda _file, _data: 0)
    with pytest.raises(CannotWriteError, match="no space left"):
        writer.tick(ticks[0])
    monkeypatch.undo()
    writer.close("")


def test_a_tick_is_one_write(
    tmp_path: Path, header: Header, ticks: list[Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write, sizes = os.write, []

    def counted(file: int, data: bytes) -> int:
        sizes.append(len(data))
        return real_write(file, data)

    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    monkeypatch.setattr(os, "write", counted)
    writer.tick(ticks[0])
    assert len(sizes) == 1
    writer.close("")


def test_a_record_too_long_is_refused_and_costs_nothing(tmp_path: Path, header: Header, ticks: list[Tick]) -> None:
    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    with pytest.raises(RecordingError, match="do not fit"):
        writer.tick(ticks[0]._replace(notes=("x" * LONGEST_PAYLOAD,)))
    writer.tick(ticks[0])
    writer.close("done")
    assert len(ticks_of(tmp_path / "walk.dbb")) == 1
    with pytest.raises(RecordingError, match="do not fit"):
        BlackBoxWriter(tmp_path / "long.dbb", header._replace(settings="x" * LONGEST_PAYLOAD))
    assert not (tmp_path / "long.dbb").exists()


def test_a_gap_that_cannot_be_is_refused(tmp_path: Path, header: Header) -> None:
    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    with pytest.raises(RecordingError, match="no gap of -1 ticks"):
        writer.gap(5, -1)
    writer.close("")


def test_a_closed_recording_takes_nothing_more(tmp_path: Path, header: Header, ticks: list[Tick]) -> None:
    writer = BlackBoxWriter(tmp_path / "walk.dbb", header)
    writer.close("done")
    writer.close("again")
    with pytest.raises(RecordingError, match="is closed"):
        writer.tick(ticks[0])
    assert records_of(tmp_path / "walk.dbb") == [EndRecord(closed=True, reason="done", torn_bytes=0)]
