"""How a share reads as a whole percentage, the same wherever it stands: in table, page and sentences."""

from math import isnan

from dorsiflex.walk_judgement import ENOUGH_CLEAR_SHARE

NBSP = "\u00a0"
"""Keeps a number and its unit on one line."""


def percent(share: float) -> str:
    """Whole percent of a share 0..1, – for NaN; what is not quite none, enough or all does not read so."""
    if isnan(share):
        return "–"
    if 0.0 < share < 0.005:
        return f"< 1{NBSP}%"
    if 0.995 <= share < 1.0:
        return f"> 99{NBSP}%"
    whole, enough = round(100.0 * share), round(100.0 * ENOUGH_CLEAR_SHARE)
    if share < ENOUGH_CLEAR_SHARE and whole >= enough:
        whole = enough - 1
    return f"{whole}{NBSP}%"
