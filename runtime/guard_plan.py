"""What the guard has to do when the loop fails, worked out before: which pins, which ports, which bytes."""

import json
from typing import NamedTuple

from runtime.gpio_line import Pin

LONGEST_PLAN = 65536
"""Bytes: a pipe takes so much at once."""


class SerialFarewell(NamedTuple):
    """A stimulator on a serial port: how the line is set, and the frames that end all its output, as hex digits."""

    name: str
    path: str
    baud: int
    even_parity: bool
    frames: str


class Plan(NamedTuple):
    """`enables`: the lines that the guard pulses while the loop lives; `low`: trigger pins that it drives low."""

    farewells: tuple[SerialFarewell, ...] = ()
    enables: tuple[Pin, ...] = ()
    low: tuple[Pin, ...] = ()


def plan_as_line(plan: Plan) -> bytes:
    """For the pipe to the guard. Raises ValueError when it is too long."""
    line = json.dumps(plan).encode() + b"\n"
    if len(line) > LONGEST_PLAN:
        raise ValueError(f"a plan of {len(line)} bytes does not fit into {LONGEST_PLAN}")
    return line


def plan_of_line(line: bytes) -> Plan:
    """What `plan_as_line` made. Raises ValueError and TypeError for anything else."""
    farewells, enables, low = json.loads(line)
    return Plan(
        tuple([SerialFarewell(*one) for one in farewells]),
        tuple([Pin(*one) for one in enables]),
        tuple([Pin(*one) for one in low]),
    )
