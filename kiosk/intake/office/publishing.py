"""What the office publishes to the stations, and what of it counts.

1. Nothing is published that two people did not agree to, and nothing is signed by a log that was tampered with.
2. What was agreed to is published by whoever comes next, if the program died between: agreed and not published is found at every start and
   after every agreement.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import StoreDamaged
from kiosk.intake.fleet import Fleet, Published
from kiosk.intake.office.agreements import Agreements
from kiosk.intake.office.backtest import policy_problems
from kiosk.intake.office.challenger import ChallengerRows, sign_challenger
from kiosk.intake.office.proposals import Kind, Proposal
from kiosk.intake.office.watching import LinkedFrauds
from kiosk.intake.reception import IntakeKeys
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.risk_policy import SHIPPED, policy_from_text
from kiosk.values import StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.wire.signed_update import Update, UpdateKind, UpdateRefused, genuine_update, sign_update

UPDATE_KINDS: Final[Mapping[Kind, UpdateKind]] = {
    Kind.WATCH_ADD: UpdateKind.WATCHLIST,
    Kind.WATCH_REMOVE: UpdateKind.WATCHLIST,
    Kind.POLICY: UpdateKind.POLICY,
    Kind.MODEL_NOTICE: UpdateKind.MODEL,
}


class Publishing:
    """store: the office's own, whose log says what was agreed to; linked: what the watch-list says beside its entries; classes: of the
    stations this bank takes; log_size: the ledger's last position. Thread-safe as its stores are."""

    def __init__(
        self,
        store: Store,
        agreements: Agreements,
        fleet: Fleet,
        keys: IntakeKeys,
        classes: tuple[StationClass, ...],
        linked: LinkedFrauds,
        challengers: ChallengerRows,
        log_size: Callable[[], int],
    ) -> None:
        self.fleet = fleet
        self._store, self._agreements, self._keys, self._classes = store, agreements, keys, classes
        self._linked, self._challengers, self._log_size = linked, challengers, log_size
        self._books = AuditBooks(store)

    def published(self, kind: UpdateKind) -> tuple[tuple[Published, Update], ...]:
        """Return every published version of a kind, newest first."""
        read = ((one, genuine_update(one.envelope, self.answers())) for one in self.fleet.history(kind))
        return tuple((one, update) for one, update in read if not isinstance(update, UpdateRefused))

    def policy_text(self) -> str:
        """Return the text of the policy that was published last, the shipped one before the first."""
        versions = self.published(UpdateKind.POLICY)
        return versions[0][1].payload if versions else SHIPPED.read_text(encoding="utf-8")

    def policy_in_force(self) -> DecisionPolicy:
        """Raises StoreDamaged if what was published is no policy any more."""
        read = policy_from_text(self.policy_text())
        if isinstance(read, PolicyRefused):
            raise StoreDamaged("the published policy is none to this version of the program")
        return read

    def known_policies(self) -> tuple[DecisionPolicy, ...]:
        """Return every policy a station of this bank may decide by: the one in force first, then the published ones, newest first, and the
        one the program came with."""
        texts = [update.payload for _, update in self.published(UpdateKind.POLICY)]
        read = (policy_from_text(text) for text in (self.policy_text(), *texts, SHIPPED.read_text(encoding="utf-8")))
        return tuple({one.digest: one for one in read if not isinstance(one, PolicyRefused)}.values())

    def policy_problems(self, text: str) -> tuple[str, ...]:
        """Return every reason why a text cannot follow the policy in force, empty if it can."""
        problems, read = policy_problems(text, self.policy_in_force()), policy_from_text(text)
        published = self.fleet.newest_version(UpdateKind.POLICY)
        if not problems and not isinstance(read, PolicyRefused) and read.version <= published:
            # Published under a key that was retired since: not in force here any more, and yet what stations have.
            return (f"version: it is {read.version}; version {published} was published, so it must be higher",)
        return problems

    def publish_agreed(self, now: datetime) -> int:
        """Publish what was agreed to and is not published yet; return how many updates that were."""
        done = self._begin_challengers(now)
        published = {one.proposal for kind in UpdateKind for one in self.fleet.history(kind)}
        last_watch: Proposal | None = None
        due = [one for one in self._agreements.of(*UPDATE_KINDS, Kind.OUTCOME) if one.number not in published]
        if due and self._books.found_broken() is not None:
            raise StoreDamaged("the office's log is not as it was written: nothing is signed by it")
        for one in due:
            if one.kind is Kind.OUTCOME or UPDATE_KINDS[one.kind] is UpdateKind.WATCHLIST:
                last_watch = one
            else:
                text = str(json.loads(one.content)["text"])
                done += self._publish(UPDATE_KINDS[one.kind], text, one, now)
        if last_watch is not None:
            entries = {one.entry: (one.of, one.sure) for one in self._agreements.watch_entries()}
            text = self._linked.list_text(entries, self._agreements.fraud())
            before = [update.payload for _, update in self.published(UpdateKind.WATCHLIST)[:1]]
            nothing_new = [text] == before or (not before and last_watch.kind is Kind.OUTCOME and not self._agreements.fraud())
            done += 0 if nothing_new else self._publish(UpdateKind.WATCHLIST, text, last_watch, now)
        return done

    def _begin_challengers(self, now: datetime) -> int:
        """Sign and begin the challengers two people agreed to that do not run yet; return how many those were."""
        known = self._challengers.known()
        due = [one for one in self._agreements.of(Kind.CHALLENGER) if one.number not in known]
        if due and self._books.found_broken() is not None:
            raise StoreDamaged("the office's log is not as it was written: nothing is signed by it")
        for one in due:
            text = str(json.loads(one.content)["text"])
            envelope = sign_challenger(one.number, text, now, (one.by, one.second), self._keys.identity.answers)
            self._challengers.begin(one.number, envelope, self._log_size())
        return len(due)

    def _publish(self, kind: UpdateKind, text: str, agreed: Proposal, now: datetime) -> bool:
        # Not below the proposal's number: had the file of updates been lost, stations would take nothing until it had caught up.
        version = max(self.fleet.newest_version(kind) + 1, 1 if kind is UpdateKind.POLICY else agreed.number)
        if kind is UpdateKind.POLICY:
            read = policy_from_text(text)
            if not isinstance(read, PolicyRefused):
                if read.version < version:
                    return False  # a newer one came between: this one can never follow it, and must not keep the rest from the stations
                version = read.version
        by = (agreed.by, agreed.second)
        key = self._keys.identity.answers
        updates = [
            Published(kind, version, to, sign_update(kind, version, to, now, text, key, by), now, agreed.number) for to in self._classes
        ]
        try:
            if not self.fleet.publish(updates):
                return False
        except ValueError:
            return False  # another console's newer one came between: what was agreed stands, and the next look publishes it above that
        self._store.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, agreed.session, agreed.second, f"{kind}:{version}:{agreed.number}"))
        return True

    def answers(self) -> tuple[Ed25519PublicKey, ...]:
        return tuple(one.public().answers for one in (self._keys.identity, *self._keys.former))
