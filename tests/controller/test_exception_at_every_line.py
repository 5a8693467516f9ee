"""Whatever line of a tick fails, it ends in a latch and in zero: a sample, `python -m evidence.exceptions` does all."""

from controller.signals import BurstStage
from evidence.exceptions import Nursery, Outcome, campaign
from evidence.failing_lines import Place


def test_an_exception_anywhere_in_a_tick_ends_in_a_latch_and_zero() -> None:
    found = campaign((BurstStage.PLATEAU,), every=29)
    assert found.injected >= 30
    assert {file.partition("/")[0] for file, _ in found.lines} == {"controller", "drivers", "runtime"}
    assert found.kept <= 2
    assert found.wrong == []


def test_what_injects_nothing_is_noticed() -> None:
    nowhere = Place(1_000_000, "nowhere", 1)
    assert Nursery(BurstStage.PLATEAU, lambda _: [nowhere]).run() == [
        (nowhere, Outcome("nothing was injected", raised=False))
    ]
