"""One referred case from the booth's archive through the desk's mailbox to a clerk at the desk; and whose account pays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.assembly.archive import VaultArchive
from kiosk.bank.courier import Courier
from kiosk.bank.http import HttpConnector
from kiosk.face.verdict import NotCompared
from kiosk.intake.ceremony import enrol
from kiosk.intake.mailbox import DeskMailbox
from kiosk.journey.closing import Context
from kiosk.journey.effects import CompareFaces, HandToPerson, KeepCase
from kiosk.journey.events import CaseOpened, CaseTakenOver, ConsentDenied, Event, FacesCompared, HelpTouched
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AskingConsent, AwaitingDisposition, Idle
from kiosk.outbox import Accepted
from kiosk.policy import BRANCH
from kiosk.record import AccountOpening, Decision, Disposition, SessionRecord
from kiosk.risk.returning import Holder, HolderCompared, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.station.clerk import Clerk
from kiosk.station.crew import InlineWorker
from kiosk.station.life import LifeEvent, ReferredListed
from kiosk.station.stepped import SteppedClock
from kiosk.trust.permissions import Role
from kiosk.trust.presence import Authority, Presence, SignedIn
from kiosk.values import Channel, Masked, OperatorId, SessionId, StationClass, Ticket
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.referrals import ReferralOutbox
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.keys import draw_bank_identity, draw_station_identity, enrolment_to_text
from kiosk.wire.lookup import Enrolled
from kiosk.wire.succession import TrustedBank
from kiosk.wire.template import template_from_bytes
from tests.camera.clips import picture
from tests.fakes.branch import QUICK
from tests.journey.build import ATTENDED, CALM, FACTS, at
from tests.station.crew_parts import Desk, Told
from tests.vault.specimen import SESSION, record
from tests.wire.specimens import APPROVED, ENROLLED

BANK = TrustedBank(draw_bank_identity().public())
BOOTH, DESK = (draw_station_identity(name, StationClass.DEMO) for name in ("booth-1", "desk-1"))
NOW = SteppedClock().now().wall
MINA = OperatorId("mina")


def referred() -> SessionRecord:
    facts = replace(record().station, station="booth-1")
    return replace(record(), station=facts, channel=Channel.BOOTH, purpose=AccountOpening(None), disposition=None)


def present(store: Store) -> Presence:
    with store.trust_rows() as rows:
        rows.add_operator(OperatorRow(MINA, Role.TELLER.value, Masked(b"secret"), 0, None, NOW))
    return Presence(Authority(store), SignedIn(MINA, Role.TELLER, NOW))


@dataclass
class Branch:
    """A booth that has referred one case and brought it, and a desk's clerk beside the mailbox."""

    mailbox: DeskMailbox
    desk_store: Store
    clerk: Clerk
    posted: Told[Event]
    life: Told[LifeEvent]


@contextmanager
def booth_brought_it(folder: Path, mailbox: DeskMailbox, *, record: SessionRecord | None = None) -> Iterator[None]:
    """record: of a customer who was handed to the desk unchecked; without it, of one who was checked and referred."""
    with open_store(folder / "booth", KeyFile(folder / "booth.key")) as store:
        archive = VaultArchive(store, BOOTH, BANK, SteppedClock(), Presence(Authority(store)), mailbox.keys)
        taker = InlineWorker(Told[str]())
        desk = Desk()
        clerk = Clerk(desk, desk, desk, archive, Told[Event](), Told[LifeEvent](), lambda: None, Told[str](), taker, taker)
        if record is None:
            clerk.keep(KeepCase(Ticket(SESSION, 1), referred(), picture(1), picture(2), picture(3)))
        else:
            clerk.hand_to_person(HandToPerson(record))
        referrals = ReferralOutbox(store)
        with mailbox.serve("127.0.0.1", 0) as service:
            connector = HttpConnector(service.url, BOOTH, TrustedBank(mailbox.keys), QUICK, known=referrals.tree_head)
            (attempt,) = Courier(referrals, connector, QUICK, lambda: NOW, lambda report: None).run_once(NOW)
        assert isinstance(attempt.answer, Accepted)
        yield


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    with DeskMailbox(tmp_path / "mailbox", production=False) as mailbox:
        enrol(tmp_path / "mailbox", enrolment_to_text(BOOTH), StationClass.DEMO, NOW)
        with booth_brought_it(tmp_path, mailbox), open_store(tmp_path / "desk", KeyFile(tmp_path / "desk.key")) as store:
            archive = VaultArchive(store, DESK, BANK, SteppedClock(), present(store), None, mailbox)
            posted, life, taker, desk = Told[Event](), Told[LifeEvent](), InlineWorker(Told[str]()), Desk()
            clerk = Clerk(
                desk, desk, desk, archive, posted, life, lambda: None, Told[str](), taker, taker, referred=mailbox, now=lambda: NOW
            )
            yield Branch(mailbox, store, clerk, posted, life)


def test_a_referred_case_is_on_the_desks_list_and_comes_with_its_pictures(branch: Branch) -> None:
    branch.clerk.list_cases()
    (listed,) = [event for event in branch.life.all if isinstance(event, ReferredListed)]
    assert [one.session for one in listed.referred] == [SESSION]
    branch.clerk.take_over(SessionId("d" * 32), SESSION, MINA)
    (taken,) = branch.posted.all
    assert isinstance(taken, CaseTakenOver)
    assert (taken.session, taken.operator, taken.referred) == ("d" * 32, MINA, referred())
    assert all(shown is not None for shown in (taken.page, taken.portrait, taken.live))


def test_once_the_desk_has_kept_its_own_case_nothing_of_the_booths_is_left_at_the_desk(branch: Branch) -> None:
    decided = Disposition(MINA, Decision.REFER, Masked("looked closely"), None, NOW)
    facts = replace(record().station, station="desk-1")
    kept = replace(referred(), session=SessionId("d" * 32), station=facts, channel=Channel.DESK, disposition=decided, continues=SESSION)
    branch.clerk.keep(KeepCase(Ticket(kept.session, 1), kept, picture(1), None, None))
    assert branch.mailbox.waiting(NOW) == ()
    (line,) = [line for line in branch.desk_store.audit_lines() if line.event == "referral-taken"]
    assert (line.session, line.detail) == (kept.session, SESSION)
    branch.clerk.take_over(SessionId("e" * 32), SESSION, MINA)
    assert not any(isinstance(event, CaseTakenOver) for event in branch.posted.all)


BOOTHS = Context(BRANCH, replace(FACTS, station="booth-1"), CALM)


@pytest.mark.parametrize(
    ("touched", "why", "found_in"),
    [(ConsentDenied("2026-11-26"), "no-biometrics", AwaitingDisposition), (HelpTouched(), "help-called", AskingConsent)],
)
def test_who_wants_no_biometrics_or_asks_for_help_is_awaited_at_the_desk_with_nothing_captured(
    tmp_path: Path, touched: Event, why: str, found_in: type
) -> None:
    opened, _ = reduce(Idle(), CaseOpened(SESSION, Channel.BOOTH, AccountOpening(None), "ar", None), at(0), BOOTHS)
    _, asked = reduce(opened, touched, at(1), BOOTHS)
    (handed,) = [effect.record for effect in asked if isinstance(effect, HandToPerson)]
    with DeskMailbox(tmp_path / "mailbox", production=False) as mailbox:
        enrol(tmp_path / "mailbox", enrolment_to_text(BOOTH), StationClass.DEMO, NOW)
        with booth_brought_it(tmp_path, mailbox, record=handed):
            (waits,) = mailbox.waiting(NOW)
            assert (waits.session, waits.why, waits.holder.reveal()) == (SESSION, why, "")
            pictures = mailbox.open(SESSION).pictures
            assert (pictures.page, pictures.portrait, pictures.live, pictures.template) == (None, None, None, None)
            posted, taker, desk = Told[Event](), InlineWorker(Told[str]()), Desk()
            with open_store(tmp_path / "desk", KeyFile(tmp_path / "desk.key")) as store:
                archive = VaultArchive(store, DESK, BANK, SteppedClock(), present(store), None, mailbox)
                clerk = Clerk(
                    desk, desk, desk, archive, posted, Told[LifeEvent](), lambda: None, Told[str](), taker, taker, referred=mailbox
                )
                clerk.take_over(SessionId("d" * 32), SESSION, MINA)
            (taken,) = posted.all
            state, _ = reduce(Idle(), taken, at(60), ATTENDED)
            assert isinstance(state, found_in)
            assert isinstance(state, AskingConsent | AwaitingDisposition)
            assert (state.case.continues, state.case.language, state.case.channel) == (SESSION, "ar", Channel.DESK)


@dataclass
class Bank:
    """Answers every question with what it was given."""

    found: Enrolled | NoEnrolledFace

    def look_up(self, session: SessionId, account: Masked[str]) -> Enrolled | NoEnrolledFace:
        assert (session, account.reveal()) == (SESSION, "UT00 0000 0001")
        return self.found


HOLDER = Masked(Holder("ERIKSSON", "ANNA MARIA", APPROVED.document.fields.birth_date.reveal()))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("found", "because"),
    [(NoEnrolledFace(NoEnrolledFaceBecause.REVOKED), NoEnrolledFaceBecause.REVOKED), (None, NoEnrolledFaceBecause.BANK_SILENT)],
)
def test_whose_account_pays_is_asked_and_nobody_enrolled_is_said_so(tmp_path: Path, found, because) -> None:
    assert compared(tmp_path, None if found is None else Bank(found)) == NoEnrolledFace(because)


def test_document_and_face_are_compared_with_what_the_bank_told(tmp_path: Path) -> None:
    found = compared(tmp_path, Bank(Enrolled(HOLDER, template_from_bytes(ENROLLED))))
    assert isinstance(found, HolderCompared) and found.holder_agrees and isinstance(found.match, NotCompared)
    other = template_from_bytes(ENROLLED.replace(b"face-print-1", b"face-print-9"))
    assert compared(tmp_path, Bank(Enrolled(HOLDER, other))) == NoEnrolledFace(NoEnrolledFaceBecause.OTHER_MODEL)


def compared(folder: Path, bank: Bank | None) -> object:
    posted, taker, desk = Told[Event](), InlineWorker(Told[str]()), Desk()
    with open_store(folder / "store", KeyFile(folder / "master.key")) as store:
        archive = VaultArchive(store, DESK, BANK, SteppedClock(), Presence(Authority(store)))
        clerk = Clerk(desk, desk, desk, archive, posted, Told[LifeEvent](), lambda: None, Told[str](), taker, taker, bank)
        clerk.compare(CompareFaces(Ticket(SESSION, 1), (), None, (), Masked("UT00 0000 0001"), APPROVED.document.fields))
    (answer,) = posted.all
    assert isinstance(answer, FacesCompared)
    return answer.returning
