"""Every way to strap the chip on, against a rotation matrix."""

from itertools import product
from typing import get_args

import numpy as np
import pytest

from config.schema import Axis
from drivers.axes import segment_axes

UNIT = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}
AXES: tuple[Axis, ...] = get_args(Axis)
MOUNTINGS = [(forward, up) for forward, up in product(AXES, AXES) if forward[1] != up[1]]


def direction(name: Axis) -> np.ndarray:
    return UNIT[name[1]] * (-1.0 if name[0] == "-" else 1.0)


def test_there_are_24_mountings() -> None:
    assert len(MOUNTINGS) == 24


@pytest.mark.parametrize(("forward", "up"), MOUNTINGS)
def test_each_mounting_is_the_rotation_that_its_names_say(forward: Axis, up: Axis) -> None:
    x, y = direction(forward), direction(up)
    rotation = np.vstack([x, y, np.cross(x, y)])
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    chip = np.array([1.0, 20.0, 300.0])
    mapped = [axis.sign * chip[axis.axis] for axis in segment_axes(forward, up)]
    np.testing.assert_array_equal(mapped, rotation @ chip)


def test_one_line_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same line"):
        segment_axes("+x", "-x")
