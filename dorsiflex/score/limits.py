"""The limits that a score must keep: a closed TOML file, judged to pass or fail.

    [[limit]]
    group = "*"            # a group by its name, "*" for each of them
    event = "IC"           # IC, HO or FO
    kind = "confirmed"     # or "predicted"; may be left out
    min_f1 = 0.95
    max_sd_within_ms = 20

What cannot be judged, because there is no such group or no reference, does not pass.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from config.lines import KeyPath, key_lines, key_text, line_of
from config.problems import ConfigError, ConfigFileError, Problem
from controller.signals import Certainty, EventKind
from dorsiflex.score.figures import Figures

LARGEST_FILE_BYTES = 1_000_000
EVERY_GROUP = "*"


class Bound(NamedTuple):
    """What a limit may name: which figure it is, what it may not pass, and how that reads."""

    meaning: str
    unit: str
    low: float
    high: float
    is_least: bool


BOUNDS = {
    "min_references": Bound("the number of references", "", 1, 1e9, True),
    "min_f1": Bound("F1", "", 0, 1, True),
    "min_worst_person_f1": Bound("F1 of the worst person", "", 0, 1, True),
    "max_error_median_ms": Bound("the median error, either way,", " ms", 0, 150, False),
    "max_sd_within_ms": Bound("the SD of the error within a person", " ms", 0, 150, False),
    "max_latency_median_ms": Bound("the median latency", " ms", -500, 250, False),
    "max_latency_p95_ms": Bound("the 95th percentile of the latency", " ms", -500, 250, False),
    "min_foreseen": Bound("the share foreseen", "", 0, 1, True),
    "max_false_share": Bound("the share of false detections", "", 0, 1, False),
}
_WORDS = {
    "group": "a text",
    "event": ", ".join(EventKind),
    "kind": ", ".join(Certainty),
}

Judged = Mapping[tuple[str, EventKind, Certainty], Figures]
"""Figures of each group that has references of this kind."""


class Limit(NamedTuple):
    """One section of the file; `bounds` are the values of BOUNDS that it names, each with its line."""

    place: str
    group: str
    event: EventKind
    kind: Certainty
    bounds: dict[str, tuple[float, int]]


def read_limits(path: Path) -> tuple[Limit, ...]:
    """The limits in a file. Raises ConfigError with all problems, each with file and line."""
    return limits_from_text(_read(path), str(path))


def limits_from_text(text: str, name: str) -> tuple[Limit, ...]:
    """As `read_limits`; `name` stands for the file in messages."""
    try:
        data, lines = tomllib.loads(text), key_lines(text)
    except (ValueError, RecursionError) as problem:
        raise ConfigError((Problem(name, None, "", f"not TOML: {problem}"),)) from None
    problems: list[Problem] = []

    def wrong(path: KeyPath, what: str) -> None:
        problems.append(Problem(name, line_of(lines, path), key_text(path), what))

    for key in data:
        if key != "limit":
            wrong((key,), "unknown: there are only [[limit]] sections")
    sections = data.get("limit", [])
    if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
        wrong(("limit",), "write [[limit]] with double brackets: there may be several")
        sections = []
    elif not sections:
        problems.append(Problem(name, None, "", "no [[limit]] section: nothing would be judged"))
    limits = []
    for i, section in enumerate(sections):
        before = len(problems)
        for key, value in section.items():
            what = _wrong_value(key, value)
            if what:
                wrong(("limit", i, key), what)
        if "event" not in section:
            wrong(("limit", i), f"event must be set: one of {_WORDS['event']}")
        elif len(problems) == before and not any(key in BOUNDS for key in section):
            wrong(("limit", i), f"limits nothing: name one of {', '.join(BOUNDS)}")
        if len(problems) == before:
            bounds = {key: (float(section[key]), line_of(lines, ("limit", i, key))) for key in BOUNDS if key in section}
            kind = Certainty(section.get("kind", Certainty.CONFIRMED))
            limits.append(Limit(name, section.get("group", EVERY_GROUP), EventKind(section["event"]), kind, bounds))
    if problems:
        raise ConfigError(tuple(sorted(problems, key=lambda problem: problem.line or 0)))
    return tuple(limits)


def broken(limits: tuple[Limit, ...], judged: Judged) -> list[str]:
    """A sentence for each limit that is not kept; empty: passed."""
    sentences = []
    for limit in limits:
        groups = [
            group
            for group, event, kind in judged
            if (event, kind) == limit[2:4] and limit.group in (group, EVERY_GROUP)
        ]
        for name, (value, line) in limit.bounds.items():
            where = f"({limit.place}:{line})"
            if not groups:
                of = "any group" if limit.group == EVERY_GROUP else f"a group {limit.group}"
                sentences.append(f"{limit.event} {limit.kind}: {name} cannot be judged: no reference of {of} {where}")
            for group in groups:
                figure = _figure(judged[group, limit.event, limit.kind], name)
                told = _broken(name, value, figure)
                if told:
                    sentences.append(f"{group}: {limit.event} {limit.kind}: {told} {where}")
    return sentences


def _figure(figures: Figures, bound: str) -> float:
    if bound == "max_false_share":
        return figures.false_share
    if bound == "max_error_median_ms":
        return abs(figures.error_median_ms)
    value: float = getattr(figures, bound.split("_", 1)[1])
    return value


def _broken(name: str, value: float, figure: float) -> str:
    bound = BOUNDS[name]
    if not isfinite(figure):
        return f"{bound.meaning} cannot be judged: nothing was found"
    if figure >= value if bound.is_least else figure <= value:
        return ""
    wanted = "at least" if bound.is_least else "at most"
    places = 0 if name == "min_references" else (1 if bound.unit else 4)
    return f"{bound.meaning} is {figure:.{places}f}{bound.unit}, {wanted} {value:g}{bound.unit} is wanted"


def _wrong_value(key: str, value: object) -> str:
    """What is wrong with one value of a section; empty: nothing."""
    if key in BOUNDS:
        bound = BOUNDS[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"needs a number from {bound.low:g} to {bound.high:g}{bound.unit}"
        if not (isfinite(value) and bound.low <= value <= bound.high):
            return f"{value:g}{bound.unit} is out of range: {bound.low:g} to {bound.high:g}{bound.unit}"
        return ""
    if key not in _WORDS:
        near = get_close_matches(key, (*BOUNDS, *_WORDS), n=1)
        known = f"there are {', '.join((*_WORDS, *BOUNDS))}"
        return f'unknown, did you mean "{near[0]}"?' if near else f"unknown: {known}"
    if not isinstance(value, str):
        return f"needs a text in quotes: {_WORDS[key]}"
    choices: tuple[str, ...] = tuple(EventKind) if key == "event" else tuple(Certainty)
    if key != "group" and value not in choices:
        return f'"{value[:40]}" is none of {_WORDS[key]}'
    return ""


def _read(path: Path) -> str:
    def refused(what: str) -> ConfigFileError:
        return ConfigFileError((Problem(str(path), None, "", what),))

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise refused("no such file: check the name") from None
    except (OSError, ValueError) as error:
        raise refused(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise refused(f"larger than {LARGEST_FILE_BYTES // 1_000_000} MB: these are no limits")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("not UTF-8 text: save it as UTF-8") from None
