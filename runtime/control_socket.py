"""A door for commands of the same user on the same machine: `dorsiflex control arm`. It is no network: a local socket.

The socket is a file beside the recordings that only its owner may open (mode 0600), and the kernel tells whose program
is at the other end (SO_PEERCRED): another user is shut out whatever the file's mode has become.
"""

import os
import socket
import struct
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from controller.signals import ArmingState, CommandKind, Mode, OperatorCommand, Tick

NAME = "control.sock"

KINDS = {kind.value: kind for kind in CommandKind}

MOST_CALLERS = 4
"""More at once wait at the door."""

RAISING = {CommandKind.ARM, CommandKind.RESUME, CommandKind.MODE, CommandKind.TEST_BURST}
"""Void when who asked has gone: obeyed late, they would surprise a person. What lowers the output is obeyed anyway."""

LONGEST_REQUEST = 64
"""Bytes; a longer one is none."""

LOOK_EVERY = 4
"""Ticks from one look at the door to the next: a look takes 4 µs, and a person does not notice 20 ms."""

PATIENCE_TICKS = 200
"""A caller that has said nothing, or has no answer, for so many ticks is sent away."""

ANSWERS_S = 0.2
"""How long a door that is there may take to let one in: one that is busy belongs to a run, too."""

_CREDENTIALS = struct.Struct("3i")


class Caller:
    """Someone at the other end: what was said until now, and how many ticks ago they came."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.said = b""
        self.ticks = 0
        self.asked = False


class ControlSocket:
    """An OperatorPanel (drivers.interfaces) over a local socket, and a sink of ticks: the answer is what came of it.

    `problem` says why there is no door; the run goes on without one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._door: socket.socket | None = None
        self._callers: list[Caller] = []
        self._polls = 0
        self._file: tuple[int, int] | None = None
        self.problem = ""

    def open(self) -> None:
        """Make the socket; where that fails, or another run has it, `problem` tells and nobody can call."""
        self.problem = ""
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            with _Folder(self._folder, alone=True) as where:
                if _answers(where):
                    self.problem = f"{self._folder / NAME} belongs to another run: `dorsiflex control` reaches that one"
                    door.close()
                    return
                with suppress(FileNotFoundError):
                    Path(where).unlink()
                # On the descriptor, before there is a file: it never has another mode.
                os.fchmod(door.fileno(), 0o600)
                door.bind(where)
                door.listen(MOST_CALLERS)
                self._file = _identity(where)
        except OSError as error:
            door.close()
            self.problem = f"no `dorsiflex control`: {self._folder / NAME}: {error.strerror or error}"
            return
        self._door = door

    def poll(self) -> tuple[OperatorCommand, ...]:
        """What callers have asked since the last call. Never waits, never raises."""
        if self._door is None:
            return ()
        self._polls += 1
        if self._polls % LOOK_EVERY == 0 and len(self._callers) < MOST_CALLERS:
            self._admit(self._door)
        if not self._callers:
            return ()
        commands: list[OperatorCommand] = []
        for caller in tuple(self._callers):
            commands.extend(self._hear(caller))
        return tuple(commands)

    def put(self, tick: Tick) -> None:
        """Tell the callers whose command was in this tick what came of it."""
        for caller in tuple(self._callers):
            if caller.asked:
                self._send_away(caller, answer_of(tick))

    def close(self) -> None:
        """Shut the door and take the file away. Idempotent, never raises."""
        for caller in tuple(self._callers):
            self._send_away(caller, "the run has ended")
        door, self._door = self._door, None
        if door is None:
            return
        with suppress(OSError), _Folder(self._folder, alone=True) as where:
            if _identity(where) == self._file:
                Path(where).unlink()
        with suppress(OSError):
            door.close()

    def _admit(self, door: socket.socket) -> None:
        """Let one caller in, if it is the same user."""
        try:
            connection, _ = door.accept()
        except OSError:
            return
        try:
            connection.setblocking(False)
            allowed = user_of(connection) == os.geteuid()
        except OSError:
            allowed = False
        if allowed:
            self._callers.append(Caller(connection))
        else:
            with suppress(OSError):
                connection.close()

    def _hear(self, caller: Caller) -> tuple[OperatorCommand, ...]:
        """One line, once it is whole: `arm`, or `mode exercise`."""
        caller.ticks += 1
        if caller.ticks > PATIENCE_TICKS:
            self._send_away(caller, "no answer" if caller.asked else "nothing was asked")
            return ()
        if caller.asked:
            return ()
        try:
            data = caller.connection.recv(LONGEST_REQUEST + 1)
        except BlockingIOError:
            return ()
        except OSError:
            data = b""
        caller.said += data
        line, end, _ = caller.said.partition(b"\n")
        if not end:
            if not data or len(caller.said) > LONGEST_REQUEST:
                self._send_away(caller, "that is no request")
            return ()
        kind, _, argument = line.decode(errors="replace").partition(" ")
        if kind not in KINDS or len(line) > LONGEST_REQUEST or _means_nothing(kind, argument):
            self._send_away(caller, "that is no request")
            return ()
        if KINDS[kind] in RAISING and _has_gone(caller.connection):
            self._send_away(caller, "too late")
            return ()
        caller.asked = True
        return (OperatorCommand(KINDS[kind], argument=argument),)

    def _send_away(self, caller: Caller, answer: str) -> None:
        self._callers.remove(caller)
        with suppress(OSError):
            caller.connection.send(f"{answer}\n".encode())
        with suppress(OSError):
            caller.connection.close()


def _has_gone(connection: socket.socket) -> bool:
    """Whether nobody is there any more to be answered."""
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _means_nothing(kind: str, argument: str) -> bool:
    """Whether the argument fits the command: a mode, a leg, or nothing."""
    if kind == CommandKind.MODE:
        return argument not in set(Mode)
    if kind == CommandKind.TEST_BURST:
        return argument not in ("left", "right")
    return argument != ""


def answer_of(tick: Tick) -> str:
    """One line: the state after the command, and what was told."""
    return "; ".join((ArmingState(tick.state).name.lower(), *tick.notes)).replace("\n", " ")


def user_of(connection: socket.socket) -> int:
    """The user id of the program at the other end, by the kernel. Raises OSError."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _process, user, _group = _CREDENTIALS.unpack(credentials)
    return int(user)


def ask(folder: Path, request: str, patience_s: float) -> str:
    """Send one request to the run that records there; its answer. Raises OSError when none answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller, _Folder(folder) as where:
        caller.settimeout(patience_s)
        caller.connect(where)
        if user_of(caller) != os.geteuid():
            raise PermissionError("another user listens there")
        caller.sendall(f"{request}\n".encode())
        said = b""
        while not said.endswith(b"\n"):
            more = caller.recv(4096)
            if not more:
                break
            said += more
    return said.decode(errors="replace").strip()


def _answers(where: str) -> bool:
    """Whether somebody listens at a socket, busy or not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(ANSWERS_S)
        try:
            caller.connect(where)
        except (BlockingIOError, TimeoutError):
            return True
        except OSError:
            return False
    return True


def _identity(where: str) -> tuple[int, int]:
    """Which file it is, whatever its name. Raises OSError."""
    file = Path(where).lstat()
    return file.st_dev, file.st_ino


class _Folder:
    """A path to the socket that is short enough, however deep its folder lies: an address holds 107 bytes.

    `alone`: no other run makes or takes away its door meanwhile; raises OSError when one does.
    """

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self._folder = folder
        self._alone = alone

    def __enter__(self) -> str:
        self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if self._alone:
                _lock(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise
        return f"/proc/self/fd/{self._descriptor}/{NAME}"

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    """Until it is closed. Raises OSError when another has it."""
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        raise OSError(error.errno, "another run is starting there") from error
