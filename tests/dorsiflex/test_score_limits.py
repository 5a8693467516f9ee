"""Limits of a score: a closed file whose mistakes are told by line, and a sentence for each limit that is broken."""

from math import nan
from pathlib import Path

import pytest

from config.problems import ConfigError
from controller.signals import Certainty, EventKind
from dorsiflex.score.figures import Figures
from dorsiflex.score.limits import BOUNDS, Judged, broken, limits_from_text, read_limits

README = Path(__file__).resolve().parents[2] / "README.md"
GOOD = '[[limit]]\nevent = "IC"\nmin_f1 = 0.9\n'
FIGURES = Figures(100, 95, 5, 1, 0.97, 0.9, 0.92, -12.0, 20.0, 15.0, 30.0, 70.0, 0.8, 3.0)


AT_AND_BEYOND = [
    ("min_references", 100, 101),
    ("min_f1", 0.97, 0.9701),
    ("min_worst_person_f1", 0.92, 0.93),
    ("max_error_median_ms", 12, 11.9),
    ("max_sd_within_ms", 15, 14.9),
    ("max_latency_median_ms", 30, 29),
    ("max_latency_p95_ms", 70, 69),
    ("min_foreseen", 0.8, 0.81),
    ("max_false_share", 0.02, 0.01),
]
"""A limit that FIGURES keeps, and one that it does not."""


def judged(figures: Figures = FIGURES, group: str = "stroke", kind: Certainty = Certainty.CONFIRMED) -> Judged:
    return {(group, EventKind.IC, kind): figures}


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        limits_from_text(text, "limits.toml")
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("section", "line", "words"),
    [
        ('event = "IC"\nmin_f2 = 0.9', 3, 'did you mean "min_f1"?'),
        ('event = "TO"\nmin_f1 = 0.9', 2, '"TO" is none of IC, HO, FO'),
        ('event = "IC"\nkind = "sure"\nmin_f1 = 0.9', 3, "none of confirmed, predicted"),
        ('event = "IC"\nmin_f1 = 95', 3, "out of range: 0 to 1"),
        ('event = "IC"\nmin_f1 = nan', 3, "out of range"),
        ('event = "IC"\nmin_f1 = true', 3, "needs a number"),
        ('event = "IC"\nmax_sd_within_ms = "20"', 3, "needs a number from 0 to 150 ms"),
        ('event = "IC"', 1, "limits nothing"),
        ("min_f1 = 0.9", 1, "event must be set"),
        ('event = "IC"\ngroup = 3\nmin_f1 = 0.9', 3, "needs a text"),
    ],
)
def test_a_mistake_is_told_with_its_line(section: str, line: int, words: str) -> None:
    (problem,) = problems(f"[[limit]]\n{section}\n")
    assert problem.startswith(f"limits.toml:{line}: ")
    assert words in problem


def test_all_mistakes_are_told_at_once() -> None:
    told = problems('[[limit]]\nevent = "XX"\nmin_f1 = 2\n[[limit]]\n[other]\n')
    assert [line.split(":")[1] for line in told] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("text", ["", "[limit]\nmin_f1 = 1\n", "limit = 3\n", "not toml", "[[limit]]\n[[limit"])
def test_what_holds_no_limits_is_refused(text: str) -> None:
    assert all(line.startswith("limits.toml") for line in problems(text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_limits(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_limits(tmp_path)


@pytest.mark.parametrize(("name", "kept", "not_kept"), AT_AND_BEYOND)
def test_each_limit_is_kept_at_its_value_and_broken_beyond(name: str, kept: float, not_kept: float) -> None:
    assert broken(limits_from_text(f'[[limit]]\nevent = "IC"\n{name} = {kept}\n', "l"), judged()) == []
    (told,) = broken(limits_from_text(f'[[limit]]\nevent = "IC"\n{name} = {not_kept}\n', "l"), judged())
    assert told.startswith("stroke: IC confirmed: ")
    assert told.endswith("is wanted (l:3)")
    assert BOUNDS[name].meaning in told


def test_every_bound_is_tried() -> None:
    assert {name for name, _, _ in AT_AND_BEYOND} == set(BOUNDS)


def test_what_cannot_be_judged_does_not_pass() -> None:
    (told,) = broken(limits_from_text(GOOD, "l"), {})
    assert "cannot be judged: no reference of any group" in told
    other = limits_from_text('[[limit]]\ngroup = "MS"\nevent = "IC"\nmin_f1 = 0.1\n', "l")
    assert "no reference of a group MS" in broken(other, judged())[0]
    predicted = limits_from_text(GOOD.replace("min_f1", 'kind = "predicted"\nmin_f1'), "l")
    assert "IC predicted" in broken(predicted, judged())[0]
    empty = FIGURES._replace(sd_within_ms=nan)
    (told,) = broken(limits_from_text('[[limit]]\nevent = "IC"\nmax_sd_within_ms = 150\n', "l"), judged(empty))
    assert "cannot be judged: nothing was found" in told


def test_a_star_is_every_group_and_a_name_is_that_group() -> None:
    low = FIGURES._replace(f1=0.5)
    both = {**judged(), **judged(low, "MS")}
    assert [told.split(":")[0] for told in broken(limits_from_text(GOOD, "l"), both)] == ["MS"]
    named = limits_from_text(GOOD.replace("event", 'group = "stroke"\nevent'), "l")
    assert broken(named, both) == []


def test_the_limits_in_the_readme_can_be_used() -> None:
    text = README.read_text(encoding="utf-8").split("```toml\n[[limit]]", 1)[1].split("```", 1)[0]
    assert len(limits_from_text("[[limit]]" + text, "README.md")) >= 2
