"""A challenger: a second policy two people agreed to try, computed beside the one in force over every case that comes in, and never acting.

1. It is signed by the bank as what it is, in words of its own: no station takes it for an update, whoever sends it.
2. Compared is what the station's own policy asked for when it decided with what the challenger asks for on the same readings, by the
   arithmetic that decides. Only cases that differ are kept, as two words and the signals that weighed: nothing of a person.
3. Where it stands and what differed are one transaction: a case is counted once, whoever is killed when.
4. A text that is not signed, or altered since, is computed nowhere. One that cannot follow the policy in force any more is at its end.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

import sqlite_utils
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.journey.measured import asked_of
from kiosk.record import SessionRecord
from kiosk.risk.assess import Assessment, RiskReason, assess
from kiosk.risk.facts import RiskFacts
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import Act, DecisionPolicy
from kiosk.trust.risk_policy import policy_from_text
from kiosk.values import OperatorId, SessionId
from kiosk.wire import canonical
from kiosk.wire.keys import key_id, key_text, raw_key
from kiosk.wire.plain import read_time, write_time

_DOMAIN: Final = b"identity-desk challenger 1\0"
_MAX_ENVELOPE: Final = 400_000
NOTHING: Final = "nothing"
_ASKED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Challenger:
    """number: of the proposal two people agreed to; by: those two."""

    number: int
    policy: DecisionPolicy
    text: str
    at: datetime
    by: tuple[OperatorId, ...]

    @property
    def digest(self) -> str:
        return sha256(self.text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """before, after: what was asked for and what the challenger asks for, in words; reasons: the signals the stricter side rests on,
    heaviest first."""

    position: int
    session: SessionId
    before: str
    after: str
    is_stricter: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """mark: the last position that was looked at; looked_at: cases with readings; without: cases that kept none; older: of those looked
    at, decided by a policy that is not in force any more."""

    mark: int
    looked_at: int = 0
    without: int = 0
    older: int = 0


def sign_challenger(number: int, text: str, at: datetime, by: Sequence[OperatorId], key: Ed25519PrivateKey) -> bytes:
    said: dict[str, canonical.Json] = {
        "at": write_time(at),
        "by": [*by],
        "issuer": key_id(key.public_key()),
        "kind": "challenger",
        "number": number,
        "text": text,
    }
    return canonical.spell(said | {"proof": key_text(key.sign(_DOMAIN + canonical.spell(said)))})


def genuine_challenger(envelope: bytes, issuers: Collection[Ed25519PublicKey]) -> Challenger | None:
    """Return what one of these keys signed, None for anything else."""
    try:
        said = canonical.parse(envelope, _MAX_ENVELOPE)
        match said:
            case {
                "at": str(at), "by": list(by), "issuer": str(issuer), "kind": "challenger", "number": int(number), "proof": str(proof),
                "text": str(text), **others,
            } if not others:  # fmt: skip
                signer = {key_id(key): key for key in issuers}[issuer]
                statement = {name: value for name, value in said.items() if name != "proof"} if isinstance(said, dict) else {}
                signer.verify(raw_key(proof), _DOMAIN + canonical.spell(statement))
                policy = policy_from_text(text)
                if isinstance(policy, PolicyRefused):
                    return None
                return Challenger(number, policy, text, read_time(at, "at"), tuple(OperatorId(str(name)) for name in by))
            case _:
                return None
    except (PacketRefused, InvalidSignature, LookupError):
        return None


def difference(position: int, record: SessionRecord, challenger: DecisionPolicy) -> Difference | None:
    """Return where the challenger asks for something else than the policy the case was decided by, None where it asks for the same. The
    record has readings (`record.risk`)."""
    risk = record.risk
    if risk is None:
        raise ValueError("a case without readings says nothing")
    after = assess(challenger, asked_of(record.purpose), risk.signals)
    before = risk.assessment
    if asked_for(before) == asked_for(after):
        return None
    stricter = severity(after) > severity(before)
    reasons = _because(after if stricter else before, before if stricter else after)
    return Difference(position, record.session, asked_for(before), asked_for(after), stricter, reasons)


def follows_from_its_readings(risk: RiskFacts, record: SessionRecord, policy: DecisionPolicy) -> bool:
    """Return whether the station's answer is what this policy, which it names, says of the readings it sent."""
    again = assess(policy, asked_of(record.purpose), risk.signals)
    return (again.wanted, again.step_ups) == (risk.wanted, risk.step_ups) and abs(again.probability - risk.probability) < 1e-6


def asked_for(said: Assessment) -> str:
    if said.wanted is None:
        return NOTHING
    steps = f" ({', '.join(said.step_ups)})" if said.wanted is Act.STEP_UP else ""
    return f"{said.wanted.value}{steps}"


def severity(said: Assessment) -> tuple[int, int]:
    return (-1 if said.wanted is None else tuple(Act).index(said.wanted)), len(said.step_ups)


def _because(strict: Assessment, mild: Assessment) -> tuple[str, ...]:
    """Return what the stricter answer rests on and the milder one does not so much: rules and missing readings by name, else the signals
    whose points differ most."""
    others = {(one.signal, one.rule, one.missing) for one in mild.reasons}
    said = [one for one in strict.reasons if (one.rule or one.missing) and (one.signal, one.rule, one.missing) not in others]
    if not said:
        points = {one.signal: one.points for one in mild.reasons}
        said = sorted(strict.reasons, key=lambda one: points.get(one.signal, 0.0) - one.points)
        said = [one for one in said if one.points > points.get(one.signal, 0.0)][:2]
    return tuple(dict.fromkeys(map(_spelled, said[:4]))) or ("offset, slope or limits",)


def _spelled(reason: RiskReason) -> str:
    if reason.missing:
        return f"{reason.signal} not measured"
    return f"rule {reason.rule}" if reason.rule else reason.signal


_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS challengers (
        number INTEGER PRIMARY KEY, envelope BLOB NOT NULL, began_after INTEGER NOT NULL, mark INTEGER NOT NULL,
        looked_at INTEGER NOT NULL, without INTEGER NOT NULL, older INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE IF NOT EXISTS challenged (
        number INTEGER NOT NULL, position INTEGER NOT NULL, session TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
        stricter INTEGER NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (number, position)
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS challenged_by_session ON challenged (number, session)",
)


class ChallengerRows:
    """In the office's own store. transaction: opens one, or joins the one that is open."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[sqlite_utils.Database]]) -> None:
        self._transaction = transaction
        with transaction() as db:
            for statement in _TABLES:
                db.execute(statement)

    def begin(self, number: int, envelope: bytes, after: int) -> bool:
        """Run one over what is received after this position; False if it runs, or ran, already."""
        with self._transaction() as db:
            row = (number, envelope, after, after)
            done = db.execute("INSERT INTO challengers VALUES (?, ?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING", row)
            return done.rowcount == 1

    def sign_again(self, number: int, envelope: bytes) -> None:
        """Give one another signature; what it counted stays."""
        with self._transaction() as db:
            db.execute("UPDATE challengers SET envelope = ? WHERE number = ?", (envelope, number))

    def begin_anew(self, number: int) -> None:
        """Run one over everything held, from the first case on: for a made-up bank, whose cases came before anybody could agree."""
        with self._transaction() as db:
            db.execute("DELETE FROM challenged WHERE number = ?", (number,))
            db.execute("UPDATE challengers SET mark = 0, looked_at = 0, without = 0, older = 0 WHERE number = ?", (number,))

    def newest(self) -> tuple[int, bytes] | None:
        with self._transaction() as db:
            row = db.execute("SELECT number, envelope FROM challengers ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def known(self) -> frozenset[int]:
        with self._transaction() as db:
            return frozenset(int(row[0]) for row in db.execute("SELECT number FROM challengers"))

    def counted(self, number: int) -> Counted:
        """Raises LookupError."""
        with self._transaction() as db:
            row = db.execute("SELECT mark, looked_at, without, older FROM challengers WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise LookupError("no such challenger runs")
        return Counted(*map(int, row))

    def keep(self, number: int, before: Counted, after: Counted, found: Sequence[Difference]) -> bool:
        """Move on, with what differed; False, and nothing kept, if somebody else moved on meanwhile."""
        with self._transaction() as db:
            moved = db.execute(
                "UPDATE challengers SET mark = ?, looked_at = ?, without = ?, older = ? WHERE number = ? AND mark = ?",
                (after.mark, after.looked_at, after.without, after.older, number, before.mark),
            )
            if moved.rowcount != 1:
                return False
            for one in found:
                row = (number, one.position, one.session, one.before, one.after, int(one.is_stricter), "|".join(one.reasons))
                db.execute("INSERT INTO challenged VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return True

    def moves(self, number: int) -> tuple[tuple[str, str, int], ...]:
        """Return (before, after, how many), most first."""
        question = "SELECT before, after, count(*) FROM challenged WHERE number = ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        with self._transaction() as db:
            return tuple((row[0], row[1], int(row[2])) for row in db.execute(question, (number,)))

    def sides(self, number: int) -> tuple[int, int]:
        """Return how many cases it would treat more strictly and more mildly."""
        with self._transaction() as db:
            row = db.execute("SELECT coalesce(sum(stricter), 0), count(*) FROM challenged WHERE number = ?", (number,)).fetchone()
        return int(row[0]), int(row[1]) - int(row[0])

    def reasons(self, number: int) -> tuple[tuple[str, bool, int], ...]:
        """Return (reason, whether the challenger is the stricter, how many cases), most first."""
        question = "SELECT reasons, stricter, count(*) FROM challenged WHERE number = ? GROUP BY 1, 2"
        counts: dict[tuple[str, bool], int] = {}
        with self._transaction() as db:
            for spelled, stricter, times in db.execute(question, (number,)):
                for reason in spelled.split("|"):
                    counts[reason, bool(stricter)] = counts.get((reason, bool(stricter)), 0) + int(times)
        return tuple((reason, stricter, times) for (reason, stricter), times in sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def newest_cases(self, number: int, limit: int) -> tuple[Difference, ...]:
        return self._cases("WHERE number = ? ORDER BY position DESC LIMIT ?", (number, limit))

    def cases_of(self, number: int, sessions: Collection[SessionId]) -> tuple[Difference, ...]:
        """Return which of these cases differ."""
        wanted = list(sessions)
        found: list[Difference] = []
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            marks = ", ".join("?" * len(some))
            found += self._cases(f"WHERE number = ? AND session IN ({marks})", (number, *some))
        return tuple(sorted(found, key=lambda one: one.position))

    def _cases(self, where: str, values: tuple[object, ...]) -> tuple[Difference, ...]:
        with self._transaction() as db:
            rows = db.execute(f"SELECT position, session, before, after, stricter, reasons FROM challenged {where}", values).fetchall()  # noqa: S608 - literals of this file
        return tuple(Difference(row[0], SessionId(row[1]), row[2], row[3], bool(row[4]), tuple(row[5].split("|"))) for row in rows)
