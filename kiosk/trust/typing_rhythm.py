"""Is it still the operator who types? Learned from their own sign-ins and their work, never asked for.

1. Only times are kept: how long keys were held and how long fingers flew between them. No key, no text; but the number of keys tells a
   password's length, and so the samples are sealed in the vault, and nothing of them is ever in a log.
2. A sample counts after password and second factor were right. It is judged by those before it, and learned from only if it is like them:
   a stranger who got in teaches nothing.
3. A mismatch bars nobody. At sign-in it is a signal of the risk policy, which may ask for the second factor again; in the middle of a shift
   it locks the window, which only password and second factor open.
4. Until there are `ENROLLED_AT` samples, nothing is judged.
5. They go when the operator is removed or reset, and whenever the operator or an administrator asks.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from kiosk.risk.keystrokes import Times, rhythm
from kiosk.risk.typed import FREE_HOLDS, WINDOW_KEYS, Typed, free_features, password_features
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store

ENROLLED_AT: Final = 12
"""Samples before one is judged: a week of mornings and unlocks."""
MOST_SAMPLES: Final = 80
"""Older ones are forgotten: people change."""
DOUBT_AT: Final = 2.5
"""Score of `Rhythm` at which a ratio is 1: of a person's own typings about one in a hundred lies beyond (docs/evidence/risk-station.md)."""
UNLIKE_TWICE: Final = 1.0
UNLIKE_ONCE: Final = 1.6


@dataclass(frozen=True, slots=True)
class _Samples:
    """password: of the text every sign-in types, all of one length; free: of running text."""

    password: tuple[tuple[float, ...], ...] = ()
    free: tuple[tuple[float, ...], ...] = ()


class RhythmBook:
    """The rhythms of one station's operators. Not for the screen's thread: a judgement takes some milliseconds and writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unlike: dict[OperatorId, int] = {}

    def signed_in(self, name: OperatorId, typed: Typed, now: datetime) -> float | None:
        """Return how unlike this operator's own the typing of their password was, 1 where doubt begins; None where nothing can be said."""
        if not typed.sound:
            return None
        samples, sample = self._samples(name), tuple(float(value) for value in password_features(typed))
        known = samples.password
        if known and len(known[-1]) != len(sample):
            # Another length is another password, or a slip that was put right: neither says whose hands these are.
            known = () if len(known) < ENROLLED_AT else known
            if known:
                return None
        ratio = _ratio(known, sample, holds=len(typed.holds_ms))
        return self._learned(name, _Samples((*known, sample)[-MOST_SAMPLES:], samples.free), "password", len(known), ratio, now)

    def worked(self, name: OperatorId, typed: Typed, now: datetime) -> tuple[float | None, bool]:
        """Return how unlike a stretch of running text was, and whether to lock the window for it: once grossly, or twice in a row."""
        if not typed.sound or len(typed.holds_ms) < WINDOW_KEYS:
            return None, False
        samples, sample = self._samples(name), tuple(float(value) for value in free_features(typed))
        ratio = _ratio(samples.free, sample, holds=FREE_HOLDS)
        learned = _Samples(samples.password, (*samples.free, sample)[-MOST_SAMPLES:])
        ratio = self._learned(name, learned, "shift", len(samples.free), ratio, now)
        unlike = 0 if ratio is None or ratio < UNLIKE_TWICE else self._unlike.get(name, 0) + 1
        lock = unlike >= 2 or (ratio is not None and ratio >= UNLIKE_ONCE)
        self._unlike[name] = 0 if lock else unlike
        return ratio, lock

    def forget(self, name: OperatorId, by: SignedIn, now: datetime) -> None:
        """Destroy what is known of an operator's typing; anybody may have their own destroyed. Raises NotPermitted."""
        if by.name != name:
            Authority(self._store).require(by, Action.RESET_OPERATOR, now)
        with self._store.trust_rows() as rows:
            rows.forget_rhythm(name)
            self._store.note(AuditEntry(now, AuditEvent.RHYTHM_FORGOTTEN, who=by.name, detail=name))
        self._unlike.pop(name, None)

    def _learned(self, name: OperatorId, samples: _Samples, what: str, known: int, ratio: float | None, now: datetime) -> float | None:
        if ratio is not None and ratio >= 1.0:
            self._store.note(AuditEntry(now, AuditEvent.RHYTHM_UNLIKE, who=name, detail=what))
            return ratio
        with self._store.trust_rows() as rows:
            rows.keep_rhythm(name, Masked(_spelled(samples)), now)
            if known + 1 == ENROLLED_AT:
                self._store.note(AuditEntry(now, AuditEvent.RHYTHM_ENROLLED, who=name, detail=what))
        return ratio

    def _samples(self, name: OperatorId) -> _Samples:
        with self._store.trust_rows() as rows:
            kept = rows.rhythm(name)
        return _Samples() if kept is None else _read(kept.reveal())


def _ratio(known: tuple[tuple[float, ...], ...], sample: tuple[float, ...], holds: int) -> float | None:
    if len(known) < ENROLLED_AT:
        return None
    enrolled: Times = np.array(known)
    return max(float(rhythm(enrolled, holds).score(np.array([sample]))[0]) / DOUBT_AT, 0.0)


def _spelled(samples: _Samples) -> bytes:
    return json.dumps({"free": samples.free, "password": samples.password}, separators=(",", ":")).encode()


def _read(spelled: bytes) -> _Samples:
    """Read what was sealed by this program; the seal vouches for its form."""
    members: Any = json.loads(spelled)
    return _Samples(tuple(map(tuple, members["password"])), tuple(map(tuple, members["free"])))
