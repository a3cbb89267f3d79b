"""The five zones as text: formatted, parsed, checked."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.document.check_digits import check_digit
from kiosk.document.layouts import ALPHABET, layout_row
from kiosk.document.mrz import MrzContent, MrzParsed, MrzRefused, RefusedBecause, birth_date, expiry_date, format_mrz, parse
from kiosk.document.reading import MrzLayout

ICAO = {
    MrzLayout.TD1: ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
    MrzLayout.TD2: ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    MrzLayout.TD3: ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    MrzLayout.MRV_A: ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
    MrzLayout.MRV_B: ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}
"""The specimen lines of ICAO Doc 9303 parts 4 to 7."""

WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8)
NAMES = st.lists(WORDS, min_size=1, max_size=2).map(" ".join)
DATES = st.dates(date(1930, 1, 1), date(2060, 12, 31)).map(lambda day: f"{day:%y%m%d}")


@st.composite
def contents(draw: st.DrawFn) -> MrzContent:
    layout = draw(st.sampled_from(list(MrzLayout)))
    row = layout_row(layout)
    longest = 15 if row.long_number and draw(st.booleans()) else 9
    number = draw(st.text(ALPHABET[1:], min_size=1, max_size=longest))
    rooms = [end - start for _, start, end in row.optional]
    if len(number) > 9:
        rooms[0] = max(0, rooms[0] - (len(number) - 9) - 2)
        if rooms[0] == 0 and layout is MrzLayout.TD2:
            number, rooms[0] = number[:9], 7
    optional = tuple(draw(st.text(ALPHABET[1:], max_size=room)) for room in rooms)
    return MrzContent(
        layout=layout,
        document_code=draw(st.sampled_from(["V", "VN"] if layout in (MrzLayout.MRV_A, MrzLayout.MRV_B) else ["P", "I", "ID", "AC"])),
        issuing_state=draw(st.sampled_from(["UTO", "D", "FRA"])),
        number=number,
        surname=draw(NAMES),
        given_names=draw(st.one_of(st.just(""), NAMES)),
        nationality=draw(st.sampled_from(["UTO", "D", "XXA"])),
        birth=draw(st.one_of(DATES, st.sampled_from(["<<<<<<", "74<<<<"]))),
        sex=draw(st.sampled_from("MF<")),
        expiry=draw(DATES),
        optional=optional,
    )


@given(contents())
def test_what_was_formatted_parses_to_the_same_and_formats_again_to_the_same(content: MrzContent) -> None:
    lines = format_mrz(content)
    parsed = parse(lines)
    assert isinstance(parsed, MrzParsed)
    assert parsed.all_fit
    assert format_mrz(parsed.content) == lines
    room = layout_row(content.layout).names[2] - layout_row(content.layout).names[1]
    if len(content.surname) + len(content.given_names) + 2 <= room:
        assert parsed.content == content


@given(st.one_of(st.lists(st.text(max_size=50), max_size=5), st.sampled_from(list(ICAO.values())).flatmap(lambda x: st.just(list(x)))))
def test_any_text_parses_or_says_why(lines: list[str]) -> None:
    assert isinstance(parse(tuple(lines)), MrzParsed | MrzRefused)


@settings(max_examples=200)
@given(st.integers(0, 1), st.text(ALPHABET, min_size=44, max_size=44), st.text(ALPHABET, min_size=44, max_size=44))
def test_any_two_lines_of_the_alphabet_parse_unless_they_begin_with_no_letter(short: int, first: str, second: str) -> None:
    length = 36 if short else 44
    outcome = parse((first[:length], second[:length]))
    assert isinstance(outcome, MrzParsed) == first[0].isalpha()


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_icaos_own_specimens_parse_and_check(layout: MrzLayout) -> None:
    parsed = parse(ICAO[layout])
    assert isinstance(parsed, MrzParsed)
    content = parsed.content
    assert (content.layout, content.surname, content.given_names, content.issuing_state) == (layout, "ERIKSSON", "ANNA MARIA", "UTO")
    assert parsed.all_fit
    assert format_mrz(content) == ICAO[layout]


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_every_single_misread_digit_of_a_checked_field_is_noticed(layout: MrzLayout) -> None:
    lines, row = ICAO[layout], layout_row(layout)
    places = {(line, at) for check in row.checks for line, start, end in check.over for at in range(start, end)}
    for line, at in places | {check.at for check in row.checks}:
        if not lines[line][at].isdigit():
            continue
        for wrong in set("0123456789") - {lines[line][at]}:
            changed = list(lines)
            changed[line] = lines[line][:at] + wrong + lines[line][at + 1 :]
            parsed = parse(tuple(changed))
            assert isinstance(parsed, MrzParsed)
            assert not parsed.all_fit, (line, at, wrong)


@given(contents(), st.data())
def test_any_single_misread_digit_of_any_checked_field_is_caught(content: MrzContent, data: st.DataObject) -> None:
    lines, row = format_mrz(content), layout_row(content.layout)
    guarded = [(line, at) for check in row.checks for line, start, end in check.over for at in range(start, end)]
    checked = [(line, at) for line, at in guarded if lines[line][at].isdigit()]
    line, at = data.draw(st.sampled_from(checked))
    wrong = data.draw(st.sampled_from(sorted(set("0123456789") - {lines[line][at]})))
    changed = [*lines]
    changed[line] = lines[line][:at] + wrong + lines[line][at + 1 :]
    parsed = parse(tuple(changed))
    assert isinstance(parsed, MrzParsed)
    assert not parsed.all_fit


OLD_FRENCH = ("IDFRAUTOPIENNE<<<<<<<<<<<<<<<<059012", "9012593456781CLAIRE<<LUCIE<8507147F4")


def test_the_old_french_card_has_its_own_two_lines_of_thirty_six() -> None:
    parsed = parse(OLD_FRENCH)
    assert isinstance(parsed, MrzParsed)
    content = parsed.content
    assert (content.form, content.issuing_state, content.number, content.surname) == ("old-french", "FRA", "901259345678", "UTOPIENNE")
    assert (content.given_names, content.birth, content.sex, content.expiry) == ("CLAIRE LUCIE", "850714", "F", "<<<<<<")
    assert {check.about for check in parsed.checks} == {"number", "birth_date", "composite"}
    assert parsed.all_fit
    assert expiry_date(content.expiry, date(2026, 7, 1)) is None


def test_every_misread_digit_of_an_old_french_card_is_noticed() -> None:
    for line, at in [(1, at) for at in (*range(13), *range(27, 34), 35)] + [(0, at) for at in range(30, 36)]:
        changed = [*OLD_FRENCH]
        wrong = str((int(changed[line][at]) + 1) % 10)
        changed[line] = changed[line][:at] + wrong + changed[line][at + 1 :]
        parsed = parse(tuple(changed))
        assert isinstance(parsed, MrzParsed)
        assert not parsed.all_fit, (line, at)


def test_a_card_without_an_expiry_check_digit_is_taken_apart_where_its_fields_are() -> None:
    first, rest = "IDUTO0000099904<<<<<<<<<<<<<<<", "7109094F111231UTO<<<<<<<<<<<<"
    digit = check_digit(first[5:] + rest[:7] + rest[8:14] + rest[17:])
    parsed = parse((first[:14] + check_digit(first[5:14]) + first[15:], rest + digit, "MUSTERFRAU<<ISOLDE<<<<<<<<<<<<"))
    assert isinstance(parsed, MrzParsed)
    content = parsed.content
    assert (content.form, content.nationality, content.expiry) == ("no-expiry-digit", "UTO", "111231")
    assert [check.about for check in parsed.checks] == ["number", "birth_date", "composite"]
    assert [check.fits for check in parsed.checks if check.about == "birth_date"] == [True]


def test_a_td1_number_of_more_than_nine_characters_runs_on_into_the_optional_field() -> None:
    lines = ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<")
    parsed = parse(lines)
    assert isinstance(parsed, MrzParsed)
    assert parsed.content.number == "D23145890734"
    assert parsed.content.optional == ("", "")
    assert all(check.fits for check in parsed.checks if check.about == "number")


def test_wrong_check_digits_are_reported_and_nothing_is_corrected() -> None:
    first, second = ICAO[MrzLayout.TD3]
    parsed = parse((first, second.replace("L898902C3", "L898902C4")))
    assert isinstance(parsed, MrzParsed)
    assert {check.about for check in parsed.checks if not check.fits} == {"number", "composite"}
    assert parsed.content.number == "L898902C4"
    assert parsed.lines[1].startswith("L898902C46")


def test_an_issuer_of_one_letter_keeps_no_fillers() -> None:
    parsed = parse(("IDD<<T220001293<<<<<<<<<<<<<<<", "6408125<2010315D<<<<<<<<<<<<<4", "MUSTERMANN<<ERIKA<<<<<<<<<<<<<"))
    assert isinstance(parsed, MrzParsed)
    assert (parsed.content.issuing_state, parsed.content.nationality, parsed.content.sex) == ("D", "D", "<")
    assert parsed.all_fit


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), RefusedBecause.LINE_COUNT),
        (("<" * 44,) * 500, RefusedBecause.LINE_COUNT),
        (("P<UTO", "X"), RefusedBecause.LINE_LENGTH),
        ((ICAO[MrzLayout.TD3][0].lower(), ICAO[MrzLayout.TD3][1]), RefusedBecause.ALPHABET),
        (("<" * 44, "<" * 44), RefusedBecause.DOCUMENT_CODE),
    ],
)
def test_what_is_no_mrz_is_refused_with_its_reason(lines: tuple[str, ...], why: RefusedBecause) -> None:
    assert parse(lines) == MrzRefused(why)


def test_content_that_cannot_be_printed_is_a_bug_of_the_caller() -> None:
    parsed = parse(ICAO[MrzLayout.TD3])
    assert isinstance(parsed, MrzParsed)
    for wrong in ({"number": "L898902C3X"}, {"birth": "7408"}, {"nationality": "UTOPIA"}, {"surname": "ÉRIKSSON"}):
        with pytest.raises(ValueError, match=r"fit|characters|hold|long"):
            format_mrz(replace(parsed.content, **wrong))


def test_births_lie_in_the_past_and_expiries_near_today() -> None:
    today = date(2026, 7, 1)
    assert birth_date("260701", today) == date(2026, 7, 1)
    assert birth_date("260702", today) == date(1926, 7, 2)
    assert expiry_date("301231", today) == date(2030, 12, 31)
    assert expiry_date("960101", today) == date(1996, 1, 1)
    assert expiry_date("751231", today) == date(2075, 12, 31)
    assert birth_date("740231", today) is None
    assert birth_date("74<<<<", today) is None
    assert expiry_date("000000", today) is None


def test_the_28th_of_february_tells_centuries_apart() -> None:
    assert birth_date("000229", date(2026, 7, 1)) == date(2000, 2, 29)
    assert birth_date("010229", date(2026, 7, 1)) is None
