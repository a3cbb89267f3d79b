"""Security keys at the console: what is held between two requests, and in a real Chromium with an authenticator made of software."""

import hashlib
import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData

from kiosk.commands.console_demo import fill_bank
from kiosk.intake.console.key_desk import CHALLENGE_FOR, INVITED_FOR, KeyDesk, site_of, spelled
from kiosk.intake.console.serving import open_office, serving_console
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.trust.browser_key import BrowserAnswer, Site, enrolled_key, enrolment_options, key_reply
from kiosk.trust.factors import Factor, TypedCode, code_of, draw_offer, from_bytes, to_bytes
from kiosk.trust.operators import NeedsFactor
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.security_key import KeyReply, KeyTrouble, RegisteredKey
from kiosk.values import Masked, OperatorId, SessionId
from tests.console.browser import Browser, browsing, programs
from tests.fakes.branch import NOW
from tests.trust.people import QUICK, RIGHT

NEWT = OperatorId("newt")


def test_a_challenge_counts_once_for_its_visit_and_for_five_minutes() -> None:
    desk = KeyDesk()
    drawn = spelled(desk.challenge("visit", NOW))
    assert desk.use(drawn, "another visit", NOW) is None
    assert desk.use(drawn, "visit", NOW + CHALLENGE_FOR + timedelta(seconds=1)) is None
    assert KeyDesk().use(drawn, "visit", NOW) is None
    for bad in ("", "x", drawn[:-4], "A" * len(drawn), "é", drawn + "AAAA"):
        assert desk.use(bad, "visit", NOW) is None
    assert desk.use(drawn, "visit", NOW) is not None
    assert desk.use(drawn, "visit", NOW) is None


def test_strangers_who_use_up_challenges_keep_nobody_s_key_out_and_let_none_be_used_twice() -> None:
    desk = KeyDesk(most_used=20)
    first, honest = NOW, NOW + timedelta(seconds=30)
    old = spelled(desk.challenge("me", first))
    assert desk.use(old, "me", first) is not None
    for number in range(60):
        at = first + timedelta(seconds=number / 4)
        assert desk.use(spelled(desk.challenge(f"{number}", at)), f"{number}", at) is not None
    drawn = spelled(desk.challenge("me", honest))
    assert desk.use(drawn, "me", honest) is not None
    assert desk.use(drawn, "me", honest) is None and desk.use(old, "me", honest) is None


def test_an_invitation_is_one_persons_for_a_day_and_ends_with_five_wrong_codes() -> None:
    desk = KeyDesk()
    code = desk.invite(NEWT, OperatorId("ada"), NOW).reveal()
    assert desk.admits(NEWT, code.lower().replace("-", " "), NOW) and not desk.admits(OperatorId("eve"), code, NOW)
    assert not desk.admits(NEWT, code, NOW + INVITED_FOR + timedelta(seconds=1))
    code = desk.invite(NEWT, OperatorId("ada"), NOW).reveal()
    assert [desk.admits(NEWT, "AAAA-AAAA-AAAA-AAAA", NOW) for _ in range(5)] == [False] * 5
    assert not desk.admits(NEWT, code, NOW) and not desk.is_invited(NEWT, NOW)


@pytest.mark.parametrize(
    ("host", "tls", "party"),
    [
        ("localhost:8644", False, "localhost"),
        ("localhost", True, "localhost"),
        ("console.bank.example:8644", True, "console.bank.example"),
        ("console.bank.example", False, None),
        ("127.0.0.1:8644", False, None),
        ("10.0.0.7:443", True, None),
        ("[::1]:8644", True, None),
    ],
)
def test_keys_answer_a_host_name_with_tls_or_this_very_machine(host: str, tls: bool, party: str | None) -> None:
    site = site_of(host, tls)
    assert (None if site is None else site.relying_party) == party
    assert site is None or site.origin == f"{'https' if tls else 'http'}://{host}"


def test_what_is_no_answer_of_a_key_is_refused_whatever_it_is() -> None:
    site = Site("localhost", "http://localhost:1")
    for text in ("", "null", "[]", "{}", '{"id": 1}', '{"rawId": "AA", "response": {}, "type": "public-key"}', "x" * 20_000, "[" * 16_000):
        answer = BrowserAnswer(site, b"0" * 56, Masked(text))
        assert enrolled_key(answer) == KeyTrouble.WRONG_ANSWER
        assert key_reply(answer, RegisteredKey(b"", 0, "localhost")) == KeyTrouble.WRONG_ANSWER


def test_a_key_of_the_browser_is_kept_with_whom_it_answers_and_older_ones_are_read() -> None:
    for key in (RegisteredKey(b"credential", 7, "console.bank.example"), RegisteredKey(b"credential", 7)):
        assert from_bytes(to_bytes(Factor(key, ()))) == Factor(key, ())
    assert b"for" not in to_bytes(Factor(RegisteredKey(b"credential", 7), ()))


class Desk:
    """A console under `localhost`, an administrator with a phone, and a browser with a key made of software."""

    def __init__(self, office: Office, url: str, browser: Browser) -> None:
        self.office, self.browser = office, browser
        self.url = url.replace("127.0.0.1", "localhost")
        self.now = datetime.now(UTC)
        office.operators.first_administrator("ada", RIGHT, self.now)
        self.ada = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, self.now)
        self.authenticator = self.plug_in()

    def plug_in(self, **options: Any) -> str:
        self.browser.cdp("WebAuthn.enable")
        key = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        return str(self.browser.cdp("WebAuthn.addVirtualAuthenticator", options=key | options)["authenticatorId"])

    def credentials(self) -> list[dict[str, Any]]:
        return list(self.browser.cdp("WebAuthn.getCredentials", authenticatorId=self.authenticator)["credentials"])

    def add(self, name: str, role: Role) -> None:
        self.office.operators.add(name, RIGHT, role, self.ada, self.now)

    def phone(self, name: str) -> TypedCode:
        offer = draw_offer(name, "bank")
        self.office.operators.enrol_totp(NeedsFactor(OperatorId(name), self.now), offer.totp, code_of(offer.totp, self.now), self.now)
        return TypedCode(code_of(offer.totp, self.now + timedelta(seconds=30)))

    def fill_sign_in(self, name: str) -> None:
        self.browser.open(f"{self.url}/sign-in")
        self.browser.type("#name", name)
        self.browser.type("#password", RIGHT.reveal())

    def invited_code(self, name: str) -> str:
        """The administrator signs in with the phone, invites, and signs out."""
        browser, code = self.browser, self.phone("ada")
        self.fill_sign_in("ada")
        browser.type("#code", code.text.reveal())
        browser.click("button.main")
        browser.arrives("Not done")  # an administrator has no review queue
        browser.open(f"{self.url}/people")
        browser.type("#invite-name", name)
        browser.click("main button.main")
        browser.arrives("People", "is invited to enrol")
        shown = browser.text("main .said code")
        browser.click("form[action='/sign-out'] button")
        browser.arrives("Sign in")
        return shown

    def enrol(self, name: str, code: str) -> None:
        self.fill_sign_in(name)
        self.browser.click("button.main")
        self.browser.arrives("Second factor")
        self.browser.type("#invitation", code)
        self.browser.click("form[action='/enrol/key'] button[data-asks]")

    def signs_in_by_key(self, name: str) -> None:
        self.fill_sign_in(name)
        self.browser.click("button[data-asks]")

    def events(self) -> list[tuple[str, str]]:
        return [(line.event, line.detail) for line in self.office.store.audit_lines()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    if programs() is None:
        pytest.skip("Chromium or its driver is not installed (Debian: apt-get install chromium chromium-driver)")
    fill_bank(tmp_path / "bank", datetime.now(UTC), 6)
    with (
        open_office(tmp_path / "bank", cost=QUICK) as office,
        serving_console(office, port=0) as console,
        browsing() as browser,
    ):
        yield Desk(office, console.url, browser)


@pytest.mark.slow
def test_a_key_is_enrolled_by_invitation_signs_in_and_agrees_as_second_person(desk: Desk) -> None:
    desk.add("newt", Role.ANALYST)
    desk.add("ines", Role.SUPERVISOR)
    code = desk.invited_code("newt")
    desk.enrol("newt", "AAAA-AAAA-AAAA-AAAA")
    desk.browser.arrives("Second factor", "not the code of your invitation")
    desk.browser.type("#invitation", code)
    desk.browser.click("form[action='/enrol/key'] button[data-asks]")
    desk.browser.arrives("Recovery codes")
    assert ("factor-enrolled", "security-key") in desk.events() and ("key-invited", "newt") in desk.events()
    desk.signs_in_by_key("newt")
    desk.browser.arrives("Review queue")
    assert ("signed-in", "analyst:security-key") in desk.events()
    session = _proposed(desk)
    desk.browser.open(f"{desk.url}/proposals/1")
    desk.browser.type("#password", RIGHT.reveal())
    desk.browser.click("button[data-asks]")
    desk.browser.arrives("Second person", "is agreed to by ines and newt")
    assert desk.office.agreements.fraud() == {session}


def _proposed(desk: Desk) -> SessionId:
    session = next(session for _, session, content in desk.office.records() if content.record.disposition is None)
    ines = SignedIn(OperatorId("ines"), Role.SUPERVISOR, desk.now)
    desk.office.propose_outcome(ines, session, Outcome.CONFIRMED_FRAUD, Masked("the issuer was called"), desk.now)
    return session


@pytest.mark.slow
def test_a_key_without_its_owner_a_copy_another_key_and_an_answer_sent_twice_sign_nobody_in(desk: Desk) -> None:
    desk.add("newt", Role.ANALYST)
    desk.enrol("newt", desk.invited_code("newt"))
    desk.browser.arrives("Recovery codes")
    browser = desk.browser

    browser.cdp("WebAuthn.setUserVerified", authenticatorId=desk.authenticator, isUserVerified=False)
    desk.signs_in_by_key("newt")
    browser.arrives("Sign in", "No answer came from a key")
    browser.cdp("WebAuthn.setUserVerified", authenticatorId=desk.authenticator, isUserVerified=True)

    (credential,) = desk.credentials()
    desk.signs_in_by_key("newt")
    browser.arrives("Review queue")
    browser.click("form[action='/sign-out'] button")
    browser.cdp("WebAuthn.removeCredential", authenticatorId=desk.authenticator, credentialId=credential["credentialId"])
    browser.cdp("WebAuthn.addCredential", authenticatorId=desk.authenticator, credential=credential)  # as it was: its counter falls behind
    desk.signs_in_by_key("newt")
    browser.arrives("Sign in", "is wrong")
    assert desk.events()[-1][1].startswith("security-key-copied")

    browser.cdp("WebAuthn.removeVirtualAuthenticator", authenticatorId=desk.authenticator)
    desk.authenticator = desk.plug_in()
    desk.signs_in_by_key("newt")
    browser.arrives("Sign in", "No answer came from a key")

    # The form of an answer that was used, sent once more from the same page.
    browser.cdp("WebAuthn.addCredential", authenticatorId=desk.authenticator, credential=credential | {"signCount": 500})
    desk.fill_sign_in("newt")
    browser.run("document.querySelector('form').submit = function() { window.kept = [...new FormData(this)]; }")
    browser.click("button[data-asks]")
    browser.until("return window.kept !== undefined")
    form = dict(browser.run("return window.kept"))
    cookie = browser.cookies()[0]
    headers = {"Cookie": f"{cookie['name']}={cookie['value']}"}
    with httpx.Client(base_url=desk.url, trust_env=False, headers=headers) as client:
        assert [client.post("/sign-in", data=form).status_code for _ in range(2)] == [303, 403]
    assert [event for event, _ in desk.events()[-2:]] == ["signed-in", "sign-in-failed"]


@pytest.mark.slow
def test_nobody_enrols_a_key_uninvited_and_no_key_is_two_peoples(desk: Desk) -> None:
    for name in ("newt", "eve"):
        desk.add(name, Role.ANALYST)
    first = desk.invited_code("newt")
    desk.fill_sign_in("eve")
    desk.browser.click("button.main")
    desk.browser.arrives("Second factor")
    assert desk.browser.all("#invitation") == []
    desk.enrol("newt", first)
    desk.browser.arrives("Recovery codes")
    assert desk.office.operators.may_invite(OperatorId("newt"), desk.ada, desk.now) is False  # has a factor by now
    assert desk.office.operators.may_invite(OperatorId("eve"), desk.ada, desk.now) is True
    enrolled = desk.office.operators.keys_enrolled()
    options = json.loads(enrolment_options(Site("localhost", desk.url), b"c" * 56, "eve", enrolled))
    known = websafe_encode(AttestedCredentialData(enrolled[0].credential).credential_id)
    assert [one["id"] for one in options["excludeCredentials"]] == [known]


def test_a_reply_counts_only_for_this_site_and_challenge() -> None:
    """An answer made by a key for one site, sent to another, or with another challenge."""
    site, challenge, private = Site("localhost", "http://localhost:1"), b"c" * 56, ec.generate_private_key(ec.SECP256R1())
    public = cbor.encode(dict(ES256.from_cryptography_key(private.public_key())))
    key = RegisteredKey(bytes(16) + struct.pack(">H", 4) + b"name" + public, 7, "localhost")

    def answer(
        origin: str = site.origin, flags: int = 5, counter: int = 8, party: str = "localhost", drawn: bytes = challenge
    ) -> Masked[str]:
        client = CollectedClientData.create(CollectedClientData.TYPE.GET, drawn, origin)
        data = AuthenticatorData(hashlib.sha256(party.encode()).digest() + struct.pack(">BI", flags, counter))
        signature = private.sign(data + client.hash, ec.ECDSA(SHA256()))
        response = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        said = {"id": websafe_encode(b"name"), "rawId": websafe_encode(b"name"), "type": "public-key", "clientExtensionResults": {}}
        return Masked(json.dumps(said | {"response": {name: websafe_encode(value) for name, value in response.items()}}))

    def replied(text: Masked[str], at: Site = site, registered: RegisteredKey = key) -> KeyReply | KeyTrouble:
        return key_reply(BrowserAnswer(at, challenge, text), registered)

    assert replied(answer()) == KeyReply(8)
    assert replied(answer(counter=7)) == KeyTrouble.COPIED
    assert replied(answer(flags=1)) == KeyTrouble.WRONG_ANSWER  # touched, and nobody's PIN or finger
    assert replied(answer(flags=4)) == KeyTrouble.WRONG_ANSWER  # verified, and not touched
    assert replied(answer(origin="http://localhost:2")) == KeyTrouble.WRONG_ANSWER
    assert replied(answer(origin="https://evil.example")) == KeyTrouble.WRONG_ANSWER
    assert replied(answer(party="evil.example")) == KeyTrouble.WRONG_ANSWER
    assert replied(answer(drawn=b"d" * 56)) == KeyTrouble.WRONG_ANSWER
    assert replied(answer(), registered=RegisteredKey(key.credential, 7)) == KeyTrouble.ANOTHER_KEY
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    forged = RegisteredKey(key.credential[: -len(public)] + cbor.encode(dict(ES256.from_cryptography_key(other))), 7, "localhost")
    assert replied(answer(), registered=forged) == KeyTrouble.WRONG_ANSWER
