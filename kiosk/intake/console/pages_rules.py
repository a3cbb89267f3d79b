"""What takes two people: proposals, the watch-list, the policy and its back-test."""

import hashlib

from kiosk.intake.console.asked import Answer, Asked, GoTo, Page
from kiosk.intake.console.pages_door import key_asked, proof_of, refusal
from kiosk.intake.office.backtest import Changed, back_test
from kiosk.intake.office.proposals import Kind, Proposal
from kiosk.intake.office.terms import Unfit
from kiosk.trust.permissions import Action
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked
from kiosk.wire.signed_update import UpdateKind


def show_proposals(asked: Asked) -> Answer:
    waiting, settled = asked.office.proposals(asked.who, asked.now)
    return Page("proposals.html", {"waiting": waiting, "settled": settled})


def show_proposal(asked: Asked) -> Answer:
    return _proposal_page(asked, asked.office.proposal(asked.who, _number(asked), asked.now), "")


def agree(asked: Asked) -> Answer:
    """The second person signs in afresh, for this one agreement."""
    found = asked.office.proposal(asked.who, _number(asked), asked.now)
    name = "" if asked.who is None else asked.who.name
    outcome = asked.office.operators.sign_in(name, Masked(asked.form.get("password", "")), proof_of(asked), asked.now)
    if not isinstance(outcome, SignedIn):
        return _proposal_page(asked, found, refusal(outcome))
    settled = asked.office.agree(outcome, found.number, asked.form.get("digest", ""), asked.now)
    return GoTo("/proposals", f"Number {settled.number} is agreed to by {settled.by} and {settled.second}.")


def turn_down(asked: Asked) -> Answer:
    settled = asked.office.turn_down(asked.who, _number(asked), asked.now)
    return GoTo("/proposals", f"Number {settled.number} is turned down.")


def show_watch_list(asked: Asked) -> Answer:
    asked.office.authority.require(asked.who, Action.SEE_POLICY, asked.now)
    versions = asked.office.publishing.published(UpdateKind.WATCHLIST)[:8]
    return Page("watch_list.html", {"entries": asked.office.agreements.watch_entries(), "versions": versions})


def propose_removal(asked: Asked) -> Answer:
    made = asked.office.propose_removal(asked.who, asked.path["entry"], Masked(asked.form.get("reason", "")), asked.now)
    return GoTo("/watch-list", f"Proposed as number {made.number}. A second person must agree.")


def show_policy(asked: Asked) -> Answer:
    asked.office.authority.require(asked.who, Action.SEE_POLICY, asked.now)
    return _policy_page(asked, asked.office.publishing.policy_text(), ())


def test_policy(asked: Asked) -> Answer:
    """Check a text and say what it would have changed. Nothing is proposed or kept."""
    asked.office.authority.require(asked.who, Action.SEE_POLICY, asked.now)
    text = _text(asked)
    problems = asked.office.publishing.policy_problems(text)
    return _policy_page(asked, text, problems, None if problems else back_test(asked.office, text))


def propose_policy(asked: Asked) -> Answer:
    """Only a text that was tested just so can be proposed, to be in force or to run as challenger: the test is run again here, and goes to
    the second person with it."""
    asked.office.authority.require(asked.who, Action.CHANGE_POLICY, asked.now)
    text = _text(asked)
    if asked.form.get("tested", "") != _digest(text):
        raise Unfit("The text was changed after it was tested; test it again.")
    problems = asked.office.publishing.policy_problems(text)
    if problems:
        raise Unfit("\n".join(problems))
    said = back_test(asked.office, text).says
    reason = Masked(asked.form.get("reason", ""))
    if asked.form.get("as", "") == "challenger":
        made = asked.office.propose_challenger(asked.who, text, said, reason, asked.now)
        return GoTo(f"/proposals/{made.number}", f"Proposed as number {made.number}. It runs in the shadow once a second person agreed.")
    made = asked.office.propose_policy(asked.who, text, said, reason, asked.now)
    return GoTo(f"/proposals/{made.number}", f"Proposed as number {made.number}. Stations get it once a second person agreed.")


def _policy_page(asked: Asked, text: str, problems: tuple[str, ...], tested: Changed | None = None) -> Page:
    versions = asked.office.publishing.published(UpdateKind.POLICY)
    values = {"text": text, "problems": problems, "tested": tested, "digest": _digest(text), "versions": versions[:12]}
    return Page("policy.html", values, 422 if problems else 200)


def _proposal_page(asked: Asked, found: Proposal, problem: str) -> Page:
    content = asked.office.said_by(found)
    own = asked.who is not None and asked.who.name == found.by
    values = {"one": found, "content": content, "problem": problem, "own": own, "is_policy": found.kind in (Kind.POLICY, Kind.CHALLENGER)}
    return Page("proposal.html", values | key_asked(asked), 403 if problem else 200, asks_key=asked.site is not None)


def _number(asked: Asked) -> int:
    text = asked.path["number"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise LookupError("there is no such proposal")
    return int(text)


def _text(asked: Asked) -> str:
    """Browsers send line ends as CRLF; what is signed has one spelling."""
    return asked.form.get("text", "").replace("\r\n", "\n").strip() + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
