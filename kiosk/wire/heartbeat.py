"""A station says how it is, and the bank answers with what the station lacks.

    heartbeat = what `kiosk/wire/asked.py` makes of "IDHB", a number of its own and the report
    report    = canonical JSON, figures and codes only: nothing of a customer, nothing of an operator
    answer    = "IDHA" | u16 version | counted statement | counted update, for each | Ed25519 (answers key, "identity-desk answer 1" and …)
    statement = canonical {"about": SHA-256 of the heartbeat, "at": the bank's time, "every_s": whole seconds, "more": bool,
                "updates": [SHA-256 of each update]}

The answer travels in a sealed reply (`kiosk/wire/reply.py`) about the heartbeat's hash. Each update carries its own signature
(`kiosk/wire/signed_update.py`); the answer's says that these are all the bank has for this station now, so that nobody between the two can
keep a station on what is old without being silent, and silence is seen on both sides. `more`: not everything fitted; ask again at once.
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import PacketRefused
from kiosk.values import Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.asked import Asked, Kind, ask, open_asked
from kiosk.wire.canonical import Json
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import BankPublicKeys, EnrolledStation, StationIdentity
from kiosk.wire.limits import MAX_FEEDBACK, MAX_HEADER, MAX_UPDATE_ENVELOPE
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.receipt import AnswerKeys, signed_by
from kiosk.wire.signed_update import UpdateKind

_ANSWER: Final = b"IDHA\0\1"
HEARTBEAT: Final = Kind(b"IDHB\0\1", b"identity-desk heartbeat 1\0")
_ANSWER_DOMAIN: Final = b"identity-desk answer 1\0"
_SIGNATURE: Final = 64
MAX_REPORT: Final = 4_096
MOST_UPDATES: Final = 8
ANSWER_ROOM: Final = MAX_UPDATE_ENVELOPE + 4
"""Bytes of updates that fit into one answer, lengths included: the largest fits alone."""
_CODE: Final = re.compile(r"[A-Za-z0-9:._+-]{0,64}")
_MOST_FIGURE: Final = 10**12


@dataclass(frozen=True, slots=True)
class Running:
    """What a station runs on, of one kind. version: 0 for what was shipped; trouble: why the newest it was offered is not in force, empty
    if it is: a refusal's code, or `rolled-back:` and why; offered: the version that was in trouble, 0 for none."""

    kind: UpdateKind
    version: int
    trouble: str = ""
    offered: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Whole numbers, since the program started where not said otherwise.

    waiting, set_aside: undelivered cases now; oldest_s: age of the oldest, 0 for none; cases, referred, declined: kept and how they ended;
    live, not_live, undecided: liveness runs; frames_per_100s: the camera's pace now; camera_losses: how often it was gone.
    """

    waiting: int = 0
    set_aside: int = 0
    oldest_s: int = 0
    cases: int = 0
    referred: int = 0
    declined: int = 0
    live: int = 0
    not_live: int = 0
    undecided: int = 0
    frames_per_100s: int = 0
    camera_losses: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """at: the station's time when it was made; started_at: of the program; camera, bank: code of what is wrong with either, empty for
    nothing; state: `idle`, `busy` or `out-of-service:…`."""

    at: datetime
    started_at: datetime
    software: str
    state: str
    camera: str
    bank: str
    running: tuple[Running, ...]
    figures: Figures = Figures()


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the bank answered. updates: envelopes, each still to be judged by itself; every_s: when to call again."""

    at: datetime
    every_s: int
    updates: tuple[bytes, ...]
    more: bool


def report_to_bytes(report: Report) -> bytes:
    """Raises PacketRefused for a report that says more than codes and figures."""
    spelled = canonical.spell(
        {
            "at": write_time(report.at),
            "started_at": write_time(report.started_at),
            "software": report.software,
            "state": report.state,
            "camera": report.camera,
            "bank": report.bank,
            "running": [
                {"kind": one.kind.value, "version": one.version, "trouble": one.trouble, "offered": one.offered} for one in report.running
            ],
            "figures": {one.name: getattr(report.figures, one.name) for one in fields(Figures)},
        }
    )
    report_from_bytes(spelled)
    return spelled


def report_from_bytes(spelled: bytes) -> Report:
    """Raises PacketRefused."""
    match canonical.parse(spelled, MAX_REPORT):
        case {
            "at": str(at),
            "started_at": str(started_at),
            "software": str(software),
            "state": str(state),
            "camera": str(camera),
            "bank": str(bank),
            "running": list(running),
            "figures": dict(figures),
            **others,
        } if not others and all(map(_is_code, (software, state, camera, bank))):
            return Report(
                read_time(at, "at"),
                read_time(started_at, "started_at"),
                software,
                state,
                camera,
                bank,
                _running(running),
                _figures(figures),
            )
        case _:
            raise PacketRefused("a report has not exactly its members")


def make_heartbeat(report: Report, number: SessionId, identity: StationIdentity, bank: BankPublicKeys) -> bytes:
    """number: drawn anew for every heartbeat, as a session's id is."""
    return ask(HEARTBEAT, number, Masked(report_to_bytes(report)), identity, bank)


def open_heartbeat(heartbeat: Asked, station: EnrolledStation, key: OpeningKey) -> Report:
    """Return what this station, which signed it, says. Raises PacketRefused."""
    return report_from_bytes(open_asked(heartbeat, station, key).reveal())


def make_lacking(about: bytes, lacking: Lacking, key: Ed25519PrivateKey) -> bytes:
    statement = canonical.spell(
        {
            "about": about.hex(),
            "at": write_time(lacking.at),
            "every_s": lacking.every_s,
            "more": lacking.more,
            "updates": [sha256(update).hexdigest() for update in lacking.updates],
        }
    )
    signed = _ANSWER + counted(statement)
    return signed + key.sign(_ANSWER_DOMAIN + signed) + b"".join(map(counted, lacking.updates))


def read_lacking(answer: bytes, about: bytes, keys: AnswerKeys) -> Lacking:
    """Return what the bank, whose signature it bears, answers to this heartbeat. Raises PacketRefused."""
    if len(answer) > MAX_FEEDBACK or answer[:6] != _ANSWER:
        raise PacketRefused("not an answer to a heartbeat")
    statement, rest = take_counted(answer[6:], MAX_HEADER)
    signed, signature, rest = answer[: 10 + len(statement)], rest[:_SIGNATURE], rest[_SIGNATURE:]
    if not any(signed_by(key, signature, _ANSWER_DOMAIN + signed) for key in keys):
        raise PacketRefused("an answer the bank did not sign")
    match canonical.parse(statement, MAX_HEADER):
        case {"about": asked, "at": str(at), "every_s": int(every_s), "more": bool(more), "updates": list(digests), **others} if (
            not others and asked == about.hex() and 1 <= every_s <= 3_600 and len(digests) <= MOST_UPDATES
        ):
            return Lacking(read_time(at, "at"), every_s, _updates(digests, rest), more)
        case _:
            raise PacketRefused("an answer to another heartbeat")


def _updates(digests: list[Json], rest: bytes) -> tuple[bytes, ...]:
    found = []
    for digest in digests:
        update, rest = take_counted(rest, MAX_UPDATE_ENVELOPE)
        if sha256(update).hexdigest() != digest:
            raise PacketRefused("half an update, or another than the bank named")
        found.append(update)
    if rest:
        raise PacketRefused("an answer that holds more than it names")
    return tuple(found)


def _running(listed: list[Json]) -> tuple[Running, ...]:
    kinds = {kind.value: kind for kind in UpdateKind}
    found = []
    for one in listed[: len(kinds) + 1]:
        match one:
            case {"kind": str(kind), "version": int(version), "trouble": str(trouble), "offered": int(offered), **others} if (
                not others and kind in kinds and _is_figure(version) and _is_figure(offered) and _is_code(trouble)
            ):
                found.append(Running(kinds[kind], version, trouble, offered))
            case _:
                raise PacketRefused("what runs has not exactly its members")
    if len({one.kind for one in found}) != len(listed):
        raise PacketRefused("one kind runs twice")
    return tuple(found)


def _figures(members: dict[str, Json]) -> Figures:
    if set(members) != {one.name for one in fields(Figures)}:
        raise PacketRefused("the figures have not exactly their members")
    found: dict[str, int] = {}
    for name, value in members.items():
        if not isinstance(value, int) or not _is_figure(value):
            raise PacketRefused("a figure is a whole number that can be")
        found[name] = value
    return Figures(**found)


def _is_figure(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= _MOST_FIGURE


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None
