"""A bench without a twin: the same walk for the person, and nobody to compare with."""

import pytest

from config.load import default_document
from simulator.bench import Bench
from simulator.clock import VirtualClock


def walked(*, twin: bool) -> Bench:
    bench = Bench(default_document().settings, VirtualClock(), seed=5, wired=False, twin=twin)
    for k in range(1200):
        bench.clock.sleep_until(k * 0.005)
    return bench


def test_the_person_walks_the_same_with_and_without_a_twin() -> None:
    alone, beside = walked(twin=False), walked(twin=True)
    assert alone.person.truth("right") == beside.person.truth("right") != []
    assert alone.person.swings("right") == beside.person.swings("right")
    assert beside.twin.truth("right") == beside.person.truth("right")


def test_a_missing_twin_is_told_in_one_line() -> None:
    with pytest.raises(RuntimeError, match="no twin"):
        _ = walked(twin=False).twin
