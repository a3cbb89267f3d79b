"""Passwords are checked with Argon2id; those of version 0.1 still open, once."""

import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.faults import StoreDamaged
from kiosk.trust.passwords import Cost, Verifier, is_dated, is_right, make_verifier
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire import canonical
from tests.trust.people import QUICK, RIGHT, WRONG, enrolled, staffed
from tests.vault.specimen import NOW, store_in


def scrypt_verifier(password: str) -> Verifier:
    """As version 0.1 made them, with a smaller n."""
    salt = os.urandom(16)
    made = Scrypt(salt=salt, length=32, n=4, r=8, p=1).derive(password.encode())
    text = {"n": 4, "r": 8, "p": 1, "salt": base64.b64encode(salt).decode(), "derived": base64.b64encode(made).decode()}
    return Verifier(canonical.spell(text))


def test_the_shipped_cost_is_rfc_9106s_for_little_memory() -> None:
    assert Cost() == Cost(passes=3, memory_kib=65_536, lanes=4)
    assert make_verifier(RIGHT, Cost()).spelled.startswith(b"$argon2id$v=19$m=65536,t=3,p=4$")


def test_right_and_wrong_are_told_apart() -> None:
    verifier = make_verifier(RIGHT, QUICK)
    assert is_right(RIGHT, verifier)
    assert not is_right(WRONG, verifier)
    assert make_verifier(RIGHT, QUICK) != verifier


def test_the_same_password_typed_as_other_code_points_is_right() -> None:
    assert is_right(Masked("caf\u00e9 caf\u00e9 caf\u00e9"), make_verifier(Masked("cafe\u0301 cafe\u0301 cafe\u0301"), QUICK))


def test_a_verifier_of_the_first_version_still_opens_and_is_made_anew(tmp_path: Path) -> None:
    old = scrypt_verifier("correct horse battery")
    assert is_right(RIGHT, old)
    assert not is_right(WRONG, old)
    assert is_dated(old, QUICK)
    later = NOW + timedelta(minutes=2)
    with store_in(tmp_path / "store") as store:
        operators, _ = staffed(store)
        with store.trust_rows() as rows:
            rows.add_operator(OperatorRow(OperatorId("omar"), "teller", Masked(old.spelled), 0, None, NOW))
        omar = enrolled(operators, "omar", Role.TELLER)
        assert isinstance(omar.enters(operators, later), SignedIn)
        with store.trust_rows() as rows:
            row = rows.operator(OperatorId("omar"))
        assert row is not None
        assert row.secret.reveal().startswith(b"$argon2id$")
        assert isinstance(omar.enters(operators, later + timedelta(minutes=1)), SignedIn)


@pytest.mark.parametrize("spelled", [b"", b"$argon2id$", b"$argon2id$v=19$m=8,t=1,p=1$x", b"{}", b"\xff\xfe"])
def test_what_is_no_verifier_is_damage_not_a_wrong_password(spelled: bytes) -> None:
    with pytest.raises(StoreDamaged):
        is_right(RIGHT, Verifier(spelled))
