"""What `doctor` says: from what was found, one plain sentence and, where something is wrong, what to do about it.

Everything here is arithmetic on findings; whoever may look at cameras, models and networks looks and hands the findings in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, assert_never

from kiosk.faults import Fault
from kiosk.liveness.injection import DEAF, VIRTUAL, provenance_of
from kiosk.outbox import Backlog, Halt
from kiosk.trust.endpoint import EndpointFindings
from kiosk.values import StationClass
from kiosk.vault.audit import AuditBroken, AuditSound, AuditVerdict
from kiosk.vault.kept import StoreCounts


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """name: stable, for scripts; says: one sentence for the person at the station; remedy: what to do, empty when ok."""

    name: str
    status: Status
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ModelState:
    """title: what the model is for; trouble: empty if its file is the one the manifest names."""

    title: str
    trouble: str


@dataclass(frozen=True, slots=True)
class BankAnswered:
    """One answer of the bank's health address. ready: it says it takes packets; production: it takes only production packets, None if
    it does not say; date: the bank's clock from its Date header, None without one; same_keys: whether it shows the keys this station
    trusts, None if that could not be seen."""

    status: int
    ready: bool
    production: bool | None
    date: datetime | None
    same_keys: bool | None = None


@dataclass(frozen=True, slots=True)
class BankSilent:
    """why: in words, without the address."""

    why: str


BankProbe = BankAnswered | BankSilent

NOT_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""This program did not exist before: an earlier clock lost its battery."""
CLOCK_STEP_ALLOWED: Final = timedelta(minutes=5)
"""Time servers step a clock back by seconds; more is a hand."""
BANK_CLOCK_TOLERANCE: Final = timedelta(minutes=2)
DISK_FAIL_BYTES: Final = 200_000_000
"""25 of the largest packets."""
DISK_WARN_BYTES: Final = 1_000_000_000
"""A day of 125 cases without the bank, at 8 MB each at most."""
QT_TRIED: Final = (6, 11)


def python_and_qt(python: tuple[int, int], qt: str | None) -> Check:
    """python: major and minor; qt: PySide6's version, None if it is not installed."""
    name, spelled = "python", ".".join(str(part) for part in python)
    if python < (3, 11):
        return Check(name, Status.FAIL, f"Python {spelled} is too old.", "Install Python 3.11 or newer and run the set-up again.")
    if qt is None:
        return Check(name, Status.FAIL, "PySide6 is not installed.", "Run `python3 packaging/bootstrap.py setup`.")
    numbers = tuple(int(part) for part in qt.split(".")[:2] if part.isdecimal())
    reinstall = "Install the locked version: `python3 packaging/bootstrap.py setup`."
    if numbers >= (6, 12) and python < (3, 12):
        return Check(name, Status.FAIL, f"PySide6 {qt} on Python {spelled} crashes the program after some hundred touches.", reinstall)
    if numbers != QT_TRIED:
        return Check(name, Status.WARN, f"PySide6 {qt} was never tried with this program.", reinstall)
    return Check(name, Status.OK, f"Python {spelled} with PySide6 {qt}.")


def models(found: Sequence[ModelState]) -> tuple[Check, ...]:
    """Return one line for all that is well and one for each model that is not."""
    if not found:
        return (Check("models", Status.FAIL, "There is no model pack.", "Run `python -m models.build`."),)
    wrong = tuple(
        Check("models", Status.FAIL, f"{state.title}: {state.trouble}.", "Run `python -m models.build`.")
        for state in found
        if state.trouble
    )
    if wrong:
        return wrong
    return (Check("models", Status.OK, f"All {len(found)} files of the model pack are those the manifest names."),)


def face_print(uses: str, reaches: str, unfit_for: Sequence[str], in_no_decision: Sequence[str], trouble: str) -> Check:
    """uses: the prints that decide, and which verifier; reaches: what was measured; in_no_decision: prints that are installed but were
    not fitted; trouble: empty if all of it opens."""
    if trouble:
        remedy = "Run `python app.py models list`; then `python app.py models fit-verifier DIR` or take the print away."
        return Check("face-print", Status.FAIL, f"Faces cannot be compared: {trouble}.", remedy)
    unfit = "; ".join(f"not to be used for {one}" for one in unfit_for)
    says = f"Faces are compared by {uses}: {reaches}; {unfit}."
    if in_no_decision:
        waiting = f"Installed but in no decision yet: {', '.join(in_no_decision)}."
        return Check("face-print", Status.WARN, f"{says} {waiting}", "Run `python app.py models fit-verifier DIR` on your own pictures.")
    return Check("face-print", Status.OK, says)


def text_engine(trouble: str) -> Check:
    """trouble: empty if a known line of text was read right."""
    if trouble:
        return Check("text-engine", Status.FAIL, f"Printed text cannot be read: {trouble}.", "Run `python -m models.build`.")
    return Check("text-engine", Status.OK, "Printed text and MRZ lines can be read.")


def cameras(listed: Sequence[str], wanted: str, trouble: str) -> Check:
    """listed: names of the cameras the system knows; wanted: the one in the settings; trouble: empty if it gave a picture."""
    known = "; ".join(listed) or "none"
    if trouble:
        return Check(
            "camera",
            Status.FAIL,
            f"Camera {wanted} gives no picture: {trouble}. The system lists: {known}.",
            "Plug the camera in, close other programs that use it, or set camera.device in branch.toml.",
        )
    return Check("camera", Status.OK, f"Camera {wanted} gives pictures.")


def camera_identity(description: str) -> Check:
    """description: what the system says of the camera's driver, bus and name; empty where it says nothing."""
    name = "camera-identity"
    if not description:
        return Check(name, Status.OK, "The system tells nothing of the camera's driver; records say so.")
    if provenance_of(description) == VIRTUAL:
        return Check(
            name,
            Status.FAIL,
            f"The camera is made by a program, not by glass and silicon: {description}.",
            "Remove the virtual camera's driver, or set camera.device in branch.toml to the real one. Nobody is verified through it.",
        )
    return Check(name, Status.OK, f"The camera: {description}.")


def camera_controls(description: str) -> Check:
    """description: of the open camera, as its frames carry it; empty where it gave no picture."""
    name = "camera-controls"
    if not description:
        return Check(name, Status.OK, "Nothing was asked of the camera: it gave no picture.")
    if provenance_of(description) == DEAF:
        return Check(
            name,
            Status.WARN,
            "The camera answered no random request, for another brightness or another size: so does what is played as a camera.",
            "Use another camera. Until then every customer before this one is left to a person.",
        )
    answered = " and ".join(part for part in description.split("; ") if part.startswith(("controls ", "size ")))
    return Check(name, Status.OK, f"Asked at random for changes, the camera answered: {answered.rstrip(')') or 'not asked'}.")


def endpoint(found: EndpointFindings) -> Check:
    name = "endpoint"
    remedy = "End what does not belong on a station, and find out who started it."
    if found.traced or found.modules:
        who = "A debugger watches this program" if found.traced else f"The kernel can feign cameras ({', '.join(found.modules)})"
        return Check(name, Status.FAIL, f"{who}.", remedy)
    if found.programs:
        return Check(name, Status.WARN, f"Beside this program runs {', '.join(found.programs)}.", remedy)
    return Check(name, Status.OK, "No debugger, screen sharing or virtual camera was found.")


def fault(name: str, found: Fault) -> Check:
    """Return what a fault at opening means. The fault's own text holds no personal data."""
    return Check(name, Status.FAIL, sentence(str(found)), _REMEDIES.get(type(found).__name__, _CALL))


def store(counts: StoreCounts) -> Check:
    says = f"{counts.kept} cases: {counts.receipted} with the bank's receipt, {counts.waiting} waiting, {counts.set_aside} set aside."
    if counts.set_aside:
        return Check("store", Status.WARN, says, "Look at the cases set aside on the desk and send them again or call the bank.")
    return Check("store", Status.OK, says)


def no_store() -> Check:
    return Check("store", Status.FAIL, "This station has no store yet.", "Run `python app.py station init`.")


def audit_log(verdict: AuditVerdict) -> Check:
    match verdict:
        case AuditSound(lines=lines):
            return Check("audit-log", Status.OK, f"Every line is as it was written ({lines} in all).")
        case AuditBroken(line=line, because=because):
            return Check(
                "audit-log",
                Status.FAIL,
                f"The audit log is not as it was written: line {line} is {because}.",
                "Stop using the station, leave its files as they are and call the bank's security.",
            )
        case _:
            assert_never(verdict)


def master_key(description: str) -> Check:
    """description: how the key store describes itself, once its key could be loaded."""
    return Check("master-key", Status.OK, description)


def station_identity(name: str, station_class: StationClass, key_id: str, pending: bool = False) -> Check:
    """pending: a next key was made that the bank has not taken yet."""
    says = f"{name} ({station_class}), key {_read_out(key_id)}."
    if pending:
        remedy = "Run `python app.py station roll-keys` again when the bank answers."
        return Check("station-identity", Status.WARN, f"{says} A new key was made and the bank has not taken it yet.", remedy)
    return Check("station-identity", Status.OK, says)


def bank_keys(sealing_key_id: str, answers_key_id: str, followed: int = 0) -> Check:
    """followed: how many successions were followed from the configured keys."""
    since = "" if followed == 0 else f" They followed those configured in {followed} steps, each signed by the one before."
    says = f"Packets are sealed to {_read_out(sealing_key_id)}, answers checked with {_read_out(answers_key_id)}.{since}"
    return Check("bank-keys", Status.OK, says)


def bank_log(size: int, lies: Sequence[str]) -> Check:
    """size: of the last tree head kept; lies: codes of what the bank signed that cannot be true, oldest first."""
    if lies:
        kinds = ", ".join(sorted(set(lies)))
        return Check(
            "bank-log",
            Status.FAIL,
            f"The bank signed what cannot be true ({len(lies)} answers: {kinds}). No picture was destroyed on their word.",
            "Call the bank's security and keep this station's store: the signed answers in it are the evidence.",
        )
    if size == 0:
        return Check("bank-log", Status.OK, "The bank has not shown its log yet.")
    return Check("bank-log", Status.OK, f"The bank's log was seen to grow to {size} receipts and never to change.")


def backlog(found: Backlog, halt: Halt | None, now: datetime) -> Check:
    """halt: why no new case may be opened."""
    if found.oldest_at is None:
        return Check("backlog", Status.OK, "The bank holds every case.")
    says = f"{found.waiting + found.set_aside} cases wait, the oldest for {_apart(now - found.oldest_at)}, {found.size / 1e6:.1f} MB."
    if halt is not None:
        return Check("backlog", Status.FAIL, f"{says} No new case is opened ({halt}).", "Get the bank's line working, or call the bank.")
    return Check("backlog", Status.OK, says)


def bank(probe: BankProbe, station_class: StationClass, now: datetime) -> Check:
    match probe:
        case BankSilent(why=why):
            return Check(
                "bank",
                Status.WARN,
                f"The bank does not answer: {why}. Cases are kept and sent later.",
                "Check the network and bank.url in branch.toml.",
            )
        case BankAnswered(same_keys=False):
            return Check(
                "bank",
                Status.FAIL,
                "The bank at this address has other keys than those this station trusts.",
                "Do not replace the keys on your own: ask the bank over another channel which ids its keys have.",
            )
        case BankAnswered(status=200, ready=True, production=production, date=date):
            if production is not None and production != (station_class is StationClass.PRODUCTION):
                takes = "only production packets" if production else "no production packets"
                return Check(
                    "bank",
                    Status.FAIL,
                    f"The bank at this address takes {takes}, and this is a {station_class} station.",
                    "Set bank.url in branch.toml to the bank this station is enrolled with.",
                )
            if date is not None and abs(now - date) > BANK_CLOCK_TOLERANCE:
                return Check("bank", Status.WARN, f"The bank's clock and ours are {_apart(now - date)} apart.", _SET_CLOCK)
            return Check("bank", Status.OK, "The bank answers and takes packets.")
        case BankAnswered(status=status):
            return Check(
                "bank",
                Status.WARN,
                f"Something answers at the bank's address, but it takes no packets now (status {status}).",
                "Try again later; if it stays so, check bank.url in branch.toml and call the bank.",
            )
        case _:
            assert_never(probe)


def clock(now: datetime, last_audit_at: datetime | None) -> Check:
    """last_audit_at: the latest time in the audit log, None in an empty one."""
    if now < NOT_BEFORE:
        return Check("clock", Status.FAIL, f"The clock says {now:%Y-%m-%d}, which cannot be.", _SET_CLOCK)
    if last_audit_at is not None and now < last_audit_at:
        behind = last_audit_at - now
        status = Status.FAIL if behind > CLOCK_STEP_ALLOWED else Status.WARN
        return Check("clock", status, f"The clock was turned back: the audit log is {_apart(behind)} ahead of it.", _SET_CLOCK)
    after = ", after everything in the audit log" if last_audit_at is not None else ""
    return Check("clock", Status.OK, f"The clock says {now:%Y-%m-%d %H:%M} UTC{after}.")


def steady_clock(readings_ns: Sequence[int]) -> Check:
    """readings_ns: the monotonic clock, read several times in a row."""
    if any(later < earlier for earlier, later in pairwise(readings_ns)):
        return Check("steady-clock", Status.FAIL, "The clock that measures durations runs backwards.", _CALL)
    return Check("steady-clock", Status.OK, "The clock that measures durations only runs forwards.")


def disk(free_bytes: int) -> Check:
    free = f"{free_bytes / 1e9:.1f} GB are free for the store."
    remedy = "Free some space on the disk of the data folder."
    if free_bytes < DISK_FAIL_BYTES:
        return Check("disk", Status.FAIL, f"Only {free}", remedy)
    if free_bytes < DISK_WARN_BYTES:
        return Check("disk", Status.WARN, f"Only {free}", remedy)
    return Check("disk", Status.OK, free)


def fonts(missing: Sequence[str]) -> Check:
    """missing: what cannot be written well with the fonts installed, for example `Arabic`."""
    if missing:
        return Check(
            "fonts",
            Status.WARN,
            f"No good font for: {', '.join(missing)}.",
            "Run `python3 packaging/bootstrap.py setup`, or install the DejaVu or Noto fonts.",
        )
    return Check("fonts", Status.OK, "There are fonts for every language offered.")


def sentence(text: str) -> str:
    """Return a fault's text as one sentence."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def all_well(checks: Sequence[Check]) -> bool:
    """Return whether the station can work: nothing failed. Warnings do not stop it."""
    return all(check.status is not Status.FAIL for check in checks)


_CALL: Final = "Call support and read this line out."
_SET_CLOCK: Final = "Set the computer's date, time and time server."
_REMEDIES: Final = {
    "KeyUnavailable": "Bring the key's file back from where it was moved, and make it readable by this account only (0600).",
    "SealBroken": "This key belongs to another store, or the store was altered. Bring the right key back, or call support.",
    "StoreDamaged": "Do not use the station; keep the folder as it is and call support.",
    "StoreFromNewerVersion": "Install the newest version of this program. The store was not touched.",
    "StoreUnavailable": "Close other copies of this program and check that this account owns the data folder.",
    "DiskFull": "Free some space on the disk of the data folder. Nothing was lost.",
    "SettingsRefused": "Correct branch.toml; resources/branch.example.toml explains every line.",
}


def _read_out(key_id: str) -> str:
    """Return the id in groups of four, as it is read out over the telephone."""
    return " ".join(key_id[at : at + 4] for at in range(0, len(key_id), 4))


def _apart(difference: timedelta) -> str:
    seconds = abs(difference.total_seconds())
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3_600:.0f} hours" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
