"""Nobody stands there: the face step waits and the last words are covered, as everything else is."""

from dataclasses import replace

from kiosk.face.observed import FaceObservation
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.attention import is_unattended
from kiosk.journey.states import AskingConsent, Finished, Idle, ProvingLive
from kiosk.liveness.run import Settling
from kiosk.values import Channel, Ticket
from tests.journey import build
from tests.journey.build import ATTENDED, SESSION, at
from tests.journey.walk import Journey

JOURNEY = ATTENDED.policy.journey
LIVENESS = ATTENDED.policy.liveness


def covered(journey: Journey) -> bool:
    assert not isinstance(journey.state, Idle)
    return is_unattended(journey.state, at(journey.seconds), ATTENDED.policy)  # type: ignore[arg-type]


def looked(journey: Journey) -> FaceObservation:
    """One face, a tenth of a second from now."""
    return build.face(at_ns=at(journey.seconds + 0.1).monotonic_ns, sequence=round(journey.seconds * 10) + 1)


def face(journey: Journey) -> ev.FaceObserved:
    return ev.FaceObserved(journey.ticket, looked(journey))


def nobody(journey: Journey, seconds: float) -> Journey:
    """Frames without a face, ten a second, as the eyes send them."""
    for _ in range(round(seconds * 10)):
        journey.send(ev.FaceObserved(journey.ticket, replace(looked(journey), faces=(), view=None)))
        if not isinstance(journey.state, ProvingLive):
            break
    return journey


def test_the_face_screen_is_covered_after_three_seconds_without_a_face_and_not_before() -> None:
    journey = Journey(context=ATTENDED).proving()
    journey.send(face(journey))
    nobody(journey, 2.8)
    assert not covered(journey)
    nobody(journey, 0.3)
    assert covered(journey)
    journey.send(face(journey))
    assert not covered(journey)


def test_whoever_steps_away_from_the_face_screen_finds_it_as_it_was() -> None:
    """Away for longer than a face is waited for at the start: without the cover the run would have ended."""
    journey = Journey(context=ATTENDED).proving()
    journey.send(face(journey))
    before = journey.state
    nobody(journey, LIVENESS.start_within_s + 5.0)
    assert isinstance(before, ProvingLive)
    assert isinstance(journey.state, ProvingLive)
    assert journey.state.run.verdict is None
    assert journey.state.run.script == before.run.script
    assert journey.state.run.likeness == before.run.likeness
    assert isinstance(journey.state.run.phase, Settling)


def test_the_face_run_waits_no_longer_than_the_policy_says() -> None:
    journey = Journey(context=ATTENDED).proving()
    journey.send(face(journey))
    nobody(journey, JOURNEY.blank_after_s + JOURNEY.face_held_s + LIVENESS.start_within_s + 1.0)
    assert not isinstance(journey.state, ProvingLive)


def test_absences_add_up() -> None:
    journey = Journey(context=ATTENDED).proving()
    for _ in range(3):
        journey.send(face(journey))
        nobody(journey, 10.0)
    assert isinstance(journey.state, ProvingLive)
    # Three times seven seconds were covered; the first three of each were not.
    assert 20.0e9 < journey.state.held_ns <= 21.1e9


def ended() -> Journey:
    journey = Journey(context=ATTENDED).compared()
    journey.send(ev.CaseKept(journey.ticket))
    assert isinstance(journey.state, Finished)
    return journey


def test_the_result_is_covered_when_its_customer_walks_away_and_uncovered_when_they_return() -> None:
    journey = ended()
    state = journey.state
    assert isinstance(state, Finished)
    ticket = Ticket(SESSION, state.step)
    assert journey.last(do.WatchFor) == do.WatchFor(do.Watch.PRESENCE, ticket)
    journey.send(ev.PresenceSeen(ticket, somebody=True))
    journey.send(ev.PresenceSeen(ticket, somebody=False), after_s=2.9)
    assert not covered(journey)
    journey.send(ev.PresenceSeen(ticket, somebody=False), after_s=0.1)
    assert covered(journey)
    journey.send(ev.PresenceSeen(ticket, somebody=True))
    assert not covered(journey)
    journey.send(ev.PresenceSeen(ticket, somebody=False), after_s=3.0)
    assert covered(journey)
    journey.send(ev.StillHere())
    assert not covered(journey)


def test_a_look_of_the_last_case_uncovers_nothing() -> None:
    journey = ended()
    assert isinstance(journey.state, Finished)
    journey.send(ev.PresenceSeen(Ticket(SESSION, journey.state.step), somebody=False), after_s=3.0)
    journey.send(ev.PresenceSeen(Ticket(SESSION, journey.state.step - 1), somebody=True))
    assert covered(journey)


def test_when_the_result_closes_nobody_is_looked_for_any_more() -> None:
    journey = ended().send(ev.FinishTouched())
    assert journey.state == Idle()
    assert journey.last(do.WatchFor) == do.WatchFor(do.Watch.NOTHING, None)


def test_the_next_customer_is_not_looked_at_before_they_agree() -> None:
    journey = ended()
    journey.send(ev.CaseOpened(SESSION, Channel.BOOTH, build.opening(), "en", None))
    assert isinstance(journey.state, AskingConsent)
    assert journey.last(do.WatchFor) == do.WatchFor(do.Watch.NOTHING, None)


def test_who_stopped_the_check_is_not_looked_at_any_more() -> None:
    journey = Journey().show_document().send(ev.CancelTouched())
    assert journey.last(do.WatchFor) == do.WatchFor(do.Watch.NOTHING, None)
    journey.send(ev.Ticked(), after_s=5.0)
    assert not covered(journey)


def test_who_never_agreed_is_not_looked_for_at_the_last_words_either() -> None:
    journey = Journey().send(ev.CancelTouched())
    assert journey.last(do.WatchFor) == do.WatchFor(do.Watch.NOTHING, None)
    journey.send(ev.Ticked(), after_s=5.0)
    assert not covered(journey)


# Nobody can be seen


def looks(journey: Journey, seconds: float, *, somebody: bool = False) -> Journey:
    """Looks beside the document's watch, as often as the eyes make them."""
    for _ in range(round(seconds / 0.4)):
        journey.send(ev.PresenceSeen(journey.ticket, somebody=somebody), after_s=0.4)
    return journey


def test_eyes_that_have_stopped_looking_cover_nothing() -> None:
    """A camera that is gone, or stands still, whether or not anybody said so."""
    journey = looks(Journey(context=ATTENDED).consent(), 2.0)
    for _ in range(20):
        journey.send(ev.Ticked(), after_s=1.0)
        assert not covered(journey)


def test_what_is_covered_when_the_camera_goes_stays_covered_until_a_touch_and_is_not_covered_again() -> None:
    journey = looks(Journey(context=ATTENDED).consent(), 4.0)
    journey.send(ev.CameraStopped("CameraLost"))
    journey.send(ev.CameraReturned())
    journey = looks(journey, 4.0)
    for _ in range(5):
        journey.send(ev.Ticked(), after_s=1.0)
        assert covered(journey)
    journey.send(ev.StillHere())
    for _ in range(20):
        assert not covered(journey)
        journey.send(ev.Ticked(), after_s=1.0)


def test_whoever_touches_and_cannot_be_seen_is_not_covered_between_two_touches() -> None:
    journey = looks(Journey(context=ATTENDED).consent(), 3.2)
    assert covered(journey)
    journey.send(ev.StillHere())
    looks(journey, JOURNEY.blank_unseen_after_s - 0.6)
    assert not covered(journey)
    looks(journey, 0.8)
    assert covered(journey)


def test_the_last_words_stay_as_long_before_whoever_touches_and_cannot_be_seen() -> None:
    journey = looks(ended(), 3.2)
    assert covered(journey)
    journey.send(ev.StillHere())
    looks(journey, JOURNEY.blank_unseen_after_s - 0.6)
    assert not covered(journey)
    looks(journey, 0.8)
    assert covered(journey)
    journey.send(ev.StillHere())
    looks(journey, 0.4, somebody=True)
    looks(journey, 3.2)
    assert covered(journey)


def test_once_a_face_was_seen_again_three_seconds_count_as_before() -> None:
    journey = looks(Journey(context=ATTENDED).consent(), 3.2)
    journey.send(ev.StillHere())
    looks(journey, 0.4, somebody=True)
    looks(journey, 2.8)
    assert not covered(journey)
    looks(journey, 0.4)
    assert covered(journey)
