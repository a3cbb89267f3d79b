"""Does what is measured still mean what it meant? Drift, calibration, what stations decide by; alarms first, in plain words."""

import json
from collections import defaultdict
from dataclasses import dataclass

from kiosk.faults import Fault
from kiosk.intake.console.asked import Answer, Asked, GoTo, Page
from kiosk.intake.console.words import figure, many
from kiosk.intake.office.case_watch import FEWEST, NotFollowing, SignalDrift
from kiosk.intake.office.office import Office
from kiosk.trust.permissions import Action
from kiosk.values import Masked
from kiosk.wire.signed_update import UpdateKind

_SHORTENED = 12


@dataclass(frozen=True, slots=True)
class InUse:
    """One version of a kind of update, and who said last that it is what they run on. is_newest: nothing newer was published."""

    kind: str
    version: int
    stations: tuple[str, ...]
    is_newest: bool


def show_monitors(asked: Asked) -> Answer:
    office = asked.office
    office.authority.require(asked.who, Action.SEE_FLEET, asked.now)
    away = []
    try:
        office.analysis.refresh(office.agreements.labels())
    except Fault as fault:
        away = [f"The bank's analysis cannot be asked ({fault}): what stands here of it is from before."]
    office.watch.step()
    drifts, monitors = office.watch.drifts(), office.analysis.monitors()
    calibration = office.calibration(asked.who, asked.now)
    cases, _ = office.watch.not_following()
    alarms = [*away, *_lost_alarms(office), *map(_drift_alarm, (one for one in drifts if one.has_drifted)), *map(_unlikely_alarm, cases)]
    alarms += [f"The stations' score by {one.of or 'all policies'}: {one.says}" for one in calibration if one.state == "drifting"]
    alarms += [f"The bank's analysis, {one.name}: {one.says}." for one in monitors if one.state == "drifting"]
    alarms += [_behind_alarm(one) for one in _in_use(asked) if not one.is_newest]
    values = {
        "alarms": alarms,
        "drifts": drifts,
        "fewest": 2 * FEWEST,
        "seen": sum(office.watch.seen()),
        "calibration": calibration,
        "monitors": monitors,
        "counts": office.agreements.outcome_counts(),
    }
    return Page("monitors.html", values)


def show_models(asked: Asked) -> Answer:
    """What stations decide by: versions as they say they run, and the policy and models of each one's newest case."""
    office = asked.office
    in_use = _in_use(asked)
    office.watch.step()
    notices = [(one, update, json.loads(update.payload)) for one, update in office.publishing.published(UpdateKind.MODEL)]
    waiting = [one for one in office.proposals(asked.who, asked.now)[0] if one.kind == "model-notice"]
    by_model: dict[str, list[str]] = defaultdict(list)
    for one in office.watch.decided_by():
        for model in one.models:
            by_model[model].append(one.station)
    values = {
        "in_use": in_use,
        "decided_by": office.watch.decided_by(),
        "by_model": sorted(by_model.items()),
        "notices": notices,
        "waiting": waiting,
    }
    return Page("models.html", values)


def propose_notice(asked: Asked) -> Answer:
    form = asked.form
    made = asked.office.propose_model_notice(
        asked.who,
        form.get("model", "").strip(),
        form.get("digest", "").strip().lower(),
        form.get("says", ""),
        Masked(form.get("reason", "")),
        asked.now,
    )
    return GoTo("/models", f"Proposed as number {made.number}. Stations get the notice once a second person agreed.")


def _in_use(asked: Asked) -> tuple[InUse, ...]:
    running: dict[tuple[UpdateKind, int], list[str]] = defaultdict(list)
    for station, heard in asked.office.stations(asked.who, asked.now):
        for one in () if heard is None else heard.report.running:
            running[one.kind, one.version].append(station.name)
    newest = {kind: asked.office.publishing.newest_version(kind) for kind in UpdateKind}
    order = list(UpdateKind)
    return tuple(
        InUse(kind.value, version, tuple(sorted(names)), version >= newest[kind])
        for (kind, version), names in sorted(running.items(), key=lambda one: (order.index(one[0][0]), -one[0][1]))
    )


def _lost_alarms(office: Office) -> list[str]:
    """Return what cannot be looked at any more, or counts no more, and what mends it."""
    found = []
    count, named = office.watch.unreadable()
    if count:
        ids = ", ".join(one[:8] for one in named[:3])
        are = "case does" if count == 1 else "cases do"
        found.append(f"{count} held {are} not open and {'is' if count == 1 else 'are'} not watched (newest: {ids}); the others are.")
    if (passed := office.analysis.passed_over()) > 0:
        found.append(f"The bank's analysis passes over {many(passed, 'entry', 'entries')}: damaged, or of a version it cannot read.")
    if (unread := office.publishing.unread_frauds()) > 0:
        found.append(f"{many(unread, 'confirmed fraud')} cannot be opened: the watch-list ties nothing to what was in it.")
    if office.publishing.is_key_of_before():
        found.append("The bank's keys were rolled: this console publishes nothing until it is started again.")
    if office.publishing.is_list_held_back():
        found.append("Not all cases are counted yet: the watch-list tells of new frauds by document and account alone, until they are.")
    if (number := office.watch.unvouched()) is not None:
        found.append(f"Challenger number {number} has ended: no key of this bank's vouches for its text. Propose it again to run it on.")
    found += [
        f"The log says that key {key[:8]} is distrusted, and no update here tells stations so: run app.py intake distrust-key {key} again."
        for key in office.publishing.lost_revocations()
    ]
    for kind in UpdateKind:
        for version in office.publishing.unbelieved(kind):
            found.append(f"Version {version} of {kind} lies among the updates and no key that counts signed it: no station takes it.")
    return found


def _drift_alarm(one: SignalDrift) -> str:
    what = "The score" if one.name == "score" else f"The reading {one.name}"
    absent = ""
    if abs(one.absent_now - one.absent_was) > 0.05:
        absent = f" It was not measured in {one.absent_now:.0%} of cases, before in {one.absent_was:.0%}."
    middle = f" Half of the newest lie below {figure(one.now)} {one.unit}, before {figure(one.was)}." if one.now is not None else ""
    return f"{what} is not what it was (stability index {one.index:.2f}, by chance {one.by_chance:.2f}).{middle}{absent}"


def _unlikely_alarm(one: NotFollowing) -> str:
    return (
        f"Case {one.session[:8]} of {one.station}: the station's answer does not follow from the readings it sent, by the policy it names. "
        "Its program or its memory may have been altered."
    )


def _behind_alarm(one: InUse) -> str:
    names = ", ".join(one.stations[:_SHORTENED]) + (" and others" if len(one.stations) > _SHORTENED else "")
    shown = f"version {one.version}" if one.version else "what the program came with"
    runs = "runs" if len(one.stations) == 1 else "run"
    return f"{many(len(one.stations), 'station')} {runs} on an older {one.kind} ({shown}): {names}."
