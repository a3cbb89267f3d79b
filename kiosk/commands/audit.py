"""`app.py audit`: is the log as it was written, and the log for a SIEM.

verify   every line, the tree, every signature; with --against also that the log begins with what a head kept elsewhere says
export   every line and the newest signed head, as JSON lines or CEF; the audit log notes who took it
head     the newest signed head alone, to be kept elsewhere (needs no sign-in: it says nothing but a number and a digest)

`verify` and `export` ask who does it: an auditor, for `verify` also a compliance officer or administrator. Where the end of the log was
tampered with nobody can sign in any more; then the line is named to whoever asks. An export in JSON lines is
verified anywhere, without the station: `app.py audit verify --file EXPORT --key KEY`.

Exit codes: 0 sound or done, 1 not as it was written, refused or a fault, 2 wrong usage.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kiosk.arguments import new_file
from kiosk.commands import asking
from kiosk.faults import Fault, PacketRefused, SealBroken
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.audit_books import AuditBooks, Exported
from kiosk.trust.key_choice import station_store
from kiosk.trust.operators import Operators
from kiosk.vault.audit import (
    AuditBroken,
    AuditLine,
    AuditSound,
    AuditVerdict,
    BrokenBecause,
    Head,
    verify,
)
from kiosk.vault.audit_heads import Grown, SignedHead, head_from_json, is_genuine
from kiosk.vault.store import Store

LOOKED_AT: Final = frozenset(
    {"denied", "sign-in-failed", "sign-in-locked", "two-refused", "factor-refused", "clock-accepted", "override-refused", "bank-mistrusted"}
)
"""Events a SIEM should look at."""


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    try:
        if chosen.what == "verify" and chosen.file is not None:
            return _told(verify_export(chosen.file, bytes.fromhex(chosen.key or "")), chosen.json)
        settings = load_settings(chosen.settings)
        with station_store(settings) as store:
            if chosen.what == "head":
                return _head(store, chosen.out)
            try:
                return _asked_who(chosen, store, settings.station.name)
            except SealBroken:
                return _takes_no_line(store, getattr(chosen, "json", None))
    except Fault as fault:
        asking.say(f"{type(fault).__name__}: {fault}")
        return 1
    except (OSError, ValueError) as unfit:
        asking.say(f"{type(unfit).__name__}: a file or key that was named cannot be used")
        return 1


def _asked_who(chosen: argparse.Namespace, store: Store, station: str) -> int:
    who = asking.sign_in(Operators(store), station)
    if who is None:
        return 1
    books, now = AuditBooks(store), datetime.now(UTC)
    if chosen.what == "export":
        return _export(books.export(who, chosen.format, now), chosen.format, chosen.out)
    against = None if chosen.against is None else head_from_json(chosen.against.read_text(encoding="utf-8"))
    return _told(books.verify(who, now, against), chosen.json)


def _takes_no_line(store: Store, json_to: Path | None) -> int:
    """Signing in is a line, and a log whose end was tampered with takes none: then what is wrong is said to whoever asks."""
    broken = AuditBooks(store).found_broken()
    if broken is None:
        asking.say("SealBroken: something sealed beside the log does not open.")
        return 1
    return _told(broken, json_to)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    check = kinds.add_parser("verify", parents=[shared], help="is every line as it was written")
    check.add_argument("--against", type=Path, metavar="HEAD", help="a head kept elsewhere (`audit head`)")
    check.add_argument("--file", type=Path, metavar="EXPORT", help="verify an export instead of this station's log")
    check.add_argument("--key", metavar="HEX", help="with --file: the station's audit key, as `audit head` shows it")
    check.add_argument("--json", type=new_file, metavar="FILE")
    export = kinds.add_parser("export", parents=[shared], help="the whole log for a SIEM")
    export.add_argument("--format", choices=("jsonl", "cef"), default="jsonl")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    head = kinds.add_parser("head", parents=[shared], help="the newest signed head, to be kept elsewhere")
    head.add_argument("--out", type=Path, metavar="FILE")
    return parser


def verify_export(path: Path, key: bytes) -> AuditVerdict:
    """Return whether an export in JSON lines holds the whole log up to the head it ends with, signed by this key.

    Raises OSError, PacketRefused for a file that is no export.
    """
    *written, last = path.read_text(encoding="utf-8").splitlines() or [""]
    head = head_from_json(last)
    if not is_genuine(head, key):
        return AuditBroken(head.lines, BrokenBecause.HEAD_FORGED)
    lines = [_line_of(text) for text in written]
    tree = Grown()
    for line in lines:
        tree.add(line.digest)
    newest = lines[-1].digest if len(lines) >= head.lines > 0 else b""
    verdict = verify(lines, Head(head.lines, newest))
    if isinstance(verdict, AuditSound) and tree.root() != head.root:
        return AuditBroken(head.lines, BrokenBecause.REWRITTEN)
    return verdict


def _head(store: Store, out: Path | None) -> int:
    head = store.audit_head()
    if head is None:
        asking.say("The log is empty.")
        return 1
    _write(json.dumps(head.as_json()) + "\n", out)
    return 0


def _export(taken: Exported, form: str, out: Path | None) -> int:
    _write("".join(_as_jsonl(taken.lines, taken.head) if form == "jsonl" else (_as_cef(line) for line in taken.lines)), out)
    asking.say(f"{len(taken.lines)} lines. Audit key: {taken.head.key.hex()}")
    return 0


def _as_jsonl(lines: Iterable[AuditLine], head: SignedHead) -> Iterable[str]:
    for line in lines:
        members = {field.name: getattr(line, field.name) for field in fields(line)}
        hexed = {name: value.hex() if isinstance(value, bytes) else value for name, value in members.items()}
        yield json.dumps(hexed) + "\n"
    yield json.dumps(head.as_json()) + "\n"


def _line_of(text: str) -> AuditLine:
    try:
        members: Any = json.loads(text)
        for name in ("previous", "digest"):
            members[name] = bytes.fromhex(members[name])
        return AuditLine(**members)
    except (ValueError, TypeError, KeyError) as unfit:
        raise PacketRefused("this is no export of an audit log") from unfit


def _as_cef(line: AuditLine) -> str:
    """Common Event Format 0, as docs/audit-log.md says; rt in milliseconds since 1970, values escaped."""
    severity = 7 if line.event in LOOKED_AT else 3
    named = f"CEF:0|identity-desk|station|0.1|{line.event}|{line.event}|{severity}"
    told = {
        "rt": str(int(datetime.fromisoformat(line.at).timestamp() * 1000)),
        "suser": line.who,
        "dvchost": line.place,
        "reason": line.purpose,
        "externalId": str(line.number),
        "cs1Label": "detail",
        "cs1": line.detail,
        "cs2Label": "case",
        "cs2": line.session,
        "cs3Label": "digest",
        "cs3": line.digest.hex(),
    }
    return f"{named}|{' '.join(f'{name}={_escaped(value)}' for name, value in told.items())}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")


def _told(verdict: AuditVerdict, json_to: Path | None) -> int:
    sound = isinstance(verdict, AuditSound)
    if isinstance(verdict, AuditBroken):
        print(f"NOT as it was written: line {verdict.line} is {verdict.because}.")
    else:
        print(f"Every line is as it was written ({verdict.lines} in all).")
    if json_to is not None:
        said = {"sound": sound, "lines": verdict.lines} if isinstance(verdict, AuditSound) else {
            "sound": sound, "line": verdict.line, "because": verdict.because.value,
        }  # fmt: skip
        json_to.write_text(json.dumps(said), encoding="utf-8")
    return 0 if sound else 1


def _write(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
