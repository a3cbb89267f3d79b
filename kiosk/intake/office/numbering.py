"""What was ever published, as the office's log says it: the file that holds the updates may be lost, restored or left behind in a move."""

from collections.abc import Mapping

from kiosk.trust.audit_books import AuditBooks
from kiosk.vault.audit import AuditEvent
from kiosk.wire.signed_update import UpdateKind

_KEY = "key="
_PASSED_OVER = "passed-over="


def update_line(kind: UpdateKind, version: int, of: int) -> str:
    """Return what the log says of one that was published. of: the proposal."""
    return f"{kind}:{version}:{of}"


def distrust_line(version: int, key: str) -> str:
    return f"{UpdateKind.REVOCATION}:{version}:{_KEY}{key}"


def numbered_line(kind: UpdateKind, version: int) -> str:
    """Return what the log says where two people set from which version on numbers are free."""
    return f"{kind}:{version}:numbered-from"


def passed_over_line(kind: UpdateKind, version: int, proposal: int) -> str:
    """Return what the log says of an agreement that a version it did not know of came after."""
    return f"{kind}:{version}:{_PASSED_OVER}{proposal}"


def logged_passed_over(books: AuditBooks, kind: UpdateKind) -> frozenset[str]:
    """Return the numbers of the proposals that are published by nobody any more, as the log says it."""
    lines = (detail for _, detail in books.says(AuditEvent.UPDATE_PUBLISHED))
    return frozenset(line.rpartition(_PASSED_OVER)[2] for line in lines if line.startswith(f"{kind}:") and _PASSED_OVER in line)


def logged_versions(books: AuditBooks) -> Mapping[UpdateKind, int]:
    """Return the newest version of each kind that the log speaks of."""
    found: dict[UpdateKind, int] = {}
    kinds = {kind.value: kind for kind in UpdateKind}
    for _, detail in books.says(AuditEvent.UPDATE_PUBLISHED):
        kind, _, rest = detail.partition(":")
        version = rest.partition(":")[0]
        if kind in kinds and version.isascii() and version.isdecimal():
            found[kinds[kind]] = max(found.get(kinds[kind], 0), int(version))
    return found


def logged_distrust(books: AuditBooks) -> frozenset[str]:
    """Return the ids of the answering keys the log says are distrusted."""
    lines = (detail for _, detail in books.says(AuditEvent.UPDATE_PUBLISHED))
    return frozenset(line.rpartition(_KEY)[2] for line in lines if line.startswith(f"{UpdateKind.REVOCATION}:") and _KEY in line)
