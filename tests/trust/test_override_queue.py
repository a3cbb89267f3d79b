"""The supervisor's queue: decisions against the recommendation, until somebody else has looked at them."""

from pathlib import Path

import pytest

from kiosk.faults import NotPermitted
from kiosk.trust.override_queue import OverrideQueue
from kiosk.trust.permissions import Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditEvent
from kiosk.vault.trust_rows import OperatorRow
from tests.vault.specimen import NOW, PACKET, SESSION, agreed, digest, overridden, store_in

SAM, OMAR = (SignedIn(OperatorId(name), Role.SUPERVISOR, NOW) for name in ("sam", "omar"))


def test_an_override_waits_until_somebody_who_took_no_part_has_reviewed_it(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        with store.trust_rows() as rows:
            for who in (SAM, OMAR):
                rows.add_operator(OperatorRow(who.name, who.role.value, Masked(b"secret"), 0, None, NOW))
        queue = OverrideQueue(store, Authority(store))
        assert queue.waiting(SAM, NOW) == ()
        store.keep_case(overridden(), PACKET, digest(), NOW, agreed=agreed(store, "override", SESSION))
        (found,) = queue.waiting(SAM, NOW)
        assert (found.session, found.by, found.second) == (SESSION, "mina", "omar")
        assert (found.decision, found.against, found.reason, found.mine) == ("approve", "refer", "known-customer", False)
        (own,) = queue.waiting(OMAR, NOW)
        assert own.mine
        with pytest.raises(NotPermitted):
            queue.reviewed(OMAR, SESSION, NOW)
        queue.reviewed(SAM, SESSION, NOW)
        assert queue.waiting(SAM, NOW) == ()
        with pytest.raises(LookupError):
            queue.reviewed(SAM, SESSION, NOW)
        assert [line.who for line in store.audit_lines() if line.event == AuditEvent.OVERRIDE_REVIEWED] == ["sam"]
