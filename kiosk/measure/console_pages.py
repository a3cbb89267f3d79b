"""How long each page of the analysts' console takes at a bank of many cases: from the question to the finished HTML, without browser and
network.

Most of the cases are facts of a simulated bank, as the analysis workers keep them; some are held packets besides, so that the pages that
open one have one. Outcomes are agreed to, the audit log has many lines, a challenger runs. Each page is made several times; the slowest
counts. A back-test is no view: somebody asks for it, and it opens the newest and the settled cases.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import SCORING
from kiosk.actor.bank_world.world import draw_world
from kiosk.arguments import count, new_file
from kiosk.commands.console_demo import fill_bank, hire, look_into, run_challenger
from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.spelled import FACTS
from kiosk.intake.console import pages_cases, pages_monitors, pages_rules, pages_shadow, pages_watch
from kiosk.intake.console.asked import Asked, Page, PageMaker
from kiosk.intake.console.drawn import Templates
from kiosk.intake.console.key_desk import KeyDesk
from kiosk.intake.console.serving import open_office
from kiosk.intake.console.visits import Visit
from kiosk.intake.office.office import Office
from kiosk.intake.results import Analysed
from kiosk.intake.stream.beside import make_sure_of_role
from kiosk.intake.stream.opening import AnalysisAt, open_results, role_folder
from kiosk.measure.risk.simulated import facts
from kiosk.record import SessionRecord
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent

TARGET_MS: Final = 300.0
_HELD: Final = 200
_CASES_PER_CUSTOMER: Final = 2.25
_ROUNDS: Final = 3
_LOT: Final = 2_000
_TEMPLATES: Final = Templates()
"""One for all views, as a console that serves has it."""
_PAGES: Final[Mapping[str, tuple[PageMaker, Role]]] = {
    "queue": (pages_cases.show_queue, Role.ANALYST),
    "case": (pages_cases.show_case, Role.ANALYST),
    "proposals": (pages_rules.show_proposals, Role.ANALYST),
    "watch-list": (pages_rules.show_watch_list, Role.ANALYST),
    "policy": (pages_rules.show_policy, Role.ANALYST),
    "challenger": (pages_shadow.show_challenger, Role.ANALYST),
    "stations": (pages_watch.show_fleet, Role.ANALYST),
    "monitors": (pages_monitors.show_monitors, Role.ANALYST),
    "models": (pages_monitors.show_models, Role.ANALYST),
    "audit": (pages_watch.show_audit, Role.AUDITOR),
    "back-test": (pages_rules.test_policy, Role.ANALYST),
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure console", description=__doc__)
    parser.add_argument("--cases", type=count, default=200_000, help="analysed cases (default: %(default)s)")
    parser.add_argument("--lines", type=count, default=20_000, help="lines of the audit log (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=new_file, help="write the figures here")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="identity-desk-pages-") as made:
        figures = measure(Path(made) / "bank", chosen.cases, chosen.lines, chosen.seed)
    print(json.dumps(figures, indent=1))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if figures["slowest_ms"] <= TARGET_MS else 1


def measure(folder: Path, cases: int, lines: int, seed: int) -> dict[str, Any]:
    """Return milliseconds of each page. Raises the stores' faults."""
    now = datetime.now(UTC)
    _say(f"making up a bank with {_HELD} held packets")
    sessions = fill_bank(folder, now, _HELD)
    at = AnalysisAt(role_folder(folder), "")
    make_sure_of_role(at, folder)
    _say(f"keeping the facts of {cases} cases")
    with closing(open_results(at)) as results:
        for lot in _lots(cases, seed):
            results.keep(lot)
        with open_office(folder, at=at) as office:
            results.keep([_analysed(session, place, content.record, now) for place, session, content in office.records() if content])
    with open_office(folder, at=at) as office:
        people = hire(office, now - timedelta(minutes=10))
        look_into(office, people, sessions, now - timedelta(minutes=5))
        run_challenger(office, people, now - timedelta(minutes=4))
        _say(f"writing {lines} lines into the audit log")
        with office.store.together():
            for number in range(lines):
                office.store.note(AuditEntry(now, AuditEvent.CASE_OPENED, sessions[number % _HELD], OperatorId("ines"), purpose="fraud"))
        _say("taking the cases in")
        began = time.perf_counter()
        first_ms, first_cpu_ms = _timed(office, "queue", sessions[0], now)
        while office.keep_up(now) or not office.analysis.is_up_to_date():
            pass
        taken_in_s = time.perf_counter() - began
        timed = {name: [_timed(office, name, sessions[0], now) for _ in range(_ROUNDS)] for name in _PAGES}
    back_test_ms, back_test_cpu_ms = max(timed.pop("back-test"))
    pages = {name: max(wall for wall, _ in took) for name, took in timed.items()}
    cpu = {name: max(processor for _, processor in took) for name, took in timed.items()}
    slowest = max(pages, key=lambda name: pages[name])
    return {
        "cases": cases,
        "audit_lines": lines,
        "pages_ms": {name: round(took, 1) for name, took in pages.items()},
        "pages_cpu_ms": {name: round(took, 1) for name, took in cpu.items()},
        "slowest": slowest,
        "slowest_ms": round(pages[slowest], 1),
        "slowest_cpu_ms": round(max(cpu.values()), 1),
        "back_test_ms": round(back_test_ms, 1),
        "back_test_cpu_ms": round(back_test_cpu_ms, 1),
        "first_queue_after_start_ms": round(first_ms, 1),
        "first_queue_after_start_cpu_ms": round(first_cpu_ms, 1),
        "taken_in_after_start_s": round(taken_in_s, 1),
    }


def _timed(office: Office, name: str, session: SessionId, now: datetime) -> tuple[float, float]:
    """Return milliseconds by the clock on the wall, and of this process's processor time, which other programs hardly touch."""
    page, role = _PAGES[name]
    who = SignedIn(OperatorId({Role.ANALYST: "ines", Role.AUDITOR: "vera"}[role]), role, now)
    text = office.publishing.policy_text().replace("\nversion = 1", "\nversion = 2")
    asked = Asked(office, now, Visit("token", now, now, who), who, {"session": session}, {}, {"text": text}, KeyDesk(), None)
    began, began_cpu = time.perf_counter(), time.process_time()
    answer = page(asked)
    if not isinstance(answer, Page):
        raise ValueError(f"{name} is no page")
    _TEMPLATES.fill(answer.template, asked, answer.values)
    return 1_000.0 * (time.perf_counter() - began), 1_000.0 * (time.process_time() - began_cpu)


def _analysed(session: SessionId, position: int, record: SessionRecord, now: datetime) -> Analysed:
    return Analysed(session, position, now, FACTS.write(fact_of(record, position, now, LinkKeys(Masked(bytes(32))))))


def _lots(cases: int, seed: int) -> Iterator[list[Analysed]]:
    world = draw_world(seed, customers=max(2_000, int(cases / _CASES_PER_CUSTOMER * 1.05)), span=Span(500, 180), knobs=SCORING)
    lot: list[Analysed] = []
    for position, (_, fact) in enumerate(islice(facts(world), cases), 1_000):
        lot.append(Analysed(fact.case, position, datetime.fromtimestamp(fact.received_s, UTC), FACTS.write(fact)))
        if len(lot) == _LOT:
            yield lot
            lot = []
    if lot:
        yield lot


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
