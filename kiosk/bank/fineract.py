"""Apache Fineract as the core bank: a kept account opening becomes a client, an identifier, a portrait, and an active savings account.

This way is walked at the bank's end, where packets can be opened: Fineract takes plain content and signs nothing. The steps, each looked
for before it is done, so that whatever was lost on the way is found again and nothing is done twice:

1. client by external id (the packet id), else created as pending;
2. identifier: the document's number, its description naming the packet's digest. Another digest there: `id-conflict`;
3. portrait, where there is one and the client has none;
4. activation of the client;
5. savings account by external id (the packet id), else submitted; then approved; then activated.

Idempotency keys are `<packet id>-<step>-<n>`, at most 50 characters. Fineract answers 425 while a key is in flight, and replays a stored
ERROR for a key that failed once, marked `x-served-from-cache`: then the next n is used, so that a cause that was put right does not
block for ever. A case that opens no account (referred, declined, or a transaction) is accepted and nothing is done in the core.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kiosk.bank.connector import Reached
from kiosk.bank.link import Answered, HttpLink, Problem
from kiosk.faults import PacketRefused, SealBroken
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import AccountOpening, Decision, SessionRecord, final_decision
from kiosk.values import Masked
from kiosk.wire import canonical
from kiosk.wire.packet import Content, Packet

_API: Final = "/fineract-provider/api/v1"
_GENERATIONS: Final = 16
_DATES: Final = {"dateFormat": "yyyy-MM-dd", "locale": "en"}


class CoreProblem(StrEnum):
    """Why the core took nothing this time, or never will."""

    IN_FLIGHT = "core-in-flight"
    DENIED = "core-denied"
    KEYS_USED_UP = "core-keys-used-up"
    REFUSED = "core-refused"
    ID_CONFLICT = "id-conflict"
    DOCUMENT_TAKEN = "core-document-taken"
    UNREADABLE = "core-unreadable"


@dataclass(frozen=True, slots=True)
class FineractSettings:
    """address: https://host:port without a path; the numbers are the core's own ids of office, legal form, product and kind of document."""

    address: str
    tenant: str
    user: str
    password: Masked[str]
    office: int = 1
    savings_product: int = 1
    document_type: int = 1


class _Stopped(Exception):
    """A step did not come to an end. Never leaves this module."""

    def __init__(self, answer: Unreachable | Refused) -> None:
        super().__init__(answer.code)
        self.answer = answer


class FineractConnector:
    """opened: opens what is carried, at the bank's end. Thread-safe. Raises SettingsRefused for an address that cannot be used."""

    def __init__(
        self, settings: FineractSettings, opened: Callable[[Packet], Content], policy: SyncPolicy, authorities: str | None = None
    ) -> None:
        self._link = HttpLink(settings.address, policy, authorities)
        self._settings = settings
        self._opened = opened
        signed_in = b64encode(f"{settings.user}:{settings.password.reveal()}".encode()).decode("ascii")
        self._headers = {"Fineract-Platform-TenantId": settings.tenant, "Authorization": f"Basic {signed_in}", "Accept": "application/json"}

    def deliver(self, packet: Packet) -> Answer:
        try:
            content = self._opened(packet)
        except (PacketRefused, SealBroken):
            return Refused(CoreProblem.UNREADABLE)
        record = content.record
        if not isinstance(record.purpose, AccountOpening) or final_decision(record) is not Decision.APPROVE:
            return Accepted(_note(packet, {}))
        if record.document.fields is None:
            return Refused(CoreProblem.REFUSED)
        try:
            return self._open_account(packet, content)
        except _Stopped as stopped:
            return stopped.answer

    def probe(self) -> Reached | Unreachable:
        try:
            self._get("/offices")
        except _Stopped as stopped:
            return stopped.answer if isinstance(stopped.answer, Unreachable) else Unreachable(stopped.answer.code)
        return Reached()

    def close(self) -> None:
        self._link.close()

    def _open_account(self, packet: Packet, content: Content) -> Answer:
        work = _Work(self, packet)
        client = self._client(work, content.record)
        self._identifier(work, client, content.record)
        if not client.get("imagePresent") and content.pictures.portrait is not None:
            image = "data:image/jpeg;base64," + b64encode(content.pictures.portrait.reveal()).decode("ascii")
            work.post("image", f"/clients/{client['id']}/images", image)
        if not client.get("active"):
            work.post("activate", f"/clients/{client['id']}?command=activate", _DATES | {"activationDate": _day(content.record)})
        account = self._savings(work, client, content.record)
        note = _note(packet, {"client": client["id"], "savings": account["id"]})
        return Accepted(note) if work.did_something else AlreadyHeld(note)

    def _client(self, work: "_Work", record: SessionRecord) -> Mapping[str, Any]:
        assert record.document.fields is not None
        fields = record.document.fields
        wanted: dict[str, Any] = {
            "firstname": fields.given_names.reveal(),
            "lastname": fields.surname.reveal(),
        }
        found = self._by_external_id("clients", work.packet)
        if found is None:
            born = fields.birth_date.reveal()
            made = wanted | {"officeId": self._settings.office, "legalFormId": 1, "externalId": work.packet.packet_id, "active": False}
            made |= {"submittedOnDate": _day(record)} | _DATES | ({} if born is None else {"dateOfBirth": born.isoformat()})
            work.post("client", "/clients", made)
            found = self._must_be_there("clients", work.packet)
        if any(found.get(name) != value for name, value in wanted.items()):
            raise _Stopped(Refused(CoreProblem.ID_CONFLICT))
        return found

    def _identifier(self, work: "_Work", client: Mapping[str, Any], record: SessionRecord) -> None:
        assert record.document.fields is not None
        mark = f"identity-desk {work.packet.digest.hex()}"
        listed = self._get(f"/clients/{client['id']}/identifiers")
        marks = [one.get("description") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if mark in marks:
            return
        if any(str(other).startswith("identity-desk ") for other in marks):
            raise _Stopped(Refused(CoreProblem.ID_CONFLICT))
        body = {"documentTypeId": self._settings.document_type, "documentKey": record.document.fields.number.reveal()}
        work.post("identifier", f"/clients/{client['id']}/identifiers", body | {"description": mark, "status": "Active"})

    def _savings(self, work: "_Work", client: Mapping[str, Any], record: SessionRecord) -> Mapping[str, Any]:
        found = self._by_external_id("savingsaccounts", work.packet)
        if found is None:
            body = {"clientId": client["id"], "productId": self._settings.savings_product, "externalId": work.packet.packet_id}
            work.post("savings", "/savingsaccounts", body | {"submittedOnDate": _day(record)} | _DATES)
            found = self._must_be_there("savingsaccounts", work.packet)
        path, status = f"/savingsaccounts/{found['id']}", found.get("status")
        if not isinstance(status, dict):
            raise _Stopped(Unreachable(Problem.NONSENSE))
        if status.get("submittedAndPendingApproval"):
            work.post("approve", f"{path}?command=approve", _DATES | {"approvedOnDate": _day(record)})
        if not status.get("active"):
            work.post("open", f"{path}?command=activate", _DATES | {"activatedOnDate": _day(record)})
        return found

    def _by_external_id(self, kind: str, packet: Packet) -> Mapping[str, Any] | None:
        answer = self._ask("GET", f"/{kind}/external-id/{packet.packet_id}", {}, b"")
        if answer.status == 404 and _codes(answer.body):
            return None
        found = _spoken(answer)
        if not isinstance(found, dict) or not isinstance(found.get("id"), int) or found.get("externalId") != packet.packet_id:
            raise _Stopped(Unreachable(Problem.NONSENSE))
        return found

    def _must_be_there(self, kind: str, packet: Packet) -> Mapping[str, Any]:
        found = self._by_external_id(kind, packet)
        if found is None:
            raise _Stopped(Unreachable(Problem.NONSENSE))
        return found

    def _get(self, path: str) -> object:
        return _spoken(self._ask("GET", path, {}, b""))

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answered:
        answer = self._link.request(method, _API + path, self._headers | headers, body)
        if isinstance(answer, Unreachable):
            raise _Stopped(answer)
        return answer


@dataclass(slots=True)
class _Work:
    """One packet's way through the steps."""

    connector: FineractConnector
    packet: Packet
    did_something: bool = False

    def post(self, step: str, path: str, body: str | Mapping[str, Any]) -> None:
        """Do one step once. A stored error of an earlier attempt is passed over by the next key."""
        kind, content = ("text/plain", body) if isinstance(body, str) else ("application/json", json.dumps(body))
        for generation in range(_GENERATIONS):
            headers = {"Content-Type": kind, "Idempotency-Key": f"{self.packet.packet_id}-{step}-{generation}"}
            answer = self.connector._ask("POST", path, headers, content.encode())
            if answer.status == 425:
                raise _Stopped(Unreachable(CoreProblem.IN_FLIGHT))
            if answer.status == 200:
                self.did_something = True
                return
            if answer.headers.get("x-served-from-cache") != "true":
                raise _Stopped(_judged(answer))
        raise _Stopped(Unreachable(CoreProblem.KEYS_USED_UP))


def _judged(answer: Answered) -> Unreachable | Refused:
    """Return what an answer that is no success means: for good only if the core itself says that this content will not do."""
    codes = _codes(answer.body)
    if answer.status in (401, 407) or (answer.status == 403 and not codes) or any("tenant" in code for code in codes):
        return Unreachable(CoreProblem.DENIED)
    if answer.status >= 500:
        return Unreachable(Problem.SERVER_ERROR)
    if 300 <= answer.status < 400:
        return Unreachable(Problem.REDIRECTED)
    if any("clientIdentifier" in code and "duplicate" in code for code in codes):
        return Refused(CoreProblem.DOCUMENT_TAKEN)
    if any("duplicate" in code for code in codes):
        return Unreachable(CoreProblem.IN_FLIGHT)
    if answer.status in (400, 403) and codes:
        return Refused(CoreProblem.REFUSED)
    return Unreachable(Problem.NONSENSE)


def _spoken(answer: Answered) -> object:
    if answer.status != 200:
        raise _Stopped(_judged(answer))
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _Stopped(Unreachable(Problem.NONSENSE)) from error


def _codes(body: bytes) -> list[str]:
    """Return the codes of the errors that Fineract lists in an answer; none for an answer that is not Fineract's."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    match said:
        case {"errors": [*errors]}:
            return [str(one.get("userMessageGlobalisationCode", "")) for one in errors if isinstance(one, dict)]
        case _:
            return []


def _day(record: SessionRecord) -> str:
    return record.closed_at.date().isoformat()


def _note(packet: Packet, made: Mapping[str, int]) -> bytes:
    """Return what is kept as the core's receipt: unsigned, for the bank's own books."""
    return canonical.spell({"core": "fineract", "packet": packet.packet_id, "digest": packet.digest.hex(), "made": dict(made)})
