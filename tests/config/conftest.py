"""Documents written from plain data, with the line of every value."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from config.lines import KeyPath
from config.load import default_settings

Written = tuple[str, dict[KeyPath, int]]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _written(data: Mapping[str, Any]) -> Written:
    rows: list[str] = []
    lines: dict[KeyPath, int] = {}

    def section(values: Mapping[str, Any], path: KeyPath, header: str) -> None:
        for name, value in values.items():
            if not isinstance(value, dict | list):
                rows.append(f"{name} = {_text(value)}")
                lines[*path, name] = len(rows)
        for name, value in values.items():
            inner = f"{header}.{name}" if header else name
            if isinstance(value, dict):
                rows.append(f"[{inner}]")
                lines[*path, name] = len(rows)
                section(value, (*path, name), inner)
            for i, item in enumerate(value if isinstance(value, list) else []):
                rows.append(f"[[{inner}]]")
                lines[*path, name, i] = len(rows)
                section(item, (*path, name, i), inner)

    section(data, (), "")
    return "\n".join(rows) + "\n", lines


@pytest.fixture
def written() -> Callable[[Mapping[str, Any]], Written]:
    """Writes nested data as TOML; gives the text and the line, from 1, of every value and header."""
    return _written


@pytest.fixture
def data() -> dict[str, Any]:
    """The default settings as plain data, every value written out."""
    return default_settings().model_dump(mode="json", exclude_none=True)
