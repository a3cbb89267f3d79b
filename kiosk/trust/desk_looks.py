"""How each operator wants the desk to look. Kept beside their name, so that it is theirs at whichever hour they sign in."""

from datetime import datetime

from kiosk.values import OperatorId
from kiosk.vault.store import Store


class DeskLooks:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, name: OperatorId) -> str:
        """Return the code that was kept last, empty for none."""
        with self._store.trust_rows() as rows:
            return rows.look(name)

    def keep(self, name: OperatorId, code: str, now: datetime) -> None:
        """code: short; what it means is the window's."""
        with self._store.trust_rows() as rows:
            rows.keep_look(name, code, now)
