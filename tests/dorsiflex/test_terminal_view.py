"""The live view and its keys, under a real pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.signals import ArmingState, Tick

PATIENCE_S = 30.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
RUN = ("run", "--minutes", "1", "--record", "walk.dfx")
AT_THE_TERMINAL = 'exec "$@" <"$0" >"$0" 2>&1'
"""The first terminal that the leader of a new session opens is its own: Ctrl-C and hanging up reach it."""
TITLE = "Dorsiflex: research prototype"


class Terminal:
    """A terminal of 80 by 24 in which `dorsiflex run` runs."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], folder: Path) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._slave)
        plain = {key: value for key, value in environment.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.program = subprocess.Popen(
            ["sh", "-c", AT_THE_TERMINAL, os.ttyname(self._slave), *command, *RUN],
            cwd=folder,
            env=plain | {"TERM": "xterm-256color"},
            start_new_session=True,
        )
        self._chunks: list[bytes] = []
        self._ending = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.02)
            if ready:
                try:
                    self._chunks.append(os.read(self._master, 65536))
                except OSError:
                    return

    def text(self) -> str:
        return ESCAPES.sub("", b"".join(self._chunks).decode(errors="replace"))

    def frame(self) -> str:
        """The newest whole view."""
        frames = [frame for frame in self.text().split(TITLE)[1:] if "╯" in frame]
        return frames[-1] if frames else ""

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, *words: str) -> str:
        deadline_s = time.monotonic() + PATIENCE_S
        while not all(word in self.frame() for word in words):
            assert self.program.poll() is None, self.text()[-2000:]
            assert time.monotonic() < deadline_s, f"never showed {words}:\n{self.frame()}"
            time.sleep(0.02)
        return self.frame()

    def end(self) -> int:
        code = self.program.wait(PATIENCE_S)
        assert "Traceback" not in self.text()
        assert termios.tcgetattr(self._slave) == self.before, "the terminal is not as it was"
        return code

    def settings_now(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        self.hang_up()
        os.close(self._slave)

    def hang_up(self) -> None:
        """The window is closed, the connection is lost."""
        if not self._ending.is_set():
            self._ending.set()
            self._reader.join()
            os.close(self._master)


@pytest.fixture
def terminal(command: tuple[str, ...], user_environment: dict[str, str], tmp_path: Path) -> Iterator[Terminal]:
    one = Terminal(command, user_environment, tmp_path)
    yield one
    one.close()


def test_the_view_shows_the_walk_and_its_keys_work(
    terminal: Terminal, dorsiflex: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    view = terminal.wait_for(" ARMED ")
    for word in ("leg", "phase", "heel", "tilt", "output", "burst", "steps", "right", " mA", "°/s", "no fault"):
        assert word in view, view
    assert "space STOP" in view
    assert all(len(line) <= 80 for line in view.splitlines())
    assert terminal.settings_now() != terminal.before
    terminal.press("p")
    terminal.wait_for("PAUSED", "0.0 mA")
    terminal.press("p")
    terminal.wait_for(" ARMED ")
    walking = terminal.wait_for("swing", "off", "plateau", "█")
    assert re.search(r"[1-9]\d?\.\d mA", walking), walking
    terminal.press(" ")
    latched = terminal.wait_for("LATCHED", "0.0 mA")
    assert "emergency stop" in latched
    terminal.press("a")
    terminal.wait_for("LATCHED", "arm refused: a fault is latched, disarm first")
    terminal.press("q")
    assert terminal.end() == 7
    assert "Summary (in simulation)" in terminal.text()
    assert "ended latched: emergency stop (emergency_stop): when it is safe, disarm and arm" in terminal.text()
    assert "all equal to the recording" in dorsiflex("replay", "walk.dfx").stdout


def test_keys_that_arrive_together_are_all_heard(terminal: Terminal) -> None:
    terminal.wait_for(" ARMED ")
    terminal.press("pd")
    terminal.wait_for("DISARMED")
    terminal.press("ap ")
    terminal.wait_for("LATCHED")
    terminal.press("xyzq")
    assert terminal.end() == 7


def test_disarm_and_arm_by_key_and_a_good_end(terminal: Terminal) -> None:
    terminal.wait_for(" ARMED ")
    terminal.press("d")
    terminal.wait_for("DISARMED")
    terminal.press("a")
    terminal.wait_for(" ARMED ")
    terminal.press("q")
    assert terminal.end() == 0


@pytest.mark.parametrize("key", ["\x03", "\x1a", "\x1c"], ids=["Ctrl-C", "Ctrl-Z", "Ctrl-backslash"])
def test_keys_of_the_terminal_end_the_run_and_leave_it_as_it_was(terminal: Terminal, key: str) -> None:
    terminal.wait_for(" s ")
    terminal.press(key)
    assert terminal.end() == 130
    assert "Summary (in simulation)" in terminal.text()


def test_a_terminal_that_goes_away_ends_the_run(
    terminal: Terminal,
    dorsiflex: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    ticks_of: Callable[[Path], list[Tick]],
    is_on: Callable[[Tick], bool],
) -> None:
    terminal.wait_for(" ARMED ", "plateau")
    terminal.hang_up()
    assert terminal.program.wait(PATIENCE_S) >= 0, "killed by the signal"
    *_, before, last = ticks_of(tmp_path / "walk.dfx")
    assert is_on(before)
    assert last.state == ArmingState.DISARMED
    assert not is_on(last)
    assert "all equal to the recording" in dorsiflex("replay", "walk.dfx").stdout
