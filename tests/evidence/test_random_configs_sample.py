"""A sample of the campaign over random configs, and proof that its judges can say no."""

import pytest

from config.load import default_settings, default_toml, settings_from_text
from config.problems import ConfigError
from config.schema import Settings
from evidence.random_configs import EMPTY, judge, some, texts, too_much, without_cap_but_not_zero


def test_no_random_config_loads_with_too_much() -> None:
    counts, wrong = some((7, 0, 400))
    assert wrong == []
    assert counts["loaded"] >= 40
    assert counts["refused"] >= 40


@pytest.mark.parametrize("text", EMPTY)
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        settings_from_text(text, "empty.toml")


@pytest.mark.parametrize("cap", ["max_current_ma", "max_pulse_width_us", "max_rate_hz", "max_charge_uc"])
def test_a_cap_that_is_left_out_refuses_the_current_or_is_zero(cap: str) -> None:
    rows = [row for row in default_toml().split("\n") if not row.startswith(f"{cap} =")]
    with pytest.raises(ConfigError, match=cap):
        settings_from_text("\n".join(rows), "my.toml")
    quiet = "\n".join(rows).replace("current_ma = 34.0", "current_ma = 0.0")
    settings = settings_from_text(quiet, "my.toml")
    assert getattr(settings.leg[0].channel[0], cap) == 0.0
    assert settings.leg[0].channel[0].missing_caps() == (cap,)
    assert judge(quiet) == ("loaded", [])


def with_channel(**values: float) -> Settings:
    settings = default_settings()
    channel = settings.leg[0].channel[0].model_copy(update=values)
    return settings.model_copy(update={"leg": (settings.leg[0].model_copy(update={"channel": (channel,)}),)})


@pytest.mark.parametrize(
    "values",
    [
        {"current_ma": 61.0}, {"current_ma": 51.0}, {"max_current_ma": 60.1}, {"pulse_width_us": 401.0},
        {"max_pulse_width_us": float("inf")}, {"rate_hz": 50.5}, {"max_rate_hz": float("nan")},
        {"max_charge_uc": 20.5}, {"max_charge_uc": 10.0}, {"electrode_area_cm2": 1.0}, {"current_ma": -1.0},
    ],
)  # fmt: skip
def test_the_judge_says_no_to_too_much(values: dict[str, float]) -> None:
    assert too_much(with_channel(**values))
    assert too_much(default_settings()) == []


def test_the_judge_says_no_to_current_without_a_cap() -> None:
    rows = [row for row in default_toml().split("\n") if not row.startswith("max_rate_hz =")]
    assert without_cap_but_not_zero("\n".join(rows), default_settings())
    assert without_cap_but_not_zero(default_toml(), default_settings()) == []


def test_it_starts_from_every_packaged_config() -> None:
    assert len(texts()) >= 10
    assert all(judge(text) == ("loaded", []) for text in texts())
