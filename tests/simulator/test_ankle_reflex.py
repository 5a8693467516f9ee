"""The spastic calf: what it answers to, how late, and how clonus dies away (reference 5.4, 5.8)."""

import itertools

import pytest

from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.reflex import MOST_NM, CalfReflex, is_spastic

DT = 0.001
SPASTIC = PATIENTS["drag"]._replace(reflex_nm_s_per_deg=0.05)
CLONIC = SPASTIC._replace(clonus_hz=6.0, clonus_nm=5.0)


def answer(reflex: CalfReflex, rates: list[float]) -> list[float]:
    return [reflex.moment(rate, DT) for rate in rates]


def test_slow_stretches_and_shortening_are_not_answered() -> None:
    for rate in (60.0, 0.0, -400.0):
        assert set(answer(CalfReflex(SPASTIC, DT), [rate] * 300)) == {0.0}


def test_a_fast_stretch_is_answered_late_and_softly() -> None:
    moments = answer(CalfReflex(SPASTIC, DT), [160.0] * 600)
    assert all(moment == 0.0 for moment in moments[:40])
    assert moments[40] < 0.0
    assert moments[90] == pytest.approx(-0.05 * 100.0 * 0.63, rel=0.03)
    assert moments[-1] == pytest.approx(-0.05 * 100.0, rel=0.01)


def test_the_delay_does_not_depend_on_the_step() -> None:
    fine = CalfReflex(SPASTIC, 0.0005)
    moments = [fine.moment(160.0, 0.0005) for _ in range(400)]
    coarse = answer(CalfReflex(SPASTIC, DT), [160.0] * 200)
    assert moments[-1] == pytest.approx(coarse[-1], rel=0.01)
    assert all(moment == 0.0 for moment in moments[:80])


def test_clonus_beats_at_its_rhythm_and_dies_away() -> None:
    reflex = CalfReflex(CLONIC._replace(reflex_nm_s_per_deg=0.0), DT)
    moments = answer(reflex, [200.0] * 20 + [0.0] * 1980)
    assert all(moment <= 0.0 for moment in moments)
    beats = [
        (k, moments[k]) for k in range(1, 1999) if moments[k] < -0.05 and moments[k - 1] > moments[k] < moments[k + 1]
    ]
    assert len(beats) >= 5
    assert beats[1][0] - beats[0][0] == pytest.approx(1000.0 / 6.0, abs=10.0)
    assert min(moment for _, moment in beats) == beats[0][1]
    assert all(later > earlier for (_, earlier), (_, later) in itertools.pairwise(beats))
    assert moments[-1] == 0.0


def test_a_stretch_that_is_not_fast_starts_no_clonus() -> None:
    reflex = CalfReflex(CLONIC._replace(reflex_nm_s_per_deg=0.0), DT)
    assert set(answer(reflex, [110.0] * 500)) == {0.0}


@pytest.mark.parametrize("rate", [700.0, 3000.0, 1e9])
def test_no_stretch_is_answered_by_more_than_a_calf_can_give(rate: float) -> None:
    wild = CLONIC._replace(reflex_nm_s_per_deg=0.1)
    moments = answer(CalfReflex(wild, DT), [rate] * 600)
    assert min(moments) == pytest.approx(-MOST_NM, rel=0.001)
    assert min(moments) >= -MOST_NM
    let_go = answer(CalfReflex(wild._replace(clonus_nm=0.0), DT), [rate] * 300 + [0.0] * 200)
    assert let_go[-1] > -0.05 * MOST_NM, "nothing is stored up beyond the limit"
    moments = answer(CalfReflex(wild, DT), [300.0] * 300)
    assert -26.0 - CLONIC.clonus_nm < min(moments) < -20.0, "below the limit it is 0.1 times 240"


def test_only_spastic_calves_answer() -> None:
    assert is_spastic(SPASTIC)
    assert is_spastic(PATIENTS["drag"]._replace(clonus_nm=3.0))
    assert not is_spastic(PATIENTS["drag"])


@pytest.mark.parametrize("kind", ["classic", "slap"])
def test_spasticity_takes_dorsiflexion_away_in_swing(kind: str) -> None:
    """The same weakness, the same stimulation: the foot comes less far up."""
    reached = []
    for gain in (0.0, 0.08):
        patient = PATIENTS[kind]._replace(compensates=0.0, reflex_nm_s_per_deg=gain)
        walker = Person(patient, frozenset({"right"}), 1.2, 75.0, 1, 12.0)
        for k in range(600):
            walker.advance(k * 0.025)
            walker.pulse("right", "dorsiflexors", 30.0, 300.0)
        swings = walker.swings("right")[2:]
        reached.append(sum(swing.mean_dorsiflexion_deg for swing in swings) / len(swings))
    assert reached[1] < reached[0] - 0.3
