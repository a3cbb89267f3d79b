"""The console over HTTP, without a browser: who is let in, what every answer forbids, and what no page can step around."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from kiosk.intake.console.routes import routes
from kiosk.intake.console.serving import serving_console
from kiosk.intake.console.site import COOKIE, MAX_FORM, SIGN_INS_PER_MINUTE
from kiosk.intake.console.visits import MOST_OF_ONE, MOST_VISITS, Visits
from kiosk.intake.office.office import Office
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import AuditEvent
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.trust.people import ADA, RIGHT, Person, staffed
from tests.vault.specimen import store_in

PEOPLE = (("ines", Role.ANALYST), ("omar", Role.SUPERVISOR), ("vera", Role.AUDITOR))


class Visitor:
    """A browser without a screen: keeps the cookie, sends forms with the token of the page before."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, trust_env=False, follow_redirects=False)
        self.cookie = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._kept(self.client.get(path, headers=self._headers() | headers))

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/x-www-form-urlencoded"} | self._headers() | headers
        return self._kept(self.client.post(path, content=urlencode(form), headers=sent))

    def token(self, path: str = "/sign-in") -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, person: Person, at: datetime, password: str = "") -> httpx.Response:
        form = {"name": person.name, "password": password or RIGHT.reveal(), "code": person.code(at).text.reveal(), "token": self.token()}
        return self.post("/sign-in", form)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        given = re.search(rf"{COOKIE}=([^;]*)", answer.headers.get("set-cookie", ""))
        self.cookie = given[1] if given else self.cookie
        return answer


class Console:
    def __init__(self, office: Office, url: str, people: dict[str, Person], sessions: list[SessionId], clock: list[datetime]) -> None:
        self.office, self.url, self.people, self.sessions, self.clock = office, url, people, sessions, clock
        self._visitors: list[Visitor] = []

    def close(self) -> None:
        for visitor in self._visitors:
            visitor.client.close()

    def visitor(self, name: str = "") -> Visitor:
        visitor = Visitor(self.url)
        self._visitors.append(visitor)
        if name:
            self.later(31)  # a code is taken once
            assert visitor.sign_in(self.people[name], self.clock[0]).status_code == 303
        return visitor

    def later(self, seconds: float) -> None:
        self.clock[0] += timedelta(seconds=seconds)

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def events(self) -> list[str]:
        return [line.event for line in self.office.store.audit_lines()]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    sessions, clock = copied_bank(tmp_path / "bank", 3), [NOW]
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as office:
        _, people = staffed(store, *PEOPLE)
        with serving_console(office, port=0, clock=lambda: clock[0]) as running:
            console = Console(office, running.url, people, sessions, clock)
            yield console
            console.close()


def test_nothing_but_the_door_is_open_to_who_is_not_signed_in(console: Console) -> None:
    open_to_all = {"/sign-in", "/enrol", "/enrol/key", "/sign-out"}
    for route in routes():
        visitor = console.visitor()
        path = route.address.format(session=console.sessions[0], which="page", number="1", entry="0" * 32)
        answer = visitor.get(path) if route.method == "GET" else visitor.post(path, {"token": "x"})
        assert "Review queue" not in answer.text
        if route.address not in open_to_all:
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in"), route.address


def test_what_is_not_there_is_a_page_with_words_and_a_way_back(console: Console) -> None:
    answer = console.visitor().get("/nowhere")
    assert answer.status_code == 404
    assert all(part in answer.text for part in ('<html lang="en">', "<h1>", "There is no such page.", 'href="/"', "/console.css"))


def test_every_answer_forbids_scripts_frames_and_keeping(console: Console) -> None:
    visitor = console.visitor("ines")
    for path in ("/", f"/cases/{console.sessions[0]}", "/nowhere", "/console.css", "/key.js", "/policy", "/people"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        if path not in ("/console.css", "/key.js"):
            assert headers["cache-control"] == "no-store"


def test_where_a_key_can_be_asked_one_script_of_ours_is_allowed_and_nothing_else(console: Console) -> None:
    visitor = console.visitor()
    here = visitor.get("/sign-in", Host=f"localhost:{console.port}")
    assert "script-src 'self'; require-trusted-types-for 'script'" in here.headers["content-security-policy"]
    assert here.text.count("<script") == 1 and '<script src="/key.js" defer></script>' in here.text
    bare = visitor.get("/sign-in")  # a bare address has no name a key could answer
    assert "script-src" not in bare.headers["content-security-policy"] and "<script" not in bare.text
    script = visitor.get("/key.js")
    assert script.headers["content-type"].startswith("text/javascript") and "innerHTML" not in script.text


def test_no_page_holds_a_script_a_style_attribute_or_anything_from_elsewhere(console: Console) -> None:
    visitor = console.visitor("omar")
    for path in ("/", f"/cases/{console.sessions[0]}", "/proposals", "/policy", "/fleet", "/monitors", "/watch-list", "/audit"):
        text = visitor.get(path).text
        assert "<script" not in text and " style=" not in text and " onclick" not in text
        assert not re.search(r'(src|href|action)="(?!/|#)', text), path


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(console: Console) -> None:
    given = console.visitor().client.get("/sign-in").headers["set-cookie"].lower()
    assert given.startswith("__host-") and "secure" in given and "httponly" in given
    assert "samesite=strict" in given and "path=/" in given and "domain" not in given


def test_a_visit_gets_a_new_key_when_somebody_signs_in(console: Console) -> None:
    visitor = console.visitor()
    visitor.get("/sign-in")
    before = visitor.cookie
    visitor.sign_in(console.people["ines"], console.clock[0])
    assert visitor.cookie != before
    stranger = console.visitor()
    stranger.cookie = before
    assert stranger.get("/").status_code == 303


def test_five_wrong_passwords_lock_for_half_an_hour(console: Console) -> None:
    ines, visitor = console.people["ines"], console.visitor()
    for _ in range(5):
        console.later(31)
        assert visitor.sign_in(ines, console.clock[0], "wrong wrong wrong").status_code == 403
    console.later(31)
    answer = visitor.sign_in(ines, console.clock[0])
    assert answer.status_code == 403 and "locked until" in answer.text
    console.later(30 * 60)
    assert visitor.sign_in(ines, console.clock[0]).status_code == 303


def test_an_unknown_name_is_told_what_a_wrong_password_is_told(console: Console) -> None:
    visitor = console.visitor()
    unknown = visitor.post("/sign-in", {"name": "nobody-here", "password": "x", "code": "1", "token": visitor.token()})
    wrong = visitor.post("/sign-in", {"name": "ines", "password": "x", "code": "1", "token": visitor.token()})
    says = [re.search(r'role="alert"[^>]*>([^<]*)', answer.text) for answer in (unknown, wrong)]
    assert says[0] is not None and says[1] is not None and says[0][1] == says[1][1]


def test_a_visit_unused_for_five_minutes_shows_nothing_until_the_same_person_signs_in(console: Console) -> None:
    visitor = console.visitor("ines")
    assert visitor.get("/").status_code == 200
    console.later(301)
    assert visitor.get("/").status_code == 303
    assert visitor.get(f"/cases/{console.sessions[0]}").status_code == 303
    assert AuditEvent.WINDOW_LOCKED in console.events()
    assert visitor.sign_in(console.people["omar"], console.clock[0]).status_code == 403
    assert visitor.sign_in(console.people["ines"], console.clock[0]).status_code == 303
    assert visitor.get("/").status_code == 200


def test_a_form_without_this_visits_token_changes_nothing(console: Console) -> None:
    visitor, other = console.visitor("ines"), console.visitor("omar")
    path = f"/cases/{console.sessions[0]}/outcome"
    form = {"outcome": "genuine", "reason": "because of this"}
    for token in ("", "x", other.token("/")):
        assert visitor.post(path, form | {"token": token}).status_code == 403
    assert console.office.agreements.outcomes(agreed=False) == {}
    assert visitor.post(path, form | {"token": visitor.token("/")}).status_code == 303
    assert len(console.office.agreements.outcomes(agreed=False)) == 1


def test_a_form_from_another_site_or_under_another_name_is_refused(console: Console) -> None:
    visitor = console.visitor("ines")
    form = {"outcome": "genuine", "reason": "because of this", "token": visitor.token("/")}
    path = f"/cases/{console.sessions[0]}/outcome"
    assert visitor.post(path, form, Origin="https://evil.example").status_code == 403
    assert visitor.post(path, form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.post(path, form, **{"Content-Type": "text/plain"}).status_code == 415
    assert visitor.get("/", Host="evil.example").status_code == 421
    assert console.office.agreements.outcomes(agreed=False) == {}


def test_a_last_day_of_all_and_an_origin_that_is_none_are_answered_with_words(console: Console) -> None:
    visitor = console.visitor("vera")
    assert visitor.get("/audit?until=9999-12-31").status_code == 200
    assert visitor.post("/sign-out", {"token": visitor.token("/")}, Origin="http://[").status_code == 403


def test_an_address_that_leads_elsewhere_is_not_followed_after_the_sign_in(console: Console) -> None:
    for then in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/fleet"):
        console.later(31)
        visitor = console.visitor()
        ines = console.people["ines"]
        form = {"name": "ines", "password": RIGHT.reveal(), "code": ines.code(console.clock[0]).text.reveal(), "then": then}
        answer = visitor.post("/sign-in", form | {"token": visitor.token()})
        assert answer.headers["location"] == ("/fleet" if then == "/fleet" else "/")


def test_sign_ins_from_one_address_have_a_pace(console: Console) -> None:
    visitor = console.visitor()
    token = visitor.token()
    answers = [
        visitor.post("/sign-in", {"token": token, "name": "x", "password": "y", "code": "z"}) for _ in range(SIGN_INS_PER_MINUTE + 1)
    ]
    assert [answer.status_code for answer in answers[-2:]] == [403, 429]


def test_a_form_too_large_is_not_read(console: Console) -> None:
    visitor = console.visitor("ines")
    form = {"token": visitor.token("/"), "text": "x" * (MAX_FORM + 1)}
    assert visitor.post("/policy/test", form).status_code == 400


def test_what_people_typed_is_shown_as_text(console: Console) -> None:
    visitor = console.visitor("ines")
    form = {"outcome": "genuine", "reason": "<script>alert(1)</script>\"'", "token": visitor.token("/")}
    visitor.post(f"/cases/{console.sessions[0]}/outcome", form)
    page = visitor.get(f"/cases/{console.sessions[0]}").text
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_each_role_meets_its_own_doors(console: Console) -> None:
    case = console.sessions[0]
    auditor = console.visitor("vera")
    assert auditor.get("/audit").status_code == 200
    assert auditor.get(f"/cases/{case}/pictures/page").status_code == 403
    assert "Your role does not see them" in auditor.get(f"/cases/{case}").text
    assert (
        auditor.post(f"/cases/{case}/outcome", {"outcome": "genuine", "reason": "because", "token": auditor.token("/")}).status_code == 403
    )
    analyst = console.visitor("ines")
    assert analyst.get("/audit").status_code == 403
    shown = analyst.get(f"/cases/{case}/pictures/page?for=fraud-investigation")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert AuditEvent.PICTURE_SHOWN in console.events() and AuditEvent.DENIED in console.events()


def test_a_second_person_agrees_with_password_and_a_new_code(console: Console) -> None:
    analyst, supervisor = console.visitor("ines"), console.visitor("omar")
    analyst.post(
        f"/cases/{console.sessions[0]}/outcome", {"outcome": "confirmed-fraud", "reason": "reported stolen", "token": analyst.token("/")}
    )
    page = supervisor.get("/proposals/1").text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert digest is not None
    omar, form = console.people["omar"], {"digest": digest[1], "token": supervisor.token("/")}
    used = omar.code(console.clock[0]).text.reveal()
    assert supervisor.post("/proposals/1/agree", form | {"password": RIGHT.reveal(), "code": used}).status_code == 403
    console.later(31)
    new = omar.code(console.clock[0]).text.reveal()
    assert supervisor.post("/proposals/1/agree", form | {"password": RIGHT.reveal(), "code": new}).status_code == 303
    assert console.office.agreements.fraud() == {console.sessions[0]}
    assert "Settled as" in analyst.get(f"/cases/{console.sessions[0]}").text


def test_a_policy_is_checked_tested_and_only_then_proposed(console: Console) -> None:
    visitor = console.visitor("omar")
    text = console.office.publishing.policy_text()
    refused = visitor.post("/policy/test", {"text": text.replace("[score]", "[scor]"), "token": visitor.token("/policy")})
    assert refused.status_code == 422 and "This is no policy yet" in refused.text
    newer = text.replace("\nversion = 1", "\nversion = 2")
    tested = visitor.post("/policy/test", {"text": newer, "token": visitor.token("/policy")})
    digest = re.search(r'name="tested" value="([0-9a-f]{64})"', tested.text)
    assert tested.status_code == 200 and digest is not None and "Back-test over" in tested.text
    form = {"tested": digest[1], "reason": "as the committee decided", "token": visitor.token("/policy")}
    assert visitor.post("/policy/propose", form | {"text": newer + "# sneaked in\n"}).status_code == 422
    assert visitor.post("/policy/propose", form | {"text": newer}).headers["location"] == "/proposals/1"
    assert "Back-test over" in visitor.get("/proposals/1").text


def test_who_may_not_change_the_policy_does_not_even_have_one_tested_by_proposing_it(console: Console) -> None:
    """An auditor sees the policy; nothing is said of a text he proposes, not even what is wrong with it."""
    visitor = console.visitor("vera")
    text = "no policy\n"
    form = {"text": text, "tested": hashlib.sha256(text.encode()).hexdigest(), "reason": "as I like it", "token": visitor.token("/")}
    assert visitor.post("/policy/propose", form).status_code == 403
    assert AuditEvent.DENIED in console.events()


def test_a_first_sign_in_enrols_a_second_factor_before_anything_else(console: Console) -> None:
    console.office.operators.add("newt", RIGHT, Role.ANALYST, ADA, console.clock[0])
    visitor = console.visitor()
    answer = visitor.post("/sign-in", {"name": "newt", "password": RIGHT.reveal(), "code": "", "token": visitor.token()})
    assert answer.headers["location"] == "/enrol"
    assert visitor.get("/").status_code == 303
    page = visitor.get("/enrol").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    import pyotp

    code = pyotp.TOTP(secret[1].replace(" ", "")).at(console.clock[0])
    done = visitor.post("/enrol", {"code": code, "token": visitor.token("/enrol")})
    assert "Recovery codes" in done.text
    assert visitor.get("/").status_code == 303


def test_no_number_of_strangers_ends_anybodys_visit_or_fills_the_memory(console: Console) -> None:
    ines = console.visitor("ines")
    visits = Visits()
    signed_in, _ = visits.begin(NOW, SignedIn(OperatorId("ines"), Role.ANALYST, NOW))
    for _ in range(3 * MOST_VISITS):
        visits.stranger(NOW)
    assert visits.of(signed_in, NOW)[0] is not None and len(visits) == 1
    stranger = console.visitor()
    for _ in range(30):
        stranger.cookie = ""
        stranger.get("/sign-in")
    assert ines.get("/").status_code == 200


def test_a_strangers_key_is_of_this_start_unaltered_and_half_an_hour_old_at_most() -> None:
    visits = Visits()
    key, visit = visits.stranger(NOW)
    again = visits.of(key, NOW + timedelta(minutes=29))[0]
    assert again is not None and again.token == visit.token and again.who is None
    assert visits.of(key, NOW + timedelta(minutes=31))[0] is None
    assert visits.of(key[:-1] + ("0" if key[-1] != "0" else "1"), NOW)[0] is None
    assert visits.of(key.replace("a.", "a.9", 1), NOW)[0] is None
    assert Visits().of(key, NOW)[0] is None
    assert visits.stranger(NOW)[1].token != visit.token


def test_one_person_has_so_many_visits_and_the_one_unused_longest_ends() -> None:
    visits = Visits()
    mina, omar = (SignedIn(OperatorId(name), Role.ANALYST, NOW) for name in ("mina", "omar"))
    other, _ = visits.begin(NOW, omar)
    keys = [visits.begin(NOW + timedelta(seconds=number), mina)[0] for number in range(MOST_OF_ONE)]
    visits.of(keys[0], NOW + timedelta(seconds=60))
    visits.begin(NOW + timedelta(seconds=61), mina)
    alive = [visits.of(key, NOW + timedelta(seconds=62))[0] is not None for key in (other, *keys)]
    assert alive == [True, True, False, *[True] * (MOST_OF_ONE - 2)]


def test_a_reset_ends_the_open_visits_of_the_one_who_was_reset_and_of_nobody_else(console: Console) -> None:
    ines, omar = console.visitor("ines"), console.visitor("omar")
    console.later(1)
    console.office.operators.reset(OperatorId("ines"), Masked("another horse battery"), ADA, console.clock[0])
    assert ines.get("/").status_code == 303
    assert omar.get("/").status_code == 200
    console.office.operators.remove(OperatorId("omar"), ADA, console.clock[0])
    assert omar.get("/").status_code == 303


def test_a_browser_that_guesses_names_writes_no_more_than_a_line_a_minute(console: Console) -> None:
    visitor, before = console.visitor(), len(console.events())
    for number in range(SIGN_INS_PER_MINUTE - 1):
        visitor.post("/sign-in", {"name": f"guess{number}", "password": "x", "code": "1", "token": visitor.token()})
    assert console.events()[before:] == [AuditEvent.SIGN_IN_FAILED]
