"""What a thief of an operator's token gets: the console's session key of somebody who is signed in, a code already used, a password.

A bank's office and intake run on this machine with people of their own; the clock is stepped by hand. Each line says what was tried and
whether it came to nothing.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx

from kiosk.intake.ceremony import init_bank, open_bank
from kiosk.intake.console.serving import OpenConsole, open_office, serving_console
from kiosk.intake.console.site import COOKIE
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.trust.factors import Totp, code_of, draw_offer
from kiosk.trust.operators import FactorEnrolled, NeedsFactor
from kiosk.trust.passwords import Cost
from kiosk.trust.permissions import Role
from kiosk.trust.presence import IDLE_LOCK_AFTER, SignedIn
from kiosk.values import Masked, OperatorId

_PASSWORD: Final = Masked("a password of the audit's own people")
_VICTIM, _OTHER, _BOSS = OperatorId("ines"), OperatorId("omar"), OperatorId("ada")
_KINDS: Final = {
    "/v1/holders": "question",
    "/v1/withdrawals": "withdrawal",
    "/v1/stations/succession": "succession",
    "/v1/heartbeats": "heartbeat",
}
_INSIDE: Final = ("/", "/proposals", "/watch-list", "/policy", "/fleet")


@dataclass(frozen=True, slots=True)
class Tried:
    name: str
    held: bool
    came: str


@dataclass
class _Office:
    console: OpenConsole
    intake: str
    clock: list[datetime]
    factors: dict[OperatorId, Totp]

    def later(self, by: timedelta) -> None:
        self.clock[0] += by

    def code(self, name: OperatorId) -> str:
        return code_of(self.factors[name], self.clock[0]).reveal()


def run_stolen_token() -> list[Tried]:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="stolen-token-"))) / "bank"
        init_bank(folder, production=False)
        clock = [datetime.now(UTC)]
        office = opened.enter_context(open_office(folder, cost=Cost(1, 64, 1)))
        boss, factors = SignedIn(_BOSS, Role.ADMINISTRATOR, clock[0]), {}
        office.operators.first_administrator(_BOSS, _PASSWORD, clock[0])
        for name, role in ((_VICTIM, Role.ANALYST), (_OTHER, Role.SUPERVISOR)):
            office.operators.add(name, _PASSWORD, role, boss, clock[0])
            offer = draw_offer(name, "audit")
            done = office.operators.enrol_totp(NeedsFactor(name, clock[0]), offer.totp, code_of(offer.totp, clock[0]), clock[0])
            if not isinstance(done, FactorEnrolled):
                raise RuntimeError("the audit's own people could not be enrolled")
            factors[name] = offer.totp
        console = opened.enter_context(serving_console(office, port=0, clock=lambda: clock[0]))
        bank = open_bank(folder)
        opened.callback(bank.store.close)
        intake = opened.enter_context(serve_in_thread(create_app(bank.store, bank.keys, bank.acceptance)))
        at = _Office(console, intake.url, clock, factors)
        return [*_at_the_console(at, boss), *_at_the_intake(at)]


def _at_the_console(at: _Office, boss: SignedIn) -> Iterator[Tried]:
    with httpx.Client(base_url=at.console.url, trust_env=False) as client:
        before = _key_of(client.get("/sign-in"))
        stolen = _signed_in(at, client, _VICTIM, before)
        shown = client.get("/", headers=_with(stolen))
        yield Tried("the victim is signed in (the suite reaches the console)", shown.status_code == 200, str(shown.status_code))
        yield _nothing("a session key from before the sign-in, planted or overheard", client, before)
        form = {"outcome": "genuine", "reason": "a thief", "token": ""}
        yield _turned_away("a stolen key sends a form without the page's token", client, "/watch-list/1/remove", form, stolen)
        used = at.code(_VICTIM)
        sent = {"name": _VICTIM, "password": _PASSWORD.reveal(), "code": used}
        yield _not_let_in("a stolen password with the code the victim just used", client, sent)
        yield _not_let_in("a stolen password without a code", client, sent | {"code": ""})
        at.later(IDLE_LOCK_AFTER + timedelta(seconds=1))
        yield _nothing("a stolen key of a session nobody used for five minutes", client, stolen)
        fresh = _signed_in(at, client, _VICTIM, stolen)
        client.post("/sign-out", content=urlencode({"token": _token(client, "/", fresh)}), headers=_form(fresh))
        yield _nothing("a stolen key after the victim signed out", client, fresh)
        again = _signed_in(at, client, _VICTIM, "")
        at.console.office.operators.change_role(_VICTIM, Role.AUDITOR, boss, at.clock[0])
        yield _nothing("a stolen key after the victim's role was changed", client, again)
        at.console.office.operators.remove(_VICTIM, boss, at.clock[0])
        yield _nothing("a stolen key after the victim was removed", client, again)
        yield _nothing("a session key made up", client, "A" * len(stolen))


def _at_the_intake(at: _Office) -> Iterator[Tried]:
    """An operator's token must open nothing where only stations are heard: every operation answers as it does without one, and nothing sent
    with it is taken."""
    with httpx.Client(base_url=at.console.url, trust_env=False) as client:
        stolen = _signed_in(at, client, _OTHER, "")
    with httpx.Client(base_url=at.intake, trust_env=False) as client:
        for path, methods in client.get("/openapi.json").json()["paths"].items():
            asked = re.sub(r"\{[^}]*\}", "a" * 32, path)
            for method in methods:
                kind = {"Content-Type": f"application/vnd.identity-desk.{_KINDS.get(path, 'packet')}", "Idempotency-Key": "a" * 32}
                without = client.request(method.upper(), asked, content=b"x", headers=kind).status_code
                token = kind | {"Authorization": f"Bearer {stolen}"} | _with(stolen)
                answer = client.request(method.upper(), asked, content=b"x", headers=token)
                held = answer.status_code == without and (method == "get" or answer.status_code >= 400)
                came = f"{answer.status_code}, and {without} without"
                yield Tried(f"a stolen operator's token at the intake: {method.upper()} {path}", held, came)


def _signed_in(at: _Office, client: httpx.Client, name: OperatorId, key: str) -> str:
    """Sign somebody in and return the session key their browser was given. Raises RuntimeError."""
    at.later(timedelta(seconds=31))
    page = client.get("/sign-in", headers=_with(key))
    key = _key_of(page) or key
    form = {"name": name, "password": _PASSWORD.reveal(), "code": at.code(name), "token": _token_in(page.text)}
    answer = client.post("/sign-in", content=urlencode(form), headers=_form(key))
    client.cookies.clear()
    if answer.status_code != 303 or not _key_of(answer):
        raise RuntimeError("the audit's own operator could not sign in")
    return _key_of(answer)


def _nothing(name: str, client: httpx.Client, key: str) -> Tried:
    """Held means: no page inside is shown."""
    seen = {path: client.get(path, headers=_with(key)).status_code for path in _INSIDE}
    client.cookies.clear()
    return Tried(name, all(status in (303, 403) for status in seen.values()), " ".join(map(str, seen.values())))


def _turned_away(name: str, client: httpx.Client, path: str, form: dict[str, str], key: str) -> Tried:
    answer = client.post(path, content=urlencode(form), headers=_form(key))
    client.cookies.clear()
    return Tried(name, answer.status_code in (403, 404, 422), str(answer.status_code))


def _not_let_in(name: str, client: httpx.Client, form: dict[str, str]) -> Tried:
    page = client.get("/sign-in")
    key = _key_of(page)
    answer = client.post("/sign-in", content=urlencode(form | {"token": _token_in(page.text)}), headers=_form(key))
    client.cookies.clear()
    return Tried(name, answer.status_code == 403, str(answer.status_code))


def _token(client: httpx.Client, path: str, key: str) -> str:
    return _token_in(client.get(path, headers=_with(key)).text)


def _token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    return "" if found is None else found[1]


def _key_of(answer: httpx.Response) -> str:
    found = re.search(rf"{COOKIE}=([^;]*)", answer.headers.get("set-cookie", ""))
    return "" if found is None else found[1]


def _with(key: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={key}"} if key else {}


def _form(key: str) -> dict[str, str]:
    return {"Content-Type": "application/x-www-form-urlencoded"} | _with(key)
