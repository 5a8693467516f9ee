"""Keys of the operator's terminal, turned into commands. Only where standard input is a terminal."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType

from controller.signals import ArmingState, CommandKind, Mode, OperatorCommand
from dorsiflex.walk_statistics import WalkCounter

HELP = "keys: a arm  d disarm  p pause/resume  space STOP  m mode  t test burst  q quit"
POLL_S = 0.1


class SavedTerminal:
    """The manners of the operator's terminal, to be put back whoever changed them."""

    def __init__(self) -> None:
        self._before = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None

    @property
    def there(self) -> bool:
        """Whether there is a terminal at all."""
        return self._before is not None

    def restore(self) -> None:
        """Put them back; nothing where there is no terminal any more."""
        if self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)


class Keyboard(AbstractContextManager["Keyboard"]):
    """Reads single keys from the terminal while it is open; does nothing where there is none."""

    def __init__(
        self, post: Callable[[OperatorCommand], None], counter: WalkCounter, quit_asked: Callable[[], None]
    ) -> None:
        self.post = post
        self.counter = counter
        self.quit_asked = quit_asked
        self.usable = sys.stdin.isatty()
        self._terminal = SavedTerminal()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, name="keyboard", daemon=True)

    def __enter__(self) -> "Keyboard":
        if self.usable:
            tty.setcbreak(sys.stdin)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.usable:
            self._ending.set()
            self._thread.join()
            self._terminal.restore()

    def _read(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([sys.stdin], [], [], POLL_S)
            if ready:
                keys = _waiting_keys()
                if not keys:
                    return
                for key in keys:
                    self._press(key)

    def _press(self, key: str) -> None:
        last = self.counter.last
        if last is None:
            return
        kinds = {
            "a": CommandKind.ARM,
            "d": CommandKind.DISARM,
            "p": CommandKind.RESUME if last.state == ArmingState.PAUSED else CommandKind.PAUSE,
            " ": CommandKind.STOP,
        }
        if key in kinds:
            self.post(OperatorCommand(kinds[key]))
        elif key == "m":
            self.post(OperatorCommand(CommandKind.MODE, argument=_next_mode(last.mode)))
        elif key == "t":
            for leg in last.legs:
                self.post(OperatorCommand(CommandKind.TEST_BURST, argument=leg.side))
        elif key == "q":
            self.quit_asked()


def _next_mode(mode: Mode) -> Mode:
    modes = list(Mode)
    return modes[(modes.index(mode) + 1) % len(modes)]


def _waiting_keys() -> str:
    """All keys that wait: one left behind in a buffer would not be seen by select. Empty: the terminal is gone."""
    try:
        return os.read(sys.stdin.fileno(), 64).decode(errors="replace")
    except OSError:
        return ""
