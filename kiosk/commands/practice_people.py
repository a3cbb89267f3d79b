"""Who works at the practice window: the teller who learns, a colleague who agrees when two are needed, a supervisor who reviews.

Two supervisors, because nobody reviews a decision they agreed to.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from kiosk.trust.factors import FactorKind, code_of, draw_offer
from kiosk.trust.operators import Added, NeedsFactor, Operators
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId

LEARNER: Final = "learner"
COLLEAGUE: Final = "colleague"
SUPERVISOR: Final = "supervisor"
Credentials = Callable[[], tuple[str, str, str]]
"""Name, password and the code of this moment."""


@dataclass(frozen=True, slots=True)
class People:
    """learner: signed in already; the others sign in with what they tell."""

    learner: SignedIn
    teller: Credentials
    colleague: Credentials
    supervisor: Credentials


def make_people(operators: Operators) -> People:
    """Make them in a vault that has nobody yet."""
    now = datetime.now(UTC)
    administrator = SignedIn(OperatorId("teacher"), Role.ADMINISTRATOR, now, FactorKind.TOTP)
    operators.first_administrator("teacher", Masked("-".join(secrets.token_hex(4) for _ in range(4))), now)

    def made(name: str, role: Role) -> Credentials:
        # A drawn password can be unfit by chance (digits alone, a date): then another is drawn.
        while True:
            password = secrets.token_hex(8)
            if isinstance(operators.add(name, Masked(password), role, administrator, now), Added):
                break
        offer = draw_offer(name, "training")
        operators.enrol_totp(NeedsFactor(OperatorId(name), now), offer.totp, code_of(offer.totp, now), now)
        return lambda: (name, password, code_of(offer.totp, datetime.now(UTC)).reveal())

    return People(
        SignedIn(OperatorId(LEARNER), Role.TELLER, now),
        made(LEARNER, Role.TELLER),
        made(COLLEAGUE, Role.SUPERVISOR),
        made(SUPERVISOR, Role.SUPERVISOR),
    )
