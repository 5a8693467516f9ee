"""Values that come out of a file: each is of the type that it must be, or a TypeError says what is there instead."""

from collections.abc import ItemsView
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped]

T = TypeVar("T")

TEXT_ERRORS = "surrogatepass"
"""Every Python string can be written, a file name with foreign bytes in an error text too."""

MOST_ITEMS = 4096
"""Longest list in a record: bounds what a hostile file can make the reader allocate."""


def unpacked(data: bytes) -> object:
    """The one msgpack value in `data`, lists as tuples. Raises ValueError; allocates some 40 MB at the very most."""
    value: object = msgpack.unpackb(
        data, use_list=False, unicode_errors=TEXT_ERRORS, max_array_len=MOST_ITEMS, max_map_len=MOST_ITEMS
    )
    return value


def array(value: object) -> tuple[Any, ...]:
    """A list, as a tuple."""
    if type(value) is tuple:
        return value
    raise TypeError(f"a list belongs where a {type(value).__name__} is")


def items(value: object) -> ItemsView[Any, Any]:
    """The keys and values of a map."""
    if type(value) is dict:
        return value.items()
    raise TypeError(f"a map belongs where a {type(value).__name__} is")


def texts(value: object) -> tuple[str, ...]:
    """A list of strings."""
    return tuple([text(one) for one in array(value)])


def number(value: object) -> float:
    """A float, or an int as it came: converted, it would not give the same bytes again."""
    if type(value) is float or type(value) is int:
        return value
    raise TypeError(f"a number belongs where a {type(value).__name__} is")


def integer(value: object) -> int:
    """An int; a bool is none."""
    return _exactly(int, value)


def truth(value: object) -> bool:
    """A bool; 0 and 1 are none."""
    return _exactly(bool, value)


def text(value: object) -> str:
    """A string."""
    return _exactly(str, value)


def _exactly(kind: type[T], value: object) -> T:
    if type(value) is kind:
        return value
    raise TypeError(f"a {kind.__name__} belongs where a {type(value).__name__} is")
