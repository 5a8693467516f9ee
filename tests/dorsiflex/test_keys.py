"""What each key of the operator's terminal asks for."""

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, Mode, OperatorCommand
from dorsiflex.keyboard import Keyboard
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
