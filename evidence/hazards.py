"""The hazard file: what may harm a person, what keeps it from happening, and the tests that would miss it.

`python -m evidence.hazards` takes each control out of a copy of the project, one at a time, and runs the tests that are
named for it: every one of them must go red. `--page` writes `docs/hazards.md` from the file, `--check` reads it only.
"""

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evidence.copies import Copy, outcomes
from evidence.result import save

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "hazards.toml"
PAGE = ROOT / "docs" / "hazards.md"


class Row(BaseModel):
    """A table of the file: every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(Row):
    """One thing that keeps a hazard from happening: a function, and what would stand there without it.

    `without` stands for the whole body, or for the text `replaced` in it.
    """

    what: str
    file: str
    function: str
    without: str
    replaced: str = ""
    tests: tuple[str, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """File and function, as a reader finds them."""
        return f"{self.file}: {self.function}"


class Hazard(Row):
    """A hazard in the manner of ISO 14971; `residual` is what is left of it with every control in place."""

    id: str
    hazard: str
    sequence: str
    harm: str
    severity: Literal["minor", "serious", "critical"]
    residual: str
    control: tuple[Control, ...] = Field(min_length=1)


class File(Row):
    """The whole file."""

    hazard: tuple[Hazard, ...] = Field(min_length=1)


def read(path: Path = FILE) -> tuple[Hazard, ...]:
    """The hazards of the file. Raises ValueError where it is not whole, and OSError."""
    return File.model_validate(tomllib.loads(path.read_text())).hazard


def without(source: str, control: Control) -> str:
    """The module's text without the control. Raises ValueError when the control is not there."""
    function = _function(ast.parse(source), control)
    lines = source.splitlines(keepends=True)
    first = function.body[1] if ast.get_docstring(function) is not None else function.body[0]
    start, end = first.lineno - 1, function.end_lineno or first.lineno
    if control.replaced:
        body = "".join(lines[start:end])
        if body.count(control.replaced) != 1:
            raise ValueError(f"{control.name}: the text to replace is there {body.count(control.replaced)} times")
        changed = body.replace(control.replaced, control.without)
    else:
        indent = " " * first.col_offset
        changed = "".join(f"{indent}{line}\n" for line in control.without.splitlines())
    text = "".join([*lines[:start], changed, *lines[end:]])
    ast.parse(text)
    return text


def _function(tree: ast.Module, control: Control) -> ast.FunctionDef:
    nodes: list[ast.stmt] = tree.body
    *classes, name = control.function.split(".")
    for class_name in classes:
        found = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name == class_name]
        if not found:
            raise ValueError(f"{control.name}: there is no class {class_name}")
        nodes = found[0].body
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(functions) != 1:
        raise ValueError(f"{control.name}: there is no such function")
    return functions[0]


def defects(hazards: tuple[Hazard, ...]) -> Iterator[str]:
    """What is wrong with the file: a control or a test that is not there, an id twice."""
    ids = [hazard.id for hazard in hazards]
    yield from (f"hazard {name} is there twice" for name in sorted({name for name in ids if ids.count(name) > 1}))
    for hazard in hazards:
        for control in hazard.control:
            try:
                without((ROOT / control.file).read_text(), control)
            except (OSError, SyntaxError, ValueError) as error:
                yield f"hazard {hazard.id}: {error}"
            yield from (f"hazard {hazard.id}: there is no {test}" for test in control.tests if not _is_there(test))


def _is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    path = ROOT / file
    return path.exists() and f"def {name}(" in path.read_text()


def survivors(control: Control) -> list[str]:
    """Take the control away on a copy; the tests named for it that stay green, or that could not be run."""
    with Copy(ROOT) as copy:
        path = copy.folder / control.file
        path.write_text(without(path.read_text(), control))
        results = outcomes(copy, control.tests)
    return [f"{test} {results.get(test, 'did not run')}" for test in control.tests if results.get(test) != "failed"]


def page(hazards: tuple[Hazard, ...]) -> str:
    """The hazards as a Markdown page."""
    rows = [
        "# Hazards",
        "",
        "Made from `docs/hazards.toml` by `python -m evidence.hazards --page`, in the manner of ISO 14971. Dorsiflex is"
        " a research prototype, not a medical device; severity is our own judgement. `python -m evidence.hazards` takes"
        " each control away on a copy of the project and demands that every test named for it goes red.",
    ]
    for hazard in hazards:
        rows += [
            "",
            f"## {hazard.id}: {hazard.hazard}",
            "",
            f"- Sequence: {hazard.sequence}",
            f"- Harm: {hazard.harm} ({hazard.severity})",
            f"- What is left: {hazard.residual}",
            "",
            "| control | function | tests that miss it |",
            "|---|---|---|",
        ]
        for control in hazard.control:
            tests = "<br>".join(f"`{test.rpartition('/')[2]}`" for test in control.tests)
            rows.append(f"| {control.what} | `{control.name}` | {tests} |")
    return "\n".join(rows) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="ID", help="the controls of one hazard")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--page", action="store_true", help="write docs/hazards.md")
    parser.add_argument("--check", action="store_true", help="read the file only")
    options = parser.parse_args(arguments)
    try:
        hazards = read()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{FILE.name}: {error}\n")
        return 1
    wrong = list(defects(hazards))
    sys.stderr.writelines(f"{FILE.name}: {line}\n" for line in wrong)
    if wrong or options.check:
        return bool(wrong)
    if options.page:
        PAGE.write_text(page(hazards))
        return 0
    return remove_all(hazards, options.only, options.jobs)


def remove_all(hazards: tuple[Hazard, ...], only: str | None, jobs: int) -> int:
    """Take every control away in turn and say which were missed; 1 when a test stayed green."""
    chosen = [hazard for hazard in hazards if only in (None, hazard.id)]
    controls = [control for hazard in chosen for control in hazard.control]
    with Copy(ROOT) as copy:
        before = outcomes(copy, tuple({test for control in controls for test in control.tests}))
    ill = [f"{test} {outcome}" for test, outcome in before.items() if outcome != "passed"]
    if ill:
        sys.stderr.write("not green with every control in place: " + ", ".join(ill) + "\n")
        return 1
    green = 0
    with ThreadPoolExecutor(jobs) as pool:
        for control, left in zip(controls, pool.map(survivors, controls), strict=True):
            green += len(left)
            sys.stdout.write(f"{'missed' if not left else 'NOT MISSED by ' + ', '.join(left):8} {control.name}\n")
            sys.stdout.flush()
    tests = sum(len(control.tests) for control in controls)
    sys.stdout.write(f"{len(chosen)} hazards, {len(controls)} controls removed, {tests - green} of {tests} tests red\n")
    figures: dict[str, int | float | str | bool | None] = {
        "hazards": len(chosen),
        "controls removed": len(controls),
        "named tests": tests,
        "named tests that went red": tests - green,
    }
    save("hazards", "Controls of the hazard file taken away one by one", figures, whole=only is None)
    return int(green > 0)


if __name__ == "__main__":
    sys.exit(main())
