"""A replay looks for garbage seldom, and leaves the interpreter as it was."""

import gc
import io
from pathlib import Path

import pytest
from rich.console import Console

from controller.signals import Tick
from dorsiflex import replay_command
from dorsiflex.replay_command import YOUNG_OBJECTS, Found, ReplayOptions, replay
from recording.errors import RecordingError


def replayed(path: Path) -> None:
    options = ReplayOptions(path, "heel", "shank", "+z", None, None, None)
    replay(options, Console(file=io.StringIO()))


def test_garbage_is_looked_for_seldom_while_ticks_are_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Watching(Found):
        def put(self, tick: Tick) -> None:
            seen.append(gc.get_threshold()[0])
            super().put(tick)

    monkeypatch.setattr(replay_command, "Found", Watching)
    path, usual = tmp_path / "walk.csv", gc.get_threshold()
    path.write_text("time_s,heel_contact\n" + "".join(f"{k / 100},1\n" for k in range(20)), encoding="utf-8")
    replayed(path)
    assert seen == [YOUNG_OBJECTS] * 20
    assert gc.get_threshold() == usual


def test_a_replay_that_fails_leaves_it_too(tmp_path: Path) -> None:
    usual = gc.get_threshold()
    with pytest.raises(RecordingError):
        replayed(tmp_path / "missing.csv")
    assert gc.get_threshold() == usual
