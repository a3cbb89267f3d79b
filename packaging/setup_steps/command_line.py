"""The commands of packaging/bootstrap.py."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from setup_steps import locking, system_packages
from setup_steps.environment import AUDIT_LOCKS, DEMO_LOCKS, TEST_LOCKS, ensure_environment, were_ever_installed
from setup_steps.house import BUILD, ROOT, VENV, VENV_PYTHON, Ends, SetupStopped, clean_environment
from setup_steps.model_pack import ensure_model_pack
from setup_steps.progress import complain, one_set_up_at_a_time, run_logged, say, step, tail
from setup_steps.system_packages import DEMO_PURPOSES, TEST_PURPOSES, Purpose, ensure_system_packages

EXIT_CODES: Final = """
exit codes:
  0  well            3  system packages missing    5  model pack not built
  1  a check failed  4  environment not installed  6  Python older than 3.11
  2  wrong usage     130  interrupted              demo, bench, test: else those of what they ran

Arguments after the command go to what it runs (app.py, pytest, uv). PIP_* variables and pip's own
settings say where packages come from. Full output of every step: build/logs/.
"""

# `python -m` and not the scripts in .venv/bin: those name the folder they were installed in and break when it moves.
CHECKS: Final = (
    ("ruff", ("-m", "ruff", "check", ".")),
    ("mypy", ("-m", "mypy")),
    ("import contracts", ("-c", "import sys; from importlinter.cli import lint_imports_command; "
                          "sys.argv = ['lint-imports']; lint_imports_command()")),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands on the command line: options of ours, and arguments for what the command runs."""

    may_install: bool
    passed_on: tuple[str, ...]


def _set_up_for_demo(asked: Asked) -> None:
    _set_up(asked, DEMO_PURPOSES, DEMO_LOCKS)


def _set_up_for_tests(asked: Asked) -> None:
    _set_up(asked, TEST_PURPOSES, TEST_LOCKS)


def _set_up(asked: Asked, purposes: frozenset[Purpose], locks: Sequence[str]) -> None:
    with one_set_up_at_a_time():
        first_time = not were_ever_installed(locks)
        ensure_system_packages(purposes, may_install=asked.may_install, first_time=first_time)
        ensure_environment(locks)
        ensure_model_pack()


def _setup(asked: Asked) -> int:
    _set_up_for_demo(asked)
    return Ends.WELL


def _demo(asked: Asked) -> int:
    _set_up_for_demo(asked)
    return _run([VENV_PYTHON, ROOT / "app.py", "demo", *asked.passed_on], _environment_for_a_window())


def _bench(asked: Asked) -> int:
    _set_up_for_demo(asked)
    return _run([VENV_PYTHON, ROOT / "app.py", "bench", *asked.passed_on], _environment_for_a_window())


def _check(asked: Asked) -> int:
    _set_up_for_tests(asked)
    failed = _failed_checks()
    say(f"check: failed: {', '.join(failed)}" if failed else "check: all well")
    return Ends.CHECK_FAILED if failed else Ends.WELL


def _test(asked: Asked) -> int:
    return _test_marked("not slow", asked)


def _test_long(asked: Asked) -> int:
    return _test_marked("slow", asked)


def _test_marked(mark: str, asked: Asked) -> int:
    _set_up_for_tests(asked)
    failed = _failed_checks()
    began = time.monotonic()
    tests = _run([VENV_PYTHON, "-m", "pytest", "-m", mark, *asked.passed_on], clean_environment(), cwd=ROOT)
    seconds = time.monotonic() - began
    words = f"checks {'failed: ' + ', '.join(failed) if failed else 'passed'}"
    say(f"test: {words}; tests {'passed' if tests == 0 else f'failed (pytest ended with {tests})'} in {seconds:.0f} s")
    return tests or (Ends.CHECK_FAILED if failed else Ends.WELL)


def _failed_checks() -> list[str]:
    """Run every check, show what each failing one says, and return the names of those."""
    failed = []
    for name, command in CHECKS:
        with step(name) as under_way:
            code, log = run_logged([VENV_PYTHON, *command], name.replace(" ", "-"), clean_environment())
            under_way.ended = "passed" if code == 0 else "failed"
        if code != 0:
            failed.append(name)
            say(f"    the end of {log}:\n{tail(log)}")
    return failed


def _audit(asked: Asked) -> int:
    _set_up(asked, TEST_PURPOSES, AUDIT_LOCKS)
    return _run([VENV_PYTHON, ROOT / "app.py", "audit-report", *asked.passed_on], clean_environment(), cwd=ROOT)


def _lock(asked: Asked) -> int:
    locking.lock(asked.passed_on)
    return Ends.WELL


def _clean(_: Asked) -> int:
    """Remove everything a set-up or a run made. A station's own store (var/) is not ours to remove."""
    caches = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")
    for made in (VENV, BUILD, *(ROOT / cache for cache in caches)):
        if made.exists():
            with step(f"remove {made.name}"):
                shutil.rmtree(made)
    return Ends.WELL


def _environment_for_a_window() -> dict[str, str]:
    """Return the environment for a program with windows: offscreen where Qt's window plugin could not load."""
    env = clean_environment()
    on_a_display = "DISPLAY" in env or "WAYLAND_DISPLAY" in env
    if on_a_display and "QT_QPA_PLATFORM" not in env and not system_packages.can_open_a_window():
        say("    note: no window can be opened (see above), running offscreen")
        env["QT_QPA_PLATFORM"] = "offscreen"
    return env


def _run(command: Sequence[str | Path], env: dict[str, str], cwd: Path | None = None) -> int:
    """Run in the foreground; return the exit code, 128 + n if signal n killed it."""
    # The terminal interrupts the child as well: we only wait while it closes its store and ends by itself. A handler, not
    # SIG_IGN, which the child would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run([str(word) for word in command], env=env, cwd=cwd, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    purpose: str
    carry_out: Callable[[Asked], int]


COMMANDS: Final = (
    Command("demo", "set up what is missing, then play the demonstration", _demo),
    Command("test", "set up what is missing, then the checks and the tests", _test),
    Command("test-long", "the same with the tests marked slow, and only those", _test_long),
    Command("setup", "set up what the demonstration needs, and stop", _setup),
    Command("check", "ruff, mypy and the import contracts", _check),
    Command("bench", "set up what is missing, then measure speed", _bench),
    Command("audit", "set up what is missing, then the regular audit: one dated report under build/audit/", _audit),
    Command("lock", "resolve packaging/requirements/*.in into hash-locked *.txt", _lock),
    Command("clean", "remove .venv, build/ and caches", _clean),
)


def main(words: Sequence[str]) -> int:
    """Carry out one command and return its exit code."""
    command, asked = _parse(words)
    began = time.monotonic()
    try:
        return command.carry_out(asked)
    except SetupStopped as stopped:
        complain(f"{stopped}\n{command.name}: stopped after {time.monotonic() - began:.1f} s, exit code {stopped.ends:d}")
        return stopped.ends
    except KeyboardInterrupt:
        complain(f"{command.name}: interrupted; run it again to go on")
        return Ends.INTERRUPTED


def _parse(words: Sequence[str]) -> tuple[Command, Asked]:
    width = max(len(command.name) for command in COMMANDS)
    listing = "\n".join(f"  {command.name:<{width}}  {command.purpose}" for command in COMMANDS)
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        usage="python3 packaging/bootstrap.py [--no-apt] COMMAND [ARGUMENT ...]",
        description=f"From a fresh clone to a running product.\n\ncommands:\n{listing}",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--no-apt", action="store_true", help="never install system packages, only say what is missing")
    parser.add_argument("command", choices=[command.name for command in COMMANDS], help=argparse.SUPPRESS)
    parser.add_argument("passed_on", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    command = next(command for command in COMMANDS if command.name == given.command)
    may_install = not given.no_apt and "IDENTITY_DESK_NO_APT" not in os.environ
    return command, Asked(may_install=may_install, passed_on=tuple(given.passed_on))
