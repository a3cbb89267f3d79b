"""People of a station under test, with second factors whose codes can be made for any moment."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.trust.factors import Totp, TypedCode, code_of, draw_offer
from kiosk.trust.operators import FactorEnrolled, NeedsFactor, Operators, SignInOutcome
from kiosk.trust.passwords import Cost
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId
from kiosk.vault.store import Store
from tests.vault.specimen import NOW

QUICK = Cost(passes=1, memory_kib=8, lanes=1)
RIGHT = Masked("correct horse battery")
WRONG = Masked("incorrect horse battery")
ADA = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, NOW)


@dataclass(frozen=True)
class Person:
    name: OperatorId
    role: Role
    totp: Totp
    recovery: tuple[str, ...]

    def code(self, at: datetime) -> TypedCode:
        return TypedCode(code_of(self.totp, at))

    def enters(self, operators: Operators, at: datetime, password: Masked[str] = RIGHT) -> SignInOutcome:
        return operators.sign_in(self.name, password, self.code(at), at)


def enrolled(operators: Operators, name: str, role: Role, at: datetime = NOW) -> Person:
    """Give a person who was added a TOTP; its first code is one of long ago, so that the next is not spent yet."""
    offer = draw_offer(name, "desk-1")
    outcome = operators.enrol_totp(NeedsFactor(OperatorId(name), at), offer.totp, code_of(offer.totp, at), at)
    assert isinstance(outcome, FactorEnrolled)
    return Person(OperatorId(name), role, offer.totp, tuple(code.reveal() for code in outcome.recovery))


def staffed(store: Store, *people: tuple[str, Role]) -> tuple[Operators, dict[str, Person]]:
    """Make an administrator `ada` and these people, all with the password RIGHT."""
    operators = Operators(store, QUICK)
    operators.first_administrator("ada", RIGHT, NOW)
    for name, role in people:
        operators.add(name, RIGHT, role, ADA, NOW)
    everybody = (("ada", Role.ADMINISTRATOR), *people)
    return operators, {name: enrolled(operators, name, role) for name, role in everybody}
