"""The customer's paper: it says what it must in every language, and nothing it must not. Its text is read back out of the PDF."""

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from unicodedata import normalize

import pytest

from kiosk.faults import StoreUnavailable
from kiosk.policy import RetentionPolicy
from kiosk.trust.customer_receipt import facts_of
from kiosk.values import StationClass
from tests.vault.specimen import MRZ, record
from ui.phrases import LANGUAGES, load_phrases
from ui.receipt import ReceiptText, receipt_text
from ui.receipt_paper import preview, when_text, write_pdf
from ui.specimen_offices import receipt_facts

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")

PRESENTATION_FORMS = re.compile("[\ufb50-\ufdff\ufe70-\ufeff]")


def text_of(language: str, **facts: bool) -> ReceiptText:
    given = receipt_facts(language, **facts)
    return receipt_text(given, when_text(given.at, language), load_phrases(language))


def read_back(path: Path) -> str:
    """Return the text of a PDF as poppler reads it, letters as they are typed (Arabic without its joined forms)."""
    told = subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], check=True, capture_output=True)
    return normalize("NFKC", told.stdout.decode("utf-8"))


def letters(text: str) -> list[str]:
    """Return the letters of a text in an order that a reader of right-to-left lines cannot change."""
    return sorted(character for character in normalize("NFKC", text) if character.isalnum())


@needs_poppler
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "zh"])
def test_every_sentence_of_the_receipt_is_in_the_pdf(qapp: object, tmp_path: Path, language: str) -> None:
    text = text_of(language)
    write_pdf(text, load_phrases(language), tmp_path / "receipt.pdf")
    found = re.sub(r"\s+", "", read_back(tmp_path / "receipt.pdf"))
    for section in text.sections:
        for said in (section.title, *section.points, *(part for name, value in section.rows for part in (name, value.reveal()))):
            assert re.sub(r"\s+", "", normalize("NFKC", said)) in found


@needs_poppler
@pytest.mark.parametrize("language", ["ar", "hi"])
def test_the_receipt_has_the_letters_of_its_language(qapp: object, tmp_path: Path, language: str) -> None:
    """How Arabic lines are ordered and Hindi marks are placed, readers of PDFs do not agree on; which letters stand there, they do."""
    text = text_of(language)
    write_pdf(text, load_phrases(language), tmp_path / "receipt.pdf")
    script = r"[\u0600-\u06ff]" if language == "ar" else r"[\u0915-\u0939]"
    found = re.findall(script, read_back(tmp_path / "receipt.pdf"))
    wanted = re.findall(script, normalize("NFKC", " ".join((text.title, *(point for one in text.sections for point in one.points)))))
    assert len(wanted) > 400
    missing = len(wanted) - sum(min(found.count(letter), wanted.count(letter)) for letter in set(wanted))
    assert missing <= 0.04 * len(wanted)


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receipt_holds_no_picture_no_biometric_figure_and_no_number_of_the_document(
    qapp: object, tmp_path: Path, language: str
) -> None:
    kept = record()
    facts = facts_of(kept, RetentionPolicy())
    text = receipt_text(facts, when_text(facts.at, language), load_phrases(language))
    path = tmp_path / "receipt.pdf"
    write_pdf(text, load_phrases(language), path)
    raw, found = path.read_bytes(), read_back(path)
    assert b"/Subtype /Image" not in raw
    assert b"/Subtype/Image" not in raw
    listed = subprocess.run(["pdfimages", "-list", str(path)], check=True, capture_output=True).stdout.decode().splitlines()
    assert len(listed) <= 2, "the heading alone"
    assert kept.document.fields is not None
    assert kept.match is not None
    secrets = (kept.document.fields.number.reveal(), "1974", "0.95", "print-1", *(line[:14] for line in MRZ))
    assert [secret for secret in secrets if secret in found] == []


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receipt_is_one_page(qapp: object, tmp_path: Path, language: str) -> None:
    write_pdf(text_of(language), load_phrases(language), tmp_path / "receipt.pdf")
    told = subprocess.run(["pdfinfo", str(tmp_path / "receipt.pdf")], check=True, capture_output=True).stdout.decode()
    assert re.search(r"Pages:\s+1\b", told)
    assert "Eriksson" not in told, "no name in what a file manager shows"


def test_the_receipt_says_whether_a_face_print_is_kept_and_for_how_long_the_rest() -> None:
    with_print, without = (text_of("en", later=later) for later in (True, False))
    assert "At your wish the bank also keeps a face print, to recognise you next time." in with_print.sections[1].points
    assert "No face print is kept anywhere." in without.sections[1].points
    assert without.sections[2].points[0] == "In the branch: 30 days after the bank has confirmed. Then the key to it is destroyed."


def test_only_a_production_stations_receipt_is_valid() -> None:
    from dataclasses import replace

    real = replace(receipt_facts("en"), station_class=StationClass.PRODUCTION)
    assert text_of("en").warning.startswith("NOT VALID")
    assert receipt_text(real, "today", load_phrases("en")).warning == ""


def test_markup_in_a_name_stays_text(qapp: object, tmp_path: Path) -> None:
    from dataclasses import replace

    from kiosk.values import Masked

    given = replace(receipt_facts("en"), holder=Masked("<img src='file:///etc/passwd'>&amp;"))
    text = receipt_text(given, "today", load_phrases("en"))
    write_pdf(text, load_phrases("en"), tmp_path / "receipt.pdf")
    assert b"/Subtype /Image" not in (tmp_path / "receipt.pdf").read_bytes()


def test_a_saved_receipt_is_readable_by_this_account_alone_and_leaves_no_part(qapp: object, tmp_path: Path) -> None:
    write_pdf(text_of("en"), load_phrases("en"), tmp_path / "receipt.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["receipt.pdf"]
    assert (tmp_path / "receipt.pdf").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_said_so(qapp: object, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        write_pdf(text_of("en"), load_phrases("en"), tmp_path / "nowhere" / "receipt.pdf")


def test_the_arabic_page_begins_at_the_right(qapp: object) -> None:
    def ink(language: str) -> tuple[int, int]:
        """Count dark pixels of the headline's lines left and right of the middle."""
        page = preview(text_of(language), load_phrases(language)).convertToFormat(preview(text_of("en"), load_phrases("en")).format())
        middle = page.width() // 2
        dark = [(x < middle) for y in range(60, 110) for x in range(0, page.width(), 2) if page.pixelColor(x, y).lightness() < 100]
        return sum(dark), len(dark) - sum(dark)

    left, right = ink("ar")
    assert right > left
    left, right = ink("en")
    assert left > right


def test_dates_are_written_as_the_language_does() -> None:
    moment = datetime(2026, 5, 4, 9, 30).astimezone()
    assert when_text(moment, "de").startswith("4. Mai 2026, ")
    assert "2026" in when_text(moment, "zh")
