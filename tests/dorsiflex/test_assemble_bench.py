"""The virtual bench as the commands put it together."""

import pytest

from config.load import default_document
from dorsiflex.assemble import bench_rig
from simulator.bench import Bench
from simulator.clock import VirtualClock


@pytest.mark.parametrize("twin", [True, False])
def test_the_twin_walks_only_where_it_is_wanted(twin: bool) -> None:
    bench = bench_rig(default_document().settings, VirtualClock(), seed=1, wired=False, twin=twin).bench
    assert isinstance(bench, Bench)
    if twin:
        assert bench.twin is not bench.person
    else:
        with pytest.raises(RuntimeError, match="no twin"):
            _ = bench.twin
