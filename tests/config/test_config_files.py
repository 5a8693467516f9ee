"""Files as people write them: all problems at once, one clear line for a file that cannot be used at all."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.lines import KeyPath
from config.load import default_settings, default_toml, document_from_text, load_settings, settings_from_text
from config.problems import ConfigError, ConfigFileError, Problem

Write = Callable[[Mapping[str, Any]], tuple[str, dict[KeyPath, int]]]


def messages(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings_from_text(text, "my.toml")
    return str(caught.value).split("\n")


def test_three_mistakes_are_three_problems_in_the_order_of_lines(data: dict[str, Any], written: Write) -> None:
    text = written(data)[0].replace("\nrise_s = 0.2", "\nrise_s = 5.0")
    text = text.replace('side = "right"', 'side = "rihgt"', 1).replace("duty_window_s = ", "duty_windw_s = ")
    found = messages(text)
    assert [line.split(": ", 1)[1] for line in found] == [
        'leg[0].side: "rihgt" is not one of "left", "right", did you mean "right"?',
        "stimulation.rise_s: 5.0 s is out of range: 0.02 to 1 s",
        'gate.duty_windw_s: unknown setting, did you mean "duty_window_s"?',
    ]
    rows = text.split("\n")
    for line, row in zip(found, ('side = "rihgt"', "rise_s = 5.0", "duty_windw_s = 10.0"), strict=True):
        assert rows[int(line.split(":")[1]) - 1] == row


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2\n", "my.toml:2: a: is set twice: keep one"),
        ("[gate]\n[gate]\n", "my.toml:2: [gate]: this section is there twice: join the two"),
        ("rise_s = 0,2\n", "my.toml:1: rise_s: numbers have a decimal point, not a comma"),
        ("\nside = right\n", 'my.toml:2: side: not TOML: Invalid value: texts stand in quotes ("right")'),
        ("[leg\n", "my.toml:1: not TOML: Expected ']'"),
        ('a = "x', "my.toml:1: a: not TOML: "),
        ("x = " + "9" * 5000, "my.toml: not TOML: Exceeds the limit"),
        ("x = " + "[" * 5000, "my.toml: lists or sections inside each other, too deep"),
        ("[loop]\n" + "a." * 5000 + "b = 1", "my.toml:2: not TOML: Key of more than 100 parts"),
        ("[" + "].[".join("a" * 3) + "]", "my.toml:1: not TOML: "),
        ('"a\\nb\\u001b" = 1\n[[leg]]\n[[sensor]]\n[[stimulator]]\n', r'my.toml:1: "a\nb\x1b": unknown setting'),
        ("", "my.toml: the file is empty: no [[leg]]"),
        (" \n\n", "my.toml: the file is empty: no [[leg]]"),
    ],
)
def test_what_is_no_toml_is_one_line(text: str, message: str) -> None:
    found = messages(text)
    assert found[0].startswith(message)
    assert len(found) == 1 or "unknown" in message


def test_sections_of_the_wrong_shape() -> None:
    assert messages(
        '[leg]\nside = "left"\n[[loop]]\nrate_hz = 3\n[stimulation.rise_s]\n[[stimulator]]\nkind = "bench"\n'
    ) == [
        "my.toml:1: leg: write [[leg]] with double brackets: there may be several",
        "my.toml:1: sensor: no [[sensor]] section: at least 1 is needed",
        "my.toml:3: loop: write [loop] with single brackets: there is only one",
        "my.toml:5: stimulation.rise_s: needs a number from 0.02 to 1 s, not a section",
    ]
    assert messages("leg = 3\nsensor = [1]\nstimulator = []\nloop = 2026-11-21\n") == [
        "my.toml:1: leg: needs [[leg]] sections, not the number 3",
        "my.toml:2: sensor[0]: needs [[sensor]] sections, not the number 1",
        "my.toml:3: stimulator: no [[stimulator]] section: at least 1 is needed",
        "my.toml:4: loop: needs a section [loop], not the date or time 2026-11-21",
    ]


def test_too_many_sections(data: dict[str, Any], written: Write) -> None:
    data["stimulator"] = [{"id": f"s{i}", "kind": "bench"} for i in range(5)]
    data["leg"][0]["channel"][0]["stimulator"] = "s0"
    text, lines = written(data)
    line = lines["stimulator", 0]
    assert messages(text) == [f"my.toml:{line}: stimulator: 5 [[stimulator]] sections: at most 4"]


def test_a_leg_without_a_channel(data: dict[str, Any], written: Write) -> None:
    del data["leg"][0]["channel"]
    text, lines = written(data)
    line = lines["leg", 0]
    assert messages(text) == [f"my.toml:{line}: leg[0].channel: no [[leg.channel]] section: at least 1 is needed"]


def test_sensors_of_no_or_a_strange_kind(data: dict[str, Any], written: Write) -> None:
    data["sensor"][0]["kind"] = "heel_swich"
    del data["sensor"][1]["kind"]
    text, lines = written(data)
    assert messages(text) == [
        f'my.toml:{lines["sensor", 0, "kind"]}: sensor[0].kind: "heel_swich" is not one of "heel_switch", "fsr", '
        '"imu", did you mean "heel_switch"?',
        f'my.toml:{lines["sensor", 1]}: sensor[1].kind: must be set: one of "heel_switch", "fsr", "imu" '
        "(heel_switch: a contact under the heel; fsr: a force-sensing resistor under the heel; "
        "imu: accelerometer and gyroscope)",
    ]


def test_windows_line_ends_and_byte_order_mark_are_fine() -> None:
    text = default_toml()
    document = document_from_text("\ufeff" + text.replace("\n", "\r\n"), "my.toml")
    assert document == document_from_text(text, "my.toml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match=r"none\.toml: no such file: `dorsiflex config default"):
        load_settings(tmp_path / "none.toml")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="this is a folder"):
        load_settings(tmp_path)


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # A file without permissions would not do: root may read everything.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigFileError, match=r"my\.toml: may not be read: check its owner"):
        load_settings(Path("my.toml"))


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(ConfigFileError, match="cannot be read"):
        load_settings(Path("a\0b"))
    with pytest.raises(ConfigFileError, match="cannot be read"):
        load_settings(Path("a" * 5000))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b"[loop]\nrate_hz = \xff\n")
    with pytest.raises(ConfigFileError, match=r"my\.toml: not UTF-8 text \(line 2\): save it as UTF-8"):
        load_settings(path)


def test_an_empty_file_is_a_bad_config(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.touch()
    with pytest.raises(ConfigError, match="the file is empty") as caught:
        load_settings(path)
    assert not isinstance(caught.value, ConfigFileError)


def test_a_huge_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigFileError, match="larger than 200 kB"):
        load_settings(path)


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(default_toml(), encoding="utf-8")
    assert load_settings(path) == default_settings()


def settings_or_problems(text: str) -> None:
    """Anything but settings or ConfigError fails the test; every problem is one line without pydantic's words."""
    found: tuple[Problem, ...] = ()
    try:
        settings_from_text(text, "my.toml")
    except ConfigError as error:
        found = error.problems or (Problem("", None, "", "no problem named"),)
    for problem in found:
        message = str(problem)
        assert message.startswith("my.toml")
        assert problem.text
        assert "\n" not in message
        assert "Input should" not in message
        assert "pydantic" not in message


@pytest.mark.parametrize("depth", [50, 150, 300, 450, 600, 900])
def test_any_depth_is_refused_in_words(depth: int) -> None:
    settings_or_problems("[loop]\nrate_hz = " + "[" * depth + "]" * depth)
    settings_or_problems("[loop]\nrate_hz = " + "{a = " * depth + "1" + "}" * depth)
    long_key = ".".join("a" * 99)
    settings_or_problems(f"x = {{{long_key} = {{{long_key} = {'[' * depth}{']' * depth}}}}}")


@settings(deadline=None)
@given(st.text())
def test_garbage_is_refused_in_words(text: str) -> None:
    settings_or_problems(text)


TOKENS = st.sampled_from(
    [
        *("[", "]", "[[", "]]", "=", ".", ",", "{", "}", '"', "'", '"""', "\n", "\r\n", "#", " ", "-", "\\", "\0"),
        *("leg", "leg.channel", "sensor", "stimulator", "loop", "kind", "side", "id", "rate_hz", "imu", '"right"'),
        *("1", "0.5", "nan", "inf", "true", "1e999", "0x68", "2026-11-21", "[[leg]]\n", "[loop]\n", "kind = 'imu'\n"),
    ]
)


@settings(deadline=None)
@given(st.lists(TOKENS, max_size=40).map("".join))
def test_garbage_that_looks_like_toml_is_refused_in_words(text: str) -> None:
    settings_or_problems(text)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.lists(TOKENS, min_size=1, max_size=4))
def test_a_damaged_default_file_is_refused_in_words(seed: int, tokens: list[str]) -> None:
    text, dice = default_toml(), random.Random(seed)
    for token in tokens:
        start = dice.randrange(len(text))
        text = text[:start] + token + text[start + dice.choice([0, 1, 5, 40, 400]) :]
    settings_or_problems(text)


NAMES = ["leg", "channel", "sensor", "stimulator", "loop", "orthosis", "swing", "kind", "id", "side", "pin", "rate_hz"]
TREES = st.recursive(
    st.sampled_from([0, 1, -3, 10**30, 0.5, float("nan"), True, "", "imu", "trigger", "right", "main"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


def inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {inline(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), TREES, min_size=1))
def test_sections_of_any_shape_are_refused_in_words(tree: dict[str, object]) -> None:
    settings_or_problems("".join(f"{name} = {inline(value)}\n" for name, value in tree.items()))
