"""Do the MRZ and the print tell the same story? Every check becomes a finding.

AGREES needs the value seen in print. CONTRADICTS needs a printed value of that very kind (by its label), read with confidence, that
differs beyond what a reader confuses. Anything else is NOTED: not finding a value proves nothing.
"""

from datetime import date
from difflib import SequenceMatcher

from kiosk.document.mrz import MrzParsed, birth_date, expiry_date
from kiosk.document.printed import (
    Label,
    PrintedDate,
    PrintedLine,
    canonical,
    dates_of,
    is_like_an_address,
    label_for,
    loosely,
    plain,
    values_under,
)
from kiosk.document.reading import Finding, FindingCode, Weight
from kiosk.document.states import is_state
from kiosk.document.transliterate import spellings
from kiosk.values import Masked

SURE = 0.93
"""Mean character probability from which a printed value may contradict."""
LIKELY = 0.80
MOST_SEEN = 160
"""Characters of what was seen that a finding keeps."""
SAME_NAME = 0.82
"""Share of letters in common from which two names are one, misread."""


def cross_check(parsed: MrzParsed, lines: tuple[PrintedLine, ...], today: date) -> tuple[Finding, ...]:
    """Return all findings about an MRZ and the printed lines beside it (none read: ())."""
    content = parsed.content
    birth, expiry = birth_date(content.birth, today), expiry_date(content.expiry, today)
    dates = dates_of(lines, today)
    found = [*_check_digits(parsed), _dates_possible(parsed, today), _issuer(content.issuing_state)]
    # An expiry that cannot be read may have passed: a person looks, also where an issuer prints none.
    in_force = expiry is not None and expiry >= today
    found.append(Finding(FindingCode.EXPIRED, Weight.AGREES if in_force else Weight.DOUBTS, "expiry_date"))
    name = name_weight(content.surname, content.given_names, lines)
    printed = (
        (FindingCode.NAME_PRINTED, name, "surname", Label.SURNAME, content.surname),
        (FindingCode.NUMBER_PRINTED, number_weight(content.number, lines), "number", Label.NUMBER, content.number),
        (FindingCode.BIRTH_PRINTED, date_weight(birth, Label.BIRTH, dates, lines), "birth_date", Label.BIRTH, str(birth)),
        (FindingCode.EXPIRY_PRINTED, date_weight(expiry, Label.EXPIRY, dates, lines), "expiry_date", Label.EXPIRY, str(expiry)),
    )
    found += [_with_what_was_seen(*check, lines) for check in printed]
    return tuple(found)


def _with_what_was_seen(
    code: FindingCode, weight: Weight, about: str, label: Label, stated: str, lines: tuple[PrintedLine, ...]
) -> Finding:
    """Return a finding about the print: as sure as the printed line was read, with the MRZ's and the printed value where they differ."""
    values = values_under(lines, label)
    if not values or weight is Weight.NOTED:
        return Finding(code, weight, about)
    sure = max(line.confidence for line in values)
    differs = weight in (Weight.DOUBTS, Weight.CONTRADICTS)
    seen = f"{stated} / {', '.join(line.text for line in values[:2])}" if differs else values[0].text
    return Finding(code, weight, about, min(sure, 1.0), Masked(seen[:MOST_SEEN]))


def all_seen(parsed: MrzParsed, lines: tuple[PrintedLine, ...], today: date) -> bool:
    """Return whether name, number, birth and expiry have all been seen in print already."""
    content = parsed.content
    dates = dates_of(lines, today)
    return (
        _shows(birth_date(content.birth, today), dates)
        and _shows(expiry_date(content.expiry, today), dates)
        and number_weight(content.number, lines) is Weight.AGREES
        and name_weight(content.surname, content.given_names, lines) is Weight.AGREES
    )


def _check_digits(parsed: MrzParsed) -> list[Finding]:
    return [Finding(FindingCode.CHECK_DIGIT, Weight.AGREES if check.fits else Weight.CONTRADICTS, check.about) for check in parsed.checks]


def _dates_possible(parsed: MrzParsed, today: date) -> Finding:
    birth, expiry = birth_date(parsed.content.birth, today), expiry_date(parsed.content.expiry, today)
    if birth is None and "<" not in parsed.content.birth:
        return Finding(FindingCode.DATES_POSSIBLE, Weight.CONTRADICTS, "birth_date")
    if expiry is None and "<" not in parsed.content.expiry:
        return Finding(FindingCode.DATES_POSSIBLE, Weight.CONTRADICTS, "expiry_date")
    if birth is None or expiry is None:
        return Finding(FindingCode.DATES_POSSIBLE, Weight.NOTED, "birth_date" if birth is None else "expiry_date")
    return Finding(FindingCode.DATES_POSSIBLE, Weight.AGREES if birth < expiry else Weight.DOUBTS, "birth_date")


def _issuer(code: str) -> Finding:
    return Finding(FindingCode.ISSUER_EXISTS, Weight.AGREES if is_state(code) else Weight.DOUBTS, "issuing_state")


def _shows(day: date | None, dates: tuple[PrintedDate, ...]) -> bool:
    return day is not None and any(day in printed.days for printed in dates)


def date_weight(day: date | None, label: Label, dates: tuple[PrintedDate, ...], lines: tuple[PrintedLine, ...]) -> Weight:
    """Return how printed dates bear on one date of the MRZ."""
    if day is None:
        return Weight.NOTED
    if _shows(day, dates):
        return Weight.AGREES
    rivals = [printed.confidence for printed in dates if label_for(lines, printed.line) is label]
    if not rivals:
        return Weight.NOTED
    return Weight.CONTRADICTS if max(rivals) >= SURE else Weight.DOUBTS if max(rivals) >= LIKELY else Weight.NOTED


def number_weight(number: str, lines: tuple[PrintedLine, ...]) -> Weight:
    """Return how the print bears on the document number."""
    wanted = canonical(number)
    if len(wanted) < 5:
        return Weight.NOTED
    if any(wanted in canonical(line.text) for line in lines):
        return Weight.AGREES
    weights = [_rival_number(wanted, line, i, lines) for i, line in enumerate(lines)]
    for weight in (Weight.CONTRADICTS, Weight.DOUBTS):
        if weight in weights:
            return weight
    return Weight.NOTED


def _rival_number(wanted: str, line: PrintedLine, index: int, lines: tuple[PrintedLine, ...]) -> Weight:
    """Return whether a line shows another number in this one's place: labelled as such, or nearly the same."""
    weight = Weight.NOTED
    labelled = line.label is None and label_for(lines, index) is Label.NUMBER
    for word in (canonical(part) for part in line.text.split()):
        if len(word) != len(wanted) or not any(c.isdigit() for c in word):
            continue
        if loosely(word) == loosely(wanted):
            return Weight.DOUBTS
        same = sum(a == b for a, b in zip(word, wanted, strict=True)) / len(wanted)
        if labelled or same >= 0.5:
            weight = Weight.CONTRADICTS if line.confidence >= SURE and (labelled or len(wanted) >= 7) else Weight.DOUBTS
    return weight


def name_weight(surname: str, given: str, lines: tuple[PrintedLine, ...]) -> Weight:
    """Return how the print bears on the names."""
    if not surname:
        return Weight.NOTED
    texts = [text for line in lines for text in spellings(line.text)]
    first = given.split()[0] if given else ""
    if _printed(surname, texts) and (not first or _printed(first, texts)):
        return Weight.AGREES
    rivals = [line for line in values_under(lines, Label.SURNAME) if line.confidence >= SURE and line.text.isupper()]
    if rivals and all(_alike(surname, spelling) < 0.5 for line in rivals for spelling in spellings(line.text)):
        return Weight.CONTRADICTS if not _printed(surname, texts) else Weight.NOTED
    return Weight.NOTED


def is_spelt_otherwise(surname: str, given: str, lines: tuple[PrintedLine, ...]) -> bool:
    """Return whether the print surely shows a name of the same length that differs by some letter, and nowhere the MRZ's own: one of
    the two was misread, and no check digit says which."""
    texts = [(text, _is_no_guess(line)) for line in lines for text in spellings(line.text)]
    for name in (plain(surname), *plain(given).split()[:1]):
        rivals = [run for text, is_sure in texts if is_sure for run in _runs_of(len(name.split()), text)]
        rivals = [run for run in rivals if len(run) == len(name) >= 4 and run != name and _alike(name, run) >= SAME_NAME]
        if rivals and not any(name in text for text, _ in texts):
            return True
    return False


def _is_no_guess(line: PrintedLine) -> bool:
    """Return whether no character of a line can have been less likely than even, from the mean of all."""
    return len(line.text) * (1 - line.confidence) <= 0.5


def printed_name(surname: str, given: str, lines: tuple[PrintedLine, ...]) -> str | None:
    """Return the names as printed, diacritics kept, where a line's spelling in MRZ letters is the MRZ's; given names first."""
    parts = []
    for wanted in (given, surname):
        if not wanted:
            continue
        match = next((line.text for line in lines if wanted in spellings(line.text)), None)
        if match is None:
            match = next((part for line in lines if (part := _part_spelling(line.text, wanted))), None)
        if match is None:
            return None
        parts.append(match.strip())
    return " ".join(parts) or None


def _part_spelling(text: str, wanted: str) -> str | None:
    """Return the run of words inside a line that spells the wanted name."""
    words = text.replace(",", " , ").split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            part = " ".join(words[start:end])
            if wanted in spellings(part) and "," not in part:
                return part
    return None


def printed_address(lines: tuple[PrintedLine, ...]) -> str | None:
    """Return what stands under a label that announces an address, else a line that reads like one."""
    values = [line for line in values_under(lines, Label.ADDRESS) if line.confidence >= LIKELY]
    if values:
        return ", ".join(line.text for line in values[:3])
    return next((line.text for line in lines if line.confidence >= LIKELY and is_like_an_address(line.text)), None)


def _printed(name: str, texts: list[str]) -> bool:
    wanted = plain(name)
    return any(wanted in text or _alike(wanted, text) >= SAME_NAME or _alike_inside(wanted, text) for text in texts)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _alike_inside(wanted: str, text: str) -> bool:
    """Return whether a stretch of words of the text is the wanted name, misread a little."""
    return len(wanted) >= 4 and any(_alike(wanted, run) >= SAME_NAME for run in _runs_of(len(wanted.split()), text))


def _runs_of(count: int, text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + count]) for i in range(len(words) - count + 1)]
