"""The cases folded so far, as columns: a few numbers a case, so that a million of them fit into a small machine's memory."""

from array import array
from collections.abc import Iterable

from kiosk.intake.analysis.fact import NO_KEY, CaseFact, CaseKind, Links
from kiosk.values import SessionId

WHOLE_DAY_S = 86_400.0
_LATE_AT_MOST_S = 5 * WHOLE_DAY_S
_AHEAD_AT_MOST_S = 300.0


def believed_time(fact: CaseFact) -> float:
    """Return when the case is taken to have happened: the station's word, within what the bank's own clock allows. A station is offline for
    three days at most (docs/protocol.md), and nothing is received before it happened."""
    return min(max(fact.opened_s, fact.received_s - _LATE_AT_MOST_S), fact.received_s)


def clock_disagrees(fact: CaseFact) -> bool:
    backwards = fact.closed_s < fact.opened_s
    return backwards or fact.opened_s > fact.received_s + _AHEAD_AT_MOST_S or fact.opened_s < fact.received_s - _LATE_AT_MOST_S


class Seen:
    """Columns by the case's index in the fold. flags: see FLAG_*."""

    def __init__(self) -> None:
        self.ids: list[SessionId] = []
        self.at = array("d")
        self.flags = array("B")
        self.person = array("q")
        self.document = array("q")
        self.phone = array("q")
        self.email = array("q")
        self.address = array("q")
        self.series = array("q")
        self.half_first = array("q")
        self.half_last = array("q")
        self.account = array("q")
        self.payee = array("q")
        self.run = array("q")
        self._columns = (
            self.person, self.document, self.phone, self.email, self.address, self.series, self.half_first, self.half_last, self.account,
            self.payee, self.run,
        )  # fmt: skip
        self._index: dict[SessionId, int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, case: SessionId) -> bool:
        return case in self._index

    def index(self, case: SessionId) -> int | None:
        return self._index.get(case)

    def add(self, fact: CaseFact, at: float) -> int:
        index = len(self.ids)
        self._index[fact.case] = index
        self.ids.append(fact.case)
        self.at.append(at)
        self.flags.append(FLAG_OPENING if fact.kind is CaseKind.OPENING else 0)
        one = fact.links
        self.person.append(one.person)
        self.document.append(one.document)
        self.phone.append(one.phone)
        self.email.append(one.email)
        self.address.append(one.address)
        self.series.append(one.series)
        self.half_first.append(one.half_first)
        self.half_last.append(one.half_last)
        self.account.append(one.account)
        self.payee.append(one.payee)
        self.run.append(one.run)
        return index

    def keys(self, index: int) -> Links:
        return Links(
            *(  # type: ignore[arg-type]
                column[index]
                for column in (
                    self.document, self.half_first, self.half_last, self.series, self.person, self.phone, self.email, self.address,
                    self.account, self.payee, self.run,
                )
            )
        )  # fmt: skip

    def forget(self, cases: Iterable[int]) -> None:
        """Blot out the keys of these cases; that there were cases stays."""
        for index in cases:
            for column in self._columns:
                column[index] = NO_KEY


FLAG_OPENING = 1
FLAG_UNDER_LIMIT = 2
FLAG_YOUNG = 4
"""The payer's first case was not long ago."""
FLAG_WOKEN = 8
"""The paying account had been silent for long."""
