"""Settings for all tests."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and nothing is written beside the tests. Where a change is judged (CI=true) the examples
# are the same every time; everywhere else each run tries new ones.
settings.register_profile(
    "dorsiflex",
    deadline=None,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("dorsiflex")

# What is tested is the source, whatever has been compiled on this machine.
os.environ["DORSIFLEX_COMPILED"] = "0"

# Commands that are not in the wheel (benchmarks, evidence): last on the path, so that the rooms are those installed.
sys.path.append(str(Path(__file__).parents[1]))
