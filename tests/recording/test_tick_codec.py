"""A tick survives being written: the same bytes, values and types come back, and nonsense is refused."""

import struct
import tracemalloc
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Settings
from controller.signals import Contact, Pulses, PulseTrain, StimulationCommand, Tick
from recording.codec import pack_tick, unpack_tick
from recording.errors import RecordingError

ANY_TICK = st.from_type(Tick)
MSGPACK_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def tick_or_refusal(data: bytes) -> Tick | str:
    """What the bytes are, or the one line why they are none."""
    try:
        return unpack_tick(data)
    except RecordingError as refused:
        return str(refused)


def types_of(value: object) -> object:
    """The types of a value and of all within it."""
    if isinstance(value, tuple):
        return type(value), [types_of(inner) for inner in value]
    if isinstance(value, dict):
        return type(value), {key: types_of(inner) for key, inner in value.items()}
    return type(value)


@given(ANY_TICK)
def test_a_tick_that_was_unpacked_packs_to_the_same_bytes(tick: Tick) -> None:
    packed = pack_tick(tick)
    again = unpack_tick(packed)
    assert pack_tick(again) == packed
    assert repr(again) == repr(tick)
    assert types_of(again) == types_of(tick)


@given(st.binary())
def test_any_bytes_are_a_tick_or_refused(data: bytes) -> None:
    tick = tick_or_refusal(data)
    assert isinstance(tick, Tick) or "\n" not in tick


@given(MSGPACK_VALUES)
def test_any_msgpack_is_a_tick_or_refused(value: object) -> None:
    with pytest.raises(RecordingError):
        unpack_tick(msgpack.packb(value))


@given(ANY_TICK, st.data())
def test_a_tick_with_one_foreign_value_is_a_tick_or_refused(tick: Tick, data: st.DataObject) -> None:
    """Replace any one value inside by another: what comes back still has the types of a tick."""
    fields = msgpack.unpackb(pack_tick(tick), unicode_errors="surrogatepass")
    place: Any = fields
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], list | dict) or data.draw(st.booleans()):
            place[key] = data.draw(MSGPACK_VALUES)
            break
        place = place[key]
    again = tick_or_refusal(msgpack.packb(fields, unicode_errors="surrogatepass"))
    if isinstance(again, Tick):
        assert pack_tick(unpack_tick(pack_tick(again))) == pack_tick(again)
    else:
        assert "\n" not in again


@pytest.mark.parametrize("bits", [0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000000, 0x8000000000000000])
def test_every_float_keeps_its_bits(ticks: list[Tick], bits: int) -> None:
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    tick = ticks[0]._replace(inputs=ticks[0].inputs._replace(t_s=value))
    again = unpack_tick(pack_tick(tick)).inputs.t_s
    assert struct.pack("<d", again) == struct.pack("<Q", bits)


def test_a_contact_is_not_taken_for_pulses(ticks: list[Tick]) -> None:
    trains = Pulses((PulseTrain("a", 1, 2.0, 3.0, 4.0, True),))
    commands: dict[str, StimulationCommand] = {"trigger": Contact("b", True), "main": trains, "idle": Pulses(())}
    again = unpack_tick(pack_tick(ticks[0]._replace(allowed=commands))).allowed
    assert again == commands
    assert list(again) == list(commands)
    assert [type(command) for command in again.values()] == [Contact, Pulses, Pulses]


def test_new_settings_come_back_as_settings(ticks: list[Tick], settings: Settings) -> None:
    tick = ticks[0]._replace(inputs=ticks[0].inputs._replace(settings=settings))
    assert unpack_tick(pack_tick(tick)).inputs.settings == settings


def test_what_no_record_can_hold_is_refused(ticks: list[Tick]) -> None:
    loop = ticks[0].inputs.loop._replace(tick=2**64)
    with pytest.raises(RecordingError, match="cannot be recorded"):
        pack_tick(ticks[0]._replace(inputs=ticks[0].inputs._replace(loop=loop)))


def test_a_number_is_not_taken_for_yes_or_no(ticks: list[Tick]) -> None:
    fields = msgpack.unpackb(pack_tick(ticks[0]))
    assert fields[5][0][8] is False
    fields[5][0][8] = 0
    with pytest.raises(RecordingError, match="bool belongs"):
        unpack_tick(msgpack.packb(fields))


def test_nested_lists_that_promise_millions_of_items_take_no_memory() -> None:
    bomb = b"\xdc\xff\xff" * 1000 + bytes(62_000)
    tracemalloc.start()
    try:
        with pytest.raises(RecordingError):
            unpack_tick(bomb)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
