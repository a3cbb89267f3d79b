"""Signing in, being locked out, and the second person."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.trust.operators import (
    NOBODY,
    Added,
    LockedUntil,
    NameTaken,
    NameUnfit,
    Operators,
    PasswordUnfit,
    Role,
    SecondAgreed,
    SecondRefused,
    SecondRefusedBecause,
    SignedIn,
    UnknownOperator,
    WrongSecret,
    second_person_ok,
)
from kiosk.trust.passwords import Cost, Unfit, Verifier, from_bytes, is_right, make_verifier, to_bytes
from kiosk.values import Masked, OperatorId
from kiosk.vault.store import Store
from tests.vault.specimen import NOW, SESSION, everything_in, store_in

QUICK = Cost(n=2, r=1, p=1)
RIGHT = Masked("correct horse battery")
WRONG = Masked("incorrect horse battery")
MINA = OperatorId("mina")


def staffed(store: Store) -> Operators:
    operators = Operators(store, QUICK)
    operators.add_operator("mina", RIGHT, Role.TELLER, NOBODY, NOW)
    return operators


def test_an_operator_signs_in_with_the_right_password(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        assert staffed(store).sign_in(" Mina", RIGHT, NOW) == SignedIn(MINA, Role.TELLER, NOW)
        assert [(line.event, line.who, line.detail) for line in store.audit_lines()] == [
            ("operator-added", "", "teller:mina"),
            ("signed-in", "mina", "teller"),
        ]


def test_five_wrong_passwords_lock_for_thirty_minutes_through_a_restart(tmp_path: Path) -> None:
    until = NOW + timedelta(minutes=30)
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        assert [operators.sign_in("mina", WRONG, NOW) for _ in range(5)] == [WrongSecret()] * 4 + [LockedUntil(until)]
    with store_in(tmp_path / "store") as store:
        operators = Operators(store, QUICK)
        assert operators.sign_in("mina", RIGHT, until - timedelta(seconds=1)) == LockedUntil(until)
        assert operators.sign_in("mina", RIGHT, until) == SignedIn(MINA, Role.TELLER, until)


def test_after_a_lock_has_run_out_a_wrong_password_is_the_first_again(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        for _ in range(5):
            operators.sign_in("mina", WRONG, NOW)
        later = NOW + timedelta(minutes=31)
        assert [operators.sign_in("mina", WRONG, later) for _ in range(4)] == [WrongSecret()] * 4


def test_a_right_password_forgives_the_wrong_ones_before_it(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        for _ in range(3):
            assert [operators.sign_in("mina", WRONG, NOW) for _ in range(4)] == [WrongSecret()] * 4
            assert operators.sign_in("mina", RIGHT, NOW) == SignedIn(MINA, Role.TELLER, NOW)


def test_turning_the_clock_back_opens_no_lock(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        for _ in range(5):
            operators.sign_in("mina", WRONG, NOW)
        assert isinstance(operators.sign_in("mina", RIGHT, NOW - timedelta(days=1)), LockedUntil)


def test_an_attempt_cut_off_while_the_password_is_checked_has_been_counted(tmp_path: Path) -> None:
    """The count is on disk when the slow part begins: seen here through a second program's eyes."""
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        operators._count_attempt(MINA, NOW)
        with store_in(tmp_path / "store") as other, other.trust_rows() as rows:
            row = rows.operator(MINA)
        assert row is not None
        assert row.failures == 1


def test_an_unknown_name_is_answered_and_not_written_down(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        assert operators.sign_in("hunter2hunter2", RIGHT, NOW) == UnknownOperator()
        assert operators.sign_in("Not A Name At All!", RIGHT, NOW) == UnknownOperator()
        last = store.audit_lines()[-1]
        assert (last.event, last.who, last.detail) == ("sign-in-failed", "", "unknown-operator")
        assert b"hunter2" not in everything_in(tmp_path / "store")


def test_an_unknown_name_costs_one_derivation_as_a_wrong_password_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[Cost] = []

    def counting(password: Masked[str], verifier: Verifier) -> bool:
        derived.append(verifier.cost)
        return is_right(password, verifier)

    monkeypatch.setattr("kiosk.trust.operators.is_right", counting)
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        operators.sign_in("nobody", WRONG, NOW)
        operators.sign_in("mina", WRONG, NOW)
    assert derived == [QUICK, QUICK]


def test_no_password_lies_in_any_file(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        operators.sign_in("mina", WRONG, NOW)
        assert b"horse" not in everything_in(tmp_path / "store")
        assert b'"salt"' not in everything_in(tmp_path / "store")


@pytest.mark.parametrize(
    ("name", "password", "outcome"),
    [
        ("mina", "correct horse battery", NameTaken()),
        ("MINA ", "correct horse battery", NameTaken()),
        ("m", "correct horse battery", NameUnfit()),
        ("mina m", "correct horse battery", NameUnfit()),
        ("мина", "correct horse battery", NameUnfit()),
        ("omar", "elevenchars", PasswordUnfit(Unfit.TOO_SHORT)),
        ("omar", "x" * 257, PasswordUnfit(Unfit.TOO_LONG)),
        ("omar", "ilikeOMARverymuch", PasswordUnfit(Unfit.HOLDS_NAME)),
        ("omar", "aaaaaaaaaaaaaaab", PasswordUnfit(Unfit.ONE_CHARACTER)),
        ("omar", "twelve chars", Added(OperatorId("omar"))),
    ],
)
def test_who_may_be_added(tmp_path: Path, name: str, password: str, outcome: object) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        assert operators.add_operator(name, Masked(password), Role.SUPERVISOR, MINA, NOW) == outcome


def test_names_are_listed_in_order(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        operators.add_operator("anna", RIGHT, Role.SUPERVISOR, MINA, NOW)
        assert operators.names() == ("anna", "mina")


TELLER = SignedIn(MINA, Role.TELLER, NOW)
SUPERVISOR = SignedIn(OperatorId("omar"), Role.SUPERVISOR, NOW)


@pytest.mark.parametrize(
    ("first", "second", "after_s", "answer"),
    [
        (TELLER, SUPERVISOR, 0, SecondAgreed(MINA, OperatorId("omar"))),
        (TELLER, SUPERVISOR, 120, SecondAgreed(MINA, OperatorId("omar"))),
        (TELLER, SUPERVISOR, 121, SecondRefused(SecondRefusedBecause.NOT_PRESENT)),
        (TELLER, SUPERVISOR, -1, SecondRefused(SecondRefusedBecause.NOT_PRESENT)),
        (SUPERVISOR, SUPERVISOR, 0, SecondRefused(SecondRefusedBecause.SAME_PERSON)),
        (SUPERVISOR, TELLER, 0, SecondRefused(SecondRefusedBecause.NOT_A_SUPERVISOR)),
    ],
)
def test_an_override_needs_a_second_person_who_is_a_supervisor_and_present(
    first: SignedIn, second: SignedIn, after_s: int, answer: object
) -> None:
    assert second_person_ok(first, second, NOW + timedelta(seconds=after_s)) == answer


def test_an_agreed_and_a_refused_override_are_both_written_down(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = staffed(store)
        operators.agree_override(TELLER, SUPERVISOR, SESSION, NOW)
        operators.agree_override(SUPERVISOR, SUPERVISOR, SESSION, NOW)
        assert [(line.event, line.session, line.who, line.detail) for line in store.audit_lines()][-2:] == [
            ("override-agreed", SESSION, "omar", "first=mina"),
            ("override-refused", SESSION, "omar", "same-person"),
        ]


def test_a_verifier_comes_back_from_bytes_and_still_checks() -> None:
    kept = from_bytes(to_bytes(make_verifier(RIGHT, QUICK)))
    assert is_right(RIGHT, kept)
    assert not is_right(WRONG, kept)


def test_the_same_password_typed_as_other_code_points_is_right() -> None:
    assert is_right(Masked("caf\u00e9 caf\u00e9 caf\u00e9"), make_verifier(Masked("cafe\u0301 cafe\u0301 cafe\u0301"), QUICK))


def test_the_shipped_cost_is_owasps() -> None:
    assert Cost() == Cost(n=32_768, r=8, p=3)


def test_two_verifiers_of_one_password_share_no_salt() -> None:
    assert make_verifier(RIGHT, QUICK) != make_verifier(RIGHT, QUICK)
