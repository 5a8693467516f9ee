"""What the operator does after settings have come: go on, pause and resume, or disarm, which lets them in, and arm."""

from collections.abc import Callable
from math import inf
from random import Random
from typing import Literal

from controller.signals import ArmingState, CommandKind, OperatorCommand
from simulator.faults.plan import PlannedFault

AFTER_S, FOR_S, AGAIN_S = (0.5, 4.0), (1.5, 3.0), 1.5
"""So long after the settings, for so long, and again so long after an arm that was refused: a person reads why."""
_DISARMS, _PAUSES = 0.6, 0.2

Does = Literal["nothing", "pauses", "disarms"]


class Hand:
    """Does what is drawn from the seed of the fault alone, so it changes no other draw.

    `disarmed_s`, `armed_s`: when it did, infinity if never. It acknowledges no latch, and arms only what it disarmed.
    """

    def __init__(self, fault: PlannedFault, post: Callable[[OperatorCommand], None]) -> None:
        random = Random(f"{fault.seed} hand")
        share = random.random()
        self.does: Does = "disarms" if share < _DISARMS else "pauses" if share < _DISARMS + _PAUSES else "nothing"
        self.disarmed_s = self.armed_s = inf
        self._post = post
        self._next_s = inf if self.does == "nothing" else fault.start_s + random.uniform(*AFTER_S)
        self._for_s = random.uniform(*FOR_S)
        self._begun = False

    def before(self, t_s: float, state: ArmingState) -> None:
        """It is `t_s`, and the view shows `state`."""
        if t_s < self._next_s:
            return
        if not self._begun:
            self._begun = True
            self._begin(t_s, state)
        elif self.does == "pauses":
            self._next_s = inf
            self._post(OperatorCommand(CommandKind.RESUME))
        elif state == ArmingState.DISARMED:
            self._next_s = t_s + AGAIN_S
            self._post(OperatorCommand(CommandKind.ARM))
        else:
            self._next_s = inf
            self.armed_s = t_s if state == ArmingState.ARMED else inf

    def _begin(self, t_s: float, state: ArmingState) -> None:
        if state != ArmingState.ARMED:
            self._next_s = inf
            return
        self._next_s = t_s + self._for_s
        if self.does == "disarms":
            self.disarmed_s = t_s
        self._post(OperatorCommand(CommandKind.DISARM if self.does == "disarms" else CommandKind.PAUSE))
