"""Coming and going: sign-in with password and second factor, the idle lock, enrolling a second factor at the first sign-in."""

import threading
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import assert_never

import segno

from kiosk.intake.console.asked import Answer, Asked, Comes, GoTo, Leaves, Page
from kiosk.intake.console.key_desk import spelled
from kiosk.trust.browser_key import BrowserAnswer, enrolment_options, sign_in_options
from kiosk.trust.factors import FactorOffer, Proof, TypedCode, draw_offer
from kiosk.trust.operators import (
    ENROL_WITHIN,
    ClockTurnedBack,
    FactorEnrolled,
    FactorRefused,
    LockedUntil,
    NeedsFactor,
    SignInOutcome,
    UnknownOperator,
    WrongSecret,
)
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked

PLACE = "bank"
_WRONG = "Name, password, code or key is wrong. After five wrong attempts in a row an account is locked for 30 minutes."


@dataclass(frozen=True, slots=True)
class _Enrolling:
    needs: NeedsFactor
    offer: FactorOffer


class Door:
    """Holds, for minutes, the second factors that were offered and not yet proved. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._enrolling: dict[str, _Enrolling] = {}

    def show(self, asked: Asked) -> Answer:
        if asked.who is not None:
            return GoTo("/")
        locked = asked.visit.who if asked.visit.locked else None
        name = "" if locked is None else locked.name
        return _sign_in_page(asked, name, "", _local(asked.query.get("then", "")))

    def enter(self, asked: Asked) -> Answer:
        name, then = asked.form.get("name", ""), _local(asked.form.get("then", ""))
        outcome = sign_in(asked, name)
        match outcome:
            case SignedIn():
                return Comes(outcome, then or "/")
            case NeedsFactor():
                with self._lock:
                    self._forget_old(asked.now)
                    self._enrolling[asked.visit.token] = _Enrolling(outcome, draw_offer(outcome.name, PLACE))
                return GoTo("/enrol")
            case _:
                return _sign_in_page(asked, name[:40], refusal(outcome), then)

    def show_enrolment(self, asked: Asked) -> Answer:
        offered = self._offered(asked)
        if offered is None:
            return GoTo("/sign-in")
        return _enrol_page(asked, offered, "")

    def enrol(self, asked: Asked) -> Answer:
        offered = self._offered(asked)
        if offered is None:
            return GoTo("/sign-in")
        code = Masked(asked.form.get("code", ""))
        outcome = asked.office.operators.enrol_totp(offered.needs, offered.offer.totp, code, asked.now)
        if isinstance(outcome, FactorRefused):
            problem = (
                "That code is not right; the clocks of phone and bank may differ." if outcome.because == "wrong-code" else outcome.because
            )
            return _enrol_page(asked, offered, problem)
        return self._enrolled(asked, offered, outcome)

    def enrol_key(self, asked: Asked) -> Answer:
        """Keep a security key instead, of somebody an administrator invited to."""
        offered = self._offered(asked)
        if offered is None:
            return GoTo("/sign-in")
        name, answer = offered.needs.name, browser_answer(asked)
        if not asked.keys.admits(name, asked.form.get("invitation", ""), asked.now):
            return _enrol_page(asked, offered, "This is not the code of your invitation, or it has run out; ask for another.")
        if answer is None:
            return _enrol_page(asked, offered, "No answer of a security key came with the form. Try again.")
        outcome = asked.office.operators.enrol_browser_key(offered.needs, answer, asked.now)
        if isinstance(outcome, FactorRefused):
            return _enrol_page(asked, offered, f"This key was not enrolled: {outcome.because.replace('-', ' ')}.")
        asked.keys.enrolled(name)
        return self._enrolled(asked, offered, outcome)

    def _enrolled(self, asked: Asked, offered: _Enrolling, outcome: FactorEnrolled) -> Page:
        with self._lock:
            self._enrolling.pop(asked.visit.token, None)
        return Page("recovery.html", {"codes": [code.reveal() for code in outcome.recovery]})

    def leave(self, asked: Asked) -> Answer:
        asked.office.operators.signed_out(asked.visit.who, asked.now)
        return Leaves()

    def lock(self, asked: Asked) -> Answer:
        """Somebody locks the screen by hand."""
        if asked.who is not None:
            asked.visit.locked = True
            asked.office.operators.window_locked(asked.visit.who, asked.now)
        return GoTo("/sign-in")

    def _offered(self, asked: Asked) -> _Enrolling | None:
        with self._lock:
            self._forget_old(asked.now)
            return self._enrolling.get(asked.visit.token)

    def _forget_old(self, now: datetime) -> None:
        self._enrolling = {token: one for token, one in self._enrolling.items() if now - one.needs.at <= ENROL_WITHIN}


def sign_in(asked: Asked, name: str) -> SignInOutcome:
    """Sign in with the form's password and code. A locked visit is opened by its own person alone."""
    locked = asked.visit.who if asked.visit.locked else None
    if locked is not None and name.strip().casefold() != locked.name:
        return WrongSecret()
    return asked.office.operators.sign_in(name, Masked(asked.form.get("password", "")), proof_of(asked), asked.now)


def proof_of(asked: Asked) -> Proof:
    """Return the second factor a form brought: a security key's answer if there is one, else what was typed."""
    return browser_answer(asked) or TypedCode(Masked(asked.form.get("code", "")))


def browser_answer(asked: Asked) -> BrowserAnswer | None:
    """Return what a security key said to the challenge this very visit was given, which is used up by it."""
    answer = asked.form.get("answer", "")
    if not answer or asked.site is None:
        return None
    challenge = asked.keys.use(asked.form.get("challenge", ""), asked.visit.token, asked.now)
    return None if challenge is None else BrowserAnswer(asked.site, challenge, Masked(answer))


def key_asked(asked: Asked) -> dict[str, str]:
    """Return what a page needs to ask a security key, for a template; empty where no key can answer."""
    if asked.site is None:
        return {"key_options": "", "challenge": ""}
    challenge = asked.keys.challenge(asked.visit.token, asked.now)
    return {"key_options": sign_in_options(asked.site, challenge), "challenge": spelled(challenge)}


def _sign_in_page(asked: Asked, name: str, problem: str, then: str) -> Page:
    values = {"name": name, "locked": asked.visit.locked, "problem": problem, "then": then} | key_asked(asked)
    return Page("sign_in.html", values, 403 if problem else 200, asks_key=asked.site is not None)


def _enrol_page(asked: Asked, offered: _Enrolling, problem: str) -> Page:
    name, options, challenge = offered.needs.name, "", b""
    invited = asked.site is not None and asked.keys.is_invited(name, asked.now)
    if asked.site is not None and invited:
        challenge = asked.keys.challenge(asked.visit.token, asked.now)
        options = enrolment_options(asked.site, challenge, name, asked.office.operators.keys_enrolled())
    values = {
        "typed": offered.offer.typed.reveal(),
        "square": _square(offered.offer),
        "problem": problem,
        "invited": invited,
        "key_options": options,
        "challenge": spelled(challenge),
    }
    return Page("enrol.html", values, 403 if problem else 200, asks_key=invited)


def refusal(outcome: WrongSecret | LockedUntil | UnknownOperator | ClockTurnedBack | NeedsFactor) -> str:
    """Return what is told of a sign-in that failed."""
    match outcome:
        case WrongSecret() | UnknownOperator():
            return _WRONG
        case LockedUntil(at=at):
            return f"This account is locked until {at:%H:%M} UTC: too many wrong attempts."
        case ClockTurnedBack():
            return "The bank's clock stands before the last line of its log. Nobody is signed in until it is put right."
        case NeedsFactor():
            return "A second factor must be enrolled first: sign in with it once."
        case _:
            assert_never(outcome)


def _local(where: str) -> str:
    """Return an address of this console's own, empty for anything else."""
    return where if where.startswith("/") and not where.startswith(("//", "/\\")) and where.isascii() and where.isprintable() else ""


def _square(offer: FactorOffer) -> str:
    """Return the QR code of an offer as the path of an SVG, modules as unit squares."""
    drawn = BytesIO()
    code = segno.make(offer.address.reveal(), error="m")
    code.save(drawn, kind="svg", xmldecl=False, svgns=False, border=4, omitsize=True, svgclass="qr", lineclass=None)
    return drawn.getvalue().decode("ascii")
