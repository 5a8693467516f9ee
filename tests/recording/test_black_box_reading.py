"""A black box is read to the last whole record whatever was cut, flipped, lost, doubled or invented."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.signals import Tick
from recording.blackbox import (
    GAP,
    TICK,
    DamageRecord,
    EndRecord,
    GapRecord,
    Record,
    TickRecord,
    read_black_box,
)
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick
from recording.errors import RecordingError
from recording.frame import LONGEST_PAYLOAD, SYNC, Frame, Junk, frames, pack_frame
from recording.header import Header, pack_header

CRC_START = len(SYNC) + 13


def records_of(path: Path) -> list[Record]:
    return list(read_black_box(path).records)


def ticks_of(records: list[Record]) -> list[bytes]:
    return [record.packed for record in records if isinstance(record, TickRecord)]


def damage_of(records: list[Record]) -> list[DamageRecord]:
    return [record for record in records if isinstance(record, DamageRecord)]


def frames_of(path: Path) -> list[bytes]:
    """The bytes of each frame of an undamaged file."""
    data = path.read_bytes()
    with path.open("rb") as file:
        items = list(frames(file.read))
    return [data[item.offset : item.offset + item.length] for item in items]


@pytest.fixture
def short(tmp_path: Path, header: Header, ticks: list[Tick]) -> Path:
    """A recording so small that every byte of it can be tried."""
    path = tmp_path / "short.dbb"
    writer = BlackBoxWriter(path, header._replace(settings="{}", settings_hash="", safety_hash=""))
    writer.tick(ticks[0])
    writer.gap(1, 2)
    writer.tick(ticks[3])
    writer.close("done")
    return path


def test_what_was_written_is_read(recorded: Path, ticks: list[Tick], header: Header) -> None:
    box = read_black_box(recorded)
    records = list(box.records)
    assert box.header == header
    assert ticks_of(records) == [pack_tick(tick) for tick in ticks]
    assert [record.tick for record in records if isinstance(record, TickRecord)] == ticks
    assert records[-1] == EndRecord(closed=True, reason="done", torn_bytes=0)
    assert len(records) == len(ticks) + 1


def test_the_header_gives_back_the_settings(recorded: Path, header: Header) -> None:
    read = read_black_box(recorded).header
    assert read.read_settings().leg[0].channel[0].current_ma == 20.0
    assert [sensor.id for sensor in read.sensors] == ["heel_left", "shank_left"]
    assert read.sides == ("left",)
    with pytest.raises(RecordingError, match="do not fit this version"):
        header._replace(settings='{"leg": []}').read_settings()


def test_gaps_are_told(tmp_path: Path, header: Header, ticks: list[Tick]) -> None:
    writer = BlackBoxWriter(tmp_path / "gap.dbb", header)
    writer.tick(ticks[0])
    writer.gap(1, 7)
    writer.tick(ticks[8])
    writer.close("")
    records = records_of(tmp_path / "gap.dbb")
    gap = records[1]
    assert isinstance(gap, GapRecord)
    assert (gap.first_tick, gap.ticks) == (1, 7)
    assert not damage_of(records)


def test_a_file_cut_anywhere_is_read_to_its_last_whole_record(short: Path) -> None:
    data, pieces = short.read_bytes(), frames_of(short)
    whole = [record for record in records_of(short) if isinstance(record, TickRecord)]
    ends = [sum(map(len, pieces[: i + 1])) for i in range(len(pieces))]
    for length in range(len(data)):
        short.write_bytes(data[:length])
        complete = sum(end <= length for end in ends)
        if not complete:
            with pytest.raises(RecordingError, match="holds nothing"):
                read_black_box(short)
            continue
        records = records_of(short)
        assert ticks_of(records) == [tick.packed for tick in whole if tick.offset < ends[complete - 1]]
        assert records[-1] == EndRecord(closed=False, reason="", torn_bytes=length - ends[complete - 1])
        assert not damage_of(records)


def test_every_flipped_bit_is_noticed_and_costs_one_record_at_most(short: Path) -> None:
    path = short
    data, clean = path.read_bytes(), ticks_of(records_of(path))
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        records = records_of(path)
        left = ticks_of(records)
        end = records[-1]
        assert isinstance(end, EndRecord)
        assert damage_of(records) or end.torn_bytes, bit
        assert len(left) >= len(clean) - 1
        assert [tick for tick in clean if tick in left] == left


def test_one_damaged_header_does_not_take_the_recording(recorded: Path, ticks: list[Tick], header: Header) -> None:
    data = bytearray(recorded.read_bytes())
    data[40] ^= 1
    recorded.write_bytes(data)
    box = read_black_box(recorded)
    records = list(box.records)
    assert box.header == header
    assert len(ticks_of(records)) == len(ticks)
    assert [damage.records_missing for damage in damage_of(records)] == [0]


@pytest.mark.parametrize("lost", [2, 5, 30])
def test_a_record_that_is_missing_is_noticed(recorded: Path, lost: int) -> None:
    pieces = frames_of(recorded)
    del pieces[lost]
    recorded.write_bytes(b"".join(pieces))
    (damage,) = damage_of(records_of(recorded))
    assert (damage.bytes_skipped, damage.records_missing) == (0, 1)


def test_a_record_that_is_there_twice_is_told_and_left_out(recorded: Path) -> None:
    pieces, clean = frames_of(recorded), ticks_of(records_of(recorded))
    pieces.insert(9, pieces[4])
    recorded.write_bytes(b"".join(pieces))
    records = records_of(recorded)
    assert ticks_of(records) == clean
    assert len(damage_of(records)) == 1


def test_records_that_changed_places_are_noticed(recorded: Path) -> None:
    pieces = frames_of(recorded)
    pieces[4], pieces[5] = pieces[5], pieces[4]
    recorded.write_bytes(b"".join(pieces))
    assert len(damage_of(records_of(recorded))) == 2


def test_bytes_between_records_are_told_with_their_place(recorded: Path) -> None:
    pieces, clean = frames_of(recorded), ticks_of(records_of(recorded))
    offset = len(b"".join(pieces[:10]))
    pieces.insert(10, b"\x00" * 300_000 + SYNC + b"nonsense" * 40)
    recorded.write_bytes(b"".join(pieces))
    records = records_of(recorded)
    assert ticks_of(records) == clean
    assert damage_of(records) == [DamageRecord(offset, 300_000 + 4 + 320, 0, "unreadable bytes")]


def test_zeros_in_place_of_the_tail_are_told(recorded: Path) -> None:
    """What a power cut leaves on some file systems: the length is there, the data is not."""
    data = recorded.read_bytes()
    recorded.write_bytes(data[:-3000] + bytes(3000))
    records = records_of(recorded)
    (damage,) = damage_of(records)
    assert damage.bytes_skipped >= 3000
    end = records[-1]
    assert isinstance(end, EndRecord)
    assert not end.closed


def test_records_behind_the_end_are_not_believed(recorded: Path, ticks: list[Tick]) -> None:
    count = len(ticks_of(records_of(recorded)))
    with recorded.open("ab") as file:
        file.write(pack_frame(TICK, count + 3, pack_tick(ticks[0])))
    records = records_of(recorded)
    assert len(ticks_of(records)) == count
    assert [damage.reason for damage in damage_of(records)] == ["a record after the end"]


def test_a_whole_record_with_nonsense_inside_is_damage(recorded: Path) -> None:
    pieces = frames_of(recorded)[:-1]
    pieces += [pack_frame(TICK, len(pieces), b"\x90"), pack_frame(GAP, len(pieces) + 1, b"short")]
    pieces += [pack_frame(77, len(pieces), b"")]
    recorded.write_bytes(b"".join(pieces))
    assert len(damage_of(records_of(recorded))) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds nothing"),
        (SYNC[:2], "holds nothing"),
        (b"time_s,acc_x\n0.0,1.0\n" * 5000, "no black box"),
        (bytes(3_000_000), "no black box"),
        (SYNC * 100_000, "no black box"),
        (pack_frame(TICK, 2, b""), "header is damaged"),
        (pack_frame(1, 0, b""), "header of .* is empty"),
        (pack_frame(1, 0, struct.pack("<H", 2) + b"later"), "format 2, .* reads format 1"),
        (pack_frame(1, 0, struct.pack("<H", 1) + b"\x91\x01"), "none of format 1"),
    ],
)
def test_what_is_no_black_box_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message) as refused:
        read_black_box(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_files_folders_and_pipes_are_refused_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("none", "no such file"), (".", "is no file"), ("pipe", "is no file")):
        with pytest.raises(RecordingError, match=message):
            read_black_box(tmp_path / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=80) | st.tuples(st.integers(0, 255), st.integers(0, 2**64 - 1), st.binary())))
def test_no_file_crashes_the_reader(
    tmp_path: Path, header: Header, parts: list[bytes | tuple[int, int, bytes]]
) -> None:
    """Any mix of bytes and of frames with a right CRC around any content."""
    path = tmp_path / "hostile"
    head = pack_frame(1, 0, pack_header(header))
    path.write_bytes(head + b"".join(part if isinstance(part, bytes) else pack_frame(*part) for part in parts))
    records = records_of(path)
    assert isinstance(records[-1], EndRecord)
    assert not any(isinstance(record, EndRecord) for record in records[:-1])


@given(st.lists(st.binary(max_size=40).map(lambda junk: SYNC + junk) | st.binary(max_size=40)), st.integers(1, 50))
def test_every_byte_belongs_to_one_frame_or_junk(parts: list[bytes], block: int) -> None:
    data = b"".join(pack_frame(1, i, part) if i % 3 == 0 else part for i, part in enumerate(parts))
    position = 0

    def read(_: int) -> bytes:
        nonlocal position
        position += block
        return data[position - block : position]

    items = list(frames(read))
    assert [item.offset for item in items] == [sum(one.length for one in items[:i]) for i in range(len(items))]
    assert sum(item.length for item in items) == len(data)
    assert [item for item in items if isinstance(item, Frame)] or not parts


@pytest.mark.parametrize("inside", range(6))
def test_a_marker_across_two_blocks_is_found(inside: int) -> None:
    """The first look at the data ends at 66,000 bytes, in the middle of the marker of the only frame."""
    data = b"x" * (66_001 - inside) + pack_frame(TICK, 2, b"payload")
    position = 0

    def read(_: int) -> bytes:
        nonlocal position
        position += 1000
        return data[position - 1000 : position]

    assert [type(item) for item in frames(read)] == [Junk, Frame]


def test_a_reader_holds_no_more_than_a_block(recorded: Path) -> None:
    """A frame that claims four gigabytes is not believed, and not waited for."""
    longest = 0

    def watch(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def counted(size: int) -> bytes:
            nonlocal longest
            longest = max(longest, size)
            return read(size)

        return counted

    checked = struct.pack("<BQI", TICK, 5, 2**32 - 1)
    lie = SYNC + checked + struct.pack("<I", zlib.crc32(checked))
    recorded.write_bytes(lie + recorded.read_bytes())
    with recorded.open("rb") as file:
        items = list(frames(watch(file.read)))
    assert longest <= 4 * LONGEST_PAYLOAD
    assert items[0].length == len(lie)
    assert len(items) > 60


@pytest.mark.parametrize(("length", "kind"), [(LONGEST_PAYLOAD, Frame), (LONGEST_PAYLOAD + 1, Junk)])
def test_a_frame_longer_than_any_is_none(length: int, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recording.frame.LONGEST_PAYLOAD", 2 * LONGEST_PAYLOAD)
    data = pack_frame(TICK, 2, bytes(length))
    monkeypatch.undo()
    assert [type(item) for item in frames(io.BytesIO(data).read)] == [kind]


def test_two_markers_cannot_overlap() -> None:
    assert all(not SYNC.endswith(SYNC[:length]) for length in range(1, len(SYNC)))
