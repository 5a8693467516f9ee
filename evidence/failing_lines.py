"""Every line that is executed in some rooms, one after another, and an exception at the one that is wanted."""

import os
import sys
from math import inf
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import controller
from drivers.interfaces import Clock

ROOT = Path(controller.__file__).parents[1]
ROOMS = ("controller", "drivers", "runtime")
FOLDERS = tuple(str(ROOT / room) + os.sep for room in ROOMS)


class InjectedError(Exception):
    """The exception that is raised at a line."""


class Place(NamedTuple):
    """The n-th line event of the ticks, and where that is."""

    number: int
    file: str
    line: int


class Tracer:
    """Looks at every line of the rooms, and raises once, at the line event of the number that is `wanted`."""

    def __init__(self, wanted: int | None, clock: Clock) -> None:
        self.places: list[Place] = []
        self.raised_s = inf
        self._wanted = wanted
        self._clock = clock
        self._on = True
        sys.settrace(self._call)

    def stop(self) -> None:
        """Look no more."""
        self._on = False
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _: Any) -> Any:  # noqa: ANN401
        return self._line if frame.f_code.co_filename.startswith(FOLDERS) else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401
        if event == "line" and self._on:
            path = frame.f_code.co_filename.removeprefix(f"{ROOT}{os.sep}")
            self.places.append(Place(len(self.places), path, frame.f_lineno))
            if len(self.places) - 1 == self._wanted:
                self.stop()
                self.raised_s = self._clock.now()
                raise InjectedError(f"{path}:{frame.f_lineno}")
        return self._line


def once_each(places: list[Place]) -> list[Place]:
    """Every line, at the first time that it is executed."""
    first: dict[tuple[str, int], Place] = {}
    for place in places:
        first.setdefault((place.file, place.line), place)
    return list(first.values())
