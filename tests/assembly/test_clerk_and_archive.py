"""The clerk with the real archive: what it keeps is in the vault, sealed to the bank, once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.archive import VaultArchive
from kiosk.faults import DiskFull, ModelRefused
from kiosk.frame import Pixels
from kiosk.journey.effects import CompareFaces, DrawScript, KeepCase, NoteEnding, ReadDocument
from kiosk.journey.events import CaseKept, DocumentAnswered, Event, FacesCompared, ScriptDrawn, WorkFailed
from kiosk.liveness.script import plan_for
from kiosk.outbox import DeliveryState, Refused
from kiosk.policy import DEMO, SyncPolicy
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.station.clerk import PAGE_MAX_WIDTH_PX, Clerk
from kiosk.station.crew import InlineWorker
from kiosk.station.life import CasesListed, LifeEvent
from kiosk.station.stepped import SteppedClock
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, Presence, SignedIn
from kiosk.values import Channel, ConsentPurpose, Masked, OperatorId, SessionId, Ticket
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.packet import open_packet
from kiosk.wire.succession import TrustedBank
from tests.camera.clips import picture
from tests.fakes.branch import Branch, draw_branch
from tests.journey.build import SCRIPT
from tests.station.crew_parts import Desk, Told, frame
from tests.vault.specimen import SESSION, agreed, overridden, record

TICKET = Ticket(SESSION, 4)
MINA, OMAR = OperatorId("mina"), OperatorId("omar")


@dataclass
class Rig:
    branch: Branch
    store: Store
    archive: VaultArchive
    desk: Desk
    clerk: Clerk
    posted: Told[Event]
    life: Told[LifeEvent]
    woken: Told[None]
    unready: Told[str]
    presence: Presence

    def keeps(self, of: SessionRecord, page: Pixels | None = None) -> None:
        self.clerk.keep(KeepCase(TICKET, of, page, None, picture(3)))

    def sent(self) -> EvidencePictures:
        (due,) = self.store.due(SteppedClock().now().wall)
        return open_packet(due.packet, self.branch.demo.enrolled(), self.branch.bank).pictures


def at_work(store: Store) -> Presence:
    """Mina, a teller, is signed in, and Omar, a supervisor, has agreed to the specimen case's override."""
    now = SteppedClock().now().wall
    with store.trust_rows() as rows:
        for name, role in ((MINA, Role.TELLER), (OMAR, Role.SUPERVISOR)):
            rows.add_operator(OperatorRow(name, role.value, Masked(b"secret"), 0, None, now))
    presence = Presence(Authority(store), SignedIn(MINA, Role.TELLER, now))
    presence.note_agreed(agreed(store, Action.OVERRIDE, SESSION, now))
    return presence


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    branch, desk = draw_branch(), Desk()
    posted, life, woken, unready = Told[Event](), Told[LifeEvent](), Told[None](), Told[str]()
    taker = InlineWorker(unready)
    with open_store(tmp_path / "store", KeyFile(tmp_path / "master.key")) as store:
        presence = at_work(store)
        archive = VaultArchive(store, branch.demo, TrustedBank(branch.bank.public()), SteppedClock(), presence)
        clerk = Clerk(desk, desk, desk, archive, posted, life, lambda: woken(None), unready, taker, taker)
        yield Rig(branch, store, archive, desk, clerk, posted, life, woken, unready, presence)


def case() -> SessionRecord:
    return replace(overridden(), station=replace(record().station, station="demo-1"))


def width_of(jpeg: Masked[bytes] | None) -> int:
    assert jpeg is not None
    decoded = cv2.imdecode(np.frombuffer(jpeg.reveal(), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return int(decoded.shape[1])


def test_a_kept_case_is_in_the_vault_listed_told_and_the_courier_woken(rig: Rig) -> None:
    rig.keeps(case())
    assert rig.posted.all == [CaseKept(TICKET)]
    assert rig.store.open_record(SESSION, OperatorId("mina"), SteppedClock().now().wall) == case()
    (listed,) = rig.life.all
    assert isinstance(listed, CasesListed)
    assert [(row.session, row.delivery) for row in listed.rows] == [(SESSION, DeliveryState.WAITING)]
    assert (listed.backlog.waiting, listed.backlog.set_aside) == (1, 0)
    assert len(rig.woken.all) == 1


def test_a_case_kept_again_after_a_doubt_is_kept_once(rig: Rig) -> None:
    rig.keeps(case())
    rig.keeps(case())
    assert rig.posted.all == [CaseKept(TICKET), CaseKept(TICKET)]
    assert rig.store.counts().kept == 1


def test_the_bank_can_open_what_was_kept_and_a_wide_page_was_made_smaller(rig: Rig) -> None:
    rig.keeps(case(), np.full((1200, 3200, 3), 90, np.uint8))
    pictures = rig.sent()
    assert width_of(pictures.page) == PAGE_MAX_WIDTH_PX == 1600
    assert width_of(pictures.live) == 160
    assert pictures.portrait is None


def test_a_case_set_aside_is_due_again_when_a_person_retries_it(rig: Rig) -> None:
    rig.keeps(case())
    rig.archive.settle(SESSION, Refused("station-unknown"), SyncPolicy(), 0.0)
    rig.clerk.retry(SESSION)
    listed = rig.life.all[-1]
    assert isinstance(listed, CasesListed)
    assert (listed.backlog.waiting, listed.backlog.set_aside) == (1, 0)
    assert rig.store.audit_lines()[-1].who == "mina"
    assert len(rig.woken.all) == 2


def test_an_ending_without_a_record_leaves_its_line(rig: Rig) -> None:
    rig.clerk.note_ending(NoteEnding(SESSION, "Cancelled"))
    assert [(line.event, line.detail) for line in rig.store.audit_lines()][2:] == [("case-ended", "Cancelled")]


def test_each_answer_carries_the_ticket_it_was_asked_with(rig: Rig) -> None:
    rig.clerk.draw(DrawScript(TICKET, plan_for(DEMO.liveness)))
    rig.clerk.compare(CompareFaces(TICKET, (), None))
    rig.clerk.read(ReadDocument(TICKET, frame(), None))
    assert rig.posted.all[0] == ScriptDrawn(TICKET, SCRIPT)
    assert [type(event) for event in rig.posted.all] == [ScriptDrawn, FacesCompared, DocumentAnswered]
    assert {event.ticket for event in rig.posted.all} == {TICKET}  # type: ignore[union-attr]


def test_a_fault_is_told_to_the_step_that_asked(rig: Rig) -> None:
    rig.desk.fails = DiskFull("full")
    rig.clerk.read(ReadDocument(TICKET, frame(), None))
    assert rig.posted.all == [WorkFailed(TICKET, "DiskFull")]


def test_a_reader_that_cannot_be_made_ready_is_told_at_the_start(rig: Rig) -> None:
    rig.desk.unprepared = ModelRefused("missing")
    rig.clerk.start()
    assert rig.unready.all == ["ModelRefused", "ModelRefused"]
    assert [type(event) for event in rig.life.all] == [CasesListed]


def test_one_damaged_case_does_not_empty_the_tellers_list(rig: Rig) -> None:
    rig.keeps(case())
    rig.store._db.execute("DROP TRIGGER cases_stay_as_written")
    rig.store._db.execute("UPDATE cases SET holder = x'00'")
    rig.clerk.list_cases()
    listed = rig.life.all[-1]
    assert isinstance(listed, CasesListed)
    assert [(row.holder.reveal(), row.last_problem) for row in listed.rows] == [("", "seal-broken")]


def failed(rig: Rig) -> list[str]:
    return [event.fault for event in rig.posted.all if isinstance(event, WorkFailed)]


def test_nobody_keeps_a_desk_case_while_nobody_is_signed_in(rig: Rig) -> None:
    rig.presence.left()
    rig.keeps(case())
    assert failed(rig) == ["NotPermitted"]
    assert rig.store.counts().kept == 0
    assert rig.store.audit_lines()[-1].detail == "keep-case:nobody-signed-in"


def test_a_decision_in_somebody_elses_name_is_not_kept(rig: Rig) -> None:
    disposition = case().disposition
    assert disposition is not None
    rig.keeps(replace(case(), disposition=replace(disposition, by=OMAR, second=MINA)))
    assert failed(rig) == ["NotPermitted"]
    assert rig.store.counts().kept == 0


def test_an_override_nobody_agreed_to_is_not_kept_whatever_the_record_says(rig: Rig) -> None:
    rig.presence.note_agreed(agreed(rig.store, Action.OVERRIDE, SessionId("f" * 32), SteppedClock().now().wall))
    rig.keeps(case())
    assert failed(rig) == ["NotPermitted"]
    assert rig.store.audit_lines()[-1].detail == "override:two-people-needed"


def test_a_teller_whose_role_was_changed_in_the_meantime_keeps_nothing(rig: Rig) -> None:
    with rig.store.trust_rows() as rows:
        rows.replace_operator(OperatorRow(MINA, Role.AUDITOR.value, Masked(b"secret"), 0, None, SteppedClock().now().wall))
    rig.keeps(case())
    assert failed(rig) == ["NotPermitted"]


def test_the_booth_keeps_its_cases_without_an_operator(rig: Rig) -> None:
    rig.presence.left()
    agreed = replace(case().consent, purposes=(ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT))
    rig.keeps(replace(case(), channel=Channel.BOOTH, disposition=None, consent=agreed))
    assert rig.posted.all == [CaseKept(TICKET)]


def test_names_are_listed_for_whoever_may_see_them_and_that_is_written_down_once(rig: Rig) -> None:
    rig.keeps(case())
    assert [row.holder.reveal() for row in rig.archive.rows()] == ["Anna Maria Eriksson"]
    rig.archive.rows()
    assert [(line.who, line.detail) for line in rig.store.audit_lines() if line.event == "cases-listed"] == [("mina", "rows=1")]
    rig.presence.lock()
    assert [row.holder.reveal() for row in rig.archive.rows()] == [""]
