"""The record's canonical spelling."""

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.record import AccountOpening
from kiosk.values import Masked, SessionId
from kiosk.wire.plain import RECORD_FORMAT, Unwritable, decode_record, encode_record, schema_fingerprint
from tests.wire.specimens import APPROVED, NOON, RECORDS, TRANSFER


@settings(max_examples=60)
@given(RECORDS)
def test_every_record_the_types_allow_comes_back_as_it_was(record) -> None:
    spelled = encode_record(record)
    assert decode_record(spelled, RECORD_FORMAT) == record
    assert encode_record(decode_record(spelled, RECORD_FORMAT)) == spelled


def test_the_transaction_reads_as_plain_json() -> None:
    purpose = json.loads(encode_record(TRANSFER))["purpose"]
    assert purpose == {
        "is": "HighValueTransaction",
        "amount_minor": 1250000,
        "currency": "EUR",
        "payee": "Utopia Boatyard",
        "debit_account": "UT00 0000 0001",
    }


def test_the_spelling_has_sorted_keys_no_blanks_and_letters_as_they_are() -> None:
    spelled = encode_record(APPROVED).decode()
    assert spelled.startswith(
        '{"channel":"desk","closed_at":"2026-03-04T12:01:00.125000Z","consent":{"given_at":"2026-03-04T12:00:05.000000Z",'
    )
    assert '"address":"Šídlo 1, Utopia"' in spelled


def test_a_changed_schema_is_a_new_record_format() -> None:
    """If this fails, the wire changed: raise RECORD_FORMAT, add an upgrade from the format before, write a new vector, then this line."""
    assert (RECORD_FORMAT, schema_fingerprint()) == (2, "cfc98aa46f0bc7b434a83dda86bfde2d1ed3483f4da92ddcfd729e994178395f")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"channel"', b' {"channel"'),
        (b'"language":"en"', b'"language": "en"'),
        (b'"channel":"desk"', b'"channel":"lobby"'),
        (b'"channel":"desk",', b""),
        (b'"channel":"desk",', b'"channel":"desk","channel":"desk",'),
        (b'"channel":"desk",', b'"channel":"desk","charm":1,'),
        (b'"confidence":0.97', b'"confidence":NaN'),
        (b'"confidence":0.97', b'"confidence":1e999'),
        (b'"confidence":0.97', b'"confidence":1'),
        (b'"confidence":0.97', b'"confidence":0.970'),
        (b'"confidence":0.97', b'"confidence":"0.97"'),
        (b'"frames":412', b'"frames":412.0'),
        (b'"frames":412', b'"frames":true'),
        (b'"frames":412', b'"frames":' + b"9" * 19),
        (b'"frames":412', b'"frames":' + b"9" * 5000),
        (b'"is":"Live"', b'"is":"Undecided"'),
        (b'"is":"Live"', b'"is":"Alive"'),
        (b'"is":"Live"', b'"is":["Live"]'),
        (b'"2026-03-04T12:00:00.000000Z"', b'"2026-03-04T12:00:00Z"'),
        (b'"2026-03-04T12:00:00.000000Z"', b'"2026-03-04T12:00:00.000000+01:00"'),
        (b'"2026-03-04T12:00:00.000000Z"', b'"2026-02-30T12:00:00.000000Z"'),
        (b'"1974-08-12"', b'"19740812"'),
        (b'"1974-08-12"', b'"1974-08-32"'),
        (b'"language":"en"', b'"language":null'),
        (b'"language":"en"', b'"language":"\\ud800"'),
        (b'"language":"en"', b'"language":"' + b"x" * 4097 + b'"'),
        (b'"failed_work":[]', b'"failed_work":{}'),
        (b'"failed_work":[]', b'"failed_work":[' + b",".join([b'""'] * 1025) + b"]"),
        (b'"failed_work":[]', b'"failed_work":' + b"[" * 100_000 + b"]" * 100_000),
        (b'"fixed_by_qa":false', b'"fixed_by_qa":0'),
    ],
)
def test_a_record_spelled_any_other_way_is_refused(old: bytes, new: bytes) -> None:
    spelled = encode_record(APPROVED)
    assert old in spelled
    with pytest.raises(PacketRefused):
        decode_record(spelled.replace(old, new, 1), RECORD_FORMAT)


@settings(max_examples=200)
@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(lambda j: json.dumps(j).encode())
)
def test_whatever_the_bytes_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        decode_record(data, RECORD_FORMAT)


@pytest.mark.parametrize("record_format", [0, -1, RECORD_FORMAT + 1])
def test_a_record_format_from_elsewhere_is_refused(record_format: int) -> None:
    with pytest.raises(PacketRefused):
        decode_record(encode_record(APPROVED), record_format)


def test_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(PacketRefused):
        encode_record(replace(APPROVED, document=replace(APPROVED.document, confidence=math.nan)))


def test_half_a_character_is_not_written() -> None:
    with pytest.raises(PacketRefused):
        encode_record(replace(APPROVED, language="\ud800"))


def test_a_time_of_another_zone_is_a_bug_not_a_record() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=1)))
    with pytest.raises(Unwritable, match=r"record\.opened_at"):
        encode_record(replace(APPROVED, opened_at=elsewhere))


def test_a_value_of_another_type_is_named_by_its_place_and_never_shown() -> None:
    secret = Masked(AccountOpening)
    with pytest.raises(Unwritable) as caught:
        encode_record(replace(APPROVED, session=SessionId(secret)))  # type: ignore[arg-type]
    assert str(caught.value) == "record.session is Masked, not str"


def test_a_number_that_calls_itself_a_float_is_written_as_the_plain_float() -> None:
    class Peculiar(float):
        def __repr__(self) -> str:
            return "peculiar"

    record = replace(APPROVED, document=replace(APPROVED.document, confidence=Peculiar(0.5)))
    assert b'"confidence":0.5,' in encode_record(record)
    assert type(decode_record(encode_record(record), RECORD_FORMAT).document.confidence) is float


def test_times_before_the_year_thousand_survive() -> None:
    record = replace(APPROVED, opened_at=datetime(33, 4, 3, tzinfo=NOON.tzinfo))
    assert decode_record(encode_record(record), RECORD_FORMAT).opened_at == record.opened_at
