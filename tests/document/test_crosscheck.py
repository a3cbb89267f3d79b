"""MRZ against print, line by line."""

from datetime import date

import numpy as np

from kiosk.document.crosscheck import cross_check, is_spelt_otherwise, printed_name
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.printed import PrintedLine
from kiosk.document.reading import FindingCode, Weight

TODAY = date(2010, 7, 1)
LINES = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def zone(lines: tuple[str, ...] = LINES) -> MrzParsed:
    parsed = parse(lines)
    assert isinstance(parsed, MrzParsed)
    return parsed


def page(*rows: tuple[str, float]) -> tuple[PrintedLine, ...]:
    """Return labels and values one under the other."""
    lines = []
    for i, (text, confidence) in enumerate(rows):
        quad = np.array([[50, 30 * i], [50 + 12 * len(text), 30 * i], [50 + 12 * len(text), 30 * i + 22], [50, 30 * i + 22]], np.float32)
        lines.append(PrintedLine(text, confidence, quad))
    return tuple(lines)


def weight_of(code: FindingCode, lines: tuple[PrintedLine, ...], parsed: MrzParsed | None = None, today: date = TODAY) -> Weight:
    return next(f.weight for f in cross_check(parsed or zone(), lines, today) if f.code is code)


def test_what_is_seen_in_print_agrees() -> None:
    lines = page(("ERIKSSON", 0.99), ("ANNA MARIA", 0.99), ("L898902C3", 0.98), ("12 AUG/AOUT 74", 0.97), ("15 APR/AVR 12", 0.97))
    for code in (FindingCode.NAME_PRINTED, FindingCode.NUMBER_PRINTED, FindingCode.BIRTH_PRINTED, FindingCode.EXPIRY_PRINTED):
        assert weight_of(code, lines) is Weight.AGREES


def test_nothing_printed_proves_nothing() -> None:
    for code in (FindingCode.NAME_PRINTED, FindingCode.NUMBER_PRINTED, FindingCode.BIRTH_PRINTED, FindingCode.EXPIRY_PRINTED):
        assert weight_of(code, ()) is Weight.NOTED


def test_a_labelled_birth_date_that_differs_contradicts_if_read_surely_and_only_then() -> None:
    assert weight_of(FindingCode.BIRTH_PRINTED, page(("Date of birth", 0.9), ("19.08.1981", 0.98))) is Weight.CONTRADICTS
    assert weight_of(FindingCode.BIRTH_PRINTED, page(("Date of birth", 0.9), ("19.08.1981", 0.88))) is Weight.DOUBTS
    assert weight_of(FindingCode.BIRTH_PRINTED, page(("Date of birth", 0.9), ("19.08.1981", 0.5))) is Weight.NOTED


def test_a_date_without_a_label_contradicts_nothing() -> None:
    assert weight_of(FindingCode.BIRTH_PRINTED, page(("19.08.1981", 0.99))) is Weight.NOTED
    assert weight_of(FindingCode.BIRTH_PRINTED, page(("Date of issue", 0.99), ("19.08.1981", 0.99))) is Weight.NOTED


def test_a_number_with_other_digits_contradicts_and_look_alikes_do_not() -> None:
    assert weight_of(FindingCode.NUMBER_PRINTED, page(("L898702C3", 0.99))) is Weight.CONTRADICTS
    assert weight_of(FindingCode.NUMBER_PRINTED, page(("L8989O2C3", 0.99))) is Weight.AGREES
    assert weight_of(FindingCode.NUMBER_PRINTED, page(("Document No.", 0.99), ("X11111111", 0.99))) is Weight.CONTRADICTS
    assert weight_of(FindingCode.NUMBER_PRINTED, page(("X11111111", 0.99))) is Weight.NOTED


def test_another_surname_under_its_label_contradicts_and_a_misreading_does_not() -> None:
    assert weight_of(FindingCode.NAME_PRINTED, page(("Surname", 0.99), ("QUILLFORTH", 0.99))) is Weight.CONTRADICTS
    assert weight_of(FindingCode.NAME_PRINTED, page(("Surname", 0.99), ("ERIKSS0N", 0.99))) is Weight.NOTED
    assert weight_of(FindingCode.NAME_PRINTED, page(("Surname", 0.99), ("ERIKSON", 0.99), ("ANNA", 0.99))) is Weight.AGREES


def test_wrong_check_digits_impossible_dates_and_unknown_issuers_are_named() -> None:
    parsed = zone((LINES[0].replace("UTO", "QQQ"), LINES[1].replace("740812", "741332")))
    findings = cross_check(parsed, (), TODAY)
    wrong = {f.about for f in findings if f.code is FindingCode.CHECK_DIGIT and f.weight is Weight.CONTRADICTS}
    assert wrong == {"birth_date", "composite"}
    assert weight_of(FindingCode.DATES_POSSIBLE, (), parsed) is Weight.CONTRADICTS
    assert weight_of(FindingCode.ISSUER_EXISTS, (), parsed) is Weight.DOUBTS
    assert weight_of(FindingCode.ISSUER_EXISTS, ()) is Weight.AGREES


def test_a_name_that_is_surely_printed_with_another_letter_is_spelt_otherwise() -> None:
    """N and M look alike to the MRZ's reader under blotted ink, and no check digit stands over names."""
    assert is_spelt_otherwise("JENMINGS", "PAUL", page(("Surname", 0.99), ("JENNINGS", 0.99)))
    assert not is_spelt_otherwise("JENNINGS", "PAUL", page(("JENNINGS", 0.99)))
    assert not is_spelt_otherwise("JENNINGS", "PAUL", page(("JENMINGS", 0.99), ("JENNINGS", 0.95))), "seen as it is elsewhere"
    assert not is_spelt_otherwise("JENMINGS", "PAUL", page(("JENNINGS", 0.90))), "the print itself is a guess"
    assert not is_spelt_otherwise("AEVARSDOTTIR", "", page(("EVARSDÓTTIR", 0.99))), "a letter left out is the print's misreading"


def test_expiry_is_judged_on_the_day() -> None:
    assert weight_of(FindingCode.EXPIRED, (), today=date(2012, 4, 15)) is Weight.AGREES
    assert weight_of(FindingCode.EXPIRED, (), today=date(2012, 4, 16)) is Weight.DOUBTS


def test_the_printed_name_keeps_its_accents() -> None:
    lines = page(("MÜLLER-ŞAHİN", 0.99), ("ZOË ÅSA", 0.98))
    assert printed_name("MUELLER SAHIN", "ZOE AASA", lines) == "ZOË ÅSA MÜLLER-ŞAHİN"
    assert printed_name("MUELLER SAHIN", "OTHER", lines) is None


def test_a_contradiction_says_what_both_sides_say_and_how_surely_the_print_was_read() -> None:
    findings = cross_check(zone(), page(("Document No.", 0.99), ("X11111111", 0.97)), TODAY)
    (number,) = [finding for finding in findings if finding.code is FindingCode.NUMBER_PRINTED]
    assert number.weight is Weight.CONTRADICTS
    assert number.seen.reveal() == "L898902C3 / X11111111"
    assert number.sure == 0.97
