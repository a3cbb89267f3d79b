"""A customer takes a consent back at the desk; the bank destroys the enrolled print, says so, and finds nobody any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.bank.courier import Courier
from kiosk.bank.http import HttpConnector, WithdrawalWay
from kiosk.intake.ceremony import OpenBank, enrol, init_bank, open_account, open_bank
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, Answer, Unreachable
from kiosk.policy import RetentionPolicy
from kiosk.risk.returning import NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.trust.case_files import CaseFiles
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import ConsentPurpose, Masked, OperatorId, SessionId, StationClass
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.withdrawal_outbox import WithdrawalOutbox
from kiosk.wire.keys import BankPublicKeys, draw_bank_identity, draw_station_identity, enrolment_to_text
from kiosk.wire.lookup import Enrolled
from kiosk.wire.packet import Packet, digest_of, make_packet
from kiosk.wire.succession import TrustedBank
from kiosk.wire.withdrawal import Withdrawal, Withdrawn, make_withdrawal, read_receipt
from tests.fakes.branch import NOW, QUICK
from tests.fakes.lying_bank import LyingBank, http
from tests.vault.specimen import store_in
from tests.wire.specimens import AGREED, ENROLLED, PICTURES, SESSION

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
ACCOUNT = Masked("UT00 0000 0001")
VISIT = SessionId("ab" * 16)
TESS = SignedIn(OperatorId("tess"), Role.TELLER, NOW)
LATER = ConsentPurpose.RECOGNISE_LATER


@dataclass
class Rig:
    """A bank that holds an enrolled customer, and the station that served them."""

    folder: Path
    keys: BankPublicKeys
    bank: OpenBank
    store: Store
    connector: HttpConnector
    url: str

    def courier(self, connector: HttpConnector | None = None) -> Courier:
        def message(session: SessionId, purpose: ConsentPurpose, at: object) -> bytes:
            return make_withdrawal(Withdrawal(session, purpose, NOW), BOOTH, self.keys)

        told = WithdrawalOutbox(self.store, message)
        return Courier(told, WithdrawalWay(connector or self.connector), QUICK, lambda: NOW, lambda report: None)

    def tell(self, told: Withdrawal, station: object = BOOTH) -> Answer:
        message = make_withdrawal(told, station, self.keys)  # type: ignore[arg-type]
        return self.connector.withdraw(Packet(told.session, message, digest_of(message)))


@contextmanager
def served(folder: Path, *, delivered: bool = True) -> Iterator[Rig]:
    keys = init_bank(folder / "bank", production=True)
    enrol(folder / "bank", enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    bank = open_bank(folder / "bank")
    app = create_app(bank.store, bank.keys, bank.acceptance)
    with bank.store, serve_in_thread(app) as intake, store_in(folder / "store") as store:
        with store.trust_rows() as rows:
            rows.add_operator(OperatorRow(TESS.name, TESS.role.value, Masked(b"secret"), 0, None, NOW))
        connector = HttpConnector(intake.url, BOOTH, TrustedBank(keys), QUICK, known=store.tree_head)
        packet = make_packet(AGREED, replace(PICTURES, template=Masked(ENROLLED)), BOOTH, keys)
        store.keep_case(replace(AGREED, disposition=None), packet.sealed, packet.digest, NOW)
        if delivered:
            assert len(Courier(store, connector, QUICK, lambda: NOW, lambda report: None).run_once(NOW)) == 1
            open_account(folder / "bank", SESSION, ACCOUNT.reveal(), NOW)
        yield Rig(folder, keys, bank, store, connector, intake.url)


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def withdrawn(rig: Rig, purpose: ConsentPurpose = LATER) -> None:
    assert CaseFiles(rig.store, RetentionPolicy()).withdraw(TESS, SESSION, purpose, NOW)


@pytest.mark.parametrize("purpose", [LATER, ConsentPurpose.IDENTITY_CHECK])
def test_a_withdrawal_destroys_the_enrolled_print_at_the_bank_and_is_receipted(tmp_path: Path, purpose: ConsentPurpose) -> None:
    with served(tmp_path) as rig:
        assert isinstance(rig.connector.look_up(VISIT, ACCOUNT), Enrolled)
        sealed = rig.bank.store._db.execute("SELECT sealed FROM templates").fetchone()[0]
        assert sealed[40:72] in files_of(rig.folder / "bank")
        withdrawn(rig, purpose)
        (attempt,) = rig.courier().run_once(NOW)
        assert isinstance(attempt.answer, Accepted)
        assert rig.connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.REVOKED)
        assert sealed[40:72] not in files_of(rig.folder / "bank")
        assert [(one.purpose, one.told) for one in rig.store.what_is_kept(SESSION).withdrawals] == [(purpose, "receipted")]
        assert [(line.event, line.detail) for line in rig.store.audit_lines()][-1] == ("withdrawal-told", f"{purpose}:receipted")
        assert rig.courier().run_once(NOW + timedelta(days=1)) == (), "told once"


def test_two_consents_taken_back_are_told_one_after_the_other(tmp_path: Path) -> None:
    with served(tmp_path) as rig:
        withdrawn(rig, LATER)
        withdrawn(rig, ConsentPurpose.IDENTITY_CHECK)
        courier = rig.courier()
        assert [len(courier.run_once(NOW)) for _ in range(3)] == [1, 1, 0]
        held = rig.bank.store._db.execute("SELECT purpose, station FROM consent_withdrawals ORDER BY purpose").fetchall()
        assert held == [("identity-check", "booth-1"), ("recognise-later", "booth-1")]


def test_what_the_bank_did_is_in_the_signed_receipt(tmp_path: Path) -> None:
    with served(tmp_path) as rig:
        told = Withdrawal(SESSION, LATER, NOW)
        message = make_withdrawal(told, BOOTH, rig.keys)
        packet = Packet(SESSION, message, digest_of(message))
        answers = [rig.connector.withdraw(packet) for _ in range(2)]
        outcomes = [
            read_receipt(answer.receipt, packet.digest, SESSION, TrustedBank(rig.keys).answers)
            for answer in answers
            if isinstance(answer, Accepted)
        ]
        assert outcomes == [Withdrawn.DESTROYED, Withdrawn.DESTROYED], "a replay comes to the same"


def test_a_withdrawal_waits_for_a_bank_that_is_away_or_lies_and_is_told_when_it_is_back(tmp_path: Path) -> None:
    with served(tmp_path) as rig:
        withdrawn(rig)
        with LyingBank(lambda _: http("200 OK", b"IDRS nonsense"), draw_bank_identity(), BOOTH.enrolled()) as lying:
            (attempt,) = rig.courier(HttpConnector(lying.url, BOOTH, TrustedBank(rig.keys), QUICK)).run_once(NOW)
        assert isinstance(attempt.answer, Unreachable)
        assert isinstance(rig.connector.look_up(VISIT, ACCOUNT), Enrolled)
        (attempt,) = rig.courier().run_once(NOW + timedelta(hours=1))
        assert isinstance(attempt.answer, Accepted)


def test_a_case_that_is_not_at_the_bank_yet_is_told_of_only_once_it_is(tmp_path: Path) -> None:
    with served(tmp_path, delivered=False) as rig:
        withdrawn(rig)
        assert rig.courier().run_once(NOW) == ()
        Courier(rig.store, rig.connector, QUICK, lambda: NOW, lambda report: None).run_once(NOW)
        assert len(rig.courier().run_once(NOW)) == 1


def test_a_case_erased_before_its_receipt_is_told_of_and_a_print_that_comes_late_is_not_kept(tmp_path: Path) -> None:
    """The packet may be on its way when its case is erased at the station."""
    with served(tmp_path, delivered=False) as rig:
        (due,) = rig.store.due(NOW)
        withdrawn(rig, ConsentPurpose.IDENTITY_CHECK)
        CaseFiles(rig.store, RetentionPolicy()).sweep(NOW)
        assert len(rig.courier().run_once(NOW)) == 1
        assert isinstance(rig.connector.deliver(Packet(SESSION, due.packet, due.packet_digest)), Accepted)
        open_account(rig.folder / "bank", SESSION, ACCOUNT.reveal(), NOW)
        assert rig.connector.look_up(VISIT, ACCOUNT) == NoEnrolledFace(NoEnrolledFaceBecause.NOT_ENROLLED)
        assert rig.bank.store._db.execute("SELECT count(*) FROM templates").fetchone() == (0,)


def test_no_other_station_takes_back_what_a_customer_agreed_to_here(tmp_path: Path) -> None:
    with served(tmp_path) as rig:
        other = draw_station_identity("booth-2", StationClass.PRODUCTION)
        assert isinstance(rig.tell(Withdrawal(SESSION, LATER, NOW), other), Unreachable), "nobody enrolled it"
        enrol(rig.folder / "bank", enrolment_to_text(other), StationClass.PRODUCTION, NOW)
        rig.connector = HttpConnector(rig.url, other, TrustedBank(rig.keys), QUICK)
        assert isinstance(rig.tell(Withdrawal(SESSION, LATER, NOW), other), Unreachable)
        forged = draw_station_identity("booth-1", StationClass.PRODUCTION)
        rig.connector = HttpConnector(rig.url, forged, TrustedBank(rig.keys), QUICK)
        assert isinstance(rig.tell(Withdrawal(SESSION, LATER, NOW), forged), Unreachable)
        mine = HttpConnector(rig.url, BOOTH, TrustedBank(rig.keys), QUICK)
        assert isinstance(mine.look_up(VISIT, ACCOUNT), Enrolled)
        assert rig.bank.store._db.execute("SELECT count(*) FROM consent_withdrawals").fetchone() == (0,)
