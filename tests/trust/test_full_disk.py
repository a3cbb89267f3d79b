"""A log that cannot be written: nothing is done that would have to be written down, and all is well again with room."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import DiskFull
from kiosk.policy import RetentionPolicy
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.case_files import CaseFiles, ReadFor
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Agreed, Authority, SignedIn
from kiosk.vault.audit import AuditSound
from tests.trust.people import staffed
from tests.vault.specimen import NOW, PACKET, SESSION, digest, record, store_in
from tests.vault.test_disk_full import fill, small_disk

__all__ = ["small_disk"]
LATER = NOW + timedelta(minutes=1)


def test_on_a_really_full_disk_nobody_signs_in_reads_or_erases_and_nothing_is_spent(small_disk: Path) -> None:
    with store_in(small_disk / "store") as store:
        operators, people = staffed(store, ("olga", Role.COMPLIANCE_OFFICER), ("sam", Role.SUPERVISOR), ("aud", Role.AUDITOR))
        store.keep_case(record(), PACKET, digest(), NOW)
        olga = people["olga"].enters(operators, LATER)
        sam = people["sam"].enters(operators, LATER)
        assert isinstance(olga, SignedIn) and isinstance(sam, SignedIn)
        lines = len(store.audit_lines())
        filler = fill(small_disk)
        with pytest.raises(DiskFull):
            people["aud"].enters(operators, LATER)
        with pytest.raises(DiskFull):
            CaseFiles(store, RetentionPolicy()).read(olga, SESSION, ReadFor.COMPLAINT, LATER)
        with pytest.raises(DiskFull):
            CaseFiles(store, RetentionPolicy()).export(olga, SESSION, LATER)
        with pytest.raises(DiskFull):
            Authority(store).agree(olga, sam, Action.ERASE_CASE, LATER, SESSION)
        assert len(store.audit_lines()) == lines
        assert isinstance(store.verify_audit(every_signature=True), AuditSound)
        filler.unlink()
        agreed = Authority(store).agree(olga, sam, Action.ERASE_CASE, LATER, SESSION)
        assert isinstance(agreed, Agreed)
        assert CaseFiles(store, RetentionPolicy()).erase(agreed, SESSION, "at-request", LATER)
        aud = people["aud"].enters(operators, LATER)
        assert isinstance(aud, SignedIn), "the code it could not use is not spent"
        assert isinstance(AuditBooks(store).verify(aud, LATER), AuditSound)
