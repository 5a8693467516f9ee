"""A minute of the endurance walk: handles, faults, and logs that are emptied."""

from pathlib import Path

import pytest

from evidence.endurance import TIDY_S, walk


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="handles are counted in /proc")
def test_a_minute_leaves_no_handle_open_and_no_log_behind(tmp_path: Path) -> None:
    watch, report, left_open = walk((TIDY_S + 3.0) / 3600.0, "rehastim2-one_shot", tmp_path)
    assert left_open == 0
    assert report.exception == ""
    assert watch.faults == {}
    assert watch.bursts > 30
    assert watch.logged() < 200
