"""Looking on: stations, the audit log, people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kiosk.intake.console.asked import Answer, Asked, Page
from kiosk.intake.console.words import in_words
from kiosk.intake.fleet import LastHeard
from kiosk.intake.office.terms import AuditQuery, Unfit
from kiosk.trust.permissions import Action
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditEvent, AuditSound
from kiosk.wire.heartbeat import Running
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.signed_update import UpdateKind

MOST_LINES: Final = 200
_SEARCHED: Final = dict.fromkeys(("who", "event", "session", "text", "since", "until"), "")
SILENT_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StationRow:
    """trouble: in words, gravest first; behind: kinds of update that are published and not in force there."""

    station: EnrolledStation
    heard: LastHeard | None
    running: tuple[Running, ...]
    trouble: tuple[str, ...]

    @property
    def state(self) -> str:
        if self.heard is None and not self.trouble:
            return "never heard"
        return "in trouble" if self.trouble else "well"


def show_fleet(asked: Asked) -> Answer:
    _, unlikely = asked.office.watch.not_following()
    newest = {kind: asked.office.publishing.newest_version(kind) for kind in UpdateKind}
    rows = tuple(
        _row(asked, station, heard, unlikely.get(station.name, 0), newest) for station, heard in asked.office.stations(asked.who, asked.now)
    )
    ordered = sorted(rows, key=lambda row: (not row.trouble, row.heard is None, row.station.name))
    return Page("fleet.html", {"rows": ordered, "newest": newest, "update_kinds": list(UpdateKind)})


def show_audit(asked: Asked) -> Answer:
    query = AuditQuery(
        asked.query.get("who", "").strip(),
        asked.query.get("event", ""),
        asked.query.get("session", "").strip(),
        asked.query.get("text", "").strip(),
        _day(asked.query.get("since", "")),
        _day(asked.query.get("until", ""), timedelta(days=1)),
    )
    lines = asked.office.search_audit(asked.who, query, MOST_LINES, asked.now)
    searched = _SEARCHED | dict(asked.query)
    return Page("audit.html", {"lines": lines, "asked": searched, "events": list(AuditEvent), "most": MOST_LINES, "verdict": None})


def verify_audit(asked: Asked) -> Answer:
    verdict = asked.office.check_log(asked.who, asked.now)
    sound = isinstance(verdict, AuditSound)
    says = (
        f"The log is as it was written: {verdict.lines} lines, every signed head checked."
        if isinstance(verdict, AuditSound)
        else f"The log was tampered with: line {verdict.line} is {verdict.because.replace('-', ' ')}."
    )
    values = {"lines": (), "asked": _SEARCHED, "events": list(AuditEvent), "most": MOST_LINES, "verdict": (sound, says)}
    return Page("audit.html", values)


def show_people(asked: Asked) -> Answer:
    if asked.who is None:
        asked.office.authority.require(None, Action.LIST_OPERATORS, asked.now)
        return Page("trouble.html", {"says": ""}, 403)
    return _people_page(asked)


def invite_key(asked: Asked) -> Answer:
    """Let a person without a second factor enrol a security key. The code is shown once, to be handed over by the administrator."""
    name = OperatorId(asked.form.get("name", "").strip().casefold())
    if asked.who is None or not asked.office.operators.may_invite(name, asked.who, asked.now):
        raise Unfit("Only somebody without a second factor is invited; reset them first: app.py operators --bank FOLDER reset NAME.")
    return _people_page(asked, name, asked.keys.invite(name, asked.who.name, asked.now).reveal())


def _people_page(asked: Asked, invited: str = "", code: str = "") -> Page:
    if asked.who is None:
        return Page("trouble.html", {"says": ""}, 403)
    people = asked.office.operators.names(asked.who, asked.now)
    return Page("people.html", {"people": people, "invited": invited, "code": code, "keys_here": asked.site is not None})


def _row(asked: Asked, station: EnrolledStation, heard: LastHeard | None, unlikely: int, newest: Mapping[UpdateKind, int]) -> StationRow:
    """unlikely: cases whose answer does not follow from the readings the station sent with them; newest: versions ever published."""
    trouble = [f"{unlikely} cases whose answer does not follow from their readings"] if unlikely else []
    if heard is None:
        return StationRow(station, None, (), tuple(trouble))
    report = heard.report
    if asked.now - heard.received_at > SILENT_AFTER:
        trouble.append("silent")
    if report.state.startswith("out-of-service"):
        trouble.append(report.state.replace(":", ": ").replace("-", " "))
    if report.camera:
        trouble.append(f"camera: {in_words(report.camera)}")
    if report.bank:
        trouble.append(f"bank: {in_words(report.bank)}")
    if report.figures.set_aside:
        trouble.append(f"{report.figures.set_aside} cases refused by the bank")
    trouble += [f"{one.kind} {one.offered}: {one.trouble.replace(':', ': ')}" for one in report.running if one.trouble]
    trouble += [
        f"runs on {one.kind} {one.version}, which this bank never published; if its files were lost, two people run "
        f"app.py intake number-from {one.kind} {one.version}"
        for one in report.running
        if one.version > newest[one.kind]
    ]
    skew = abs((heard.received_at - report.at).total_seconds())
    if skew > 60:
        trouble.append(f"clock {skew:.0f} s apart")
    if heard.behind:
        trouble.append(f"{heard.behind} heartbeats from the past")
    return StationRow(station, heard, report.running, tuple(trouble))


def _day(text: str, later: timedelta = timedelta(0)) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + later
    except (ValueError, OverflowError):
        return None
