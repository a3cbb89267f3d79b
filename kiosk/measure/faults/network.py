"""A network that drops, duplicates, delays, reorders, truncates and flips bits, between a station and its bank.

What it carries are whole requests and answers, as HTTP hands them over: a lost connection is a lost request or answer.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.measure.faults.life import Life


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes


Bank = Callable[[Request], Response | None]
"""Answers a request; None when it died over it."""


class Mishap(StrEnum):
    NONE = "none"
    REQUEST_DROPPED = "request-dropped"
    ANSWER_DROPPED = "answer-dropped"
    DUPLICATED = "duplicated"
    DELAYED = "delayed"
    ANSWERS_SWAPPED = "answers-swapped"
    REQUEST_TRUNCATED = "request-truncated"
    ANSWER_TRUNCATED = "answer-truncated"
    REQUEST_BIT = "request-bit"
    ANSWER_BIT = "answer-bit"
    HEADER_CHANGED = "header-changed"


class Network:
    """clear: no mishaps from now on; what is still under way arrives."""

    def __init__(self, bank: Bank, dice: random.Random) -> None:
        self.clear = False
        self.mishaps: list[Mishap] = []
        self._bank = bank
        self._dice = dice
        self._late: list[Request] = []
        self._stray: list[Response] = []

    def carry(self, request: Request, sender: Life) -> Response | None:
        """Return the answer that reaches the sender, None where none does."""
        if not sender.step("send"):
            return None
        answer = self._carried(request)
        if not sender.step("hear"):
            return None
        return answer

    def flush(self) -> None:
        """Let everything that was delayed arrive now, oldest last. Its answers reach nobody, but may be mixed up with later ones."""
        while self._late:
            self._note(self._bank(self._late.pop()))

    def _carried(self, request: Request) -> Response | None:
        mishap = Mishap.NONE if self.clear else self._draw()
        self.mishaps.append(mishap)
        if self._late and (self.clear or self._dice.random() < 0.3):
            self.flush()
        match mishap:
            case Mishap.NONE:
                return self._bank(request)
            case Mishap.REQUEST_DROPPED:
                return None
            case Mishap.ANSWER_DROPPED:
                self._note(self._bank(request))
                return None
            case Mishap.DUPLICATED:
                answers = [self._bank(request) for _ in range(self._dice.randrange(2, 4))]
                return self._dice.choice(answers)
            case Mishap.DELAYED:
                self._late.append(request)
                return None
            case Mishap.ANSWERS_SWAPPED:
                answer = self._bank(request)
                stray = self._stray.pop(self._dice.randrange(len(self._stray))) if self._stray else None
                self._note(answer)
                return stray
            case Mishap.REQUEST_TRUNCATED:
                return self._bank(Request(request.method, request.path, request.headers, self._truncated(request.body)))
            case Mishap.REQUEST_BIT:
                return self._bank(Request(request.method, request.path, request.headers, self._flipped(request.body)))
            case Mishap.HEADER_CHANGED:
                return self._bank(Request(request.method, request.path, self._mistaken(request.headers), request.body))
            case Mishap.ANSWER_TRUNCATED | Mishap.ANSWER_BIT:
                answer = self._bank(request)
                self._note(answer)
                change = self._truncated if mishap is Mishap.ANSWER_TRUNCATED else self._flipped
                return None if answer is None else Response(answer.status, change(answer.body))

    def _draw(self) -> Mishap:
        return Mishap.NONE if self._dice.random() < 0.35 else self._dice.choice(list(Mishap))

    def _note(self, answer: Response | None) -> None:
        if answer is not None:
            self._stray.append(answer)

    def _truncated(self, body: bytes) -> bytes:
        return body[: self._dice.randrange(len(body))] if body else body

    def _flipped(self, body: bytes) -> bytes:
        if not body:
            return body
        flipped = bytearray(body)
        for _ in range(self._dice.randrange(1, 4)):
            flipped[self._dice.randrange(len(flipped))] ^= 1 << self._dice.randrange(8)
        return bytes(flipped)

    def _mistaken(self, headers: dict[str, str]) -> dict[str, str]:
        name = self._dice.choice(sorted(headers))
        return headers | {name: self._dice.choice(["", "0" * 32, headers[name][:-1], headers[name] + "0"])}
