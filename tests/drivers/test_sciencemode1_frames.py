"""The ScienceMode1 codec against the vendor's examples, in both directions, and against any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sciencemode1_frames import (
    Answer,
    Channel,
    Ident,
    Init,
    Single,
    decode_answer,
    decode_init,
    decode_single,
    decode_update,
    encode_answer,
    encode_init,
    encode_single,
    encode_stop,
    encode_update,
    is_stop,
)

SINGLES = [(Single(3, 200, 120), "e2 21 48 78"), (Single(6, 221, 55), "f9 51 5d 37")]
INITS = [
    (Init(mask=19, slow_mask=16, slow_factor=1, group=7, main=98), "94 44 62 00 70 62"),
    (Init(mask=166, slow_mask=6, slow_factor=2, group=9, main=31), "99 29 40 61 10 1f"),
]
UPDATE = (Channel(0, 100, 52), Channel(2, 200, 55), Channel(1, 300, 72), Channel(1, 400, 92))
UPDATE_BYTES = "bb 00 64 34 41 48 37 22 2c 48 23 10 5c"


@pytest.mark.parametrize(("single", "text"), SINGLES)
def test_the_vendors_single_pulses(single: Single, text: str) -> None:
    assert encode_single(single) == bytes.fromhex(text)
    assert decode_single(bytes.fromhex(text)) == single


@pytest.mark.parametrize(("init", "text"), INITS)
def test_the_vendors_lists(init: Init, text: str) -> None:
    assert encode_init(init) == bytes.fromhex(text)
    assert decode_init(bytes.fromhex(text)) == init


def test_the_vendors_update_and_stop() -> None:
    assert encode_update(UPDATE) == bytes.fromhex(UPDATE_BYTES)
    assert decode_update(bytes.fromhex(UPDATE_BYTES)) == UPDATE
    assert encode_stop() == b"\xc0"
    assert is_stop(b"\xc0")


@pytest.mark.parametrize(("answer", "byte"), [(Answer(Ident.SINGLE, True), 0xC1), (Answer(Ident.SINGLE, False), 0xC0)])
def test_answers(answer: Answer, byte: int) -> None:
    assert encode_answer(answer) == bytes((byte,))
    assert decode_answer(bytes((byte,))) == answer


CHANNELS = st.lists(st.builds(Channel, st.integers(0, 2), st.integers(0, 511), st.integers(0, 127)), max_size=8)


@given(CHANNELS)
def test_every_update_comes_back(channels: list[Channel]) -> None:
    data = encode_update(channels)
    assert decode_update(data) == tuple(channels)
    assert data[0] & 0x80
    assert all(byte < 0x80 for byte in data[1:])


@given(st.binary(max_size=30))
def test_any_bytes_are_the_packet_that_they_say_or_none(data: bytes) -> None:
    init, update, single, answer = decode_init(data), decode_update(data), decode_single(data), decode_answer(data)
    assert init is None or decode_init(encode_init(init)) == init
    assert update is None or decode_update(encode_update(update)) == update
    assert single is None or decode_single(encode_single(single)) == single
    assert answer is None or encode_answer(answer) == data


@pytest.mark.parametrize(("at", "bits"), [(0, range(5)), (1, range(4, 7)), (2, range(5)), (3, range(5))])
def test_a_changed_bit_worth_less_than_32_is_noticed(at: int, bits: range) -> None:
    for bit in bits:
        data = bytearray(encode_single(Single(3, 200, 120)))
        data[at] ^= 1 << bit
        assert decode_single(bytes(data)) is None


@pytest.mark.parametrize("single", [Single(9, 200, 20), Single(0, 200, 20), Single(1, 512, 20), Single(1, 200, 128)])
def test_what_does_not_fit_is_refused(single: Single) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode_single(single)
