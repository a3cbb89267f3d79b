"""The review queue and one case: what was found in order of weight, what ties it to others, its pictures, and what it turned out to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kiosk.document.reading import Weight
from kiosk.face.verdict import MatchVerdict, NotCompared
from kiosk.intake.console import graph_picture
from kiosk.intake.console.asked import Answer, Asked, GoTo, Page, Picture
from kiosk.intake.console.words import money, spoken
from kiosk.intake.office.proposals import Outcome, State
from kiosk.intake.office.terms import CaseFile, WhichPicture
from kiosk.liveness.challenge import Live, LivenessVerdict
from kiosk.record import AccountOpening, HighValueTransaction, SessionRecord, final_decision
from kiosk.trust.case_files import ReadFor
from kiosk.trust.permissions import Action, Role, may
from kiosk.values import Masked, SessionId
from kiosk.wire.sense import well_formed_id
from kiosk.wire.watch_list import Watched, watched_values

QUEUE_LENGTH: Final = 100
_ORDER: Final = (Weight.CONTRADICTS, Weight.DOUBTS, Weight.NOTED, Weight.AGREES)
_USUALLY_FOR: Final = {
    Role.AUDITOR: ReadFor.AUDIT,
    Role.COMPLIANCE_OFFICER: ReadFor.CUSTOMERS_RIGHTS,
}
_SURE: Final = {"certain": 1.0, "likely": 0.7, "possible": 0.4}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """nats: what it adds to the log-odds of fraud, 0 where nobody says; source: `bank` or `station`; evidence: cases it rests on."""

    weight: Weight
    says: str
    source: str
    nats: float = 0.0
    evidence: tuple[SessionId, ...] = ()


def show_queue(asked: Asked) -> Answer:
    rows = asked.office.queue(asked.who, QUEUE_LENGTH, asked.now)
    waiting = asked.office.agreements.outcomes(agreed=False)
    return Page("queue.html", {"rows": rows, "waiting": waiting, "most": QUEUE_LENGTH})


def show_case(asked: Asked) -> Answer:
    session, purpose = _session(asked), _purpose(asked)
    case = asked.office.open_case(asked.who, session, purpose, asked.now)
    record = case.content.record
    graph = asked.office.analysis.around(session)
    sees = asked.who is not None and may(asked.who.role, Action.SEE_PICTURES)
    return Page(
        "case.html",
        {
            "session": session,
            "case": case,
            "record": record,
            "decision": final_decision(record),
            "purpose": purpose,
            "purposes": list(ReadFor),
            "findings": tuple(_findings(asked, case)),
            "facts": tuple(_facts(record)),
            "liveness": tuple(_liveness(record.liveness)),
            "match": tuple(_match(record.match)),
            "picture": graph_picture.picture(graph, asked.office.agreements.fraud()) if graph.edges else "",
            "tie_rows": graph_picture.tie_rows(graph),
            "left_out": graph.left_out,
            "sees": sees,
            "pictures": [which for which in WhichPicture if getattr(case.content.pictures, which.value) is not None],
            "outcome": next((one for one in reversed(case.proposals) if one.kind == "outcome" and one.state is State.AGREED), None),
            "waits": next((one for one in case.proposals if one.kind == "outcome" and one.state is State.WAITING), None),
            "watchable": [of for of, _ in watched_values(record)],
            "sure": list(_SURE),
        },
    )


def show_pictures(asked: Asked) -> Answer:
    """Name what will be shown and what for; each picture is asked for, and written down, by itself."""
    session, purpose = _session(asked), _purpose(asked)
    case = asked.office.open_case(asked.who, session, purpose, asked.now)
    if asked.who is None or not may(asked.who.role, Action.SEE_PICTURES):
        asked.office.authority.require(asked.who, Action.SEE_PICTURES, asked.now, session)
    names = {WhichPicture.PAGE: "Document page", WhichPicture.PORTRAIT: "Portrait on the document", WhichPicture.LIVE: "Live face"}
    shown = [(which, names[which]) for which in WhichPicture if getattr(case.content.pictures, which.value) is not None]
    return Page("pictures.html", {"session": session, "purpose": purpose, "shown": shown})


def give_picture(asked: Asked) -> Answer:
    try:
        which = WhichPicture(asked.path["which"])
    except ValueError as unknown:
        raise LookupError("no such picture") from unknown
    content = asked.office.picture(asked.who, _session(asked), which, _purpose(asked), asked.now)
    return Picture(content, "image/jpeg")


def propose_outcome(asked: Asked) -> Answer:
    session = _session(asked)
    try:
        outcome = Outcome(asked.form.get("outcome", ""))
    except ValueError as unknown:
        raise LookupError("no such outcome") from unknown
    made = asked.office.propose_outcome(asked.who, session, outcome, Masked(asked.form.get("reason", "")), asked.now)
    return GoTo(f"/cases/{session}", f"Proposed as number {made.number}. A second person must agree before it counts.")


def propose_watch(asked: Asked) -> Answer:
    session = _session(asked)
    try:
        of = Watched(asked.form.get("of", ""))
    except ValueError as unknown:
        raise LookupError("nothing of that kind") from unknown
    sure = _SURE.get(asked.form.get("sure", ""), 0.7)
    made = asked.office.propose_watch(asked.who, session, of, sure, Masked(asked.form.get("reason", "")), asked.now)
    return GoTo(f"/cases/{session}", f"Proposed as number {made.number}. Stations learn of it once a second person agreed.")


def _session(asked: Asked) -> SessionId:
    session = asked.path["session"]
    if not well_formed_id(session):
        raise LookupError("no such case is held")
    return SessionId(session)


def _purpose(asked: Asked) -> ReadFor:
    """Return what the case is read for: as chosen, else what this role usually reads for."""
    role = Role.ANALYST if asked.who is None else asked.who.role
    chosen = asked.query.get("for", "")
    return ReadFor(chosen) if chosen in set(ReadFor) else _USUALLY_FOR.get(role, ReadFor.FRAUD)


def _findings(asked: Asked, case: CaseFile) -> Iterator[FindingLine]:
    """Yield everything that was found, gravest first, the bank's before the station's of the same weight."""
    record = case.content.record
    lines = [FindingLine(one.weight, one.about, "bank", one.nats, one.evidence) for one in asked.office.analysis.findings(record.session)]
    lines += [
        FindingLine(reason.weight, spoken(reason.code) + (f" ({spoken(reason.about)})" if reason.about else ""), "station")
        for reason in record.recommendation.reasons
    ]
    told = {line.says for line in lines}
    for finding in record.document.findings:
        says = f"{spoken(finding.code)} ({spoken(finding.about)})" if finding.about else spoken(finding.code)
        if says not in told and finding.weight in (Weight.AGREES, Weight.NOTED):
            lines.append(FindingLine(finding.weight, says, "station"))
    yield from sorted(lines, key=lambda line: (_ORDER.index(line.weight), -line.nats))


def _facts(record: SessionRecord) -> Iterator[tuple[str, str]]:
    """Yield what is known of the person and what they wanted. Shown to whom the table lets read cases; each reading is on the log."""
    fields = record.document.fields
    if fields is None:
        yield "Document", spoken(record.document.outcome)
    else:
        born = fields.birth_date.reveal()
        yield "Name", f"{fields.given_names.reveal()} {fields.surname.reveal()}".title()
        yield "Born", "not known" if born is None else born.isoformat()
        yield "Document", f"{fields.issuing_state} {fields.number.reveal()}"
        yield "Expires", "not known" if fields.expiry_date is None else fields.expiry_date.isoformat()
    match record.purpose:
        case AccountOpening(contact=contact):
            yield "Wants", "to open an account"
            if contact is not None:
                yield "Telephone", contact.phone.reveal()
                yield "E-mail", contact.email.reveal()
                yield "Address", contact.address.reveal()
        case HighValueTransaction(amount_minor=amount, currency=currency, payee=payee, debit_account=account):
            yield "Wants", f"to pay {money(amount, currency)}"
            yield "Payee", payee.reveal()
            yield "From account", account.reveal()


def _liveness(verdict: LivenessVerdict | None) -> Iterator[tuple[str, str]]:
    if verdict is None:
        yield "Verdict", "not reached"
        return
    evidence = verdict.evidence
    because = "" if isinstance(verdict, Live) else f": {spoken(verdict.because)}"
    yield "Verdict", {"Live": "live", "NotLive": "not live", "Undecided": "undecided"}[type(verdict).__name__] + because
    yield "Prompts answered", f"{len(evidence.done)} of {len(evidence.script.challenges)}, {evidence.retries} asked again"
    yield "Frames", f"{evidence.frames}, longest gap {evidence.longest_gap_ms} ms"
    if evidence.min_self_similarity is not None:
        yield "Same person throughout", f"lowest likeness {evidence.min_self_similarity:.2f}"
    if evidence.cues:
        yield "Cues", f"{len(evidence.cues)} weighed"


def _match(verdict: MatchVerdict | None) -> Iterator[tuple[str, str]]:
    if verdict is None:
        yield "Verdict", "not reached"
        return
    words = {"SameFace": "the same face", "Unsure": "unsure", "DifferentFace": "another face", "NotCompared": "not compared"}
    if isinstance(verdict, NotCompared):
        yield "Verdict", f"{words['NotCompared']}: {spoken(verdict.because)}"
        return
    evidence = verdict.evidence
    yield "Verdict", words[type(verdict).__name__]
    yield "Likeness", f"{evidence.similarity:.3f} ({spoken(evidence.print_name)})"
    if evidence.log_likelihood_ratio is not None:
        yield "Weight of evidence", f"{evidence.log_likelihood_ratio:+.1f} nats"
    yield (
        "Views",
        f"{evidence.live_views} live, {evidence.document_views} of the document, portrait {evidence.portrait_width_px:.0f} px wide",
    )
