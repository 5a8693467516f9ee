"""The fault table, and the book of the faults that are active."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.faults import FAULTS, Ending, Fault, FaultBook, FaultClass, fault_of

CUTTING = {"emergency_stop", "device", "exception", "gate", "clock"}
BY_CLASS = {kind: sorted(name for name, fault in FAULTS.items() if fault.kind == kind) for kind in FaultClass}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_every_row_tells_a_person_what_is_wrong_and_what_to_do(fault: Fault) -> None:
    for sentence in (fault.text, fault.cure, fault.noticed):
        assert sentence.strip() == sentence != ""
        assert not sentence.endswith(".")
        assert "\n" not in sentence
    assert fault_of(fault.name) is fault
    assert fault_of(f"{fault.name}:right") is fault
    assert fault_of(f"{fault.name}:right:x") is fault


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_burst_is_cut_only_where_current_itself_is_in_doubt(fault: Fault) -> None:
    assert (fault.ending == Ending.CUT) == (fault.name in CUTTING)
    if fault.ending == Ending.CUT:
        assert fault.kind == FaultClass.LATCH
    if fault.kind == FaultClass.DEGRADE:
        assert fault.ending == Ending.NOTHING
    if fault.kind == FaultClass.LATCH:
        assert fault.ending in (Ending.CUT, Ending.OPEN_LOOP)
        assert "disarm and arm" in fault.cure


def test_the_classes_of_the_design() -> None:
    assert BY_CLASS[FaultClass.LATCH] == sorted([*CUTTING, "sensors_lost", "loop_stalled", "loop_often_late"])
    assert BY_CLASS[FaultClass.DEGRADE] == ["heel_doubted", "heel_lost", "imu_lost"]
    assert BY_CLASS[FaultClass.WITHHOLD] == ["gait_timeout", "imu_needed", "late_loop", "recorder"]


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
    assert not book.withholding("left")
    book = FaultBook()
    book.raise_fault(name, "", 0.0)
    assert bool(book.withholding("left")) == (FAULTS[name].kind != FaultClass.DEGRADE)


def test_clearing_ends_the_fault_of_that_subject_only() -> None:
    book = FaultBook()
    book.raise_fault("heel_lost", "right", 0.0)
    book.raise_fault("heel_lost", "left", 0.0)
    assert book.clear("heel_lost", "right")
    assert not book.clear("heel_lost", "right")
    assert not book.clear("heel_lost")
    assert book.active == ("heel_lost:left",)


@pytest.mark.parametrize("name", BY_CLASS[FaultClass.WITHHOLD])
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
