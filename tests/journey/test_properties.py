"""Whatever happens in whatever order, the promises hold."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.document.reading import Read, Unknown, Unreadable, UnreadableBecause
from kiosk.face.verdict import SameFace
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.reduce import reduce
from kiosk.journey.states import Comparing, Decided, Finished, Idle, Keeping, OutOfService, ProvingLive, State
from kiosk.liveness.challenge import Live
from kiosk.record import Decision, Disposition, OverrideReason
from kiosk.risk.decision import Approve
from kiosk.values import Channel, Masked, OperatorId, SessionId, Ticket
from tests.journey import build
from tests.journey.build import SCRIPT, TELLER, UNATTENDED, at

CURRENT, OLD = "current", "old"


@st.composite
def happenings(draw: st.DrawFn) -> list[tuple[str, float]]:
    names = st.sampled_from(sorted(EVENTS))
    return draw(st.lists(st.tuples(names, st.sampled_from([0.05, 0.3, 2.0, 40.0])), max_size=40))


def event_of(name: str, ticket: Ticket) -> ev.Event:
    return EVENTS[name](ticket)


EVENTS = {
    "open-booth": lambda t: ev.CaseOpened(SessionId("0" * 32), Channel.BOOTH, build.opening(), "en", None),
    "open-desk": lambda t: ev.CaseOpened(SessionId("0" * 32), Channel.DESK, build.opening(), "ar", TELLER),
    "consent": lambda t: ev.ConsentGiven("1"),
    "refuse": lambda t: ev.ConsentDenied(),
    "page": lambda t: ev.PageSeen(t, build.page(), build.frame()),
    "read": lambda t: ev.DocumentAnswered(t, build.read(), build.frame()),
    "half": lambda t: ev.DocumentAnswered(t, build.read(portrait=False), build.frame()),
    "blurred": lambda t: ev.DocumentAnswered(t, Unreadable(UnreadableBecause.TOO_BLURRED), build.frame()),
    "unknown": lambda t: ev.DocumentAnswered(t, Unknown(None), build.frame()),
    "script": lambda t: ev.ScriptDrawn(t, SCRIPT),
    "face": lambda t: ev.FaceObserved(t, build.face()),
    "same": lambda t: ev.FacesCompared(t, build.same()),
    "different": lambda t: ev.FacesCompared(t, build.different()),
    "kept": lambda t: ev.CaseKept(t),
    "failed": lambda t: ev.WorkFailed(t, "DiskFull"),
    "lost": lambda t: ev.CameraStopped("CameraLost"),
    "back": lambda t: ev.CameraReturned(),
    "cancel": lambda t: ev.CancelTouched(),
    "finish": lambda t: ev.FinishTouched(),
    "tick": lambda t: ev.Ticked(),
    "approve": lambda t: ev.DispositionMade(Disposition(TELLER, Decision.APPROVE, Masked(""), None, at(0).wall)),
    "override": lambda t: ev.DispositionMade(
        Disposition(TELLER, Decision.APPROVE, Masked("why"), OperatorId("sam"), at(0).wall, OverrideReason.OTHER)
    ),
    "second": lambda t: ev.SecondPersonAgreed(t.session, OperatorId("sam")),
    "prove-live": lambda t: ev.StillHere(),
}


def run_all(steps: list[tuple[str, float]]) -> list[tuple[State, ev.Event, State, tuple[do.Effect, ...]]]:
    """Plays the steps; `prove-live` puts a live verdict into a running proof, which only 30 true frames a second could."""
    state: State = Idle()
    seconds, happened = 1.0, []
    for name, after_s in steps:
        seconds += after_s
        if name == "prove-live" and isinstance(state, ProvingLive):
            case = replace(state.case, liveness=build.live(), views=(build.face().view,), step=state.case.step + 1)
            state = Comparing(case, at(seconds).monotonic_ns)
            continue
        ticket = (
            Ticket(SessionId("0" * 32), 0)
            if isinstance(state, Idle | Finished | OutOfService)
            else Ticket(state.case.session, state.case.step)
        )
        event = event_of(name, ticket)
        following, asked = reduce(state, event, at(seconds), UNATTENDED)
        happened.append((state, event, following, asked))
        state = following
    return happened


LIKELY = ["open-booth", "consent", "page", "read", "script", "prove-live", "same", "kept"]


@settings(max_examples=300)
@given(steps=happenings(), cut=st.integers(0, len(LIKELY)))
def test_whatever_happens_an_approval_needs_a_document_a_live_person_and_the_same_face(steps: list[tuple[str, float]], cut: int) -> None:
    for _, _, _, asked in run_all([(name, 0.1) for name in LIKELY[:cut]] + steps):
        for effect in asked:
            if isinstance(effect, do.KeepCase) and isinstance(effect.record.recommendation, Approve):
                record = effect.record
                assert record.document.outcome == "read"
                assert isinstance(record.liveness, Live)
                assert isinstance(record.match, SameFace)
                assert record.failed_work == ()


@settings(max_examples=300)
@given(steps=happenings(), cut=st.integers(0, len(LIKELY)))
def test_whatever_happens_a_result_is_shown_only_after_sealing(steps: list[tuple[str, float]], cut: int) -> None:
    for before, event, after, _ in run_all([(name, 0.1) for name in LIKELY[:cut]] + steps):
        if isinstance(after, Finished) and isinstance(after.ending, Decided) and not isinstance(before, Finished):
            assert isinstance(before, Keeping)
            assert isinstance(event, ev.CaseKept)


@settings(max_examples=300)
@given(steps=happenings(), cut=st.integers(0, len(LIKELY)))
def test_whatever_happens_every_end_of_a_case_wipes_it(steps: list[tuple[str, float]], cut: int) -> None:
    for before, _, after, asked in run_all([(name, 0.1) for name in LIKELY[:cut]] + steps):
        was_case = not isinstance(before, Idle | Finished | OutOfService)
        is_case = not isinstance(after, Idle | Finished | OutOfService)
        if was_case and not is_case:
            assert any(isinstance(effect, do.Wipe) for effect in asked)


@settings(max_examples=300)
@given(steps=happenings())
def test_whatever_happens_a_stale_answer_changes_nothing(steps: list[tuple[str, float]]) -> None:
    for before, _, _, _ in run_all(steps):
        if isinstance(before, Idle | Finished | OutOfService):
            continue
        stale = Ticket(before.case.session, before.case.step - 1)
        for name in ("page", "read", "script", "face", "same", "kept", "failed"):
            after, asked = reduce(before, event_of(name, stale), at(10_000), UNATTENDED)
            assert after is before
            assert asked == ()


def test_the_likely_way_is_the_whole_way() -> None:
    last = run_all([(name, 0.1) for name in LIKELY])[-1][2]
    assert isinstance(last, Finished)
    assert last.ending == Decided(Decision.APPROVE)


def test_a_kept_document_is_always_the_one_that_was_read() -> None:
    happened = run_all([(name, 0.1) for name in LIKELY])
    kept = next(effect for _, _, _, asked in happened for effect in asked if isinstance(effect, do.KeepCase))
    fields = kept.record.document.fields
    assert fields is not None
    assert fields.number.reveal() == build.fields().number.reveal()
    assert isinstance(build.read(), Read)
