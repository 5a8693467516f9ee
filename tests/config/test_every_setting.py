"""Each setting of the schema, at its limits and wrong in every way: the message has its key, line, range and unit."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from config.describe import MUST_BE_SET, Kind, Setting, settings_of, walk
from config.lines import KeyPath, key_text
from config.load import default_settings, settings_from_text
from config.problems import ConfigError, Problem
from config.schema import HeelSwitchSettings, Settings

Write = Callable[[Mapping[str, Any]], tuple[str, dict[KeyPath, int]]]

EVERY = [pytest.param(path, setting, id=key_text(path)) for path, setting, _ in walk(default_settings())]
NUMBERS = [p for p in EVERY if p.values[1].kind in (Kind.NUMBER, Kind.WHOLE_NUMBER)]  # type: ignore[union-attr]
CHOICES = [p for p in EVERY if p.values[1].kind is Kind.CHOICE]  # type: ignore[union-attr]
SECTIONS = sorted({path[:-1] for path, _, _ in walk(default_settings())}, key=str)
REMOVED = object()


def problems_with(data: dict[str, Any], path: KeyPath, value: object, write: Write) -> tuple[list[Problem], int]:
    """All problems after one change, and the line of the changed value, or of its section when it was removed."""
    *outer, name = path
    holder: Any = data
    for part in outer:
        holder = holder[part]
    holder.pop(name, None)
    if value is not REMOVED:
        holder[name] = value
    text, lines = write(data)
    line = lines[path if value is not REMOVED else path[:-1]]
    try:
        settings_from_text(text, "my.toml")
    except ConfigError as error:
        return list(error.problems), line
    return [], line


def the_one_problem(data: dict[str, Any], path: KeyPath, value: object, write: Write) -> str:
    problems, line = problems_with(data, path, value, write)
    assert [(p.file, p.line, p.key) for p in problems] == [("my.toml", line, key_text(path))], problems
    return problems[0].text


def range_with_unit(setting: Setting) -> str:
    low, high = setting.low, setting.high
    if setting.name == "i2c_address":
        return "0x08 to 0x77"
    return f"{low:g} to {high:g}{' ' if setting.unit else ''}{setting.unit}"


@pytest.mark.parametrize(("path", "setting"), NUMBERS)
def test_a_number_at_its_bounds_is_in_range(
    path: KeyPath, setting: Setting, data: dict[str, Any], written: Write
) -> None:
    for bound in (setting.low, setting.high):
        value = int(bound) if setting.kind is Kind.WHOLE_NUMBER else bound
        problems, _ = problems_with(data, path, value, written)
        assert not [p for p in problems if "out of range" in p.text or "needs a" in p.text]


@pytest.mark.parametrize(("path", "setting"), NUMBERS)
def test_a_number_just_beyond_its_bounds_is_refused(
    path: KeyPath, setting: Setting, data: dict[str, Any], written: Write
) -> None:
    whole = setting.kind is Kind.WHOLE_NUMBER
    below = int(setting.low) - 1 if whole else math.nextafter(setting.low, -math.inf)
    above = int(setting.high) + 1 if whole else math.nextafter(setting.high, math.inf)
    for value in (below, above, 10**40, -(10**40)):
        text = the_one_problem(data, path, value, written)
        assert text.endswith(f"is out of range: {range_with_unit(setting)}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "3", True, ""])
@pytest.mark.parametrize(("path", "setting"), NUMBERS)
def test_what_is_no_number_is_refused(
    path: KeyPath, setting: Setting, value: object, data: dict[str, Any], written: Write
) -> None:
    text = the_one_problem(data, path, value, written)
    kind = "a whole number" if setting.kind is Kind.WHOLE_NUMBER else "a number"
    assert text.startswith(f"needs {kind} from {range_with_unit(setting)}, not ")


@pytest.mark.parametrize(("path", "setting"), EVERY)
def test_a_section_in_place_of_a_value_is_refused(
    path: KeyPath, setting: Setting, data: dict[str, Any], written: Write
) -> None:
    text = the_one_problem(data, path, {"a": 1}, written)
    assert text.startswith("needs ")
    assert text.endswith(", not a section")
    assert (range_with_unit(setting) in text) == (setting.low < setting.high)


@pytest.mark.parametrize(("path", "setting"), [p for p in EVERY if p.values[1].kind is Kind.WHOLE_NUMBER])  # type: ignore[union-attr]
def test_a_fraction_is_no_whole_number(path: KeyPath, setting: Setting, data: dict[str, Any], written: Write) -> None:
    assert the_one_problem(data, path, setting.low + 0.5, written).startswith("needs a whole number from")


@pytest.mark.parametrize(("path", "setting"), CHOICES)
def test_a_wrong_choice_is_refused_with_all_choices(
    path: KeyPath, setting: Setting, data: dict[str, Any], written: Write
) -> None:
    problems, line = problems_with(data, path, "nonsense", written)
    text = next(p.text for p in problems if (p.line, p.key) == (line, key_text(path)))
    assert all(str(choice) in text for choice in setting.choices)
    near = f"{setting.choices[0]}x"
    if setting.name != "kind" and isinstance(setting.choices[0], str) and len(near) > 3:
        assert f'did you mean "{setting.choices[0]}"?' in the_one_problem(data, path, near, written)


@pytest.mark.parametrize(("path", "setting"), [p for p in EVERY if p.values[1].kind is Kind.NAME])  # type: ignore[union-attr]
@pytest.mark.parametrize("value", ["", "Heel", "1st", "two words", "é", "a" * 33])
def test_what_is_no_name_is_refused(
    path: KeyPath, setting: Setting, value: str, data: dict[str, Any], written: Write
) -> None:
    assert "is not a name: small letters" in the_one_problem(data, path, value, written)
    assert setting.low == setting.high == 0.0


@pytest.mark.parametrize(("path", "setting"), [p for p in EVERY if p.values[1].kind in (Kind.NAME, Kind.TEXT)])  # type: ignore[union-attr]
def test_a_number_is_no_text(path: KeyPath, setting: Setting, data: dict[str, Any], written: Write) -> None:
    text = the_one_problem(data, path, 5, written)
    assert text.startswith("needs a ")
    assert text.endswith("not the number 5")
    assert setting.kind.value.split()[0] in text


@pytest.mark.parametrize(("path", "setting"), [p for p in EVERY if p.values[1].kind is Kind.SWITCH])  # type: ignore[union-attr]
def test_a_switch_is_true_or_false(path: KeyPath, setting: Setting, data: dict[str, Any], written: Write) -> None:
    assert setting.choices == ()
    assert the_one_problem(data, path, 1, written) == "needs true or false, not the number 1"


@pytest.mark.parametrize(("path", "setting"), EVERY)
def test_only_what_must_be_set_may_not_be_missing(
    path: KeyPath, setting: Setting, data: dict[str, Any], written: Write
) -> None:
    problems, line = problems_with(data, path, REMOVED, written)
    missing = [p for p in problems if p.text.startswith("must be set: ")]
    if setting.default is MUST_BE_SET:
        assert [(p.line, p.key) for p in problems] == [(line, key_text(path))]
        assert setting.meaning in missing[0].text
    else:
        assert not missing


@pytest.mark.parametrize("path", SECTIONS, ids=key_text)
def test_an_unknown_key_gets_the_nearest_one(path: KeyPath, data: dict[str, Any], written: Write) -> None:
    holder: Any = data
    for part in path:
        holder = holder[part]
    for name in list(holder):
        text = the_one_problem(json.loads(json.dumps(data)), (*path, f"{name}x"), 1, written)
        assert text == f'unknown setting, did you mean "{name}"?'


def test_a_known_key_in_the_wrong_section_is_sent_home(data: dict[str, Any], written: Write) -> None:
    assert the_one_problem(data, ("loop", "rise_s"), 0.1, written) == (
        "unknown setting here, it belongs in [stimulation]"
    )


def test_a_key_of_another_kind_of_sensor_is_sent_home(data: dict[str, Any], written: Write) -> None:
    assert the_one_problem(data, ("sensor", 0, "dlpf"), 2, written) == (
        'unknown setting here, it belongs in [[sensor]] with kind = "imu"'
    )


def test_a_trigger_must_say_its_pin_and_its_safe_contact(data: dict[str, Any], written: Write) -> None:
    data["stimulator"][0] = {"id": "main", "kind": "trigger"}
    with pytest.raises(ConfigError) as caught:
        settings_from_text(written(data)[0], "my.toml")
    texts = {problem.key: problem.text for problem in caught.value.problems}
    assert texts.keys() == {"stimulator[0].pin", "stimulator[0].safe_contact"}
    assert texts["stimulator[0].safe_contact"].startswith('must be set: one of "open", "closed"')


def test_a_key_of_another_kind_of_stimulator_is_sent_home(data: dict[str, Any], written: Write) -> None:
    assert the_one_problem(data, ("stimulator", 0, "safe_contact"), "open", written) == (
        'unknown setting here, it belongs in [[stimulator]] with kind = "trigger"'
    )


def test_a_key_like_no_other_gets_the_list(data: dict[str, Any], written: Write) -> None:
    assert the_one_problem(data, ("loop", "zzzz"), 0.1, written) == (
        "unknown setting: [loop] has rate_hz, realtime_priority, cpu, lock_memory"
    )


def test_units_and_ranges_are_those_of_the_json_schema() -> None:
    schema = Settings.model_json_schema()
    properties = {name: part["properties"] for name, part in schema["$defs"].items()}
    for path, setting, _ in walk(default_settings()):
        homes = [part[setting.name] for part in properties.values() if setting.name in part]
        if setting.kind in (Kind.NUMBER, Kind.WHOLE_NUMBER) and setting.default is not None:
            found = [(h.get("minimum"), h.get("maximum"), h.get("unit", "")) for h in homes]
            assert (setting.low, setting.high, setting.unit) in found, path


def test_every_setting_has_a_meaning_and_every_number_a_range() -> None:
    for path, setting, _ in walk(default_settings()):
        assert setting.meaning, path
        assert "\n" not in setting.meaning, path
        if setting.kind in (Kind.NUMBER, Kind.WHOLE_NUMBER):
            assert setting.low < setting.high, path


def test_optional_settings_have_kinds_too() -> None:
    pin = settings_of(HeelSwitchSettings)["pin_unloaded"]
    assert (pin.kind, pin.low, pin.high) == (Kind.WHOLE_NUMBER, 0, 27)
