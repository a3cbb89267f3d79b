#!/usr/bin/env python3
"""From a fresh clone to a running product with one command, on nothing but Python's standard library.

    python3 packaging/bootstrap.py demo [arguments of `app.py demo`]
    python3 packaging/bootstrap.py test [arguments of pytest]

A bare Debian has no make, no pip and no venv; this file needs none of them. What is missing is installed once; a second
start looks, finds everything in place and touches no network. `--help` lists the other commands and the exit codes.

This file must stay readable by old interpreters, so that they can say what is wrong; everything newer is in setup_steps/.
"""

import os
import sys

OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
EXIT_PYTHON_TOO_OLD = 6


def hand_over_to_a_newer_python() -> None:
    """Restart under a newer interpreter if this machine has one; otherwise say what to install and exit."""
    import shutil

    for name in NEWER_PYTHONS:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, os.path.abspath(__file__)] + sys.argv[1:])  # noqa: PTH100, RUF005, S606
    sys.stderr.write(
        "This needs Python 3.11 or newer; this is Python %d.%d and no newer one is installed.\n"  # noqa: UP031
        "On Ubuntu 22.04: sudo apt-get install python3.11 python3.11-venv\n" % sys.version_info[:2]
    )
    sys.exit(EXIT_PYTHON_TOO_OLD)


def leave_pythonpath_out() -> None:
    """Import from this folder and the standard library only, whatever PYTHONPATH and PYTHONSAFEPATH say."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    bent = [os.path.abspath(place) for place in given if place]  # noqa: PTH100
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path[:] = [here] + [place for place in sys.path if os.path.abspath(place) not in bent]  # noqa: PTH100


if __name__ == "__main__":
    leave_pythonpath_out()
    if sys.version_info < OLDEST_PYTHON:
        hand_over_to_a_newer_python()
    from setup_steps.command_line import main

    sys.exit(main(sys.argv[1:]))
