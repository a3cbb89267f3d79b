"""What a browser asked and what it is answered: plain values, so that every page can be tried without a server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.intake.console.key_desk import KeyDesk
from kiosk.intake.console.visits import Visit
from kiosk.intake.office.office import Office
from kiosk.trust.browser_key import Site
from kiosk.trust.presence import SignedIn


@dataclass(frozen=True, slots=True)
class Asked:
    """who: who may act; None before the sign-in and while the visit is locked. path: the parts of the address that vary. keys: what is held
    of security keys; site: for whom a key answers here, None where none can."""

    office: Office
    now: datetime
    visit: Visit
    who: SignedIn | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    keys: KeyDesk
    site: Site | None


@dataclass(frozen=True, slots=True)
class Page:
    """template: under resources/console; values: for it; asks_key: the page may ask a security key, by the console's one script."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    asks_key: bool = False


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
