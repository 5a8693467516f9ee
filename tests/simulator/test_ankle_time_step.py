"""Half the time step, the same walk: clearance within 0.5 mm, timing within 2 ms."""

import pytest

from simulator.patients import PATIENTS
from simulator.person import Person


def walked(kind: str, current_ma: float, step_s: float) -> Person:
    patient = PATIENTS[kind]._replace(compensates=0.0)
    walker = Person(patient, frozenset({"right"}), 1.2, 75.0, 1, 10.0, step_s=step_s)
    for k in range(560):
        walker.advance(k * 0.025)
        if current_ma > 0.0:
            walker.pulse("right", "dorsiflexors", current_ma, 300.0)
    return walker


@pytest.mark.parametrize(
    ("kind", "current_ma"), [("slap", 0.0), ("classic", 30.0), ("drag", 0.0), ("stroke", 30.0), ("spastic", 0.0)]
)
def test_half_the_step_changes_nothing_that_matters(kind: str, current_ma: float) -> None:
    coarse, fine = (walked(kind, current_ma, step_s) for step_s in (0.001, 0.0005))
    assert [event.kind for event in coarse.truth("right")] == [event.kind for event in fine.truth("right")]
    for ours, theirs in zip(coarse.truth("right"), fine.truth("right"), strict=True):
        assert ours.t_s == pytest.approx(theirs.t_s, abs=0.002)
    assert len(coarse.swings("right")) >= 8
    for swing, other in zip(coarse.swings("right"), fine.swings("right"), strict=True):
        assert swing.min_toe_clearance_mm == pytest.approx(other.min_toe_clearance_mm, abs=0.5)
        assert swing.foot_pitch_at_ic_deg == pytest.approx(other.foot_pitch_at_ic_deg, abs=1.0)
    times = [
        {loading.initial_contact_s: loading.foot_flat_s for loading in w.loadings("right")} for w in (coarse, fine)
    ]
    pairs = [
        (flat - contact, other_flat - other_contact)
        for contact, flat in times[0].items()
        for other_contact, other_flat in times[1].items()
        if abs(contact - other_contact) < 0.002
    ]
    assert all(ours == pytest.approx(theirs, abs=0.002) for ours, theirs in pairs)
    assert len(pairs) >= 8 or current_ma == 0.0
