"""The table of what forbids arming, over every combination of its flags."""

import re
from itertools import product
from pathlib import Path

import pytest

from config.stages import STAGES, Stage
from controller.arming import Arming
from controller.readiness import FLAGS, NAMES, PAGE, Flag, refusals
from controller.signals import ArmingState, CommandKind, OperatorCommand

ROOT = Path(__file__).resolve().parents[2]
NONE_HOLDS = dict.fromkeys(NAMES)
ARM = (OperatorCommand(CommandKind.ARM),)


def test_the_flags_are_those_of_the_design_the_most_critical_first() -> None:
    assert NAMES == (
        "stop_open", "latched", "not_disarmed", "clock", "guard", "enable_line", "device", "stage", "mode", "caps",
        "sensors", "sensor_test", "recorder", "loop_late", "settings",
    )  # fmt: skip


def test_in_every_combination_a_person_may_arm_only_when_no_flag_holds_and_hears_every_reason() -> None:
    texts = [flag.text for flag in FLAGS]
    combinations = 0
    for holds in product((False, True), repeat=len(FLAGS)):
        judged = {name: "" if one else None for name, one in zip(NAMES, holds, strict=True)}
        refused = refusals(judged)
        expected = [text for text, one in zip(texts, holds, strict=True) if one]
        assert len(refused) == len(expected)
        assert all(sentence.startswith(text) for sentence, text in zip(refused, expected, strict=True))
        arming = Arming()
        arming.handle(ARM, refused)
        assert (arming.state == ArmingState.ARMED) == (not any(holds))
        combinations += 1
    assert combinations == 2**15


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_a_flag_that_nobody_has_judged_holds(flag: Flag) -> None:
    judged = {name: None for name in NAMES if name != flag.name}
    assert refusals(judged) == (f"{flag.text} (not judged), {flag.cure}",)


def test_a_flag_that_is_not_in_the_table_holds() -> None:
    assert refusals({**NONE_HOLDS, "gravity": "it is gone"}) == ("gravity (it is gone), report it",)
    assert refusals(NONE_HOLDS) == ()


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_a_reason_has_its_particulars_and_its_cure(flag: Flag) -> None:
    assert refusals({**NONE_HOLDS, flag.name: "heel: no reading"}) == (f"{flag.text} (heel: no reading), {flag.cure}",)
    assert refusals({**NONE_HOLDS, flag.name: ""}) == (f"{flag.text}, {flag.cure}",)
    for sentence in (flag.text, flag.cure):
        assert sentence
        assert sentence[0].islower() or sentence[0] == "`"
        assert sentence[-1] not in ".;,"


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_every_flag_has_its_place_in_the_documentation(flag: Flag) -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert flag.anchor == f"{PAGE}#{flag.name}"
    found = re.search(rf'<a id="{flag.name}"></a>\n### (.+)\n\n(.+)\n', text)
    assert found is not None
    assert found[1].lower() == flag.text.lower()
    assert flag.cure in text


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_stands_in_the_documentation_with_its_figures(stage: Stage) -> None:
    rows = [row for row in (ROOT / PAGE).read_text(encoding="utf-8").split("\n") if row.startswith(f"| {stage.name} |")]
    assert len(rows) == 1
    for figure in (stage.minutes, stage.strides, stage.bursts):
        assert not figure or f" {figure:g} " in rows[0]
    for words in (stage.meaning, stage.reason, ", ".join(stage.modes)):
        assert words in rows[0]
