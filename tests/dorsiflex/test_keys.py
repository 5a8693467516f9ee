"""What each key of the operator's terminal asks for."""

import os
import time

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, Mode, OperatorCommand
from dorsiflex.keyboard import Keyboard
from dorsiflex.viewer import FROZEN_S, FROZEN_TICKS, KeyPipe
from dorsiflex.walk_statistics import WalkCounter
from runtime.heartbeat import LifeSign
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
    pipe = KeyPipe(read, watched=watched, alive=LifeSign(FROZEN_S, FROZEN_TICKS))
    assert pipe.poll() == ()
    os.write(write, b"arm \nst")
    assert pipe.poll() == (OperatorCommand(CommandKind.ARM),)
    os.write(write, b"op \n")
    assert pipe.poll() == (OperatorCommand(CommandKind.STOP),)
    os.close(write)
    gone = OperatorCommand(CommandKind.PAUSE, argument="the view is gone")
    assert pipe.poll() == ((gone,) if watched else ())
    assert pipe.poll() == ()
    os.close(read)


@pytest.mark.parametrize("watched", [True, False])
def test_a_view_that_stands_still_pauses_once_each_time(watched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    alive = LifeSign(FROZEN_S, FROZEN_TICKS)
    pipe = KeyPipe(read, watched=watched, alive=alive)
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def polled(seconds: float, *, lives: bool) -> list[OperatorCommand]:
        asked: list[OperatorCommand] = []
        for _ in range(round(seconds / 0.005)):
            now[0] += 0.005
            if lives:
                alive.give(now[0])
            asked.extend(pipe.poll())
        return asked

    stands_still = [OperatorCommand(CommandKind.PAUSE, argument="the view stands still")] if watched else []
    assert polled(3.0, lives=False) == [], "it has not begun to show"
    assert polled(1.0, lives=True) == []
    assert polled(0.9, lives=False) == []
    assert polled(0.4, lives=False) == stands_still
    assert polled(5.0, lives=False) == []
    assert pipe.stood_still == watched
    assert polled(1.0, lives=True) == []
    assert polled(2.0, lives=False) == stands_still
    assert polled(1.0, lives=True) == []
    now[0] += 60.0
    assert polled(0.05, lives=False) == [], "the whole machine stood still"
    os.close(write)
    os.close(read)
