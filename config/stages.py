"""The stages of the bring-up, from the simulated person to one who walks, and what each must have shown."""

from typing import Literal, NamedTuple

StageName = Literal["simulate", "dry_run", "dummy_load", "seated", "standing", "walking"]


class Stage(NamedTuple):
    """One stage: what is connected, in which modes it may be armed, and what a recording of it must show.

    The figures are the project's own choice. `minutes` is time armed or paused; `strides` are initial contacts of one
    leg; `bursts` are bursts that the gate let out on one channel. All of them are least values. Without any failure in
    n strides, at most 3/n of them fail, with a confidence of 95 % (rule of three).
    """

    name: StageName
    meaning: str
    modes: tuple[str, ...]
    minutes: float
    strides: int
    bursts: int
    reason: str


STAGES: tuple[Stage, ...] = (
    Stage(
        "simulate",
        "the virtual bench: this config with a simulated person",
        ("walk", "exercise", "test_burst"),
        2.0,
        60,
        50,
        "60 strides without a latch: at most 5 % of the strides would latch; the config arms and stimulates at all",
    ),
    Stage(
        "dry_run",
        "the real sensors on a person, no stimulator: what it would be told is recorded only",
        ("walk", "exercise", "test_burst"),
        5.0,
        150,
        120,
        "150 strides: at most 2 % would latch with these sensors on this person, before any current",
    ),
    Stage(
        "dummy_load",
        "the real stimulator on a resistor, nobody connected; the sensors are moved by hand or on a helper",
        ("walk", "exercise", "test_burst"),
        60.0,
        300,
        300,
        "an hour, as in the wiring page, step 9: what warms up, comes loose or leaks does so within it",
    ),
    Stage(
        "seated",
        "a seated person, electrodes on: the current is found here",
        ("exercise", "test_burst"),
        2.0,
        0,
        10,
        "10 bursts at the full current that nobody had to stop, while a fall is impossible",
    ),
    Stage(
        "standing",
        "a person who stands and holds on",
        ("exercise", "test_burst"),
        1.0,
        0,
        5,
        "5 bursts under load, with a hand on a rail, before a step depends on one",
    ),
    Stage(
        "walking",
        "a person who walks",
        ("walk", "exercise", "test_burst"),
        0.0,
        0,
        0,
        "the last stage unlocks nothing",
    ),
)
"""In the order in which they are gone through."""

BY_NAME: dict[str, Stage] = {stage.name: stage for stage in STAGES}


def stage_before(name: StageName) -> Stage | None:
    """The stage whose evidence unlocks this one; none unlocks the first."""
    place = STAGES.index(BY_NAME[name])
    return STAGES[place - 1] if place else None
