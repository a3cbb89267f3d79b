"""A record's facts: links are the same for the same person, keyed, and name nobody; nothing of a protected group is a fact."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.document.reading import DocumentFields
from kiosk.faults import PacketRefused
from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.fact import NO_KEY, CaseFact, CaseKind, LinkKind, Looked
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.spelled import FACTS
from kiosk.record import AccountOpening, ContactDetails, HighValueTransaction, SessionRecord
from kiosk.values import Masked
from tests.wire.specimens import APPROVED

KEYS = LinkKeys(Masked(bytes(range(32))))
OTHER_KEYS = LinkKeys(Masked(bytes(32)))
AT = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)


def opening(phone: str, email: str, address: str) -> SessionRecord:
    return replace(APPROVED, purpose=AccountOpening(ContactDetails(Masked(phone), Masked(email), Masked(address))))


OPENING = opening("+99 555 0100", "A@b.example", "Lane 1, Utopia")


def facts(record: SessionRecord) -> CaseFact:
    return fact_of(record, 7, AT, KEYS)


def with_fields(record: SessionRecord, **changed: object) -> SessionRecord:
    held = record.document.fields
    assert isinstance(held, DocumentFields)
    return replace(record, document=replace(record.document, fields=replace(held, **changed)))  # type: ignore[arg-type]


def test_a_phone_written_another_way_is_the_same_phone_and_another_number_is_not() -> None:
    assert facts(opening("0099-555 0100", "a@B.example", "lane 1 utopia")).links == facts(OPENING).links
    other = opening("+99 555 0101", "A@b.example", "Lane 1, Utopia")
    assert facts(other).links.phone != facts(OPENING).links.phone
    assert facts(other).links.email == facts(OPENING).links.email


def test_one_altered_character_leaves_one_half_of_the_number_and_the_person_alone() -> None:
    before = facts(with_fields(OPENING, number=Masked("U23145890"))).links
    after = facts(with_fields(OPENING, number=Masked("U23145896"))).links
    assert before.document != after.document
    assert before.half_first == after.half_first != NO_KEY
    assert before.half_last != after.half_last
    assert before.person == after.person


def test_a_payee_who_is_a_customer_is_known_by_the_account_that_customer_pays_from() -> None:
    pays = facts(replace(APPROVED, purpose=HighValueTransaction(5_000_00, "EUR", Masked("UT11 2233"), Masked("UT99 0000"))))
    paid = facts(replace(APPROVED, purpose=HighValueTransaction(5_000_00, "EUR", Masked("UT77 7777"), Masked("ut112233"))))
    assert (pays.kind, pays.links.payee) == (CaseKind.PAYMENT, paid.links.account)


def test_another_bank_has_other_keys_for_the_same_people() -> None:
    ours, theirs = fact_of(OPENING, 1, AT, KEYS).links, fact_of(OPENING, 1, AT, OTHER_KEYS).links
    assert all(getattr(ours, one.name) != getattr(theirs, one.name) or not getattr(ours, one.name) for one in fields(ours))


def test_what_is_missing_links_nobody() -> None:
    assert KEYS.key(LinkKind.PHONE, "") == NO_KEY
    nothing = replace(OPENING, document=replace(OPENING.document, fields=None), liveness=None, purpose=AccountOpening(None))
    links = facts(nothing).links
    assert {getattr(links, one.name) for one in fields(links)} == {NO_KEY}


def test_facts_hold_no_age_sex_nationality_or_country() -> None:
    young = facts(with_fields(OPENING, sex="F", nationality="UTO"))
    old = facts(with_fields(OPENING, sex="M", nationality="NLD"))
    assert young == old
    later = facts(with_fields(OPENING, birth_date=Masked(date(1931, 1, 2))))
    unlinked = replace(later.links, person=young.links.person, half_first=young.links.half_first, half_last=young.links.half_last)
    assert replace(later, links=unlinked) == young


def test_what_the_station_saw_is_told_in_words_that_mean_the_same_everywhere() -> None:
    fact = facts(OPENING)
    assert (fact.liveness, fact.match, fact.holder) == (Looked.VOUCHES, Looked.VOUCHES, Looked.ABSENT)
    assert fact.received_s - fact.opened_s == (AT - OPENING.opened_at).total_seconds()


def test_a_fact_comes_back_from_its_bytes_and_half_of_it_is_refused() -> None:
    fact = facts(OPENING)
    assert FACTS.read(FACTS.write(fact)) == fact
    with pytest.raises(PacketRefused):
        FACTS.read(FACTS.write(fact)[:-9])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_fact_are_refused_and_nothing_else(spelled: bytes) -> None:
    with pytest.raises(PacketRefused):
        FACTS.read(spelled)


def test_a_case_is_folded_once() -> None:
    fold = Fold()
    assert len(fold.take(facts(OPENING))) == 1
    assert fold.take(facts(OPENING)) == ()
