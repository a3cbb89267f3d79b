"""Whatever is done to the audit log behind the program's back is found, and the line named."""

import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.faults import SealBroken
from kiosk.outbox import Accepted
from kiosk.policy import SyncPolicy
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import (
    GENESIS,
    PURPOSES,
    AuditBroken,
    AuditEntry,
    AuditEvent,
    AuditLine,
    AuditSound,
    BrokenBecause,
    Head,
    line_digest,
    verify,
)
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from tests.vault.specimen import NOW, PACKET, SESSION, digest, key_file, record, session, store_in


def written(folder: Path, lines: int = 5) -> None:
    with store_in(folder) as store:
        for number in range(lines):
            store.note(AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail=f"ending-{number}"))


def tampered(folder: Path, *statements: str) -> None:
    """Change the file with another program, as somebody with the disk would, and leave the triggers as they were."""
    connection = sqlite3.connect(folder / "cases.sqlite", isolation_level=None)
    found = "SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('audit', 'audit_heads') AND type = 'trigger'"
    triggers = connection.execute(found).fetchall()
    assert len(triggers) == 4
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET detail = ''", "DELETE FROM audit", "INSERT OR REPLACE INTO audit SELECT * FROM audit",
     "UPDATE audit_heads SET at = ''", "DELETE FROM audit_heads"]
)  # fmt: skip
def test_the_log_cannot_be_changed_by_ordinary_means(tmp_path: Path, statement: str) -> None:
    written(tmp_path / "store")
    with store_in(tmp_path / "store") as store:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store._db.execute(statement)
        assert isinstance(store.verify_audit(), AuditSound)


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        (["UPDATE audit SET detail = 'other' WHERE number = 3"], AuditBroken(3, BrokenBecause.ALTERED)),
        (["UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 1"], AuditBroken(1, BrokenBecause.ALTERED)),
        (["UPDATE audit SET who = 'omar' WHERE number = 5"], AuditBroken(5, BrokenBecause.ALTERED)),
        (["UPDATE audit SET digest = zeroblob(32) WHERE number = 2"], AuditBroken(2, BrokenBecause.ALTERED)),
        (["DELETE FROM audit WHERE number = 3"], AuditBroken(3, BrokenBecause.MISSING)),
        (["DELETE FROM audit WHERE number = 1"], AuditBroken(1, BrokenBecause.MISSING)),
        (["DELETE FROM audit WHERE number = 5"], AuditBroken(5, BrokenBecause.CUT_OFF)),
        (["DELETE FROM audit WHERE number >= 3"], AuditBroken(3, BrokenBecause.CUT_OFF)),
        (["DELETE FROM audit"], AuditBroken(1, BrokenBecause.CUT_OFF)),
        (
            [
                "UPDATE audit SET number = -2 WHERE number = 2",
                "UPDATE audit SET number = 2 WHERE number = 4",
                "UPDATE audit SET number = 4 WHERE number = -2",
            ],
            AuditBroken(2, BrokenBecause.ALTERED),
        ),
        (["UPDATE audit SET number = number + 1 WHERE number = 5"], AuditBroken(5, BrokenBecause.MISSING)),
        (["INSERT INTO audit SELECT 6, at, event, session, who, detail, previous, digest, place, purpose, form FROM audit "
          "WHERE number = 5"],
         AuditBroken(6, BrokenBecause.ALTERED)),
        (["UPDATE audit SET place = 'elsewhere' WHERE number = 2"], AuditBroken(2, BrokenBecause.ALTERED)),
        (["UPDATE audit SET purpose = 'curiosity' WHERE number = 4"], AuditBroken(4, BrokenBecause.ALTERED)),
        (["UPDATE audit SET form = 1 WHERE number = 3"], AuditBroken(3, BrokenBecause.ALTERED)),
        (["UPDATE audit_heads SET root = zeroblob(32) WHERE lines = 3"], AuditBroken(3, BrokenBecause.HEAD_FORGED)),
        (["UPDATE audit_heads SET signature = zeroblob(64) WHERE lines = 5"], AuditBroken(5, BrokenBecause.HEAD_FORGED)),
        (["UPDATE audit_heads SET key = zeroblob(32) WHERE lines = 5"], AuditBroken(5, BrokenBecause.HEAD_FORGED)),
        (["DELETE FROM audit_heads WHERE lines = 1"], AuditBroken(1, BrokenBecause.HEAD_MISSING)),
        (["DELETE FROM audit_heads WHERE lines = 4"], AuditBroken(4, BrokenBecause.HEAD_MISSING)),
        (["DELETE FROM audit_heads WHERE lines = 5"], AuditBroken(5, BrokenBecause.HEAD_MISSING)),
        (["DELETE FROM audit WHERE number = 5", "DELETE FROM audit_heads WHERE lines = 5"], AuditBroken(5, BrokenBecause.CUT_OFF)),
        (["UPDATE audit_head SET sealed = zeroblob(69)"], AuditBroken(0, BrokenBecause.HEAD_UNREADABLE)),
        (["DELETE FROM audit_head"], AuditBroken(0, BrokenBecause.HEAD_UNREADABLE)),
    ],
)  # fmt: skip
def test_tampering_is_found_and_its_line_named(tmp_path: Path, statements: list[str], verdict: AuditBroken) -> None:
    written(tmp_path / "store")
    tampered(tmp_path / "store", *statements)
    with store_in(tmp_path / "store") as store:
        assert store.verify_audit() == verdict


def rechained(lines: list[AuditLine]) -> list[AuditLine]:
    """Return the lines numbered and chained anew, as a forger who knows the format would."""
    chained: list[AuditLine] = []
    for number, line in enumerate(lines, start=1):
        bare = replace(line, number=number, previous=chained[-1].digest if chained else GENESIS)
        chained.append(replace(bare, digest=line_digest(bare)))
    return chained


def test_a_forger_who_chains_everything_anew_cannot_seal_the_head(tmp_path: Path) -> None:
    written(tmp_path / "store")
    with store_in(tmp_path / "store") as store:
        lines = list(store.audit_lines())
    forged = rechained([*lines[:2], AuditLine(3, NOW.isoformat(), "case-ended", "", "", "forged", b"", b""), *lines[3:]])
    tampered(
        tmp_path / "store",
        "DELETE FROM audit",
        *(
            f"INSERT INTO audit VALUES ({line.number}, '{line.at}', '{line.event}', '{line.session}', '{line.who}', '{line.detail}', "  # noqa: S608
            f"x'{line.previous.hex()}', x'{line.digest.hex()}', '{line.place}', '{line.purpose}', {line.form})"
            for line in forged
        ),
    )
    with store_in(tmp_path / "store") as store:
        assert store.verify_audit() == AuditBroken(3, BrokenBecause.HEAD_FORGED)


def test_a_line_forged_with_its_own_digest_leaves_the_next_one_out_of_place(tmp_path: Path) -> None:
    written(tmp_path / "store")
    with store_in(tmp_path / "store") as store:
        lines = list(store.audit_lines())
        head = Head(5, lines[-1].digest)
    forged = AuditLine(3, lines[2].at, "case-ended", "", "", "forged", lines[1].digest, b"")
    lines[2] = AuditLine(3, lines[2].at, "case-ended", "", "", "forged", lines[1].digest, line_digest(forged))
    assert verify(lines, head) == AuditBroken(4, BrokenBecause.OUT_OF_PLACE)


@pytest.mark.parametrize("later", ["another case", "a receipt"])
def test_an_old_log_put_back_with_its_old_head_does_not_fit_the_store(tmp_path: Path, later: str) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
    shutil.copy(folder / "cases.sqlite", tmp_path / "old.sqlite")
    with store_in(folder) as store:
        if later == "another case":
            store.keep_case(record(session(2)), PACKET, digest(), NOW)
        else:
            store.settle(SESSION, Accepted(b"r"), NOW, SyncPolicy(), 0.0)
        assert isinstance(store.verify_audit(), AuditSound)
    old = f"ATTACH '{tmp_path / 'old.sqlite'}' AS old"
    tampered(
        folder,
        old,
        "DELETE FROM audit",
        "INSERT INTO audit SELECT * FROM old.audit",
        "DELETE FROM audit_heads",
        "INSERT INTO audit_heads SELECT * FROM old.audit_heads",
        "UPDATE audit_head SET sealed = (SELECT sealed FROM old.audit_head)",
    )
    with store_in(folder) as store:
        assert store.verify_audit() == AuditBroken(3, BrokenBecause.OLDER_THAN_STORE)


def test_nothing_is_added_to_a_log_that_was_cut(tmp_path: Path) -> None:
    written(tmp_path / "store")
    tampered(tmp_path / "store", "DELETE FROM audit WHERE number = 5")
    with store_in(tmp_path / "store") as store:
        with pytest.raises(SealBroken):
            store.note_ending(SESSION, "Cancelled", NOW)
        assert store.verify_audit() == AuditBroken(5, BrokenBecause.CUT_OFF)


def test_an_empty_log_is_sound_and_has_no_last_time(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        assert store.verify_audit() == AuditSound(0, GENESIS)
        assert store.last_audit_at() is None


def test_the_last_time_is_the_latest_even_if_the_clock_went_back_since(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.note_ending(SESSION, "Cancelled", NOW)
        store.note_ending(SESSION, "Cancelled", NOW - timedelta(days=1))
        assert store.last_audit_at() == NOW


@pytest.mark.parametrize("detail", ["Anna Eriksson", "a\nb", "x" * 201, "né", "a@b"])
def test_text_has_no_place_in_the_log(detail: str) -> None:
    with pytest.raises(ValueError, match="short code"):
        AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail=detail)


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
LINES = st.lists(st.builds(AuditLine, st.just(0), TEXT, TEXT, TEXT, TEXT, TEXT, st.just(b""), st.just(b"")), min_size=1, max_size=6)


@given(LINES, st.data())
def test_any_change_to_any_part_of_any_line_is_found_at_that_line(plain: list[AuditLine], data: st.DataObject) -> None:
    lines = rechained(plain)
    head = Head(len(lines), lines[-1].digest)
    assert verify(lines, head) == AuditSound(len(lines), lines[-1].digest)
    at = data.draw(st.integers(0, len(lines) - 1))
    part = data.draw(st.sampled_from(["at", "event", "session", "who", "detail"]))
    values = {name: getattr(lines[at], name) for name in AuditLine.__slots__}
    values[part] += "x"
    lines[at] = AuditLine(**values)
    assert verify(lines, head) == AuditBroken(at + 1, BrokenBecause.ALTERED)


@given(LINES.filter(lambda lines: len(lines) > 1), st.data())
def test_any_line_dropped_is_found(plain: list[AuditLine], data: st.DataObject) -> None:
    lines = rechained(plain)
    head = Head(len(lines), lines[-1].digest)
    at = data.draw(st.integers(0, len(lines) - 1))
    del lines[at]
    because = BrokenBecause.MISSING if at < len(lines) else BrokenBecause.CUT_OFF
    assert verify(lines, head) == AuditBroken(at + 1, because)


def test_letters_moved_over_the_border_between_two_parts_make_another_line() -> None:
    one = AuditLine(1, "t", "ab", "c", "", "", GENESIS, b"")
    other = AuditLine(1, "t", "a", "bc", "", "", GENESIS, b"")
    assert line_digest(one) != line_digest(other)


def test_a_lines_digest_is_the_same_today_and_in_years() -> None:
    line = AuditLine(1, "2026-03-02T09:30:00.000000+00:00", "case-kept", SessionId("0" * 32), "mina", "approve", GENESIS, b"")
    assert line_digest(line).hex() == "cd1d95e7f26daa65fdc0bb92c4b229170fcfaca81855d9b0e06831e70a6e01bc"


def test_a_line_says_who_when_where_what_and_for_which_purpose(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key_file(tmp_path / "store"), where="desk-1") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.open_record(SESSION, OperatorId("anna"), NOW, "complaint")
        kept, *_, opened = store.audit_lines()
    assert (kept.at, kept.place) == ("2026-03-02T09:30:49.000000+00:00", "desk-1")
    assert (kept.event, kept.purpose) == ("case-kept", "serve-customer")
    assert (opened.who, opened.event, opened.session, opened.purpose) == ("anna", "case-opened", SESSION, "complaint")


def test_every_event_has_a_purpose() -> None:
    assert set(PURPOSES) == set(AuditEvent)


def test_a_line_rolled_back_leaves_no_mark_in_the_tree(tmp_path: Path) -> None:
    written(tmp_path / "store")
    with store_in(tmp_path / "store") as store, store_in(tmp_path / "store") as other:
        with pytest.raises(RuntimeError), store.together():
            store.note(AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail="never"))
            raise RuntimeError
        other.note(AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail="of-another-program"))
        store.note(AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail="after"))
        other.note(AuditEntry(NOW, AuditEvent.CASE_ENDED, SESSION, detail="and-again"))
        assert isinstance(store.verify_audit(every_signature=True), AuditSound)


def test_an_old_copy_of_the_whole_file_disagrees_with_a_head_kept_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    written(folder)
    shutil.copy(folder / "cases.sqlite", tmp_path / "old.sqlite")
    with store_in(folder) as store:
        store.note_ending(SESSION, "Cancelled", NOW)
        head = store.audit_head()
        assert head is not None
        assert isinstance(store.verify_audit(against=head), AuditSound)
    shutil.copy(tmp_path / "old.sqlite", folder / "cases.sqlite")
    with store_in(folder) as store:
        assert isinstance(store.verify_audit(), AuditSound)
        assert store.verify_audit(against=head) == AuditBroken(6, BrokenBecause.CUT_OFF)
        store.note_ending(SESSION, "TimedOut", NOW)
        assert store.verify_audit(against=head) == AuditBroken(6, BrokenBecause.REWRITTEN)


def old_store(tmp_path: Path) -> tuple[Path, KeyFile]:
    shutil.copytree(Path(__file__).parent / "vectors" / "store-2", tmp_path / "old")
    (tmp_path / "old" / "TEST-KEY-master.key").chmod(0o600)
    return tmp_path / "old" / "store", KeyFile(tmp_path / "old" / "TEST-KEY-master.key")


def test_the_hash_chain_of_the_first_version_becomes_a_tree_without_loss(tmp_path: Path) -> None:
    folder, key = old_store(tmp_path)
    connection = sqlite3.connect(folder / "cases.sqlite")
    before = connection.execute("SELECT number, at, event, session, who, detail, previous, digest FROM audit ORDER BY number").fetchall()
    connection.close()
    assert len(before) == 15
    with open_store(folder, key, where="desk-1") as store:
        lines = store.audit_lines()
        assert [tuple(getattr(line, name) for name in AuditLine.__slots__[:8]) for line in lines] == before
        head = store.audit_head()
        assert head is not None
        assert head.lines == 15
        store.note_ending(SESSION, "Cancelled", NOW)
        assert store.verify_audit(every_signature=True, against=head) == AuditSound(16, store.audit_lines()[-1].digest)
    tampered(folder, "UPDATE audit SET who = 'omar' WHERE number = 3")
    with open_store(folder, key) as store:
        assert store.verify_audit() == AuditBroken(3, BrokenBecause.ALTERED)


def test_a_log_that_was_tampered_with_before_the_upgrade_is_not_signed(tmp_path: Path) -> None:
    folder, key = old_store(tmp_path)
    connection = sqlite3.connect(folder / "cases.sqlite")
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_is_never_changed'").fetchone()
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("UPDATE audit SET who = 'omar' WHERE number = 3")
    connection.execute(sql)
    connection.commit()
    connection.close()
    with pytest.raises(SealBroken):
        open_store(folder, key)
