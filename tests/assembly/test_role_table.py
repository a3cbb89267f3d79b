"""Every role at every action, done for real: what the table allows is done, everything else is refused and written down."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.desk_access import DeskAccess
from kiosk.assembly.desk_offices import DeskOffices
from kiosk.assembly.equipment import Equipment
from kiosk.assembly.maintenance import BoothMaintenance
from kiosk.bank.nowhere import Nowhere
from kiosk.camera.chosen import ChosenCamera
from kiosk.camera.latest import Latest
from kiosk.camera.webcam import Webcam
from kiosk.faults import NotPermitted, PictureUnreadable
from kiosk.frame import Frame
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.office.terms import AuditQuery, WhichPicture
from kiosk.outbox import Refused
from kiosk.policy import DocumentPolicy, RetentionPolicy, SyncPolicy
from kiosk.record import Decision, EvidencePictures
from kiosk.station.station import Station
from kiosk.station.stepped import SteppedClock
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.case_files import CaseFiles, ReadFor
from kiosk.trust.identity import enrol_station, identity_taken, next_identity, station_init
from kiosk.trust.key_office import move_master_key
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import ALLOWED, SECOND_PERSON, Action, Role, may
from kiosk.trust.presence import Authority, Booth, Disagreed, DisagreedBecause, Presence, SignedIn
from kiosk.values import ConsentPurpose, Masked, OperatorId, SessionId, StationClass
from kiosk.vault.audit import NO_SESSION, AuditEntry, AuditEvent
from kiosk.vault.keys import KeyFile
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.two_people import Agreed
from kiosk.wire.keys import draw_station_identity
from kiosk.wire.succession import TrustedBank
from kiosk.wire.watch_list import Watched
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import draw_branch
from tests.journey.build import ATTENDED
from tests.trust.people import QUICK, RIGHT
from tests.vault.specimen import PACKET, SESSION, digest, key_file, record, session, store_in

NOW = SteppedClock().now().wall
ME, OTHER = OperatorId("me"), OperatorId("other")
NO_PICTURES = EvidencePictures(None, None, None)


@dataclass
class Desk:
    """A store with one kept case, in which `me` has the role under test; `me` is signed in."""

    store: Store
    role: Role
    folder: Path

    @property
    def who(self) -> SignedIn | None:
        return None if self.role is Role.BOOTH else SignedIn(ME, self.role, NOW)

    def me(self) -> SignedIn:
        """The booth has nobody: it comes with a sign-in that was never made."""
        return self.who or SignedIn(ME, Role.BOOTH, NOW)

    def archive(self, agreed: Agreed | None = None) -> VaultArchive:
        branch = draw_branch()
        presence = Presence(Authority(self.store), self.who)
        if agreed is not None:
            presence.note_agreed(agreed)
        return VaultArchive(self.store, branch.demo, TrustedBank(branch.bank.public()), SteppedClock(), presence)

    def agreed(self, action: Action, on: SessionId = NO_SESSION) -> Agreed:
        second = SignedIn(OTHER, min(SECOND_PERSON[action]), NOW)
        with self.store.trust_rows() as rows:
            rows.replace_operator(OperatorRow(OTHER, second.role.value, Masked(b"secret"), 0, None, NOW))
        answer = Authority(self.store).agree(self.me(), second, action, NOW, on)
        if isinstance(answer, Disagreed):
            assert answer.because is DisagreedBecause.FIRST_MAY_NOT
            raise NotPermitted(answer.because)
        return answer


def keep(desk: Desk, agreed: Agreed | None = None) -> None:
    of = replace(record(session(7)), station=replace(record().station, station="demo-1"))
    made = of.disposition
    assert made is not None
    decision = Decision.REFER if agreed is None else Decision.APPROVE
    disposition = replace(made, by=ME, second=None if agreed is None else agreed.second, decision=decision)
    desk.archive(agreed).keep(replace(of, disposition=disposition), NO_PICTURES)


def list_cases(desk: Desk) -> None:
    if [row.holder.reveal() for row in desk.archive().rows()] != ["Anna Maria Eriksson"]:
        raise NotPermitted("names are not shown")


def load_picture(desk: Desk) -> None:
    """A file that is no picture is refused as that, and not before it was asked who loads it."""
    clock = SteppedClock()
    station = Station(ATTENDED, clock, Latest[Frame]())
    access = DeskAccess(station, Operators(desk.store, QUICK), Presence(Authority(desk.store), desk.who), DocumentPolicy(), clock)
    (desk.folder / "page.png").write_bytes(b"no picture")
    with contextlib.suppress(PictureUnreadable):
        access.load_picture(desk.folder / "page.png", SESSION)


def offices(desk: Desk) -> DeskOffices:
    branch = draw_branch()
    camera = ChosenCamera(0, lambda address: Webcam(address, lambda: 0))
    connector = Nowhere()
    presence = Presence(Authority(desk.store), desk.who)
    station = Equipment(ATTENDED, desk.store, branch.demo, TrustedBank(branch.bank.public()), connector)
    return DeskOffices(station, presence, SteppedClock(), camera, desk.folder / "no-models")


def files(desk: Desk) -> CaseFiles:
    return CaseFiles(desk.store, RetentionPolicy())


def operators(desk: Desk) -> Operators:
    return Operators(desk.store, QUICK)


def retry(desk: Desk) -> None:
    desk.store.settle(SESSION, Refused("station-unknown"), NOW, SyncPolicy(), 0.0)
    desk.archive().retry(SESSION)


def change_keys(desk: Desk) -> None:
    move_master_key(desk.store, desk.agreed(Action.CHANGE_KEYS), key_file(desk.folder / "store"), KeyFile(desk.folder / "new.key"), NOW)


def roll_keys(desk: Desk) -> None:
    station_init(desk.store, "desk-1", StationClass.DEMO, NOW)
    next_identity(desk.store, desk.agreed(Action.CHANGE_KEYS), "desk-1", StationClass.DEMO, NOW)


def take_rolled_key(desk: Desk) -> None:
    """Whoever could make a key anywhere could not put it in force here."""
    station_init(desk.store, "desk-1", StationClass.DEMO, NOW)
    identity_taken(desk.store, desk.agreed(Action.CHANGE_KEYS), draw_station_identity("desk-1", StationClass.DEMO), NOW)


def erase(desk: Desk) -> None:
    files(desk).erase(desk.agreed(Action.ERASE_CASE, SESSION), SESSION, "at-request", NOW)


def at_bank(desk: Desk, do: Callable[[Office, SessionId], object]) -> None:
    """Do something at a bank that holds one case, whose people are those of the store under test."""
    case = copied_bank(desk.folder / "bank")[0]
    with office_over(desk.store, desk.folder / "bank") as office:
        do(office, case)


def settle(office: Office, case: SessionId) -> None:
    """Propose and have it agreed to: with no right to the first, nobody gets to the second."""
    me = Role(next(row.role for row in [office_row(office)] if row is not None))
    made = office.propose_outcome(SignedIn(ME, me, NOW), case, Outcome.CONFIRMED_FRAUD, WHY, NOW)
    office.agree(SignedIn(OTHER, Role.SUPERVISOR, NOW), made.number, made.digest, NOW)


def office_row(office: Office) -> OperatorRow | None:
    with office.store.trust_rows() as rows:
        return rows.operator(ME)


WHY = Masked("because the test says so")


def maintain_booth(desk: Desk) -> None:
    """Signs in at the booth for real: the page opens for whom the table lets in, and its deeds are theirs."""
    made = operators(desk)
    booth = BoothMaintenance(desk.store, made, SteppedClock(), tuple, lambda: None)
    booth._who = desk.me()
    booth.checks()


DOERS: dict[Action, Callable[[Desk], object]] = {
    Action.KEEP_CASE: lambda desk: Authority(desk.store).require(desk.who or Booth(), Action.KEEP_CASE, NOW),
    Action.DECIDE_CASE: keep,
    Action.OVERRIDE: lambda desk: keep(desk, desk.agreed(Action.OVERRIDE, session(7))),
    Action.LOAD_PICTURE: load_picture,
    Action.LIST_CASES: list_cases,
    Action.READ_CASE: lambda desk: files(desk).read(desk.me(), SESSION, ReadFor.COMPLAINT, NOW),
    Action.RETRY_DELIVERY: retry,
    Action.EXPORT_CASE: lambda desk: files(desk).export(desk.me(), SESSION, NOW),
    Action.WITHDRAW_CONSENT: lambda desk: files(desk).withdraw(desk.me(), SESSION, ConsentPurpose.IDENTITY_CHECK, NOW),
    Action.ERASE_CASE: erase,
    Action.RUN_RETENTION: lambda desk: files(desk).run_retention(desk.me(), NOW),
    Action.ADD_OPERATOR: lambda desk: operators(desk).add("omar", RIGHT, Role.TELLER, desk.me(), NOW),
    Action.CHANGE_ROLE: lambda desk: operators(desk).change_role(OTHER, Role.AUDITOR, desk.me(), NOW),
    Action.RESET_OPERATOR: lambda desk: operators(desk).reset(OTHER, RIGHT, desk.me(), NOW),
    Action.REMOVE_OPERATOR: lambda desk: operators(desk).remove(OTHER, desk.me(), NOW),
    Action.LIST_OPERATORS: lambda desk: operators(desk).names(desk.me(), NOW),
    Action.CHANGE_KEYS: change_keys,
    Action.ENROL_STATION: lambda desk: enrol_station(desk.store, "desk-1", StationClass.DEMO, desk.who, NOW),
    Action.ACCEPT_CLOCK: lambda desk: operators(desk).accept_clock(desk.agreed(Action.ACCEPT_CLOCK), NOW),
    Action.VERIFY_AUDIT: lambda desk: AuditBooks(desk.store).verify(desk.who, NOW),
    Action.EXPORT_AUDIT: lambda desk: AuditBooks(desk.store).export(desk.who, "jsonl", NOW),
    Action.READ_AUDIT: lambda desk: offices(desk).log(100),
    Action.PRINT_RECEIPT: lambda desk: offices(desk).receipt(SESSION),
    Action.REVIEW_OVERRIDES: lambda desk: offices(desk).overrides(),
    Action.RECONCILE_DAY: lambda desk: offices(desk).close_day(NOW.date()),
    Action.VIEW_STATION: lambda desk: offices(desk).station_sheet(),
    Action.MAINTAIN_BOOTH: maintain_booth,
    Action.CHOOSE_CAMERA: lambda desk: offices(desk).choose_camera(1),
    Action.TAKE_TRAINING: lambda desk: offices(desk).lesson_done("capture"),
    Action.VIEW_TRAINING: lambda desk: offices(desk).everybodys_training(),
    Action.REVIEW_CASES: lambda desk: at_bank(desk, lambda office, _: office.queue(desk.who, 10, NOW)),
    Action.SEE_PICTURES: lambda desk: at_bank(
        desk, lambda office, case: office.picture(desk.who, case, WhichPicture.PAGE, ReadFor.FRAUD, NOW)
    ),
    Action.SETTLE_CASE: lambda desk: at_bank(desk, settle),
    Action.CHANGE_WATCH_LIST: lambda desk: at_bank(
        desk, lambda office, case: office.propose_watch(desk.who, case, Watched.DOCUMENT, 1.0, WHY, NOW)
    ),
    Action.CHANGE_POLICY: lambda desk: at_bank(
        desk,
        lambda office, _: office.propose_policy(
            desk.who, office.publishing.policy_text().replace("version = 1", "version = 2"), "", WHY, NOW
        ),
    ),
    Action.SEE_FLEET: lambda desk: at_bank(desk, lambda office, _: office.stations(desk.who, NOW)),
    Action.SEE_POLICY: lambda desk: at_bank(desk, lambda office, _: office.proposals(desk.who, NOW)),
}
WALKS = [
    *DOERS.items(),
    (Action.READ_AUDIT, lambda desk: at_bank(desk, lambda office, _: office.search_audit(desk.who, AuditQuery(), 10, NOW))),
    (Action.CHANGE_KEYS, roll_keys),
    (Action.CHANGE_KEYS, take_rolled_key),
]


def test_every_action_is_walked() -> None:
    assert set(DOERS) == set(Action)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("action", "do"), WALKS, ids=[f"{action}-{number}" for number, (action, _) in enumerate(WALKS)])
def test_what_the_table_allows_is_done_and_everything_else_is_refused(
    tmp_path: Path, role: Role, action: Action, do: Callable[[Desk], object]
) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        with store.trust_rows() as rows:
            for name, word in ((ME, role.value), (OTHER, Role.SUPERVISOR.value)):
                rows.add_operator(OperatorRow(name, word, Masked(b"secret"), 0, None, NOW))
        desk = Desk(store, role, tmp_path)
        before = len(store.audit_lines())
        if may(role, action):
            do(desk)
            return
        with pytest.raises(NotPermitted):
            do(desk)
        refused = [line.event for line in store.audit_lines()[before:]]
        if action is not Action.LIST_CASES:
            assert AuditEvent.DENIED in refused or AuditEvent.TWO_REFUSED in refused


def test_a_role_or_action_nobody_wrote_down_is_denied() -> None:
    assert may("owner", Action.READ_CASE) is False  # type: ignore[arg-type]
    assert may(Role.ADMINISTRATOR, "print-money") is False  # type: ignore[arg-type]
    assert set(ALLOWED) == set(Role)
    assert ALLOWED[Role.BOOTH] == {Action.KEEP_CASE}


def test_nobody_may_read_cases_and_administer_people_and_verify_what_they_did() -> None:
    """Separation of duties: whoever can add people cannot see customers, and whoever takes the log away can do neither."""
    assert not ALLOWED[Role.ADMINISTRATOR] & {Action.LIST_CASES, Action.READ_CASE, Action.EXPORT_CASE, Action.ERASE_CASE}
    assert not ALLOWED[Role.AUDITOR] & {Action.ADD_OPERATOR, Action.CHANGE_ROLE, Action.ERASE_CASE, Action.KEEP_CASE}


PAIRS = [
    (ME, Role.TELLER, ME, Role.SUPERVISOR, 0, DisagreedBecause.SAME_PERSON),
    (ME, Role.TELLER, OTHER, Role.TELLER, 0, DisagreedBecause.SECOND_MAY_NOT),
    (ME, Role.AUDITOR, OTHER, Role.SUPERVISOR, 0, DisagreedBecause.FIRST_MAY_NOT),
    (ME, Role.TELLER, OTHER, Role.SUPERVISOR, 121, DisagreedBecause.NOT_PRESENT),
    (ME, Role.TELLER, OTHER, Role.SUPERVISOR, -1, DisagreedBecause.NOT_PRESENT),
    (ME, Role.TELLER, OTHER, Role.SUPERVISOR, 120, None),
]


@pytest.mark.parametrize(("first", "first_role", "second", "second_role", "after_s", "because"), PAIRS)
def test_two_people_are_two_people_both_present_and_both_in_the_log(
    tmp_path: Path, first: str, first_role: Role, second: str, second_role: Role, after_s: int, because: DisagreedBecause | None
) -> None:
    with store_in(tmp_path / "store") as store:
        with store.trust_rows() as rows:
            for name, role in {first: first_role, second: second_role}.items():
                rows.add_operator(OperatorRow(OperatorId(name), role.value, Masked(b"secret"), 0, None, NOW))
        one, two = SignedIn(OperatorId(first), first_role, NOW), SignedIn(OperatorId(second), second_role, NOW)
        later: datetime = NOW + timedelta(seconds=after_s)
        answer = Authority(store).agree(one, two, Action.OVERRIDE, later, SESSION)
        assert answer == (Agreed(Action.OVERRIDE, one.name, two.name, SESSION, later) if because is None else Disagreed(because))
        event = AuditEvent.TWO_AGREED if because is None else AuditEvent.TWO_REFUSED
        assert [(line.event, line.who) for line in store.audit_lines()] == [(event, first), (event, second)]


def two_of(store: Store, first: Role, second: Role) -> tuple[SignedIn, SignedIn]:
    with store.trust_rows() as rows:
        for name, role in ((ME, first), (OTHER, second)):
            write = rows.add_operator if rows.operator(name) is None else rows.replace_operator
            write(OperatorRow(name, role.value, Masked(b"secret"), 0, None, NOW))
    return SignedIn(ME, first, NOW), SignedIn(OTHER, second, NOW)


@pytest.mark.parametrize("action", SECOND_PERSON)
def test_every_pair_of_roles_may_agree_to_what_the_table_says_and_to_nothing_else(tmp_path: Path, action: Action) -> None:
    with store_in(tmp_path / "store") as store:
        for first, second in product(Role, Role):
            answer = Authority(store).agree(*two_of(store, first, second), action, NOW, SESSION)
            assert isinstance(answer, Agreed) is (may(first, action) and second in SECOND_PERSON[action]), (first, second)


@pytest.mark.parametrize("who", [ME, OTHER])
def test_an_agreement_is_worth_nothing_once_either_of_the_two_has_another_role(tmp_path: Path, who: OperatorId) -> None:
    with store_in(tmp_path / "store") as store:
        agreed = Authority(store).agree(*two_of(store, Role.COMPLIANCE_OFFICER, Role.SUPERVISOR), Action.ERASE_CASE, NOW, SESSION)
        assert isinstance(agreed, Agreed)
        with store.trust_rows() as rows:
            rows.replace_operator(OperatorRow(who, Role.TELLER.value, Masked(b"secret"), 0, None, NOW))
        with pytest.raises(NotPermitted):
            Authority(store).require_agreed(agreed, Action.ERASE_CASE, NOW, SESSION)


def test_an_agreement_is_for_one_action_on_one_case_and_not_for_long(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        authority = Authority(store)
        agreed = authority.agree(*two_of(store, Role.COMPLIANCE_OFFICER, Role.SUPERVISOR), Action.ERASE_CASE, NOW, SESSION)
        assert isinstance(agreed, Agreed)
        authority.require_agreed(agreed, Action.ERASE_CASE, NOW, SESSION)
        for action, on, later in (
            (Action.CHANGE_KEYS, SESSION, NOW),
            (Action.ERASE_CASE, session(2), NOW),
            (Action.ERASE_CASE, SESSION, NOW + timedelta(minutes=3)),
        ):
            with pytest.raises(NotPermitted):
                authority.require_agreed(agreed, action, later, on)


def test_a_note_that_was_never_denied_leaves_no_denial(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.note(AuditEntry(NOW, AuditEvent.SIGNED_OUT, who=ME))
        Authority(store).require(Booth(), Action.KEEP_CASE, NOW)
        assert [line.event for line in store.audit_lines()] == ["signed-out"]
