"""What each key of the operator's terminal asks for."""

import os

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, Mode, OperatorCommand
from dorsiflex.keyboard import Keyboard
from dorsiflex.viewer import KeyPipe
from dorsiflex.walk_statistics import WalkCounter
from runtime.mailbox import Mailbox


def pressed(key: str, *before: OperatorCommand) -> tuple[OperatorCommand, ...]:
    """The commands that `key` posts, when the controller was told `before`."""
    counter, mailbox = WalkCounter(), Mailbox()
    counter.put(Controller(default_settings()).step(Inputs(0.0, {}, before)))
    quits: list[bool] = []
    Keyboard(mailbox.post, counter, lambda: quits.append(True))._press(key)
    assert quits == ([True] if key == "q" else [])
    return mailbox.take()


@pytest.mark.parametrize(
    ("key", "kind"),
    [("a", CommandKind.ARM), ("d", CommandKind.DISARM), ("p", CommandKind.PAUSE), (" ", CommandKind.STOP)],
)
def test_a_key_asks_for_one_thing(key: str, kind: CommandKind) -> None:
    assert pressed(key) == (OperatorCommand(kind),)


def test_m_goes_round_the_modes() -> None:
    seen, mode = [], Mode.WALK
    for _ in Mode:
        (command,) = pressed("m", OperatorCommand(CommandKind.MODE, argument=mode))
        mode = Mode(command.argument)
        seen.append(mode)
    assert seen == [Mode.EXERCISE, Mode.TEST_BURST, Mode.WALK]


def test_t_asks_for_a_test_burst_of_every_leg() -> None:
    assert pressed("t") == (OperatorCommand(CommandKind.TEST_BURST, argument="right"),)


@pytest.mark.parametrize("key", ["q", "x", "\x1b", ""])
def test_other_keys_post_nothing(key: str) -> None:
    assert pressed(key) == ()


@pytest.mark.parametrize("watched", [True, False])
def test_keys_that_are_gone_pause_once_where_somebody_had_any(watched: bool) -> None:
    read, write = os.pipe()
    pipe = KeyPipe(read, watched=watched)
    assert pipe.poll() == ()
    os.write(write, b"arm \nst")
    assert pipe.poll() == (OperatorCommand(CommandKind.ARM),)
    os.write(write, b"op \n")
    assert pipe.poll() == (OperatorCommand(CommandKind.STOP),)
    os.close(write)
    assert pipe.poll() == ((OperatorCommand(CommandKind.PAUSE),) if watched else ())
    assert pipe.poll() == ()
    os.close(read)
