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


PINNED: dict[str, dict[str, Any]] = {
    "loop": {"rate_hz": 200},
    "judgement": {"stale_s": 0.05},
    "contact": {"debounce_on_s": 0.008, "debounce_off_s": 0.008, "on_level": 0.6, "off_level": 0.4},
    "gait": {"loading_s": 0.12, "stance_min_s": 0.15, "swing_min_s": 0.15},
    "stimulation": {"rise_s": 0.2, "extension_s": 0.15, "fall_s": 0.25, "longest_burst_s": 1.6},
    "exercise": {"on_s": 1.5},
    "gate": {"max_rise_ma_per_s": 300.0, "duty_window_s": 10.0, "max_duty": 0.75},
}
CHANNEL = {
    "current_ma": 25.0,
    "max_current_ma": 40.0,
    "pulse_width_us": 300.0,
    "rate_hz": 40.0,
    "max_pulse_width_us": 300.0,
    "max_rate_hz": 40.0,
    "max_charge_uc": 12.0,
    "electrode_area_cm2": 20.0,
}


@pytest.fixture
def data() -> dict[str, Any]:
    """The default settings as plain data, every value written out, the tunable ones that tests reckon with pinned."""
    whole = default_settings().model_dump(mode="json", exclude_none=True)
    for section, values in PINNED.items():
        whole[section].update(values)
    whole["leg"][0]["channel"][0].update(CHANNEL)
    return whole
