"""Which keys of the bank's are trusted: those a person configured, and those that followed, each signed by the ones before.

1. The configured file is where trust begins; people compared its ids when the station was set up.
2. A succession counts if the answering key before it signed it. It is kept in the vault for good.
3. Packets are sealed to the newest; answers count under any key of the chain, for a receipt may be older than the newest key.
4. A former key can be distrusted, by the bank under its newest key or by two people at the station: from then on nothing that it signed
   counts, whenever it came. It stays a link of the chain, for what it signed over to was followed by then. Never the newest one: a station
   that trusts nobody helps nobody, and whoever has an old key must not be able to say so.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from kiosk.values import Masked
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.wire.keys import BankPublicKeys
from kiosk.wire.succession import TrustedBank

_KEPT_AS: Final = "bank succession {}"
_DISTRUSTED_AS: Final = "bank key distrusted {}"
MOST_SUCCESSIONS: Final = 256


class KeptBankTrust:
    """Thread-safe. configured: from the file the settings name."""

    def __init__(self, store: Store, configured: BankPublicKeys) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept = _kept(store, _KEPT_AS)
        self._bank = TrustedBank(configured, distrusted=frozenset(_kept(store, _DISTRUSTED_AS))).followed(self._kept)[0]

    def trusted(self) -> TrustedBank:
        with self._lock:
            return self._bank

    def learn(self, successions: Sequence[str], now: datetime) -> int:
        """Follow what the bank announces, keep what follows, and return how many were new."""
        with self._lock:
            bank, new = self._bank.followed(successions[:MOST_SUCCESSIONS])
            with self._store.trust_rows() as rows:
                for number, text in enumerate(new, start=len(self._kept) + 1):
                    rows.keep_secret(_KEPT_AS.format(number), Masked(text.encode("utf-8")), now)
                for keys in (*bank.former[len(self._bank.former) + 1 :], bank.current) if new else ():
                    detail = f"{keys.sealing_key_id}:{keys.answers_key_id}"
                    self._store.note(AuditEntry(now, AuditEvent.BANK_KEYS_FOLLOWED, detail=detail))
            self._bank, self._kept = bank, (*self._kept, *new)
        return len(new)

    def distrust(self, answers_key_ids: Collection[str], by: str, now: datetime) -> tuple[str, ...]:
        """Believe nothing any more that these former keys signed; return those that this is new for. by: a short code of who says so, for
        the audit log. Ids of the newest key, and of none of the bank's, are passed over."""
        with self._lock:
            former = {keys.answers_key_id for keys in self._bank.former}
            with self._store.trust_rows() as rows:
                kept = _kept(self._store, _DISTRUSTED_AS)  # read again: two people may have distrusted one in another program
                new = tuple(sorted((set(answers_key_ids) & former) - set(kept)))
                for number, named in enumerate(new, start=len(kept) + 1):
                    rows.keep_secret(_DISTRUSTED_AS.format(number), Masked(named.encode("utf-8")), now)
                    self._store.note(AuditEntry(now, AuditEvent.BANK_KEY_DISTRUSTED, detail=f"{named}:by={by}"))
            self._bank = replace(self._bank, distrusted=frozenset((*kept, *new)))
        return new


def _kept(store: Store, name: str) -> tuple[str, ...]:
    found: list[str] = []
    with store.trust_rows() as rows:
        while (held := rows.secret(name.format(len(found) + 1))) is not None:
            found.append(held.reveal().decode("utf-8"))
    return tuple(found)
