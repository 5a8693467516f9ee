"""Runs a controller over recorded inputs again, and proves that it decides the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter, is_
from typing import NamedTuple

from controller.signals import Inputs, Tick
from recording.blackbox import BlackBox, DamageRecord, EndRecord, GapRecord, TickRecord
from recording.codec import pack_decisions, pack_tick, unpack_tick
from recording.errors import RecordingError
from recording.input_blocks import InputReader

Step = Callable[[Inputs], Tick]

TICKS_AT_A_TIME = 128
"""Are decided, then compared together: few enough to stay in a processor's cache."""


class Difference(NamedTuple):
    """Where a replay first decided otherwise: number in the file from 0, time s, and the field with both its values."""

    tick: int
    t_s: float
    field: str
    recorded: str
    replayed: str


class Verification(NamedTuple):
    """What a replay of a black box showed.

    `ticks` were compared byte for byte up to and with the first difference. `not_compared` came after it, or after a
    gap or damage in which a tick was lost: what the controller had learnt in a lost tick is not known, so from there
    on the same decisions cannot be expected. `gaps` counts the ticks that never reached the recorder, `damaged` the
    damaged places. `closed` is false when the recording was cut off; `reason` says why it ended.
    """

    ticks: int
    first_difference: Difference | None
    not_compared: int
    gaps: int
    damaged: int
    closed: bool
    reason: str

    @property
    def exact(self) -> bool:
        """Whether every tick in the file was compared and none differed."""
        return self.first_difference is None and not self.not_compared


def replay(inputs: Iterable[Inputs], step: Step) -> Iterator[Tick]:
    """The ticks of a fresh `step` over the inputs, one by one."""
    return map(step, inputs)


def verify(box: BlackBox, step: Step, take: Callable[[Tick], object] | None = None) -> Verification:
    """Run a fresh `step` over the inputs of a recording and compare its ticks with the recorded ones byte for byte.

    Walks `box.blocks`. `take` is shown the ticks that were compared, up to and with the first difference. Raises
    RecordingError when the file cannot be read to its end.
    """
    reader = InputReader()
    ticks = not_compared = gaps = damaged = 0
    first_difference: Difference | None = None
    comparable, closed, reason = True, False, ""
    for block in box.blocks:
        if isinstance(block, GapRecord):
            gaps += block.ticks
            comparable = comparable and not block.ticks
        elif isinstance(block, DamageRecord):
            damaged += 1
            comparable = comparable and not block.records_missing
        elif isinstance(block, EndRecord):
            closed, reason = block.closed, block.reason
        else:
            compared = 0
            while comparable and compared < len(block.packed):
                packed = block.packed[compared : compared + TICKS_AT_A_TIME]
                equal, first_difference = _compare(packed, reader, step, take, ticks)
                compared += equal
                ticks += equal
                comparable = equal == len(packed) and first_difference is None
            for record in islice(block.records(), compared, None) if compared < len(block.packed) else ():
                not_compared += isinstance(record, TickRecord)
                damaged += isinstance(record, DamageRecord)
    return Verification(ticks, first_difference, not_compared, gaps, damaged, closed, reason)


def _compare(
    packed: list[bytes], reader: InputReader, step: Step, take: Callable[[Tick], object] | None, before: int
) -> tuple[int, Difference | None]:
    """How many of these ticks were compared, `before` others, and the first difference, which is the last of them.

    One that makes no sense ends it.
    """
    inputs, decisions_at = reader.read(packed)
    replayed = list(map(step, inputs))
    recorded = b"".join([one[begin:] for one, begin in zip(packed, decisions_at, strict=False)])
    first: Difference | None = None
    if not all(map(is_, map(_inputs_of, replayed), inputs)) or pack_decisions(replayed) != recorded:
        for i, (tick, one) in enumerate(zip(replayed, packed, strict=False)):
            if pack_tick(tick) != one:
                try:
                    first = _difference(before + i, unpack_tick(one), tick)
                except RecordingError:
                    del replayed[i:]
                else:
                    del replayed[i + 1 :]
                break
    if take is not None:
        for tick in replayed:
            take(tick)
    return len(replayed), first


_inputs_of = attrgetter("inputs")


def _difference(number: int, recorded: Tick, replayed: Tick) -> Difference:
    field, one, other = _first_differing(recorded, replayed, "")
    return Difference(number, recorded.inputs.t_s, field, repr(one), repr(other))


def _first_differing(one: object, other: object, name: str) -> tuple[str, object, object]:
    """The innermost field that differs, by the text of its value: NaN is the same as NaN."""
    for key, inner, inner_other in _parts(one, other):
        if repr(inner) != repr(inner_other):
            return _first_differing(inner, inner_other, f"{name}.{key}" if name else key)
    return name, one, other


def _parts(one: object, other: object) -> Iterator[tuple[str, object, object]]:
    if type(one) is not type(other):
        return
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if list(one) == list(other):
            yield from ((str(key), one[key], other[key]) for key in one)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        names = getattr(one, "_fields", range(len(one)))
        yield from ((str(name), inner, inner_other) for name, inner, inner_other in zip(names, one, other, strict=True))
