"""The intake's own OpenAPI description, fuzzed by hypothesis: every operation, with what it allows and what it does not.

Held means: no answer is a 5xx other than "not now" (503, 507), none tells of the inside (a traceback, a path, SQL), and nothing was taken.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

EXAMPLES: Final = 120
"""For each operation; the same ones every time."""
_NOT_NOW: Final = (503, 507)
_INSIDE: Final = re.compile(r"Traceback|File \"/|sqlite3|psycopg|SELECT |INSERT |/kiosk/", re.IGNORECASE)


@dataclass
class Fuzzed:
    """statuses: how often each came; broken: what must not be."""

    operations: int = 0
    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def fuzz(url: str, honest: bytes) -> Fuzzed:
    """honest: bytes of a real packet, from which mutations are made."""
    with httpx.Client(base_url=url, timeout=20.0, trust_env=False) as client:
        paths: dict[str, dict[str, Any]] = client.get("/openapi.json").json()["paths"]
        found = Fuzzed(operations=sum(len(methods) for methods in paths.values()))
        for path, methods in paths.items():
            for method, described in methods.items():
                _fuzz_operation(client, method.upper(), path, described, honest, found)
        return found


def _fuzz_operation(client: httpx.Client, method: str, path: str, described: dict[str, Any], honest: bytes, found: Fuzzed) -> None:
    # A library of the tests, which the audit installs as well; no station has it.
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    word = st.one_of(st.text(max_size=40), st.sampled_from(["a" * 32, "0" * 64, "..", "-1", "null", "' OR 1=1 --", "9" * 40]))
    named = [one["name"] for one in described.get("parameters", []) if one["in"] == "query"]
    query = st.dictionaries(st.sampled_from(named), word) if named else st.just({})
    holes = re.findall(r"\{([^}]*)\}", path)
    kinds = st.sampled_from(["packet", "question", "withdrawal", "succession", "heartbeat"]).map("application/vnd.identity-desk.{}".format)
    plain = st.sampled_from(["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
    bent = st.tuples(st.integers(0, len(honest) - 1), st.binary(min_size=1, max_size=8)).map(
        lambda where: honest[: where[0]] + where[1] + honest[where[0] + len(where[1]) :]
    )
    letters = st.sampled_from([b"IDPK\0\2", b"IDLQ\0\1", b"IDWD\0\1", b"IDRS\0\1"])
    body = st.one_of(st.binary(max_size=400), bent, st.tuples(letters, st.binary(max_size=200)).map(b"".join))

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(filled=st.tuples(*(word for _ in holes)), query=query, kind=st.one_of(kinds, plain), body=body, named=word)
    def one(filled: tuple[str, ...], query: dict[str, str], kind: str, body: bytes, named: str) -> None:
        where = path
        for hole, text in zip(holes, filled, strict=True):
            where = where.replace("{" + hole + "}", text)
        headers = {"Content-Type": kind, "Idempotency-Key": named.encode("latin-1", errors="replace").decode("latin-1")}
        try:
            answer = client.request(method, where, params=query, content=body if method != "GET" else None, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return  # the client would not even send it
        found.asked += 1
        found.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and answer.status_code not in _NOT_NOW:
            found.broken.append(f"{method} {path}: {answer.status_code}")
        if _INSIDE.search(answer.text[:4_000]):
            found.broken.append(f"{method} {path}: tells of the inside")

    one()
