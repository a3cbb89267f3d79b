"""Folds what was kept into what is known, in the order of the entries, and keeps what came of it.

What is known is in memory and a function of the entries: at the start it is made again from them, without an effect. From there on each
lot moves the mark in the transaction that keeps its outcomes (`Results.fold`); if the mark is elsewhere, somebody else folded, and what is
known here is thrown away and made again. So an outcome is kept once, whoever is killed when.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from kiosk.faults import PacketRefused
from kiosk.intake.analysis.fact import CaseFact, FaceLink
from kiosk.intake.analysis.finding import Assessment
from kiosk.intake.analysis.ports import DeepAnalysis
from kiosk.intake.analysis.spelled import ASSESSMENTS, FACTS, LABELS
from kiosk.intake.prints.search import FaceSearch
from kiosk.intake.results import Entry, EntryKind, FoundFaces, Outcome, Results
from kiosk.wire.plain import Spelling, spelling_of

FOLDED_AT_ONCE: Final = 256
LINKS: Final[Spelling[tuple[FaceLink, ...]]] = spelling_of(tuple[FaceLink, ...])


class Folding:
    """For the one who holds the lease. analysis: makes an empty one; faces: None where the bank has no print index."""

    def __init__(self, results: Results, analysis: Callable[[], DeepAnalysis], faces: Callable[[], FaceSearch] | None = None) -> None:
        self._results = results
        self._new_analysis = analysis
        self._new_faces = faces
        self._known: DeepAnalysis | None = None
        self._faces: FaceSearch | None = None
        self._mark = 0

    @property
    def known(self) -> DeepAnalysis | None:
        """Return what is known, None before the first step."""
        return self._known

    @property
    def faces(self) -> FaceSearch | None:
        return self._faces

    def step(self) -> int:
        """Fold one lot; return how many entries it had. Raises the store's faults, with nothing half kept."""
        known = self._known or self._made_again()
        entries = self._results.entries(self._mark, FOLDED_AT_ONCE)
        if not entries:
            return 0
        outcomes: list[Outcome] = []
        found: list[FoundFaces] = []
        try:
            for entry in entries:
                links = self._faces.links_of(entry.number, entry.packet_id) if self._faces is not None else ()
                if links:
                    found.append(FoundFaces(entry.packet_id, LINKS.write(links)))
                outcomes += [Outcome(one.case, ASSESSMENTS.write(one)) for one in _taken(known, entry, links)]
            mine = self._results.fold(self._mark, entries[-1].number, outcomes, found)
        except BaseException:
            self._known = None  # what is known ran ahead of what is kept
            raise
        if not mine:
            self._known = None
            return 0
        self._mark = entries[-1].number
        return len(entries)

    def _made_again(self) -> DeepAnalysis:
        known, mark, after = self._new_analysis(), self._results.folded(), 0
        while after < mark:
            entries = [entry for entry in self._results.entries(after, FOLDED_AT_ONCE) if entry.number <= mark]
            found = self._results.found_faces(after, entries[-1].number)
            for entry in entries:
                spelled = found.get(entry.packet_id)
                _taken(known, entry, () if spelled is None else LINKS.read(spelled))
            after = entries[-1].number
        if self._new_faces is not None:
            self._faces = self._new_faces()
            self._faces.load(mark)
        self._known, self._mark = known, mark
        return known


def _taken(known: DeepAnalysis, entry: Entry, links: Sequence[FaceLink]) -> tuple[Assessment, ...]:
    """Fold one entry in. One without content, or that this version cannot read, changes nothing."""
    if not entry.content:
        return ()
    try:
        if entry.kind is EntryKind.LABEL:
            return known.learn(LABELS.read(entry.content))
        fact: CaseFact = FACTS.read(entry.content)
    except PacketRefused:
        return ()
    return known.take(replace(fact, faces=tuple(links)) if links else fact)
