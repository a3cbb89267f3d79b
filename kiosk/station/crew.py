"""One worker thread with one queue, and the one place where exceptions become events.

A `Fault` becomes the job's own failure event. Anything else is a bug: the station goes out of service, loudly.
"""

import logging
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from kiosk.faults import Fault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """name: for the log; work: runs on the worker's thread; on_fault: called there with a fault."""

    name: str
    work: Callable[[], None]
    on_fault: Callable[[Fault], None]


class JobTaker(Protocol):
    def start(self) -> None: ...

    def put(self, job: Job) -> None: ...

    def stop(self) -> None: ...


class InlineWorker:
    """Carries out each job at once on the caller's thread: for tests and measuring, where time is stepped by hand.

    A bug is raised to the caller after `on_bug` was told, so a test sees where it came from.
    """

    def __init__(self, on_bug: Callable[[str], None]) -> None:
        self._on_bug = on_bug

    def start(self) -> None:
        """There is no thread to start."""

    def put(self, job: Job) -> None:
        if not guarded(job.name, job.work, job.on_fault, self._on_bug):
            raise RuntimeError(f"bug in {job.name}; see the log for its place")

    def stop(self) -> None:
        """There is no thread to stop."""


class Worker:
    """Carries out jobs one after the other. `on_bug` is called with the exception's class name; the worker then stops."""

    def __init__(self, name: str, on_bug: Callable[[str], None]) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._on_bug = on_bug
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        """Finish the jobs already given, then end. Safe to call twice."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not guarded(job.name, job.work, job.on_fault, self._on_bug):
                return
            # a job holds its customer's pictures: they must not stay until the next customer's job comes
            del job


def guarded(name: str, work: Callable[[], None], on_fault: Callable[[Fault], None], on_bug: Callable[[str], None]) -> bool:
    """Run work; return False after a bug. A library's message may quote what it choked on, so only class names are logged."""
    try:
        work()
    except Fault as fault:
        log.warning("%s failed: %s", name, type(fault).__name__)
        on_fault(fault)
    except Exception as bug:
        # The traceback holds code places only; the exception's text could hold personal data and is left out.
        places = _code_places(bug)
        log.error("bug in %s: %s at %s", name, type(bug).__name__, places)
        on_bug(type(bug).__name__)
        return False
    return True


def guard(name: str, on_fault: Callable[[Fault], None], on_bug: Callable[[str], None]) -> Callable[[Callable[[], None]], bool]:
    """Return `guarded` without its work, for a thread of a package below this one, which cannot call it by name."""
    return lambda work: guarded(name, work, on_fault, on_bug)


def install_quiet_hooks(on_bug: Callable[[str], None]) -> None:
    """Let what no `guarded` caught, on any thread, be told as class name and code places, and `on_bug` be called with the class name.

    Python's own hooks print the exception's text, and that may quote what it choked on. A wish to end the program (KeyboardInterrupt)
    is no bug: it is printed and nobody is told.
    """

    def told(kind: type[BaseException], trace: TracebackType | None) -> None:
        sys.stderr.write(f"{kind.__name__} at {_places(trace)}\n")
        if issubclass(kind, Exception):
            on_bug(kind.__name__)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, SystemExit):
            told(args.exc_type, args.exc_traceback)

    sys.excepthook = lambda kind, _, trace: told(kind, trace)
    threading.excepthook = in_thread


def _code_places(bug: BaseException) -> str:
    return _places(bug.__traceback__)


def _places(trace: TracebackType | None) -> str:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-6:])
