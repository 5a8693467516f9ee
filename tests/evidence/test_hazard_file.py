"""The hazard file is whole, its page is up to date, and a control that is taken away is missed."""

from pathlib import Path

import pytest

from evidence import hazards, page
from evidence.copies import Copy, outcomes
from evidence.hazards import Control, defects, survivors, without

CONTROL = Control(
    what="the network may stop only",
    file="controller/arming.py",
    function="Arming.handle",
    replaced="if command.source == Source.NETWORK and command.kind not in NETWORK_MAY:",
    without="if False:",
    tests=("tests/controller/test_arming_rules.py::test_only_a_person_ever_raises_what_may_flow",),
)


def test_every_control_and_every_named_test_is_there() -> None:
    assert list(defects(hazards.read())) == []


def test_the_pages_are_those_of_the_files() -> None:
    assert hazards.PAGE.read_text() == hazards.page(hazards.read()), "python -m evidence.hazards --page"
    assert page.PAGE.read_text() == page.page(), "python -m evidence.page"


def test_a_control_that_is_taken_away_is_missed_and_one_that_does_nothing_is_not() -> None:
    assert survivors(CONTROL) == []
    idle = CONTROL.model_copy(update={"without": CONTROL.replaced + "  # still here"})
    assert survivors(idle) == [f"{CONTROL.tests[0]} passed"]


def test_a_copy_that_cannot_be_imported_misses_nothing() -> None:
    with Copy(hazards.ROOT) as copy:
        (copy.folder / "controller" / "arming.py").write_text("import nothing_of_the_kind\n")
        assert outcomes(copy, CONTROL.tests) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"function": "Arming.no_such"}, "no such function"),
        ({"function": "Nobody.handle"}, "no class Nobody"),
        ({"replaced": "self"}, "times"),
        ({"file": "controller/none.py"}, "none.py"),
        ({"tests": ("tests/controller/test_arming_rules.py::test_none",)}, "there is no tests/"),
        ({"without": "if :"}, "invalid syntax"),
    ],
)
def test_what_is_not_there_is_told(change: dict[str, object], said: str) -> None:
    row = hazards.read()[0].model_copy(update={"control": (CONTROL.model_copy(update=change),)})
    assert said in " ".join(defects((row,)))


def test_a_body_is_replaced_below_its_docstring() -> None:
    source = 'def f(x: int) -> int:\n    """Say."""\n    if x:\n        return 1\n    return 2\n\n\nY = 1\n'
    control = Control(what="w", file="f.py", function="f", without="return 0", tests=("t",))
    assert without(source, control) == 'def f(x: int) -> int:\n    """Say."""\n    return 0\n\n\nY = 1\n'


def test_the_file_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "hazards.toml"
    path.write_text('[[hazard]]\nid = "a"\n')
    with pytest.raises(ValueError, match="control"):
        hazards.read(path)
