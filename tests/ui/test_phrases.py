"""The words: every code has its phrase in every language, every phrase is used, and no language differs from another."""

import hashlib
import re
from pathlib import Path

import pytest

from kiosk.bank.link import Problem
from kiosk.bank.nowhere import PRACTICE
from kiosk.faults import FAULTS, Fault
from kiosk.outbox import DeliveryState
from kiosk.wire.log_proof import Lie
from kiosk.wire.receipt import RefusalCode
from ui.phrases import LANGUAGES, QUANTITY, RESOURCES, flattened, load_consent, load_phrases, made_whole, own_texts, placeholders
from ui.scenes import Progress, Words
from ui.wording import DELIVERY_PROBLEMS, DELIVERY_STATES, FAMILIES

FAULT_KEYS = {key for fault in (*FAULTS, Fault) for key in (fault.phrase, fault.remedy)}
FAMILY_KEYS = {f"{family}.{member}" for family, members in FAMILIES for member in members}
DECISION_KEYS = {f"{family}.{decision}" for family in ("decided", "recommended") for decision in ("approve", "refer", "decline")}
RESULTS = ("approved", "referred", "declined", "cancelled", "timed-out", "no-consent", "help", "help-taken-over", "could-not-keep")
RESULT_KEYS = {f"result.{result}.{part}" for result in RESULTS for part in ("headline", "next")}
PROGRESS_KEYS = {f"progress.{progress}" for progress in Progress}
COMPOSED_KEYS = FAULT_KEYS | FAMILY_KEYS | DECISION_KEYS | RESULT_KEYS | PROGRESS_KEYS


def keys_written_in_the_code() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "ui").rglob("*.py"))
    return {key for source in sources for key in re.findall(r"[\"']([a-zA-Z][\w.-]*)[\"']", source)}


def plain_texts(language: str) -> dict[str, str]:
    """Without what is counted, whose forms differ by language (`test_locales.py`)."""
    return {key: text for key, text in own_texts(language).items() if not key.startswith(QUANTITY)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_a_person_may_meet_has_its_words(language: str) -> None:
    assert COMPOSED_KEYS - set(own_texts(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_used(language: str) -> None:
    assert set(plain_texts(language)) - COMPOSED_KEYS - keys_written_in_the_code() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases_with_the_same_placeholders(language: str) -> None:
    first, other = plain_texts(LANGUAGES[0]), plain_texts(language)
    assert set(other) == set(first)
    assert {key for key in first if placeholders(first[key]) != placeholders(other[key])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_empty_or_holds_markup(language: str) -> None:
    texts = own_texts(language)
    assert [key for key, text in texts.items() if not text.strip() or re.search(r"</?[a-z]+>", text)] == []


def test_every_language_on_the_disk_is_offered() -> None:
    assert {path.stem for path in (RESOURCES / "phrases").glob("*.toml")} == set(LANGUAGES)
    assert {path.stem for path in (RESOURCES / "consent").glob("*.toml")} == set(LANGUAGES)


def test_every_language_asks_for_the_same_consent() -> None:
    texts = [load_consent(language) for language in LANGUAGES]
    assert {text.version for text in texts} == {texts[0].version}
    assert {tuple(point.icon for point in text.points) for text in texts} == {tuple(point.icon for point in texts[0].points)}


CONSENT_TEXTS = {
    "2026-11-26": "1e2712b7083f1b786e91321869ee3ada701de38f0cf0c566bf2318e8478569d8",
    "2026-11-27": "0022b81b6c9feef616542c679fbea7870ef1e39054fc4e67a773f82e4680fdaa",
    "2026-11-28": "2e600475e11411106de2444d02679b44a66df75ab2c86e983400738e1eb19a01",
}
"""SHA-256 of every word a customer agrees to, in every language, by version. A record says the version alone, so a version means one text
for ever: whoever changes a word, or what can be ticked, raises the version in resources/consent/*.toml and adds a line here; lines of
versions that were shown to customers stay."""


def test_a_consent_text_that_changed_has_another_version() -> None:
    said = hashlib.sha256()
    for language in sorted(LANGUAGES):
        texts = load_phrases(language).texts
        ticked = [texts[key] for key in sorted(texts) if key.startswith("consent.")]
        for words in (language, *(point.text for point in load_consent(language).points), *ticked):
            said.update(words.encode() + b"\0")
    assert CONSENT_TEXTS.get(load_consent("en").version) == said.hexdigest()


def test_the_consent_names_the_four_things_a_customer_must_know() -> None:
    assert [point.icon for point in load_consent("en").points] == ["camera", "face", "lock", "person"]


def test_arabic_runs_right_to_left_and_english_left_to_right() -> None:
    assert load_phrases("ar").right_to_left
    assert not load_phrases("en").right_to_left


def test_the_problems_of_the_bank_link_are_all_named() -> None:
    assert set(DELIVERY_PROBLEMS) == {*(str(code) for codes in (Problem, RefusalCode, Lie) for code in codes), PRACTICE}
    assert set(DELIVERY_STATES) == {str(state) for state in DeliveryState}


def test_words_inside_words_are_put_into_the_language_too() -> None:
    words = Words("reason-about", (("reason", Words("reason.not-live")), ("about", Words("not-live.face-left"))))
    assert load_phrases("en").say(words) == ("The prompts were not followed as a living person would – The face left the picture")


def test_a_key_that_is_not_there_is_a_bug() -> None:
    with pytest.raises(KeyError):
        load_phrases("en").text("welcome.to-nowhere")


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}"])
def test_a_placeholder_without_a_plain_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        flattened({"a": {"b": text}})


def test_a_phrase_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.b is not a text"):
        flattened({"a": {"b": 3}})


def test_a_language_nobody_wrote_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load_phrases("xx")


def test_what_a_translation_lacks_or_says_with_other_placeholders_is_said_in_the_first_language() -> None:
    first = {"a": "Try {number}", "b": "Next", "c": "Done"}
    own = {"a": "Versuch {nummer}", "c": "Fertig", "d": "nobody asks for this"}
    assert made_whole(own, first) == {"a": "Try {number}", "b": "Next", "c": "Fertig"}


def test_every_quantity_is_counted_somewhere() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "ui").rglob("*.py"))
    units = {key.split(".")[1] for key in own_texts("en") if key.startswith(QUANTITY)}
    assert {unit for unit in units if not re.search(rf"count(ed)?\(\"{unit}\"", sources)} == set()
