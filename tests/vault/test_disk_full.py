"""A full disk: clearly said, nothing half-written, nothing lost, and all well again with room."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.faults import DiskFull, Fault
from kiosk.outbox import Accepted, DeliveryState
from kiosk.policy import SyncPolicy
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditSound
from kiosk.vault.kept import StoreCounts
from kiosk.vault.store import Store
from tests.vault.specimen import NOW, PACKET, digest, record, session, store_in

resource = pytest.importorskip("resource", reason="Windows has no limits on file size")
MINA = OperatorId("mina")


def whole(store: Store, cases: int) -> None:
    """Assert that exactly the first `cases` cases are there, each wholly, and no trace of a further one."""
    assert store.counts().kept == cases
    assert {row.session for row in store.rows(99)} == {session(number) for number in range(cases)}
    for number in range(cases):
        assert store.open_record(session(number), MINA, NOW) == record(session(number))
    assert len(store.due(NOW, limit=99)) == cases
    kept = [line.session for line in store.audit_lines() if line.event == "case-kept"]
    assert kept == [session(number) for number in range(cases)]
    assert isinstance(store.verify_audit(), AuditSound)


@pytest.mark.parametrize("spare_pages", range(0, 31, 2))
def test_a_store_that_may_not_grow_keeps_a_case_wholly_or_not_at_all(tmp_path: Path, spare_pages: int) -> None:
    """SQLite's own limit, at every few pages, so that the room ends at another statement each time."""
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(session(0)), PACKET, digest(), NOW)
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages + spare_pages}")
        try:
            store.keep_case(record(session(1)), PACKET, digest(), NOW)
            cases = 2
        except DiskFull:
            cases = 1
        store._db.execute("PRAGMA max_page_count = 1000000")
        whole(store, cases)
        assert spare_pages or cases == 1
        assert spare_pages < 30 or cases == 2
        store.keep_case(record(session(1)), PACKET, digest(), NOW)
        whole(store, 2)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filler
    return filler


def test_a_really_full_disk_refuses_a_case_and_takes_it_once_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    with store_in(small_disk / "store") as store:
        store.keep_case(record(session(0)), PACKET, digest(), NOW)
        filler = fill(small_disk)
        with pytest.raises(DiskFull):
            store.keep_case(record(session(1)), PACKET, digest(), NOW)
        with pytest.raises(DiskFull):
            store.settle(session(0), Accepted(b"r"), NOW, SyncPolicy(), 0.0)
        assert store.delivery(session(0)).state is DeliveryState.WAITING
        assert store.due(NOW)[0].packet == PACKET
        filler.unlink()
        store.keep_case(record(session(1)), PACKET, digest(), NOW)
        whole(store, 2)
        assert store.settle(session(0), Accepted(b"r"), NOW, SyncPolicy(), 0.0).state is DeliveryState.RECEIPTED


def test_no_store_is_half_made_on_a_full_disk(small_disk: Path) -> None:
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        store_in(small_disk / "store")
    filler.unlink()
    with store_in(small_disk / "store") as store:
        assert store.counts() == StoreCounts(0, 0, 0, 0)


def in_a_child(work: Callable[[], None]) -> str:
    """Run work in a forked child and return what it came to: `done` or the fault's name."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "a bug"
        try:
            work()
            answer = "done"
        except Fault as fault:
            answer = type(fault).__name__
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("limit", [100_000, 120_000, 150_000, 190_000])
def test_a_limit_on_file_size_is_a_full_disk_too(tmp_path: Path, limit: int) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        store.keep_case(record(session(0)), PACKET, digest(), NOW)

    def keep_under_the_limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = store_in(folder)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for number in range(1, 5):
            store.keep_case(record(session(number)), PACKET, digest(), NOW)

    assert in_a_child(keep_under_the_limit) == "DiskFull"
    with store_in(folder) as store:
        whole(store, store.counts().kept)
        assert store.counts().kept < 5
