"""The commands of the checkout that are not in the wheel: last on the path, so that the rooms are those installed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
