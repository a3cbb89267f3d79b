"""An MRZ that a reader beside the keyboard types: swipe readers send its characters as fast keystrokes, every line ended by Enter.

`SwipeBuffer` tells a reader from a person by speed and collects lines until they are an MRZ; what it collects goes through the same
parser as what a camera sees. A swipe says nothing about paper or portrait: it is a first side, whose other side is still wanted.
"""

from dataclasses import dataclass, replace
from datetime import date

from kiosk.document import crosscheck
from kiosk.document.kinds import kind_of
from kiosk.document.layouts import ALPHABET, LAYOUTS
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_fields import fields_of
from kiosk.document.reading import Finding, FindingCode, Read, Unreadable, UnreadableBecause, Weight
from kiosk.values import Masked

FASTEST_HAND_NS = 45_000_000
"""Readers send a character every 1 to 20 ms; the fastest typists need 60 and more."""
NEXT_LINE_NS = 500_000_000
"""Longest wait for the next line after an Enter."""
MOST_CHARACTERS = 120
_MARKS = {"<": "<", "«": "<", "\\": "<", ">": "<", ";": "<"}
"""What a filler becomes when keyboard and reader disagree about the layout; no MRZ holds any of them."""
_LENGTHS = frozenset((row.lines, row.length) for row in LAYOUTS)


@dataclass(frozen=True, slots=True)
class SwipeBuffer:
    """What has been typed so far. text: of the line that has not ended; lines: those that have; last_ns: monotonic, of the last key."""

    text: str = ""
    lines: tuple[str, ...] = ()
    last_ns: int | None = None

    @property
    def is_reader(self) -> bool:
        """Whether so many characters came so fast that no hand types them: then they belong into no field of the screen."""
        return len(self.text) >= 3 or bool(self.lines)


def typed(buffer: SwipeBuffer, character: str, at_ns: int) -> SwipeBuffer:
    """Return the buffer with one more character; a slow one begins anew, one that no MRZ holds empties it."""
    letter = _MARKS.get(character, character.upper())
    if letter not in ALPHABET or len(letter) != 1:
        return SwipeBuffer()
    if buffer.last_ns is not None and at_ns - buffer.last_ns <= (FASTEST_HAND_NS if buffer.text else NEXT_LINE_NS):
        return replace(buffer, text=(buffer.text + letter)[:MOST_CHARACTERS], last_ns=at_ns)
    return SwipeBuffer(letter, (), at_ns)


def entered(buffer: SwipeBuffer, at_ns: int) -> tuple[SwipeBuffer, tuple[str, ...] | None]:
    """Return the buffer after Enter, and the lines once they have the shape of an MRZ, None before."""
    if buffer.last_ns is None or at_ns - buffer.last_ns > FASTEST_HAND_NS or len(buffer.text) < 20:
        return SwipeBuffer(), None
    lines = (*buffer.lines, *_cut(buffer.text))
    if (len(lines), len(lines[0])) in _LENGTHS and len({len(line) for line in lines}) == 1:
        return SwipeBuffer(), lines
    return (SwipeBuffer("", lines, at_ns), None) if len(lines) < 3 else (SwipeBuffer(), None)


def _cut(text: str) -> tuple[str, ...]:
    """Return the lines of a text in which the reader left out the Enters between."""
    for count, length in sorted(_LENGTHS):
        if len(text) == count * length:
            return tuple(text[i : i + length] for i in range(0, len(text), length))
    return (text,)


def read_of_lines(lines: tuple[str, ...], today: date) -> Read | Unreadable:
    """Return what swiped lines say, with the findings an MRZ alone allows. Its check digits stand as they are."""
    parsed = parse(lines)
    if not isinstance(parsed, MrzParsed):
        return Unreadable(UnreadableBecause.MRZ_DAMAGED)
    content = parsed.content
    fields = fields_of(parsed, kind_of(content.layout, content.issuing_state, content.document_code).code, today)
    findings = (*crosscheck.cross_check(parsed, (), today), Finding(FindingCode.PORTRAIT_FOUND, Weight.NOTED, "portrait"))
    return Read(fields, Masked(parsed.lines), 1.0, findings, None, None)
