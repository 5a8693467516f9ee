"""The report as a browser and a reader find it."""

import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dorsiflex.percent import percent
from dorsiflex.report.histogram import bin_shares, bins_for
from dorsiflex.report.svg import nice_range, nice_ticks, path
from dorsiflex.report.traces import currents_ma

Run = Callable[..., subprocess.CompletedProcess[str]]
VOID = {"meta", "br", "link", "img", "hr"}


class Outline(HTMLParser):
    """Checks that elements close in order; keeps text, attributes and classes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    return parsed


@pytest.fixture
def report(in_process: Run) -> Callable[..., str]:
    def make(*more: str) -> str:
        done = in_process("simulate", "--minutes", "0.3", "--patient", "drag", "--report", "walk.html", *more)
        assert done.returncode == 0
        return Path("walk.html").read_text(encoding="utf-8")

    return make


def test_a_page_that_loads_nothing_and_says_what_it_is(report: Callable[..., str]) -> None:
    page = report()
    parsed = outline(page)
    words = " ".join("".join(parsed.words).split())
    assert not re.search(r"https?:|//|@import|url\(|<script|<link|<img", page)
    assert not {name for name, _ in parsed.attributes} & {"src", "href", "onload"}
    assert "In simulation" in words
    assert "research prototype, not a medical device" in words
    assert "with stimulation" in words
    for nonsense in ("nan", "inf", "None"):
        assert not re.search(rf"\b{nonsense}\b", words)


def test_every_drawing_is_well_formed_and_told_in_words(report: Callable[..., str]) -> None:
    drawings = re.findall(r"<svg.*?</svg>", report(), flags=re.DOTALL)
    told = 0
    for text in drawings:
        svg = ElementTree.fromstring(text)
        _, _, width, height = map(float, svg.attrib["viewBox"].split())
        told += svg.get("role") == "img" and bool(svg.get("aria-label"))
        assert svg.get("aria-hidden") == "true" or (svg.get("aria-label") == svg.findtext("title"))
        for element in svg.iter():
            assert not {"nan", "inf"} & set(re.findall(r"[a-z]+", element.get("d", "")))
            for name, most in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height)):
                assert -0.1 <= float(element.get(name, 0.0)) <= most + 0.1
    assert told == 13


def test_without_stimulation_nothing_is_said_of_stimulation_that_was(report: Callable[..., str]) -> None:
    words = "".join(outline(report("--no-stimulation")).words)
    assert "Walking without stimulation" in words
    assert "When stimulation came" not in words
    assert "with stimulation" not in words


def test_an_activity_has_a_page_of_its_own(in_process: Run) -> None:
    done = in_process("simulate", "--minutes", "0.5", "--activity", "side_steps", "--report", "walk.html")
    assert done.returncode == 0
    page = Path("walk.html").read_text(encoding="utf-8")
    words = "".join(outline(page).words)
    assert "Side steps: steps sideways" in words
    assert "Nothing wanted stimulation here" in words
    for text in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(text)


def test_a_person_who_takes_no_second_step_has_a_page_too(in_process: Run) -> None:
    assert in_process("simulate", "--minutes", "0.1", "--speed-mps", "0.2", "--report", "walk.html").returncode == 0
    outline(Path("walk.html").read_text(encoding="utf-8"))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1), st.floats(-50, 0), st.floats(1, 30), st.integers(1, 20))
def test_a_histogram_loses_nobody(values: list[float], low: float, width: float, count: int) -> None:
    shares = bin_shares(values, low, width, count)
    assert len(shares) == count
    assert sum(shares) == pytest.approx(100.0)


@given(st.floats(-300.0, -15.0), st.floats(35.0, 300.0))
def test_no_bin_lies_on_both_sides_of_the_floor_or_of_the_goal(low: float, high: float) -> None:
    width, first = bins_for(low, high)
    assert first <= low
    assert (high - first) / width <= 42
    assert all((at_mm - first) / width == round((at_mm - first) / width) for at_mm in ((0.0, 15.0)))


@pytest.mark.parametrize(
    ("share", "reads"),
    [
        (0.0, "0 %"), (0.004, "< 1 %"), (0.826, "83 %"), (0.9499, "94 %"), (0.95, "95 %"), (0.994, "99 %"),
        (0.996, "> 99 %"), (1.0, "100 %"), (nan, "–"),
    ],
)  # fmt: skip
def test_a_share_reads_as_nothing_that_it_is_not(share: float, reads: str) -> None:
    assert percent(share).replace("\u00a0", " ") == reads


@given(st.floats(-1e4, 1e4), st.floats(0.01, 1e4))
def test_ticks_are_few_even_and_inside(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    slack = 1e-6 * (abs(low) + span)
    assert 1 <= len(ticks) <= 7
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)
    steps = [b - a for a, b in pairwise(ticks)]
    assert all(step == pytest.approx(steps[0]) for step in steps)


def test_a_range_holds_what_is_finite() -> None:
    assert nice_range([3.0, nan, inf, -12.0], (0.0, 10.0), 5.0) == (-15.0, 10.0)


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    drawn = path([(0.0, 0.0), (1.0, 1.0), (nan, 0.0), (3.0, 3.0)], "x")
    assert ElementTree.fromstring(drawn).get("d") == "M0 0L1 1M3 3"


def test_the_current_ends_soon_after_the_last_pulse() -> None:
    pulses = [(1.0, 20.0, 40.0), (1.025, 30.0, 40.0)]
    assert list(currents_ma(pulses, [0.9, 1.0, 1.02, 1.03, 1.06, 1.07])) == [0.0, 20.0, 20.0, 30.0, 30.0, 0.0]
