"""One face with several names, one name with several faces: what the index says of a case against all earlier ones.

Two steps. The index gives those whose cosine two thousandths of strangers reach; the fitted verifier then judges each by its log-likelihood
ratio. The ratio asked for follows the number of prints in reach, so that false neighbours stay few: `FALSE_WANTED` a search, as far down
as the verifier's rates were measured (1 in 100,000). What remains to be expected is counted and reported, never hidden. A finding is a
lead for a person; it decides nothing.

A name with another face is told from the verifier's refer band downwards: a hundredth of strangers reach it, and one genuine pair in two
hundred falls below.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from kiosk.face.verifier_model import Placed, Side, VerifierModel
from kiosk.frame import Print
from kiosk.intake.analysis.fact import NO_KEY, FaceLink, LinkKey
from kiosk.intake.prints.index import PrintIndex
from kiosk.intake.prints.sealed_print import FaceRecord, unsealed_record
from kiosk.intake.results import Face, Results
from kiosk.values import SessionId
from kiosk.vault.sealing import Key

NEAR_AT_LEAST: Final = 0.935
"""Cosine of averaged prints of sixteen passes; docs/evidence/prints.md."""
FALSE_WANTED: Final = 0.05
LEAST_FMR: Final = 1e-5
MOST_FMR: Final = 1e-4
OTHER_FACE_FMR: Final = 1e-2
_MOST_JUDGED: Final = 128
"""Most alike first; two thousandths of twenty thousand are forty."""
_MOST_LINKS: Final = 16
_MOST_OF_A_NAME: Final = 8
_LOADED_AT_ONCE: Final = 5_000


class Judge(Protocol):
    """The fitted verifier, for prints of one network."""

    def ratios(self, left: Side, others: Sequence[Side]) -> Sequence[float]:
        """Return the natural log-likelihood ratio of each: one person over two."""
        ...

    def threshold(self, fmr: float) -> float: ...


class VerifierJudge:
    """model: fitted on the one print that is kept of a face."""

    def __init__(self, model: VerifierModel) -> None:
        self._model = model
        self._part = model.prints[0]
        self._cohort = self._part.placed_cohort()

    def ratios(self, left: Side, others: Sequence[Side]) -> Sequence[float]:
        if not others:
            return ()
        row: list[float] = self._model.ratios([self._placed([left])], [self._placed(others)])[0].tolist()
        return row

    def threshold(self, fmr: float) -> float:
        return self._model.threshold(fmr)

    def _placed(self, sides: Sequence[Side]) -> Placed:
        prints = np.stack([side.face_print for side in sides]).astype(np.float64)
        return self._part.place(prints, np.array([side.unsteadiness for side in sides]), self._cohort)


@dataclass(slots=True)
class Searched:
    """searches: made; compared: prints in reach of them, in all; expected_false: neighbours that are to be expected though nobody has two
    names; links: told."""

    searches: int = 0
    compared: int = 0
    expected_false: float = 0.0
    links: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    case: SessionId
    side: Side
    person: LinkKey = field(repr=False)


class FaceSearch:
    """For the one who folds. key: the role's, for prints."""

    def __init__(self, results: Results, key: Key, judge: Judge, print_name: str, length: int) -> None:
        self._results = results
        self._key = key
        self._judge = judge
        self._print_name = print_name
        self._index = PrintIndex(length)
        self._numbers: dict[SessionId, int] = {}
        self._cases: dict[int, SessionId] = {}
        self._of_a_name: dict[LinkKey, list[int]] = {}
        self._loaded = 0
        self.searched = Searched()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def index(self) -> PrintIndex:
        return self._index

    def load(self, upto: int) -> None:
        """Take in the prints of entries up to a number, without searching."""
        while self._loaded < upto:
            faces = [face for face in self._results.faces(self._loaded, _LOADED_AT_ONCE) if face.number <= upto]
            self._take_in(faces)
            self._loaded = faces[-1].number if len(faces) == _LOADED_AT_ONCE else upto

    def links_of(self, number: int, case: SessionId) -> tuple[FaceLink, ...]:
        """Return what is found about the case of this entry among those before it; it is found itself from then on."""
        self.load(number - 1)
        face = next((face for face in self._results.faces(number - 1, 1) if face.number == number), None)
        self._loaded = max(self._loaded, number)
        record = None if face is None else self._opened(face)
        if record is None:
            return ()
        links = self._same_faces(record) + self._other_faces(record)
        self._add([number], [case], [record])
        self.searched.links += len(links)
        return links

    def forget(self, case: SessionId) -> bool:
        """Remove a print from memory; False if it is not there. Its sealed bytes are the results' to erase."""
        number = self._numbers.pop(case, None)
        if number is None:
            return False
        del self._cases[number]
        return self._index.remove(number)

    def forget_erased(self) -> int:
        """Remove from memory what the results hold no more; return how many."""
        held = set(_all_cases(self._results))
        gone = [case for case in self._numbers if case not in held]
        return sum(self.forget(case) for case in gone)

    def _same_faces(self, record: FaceRecord) -> tuple[FaceLink, ...]:
        found = self._index.near(record.block, record.face_print, NEAR_AT_LEAST)
        fmr = min(max(FALSE_WANTED / max(found.compared, 1), LEAST_FMR), MOST_FMR)
        self.searched.searches += 1
        self.searched.compared += found.compared
        self.searched.expected_false += found.compared * fmr
        wanted = self._judge.threshold(fmr)
        known = [one for near in found.near[:_MOST_JUDGED] if (one := self._known(near.number)) is not None]
        ratios = self._judge.ratios(record.side(), [one.side for one in known])
        links = [
            (one.person == record.person, FaceLink(one.case, same=True, sure=ratio))
            for one, ratio in zip(known, ratios, strict=True)
            if ratio >= wanted
        ]
        links.sort(key=lambda one: (one[0], -one[1].sure))  # other names first: they are what is looked for
        return tuple(link for _, link in links[:_MOST_LINKS])

    def _other_faces(self, record: FaceRecord) -> tuple[FaceLink, ...]:
        if record.person == NO_KEY:
            return ()
        wanted = self._judge.threshold(OTHER_FACE_FMR)
        known = [one for number in self._of_a_name.get(record.person, ()) if (one := self._known(number)) is not None]
        ratios = self._judge.ratios(record.side(), [one.side for one in known])
        return tuple(FaceLink(one.case, same=False, sure=-ratio) for one, ratio in zip(known, ratios, strict=True) if ratio < wanted)

    def _known(self, number: int) -> _Known | None:
        """Return the whole record of an earlier print, from where it rests sealed; None if it was erased since."""
        face = next((face for face in self._results.faces(number - 1, 1) if face.number == number), None)
        record = None if face is None else self._opened(face)
        return None if face is None or record is None else _Known(face.packet_id, record.side(), record.person)

    def _opened(self, face: Face) -> FaceRecord | None:
        """A print of another network, kept before the bank took a new one, is not comparable."""
        record = unsealed_record(self._key, face.packet_id, face.sealed)
        return record if record.print_name == self._print_name else None

    def _take_in(self, faces: Sequence[Face]) -> None:
        opened = [(face, record) for face in faces if (record := self._opened(face)) is not None]
        self._add([face.number for face, _ in opened], [face.packet_id for face, _ in opened], [record for _, record in opened])

    def _add(self, numbers: Sequence[int], cases: Sequence[SessionId], records: Sequence[FaceRecord]) -> None:
        if not numbers:
            return
        prints: list[Print] = [record.face_print for record in records]
        self._index.add(numbers, [record.block for record in records], np.stack(prints))
        for number, case, record in zip(numbers, cases, records, strict=True):
            self._numbers[case], self._cases[number] = number, case
            if record.person != NO_KEY:
                of_a_name = self._of_a_name.setdefault(record.person, [])
                of_a_name.append(number)
                del of_a_name[:-_MOST_OF_A_NAME]


def _all_cases(results: Results) -> Sequence[SessionId]:
    cases: list[SessionId] = []
    after = 0
    while faces := results.faces(after, _LOADED_AT_ONCE):
        cases += [face.packet_id for face in faces]
        after = faces[-1].number
    return cases
