"""ScienceMode4 packets: every golden one in both directions, and no byte string that breaks the reader."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import FrameReader, stuffed, unstuffed
from drivers.p24_frames import (
    LONGEST_PACKET,
    Command,
    MidChannel,
    Packet,
    current_data_of,
    decode,
    device_id_of,
    encode,
    low_answer_output,
    low_pulse_data,
    low_pulse_of,
    mid_update_data,
    mid_update_of,
    stim_status_of,
    version_of,
)
from drivers.waveform import Phase

GOLDEN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("p24_golden_packets.json").read_text())
"""Byte for byte what the vendor's C library and science-mode-4 write."""

PACKETS = st.builds(Packet, st.integers(0, 63), st.integers(0, 1023), st.binary(max_size=500))
PHASES = st.builds(Phase, st.integers(10, 4095), st.integers(-260, 260))
SHAPES = st.lists(PHASES, min_size=1, max_size=16).map(tuple)
SPECIAL = st.lists(st.sampled_from([0xF0, 0x0F, 0x81, 0x55, 0xA5, 0xDA, 0xD4, 0x00]), max_size=200).map(bytes)


def reader() -> FrameReader[Packet]:
    return FrameReader(decode, LONGEST_PACKET)


@pytest.mark.parametrize("golden", GOLDEN, ids=[f"{one['what']} {one['from']}" for one in GOLDEN])
def test_every_golden_packet_is_written_and_read(golden: dict[str, Any]) -> None:
    raw = bytes.fromhex(golden["hex"])
    packet = Packet(golden["number"], golden["command"], bytes.fromhex(golden["data"]))
    assert encode(packet) == raw
    assert decode(raw) == packet
    assert reader().feed(raw) == [packet]


def test_golden_data_is_written_and_read() -> None:
    updates = [bytes.fromhex(one["data"]) for one in GOLDEN if one["command"] == Command.ML_UPDATE]
    pulses = [bytes.fromhex(one["data"]) for one in GOLDEN if one["command"] == Command.LL_CHANNEL_CONFIG]
    assert len(updates) >= 8
    assert len(pulses) == 2
    for data in updates:
        channels = mid_update_of(data)
        assert channels is not None
        assert mid_update_data(channels) == data
    for data in pulses:
        pulse = low_pulse_of(data)
        assert pulse is not None
        assert low_pulse_data(pulse[1], pulse[2]) == data
    first = mid_update_of(updates[0])
    assert first == (MidChannel(1, 3, 100, (Phase(250, 40), Phase(100, 0), Phase(250, -40))),)
    assert mid_update_of(bytes.fromhex("01 10 00 e7 0c 85 00 00 0c 84 60 00")) == (
        MidChannel(1, 0, 115, (Phase(200, 20), Phase(200, -20))),
    )
    assert low_pulse_of(pulses[1]) == (True, 8, (Phase(300, 71), Phase(300, -71)))


def test_golden_answers_are_understood() -> None:
    answers = {one["command"]: bytes.fromhex(one["data"]) for one in GOLDEN if one["from"] == "device"}
    status = stim_status_of(answers[Command.GET_STIM_STATUS + 1])
    assert status == (0, 1)
    assert device_id_of(answers[Command.GET_DEVICE_ID + 1]) == "EMU0000001"
    version = version_of(answers[Command.GET_EXTENDED_VERSION + 1])
    assert version == ((3, 0, 1), (4, 0, 0))
    assert current_data_of(answers[Command.ML_GET_CURRENT_DATA + 1]) == ((3,), (0, 0, 1, 0, 0, 0, 0, 0))
    assert low_answer_output(answers[Command.LL_CHANNEL_CONFIG + 1]) == 8


@given(PACKETS)
def test_what_is_written_is_read_back(packet: Packet) -> None:
    raw = encode(packet)
    assert decode(raw) == packet
    assert raw.count(b"\xf0", 9) == 0
    assert raw.index(b"\x0f", 9) == len(raw) - 1


@given(st.lists(PACKETS, max_size=5), st.randoms(use_true_random=False))
def test_packets_are_found_however_they_are_cut(packets: list[Packet], random: Random) -> None:
    stream = b"".join([encode(packet) for packet in packets])
    found, at = [], 0
    one = reader()
    while at < len(stream):
        end = at + random.randint(1, 7)
        found += one.feed(stream[at:end])
        at = end
    assert found == packets
    assert one.junk == 0


@given(st.binary(max_size=60) | SPECIAL, PACKETS, PACKETS)
def test_junk_hides_one_packet_at_most(junk: bytes, first: Packet, second: Packet) -> None:
    """Bytes before it may look like the start of a longer one, but two packets later the reader is back."""
    one = reader()
    found = one.feed(junk + encode(first) + encode(second))
    assert found[-1:] == [second]
    assert one.feed(encode(first)) == [first]


@given(PACKETS)
def test_a_false_start_hides_nothing(packet: Packet) -> None:
    raw = encode(packet)
    for junk in (b"\xf0", b"\xf0\x81", b"\x00\xf0\x12\x0f\x55\xf0\x81", raw[:-1], raw[:7] + b"\x0f"):
        one = reader()
        assert one.feed(junk + raw) == [packet]
        assert one.junk == len(junk)


@given(PACKETS, st.data())
def test_a_packet_with_a_flipped_bit_is_never_taken(packet: Packet, data: st.DataObject) -> None:
    raw = bytearray(encode(packet))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert packet not in reader().feed(bytes(raw))


@given(st.binary(max_size=400) | SPECIAL | SPECIAL.map(lambda middle: b"\xf0" + middle + b"\x0f"))
def test_any_bytes_give_only_packets_that_are_right(data: bytes) -> None:
    one = reader()
    for packet in one.feed(data):
        assert encode(packet) in data
    decode(data)
    for read in (stim_status_of, device_id_of, version_of, current_data_of, low_pulse_of, mid_update_of, unstuffed):
        read(data)
    low_answer_output(data)


@given(st.binary(max_size=200))
def test_stuffing_is_undone_and_leaves_no_special_byte(block: bytes) -> None:
    out = stuffed(block)
    assert unstuffed(out) == block
    assert 0xF0 not in out
    assert 0x0F not in out


@given(
    st.lists(
        st.builds(MidChannel, st.integers(1, 8), st.integers(0, 15), st.integers(2, 32767), SHAPES),
        max_size=8,
        unique_by=lambda channel: channel.output,
    )
)
def test_updates_are_read_back(channels: list[MidChannel]) -> None:
    assert mid_update_of(mid_update_data(channels)) == tuple(sorted(channels))


@given(st.integers(1, 8), SHAPES)
def test_pulses_are_read_back(output: int, pulse: tuple[Phase, ...]) -> None:
    assert low_pulse_of(low_pulse_data(output, pulse)) == (True, output, pulse)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: encode(Packet(64, 0)),
        lambda: encode(Packet(0, 1024)),
        lambda: encode(Packet(0, 0, bytes(1190))),
        lambda: low_pulse_data(0, (Phase(100, 0),)),
        lambda: low_pulse_data(9, (Phase(100, 0),)),
        lambda: low_pulse_data(1, ()),
        lambda: low_pulse_data(1, (Phase(9, 0),)),
        lambda: low_pulse_data(1, (Phase(4096, 0),)),
        lambda: low_pulse_data(1, (Phase(100, 261),)),
        lambda: low_pulse_data(1, (Phase(100, 0),) * 17),
        lambda: mid_update_data([MidChannel(1, 16, 100, (Phase(100, 0),))]),
        lambda: mid_update_data([MidChannel(1, 0, 1, (Phase(100, 0),))]),
        lambda: mid_update_data([MidChannel(1, 0, 100, (Phase(100, 0),))] * 2),
    ],
)
def test_what_the_device_cannot_do_is_never_written(wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"\d"):
        wrong()
