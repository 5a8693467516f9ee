"""What a person sees of a run and the keys they press: beside the loop in real time, within it in virtual time."""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from rich.console import Console

from controller.signals import CommandKind, OperatorCommand
from dorsiflex.keyboard import HELP, Keyboard, SavedTerminal
from dorsiflex.live_view import LiveView
from dorsiflex.walk_statistics import LegCount, WalkCounter
from drivers.interfaces import OperatorPanel
from recording.codec import unpack_tick
from recording.errors import RecordingError
from runtime.heartbeat import LifeSign
from runtime.loop import TickSink
from runtime.mailbox import Mailbox
from runtime.processes import Child
from runtime.recorder_process import packed_tick_of
from runtime.ring import Ring, RingReader

POLL_S = 0.02
FROZEN_S, FROZEN_TICKS = 1.0, 20
"""A view without a sign of life for so long, as seen in so many ticks in a row, reads no key."""
FINISH_S = 2.0
"""How long the view may take to say what it counted."""
MOST_BYTES = 4096
"""Of commands in one tick: more than a person types, less than what would take time."""
QUIT = "quit"
STOOD_STILL = "the view stood still, so its keys stopped nothing: the walk was paused once"


class Seen(NamedTuple):
    """What the view counted, and how many ticks it was too slow for."""

    counts: tuple[LegCount, ...]
    lost: int
    problem: str = ""


class Viewer(Protocol):
    """The view as a run needs it."""

    sinks: tuple[TickSink, ...]
    panels: tuple[OperatorPanel, ...]

    def start(self, quit_asked: Callable[[], None]) -> None:
        """Begin to show."""

    def finish(self) -> Seen:
        """End, and say what was counted. Bounded, and harmless when it never started."""


class ThreadViewer:
    """In the loop's own process: for virtual time, where nobody is kept waiting."""

    def __init__(self, console: Console, mailbox: Mailbox, *, plain: bool) -> None:
        self._counter = WalkCounter()
        self._console = console
        self._mailbox = mailbox
        self._plain = plain
        self._ending = threading.Event()
        self.sinks: tuple[TickSink, ...] = (self._counter,)
        self.panels: tuple[OperatorPanel, ...] = ()
        self._stop: Callable[[], None] = lambda: None

    def start(self, quit_asked: Callable[[], None]) -> None:
        """Begin to show."""
        keyboard = Keyboard(self._mailbox.post, self._counter, quit_asked)
        view = LiveView(self._counter, self._console, plain=self._plain, keys=_keys(keyboard))
        keyboard.__enter__()
        view.__enter__()

        def stop() -> None:
            view.__exit__(None, None, None)
            keyboard.__exit__(None, None, None)

        self._stop = stop

    def finish(self) -> Seen:
        """End, and say what was counted."""
        self._stop()
        return Seen(self._counter.counts(), 0)


class KeyPipe:
    """The loop's end of the keys: `drivers.interfaces.OperatorPanel` over a pipe that never waits.

    `watched`: somebody has keys to press. When the view dies their stop key is gone, so it pauses once; and once each
    time that the view stands still, by its sign of life. `stood_still`: whether it ever did.
    """

    def __init__(self, descriptor: int, *, watched: bool, alive: LifeSign) -> None:
        self.stood_still = False
        self._descriptor = descriptor
        self._watched = watched
        self._alive = alive
        self._frozen = False
        self._rest = b""
        self.quit_asked: Callable[[], None] = lambda: None
        os.set_blocking(descriptor, False)

    def open(self) -> None:
        """It is open from the beginning."""

    def poll(self) -> tuple[OperatorCommand, ...]:
        """What has been asked since the last call."""
        try:
            data = os.read(self._descriptor, MOST_BYTES)
        except OSError:
            return self._look_whether_it_lives()
        if not data:
            watched, self._watched = self._watched, False
            return (OperatorCommand(CommandKind.PAUSE, argument="the view is gone"),) if watched else ()
        *lines, self._rest = (self._rest + data).split(b"\n")
        commands: list[OperatorCommand] = []
        for line in lines:
            kind, _, argument = line.decode(errors="replace").partition(" ")
            if kind == QUIT:
                self.quit_asked()
            elif kind in _KINDS:
                commands.append(OperatorCommand(_KINDS[kind], argument=argument))
        return tuple(commands)

    def close(self) -> None:
        """It lives as long as the view."""

    def _look_whether_it_lives(self) -> tuple[OperatorCommand, ...]:
        if not self._watched:
            return ()
        before, self._frozen = self._frozen, self._alive.missed(time.monotonic())
        if before or not self._frozen:
            return ()
        self.stood_still = True
        return (OperatorCommand(CommandKind.PAUSE, argument="the view stands still"),)


_KINDS = {kind.value: kind for kind in CommandKind}


class ProcessViewer:
    """In a process of its own, which follows the ring. Make it before any thread runs: it forks."""

    def __init__(self, ring: Ring, console: Console, *, plain: bool) -> None:
        self._ring = ring
        self._console = console
        self._plain = plain
        self._terminal = SavedTerminal()
        self._alive = LifeSign(FROZEN_S, FROZEN_TICKS)
        keys_read, self._keys_write = os.pipe()
        self._counts_read, self._counts_write = os.pipe()
        self._child = Child("view", self._show)
        os.close(self._keys_write)
        os.close(self._counts_write)
        self._pipe = KeyPipe(keys_read, watched=self._terminal.there, alive=self._alive)
        self.sinks: tuple[TickSink, ...] = ()
        self.panels: tuple[OperatorPanel, ...] = (self._pipe,)

    def start(self, quit_asked: Callable[[], None]) -> None:
        """It shows as soon as the first tick comes."""
        self._pipe.quit_asked = quit_asked

    def finish(self) -> Seen:
        """End, and say what was counted; a view that does not answer is ended."""
        self._ring.close()
        answered = self._child.wait(FINISH_S)
        if not answered:
            self._child.kill()
        self._terminal.restore()
        try:
            data = os.read(self._counts_read, 1 << 16) if answered else b""
            counts, lost = json.loads(data)
            return Seen(
                tuple(LegCount(*count) for count in counts), lost, STOOD_STILL if self._pipe.stood_still else ""
            )
        except (OSError, ValueError, TypeError):
            how = self._child.how_it_ended if answered else "did not answer"
            paused = f"; {STOOD_STILL}" if self._pipe.stood_still else ""
            not_counted = "steps and bursts were not counted; `dorsiflex replay` counts them"
            return Seen((), 0, f"the view {how}: {not_counted}{paused}")

    def _show(self, parent_is_gone: Callable[[], bool]) -> None:
        counter, reader = WalkCounter(), RingReader(self._ring)
        keyboard = Keyboard(self._post, counter, lambda: self._write(QUIT))
        with keyboard, LiveView(counter, self._console, plain=self._plain, keys=_keys(keyboard)):
            closed = False
            while not closed:
                closed = self._ring.closed or parent_is_gone()
                _count_all(reader, counter)
                self._alive.give(time.monotonic())
                time.sleep(POLL_S)
        os.write(self._counts_write, json.dumps([counter.counts(), reader.lost]).encode())

    def _post(self, command: OperatorCommand) -> None:
        self._write(f"{command.kind.value} {command.argument}")

    def _write(self, line: str) -> None:
        with suppress(OSError):
            os.write(self._keys_write, f"{line}\n".encode())


def _count_all(reader: RingReader, counter: WalkCounter) -> None:
    while (record := reader.read()) is not None:
        packed = packed_tick_of(record.payload)
        if packed is None:
            continue
        with suppress(RecordingError):
            counter.put(unpack_tick(packed))


def _keys(keyboard: Keyboard) -> str:
    return HELP if keyboard.usable else "Ctrl-C quits"
