"""The fault table, and the book of the faults that are active."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import default_settings
from controller.fault_book import FaultBook
from controller.faults import FAULTS, Clearing, Ending, FaultClass, fault_of

CUTTING = {"emergency_stop", "device", "exception", "gate", "clock", "guard"}
BY_CLASS = {kind: sorted(name for name, fault in FAULTS.items() if fault.kind == kind) for kind in FaultClass}


@pytest.mark.parametrize("name", FAULTS)
def test_every_row_tells_a_person_what_is_wrong_and_what_to_do(name: str) -> None:
    fault = FAULTS[name]
    for sentence in (fault.text, fault.cure, fault.seen.words):
        assert sentence.strip() == sentence != ""
        assert not sentence.endswith(".")
        assert "\n" not in sentence
    assert fault_of(fault.name) is fault
    assert fault_of(f"{fault.name}:right") is fault
    assert fault_of(f"{fault.name}:right:x") is fault


@pytest.mark.parametrize("name", FAULTS)
def test_a_burst_is_cut_only_where_current_itself_is_in_doubt(name: str) -> None:
    fault = FAULTS[name]
    assert (fault.ending == Ending.CUT) == (fault.name in CUTTING)
    if fault.ending == Ending.CUT:
        assert fault.kind == FaultClass.LATCH
    if fault.kind == FaultClass.DEGRADE:
        assert fault.ending == Ending.NOTHING
    if fault.kind == FaultClass.LATCH:
        assert fault.ending in (Ending.CUT, Ending.OPEN_LOOP)
        assert "disarm and arm" in fault.cure or "start the program again" in fault.cure


def test_the_classes_of_the_design() -> None:
    assert BY_CLASS[FaultClass.LATCH] == sorted([*CUTTING, "sensors_lost", "loop_stalled", "loop_often_late"])
    assert BY_CLASS[FaultClass.DEGRADE] == [
        "heel_doubted", "heel_lost", "imu_doubted", "imu_lost", "imu_slipped", "no_effect"
    ]  # fmt: skip
    assert BY_CLASS[FaultClass.WITHHOLD] == [
        "gait_timeout", "imu_needed", "imu_reversed", "late_loop", "recorder"
    ]  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_clears_a_fault_fits_its_class(name: str) -> None:
    fault = FAULTS[name]
    assert (fault.clears == Clearing.PERSON) == (fault.kind == FaultClass.LATCH)
    assert (fault.clears == Clearing.GOOD_STRIDES) == (fault.kind == FaultClass.WITHHOLD)
    assert fault.anchor == f"docs/faults.md#{fault.name}"


NOTICED_S = {
    "gait_timeout": 1.21,
    "late_loop": 0.01,
    "recorder": 0.01,
    "imu_needed": 4.01,
    "imu_reversed": 6.005,
    "heel_lost": 1.01,
    "imu_lost": 1.01,
    "heel_doubted": 3.005,
    "imu_doubted": 3.005,
    "imu_slipped": 4.005,
    "no_effect": 9.005,
    "sensors_lost": 1.41,
    "loop_stalled": 0.41,
    "loop_often_late": 10.41,
    "emergency_stop": 0.01,
    "device": 0.01,
    "gate": 0.005,
    "clock": 0.02,
    "guard": 0.01,
    "exception": 0.01,
}
"""At the default settings, with strides of a second."""


@pytest.mark.parametrize("name", FAULTS)
def test_how_soon_each_fault_is_noticed(name: str) -> None:
    settings = default_settings()
    fault = FAULTS[name]
    assert fault.noticed_within_s(settings, 1.0) == pytest.approx(NOTICED_S[name])
    strides = fault.seen.strides * (settings.gait.slow_stride_s - 1.0)
    assert fault.noticed_within_s(settings) == pytest.approx(NOTICED_S[name] + strides)


CHANGED_S = {
    ("judgement", "stale_s", 0.5): {"heel_lost": 1.01, "imu_lost": 1.01},
    ("judgement", "slow_s", 0.2): {"heel_lost": 0.81, "imu_lost": 0.21, "sensors_lost": 1.21, "imu_needed": 3.21},
    ("judgement", "frozen_s", 2.0): {"heel_lost": 1.01, "imu_lost": 4.01, "sensors_lost": 4.41, "imu_needed": 7.01},
    ("judgement", "slow_s", 5.0): {"heel_lost": 5.01, "imu_lost": 5.01, "sensors_lost": 5.41, "imu_needed": 8.01},
    ("contact", "chatter_s", 1.0): {"heel_lost": 1.01},
    ("contact", "bounce_s", 2.0): {"heel_lost": 2.01, "sensors_lost": 2.41},
    ("gait", "swing_max_s", 3.0): {"gait_timeout": 3.01},
    ("gait", "pre_swing_max_s", 2.5): {"gait_timeout": 2.51},
    ("faults", "late_window_s", 60.0): {"loop_often_late": 60.41},
    ("stimulation", "open_loop_s", 0.2): {"loop_often_late": 10.21, "loop_stalled": 0.21, "sensors_lost": 1.21},
    ("loop", "rate_hz", 100): {"gate": 0.01, "clock": 0.04, "device": 0.02},
}


@pytest.mark.parametrize(("section", "key", "value"), CHANGED_S)
def test_how_soon_follows_the_settings(section: str, key: str, value: float) -> None:
    settings = default_settings()
    changed = getattr(settings, section).model_copy(update={key: value})
    settings = settings.model_copy(update={section: changed})
    for name, seconds in CHANGED_S[section, key, value].items():
        assert FAULTS[name].noticed_within_s(settings, 1.0) == pytest.approx(seconds), name


@pytest.mark.parametrize(
    ("section", "values", "seconds"),
    [
        ("judgement", {"stale_s": 0.5, "slow_s": 0.2, "frozen_s": 0.05}, 0.51),
        ("judgement", {"stale_s": 0.05, "slow_s": 0.2, "frozen_s": 0.2}, 0.41),
    ],
)
def test_the_slowest_way_in_which_an_imu_is_lost_counts(section: str, values: dict[str, float], seconds: float) -> None:
    settings = default_settings()
    settings = settings.model_copy(update={section: settings.judgement.model_copy(update=values)})
    assert FAULTS["imu_lost"].noticed_within_s(settings) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({"unknown_after_s": 0.2, "chatter_s": 0.05, "bounce_s": 0.1}, 0.21),
        ({"unknown_after_s": 0.01, "chatter_s": 0.4, "bounce_s": 0.2}, 0.41),
        ({"unknown_after_s": 0.01, "chatter_s": 0.05, "bounce_s": 0.2}, 0.21),
        ({"unknown_after_s": 0.01, "chatter_s": 0.05, "bounce_s": 0.1}, 0.16),
    ],
)
def test_the_slowest_way_in_which_a_heel_is_lost_counts(values: dict[str, float], seconds: float) -> None:
    settings = default_settings()
    judgement = settings.judgement.model_copy(update={"slow_s": 0.1, "stale_s": 0.15})
    contact = settings.contact.model_copy(update=values)
    settings = settings.model_copy(update={"contact": contact, "judgement": judgement})
    assert FAULTS["heel_lost"].noticed_within_s(settings) == pytest.approx(seconds)


def test_an_unknown_fault_is_an_error() -> None:
    with pytest.raises(KeyError):
        fault_of("meteor")
    with pytest.raises(KeyError):
        fault_of("")


def test_a_new_book_is_empty() -> None:
    book = FaultBook()
    assert book.active == ()
    assert not book.latched
    assert not book.withholding("left")


def test_faults_are_listed_oldest_first_with_their_subject() -> None:
    book = FaultBook()
    assert book.raise_fault("late_loop", "", 0.0)
    assert book.raise_fault("heel_lost", "right", 0.0)
    assert not book.raise_fault("late_loop", "", 1.0)
    assert book.raise_fault("heel_lost", "left", 0.0)
    assert book.active == ("late_loop", "heel_lost:right", "heel_lost:left")


@pytest.mark.parametrize("name", FAULTS)
def test_what_each_fault_does_to_later_bursts(name: str) -> None:
    book = FaultBook()
    book.raise_fault(name, "right", 0.0)
    assert book.latched == (FAULTS[name].kind == FaultClass.LATCH)
    assert bool(book.withholding("right")) == (FAULTS[name].kind != FaultClass.DEGRADE)
    assert book.withholding("left") == ""
    book = FaultBook()
    book.raise_fault(name, "", 0.0)
    assert bool(book.withholding("left")) == (FAULTS[name].kind != FaultClass.DEGRADE)


def test_clearing_ends_the_fault_of_that_subject_only() -> None:
    book = FaultBook()
    book.raise_fault("heel_lost", "right", 0.0)
    book.raise_fault("heel_lost", "left", 0.0)
    assert book.clear("heel_lost", "right")
    assert not book.clear("heel_lost", "right")
    assert not book.clear("heel_lost", "")
    assert book.active == ("heel_lost:left",)
    book.raise_fault("recorder", "", 0.0)
    assert book.clear("recorder", "")
    assert book.active == ("heel_lost:left",)


@pytest.mark.parametrize("name", [name for name, row in FAULTS.items() if row.clears == Clearing.GOOD_STRIDES])
@pytest.mark.parametrize("subject", ["right", ""])
@pytest.mark.parametrize("needed", [1, 2, 5])
def test_a_withheld_burst_comes_back_after_the_good_strides(name: str, subject: str, needed: int) -> None:
    book = FaultBook()
    book.raise_fault(name, subject, 0.0)
    for _ in range(needed - 1):
        book.good_stride("right", needed)
        assert book.withholding("right")
    book.good_stride("right", needed)
    assert book.active == ()


def test_strides_of_the_other_leg_do_not_count() -> None:
    book = FaultBook()
    book.raise_fault("gait_timeout", "right", 0.0)
    for _ in range(10):
        book.good_stride("left", 2)
    assert book.active == ("gait_timeout:right",)


def test_a_fault_that_comes_again_counts_its_good_strides_from_nothing() -> None:
    book = FaultBook()
    book.raise_fault("gait_timeout", "right", 0.0)
    book.good_stride("right", 2)
    assert not book.raise_fault("gait_timeout", "right", 0.0)
    book.good_stride("right", 2)
    assert book.withholding("right")
    book.good_stride("right", 2)
    assert not book.withholding("right")
    assert book.raise_fault("gait_timeout", "right", 0.0)
    book.good_stride("right", 2)
    assert book.withholding("right")


@pytest.mark.parametrize("name", BY_CLASS[FaultClass.LATCH] + BY_CLASS[FaultClass.DEGRADE])
def test_good_strides_clear_nothing_else(name: str) -> None:
    book = FaultBook()
    book.raise_fault(name, "right", 0.0)
    for _ in range(100):
        book.good_stride("right", 1)
    assert book.active == (f"{name}:right",)


def test_latches_end_only_when_a_person_acknowledges_them() -> None:
    book = FaultBook()
    for name in FAULTS:
        book.raise_fault(name, "right", 0.0)
    book.clear_latches()
    assert not book.latched
    assert sorted(book.active) == sorted(f"{n}:right" for n, f in FAULTS.items() if f.kind != FaultClass.LATCH)


ACTS = st.tuples(
    st.sampled_from(["raise", "clear", "stride", "acknowledge"]),
    st.sampled_from(sorted(FAULTS)),
    st.sampled_from(["", "left", "right"]),
)


@given(st.lists(ACTS, max_size=60), st.integers(1, 4))
def test_a_latch_outlives_everything_but_its_acknowledgement(acts: list[tuple[str, str, str]], needed: int) -> None:
    book = FaultBook()
    latched: set[str] = set()
    for act, name, subject in acts:
        latch = FAULTS[name].kind == FaultClass.LATCH
        if act == "raise":
            book.raise_fault(name, subject, 0.0)
            if latch:
                latched.add(f"{name}:{subject}" if subject else name)
        elif act == "clear" and not latch:
            book.clear(name, subject)
        elif act == "stride":
            book.good_stride(subject or "left", needed)
        elif act == "acknowledge":
            book.clear_latches()
            latched.clear()
        assert book.latched == bool(latched)
        assert latched <= set(book.active)


@given(st.lists(st.sampled_from(["raise", "stride"]), max_size=40), st.integers(1, 4))
def test_so_many_good_strides_in_a_row_clear_and_no_fewer(acts: list[str], needed: int) -> None:
    book = FaultBook()
    strides = needed
    for act in acts:
        if act == "raise":
            book.raise_fault("gait_timeout", "right", 0.0)
            strides = 0
        else:
            book.good_stride("right", needed)
            strides += 1
        assert bool(book.withholding("right")) == (strides < needed)


def test_what_withholds_from_a_seated_person_ends_with_time_and_latches_do_not() -> None:
    book = FaultBook()
    for name in FAULTS:
        book.raise_fault(name, "right", 1.0)
    book.raise_fault("late_loop", "right", 3.0)
    book.clear_withholding(3.0)
    kept = [n for n, f in FAULTS.items() if f.kind != FaultClass.WITHHOLD or n == "late_loop"]
    assert sorted(book.active) == sorted(f"{n}:right" for n in kept)
