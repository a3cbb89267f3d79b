"""The bank rolls its keys: what is in force stays, what the old key signs from then on does not count, and it can be distrusted at once."""

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.risk_policy import SHIPPED
from kiosk.trust.station_updates import StationUpdates
from kiosk.values import OperatorId, StationClass
from kiosk.vault.audit import AuditEvent
from kiosk.vault.store import Store
from kiosk.wire.heartbeat import Running
from kiosk.wire.keys import BankIdentity, key_id
from kiosk.wire.signed_update import UpdateKind, sign_update, spell_revocation
from kiosk.wire.succession import bank_succession_to_text
from tests.fakes.branch import NOW, draw_branch
from tests.vault.specimen import store_in

BY = (OperatorId("ines"), OperatorId("omar"))


def policy(version: int) -> str:
    return SHIPPED.read_text(encoding="utf-8").replace("\nversion = 1\n", f"\nversion = {version}\n")


OLD, NEW = (draw_branch().bank for _ in range(2))


class Followed:
    """A station that was set up under the old key, took what it signed, and followed the bank to the new one."""

    def __init__(self, store: Store) -> None:
        self.trust = KeptBankTrust(store, OLD.public())
        self.updates = StationUpdates(store, lambda: self.trust.trusted().answers, StationClass.DEMO, self.distrust)

    def distrust(self, keys: Collection[str], now: datetime) -> None:
        self.trust.distrust(keys, "bank", now)

    def takes(self, key: BankIdentity, kind: UpdateKind, version: int, payload: str) -> bool:
        envelope = sign_update(kind, version, StationClass.DEMO, NOW, payload, key.answers, BY)
        offered = self.updates.offer((envelope,), NOW)
        for update in offered:
            self.updates.stands(update, NOW)
        return bool(offered)

    def version(self) -> int:
        policy = self.updates.in_place().policy
        return 0 if policy is None else policy.version

    def follows(self) -> None:
        assert self.trust.learn((bank_succession_to_text(OLD, NEW.public(), NOW),), NOW) == 1


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    with store_in(tmp_path / "station") as store:
        station = Followed(store)
        assert station.takes(OLD, UpdateKind.POLICY, 7, policy(7))
        station.follows()
        yield station


def distrusted() -> str:
    return spell_revocation([], [OLD.public().answers_key_id])


def test_what_is_in_force_stays_so_when_the_bank_rolls_its_keys(followed: Followed) -> None:
    assert followed.version() == 7
    assert followed.updates.running()[0] == Running(UpdateKind.POLICY, 7)


def test_who_has_a_former_key_publishes_nothing_to_a_station_that_follows_the_new_one(followed: Followed) -> None:
    assert not followed.takes(OLD, UpdateKind.POLICY, 8, policy(8))
    assert not followed.takes(OLD, UpdateKind.REVOCATION, 1, spell_revocation([], [NEW.public().answers_key_id]))
    assert followed.version() == 7
    assert followed.updates.refused == 2


def test_a_number_out_of_reach_under_the_old_key_keeps_nothing_of_the_new_one_s_out(followed: Followed) -> None:
    with_it = sign_update(UpdateKind.POLICY, 2**40, StationClass.DEMO, NOW, policy(2**40), OLD.answers, BY)
    followed.updates._issuers = lambda: (OLD.public().answers,)
    (thief,) = followed.updates.offer((with_it,), NOW)
    followed.updates.stands(thief, NOW)
    followed.updates._issuers = lambda: followed.trust.trusted().answers
    assert followed.takes(NEW, UpdateKind.POLICY, 7, policy(7))
    assert followed.version() == 7


def test_many_numbers_out_of_reach_under_the_old_key_drive_nothing_of_the_new_one_s_out_of_the_store(followed: Followed) -> None:
    followed.updates._issuers = lambda: (OLD.public().answers,)
    for version in (2**40, 2**40 + 1, 2**40 + 2):
        assert followed.takes(OLD, UpdateKind.POLICY, version, policy(version))
    followed.updates._issuers = lambda: followed.trust.trusted().answers
    for version in (5, 6):
        assert followed.takes(NEW, UpdateKind.POLICY, version, policy(version))
        assert followed.version() == version
    assert followed.takes(NEW, UpdateKind.REVOCATION, 1, distrusted())
    assert followed.version() == 6
    with followed.updates._store.update_rows() as rows:
        assert [row.version for row in rows.rows() if row.kind == UpdateKind.POLICY] == [6, 5], "the one in force and the one before"


def test_a_distrusted_key_s_policy_leaves_at_once_and_the_same_signed_again_comes_back(followed: Followed) -> None:
    assert followed.takes(NEW, UpdateKind.REVOCATION, 1, distrusted())
    assert followed.version() == 0
    assert followed.updates.running()[0] == Running(UpdateKind.POLICY, 0), "so the bank sends what is lacking"
    assert OLD.public().answers_key_id not in {key_id(key) for key in followed.trust.trusted().answers}
    assert followed.takes(NEW, UpdateKind.POLICY, 7, policy(7))
    assert followed.version() == 7


def test_a_distrusted_key_stays_so_after_a_restart_and_the_chain_still_reaches_the_newest(followed: Followed) -> None:
    assert followed.takes(NEW, UpdateKind.REVOCATION, 1, distrusted())
    again = Followed(followed.updates._store)
    assert again.trust.trusted().current.answers_key_id == NEW.public().answers_key_id
    assert again.version() == 0
    lines = [line for line in followed.updates._store.audit_lines() if line.event == AuditEvent.BANK_KEY_DISTRUSTED]
    assert [line.detail for line in lines] == [f"{OLD.public().answers_key_id}:by=bank"]


def test_a_revocation_that_was_good_when_the_program_died_is_obeyed_at_the_start(followed: Followed) -> None:
    followed.updates._distrust = lambda keys, now: None
    assert followed.takes(NEW, UpdateKind.REVOCATION, 1, distrusted())
    assert followed.version() == 7
    again = Followed(followed.updates._store)
    assert again.updates.begin(NOW).policy is None


def test_the_newest_key_is_never_distrusted(followed: Followed) -> None:
    assert followed.trust.distrust((NEW.public().answers_key_id, "0" * 32), "ada:second=omar", NOW) == ()


def test_what_two_programs_distrust_at_one_station_is_all_distrusted_after_a_restart(tmp_path: Path) -> None:
    """The desk runs while two people type `station distrust-bank-key`; before it is started again the bank names another key."""
    third = draw_branch().bank
    with store_in(tmp_path / "station") as store:
        desk = KeptBankTrust(store, OLD.public())
        chain = (bank_succession_to_text(OLD, NEW.public(), NOW), bank_succession_to_text(NEW, third.public(), NOW))
        assert desk.learn(chain, NOW) == 2
        typed = KeptBankTrust(store, OLD.public())
        assert typed.distrust((OLD.public().answers_key_id,), "ada:second=omar", NOW) == (OLD.public().answers_key_id,)
        assert desk.distrust((NEW.public().answers_key_id,), "bank", NOW) == (NEW.public().answers_key_id,)
        again = KeptBankTrust(store, OLD.public()).trusted()
        assert again.distrusted == {OLD.public().answers_key_id, NEW.public().answers_key_id}
        assert [key_id(key) for key in again.answers] == [third.public().answers_key_id]
        assert desk.trusted().distrusted == again.distrusted, "what was typed meanwhile is learned on the way"
