"""Field numbers and abbreviations that licences print before their values: `4b 12.03.2031`, `DOB 08/31/1977`, `8123 STREET`."""

import re
from collections.abc import Sequence
from itertools import pairwise

from kiosk.document.kind import Kind
from kiosk.document.printed import Label, PrintedLine

_NEVER_BEGIN = frozenset({"LN", "FN", "DL"})
"""Abbreviations that no name begins with."""
_PARTED_NUMBER = re.compile(r"\d{1,2}[a-d]?[ .:)]")
_MOST_BEFORE = 3
"""Prefixes before one value: a field's number, its abbreviation, a mark."""


def number_column(lines: Sequence[PrintedLine], kind: Kind) -> float | None:
    """Return the left edge, pixels, that at least two lines with a field number share; None where there is none."""
    edges = sorted(line.box[0] for line in lines if _PARTED_NUMBER.match(line.text) and leading_field(line.text, kind) is not None)
    near = max((line.height for line in lines), default=0.0) * 0.3
    pairs = [(one + other) / 2 for one, other in pairwise(edges) if other - one < near]
    return pairs[0] if pairs else None


def without_prefixes(text: str, kind: Kind, *, is_numbered: bool = False) -> tuple[Label | None, str]:
    label: Label | None = None
    for _ in range(_MOST_BEFORE):
        leading = leading_field(text, kind, is_numbered=is_numbered and label is None)
        if leading is None:
            break
        label, text = label or leading[0], leading[1]
    return label, text.strip()


def leading_field(text: str, kind: Kind, *, is_numbered: bool = False) -> tuple[Label, str] | None:
    """Return the field of the prefix a text begins with, and what follows; the reader may have left out the blank between.

    is_numbered: the line begins where lines with a field number do, so a figure at its head is one, whatever follows (`8123 STREET`)."""
    bare = text.lstrip(" .'*")
    for prefix in sorted(kind.prefixes, key=len, reverse=True):
        rest = bare[len(prefix) :]
        if not bare.upper().startswith(prefix) or not rest.strip(" .:)"):
            continue
        following = rest[0]
        parted = following in " .:)" or prefix.endswith("#")
        if prefix[0].isalpha():
            glued = following.isdigit() or (prefix in _NEVER_BEGIN and following.isupper())
        else:
            glued = is_numbered or not following.isdigit()
        if parted or glued:
            return kind.prefixes[prefix], rest.lstrip(" .:)")
    return None


def of_prefix(text: str, kind: Kind) -> Label | None:
    return kind.prefixes.get(text.strip().upper())


def before_next_prefix(text: str, kind: Kind) -> str:
    """Return a value without the fields that the reader put on its line (`A123 9CLASS B`)."""
    words = text.split()
    for i, word in enumerate(words[1:], 1):
        if word[0].isdigit() and not word.isdigit() and leading_field(word, kind) is not None:
            return " ".join(words[:i])
    return text
