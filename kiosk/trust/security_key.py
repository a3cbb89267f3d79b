"""Security keys (FIDO2) by the `fido2` package: Yubico's client speaks to the key, its server part checks what the key says.

There is no browser and no web site here (for those: `browser_key`). The relying party is the fixed name below, so a key enrolled here
answers no web site and the other way round. A key must be touched for every answer (user presence); the password is the other factor, so
no PIN is asked of the key. The package is loaded when a key is asked and not before.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from fido2.client import ClientError, Fido2Client
    from fido2.ctap import CtapDevice, CtapError
    from fido2.server import Fido2Server
    from fido2.webauthn import AuthenticationResponse, RegistrationResponse

RELYING_PARTY: Final = "identity-desk.invalid"
_ORIGIN: Final = f"https://{RELYING_PARTY}"


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """credential: the attested credential data (id and public key); counter: the key's signature counter when last seen; relying_party:
    whom it answers, the console's host name for a key enrolled in a browser (`browser_key`)."""

    credential: bytes
    counter: int
    relying_party: str = RELYING_PARTY


@dataclass(frozen=True, slots=True)
class KeyReply:
    counter: int


class KeyTrouble(StrEnum):
    NOT_THERE = "not-there"
    NOT_TOUCHED = "not-touched"
    ANOTHER_KEY = "another-key"
    BELONGS_TO_ANOTHER = "belongs-to-another"
    WRONG_ANSWER = "wrong-answer"
    COPIED = "copied"


class SecurityKey(Protocol):
    """A key that can be reached. Both calls block until it is touched or gives up."""

    def register(self, options: object) -> "RegistrationResponse": ...

    def answer(self, options: object) -> "AuthenticationResponse": ...


class PluggedKey:
    """The first key found, through Yubico's client. devices: where keys are looked for; tests bring one made of software."""

    def __init__(self, devices: "Callable[[], Iterator[CtapDevice]] | None" = None) -> None:
        self._devices = devices or _usb_keys

    def register(self, options: object) -> "RegistrationResponse":
        return self._client().make_credential(options)  # type: ignore[arg-type]

    def answer(self, options: object) -> "AuthenticationResponse":
        return self._client().get_assertion(options).get_response(0)  # type: ignore[arg-type]

    def _client(self) -> "Fido2Client":
        from fido2.client import DefaultClientDataCollector, Fido2Client

        for device in self._devices():
            return Fido2Client(device, DefaultClientDataCollector(_ORIGIN))
        raise LookupError("no security key is plugged in")


def register_key(key: SecurityKey, name: str, others: Iterable[RegisteredKey] = ()) -> RegisteredKey | KeyTrouble:
    """Enrol a key for an operator. Blocks until it is touched. others: what is enrolled for anybody already; a key makes a new credential
    for each enrolment, so only the key itself can say that it is one of those (WebAuthn's excludeCredentials)."""
    from fido2.client import ClientError
    from fido2.ctap import CtapError
    from fido2.webauthn import AttestedCredentialData, PublicKeyCredentialUserEntity, UserVerificationRequirement

    user = PublicKeyCredentialUserEntity(id=name.encode(), name=name, display_name=name)
    enrolled = [AttestedCredentialData(other.credential) for other in others]
    options, state = _server().register_begin(user, enrolled, user_verification=UserVerificationRequirement.DISCOURAGED)
    try:
        made = _server().register_complete(state, key.register(options.public_key))
    except LookupError:
        return KeyTrouble.NOT_THERE
    except (ClientError, CtapError) as refused:
        trouble = _trouble(refused)
        return KeyTrouble.BELONGS_TO_ANOTHER if trouble is KeyTrouble.ANOTHER_KEY else trouble
    except ValueError:
        return KeyTrouble.WRONG_ANSWER
    if made.credential_data is None:
        return KeyTrouble.WRONG_ANSWER
    return RegisteredKey(bytes(made.credential_data), made.counter)


def ask_key(key: SecurityKey, registered: RegisteredKey) -> KeyReply | KeyTrouble:
    """Ask the key to sign a fresh challenge and check what it says. Blocks until it is touched."""
    from fido2.client import ClientError
    from fido2.ctap import CtapError
    from fido2.webauthn import AttestedCredentialData, UserVerificationRequirement

    if registered.relying_party != RELYING_PARTY:
        return KeyTrouble.ANOTHER_KEY  # enrolled in a browser, it answers there alone
    credential = AttestedCredentialData(registered.credential)
    options, state = _server().authenticate_begin([credential], user_verification=UserVerificationRequirement.DISCOURAGED)
    try:
        answer = key.answer(options.public_key)
        _server().authenticate_complete(state, [credential], answer)
    except LookupError:
        return KeyTrouble.NOT_THERE
    except (ClientError, CtapError) as refused:
        return _trouble(refused)
    except ValueError:
        return KeyTrouble.WRONG_ANSWER
    counter = answer.response.authenticator_data.counter
    if (counter or registered.counter) and counter <= registered.counter:
        return KeyTrouble.COPIED
    return KeyReply(counter)


def _usb_keys() -> "Iterator[CtapDevice]":
    from fido2.hid import CtapHidDevice

    return iter(CtapHidDevice.list_devices())


def _server() -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    return Fido2Server(PublicKeyCredentialRpEntity(id=RELYING_PARTY, name="Identity desk"))


def _trouble(refused: "ClientError | CtapError") -> KeyTrouble:
    from fido2.client import ClientError

    code = refused.code if isinstance(refused, ClientError) else None
    if code is ClientError.ERR.DEVICE_INELIGIBLE:
        return KeyTrouble.ANOTHER_KEY
    return KeyTrouble.NOT_TOUCHED
