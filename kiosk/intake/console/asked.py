"""What a browser asked and what it is answered: plain values, so that every page can be tried without a server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.intake.console.visits import Visit
from kiosk.intake.office.office import Office
from kiosk.trust.presence import SignedIn


@dataclass(frozen=True, slots=True)
class Asked:
    """who: who may act; None before the sign-in and while the visit is locked. path: the parts of the address that vary."""

    office: Office
    now: datetime
    visit: Visit
    who: SignedIn | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """template: under resources/console; values: for it."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """Another page of the console; said: what is told there, once."""

    where: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Comes:
    """Somebody signed in: a new visit begins. where: what is shown next."""

    who: SignedIn
    where: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """The visit is over."""


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    media_type: str


Answer = Page | GoTo | Comes | Leaves | Picture
PageMaker = Callable[[Asked], Answer]
