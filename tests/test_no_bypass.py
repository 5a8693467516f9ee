"""No environment variable, debug flag or test mode skips a check: read from the syntax tree of every shipped file."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["packages"]
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

ENVIRONMENT = {
    "drivers/gpio.py": "LG_WD tells lgpio where to make its FIFO; no check reads it",
    "dorsiflex/compiled.py": "XDG_CACHE_HOME and DORSIFLEX_COMPILED, for simulated time only: `run` uses no build",
    "dorsiflex/live_run.py": "NOTIFY_SOCKET and WATCHDOG_USEC of systemd: they only add a watchdog",
}
"""The only files that may look at the environment, and for what."""

READERS = {"environ", "environb", "getenv", "getenvb", "unsetenv", "putenv"}
TEST_WORDS = {"pytest", "unittest", "_pytest", "doctest", "coverage", "hypothesis"}
MODE_WORDS = {
    "testing", "test_mode", "is_test", "in_test", "under_test", "debug", "debug_mode", "bypass", "skip_checks",
    "no_checks", "unsafe", "force", "dev_mode", "developer",
}  # fmt: skip
"""Names of switches; `python -O` and `-X dev` are such too (`__debug__`, `sys.flags`, `assert`)."""


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def reads_environment(tree: Iterator[ast.AST]) -> bool:
    for node in tree:
        if isinstance(node, ast.Attribute) and node.attr in READERS:
            return True
        if isinstance(node, ast.Name) and node.id in READERS:
            return True
        if isinstance(node, ast.ImportFrom) and any(alias.name in READERS for alias in node.names):
            return True
    return False


def bypasses(tree: Iterator[ast.AST]) -> list[str]:
    """What would let a check be skipped, by line."""
    found = []
    for node in tree:
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Assert):
            found.append(f"{line}: an assert is gone with python -O: raise an error instead")
        elif isinstance(node, ast.Name) and node.id == "__debug__":
            found.append(f"{line}: __debug__")
        elif isinstance(node, ast.Attribute) and node.attr == "flags" and ast.unparse(node) == "sys.flags":
            found.append(f"{line}: sys.flags")
        elif isinstance(node, ast.Attribute) and node.attr == "gettrace":
            found.append(f"{line}: it asks for a debugger")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [f"{line}: imports {name}" for name in modules if name.split(".")[0] in TEST_WORDS | {"tests"}]
        elif isinstance(node, ast.If | ast.IfExp | ast.While | ast.Match):
            condition = node.subject if isinstance(node, ast.Match) else node.test
            found += [f"{line}: depends on {word}" for word in switches(condition)]
    return found


def switches(condition: ast.AST) -> list[str]:
    """Words in a condition that name a test, a debugger or a switch that skips something."""
    found = []
    for node in ast.walk(condition):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = [node.value] if node.value in TEST_WORDS | MODE_WORDS | {"test", "TEST", "CI", "DEBUG"} else []
        else:
            name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
            words = [name] if name.lower() in TEST_WORDS | MODE_WORDS else []
        found += words
    return found


def test_there_is_something_to_read() -> None:
    assert len(FILES) > 100
    assert set(PACKAGES) >= {"config", "controller", "drivers", "dorsiflex", "recording", "runtime", "simulator"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_looks_at_the_environment_but_those_with_a_reason(package: str) -> None:
    readers = [
        name_of(path) for path in FILES if path.parts[len(ROOT.parts)] == package and reads_environment(nodes(path))
    ]
    assert [name for name in readers if name not in ENVIRONMENT] == []


def test_every_reason_is_still_needed() -> None:
    assert [name for name in ENVIRONMENT if not reads_environment(nodes(ROOT / name))] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_skips_a_check(package: str) -> None:
    found = [
        f"{name_of(path)}:{what}"
        for path in FILES
        if path.parts[len(ROOT.parts)] == package
        for what in bypasses(nodes(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "assert ready",
        "if __debug__:\n    check()",
        "import pytest",
        "from tests import helpers",
        "if 'pytest' in sys.modules:\n    pass",
        "ok = True if settings.debug else check()",
        "if args.skip_checks:\n    arm()",
        "while not test_mode:\n    check()",
        "match name:\n    case 'x' if 1:\n        pass\nif name == 'test':\n    pass",
        "if sys.flags.optimize:\n    pass",
        "if sys.gettrace():\n    pass",
    ],
)
def test_a_bypass_would_be_found(text: str) -> None:
    assert bypasses(ast.walk(ast.parse(text)))


@pytest.mark.parametrize("text", ["os.environ['X']", "from os import getenv", "environ.get('X')", "os.getenvb(b'X')"])
def test_a_look_at_the_environment_would_be_found(text: str) -> None:
    assert reads_environment(ast.walk(ast.parse(text)))
