"""Signed updates: what is altered, old, meant for others or not yet due is refused, and the refusal is said."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import OperatorId, StationClass
from kiosk.wire.signed_update import (
    InForce,
    RefusedBecause,
    Update,
    UpdateKind,
    UpdateRefused,
    acceptable_update,
    genuine_update,
    read_revocation,
    sign_update,
    spell_revocation,
)

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PEOPLE = (OperatorId("cora"), OperatorId("sven"))


def signed(version: int = 2, kind: UpdateKind = UpdateKind.POLICY, payload: str = "version = 2\n") -> bytes:
    return sign_update(kind, version, StationClass.DEMO, NOW, payload, KEY, PEOPLE)


def genuine(envelope: bytes) -> Update:
    update = genuine_update(envelope, [KEY.public_key()])
    assert isinstance(update, Update)
    return update


def refused(envelope: bytes) -> RefusedBecause:
    update = genuine_update(envelope, [KEY.public_key()])
    assert isinstance(update, UpdateRefused)
    assert update.says.endswith(".")
    return update.because


def judged(
    update: Update, kind: UpdateKind = UpdateKind.POLICY, in_force: InForce | None = None, now: datetime = NOW
) -> RefusedBecause | None:
    found = acceptable_update(update, kind, StationClass.DEMO, in_force or InForce(1, "0" * 64), now, {})
    return None if found is None else found.because


def test_what_was_signed_comes_back_as_it_was() -> None:
    update = genuine(signed())
    assert (update.kind, update.version, update.payload, update.by) == (UpdateKind.POLICY, 2, "version = 2\n", PEOPLE)
    assert judged(update) is None


@pytest.mark.parametrize("member", ["by", "class", "issuer", "not_before", "payload", "update", "version"])
def test_an_update_altered_in_any_member_is_refused(member: str) -> None:
    members = json.loads(signed())
    other: dict[str, object] = {
        "by": ["cora"], "class": "production", "issuer": "0" * 32, "not_before": "2026-11-25T11:00:00.000000Z", "payload": "x",
        "update": "model", "version": 3,
    }  # fmt: skip
    members[member] = other[member]
    spelled = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert refused(spelled) is (RefusedBecause.UNKNOWN_ISSUER if member == "issuer" else RefusedBecause.BAD_SIGNATURE)


def test_a_key_the_station_does_not_trust_is_refused() -> None:
    foreign = sign_update(UpdateKind.POLICY, 2, StationClass.DEMO, NOW, "x", OTHER, PEOPLE)
    assert refused(foreign) is RefusedBecause.UNKNOWN_ISSUER


@given(st.binary(max_size=200) | st.integers(0, len(signed()) - 1).map(lambda cut: signed()[:cut]))
def test_bytes_that_are_no_update_are_refused_and_nothing_is_raised(envelope: bytes) -> None:
    assert refused(envelope) is RefusedBecause.MALFORMED


@given(st.integers(0, len(signed()) - 1), st.integers(1, 255))
def test_no_single_changed_byte_passes(place: int, change: int) -> None:
    altered = bytearray(signed())
    altered[place] ^= change
    assert isinstance(genuine_update(bytes(altered), [KEY.public_key()]), UpdateRefused)


def test_a_watch_list_does_not_pass_for_a_policy() -> None:
    assert judged(genuine(signed(kind=UpdateKind.WATCHLIST))) is RefusedBecause.OTHER_KIND


def test_what_is_meant_for_another_class_of_station_is_refused() -> None:
    update = genuine(sign_update(UpdateKind.POLICY, 2, StationClass.QA, NOW, "x", KEY, PEOPLE))
    assert judged(update) is RefusedBecause.OTHER_CLASS


def test_an_older_or_equal_version_is_refused() -> None:
    update = genuine(signed(2))
    assert judged(update, in_force=InForce(3, "0" * 64)) is RefusedBecause.NOT_NEWER
    assert judged(update, in_force=InForce(2, update.digest)) is RefusedBecause.NOT_NEWER


def test_two_contents_of_one_version_are_called_what_they_are() -> None:
    assert judged(genuine(signed(2)), in_force=InForce(2, "0" * 64)) is RefusedBecause.TWO_OF_ONE_VERSION


def test_what_is_not_due_yet_is_refused_until_it_is() -> None:
    update = genuine(signed())
    assert judged(update, now=NOW - timedelta(seconds=1)) is RefusedBecause.NOT_YET
    assert judged(update, now=NOW) is None


def test_a_revoked_content_is_refused_under_any_version() -> None:
    update = genuine(signed(9))
    revoked = {UpdateKind.POLICY: {update.digest}}
    found = acceptable_update(update, UpdateKind.POLICY, StationClass.DEMO, InForce(1, ""), NOW, revoked)
    assert found is not None
    assert found.because is RefusedBecause.REVOKED


def test_a_revocation_comes_back_as_it_was_and_no_other_text_passes_for_one() -> None:
    named = ((UpdateKind.POLICY, "a" * 64), (UpdateKind.WATCHLIST, "0" * 64))
    assert read_revocation(spell_revocation(named)) == named
    for text in ("{}", "[1]", '[{"digest":"zz","update":"policy"}]', '[{"digest":"' + "a" * 64 + '","update":"all"}]'):
        with pytest.raises(PacketRefused):
            read_revocation(text)
