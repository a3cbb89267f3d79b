"""From a case's evidence to the panels the teller judges by. PURE, no Qt."""

from dataclasses import replace
from datetime import date
from typing import assert_never

from kiosk.document.reading import DocumentFields, DocumentOutcome, Finding, FindingCode, Read, Unknown, Unreadable, Weight
from kiosk.journey.closing import best_view
from kiosk.journey.states import Case, CaseState, ProvingLive, ShowingDocument
from kiosk.liveness.challenge import ChallengeKind
from kiosk.policy import Policy
from kiosk.record import Decision, recommended
from kiosk.risk.decision import Approve, Recommendation, StepUp
from kiosk.values import Masked
from ui.desk_scenes import CheckLine, DocumentPanel, FacesPanel, FieldLine, LivenessPanel, RecommendationPanel
from ui.scenes import Mark, Progress, Words, WorkStep
from ui.wording import (
    KIND_CODES,
    document_words,
    finding_words,
    liveness_words,
    mark_of,
    match_notes,
    match_ratio,
    match_regions,
    match_words,
    reason_words,
    seen_words,
)

DECISION_MARKS = {Decision.APPROVE: Mark.AGREES, Decision.REFER: Mark.DOUBTS, Decision.DECLINE: Mark.CONTRADICTS}


def read_so_far(state: CaseState) -> Read | None:
    if isinstance(state.case.document, Read):
        return state.case.document
    return state.so_far if isinstance(state, ShowingDocument) else None


def document_panel(state: CaseState, read: Read | None) -> DocumentPanel:
    outcome: DocumentOutcome | None = read if read is not None else state.case.document
    if outcome is None and isinstance(state, ShowingDocument):
        outcome = state.last_failure
    words, mark = document_words(outcome)
    match outcome:
        case Read():
            return _read_panel(outcome)
        case Unknown(page=page):
            return DocumentPanel(words, mark, page, (), (), Masked(()))
        case Unreadable() | None:
            return DocumentPanel(words, mark, None, (), (), Masked(()))
        case _:
            assert_never(outcome)


def second_document_panel(case: Case) -> DocumentPanel | None:
    """Return the document the risk policy asked for beside the first; whether its own photo is the live face's is said first."""
    second = case.second_document
    if not isinstance(second, Read):
        return None
    panel = _read_panel(replace(second, findings=tuple(one for one in second.findings if one.code is not FindingCode.LIVE_FACE)))
    words, mark = document_words(second)
    compared = tuple(_check_line(one) for one in second.findings if one.code is FindingCode.LIVE_FACE)
    if not compared and second.portrait is not None:
        compared = (CheckLine(Mark.NOTED, finding_words(FindingCode.LIVE_FACE, ""), says=Words("desk.by-eye")),)
    return replace(panel, state=words, mark=mark, faces=compared)


def _read_panel(read: Read) -> DocumentPanel:
    words, mark = document_words(read)
    checks = tuple(_check_line(finding) for finding in sorted(read.findings, key=_gravest_first))
    return DocumentPanel(words, mark, read.page, field_lines(read.fields), checks, read.raw_lines)


_GRAVEST_FIRST = (Mark.CONTRADICTS, Mark.DOUBTS, Mark.NOTED, Mark.AGREES)


def _gravest_first(finding: Finding) -> int:
    return _GRAVEST_FIRST.index(mark_of(finding.weight))


def _check_line(finding: Finding) -> CheckLine:
    grave = finding.weight in (Weight.CONTRADICTS, Weight.DOUBTS)
    sure = round(100 * finding.sure) if grave and finding.sure < 1.0 else None
    seen = seen_words(finding) if grave else Masked("")
    return CheckLine(mark_of(finding.weight), finding_words(finding.code, finding.about), seen, sure)


def field_lines(fields: DocumentFields) -> tuple[FieldLine, ...]:
    """Return the fields as a table, dates as year-month-day; what is not there is left out."""
    printed_name, printed_address = fields.printed_name.reveal(), fields.printed_address.reveal()
    rows: list[tuple[str, str | Words | date]] = [
        ("surname", fields.surname.reveal()),
        ("given_names", fields.given_names.reveal()),
        ("printed_name", printed_name or ""),
        ("birth_date", fields.birth_date.reveal() or "?"),
        ("sex", fields.sex),
        ("nationality", fields.nationality),
        ("number", fields.number.reveal()),
        ("expiry_date", fields.expiry_date or "?"),
        ("issuing_state", fields.issuing_state),
        ("issue_date", fields.issue_date or ""),
        ("kind", _kind_words(fields)),
        ("printed_address", printed_address or ""),
        ("optional", fields.optional.reveal()),
    ]
    return tuple(FieldLine(Words(f"field.{name}"), _hidden(value)) for name, value in rows if value)


def _kind_words(fields: DocumentFields) -> str | Words:
    """Return what the document was read as; records of older versions know the layout only."""
    if fields.kind in KIND_CODES:
        return Words(f"kind.{fields.kind}")
    return "" if fields.layout is None else Words(f"layout.{fields.layout}")


def _hidden(value: str | Words | date) -> Masked[str] | Words | Masked[date]:
    match value:
        case Words():
            return value
        case date():
            return Masked(value)
        case _:
            return Masked(value)


def holder_of(fields: DocumentFields) -> Masked[str]:
    """Return the name as the list of kept cases has it: as printed, else as the machine-readable lines have it."""
    printed = fields.printed_name.reveal()
    return Masked(printed or f"{fields.given_names.reveal()} {fields.surname.reveal()}".strip())


def suggested_address(read: Read | None) -> Masked[str] | None:
    address = None if read is None else read.fields.printed_address.reveal()
    return None if not address else Masked(address)


def faces_panel(case: Case, read: Read | None) -> FacesPanel:
    words, mark = match_words(case.match)
    printed = None if read is None or read.portrait is None else read.portrait.pixels
    # Level and of one size once they were compared. The live one is the very view that is sealed with the record.
    portrait = case.portrait if case.portrait is not None else printed
    return FacesPanel(
        portrait,
        best_view(case.views),
        words,
        mark,
        match_ratio(case.match),
        match_regions(case.match),
        match_notes(case.match),
        of_one_document=case.second_document is None,
    )


def liveness_panel(state: CaseState, policy: Policy) -> LivenessPanel:
    """Return the prompts and what came of them, with what the customer asked to be spared."""
    panel = _liveness_panel(state, policy)
    verdict = panel.verdict
    for need in state.case.needs:
        verdict = Words("liveness.spared", (("verdict", verdict), ("need", Words(f"need.{need}"))))
    return replace(panel, verdict=verdict)


def _liveness_panel(state: CaseState, policy: Policy) -> LivenessPanel:
    verdict = state.case.liveness
    if isinstance(state, ProvingLive):
        done = tuple(response.kind for response in state.run.responses)
        return LivenessPanel(_challenge_strip(done, state.run.prompt, state.run.total), Words("liveness.running"), Mark.NOTED)
    words, mark = liveness_words(verdict)
    if verdict is None:
        return LivenessPanel(_challenge_strip((), None, policy.liveness.challenges), words, mark)
    evidence = verdict.evidence
    kinds = evidence.script.challenges
    done_count = len(evidence.done)
    steps = tuple(
        WorkStep(Words(f"challenge.{kind}"), Progress.DONE if number < done_count else Progress.FAILED) for number, kind in enumerate(kinds)
    )
    return LivenessPanel(steps, words, mark)


def _challenge_strip(done: tuple[ChallengeKind, ...], now: ChallengeKind | None, total: int) -> tuple[WorkStep, ...]:
    """What is still to come is not named: nobody at the desk can whisper it."""
    steps = [WorkStep(Words(f"challenge.{kind}"), Progress.DONE) for kind in done]
    if now is not None:
        steps.append(WorkStep(Words(f"challenge.{now}"), Progress.NOW))
    steps += [WorkStep(Words("challenge.next"), Progress.TO_COME)] * (total - len(steps))
    return tuple(steps)


def recommendation_panel(recommendation: Recommendation) -> RecommendationPanel:
    decision = recommended(recommendation)
    headline = f"recommended.step-up-{recommendation.what}" if isinstance(recommendation, StepUp) else f"recommended.{decision}"
    return RecommendationPanel(
        decision=decision,
        headline=Words(headline),
        mark=DECISION_MARKS[decision],
        reasons=tuple(dict.fromkeys(CheckLine(mark_of(reason.weight), reason_words(reason)) for reason in recommendation.reasons)),
        second_needed=not isinstance(recommendation, Approve),
    )
