"""The guard: a process that owns the enable lines and ends the output when the loop gives no sign of life any more.

It drops the enable lines, kills the loop, waits until it is gone, then drives the trigger pins low and sends each
device its stop. It knows no driver and no controller: bytes, pins and ports were worked out before (`guard_plan`).
"""

import json
import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from runtime.guard_act import Line, OpenLine, end_output
from runtime.guard_plan import Plan, plan_of_line
from runtime.heartbeat import Beat, Heartbeat, LifeSign, LoopState
from runtime.realtime import on_time

STOPPING_S = 0.6
"""How long the loop may take to end its outputs: 100 ms each, one more than there can be, and a little."""
EDGE_S = 0.005
"""How often edges are looked for where there is an enable line: 100 Hz, so a charge pump of 50 ms stays charged."""
LATE_S, GRACE_S = 0.005, 0.010
"""A guard that woke so late was held up itself, by the whole machine maybe: once, the loop gets this much longer."""
GONE_S = 0.5
"""Killed, but still in a call of the kernel after this long: it runs no line of the program any more."""
LONGEST_NAP_S = 0.05
TOLD_S = 0.1
"""How long the standard error stream may take to have room for a sentence."""

ACTED, WELL = 10, 0
"""Exit codes of the guard's process."""


class Limits(NamedTuple):
    """`heartbeat_s`: the loop's longest silence. `priority` of the guard, 0 for none. `lock_memory` as for the loop."""

    heartbeat_s: float
    priority: int
    lock_memory: bool


class Channel(NamedTuple):
    """What joins guard and loop: `plans` is the reading end of a pipe, `ready` and `problem` leave a text."""

    heartbeat: Heartbeat
    alive: LifeSign
    plans: int
    ready: Callable[[str], None]
    problem: Callable[[str], None]


class Guard:
    """Watches the process `loop`; `run` returns the exit code. `note_path`: where a JSON file says what it did."""

    def __init__(self, loop: int, channel: Channel, limits: Limits, note_path: str, open_line: OpenLine) -> None:
        self._channel = channel
        self._limits = limits
        self._note_path = note_path
        self._open_line = open_line
        self._loop = os.pidfd_open(loop)
        self._plan = Plan()
        self._text = b""
        self._lines: list[Line] = []
        self._high: list[bool] = []
        self._edges: tuple[int, ...] = ()
        self._forgiven = False

    def run(self) -> int:
        """Watch until the loop has ended, or end its output."""
        limits = self._limits
        with on_time(priority=limits.priority, cpu=None, lock_memory=limits.lock_memory) as refused:
            # Before it says that it is ready: a guard that froze without a first sign would be missed by nobody.
            now_s = time.monotonic()
            self._channel.alive.give(now_s)
            self._channel.ready("\n".join(refused) or "ready")
            while True:
                # From the last look on, so that it also knows when it was held up outside its sleep.
                due_s = now_s + self._nap_s(now_s)
                gone = self._wait(due_s)
                beat = self._channel.heartbeat.read()
                now_s = time.monotonic()
                self._channel.alive.give(now_s)
                if beat.state == LoopState.ENDED:
                    self._drop()
                    return WELL
                if gone:
                    return self._act(beat, now_s, "the loop died without a word", loop_is_gone=True)
                silent_s = self._silence(beat, now_s)
                if silent_s and now_s - due_s > LATE_S and not self._forgiven:
                    self._forgiven = True
                elif silent_s:
                    what = "ending" if beat.state == LoopState.STOPPING else "silent"
                    return self._act(beat, now_s, f"the loop was {what} for {1000 * silent_s:.0f} ms")
                else:
                    self._forgiven = False
                    self._follow(beat)

    def _nap_s(self, now_s: float) -> float:
        """From `now_s` until the silence would be too long; shorter where edges are to be made."""
        beat = self._channel.heartbeat.read()
        if self._forgiven:
            return GRACE_S
        longest = EDGE_S if self._lines else LONGEST_NAP_S
        limit_s = self._limit_of(beat)
        return longest if limit_s is None else min(longest, max(0.0, beat.t_s + limit_s - now_s + 1e-4))

    def _limit_of(self, beat: Beat) -> float | None:
        if beat.state == LoopState.RUNNING:
            return self._limits.heartbeat_s
        return STOPPING_S if beat.state == LoopState.STOPPING else None

    def _silence(self, beat: Beat, now_s: float) -> float:
        """How long it has been silent, when that is too long; a stamp that is no time, or from the future, is."""
        limit_s = self._limit_of(beat)
        silent_s = now_s - beat.t_s
        return 0.0 if limit_s is None or 0.0 <= silent_s <= limit_s else silent_s or limit_s

    def _wait(self, until_s: float) -> bool:
        """Sleep, and take a new plan meanwhile; whether the loop is gone."""
        plans = [self._channel.plans] if self._channel.plans >= 0 else []
        ready, _, _ = select.select([self._loop, *plans], [], [], max(0.0, until_s - time.monotonic()))
        if self._channel.plans in ready:
            self._take_plan()
        return self._loop in ready

    def _take_plan(self) -> None:
        data = os.read(self._channel.plans, 65536)
        if not data:
            self._channel = self._channel._replace(plans=-1)
            return
        *whole, self._text = (self._text + data).split(b"\n")
        for line in whole:
            try:
                plan = plan_of_line(line)
                before, self._plan = self._plan, plan
                if plan.enables != before.enables:
                    self._drop()
                    self._lines = [self._open_line(pin) for pin in plan.enables]
                    self._high = [False] * len(self._lines)
                    self._prove()
            except (ValueError, TypeError, OSError) as error:
                self._channel.problem(f"the guard cannot use its plan: {error}: check the enable pin, then start again")
            else:
                self._channel.ready("planned")

    def _prove(self) -> None:
        """Every enable line must follow high and low; one pulse closes no relay behind a charge pump."""
        for i, line in enumerate(self._lines):
            self._drive(i, line, high=True)
            self._drive(i, line, high=False)

    def _follow(self, beat: Beat) -> None:
        """One edge on each enable line for which the loop has asked for one; at rest it is low."""
        asked, self._edges = self._edges, beat.edges
        for i, line in enumerate(self._lines):
            moved = bool(asked) and beat.edges[i] != asked[i] and beat.state == LoopState.RUNNING
            high = moved and not self._high[i]
            if moved or self._high[i]:
                self._drive(i, line, high=high)

    def _drive(self, i: int, line: Line, *, high: bool) -> None:
        pin = self._plan.enables[i]
        try:
            followed = line.set(high=high)
        except OSError as error:
            self._channel.problem(
                f"GPIO {pin.number} (enable) cannot be driven: {error}: check its wiring, then restart"
            )
            return
        self._high[i] = high
        if not followed:
            self._channel.problem(
                f"GPIO {pin.number} (enable) is {'low' if high else 'high'} against its command: a short circuit? check"
            )

    def _drop(self) -> None:
        """The enable lines low, and released."""
        lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.set(high=False)
            with suppress(OSError):
                line.close()

    def _act(self, beat: Beat, noticed_s: float, why: str, *, loop_is_gone: bool = False) -> int:
        """End the output: enable, loop, pins, devices, in this order; then say so."""
        self._drop()
        if not loop_is_gone:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._loop, signal.SIGKILL)
            loop_is_gone = bool(select.select([self._loop], [], [], GONE_S)[0])
        gone_s = time.monotonic()
        done = end_output(self._plan, self._open_line)
        ended_s = time.monotonic()
        self._tell(beat, why, [] if loop_is_gone else ["the loop is killed, but held up in the kernel"], done)
        self._write_note(
            {
                "why": why,
                "last_state": beat.state.name.lower(),
                "limit_ms": round(1000 * (self._limit_of(beat) or 0.0), 3),
                "silent_ms": round(1000 * (noticed_s - beat.t_s), 3) if beat.state != LoopState.BEFORE else None,
                "loop_gone_after_ms": round(1000 * (gone_s - noticed_s), 3),
                "output_ended_after_ms": round(1000 * (ended_s - noticed_s), 3),
                "done": done,
            }
        )
        return ACTED

    def _tell(self, beat: Beat, why: str, also: list[str], done: list[str]) -> None:
        limit_s = self._limit_of(beat)
        limit = f" (limit {1000 * limit_s:.0f} ms)" if limit_s is not None and not why.endswith("word") else ""
        what = "; ".join(["it is killed" if limit else "output ended", *also, *done])
        text = (
            f"the guard has ended the output: {why}{limit}; {what}. It comes up disarmed when started again; "
            f"keep {self._note_path} and the recording beside it\n"
        )
        # A terminal that is held, or a full pipe, must not keep the note from being written.
        with suppress(OSError):
            if select.select([], [2], [], TOLD_S)[1]:
                os.write(2, text.encode(errors="backslashreplace"))

    def _write_note(self, note: dict[str, object]) -> None:
        with suppress(OSError):
            file = os.open(self._note_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, json.dumps(note, indent=2).encode() + b"\n")
            finally:
                os.close(file)
