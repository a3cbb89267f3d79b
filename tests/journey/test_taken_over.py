"""A teller goes on with a case the booth referred: its evidence, a new id, and a person's decision."""

from dataclasses import replace

import numpy as np

from kiosk.document.reading import Read
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AwaitingDisposition, Idle, Keeping
from kiosk.policy import BRANCH
from kiosk.record import Decision, Disposition
from kiosk.risk.decision import Approve
from kiosk.values import Channel, Masked, Moment, OperatorId, SessionId
from kiosk.wire.sense import check_record
from tests.intake.test_mailbox import REFERRED
from tests.wire.specimens import NOON

DESK = Context(BRANCH, replace(REFERRED.station, station="desk-1"))
AT = Moment(10**9, NOON)
PAGE, PORTRAIT, LIVE = (np.full(shape, 90, np.uint8) for shape in ((80, 120, 3), (40, 30, 3), (9, 9, 3)))
TAKEN = ev.CaseTakenOver(SessionId("d" * 32), OperatorId("mina"), REFERRED, PAGE, PORTRAIT, LIVE)


def test_it_awaits_a_persons_decision_with_the_booths_evidence_weighed_as_at_a_desk() -> None:
    state, asked = reduce(Idle(), TAKEN, AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    case = state.case
    assert (case.session, case.continues, case.channel, case.operator) == (TAKEN.session, REFERRED.session, Channel.DESK, "mina")
    assert isinstance(case.document, Read) and (case.liveness, case.match) == (REFERRED.liveness, REFERRED.match)
    assert case.consent == REFERRED.consent
    assert do.NoteStep(TAKEN.session, f"TakenOver:{REFERRED.session}") in asked


def test_what_is_kept_names_the_booths_case_and_holds_its_live_view() -> None:
    state, _ = reduce(Idle(), TAKEN, AT, DESK)
    assert isinstance(state, AwaitingDisposition) and state.case.recommendation is not None
    decision = Decision.APPROVE if isinstance(state.case.recommendation, Approve) else Decision.REFER
    made = ev.DispositionMade(Disposition(OperatorId("mina"), decision, Masked(""), None, NOON))
    state, asked = reduce(state, made, AT, DESK)
    assert isinstance(state, Keeping)
    (kept,) = [effect for effect in asked if isinstance(effect, do.KeepCase)]
    assert (kept.record.session, kept.record.continues, kept.record.sources) == (TAKEN.session, REFERRED.session, REFERRED.sources)
    assert kept.live is TAKEN.live
    check_record(kept.record)


def test_a_case_whose_pictures_do_not_open_is_never_approved_by_the_machine() -> None:
    state, _ = reduce(Idle(), replace_pictures(), AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    assert not isinstance(state.case.recommendation, Approve)


def replace_pictures() -> ev.CaseTakenOver:
    return ev.CaseTakenOver(TAKEN.session, TAKEN.operator, REFERRED, None, None, None)
