"""The force-sensing resistor model (reference 5.10), as the driver's own curve reads it."""

from math import isnan
from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import FsrSettings
from drivers.fsr import level_of
from simulator.sensors import FsrModel

SETTINGS = FsrSettings(kind="fsr", id="heel", side="left")
"""Its full load is that of 400 N under the heel."""


def level(model: FsrModel) -> float:
    return level_of(model.volts(), SETTINGS)


def code(model: FsrModel) -> int:
    """What a converter of 10 bits would say."""
    return round(model.volts() / SETTINGS.supply_v * 1023)


def levels(model: FsrModel, force_n: float, start_s: float, seconds: float = 1.0) -> list[float]:
    """Levels at 1 kHz under a constant force."""
    seen = []
    for k in range(round(seconds * 1000)):
        t_s = start_s + k / 1000.0
        model.advance(t_s, force_n)
        seen.append(level(model))
    return seen


def test_level_rises_with_the_force_and_full_load_is_about_one() -> None:
    for seed in range(20):
        model = FsrModel(SETTINGS, str(seed))
        means = [
            mean(levels(model, force_n, 2.0 * k)[500:]) for k, force_n in enumerate([0.0, 50.0, 100.0, 200.0, 400.0])
        ]
        assert means == sorted(means)
        assert means[0] < 0.1
        assert means[2] == pytest.approx(0.25, abs=0.08)
        assert means[4] == pytest.approx(0.98, abs=0.08)


def test_it_never_reads_zero_force_as_nothing_at_all() -> None:
    for seed in range(20):
        assert 0.005 < mean(levels(FsrModel(SETTINGS, str(seed)), 0.0, 0.0)) < 0.06, "the shoe preloads it"


def test_noise_is_5_to_10_lsb() -> None:
    spreads = []
    for seed in range(20):
        model, codes = FsrModel(SETTINGS, str(seed)), []
        for k in range(1500):
            model.advance(k / 1000.0, 100.0)
            codes.append(code(model))
        spreads.append(pstdev(codes[500:]))
    assert all(4.5 <= spread <= 11.0 for spread in spreads)
    assert max(spreads) - min(spreads) > 2.0


def test_it_answers_within_milliseconds_and_lets_go_with_a_tail() -> None:
    rises, tails = [], []
    for seed in range(40):
        model = FsrModel(SETTINGS, str(seed))
        empty = mean(levels(model, 0.0, 0.0, 0.2))
        loaded = levels(model, 200.0, 0.2, 2.0)
        steady = mean(loaded[500:])
        rises.append(next(k for k, level in enumerate(loaded) if level > empty + 0.632 * (steady - empty)))
        after = levels(model, 0.0, 2.2, 2.0)
        tails.append((mean(after[15:60]) - empty, mean(after[1500:]) - empty))
    assert max(rises) <= 8
    assert mean(tail for tail, _ in tails) > 0.005
    assert abs(mean(rest for _, rest in tails)) < 0.002


def test_it_drifts_by_at_most_a_fifth_a_day() -> None:
    ratios = []
    for seed in range(40):
        shown = []
        for hours in (0.0, 24.0):
            model = FsrModel(SETTINGS, str(seed), worn_s=hours * 3600.0)
            shown.append(mean(levels(model, 150.0, 5.0)[300:]))
        ratios.append(shown[1] / shown[0])
    # A fifth of the conductance is a quarter of the force: the exponent is 0.8.
    assert all(0.72 <= ratio <= 1.30 for ratio in ratios)
    assert max(ratios) > 1.1
    assert min(ratios) < 0.9


@given(st.lists(st.floats(-10.0, 5000.0), max_size=40), st.integers(0, 100))
def test_whatever_the_force_level_and_code_stay_in_range(forces: list[float], seed: int) -> None:
    model = FsrModel(SETTINGS, str(seed), worn_s=30.0 * 86400.0)
    for k, force_n in enumerate(forces):
        model.advance(k * 0.005, force_n)
        assert 0 <= code(model) <= 1023
        assert isnan(level(model)) or 0.0 <= level(model) <= 1.0


def test_the_same_seed_is_the_same_pad_and_a_repeated_stamp_is_ignored() -> None:
    one, same, other = FsrModel(SETTINGS, "1"), FsrModel(SETTINGS, "1"), FsrModel(SETTINGS, "2")
    rows = [levels(model, 120.0, 0.0, 0.1) for model in (one, same, other)]
    assert rows[0] == rows[1] != rows[2]
    before = one.volts()
    one.advance(0.05, 3000.0)
    assert one.volts() == before


def test_a_broken_cable_is_told_from_an_unloaded_pad_and_a_short_from_a_loaded_one() -> None:
    for seed in range(20):
        model = FsrModel(SETTINGS, str(seed))
        for k, (fault, force_n) in enumerate(
            [(model.cut, 0.0), (model.cut, 400.0), (model.short, 0.0), (model.short, 400.0)]
        ):
            assert not any(isnan(seen) for seen in levels(model, force_n, 4.0 * k, 0.5))
            fault()
            assert mean(isnan(seen) for seen in levels(model, force_n, 4.0 * k + 1.0, 0.5)) > 0.99
            model.mend()


def test_a_sliding_foot_pushes_on_an_unloaded_pad() -> None:
    model = FsrModel(SETTINGS, "1")
    empty = max(levels(model, 0.0, 0.0, 5.0))
    model.sliding.begin(2.0)
    slides = levels(model, 0.0, 5.0, 5.0)
    assert max(slides) > 2.0 * empty
    assert sum(seen > empty for seen in slides) < 0.2 * len(slides)
    model.sliding.end()
    assert max(levels(model, 0.0, 11.0, 2.0)[500:]) < 1.5 * empty
