"""Moving the master key to another kind of key store: two people, and never to a copy nobody has looked at."""

from collections.abc import Callable
from datetime import datetime

from kiosk.faults import KeyUnavailable
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.keys import KeyStore
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed


def move_master_key(
    store: Store, agreed: Agreed, old: KeyStore, new: KeyStore, now: datetime, chosen: Callable[[], None] | None = None
) -> None:
    """Put the key into the new key store, see that it comes back as it was, then destroy the old copy.

    chosen: writes down that the new one holds it, before the old copy goes.

    Raises NotPermitted without two people, KeyUnavailable with the old copy where it was.
    """
    Authority(store).require_agreed(agreed, Action.CHANGE_KEYS, now)
    key = old.load()
    new.adopt(key)
    if new.load() != key:
        new.forget()
        raise KeyUnavailable("the new key store does not give back what it was given; the key stays where it was")
    store.note(AuditEntry(now, AuditEvent.KEYS_CHANGED, who=agreed.first, detail=f"{old.kind}:{new.kind}:second={agreed.second}"))
    if chosen is not None:
        chosen()
    old.forget()
