"""From the line reader's probabilities to the characters of a row.

A row has exactly 30, 36 or 44 characters, and most positions allow only letters or only digits. Both are used, softly: the best path
with exactly that many characters is found (dynamic programming over CTC paths), then each character may be swapped for a rival
that its position prefers, if the picture does not speak clearly against it; the three letters of a state's code are weighed together, since
few codes exist. Nothing is forced: odd documents exist.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kiosk.document.layouts import ALPHABET, CLASSES
from kiosk.document.states import STATES, WITHDRAWN

BLANK = len(ALPHABET)
WRONG_CLASS_COSTS = 3.0
"""Nats a character loses where the layout expects another class. Hard exclusion hurt odd specimens (docs/evidence)."""
NO_STATE_COSTS = 3.0
"""Nats three characters lose together where they should name a state or issuer and name none (states.py)."""
_STATE_RIVALS = 6
"""Characters that are considered at each place of a state's code."""
MOST_MARKS = 3
MARK_COSTS = 0.4
"""Nats for each mark beside a row that is left out: little, but a reading that needs it not is better."""
ODD_COSTS = 2.0
UNEVEN_COSTS = 1.0
WIDE_STEP, NARROW_STEP = 1.65, 0.4
"""MRZ type has one width: a step this many times the usual one has a hole in it, or two characters on one place."""
LogProbs = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class RowReading:
    """text; cost: nats lost against the row's best free reading (0: nothing had to be bent); scores: (characters, 37) natural
    log-probabilities of every character at each place, class preferences included, summing to one per place; reach: where the first
    character begins and the last ends, as shares of the row's width."""

    text: str
    cost: float
    scores: NDArray[np.float32]
    reach: tuple[float, float]
    uneven: int = 0
    """Places where the next character stands much farther or nearer than usual: something was left out there, or read twice."""

    @property
    def confidences(self) -> NDArray[np.float32]:
        """Return the probability of each character of the text, 0..1."""
        places = [ALPHABET.index(character) for character in self.text]
        return np.asarray(np.exp(self.scores[np.arange(len(places)), places]), np.float32)


def free_text(log_probs: LogProbs) -> tuple[str, float]:
    """Return the most likely characters whatever their number, and their mean probability (0 for none). log_probs: (columns, 38)."""
    best = log_probs.argmax(1)
    starts = _starts(best)
    if not len(starts):
        return "", 0.0
    chances = [float(np.exp(log_probs[a:b, best[a]].max())) for a, b in _spans(best, starts)]
    return "".join(ALPHABET[best[i]] for i in starts), float(np.mean(chances))


def fixed_text(log_probs: LogProbs, classes: str, is_odd: Callable[[str], bool] = lambda text: False) -> RowReading:
    """Return the best reading with exactly one character per letter of `classes` (see layouts.CLASSES).

    is_odd: whether a text would be strange for this row; decides between readings that fit the picture equally.
    """
    best = log_probs.argmax(1).astype(np.intp)
    spans = _spans(best, _starts(best))
    extra = len(spans) - len(classes)
    if extra == 0:
        return _fitted(log_probs, spans, classes, 0.0)
    path, score = _best_path(log_probs, len(classes))
    readings = [_fitted(log_probs, _spans(path, _starts(path)), classes, float(log_probs.max(1).sum() - score))]
    if 0 < extra <= MOST_MARKS:
        # A frame's edge beside the row looks like a 1 or I: rather leave out what stands at an end than a character inside.
        windows = [spans[first : first + len(classes)] for first in range(extra + 1)]
        readings += [_fitted(log_probs, window, classes, MARK_COSTS * extra) for window in windows]
    return min(readings, key=lambda reading: reading.cost + (ODD_COSTS if is_odd(reading.text) else 0.0))


def _fitted(log_probs: LogProbs, spans: list[tuple[int, int]], classes: str, cost: float) -> RowReading:
    """Return the reading of characters at known columns, each bent towards its position's class. cost: what led here already."""
    scores = np.stack([_place_scores(log_probs[a:b]) for a, b in spans])
    bent = scores - WRONG_CLASS_COSTS * (1 - _allowed(classes))
    for match in re.finditer("QQQ", classes):
        bent[match.start() : match.end()] = _as_state(bent[match.start() : match.end()])
    chosen = bent.argmax(1)
    cost += float((scores.max(1) - bent.max(1)).sum())
    bent -= np.log(np.exp(bent).sum(1, keepdims=True))
    text = "".join(ALPHABET[i] for i in chosen)
    uneven = _uneven(spans)
    return RowReading(text, cost + UNEVEN_COSTS * uneven, bent.astype(np.float32), _reach(spans, len(log_probs)), uneven)


def _as_state(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (3, 37) log-scores of three places once it is weighed which of their letters name a state together."""
    likely = np.argsort(-scores, axis=1)[:, :_STATE_RIVALS]
    first, second, third = (scores[i, likely[i]] for i in range(3))
    together = first[:, None, None] + second[:, None] + third - NO_STATE_COSTS * ~_state_codes()[np.ix_(*likely)]
    weighed = scores - NO_STATE_COSTS
    together -= together.max()
    for i in range(3):
        others = tuple(axis for axis in range(3) if axis != i)
        weighed[i, likely[i]] = scores[i].max() + np.log(np.exp(together).sum(others))
    return np.asarray(weighed, np.float32)


@cache
def _state_codes() -> NDArray[np.bool_]:
    """Return (37, 37, 37): which three characters are a state's code, fillers after a short one included."""
    codes = np.zeros((len(ALPHABET),) * 3, np.bool_)
    for code in STATES | WITHDRAWN:
        codes[tuple(ALPHABET.index(character) for character in code.ljust(3, "<"))] = True
    return codes


def _uneven(spans: list[tuple[int, int]]) -> int:
    steps = np.diff([sum(span) / 2 for span in spans])
    usual = float(np.median(steps))
    return int(((steps > WIDE_STEP * usual) | (steps < NARROW_STEP * usual)).sum())


def _reach(spans: list[tuple[int, int]], columns: int) -> tuple[float, float]:
    """Return where the text begins and ends: half a character outside the middles of its first and last characters."""
    first, last = sum(spans[0]) / 2, sum(spans[-1]) / 2
    half = (last - first) / max(1, len(spans) - 1) / 2
    return (first - half) / columns, (last + half) / columns


def _allowed(classes: str) -> NDArray[np.float32]:
    return np.array([[character in CLASSES[c] for character in ALPHABET] for c in classes], np.float32)


def _place_scores(columns: LogProbs) -> NDArray[np.float32]:
    """Return (37,) log-probabilities of one character given the columns it was read from: each character at its best column."""
    best = columns[:, :BLANK].max(0)
    return np.asarray(best - np.log(np.exp(best).sum()), np.float32)


def _starts(path: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the columns at which a new character begins."""
    fresh = np.concatenate([[True], path[1:] != path[:-1]]) & (path != BLANK)
    return np.flatnonzero(fresh)


def _spans(path: NDArray[np.intp], starts: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return (first, after last) column of each character."""
    spans = []
    for start in starts:
        end = start + 1
        while end < len(path) and path[end] == path[start]:
            end += 1
        spans.append((int(start), int(end)))
    return spans


def _best_path(log_probs: LogProbs, count: int) -> tuple[NDArray[np.intp], float]:
    """Return the most likely path (columns,) of classes that spells exactly `count` characters, and its log-probability.

    State (n, c): n characters so far, the last being c, and the path is on it; (n, c, blank): on a blank after it. A character may
    follow another directly if it differs, and any character through a blank.
    """
    columns, worst = len(log_probs), np.float32(-1e9)
    letters, blanks = log_probs[:, :BLANK], log_probs[:, BLANK]
    on = np.full((count + 1, BLANK), worst, np.float32)
    off = np.full((count + 1, BLANK), worst, np.float32)
    off[0, 0] = 0.0
    came = np.zeros((columns, count + 1, BLANK), np.int8)
    """Of `on`: -1 stayed, else whether from a blank (1) or another character (0); which one is in the next two arrays."""
    from_on = np.zeros((columns, count, BLANK), np.int8)
    from_off = np.zeros((columns, count), np.int8)
    rested = np.zeros((columns, count + 1, BLANK), np.bool_)
    rows = np.arange(count)
    for t in range(columns):
        first = on[:-1].argmax(1)
        top = on[rows, first]
        hidden = on[:-1].copy()
        hidden[rows, first] = worst
        second = hidden.argmax(1)
        direct = np.repeat(top[:, None], BLANK, 1)
        direct[rows, first] = hidden[rows, second]
        source = np.repeat(first[:, None], BLANK, 1)
        source[rows, first] = second
        blank_from = off[:-1].argmax(1)
        through = np.repeat(off[:-1][rows, blank_from][:, None], BLANK, 1)
        entered = np.maximum(direct, through)
        stayed = on[1:] >= entered
        came[t, 1:] = np.where(stayed, -1, through > direct)
        from_on[t], from_off[t] = source, blank_from
        rested[t] = on > off
        off = np.maximum(on, off) + blanks[t]
        on[1:] = np.maximum(on[1:], entered) + letters[t]
        on[0] = worst
    return _traced(on, off, came, from_on, from_off, rested)


def _traced(
    on: NDArray[np.float32],
    off: NDArray[np.float32],
    came: NDArray[np.int8],
    from_on: NDArray[np.int8],
    from_off: NDArray[np.int8],
    rested: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], float]:
    n = len(on) - 1
    is_on = bool(on[n].max() >= off[n].max())
    score = float(max(on[n].max(), off[n].max()))
    character = int((on if is_on else off)[n].argmax())
    path = np.full(len(came), BLANK, np.intp)
    for t in range(len(came) - 1, -1, -1):
        if is_on:
            path[t] = character
            step = int(came[t, n, character])
            if step < 0:
                continue
            n -= 1
            character, is_on = (int(from_off[t, n]), False) if step else (int(from_on[t, n, character]), True)
        elif n > 0 or t > 0:
            is_on = bool(rested[t, n, character])
    return path, score
