"""The loop's end of the guard: starts it, tells it that the loop lives, and notices when the guard does not."""

import os
import time
from collections.abc import Callable
from contextlib import suppress

from controller.signals import Tick
from runtime.gpio_line import GpioLine
from runtime.guard import Channel, Guard, Limits
from runtime.guard_act import OpenLine
from runtime.guard_plan import Plan, plan_as_line
from runtime.heartbeat import Heartbeat, LifeSign, LoopState
from runtime.notice import Notice
from runtime.processes import Child

READY_S = 5.0
END_S = 2.0
"""How long the guard may take to be ready, and to end."""
FROZEN_S, FROZEN_TICKS = 0.25, 10
"""A guard without a sign of life for so long, as seen in so many ticks in a row, guards nobody."""
TICKS_PER_PLAN = 100
CURE = "start the program again"


class GuardedEnable:
    """`drivers.trigger_enable.Enable` whose edges the guard makes: one for each tick that asked for it."""

    def __init__(self, heartbeat: Heartbeat, line: int) -> None:
        self._heartbeat = heartbeat
        self._line = line

    def open(self, use: str) -> None:
        """The guard opens the pin."""

    def beat(self) -> str:
        """Ask for one more edge; what is wrong with the pin is the guard's to tell."""
        self._heartbeat.ask_edge(self._line)
        return ""

    def rest(self) -> str:
        """Ask for none."""
        return ""

    def close(self) -> None:
        """The guard closes the pin."""


class GuardProcess:
    """`runtime.loop.Watch` over the guard. Make it before any thread runs: it forks.

    `note_path`: where the guard writes what it did, should it have to do something.
    """

    def __init__(self, limits: Limits, note_path: str, open_line: OpenLine = GpioLine) -> None:
        self.heartbeat = Heartbeat()
        self.refused: tuple[str, ...] = ()
        self._alive = LifeSign(FROZEN_S, FROZEN_TICKS)
        self._ready, self._planned, self._trouble = Notice(), Notice(), Notice()
        self._problem = ""
        self._ended = False
        self._plan_now: Callable[[], Plan] = Plan
        self._plan = Plan()
        self._ticks = 0
        plans_read, self._plans = os.pipe()
        loop = os.getpid()

        def said(text: str) -> None:
            (self._planned if text == "planned" else self._ready).post(text)

        def work(_parent_is_gone: object) -> int:
            os.close(self._plans)
            channel = Channel(self.heartbeat, self._alive, plans_read, said, self._trouble.post)
            return Guard(loop, channel, limits, note_path, open_line).run()

        self._child = Child("guard", work)
        os.close(plans_read)
        os.set_blocking(self._plans, False)

    @property
    def pid(self) -> int:
        """Of the guard."""
        return self._child.pid

    def start(self, plan_now: Callable[[], Plan]) -> str:
        """Hand over the plan and wait until the guard has taken it; why it did not, or empty.

        `plan_now` is asked again now and then: a port that was plugged in anew may have got another name.
        """
        self._plan_now = plan_now
        self._hand_over(plan_now())
        end_s = time.monotonic() + READY_S
        while not (self._ready.text and self._planned.text) and not self._trouble.text:
            if not self._child.alive or time.monotonic() > end_s:
                self._problem = f"the guard does not start: {CURE}"
                return self._problem
            time.sleep(0.001)
        self.refused = tuple(self._ready.text.splitlines()) if self._ready.text != "ready" else ()
        return self.problem()

    def delivered(self, _tick: Tick, t_s: float) -> None:
        """A tick has passed the gate, and the devices have it."""
        self.heartbeat.tell(LoopState.RUNNING, t_s)
        self._ticks += 1
        if self._ticks % TICKS_PER_PLAN == 0 and (plan := self._plan_now()) != self._plan:
            self._hand_over(plan)

    def stopping(self) -> None:
        """The loop is about to end all output, which may take longer than a tick."""
        self.heartbeat.tell(LoopState.STOPPING, time.monotonic())

    def stopped(self) -> None:
        """All output is off, and stays off."""
        self.heartbeat.tell(LoopState.STOPPED, time.monotonic())

    def problem(self) -> str:
        """Why nobody guards the loop any more, or empty."""
        if self._problem or self._ended:
            return self._problem
        if not self._child.alive:
            self._problem = f"the guard {self._child.how_it_ended}: {CURE}"
        elif self._trouble.text:
            self._problem = self._trouble.text
        elif self._alive.missed(time.monotonic()):
            self._problem = f"the guard has given no sign of life for {1000 * FROZEN_S:.0f} ms: {CURE}"
        return self._problem

    def end(self) -> None:
        """The outputs are closed: the guard may go. Bounded, idempotent."""
        if self._ended:
            return
        self._ended = True
        self.heartbeat.tell(LoopState.ENDED, time.monotonic())
        with suppress(OSError):
            os.close(self._plans)
        if not self._child.wait(END_S):
            self._child.kill()

    def _hand_over(self, plan: Plan) -> None:
        self._plan = plan
        try:
            os.write(self._plans, plan_as_line(plan))
        except (OSError, ValueError) as error:
            self._problem = self._problem or f"the guard cannot be told its plan ({error}): {CURE}"
