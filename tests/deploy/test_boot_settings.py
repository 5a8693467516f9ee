"""deploy/boot_settings.py: what it finds in a config.txt, what it adds, what it takes away."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/boot_settings.py"
spec = importlib.util.spec_from_file_location("deploy_boot_settings", SCRIPT)
assert spec is not None
assert spec.loader is not None
boot_settings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(boot_settings)

IN_FORCE = {"i2c_arm": "on", "i2c_arm_baudrate": "400000", "strict_gpiod": "on"}

LINES = st.sampled_from(
    [
        "",
        "# a comment",
        "#dtparam=i2c_arm=on",
        "[all]",
        "[pi4]",
        "dtoverlay=vc4-kms-v3d",
        "dtparam=i2c_arm=on",
        "dtparam=i2c=off",
        "dtparam=i2c_arm=on,i2c_arm_baudrate=400000",
        "dtparam=i2c_baudrate=100000",
        "dtparam=strict_gpiod",
        "dtparam=strict_gpiod=off",
        "dtparam=audio=on",
    ]
)
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(TEXTS)
def test_after_add_everything_is_in_force_and_nothing_is_left_to_add(text: str) -> None:
    new = boot_settings.add(text)
    assert IN_FORCE.items() <= boot_settings.settings_in_force(new).items()
    assert new.startswith(text)
    assert boot_settings.add(new) == new


@given(TEXTS)
def test_remove_takes_back_what_add_did(text: str) -> None:
    assert boot_settings.remove(boot_settings.add(text)) == text


@given(TEXTS, TEXTS)
def test_remove_leaves_every_line_that_is_not_ours_in_force(before: str, after: str) -> None:
    removed = boot_settings.remove(boot_settings.add(before) + after)
    as_if_never_there = boot_settings.settings_in_force(before + "[all]\n" + after)
    if boot_settings.add(before) != before:
        assert boot_settings.settings_in_force(removed) == as_if_never_there


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("dtparam=i2c_arm=on\n", ["dtparam=i2c_arm_baudrate=400000", "dtparam=strict_gpiod"]),
        ("dtparam=i2c=on,i2c_baudrate=400000\ndtparam=strict_gpiod\n", []),
        ("[all]\ndtparam=strict_gpiod\ndtparam=i2c_arm,i2c_arm_baudrate=400000\n", []),
        ("[pi4]\ndtparam=strict_gpiod\n[all]\ndtparam=i2c_arm=on,i2c_arm_baudrate=400000\n", ["dtparam=strict_gpiod"]),
        (
            "dtparam=strict_gpiod\ndtparam=i2c_arm=on,i2c_arm_baudrate=400000\ndtparam=strict_gpiod=off\n",
            ["dtparam=strict_gpiod"],
        ),
        (
            "dtparam=strict_gpiod\ndtparam=i2c_arm=on\ndtparam=i2c_arm_baudrate=100000\n",
            ["dtparam=i2c_arm_baudrate=400000"],
        ),
    ],
)
def test_only_what_is_missing_is_added(text: str, missing: list[str]) -> None:
    added = boot_settings.add(text).removeprefix(text).splitlines()
    assert [line for line in added if line.startswith("dtparam=")] == missing


def test_a_file_without_final_newline_keeps_its_last_line() -> None:
    assert boot_settings.add("arm_64bit=1").startswith("arm_64bit=1\n")


def test_bytes_that_are_no_utf8_survive(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "config.txt"
    path.write_bytes(b"# caf\xe9\r\narm_64bit=1\r\n")
    assert boot_settings.main(["add", str(path)]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.startswith(b"# caf\xe9\r\narm_64bit=1\r\n" + boot_settings.BEGIN.encode())


@pytest.mark.parametrize("arguments", [[], ["add"], ["change", "config.txt"], ["add", "/nowhere/config.txt"]])
def test_wrong_arguments_get_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert boot_settings.main(arguments) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert len(streams.err.splitlines()) == 1
