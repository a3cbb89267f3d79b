"""The bank's office: who may look into cases there, what they find, propose and agree to. Everything the console does, it does here.

1. The permission table is asked here, where a thing is done, whatever page or button led to it. Denied is what nobody wrote down.
2. Every look at the queue, a case, a picture or the audit log is a line in the office's own audit log (chained, its heads signed) before
   anything is shown.
3. What weighs takes two people. The second signs in afresh for it and names the digest of what was shown.
4. Nobody settles a case that he disposed of at a station himself.
5. An outcome teaches nothing until a second person agreed to it, and no number of outcomes moves a policy: that is a proposal of its own,
   with its back-test, and takes two people again.
6. A challenger two people agreed to is computed beside the policy in force and acts nowhere; to put it in force takes two people again.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.faults import Fault, NotPermitted, PacketRefused, SealBroken, SettingsRefused, StoreDamaged
from kiosk.intake.ceremony import is_bank
from kiosk.intake.fleet import Fleet, LastHeard
from kiosk.intake.office.agreements import Agreements, agreement_line, outcome_of
from kiosk.intake.office.analysis import Analysis, CaseSummary
from kiosk.intake.office.calibration import Calibrated, ScoreCalibration
from kiosk.intake.office.case_watch import CaseWatch
from kiosk.intake.office.challenger import ChallengerRows
from kiosk.intake.office.proposals import ACTIONS, Kind, Outcome, Proposal, ProposalRows, State
from kiosk.intake.office.publishing import Publishing
from kiosk.intake.office.terms import AuditQuery, CaseFile, Unfit, WhichPicture
from kiosk.intake.office.watching import LinkedFrauds
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.rest import open_content
from kiosk.intake.store import IntakeStore
from kiosk.record import SessionRecord
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.case_files import ReadFor
from kiosk.trust.operators import Operators
from kiosk.trust.passwords import Cost
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, Disagreed, SignedIn
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.vault.audit import NO_SESSION, AuditEntry, AuditEvent, AuditLine, AuditVerdict
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.sealing import Key, derive
from kiosk.vault.store import Store
from kiosk.vault.times import as_text
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.packet import Content
from kiosk.wire.sense import well_formed_id
from kiosk.wire.watch_list import Watched, watch_hash, watched_values

OFFICE: Final = "office"
_SHORTEST_REASON: Final = 5
_LONGEST_REASON: Final = 1_000
_LONGEST_NOTICE: Final = 500
_MODEL_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Office:
    """Thread-safe: store and ledger lock for themselves. classes: of the stations this bank takes; cost: of new passwords;
    key_in_force: the id of the answering key the bank has by now, which a roll makes another."""

    def __init__(
        self,
        store: Store,
        ledger: IntakeStore,
        keys: IntakeKeys,
        fleet: Fleet,
        analysis: Analysis,
        classes: tuple[StationClass, ...],
        cost: Cost | None = None,
        key_in_force: Callable[[], str] | None = None,
    ) -> None:
        self.store = store
        self.operators = Operators(store, cost)
        self.authority = Authority(store)
        self._books = AuditBooks(store)
        self.fleet = fleet
        self._ledger = ledger
        self._keys = keys
        self._rows = ProposalRows(store.transaction, derive(keys.storage, "office reasons"))
        self._watch_key: Key = derive(keys.storage, "watch-list")
        self.agreements = Agreements(self._rows, self._books)
        linked = LinkedFrauds(self._watch_key, lambda session: self._content(session).record, analysis.shared_by)
        challengers, own = ChallengerRows(store.transaction), keys.identity.public().answers_key_id
        self.publishing = Publishing(
            store,
            self.agreements,
            fleet,
            keys,
            classes,
            linked,
            challengers,
            ledger.log_size,
            analysis.is_up_to_date,
            key_in_force or (lambda: own),
        )
        self.analysis = analysis
        self.watch = CaseWatch(self.records, ledger.log_size, challengers, self.publishing.known_policies, self.publishing.answers)
        self._scores = ScoreCalibration(lambda session: self._content(session).record)

    def close(self) -> None:
        self.store.close()

    # --- looking -------------------------------------------------------------------------------------------------------------

    def queue(self, who: SignedIn | None, limit: int, now: datetime) -> tuple[CaseSummary, ...]:
        """Return the cases that deserve a look and are not settled, gravest first. Raises NotPermitted."""
        by = self._require(who, Action.REVIEW_CASES, now)
        self.store.note(AuditEntry(now, AuditEvent.QUEUE_LISTED, who=by.name, detail=f"at-most={limit}"))
        self.analysis.refresh(self.agreements.labels())
        settled = {proposal.session for proposal in self.agreements.of(Kind.OUTCOME)}
        return tuple(one for one in self.analysis.queue(limit + len(settled)) if one.session not in settled)[:limit]

    def open_case(self, who: SignedIn | None, session: SessionId, purpose: ReadFor, now: datetime) -> CaseFile:
        """Raises NotPermitted, LookupError, StoreDamaged."""
        by = self._require(who, Action.READ_CASE, now, session)
        self.store.note(AuditEntry(now, AuditEvent.CASE_OPENED, session, by.name, purpose=purpose.value))
        self.analysis.refresh(self.agreements.labels())
        return CaseFile(self.analysis.summary(session), self._content(session), self._rows.about(session))

    def picture(self, who: SignedIn | None, session: SessionId, which: WhichPicture, purpose: ReadFor, now: datetime) -> bytes:
        """Return a picture of a case, JPEG. Raises NotPermitted, LookupError."""
        by = self._require(who, Action.SEE_PICTURES, now, session)
        self.store.note(AuditEntry(now, AuditEvent.PICTURE_SHOWN, session, by.name, which.value, purpose.value))
        masked = getattr(self._content(session).pictures, which.value)
        if masked is None:
            raise LookupError("this case has no such picture")
        jpeg: bytes = masked.reveal()
        return jpeg

    def stations(self, who: SignedIn | None, now: datetime) -> tuple[tuple[EnrolledStation, LastHeard | None], ...]:
        """Return every enrolled station and what it said last. Raises NotPermitted."""
        self._require(who, Action.SEE_FLEET, now)
        heard = {one.station_key: one for one in self.fleet.stations()}
        return tuple((station, heard.get(station.key_id)) for station in self._ledger.stations())

    def search_audit(self, who: SignedIn | None, query: AuditQuery, limit: int, now: datetime) -> tuple[AuditLine, ...]:
        """Return the newest lines that match, newest first. Raises NotPermitted."""
        session = SessionId(query.session) if well_formed_id(query.session) else NO_SESSION
        return self._books.search(who, lambda line: _matches(line, query), limit, now, session)

    def check_log(self, who: SignedIn | None, now: datetime) -> AuditVerdict:
        """Raises NotPermitted."""
        return self._books.verify(who, now)

    def proposals(self, who: SignedIn | None, now: datetime) -> tuple[tuple[Proposal, ...], tuple[Proposal, ...]]:
        """Return what waits for a second person, and the latest that were settled. Raises NotPermitted."""
        self._require(who, Action.SEE_POLICY, now)
        return self._rows.waiting(), tuple(one for one in self._rows.latest(60) if one.state is not State.WAITING)[:20]

    def proposal(self, who: SignedIn | None, number: int, now: datetime) -> Proposal:
        """Raises NotPermitted, LookupError."""
        self._require(who, Action.SEE_POLICY, now)
        found = self._rows.one(number)
        if found is None:
            raise LookupError("there is no such proposal")
        return found

    def calibration(self, who: SignedIn | None, now: datetime) -> tuple[Calibrated, ...]:
        """Return how the stations' score fits what cases turned out to be: all together, then by policy version. Raises NotPermitted."""
        self._require(who, Action.SEE_FLEET, now)
        labels = self.agreements.labels()
        self._scores.read_some(labels)
        return self._scores.of(labels)

    def said_by(self, proposal: Proposal) -> Mapping[str, object]:
        """Return a proposal's content as it was written."""
        said: dict[str, object] = json.loads(proposal.content)
        return said

    # --- proposing -----------------------------------------------------------------------------------------------------------

    def propose_outcome(self, who: SignedIn | None, session: SessionId, outcome: Outcome, reason: Masked[str], now: datetime) -> Proposal:
        """Raises NotPermitted, LookupError, Unfit."""
        by = self._require(who, Action.SETTLE_CASE, now, session)
        record = self._content(session).record
        dealt = set() if record.disposition is None else {record.disposition.by, record.disposition.second}
        if by.name in dealt:
            raise Unfit("You disposed of this case at the station yourself; somebody else settles it.")
        if any(one.state is State.WAITING and one.kind is Kind.OUTCOME for one in self._rows.about(session)):
            raise Unfit("An outcome is proposed for this case already and waits for a second person.")
        return self._propose(by, Kind.OUTCOME, session, _spelled({"outcome": outcome.value}), reason, now)

    def propose_watch(
        self, who: SignedIn | None, session: SessionId, of: Watched, sure: float, reason: Masked[str], now: datetime
    ) -> Proposal:
        """Propose to put one of a case's values on the watch-list: it is taken from the case, nobody types it.

        Raises NotPermitted, LookupError, Unfit.
        """
        by = self._require(who, Action.CHANGE_WATCH_LIST, now, session)
        values = dict(watched_values(self._content(session).record))
        if of not in values:
            raise Unfit(f"This case has no {of.value} to put on the list.")
        entry = watch_hash(self._watch_key, of, values[of])
        if any(one.entry == entry for one in self.agreements.watch_entries()):
            raise Unfit(f"This {of.value} stands on the watch-list already.")
        content = _spelled({"entry": entry, "of": of.value, "sure": round(max(0.0, min(sure, 1.0)) * 1000)})
        return self._propose(by, Kind.WATCH_ADD, session, content, reason, now)

    def propose_removal(self, who: SignedIn | None, entry: str, reason: Masked[str], now: datetime) -> Proposal:
        """Raises NotPermitted, LookupError, Unfit."""
        by = self._require(who, Action.CHANGE_WATCH_LIST, now)
        found = next((one for one in self.agreements.watch_entries() if one.entry == entry), None)
        if found is None:
            raise LookupError("no such entry stands on the watch-list")
        return self._propose(by, Kind.WATCH_REMOVE, found.proposal.session, _spelled({"entry": entry}), reason, now)

    def propose_policy(self, who: SignedIn | None, text: str, tested: str, reason: Masked[str], now: datetime) -> Proposal:
        """tested: what the back-test said of this very text, for the second person. Raises NotPermitted, Unfit with every problem."""
        by = self._require(who, Action.CHANGE_POLICY, now)
        problems = self.publishing.policy_problems(text)
        if problems:
            raise Unfit("\n".join(problems))
        return self._propose(by, Kind.POLICY, NO_SESSION, _spelled({"tested": tested, "text": text}), reason, now)

    def propose_challenger(self, who: SignedIn | None, text: str, tested: str, reason: Masked[str], now: datetime) -> Proposal:
        """Propose to compute a policy beside the one in force. tested: as for a policy. Raises NotPermitted, Unfit with every problem."""
        by = self._require(who, Action.CHANGE_POLICY, now)
        problems = self.publishing.policy_problems(text)
        if problems:
            raise Unfit("\n".join(problems))
        return self._propose(by, Kind.CHALLENGER, NO_SESSION, _spelled({"tested": tested, "text": text}), reason, now)

    def propose_model_notice(
        self, who: SignedIn | None, model: str, digest: str, says: str, reason: Masked[str], now: datetime
    ) -> Proposal:
        """Propose to tell the stations which model file is the current one, and what to know of it. Raises NotPermitted, Unfit."""
        by = self._require(who, Action.CHANGE_POLICY, now)
        if not _MODEL_NAME.fullmatch(model):
            raise Unfit("A model's name has 2 to 64 of a-z, 0-9, dot, dash and underscore.")
        if not _SHA256.fullmatch(digest):
            raise Unfit("The digest of a model file is its SHA-256: 64 hex digits, as `app.py models list` shows it.")
        if not says.strip() or len(says) > _LONGEST_NOTICE:
            raise Unfit(f"Say what the stations' people should know of it, in at most {_LONGEST_NOTICE} characters.")
        text = _spelled({"model": model, "says": says.strip(), "sha256": digest})
        return self._propose(by, Kind.MODEL_NOTICE, NO_SESSION, _spelled({"text": text}), reason, now)

    def _propose(self, by: SignedIn, kind: Kind, session: SessionId, content: str, reason: Masked[str], now: datetime) -> Proposal:
        typed = reason.reveal().strip()
        if not _SHORTEST_REASON <= len(typed) <= _LONGEST_REASON:
            raise Unfit(f"Say why, in {_SHORTEST_REASON} to {_LONGEST_REASON} characters.")
        with self.store.together():
            made = self._rows.add(kind, session, content, Masked(typed), by.name, by.role, now)
            detail = f"{kind}:{made.number}:{made.digest}"
            self.store.note(AuditEntry(now, AuditEvent.PROPOSED, session, by.name, detail))
        return made

    # --- agreeing ------------------------------------------------------------------------------------------------------------

    def agree(self, second: SignedIn, number: int, digest: str, now: datetime) -> Proposal:
        """Settle a proposal as the second person, freshly signed in. digest: of what was shown. Raises NotPermitted, LookupError, Unfit."""
        found = self._waiting(number)
        if found.digest != digest:
            raise Unfit("The proposal is not the one that was shown; look at it again.")
        if found.kind is Kind.OUTCOME or found.session:
            record = self._content(found.session).record
            if record.disposition is not None and second.name in (record.disposition.by, record.disposition.second):
                raise Unfit("You disposed of this case at the station yourself; somebody else agrees.")
        if found.kind in (Kind.POLICY, Kind.CHALLENGER) and (problems := self.publishing.policy_problems(str(self.said_by(found)["text"]))):
            # Another policy may have been published since this one was proposed.
            raise Unfit("\n".join(("It does not follow the policy in force any more; turn it down.", *problems)))
        first = SignedIn(found.by, found.role, found.at)
        with self.store.together():
            answer = self.authority.agree(first, second, ACTIONS[found.kind], now, found.session)
            if isinstance(answer, Disagreed):
                refused = answer
            else:
                refused = None
                if not self._rows.settle(number, State.AGREED, second.name, now):
                    raise Unfit("This proposal is settled already.")
                self.store.note(AuditEntry(now, AuditEvent.PROPOSAL_AGREED, found.session, second.name, agreement_line(found)))
                if found.kind is Kind.OUTCOME:
                    outcome = f"{outcome_of(found)}:first={found.by}"
                    self.store.note(AuditEntry(now, AuditEvent.CASE_LABELLED, found.session, second.name, outcome))
        if refused is not None:
            raise NotPermitted(f"{ACTIONS[found.kind]}: {refused.because}")
        if found.kind is Kind.OUTCOME:
            with suppress(Fault):  # agreed all the same: it is told as soon as the results are there again
                self.analysis.refresh(self.agreements.labels())
        self.publishing.publish_agreed(now)
        return self._settled(number)

    def turn_down(self, who: SignedIn | None, number: int, now: datetime) -> Proposal:
        """Turn a proposal down; whoever made it may take it back so. Raises NotPermitted, LookupError, Unfit."""
        found = self._waiting(number)
        by = self._require(who, ACTIONS[found.kind], now, found.session)
        with self.store.together():
            if not self._rows.settle(number, State.TURNED_DOWN, OperatorId("") if by.name == found.by else by.name, now):
                raise Unfit("This proposal is settled already.")
            detail = f"{found.kind}:{number}:first={found.by}"
            self.store.note(AuditEntry(now, AuditEvent.PROPOSAL_TURNED_DOWN, found.session, by.name, detail))
        return self._settled(number)

    def keep_up(self, now: datetime) -> int:
        """Do one lot of what waits for nobody: tell the analysis, publish what was agreed to, look at what came in. Return 0 if that was
        all. Raises the stores' faults; what was missed is done the next time."""
        away: Fault | None = None
        labels = self.agreements.labels()
        try:
            self.analysis.refresh(labels)
        except Fault as fault:
            away = fault  # what was agreed reaches the stations all the same
        self.publishing.publish_agreed(now)
        if away is not None:
            raise away
        return self._scores.read_some(labels) + self.watch.step() + (not self.analysis.is_up_to_date())

    # --- inside --------------------------------------------------------------------------------------------------------------

    def held(self) -> int:
        """Return how many cases the bank holds."""
        return self._ledger.log_size()

    def newest_records(self, count: int) -> Iterator[tuple[int, SessionId, Content | None]]:
        """The same of the newest cases alone, so many at most."""
        return self.records(max(0, self._ledger.log_size() - count))

    def record_of(self, session: SessionId) -> SessionRecord | None:
        """Return a held case's record, for arithmetic that shows it to nobody; None for one that does not open."""
        try:
            return self._content(session).record
        except (LookupError, StoreDamaged):
            return None

    def records(self, after: int = 0) -> Iterator[tuple[int, SessionId, Content | None]]:
        """Yield position, id and content of every held case after a position, opened, oldest first: for the analysis and the back-test,
        which show nothing of it to anybody. None for one that does not open."""
        for case in self._ledger.cases(after):
            try:
                content = self._content(case.packet_id)
            except (LookupError, StoreDamaged):
                content = None
            yield case.position, case.packet_id, content

    def _content(self, session: SessionId) -> Content:
        held = self._ledger.content(session)
        if held is None:
            raise LookupError("no such case is held")
        signer = self._ledger.signer(held[2])
        if signer is None:
            raise StoreDamaged(f"packet {session} is held and its station is not known")
        try:
            _, content = open_content(self._keys.storage, session, held[1], held[0], signer)
        except (SealBroken, PacketRefused) as broken:
            raise StoreDamaged(f"packet {session} does not open") from broken
        return content

    def _require(self, who: SignedIn | None, action: Action, now: datetime, session: SessionId = NO_SESSION) -> SignedIn:
        self.authority.require(who, action, now, session)
        if who is None:
            raise NotPermitted("nobody is signed in")
        return who

    def _waiting(self, number: int) -> Proposal:
        found = self._rows.one(number)
        if found is None:
            raise LookupError("there is no such proposal")
        if found.state is not State.WAITING:
            raise Unfit("This proposal is settled already.")
        return found

    def _settled(self, number: int) -> Proposal:
        found = self._rows.one(number)
        if found is None:
            raise LookupError("there is no such proposal")
        return found


def open_office_store(folder: Path) -> Store:
    """Open the office's own store in a bank's folder, making it where there is none: its people and its audit log.

    Raises SettingsRefused, and as `open_store`."""
    if not is_bank(folder):
        raise SettingsRefused("there is no bank in that folder; make one with `app.py intake init`")
    office = folder / OFFICE
    office.mkdir(mode=0o700, exist_ok=True)
    return open_store(office, KeyFile(office / "master.key"), where="bank")


def _spelled(value: dict[str, str | int]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _matches(line: AuditLine, query: AuditQuery) -> bool:
    wanted = query.text.casefold()
    return (
        (not query.who or line.who == query.who.casefold())
        and (not query.event or line.event == query.event)
        and (not query.session or line.session == query.session)
        and (not wanted or wanted in f"{line.event} {line.detail} {line.purpose}".casefold())
        and (query.since is None or line.at >= as_text(query.since))
        and (query.until is None or line.at < as_text(query.until))
    )
