"""Security keys in the browser (WebAuthn level 2), checked by the server part of the `fido2` package.

1. The relying party is the console's own host name: a key enrolled here answers no other site, and no other site's answer counts here.
2. Origin, challenge, relying party, presence and **verification** of the user (PIN or finger, at the key) are checked, then the signature,
   then the counter, which only rises: one that stands still or falls is a copy.
3. The key knows its person (a discoverable credential), so the sign-in page names no key before the password was right, and tells nobody
   whether a name has one.
4. The challenge is whoever calls' to draw, to use once and to let run out.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kiosk.trust.security_key import KeyReply, KeyTrouble, RegisteredKey
from kiosk.values import Masked

if TYPE_CHECKING:
    from fido2.server import Fido2Server

MAX_ANSWER: Final = 16_384
_ALGORITHMS: Final = (-7, -8, -257)
"""ES256, EdDSA, RS256 (COSE)."""
_ASKED_FOR_MS: Final = 120_000
_TRIPPED: Final = (ValueError, TypeError, KeyError, LookupError, AttributeError, RecursionError, NotImplementedError)
"""Whatever a foreign answer makes the readers of JSON, CBOR and COSE trip over."""


@dataclass(frozen=True, slots=True)
class Site:
    """relying_party: the console's host name, no address and no port; origin: scheme, host and port as the browser says it."""

    relying_party: str
    origin: str


@dataclass(frozen=True, slots=True)
class BrowserAnswer:
    """What the browser brought: JSON as WebAuthn spells it. challenge: the one that was drawn for it, and is used up by this."""

    site: Site
    challenge: bytes
    answer: Masked[str]


def sign_in_options(site: Site, challenge: bytes) -> str:
    """Return what `navigator.credentials.get` is asked with, JSON, bytes in base64url."""
    asked = {"challenge": _text(challenge), "rpId": site.relying_party, "timeout": _ASKED_FOR_MS, "userVerification": "required"}
    return json.dumps(asked, separators=(",", ":"))


def enrolment_options(site: Site, challenge: bytes, name: str, others: Iterable[RegisteredKey]) -> str:
    """Return what `navigator.credentials.create` is asked with. others: keys of everybody; a key that is one of those refuses by itself."""
    from fido2.webauthn import AttestedCredentialData

    known = [AttestedCredentialData(one.credential).credential_id for one in others if one.relying_party == site.relying_party]
    asked = {
        "attestation": "none",
        "authenticatorSelection": {"requireResidentKey": True, "residentKey": "required", "userVerification": "required"},
        "challenge": _text(challenge),
        "excludeCredentials": [{"id": _text(one), "type": "public-key"} for one in known],
        "pubKeyCredParams": [{"alg": alg, "type": "public-key"} for alg in _ALGORITHMS],
        "rp": {"id": site.relying_party, "name": "Identity desk"},
        "timeout": _ASKED_FOR_MS,
        "user": {"displayName": name, "id": _text(name.encode()), "name": name},
    }
    return json.dumps(asked, separators=(",", ":"))


def enrolled_key(answer: BrowserAnswer) -> RegisteredKey | KeyTrouble:
    """Return the key a browser enrolled."""
    try:
        said = _said(answer)
        made = _server(answer.site).register_complete(_state(answer), said)
        if _is_framed(said) or made.credential_data is None:
            return KeyTrouble.WRONG_ANSWER
        return RegisteredKey(bytes(made.credential_data), made.counter, answer.site.relying_party)
    except _TRIPPED:
        return KeyTrouble.WRONG_ANSWER


def key_reply(answer: BrowserAnswer, registered: RegisteredKey) -> KeyReply | KeyTrouble:
    """Return what an enrolled key says."""
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    if registered.relying_party != answer.site.relying_party:
        return KeyTrouble.ANOTHER_KEY
    try:
        said = _said(answer)
        credential = AttestedCredentialData(registered.credential)
        read = AuthenticationResponse.from_dict(said)
        if read.raw_id != credential.credential_id:
            return KeyTrouble.ANOTHER_KEY
        _server(answer.site).authenticate_complete(_state(answer), [credential], said)
        if _is_framed(said):
            return KeyTrouble.WRONG_ANSWER
        counter = read.response.authenticator_data.counter
    except _TRIPPED:
        return KeyTrouble.WRONG_ANSWER
    if (counter or registered.counter) and counter <= registered.counter:
        return KeyTrouble.COPIED
    return KeyReply(counter)


def renewed(registered: RegisteredKey, reply: KeyReply) -> RegisteredKey:
    return replace(registered, counter=reply.counter)


def _said(answer: BrowserAnswer) -> dict[str, object]:
    text = answer.answer.reveal()
    if len(text) > MAX_ANSWER:
        raise ValueError("no key says so much")
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("an answer is an object")
    return said


def _is_framed(said: dict[str, object]) -> bool:
    """Return whether the browser says that the page stood in a foreign one."""
    from fido2.utils import websafe_decode

    response = said["response"]
    if not isinstance(response, dict):
        raise ValueError("an answer has a response")
    return bool(json.loads(websafe_decode(str(response["clientDataJSON"]))).get("crossOrigin", False))


def _server(site: Site) -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    party = PublicKeyCredentialRpEntity(id=site.relying_party, name="Identity desk")
    return Fido2Server(party, verify_origin=lambda origin: origin == site.origin)


def _state(answer: BrowserAnswer) -> dict[str, object]:
    from fido2.webauthn import UserVerificationRequirement

    return {"challenge": _text(answer.challenge), "user_verification": UserVerificationRequirement.REQUIRED}


def _text(raw: bytes) -> str:
    from fido2.utils import websafe_encode

    return websafe_encode(raw)
