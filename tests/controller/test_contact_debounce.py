"""The heel: debounce in the sensor's own seconds, hysteresis in level, and unknown where the wiring contradicts itself.

Times are fractions of two, so that a boundary is met exactly.
"""

from math import inf, nan, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import ContactSettings
from controller.contact import HeelEstimator
from controller.signals import NEVER_S, HeelContact

STEP_S = 1 / 128
ON_S, OFF_S, UNKNOWN_S = 1 / 32, 1 / 16, 1 / 8
SETTINGS = ContactSettings(
    debounce_on_s=ON_S, debounce_off_s=OFF_S, unknown_after_s=UNKNOWN_S, on_level=0.75, off_level=0.25
)
HOLD_S = {HeelContact.ON: ON_S, HeelContact.OFF: OFF_S, HeelContact.UNKNOWN: UNKNOWN_S}
CONTRADICTIONS = [nan, inf, -inf, nextafter(0.0, -1.0), nextafter(1.0, 2.0), -1.0, 2.0]


def held(estimator: HeelEstimator, start_s: float, level: float, for_s: float) -> float:
    """Feed `level` from `start_s` for `for_s`, both ends included; the stamp of the last sample."""
    count = round(for_s / STEP_S)
    for k in range(count + 1):
        estimator.update(start_s + k * STEP_S, level)
    return start_s + count * STEP_S


def settled(level: float) -> HeelEstimator:
    """An estimator that has seen `level` from -1 s to -1/128 s."""
    estimator = HeelEstimator(SETTINGS)
    held(estimator, -1.0, level, 1.0 - STEP_S)
    return estimator


def test_nothing_is_known_before_the_first_sample() -> None:
    estimator = HeelEstimator(SETTINGS)
    assert (estimator.contact, estimator.since_s) == (HeelContact.UNKNOWN, NEVER_S)


@pytest.mark.parametrize(
    ("before", "level", "after", "hold_s"),
    [
        (0.0, 1.0, HeelContact.ON, ON_S),
        (1.0, 0.0, HeelContact.OFF, OFF_S),
        (1.0, nan, HeelContact.UNKNOWN, UNKNOWN_S),
        (0.0, nan, HeelContact.UNKNOWN, UNKNOWN_S),
    ],
)
def test_a_change_counts_after_its_own_debounce_and_dates_from_its_first_sample(
    before: float, level: float, after: HeelContact, hold_s: float
) -> None:
    estimator = settled(before)
    was = estimator.contact
    last_s = held(estimator, 0.0, level, hold_s - STEP_S)
    assert estimator.contact == was
    estimator.update(last_s + STEP_S, level)
    assert (estimator.contact, estimator.since_s) == (after, 0.0)


def test_the_debounce_is_in_seconds_and_not_in_samples() -> None:
    estimator = settled(0.0)
    for k in range(1000):
        estimator.update(k * ON_S / 1001, 1.0)
    assert estimator.contact == HeelContact.OFF
    estimator = settled(0.0)
    estimator.update(0.0, 1.0)
    estimator.update(ON_S, 1.0)
    assert estimator.contact == HeelContact.ON


def test_bounce_shorter_than_the_debounce_changes_nothing() -> None:
    estimator = settled(1.0)
    for k in range(1, int(SETTINGS.chatter_s / STEP_S)):
        estimator.update(k * STEP_S, float(k % 2))
        assert estimator.contact == HeelContact.ON


def test_chatter_that_does_not_end_is_unknown() -> None:
    for other in (0.0, nan):
        estimator = settled(0.0)
        for k in range(round(3.0 * SETTINGS.chatter_s / STEP_S)):
            estimator.update(k * STEP_S, other if k % 2 else 1.0)
        assert estimator.contact == HeelContact.UNKNOWN


def test_the_debounce_starts_again_at_each_bounce() -> None:
    estimator = settled(0.0)
    held(estimator, 0.0, 1.0, ON_S - STEP_S)
    estimator.update(ON_S, 0.0)
    held(estimator, ON_S + STEP_S, 1.0, ON_S - STEP_S)
    assert estimator.contact == HeelContact.OFF
    estimator.update(2 * ON_S + STEP_S, 1.0)
    assert (estimator.contact, estimator.since_s) == (HeelContact.ON, ON_S + STEP_S)


@pytest.mark.parametrize("level", [0.25, 0.0, -0.0])
def test_at_and_below_the_lower_level_the_heel_is_off(level: float) -> None:
    estimator = settled(1.0)
    held(estimator, 0.0, level, OFF_S)
    assert estimator.contact == HeelContact.OFF


@pytest.mark.parametrize("level", [0.75, 1.0])
def test_at_and_above_the_upper_level_the_heel_is_on(level: float) -> None:
    estimator = settled(0.0)
    held(estimator, 0.0, level, ON_S)
    assert estimator.contact == HeelContact.ON


@pytest.mark.parametrize("level", [nextafter(0.25, 1.0), 0.5, nextafter(0.75, 0.0)])
@pytest.mark.parametrize(("before", "contact"), [(0.0, HeelContact.OFF), (1.0, HeelContact.ON)])
def test_between_the_levels_the_heel_stays_as_it_is(level: float, before: float, contact: HeelContact) -> None:
    estimator = settled(before)
    held(estimator, 0.0, level, 1.0)
    assert estimator.contact == contact


def test_between_the_levels_nothing_is_known_at_the_start() -> None:
    assert settled(0.5).contact == HeelContact.UNKNOWN


@pytest.mark.parametrize("level", CONTRADICTIONS)
@pytest.mark.parametrize("before", [0.0, 1.0])
def test_a_level_that_cannot_be_is_unknown(level: float, before: float) -> None:
    estimator = settled(before)
    held(estimator, 0.0, level, UNKNOWN_S)
    assert estimator.contact == HeelContact.UNKNOWN


def test_a_short_contradiction_is_borne() -> None:
    estimator = settled(1.0)
    held(estimator, 0.0, nan, UNKNOWN_S - STEP_S)
    held(estimator, UNKNOWN_S, 1.0, ON_S)
    assert (estimator.contact, estimator.since_s) == (HeelContact.ON, -1.0)


def test_a_lost_sensor_leaves_nothing_and_the_next_sample_starts_from_nothing() -> None:
    estimator = settled(1.0)
    estimator.lose()
    assert (estimator.contact, estimator.since_s) == (HeelContact.UNKNOWN, NEVER_S)
    held(estimator, 0.0, 0.5, 1.0)
    assert estimator.contact == HeelContact.UNKNOWN
    held(estimator, 2.0, 1.0, ON_S)
    assert (estimator.contact, estimator.since_s) == (HeelContact.ON, 2.0)


def test_without_debounce_the_first_sample_counts() -> None:
    estimator = HeelEstimator(ContactSettings(debounce_on_s=0.0, debounce_off_s=0.0, unknown_after_s=0.0))
    for t_s, level, contact in ((0.0, 1.0, HeelContact.ON), (1.0, 0.0, HeelContact.OFF), (2.0, nan, HeelContact(0))):
        estimator.update(t_s, level)
        assert (estimator.contact, estimator.since_s) == (contact, t_s)


BOUNCE_S, LIFT_S, SETTLED_S = 1.0, 1 / 8, 1.0


def bounced(gaps_s: tuple[float, ...]) -> HeelEstimator:
    """A heel that is down, and lifts for 1/8 s so that it comes down at 0 s and again after each of the gaps."""
    estimator = HeelEstimator(SETTINGS.model_copy(update={"bounce_s": BOUNCE_S}))
    held(estimator, -4.0, 1.0, 4.0 - LIFT_S - STEP_S)
    t_s = 0.0
    held(estimator, -LIFT_S, 0.0, LIFT_S - STEP_S)
    for gap_s in gaps_s:
        held(estimator, t_s, 1.0, gap_s - LIFT_S - STEP_S)
        held(estimator, t_s + gap_s - LIFT_S, 0.0, LIFT_S - STEP_S)
        t_s += gap_s
    held(estimator, t_s, 1.0, ON_S)
    return estimator


@pytest.mark.parametrize(
    ("gaps_s", "bounces"),
    [
        ((0.25, 0.25), False),
        ((0.25, 0.5, 0.25), True),
        ((0.25, 0.5, 0.25 + STEP_S), False),
        ((0.5, 0.5, 0.5, 0.5, 0.5), False),
        ((0.75, 0.25, 0.25, 0.25), True),
    ],
)
def test_a_heel_that_comes_down_four_times_within_the_time_bounces(gaps_s: tuple[float, ...], bounces: bool) -> None:
    estimator = bounced(gaps_s)
    assert estimator.bouncing == bounces
    assert estimator.contact == (HeelContact.UNKNOWN if bounces else HeelContact.ON)
    assert estimator.since_s == sum(gaps_s)


@pytest.mark.parametrize(("then", "contact"), [(1.0, HeelContact.ON), (0.0, HeelContact.OFF)])
def test_a_heel_that_bounced_is_believed_again_when_it_has_settled(then: float, contact: HeelContact) -> None:
    estimator = bounced((0.25, 0.25, 0.25))
    down_s = 0.75 + ON_S
    held(estimator, down_s + STEP_S, then, SETTLED_S - 2.0 * STEP_S)
    assert (estimator.contact, estimator.bouncing) == (HeelContact.UNKNOWN, True)
    estimator.update(down_s + SETTLED_S, then)
    assert (estimator.contact, estimator.bouncing) == (contact, False)
    assert estimator.since_s == (0.75 if then else down_s + STEP_S)


def test_bouncing_goes_on_while_it_bounces() -> None:
    estimator = bounced((0.25,) * 12)
    held(estimator, 3.0 + ON_S + STEP_S, 1.0, SETTLED_S - 2.0 * STEP_S)
    assert estimator.bouncing


def test_nothing_bounces_before_the_first_sample() -> None:
    assert HeelEstimator(SETTINGS).bouncing is False


def test_a_contact_may_chatter_for_just_so_long() -> None:
    estimator = HeelEstimator(SETTINGS.model_copy(update={"chatter_s": 0.25}))
    held(estimator, -1.0, 1.0, 1.0)
    count = round(0.25 / STEP_S)
    for k in range(1, count + 1):
        estimator.update(k * STEP_S, float(k % 2 == 0))
    contacts = [estimator.contact]
    estimator.update((count + 1) * STEP_S, float(count % 2))
    contacts.append(estimator.contact)
    assert contacts == [HeelContact.ON, HeelContact.UNKNOWN]


def test_a_lost_sensor_has_not_bounced() -> None:
    estimator = bounced((0.25, 0.25, 0.25))
    estimator.lose()
    assert not estimator.bouncing
    held(estimator, 1.0, 0.0, LIFT_S)
    held(estimator, 1.0 + LIFT_S + STEP_S, 1.0, ON_S)
    assert estimator.contact == HeelContact.ON


def test_a_contact_that_chatters_is_unknown_since_it_was_given_up() -> None:
    estimator = settled(1.0)
    t_s, chatter_s = 0.0, SETTINGS.chatter_s
    while estimator.contact == HeelContact.ON:
        t_s += STEP_S
        estimator.update(t_s, float(round(t_s / STEP_S) % 2))
    assert chatter_s < t_s <= chatter_s + 2.0 * STEP_S
    given_up_s = t_s
    for k in range(1, 21):
        estimator.update(t_s + k * STEP_S, float(k % 2))
    assert (estimator.contact, estimator.since_s) == (HeelContact.UNKNOWN, given_up_s)
    held(estimator, 2.0, 1.0, ON_S)
    assert (estimator.contact, estimator.since_s) == (HeelContact.ON, 2.0)


def could_be(contact: HeelContact, level: float) -> bool:
    """Whether a sample of `level` leaves `contact` possible, by the words of the settings alone."""
    if contact == HeelContact.ON:
        return 0.25 < level <= 1.0
    if contact == HeelContact.OFF:
        return 0.0 <= level < 0.75
    return True


@given(
    st.lists(st.tuples(st.integers(1, 20), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, nan, inf, -0.5])), max_size=80)
)
def test_every_change_was_held_without_contradiction(samples: list[tuple[int, float]]) -> None:
    estimator = HeelEstimator(SETTINGS)
    seen: list[tuple[float, float]] = []
    t_s, before = 0.0, HeelContact.UNKNOWN
    for steps, level in samples:
        t_s += steps * STEP_S
        seen.append((t_s, level))
        estimator.update(t_s, level)
        if estimator.contact != before:
            before = estimator.contact
            assert before == HeelContact.UNKNOWN or t_s - estimator.since_s >= HOLD_S[before]
            assert all(could_be(before, value) for stamp, value in seen if stamp >= estimator.since_s)
