"""The console in a real Chromium: the pages, the keyboard alone, without JavaScript, and what the browser itself objects to."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.commands.console_demo import Person, fill_bank, hire, look_into, run_challenger
from kiosk.intake.console.serving import open_office, serving_console
from kiosk.trust.factors import code_of
from kiosk.values import SessionId
from tests.console.browser import ENTER, SPACE, TAB, Browser, browsing, programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        programs() is None, reason="Chromium or its driver is not installed (Debian: apt-get install chromium chromium-driver)"
    ),
]

CONTRAST = """
const lum = c => { const v = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const ground = e => {
  for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
  return [255, 255, 255]; };
const bad = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || !e.checkVisibility() || e.closest('svg, .hidden, .skip')) continue;
  const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.push(walk.currentNode.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
}
return bad;
"""
UNNAMED = """
const named = 'input:not([type=hidden]), select, textarea, button, a[href], img, svg[role=img], meter';
return [...document.querySelectorAll(named)].filter(e => {
  const label = e.labels && e.labels.length ? e.labels[0].innerText : '';
  const by = (e.getAttribute('aria-labelledby') || '').split(' ').map(i => document.getElementById(i)?.textContent || '').join('');
  return !(label || by || e.getAttribute('aria-label') || e.getAttribute('alt') || e.textContent.trim());
}).map(e => e.outerHTML.slice(0, 80));
"""
STRUCTURE = """
const h = [...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1]);
const all = css => [...document.querySelectorAll(css)];
return {lang: document.documentElement.lang, h1: h.filter(x => x === 1).length, jumps: h.some((x, i) => i && x > h[i - 1] + 1),
  main: all('main').length, headless: all('table').filter(t => !t.querySelector('th[scope]')).length,
  ids: all('[id]').map(e => e.id).filter((x, i, ids) => ids.indexOf(x) !== i), wide: document.documentElement.scrollWidth};
"""


class Seen:
    def __init__(self, url: str, people: list[Person], sessions: list[SessionId]) -> None:
        self.url, self.sessions = url, sessions
        self.people = {one.name: one for one in people}
        self.ring = [session for number, session in enumerate(sessions) if number % 17 == 9]

    def sign_in(self, browser: Browser, name: str) -> None:
        one = self.people[name]
        browser.open(f"{self.url}/sign-in")
        browser.type("#name", one.name)
        browser.type("#password", one.password)
        browser.type("#code", code_of(one.totp, datetime.now(UTC)).reveal())
        browser.click("button.main")
        browser.arrives("Review queue")

    def pages(self) -> tuple[str, ...]:
        case = f"/cases/{self.ring[1]}"
        rules = ("/proposals", "/proposals/4", "/watch-list", "/policy", "/challenger")
        return ("/", case, f"{case}/pictures", *rules, "/fleet", "/monitors", "/models")


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    now = datetime.now(UTC)
    sessions = fill_bank(tmp_path / "bank", now, 60)
    with open_office(tmp_path / "bank") as office:
        people = hire(office, now - timedelta(minutes=10))
        look_into(office, people, sessions, now - timedelta(minutes=5))
        run_challenger(office, people, now - timedelta(minutes=4))
        with serving_console(office, port=0) as console:
            yield Seen(console.url, people, sessions)


def assert_fit(browser: Browser, url: str, page: str) -> None:
    browser.open(url + page)
    shape = browser.run(STRUCTURE)
    assert (shape["lang"], shape["h1"], shape["main"], shape["headless"]) == ("en", 1, 1, 0), page
    assert not shape["jumps"] and shape["ids"] == [] and shape["wide"] <= 1280, (page, shape)
    assert browser.run(UNNAMED) == [], page
    assert browser.run(CONTRAST) == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_named_ordered_and_legible(seen: Seen, scheme: str) -> None:
    with browsing(scheme=scheme) as browser:
        seen.sign_in(browser, "omar")
        for page in seen.pages():
            assert_fit(browser, seen.url, page)


def test_the_auditors_pages_are_too_and_the_log_is_searched_and_verified(seen: Seen) -> None:
    with browsing() as browser:
        one = seen.people["vera"]
        browser.open(f"{seen.url}/sign-in")
        browser.type("#name", one.name)
        browser.type("#password", one.password)
        browser.type("#code", code_of(one.totp, datetime.now(UTC)).reveal())
        browser.click("button.main")
        browser.arrives("Review queue")
        for page in ("/audit", "/people"):
            assert_fit(browser, seen.url, page)
        browser.open(f"{seen.url}/audit")
        browser.run("document.querySelector('#event').value = 'proposal-agreed'")
        browser.click("form[role=search] button.main")
        browser.until("return location.search.includes('proposal-agreed') && document.readyState === 'complete'")
        rows = browser.run("return [...document.querySelectorAll('tbody th')].map(e => e.innerText)")
        assert rows and set(rows) == {"proposal agreed"}
        browser.click("form[action='/audit/verify'] button")
        browser.arrives("Audit log", "The log is as it was written")


def test_a_policy_is_changed_tested_and_proposed_as_challenger_by_keyboard(seen: Seen) -> None:
    with browsing() as browser:
        seen.sign_in(browser, "omar")
        browser.open(f"{seen.url}/policy")
        edit = "const t = document.querySelector('#text'); t.focus(); t.value = t.value.replace('version = 1', 'version = 3')"
        browser.run(edit + ".replace('offset = ', 'offset = 1.5 # ')")
        browser.press(TAB + ENTER)
        browser.arrives("Policy", "What it would have changed")
        assert "Back-test over" in browser.text("#h-tested + p")
        browser.run("document.querySelector('#why').focus()")
        browser.press("tried for a month" + TAB + TAB + ENTER)
        browser.arrives("Proposal", "acts nowhere")


def test_every_page_says_something_useful_in_a_bank_without_a_case(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    fill_bank(tmp_path / "bank", now, 0)
    with open_office(tmp_path / "bank") as office:
        people = {one.name: one for one in hire(office, now - timedelta(minutes=10))}
        with serving_console(office, port=0) as console, browsing() as browser:
            seen = Seen(console.url, list(people.values()), [])
            seen.sign_in(browser, "omar")
            for page in ("/", "/proposals", "/watch-list", "/policy", "/challenger", "/fleet", "/monitors", "/models"):
                assert_fit(browser, console.url, page)
                bare = "return [...document.querySelectorAll('tbody')].filter(e => !e.rows.length).length"
                assert browser.run(bare) == 0, page
                assert len(browser.text("main")) > 60, page


def test_nothing_is_cut_off_on_a_narrow_screen(seen: Seen) -> None:
    with browsing() as browser:
        seen.sign_in(browser, "omar")
        browser.size(400, 800)
        for page in seen.pages():
            browser.open(seen.url + page)
            assert browser.run("return document.documentElement.scrollWidth") <= 400, page
        browser.cdp("Emulation.setDeviceMetricsOverride", width=640, height=450, deviceScaleFactor=2, mobile=False)  # 1280 px at 200 %
        for page in seen.pages():
            browser.open(seen.url + page)
            assert browser.run("return document.documentElement.scrollWidth") <= 640, page


def test_the_keyboard_alone_signs_in_opens_a_case_and_proposes(seen: Seen) -> None:
    ines = seen.people["ines"]
    with browsing() as browser:
        browser.open(seen.url)
        assert browser.focused() == "INPUT:name"
        browser.press(ines.name + TAB + ines.password + TAB + code_of(ines.totp, datetime.now(UTC)).reveal() + ENTER)
        browser.arrives("Review queue")
        browser.press(TAB)
        assert browser.focused() == "A:#main"
        browser.press(ENTER + TAB + TAB)  # past the menu, over the region that scrolls, to the first case
        assert browser.focused().startswith("A:/cases/")
        outline = browser.run("const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.outlineWidth")
        assert outline == "solid3px"
        browser.press(ENTER)
        browser.arrives("Case ")
        browser.open(f"{seen.url}/cases/{seen.sessions[2]}")
        browser.run("document.querySelector('input[name=outcome]').focus()")
        browser.press(SPACE + TAB + "the issuer was called" + TAB + ENTER)
        browser.arrives(says="Proposed as number")


def test_it_works_without_javascript_and_the_browser_objects_to_nothing(seen: Seen) -> None:
    with browsing(javascript=False) as browser:
        seen.sign_in(browser, "omar")
        for page in seen.pages():
            browser.open(seen.url + page)
            assert browser.text("h1") and "Not done" not in browser.title, page
        browser.open(f"{seen.url}/policy")
        browser.click("main form button.main")
        assert "in force" in browser.text("#problems")


def test_pictures_are_shown_with_their_purpose_and_the_cookie_is_not_for_scripts(seen: Seen) -> None:
    with browsing() as browser:
        seen.sign_in(browser, "ines")
        browser.open(f"{seen.url}/cases/{seen.ring[0]}")
        browser.open(f"{seen.url}/cases/{seen.ring[0]}/pictures?for=fraud-investigation")
        assert "Shown for: fraud investigation" in browser.text("main")
        assert browser.run("return Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth > 300)))") == [True]
        assert browser.run("return document.cookie") == ""
        assert re.fullmatch("__Host-.*", browser.cookies()[0]["name"]) and browser.cookies()[0]["httpOnly"]
