"""Adding people, signing in with two factors, being locked out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import NotPermitted, SealBroken
from kiosk.trust.factors import FactorKind, HeldKey, TypedCode, code_of, draw_offer
from kiosk.trust.operators import (
    Added,
    ClockTurnedBack,
    FactorEnrolled,
    FactorRefused,
    LockedUntil,
    NameTaken,
    NameUnfit,
    NeedsFactor,
    NotTheFirst,
    Operators,
    PasswordUnfit,
    UnknownOperator,
    WrongSecret,
)
from kiosk.trust.passwords import Unfit, Verifier, is_right
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.security_key import PluggedKey
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditEvent
from kiosk.vault.two_people import Agreed
from tests.trust.people import ADA, QUICK, RIGHT, WRONG, enrolled, staffed
from tests.trust.soft_key import SoftKey
from tests.vault.specimen import NOW, everything_in, store_in

MINA = OperatorId("mina")
TELLER = ("mina", Role.TELLER)
LATER = NOW + timedelta(minutes=2)


def test_an_operator_signs_in_with_password_and_code(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        assert operators.sign_in(" Mina", RIGHT, people["mina"].code(LATER), LATER) == SignedIn(MINA, Role.TELLER, LATER, FactorKind.TOTP)
        assert [(line.event, line.who, line.detail) for line in store.audit_lines()] == [
            ("operator-added", "", "administrator:ada"),
            ("operator-added", "ada", "teller:mina"),
            ("factor-enrolled", "ada", "totp"),
            ("factor-enrolled", "mina", "totp"),
            ("signed-in", "mina", "teller:totp"),
        ]


def test_the_right_password_alone_signs_nobody_in(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        codes = ("", "000000", "not a code", people["ada"].recovery[0])
        assert [operators.sign_in("mina", RIGHT, TypedCode(Masked(code)), LATER) for code in codes] == [WrongSecret()] * 4


def test_a_code_is_taken_once(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        assert isinstance(people["mina"].enters(operators, LATER), SignedIn)
        assert people["mina"].enters(operators, LATER) == WrongSecret()
        assert store.audit_lines()[-1].detail == "code-used-before:failures=1"
        # nor an older code after a newer one
        before = people["mina"].code(LATER - timedelta(seconds=30))
        assert operators.sign_in("mina", RIGHT, before, LATER) == WrongSecret()
        assert isinstance(people["mina"].enters(operators, LATER + timedelta(seconds=30)), SignedIn)


def test_the_code_of_the_enrolment_does_not_sign_in(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        assert people["mina"].enters(operators, NOW) == WrongSecret()


@pytest.mark.parametrize(("seconds", "taken"), [(-30, True), (30, True), (-60, False), (60, False)])
def test_a_telephones_clock_may_be_one_step_off(tmp_path: Path, seconds: int, taken: bool) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        code = people["mina"].code(LATER + timedelta(seconds=seconds))
        assert isinstance(operators.sign_in("mina", RIGHT, code, LATER), SignedIn) == taken


def test_a_recovery_code_signs_in_once_and_is_written_down(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        code = TypedCode(Masked(people["mina"].recovery[0].lower()))
        assert operators.sign_in("mina", RIGHT, code, LATER) == SignedIn(MINA, Role.TELLER, LATER, FactorKind.RECOVERY_CODE)
        assert [(line.event, line.detail) for line in store.audit_lines()][-2:] == [
            ("recovery-code-used", "left=9"),
            ("signed-in", "teller:recovery-code"),
        ]
        assert operators.sign_in("mina", RIGHT, code, LATER) == WrongSecret()


@pytest.mark.parametrize("wrong", ["password", "code"])
def test_five_failures_lock_for_thirty_minutes_through_a_restart(tmp_path: Path, wrong: str) -> None:
    until = LATER + timedelta(minutes=30)
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        mina = people["mina"]
        password, code = (WRONG, mina.code(LATER)) if wrong == "password" else (RIGHT, TypedCode(Masked("000000")))
        tried = [operators.sign_in("mina", password, code, LATER) for _ in range(5)]
        assert tried == [WrongSecret()] * 4 + [LockedUntil(until)]
    with store_in(tmp_path / "store") as store:
        operators = Operators(store, QUICK)
        assert mina.enters(operators, until - timedelta(seconds=1)) == LockedUntil(until)
        assert mina.enters(operators, until) == SignedIn(MINA, Role.TELLER, until)


def test_after_a_lock_has_run_out_a_failure_is_the_first_again(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        for _ in range(5):
            people["mina"].enters(operators, LATER, WRONG)
        later = LATER + timedelta(minutes=31)
        assert [people["mina"].enters(operators, later, WRONG) for _ in range(4)] == [WrongSecret()] * 4


def test_signing_in_forgives_the_failures_before_it(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        for round_number in range(3):
            at = LATER + timedelta(minutes=round_number)
            assert [people["mina"].enters(operators, at, WRONG) for _ in range(4)] == [WrongSecret()] * 4
            assert isinstance(people["mina"].enters(operators, at), SignedIn)


def test_a_clock_that_was_turned_back_signs_nobody_in_and_opens_no_lock(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        for _ in range(5):
            people["mina"].enters(operators, LATER, WRONG)
        lines = len(store.audit_lines())
        assert people["mina"].enters(operators, LATER - timedelta(days=1)) == ClockTurnedBack(LATER)
        assert len(store.audit_lines()) == lines
        assert isinstance(people["mina"].enters(operators, LATER - timedelta(seconds=20)), LockedUntil)


def test_a_clock_that_was_ahead_is_put_right_by_two_people(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, ("olga", Role.COMPLIANCE_OFFICER))
        ahead = LATER + timedelta(days=400)
        people["ada"].enters(operators, ahead, WRONG)
        assert people["ada"].enters(operators, LATER) == ClockTurnedBack(ahead)
        ada = operators.sign_in("ada", RIGHT, people["ada"].code(LATER), LATER, clock_counts=False)
        olga = operators.sign_in("olga", RIGHT, people["olga"].code(LATER), LATER, clock_counts=False)
        assert isinstance(ada, SignedIn)
        assert isinstance(olga, SignedIn)
        agreed = Authority(store).agree(ada, olga, Action.ACCEPT_CLOCK, LATER)
        assert isinstance(agreed, Agreed)
        operators.accept_clock(agreed, LATER)
        assert isinstance(people["ada"].enters(operators, LATER + timedelta(minutes=1)), SignedIn)


def test_an_attempt_cut_off_while_the_password_is_checked_has_been_counted(tmp_path: Path) -> None:
    """The count is on disk when the slow part begins: seen here through a second program's eyes."""
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store, TELLER)
        operators._count_attempt(MINA, LATER)
        with store_in(tmp_path / "store") as other, other.trust_rows() as rows:
            row = rows.operator(MINA)
        assert row is not None
        assert row.failures == 1


def test_of_two_who_come_with_one_code_at_once_one_is_late(tmp_path: Path) -> None:
    """Two windows have both checked the code before either has written that it is used up."""
    from kiosk.trust import factors

    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        before = operators._factor(MINA)
        assert before is not None
        proven = factors.prove(before, people["mina"].code(LATER), LATER)
        assert isinstance(proven, factors.Proven)
        assert isinstance(people["mina"].enters(operators, LATER), SignedIn)
        with store.trust_rows() as rows:
            row = rows.operator(MINA)
        assert row is not None
        assert operators._proven(row, RIGHT, before, proven, LATER) == WrongSecret()


def test_an_unknown_name_is_answered_and_not_written_down(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        code = people["mina"].code(LATER)
        assert operators.sign_in("hunter2hunter2", RIGHT, code, LATER) == UnknownOperator()
        assert operators.sign_in("Not A Name At All!", RIGHT, code, LATER) == UnknownOperator()
        last = store.audit_lines()[-1]
        assert (last.event, last.who, last.detail) == ("sign-in-failed", "", "unknown-operator")
        assert b"hunter2" not in everything_in(tmp_path / "store")


def test_an_unknown_name_costs_one_derivation_as_a_wrong_password_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[bytes] = []

    def counting(password: Masked[str], verifier: Verifier) -> bool:
        derived.append(verifier.spelled.rsplit(b"$", 2)[0])
        return is_right(password, verifier)

    monkeypatch.setattr("kiosk.trust.operators.is_right", counting)
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        operators.sign_in("nobody", WRONG, people["mina"].code(LATER), LATER)
        people["mina"].enters(operators, LATER, WRONG)
    assert derived == [b"$argon2id$v=19$m=8,t=1,p=1"] * 2


def test_no_secret_lies_in_any_file(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        people["mina"].enters(operators, LATER, WRONG)
        people["mina"].enters(operators, LATER)
        files = everything_in(tmp_path / "store")
        for secret in (b"correct horse", b"$argon2id$", people["mina"].totp.secret.reveal(), people["mina"].recovery[3].encode()):
            assert secret not in files


@pytest.mark.parametrize(
    ("name", "password", "outcome"),
    [
        ("mina", "correct horse battery", NameTaken()),
        ("MINA ", "correct horse battery", NameTaken()),
        ("m", "correct horse battery", NameUnfit()),
        ("mina m", "correct horse battery", NameUnfit()),
        ("мина", "correct horse battery", NameUnfit()),
        ("booth", "correct horse battery", NameUnfit()),
        ("omar", "elevenchars", PasswordUnfit(Unfit.TOO_SHORT)),
        ("omar", "x" * 257, PasswordUnfit(Unfit.TOO_LONG)),
        ("omar", "ilikeOMARverymuch", PasswordUnfit(Unfit.HOLDS_NAME)),
        ("omar", "aaaaaaaaaaaaaaab", PasswordUnfit(Unfit.KNOWN)),
        ("omar", "password12345678", PasswordUnfit(Unfit.KNOWN)),
        ("omar", "qwertyuiop123456", PasswordUnfit(Unfit.KNOWN)),
        ("omar", "Iloveyou!Iloveyou!", PasswordUnfit(Unfit.KNOWN)),
        ("omar", "lantern gravel mosaic", Added(OperatorId("omar"))),
        ("omar", "nodigitsnocapitalslantern", Added(OperatorId("omar"))),
    ],
)
def test_who_may_be_added(tmp_path: Path, name: str, password: str, outcome: object) -> None:
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store, TELLER)
        assert operators.add(name, Masked(password), Role.SUPERVISOR, ADA, LATER) == outcome


def test_the_first_administrator_is_made_once(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators = Operators(store, QUICK)
        assert operators.is_empty()
        assert operators.first_administrator("ada", RIGHT, NOW) == Added(OperatorId("ada"))
        assert operators.first_administrator("eve", RIGHT, NOW) == NotTheFirst()


def test_nobody_is_given_the_booths_role(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store)
        with pytest.raises(ValueError, match="booth"):
            operators.add("omar", RIGHT, Role.BOOTH, ADA, LATER)


def test_whoever_has_no_second_factor_yet_can_only_enrol_one(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store)
        operators.add("omar", RIGHT, Role.TELLER, ADA, NOW)
        asked = operators.sign_in("omar", RIGHT, TypedCode(Masked("123456")), LATER)
        assert asked == NeedsFactor(OperatorId("omar"), LATER)
        assert operators.sign_in("omar", WRONG, TypedCode(Masked("123456")), LATER) == WrongSecret()


def test_an_enrolment_that_was_not_finished_leaves_nothing_and_can_be_begun_again(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store)
        operators.add("omar", RIGHT, Role.TELLER, ADA, NOW)
        asked = NeedsFactor(OperatorId("omar"), LATER)
        offer = draw_offer("omar", "desk-1")
        assert operators.enrol_totp(asked, offer.totp, Masked("000000"), LATER) == FactorRefused("wrong-code")
        assert operators.sign_in("omar", RIGHT, TypedCode(code_of(offer.totp, LATER)), LATER) == asked
        late = LATER + timedelta(minutes=11)
        assert operators.enrol_totp(asked, offer.totp, code_of(offer.totp, late), late) == FactorRefused("too-late")
        omar = enrolled(operators, "omar", Role.TELLER, LATER)
        assert isinstance(omar.enters(operators, LATER + timedelta(seconds=30)), SignedIn)
        again = operators.enrol_totp(asked, offer.totp, code_of(offer.totp, LATER), LATER)
        assert again == FactorRefused("has-one-already")


def test_two_people_never_have_one_second_factor(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        operators.add("omar", RIGHT, Role.SUPERVISOR, ADA, NOW)
        totp = people["mina"].totp
        refused = operators.enrol_totp(NeedsFactor(OperatorId("omar"), LATER), totp, code_of(totp, LATER), LATER)
        assert refused == FactorRefused("belongs-to-another")
        assert store.audit_lines()[-1].event == AuditEvent.FACTOR_REFUSED
        key = PluggedKey(SoftKey().devices)
        assert isinstance(operators.enrol_key(NeedsFactor(OperatorId("omar"), LATER), key, LATER), FactorEnrolled)


def test_a_factor_copied_to_another_operator_in_the_file_does_not_open(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER, ("sam", Role.SUPERVISOR))
        copied = "SELECT sealed FROM operator_factors WHERE name = 'mina'"
        store._db.execute(f"UPDATE operator_factors SET sealed = ({copied}) WHERE name = 'sam'")  # noqa: S608
        with pytest.raises(SealBroken):
            operators.sign_in("sam", RIGHT, people["mina"].code(LATER), LATER)


def test_nobody_is_promoted_by_editing_the_file(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        store._db.execute("UPDATE operators SET role = 'administrator' WHERE name = 'mina'")
        with pytest.raises(SealBroken):
            people["mina"].enters(operators, LATER)


def test_a_removed_operator_is_let_in_no_more_and_the_name_stays_taken(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        assert operators.remove(MINA, ADA, LATER)
        assert people["mina"].enters(operators, LATER) == UnknownOperator()
        assert operators.add("mina", RIGHT, Role.TELLER, ADA, LATER) == NameTaken()
        assert operators.names(ADA, LATER) == ((OperatorId("ada"), Role.ADMINISTRATOR),)
        assert not operators.remove(MINA, ADA, LATER)


def test_after_a_reset_the_second_factor_is_added_anew(tmp_path: Path) -> None:
    new = Masked("gravel lantern mosaic")
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        assert operators.reset(MINA, new, ADA, LATER) == Added(MINA)
        assert people["mina"].enters(operators, LATER) == WrongSecret()
        assert operators.sign_in("mina", new, people["mina"].code(LATER), LATER) == NeedsFactor(MINA, LATER)


def test_a_role_changed_in_a_session_ends_what_was_allowed(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, ("sam", Role.ADMINISTRATOR))
        sam = people["sam"].enters(operators, LATER)
        assert isinstance(sam, SignedIn)
        assert operators.change_role(OperatorId("sam"), Role.TELLER, ADA, LATER)
        with pytest.raises(NotPermitted, match="role-changed"):
            operators.add("omar", RIGHT, Role.TELLER, sam, LATER)
        assert store.audit_lines()[-1].detail == "add-operator:role-changed"
        again = people["sam"].enters(operators, LATER + timedelta(minutes=1))
        assert again == SignedIn(OperatorId("sam"), Role.TELLER, LATER + timedelta(minutes=1))


def test_a_key_that_is_not_there_signs_nobody_in(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store)
        operators.add("omar", RIGHT, Role.TELLER, ADA, NOW)
        key = SoftKey()
        assert isinstance(operators.enrol_key(NeedsFactor(OperatorId("omar"), NOW), PluggedKey(key.devices), NOW), FactorEnrolled)
        assert operators.sign_in("omar", RIGHT, HeldKey(PluggedKey(lambda: iter(()))), LATER) == WrongSecret()
        assert store.audit_lines()[-1].detail == "security-key-not-there:failures=1"
        entered = operators.sign_in("omar", RIGHT, HeldKey(PluggedKey(key.devices)), LATER)
        assert entered == SignedIn(OperatorId("omar"), Role.TELLER, LATER, FactorKind.SECURITY_KEY)


def test_a_reset_ends_what_was_allowed_in_every_session_of_the_one_who_was_reset(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        authority = Authority(store)
        session, other = people["mina"].enters(operators, LATER), people["ada"].enters(operators, LATER)
        assert isinstance(session, SignedIn) and isinstance(other, SignedIn)
        authority.require(session, Action.LIST_CASES, LATER)
        operators.reset(MINA, Masked("another horse battery"), ADA, LATER + timedelta(seconds=1))
        with pytest.raises(NotPermitted):
            authority.require(session, Action.LIST_CASES, LATER + timedelta(seconds=2))
        assert not authority.stands(session) and authority.stands(other)
        assert authority.stands(replace(session, at=LATER + timedelta(seconds=40)))


def test_who_comes_in_while_the_reset_is_at_work_is_reset_as_well(tmp_path: Path) -> None:
    """The reset's moment is when it was asked for; its new password takes a third of a second to hash."""
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        authority = Authority(store)
        meanwhile = people["mina"].enters(operators, LATER + timedelta(seconds=1.2))
        assert isinstance(meanwhile, SignedIn) and authority.stands(meanwhile)
        operators.reset(MINA, Masked("another horse battery"), ADA, LATER + timedelta(seconds=1))
        assert not authority.stands(meanwhile)
        assert authority.stands(replace(meanwhile, at=LATER + timedelta(seconds=1.3)))


def test_a_sign_in_by_a_clock_that_was_ahead_does_not_shut_out_who_was_reset(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        ahead = people["mina"].enters(operators, LATER + timedelta(days=1))
        assert isinstance(ahead, SignedIn)
        operators.reset(MINA, Masked("another horse battery"), ADA, LATER)
        assert Authority(store).stands(replace(ahead, at=LATER + timedelta(seconds=1)))


def test_a_stranger_writes_one_line_a_minute_and_it_says_how_many_there_were(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        operators, people = staffed(store, TELLER)
        code = people["mina"].code(LATER)
        for _ in range(5):
            operators.sign_in("mina", WRONG, code, LATER)
        before = len(store.audit_lines())
        for second in range(200):
            operators.sign_in("nobody-at-all", WRONG, code, LATER + timedelta(seconds=second * 0.5))
            operators.sign_in("mina", RIGHT, code, LATER + timedelta(seconds=second * 0.5))
        told = [(line.event, line.detail) for line in store.audit_lines()[before:]]
        assert told == [
            ("sign-in-failed", "unknown-operator"),
            ("sign-in-locked", ""),
            ("sign-in-failed", "unknown-operator:times=120"),
            ("sign-in-locked", "times=120"),
        ]
