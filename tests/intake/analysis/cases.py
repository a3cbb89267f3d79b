"""Facts of cases, as few words as a test needs."""

from dataclasses import replace

from kiosk.intake.analysis.fact import CaseFact, CaseKind, LinkKey, Links, Looked
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.model import RiskModel
from kiosk.record import Decision
from kiosk.values import Channel, SessionId

PLAIN = RiskModel("plain", -6.0, dict.fromkeys(FindingKind, 2.0) | {FindingKind.RUN_REPEATED: 6.0})
"""Round weights, so that a test does not change with what was fitted last."""
DAY = 86_400.0
START = 1_767_600_000.0


def case(number: int, at: float = 0.0, **changed: object) -> CaseFact:
    """Return an honest opening, `at` days after the start, that shares nothing with any other number."""
    key = 1_000_000 + 100 * number
    own = Links(*(LinkKey(key + place) for place in range(8)), run=LinkKey(key + 9))
    opened = START + at * DAY
    plain = CaseFact(
        case=SessionId(f"{number:032x}"),
        position=number,
        station="station-1",
        branch="branch-1",
        channel=Channel.DESK,
        kind=CaseKind.OPENING,
        opened_s=opened,
        closed_s=opened + 240.0,
        received_s=opened + 244.0,
        recommended=Decision.APPROVE,
        decision=Decision.APPROVE,
        operator="teller-1",
        links=own,
        liveness=Looked.VOUCHES,
        liveness_nats=3.2,
        match=Looked.VOUCHES,
        match_nats=8.5,
    )
    shared = {name: LinkKey(int(value)) for name, value in changed.items() if name in Links.__slots__}  # type: ignore[call-overload]
    rest = {name: value for name, value in changed.items() if name not in Links.__slots__}
    return replace(plain, links=replace(own, **shared), **rest)  # type: ignore[arg-type]


def payment(number: int, at: float, account: int, payee: int, person: int, amount_minor: int = 500_000, **changed: object) -> CaseFact:
    made = case(number, at, account=account, payee=payee, person=person, phone=0, email=0, address=0, **changed)
    return replace(made, kind=CaseKind.PAYMENT, amount_minor=amount_minor, holder=Looked.VOUCHES)
