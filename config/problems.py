"""What is wrong with a config file, in words for the person who wrote it."""

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from config.describe import (
    Kind,
    Setting,
    choices_text,
    range_text,
    section_at,
    setting_at,
    settings_of,
    wanted,
    with_unit,
)
from config.lines import KeyPath, printable


class Problem(NamedTuple):
    """One thing that is wrong, and where. `line` counts from 1 and is None when the whole file is meant."""

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.key, self.text) if part)


class ConfigError(Exception):
    """A config cannot be used: all its problems, in the order of lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ConfigFileError(ConfigError):
    """A config file is missing, unreadable or no text."""


class Fault(NamedTuple):
    """A value that does not fit the schema. `suspects` are the names that the faulty key may stand for."""

    path: KeyPath
    text: str
    suspects: tuple[str, ...]


def faults(errors: list[Any], data: dict[str, Any]) -> Iterator[Fault]:
    """pydantic's errors over `data` in our words, without those that only follow from others."""
    for error in errors:
        path = _without_tag(error["loc"], data)
        value = value_at(data, path)
        kind, context = error["type"], error.get("ctx", {})
        if kind.startswith("union_tag"):
            path = (*path, "kind")
            kind, value = ("missing", None) if value_at(data, path) is None else ("literal_error", value_at(data, path))
        if kind == "too_short" and value:
            continue
        setting = setting_at(path, data)
        if kind == "extra_forbidden" or setting is None:
            yield _misplaced(path, value, data)
        else:
            yield Fault(path, _text(kind, context, path, setting, value), (setting.name,))


def value_at(data: object, path: KeyPath) -> Any:  # noqa: ANN401 - whatever TOML holds
    """The value at a path in what TOML gave; None when there is none."""
    for part in path:
        if isinstance(part, str) and isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(part, int) and isinstance(data, list) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _without_tag(loc: tuple[str | int, ...], data: dict[str, Any]) -> KeyPath:
    """pydantic names the kind of sensor in the path, after the index: take it out."""
    if len(loc) > 3 and len(section_at(loc[:1], data)) > 1:
        return (*loc[:2], *loc[3:])
    return tuple(loc)


def _text(kind: str, context: Mapping[str, Any], path: KeyPath, setting: Setting, value: object) -> str:
    header, need = _header(path), wanted(setting, path)
    is_choice_type = type(value) in {type(choice) for choice in setting.choices}
    match kind:
        case "missing" | "too_short" if setting.kind is Kind.SECTIONS:
            text = f"no [[{header}]] section: at least {setting.low:g} is needed"
        case "missing":
            text = f"must be set: {need} ({setting.meaning})"
        case "too_long":
            text = f"{context['actual_length']} [[{header}]] sections: at most {setting.high:g}"
        case "greater_than_equal" | "less_than_equal":
            text = f"{with_unit(_shown(value), setting.unit)} is out of range: {range_text(setting)}"
        case "literal_error" if is_choice_type:
            text = f"{_shown(value)} is not {need}{_did_you_mean(value, setting.choices)}"
        case "string_pattern_mismatch":
            text = f"{_shown(value)} is not {need}"
        case _ if setting.kind is Kind.SECTIONS and isinstance(value, dict):
            text = f"write [[{header}]] with double brackets: there may be several"
        case _ if setting.kind is Kind.SECTION and isinstance(value, list):
            text = f"write [{header}] with single brackets: there is only one"
        case _:
            text = f"needs {need}, not {_named(value)}"
    return text


def _misplaced(path: KeyPath, value: object, data: dict[str, Any]) -> Fault:
    """A key that the schema does not know, or an item of a list that is no section."""
    *outer, last = path
    if isinstance(last, int):
        return Fault(path, f"needs [[{_header(path)}]] sections, not {_named(value)}", ())
    known = [name for section in section_at(tuple(outer), data) for name in settings_of(section)]
    near = difflib.get_close_matches(last.lower(), known, n=1)
    if near:
        return Fault(path, f'unknown setting, did you mean "{near[0]}"?', (near[0],))
    homes = list(dict.fromkeys(homes_of(last)))
    if homes:
        return Fault(path, f"unknown setting here, it belongs in {' or '.join(homes[:3])}", (last,))
    place = f"[{_header(tuple(outer))}]" if outer else "the top level"
    return Fault(path, f"unknown setting: {place} has {', '.join(known)}", ())


def homes_of(name: str, path: KeyPath = ()) -> Iterator[str]:
    """The headers of the sections that have a setting of this name."""
    classes = section_at(path, {})
    for section in classes:
        for setting in settings_of(section).values():
            below = (*path, setting.name)
            if setting.name == name and path:
                header = f"[[{_header(path)}]]" if _is_repeated(path) else f"[{_header(path)}]"
                kind = choices_text(settings_of(section)["kind"]) if len(classes) > 1 else ""
                yield f"{header} with kind = {kind}" if kind else header
            if setting.sections:
                yield from homes_of(name, below)


def _is_repeated(path: KeyPath) -> bool:
    setting = setting_at(path, {})
    return setting is not None and setting.kind is Kind.SECTIONS


def _header(path: KeyPath) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _did_you_mean(value: object, choices: tuple[str | int, ...]) -> str:
    near = difflib.get_close_matches(str(value).lower(), [str(choice) for choice in choices], n=1, cutoff=0.5)
    return f', did you mean "{near[0]}"?' if near and isinstance(value, str) else ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = f'"{printable(value[:40])}"'
    else:
        text = _digits(value) if isinstance(value, int) else str(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _digits(value: int) -> str:
    # Python refuses to write out whole numbers of more than 4300 digits.
    return str(value) if abs(value) < 10**18 else f"a number of {value.bit_length()} bits"


def _named(value: object) -> str:
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return _shown(value)
    if isinstance(value, str):
        return f"the text {_shown(value)}"
    if isinstance(value, int | float):
        return f"the number {_shown(value)}"
    if isinstance(value, dict):
        return "a section"
    return "a list" if isinstance(value, list) else f"the date or time {_shown(value)}"
