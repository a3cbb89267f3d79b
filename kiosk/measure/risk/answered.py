"""How long the station's decision takes, and how soon a station acts on what people at the bank found out."""

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.risk.assess import Asked, assess
from kiosk.risk.policy_check import read_policy
from kiosk.risk.policy_file import Case, DecisionPolicy
from kiosk.risk.signals import KNOWN, signal
from kiosk.values import OperatorId, StationClass
from kiosk.wire.signed_update import InForce, Update, UpdateKind, acceptable_update, genuine_update, sign_update

POLICY: Final = Path(__file__).parents[3] / "resources" / "risk" / "policy.toml"
HEARTBEAT_S: Final = 30.0
"""How often a station asks. The tolerance of a half either way keeps a fleet from asking all at once."""
LOST: Final = 0.02
"""Share of heartbeats that get no answer; the next one is the next chance."""


def shipped_policy() -> DecisionPolicy:
    policy = read_policy(tomllib.loads(POLICY.read_text(encoding="utf-8")))
    assert isinstance(policy, DecisionPolicy)
    return policy


def decision_p99_ms(seed: int, decisions: int) -> float:
    """Return the 99th percentile of one decision with every signal there is, in milliseconds of the wall's clock."""
    rng, policy, now = np.random.default_rng(seed), shipped_policy(), datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    took = []
    for _ in range(decisions):
        read = [signal(row.name, float(rng.uniform(row.lowest, min(row.highest, row.lowest + 100.0))), now) for row in KNOWN.values()]
        asked = Asked(Case.PAYMENT, int(rng.integers(1_000, 5_000_000)), "EUR")
        began = time.perf_counter_ns()
        assess(policy, asked, read)
        took.append((time.perf_counter_ns() - began) / 1e6)
    return float(np.quantile(took, 0.99))


def feedback_p99_s(seed: int, stations: int, updates: int) -> dict[str, Any]:
    """Return how long it takes from a confirmed label until every decision of a station knows it.

    Waiting is simulated time: a station asks every HEARTBEAT_S, give or take half, some answers are lost. Work is real: the update is
    signed, verified and accepted by the code that does so at the bank and at the station.
    """
    rng = np.random.default_rng(seed)
    key = Ed25519PrivateKey.generate()
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    waits, works = [], []
    for version in range(1, updates + 1):
        began = time.perf_counter()
        payload = " ".join(f"{int(one):016x}" for one in rng.integers(1, 2**62, 50))
        by = (OperatorId("analyst"), OperatorId("supervisor"))
        envelope = sign_update(UpdateKind.WATCHLIST, version, StationClass.PRODUCTION, now, payload, key, by)
        update = genuine_update(envelope, (key.public_key(),))
        assert isinstance(update, Update)
        refused = acceptable_update(update, UpdateKind.WATCHLIST, StationClass.PRODUCTION, InForce(version - 1, ""), now, {})
        assert refused is None
        works.append(time.perf_counter() - began)
        missed = rng.geometric(1.0 - LOST, stations) - 1
        first = rng.uniform(0.0, rng.uniform(0.5, 1.5, stations) * HEARTBEAT_S)
        again = np.array([rng.uniform(0.5, 1.5, int(one)).sum() * HEARTBEAT_S for one in missed])
        waits += (first + again + works[-1]).tolist()
    return {
        "feedback_p99_s": round(float(np.quantile(waits, 0.99)), 2),
        "feedback_p50_s": round(float(np.quantile(waits, 0.5)), 2),
        "feedback_work_ms_p99": round(1000 * float(np.quantile(works, 0.99)), 3),
        "heartbeat_s": HEARTBEAT_S,
        "heartbeats_lost": LOST,
    }
