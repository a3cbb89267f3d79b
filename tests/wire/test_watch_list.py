"""The watch-list: one spelling of each value, kinds of a newer bank, accounts that pay and are paid."""

import json

import pytest

from kiosk.faults import PacketRefused
from kiosk.record import AccountOpening, ContactDetails, HighValueTransaction
from kiosk.values import Masked
from kiosk.wire import canonical
from kiosk.wire.watch_list import Watched, WatchList, purpose_values, watch_hash, watch_list_from_text, watch_list_to_text

KEY = Masked(b"k" * 32)


def contact(phone: str = "", email: str = "", address: str = "") -> dict[Watched, str]:
    return dict(purpose_values(AccountOpening(ContactDetails(Masked(phone), Masked(email), Masked(address)))))


def paid(account: str, payee: str) -> dict[Watched, str]:
    return dict(purpose_values(HighValueTransaction(100, "EUR", Masked(payee), Masked(account))))


def listing(of: Watched, value: str, sure: float = 1.0) -> WatchList:
    entry = watch_hash(KEY, of, value)
    return watch_list_from_text(watch_list_to_text(WatchList(KEY, {entry: (of, sure)}, {entry: 3})))


@pytest.mark.parametrize("typed", ["+49 170 995550100", "0049-170 995550100", "0170/9955 50100", "(0170) 995.550.100", "٠١٧٠ ٩٩٥٥٥٠١٠٠"])
def test_a_telephone_is_the_same_however_it_is_typed(typed: str) -> None:
    assert contact(phone=typed) == contact(phone="+49170995550100")


def test_two_telephones_are_two() -> None:
    assert contact(phone="0170 995550100") != contact(phone="0170 995550101")


@pytest.mark.parametrize("typed", ["Ann.Lee@Mail.example", " annlee+shop@mail.example "])
def test_a_mail_box_is_the_same_with_dots_and_tags(typed: str) -> None:
    assert contact(email=typed) == contact(email="annlee@mail.example")


def test_a_mail_box_of_another_house_is_another() -> None:
    assert contact(email="annlee@mail.example") != contact(email="annlee@mailexample.org")


def test_an_address_is_its_words() -> None:
    assert contact(address="12, Harbour\nStreet; UTOPIA") == contact(address="12 harbour street utopia")
    assert contact(address="12 Harbour Street") != contact(address="1 2 Harbour Street")


@pytest.mark.parametrize("of", [Watched.PHONE, Watched.EMAIL, Watched.ADDRESS])
def test_contacts_on_the_list_are_found(of: Watched) -> None:
    told = contact("+49 170 995550100", "ann@mail.example", "12 Harbour Street")
    assert listing(of, told[of], 0.7).speaks_of(told.items()) == 0.7
    assert listing(of, told[of] + "x").speaks_of(told.items()) == 0.0


@pytest.mark.parametrize("of", [Watched.ACCOUNT, Watched.PAYEE])
def test_a_listed_account_counts_whether_it_pays_or_is_paid(of: Watched) -> None:
    listed = listing(of, paid("UT12 3456", "")[Watched.ACCOUNT])
    assert listed.speaks_of(paid("UT123456", "UT99").items()) == 1.0
    assert listed.speaks_of(paid("UT99", "ut12-3456").items()) == 1.0
    assert listed.speaks_of(paid("UT99", "UT98").items()) == 0.0


def test_frauds_are_counted_where_the_value_was_in_them() -> None:
    told = contact(phone="+49 170 995550100")
    assert listing(Watched.PHONE, told[Watched.PHONE], 0.0).frauds_of(told.items()) == 3
    assert listing(Watched.PHONE, "1").frauds_of(told.items()) == 0


def test_what_a_newer_bank_lists_besides_is_passed_over_and_the_rest_counts() -> None:
    told = contact(phone="+49 170 995550100", email="ann@mail.example")
    spelled = json.loads(watch_list_to_text(listing(Watched.PHONE, told[Watched.PHONE])))
    spelled["entries"]["0" * 32] = {"of": "iris", "sure": 1000}
    next(iter(spelled["entries"].values()))["until"] = "2031-01-01"
    read = watch_list_from_text(canonical.spell(spelled).decode())
    assert len(read.entries) == 1
    assert read.speaks_of(told.items()) == 1.0


@pytest.mark.parametrize(
    "entry", [{"of": "phone"}, {"of": "phone", "sure": 1001}, {"of": "phone", "sure": 1, "frauds": -1}, {"sure": 1}, 7]
)
def test_an_entry_that_is_none_makes_no_list(entry: object) -> None:
    text = canonical.spell({"entries": {"0" * 32: entry}, "format": 1, "key": "00" * 32}).decode()  # type: ignore[dict-item]
    with pytest.raises(PacketRefused):
        watch_list_from_text(text)
