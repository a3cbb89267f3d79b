"""What a worker takes from an opened case: its facts and, where the bank keeps prints, the print of the live face. Then it is closed."""

from dataclasses import dataclass

from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.fact import LinkKey
from kiosk.intake.analysis.spelled import FACTS
from kiosk.intake.analysis_role import AnalysisRole
from kiosk.intake.outbox import Sealed
from kiosk.intake.prints.ports import FacePrinter
from kiosk.intake.prints.sealed_print import FaceRecord, block_of, seal_record
from kiosk.intake.recheck import doubts_of
from kiosk.values import ConsentPurpose
from kiosk.vault.sealing import Key, derive
from kiosk.wire.packet import Content


def link_keys(role: AnalysisRole) -> LinkKeys:
    return LinkKeys(role.secret)


def print_key(role: AnalysisRole) -> Key:
    """Return what prints are sealed under."""
    return derive(role.secret, "analysis face prints")


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """printer: None keeps no prints."""

    keys: LinkKeys
    prints: Key
    printer: FacePrinter | None = None

    def __call__(self, content: Content, case: Sealed) -> tuple[bytes, bytes]:
        record = content.record
        fact = fact_of(record, case.position, case.received_at, self.keys, doubts_of(record))
        return FACTS.write(fact), self._face(content, case, fact.links.person)

    def _face(self, content: Content, case: Sealed, person: LinkKey) -> bytes:
        """A customer who wanted no biometrics has no print here either, and one whose document cannot block the search has none."""
        live, block = content.pictures.live, block_of(content.record.document.fields)
        agreed = content.record.consent.covers(ConsentPurpose.IDENTITY_CHECK)
        if self.printer is None or live is None or block is None or not agreed:
            return b""
        side = self.printer.side_of(live.reveal())
        if side is None:
            return b""
        known_as = FaceRecord(self.printer.print_name, side.face_print, side.unsteadiness, block, person)
        return seal_record(self.prints, case.packet_id, known_as)
