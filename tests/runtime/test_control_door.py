"""The local door for commands: the same user only, one line in, one line out, and nothing that waits."""

import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, OperatorCommand, Source, Tick
from runtime import control_socket
from runtime.control_socket import LOOK_EVERY, MOST_CALLERS, NAME, PATIENCE_TICKS, ControlSocket, ask

Callers = Callable[[], socket.socket]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ControlSocket]:
    one = ControlSocket(tmp_path)
    one.open()
    assert one.problem == ""
    yield one
    one.close()


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Callers]:
    """Makes callers, who have hung up when the test is over."""
    made: list[socket.socket] = []

    def call() -> socket.socket:
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.append(one)
        one.settimeout(2.0)
        one.connect(str(tmp_path / NAME))
        return one

    yield call
    for one in made:
        one.close()


def polls(door: ControlSocket, times: int = 2 * LOOK_EVERY) -> list[OperatorCommand]:
    return [command for _ in range(times) for command in door.poll()]


def a_tick(*notes: str) -> Tick:
    return Controller(default_settings()).step(Inputs(0.0, {}))._replace(notes=notes)


@pytest.mark.parametrize("kind", CommandKind)
def test_a_command_is_taken_as_the_operators_and_answered_with_what_came_of_it(
    door: ControlSocket, caller: Callers, kind: CommandKind
) -> None:
    argument = {CommandKind.MODE: "exercise", CommandKind.TEST_BURST: "left"}.get(kind, "")
    one = caller()
    one.sendall(f"{kind.value} {argument}".strip().encode() + b"\n")
    assert polls(door) == [OperatorCommand(kind, Source.OPERATOR, argument)]
    assert polls(door) == []
    door.put(a_tick("arm refused: no", "and more"))
    assert one.recv(1000) == b"disarmed; arm refused: no; and more\n"
    assert one.recv(1000) == b""


def test_asking_waits_for_the_answer(door: ControlSocket, tmp_path: Path) -> None:
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(ask(tmp_path, "pause", 5.0)))
    thread.start()
    # At the pace of ticks: who polls faster runs out of patience before the other thread had a turn.
    while thread.is_alive() and not door.poll():
        thread.join(0.005)
    door.put(a_tick())
    thread.join()
    assert answers == ["disarmed"]


@pytest.mark.parametrize(
    "said",
    [
        b"\n", b"fly\n", b"arm now\n", b"mode\n", b"mode run\n", b"test_burst\n", b"test_burst both\n", b"\xff\xfe\n",
        b"arm" * 40, b"arm " + b"x" * 70 + b"\n", b"ARM\n",
    ],
)  # fmt: skip
def test_what_is_no_request_commands_nothing_and_is_told_so(door: ControlSocket, caller: Callers, said: bytes) -> None:
    one = caller()
    one.sendall(said)
    assert polls(door) == []
    assert one.recv(1000) == b"that is no request\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_whatever_is_said_nothing_is_raised_and_only_whole_requests_command(
    door: ControlSocket, caller: Callers, said: bytes
) -> None:
    with caller() as one:
        one.sendall(said)
        found = polls(door)
        line = said.partition(b"\n")[0].decode(errors="replace")
        assert len(found) <= 1
        assert not found or f"{found[0].kind.value} {found[0].argument}".strip() == line.strip()
    polls(door)
    door.put(a_tick())


def test_a_request_may_come_in_pieces(door: ControlSocket, caller: Callers) -> None:
    one = caller()
    found = []
    for piece in (b"st", b"op", b"\n"):
        one.sendall(piece)
        found += polls(door)
    assert found == [OperatorCommand(CommandKind.STOP)]


def test_only_the_owner_may_open_the_file_and_it_never_was_otherwise(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        door = ControlSocket(tmp_path)
        door.open()
    finally:
        os.umask(before)
    mode = (tmp_path / NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    door.close()
    assert not (tmp_path / NAME).exists()


def test_another_user_is_shut_out_whatever_the_file_says(
    door: ControlSocket, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "user_of", lambda _connection: os.geteuid() + 1)
    one = caller()
    one.sendall(b"arm\n")
    assert polls(door) == []
    with suppress(ConnectionResetError):
        assert one.recv(1000) == b""


def test_a_caller_whose_user_is_not_known_is_shut_out(
    door: ControlSocket, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_connection: socket.socket) -> int:
        raise OSError("no credentials")

    monkeypatch.setattr(control_socket, "user_of", unknown)
    caller().sendall(b"arm\n")
    assert polls(door) == []


def test_the_kernel_tells_who_is_there() -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    assert control_socket.user_of(one) == os.geteuid()
    one.close()
    other.close()


def test_who_says_nothing_is_sent_away_and_the_door_is_free_again(door: ControlSocket, caller: Callers) -> None:
    silent = [caller() for _ in range(MOST_CALLERS)]
    polls(door, LOOK_EVERY * MOST_CALLERS)
    late = caller()
    late.sendall(b"stop\n")
    assert polls(door, 2 * LOOK_EVERY) == []
    assert polls(door, PATIENCE_TICKS + 2 * LOOK_EVERY) == [OperatorCommand(CommandKind.STOP)]
    assert silent[0].recv(100) == b"nothing was asked\n"


def test_without_a_tick_the_answer_is_that_there_is_none(door: ControlSocket, caller: Callers) -> None:
    one = caller()
    one.sendall(b"arm\n")
    polls(door, PATIENCE_TICKS + 2 * LOOK_EVERY)
    assert one.recv(100) == b"no answer\n"


def test_a_caller_who_hangs_up_is_forgotten(door: ControlSocket, caller: Callers) -> None:
    for _ in range(3 * MOST_CALLERS):
        caller().close()
        polls(door)
    one = caller()
    one.sendall(b"arm\n")
    assert polls(door) == [OperatorCommand(CommandKind.ARM)]
    one.close()
    door.put(a_tick())


def test_two_runs_in_one_folder_do_not_take_each_others_door(
    door: ControlSocket, tmp_path: Path, caller: Callers
) -> None:
    second = ControlSocket(tmp_path)
    second.open()
    assert second.problem.endswith("belongs to another run: `dorsiflex control` reaches that one")
    assert second.poll() == ()
    second.close()
    caller().sendall(b"arm\n")
    assert polls(door) == [OperatorCommand(CommandKind.ARM)]


def test_a_file_that_a_dead_run_has_left_is_replaced(tmp_path: Path, caller: Callers) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / NAME))
    dead.close()
    door = ControlSocket(tmp_path)
    door.open()
    caller().sendall(b"arm\n")
    assert polls(door) == [OperatorCommand(CommandKind.ARM)]
    door.close()
    door.close()
    assert door.poll() == ()


def test_without_a_folder_there_is_no_door_and_the_run_goes_on(tmp_path: Path) -> None:
    door = ControlSocket(tmp_path / "none")
    door.open()
    assert door.problem.endswith("No such file or directory")
    assert door.poll() == ()
    door.close()
    with pytest.raises(OSError, match="none"):
        ask(tmp_path / "none", "arm", 1.0)


def test_a_folder_may_lie_as_deep_as_it_likes(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    door = ControlSocket(deep)
    door.open()
    assert door.problem == ""
    with control_socket._Folder(deep) as where, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.connect(where)
        one.sendall(b"disarm\n")
        assert polls(door) == [OperatorCommand(CommandKind.DISARM)]
    door.close()


@pytest.mark.parametrize("kind", CommandKind)
def test_what_raises_the_output_is_void_once_its_caller_has_given_up(
    door: ControlSocket, caller: Callers, kind: CommandKind
) -> None:
    argument = {CommandKind.MODE: "exercise", CommandKind.TEST_BURST: "left"}.get(kind, "")
    with caller() as one:
        one.sendall(f"{kind.value} {argument}".strip().encode() + b"\n")
    lowers = kind in (CommandKind.DISARM, CommandKind.PAUSE, CommandKind.STOP)
    assert polls(door) == ([OperatorCommand(kind, Source.OPERATOR, argument)] if lowers else [])
    door.put(a_tick())
    assert polls(door) == []


def test_an_arm_of_a_caller_who_gave_up_at_a_door_with_a_queue_is_void(door: ControlSocket, caller: Callers) -> None:
    for _ in range(MOST_CALLERS):
        caller()
    polls(door, LOOK_EVERY * MOST_CALLERS)
    with caller() as late:
        late.sendall(b"arm\n")
    assert polls(door, PATIENCE_TICKS + 4 * LOOK_EVERY) == []


def test_a_door_of_a_run_that_is_busy_is_not_taken_away(door: ControlSocket, tmp_path: Path, caller: Callers) -> None:
    waiting = []
    with suppress(BlockingIOError):
        for _ in range(3 * MOST_CALLERS):
            waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
            waiting[-1].connect(str(tmp_path / NAME))
    assert len(waiting) < 3 * MOST_CALLERS, "the queue is full"
    second = ControlSocket(tmp_path)
    second.open()
    assert second.problem.endswith("belongs to another run: `dorsiflex control` reaches that one")
    for one in waiting:
        one.close()
    polls(door, 10 * LOOK_EVERY * MOST_CALLERS)
    caller().sendall(b"stop\n")
    assert polls(door) == [OperatorCommand(CommandKind.STOP)]


def test_of_two_runs_that_start_at_once_one_waits_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).touch()
    first, second = ControlSocket(tmp_path), ControlSocket(tmp_path)
    answers = control_socket._answers

    def and_the_other_comes(where: str) -> bool:
        monkeypatch.setattr(control_socket, "_answers", answers)
        second.open()
        return answers(where)

    monkeypatch.setattr(control_socket, "_answers", and_the_other_comes)
    first.open()
    assert first.problem == ""
    assert second.problem.endswith("another run is starting there")
    second.close()
    assert stat.S_ISSOCK((tmp_path / NAME).stat().st_mode), "it is the first one's"
    first.close()
    assert not (tmp_path / NAME).exists()


def test_a_door_that_is_not_its_own_any_more_is_left_alone(tmp_path: Path) -> None:
    door, other = ControlSocket(tmp_path), ControlSocket(tmp_path)
    door.open()
    (tmp_path / NAME).unlink()
    other.open()
    assert other.problem == ""
    door.close()
    assert (tmp_path / NAME).exists()
    other.close()
    assert not (tmp_path / NAME).exists()
