"""`dorsiflex config …` as a person or a script sees it."""

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.describe import walk
from config.hashes import safety_hash
from config.load import default_settings, default_toml
from config.schema import StimulationSettings
from dorsiflex.config_commands import config_app
from dorsiflex.exit_codes import ExitCode

RUNNER = CliRunner()


def written_file(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_check_says_that_a_good_file_is_good(tmp_path: Path) -> None:
    path = written_file(tmp_path, default_toml())
    result = RUNNER.invoke(config_app, ["check", str(path)])
    count = sum(value is not None for _, _, value in walk(default_settings()))
    assert result.stdout == f"{path}: ok, {count} settings, safety set {safety_hash(default_settings())[:16]}\n"
    assert result.exit_code == ExitCode.OK


def test_check_says_what_a_device_delivers_in_place_of_what_is_asked(tmp_path: Path) -> None:
    profile = Path(str(resources.files("config").joinpath("profiles", "rehastim2_bench.toml"))).read_text("utf-8")
    path = written_file(tmp_path, profile.replace("current_ma = 30.0", "current_ma = 25.0"))
    result = RUNNER.invoke(config_app, ["check", str(path)])
    remark = f"{path}: leg[0].channel[0].current_ma: 25 mA becomes 24 mA: RehaStim2 has steps of 2 mA"
    assert result.stdout.splitlines()[1:] == [remark]
    assert result.exit_code == ExitCode.OK


def test_check_prints_every_problem_on_stderr(tmp_path: Path) -> None:
    text = re.sub(r"\nrise_s = .*", "\nrise_s = 5", default_toml()).replace("[gate]", "[gates]")
    path = written_file(tmp_path, text)
    result = RUNNER.invoke(config_app, ["check", str(path)])
    assert result.stdout == ""
    assert "stimulation.rise_s: 5 s is out of range: 0.02 to 1 s\n" in result.stderr
    assert 'gates: unknown setting, did you mean "gate"?\n' in result.stderr
    assert result.stderr.count(f"{path}:") == result.stderr.count("\n") == 2
    assert result.exit_code == ExitCode.BAD_CONFIG


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_missing_file_is_one_line_and_its_own_exit_code(command: str, tmp_path: Path) -> None:
    result = RUNNER.invoke(config_app, [command, str(tmp_path / "none.toml")])
    assert result.stderr.count("\n") == 1
    assert "none.toml: no such file" in result.stderr
    assert result.exit_code == ExitCode.BAD_FILE


def test_show_says_where_each_value_came_from(tmp_path: Path) -> None:
    text = re.sub(r"\nfall_s = .*", "", re.sub(r"\nrise_s = .*", "\nrise_s = 0.123", default_toml()))
    path = written_file(tmp_path, text)
    result = RUNNER.invoke(config_app, ["show", str(path)])
    rows = dict(line.split("\t", 1) for line in result.stdout.splitlines())
    line = path.read_text(encoding="utf-8").split("\n").index("rise_s = 0.123") + 1
    assert rows["stimulation.rise_s"] == f"0.123 s\t{path}:{line}"
    assert rows["stimulation.fall_s"] == f"{StimulationSettings().fall_s} s\tdefault"
    assert rows["hardware.arm_button_pin"] == "left out\tdefault"
    assert len(rows) == len(list(walk(default_settings())))
    assert result.exit_code == ExitCode.OK


def test_show_without_a_file_shows_the_default_file() -> None:
    result = RUNNER.invoke(config_app, ["show"])
    rise_s = StimulationSettings().rise_s
    line = default_toml().split("\n").index(f"rise_s = {rise_s}") + 1
    assert f"stimulation.rise_s\t{rise_s} s\tdefault.toml:{line}\n" in result.stdout


def test_show_refuses_a_bad_file(tmp_path: Path) -> None:
    result = RUNNER.invoke(config_app, ["show", str(written_file(tmp_path, "a = 1\n"))])
    assert result.stdout == ""
    assert result.exit_code == ExitCode.BAD_CONFIG


def test_show_is_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    config_app(["show"], standalone_mode=False)
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["setting", "value", "from"]
    assert any(row.split()[:2] == ["leg[0].side", '"right"'] for row in rows)


def test_schema_is_json_with_units() -> None:
    result = RUNNER.invoke(config_app, ["schema"])
    rise = json.loads(result.stdout)["$defs"]["StimulationSettings"]["properties"]["rise_s"]
    assert (rise["unit"], rise["minimum"], rise["maximum"]) == ("s", 0.02, 1.0)
    assert rise["description"]


def test_default_prints_the_default_file() -> None:
    assert RUNNER.invoke(config_app, ["default"]).stdout == default_toml()


def test_a_command_without_file_is_a_usage_error() -> None:
    assert RUNNER.invoke(config_app, ["check"]).exit_code == ExitCode.USAGE


def test_reading_settings_needs_no_arrays_and_no_terminal() -> None:
    loaded = "import sys, config.load; print([m for m in ('numpy', 'rich', 'typer', 'tomlkit') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_exit_codes_are_those_that_scripts_know() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "USAGE": 2,
        "BAD_CONFIG": 3,
        "BAD_FILE": 4,
        "NO_DEVICE": 5,
        "CANNOT_WRITE": 6,
        "LATCHED": 7,
        "DIFFERENT": 8,
        "OUTSIDE_LIMITS": 9,
        "INTERNAL": 70,
        "INTERRUPTED": 130,
    }
    assert all(code.meaning for code in ExitCode)
