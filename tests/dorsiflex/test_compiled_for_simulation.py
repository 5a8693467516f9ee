"""The compiled controller and simulator: used for simulated time, of exactly this source, and never mixed.

A build takes minutes, so none is made here: `python -m dorsiflex.compiled` compares its ticks with the source's.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dorsiflex import compiled

LOOK = "from dorsiflex import compiled; print(compiled.use()); import controller; print(controller.__path__[0])"


@pytest.fixture(autouse=True)
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(compiled.SWITCH, raising=False)
    return tmp_path


def look(**environment: str) -> list[str]:
    """What a fresh process does: whether it uses a build, and where it would import the controller from."""
    ours = os.pathsep.join([str(Path(compiled.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": ours, **environment}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_without_a_build_the_source_runs() -> None:
    assert look()[0] == "False"


def test_a_build_of_this_source_is_used_unless_it_is_switched_off() -> None:
    folder = compiled.build_folder()
    folder.mkdir(parents=True)
    assert look() == ["True", str(folder / "controller")]
    assert look(DORSIFLEX_COMPILED="0")[0] == "False"


def test_a_changed_source_has_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in compiled.ROOMS:
        shutil.copytree(Path(compiled.__file__).parents[1] / room, tmp_path / "copy" / room)
    monkeypatch.setattr(compiled, "_HERE", tmp_path / "copy")
    before = compiled.build_folder()
    assert compiled.build_folder() == before
    gate = tmp_path / "copy" / "controller" / "gate.py"
    gate.write_text(gate.read_text(encoding="utf-8").replace("0.5", "0.6"), encoding="utf-8")
    assert compiled.build_folder() != before


def test_a_build_is_not_mixed_with_what_is_imported_already() -> None:
    import controller.gate  # noqa: F401 - as any test that came before has

    compiled.build_folder().mkdir(parents=True)
    assert not compiled.use()
    assert not compiled.in_use()


def test_the_live_command_never_uses_a_build() -> None:
    assert "run" not in compiled.COMMANDS
    assert "doctor" not in compiled.COMMANDS


def test_the_words_that_everybody_shares_are_never_compiled() -> None:
    names = compiled.modules()
    assert "controller.gate" in names
    assert "simulator.leg" in names
    assert "controller.signals" not in names
    assert len(names) == len(set(names))


def test_a_missing_compiler_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mypyc", None)
    monkeypatch.setattr(sys, "argv", ["compiled"])
    with pytest.raises(SystemExit) as ending:
        compiled.main()
    assert ending.value.code == 1
    cure = f"in the checkout, {sys.executable} -m pip install '.[compiled]'"
    assert capsys.readouterr().err == f"not compiled: mypyc is not installed: {cure}\n"


@pytest.fixture
def no_compiler_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("mypyc", "setuptools"):
        monkeypatch.setitem(sys.modules, needed, ModuleType(needed))
    monkeypatch.setattr(compiled, "_run", lambda _, work: (work / "all.so").touch())


@pytest.mark.usefixtures("no_compiler_needed")
@pytest.mark.parametrize("crash", [KeyboardInterrupt, compiled.CannotCompileError, OSError])
def test_a_comparison_that_crashes_leaves_no_build(
    crash: type[BaseException], builds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walk(_: Path | None) -> str:
        raise crash

    monkeypatch.setattr(compiled, "fingerprint", walk)
    with pytest.raises(crash):
        compiled.build()
    assert [path for path in builds.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("no_compiler_needed")
@pytest.mark.parametrize("same", [False, True])
def test_a_build_is_put_in_its_place_only_when_it_has_been_compared(
    same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = compiled.build_folder()

    def walk(build: Path | None) -> str:
        assert not target.exists()
        assert build is None or (build / "all.so").is_file()
        return "source" if same or build is None else "build"

    monkeypatch.setattr(compiled, "fingerprint", walk)
    if same:
        assert compiled.build() == target
    else:
        with pytest.raises(compiled.CannotCompileError, match="do not make the same ticks"):
            compiled.build()
    assert (target / "all.so").is_file() is same


def test_every_build_can_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = compiled.build_folder()
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "argv", ["compiled", "--remove"])
    compiled.main()
    assert not folder.exists()
