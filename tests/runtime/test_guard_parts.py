"""What the guard is made of: the record that it shares with the loop, and its lines at the kernel."""

import os
import struct
from pathlib import Path

from runtime.gpio_line import CONSUMER_AT, COUNT_AT, FD_AT, FLAGS_AT, GET_LINE, GET_VALUES, SET_VALUES, GpioLine, Pin
from runtime.shared_record import SharedRecord


def test_half_a_record_is_none_and_the_one_before_still_counts() -> None:
    record = SharedRecord("Id")
    assert record.read() is None
    record.write(1, 10.0)
    record.write(2, 20.0)
    assert record.read() == (2, 20.0)
    memory = record._memory
    place = memory.find(struct.pack("<d", 20.0))
    for at in range(place - 16, place + 8):
        kept = memory[at]
        memory[at] = kept ^ 0x10
        assert record.read() == (1, 10.0), f"byte {at}"
        memory[at] = kept
    assert record.read() == (2, 20.0)


def test_a_gpio_line_asks_the_kernel_for_an_output_that_begins_low(tmp_path: Path) -> None:
    calls: list[tuple[int, bytes]] = []
    (tmp_path / "chip").touch()
    line_read, line_write = os.pipe()

    def kernel(_descriptor: int, request: int, data: bytearray) -> int:
        calls.append((request, bytes(data)))
        if request == GET_LINE:
            struct.pack_into("=i", data, FD_AT, line_write)
        elif request == GET_VALUES:
            struct.pack_into("=Q", data, 0, 1)
        return 0

    line = GpioLine(Pin(str(tmp_path / "chip"), 23, "enable"), kernel)
    assert line.set(high=True)
    assert not line.set(high=False), "the pin stays high"
    (_, wanted), (set_high, high), _, (set_low, low), _ = calls
    assert struct.unpack_from("=I", wanted, 0) == (23,)
    assert wanted[CONSUMER_AT:].startswith(b"dorsiflex-guard\0")
    assert struct.unpack_from("=Q", wanted, FLAGS_AT) == (8,), "an output, without a value: low"
    assert struct.unpack_from("=II", wanted, FLAGS_AT + 8) == (0, 0)
    assert struct.unpack_from("=I", wanted, COUNT_AT) == (1,)
    assert set_high == set_low == SET_VALUES
    assert (high, low) == (struct.pack("=QQ", 1, 1), struct.pack("=QQ", 0, 1))
    line.close()
    os.close(line_read)


def test_the_requests_to_the_kernel_have_their_sizes() -> None:
    def read_write(number: int, size: int) -> int:
        return 3 << 30 | size << 16 | 0xB4 << 8 | number

    assert (read_write(7, 592), read_write(0xE, 16), read_write(0xF, 16)) == (GET_LINE, GET_VALUES, SET_VALUES)
