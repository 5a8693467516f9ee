"""The schema, read as a list of settings: kind, unit, range, choices, default and meaning of each."""

from collections.abc import Iterator
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from config.lines import KeyPath
from config.schema import Section, Settings


class Kind(StrEnum):
    """What a setting takes, in words."""

    NUMBER = "a number"
    WHOLE_NUMBER = "a whole number"
    TEXT = "text in quotes"
    NAME = "name"
    CHOICE = "one of"
    SWITCH = "true or false"
    SECTION = "a section"
    SECTIONS = "sections"


class _MustBeSet(Enum):
    MUST_BE_SET = "must be set"


MUST_BE_SET: Final = _MustBeSet.MUST_BE_SET
"""In place of a default."""


class Setting(NamedTuple):
    """One setting of a section. `default` is None where it may be left out, MUST_BE_SET where it may not.

    `low` and `high` bound a number, or the count of SECTIONS. `sections` has one class for SECTION, and for SECTIONS
    as many as there are kinds.
    """

    name: str
    meaning: str
    kind: Kind
    unit: str
    low: float
    high: float
    choices: tuple[str | int, ...]
    default: Any
    sections: tuple[type[Section], ...]


_PLAIN: dict[object, Kind] = {float: Kind.NUMBER, int: Kind.WHOLE_NUMBER, str: Kind.TEXT, bool: Kind.SWITCH}


@cache
def settings_of(section: type[Section]) -> dict[str, Setting]:
    """The settings of a section by name, in the order of the schema."""
    return {name: _setting(name, field) for name, field in section.model_fields.items()}


def walk(section: Section, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Setting, Any]]:
    """Every single value in a section and those below it, with its path and setting."""
    for name, setting in settings_of(type(section)).items():
        value = getattr(section, name)
        if setting.kind is Kind.SECTION:
            yield from walk(value, (*path, name))
        elif setting.kind is Kind.SECTIONS:
            for i, item in enumerate(value):
                yield from walk(item, (*path, name, i))
        else:
            yield (*path, name), setting, value


def sections(section: Section, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Section]]:
    """A section and all below it, each with its path; the innermost first."""
    for name, setting in settings_of(type(section)).items():
        value = getattr(section, name)
        if setting.kind is Kind.SECTION:
            yield from sections(value, (*path, name))
        elif setting.kind is Kind.SECTIONS:
            for i, item in enumerate(value):
                yield from sections(item, (*path, name, i))
    yield path, section


def section_at(path: KeyPath, data: object) -> tuple[type[Section], ...]:
    """The classes that the section at `path` may have; `data`, as read from TOML, says which kind of sensor it is.

    Empty when there is no such section in the schema.
    """
    found: tuple[type[Section], ...] = (Settings,)
    for part in path:
        data = _item(data, part)
        if isinstance(part, int):
            kind = data.get("kind") if isinstance(data, dict) else None
            found = tuple(c for c in found if kind in _kinds(c)) or found
        else:
            setting = next((s for c in found if (s := settings_of(c).get(part))), None)
            found = setting.sections if setting else ()
    return found


def setting_at(path: KeyPath, data: object) -> Setting | None:
    """The setting at `path`; None when the schema has no such key. Of a union's `kind`, the choices of all kinds."""
    *outer, last = path
    if isinstance(last, int):
        return None
    found = [s for c in section_at(tuple(outer), data) if (s := settings_of(c).get(last))]
    if not found:
        return None
    choices = dict.fromkeys(choice for setting in found for choice in setting.choices)
    meanings = dict.fromkeys(setting.meaning for setting in found)
    return found[0]._replace(choices=tuple(choices), meaning="; ".join(meanings))


def value_text(setting: Setting, value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int | float):
        return number_text(setting, value)
    return ""


def number_text(setting: Setting, value: float) -> str:
    """A number of this setting: an address in hexadecimal, a whole number plain, others with a decimal point."""
    if setting.kind is Kind.WHOLE_NUMBER and setting.name.endswith("_address"):
        return f"0x{int(value):02x}"
    if isinstance(value, int) or setting.kind is Kind.WHOLE_NUMBER:
        return str(int(value))
    return repr(value)


def range_text(setting: Setting) -> str:
    """The allowed range of a number with its unit: 0.02 to 1 s."""
    if setting.name.endswith("_address"):
        return f"{number_text(setting, setting.low)} to {number_text(setting, setting.high)}"
    return with_unit(f"{setting.low:g} to {setting.high:g}", setting.unit)


def with_unit(text: str, unit: str) -> str:
    """A text with its unit, when it has one."""
    return f"{text} {unit}" if unit else text


def choices_text(setting: Setting) -> str:
    """The choices as TOML writes them, with commas."""
    return ", ".join(value_text(setting, choice) for choice in setting.choices)


def wanted(setting: Setting, path: KeyPath) -> str:
    """What a setting takes, for messages."""
    if setting.kind in (Kind.NUMBER, Kind.WHOLE_NUMBER):
        return f"{setting.kind.value} from {range_text(setting)}"
    if setting.kind is Kind.CHOICE:
        return f"one of {choices_text(setting)}" if len(setting.choices) > 1 else choices_text(setting)
    if setting.kind is Kind.NAME:
        return "a name: small letters, digits and _, a letter first, at most 32"
    if setting.kind in (Kind.SECTION, Kind.SECTIONS):
        header = ".".join(part for part in path if isinstance(part, str))
        return f"[[{header}]] sections" if setting.kind is Kind.SECTIONS else f"a section [{header}]"
    return f"a {setting.kind.value}" if setting.kind is Kind.TEXT else setting.kind.value


def brief(setting: Setting) -> str:
    """What a setting takes, for comments beside the value."""
    if setting.kind is Kind.NUMBER:
        return range_text(setting)
    if setting.kind is Kind.WHOLE_NUMBER:
        return f"whole, {range_text(setting)}"
    return choices_text(setting) if setting.kind is Kind.CHOICE else setting.kind.value


def _kinds(section: type[Section]) -> tuple[str | int, ...]:
    setting = settings_of(section).get("kind")
    return setting.choices if setting else ()


def _item(data: object, part: str | int) -> object:
    if isinstance(part, str):
        return data.get(part) if isinstance(data, dict) else None
    return data[part] if isinstance(data, list) and part < len(data) else None


def _setting(name: str, field: FieldInfo) -> Setting:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind, choices, inner, limits = _taken(field.annotation)
    limits = [*field.metadata, *limits]
    if kind is Kind.TEXT and any(getattr(limit, "pattern", None) for limit in limits):
        kind = Kind.NAME
    low, high = ("min_length", "max_length") if kind is Kind.SECTIONS else ("ge", "le")
    return Setting(
        name=name,
        meaning=(field.description or (inner[0].__doc__ if kind is Kind.SECTION else "") or "").strip(),
        kind=kind,
        unit=str(extra.get("unit", "")),
        low=_limit(limits, low),
        high=_limit(limits, high),
        choices=choices,
        default=MUST_BE_SET if field.is_required() else field.default,
        sections=inner,
    )


def _limit(limits: list[Any], name: str) -> float:
    return next((float(getattr(limit, name)) for limit in limits if getattr(limit, name, None) is not None), 0.0)


def _taken(annotation: object) -> tuple[Kind, tuple[str | int, ...], tuple[type[Section], ...], list[Any]]:
    """Kind, choices, section classes and limits of an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return Kind.SECTION, (), (annotation,), []
    if annotation in _PLAIN:
        return _PLAIN[annotation], (), (), []
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return Kind.CHOICE, arguments, (), []
    if origin is tuple:
        return Kind.SECTIONS, (), _taken(arguments[0])[2], []
    if origin is Annotated:
        kind, choices, inner, limits = _taken(arguments[0])
        more = [limit for argument in arguments[1:] if isinstance(argument, FieldInfo) for limit in argument.metadata]
        return kind, choices, inner, [*limits, *more]
    if origin in (Union, UnionType):
        parts = [_taken(argument) for argument in arguments if argument is not type(None)]
        return parts[0][0], parts[0][1], tuple(c for part in parts for c in part[2]), parts[0][3]
    raise TypeError(f"no kind of setting for {annotation}")
