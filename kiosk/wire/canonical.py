"""One JSON text for one value: what is signed must have exactly one spelling.

Rules: UTF-8, no white space, object keys sorted by code point and never twice, strings escaped only where JSON demands it, integers
without point or exponent and within 64 bits, floats as the shortest decimal that gives the same IEEE 754 double back (always with a
point or an exponent, so that 1 and 1.0 stay apart), no NaN, no infinity. Bytes that spell the same value another way are refused.
"""

import json
import math
from typing import Any, NoReturn

from kiosk.faults import PacketRefused
from kiosk.wire.limits import MAX_INTEGER

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def spell(value: Json) -> bytes:
    """Return the canonical bytes of a value. Raises ValueError for NaN, infinity, a lone surrogate or an integer beyond 64 bits."""
    _check_integers(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def parse(spelled: bytes, at_most: int) -> Json:
    """Return the value of canonical bytes; anything else is PacketRefused. at_most: bytes."""
    if len(spelled) > at_most:
        raise PacketRefused("JSON longer than allowed")
    try:
        value: Json = json.loads(
            spelled.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_short_integer
        )
        again = spell(value)
    except (ValueError, RecursionError) as trouble:
        raise PacketRefused("not canonical JSON") from trouble
    if again != spelled:
        raise PacketRefused("JSON not spelled canonically")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond double precision")
    return number


def _short_integer(text: str) -> int:
    if len(text) > 20:
        raise ValueError("an integer beyond 64 bits")
    return int(text)


def _check_integers(value: Json) -> None:
    match value:
        case bool() | None | str() | float():
            return
        case int() if abs(value) > MAX_INTEGER:
            raise ValueError("an integer beyond 64 bits")
        case list():
            for item in value:
                _check_integers(item)
        case dict():
            for item in value.values():
                _check_integers(item)
