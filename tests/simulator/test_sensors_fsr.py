"""The force-sensing resistor model (reference 5.10)."""

from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sensors import FsrModel

FULL_N = 400.0


def levels(model: FsrModel, force_n: float, start_s: float, seconds: float = 1.0) -> list[float]:
    """Levels at 1 kHz under a constant force."""
    seen = []
    for k in range(round(seconds * 1000)):
        t_s = start_s + k / 1000.0
        model.advance(t_s, force_n)
        seen.append(model.level(t_s))
    return seen


def test_level_rises_with_the_force_and_full_load_is_about_one() -> None:
    for seed in range(20):
        model = FsrModel(str(seed), FULL_N)
        means = [
            mean(levels(model, force_n, 2.0 * k)[500:]) for k, force_n in enumerate([0.0, 50.0, 100.0, 200.0, 400.0])
        ]
        assert means == sorted(means)
        assert means[0] < 0.1
        assert means[2] == pytest.approx(0.25, abs=0.08)
        assert means[4] == pytest.approx(0.98, abs=0.08)


def test_it_never_reads_zero_force_as_nothing_at_all() -> None:
    for seed in range(20):
        assert 0.0 < mean(levels(FsrModel(str(seed), FULL_N), 0.0, 0.0)) < 0.06, "the shoe preloads it"


def test_noise_is_5_to_10_lsb() -> None:
    spreads = []
    for seed in range(20):
        model, codes = FsrModel(str(seed), FULL_N), []
        for k in range(1500):
            model.advance(k / 1000.0, 100.0)
            codes.append(model.code())
        spreads.append(pstdev(codes[500:]))
    assert all(4.5 <= spread <= 11.0 for spread in spreads)
    assert max(spreads) - min(spreads) > 2.0


def test_it_answers_within_milliseconds_and_lets_go_with_a_tail() -> None:
    rises, tails = [], []
    for seed in range(40):
        model = FsrModel(str(seed), FULL_N)
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
            model = FsrModel(str(seed), FULL_N, worn_s=hours * 3600.0)
            shown.append(mean(levels(model, 150.0, 5.0)[300:]))
        ratios.append(shown[1] / shown[0])
    # A fifth of the conductance is a quarter of the force: the exponent is 0.8.
    assert all(0.72 <= ratio <= 1.30 for ratio in ratios)
    assert max(ratios) > 1.1
    assert min(ratios) < 0.9


@given(st.lists(st.floats(-10.0, 5000.0), max_size=40), st.integers(0, 100))
def test_whatever_the_force_level_and_code_stay_in_range(forces: list[float], seed: int) -> None:
    model = FsrModel(str(seed), FULL_N, worn_s=30.0 * 86400.0)
    for k, force_n in enumerate(forces):
        model.advance(k * 0.005, force_n)
        assert 0 <= model.code() <= 1023
        assert 0.0 <= model.level(k * 0.005) <= 1.0


def test_the_same_seed_is_the_same_pad_and_a_repeated_stamp_is_ignored() -> None:
    one, same, other = FsrModel("1"), FsrModel("1"), FsrModel("2")
    rows = [levels(model, 120.0, 0.0, 0.1) for model in (one, same, other)]
    assert rows[0] == rows[1] != rows[2]
    before = one.code()
    one.advance(0.05, 3000.0)
    assert one.code() == before


@pytest.mark.parametrize("full_n", [0.0, -5.0, float("nan"), 5000.0])
def test_an_absurd_full_load_is_refused(full_n: float) -> None:
    with pytest.raises(ValueError, match="full load"):
        FsrModel("1", full_n)


def test_the_level_before_any_force_is_refused() -> None:
    with pytest.raises(ValueError, match="before the force was told"):
        FsrModel("1").level(0.0)
