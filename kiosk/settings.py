"""branch.toml: everything that differs from station to station, wholly checked before anything starts.

1. Every problem is listed at once, each with the name of its key.
2. A key nobody knows is refused with the nearest known one: a mistyped setting must not silently be a default.
3. Relative paths start at the folder of the file.
4. The demo policy belongs to demo stations; the bank's address is host and port and holds no password; plain http only on this machine.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from kiosk import policy as policies
from kiosk.faults import SettingsRefused
from kiosk.policy import Policy
from kiosk.values import StationClass

FILE_NAME: Final = "branch.toml"
MAX_BYTES: Final = 65_536
MAX_NAME_CHARS: Final = 64
POLICIES: Final[Mapping[str, Policy]] = {"branch": policies.BRANCH, "demo": policies.DEMO}
TRAINED_ROLES: Final = ("teller", "supervisor", "compliance-officer", "auditor", "administrator")
"""Roles a training certificate can be asked of; a test holds that they are those of `kiosk.trust.permissions`."""
KEY_STORES: Final = ("auto", "tpm", "keyring", "passphrase", "file")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")
_BOM: Final = b"\xef\xbb\xbf"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StationSettings:
    """name, branch: 1..64 printable characters; data: folder of the store; master_key: the file of its key where a plain file holds it;
    key_store: what holds it, or `auto` for the best there is when the store is made; hours: opening and closing in local time, None where
    not said."""

    name: str
    branch: str
    station_class: StationClass
    data: Path
    master_key: Path
    key_store: str = "auto"
    hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """device: the system's number of the camera, or its path."""

    device: int | str


@dataclass(frozen=True, slots=True)
class LanguageSettings:
    """default: what a screen starts in; everybody may choose another."""

    default: str


@dataclass(frozen=True, slots=True)
class BankSettings:
    """url: host and perhaps port, no path; keys: file of the bank's public keys; authorities: file of the certificates to trust
    instead of the system's, None for the system's; certificate: PEM file of a TLS certificate to show, with its key, None to show none."""

    url: str
    keys: Path
    timeout_s: float
    authorities: Path | None = None
    certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Where a booth brings what it refers. url: the desk's mailbox in the branch's network; keys: file of the mailbox's public keys;
    authorities: as for the bank."""

    url: str
    keys: Path
    authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """What a desk takes from its booths. folder: made on first use; host, port: where it listens, this machine only unless said;
    certificate, private_key: for TLS, without which booths on other machines bring nothing."""

    folder: Path
    host: str
    port: int
    certificate: Path | None = None
    private_key: Path | None = None


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """width_px, height_px: used when not full screen."""

    full_screen: bool
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Settings:
    station: StationSettings
    camera: CameraSettings
    languages: LanguageSettings
    bank: BankSettings
    policy_name: str
    window: WindowSettings
    desk: DeskSettings | None = None
    mailbox: MailboxSettings | None = None
    training_required_for: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        policy = POLICIES[self.policy_name]
        if self.training_required_for == policy.training.required_for:
            return policy
        return replace(policy, training=replace(policy.training, required_for=self.training_required_for))


@dataclass(frozen=True, slots=True)
class Problem:
    """key: where, for example `bank.url`; says: what is wrong, for a technician."""

    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.key}: {self.says}"


def load_settings(path: Path) -> Settings:
    """Return the settings in this file. Raises SettingsRefused naming every problem, one a line."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SettingsRefused(f"{path.name} cannot be read: {error.strerror}") from error
    return settings_from(content, path.absolute().parent)


def settings_from(content: bytes, folder: Path) -> Settings:
    """Return the settings these bytes spell. folder: where relative paths start. Raises SettingsRefused and nothing else."""
    match check_settings(content, folder):
        case Settings() as settings:
            return settings
        case problems:
            raise SettingsRefused("\n".join(str(problem) for problem in problems))


def check_settings(content: bytes, folder: Path) -> Settings | tuple[Problem, ...]:
    """Return the settings, or every problem they have, in the order of the file format."""
    if len(content) > MAX_BYTES:
        return (Problem(FILE_NAME, f"is larger than {MAX_BYTES} bytes"),)
    try:
        tables = tomllib.loads(content.removeprefix(_BOM).decode("utf-8"))
    except UnicodeDecodeError:
        return (Problem(FILE_NAME, "is not UTF-8 text"),)
    except ValueError as error:
        return (Problem(FILE_NAME, f"is not TOML: {_one_line(str(error))}"),)
    except RecursionError:
        return (Problem(FILE_NAME, "is nested too deeply"),)
    reader = _Reader(tables)
    settings = _settings(reader, folder)
    reader.refuse_unknown()
    return tuple(reader.problems) or settings


class _Reader:
    """Takes values out of the parsed file, collecting problems and remembering which keys are known."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._tables = tables
        self._known: dict[str, list[str]] = {}
        self.problems: list[Problem] = []

    def value(self, table: str, key: str, read: Callable[[Any], T], instead: T, required: bool = True) -> T:
        """Return the value of `table.key` as `read` makes it of what is there; `instead` if it is absent or unfit.

        read raises ValueError with what is wrong, in words.
        """
        self._known.setdefault(table, []).append(key)
        section = self._tables.get(table, {})
        if not isinstance(section, dict):
            return instead
        if key not in section:
            if required:
                self.problems.append(Problem(f"{table}.{key}", "is missing"))
            return instead
        try:
            return read(section[key])
        except ValueError as unfit:
            self.problems.append(Problem(f"{table}.{key}", str(unfit)))
            return instead

    def refuse_unknown(self) -> None:
        for table, section in self._tables.items():
            if table not in self._known:
                self.problems.append(Problem(_shown(table), "is not a known section" + _nearest(table, self._known)))
            elif not isinstance(section, dict):
                self.problems.append(Problem(table, f"is a section: write [{table}]"))
            else:
                known = self._known[table]
                self.problems += [
                    Problem(f"{table}.{_shown(key)}", "is not a known key" + _nearest(key, known)) for key in section if key not in known
                ]


def _settings(reader: _Reader, folder: Path) -> Settings:
    name = reader.value("station", "name", _name, "")
    branch = reader.value("station", "branch", _name, "")
    station_class = reader.value("station", "class", _station_class, StationClass.PRODUCTION)
    data = reader.value("station", "data", _path(folder), folder)
    master_key = reader.value("station", "master_key", _path(folder), data / "master.key", required=False)
    key_store = reader.value("station", "key_store", _key_store, "auto", required=False)
    always: tuple[time, time] | None = None
    hours = reader.value("station", "hours", _hours, always, required=False)
    first_camera: int | str = 0
    device = reader.value("camera", "device", _device, first_camera, required=False)
    default = reader.value("languages", "default", _language, "en", required=False)
    url = reader.value("bank", "url", _url, "")
    keys = reader.value("bank", "keys", _path(folder), folder)
    none_given: Path | None = None
    authorities = reader.value("bank", "authorities", _path(folder), none_given, required=False)
    certificate = reader.value("bank", "certificate", _path(folder), none_given, required=False)
    timeout = reader.value("bank", "timeout_s", _number(1.0, 120.0), 15.0, required=False)
    no_url, no_path = "", folder
    desk_url = reader.value("desk", "url", _url, no_url, required=False)
    desk_keys = reader.value("desk", "keys", _path(folder), no_path, required=bool(desk_url))
    desk_authorities = reader.value("desk", "authorities", _path(folder), none_given, required=False)
    chain = reader.value("mailbox", "certificate", _path(folder), none_given, required=False)
    private_key = reader.value("mailbox", "private_key", _path(folder), none_given, required=chain is not None)
    mailbox_folder = reader.value("mailbox", "folder", _path(folder), no_path, required=False)
    mailbox_host = reader.value("mailbox", "host", _name, "127.0.0.1", required=False)
    mailbox_port = reader.value("mailbox", "port", _integer(1, 65_535), 8_644, required=False)
    mailbox = MailboxSettings(mailbox_folder, mailbox_host, mailbox_port, chain, private_key)
    policy_name = reader.value("policy", "name", _policy_name, "branch", required=False)
    nobody: tuple[str, ...] = ()
    trained = reader.value("training", "required_for", _roles, nobody, required=False)
    full_screen = reader.value("window", "full_screen", _yes_or_no, True, required=False)
    window_width = reader.value("window", "width_px", _integer(640, 7680), 1280, required=False)
    window_height = reader.value("window", "height_px", _integer(480, 4320), 800, required=False)
    if policy_name == "demo" and station_class is not StationClass.DEMO:
        reader.problems.append(Problem("policy.name", "the demo policy is only for a station of class demo"))
    return Settings(
        StationSettings(name, branch, station_class, data, master_key, key_store, hours),
        CameraSettings(device),
        LanguageSettings(default),
        BankSettings(url, keys, timeout, authorities, certificate),
        policy_name,
        WindowSettings(full_screen, window_width, window_height),
        DeskSettings(desk_url, desk_keys, desk_authorities) if desk_url else None,
        mailbox if mailbox_folder != no_path else None,
        trained,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return value


def _name(value: Any) -> str:
    text = _text(value)
    if not 1 <= len(text) <= MAX_NAME_CHARS or not text.isprintable() or text != text.strip():
        raise ValueError(f"must be 1 to {MAX_NAME_CHARS} printable characters without space at either end")
    return text


def _key_store(value: Any) -> str:
    text = _text(value)
    if text not in KEY_STORES:
        raise ValueError(_one_of(list(KEY_STORES), text))
    return text


def _hours(value: Any) -> tuple[time, time]:
    opens, dash, closes = _text(value).partition("-")
    try:
        read = time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        raise ValueError("must be like 08:00-18:00") from None
    if not dash or read[0] >= read[1] or read[0].tzinfo or read[1].tzinfo:
        raise ValueError("must be like 08:00-18:00, opening before closing")
    return read


def _station_class(value: Any) -> StationClass:
    text = _text(value)
    try:
        return StationClass(text)
    except ValueError:
        raise ValueError(_one_of([known.value for known in StationClass], text)) from None


def _roles(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one in TRAINED_ROLES for one in value):
        raise ValueError(f"must be a list of {', '.join(TRAINED_ROLES)}")
    return tuple(value)


def _policy_name(value: Any) -> str:
    text = _text(value)
    if text not in POLICIES:
        raise ValueError(_one_of(list(POLICIES), text))
    return text


def _path(folder: Path) -> Callable[[Any], Path]:
    def read(value: Any) -> Path:
        text = _text(value)
        if not text.strip() or not text.isprintable():
            raise ValueError("must be a path")
        return folder / text

    return read


def _device(value: Any) -> int | str:
    if isinstance(value, str) and value and value.isprintable():
        return value
    try:
        return _integer(0, 63)(value)
    except ValueError:
        raise ValueError("must be the camera's number, 0 to 63, or its path in quotes") from None


def _integer(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if type(value) not in (int, float) or not least <= value <= most:
            raise ValueError(f"must be a number from {least:g} to {most:g}")
        return float(value)

    return read


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")
    return value


def _language(value: Any) -> str:
    text = _text(value)
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("must be a language code such as en, ar or pt-BR")
    return text


def _url(value: Any) -> str:
    """A ValueError's own text is never passed on here: it could quote a password out of the address."""
    text = _text(value)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be an address such as https://bank.example or https://bank.example:8443") from None
    if parts.scheme not in ("http", "https") or not host or not text.isprintable() or any(char.isspace() for char in text):
        raise ValueError("must be an address such as https://bank.example or https://bank.example:8443")
    if parts.username is not None or parts.password is not None or parts.path not in ("", "/") or "?" in text or "#" in text:
        raise ValueError("must hold host and port only: no user name, password, path, query or fragment")
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise ValueError("must be https; plain http is only for this machine (127.0.0.1)")
    return text.rstrip("/")


def _one_of(known: list[str], got: str) -> str:
    return f"must be one of {', '.join(known)}" + _nearest(got, known)


def _nearest(word: str, known: Mapping[str, object] | list[str]) -> str:
    close = get_close_matches(word[:MAX_NAME_CHARS], list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _shown(key: str) -> str:
    """Return a key of the file fit for a message: short and on one line."""
    return _one_line(key)[:MAX_NAME_CHARS]


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:300]
