"""What the office publishes to the stations, and what of it counts.

1. Nothing is published that two people did not agree to, and nothing is signed by a log that was tampered with.
2. What was agreed to is published by whoever comes next, if the program died between: agreed and not published is found at every start and
   after every agreement.
3. Versions are numbered on from what was ever published, by the office's own log: a file of updates that was lost, restored or left behind
   in a move makes no station refuse what follows.
4. What a distrusted key signed counts for nothing here either. The challenger is signed again when the bank's key is another.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import StoreDamaged
from kiosk.intake.fleet import Fleet, Published
from kiosk.intake.office.agreements import Agreements
from kiosk.intake.office.backtest import policy_problems
from kiosk.intake.office.challenger import ChallengerRows, sign_challenger
from kiosk.intake.office.numbering import logged_distrust, logged_passed_over, logged_versions, passed_over_line, update_line
from kiosk.intake.office.proposals import Kind, Proposal
from kiosk.intake.office.watching import LinkedFrauds
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.reissue import distrusted_keys
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.risk_policy import SHIPPED, policy_from_text
from kiosk.values import OperatorId, StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.wire.signed_update import Update, UpdateKind, UpdateRefused, genuine_update, sign_update

_WATCHED: Final = (Kind.WATCH_ADD, Kind.WATCH_REMOVE, Kind.OUTCOME)
"""What the watch-list follows from."""


class Publishing:
    """store: the office's own, whose log says what was agreed to; linked: what the watch-list says beside its entries; classes: of the
    stations this bank takes; log_size: the ledger's last position; counts_are_whole: whether it is known how many
    cases share what a case has; key_in_force: the id of the answering key that the bank has by now. Thread-safe as its stores are."""

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
        counts_are_whole: Callable[[], bool],
        key_in_force: Callable[[], str],
    ) -> None:
        self.fleet = fleet
        self._store, self._agreements, self._keys, self._classes = store, agreements, keys, classes
        self._linked, self._challengers, self._log_size = linked, challengers, log_size
        self._counts_are_whole, self._key_in_force = counts_are_whole, key_in_force
        self._books = AuditBooks(store)

    def published(self, kind: UpdateKind) -> tuple[tuple[Published, Update], ...]:
        """Return every published version of a kind that a key vouches for which counts, newest first."""
        return tuple((one, update) for one, update in self._read(kind) if isinstance(update, Update))

    def unbelieved(self, kind: UpdateKind) -> tuple[int, ...]:
        """Return the versions of a kind, newest first, that lie here, count for nothing and are no older than the newest that counts: their
        key is distrusted, was retired or never was the bank's. Older ones no station is sent; a key that is retired leaves many."""
        read = self._read(kind)
        newest = max((one.version for one, update in read if isinstance(update, Update)), default=0)
        return tuple(dict.fromkeys(one.version for one, update in read if not isinstance(update, Update) and one.version >= newest))

    def newest_version(self, kind: UpdateKind) -> int:
        """Return the newest version ever published, whatever became of the file it lay in; 0 before the first."""
        return max(self.fleet.newest_version(kind), logged_versions(self._books).get(kind, 0))

    def unread_frauds(self) -> int:
        """Return how many confirmed frauds do not open and so tie nothing to themselves on the newest watch-list."""
        return self._linked.unreadable

    def is_list_held_back(self) -> bool:
        """Return whether the watch-list tells less of confirmed frauds than it will once all cases are counted."""
        return not self._counts_are_whole() and bool(self._agreements.fraud())

    def is_key_of_before(self) -> bool:
        """Return whether the bank's keys were rolled since this office was opened: it signs nothing any more."""
        return self._key_in_force() != self._keys.identity.public().answers_key_id

    def lost_revocations(self) -> tuple[str, ...]:
        """Return the ids of keys the log says are distrusted and no revocation that lies here names."""
        return tuple(sorted(logged_distrust(self._books) - distrusted_keys(self.fleet, self._keys)))

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
        published = self.newest_version(UpdateKind.POLICY)
        if not problems and not isinstance(read, PolicyRefused) and read.version <= published:
            # Published under a key that was retired since: not in force here any more, and yet what stations have.
            return (f"version: it is {read.version}; version {published} was published, so it must be higher",)
        return problems

    def publish_agreed(self, now: datetime) -> int:
        """Publish what was agreed to and is not published yet; return how many updates that were. What is published is told by its content
        and version, never by a proposal's number: those begin anew in an office whose store was lost."""
        self._write_down(now)
        done = self._begin_challengers()
        for policy in self._agreements.of(Kind.POLICY):
            done += self._publish(UpdateKind.POLICY, _text_of(policy), policy, now)
        passed_over = logged_passed_over(self._books, UpdateKind.MODEL)
        for notice in self._agreements.of(Kind.MODEL_NOTICE)[-1:]:
            if str(notice.number) not in passed_over:
                done += self._publish(UpdateKind.MODEL, _text_of(notice), notice, now)
        # Without a new agreement the list changes as well, where what a confirmed fraud had is by now shared by very many.
        for newest in self._agreements.of(*_WATCHED)[-1:]:
            done += self._publish(UpdateKind.WATCHLIST, self._watch_list(), newest, now)
        return done

    def _watch_list(self) -> str:
        """As long as it is not known how many cases share what a fraud had, the list tells of a new one by what is one person's alone."""
        entries = {one.entry: (one.of, one.sure) for one in self._agreements.watch_entries()}
        if self._counts_are_whole():
            return self._linked.list_text(entries, self._agreements.fraud())
        before = self._newest(UpdateKind.WATCHLIST) or next((update for _, update in self.published(UpdateKind.WATCHLIST)), None)
        return self._linked.kept_text(entries, self._agreements.fraud(), "" if before is None else before.payload)

    def _write_down(self, now: datetime) -> None:
        """What was published by a program that died before it wrote so in the log is written there by the next; so is that an office which
        came back from a backup holds an older notice only: nobody decided to publish it above the newer one."""
        logged = logged_versions(self._books)
        for kind in UpdateKind:
            if self.fleet.newest_version(kind) <= logged.get(kind, 0):
                continue
            for one, update in self.published(kind)[:1]:
                if one.version > logged.get(kind, 0):
                    who, line = (update.by or (OperatorId(""),))[-1], update_line(kind, one.version, one.proposal)
                    with self._store.together():
                        if (older := self._older_notice(one, update)) is not None:
                            passed = passed_over_line(kind, one.version, older.number)
                            self._store.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, who=who, detail=passed))
                        self._store.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, who=who, detail=line))

    def _older_notice(self, lies: Published, update: Update) -> Proposal | None:
        """Return the newest notice agreed to here, if one was published after it by an agreement that this office knows nothing of."""
        agreed = self._agreements.of(Kind.MODEL_NOTICE) if lies.kind is UpdateKind.MODEL else ()
        if not agreed or any(lies.proposal in (one.number, -lies.version) and _text_of(one) == update.payload for one in agreed):
            return None
        return agreed[-1] if (agreed[-1].settled_at or agreed[-1].at) < lies.published_at else None

    def _is_in_force(self, kind: UpdateKind, text: str) -> bool:
        """Return whether stations have this text: it is the newest that was ever published, or it is the empty watch-list and none was."""
        newest = self.newest_version(kind)
        if not newest:
            return kind is UpdateKind.WATCHLIST and text == self._linked.list_text({}, ())
        lies = self._newest(kind)
        return lies is not None and (lies.version, lies.payload) == (newest, text)

    def _newest(self, kind: UpdateKind) -> Update | None:
        """Return the newest of a kind, None where there is none or no key that counts vouches for it. All classes get the same."""
        for one in self.fleet.newest(self._classes[0]):
            if one.kind is kind:
                update = genuine_update(one.envelope, self.answers())
                return update if isinstance(update, Update) else None
        return None

    def _begin_challengers(self) -> int:
        """Sign and begin the challengers two people agreed to that do not run yet, and sign the newest again under another key of the
        bank's: by the agreement, which is in the log. Return how many began."""
        agreed = self._agreements.of(Kind.CHALLENGER)
        signed = {one.number: self._signed(one) for one in agreed}
        known, newest = self._challengers.known(), self._challengers.newest()
        due = [number for number in signed if number not in known]
        again = newest is not None and newest[0] in signed and newest[1] != signed[newest[0]]
        if (due or again) and self._books.found_broken(every_signature=False) is not None:
            raise StoreDamaged("the office's log is not as it was written: nothing is signed by it")
        for number in due:
            self._challengers.begin(number, signed[number], self._log_size())
        if newest is not None and again:
            self._challengers.sign_again(newest[0], signed[newest[0]])
        return len(due)

    def _signed(self, challenger: Proposal) -> bytes:
        """The same words as ever for the same agreement and key."""
        at, by = challenger.settled_at or challenger.at, (challenger.by, challenger.second)
        return sign_challenger(challenger.number, _text_of(challenger), at, by, self._keys.identity.answers)

    def _publish(self, kind: UpdateKind, text: str, agreed: Proposal, now: datetime) -> bool:
        """Publish a text unless stations have it; return whether it was. It goes by the number of what was agreed to, or by its version,
        negative, where something went by that number before."""
        if kind is UpdateKind.POLICY:
            # Its text says its version, and what was lost is published once more under the same.
            read = policy_from_text(text)
            if isinstance(read, PolicyRefused) or read.version <= self.fleet.newest_version(kind):
                return False  # published, or a newer one came between: this one can never follow it
            version = read.version
        elif self._is_in_force(kind, text):
            return False
        else:
            version = self.newest_version(kind) + 1
        if self.is_key_of_before():
            return False  # stations that were set up under the new key would not believe it: an office opened anew publishes it
        if self._books.found_broken(every_signature=False) is not None:
            raise StoreDamaged("the office's log is not as it was written: nothing is signed by it")
        by = (agreed.by, agreed.second)
        key = self._keys.identity.answers
        number = -version if any(one.proposal == agreed.number for one in self.fleet.history(kind)) else agreed.number
        updates = [Published(kind, version, to, sign_update(kind, version, to, now, text, key, by), now, number) for to in self._classes]
        try:
            if not self.fleet.publish(updates):
                return False
        except ValueError:
            return False  # another console's newer one came between: what was agreed stands, and the next look publishes it above that
        self._store.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, agreed.session, agreed.second, update_line(kind, version, number)))
        return True

    def answers(self) -> tuple[Ed25519PublicKey, ...]:
        """Return the answering keys by which something counts: the one in force, and former ones that nobody distrusted."""
        distrusted = distrusted_keys(self.fleet, self._keys) | logged_distrust(self._books)
        former = (one.public() for one in self._keys.former)
        return (self._keys.identity.public().answers, *(card.answers for card in former if card.answers_key_id not in distrusted))

    def _read(self, kind: UpdateKind) -> list[tuple[Published, Update | UpdateRefused]]:
        answers = self.answers()
        return [(one, genuine_update(one.envelope, answers)) for one in self.fleet.history(kind)]


def _text_of(agreed: Proposal) -> str:
    return str(json.loads(agreed.content)["text"])
