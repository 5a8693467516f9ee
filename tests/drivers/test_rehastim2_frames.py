"""The ScienceMode2 codec: golden packets in both directions, and any bytes at all without harm.

The packets are those that a RehaStim2's documents, its published drivers and an independent client give.
"""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import FrameReader
from drivers.rehastim2_frames import (
    LONGEST_PACKET,
    MOST_DATA,
    ChannelList,
    Command,
    ListPulse,
    Packet,
    SinglePulse,
    channel_list_data,
    channel_list_of,
    crc8,
    decode,
    decode_damaged,
    encode,
    main_code_of,
    main_interval_ms,
    pulses_data,
    pulses_of,
    result_of,
    signed_byte,
    single_pulse_data,
    single_pulse_of,
)

GOLDEN = [
    ("f0 81 47 81 56 00 01 01 0f", 0, 1, "01"),
    ("f0 81 2c 81 56 01 01 01 0f", 1, 1, "01"),
    ("f0 81 49 81 57 00 04 0f", 0, 4, ""),
    ("f0 81 14 81 56 01 02 00 0f", 1, 2, "00"),
    ("f0 81 91 81 57 02 22 0f", 2, 34, ""),
    ("f0 81 12 81 56 02 23 00 0f", 2, 35, "00"),
    ("f0 81 56 81 5c 00 1e 00 01 00 01 00 30 00 0f", 0, 30, "00010001003000"),
    ("f0 81 c1 81 56 00 1f 00 0f", 0, 31, "00"),
    ("f0 81 e2 81 53 01 20 00 00 fa 14 0f", 1, 32, "0000fa14"),
    ("f0 81 85 81 56 01 21 00 0f", 1, 33, "00"),
    ("f0 81 b5 81 5d 02 20 00 01 81 00 81 5a 0f", 2, 32, "0001550f"),
    ("f0 81 38 81 56 02 21 00 0f", 2, 33, "00"),
    ("f0 81 7e 81 52 03 20 00 01 81 00 00 0f", 3, 32, "00015500"),
    ("f0 81 53 81 56 03 21 00 0f", 3, 33, "00"),
    ("f0 81 ef 81 57 04 22 0f", 4, 34, ""),
    ("f0 81 6f 81 56 04 23 00 0f", 4, 35, "00"),
    ("f0 81 bb 81 57 00 22 0f", 0, 34, ""),
    ("f0 81 c4 81 56 00 23 00 0f", 0, 35, "00"),
    ("f0 81 24 81 5e 00 1e 02 81 d4 80 81 5a 00 c6 00 0f", 0, 30, "0281800f00c600"),
    ("f0 81 f3 81 59 01 20 01 01 2c 81 5f 02 01 f4 81 d4 0f", 1, 32, "01012c0a0201f481"),
    ("f0 81 91 81 56 02 01 01 0f", 2, 1, "01"),
    ("f0 81 63 81 57 02 04 0f", 2, 4, ""),
    ("f0 81 fa 81 56 03 01 01 0f", 3, 1, "01"),
    ("f0 81 84 81 57 03 22 0f", 3, 34, ""),
    ("f0 81 cf 81 57 00 5f 0f", 0, 95, ""),
    ("f0 81 ec 81 56 04 01 01 0f", 4, 1, "01"),
    ("f0 81 87 81 56 05 01 01 0f", 5, 1, "01"),
    ("f0 81 3a 81 56 06 01 01 0f", 6, 1, "01"),
    ("f0 81 51 81 56 07 01 01 0f", 7, 1, "01"),
    ("f0 81 22 81 57 05 0a 0f", 5, 10, ""),
    ("f0 81 f9 81 51 05 0b 00 02 0f", 5, 11, "0002"),
    ("f0 81 55 81 56 81 5a 22 0f", 15, 34, ""),
    ("f0 81 b2 81 53 06 24 00 00 fa 14 0f", 6, 36, "0000fa14"),
    ("f0 81 c7 81 56 06 25 00 0f", 6, 37, "00"),
    ("f0 81 67 81 56 07 26 fe 0f", 7, 38, "fe"),
    ("f0 81 27 81 56 08 26 ff 0f", 8, 38, "ff"),
    ("f0 81 ca 81 56 09 03 5f 0f", 9, 3, "5f"),
    ("f0 81 5c 81 57 01 04 0f", 1, 4, ""),
    ("f0 81 1e 81 5c 02 1e 00 03 00 0d 00 30 00 0f", 2, 30, "0003000d003000"),
    ("f0 81 0e 81 5e 03 20 00 00 fa 81 5a 00 01 2c 14 0f", 3, 32, "0000fa0f00012c14"),
    ("f0 81 7f 81 56 00 02 00 0f", 0, 2, "00"),
    ("f0 81 76 81 57 01 0a 0f", 1, 10, ""),
]
STUFFED_WITHOUT_NEED = {
    "f0 81 b5 81 5d 02 20 00 01 81 00 81 5a 0f",
    "f0 81 7e 81 52 03 20 00 01 81 00 00 0f",
    "f0 81 f3 81 59 01 20 01 01 2c 81 5f 02 01 f4 81 d4 0f",
}
"""One client also stuffs 55 and 0A, which needs not be; a receiver must read them all the same."""


@pytest.mark.parametrize(("text", "number", "command", "data"), GOLDEN)
def test_a_golden_packet_is_parsed(text: str, number: int, command: int, data: str) -> None:
    assert decode(bytes.fromhex(text)) == Packet(number, command, bytes.fromhex(data))


@pytest.mark.parametrize(("text", "number", "command", "data"), GOLDEN)
def test_a_golden_packet_is_produced(text: str, number: int, command: int, data: str) -> None:
    frame = encode(Packet(number, command, bytes.fromhex(data)))
    assert (frame == bytes.fromhex(text)) != (text in STUFFED_WITHOUT_NEED)
    assert decode(frame) == Packet(number, command, bytes.fromhex(data))


@pytest.mark.parametrize(
    ("channels", "data"),
    [
        (ChannelList((1,), main_code_of(25.0), 1), "00 01 00 01 00 30 00"),
        (ChannelList((1, 2), main_code_of(25.0), 13), "00 03 00 0d 00 30 00"),
        (ChannelList((1, 8), main_code_of(100.0), 15, (8,), 2), "02 81 80 0f 00 c6 00"),
        (ChannelList((1,)), "00 01 00 0d 00 00 00"),
    ],
)
def test_a_channel_list_has_the_bytes_of_the_golden_packets(channels: ChannelList, data: str) -> None:
    assert channel_list_data(channels) == bytes.fromhex(data)
    assert channel_list_of(bytes.fromhex(data)) == channels


@pytest.mark.parametrize(
    ("pulses", "data"),
    [
        ((ListPulse(250, 20),), "00 00 fa 14"),
        ((ListPulse(341, 15),), "00 01 55 0f"),
        ((ListPulse(250, 15), ListPulse(300, 20)), "00 00 fa 0f 00 01 2c 14"),
        ((ListPulse(300, 10, 2), ListPulse(500, 129, 3)), "01 01 2c 0a 02 01 f4 81"),
    ],
)
def test_pulses_have_the_bytes_of_the_golden_packets(pulses: tuple[ListPulse, ...], data: str) -> None:
    assert pulses_data(pulses) == bytes.fromhex(data)
    assert pulses_of(bytes.fromhex(data), len(pulses)) == pulses


def test_a_single_pulse_has_the_bytes_of_the_golden_packet() -> None:
    assert single_pulse_data(SinglePulse(1, 250, 20)) == bytes.fromhex("00 00 fa 14")
    assert single_pulse_of(bytes.fromhex("00 00 fa 14")) == SinglePulse(1, 250, 20)


@pytest.mark.parametrize("value", [0, -1, -2, -8, 127, -128])
def test_results_are_signed(value: int) -> None:
    assert result_of(signed_byte(value)) == value
    assert result_of(b"") is None


@pytest.mark.parametrize(("interval_ms", "code"), [(20.0, 38), (25.0, 48), (1025.0, 2048), (1.5, 1)])
def test_main_intervals_have_their_codes(interval_ms: float, code: int) -> None:
    assert (main_code_of(interval_ms), main_interval_ms(code)) == (code, interval_ms)


def test_what_cannot_be_sent_is_refused() -> None:
    for packet in (Packet(256, 30), Packet(-1, 30), Packet(0, 256), Packet(0, 30, bytes(MOST_DATA + 1))):
        with pytest.raises(ValueError, match="no ScienceMode2 packet"):
            encode(packet)
    for pulses in ([ListPulse(501, 20)], [ListPulse(250, 131)], [ListPulse(-1, 20)], [ListPulse(250, 20, 4)]):
        with pytest.raises(ValueError, match=r"out of range|group"):
            pulses_data(pulses)
    for channels in (ChannelList((9,)), ChannelList((1,), 2049), ChannelList((1,), slow_factor=8), ChannelList((0,))):
        with pytest.raises(ValueError, match=r"out of range|output"):
            channel_list_data(channels)
    for interval_ms in (1.0, 1025.5):
        with pytest.raises(ValueError, match="main interval"):
            main_code_of(interval_ms)
    with pytest.raises(ValueError, match="output 9"):
        single_pulse_data(SinglePulse(9, 250, 20))


PACKETS = st.builds(Packet, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=MOST_DATA))


@given(PACKETS)
def test_every_packet_comes_back(packet: Packet) -> None:
    frame = encode(packet)
    assert decode(frame) == packet
    assert len(frame) <= LONGEST_PACKET
    inner = frame[1:-1]
    # The start byte may stand inside only where the byte before it hides it.
    assert all(inner[i - 1] == 0x81 for i, byte in enumerate(inner) if byte in (0xF0, 0x0F))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


NOISE = st.binary(max_size=12) | st.lists(st.sampled_from([0xF0, 0x0F, 0x81, 0x55, 0xD4]), max_size=12).map(bytes)


@given(NOISE, st.lists(PACKETS, min_size=1, max_size=3), st.lists(st.integers(0, 400), max_size=8))
def test_packets_are_found_wherever_the_bytes_are_cut(noise: bytes, packets: list[Packet], cuts: list[int]) -> None:
    data = noise + b"".join(encode(packet) for packet in packets)
    reader = FrameReader(decode, LONGEST_PACKET)
    found = [packet for piece in pieces(data, cuts) for packet in reader.feed(piece)]
    # A false start in the noise hides no packet, and the noise is too short to be one.
    assert found == packets


@given(PACKETS, st.data())
def test_a_packet_with_flipped_bits_is_never_taken_for_another(packet: Packet, data: st.DataObject) -> None:
    frame = bytearray(encode(packet))
    at = data.draw(st.integers(1, len(frame) - 2))
    frame[at] ^= 1 << data.draw(st.integers(0, 7))
    found = decode(bytes(frame))
    assert found is None or found == packet


def judge_any_bytes(data: bytes) -> int:
    """Feed bytes, whole and cut; count the packets, each of which must be right in every field."""
    reader = FrameReader(decode, LONGEST_PACKET)
    middle = len(data) // 2
    found = reader.feed(data[:middle]) + reader.feed(data[middle:])
    decode_damaged(data)
    for packet in found:
        assert decode(encode(packet)) == packet
        channel_list_of(packet.data)
        pulses_of(packet.data, len(packet.data) // 4)
        single_pulse_of(packet.data)
    return len(found)


def random_bytes(random: Random) -> bytes:
    """Bytes of the worst kind: noise, pieces of packets, packets with a byte changed, and these one after another."""
    made = bytearray()
    for _ in range(random.randint(1, 4)):
        kind = random.random()
        if kind < 0.3:
            made += random.randbytes(random.randint(0, 40))
            continue
        frame = bytearray(
            encode(Packet(random.randrange(256), random.randrange(256), random.randbytes(random.randint(0, 20))))
        )
        if kind < 0.6:
            frame[random.randrange(len(frame))] = random.choice((0xF0, 0x0F, 0x81, random.randrange(256)))
        elif kind < 0.8:
            del frame[random.randrange(len(frame)) :]
        made += frame
    return bytes(made)


def test_any_bytes_do_no_harm() -> None:
    random = Random(2)
    assert sum(judge_any_bytes(random_bytes(random)) for _ in range(3000)) > 1000


@given(st.binary(max_size=200))
def test_any_bytes_at_all_do_no_harm(data: bytes) -> None:
    judge_any_bytes(data)


@given(st.binary(max_size=20))
def test_data_of_any_length_is_judged(data: bytes) -> None:
    found = channel_list_of(data)
    assert found is None or channel_list_data(found) == data
    pulses = pulses_of(data, 1)
    assert pulses is None or pulses_data(pulses) == data
    single = single_pulse_of(data)
    assert single is None or single_pulse_data(single) == data


def test_the_checksum_is_that_of_smbus() -> None:
    assert crc8(b"123456789") == 0xF4


def test_commands_are_answered_by_the_next_number() -> None:
    assert Command.START_CHANNEL_LIST + 1 == Command.START_CHANNEL_LIST_ACK
