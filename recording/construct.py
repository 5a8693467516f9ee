"""Many records at once, from columns: NamedTuples of tuples that are there already, without a call of Python code."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from controller.signals import DeviceStatus, Inputs, LoopStatus, Reading

T = TypeVar("T")

new_reading: Callable[..., Reading] = partial(tuple.__new__, Reading)
new_device_status: Callable[..., DeviceStatus] = partial(tuple.__new__, DeviceStatus)
new_loop_status: Callable[..., LoopStatus] = partial(tuple.__new__, LoopStatus)
new_inputs: Callable[..., Inputs] = partial(tuple.__new__, Inputs)


def named(names: Sequence[str], columns: Sequence[Iterator[T]], rows: int) -> list[dict[str, T]]:
    """One dictionary a row, from one column for each name."""
    if not names:
        return [{} for _ in range(rows)]
    if len(names) == 1:
        (name,) = names
        return [{name: one} for one in columns[0]]
    if len(names) == 2:
        name, other_name = names
        return [{name: one, other_name: other} for one, other in zip(*columns, strict=True)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
