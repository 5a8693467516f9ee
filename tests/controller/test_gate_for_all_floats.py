"""The gate's bounds follow from its code for every float, and the analysis notices a gate that has them not."""

from unittest import mock

import pytest

from controller import gate
from evidence.any_gate import NotShown
from evidence.gate_bounds import charge_is_exact, show
from evidence.symbolic import walk_all


def test_the_bounds_follow_on_every_path() -> None:
    paths = show()
    assert paths["pulse train"] > 500
    assert all(number > 0 for number in paths.values())


@pytest.mark.parametrize("name", ["current", "density", "rise", "rate", "width"])
def test_a_gate_without_one_of_its_limits_is_noticed(name: str) -> None:
    real = gate._at_most

    def leaky(value: float, cap: float, reason: str, reasons: list[str]) -> float:
        return value if name in reason else real(value, cap, reason, reasons)

    with mock.patch.object(gate, "_at_most", leaky), pytest.raises(NotShown, match=name):
        show()


def test_a_gate_that_takes_equal_products_for_a_fit_is_noticed() -> None:
    def rounded(current_ma: float, pulse_width_us: float, charge_uc: float) -> bool:
        most_nc = charge_uc * 1000.0
        nc = current_ma * pulse_width_us
        return nc < most_nc if nc != most_nc else True

    with mock.patch.object(gate, "charge_fits", rounded), pytest.raises(NotShown, match="exactly"):
        for _ in walk_all(charge_is_exact):
            pass
