"""The inputs of many packed ticks at once.

The ticks of a walk look alike: the same sensors and devices, nobody gives a command, only numbers differ, and a packed
float takes nine bytes whatever it is. So a tick that was unpacked the ordinary way shows where the numbers are, and
those of all ticks whose other bytes are the same are taken out together. What looks different is unpacked by itself.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from typing import NamedTuple

import msgpack  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from controller.signals import Inputs
from recording.codec import pack_inputs, unpack_tick
from recording.construct import named, new_device_status, new_inputs, new_loop_status, new_reading
from recording.errors import RecordingError
from recording.untrusted import TEXT_ERRORS

FEWEST = 8
"""Ticks of a new look that are worth learning it."""
MOST_SHAPES = 4
"""Looks that are remembered: sensors slower than the loop make ticks of several, in turns."""

_TICK_HEAD = 1
"""Where the inputs of a packed tick begin."""


class Recorded(NamedTuple):
    """The inputs of packed ticks, and where in the bytes of each the decisions begin.

    Fewer than there were ticks, if the next one makes no sense.
    """

    inputs: list[Inputs]
    decisions_at: list[int]


class _Shape(NamedTuple):
    """How ticks with inputs like those of `example` are packed: where the numbers are, and the bytes around them."""

    example: Inputs
    decisions_at: int
    floats_at: NDArray[np.intp]
    number_at: NDArray[np.intp]
    fixed_at: NDArray[np.intp]
    fixed: NDArray[np.uint8]


class InputReader:
    """Unpacks the inputs of ticks; remembers how the last ones looked."""

    def __init__(self) -> None:
        self._shapes: list[_Shape] = []

    def read(self, packed: Sequence[bytes]) -> Recorded:
        """The inputs of these ticks, up to the first that makes no sense."""
        found: dict[int, Inputs] = {}
        decisions_at = [0] * len(packed)
        left = list(range(len(packed)))
        for shape in self._shapes:
            left = _take(packed, left, shape, found, decisions_at)
        for _ in range(MOST_SHAPES):
            if len(left) < FEWEST:
                break
            shape_ = self._learn(packed[left[0]])
            if shape_ is None:
                break
            left = _take(packed, left, shape_, found, decisions_at)
        for i in left:
            try:
                found[i] = unpack_tick(packed[i]).inputs
            except RecordingError:
                return Recorded([found[k] for k in range(i)], decisions_at[:i])
            decisions_at[i] = _TICK_HEAD + len(pack_inputs(found[i]))
        return Recorded([found[k] for k in range(len(packed))], decisions_at)

    def _learn(self, packed: bytes) -> _Shape | None:
        try:
            shape = _shape_of(unpack_tick(packed).inputs, packed)
        except RecordingError:
            return None
        if shape is not None:
            self._shapes = [shape, *self._shapes[: MOST_SHAPES - 1]]
        return shape


def _take(
    packed: Sequence[bytes], left: list[int], shape: _Shape, found: dict[int, Inputs], decisions_at: list[int]
) -> list[int]:
    """Find the inputs of those ticks that have this shape; the others are still left."""
    end = shape.decisions_at
    if not left:
        return left
    heads = b"".join([packed[i][:end].ljust(end, b"\0") for i in left])
    rows = np.frombuffer(heads, np.uint8).reshape(len(left), end)
    same = (rows[:, shape.fixed_at] == shape.fixed).all(axis=1)
    if same.all():
        chosen, others = left, []
    else:
        chosen = [i for i, fits in zip(left, same.tolist(), strict=True) if fits]
        others = [i for i, fits in zip(left, same.tolist(), strict=True) if not fits]
        rows = rows[same]
    if chosen:
        found.update(zip(chosen, _take_out(rows, shape), strict=True))
        for i in chosen:
            decisions_at[i] = end
    return others


class _Pieces:
    """Packed inputs piece by piece, and where the numbers are in them."""

    def __init__(self, inputs: Inputs) -> None:
        self._packer = msgpack.Packer(unicode_errors=TEXT_ERRORS)
        self.data = bytearray(self._packer.pack_array_header(len(inputs)))
        self.floats_at: list[int] = []
        self.number_at: list[int] = []
        self.value(inputs.t_s)
        self.data += self._packer.pack_map_header(len(inputs.readings))
        for sensor, reading in inputs.readings.items():
            self.named(sensor, reading)
            self.value(reading.t_s)
            self.data += self._packer.pack_array_header(len(reading.values))
            for value in reading.values:
                self.value(value)
        self.rest(inputs.commands)
        self.data += self._packer.pack_map_header(len(inputs.devices))
        for device, status in inputs.devices.items():
            self.named(device, status)
            self.value(status.t_s)
            self.rest(status.problem)
        self.data += self._packer.pack_array_header(len(inputs.loop))
        number = self._packer.pack(inputs.loop.tick)
        self.number_at = [*range(len(self.data) + 1, len(self.data) + len(number))]
        self.data += number
        self.value(inputs.loop.late_s)
        for one in (*inputs.loop[2:], inputs.settings):
            self.rest(one)

    def named(self, name: str, record: tuple[object, ...]) -> None:
        """The name of a sensor or device, and the head of what is behind it."""
        self.data += self._packer.pack(name) + self._packer.pack_array_header(len(record))

    def value(self, value: float) -> None:
        """A number that differs from tick to tick, if it is a float: an integer takes as few bytes as it needs."""
        if type(value) is float:
            self.floats_at.append(len(self.data) + 1)
        self.data += self._packer.pack(value)

    def rest(self, value: object) -> None:
        """What seldom differs."""
        self.data += self._packer.pack(value)


def _shape_of(inputs: Inputs, packed: bytes) -> _Shape | None:
    """How this tick looks; None if it holds what others rarely do, or is not packed as we do it."""
    numbers = [inputs.t_s, inputs.loop.late_s, *[status.t_s for status in inputs.devices.values()]]
    for reading in inputs.readings.values():
        numbers += (reading.t_s, *reading.values)
    if inputs.commands or inputs.settings is not None or not all(type(number) is float for number in numbers):
        return None
    pieces = _Pieces(inputs)
    end = _TICK_HEAD + len(pieces.data)
    if packed[_TICK_HEAD:end] != pieces.data or not pieces.number_at:
        return None
    floats_at = np.add.outer(np.array(pieces.floats_at) + _TICK_HEAD, np.arange(8)).ravel()
    number_at = np.array(pieces.number_at) + _TICK_HEAD
    fixed_at = np.setdiff1d(np.arange(end), np.concatenate((floats_at, number_at)))
    fixed = np.frombuffer(packed, np.uint8)[fixed_at]
    return _Shape(inputs, end, floats_at, number_at, fixed_at, fixed)


def _take_out(rows: NDArray[np.uint8], shape: _Shape) -> Iterator[Inputs]:
    """The inputs of rows that have this shape."""
    fitting = len(rows)
    columns = iter(np.take(rows, shape.floats_at, axis=1).view(">f8").T.tolist())
    places = 256 ** np.arange(len(shape.number_at))[::-1]
    ticks = (rows[:, shape.number_at] @ places).tolist()
    example = shape.example
    t_s = next(columns)
    readings = [
        map(new_reading, zip(next(columns), zip(*islice(columns, len(one.values)), strict=True), strict=True))
        for one in example.readings.values()
    ]
    devices = [
        map(new_device_status, zip(next(columns), repeat(status.problem, fitting), strict=True))
        for status in example.devices.values()
    ]
    loops = map(new_loop_status, zip(ticks, next(columns), *map(repeat, example.loop[2:]), strict=False))
    read = named(tuple(example.readings), readings, fitting)
    told = named(tuple(example.devices), devices, fitting)
    return map(new_inputs, zip(t_s, read, repeat(()), told, loops, repeat(None), strict=False))
