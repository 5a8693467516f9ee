"""The default file and the profiles are held to the schema."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from config.default_text import EXAMPLE, LEFT_OUT, OTHER_KINDS, default_text
from config.describe import MUST_BE_SET, Kind, brief, settings_of, walk
from config.lines import key_text
from config.load import default_document, default_settings, default_toml, load_settings, settings_from_text
from config.schema import Settings

PROFILES = sorted(Path(str(resources.files("config"))).glob("profiles/*.toml"))

SET_BY_A_PERSON = {
    "leg[0].side": "right",
    "leg[0].channel[0].id": "dorsiflexors",
    "leg[0].channel[0].current_ma": EXAMPLE["leg"][0]["channel"][0]["current_ma"],
    "leg[0].channel[0].max_current_ma": EXAMPLE["leg"][0]["channel"][0]["max_current_ma"],
    "leg[0].channel[0].max_pulse_width_us": EXAMPLE["leg"][0]["channel"][0]["max_pulse_width_us"],
    "leg[0].channel[0].max_rate_hz": EXAMPLE["leg"][0]["channel"][0]["max_rate_hz"],
    "leg[0].channel[0].max_charge_uc": EXAMPLE["leg"][0]["channel"][0]["max_charge_uc"],
    "sensor[0].kind": "heel_switch",
    "sensor[0].id": "heel",
    "sensor[0].side": "right",
    "sensor[1].kind": "imu",
    "sensor[1].id": "shank",
    "sensor[1].side": "right",
    "stimulator[0].kind": "bench",
}


def test_the_file_is_what_the_schema_says() -> None:
    assert default_toml() == default_text(), "python -m config.default_text > config/default.toml writes it anew"


def test_every_setting_is_there_once_with_its_meaning_and_range_above_it() -> None:
    document, rows = default_document(), default_toml().split("\n")
    for path, setting, value in walk(document.settings):
        if value is None:
            continue
        line = document.lines[path]
        assert rows[line - 1].startswith(f"{setting.name} = ")
        comment = ""
        while rows[line - 2].startswith("# "):
            comment = f"{rows[line - 2].removeprefix('#').strip()} {comment}".strip()
            line -= 1
            if not rows[line - 1].startswith("#   "):
                break
        must = "; must be set" if setting.default is MUST_BE_SET else ""
        assert comment == f"{setting.meaning} ({brief(setting)}{must})", key_text(path)


def test_settings_that_may_be_left_out_are_there_as_examples() -> None:
    examples = re.findall(r"^#(\w+) = (.+)$", default_toml(), re.MULTILINE)
    left_out = [setting.name for _, setting, value in walk(default_settings()) if value is None]
    assert [name for name, _ in examples] == left_out
    for name, text in examples:
        assert tomllib.loads(f"value = {text}")["value"] == LEFT_OUT[name]


def test_values_are_the_defaults_but_for_those_that_a_person_sets() -> None:
    for path, setting, value in walk(default_settings()):
        key = key_text(path)
        if key in SET_BY_A_PERSON:
            assert value == SET_BY_A_PERSON[key]
        elif path[0] != "orthosis":
            assert value == setting.default, key


def test_what_the_default_leaves_out_is_the_same() -> None:
    rows = [row for row in default_toml().split("\n") if row.startswith("[[")]
    assert rows == ["[[leg]]", "[[leg.channel]]", "[[sensor]]", "[[sensor]]", "[[stimulator]]"]
    needed = """
        [[leg]]
        side = "right"
        [[leg.channel]]
        id = "dorsiflexors"
        current_ma = CURRENT_MA
        max_current_ma = CAP_MA
        max_pulse_width_us = CAP_US
        max_rate_hz = CAP_HZ
        max_charge_uc = CAP_UC
        [[sensor]]
        kind = "heel_switch"
        id = "heel"
        side = "right"
        [[sensor]]
        kind = "imu"
        id = "shank"
        side = "right"
        [[stimulator]]
        kind = "bench"
    """
    for word, name in (
        ("CURRENT_MA", "current_ma"),
        ("CAP_MA", "max_current_ma"),
        ("CAP_US", "max_pulse_width_us"),
        ("CAP_HZ", "max_rate_hz"),
        ("CAP_UC", "max_charge_uc"),
    ):
        needed = needed.replace(word, str(SET_BY_A_PERSON[f"leg[0].channel[0].{name}"]))
    assert settings_from_text(needed, "short.toml") == default_settings()


def other_kinds() -> list[str]:
    """The sections that stand in the default file as comments, with the comment taken away."""
    blocks = re.findall(r"(?:^#  .*\n)+", default_toml(), re.MULTILINE)
    return [re.sub(r"^#  ", "", block, flags=re.MULTILINE) for block in blocks if "[[stimulator]]" in block]


def test_every_kind_of_stimulator_stands_in_the_file() -> None:
    kinds = {tomllib.loads(block)["stimulator"][0]["kind"] for block in other_kinds()}
    assert kinds == set(OTHER_KINDS)
    defined = {settings_of(one)["kind"].choices[0] for one in settings_of(Settings)["stimulator"].sections}
    assert kinds | {"bench"} == defined


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_another_kind_in_place_of_the_example_is_a_good_config(kind: str) -> None:
    block = next(block for block in other_kinds() if f'kind = "{kind}"' in block)
    head, _, rest = default_toml().partition("\n# The pulse stimulator of the virtual bench.\n")
    tail = rest[rest.index("\n# When a sensor is not believed") :]
    document = settings_from_text(head + "\n" + block + tail, "my.toml")
    assert document.stimulator[0].kind == kind


def test_the_examples_of_what_may_be_left_out_fit_together() -> None:
    text = default_toml().replace('wiring = "plain"', 'wiring = "supervised"').replace("#pin_unloaded", "pin_unloaded")
    settings_from_text(text.replace("#arm_button_pin", "arm_button_pin"), "my.toml")


def test_lines_are_short_enough_to_read() -> None:
    assert max(len(row) for row in default_toml().split("\n")) <= 120


def test_there_are_profiles() -> None:
    names = {path.stem for path in PROFILES}
    assert names >= {"pi_trigger", "bilateral", "heel_only", "two_channels", "trigger_bench"}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_is_a_good_config_with_a_word_on_what_it_is(path: Path) -> None:
    load_settings(path)
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_no_profile_but_those_for_a_pi_touches_real_pins() -> None:
    for path in PROFILES:
        assert (load_settings(path).hardware.backend == "pi") == path.stem.startswith("pi_"), path


def test_kinds_are_all_described() -> None:
    assert {setting.kind for _, setting, _ in walk(default_settings())} <= set(Kind)
