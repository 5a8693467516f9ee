"""The commented default file, written from the schema so that the two cannot drift apart."""

import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from config.describe import MUST_BE_SET, Kind, Setting, brief, settings_of, value_text
from config.schema import Section, Settings

WIDTH = 110

EXAMPLE: Mapping[str, Any] = {
    "leg": [
        {
            "side": "right",
            "channel": [
                {
                    "id": "dorsiflexors",
                    "current_ma": 34.0,
                    "max_current_ma": 50.0,
                    "max_pulse_width_us": 300.0,
                    "max_rate_hz": 40.0,
                    "max_charge_uc": 15.0,
                }
            ],
        }
    ],
    "sensor": [
        {"kind": "heel_switch", "id": "heel", "side": "right"},
        {"kind": "imu", "id": "shank", "side": "right"},
    ],
    "stimulator": [{"kind": "bench"}],
}
"""What a person sets, in the default file; everything else has the schema's default."""

LEFT_OUT: Mapping[str, str | int] = {
    "arm_button_pin": 5,
    "pause_button_pin": 13,
    "stop_pin": 6,
    "cpu": 3,
    "pin_unloaded": 27,
    "enable_pin": 23,
}
"""Examples for settings without a default that may be left out."""

OTHER_KINDS: Mapping[str, Mapping[str, Any]] = {
    "trigger": {"pin": 22, "safe_contact": "open"},
    "rehastim2": {},
    "p24": {},
}
"""Kinds of sections that the example does not have; the file shows them as comments, with these values."""

INDENT = "#  "
"""Before the lines of another kind."""

HEAD = """\
Every setting of Dorsiflex. Above each: what it means (what it may be, with the unit).

`dorsiflex config default > my.toml` writes this file, `dorsiflex config check my.toml` finds mistakes in yours.
Settings that you leave out keep their default, which is the value here, with two exceptions: those marked
"must be set", and the current of a channel and its four caps, which are 0 until somebody has chosen them: a cap that
is left out lets nothing out.
A line like #pin_unloaded = 27 shows a setting that may be left out; take the # away to set it. Lines that begin with
"#  " show another kind of the section before them, all of which take its place.
A name has small letters, digits and _, begins with a letter and is not longer than 32.

This file is for the simulated person. A research prototype, not a medical device: never on a person without a
clinician and a hard-wired stop."""


def default_text() -> str:
    """The text of config/default.toml."""
    lines = [f"# {line}".rstrip() for line in HEAD.splitlines()]
    lines += _entries(Settings, "", EXAMPLE)
    return "\n".join(lines) + "\n"


def _entries(section: type[Section], header: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A section's values, then the sections in it."""
    settings = settings_of(section).values()
    for setting in settings:
        if not setting.sections:
            yield from _value(setting, values.get(setting.name, setting.default))
    for setting in settings:
        inner = f"{header}.{setting.name}" if header else setting.name
        if setting.kind is Kind.SECTION:
            # The defaults of a section inside another may differ from those of its class.
            own = {name: getattr(setting.default, name) for name in settings_of(setting.sections[0])}
            yield from ("", *_comment(setting.meaning), f"[{inner}]")
            yield from _entries(setting.sections[0], inner, own)
        elif setting.kind is Kind.SECTIONS:
            for item in values.get(setting.name, ()):
                one = _class_of(setting, item)
                yield from ("", *_comment((one.__doc__ or "").strip()), f"[[{inner}]]")
                yield from _entries(one, inner, item)
            yield from _other_kinds(setting, inner)


def _other_kinds(setting: Setting, header: str) -> Iterator[str]:
    """The kinds of a section that the file has no example of, as comments."""
    for one in setting.sections:
        kind = settings_of(one).get("kind")
        name = "" if kind is None else str(kind.choices[0])
        if name in OTHER_KINDS:
            rows = (*_comment((one.__doc__ or "").strip()), f"[[{header}]]")
            rows += tuple(_entries(one, header, {"kind": name, **OTHER_KINDS[name]}))
            yield from ("", *(INDENT + row for row in rows))


def _class_of(setting: Setting, item: Mapping[str, Any]) -> type[Section]:
    for section in setting.sections:
        kind = settings_of(section).get("kind")
        if len(setting.sections) == 1 or (kind is not None and item["kind"] in kind.choices):
            return section
    raise ValueError(f"no kind of [[{setting.name}]] for {item}")


def _value(setting: Setting, value: object) -> Iterator[str]:
    left_out = value is None
    mark = "; may be left out" if left_out else "; must be set" if setting.default is MUST_BE_SET else ""
    yield from _comment(f"{setting.meaning} ({brief(setting)}{mark})")
    shown = LEFT_OUT[setting.name] if left_out else value
    yield f"{'#' if left_out else ''}{setting.name} = {value_text(setting, shown)}"


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ")


if __name__ == "__main__":
    sys.stdout.write(default_text())
