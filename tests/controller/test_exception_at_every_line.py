"""Whatever line of a tick fails, it ends in a latch and in zero: a sample, `python -m evidence.exceptions` does all."""

from controller.signals import BurstStage
from evidence.exceptions import campaign, forked, inject, walking


def test_an_exception_anywhere_in_a_tick_ends_in_a_latch_and_zero() -> None:
    injected, lines, wrong = campaign((BurstStage.PLATEAU,), every=29)
    assert injected >= 10
    assert len(lines) >= 8
    assert wrong == []


def test_what_injects_nothing_is_noticed() -> None:
    walk = walking(BurstStage.PLATEAU)
    outcome = forked(lambda: inject(walk, 1_000_000))
    assert not outcome.raised  # type: ignore[attr-defined]
