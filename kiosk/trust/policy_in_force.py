"""Which risk policy this station goes by: the bank's newest good one, or the one the program came with."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.risk.policy_file import DecisionPolicy
from kiosk.trust.risk_policy import SHIPPED, shipped_policy
from kiosk.trust.station_updates import StationUpdates, policy_of
from kiosk.wire.signed_update import Update


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """text: as its author wrote it; update, since: the bank's envelope and since when it counts here, None for the program's own."""

    policy: DecisionPolicy
    text: str
    update: Update | None = None
    since: datetime | None = None

    @property
    def says(self) -> str:
        """One sentence: which it is, who signed it, since when."""
        named = f"{self.policy.name} version {self.policy.version}"
        if self.update is None or self.since is None:
            return f"{named}, which the program came with: the bank has sent none that counts here."
        agreed = " and ".join(self.update.by) or "nobody named"
        signed = f"signed by the bank's key {self.update.issuer}, agreed to by {agreed}"
        return f"{named}, {signed}, in force here since {self.since:%Y-%m-%d %H:%M} UTC."

    def members(self) -> dict[str, object]:
        """As it stands in JSON. source: `bank` or `program`; the other members but the first four are null for the program's own."""
        update, since = self.update, self.since
        return {
            "name": self.policy.name,
            "version": self.policy.version,
            "digest": self.policy.digest,
            "source": "program" if update is None else "bank",
            "signer": None if update is None else update.issuer,
            "by": None if update is None else list(update.by),
            "since": None if since is None else since.isoformat(),
        }


def shipped_in_force() -> PolicyInForce:
    """Raises SettingsRefused, as `shipped_policy`."""
    return PolicyInForce(shipped_policy(), SHIPPED.read_text(encoding="utf-8"))


def policy_in_force(updates: StationUpdates) -> PolicyInForce:
    """Return what the next customer's case is decided by. Signatures are checked again. Raises a Fault of the store's."""
    found = updates.policy_in_force()
    policy = None if found is None else policy_of(found[0])
    if found is None or policy is None:
        return shipped_in_force()
    update, since = found
    return PolicyInForce(policy, update.payload, update, since)
