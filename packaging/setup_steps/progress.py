"""One quiet line per step, with its time; the full output of every command goes to a log that a failure points to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from setup_steps.house import BUILD, LOGS, ROOT

SIGN_OF_LIFE_S: Final = 20.0
LINES_SHOWN_OF_A_FAILURE: Final = 15


def say(line: str) -> None:
    print(line, flush=True)


class Step:
    """A step under way: what it ends with is set by whoever carries it out."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = "done"
        self._began = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._began


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Print `name` with how it ended and how long it took; a step that raises is reported as failed."""
    under_way = Step(name)
    try:
        yield under_way
    except BaseException:
        _report(under_way, "failed")
        raise
    _report(under_way, under_way.ended)


def _report(of: Step, ended: str) -> None:
    say(f"  {of.name:<16} {ended} ({of.seconds():.1f} s)")


def run_logged(command: Sequence[str | Path], log: str, env: Mapping[str, str], cwd: Path = ROOT) -> tuple[int, Path]:
    """Run `command` with its output in `build/logs/<log>.log`; show a sign of life when it takes long.

    Returns the exit code (negative: killed by that signal) and the log's path.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("wb") as out:
        child = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(env), cwd=cwd
        )
        began = time.monotonic()
        try:
            while True:
                try:
                    return child.wait(timeout=SIGN_OF_LIFE_S), path
                except subprocess.TimeoutExpired:
                    say(f"    still at it: {log} ({time.monotonic() - began:.0f} s)")
        except BaseException:
            child.terminate()
            child.wait()
            raise


@contextmanager
def one_set_up_at_a_time() -> Iterator[None]:
    """Hold this checkout's set-up for ourselves; wait, and say so, while another one holds it.

    Two pips in one environment would leave a mixture. The system releases the lock of a process that dies. On Windows there
    is no such lock, and two set-ups at once are the caller's to avoid.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    BUILD.mkdir(exist_ok=True)
    with (BUILD / "set-up.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  waiting for another set-up of this checkout to end")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def tail(log: Path) -> str:
    """Return the last lines of a log, indented, for an error message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN_OF_A_FAILURE:]
    return "\n".join(f"    {line}" for line in lines)


def complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
