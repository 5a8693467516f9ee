"""Every rule between settings, broken once: the message has the key and the line. No rule is without a case."""

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import config.devices
import config.outputs
import config.schema
import config.tuning
from config.describe import walk
from config.lines import KeyPath, key_text
from config.load import settings_from_text
from config.problems import ConfigError
from config.schema import RuleBroken

Write = Callable[[Mapping[str, Any]], tuple[str, dict[KeyPath, int]]]
Changes = dict[KeyPath, object]

TRIGGER: Changes = {
    ("stimulator", 0): {
        "id": "main",
        "kind": "trigger",
        "pin": 22,
        "safe_contact": "open",
        "contact_when_low": "open",
    }
}
OPEN_STIMULATES: Changes = {
    **TRIGGER,
    ("stimulator", 0, "safe_contact"): "closed",
    ("stimulator", 0, "contact_when_low"): "closed",
}
CHANNEL: KeyPath = ("leg", 0, "channel", 0)
REHASTIM2: Changes = {("stimulator", 0): {"id": "main", "kind": "rehastim2", "port": "auto", "mode": "one_shot"}}
CONTINUOUS: Changes = {**REHASTIM2, ("stimulator", 0, "mode"): "continuous"}
SECOND_CHANNEL: Changes = {("leg", 0, "channel", 1): {"id": "evertors", "output": 2}}
FSR = {"kind": "fsr", "id": "pad", "side": "left"}
ON_A_PI: Changes = {**TRIGGER, ("hardware", "backend"): "pi"}

CASES: dict[str, tuple[Changes, KeyPath, str]] = {
    "emergency stop on the pin of the heel": (
        {("hardware", "stop_pin"): 17},
        ("sensor", 0, "pin"),
        "GPIO 17 is already hardware.stop_pin",
    ),
    "current without a cap on the width": (
        {(*CHANNEL, "max_pulse_width_us"): 0.0},
        (*CHANNEL, "pulse_width_us"),
        "above this person's cap max_pulse_width_us = 0",
    ),
    "supervised with one pin": (
        {("sensor", 0, "wiring"): "supervised"},
        ("sensor", 0, "pin_unloaded"),
        "needs the GPIO of the second contact",
    ),
    "plain with two pins": (
        {("sensor", 0, "pin_unloaded"): 27},
        ("sensor", 0, "pin_unloaded"),
        "plain wiring has one contact",
    ),
    "pull to the active level": (
        {("sensor", 0, "pull"): "down"},
        ("sensor", 0, "pull"),
        'pulls an open contact to active_level = "low": it never opens',
    ),
    "a stimulator that no channel names": (
        {("stimulator", 1): {"id": "spare", "kind": "bench"}},
        ("stimulator", 1, "id"),
        'no channel has stimulator = "spare"',
    ),
    "a stall shorter than a late tick": (
        {("faults", "stall_s"): 0.03, ("faults", "late_s"): 0.05},
        ("faults", "stall_s"),
        "a gap that latches is no shorter than one that withholds: late_s is 0.05 s",
    ),
    "axes on one line": ({("sensor", 1, "up_axis"): "-x"}, ("sensor", 1, "up_axis"), "are the same line"),
    "current above the person's cap": (
        {(*CHANNEL, "current_ma"): 41.0, (*CHANNEL, "max_charge_uc"): 20.0},
        (*CHANNEL, "current_ma"),
        "41 mA is above this person's cap max_current_ma = 40 mA",
    ),
    "pulse width above the person's cap": (
        {(*CHANNEL, "pulse_width_us"): 301.0},
        (*CHANNEL, "pulse_width_us"),
        "301 µs is above this person's cap max_pulse_width_us = 300 µs",
    ),
    "rate above the person's cap": (
        {(*CHANNEL, "rate_hz"): 41.0},
        (*CHANNEL, "rate_hz"),
        "41 Hz is above this person's cap max_rate_hz = 40 Hz",
    ),
    "charge above the person's cap": (
        {(*CHANNEL, "max_charge_uc"): 7.0},
        (*CHANNEL, "current_ma"),
        "25 mA for 300 µs is 7.50 µC a phase, above max_charge_uc = 7 µC",
    ),
    "density": (
        {
            (*CHANNEL, "electrode_area_cm2"): 4.0,
            (*CHANNEL, "current_ma"): 46.0,
            (*CHANNEL, "rate_hz"): 40.0,
            (*CHANNEL, "max_rate_hz"): 50.0,
            (*CHANNEL, "max_current_ma"): 60.0,
            (*CHANNEL, "max_charge_uc"): 20.0,
            ("stimulation", "rise_s"): 0.5,
        },
        (*CHANNEL, "electrode_area_cm2"),
        "2.022 mA/cm² rms over 4 cm² at max_rate_hz = 50 Hz is not below 2 mA/cm²: larger electrodes, less output or a "
        "lower max_rate_hz",
    ),
    "trigger on a pin that is high at start": (
        {**TRIGGER, ("stimulator", 0, "pin"): 4},
        ("stimulator", 0, "pin"),
        "GPIO 4 is not low while the Pi starts",
    ),
    "trigger whose relay is of the wrong kind": (
        {**TRIGGER, ("stimulator", 0, "safe_contact"): "closed"},
        ("stimulator", 0, "contact_when_low"),
        "use the other kind of relay",
    ),
    "enable on a pin that is high at start": (
        {**TRIGGER, ("stimulator", 0, "enable_pin"): 14},
        ("stimulator", 0, "enable_pin"),
        "GPIO 14 is not low while the Pi starts",
    ),
    "enable and trigger on one pin": (
        {**TRIGGER, ("stimulator", 0, "enable_pin"): 22},
        ("stimulator", 0, "enable_pin"),
        "GPIO 22 is already stimulator[0].pin",
    ),
    "enable in series where an open contact stimulates": (
        {**OPEN_STIMULATES, ("stimulator", 0, "enable_contact"): "series"},
        ("stimulator", 0, "enable_contact"),
        "this device stimulates on an open contact, and a contact in series opens it",
    ),
    "stop in series where an open contact stimulates": (
        {**OPEN_STIMULATES, ("stimulator", 0, "stop_contact"): "series"},
        ("stimulator", 0, "stop_contact"),
        'a contact in series opens it: "electrode_path", or "parallel"',
    ),
    "stop parallel where a closed contact stimulates": (
        {**TRIGGER, ("stimulator", 0, "stop_contact"): "parallel"},
        ("stimulator", 0, "stop_contact"),
        "this device stimulates on a closed contact, and a parallel one closes it",
    ),
    "no hysteresis on an FSR": (
        {("sensor", 2): {**FSR, "on_level": 0.3, "off_level": 0.3}},
        ("sensor", 2, "off_level"),
        "0.3 is not below on_level = 0.3: no hysteresis is left",
    ),
    "two converters at one address": (
        {("sensor", 2): FSR, ("sensor", 3): {**FSR, "id": "other"}},
        ("sensor", 3, "i2c_address"),
        "0x48 on i2c_bus 1 is already sensor[2]",
    ),
    "no hysteresis": ({("contact", "off_level"): 0.7}, ("contact", "off_level"), "no hysteresis"),
    "ramps longer than the longest burst": (
        {("stimulation", "longest_burst_s"): 0.44, ("exercise", "on_s"): 0.44},
        ("stimulation", "longest_burst_s"),
        "rise_s + fall_s = 0.45 s does not fit into 0.44 s",
    ),
    "extension longer than the longest burst": (
        {("stimulation", "longest_burst_s"): 0.5, ("stimulation", "extension_s"): 0.3, ("exercise", "on_s"): 0.5},
        ("stimulation", "longest_burst_s"),
        "extension_s + fall_s = 0.55 s does not fit into 0.5 s",
    ),
    "one leg twice": (
        {("leg", 1): {"side": "right", "channel": [{"id": "evertors", "output": 2}]}},
        ("leg", 1, "side"),
        '"right" is there twice',
    ),
    "lead without its sensor": (
        {("sensor", 0, "side"): "left"},
        ("leg", 0, "sensors"),
        '"both" needs a [[sensor]] with kind = "heel_switch" or "fsr", side = "right"',
    ),
    "channel on an unknown stimulator": (
        {(*CHANNEL, "stimulator"): "other"},
        (*CHANNEL, "stimulator"),
        'no [[stimulator]] has id = "other": main',
    ),
    "second output of a trigger": (
        {**TRIGGER, (*CHANNEL, "output"): 2},
        (*CHANNEL, "output"),
        "a trigger has one output",
    ),
    "two channels on one output": (
        {**SECOND_CHANNEL, ("leg", 0, "channel", 1, "output"): 1},
        ("leg", 0, "channel", 1, "output"),
        "output 1 of main already serves right dorsiflexors",
    ),
    "one channel twice": (
        {**SECOND_CHANNEL, ("leg", 0, "channel", 1, "id"): "dorsiflexors"},
        ("leg", 0, "channel", 1, "id"),
        '"dorsiflexors" is there twice',
    ),
    "one sensor id twice": ({("sensor", 1, "id"): "heel"}, ("sensor", 1, "id"), '"heel" is there twice'),
    "one stimulator id twice": (
        {("stimulator", 1): {"id": "main", "kind": "bench"}},
        ("stimulator", 1, "id"),
        '"main" is there twice',
    ),
    "two chips at one address": (
        {("sensor", 2): {"kind": "imu", "id": "foot", "side": "right", "placement": "foot", "i2c_address": 0x68}},
        ("sensor", 2, "i2c_address"),
        "0x68 on i2c_bus 1 is already sensor[1]",
    ),
    "more voltage than the device has": (
        {**REHASTIM2, (*CHANNEL, "load_ohm"): 7000.0},
        (*CHANNEL, "current_ma"),
        "25 mA through load_ohm = 7000 Ω needs 175 V, RehaStim2 gives 154 V",
    ),
    "a waveform that the device does not make": (
        {**REHASTIM2, (*CHANNEL, "waveform"): "asymmetric"},
        (*CHANNEL, "waveform"),
        'RehaStim2 makes its own pulse: waveform = "symmetric" and gap_us = 100',
    ),
    "two rates of one device that keeps time itself": (
        {**CONTINUOUS, **SECOND_CHANNEL, ("leg", 0, "channel", 1, "rate_hz"): 30.0},
        ("leg", 0, "channel", 1, "rate_hz"),
        "all channels of main have one rate_hz, 40 Hz",
    ),
    "one pin twice": (
        {("hardware", "arm_button_pin"): 17},
        ("sensor", 0, "pin"),
        "GPIO 17 is already hardware.arm_button_pin",
    ),
    "a pin of the I2C bus": ({("sensor", 0, "pin"): 3}, ("sensor", 0, "pin"), "GPIO 3 is already SCL of i2c_bus 1"),
    "bench stimulator on a Pi": (
        {("hardware", "backend"): "pi"},
        ("stimulator", 0, "kind"),
        "the bench stimulator is simulated",
    ),
    "plain heel switch alone on a Pi": (
        {**ON_A_PI, ("leg", 0, "sensors"): "heel"},
        ("leg", 0, "sensors"),
        "a broken wire on a plain heel switch looks like heel off",
    ),
    "debounce as long as a phase": (
        {("contact", "debounce_on_s"): 0.05, ("gait", "loading_s"): 0.05},
        ("contact", "debounce_on_s"),
        "0.05 s is not shorter than the shortest phase, gait.loading_s = 0.05 s",
    ),
    "stale within two ticks": (
        {("loop", "rate_hz"): 100, ("judgement", "stale_s"): 0.019},
        ("judgement", "stale_s"),
        "0.019 s is less than two ticks, 0.02 s at loop.rate_hz = 100",
    ),
    "current that rises faster than the gate lets it": (
        {("gate", "max_rise_ma_per_s"): 124.0},
        (*CHANNEL, "current_ma"),
        "25 mA in rise_s = 0.2 s is 125 mA/s, above gate.max_rise_ma_per_s = 124",
    ),
    "duty without room for a burst": (
        {("gate", "max_duty"): 0.16},
        ("gate", "max_duty"),
        "0.16 of duty_window_s = 10 s has no room for one stimulation.longest_burst_s = 1.6 s",
    ),
    "exercise longer than the longest burst": (
        {("exercise", "on_s"): 1.7},
        ("exercise", "on_s"),
        "1.7 s is not between rise_s + fall_s = 0.45 s and longest_burst_s = 1.6 s",
    ),
}


def change(data: dict[str, Any], changes: Changes) -> dict[str, Any]:
    for path, value in copy.deepcopy(changes).items():
        *outer, last = path
        holder: Any = data
        for part in outer:
            holder = holder[part]
        if isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return data


def line_of_key(lines: dict[KeyPath, int], path: KeyPath) -> int:
    return lines.get(path, lines.get(path[:-1], 0))


def problems(text: str) -> list[tuple[int | None, str, str]]:
    try:
        settings_from_text(text, "my.toml")
    except ConfigError as error:
        return [(p.line, p.key, p.text) for p in error.problems]
    return []


@pytest.mark.parametrize("case", CASES)
def test_a_broken_rule_has_its_key_and_line(case: str, data: dict[str, Any], written: Write) -> None:
    changes, path, fragment = CASES[case]
    text, lines = written(change(data, changes))
    found = problems(text)
    assert [(line, key) for line, key, _ in found] == [(line_of_key(lines, path), key_text(path))], found
    assert fragment in found[0][2]


@pytest.mark.parametrize("case", CASES)
def test_a_broken_rule_shows_beside_a_wrong_value_elsewhere(case: str, data: dict[str, Any], written: Write) -> None:
    changes, path, fragment = CASES[case]
    text, _ = written(change(data, {**changes, ("recording", "direktory"): 1, ("tilt", "rest_s"): "long"}))
    found = problems(text)
    assert len(found) == 3
    assert any(key == key_text(path) and fragment in text for _, key, text in found)


def test_no_rule_is_without_a_case(data: dict[str, Any], written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = (config.devices, config.outputs, config.tuning, config.schema)
    sites = {
        (module.__name__, node.value.lineno)
        for module in modules
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Call) and "RuleBroken" in ast.unparse(node.value)
    }
    reached: set[tuple[str, int]] = set()

    def noted(key: str, text: str) -> RuleBroken:
        caller = sys._getframe(1)
        reached.add((caller.f_globals["__name__"], caller.f_lineno))
        return RuleBroken(key, text)

    for module in modules:
        monkeypatch.setattr(module, "RuleBroken", noted)
    plain = repr(data)
    for changes, _, _ in CASES.values():
        problems(written(change(ast.literal_eval(plain), changes))[0])
    assert sites, "the schema has no rules any more"
    assert sorted(sites - reached) == [], "these rules have no case in CASES"


def test_a_rule_is_silent_while_one_of_its_values_is_wrong(data: dict[str, Any], written: Write) -> None:
    wrong: Changes = {("stimulation", "longest_burst_s"): "short", ("exercise", "on_s"): 1.9}
    text, _ = written(change(data, wrong))
    assert [key for _, key, _ in problems(text)] == ["stimulation.longest_burst_s"]


def test_a_misspelt_cap_is_one_problem_not_two(data: dict[str, Any], written: Write) -> None:
    channel = data["leg"][0]["channel"][0]
    channel["max_curent_ma"] = channel.pop("max_current_ma")
    text, _ = written(data)
    assert [key for _, key, _ in problems(text)] == ["leg[0].channel[0].max_curent_ma"]


def test_without_a_cap_nothing_may_flow(data: dict[str, Any], written: Write) -> None:
    channel = data["leg"][0]["channel"][0]
    del channel["max_current_ma"]
    found = problems(written(data)[0])
    assert [text for _, _, text in found] == ["25 mA is above this person's cap max_current_ma = 0 mA"]
    del channel["current_ma"]
    settings = settings_from_text(written(data)[0], "my.toml")
    assert settings.leg[0].channel[0].max_current_ma == 0.0
    assert settings.leg[0].channel[0].current_ma == 0.0


def test_decimal_fractions_that_add_up_are_no_contradiction(data: dict[str, Any], written: Write) -> None:
    sums: Changes = {("stimulation", name): value for name, value in (("rise_s", 0.1), ("fall_s", 0.2))}
    sums |= {("stimulation", "longest_burst_s"): 0.3, ("stimulation", "extension_s"): 0.1, ("exercise", "on_s"): 0.3}
    assert 0.1 + 0.2 > 0.3
    assert problems(written(change(data, sums))[0]) == []


def test_a_wrong_kind_of_sensor_hides_no_other_problem(data: dict[str, Any], written: Write) -> None:
    text, _ = written(change(data, {("sensor", 1, "kind"): "gyro", ("gate", "max_duty"): 0.1}))
    assert [key for _, key, _ in problems(text)] == ["sensor[1].kind", "gate.max_duty"]


def test_settings_made_in_python_keep_the_rules_too(data: dict[str, Any]) -> None:
    change(data, {("gate", "max_duty"): 0.1})
    with pytest.raises(ValueError, match="contradict"):
        config.schema.Settings.model_validate(data)


def test_the_walk_reaches_every_value(data: dict[str, Any]) -> None:
    data["orthosis"]["swing"]["angle_deg"] = 4.5
    settings = config.schema.Settings.model_validate(data)
    values = {path: value for path, _, value in walk(settings)}
    assert values[("leg", 0, "channel", 0, "current_ma")] == 25.0
    assert values[("orthosis", "swing", "angle_deg")] == 4.5
