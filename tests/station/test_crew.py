"""Workers and the one place where exceptions become events."""

import gc
import logging
import sys
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from kiosk.faults import DiskFull, Fault
from kiosk.station.crew import Job, Worker, guard, install_quiet_hooks
from tests.station.crew_parts import WITHIN_S, Told


def no_fault(fault: Fault) -> None:
    raise AssertionError(f"no fault was expected: {type(fault).__name__}")


def failing(error: Exception) -> None:
    raise error


def test_jobs_are_done_one_after_the_other_in_the_order_they_were_given() -> None:
    done, bugs = Told[int](), Told[str]()
    worker = Worker("worker", bugs)
    for number in range(20):
        worker.put(Job("count", lambda number=number: done(number), no_fault))  # type: ignore[misc]
    worker.start()
    worker.stop()
    assert done.all == list(range(20))
    assert bugs.all == []


def test_a_fault_goes_to_its_own_job_and_the_worker_goes_on() -> None:
    done, faults, bugs = Told[str](), Told[str](), Told[str]()
    worker = Worker("worker", bugs)
    worker.put(Job("fails", lambda: failing(DiskFull("full")), lambda fault: faults(type(fault).__name__)))
    worker.put(Job("works", lambda: done("the next"), no_fault))
    worker.start()
    worker.stop()
    assert (faults.all, done.all, bugs.all) == (["DiskFull"], ["the next"], [])


def test_a_bug_is_told_by_its_class_and_ends_the_worker_before_the_next_job() -> None:
    done, bugs = Told[str](), Told[str]()
    worker = Worker("worker", bugs)
    worker.put(Job("bug", lambda: failing(ZeroDivisionError("ERIKSSON")), no_fault))
    worker.put(Job("never", lambda: done("too late"), no_fault))
    worker.start()
    worker.stop()
    assert (bugs.all, done.all) == (["ZeroDivisionError"], [])


def test_the_log_of_a_bug_has_its_place_and_not_its_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert not guard("reading", no_fault, lambda _: None)(lambda: failing(ValueError("ERIKSSON")))
    assert "bug in reading: ValueError at " in caplog.text
    assert "test_crew.py:" in caplog.text
    assert "ERIKSSON" not in caplog.text


def test_a_worker_that_waits_for_work_holds_nothing_of_the_last_job() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    held = weakref.ref(picture)
    gone = threading.Event()
    weakref.finalize(picture, gone.set)
    worker = Worker("worker", lambda _: None)
    worker.put(Job("hold", lambda picture=picture: picture.fill(1), no_fault))  # type: ignore[misc]
    del picture
    worker.start()
    assert gone.wait(WITHIN_S), gc.get_referrers(held())
    worker.stop()


@pytest.fixture
def hooks() -> Iterator[Told[str]]:
    before = sys.excepthook, threading.excepthook
    bugs = Told[str]()
    install_quiet_hooks(bugs)
    yield bugs
    sys.excepthook, threading.excepthook = before


def test_an_exception_no_one_caught_is_printed_without_its_words(hooks: Told[str], capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=lambda: failing(ValueError("ERIKSSON")))
    thread.start()
    thread.join(WITHIN_S)
    try:
        failing(KeyError("ERIKSSON"))
    except KeyError as error:
        sys.excepthook(KeyError, error, error.__traceback__)
    printed = capsys.readouterr().err.splitlines()
    assert [line.split(" at ")[0] for line in printed] == ["ValueError", "KeyError"]
    assert "test_crew.py:" in printed[0]
    assert "ERIKSSON" not in "".join(printed)
    assert hooks.all == ["ValueError", "KeyError"]


def test_a_wish_to_end_the_program_is_no_bug(hooks: Told[str]) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert hooks.all == []
