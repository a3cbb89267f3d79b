"""What the console holds of security keys between two requests: challenges that count once, and an administrator's invitations.

A challenge is of one visit, five minutes old at most, and used up by the first answer that names it, right or wrong. Nothing is kept of one
nobody answered: it carries a mark by a secret of this start. Invitations live in memory: a start ends them.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kiosk.trust.browser_key import Site
from kiosk.values import Masked, OperatorId

CHALLENGE_FOR: Final = timedelta(minutes=5)
INVITED_FOR: Final = timedelta(hours=24)
_GUESSES: Final = 5
_MOST_USED: Final = 20_000
_CHALLENGE_BYTES: Final = 8 + 16 + 32


@dataclass(slots=True)
class _Invitation:
    digest: bytes
    by: OperatorId
    until: datetime
    guesses: int = 0


class KeyDesk:
    """Thread-safe. most_used: challenges that are remembered as used; where more came, those drawn before the forgotten ones are old: who
    uses up many at the door makes challenges live shorter, and keeps nobody's key out."""

    def __init__(self, most_used: int = _MOST_USED) -> None:
        self._most_used = most_used
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(32)
        self._used: dict[bytes, datetime] = {}
        """When each was used, by what was drawn, which begins with its own moment: the smallest is the oldest."""
        self._oldest_s = 0
        self._invited: dict[OperatorId, _Invitation] = {}

    def challenge(self, token: str, now: datetime) -> bytes:
        """Draw a challenge. token: of the visit it is for."""
        drawn = int(now.timestamp()).to_bytes(8, "big") + secrets.token_bytes(16)
        return drawn + self._mark(drawn, token)

    def use(self, spelled: str, token: str, now: datetime) -> bytes | None:
        """Return a challenge that came back, used up by this; None for one that was not drawn here for this visit, is old, or was used."""
        try:
            challenge = urlsafe_b64decode(spelled + "=" * (-len(spelled) % 4))
        except ValueError:
            return None
        drawn, mark = challenge[:24], challenge[24:]
        if len(challenge) != _CHALLENGE_BYTES or not hmac.compare_digest(mark, self._mark(drawn, token)):
            return None
        drawn_s = int.from_bytes(drawn[:8], "big")
        if not -1.0 <= now.timestamp() - drawn_s <= CHALLENGE_FOR.total_seconds():
            return None
        with self._lock:
            self._used = {one: at for one, at in self._used.items() if now - at <= CHALLENGE_FOR + timedelta(seconds=2)}
            if drawn in self._used or drawn_s < self._oldest_s:
                return None
            self._used[drawn] = now
            while len(self._used) > self._most_used:
                forgotten = min(self._used)
                self._oldest_s = max(self._oldest_s, int.from_bytes(forgotten[:8], "big") + 1)
                del self._used[forgotten]
        return challenge

    def invite(self, name: OperatorId, by: OperatorId, now: datetime) -> Masked[str]:
        """Return a code that lets this person enrol one security key, for a day. An earlier one is void."""
        code = b32encode(secrets.token_bytes(10)).decode("ascii")
        with self._lock:
            self._invited[name] = _Invitation(_digest(code), by, now + INVITED_FOR)
        return Masked("-".join(code[at : at + 4] for at in range(0, 16, 4)))

    def is_invited(self, name: OperatorId, now: datetime) -> bool:
        with self._lock:
            found = self._invited.get(name)
            return found is not None and now <= found.until

    def admits(self, name: OperatorId, typed: str, now: datetime) -> bool:
        """Return whether this is the code somebody was invited with. Five wrong ones end the invitation."""
        with self._lock:
            found = self._invited.get(name)
            if found is None or now > found.until:
                self._invited.pop(name, None)
                return False
            if hmac.compare_digest(found.digest, _digest(typed.upper().replace("-", "").replace(" ", ""))):
                return True
            found.guesses += 1
            if found.guesses >= _GUESSES:
                del self._invited[name]
            return False

    def enrolled(self, name: OperatorId) -> None:
        """The invitation was made use of."""
        with self._lock:
            self._invited.pop(name, None)

    def _mark(self, drawn: bytes, token: str) -> bytes:
        return hmac.new(self._secret, drawn + token.encode("utf-8", errors="replace"), hashlib.sha256).digest()


def spelled(challenge: bytes) -> str:
    return urlsafe_b64encode(challenge).decode("ascii").rstrip("=")


def site_of(host: str, tls: bool) -> Site | None:
    """Return the relying party of a page served under this `Host`; None under a bare address, which WebAuthn knows no party for, and
    without TLS but on this very machine."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return Site(name, f"{'https' if tls else 'http'}://{host}") if tls or name == "localhost" else None
    return None


def _digest(code: str) -> bytes:
    return hashlib.sha256(b"identity-desk invitation 1" + code.encode("utf-8", errors="replace")).digest()
