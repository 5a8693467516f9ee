"""TOML in, Settings out, or every problem at once."""

import copy
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from config.describe import MUST_BE_SET, Kind, Setting, sections, setting_at
from config.lines import KeyPath, key_lines, key_text, line_of
from config.problems import ConfigError, ConfigFileError, Fault, Problem, faults, value_at
from config.schema import RULES_OFF, Settings

LARGEST_FILE_BYTES = 200_000
MOST_DOTS = 100
"""In one line, comments apart: tomllib takes time and memory by the square of the parts of a dotted key."""
MOST_PROBLEMS = 100
DEFAULT_NAME = "default.toml"
TOO_DEEP = "lists or sections inside each other, too deep"


class Document(NamedTuple):
    """Settings, the file they came from, and the line of every key that stands in it."""

    settings: Settings
    name: str
    lines: dict[KeyPath, int]


def load_settings(path: Path) -> Settings:
    """The settings in a file. Raises ConfigError with all problems, ConfigFileError when it cannot be read at all."""
    return load_document(path).settings


def settings_from_text(text: str, name: str) -> Settings:
    """The settings in a TOML text; `name` stands for the file in messages. Raises ConfigError with all problems."""
    return document_from_text(text, name).settings


def default_settings() -> Settings:
    """The settings of the packaged config/default.toml."""
    return default_document().settings


def default_document() -> Document:
    """The packaged config/default.toml."""
    return document_from_text(default_toml(), DEFAULT_NAME)


def default_toml() -> str:
    """The text of the packaged config/default.toml."""
    return resources.files("config").joinpath(DEFAULT_NAME).read_text(encoding="utf-8")


def load_document(path: Path) -> Document:
    """As load_settings, with the lines."""
    return document_from_text(_read(path), str(path))


def document_from_text(text: str, name: str) -> Document:
    """As settings_from_text, with the lines."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        start = "start from what `dorsiflex config default` prints"
        raise ConfigError((Problem(name, None, "", f"the file is empty: no [[leg]], no [[sensor]]; {start}"),))
    data, lines = _parse(text, name)
    try:
        found = _all_problems(data)
    except RecursionError:
        raise ConfigError((Problem(name, None, "", TOO_DEEP),)) from None
    if found:
        problems = [Problem(name, line_of(lines, path), key_text(path), text) for path, text in found]
        problems.sort(key=lambda problem: problem.line or 0)
        if len(problems) > MOST_PROBLEMS:
            problems[MOST_PROBLEMS:] = [Problem(name, None, "", f"and {len(problems) - MOST_PROBLEMS} more")]
        raise ConfigError(tuple(problems))
    return Document(Settings.model_validate(data), name, lines)


def _read(path: Path) -> str:
    def refused(what: str) -> ConfigFileError:
        return ConfigFileError((Problem(str(path), None, "", what),))

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise refused("no such file: `dorsiflex config default > FILE` writes one to start from") from None
    except IsADirectoryError:
        raise refused("this is a folder: give the config file in it") from None
    except PermissionError:
        raise refused("may not be read: check its owner and permissions") from None
    except (OSError, ValueError) as error:
        raise refused(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise refused(f"larger than {LARGEST_FILE_BYTES // 1000} kB: this is no config file")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refused(f"not UTF-8 text (line {line}): save it as UTF-8") from None


def _parse(text: str, name: str) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS and not line.lstrip().startswith("#"):
            what = f"not TOML: Key of more than {MOST_DOTS} parts"
            raise ConfigError((Problem(name, number, "", what),))
    try:
        return tomllib.loads(text), key_lines(text)
    except RecursionError:
        problem = Problem(name, None, "", TOO_DEEP)
    except ValueError as error:
        problem = _syntax_problem(text, name, str(error))
    raise ConfigError((problem,))


def _syntax_problem(text: str, name: str, message: str) -> Problem:
    """tomllib's message (it ends in `(at line 2, column 6)` or `(at end of document)`), with what helps most often."""
    what, _, place = message.partition(" (at ")
    if not place:
        return Problem(name, None, "", f"not TOML: {re.split('[:;] ', what)[0]}")
    number = re.match(r"line (\d+)", place)
    line = int(number[1]) if number else text.count("\n") + (not text.endswith("\n"))
    row = text.split("\n")[line - 1]
    key = found[1] if (found := re.match(r"\s*([\w.-]{1,80})\s*=", row)) else ""
    if what == "Cannot overwrite a value":
        return Problem(name, line, key, "is set twice: keep one")
    if what.startswith("Cannot declare"):
        return Problem(name, line, row.split("#")[0].strip(), "this section is there twice: join the two")
    if re.search(r"=\s*[+-]?\d+,\d", row):
        return Problem(name, line, key, "numbers have a decimal point, not a comma")
    hint = {
        "Invalid value": 'texts stand in quotes ("right"), numbers have a decimal point, switches are true or false',
        "Invalid statement": "a line is [section], name = value, or # comment",
    }.get(what, "")
    return Problem(name, line, key, f"not TOML: {what}" + (f": {hint}" if hint else ""))


def _all_problems(data: dict[str, Any]) -> list[tuple[KeyPath, str]]:
    wrong = _wrong_values(data)
    return [*((fault.path, fault.text) for fault in wrong), *_broken_rules(data, wrong)]


def _wrong_values(data: dict[str, Any]) -> list[Fault]:
    try:
        Settings.model_validate(data, context=RULES_OFF)
    except ValidationError as error:
        return list(faults(error.errors(include_url=False, include_input=False), data))
    return []


def _broken_rules(data: dict[str, Any], wrong: list[Fault]) -> list[tuple[KeyPath, str]]:
    """The rules that are broken, other than those that may be so only because of the wrong values.

    Wrong values give way to their defaults, or to a stand-in where there is no default, until the rest holds.
    """
    repaired, left = copy.deepcopy(data), wrong
    for _ in range(10):
        if not left:
            break
        for fault in reversed(left):
            _repair(repaired, fault.path)
        left = _wrong_values(repaired)
    if left:
        return []
    settings = Settings.model_validate(repaired, context=RULES_OFF)
    broken = []
    for path, section in sections(settings):
        for key, text in section.rules():
            whole = path + tuple(int(part) if part.isdigit() else part for part in key.split("."))
            if not any(_involves(fault, whole, text) for fault in wrong):
                broken.append((whole, text))
    return broken


def _involves(fault: Fault, path: KeyPath, text: str) -> bool:
    """Whether a rule's key lies at or below the fault, or its text names what is faulty."""
    # A section of the wrong kind is another section: nothing in it can be judged.
    root = fault.path[:-1] if fault.path[-1] == "kind" else fault.path
    names = {*fault.suspects, *[part for part in fault.path if isinstance(part, str)][-1:]}
    named = key_text(root) in text or any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)
    return path[: len(root)] == root or path[-1] in fault.suspects or named


def _repair(data: dict[str, Any], path: KeyPath) -> None:
    *outer, last = path
    holder, setting = value_at(data, tuple(outer)), setting_at(path, data)
    if isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        holder[last] = {}
    elif isinstance(holder, dict) and isinstance(last, str):
        stand_in = None if setting is None else _stand_in(setting, holder.get(last), path)
        if stand_in is None:
            holder.pop(last, None)
        else:
            holder[last] = stand_in


def _stand_in(setting: Setting, value: object, path: KeyPath) -> object:
    """A value for a setting that must be set, so that the rules can be tried; None where a default will do."""
    if setting.default is not MUST_BE_SET:
        return None
    if setting.kind is Kind.SECTIONS:
        return value[: int(setting.high)] if isinstance(value, list) and value else [{}]
    if setting.kind is Kind.CHOICE:
        return setting.choices[0]
    return "stand_in_" + "_".join(str(part) for part in path if isinstance(part, int))
