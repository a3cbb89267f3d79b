"""A person at a terminal: reads what the command says and answers its questions, in order."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest

from kiosk.commands import audit, operators, privacy, station

Answer = str | Callable[[str], str]
COMMANDS = {"operators": operators.main, "station": station.main, "audit": audit.main, "privacy": privacy.main}
PASSWORD = "correct horse battery"
SETTINGS = """
[station]
name = "{name}"
branch = "Harbour"
class = "demo"
data = "store"
master_key = "keys/master.key"
key_store = "file"
[bank]
url = "{url}"
keys = "bank-keys.json"
"""


@dataclass
class Said:
    """code: the exit code; told: what was said to the person; printed: what was asked for."""

    code: int
    told: str
    printed: str


class _Typing(io.TextIOBase):
    """Standard input that is no terminal: each answer is one line, made when it is asked for. With no answer left, the input ends."""

    def __init__(self, shown: io.StringIO, answers: tuple[Answer, ...]) -> None:
        self._shown = shown
        self._answers = list(answers)

    def isatty(self) -> bool:
        return False

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        if not self._answers:
            return ""
        answer = self._answers.pop(0)
        return (answer if isinstance(answer, str) else answer(self._shown.getvalue())) + "\n"


@dataclass
class Desk:
    """A station's folder with its branch.toml, and what its people have written down: recovery codes, each good once."""

    folder: Path
    patch: pytest.MonkeyPatch
    codes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.folder / "branch.toml"

    def write_settings(self, name: str = "desk-1", url: str = "http://127.0.0.1:1") -> None:
        self.folder.mkdir(exist_ok=True)
        self.settings.write_text(SETTINGS.format(name=name, url=url), encoding="utf-8")

    def types(self, line: str, *answers: Answer) -> Said:
        """Type one command and answer what it asks."""
        command, *words = line.split()
        shown, printed = io.StringIO(), io.StringIO()
        with self.patch.context() as patched:
            patched.setattr("sys.stdin", _Typing(shown, answers))
            patched.setattr("sys.stderr", shown)
            patched.setattr("sys.stdout", printed)
            code = COMMANDS[command]([*words, "--settings", str(self.settings)])
        return Said(code, shown.getvalue(), printed.getvalue())

    def in_person(self, name: str, password: str = PASSWORD) -> tuple[Answer, ...]:
        """Return what this person types to sign in, with a recovery code: a code of the app is good only once in half a minute."""
        return name, password, self.codes[name].pop()

    def begins(self, name: str = "ada") -> None:
        """Be the first administrator."""
        self.write_settings()
        said = self.types(f"operators first {name}", PASSWORD, code_shown)
        assert said.code == 0, said.told
        self.codes[name] = recovery_codes(said.told)

    def adds(self, name: str, role: str, by: str = "ada") -> Said:
        said = self.types(f"operators add {name} --role {role}", *self.in_person(by), PASSWORD, code_shown)
        assert said.code == 0, said.told
        self.codes[name] = recovery_codes(said.told)
        return said


def code_shown(shown: str) -> str:
    """Return the code an authenticator app shows that was given the secret on the screen."""
    (secret,) = re.findall(r"type into the app: ([A-Z2-7 ]+)", shown)[-1:]
    return pyotp.TOTP(secret.replace(" ", "")).now()


def wrong_code(shown: str) -> str:
    return f"{(int(code_shown(shown)) + 500_000) % 1_000_000:06d}"


def recovery_codes(shown: str) -> list[str]:
    return re.findall(r"^  ([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})$", shown, re.MULTILINE)
