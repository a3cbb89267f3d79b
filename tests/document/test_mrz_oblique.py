"""Zones on pages held obliquely, bent or turned: found, straightened, read; and how sure a reading is of its parts."""

import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument
from kiosk.document.check_digits import check_digit
from kiosk.document.engines import Engines
from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_confidence import confidence_of, settled_field
from kiosk.document.mrz_decode import RowReading
from kiosk.document.mrz_doubt import settled_doubts
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.mrz_search import search_mrz
from kiosk.document.reading import MrzLayout
from kiosk.imaging.geometry import Gray, gray_of

Issue = Callable[..., SpecimenDocument]


def shown(document: SpecimenDocument) -> Gray:
    return gray_of(photograph(document, random.Random(4), megapixels=1.5))


def keystone(gray: Gray) -> Gray:
    """The page tipped back: its lower edge is half as long again as its upper, so characters lean outwards at both ends."""
    high, wide = gray.shape
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    target = np.array([[0.17 * wide, 0], [0.83 * wide, 0], [wide, high], [0, high]], np.float32)
    return np.asarray(cv2.warpPerspective(gray, cv2.getPerspectiveTransform(source, target), (wide, high), borderValue=(90,)), np.uint8)


def bent(gray: Gray) -> Gray:
    high, wide = gray.shape
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:high, 0:wide])
    sag = (0.022 * high * np.sin(np.pi * x / wide)).astype(np.float32)
    return np.asarray(cv2.remap(gray, x, y + sag, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("disturb", [keystone, bent])
@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD3])
def test_a_zone_on_an_oblique_or_bent_page_is_read_to_the_last_character(
    layout: MrzLayout, disturb: Callable[[Gray], Gray], issued: Issue, engines: Engines
) -> None:
    document = issued(layout, seed=4)
    reading = search_mrz(disturb(shown(document)), engines)
    assert reading is not None
    assert reading.parsed.lines == document.lines
    assert confidence_of(reading).is_regular


@pytest.fixture(scope="module")
def level(issued: Issue, engines: Engines) -> ZoneReading:
    reading = search_mrz(shown(issued(MrzLayout.TD3, seed=4)), engines)
    assert reading is not None
    return reading


def doubting(reading: ZoneReading, line: int, at: int, chance: float, rival: int) -> ZoneReading:
    """Return the reading with one character as unsure as that, and one rival."""
    row = reading.rows[line]
    scores = row.scores.copy()
    scores[at] = -20
    scores[at, "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(row.text[at])] = np.log(chance)
    scores[at, rival] = np.log(1 - chance)
    rows = list(reading.rows)
    rows[line] = replace(row, scores=scores)
    return replace(reading, rows=tuple(rows))


def test_an_unsure_letter_of_a_name_lowers_the_names_and_nothing_else(level: ZoneReading) -> None:
    before, after = confidence_of(level), confidence_of(doubting(level, 0, 6, 0.5, 12))
    assert after.names == pytest.approx(0.5, abs=0.01)
    assert (after.checked, after.rest) == (before.checked, before.rest)


def test_an_unsure_digit_under_a_check_digit_lowers_what_is_checked(level: ZoneReading) -> None:
    assert confidence_of(doubting(level, 1, 14, 0.6, 3)).checked == pytest.approx(0.6, abs=0.01)


def test_a_row_that_begins_a_character_away_from_its_neighbour_is_not_regular(level: ZoneReading) -> None:
    assert not confidence_of(replace(level, ends=level.ends + np.array([[0.0, 0.0], [1.0, 1.0]]))).is_regular


def test_one_doubtful_digit_is_settled_by_check_digits_and_said_so(level: ZoneReading) -> None:
    line, at = 1, 14
    right = level.rows[line].text[at]
    wrong = str((int(right) + 1) % 10)
    text = level.rows[line].text[:at] + wrong + level.rows[line].text[at + 1 :]
    rows = (level.rows[0], replace(level.rows[line], text=text))
    misread = doubting(replace(level, rows=rows, parsed=_parsed(rows)), line, at, 0.6, 1 + int(right))
    assert not misread.parsed.all_fit
    settled = settled_doubts(misread)
    assert settled.parsed.lines == level.parsed.lines
    assert settled_field(settled) == "birth_date"
    assert settled_field(level) is None


@pytest.mark.parametrize(("rival", "vouched"), [("O", True), ("7", False)])
def test_check_digits_vouch_for_a_figure_against_the_letter_of_its_shape_and_for_no_other(
    level: ZoneReading, rival: str, vouched: bool
) -> None:
    right = level.rows[1].text[:4] + "0" + level.rows[1].text[5:]
    right = right[:9] + check_digit(right[:9]) + right[10:43]
    right += check_digit(right[:10] + right[13:20] + right[21:43])
    row = replace(level.rows[1], text=right, scores=_sure_of(right))
    wrong = replace(level, rows=(level.rows[0], replace(row, text=right[:4] + rival + right[5:])))
    misread = doubting(replace(wrong, parsed=_parsed(wrong.rows)), 1, 4, 0.8, ALPHABET.index("0"))
    settled = settled_doubts(misread)
    assert settled.parsed.lines[1] == right
    assert settled_field(settled) == "number"
    assert (confidence_of(settled).checked > 0.9) == vouched
    assert confidence_of(settled).checked == pytest.approx(0.96 if vouched else 0.2, abs=0.01)


def test_an_open_look_alike_that_fits_as_read_is_surer_for_it_and_two_are_not(level: ZoneReading) -> None:
    at = next(at for at in range(13, 19) if level.rows[1].text[at] in "01258")
    letter = dict(zip("01258", "OIZSB", strict=True))[level.rows[1].text[at]]
    one = doubting(level, 1, at, 0.6, ALPHABET.index(letter))
    assert settled_doubts(one).settled is None
    assert confidence_of(settled_doubts(one)).checked > 0.95
    other = next(other for other in range(at + 1, 27) if level.rows[1].text[other] in "01258" and other not in (19, 20))
    letter = dict(zip("01258", "OIZSB", strict=True))[level.rows[1].text[other]]
    assert confidence_of(settled_doubts(doubting(one, 1, other, 0.6, ALPHABET.index(letter)))).checked < 0.7


def _sure_of(text: str) -> np.ndarray:
    scores = np.full((len(text), len(ALPHABET)), -20, np.float32)
    scores[np.arange(len(text)), [ALPHABET.index(c) for c in text]] = 0
    return scores


def test_two_wrong_digits_are_left_as_they_were_read(level: ZoneReading) -> None:
    row = level.rows[1]
    text = row.text
    misread = level
    for at in (14, 22):
        wrong = str((int(text[at]) + 1) % 10)
        misread = replace(misread, rows=(misread.rows[0], replace(misread.rows[1], text=text[:at] + wrong + text[at + 1 :])))
        misread = doubting(misread, 1, at, 0.6, 1 + int(row.text[at]))
        text = misread.rows[1].text
    misread = replace(misread, parsed=_parsed(misread.rows))
    assert settled_doubts(misread).parsed.lines == misread.parsed.lines
    assert settled_doubts(misread).settled is None


@pytest.mark.parametrize(("rival", "is_settled"), [(0.12, True), (0.3, False)])
def test_of_two_exchanges_that_fit_the_one_the_picture_speaks_for_is_taken(level: ZoneReading, rival: float, is_settled: bool) -> None:
    """Places 14 and 17 of a passport's second line weigh the same in both check digits over them: one more here is one less there."""
    text = level.rows[1].text
    wrong = text[:14] + str((int(text[14]) + 1) % 10) + text[15:]
    rows = (level.rows[0], replace(level.rows[1], text=wrong))
    misread = doubting(replace(level, rows=rows, parsed=_parsed(rows)), 1, 14, 0.65, 1 + int(text[14]))
    misread = doubting(misread, 1, 17, 1 - rival, 1 + (int(text[17]) - 1) % 10)
    assert (settled_doubts(misread).parsed.lines == level.parsed.lines) == is_settled


def _parsed(rows: tuple[RowReading, ...]) -> MrzParsed:
    parsed = parse(tuple(row.text for row in rows))
    assert isinstance(parsed, MrzParsed)
    return parsed


def test_an_old_french_card_is_read_in_its_own_form(engines: Engines) -> None:
    lines = ("IDFRAUTOPIENNE<<<<<<<<<<<<<<<<059012", "9012593456781CLAIRE<<LUCIE<8507147F4")
    card = Image.new("L", (1050, 740), 214)
    font = ImageFont.truetype("/usr/share/fonts/opentype/ocr-b/OCRB.otf", 36)
    for i, line in enumerate(lines):
        ImageDraw.Draw(card).text((60, 560 + 62 * i), line, fill=40, font=font)
    seen = np.full((1100, 1500), 90, np.uint8)
    seen[180:920, 225:1275] = np.asarray(card)
    reading = search_mrz(np.asarray(cv2.GaussianBlur(seen, (0, 0), 1.2), np.uint8), engines)
    assert reading is not None
    assert reading.parsed.lines == lines
    assert (reading.parsed.content.form, reading.parsed.all_fit) == ("old-french", True)
