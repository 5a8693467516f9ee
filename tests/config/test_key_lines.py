"""The line of every key, against documents whose writer noted where it put each value."""

import datetime
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.lines import KeyPath, key_lines, key_text, line_of

NAMES = st.one_of(
    st.sampled_from(["leg", "channel", "a", "b-c", "1", "current_ma"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6),
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12),
    st.just(datetime.datetime(2026, 11, 21, 7, 30, 0)),  # noqa: DTZ001 - a local time, as TOML knows it
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=3),
    lambda inner: st.dictionaries(NAMES, VALUES | inner | st.lists(inner, min_size=1, max_size=3), max_size=4),
    max_leaves=6,
)


class Writer:
    """Writes nested dicts as TOML in every style there is, and notes the line of each leaf."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.text = ""
        self.leaves: dict[KeyPath, int] = {}

    def table(self, data: dict[str, object], path: KeyPath, header: list[str]) -> None:
        below: list[str] = []
        for name, value in data.items():
            if self.is_table(value) and self.either():
                below.append(name)
            else:
                self.text += self.either_of("", "  ")
                self.pair(name, value, (*path, name))
                self.filler()
        for name in below:
            value = data[name]
            inner = [*header, self.key(name)]
            items: Any = enumerate(value) if isinstance(value, list) else [(None, value)]
            for i, item in items:
                title = self.either_of(".", " . ").join(inner)
                self.text += f"{self.either_of('', ' ')}[{title}]" if i is None else f"[[ {title} ]]"
                self.filler()
                self.table(item, (*path, name) if i is None else (*path, name, i), inner)

    def pair(self, name: str, value: object, path: KeyPath) -> None:
        self.text += self.key(name)
        while isinstance(value, dict) and len(value) == 1 and self.either():
            ((inner, value),) = value.items()
            self.text += self.either_of(".", " . ") + self.key(inner)
            path = (*path, inner)
        self.leaf(value, path)
        self.text += self.either_of("=", " = ")
        self.value(value, path)

    def value(self, value: object, path: KeyPath) -> None:
        if isinstance(value, dict):
            self.text += "{"
            for i, (name, item) in enumerate(value.items()):
                self.text += ", " if i else " "
                self.pair(name, item, (*path, name))
            self.text += "}"
        elif isinstance(value, list):
            self.text += "["
            for i, item in enumerate(value):
                self.text += self.either_of("", "\n", " # ] = [\n  ")
                self.leaf(item, (*path, i))
                self.value(item, (*path, i))
                self.text += self.either_of(",", "\n ,") if i + 1 < len(value) or self.either() else ""
            self.text += self.either_of("", "\n")
            self.text += "]"
        else:
            self.text += self.scalar(value)

    def leaf(self, value: object, path: KeyPath) -> None:
        if not isinstance(value, dict | list):
            self.leaves[path] = self.text.count("\n") + 1

    def scalar(self, value: object) -> str:
        if isinstance(value, str):
            basic = _quoted(value)
            styles = [basic, f'""{basic}""', f'"""\n{basic[1:-1]}\\\n  """']
            if all(c.isprintable() and c != "'" for c in value):
                styles += [f"'{value}'", f"'''\n{value}'''"]
            return self.either_of(*styles)
        if isinstance(value, bool):
            return "true" if value else "false"
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else repr(value)

    def key(self, name: str) -> str:
        bare = name and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_-" for c in name)
        return name if bare and self.either() else _quoted(name)

    def filler(self) -> None:
        self.text += self.either_of("\n", '  # [leg] x = 1 "\n', "\n\n# [[leg]]\n")

    def either(self) -> bool:
        return bool(self.draw(st.booleans()))

    def either_of(self, *texts: str) -> str:
        return str(self.draw(st.sampled_from(texts)))

    def is_table(self, value: object) -> bool:
        return isinstance(value, dict) or (
            isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
        )


def _quoted(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def _leaves(data: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _leaves(value, (*path, i))
    else:
        yield path


@settings(deadline=None)
@given(data=TABLES, draw=st.data())
def test_every_leaf_has_its_line(data: dict[str, object], draw: st.DataObject) -> None:
    writer = Writer(draw.draw)
    writer.table(data, (), [])
    read = tomllib.loads(writer.text)
    assert sorted(map(repr, _leaves(read))) == sorted(map(repr, writer.leaves))
    lines = key_lines(writer.text)
    assert {path: lines[path] for path in writer.leaves} == writer.leaves


def test_headers_and_items_have_lines() -> None:
    lines = key_lines('[a.b]\nx = 1\n[a]\n\n[[leg]]\n[[leg.channel]]\nid = "x"\n[[leg.channel]]\n[[leg]]\n[leg.c]\n')
    assert lines[("a", "b")] == 1
    assert lines[("a",)] == 3
    assert lines[("leg",)] == 5
    assert lines[("leg", 0)] == 5
    assert lines[("leg", 0, "channel", 0, "id")] == 7
    assert lines[("leg", 0, "channel", 1)] == 8
    assert lines[("leg", 1)] == 9
    assert lines[("leg", 1, "c")] == 10


def test_quotes_at_the_end_of_a_long_text_do_not_hide_the_next_key() -> None:
    text = 'a = """x\n""\\"" """""\nb = \'\'\'\n\'\'\'\'\'\nc = 3\n'
    assert set(tomllib.loads(text)) == {"a", "b", "c"}
    assert key_lines(text) == {("a",): 1, ("b",): 3, ("c",): 5}


def test_a_missing_key_has_the_line_of_its_table() -> None:
    lines = key_lines("\n\n[[leg]]\n[[leg.channel]]\nid = 1\n")
    assert line_of(lines, ("leg", 0, "side")) == 3
    assert line_of(lines, ("leg", 0, "channel", 0, "current_ma")) == 4
    assert line_of(lines, ("gate", "max_duty")) == 1


def test_key_text_is_what_python_would_say() -> None:
    assert key_text(("leg", 0, "channel", 1, "current_ma")) == "leg[0].channel[1].current_ma"


@pytest.mark.parametrize("text", ["= 1", "a 1", "a =", "[a\n1", "a = ["])
def test_what_is_no_toml_ends_in_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        key_lines(text)
