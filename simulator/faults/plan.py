"""One fault as it is planned for a walk."""

from math import inf
from typing import NamedTuple


class PlannedFault(NamedTuple):
    """A fault by the name in `KINDS`, from `start_s` of the true time to `stop_s`; `seed` draws what is left open."""

    kind: str
    start_s: float
    stop_s: float = inf
    seed: str = ""

    def at_work(self, t_s: float) -> bool:
        """Whether it is on at the true time `t_s`."""
        return self.start_s <= t_s < self.stop_s
