"""MRZ readers that type, and what was read staying read."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.actor.person import invent_person, mrz_lines
from kiosk.document.kept import together
from kiosk.document.reading import Finding, FindingCode, MrzLayout, Portrait, Read, Unreadable, Weight
from kiosk.document.swiped import FASTEST_HAND_NS, NEXT_LINE_NS, SwipeBuffer, entered, read_of_lines, typed
from kiosk.values import Masked
from tests.document.conftest import TODAY

MS = 1_000_000
PERSON = invent_person(4, today=TODAY)


def keyed(text: str, gap_ns: int = 4 * MS, *, pause_ns: int = 4 * MS) -> tuple[SwipeBuffer, list[tuple[str, ...]]]:
    """Return the buffer after these keystrokes (a line feed is Enter) and every MRZ that came of them."""
    buffer, at, found = SwipeBuffer(), 0, []
    for character in text:
        at += pause_ns if buffer.lines and not buffer.text else gap_ns
        if character == "\n":
            buffer, lines = entered(buffer, at)
            found += [] if lines is None else [lines]
        else:
            buffer = typed(buffer, character, at)
    return buffer, found


@pytest.mark.parametrize("layout", MrzLayout)
@pytest.mark.parametrize("between", ["\n", ""])
def test_what_a_reader_types_is_the_mrz_with_or_without_enters_between(layout: MrzLayout, between: str) -> None:
    lines = mrz_lines(PERSON, layout)
    buffer, found = keyed(between.join(lines) + "\n")
    assert found == [lines]
    assert buffer == SwipeBuffer()


def test_a_person_typing_the_same_is_no_reader() -> None:
    lines = mrz_lines(PERSON, MrzLayout.TD3)
    assert keyed("\n".join(lines) + "\n", gap_ns=FASTEST_HAND_NS + MS)[1] == []


def test_a_second_line_that_comes_too_late_belongs_to_nothing() -> None:
    lines = mrz_lines(PERSON, MrzLayout.TD3)
    assert keyed("\n".join(lines) + "\n", pause_ns=NEXT_LINE_NS + MS)[1] == []
    assert keyed("\n".join(lines) + "\n", pause_ns=NEXT_LINE_NS - MS)[1] == [lines]


def test_small_letters_and_another_keyboards_filler_are_the_same_mrz() -> None:
    lines = mrz_lines(PERSON, MrzLayout.TD1)
    assert keyed("\n".join(lines).lower().replace("<", ";") + "\n")[1] == [lines]


@given(st.text(max_size=300), st.integers(0, 80 * MS))
def test_any_keystrokes_leave_a_small_buffer(text: str, gap_ns: int) -> None:
    buffer, found = keyed(text, gap_ns)
    assert len(buffer.text) <= 120
    assert len(buffer.lines) < 3
    assert all(isinstance(read_of_lines(lines, TODAY), Read | Unreadable) for lines in found)


def test_swiped_lines_go_through_the_parser_that_reads_pictures() -> None:
    read = read_of_lines(mrz_lines(PERSON, MrzLayout.TD3), TODAY)
    assert isinstance(read, Read)
    assert (read.fields.birth_date.reveal(), read.fields.number.reveal()) == (PERSON.birth, PERSON.number)
    assert (read.portrait, read.page) == (None, None)
    altered = list(mrz_lines(PERSON, MrzLayout.TD3))
    altered[1] = altered[1][:13] + "111111" + altered[1][19:]
    wrong = read_of_lines(tuple(altered), TODAY)
    assert isinstance(wrong, Read)
    assert Weight.CONTRADICTS in {finding.weight for finding in wrong.findings if finding.code is FindingCode.CHECK_DIGIT}


def a_read(number: str = "UT2345678") -> Read:
    read = read_of_lines(mrz_lines(replace(PERSON, number=number), MrzLayout.TD3), TODAY)
    assert isinstance(read, Read)
    return read


def finding(read: Read, code: FindingCode) -> Finding:
    return next(finding for finding in read.findings if finding.code is code)


def seen(read: Read, code: FindingCode, weight: Weight) -> Read:
    return replace(read, findings=tuple(replace(f, weight=weight) if f.code is code else f for f in read.findings))


def test_a_name_seen_before_the_glare_stays_seen() -> None:
    page = np.zeros((10, 10, 3), np.uint8)
    before = replace(seen(a_read(), FindingCode.NAME_PRINTED, Weight.AGREES), page=page, portrait=Portrait(page, 90.0))
    before = replace(before, fields=replace(before.fields, printed_name=Masked("TILDA"), issue_date=date(2024, 1, 1)))
    after = together(before, replace(a_read(), page=page))
    assert finding(after, FindingCode.NAME_PRINTED).weight is Weight.AGREES
    assert after.fields.printed_name.reveal() == "TILDA"
    assert after.fields.issue_date == date(2024, 1, 1)
    assert after.portrait is before.portrait


def test_what_the_later_picture_doubts_is_not_outvoted() -> None:
    before = seen(a_read(), FindingCode.NUMBER_PRINTED, Weight.AGREES)
    after = together(before, seen(a_read(), FindingCode.NUMBER_PRINTED, Weight.CONTRADICTS))
    assert finding(after, FindingCode.NUMBER_PRINTED).weight is Weight.CONTRADICTS
    kept = together(seen(a_read(), FindingCode.NUMBER_PRINTED, Weight.CONTRADICTS), a_read())
    assert finding(kept, FindingCode.NUMBER_PRINTED).weight is Weight.CONTRADICTS


def test_another_document_than_was_swiped_contradicts() -> None:
    pictured = replace(a_read("UT8765432"), page=np.zeros((10, 10, 3), np.uint8))
    assert finding(together(a_read(), pictured), FindingCode.SIDES_LINKED).weight is Weight.CONTRADICTS
    # two pictures of two documents: the later one counts, as it always did
    assert not [f for f in together(pictured, replace(a_read(), page=pictured.page)).findings if f.code is FindingCode.SIDES_LINKED]
