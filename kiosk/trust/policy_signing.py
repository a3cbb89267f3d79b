"""Signing a risk policy for stations: two people, both present, and only a policy that passed its tests."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.risk.policy_file import DecisionPolicy
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority
from kiosk.values import StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.signed_update import UpdateKind, sign_update


class NotPassed(Exception):
    """The policy's tests speak against it. problems: each in words."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def sign_policy(
    store: Store,
    agreed: Agreed,
    policy: DecisionPolicy,
    text: str,
    problems: Sequence[str],
    key: Ed25519PrivateKey,
    station_class: StationClass,
    not_before: datetime,
    now: datetime,
) -> bytes:
    """Return the envelope stations take. policy: what `text`, the officer's own file, was read as; problems: what its tests found.

    Raises NotPermitted without two people, NotPassed with problems: then nothing is signed, whoever agreed.
    """
    Authority(store).require_agreed(agreed, Action.CHANGE_POLICY, now)
    if problems:
        raise NotPassed(problems)
    envelope = sign_update(UpdateKind.POLICY, policy.version, station_class, not_before, text, key, (agreed.first, agreed.second))
    detail = f"{policy.name}:{policy.version}:{policy.digest}:second={agreed.second}"
    store.note(AuditEntry(now, AuditEvent.POLICY_SIGNED, who=agreed.first, detail=detail))
    return envelope
