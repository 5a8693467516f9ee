"""The letter box between whoever commands and the tick: bounded, in order, and what ends output is never lost."""

from itertools import chain, repeat

from hypothesis import given
from hypothesis import strategies as st

from controller.arming import Arming
from controller.signals import ArmingState, CommandKind, OperatorCommand
from runtime.mailbox import MOST_WAITING, Mailbox

LETTERS = st.lists(
    st.tuples(st.sampled_from(CommandKind), st.one_of(st.integers(1, 3), st.integers(60, 140))), max_size=8
).map(lambda runs: [OperatorCommand(kind) for kind in chain.from_iterable(repeat(*run) for run in runs)])


def posted(letters: list[OperatorCommand]) -> tuple[OperatorCommand, ...]:
    mailbox = Mailbox()
    for letter in letters:
        mailbox.post(letter)
    return mailbox.take()


def test_letters_come_once_and_in_order() -> None:
    mailbox = Mailbox()
    first, second = OperatorCommand(CommandKind.PAUSE), OperatorCommand(CommandKind.MODE, argument="exercise")
    mailbox.post(first)
    mailbox.post(second)
    assert mailbox.take() == (first, second)
    assert mailbox.take() == ()
    mailbox.post(second)
    assert mailbox.take() == (second,)


def test_a_flood_is_bounded_and_keeps_its_beginning() -> None:
    letters = [OperatorCommand(CommandKind.TEST_BURST, argument=str(i)) for i in range(10 * MOST_WAITING)]
    assert posted(letters) == tuple(letters[:MOST_WAITING])


def test_a_flood_of_anything_is_bounded() -> None:
    letters = [OperatorCommand(kind) for kind in CommandKind for _ in range(10 * MOST_WAITING)]
    assert len(posted(letters)) <= 4 * MOST_WAITING


@given(LETTERS, LETTERS)
def test_a_stop_is_never_lost(before: list[OperatorCommand], after: list[OperatorCommand]) -> None:
    stop = OperatorCommand(CommandKind.STOP)
    taken = posted([*before, stop, *after])
    assert stop in taken


@given(LETTERS)
def test_a_disarm_at_the_end_of_a_flood_ends_output(letters: list[OperatorCommand]) -> None:
    arming = Arming()
    arming.handle(posted([*letters, OperatorCommand(CommandKind.DISARM)]), ())
    assert arming.state in (ArmingState.DISARMED, ArmingState.LATCHED)


@given(LETTERS)
def test_a_flood_arms_nobody_whom_the_whole_of_it_would_not(letters: list[OperatorCommand]) -> None:
    whole, kept = Arming(), Arming()
    whole.handle(tuple(letters), ())
    kept.handle(posted(letters), ())
    assert whole.state == ArmingState.ARMED or kept.state != ArmingState.ARMED
