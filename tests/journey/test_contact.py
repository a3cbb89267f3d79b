"""How the bank can reach a customer: asked only of who agreed, checked as typed, never lost, never kept without need."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.attention import idle_left_ns, is_unattended
from kiosk.journey.contact import LONGEST, NOTHING, ContactDraft, ContactField, Typed, Why, check, details_of, usable_of
from kiosk.journey.states import Cancelled, Finished, Keeping, PreparingFace, ShowingDocument, TakingContact
from kiosk.record import AccountOpening, ContactDetails
from kiosk.values import Channel, ConsentPurpose, Masked, SessionId
from kiosk.wire.sense import check_record
from tests.journey import build
from tests.journey.build import ATTENDED, SESSION, at
from tests.journey.walk import Journey

EMAIL, PHONE, ADDRESS = ContactField
BOTH = (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)


@pytest.mark.parametrize(
    ("text", "typed", "why"),
    [
        ("", Typed.EMPTY, None),
        ("   ", Typed.EMPTY, None),
        ("anna", Typed.GOING, Why.EMAIL_UNFINISHED),
        ("anna@", Typed.GOING, Why.EMAIL_UNFINISHED),
        ("anna@example", Typed.GOING, Why.EMAIL_UNFINISHED),
        ("anna@example.", Typed.GOING, Why.EMAIL_UNFINISHED),
        ("anna@example.o", Typed.GOING, Why.EMAIL_UNFINISHED),
        ("anna@example.org", Typed.RIGHT, None),
        ("a.n+x@mail.example.co", Typed.RIGHT, None),
        ("anna@@", Typed.WRONG, Why.EMAIL_TWO),
        ("anna@a@", Typed.WRONG, Why.EMAIL_TWO),
        ("@", Typed.WRONG, Why.EMAIL_SIGN),
        ("an na", Typed.WRONG, Why.EMAIL_SIGN),
        ("änna", Typed.WRONG, Why.EMAIL_SIGN),
        ("anna@exa_mple.org", Typed.WRONG, Why.EMAIL_SIGN),
        (".anna", Typed.WRONG, Why.EMAIL_DOT),
        ("an..na", Typed.WRONG, Why.EMAIL_DOT),
        ("anna.@", Typed.WRONG, Why.EMAIL_DOT),
        ("anna@.org", Typed.WRONG, Why.EMAIL_DOT),
        ("anna@-a.org", Typed.WRONG, Why.EMAIL_SIGN),
        ("x" * 65, Typed.WRONG, Why.EMAIL_SIGN),
    ],
)
def test_an_email_address_is_judged_by_what_can_still_become_of_it(text: str, typed: Typed, why: Why | None) -> None:
    found = check(EMAIL, text)
    assert (found.typed, found.why) == (typed, why)


@pytest.mark.parametrize(
    ("text", "typed", "why"),
    [
        ("+44", Typed.GOING, Why.PHONE_SHORT),
        ("+44 20 7946 0000", Typed.RIGHT, None),
        ("030 901820", Typed.RIGHT, None),
        ("٠٣٠٩٠١٨٢٠", Typed.RIGHT, None),
        ("1" * 16, Typed.WRONG, Why.PHONE_LONG),
        ("12a", Typed.WRONG, Why.PHONE_SIGN),
        ("0+1", Typed.WRONG, Why.PHONE_SIGN),
    ],
)
def test_a_telephone_number_has_seven_to_fifteen_digits_of_any_script(text: str, typed: Typed, why: Why | None) -> None:
    found = check(PHONE, text)
    assert (found.typed, found.why) == (typed, why)


@given(some.sampled_from(ContactField), some.text(max_size=300))
@example(EMAIL, "a@b.cc")
def test_whatever_is_typed_is_judged_and_wrong_stays_wrong_with_more(field: ContactField, text: str) -> None:
    found = check(field, text)
    assert (found.why is None) == (found.typed in (Typed.EMPTY, Typed.RIGHT))
    if found.typed is Typed.WRONG and text == text.strip():
        assert check(field, text + "1").typed is Typed.WRONG


def test_what_is_given_is_tidied_and_needs_a_way_to_reach_the_customer() -> None:
    typed = ContactDraft(Masked(" anna@example.org "), Masked("+٤٤ (20) 7946-0000"), Masked(" 1  Harbour\u00a0Road "))
    assert details_of(typed) == ContactDetails(Masked("+442079460000"), Masked("anna@example.org"), Masked("1 Harbour Road"))
    assert details_of(replace(typed, email=NOTHING, phone=NOTHING)) is None
    assert details_of(replace(typed, email=Masked("anna@"))) is None
    assert usable_of(replace(typed, email=Masked("anna@"))) == ContactDetails(Masked("+442079460000"), NOTHING, Masked("1 Harbour Road"))


def asked(purposes: tuple[ConsentPurpose, ...] = BOTH) -> Journey:
    journey = Journey().send(ev.ConsentGiven("1", purposes))
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame()))
    read = build.read()
    printed = replace(read, fields=replace(read.fields, printed_address=Masked("12 Harbour\nRoad")))
    return journey.send(ev.DocumentAnswered(journey.ticket, printed, build.frame()))


def typing(journey: Journey, field: ContactField, text: str) -> Journey:
    return journey.send(ev.ContactTyped(SESSION, field, Masked(text)))


def test_a_customer_who_agreed_to_it_is_asked_after_the_document_with_its_address_filled_in() -> None:
    journey = asked()
    assert isinstance(journey.state, TakingContact)
    assert (journey.state.draft, journey.state.at) == (
        ContactDraft(phone=Masked("+31 "), address=Masked("12 Harbour Road"), prefilled=True, code="+31 "),
        EMAIL,
    )
    watched = journey.last(do.WatchFor)
    assert isinstance(watched, do.WatchFor)
    assert watched.watch is do.Watch.PRESENCE


def test_who_did_not_agree_is_not_asked_nor_is_anybody_at_the_desk() -> None:
    assert isinstance(asked((ConsentPurpose.IDENTITY_CHECK,)).state, PreparingFace)
    journey = Journey(Channel.DESK, ATTENDED).send(ev.ConsentGiven("1", BOTH))
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame()))
    assert isinstance(journey.send(ev.DocumentAnswered(journey.ticket, build.read(), build.frame())).state, PreparingFace)


def test_what_was_given_is_in_the_record_and_the_audit_line_says_only_that_it_was() -> None:
    journey = typing(typing(asked(), EMAIL, "anna@example.org"), PHONE, "+442079460000").send(ev.ContactGiven(SESSION))
    assert isinstance(journey.state, PreparingFace)
    given = ContactDetails(Masked("+442079460000"), Masked("anna@example.org"), Masked("12 Harbour Road"))
    assert journey.state.case.purpose == AccountOpening(given)
    assert do.NoteStep(SESSION, "ContactGiven") in journey.asked
    journey.send(ev.HelpTouched())
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    check_record(kept.record)
    assert kept.record.purpose == AccountOpening(given)


def test_nothing_unfinished_is_given_however_often_it_is_tapped() -> None:
    journey = typing(asked(), EMAIL, "anna@")
    for _ in range(5):
        journey.send(ev.ContactGiven(SESSION))
    assert isinstance(journey.state, TakingContact)


def test_left_out_it_is_not_asked_again_and_not_kept() -> None:
    journey = asked().send(ev.ContactSkipped(SESSION))
    assert isinstance(journey.state, PreparingFace)
    assert journey.state.case.purpose == AccountOpening(None)
    assert do.NoteStep(SESSION, "ContactSkipped") in journey.asked


def test_what_was_typed_survives_another_language_and_another_field() -> None:
    journey = typing(asked(), EMAIL, "anna@exa").send(ev.LanguageChanged("ar")).send(ev.ContactFieldTouched(SESSION, PHONE))
    assert isinstance(journey.state, TakingContact)
    assert (journey.state.draft.email, journey.state.at, journey.state.case.language) == (Masked("anna@exa"), PHONE, "ar")


def test_what_the_last_customer_typed_too_late_does_not_land_in_this_case() -> None:
    journey = asked()
    other = SessionId("f" * 32)
    for late in (ev.ContactTyped(other, EMAIL, Masked("x")), ev.ContactFieldTouched(other, PHONE), ev.ContactSkipped(other)):
        before = journey.state
        journey.send(late, after_s=0.0)
        assert isinstance(journey.state, TakingContact) and isinstance(before, TakingContact)
        assert (journey.state.draft, journey.state.at) == (before.draft, before.at)


def test_a_field_takes_two_hundred_characters_and_no_more() -> None:
    journey = typing(asked(), ADDRESS, "ß" * 500)
    assert isinstance(journey.state, TakingContact)
    assert journey.state.draft.address == Masked("ß" * LONGEST)


def test_cancelled_nothing_of_it_is_left() -> None:
    journey = typing(asked(), EMAIL, "anna@example.org").send(ev.CancelTouched())
    assert isinstance(journey.state, Finished)
    assert (journey.state.session, journey.state.ending) == (SESSION, Cancelled())
    assert not hasattr(journey.state, "case")
    assert not any(isinstance(effect, do.KeepCase) for effect in journey.asked)


def test_help_hands_over_what_is_complete_of_it() -> None:
    journey = typing(typing(asked(), EMAIL, "anna@"), PHONE, "+442079460000").send(ev.HelpTouched())
    assert isinstance(journey.state, Keeping)
    assert journey.state.case.purpose == AccountOpening(ContactDetails(Masked("+442079460000"), NOTHING, Masked("12 Harbour Road")))


# Nobody there


def test_the_screen_is_covered_three_seconds_after_the_last_face_and_uncovered_by_the_next() -> None:
    journey = asked()
    policy = ATTENDED.policy

    def covered() -> bool:
        assert isinstance(journey.state, TakingContact | ShowingDocument)
        return is_unattended(journey.state, at(journey.seconds), policy)

    journey.send(ev.PresenceSeen(journey.ticket, somebody=True))
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=2.9)
    assert not covered()
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=0.1)
    assert covered()
    before = journey.state
    journey.send(ev.PresenceSeen(journey.ticket, somebody=True))
    assert not covered()
    assert isinstance(before, TakingContact) and isinstance(journey.state, TakingContact)
    assert journey.state.draft == before.draft
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=3.0)
    assert covered()
    journey.send(ev.StillHere())
    assert not covered()


def left_and_found(journey: Journey) -> Journey:
    """Nobody stands there for three seconds; then somebody does."""
    journey.send(ev.PresenceSeen(journey.ticket, somebody=True))
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=3.0)
    return journey.send(ev.PresenceSeen(journey.ticket, somebody=True))


def test_what_was_typed_before_the_screen_was_covered_counts_and_is_not_shown_again() -> None:
    journey = left_and_found(typing(asked(), EMAIL, "anna@example.org"))
    assert isinstance(journey.state, TakingContact)
    assert journey.state.left
    # The address is the document's; the telephone holds nothing that anybody typed.
    assert journey.state.hidden == {EMAIL, ADDRESS}
    assert journey.state.draft.email == Masked("anna@example.org")
    journey.send(ev.ContactGiven(SESSION))
    assert isinstance(journey.state, PreparingFace)


def test_a_touch_that_takes_the_cover_away_shows_no_more_than_a_face_does() -> None:
    journey = typing(asked(), EMAIL, "anna@")
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=3.0)
    journey.send(ev.StillHere())
    assert isinstance(journey.state, TakingContact)
    assert EMAIL in journey.state.hidden


def test_what_is_typed_into_an_emptied_field_is_shown_until_somebody_leaves_again() -> None:
    journey = left_and_found(typing(asked(), EMAIL, "anna@"))
    typing(journey, EMAIL, "anna@e")
    assert isinstance(journey.state, TakingContact) and EMAIL in journey.state.hidden
    typing(typing(journey, EMAIL, ""), EMAIL, "bo@")
    assert isinstance(journey.state, TakingContact) and EMAIL not in journey.state.hidden
    left_and_found(journey)
    assert isinstance(journey.state, TakingContact) and EMAIL in journey.state.hidden


def test_bending_down_for_less_than_three_seconds_hides_nothing() -> None:
    journey = typing(asked(), EMAIL, "anna@")
    journey.send(ev.PresenceSeen(journey.ticket, somebody=False), after_s=2.5)
    journey.send(ev.PresenceSeen(journey.ticket, somebody=True))
    assert isinstance(journey.state, TakingContact)
    assert (journey.state.left, journey.state.hidden) == (False, frozenset())


def test_a_page_held_before_the_face_is_somebody() -> None:
    journey = Journey().consent()
    for _ in range(10):
        journey.send(ev.PageSeen(journey.ticket, build.page(), None), after_s=1.0)
        assert isinstance(journey.state, ShowingDocument)
        assert not is_unattended(journey.state, at(journey.seconds), ATTENDED.policy)


def test_before_consent_and_at_the_desk_nobody_is_looked_for() -> None:
    for journey in (Journey(), Journey(Channel.DESK, ATTENDED).consent()):
        journey.send(ev.Ticked(), after_s=30.0)
        assert not is_unattended(journey.state, at(journey.seconds), ATTENDED.policy)  # type: ignore[arg-type]


@pytest.mark.parametrize("reach", ["consent", "document", "contact"])
def test_the_warning_leaves_twenty_seconds_and_a_touch_extends_it_as_often_as_it_is_asked(reach: str) -> None:
    journey = {"consent": Journey, "document": lambda: Journey().consent(), "contact": asked}[reach]()
    policy = ATTENDED.policy
    first = type(journey.state)
    for _ in range(12):
        before_warning_s = policy.journey.idle_warning_after_s
        journey.send(ev.Ticked(), after_s=before_warning_s)
        left = idle_left_ns(journey.state, at(journey.seconds), policy)  # type: ignore[arg-type]
        assert left is not None
        assert left >= 20_000_000_000
        journey.send(ev.Ticked(), after_s=19.9)
        assert type(journey.state) is first
        journey.send(ev.StillHere())
        assert type(journey.state) is first
    journey.send(ev.Ticked(), after_s=policy.journey.idle_warning_after_s + policy.journey.idle_countdown_s)
    assert isinstance(journey.state, Finished)


def test_the_time_it_takes_to_type_is_no_time_of_document_or_face() -> None:
    journey = asked()
    before = journey.state.case.conduct  # type: ignore[union-attr]
    journey.send(ev.ContactSkipped(SESSION), after_s=50.0)
    assert isinstance(journey.state, PreparingFace)
    after = journey.state.case.conduct
    assert after.document_ns == at(journey.seconds).monotonic_ns
    assert before.consent_ns is not None and before.document_ns is not None and after.consent_ns is not None
    assert after.document_ns - after.consent_ns == before.document_ns - before.consent_ns
