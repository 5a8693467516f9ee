"""The ring that joins the processes: whole records in order, losses counted, the writer never held up."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.ring import TAIL, Ring, RingReader, RingWriter

SMALL = 1024
PATIENCE_S = 20.0


def _payload(number: int, length: int) -> bytes:
    return (b"%d " % number * (length // 2 + 1))[:length]


@given(st.lists(st.one_of(st.integers(0, SMALL // 4 - 16), st.just("read"), st.just("read all")), max_size=300))
def test_a_reader_gets_the_records_in_order_and_knows_how_many_it_lost(script: list[int | str]) -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    written: list[bytes] = []
    seen = lost = 0

    def read() -> bool:
        nonlocal seen, lost
        record = reader.read()
        if record is None:
            return False
        assert record.payload == written[record.number]
        lost += record.lost_before
        seen += 1
        assert record.number + 1 == seen + lost
        assert reader.lost == lost
        return True

    for act in script:
        if isinstance(act, int):
            written.append(_payload(len(written), act))
            writer.put(written[-1])
        elif act == "read":
            read()
        else:
            while read():
                pass
            assert seen + lost == len(written) == ring.published
    while read():
        pass
    assert seen + lost == len(written)


@given(st.integers(0, 40), st.integers(1, 30))
def test_nothing_is_lost_while_the_reader_keeps_up(length: int, rounds: int) -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    for i in range(rounds * 10):
        writer.put(_payload(i, length))
        record = reader.read()
        assert record is not None
        assert (record.number, record.lost_before, record.payload) == (i, 0, _payload(i, length))


def test_a_full_ring_still_holds_most_of_what_it_can() -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    for i in range(100):
        writer.put(_payload(i, 48))
    held = 0
    while reader.read() is not None:
        held += 1
    assert held >= (SMALL - 64) // 64 - 1
    assert reader.lost == 100 - held


def test_a_reader_may_skip_to_the_newest() -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    assert reader.skip_to_newest() is None
    for i in range(5):
        writer.put(_payload(i, 8))
    newest = reader.skip_to_newest()
    assert newest is not None
    assert newest.number == 4


def test_a_record_that_another_processor_has_not_shown_whole_is_waited_for() -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    writer.put(b"whole record")
    place = ring.memory.find(b"whole")
    ring.memory[place : place + 5] = b"WHOLE"
    assert reader.read() is None
    ring.memory[place : place + 5] = b"whole"
    record = reader.read()
    assert record is not None
    assert record.payload == b"whole record"


def test_what_was_overwritten_while_it_was_read_is_not_handed_out() -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    writer.put(b"first")
    writer.put(b"second")
    ring.words[TAIL] = 24
    record = reader.read()
    assert record is not None
    assert (record.payload, record.lost_before) == (b"second", 1)


@pytest.mark.parametrize("capacity", [0, 1000, 1023, 1025, -8])
def test_a_size_that_cannot_be_a_ring_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        Ring(capacity)


def test_a_record_longer_than_a_quarter_is_refused_and_leaves_the_ring_as_it_was() -> None:
    ring = Ring(SMALL)
    writer, reader = RingWriter(ring), RingReader(ring)
    writer.put(b"before")
    with pytest.raises(ValueError, match="too long"):
        writer.put(bytes(SMALL // 4))
    writer.put(b"after")
    assert [record.payload for record in (reader.read(), reader.read()) if record] == [b"before", b"after"]


def _fork(child: Callable[[], int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        code = child()
    finally:
        os._exit(code)


def test_two_processes_one_far_too_fast() -> None:
    ring = Ring(16 * SMALL)
    records = 30_000

    def write() -> int:
        writer = RingWriter(ring)
        for i in range(records):
            writer.put(_payload(i, 20 + i * 7919 % 300))
        ring.close()
        return 0

    pid = _fork(write)
    reader = RingReader(ring)
    seen = 0
    end_s = time.monotonic() + PATIENCE_S
    while not (ring.closed and seen + reader.lost == records):
        assert time.monotonic() < end_s
        record = reader.read()
        if record is not None:
            assert record.payload == _payload(record.number, 20 + record.number * 7919 % 300)
            seen += 1
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert seen > 0


def test_what_a_killed_writer_published_is_all_there() -> None:
    ring = Ring()

    def write() -> int:
        writer = RingWriter(ring)
        for i in range(1_000_000_000):
            writer.put(_payload(i, 20 + i % 100))
            time.sleep(0)
        return 0

    pid = _fork(write)
    reader = RingReader(ring)
    end_s = time.monotonic() + PATIENCE_S
    while ring.published < 1000 and time.monotonic() < end_s:
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    last = None
    seen = 0
    while (record := reader.read()) is not None:
        last = record
        seen += 1
    assert last is not None
    assert last.number + 1 == seen + reader.lost >= ring.published >= 1000
