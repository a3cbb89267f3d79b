"""The document step: what is read, kept, asked for again."""

from dataclasses import replace

from kiosk.document.reading import MrzLayout, PageHint, Unknown, Unreadable, UnreadableBecause
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.states import Finished, Keeping, PreparingFace, ShowingDocument, TimedOut
from kiosk.risk.decision import Refer
from kiosk.values import Channel, Masked, SessionId
from tests.journey import build
from tests.journey.build import ATTENDED, SESSION, UNATTENDED
from tests.journey.walk import Journey


def test_a_second_picture_is_not_read_while_one_is_being_read() -> None:
    journey = Journey().show_document()
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(1)))
    assert sum(isinstance(effect, do.ReadDocument) for effect in journey.asked) == 1


def test_a_side_without_portrait_is_kept_while_the_other_side_is_asked_for() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame()))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.hint is PageHint.OTHER_WAY
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(1)))
    asked = journey.last(do.ReadDocument)
    assert isinstance(asked, do.ReadDocument)
    assert asked.so_far is not None


def test_an_unreadable_document_at_the_booth_brings_a_person_after_some_tries() -> None:
    journey = Journey().consent()
    for attempt in range(UNATTENDED.policy.document.reads_before_help):
        journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(attempt)))
        outcome = Unreadable(UnreadableBecause.GLARE) if attempt % 2 else Unknown(None)
        journey.send(ev.DocumentAnswered(journey.ticket, outcome, build.frame(attempt)))
    assert isinstance(journey.state, Keeping)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)


def test_a_picture_that_is_no_picture_counts_as_a_failed_try() -> None:
    journey = Journey().show_document()
    journey.send(ev.WorkFailed(journey.ticket, "PictureUnreadable"))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.attempts == 1
    assert journey.state.last_failure == Unreadable(UnreadableBecause.NO_PICTURE)


def test_a_still_rectangle_on_the_wall_does_not_keep_a_session_open() -> None:
    journey = Journey().consent()
    policy = UNATTENDED.policy.journey
    for _ in range(int(policy.idle_warning_after_s + policy.idle_countdown_s)):
        journey.send(ev.PageSeen(journey.ticket, build.page(ready=False), None), after_s=1.0)
    journey.send(ev.Ticked())
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == TimedOut()


def test_a_document_step_without_a_touch_ends_whatever_the_camera_sees() -> None:
    journey = Journey().consent()
    moving = replace(build.page(ready=False), stillness_px=50.0)
    for _ in range(int(UNATTENDED.policy.journey.document_within_s) + 1):
        journey.send(ev.PageSeen(journey.ticket, moving, None), after_s=1.0)
    journey.send(ev.Ticked())
    assert isinstance(journey.state, Finished)


def test_the_same_side_read_many_times_is_no_failed_try() -> None:
    journey = Journey().consent()
    for attempt in range(3 * UNATTENDED.policy.document.reads_before_help):
        journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(attempt)))
        journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame(attempt)))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.attempts == 0


def test_a_card_never_turned_over_goes_on_without_a_portrait_after_a_while() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame()))
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.other_side_within_s)
    assert isinstance(journey.state, PreparingFace)


def test_a_picture_chosen_for_the_last_case_does_not_land_in_this_one() -> None:
    journey = Journey(Channel.DESK, ATTENDED).consent()
    journey.send(ev.PictureSupplied(SessionId("f" * 32), build.frame()))
    assert not any(isinstance(effect, do.ReadDocument) for effect in journey.asked)
    journey.send(ev.PictureSupplied(SESSION, build.frame()))
    assert any(isinstance(effect, do.ReadDocument) for effect in journey.asked)


def test_a_passport_page_without_its_portrait_is_asked_for_whole_and_not_turned_over() -> None:
    journey = Journey().show_document()
    passport = build.read(portrait=False)
    passport = replace(passport, fields=replace(passport.fields, layout=MrzLayout.TD3))
    journey.send(ev.DocumentAnswered(journey.ticket, passport, build.frame()))
    assert isinstance(journey.state, ShowingDocument)
    assert (journey.state.hint, journey.state.so_far, journey.state.attempts) == (PageHint.FARTHER, passport, 1)


def swiped_lines() -> ev.MrzSwiped:
    lines = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F3204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
    return ev.MrzSwiped(SESSION, Masked(lines))


def test_swiped_lines_are_a_first_side_whose_portrait_is_still_wanted() -> None:
    journey = Journey(channel=Channel.DESK).show_document()
    journey.send(swiped_lines())
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.so_far is not None
    assert journey.state.so_far.fields.surname.reveal() == "ERIKSSON"
    assert (journey.state.hint, journey.state.attempts, journey.state.case.document) == (PageHint.OTHER_WAY, 0, None)


def test_swiped_lines_that_are_no_mrz_cost_no_try_and_undo_nothing() -> None:
    journey = Journey(channel=Channel.DESK).show_document()
    journey.send(swiped_lines())
    read = journey.state.so_far if isinstance(journey.state, ShowingDocument) else None
    journey.send(replace(swiped_lines(), lines=Masked(("A" * 44, "B" * 43))))
    assert isinstance(journey.state, ShowingDocument)
    assert (journey.state.so_far, journey.state.attempts) == (read, 0)
    assert journey.state.last_failure == Unreadable(UnreadableBecause.MRZ_DAMAGED)


def test_lines_swiped_for_another_case_or_in_the_booth_are_dropped() -> None:
    desk = Journey(channel=Channel.DESK).show_document()
    desk.send(replace(swiped_lines(), session=SessionId("f" * 32)))
    booth = Journey().show_document()
    booth.send(swiped_lines())
    for journey in (desk, booth):
        assert isinstance(journey.state, ShowingDocument)
        assert journey.state.so_far is None
