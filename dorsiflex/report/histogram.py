"""How high the toes pass: the share of steps by their least toe clearance."""

from collections.abc import Sequence
from math import ceil, floor

from dorsiflex.report.svg import axes, drawing, frame, line, nice_range, nice_ticks, rectangle, text
from dorsiflex.report.walk import JudgedLeg, SimulatedWalk
from dorsiflex.walk_judgement import CLEAR_MM

HEIGHT = 232.0
BIN_MM = 5.0
"""Neither the floor nor the goal of 15 mm lies within a bin."""

MOST_BINS = 40
ROOM_FOR_WORDS = 50.0


def clearance_histogram(walk: SimulatedWalk, leg: JudgedLeg) -> str:
    """How many steps pass the floor how high."""
    groups = [("without", [swing.min_toe_clearance_mm for swing in leg.unstimulated_swings])]
    if walk.stimulated:
        groups.append(("with", [swing.min_toe_clearance_mm for swing in leg.swings]))
    low, high = nice_range((value for _, values in groups for value in values), (-15.0, 35.0), BIN_MM)
    bin_mm, low = bins_for(low, high)
    count = ceil((high - low) / bin_mm)
    shares = {style: bin_shares(values, low, bin_mm, count) for style, values in groups}
    top = max([10.0, *(share for values in shares.values() for share in values)])
    area = axes((low, low + bin_mm * count), (0.0, 10.0 * ceil(top / 10.0) + 10.0), HEIGHT)
    x_ticks, y_ticks = nice_ticks(low, area.x_high, 8), nice_ticks(0.0, area.y_high)
    parts = [frame(area, "least toe clearance in mid-swing, mm", "steps, %", x_ticks, y_ticks)]
    for style, values in shares.items():
        for i, share in enumerate(values):
            x, y = area.x(low + bin_mm * i), area.y(share)
            if share > 0.0:
                parts.append(rectangle(x + 0.5, y, area.wide(0.0, bin_mm) - 1.0, area.bottom - y, f"bar-{style}"))
    for at_mm, words in ((0.0, "floor"), (CLEAR_MM, f"{CLEAR_MM:.0f} mm")):
        x = area.x(at_mm)
        parts.append(line(x, area.top, x, area.bottom, "event"))
        to_the_left = at_mm == 0.0 or area.right - x < ROOM_FOR_WORDS
        parts.append(
            text(x - 4, area.top + 12, words, "note end") if to_the_left else text(x + 4, area.top + 12, words, "note")
        )
    return drawing(HEIGHT, "Histogram: least toe clearance in mid-swing, share of steps in percent", parts)


def bins_for(low: float, high: float) -> tuple[float, float]:
    """Width of the bins and where the first begins, mm: wider ones for a wide range, with edges at floor and goal."""
    bin_mm = BIN_MM if high - low <= MOST_BINS * BIN_MM else CLEAR_MM
    return bin_mm, bin_mm * floor(low / bin_mm)


def bin_shares(values: Sequence[float], low: float, width: float, count: int) -> list[float]:
    """Share of the values in each of `count` bins from `low`, %; together 100. Those beyond are in the outermost."""
    bins = [0] * count
    for value in values:
        bins[min(count - 1, max(0, floor((value - low) / width)))] += 1
    return [100.0 * n / max(1, len(values)) for n in bins]
