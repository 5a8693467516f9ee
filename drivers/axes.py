"""From the axes of a chip to the segment frame: x forward, y up, z to the person's right."""

from typing import NamedTuple

from config.schema import Axis


class ChipAxis(NamedTuple):
    """Where a component of the segment frame comes from: number of the chip's axis, and sign +1.0 or -1.0."""

    axis: int
    sign: float


def segment_axes(forward: Axis, up: Axis) -> tuple[ChipAxis, ChipAxis, ChipAxis]:
    """The chip's axes that give segment x, y, z, where z = forward × up. Raises ValueError for one line twice."""
    x, y = _chip_axis(forward), _chip_axis(up)
    if x.axis == y.axis:
        raise ValueError(f"forward_axis = {forward} and up_axis = {up} are the same line")
    # x × y = z, y × z = x, z × x = y: the product keeps its sign in this order of indices and loses it in the other.
    cyclic = (x.axis + 1) % 3 == y.axis
    return x, y, ChipAxis(3 - x.axis - y.axis, x.sign * y.sign * (1.0 if cyclic else -1.0))


def _chip_axis(name: Axis) -> ChipAxis:
    return ChipAxis("xyz".index(name[1]), -1.0 if name[0] == "-" else 1.0)
