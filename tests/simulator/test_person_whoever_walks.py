"""Whoever walks at whatever speed: what can be seen of the person stays finite and within what a leg can do.

The joint stops at -45 and 25 deg are soft: a violent clonus at a fast walk goes beyond.
"""

from math import isfinite

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.course import Course, Ramp, Stand, Turn, Walk
from simulator.patients import PATIENTS
from simulator.person import Person

SPEED = st.floats(0.2, 1.8)


@settings(deadline=None, max_examples=10)
@given(
    kind=st.sampled_from(["slap", "classic", "drag"]),
    speeds=st.tuples(SPEED, SPEED, SPEED),
    turn_deg=st.floats(-250.0, 250.0),
    calf_stiffness=st.floats(0.8, 2.0),
    reflex=st.floats(0.0, 0.1),
    clonus_nm=st.floats(0.0, 8.0),
    asymmetry=st.floats(0.0, 0.1),
    current_ma=st.sampled_from([0.0, 30.0, 60.0]),
    seed=st.integers(0, 1000),
)
def test_every_person_stays_a_person(
    kind: str,
    speeds: tuple[float, float, float],
    turn_deg: float,
    calf_stiffness: float,
    reflex: float,
    clonus_nm: float,
    asymmetry: float,
    current_ma: float,
    seed: int,
) -> None:
    patient = PATIENTS[kind]._replace(
        calf_stiffness=calf_stiffness,
        reflex_nm_s_per_deg=reflex,
        clonus_hz=6.0,
        clonus_nm=clonus_nm,
        stance_asymmetry=asymmetry,
    )
    course = Course((Stand(0.5), Ramp(4.0, speeds[0], speeds[1]), Turn(turn_deg), Stand(1.0), Walk(4.0, speeds[2])))
    person = Person(patient, frozenset({"right"}), 1.0, 75.0, seed, course=course)
    for k in range(600):
        person.advance(k * 0.025)
        if current_ma > 0.0:
            person.pulse("right", "dorsiflexors", current_ma, 300.0)
        state = person.state("right")
        assert all(isfinite(value) for value in state)
        assert -80.0 < state.dorsiflexion_deg < 40.0
        assert -130.0 < state.foot_pitch_deg < 70.0
        assert 0.0 <= state.steppage_deg <= 15.0
        assert 0.0 <= state.hip_hike_mm <= 30.0
        assert 0.0 <= person.heel_force_n("right") < 2.0 * 75.0 * 9.81
        for placement in ("shank", "foot"):
            values = person.imu("right", "shank" if placement == "shank" else "foot")
            assert all(isfinite(value) and abs(value) < 5000.0 for value in values)
    for swing in person.swings("right"):
        assert swing.initial_contact_s > swing.foot_off_s
        assert 0.0 <= swing.scrape_share <= 1.0
        assert 0.0 <= swing.hanging_share <= 1.0
        assert -250.0 < swing.min_toe_clearance_mm < 250.0
