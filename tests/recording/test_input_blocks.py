"""The inputs of many packed ticks at once are those that each gives by itself, whatever the ticks look like."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import (
    ArmingState,
    CommandKind,
    DeviceStatus,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Reading,
    Tick,
)
from recording.blackbox import read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_decisions, pack_inputs, pack_tick, unpack_tick
from recording.header import Header
from recording.input_blocks import FEWEST, InputReader
from recording.replay import Step, verify

NUMBERS = st.one_of(st.floats(), st.integers(-(2**63), 2**64 - 1))
SENSORS = st.sampled_from(["heel", "shank", "a name that is longer than thirty-one bytes"])
READINGS = st.dictionaries(SENSORS, st.builds(Reading, NUMBERS, st.lists(NUMBERS, max_size=7).map(tuple)), max_size=3)
DEVICES = st.dictionaries(SENSORS, st.builds(DeviceStatus, NUMBERS, st.sampled_from(["", "unplugged"])), max_size=2)
COMMANDS = st.sampled_from([(), (OperatorCommand(CommandKind.ARM),)])
TEXTS = st.sampled_from(["", "disk full"])
LOOPS = st.builds(LoopStatus, st.integers(0, 2**40), NUMBERS, st.integers(0, 300), TEXTS, TEXTS)
ANY = st.builds(Inputs, NUMBERS, READINGS, COMMANDS, DEVICES, LOOPS, st.none())
FLOATS = st.floats()
ALIKE = st.builds(
    lambda t_s, heel, shank, tick, late_s: Inputs(
        t_s,
        {"heel": Reading(t_s, (heel,)), "shank": Reading(t_s, shank)},
        (),
        {"main": DeviceStatus(t_s)},
        LoopStatus(tick, late_s),
    ),
    FLOATS,
    FLOATS,
    st.tuples(*[FLOATS] * 6),
    st.sampled_from([0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**40]),
    FLOATS,
)


def bits(inputs: Inputs) -> str:
    """Every value with its type and all its bits: NaN equals NaN, 0.0 is not -0.0, 1 is not 1.0."""

    def told(value: object) -> object:
        if isinstance(value, float):
            return struct.pack(">d", value)
        if isinstance(value, dict):
            return [(key, told(one)) for key, one in value.items()]
        if isinstance(value, tuple):
            return (type(value).__name__, *map(told, value))
        return value

    return repr(told(inputs))


def packed_with(all_inputs: list[Inputs]) -> list[bytes]:
    tick = Tick(Inputs(0.0, {}), ArmingState.DISARMED, Mode.WALK, (), (), (), {}, {}, ())
    return [pack_tick(tick._replace(inputs=inputs)) for inputs in all_inputs]


@given(data=st.data())
def test_blocks_give_what_single_ticks_give(data: st.DataObject) -> None:
    runs = st.one_of(st.lists(ALIKE, max_size=3 * FEWEST), st.lists(ANY, max_size=4))
    all_inputs = [one for run in data.draw(st.lists(runs, max_size=4)) for one in run]
    packed = packed_with(all_inputs)
    reader = InputReader()
    for _ in range(2):
        found = reader.read(packed)
        assert [bits(one) for one in found.inputs] == [bits(unpack_tick(one).inputs) for one in packed]
        for one, inputs, at in zip(packed, found.inputs, found.decisions_at, strict=True):
            assert one[1:at] == pack_inputs(inputs)


def test_a_walk_is_taken_out_together(ticks: list[Tick]) -> None:
    packed = [pack_tick(tick) for tick in ticks]
    found = InputReader().read(packed)
    assert found.inputs == [tick.inputs for tick in ticks]
    assert pack_decisions(ticks) == b"".join(one[at:] for one, at in zip(packed, found.decisions_at, strict=True))


def test_sensors_that_come_in_turns_are_taken_out_too() -> None:
    def inputs(tick: int) -> Inputs:
        readings = {"heel": Reading(tick / 200, (1.0,))}
        if tick % 2:
            readings["shank"] = Reading(tick / 200, (0.1, 9.8, 0.2, 1.0, 2.0, float(tick)))
        return Inputs(tick / 200, readings, (), {"main": DeviceStatus(tick / 200)}, LoopStatus(tick))

    all_inputs = [inputs(tick) for tick in range(300, 500)]
    assert InputReader().read(packed_with(all_inputs)).inputs == all_inputs


def test_what_makes_no_sense_ends_it(ticks: list[Tick]) -> None:
    packed = [pack_tick(tick) for tick in ticks]
    for broken in (0, 1, len(packed) // 2, len(packed) - 1):
        found = InputReader().read([*packed[:broken], b"\x99\xc0nonsense", *packed[broken + 1 :]])
        assert found.inputs == [tick.inputs for tick in ticks[:broken]]
        assert len(found.decisions_at) == broken


@pytest.mark.parametrize("where", [0, 5, 130, 299])
def test_a_record_with_senseless_decisions_is_damage_and_no_difference(
    tmp_path: Path,
    header: Header,
    walk_inputs: Callable[[int], Iterator[Inputs]],
    make_step: Callable[[], Step],
    where: int,
) -> None:
    writer = BlackBoxWriter(tmp_path / "walk.dfx", header)
    for number, tick in enumerate(map(make_step(), walk_inputs(300))):
        packed = pack_tick(tick)
        at = 1 + len(pack_inputs(tick.inputs))
        writer.packed_tick(packed if number != where else packed[:at] + b"\x7f" + packed[at + 1 :])
    writer.close("end of run")
    seen: list[Tick] = []
    result = verify(read_black_box(tmp_path / "walk.dfx"), make_step(), seen.append)
    assert (result.ticks, result.damaged, result.not_compared) == (where, 1, 299 - where)
    assert result.first_difference is None
    assert [tick.inputs for tick in seen] == list(walk_inputs(where))


def test_only_ticks_up_to_the_first_difference_are_shown(
    recorded: Path, ticks: list[Tick], make_step: Callable[[], Step]
) -> None:
    step, seen = make_step(), list[Tick]()

    def other(inputs: Inputs) -> Tick:
        tick = step(inputs)
        return tick._replace(notes=("now",)) if inputs.loop.tick >= 7 else tick

    result = verify(read_black_box(recorded), other, seen.append)
    assert (result.ticks, len(seen), seen[:7]) == (8, 8, ticks[:7])
    assert seen[7].notes == ("now",)


def test_a_step_that_changes_its_inputs_is_a_difference(recorded: Path, make_step: Callable[[], Step]) -> None:
    step = make_step()
    result = verify(read_black_box(recorded), lambda inputs: step(inputs)._replace(inputs=inputs._replace(t_s=-1.0)))
    assert result.first_difference is not None
    assert result.first_difference.field == "inputs.t_s"
