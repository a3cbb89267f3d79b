"""Asking a person at the command line who they are. Secrets are asked for, never taken as arguments; where standard input is no terminal,
each answer is one line of it, in the order of the questions."""

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import PacketRefused, SettingsRefused
from kiosk.trust.factors import HeldKey, Proof, TypedCode, draw_offer
from kiosk.trust.operators import (
    ClockTurnedBack,
    FactorEnrolled,
    FactorRefused,
    LockedUntil,
    NeedsFactor,
    Operators,
    UnknownOperator,
    WrongSecret,
)
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.security_key import PluggedKey
from kiosk.values import Masked
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.keys import bank_identity_from_text


def say(text: str) -> None:
    """Words for the person go to standard error: standard output is for what was asked for."""
    print(text, file=sys.stderr)


def ask(question: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")


def ask_secret(question: str) -> Masked[str]:
    return Masked(getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n"))


def ask_new_password() -> Masked[str] | None:
    """Return a password typed twice at a terminal, once elsewhere; None if the two differ."""
    first = ask_secret("New password: ")
    if not sys.stdin.isatty():
        return first
    return first if ask_secret("Again: ").reveal() == first.reveal() else None


def sign_in(operators: Operators, station: str, *, who: str = "Your name", clock_counts: bool = True) -> SignedIn | None:
    """Ask for name, password and code; an empty code asks a security key. Say what is wrong and return None if nobody is signed in."""
    name = ask(f"{who}: ")
    password = ask_secret("Password: ")
    code = ask_secret("Code (empty for a security key): ")
    proof: Proof = TypedCode(code) if code.reveal().strip() else HeldKey(PluggedKey())
    outcome = operators.sign_in(name, password, proof, datetime.now(UTC), clock_counts=clock_counts)
    match outcome:
        case SignedIn():
            return outcome
        case NeedsFactor():
            say("You have no second factor yet; it is added now.")
            enrol(operators, outcome, station)
            say("Sign in again with it.")
        case LockedUntil(at=at):
            say(f"Too many tries. Locked until {at.astimezone():%H:%M}.")
        case ClockTurnedBack(newest=newest):
            say(f"The clock was turned back: the log already reaches {newest:%Y-%m-%d %H:%M} UTC. Set the clock.")
        case WrongSecret() | UnknownOperator():
            say("Name, password or code is not right.")
        case _:
            assert_never(outcome)
    return None


def two_people(store: Store, where: str, action: Action, *, clock_counts: bool = True) -> Agreed | None:
    """Ask two people to sign in and agree to what takes two. Say what is wrong and return None if they do not."""
    operators = Operators(store)
    first = sign_in(operators, where, clock_counts=clock_counts)
    second = None if first is None else sign_in(operators, where, who="Second person's name", clock_counts=clock_counts)
    if first is None or second is None:
        return None
    answer = Authority(store).agree(first, second, action, datetime.now(UTC))
    if isinstance(answer, Agreed):
        return answer
    say(f"These two may not do this together: {answer.because}.")
    return None


def enrol(operators: Operators, asked: NeedsFactor, station: str) -> bool:
    """Show a QR code, ask for its first code, show the recovery codes. Not finished, it goes on at the next sign-in."""
    import segno

    offer = draw_offer(asked.name, station)
    if sys.stderr.isatty():
        segno.make(offer.address.reveal(), micro=False).terminal(out=sys.stderr, compact=True)
    say(f"Scan it with an authenticator app, or type into the app: {offer.typed.reveal()}")
    code = ask_secret("Code from the app (empty for a security key, which is then asked for a touch): ")
    now = datetime.now(UTC)
    typed = code.reveal().strip()
    outcome = operators.enrol_totp(asked, offer.totp, code, now) if typed else operators.enrol_key(asked, PluggedKey(), now)
    match outcome:
        case FactorEnrolled(recovery=recovery):
            say("Recovery codes, each for one sign-in if the app or key is lost. They are never shown again:")
            for one in recovery:
                say(f"  {one.reveal()}")
            return True
        case FactorRefused(because=because):
            say(f"No second factor was added ({because}). Nothing else can be done until one is.")
            return False
        case _:
            assert_never(outcome)


def bank_answers_key(file: Path) -> Ed25519PrivateKey:
    """Return the key a bank signs with. Raises SettingsRefused for a file that holds none."""
    try:
        return bank_identity_from_text(file.read_text(encoding="utf-8")).answers
    except (OSError, UnicodeDecodeError, PacketRefused) as trouble:
        raise SettingsRefused(f"{file.name} holds no identity of a bank") from trouble
