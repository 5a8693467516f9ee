"""The failsafe page says what the code does: it is made from it, and is the one in the repository."""

import json
import re

import pytest

from config.load import default_document
from controller.faults import FAULTS, Ending, Fault, FaultClass
from controller.readiness import FLAGS
from evidence import failsafe

SETTINGS = default_document().settings


def test_the_page_is_that_of_the_code() -> None:
    assert failsafe.PAGE.read_text() == failsafe.page(SETTINGS), "python -m evidence.failsafe"


def test_every_fault_and_flag_is_on_it_and_every_choice_of_faults_has_an_answer() -> None:
    text = failsafe.PAGE.read_text()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert [fault["name"] for fault in data["faults"]] == list(FAULTS)
    assert [flag["name"] for flag in data["flags"]] == [flag.name for flag in FLAGS]
    behaviours = {fault["behaviour"] for fault in data["faults"]}
    assert len(data["outcomes"]) == 2 ** len(behaviours)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_one_fault_does_what_its_row_says(fault: Fault) -> None:
    found = failsafe.outcome(SETTINGS, [fault])
    calm = failsafe.outcome(SETTINGS, [])
    begin = round(failsafe.FAULT_AT_S / failsafe.TICK_S)
    stimulation = SETTINGS.stimulation
    assert found.new_bursts == (fault.kind == FaultClass.DEGRADE)
    assert found.state == ("latched" if fault.kind == FaultClass.LATCH else "armed")
    assert found.levels[:begin] == calm.levels[:begin]
    match fault.ending:
        case Ending.CUT:
            assert found.levels[begin] == 0.0
        case Ending.FALL:
            assert 0.0 < found.levels[begin + 1] < 1.0
            assert found.zero_after_s <= stimulation.fall_s + failsafe.TICK_S
        case Ending.OPEN_LOOP:
            assert found.levels[begin + 1] == 1.0
            assert found.zero_after_s <= stimulation.open_loop_s + failsafe.TICK_S
        case Ending.NOTHING:
            assert found.levels == calm.levels


def test_more_faults_never_mean_more_current_or_fewer_words() -> None:
    found = failsafe.outcomes(SETTINGS)
    for key, outcome in found.items():
        for name in key.split("; "):
            alone = found[name]
            assert all(level <= other for level, other in zip(outcome.levels, alone.levels, strict=True))
            assert alone.new_bursts or not outcome.new_bursts


def test_arming_is_left_by_a_person_only() -> None:
    states = failsafe.next_states()
    assert {state for state, row in states.items() if row["arm"] == "armed"} == {"disarmed", "armed"}
    assert states["latched"] == {
        "arm": "latched",
        "pause": "latched",
        "resume": "latched",
        "disarm": "disarmed",
        "stop": "latched",
    }
