"""A sample of the fault matrix: five of the faults at one onset in each phase."""

import sys

import pytest

from evidence.fault_matrix import CHANNELS, PHASES, TYPES, kinds, run
from simulator.faults.kinds import KINDS


def test_the_matrix_is_whole() -> None:
    assert len(CHANNELS) >= 10
    assert len(TYPES) == 7
    assert len(CHANNELS) * len(TYPES) * len(PHASES) * 25 == 7000
    assert set(kinds()) <= set(KINDS)
    assert len(set(kinds())) == len(kinds())


@pytest.mark.skipif(sys.platform != "linux", reason="the matrix forks")
def test_a_sample_of_the_cells_holds() -> None:
    names = kinds()[3::17]
    cells = run(names, 1, 2)
    assert len(cells) == len(names) * len(PHASES)
    assert [cell for cell in cells if cell.wrong] == []
