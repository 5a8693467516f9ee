"""A config from a stranger: whatever its bytes, it is settings or one clear error; nothing runs, nothing crashes."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.default_text import default_text
from config.load import load_document
from config.problems import ConfigError

DEFAULT = default_text()
LONGEST_S = 5.0


def judged(path: Path, data: bytes) -> str:
    """The error, or empty when it is accepted."""
    path.write_bytes(data)
    try:
        load_document(path)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "their.toml"


@given(st.binary(max_size=400))
@example(b"")
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf[loop]\n")
@example(b"\x00" * 100)
@settings(max_examples=60, deadline=None)
def test_bytes_give_an_error_of_whole_lines_with_the_file_in_it(path: Path, data: bytes) -> None:
    error = judged(path, data)
    assert error
    assert all(line.strip() for line in error.splitlines())
    assert "Traceback" not in error
    assert error.isprintable() or "\n" in error


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_good_file_that_was_damaged_is_accepted_or_refused(path: Path, data: st.DataObject) -> None:
    good = bytearray(DEFAULT.encode())
    at = data.draw(st.integers(0, len(good) - 1))
    piece = data.draw(st.binary(max_size=12))
    good[at : at + data.draw(st.integers(0, 12))] = piece
    assert "Traceback" not in judged(path, bytes(good))


HUGE = {
    "arrays": b"x = " + b"[" * 100_000 + b"]" * 100_000,
    "tables": b"x = " + b"{a = " * 50_000 + b"1" + b"}" * 50_000,
    "dotted key": b"a" + b".a" * 100_000 + b" = 1",
    "dotted keys": b"".join(b"k%d" % i + b".a" * 240 + b" = 1\n" for i in range(100)),
    "table header": b"[" + b"a." * 50_000 + b"a]",
    "number": b"[loop]\nrate_hz = " + b"9" * 100_000,
    "hex number": b"[loop]\nrate_hz = 0x" + b"f" * 100_000,
    "exponent": b"[guard]\nheartbeat_s = 1e" + b"9" * 1000,
    "string": b'[session]\nperson = "' + b"a" * 3_000_000 + b'"',
    "keys": b"".join(b"k%d = 1\n" % i for i in range(3_000)),
    "tables in a row": b"[[sensor]]\n" * 4_000,
    "escapes": b'[recording]\ndirectory = "\\u0000\\u202e\\u001b[2J"',
}


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE.keys())
def test_huge_and_deep_files_are_refused_in_time(path: Path, data: bytes) -> None:
    began_s = time.process_time()
    error = judged(path, data)
    assert time.process_time() - began_s < LONGEST_S
    assert error
    assert "\x1b" not in error, "nothing in it reaches the terminal"
    assert len(error.splitlines()) <= 101


@pytest.mark.parametrize("what", ["folder", "device", "missing", "loop"])
def test_what_is_no_file_is_refused(tmp_path: Path, what: str) -> None:
    link = tmp_path / "loop.toml"
    link.symlink_to(link)
    named = {"folder": tmp_path, "device": Path("/dev/zero"), "missing": tmp_path / "none.toml", "loop": link}
    with pytest.raises(ConfigError):
        load_document(named[what])
