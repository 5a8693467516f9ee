"""Anything in any order, a sample: `python -m evidence.stateful --steps 100000` does more of it."""

from evidence.stateful import run


def test_every_rule_is_kept_whatever_is_pressed_broken_and_mended() -> None:
    happened = run(300, derandomize=True)
    assert happened["bursts"] >= 15
    assert happened["begins held against the true load"] >= 10
    assert happened["faults"] >= 20
