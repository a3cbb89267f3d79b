"""Operators' typing: learned from their own sign-ins, judged by it, and destroyed when asked."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.faults import NotPermitted
from kiosk.risk.typed import WINDOW_KEYS, Typed
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.typing_rhythm import ENROLLED_AT, RhythmBook
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditEvent
from kiosk.vault.store import Store
from tests.fakes.typists import Typist
from tests.trust.people import ADA, RIGHT, staffed
from tests.vault.specimen import NOW, store_in

TESS, SVEN = OperatorId("tess"), OperatorId("sven")


def password(typist: Typist) -> Typed:
    hold, flight = typist.types()
    return Typed(tuple(round(1_000 * one) for one in hold), tuple(round(1_000 * one) for one in flight))


def stretch(typist: Typist) -> Typed:
    """Running text is many short pieces of the same hands."""
    pieces = [typist.types() for _ in range(8)]
    hold = np.concatenate([one for one, _ in pieces])[: WINDOW_KEYS + 4]
    flight = np.concatenate([np.append(one, 0.15) for _, one in pieces])[: len(hold) - 1]
    return Typed(tuple(round(1_000 * one) for one in hold), tuple(round(1_000 * one) for one in flight))


def enrol(book: RhythmBook, typist: Typist, times: int = 40) -> None:
    for _ in range(times):
        book.signed_in(TESS, password(typist), NOW)


def events(store: Store) -> list[str]:
    return [line.event for line in store.audit_lines() if line.event.startswith("rhythm")]


@pytest.fixture
def store(tmp_path: Path):
    with store_in(tmp_path / "store") as opened:
        staffed(opened, ("tess", Role.TELLER), ("sven", Role.SUPERVISOR))
        yield opened


def test_nothing_is_judged_before_enough_sign_ins(store: Store) -> None:
    book, tess = RhythmBook(store), Typist(1)
    assert [book.signed_in(TESS, password(tess), NOW) for _ in range(ENROLLED_AT)] == [None] * ENROLLED_AT
    assert book.signed_in(TESS, password(tess), NOW) is not None
    assert events(store) == [AuditEvent.RHYTHM_ENROLLED]


def test_the_operator_is_known_again_and_a_stranger_with_the_password_is_told(store: Store) -> None:
    book, tess = RhythmBook(store), Typist(1)
    enrol(book, tess)
    own = [book.signed_in(TESS, password(tess), NOW) or 0.0 for _ in range(30)]
    strangers = [book.signed_in(TESS, password(Typist(number)), NOW) or 0.0 for number in range(2, 22)]
    assert sum(ratio >= 1.0 for ratio in own) <= 2
    assert sum(ratio >= 1.0 for ratio in strangers) >= 17


def test_a_stranger_teaches_nothing(store: Store) -> None:
    book, tess, thief = RhythmBook(store), Typist(1), Typist(5)
    enrol(book, tess)
    first = [book.signed_in(TESS, password(thief), NOW) or 0.0 for _ in range(20)]
    last = [book.signed_in(TESS, password(thief), NOW) or 0.0 for _ in range(20)]
    assert np.median(last) >= np.median(first) * 0.8 > 1.0


def test_a_password_of_another_length_says_nothing_and_loses_nothing(store: Store) -> None:
    book, tess = RhythmBook(store), Typist(1)
    enrol(book, tess)
    assert book.signed_in(TESS, password(Typist(1, keys=9)), NOW) is None
    assert book.signed_in(TESS, password(tess), NOW) is not None


@pytest.mark.parametrize("typed", [Typed((90,) * 3, (100,) * 2), Typed((90,) * 8, (100,) * 8), Typed((-5,) * 8, (100,) * 7)])
def test_times_that_are_none_say_nothing(store: Store, typed: Typed) -> None:
    assert RhythmBook(store).signed_in(TESS, typed, NOW) is None


def test_somebody_else_in_the_middle_of_the_shift_locks_the_window_and_the_operator_does_not(store: Store) -> None:
    book, tess, other = RhythmBook(store), Typist(1), Typist(6)
    for _ in range(40):
        book.worked(TESS, stretch(tess), NOW)
    assert not any(book.worked(TESS, stretch(tess), NOW)[1] for _ in range(20))
    assert any(book.worked(TESS, stretch(other), NOW)[1] for _ in range(2))
    assert AuditEvent.RHYTHM_UNLIKE in events(store)


def test_samples_are_nowhere_in_the_clear_and_the_log_holds_no_times(store: Store, tmp_path: Path) -> None:
    book = RhythmBook(store)
    for _ in range(3):
        book.signed_in(TESS, Typed((91, 92, 93, 94, 95, 96, 97), (101, 102, 103, 104, 105, 106)), NOW)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"0.091" not in content and b'"password"' not in content


def test_rhythms_are_forgotten_on_request_on_reset_and_on_removal(store: Store) -> None:
    book, operators = RhythmBook(store), staffed_operators(store)
    for forget in (
        lambda: book.forget(TESS, SignedIn(TESS, Role.TELLER, NOW), NOW),
        lambda: book.forget(TESS, ADA, NOW),
        lambda: operators.reset(TESS, RIGHT, ADA, NOW),
        lambda: operators.remove(TESS, ADA, NOW),
    ):
        enrol(book, Typist(1), 14)
        assert book.signed_in(TESS, password(Typist(1)), NOW) is not None
        forget()
        with store.trust_rows() as rows:
            assert rows.rhythm(TESS) is None


def test_nobody_else_may_have_them_forgotten(store: Store) -> None:
    with pytest.raises(NotPermitted):
        RhythmBook(store).forget(TESS, SignedIn(SVEN, Role.SUPERVISOR, NOW), NOW)


def staffed_operators(store: Store):
    from kiosk.trust.operators import Operators
    from tests.trust.people import QUICK

    return Operators(store, QUICK)
