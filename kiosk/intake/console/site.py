"""The console over HTTP: every rule that holds for all pages is here, and no page can step around it.

1. Only for the names it is served under (`Host`): a foreign name that points here gets nothing.
2. Nothing but the sign-in page and the style sheet without a person signed in whose visit is not locked.
3. Every change is a POST of this site's own form with the visit's token, at most 256 KiB, from the same origin.
4. So many requests a minute from one address, and far fewer sign-ins.
5. Every answer forbids scripts, frames, foreign content, guessing of types and keeping a copy; the pages on which a security key can be
   asked allow this console's one script file and nothing else.
6. What is not permitted, not there or not as expected ends in a page with words; no exception reaches the browser.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, assert_never
from urllib.parse import parse_qsl, quote, urlsplit

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse

from kiosk.faults import DiskFull, Fault, NotPermitted, SealBroken, StoreDamaged, StoreUnavailable
from kiosk.intake.console.asked import Answer, Asked, Comes, GoTo, Leaves, Page, PageMaker, Picture
from kiosk.intake.console.drawn import Templates
from kiosk.intake.console.key_desk import KeyDesk, site_of
from kiosk.intake.console.visits import Visits
from kiosk.intake.office.office import Office
from kiosk.intake.office.terms import Unfit
from kiosk.intake.pace import Pace

_log = logging.getLogger(__name__)

COOKIE: Final = "__Host-console"
MAX_FORM: Final = 262_144
_MOST_FIELDS: Final = 64
_FORM_WITHIN_S: Final = 15.0
REQUESTS_PER_MINUTE: Final = 600
SIGN_INS_PER_MINUTE: Final = 20
POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
POLICY_WITH_KEY: Final = POLICY.replace("style-src", "script-src 'self'; require-trusted-types-for 'script'; style-src")
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self)",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Route:
    """open_to_all: shown to who is not signed in, or whose visit is locked. Everything else is not, whatever the page does."""

    method: str
    address: str
    page: PageMaker
    open_to_all: bool = False
    slow: bool = False
    """Counts as a sign-in for the pace: costs a password's hash."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def create_console(
    office: Office,
    routes: Sequence[Route],
    hosts: Callable[[], frozenset[str]],
    clock: Callable[[], datetime] = system_clock,
    tls: bool = False,
) -> FastAPI:
    """Return the console over an open office. hosts: what `Host` may say; tls: whether browsers come over HTTPS."""
    app = FastAPI(title="Identity desk console", docs_url=None, redoc_url=None, openapi_url=None)
    site = _Site(office, hosts, clock, tls)
    for route in routes:
        app.add_api_route(route.address, site.handler(route), methods=[route.method], response_model=None)
    app.add_api_route("/console.css", site.style, methods=["GET"], response_model=None)
    app.add_api_route("/key.js", site.script, methods=["GET"], response_model=None)
    app.add_exception_handler(404, site.not_there)
    app.add_exception_handler(405, site.not_there)
    return app


class _Site:
    def __init__(self, office: Office, hosts: Callable[[], frozenset[str]], clock: Callable[[], datetime], tls: bool) -> None:
        self._office = office
        self._hosts = hosts
        self._clock = clock
        self._tls = tls
        self._visits = Visits()
        self._keys = KeyDesk()
        self._templates = Templates()
        self._pace, self._sign_ins = Pace(REQUESTS_PER_MINUTE), Pace(SIGN_INS_PER_MINUTE)
        self._turns = CapacityLimiter(8)

    def handler(self, route: Route) -> "Callable[[Request], object]":
        async def handle(request: Request) -> Response:
            refused = self._refused(request, route)
            if refused is not None:
                return refused
            form: dict[str, str] = {}
            if route.method == "POST":
                read = await _form(request)
                if read is None:
                    return self._plain("The form was too large or broke off.", 400)
                form = read
            return await anyio.to_thread.run_sync(self._answer, request, route, form, limiter=self._turns)

        return handle

    async def style(self, request: Request) -> Response:
        return self._file(request, self._templates.style, "text/css")

    async def script(self, request: Request) -> Response:
        return self._file(request, self._templates.script, "text/javascript")

    def _file(self, request: Request, content: str, media_type: str) -> Response:
        if request.headers.get("host", "") not in self._hosts():
            return self._plain("Not served under this name.", 421)
        return Response(content, media_type=media_type, headers=dict(HEADERS) | {"Cache-Control": "max-age=600"})

    async def not_there(self, request: Request, error: Exception) -> Response:
        return self._plain("There is no such page.", 404)

    def _refused(self, request: Request, route: Route) -> Response | None:
        """Return the answer to a request no page is asked about."""
        host = request.headers.get("host", "")
        if host not in self._hosts():
            return self._plain("Not served under this name.", 421)
        address = "" if request.client is None else request.client.host
        now = self._clock()
        if not self._pace.allows(address, now) or (route.slow and not self._sign_ins.allows(address, now)):
            return self._plain("Too many requests; wait a minute.", 429)
        if route.method == "POST":
            origin = request.headers.get("origin", "")
            if (origin and _host_of(origin) != host) or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                return self._plain("This form was sent by another site.", 403)
            if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                return self._plain("A form is sent as a form.", 415)
        return None

    def _answer(self, request: Request, route: Route, form: dict[str, str]) -> Response:
        now = self._clock()
        key = request.cookies.get(COOKIE, "")
        visit, locks = self._visits.of(key, now)
        if visit is not None and visit.who is not None and not self._office.authority.stands(visit.who):
            self._visits.end(key)  # reset, removed or of another role since: whoever sits there signs in anew
            visit, locks = None, False
        if locks and visit is not None:
            self._office.operators.window_locked(visit.who, now)
        fresh = ""
        if visit is None:
            if not route.open_to_all:
                return self._to_sign_in(request, route)
            fresh, visit = self._visits.stranger(now)
        if visit.acting() is None and not route.open_to_all:
            return self._to_sign_in(request, route)
        query = {name: value for name, value in request.query_params.items() if len(value) <= 2_000}
        site = site_of(request.headers.get("host", ""), self._tls)
        asked = Asked(self._office, now, visit, visit.acting(), request.path_params, query, form, self._keys, site)
        if route.method == "POST" and not visit.is_token(form.get("token", "")):
            answer: Answer = Page("trouble.html", {"says": "This form is out of date. Go back, load the page again and repeat."}, 403)
        else:
            answer = self._made(route, asked)
        response = self._spelled(answer, asked, key)
        if fresh and not isinstance(answer, Comes):
            self._give(response, fresh)
        return response

    def _made(self, route: Route, asked: Asked) -> Answer:
        try:
            return route.page(asked)
        except NotPermitted:
            return Page("trouble.html", {"says": "Your role may not do this. The attempt is in the audit log."}, 403)
        except LookupError as missing:
            return Page("trouble.html", {"says": f"It is not there: {str(missing).strip(chr(39))}."}, 404)
        except Unfit as unfit:
            return Page("trouble.html", {"says": str(unfit)}, 422)
        except (StoreDamaged, SealBroken):
            _log.exception("something held does not open")
            return Page("trouble.html", {"says": "Something that is held does not open. Nothing was changed; call support."}, 500)
        except (StoreUnavailable, DiskFull) as fault:
            _log.exception("the office's store")
            return Page("trouble.html", {"says": f"The bank's files cannot be used now: {fault}. Nothing was changed."}, 503)
        except Fault:
            _log.exception("a fault nobody expected here")
            return Page("trouble.html", {"says": "That did not work. Nothing was changed."}, 500)

    def _spelled(self, answer: Answer, asked: Asked, key: str) -> Response:
        match answer:
            case Page(template=template, values=values, status=status, asks_key=asks_key):
                shown = self._templates.fill(template, asked, {"asks_key": asks_key, **values})
                policy = {"Content-Security-Policy": POLICY_WITH_KEY} if asks_key else {}
                return Response(shown, status, dict(HEADERS) | policy | self._strict(), media_type="text/html; charset=utf-8")
            case GoTo(where=where, said=said):
                asked.visit.said = said
                return self._redirect(where)
            case Picture(content=content, media_type=media_type):
                return Response(content, 200, dict(HEADERS) | self._strict(), media_type=media_type)
            case Comes(who=who, where=where):
                self._visits.end(key)
                new, _ = self._visits.begin(asked.now, who)
                response = self._redirect(where)
                self._give(response, new)
                return response
            case Leaves():
                self._visits.end(key)
                response = self._redirect("/sign-in")
                response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
                return response
            case _:
                assert_never(answer)

    def _to_sign_in(self, request: Request, route: Route) -> Response:
        where = request.url.path if route.method == "GET" and request.url.path != "/" else ""
        return self._redirect("/sign-in" + (f"?then={quote(where)}" if where else ""))

    def _redirect(self, where: str) -> Response:
        return RedirectResponse(where, 303, dict(HEADERS) | self._strict())

    def _give(self, response: Response, key: str) -> None:
        """Secure also on this machine's own plain address: browsers count that as trustworthy."""
        response.set_cookie(COOKIE, key, path="/", secure=True, httponly=True, samesite="strict")

    def _plain(self, says: str, status: int) -> Response:
        return Response(self._templates.bare(says), status, dict(HEADERS) | self._strict(), media_type="text/html; charset=utf-8")

    def _strict(self) -> dict[str, str]:
        return {"Strict-Transport-Security": "max-age=31536000"} if self._tls else {}


def _host_of(origin: str) -> str:
    """Return the host an origin names, empty for one that is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def _form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, the last of each name; None for one that is too large or broke off."""
    body = bytearray()
    try:
        async with asyncio.timeout(_FORM_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_FORM:
                    return None
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace"))
    except (TimeoutError, ClientDisconnect, ValueError):
        return None
