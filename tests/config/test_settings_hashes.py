"""Both hashes notice what they should, and nothing else."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.describe import Kind, Setting, walk
from config.hashes import TUNABLE, proof_hash, safety_hash, settings_hash
from config.lines import KeyPath, key_text
from config.load import default_settings, settings_from_text
from config.schema import RULES_OFF, Settings

Write = Callable[[Mapping[str, Any]], tuple[str, dict[KeyPath, int]]]
EVERY = list(walk(default_settings()))
SAFETY = {"hardware", "leg", "sensor", "stimulator", "gate", "guard", "faults", "judgement"}
SAFETY_ALONE = {("stimulation", "longest_burst_s")}


def others(setting: Setting, value: object) -> list[object]:
    """Values that a setting may have and that are not the one it has."""
    found: list[object]
    match setting.kind:
        case Kind.NUMBER:
            found = [setting.low, setting.high, math.nextafter(setting.high, 0.0)]
        case Kind.WHOLE_NUMBER:
            found = list(range(int(setting.low), int(setting.high) + 1))
        case Kind.CHOICE:
            found = list(setting.choices)
        case Kind.SWITCH:
            found = [True, False]
        case _:
            found = ["other", "another_one"]
    return [other for other in found if other != value]


def changed(path: KeyPath, value: object) -> Settings:
    data = default_settings().model_dump()
    *outer, last = path
    holder: Any = data
    for part in outer:
        holder = holder[part]
    holder[last] = value
    return Settings.model_validate(data, context=RULES_OFF)


CHANGES = [
    pytest.param(path, setting, value, id=key_text(path))
    for path, setting, value in EVERY
    if others(setting, value) and setting.name != "kind"
]


@pytest.mark.parametrize(("path", "setting", "value"), CHANGES)
def test_any_change_shows(path: KeyPath, setting: Setting, value: object) -> None:
    before = default_settings()
    is_safety = path[0] in SAFETY or path in SAFETY_ALONE
    hashes = {settings_hash(before)}
    for other in others(setting, value):
        after = changed(path, other)
        assert settings_hash(after) not in hashes
        hashes.add(settings_hash(after))
        assert (safety_hash(after) != safety_hash(before)) == is_safety


def test_hardly_anything_is_left_out_of_the_changes() -> None:
    left_out = {key_text(path) for path, _, _ in EVERY} - {param.id for param in CHANGES}
    assert left_out == {
        "sensor[0].kind",
        "sensor[0].placement",
        "sensor[1].kind",
        "sensor[1].model",
        "stimulator[0].kind",
    }


def test_where_and_how_it_is_written_changes_nothing(data: dict[str, Any], written: Write) -> None:
    text, _ = written({name: data[name] for name in reversed(data)})
    again, settings = settings_from_text(text, "elsewhere.toml"), Settings.model_validate(data)
    assert settings_hash(again) == settings_hash(settings)
    assert safety_hash(again) == safety_hash(settings)
    assert "\ncurrent_ma = 25.0\n" in text
    whole = settings_from_text(text.replace("\ncurrent_ma = 25.0\n", "\ncurrent_ma = 25\n"), "my.toml")
    assert settings_hash(whole) == settings_hash(settings)


def test_minus_zero_is_zero() -> None:
    assert settings_hash(changed(("sensor", 1, "mounting_pitch_deg"), -0.0)) == settings_hash(default_settings())


@settings(deadline=None)
@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_hashes_are_equal_exactly_when_the_settings_are(one_ma: float, other_ma: float) -> None:
    path: KeyPath = ("leg", 0, "channel", 0, "max_current_ma")
    one, other = changed(path, one_ma), changed(path, other_ma)
    assert (settings_hash(one) == settings_hash(other)) == (one == other)
    assert (safety_hash(one) == safety_hash(other)) == (one == other)


def test_hashes_are_64_hexadecimal_digits() -> None:
    for digest in (settings_hash(default_settings()), safety_hash(default_settings())):
        assert len(digest) == 64
        int(digest, 16)


def test_what_a_stage_proves_is_the_safety_set_without_the_backend_and_what_is_tuned() -> None:
    before = default_settings()
    for path, setting, _ in EVERY:
        if setting.name == "kind":
            continue
        tuned = path[0] == "leg" and path[-1] in TUNABLE
        in_safety = path[0] in SAFETY or path in SAFETY_ALONE
        counts = in_safety and not tuned and path != ("hardware", "backend")
        for value in others(setting, before_value(path))[:2]:
            assert (proof_hash(changed(path, value)) != proof_hash(before)) == counts, key_text(path)


def before_value(path: KeyPath) -> object:
    value: Any = default_settings().model_dump()
    for part in path:
        value = value[part]
    return value
