"""A replay gives the same ticks, a difference is found and named, and what was lost is not taken for a difference."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import HeelContact, Inputs, Reading, Tick
from recording.blackbox import TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick
from recording.digest import TickDigest
from recording.header import Header
from recording.replay import Step, replay, verify

MakeStep = Callable[[], Step]


def digest_of(ticks: Iterable[Tick]) -> str:
    digest = TickDigest()
    for tick in ticks:
        digest.add(tick)
    return digest.hexdigest()


def test_two_replays_are_byte_identical(make_step: MakeStep, walk_inputs: Callable[[int], Iterator[Inputs]]) -> None:
    first, second = ([pack_tick(tick) for tick in replay(walk_inputs(600), make_step())] for _ in range(2))
    assert first == second


def test_a_recording_is_reproduced_exactly(recorded: Path, ticks: list[Tick], make_step: MakeStep) -> None:
    result = verify(read_black_box(recorded), make_step())
    assert result.exact
    assert (result.ticks, result.gaps, result.damaged, result.closed) == (len(ticks), 0, 0, True)


def test_the_first_difference_is_named(recorded: Path, ticks: list[Tick], make_step: MakeStep) -> None:
    step = make_step()

    def other(inputs: Inputs) -> Tick:
        tick = step(inputs)
        if inputs.loop.tick < 7:
            return tick
        return tick._replace(legs=(tick.legs[0]._replace(contact=HeelContact.UNKNOWN),))

    result = verify(read_black_box(recorded), other)
    difference = result.first_difference
    assert difference is not None
    assert not result.exact
    assert (difference.tick, difference.t_s, difference.field) == (7, ticks[7].inputs.t_s, "legs.0.contact")
    assert "UNKNOWN" in difference.replayed
    assert (result.ticks, result.not_compared) == (8, len(ticks) - 8)


def test_the_smallest_step_of_a_float_is_a_difference(recorded: Path, make_step: MakeStep) -> None:
    step = make_step()

    def other(inputs: Inputs) -> Tick:
        tick = step(inputs)
        leg = tick.legs[0]
        return tick._replace(legs=(leg._replace(level=leg.level * (1.0 + 2.0**-52)),))

    difference = verify(read_black_box(recorded), other).first_difference
    assert difference is not None
    assert difference.field == "legs.0.level"


def test_nan_is_reproduced(tmp_path: Path, header: Header, make_step: MakeStep) -> None:
    inputs = Inputs(float("nan"), {"shank_left": Reading(0.0, (float("nan"),) * 6)})
    writer = BlackBoxWriter(tmp_path / "nan.dbb", header)
    writer.tick(make_step()(inputs))
    writer.close("")
    assert verify(read_black_box(tmp_path / "nan.dbb"), make_step()).exact


@pytest.mark.parametrize(("lost", "exact"), [(0, True), (1, False)])
def test_nothing_is_compared_behind_a_gap(
    tmp_path: Path, header: Header, ticks: list[Tick], make_step: MakeStep, lost: int, exact: bool
) -> None:
    writer = BlackBoxWriter(tmp_path / "gap.dbb", header)
    for tick in ticks[:20]:
        writer.tick(tick)
    writer.gap(20, lost)
    for tick in ticks[20 + lost :]:
        writer.tick(tick)
    writer.close("")
    result = verify(read_black_box(tmp_path / "gap.dbb"), make_step())
    assert result.first_difference is None
    assert result.gaps == lost
    assert result.exact is exact
    assert result.not_compared == (0 if exact else len(ticks) - 20 - lost)


def test_nothing_is_compared_behind_a_lost_record(recorded: Path, ticks: list[Tick], make_step: MakeStep) -> None:
    data = bytearray(recorded.read_bytes())
    places = [record.offset for record in read_black_box(recorded).records if isinstance(record, TickRecord)]
    data[places[30] + 40] ^= 4
    recorded.write_bytes(data)
    result = verify(read_black_box(recorded), make_step())
    assert (result.ticks, result.not_compared, result.damaged) == (30, len(ticks) - 31, 1)
    assert result.first_difference is None
    assert not result.exact


def test_a_recording_that_was_cut_off_is_compared_to_its_end(recorded: Path, make_step: MakeStep) -> None:
    recorded.write_bytes(recorded.read_bytes()[:-200])
    result = verify(read_black_box(recorded), make_step())
    assert result.exact
    assert not result.closed


def test_the_digest_is_the_same_over_a_recording(ticks: list[Tick], make_step: MakeStep) -> None:
    replayed = replay((tick.inputs for tick in ticks), make_step())
    assert digest_of(replayed) == digest_of(ticks)


def test_the_digest_of_a_known_walk_does_not_change(
    make_step: MakeStep, walk_inputs: Callable[[int], Iterator[Inputs]]
) -> None:
    """The same on every machine and Python version; a change of the digest itself must be meant."""
    assert digest_of(replay(walk_inputs(400), make_step())) == (
        "158f1df93d1d23922dbffbfeb9c5d0fc95879a495cab5c55d1e1959fd7055e60"
    )


def test_the_digest_forgives_rounding_and_nothing_else(ticks: list[Tick]) -> None:
    tick = next(tick for tick in ticks if tick.legs[0].events)
    leg, event = tick.legs[0], tick.legs[0].events[0]
    same = digest_of([tick])
    nudged = leg._replace(events=(event._replace(t_s=event.t_s + 1e-9),), level=leg.level + 1e-9)
    assert digest_of([tick._replace(legs=(nudged,))]) == same
    assert digest_of([tick._replace(legs=(leg._replace(events=(event._replace(t_s=event.t_s + 2e-4),)),))]) != same
    assert digest_of([tick._replace(legs=(leg._replace(level=leg.level + 2e-4),))]) != same
    assert digest_of([tick._replace(legs=(leg._replace(phase=leg.phase.STANDING),))]) != same
    assert digest_of([tick, tick]) != same


@given(st.from_type(Tick))
def test_any_tick_has_a_digest_that_does_not_know_the_order_of_devices(tick: Tick) -> None:
    turned = tick._replace(asked=dict(reversed(tick.asked.items())), allowed=dict(reversed(tick.allowed.items())))
    legs = tuple(leg._replace(tilt=dict(reversed(leg.tilt.items()))) for leg in tick.legs)
    assert digest_of([turned._replace(legs=legs)]) == digest_of([tick])
