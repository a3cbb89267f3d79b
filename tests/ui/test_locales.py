"""Numbers, dates, times, names and plurals by the customs of each language."""

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QLocale, QTime

from ui.locales import load_locale
from ui.phrases import LANGUAGES, QUANTITY, load_phrases, own_texts, placeholders
from ui.plurals import FORMS, plural_form
from ui.scenes import Words, counted

QT = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "ar": "ar_EG", "hi": "hi_IN", "zh": "zh_CN"}
"""The places whose CLDR facts Qt brings; the tables must say the same."""
FIGURES = (0, 1, 2, 3, 9, 10, 11, 21, 99, 100, 101, 102, 103, 111, 999, 1_000, 10_000, 1_000_000, 1_234_567)
UNITS = sorted({key.split(".")[1] for key in own_texts("en") if key.startswith(QUANTITY)})
ORDINALS = frozenset({"number", "total", "done", "line"})
"""Figures that say which one, not how many: no word of theirs changes."""


def qt(language: str) -> QLocale:
    return QLocale(QT[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", FIGURES)
def test_a_number_is_written_as_the_cldr_has_it(language: str, number: int) -> None:
    assert load_locale(language).number(number) == qt(language).toString(number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_months_and_their_place_in_a_date_are_the_cldrs(language: str) -> None:
    cldr = qt(language)
    pattern = re.sub(r"dddd[,،]? ?", "", cldr.dateFormat(QLocale.FormatType.LongFormat)).strip()
    for month in range(1, 13):
        assert load_locale(language).long_day(date(2026, month, 25)) == cldr.toString(QDate(2026, month, 25), pattern)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hour", range(24))
def test_the_clock_has_as_many_hours_as_readers_expect(language: str, hour: int) -> None:
    assert load_locale(language).time(time(hour, 5)) == qt(language).toString(QTime(hour, 5), QLocale.FormatType.ShortFormat)


@pytest.mark.parametrize(
    ("language", "share", "figure"),
    [
        ("en", "90%", "24,500.05"),
        ("de", "90\u00a0%", "24.500,05"),
        ("fr", "90\u202f%", "24\u202f500,05"),
        ("es", "90\u00a0%", "24.500,05"),
        ("ar", "٩٠٪\u061c", "٢٤٬٥٠٠٫٠٥"),
        ("hi", "90%", "24,500.05"),
        ("zh", "90%", "24,500.05"),
    ],
)
def test_shares_and_amounts_have_the_signs_of_the_language(language: str, share: str, figure: str) -> None:
    assert load_locale(language).percent(0.9) == share
    assert load_locale(language).figures("24500.05") == figure


def test_hindi_groups_by_lakh_and_spanish_leaves_four_digits_alone() -> None:
    assert load_locale("hi").number(12_345_678) == "1,23,45,678"
    assert load_locale("es").number(9_999) == "9999"


def test_days_in_tables_and_sentences() -> None:
    first = date(2026, 9, 1)
    assert [load_locale(language).day(first) for language in LANGUAGES] == [
        "1 Sept 2026",
        "01.09.2026",
        "1 sept. 2026",
        "1 sept 2026",
        "١ سبتمبر ٢٠٢٦",
        "1 सितंबर 2026",
        "2026年9月1日",
    ]
    assert load_locale("fr").long_day(first) == "1er septembre 2026"
    assert load_locale("de").moment(datetime(2026, 9, 1, 8, 5), long=True) == "1. September 2026, 08:05"


@pytest.mark.parametrize(
    ("surname", "given", "nationality", "named"),
    [
        ("ERIKSSON", "ANNA MARIA", "UTO", "ANNA MARIA ERIKSSON"),
        ("WANG", "XIAOMING", "CHN", "WANG XIAOMING"),
        ("王", "小明", "CHN", "王小明"),
        ("王", "小明", "", "王小明"),
        ("NAGY", "ANNA", "HUN", "NAGY ANNA"),
        ("MONONYM", "", "IND", "MONONYM"),
        ("", "ANNA", "UTO", "ANNA"),
    ],
)
def test_a_name_has_the_order_of_its_own_country(surname: str, given: str, nationality: str, named: str) -> None:
    assert load_locale("en").person(surname, given, nationality) == named


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {"one": [1], "other": [0, 2, 11, 101]}),
        ("de", {"one": [1], "other": [0, 2, 11, 101]}),
        ("fr", {"one": [0, 1], "many": [1_000_000, 3_000_000], "other": [2, 11, 1_000_001]}),
        ("es", {"one": [1], "many": [1_000_000], "other": [0, 2, 11, 1_000_001]}),
        ("ar", {"zero": [0], "one": [1], "two": [2], "few": [3, 10, 103], "many": [11, 26, 99, 111], "other": [100, 102, 1_000]}),
        ("hi", {"one": [0, 1], "other": [2, 11]}),
        ("zh", {"other": [0, 1, 2, 11]}),
    ],
)
def test_plural_forms_follow_the_examples_of_the_cldr(language: str, forms: dict[str, list[int]]) -> None:
    assert set(forms) == set(FORMS[language])
    for form, numbers in forms.items():
        assert {plural_form(language, number) for number in numbers} == {form}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_whatever_is_counted_has_every_form_its_language_needs_and_no_other(language: str, unit: str) -> None:
    own = {key.rsplit(".", 1)[1]: text for key, text in own_texts(language).items() if key.startswith(f"{QUANTITY}{unit}.")}
    assert set(own) == set(FORMS[language])
    # A form for one number alone may spell it out; every other must show the figure.
    silent = {form for form, text in own.items() if placeholders(text) != {"count"}}
    assert silent <= ({"zero", "one", "two"} if language == "ar" else set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figure_stands_beside_a_word_that_would_change_with_it(language: str) -> None:
    """How many is said by `quantity` alone: a whole number put into any other phrase says which one, or stands by itself."""
    bare = {"warning.seconds", "held.cancel", "held.approve", "held.refer", "held.decline"}
    phrases = load_phrases(language)
    for key, text in own_texts(language).items():
        if not key.startswith(QUANTITY):
            counts = placeholders(text) & {"count", "seconds", "minutes", "hours", "days", "tries", "waiting", "aside", "lines", "right"}
            for name in counts:
                words = tuple((other, counted(name, 2) if other == name else "x") for other in placeholders(text))
                if key == "case-group.heading":
                    assert text == "{group} · {count}"
                elif key not in bare:
                    assert phrases.count(name, 2) in phrases.say(Words(key, words))


CONCATENATED = re.compile(r"\+ ?[\"'](s|es|e|en|n)[\"']|[\"'](s|es|en)[\"'] if .* else [\"']{2}|[\"']{2} if .*== 1 else [\"']")


def test_no_code_of_the_screens_builds_a_plural_by_hand() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "ui").rglob("*.py")}
    assert [str(path) for path, source in sources.items() if CONCATENATED.search(source)] == []
    assert CONCATENATED.search('text + "s"')
    assert CONCATENATED.search('"" if number == 1 else "s"')
    either_way = re.compile(r"\{.*\w\((s|es|n|en)\)")
    assert not [key for language in LANGUAGES for key, text in own_texts(language).items() if either_way.search(text)]


def test_no_code_of_the_screens_writes_a_date_by_itself() -> None:
    """The log's lines are compared sign by sign and stay as they were written."""
    by_itself = re.compile(r"strftime|isoformat\(\)|:%[HYdm]")
    sources = {path: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "ui").rglob("*.py")}
    assert [path.name for path, source in sources.items() if by_itself.search(source) and not path.name.startswith("specimen")] == []


def test_arabic_counts_in_its_own_digits_and_forms() -> None:
    phrases = load_phrases("ar")
    assert [phrases.count("days", number) for number in (1, 2, 3, 11, 100)] == ["يوم واحد", "يومان", "٣ أيام", "١١ يومًا", "١٠٠ يوم"]


def test_what_comes_from_outside_is_isolated_where_writing_runs_from_right_to_left() -> None:
    assert load_phrases("ar").text("desk.signed-in", name="t.ess (2)").count("\u2068t.ess (2)\u2069") == 1
    assert load_phrases("en").text("desk.signed-in", name="t.ess (2)") == "Signed in: t.ess (2)"


def test_a_moment_in_a_phrase_is_written_by_the_language() -> None:
    when = datetime(2026, 9, 1, 14, 5)
    assert load_phrases("de").text("sign-in.locked", time=when.time()).endswith("14:05")
    assert "٢:٠٥ م" in load_phrases("ar").text("sign-in.locked", time=when.time())
    assert "1 Sept 2026, 14:05" in load_phrases("en").text("sign-in.clock-back", time=when)


def test_a_count_without_its_forms_is_a_bug() -> None:
    with pytest.raises(KeyError):
        load_phrases("en").count("elephants", 2)
