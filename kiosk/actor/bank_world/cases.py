"""The columns of simulated cases, one row a case."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NOBODY: Final = -1
DAY_S: Final = 86_400.0

Columns = dict[str, NDArray[Any]]

_WHOLE: Final = (
    "kind", "branch", "station", "channel", "operator", "second", "person", "born", "document", "phone", "email", "address", "account",
    "payee", "amount_minor", "liveness", "match", "holder", "doubts", "rechecked", "retries", "recommended", "decision", "run", "face",
    "age", "sex", "nation", "pattern", "scheme",
)  # fmt: skip
_REAL: Final = ("time_s", "delay_s", "duration_s", "liveness_nats", "match_nats", "station_nats")
COLUMNS: Final = _WHOLE + _REAL


class Kind(IntEnum):
    OPENING = 0
    PAYMENT = 1


class Saw(IntEnum):
    """How a station's check came out."""

    VOUCHES = 0
    UNSURE = 1
    AGAINST = 2
    ABSENT = 3


class Say(IntEnum):
    APPROVE = 0
    REFER = 1
    DECLINE = 2


BOOTH: Final = 0
DESK: Final = 1


def empty(count: int) -> Columns:
    """Return columns for so many cases; nobody and nothing in them yet."""
    whole = {name: np.full(count, NOBODY if name not in _ZERO else 0, np.int64) for name in _WHOLE}
    return whole | {name: np.zeros(count) for name in _REAL}


_ZERO: Final = frozenset(
    {"kind", "channel", "amount_minor", "doubts", "rechecked", "retries", "recommended", "decision", "liveness", "match"}
)


def joined(parts: list[Columns]) -> Columns:
    """Return all cases, oldest first."""
    columns = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
    order = np.argsort(columns["time_s"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


@dataclass(frozen=True, slots=True)
class FaceHit:
    """What a face index would say of a case: an earlier row has this face under another name (`same`), or this name with another face."""

    earlier: int
    same: bool
    sure: float


def judge(columns: Columns) -> None:
    """Fill in what a station makes of its own measurements: verdicts and the recommendation."""
    nats, portrait = columns["liveness_nats"], columns["match_nats"]
    columns["liveness"] = np.select([nats <= -3.0, nats <= -1.0], [Saw.AGAINST, Saw.UNSURE], Saw.VOUCHES).astype(np.int64)
    columns["match"] = np.select([portrait <= 0.0, portrait <= 3.5], [Saw.AGAINST, Saw.UNSURE], Saw.VOUCHES).astype(np.int64)
    paying = columns["kind"] == Kind.PAYMENT
    columns["holder"] = np.where(paying, columns["holder"], Saw.ABSENT)
    clean = (columns["liveness"] == 0) & (columns["match"] == 0) & (columns["doubts"] == 0) & (~paying | (columns["holder"] == 0))
    columns["recommended"] = np.where(clean, Say.APPROVE, Say.REFER).astype(np.int64)
