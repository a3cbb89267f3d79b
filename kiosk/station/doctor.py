"""`doctor`: looks at everything this station needs and says in plain words what works and what does not.

It changes nothing: a store that is not there is not made. What this layer may not see (models, fonts) is handed in as probes.
"""

import importlib.metadata
import json
import shutil
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import httpx

from kiosk.bank.connector import Reached
from kiosk.bank.link import HttpLink, Problem
from kiosk.camera.identity import identify
from kiosk.camera.webcam import list_cameras
from kiosk.faults import Fault, ModelRefused
from kiosk.outbox import Unreachable, halted
from kiosk.policy import SyncPolicy
from kiosk.settings import BankSettings, Settings
from kiosk.trust import self_checks
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.endpoint import look_around
from kiosk.trust.identity import bank_keys, is_pending, station_identity
from kiosk.trust.key_choice import key_store_of
from kiosk.trust.self_checks import BankAnswered, BankProbe, BankSilent, Check, ModelState, Status
from kiosk.vault.files import STORE_NAME
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.wire.keys import BankPublicKeys
from kiosk.wire.succession import TrustedBank

LONGEST_HEALTH_BYTES: Final = 65_536
LONGEST_HEALTH_S: Final = 5.0
_MARKS: Final = {Status.OK: " ok ", Status.WARN: "warn", Status.FAIL: "FAIL"}


@dataclass(frozen=True, slots=True)
class Probes:
    """What others look at. models: each file's state, may raise ModelRefused; text_engine: empty or what is wrong; camera: opens the
    camera of the settings, takes a picture and tells what the camera is and how it answered, raises a Fault; missing_fonts: scripts that no
    installed font writes; health: asks the bank; now: UTC."""

    models: Callable[[], Sequence[ModelState]]
    text_engine: Callable[[], str]
    camera: Callable[[], str]
    missing_fonts: Callable[[], Sequence[str]]
    health: Callable[[BankSettings], BankProbe]
    now: Callable[[], datetime]


def examine(settings: Settings, probes: Probes) -> tuple[Check, ...]:
    """Return every check, in the order a person mends things. Nothing but a bug raises."""
    return (
        self_checks.python_and_qt((sys.version_info.major, sys.version_info.minor), _version_of("PySide6-Essentials")),
        *_models(probes),
        self_checks.text_engine(probes.text_engine()),
        *_camera(settings.camera.device, probes),
        self_checks.endpoint(look_around()),
        self_checks.fonts(probes.missing_fonts()),
        self_checks.disk(_free_bytes(settings.station.data)),
        self_checks.steady_clock([time.monotonic_ns() for _ in range(5)]),
        *_kept(settings, probes.now()),
        self_checks.bank(probes.health(settings.bank), settings.station.station_class, probes.now()),
    )


def examine_bare(probes: Probes) -> tuple[Check, ...]:
    """Return the checks that need no settings."""
    return (
        self_checks.python_and_qt((sys.version_info.major, sys.version_info.minor), _version_of("PySide6-Essentials")),
        *_models(probes),
        self_checks.text_engine(probes.text_engine()),
        *_camera(0, probes),
        self_checks.endpoint(look_around()),
        self_checks.fonts(probes.missing_fonts()),
        self_checks.disk(_free_bytes(Path.cwd())),
    )


def examine_running(settings: Settings, probes: Probes) -> tuple[Check, ...]:
    """Return the checks that take nothing a running station uses: no camera is opened, no store, no model loaded twice."""
    return (
        *_models(probes),
        self_checks.endpoint(look_around()),
        self_checks.disk(_free_bytes(settings.station.data)),
        self_checks.steady_clock([time.monotonic_ns() for _ in range(5)]),
        self_checks.bank(probes.health(settings.bank), settings.station.station_class, probes.now()),
    )


def _camera_known(address: int | str) -> str:
    known = identify(address)
    return "" if known is None else str(known)


def http_health(bank: BankSettings) -> BankProbe:
    """Ask the bank's health address and its keys once each. Follows no redirect, uses no proxy of the environment and reads little:
    what answers there is not trusted."""
    timeout = min(bank.timeout_s, LONGEST_HEALTH_S)
    answer = _ask_health(bank, timeout)
    return replace(answer, same_keys=_same_keys(bank, timeout)) if isinstance(answer, BankAnswered) else answer


def _ask_health(bank: BankSettings, timeout: float) -> BankProbe:
    try:
        trust = ssl.create_default_context(cafile=bank.authorities)
        if bank.certificate is not None:
            trust.load_cert_chain(bank.certificate)
        with (
            httpx.Client(timeout=timeout, verify=trust, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", f"{bank.url}/health", headers={"accept": "application/json"}) as response,
        ):
            content = _at_most(response, LONGEST_HEALTH_BYTES)
            return _answered(response.status_code, content, response.headers.get("date", ""))
    except httpx.TimeoutException:
        return BankSilent(f"no answer within {timeout:g} seconds")
    except httpx.ConnectError as error:
        return BankSilent("its certificate is not trusted" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "no connection")
    except (OSError, ssl.SSLError):
        return BankSilent("the file of trusted certificates (bank.authorities) or our own (bank.certificate) cannot be read")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return BankSilent(type(error).__name__)


def _same_keys(bank: BankSettings, timeout: float) -> bool | None:
    try:
        authorities, certificate = (None if file is None else str(file) for file in (bank.authorities, bank.certificate))
        link = HttpLink(bank.url, SyncPolicy(request_timeout_s=timeout), authorities, certificate)
        ours = bank_keys(bank.keys)
    except Fault:
        return None
    try:
        match link.probe(ours):
            case Reached():
                return True
            case Unreachable(code=Problem.OTHER_KEYS):
                return _followed(link, ours)
            case Unreachable():
                return None
    finally:
        link.close()


def _followed(link: HttpLink, ours: BankPublicKeys) -> bool:
    """Return whether the keys shown follow those configured here, each signed over by the ones before."""
    announced = link.successions()
    if isinstance(announced, Unreachable):
        return False
    bank, new = TrustedBank(ours).followed(announced)
    return bool(new) and isinstance(link.probe(bank.current), Reached)


def as_text(checks: Sequence[Check]) -> str:
    """Return one line a check, and under each that is not ok what to do."""
    lines = []
    for check in checks:
        lines.append(f"[{_MARKS[check.status]}] {check.name}: {check.says}")
        if check.remedy:
            lines.append(f"       -> {check.remedy}")
    failed = sum(check.status is Status.FAIL for check in checks)
    warned = sum(check.status is Status.WARN for check in checks)
    verdict = "This station can work." if self_checks.all_well(checks) else "This station cannot work yet."
    return "\n".join([*lines, "", f"{verdict} {failed} failed, {warned} to look at, {len(checks)} checks."])


def as_json(checks: Sequence[Check]) -> str:
    return json.dumps({"works": self_checks.all_well(checks), "checks": [asdict(check) for check in checks]}, indent=2)


def exit_code(checks: Sequence[Check]) -> int:
    """Return 0 if the station can work, else 1."""
    return 0 if self_checks.all_well(checks) else 1


def _models(probes: Probes) -> tuple[Check, ...]:
    try:
        return self_checks.models(probes.models())
    except ModelRefused as refused:
        return self_checks.models([ModelState("model pack", str(refused))])


def _camera(device: int | str, probes: Probes) -> tuple[Check, ...]:
    trouble, told = "", ""
    try:
        told = probes.camera()
    except Fault as found:
        trouble = str(found)
    return (
        self_checks.cameras([camera.name for camera in list_cameras()], str(device), trouble),
        self_checks.camera_identity(_camera_known(device)),
        self_checks.camera_controls(told),
    )


def _kept(settings: Settings, now: datetime) -> tuple[Check, ...]:
    """Return the checks of everything that lies in the store, as far as it opens."""
    try:
        if not (settings.station.data / STORE_NAME).exists():
            return (self_checks.no_store(), self_checks.clock(now, None), _bank_keys(settings))
        key_store = key_store_of(settings.station)
        key_store.load()
    except OSError as error:
        return (Check("store", Status.FAIL, f"The data folder cannot be looked into: {error.strerror}.", "Check who owns it."),)
    except Fault as found:
        return (self_checks.fault("master-key", found), self_checks.clock(now, None), _bank_keys(settings))
    key = self_checks.master_key(key_store.describe())
    try:
        with open_store(settings.station.data, key_store) as store:
            return (
                key,
                self_checks.store(store.counts()),
                self_checks.audit_log(store.verify_audit()),
                self_checks.clock(now, store.last_audit_at()),
                _identity(settings, store),
                _bank_keys(settings, store),
                self_checks.bank_log(store.tree_head().size, [lie.code for lie in store.lies()]),
                self_checks.backlog(store.backlog(), halted(store.backlog(), now, settings.policy.sync), now),
            )
    except Fault as found:
        return (key, self_checks.fault("store", found), self_checks.clock(now, None), _bank_keys(settings))


def _identity(settings: Settings, store: Store) -> Check:
    station = settings.station
    try:
        identity = station_identity(store, station.name, station.station_class)
    except Fault as found:
        return Check(
            "station-identity",
            Status.FAIL,
            self_checks.sentence(str(found)),
            "Correct station.name and station.class, or initialise the station.",
        )
    pending = is_pending(store, station.name, station.station_class)
    return self_checks.station_identity(identity.name, identity.station_class, identity.key_id, pending)


def _bank_keys(settings: Settings, store: Store | None = None) -> Check:
    """store: holds what the bank signed over to its later keys; None when it does not open."""
    try:
        configured = bank_keys(settings.bank.keys)
        bank = TrustedBank(configured) if store is None else KeptBankTrust(store, configured).trusted()
    except Fault as found:
        return Check(
            "bank-keys",
            Status.FAIL,
            self_checks.sentence(str(found)),
            "Put the file the bank handed over where bank.keys in branch.toml says.",
        )
    return self_checks.bank_keys(bank.current.sealing_key_id, bank.current.answers_key_id, len(bank.former))


def _free_bytes(folder: Path) -> int:
    """Return the free space where the folder is or will be."""
    there = next((parent for parent in (folder, *folder.parents) if parent.is_dir()), Path.cwd())
    return shutil.disk_usage(there).free


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _at_most(response: httpx.Response, limit: int) -> bytes:
    content = b""
    for piece in response.iter_bytes():
        content += piece
        if len(content) > limit:
            return b""
    return content


def _answered(status: int, content: bytes, date: str) -> BankAnswered:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    members = said if isinstance(said, dict) else {}
    production = members.get("production")
    return BankAnswered(status, members.get("ready") is True, production if isinstance(production, bool) else None, _moment(date))


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
