"""Killed at any point, the store holds every case wholly or not at all, and everything it said it holds."""

import os
import random
import signal
from pathlib import Path

import pytest

from kiosk.outbox import Accepted, DeliveryState
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.audit import AuditSound
from tests.vault.specimen import NOW, digest, record, session, store_in

POLICY = SyncPolicy()
CASES_A_LIFE = 6
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def packet(number: int) -> bytes:
    return f"packet {number} ".encode() * 3_000


def live_until_killed(folder: Path, first: int, steps: int | None, says: int) -> None:
    """Keep and settle cases, saying on the pipe what is done, until killed.

    steps: after how many steps of SQLite's virtual machine this process kills itself; None: never by itself.
    """
    with store_in(folder) as store:
        if steps is not None:
            left = steps

            def count() -> int:
                nonlocal left
                left -= 1
                if left <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return 0

            store._db.conn.set_progress_handler(count, 1)
        for number in range(first, first + CASES_A_LIFE):
            store.keep_case(record(session(number)), packet(number), digest(packet(number)), NOW)
            os.write(says, f"kept {number}\n".encode())
            if number % 2:
                store.settle(session(number - 1), Accepted(b"receipt"), NOW, POLICY, 0.0)
                os.write(says, f"receipted {number - 1}\n".encode())


def one_life(folder: Path, first: int, steps: int | None, kill_after_words: int | None) -> list[str]:
    """Fork a station, let it be killed, and return what it said it had done."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            live_until_killed(folder, first, steps, writing)
        finally:
            os._exit(0)
    os.close(writing)
    said: list[str] = []
    with os.fdopen(reading) as words:
        for word in words:
            said.append(word.strip())
            if len(said) == kill_after_words:
                os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said


def check_all(folder: Path, said: list[str]) -> None:
    with store_in(folder) as store:
        assert isinstance(store.verify_audit(), AuditSound)
        sessions = {row.session: row.delivery for row in store.rows(10_000)}
        lines = store.audit_lines()
        kept = [line.session for line in lines if line.event == "case-kept"]
        receipted = [line.session for line in lines if line.event == "receipt-kept"]
        assert sorted(kept) == sorted(sessions)
        assert sorted(receipted) == sorted(of for of, state in sessions.items() if state is DeliveryState.RECEIPTED)
        assert len(lines) == 2 * len(kept) + len(receipted)
        waiting = {due.session: due.packet for due in store.due(NOW, limit=10_000)}
        assert waiting == {of: packet(int(of, 16)) for of, state in sessions.items() if state is DeliveryState.WAITING}
        for of, state in sessions.items():
            assert store.receipt(of) == (b"receipt" if state is DeliveryState.RECEIPTED else None)
        held = {row[0] for row in store._db.execute("SELECT session FROM packets")}
        assert held == set(waiting)
        for word in said:
            what, number = word.split()
            of = SessionId(session(int(number)))
            assert of in sessions
            assert what == "kept" or sessions[of] is DeliveryState.RECEIPTED
        assert store._db.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (folder / "cases.sqlite-wal").exists() is False


def test_killed_inside_any_statement_every_case_is_whole_or_absent(tmp_path: Path) -> None:
    """Kills itself after a seeded number of virtual-machine steps: inside statements, between them, before and after commits."""
    rolls = random.Random(20_260_302)
    folder, said = tmp_path / "store", list[str]()
    with store_in(folder):
        pass
    deaths = 0
    for life in range(30):
        words = one_life(folder, life * 100, rolls.randrange(1, 8_000), None)
        said += words
        deaths += len(words) < CASES_A_LIFE + CASES_A_LIFE // 2
    check_all(folder, said)
    assert deaths >= 20
    assert len(said) >= 40


def test_killed_from_outside_while_writing_every_case_is_whole_or_absent(tmp_path: Path) -> None:
    """Kills from outside right after a word was heard: wherever the next case's writing and syncing then is."""
    rolls = random.Random(7)
    folder, said = tmp_path / "store", list[str]()
    for life in range(20):
        said += one_life(folder, life * 100, None, rolls.randrange(1, CASES_A_LIFE + 2))
        check_all(folder, said)


def test_killed_while_the_store_is_being_made_the_next_start_makes_it(tmp_path: Path) -> None:
    for life in range(12):
        folder = tmp_path / str(life)
        child = os.fork()
        if child == 0:
            with store_in(folder):
                os._exit(0)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with store_in(folder) as store:
            assert store.counts().kept == 0
