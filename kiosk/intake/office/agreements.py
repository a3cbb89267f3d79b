"""What two people agreed to, as the office's own log vouches for it: outcomes, what the analysis learns of them, and the watch-list."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.office.proposals import Kind, Outcome, Proposal, ProposalRows
from kiosk.intake.office.terms import WatchEntry
from kiosk.trust.audit_books import AuditBooks
from kiosk.values import SessionId
from kiosk.vault.audit import AuditEvent
from kiosk.wire.watch_list import Watched

TRUTHS: Final = {Outcome.CONFIRMED_FRAUD: Truth.FRAUD, Outcome.FALSE_ALARM: Truth.FALSE_ALARM, Outcome.GENUINE: Truth.FALSE_ALARM}
"""What the analysis learns of an outcome; nothing of one that is not clear."""


class Agreements:
    """Thread-safe as its rows and books are."""

    def __init__(self, rows: ProposalRows, books: AuditBooks) -> None:
        self._rows, self._books = rows, books

    def of(self, *kinds: Kind) -> tuple[Proposal, ...]:
        """Return what two people agreed to, in its order. A row counts if the log has the line of its agreement: whoever edits the file
        turns no proposal of one person, or of nobody, into an agreement."""
        said = self._books.says(AuditEvent.PROPOSAL_AGREED)
        return tuple(one for one in self._rows.agreed(*kinds) if (one.second, agreement_line(one)) in said)

    def outcomes(self, *, agreed: bool) -> Mapping[SessionId, Outcome]:
        """Return what cases turned out to be: agreed, or proposed by one person and not agreed to yet."""
        found = self.of(Kind.OUTCOME) if agreed else tuple(one for one in self._rows.waiting() if one.kind is Kind.OUTCOME)
        return {one.session: outcome_of(one) for one in found}

    def labels(self) -> tuple[Label, ...]:
        """Return what two people agreed on, in that order, as the analysis learns it: nothing of a case that is not clear."""
        return tuple(
            Label(one.session, TRUTHS[outcome], one.by, one.second, one.settled_at.timestamp())
            for one in self.of(Kind.OUTCOME)
            if (outcome := outcome_of(one)) in TRUTHS and one.settled_at is not None
        )

    def fraud(self) -> frozenset[SessionId]:
        """Return the cases whose agreed outcome is fraud."""
        return frozenset(session for session, outcome in self.outcomes(agreed=True).items() if outcome is Outcome.CONFIRMED_FRAUD)

    def outcome_counts(self) -> Mapping[str, tuple[int, int]]:
        """Return for each outcome how many cases have it by agreement, and for how many it is proposed."""
        agreed, waiting = Counter(self.outcomes(agreed=True).values()), Counter(self.outcomes(agreed=False).values())
        return {outcome.value: (agreed[outcome], waiting[outcome]) for outcome in Outcome}

    def watch_entries(self) -> tuple[WatchEntry, ...]:
        """Return what is on the watch-list by agreement, oldest first."""
        entries: dict[str, WatchEntry] = {}
        for one in self.of(Kind.WATCH_ADD, Kind.WATCH_REMOVE):
            said = json.loads(one.content)
            if one.kind is Kind.WATCH_REMOVE:
                entries.pop(said["entry"], None)
            else:
                entries[said["entry"]] = WatchEntry(said["entry"], Watched(said["of"]), said["sure"] / 1000, one)
        return tuple(entries.values())


def agreement_line(proposal: Proposal) -> str:
    """Return what the log says of an agreement: which proposal, whose, and the digest of every word of it."""
    return f"{proposal.kind}:{proposal.number}:first={proposal.by}:{proposal.digest}"


def outcome_of(proposal: Proposal) -> Outcome:
    return Outcome(json.loads(proposal.content)["outcome"])
