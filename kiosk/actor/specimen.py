"""Specimen documents of the fictional state Utopia (UTO): identity cards, passports and visas that belong to nobody.

Sizes follow ICAO Doc 9303 (TD1 85.60 x 53.98 mm, TD2 and MRV-B 105 x 74, TD3 125 x 88, MRV-A 120 x 80); the machine-readable zone
is set in OCR-B, ten characters to the inch. Every page says SPECIMEN. Colours, guilloches and the shiny mark are decoration:
they protect nothing and imitate no real state's document.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, assert_never

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kiosk.actor.person import SpecimenPerson, mrz_lines
from kiosk.document.check_digits import check_digit
from kiosk.document.reading import MrzLayout
from kiosk.frame import Pixels

PX_PER_MM: Final = 20
"""Print resolution of a drawn page: about 500 dots per inch."""

PAGE_MM: Final[dict[MrzLayout, tuple[float, float]]] = {
    MrzLayout.TD1: (85.60, 53.98),
    MrzLayout.TD2: (105.0, 74.0),
    MrzLayout.TD3: (125.0, 88.0),
    MrzLayout.MRV_A: (120.0, 80.0),
    MrzLayout.MRV_B: (105.0, 74.0),
}

_OCR_B: Final = "OCRB.otf"
_TEXT: Final = "DejaVuSans.ttf"
_BOLD: Final = "DejaVuSans-Bold.ttf"
INK = (38, 30, 46)
_LABEL = (92, 84, 120)


class Tampering(StrEnum):
    """What was done to the document after issue, or nothing."""

    NONE = "none"
    MRZ_BIRTH = "mrz-birth"
    """Another birth year in the MRZ, its check digits computed anew: only the comparison with the print tells."""
    MRZ_NUMBER = "mrz-number"
    """Another number in the MRZ, likewise."""
    WRONG_CHECK_DIGIT = "wrong-check-digit"
    """One digit of the number altered in the MRZ and its check digit left alone."""


@dataclass(frozen=True, slots=True, eq=False)
class SpecimenDocument:
    """A drawn document. face: the page with the portrait, BGR, PX_PER_MM; reverse: the other side of a true two-sided TD1.

    lines: the MRZ as printed (on `face`, or on `reverse` where there is one); person: as printed in words.
    """

    layout: MrzLayout
    person: SpecimenPerson
    lines: tuple[str, ...]
    tampering: Tampering
    face: Pixels
    reverse: Pixels | None = None


def issue(
    person: SpecimenPerson,
    layout: MrzLayout,
    portrait: Pixels,
    face_box: tuple[float, float, float, float],
    *,
    tampering: Tampering = Tampering.NONE,
    two_sided: bool = False,
) -> SpecimenDocument:
    """Draw a document.

    portrait: BGR picture of the holder; face_box: (x0, y0, x1, y1) of the face in it, forehead to chin, cheek to cheek.
    two_sided: TD1 only, MRZ on the reverse as ICAO has it; otherwise the card carries everything on one side.
    """
    if two_sided and layout is not MrzLayout.TD1:
        raise ValueError("only a TD1 card has two sides")
    lines = _tamper(person, layout, tampering)
    if two_sided:
        face = _draw_card(person, layout, (), portrait, face_box)
        return SpecimenDocument(layout, person, lines, tampering, face, _draw_reverse(person, lines))
    return SpecimenDocument(layout, person, lines, tampering, _draw_card(person, layout, lines, portrait, face_box))


def expired(person: SpecimenPerson, on: date) -> SpecimenPerson:
    """Return the same person with a document that ran out the year before."""
    gone = date(on.year - 1, person.expires.month, min(person.expires.day, 28))
    return replace(person, issued=date(gone.year - 10, gone.month, gone.day), expires=gone)


def _tamper(person: SpecimenPerson, layout: MrzLayout, tampering: Tampering) -> tuple[str, ...]:
    match tampering:
        case Tampering.NONE:
            return mrz_lines(person, layout)
        case Tampering.MRZ_BIRTH:
            return mrz_lines(replace(person, birth=person.birth.replace(year=person.birth.year - 7, day=17)), layout)
        case Tampering.MRZ_NUMBER:
            return mrz_lines(replace(person, number=person.number[:5] + _other_digits(person.number[5:])), layout)
        case Tampering.WRONG_CHECK_DIGIT:
            lines = list(mrz_lines(person, layout))
            row, at = (0, 5) if layout is MrzLayout.TD1 else (1, 0)
            number = person.number[:8] + _other_digits(person.number[8:])
            lines[row] = lines[row][:at] + number + lines[row][at + 9 :]
            if check_digit(number) == lines[row][at + 9]:
                raise AssertionError("the altered digit must not fit")
            return tuple(lines)
        case _:
            assert_never(tampering)


def _other_digits(digits: str) -> str:
    return "".join(str((int(d) + 3) % 10) if d.isdigit() else d for d in digits)


def _draw_card(
    person: SpecimenPerson,
    layout: MrzLayout,
    lines: tuple[str, ...],
    portrait: Pixels,
    face_box: tuple[float, float, float, float],
) -> Pixels:
    width_mm, height_mm = PAGE_MM[layout]
    page = paper(width_mm, height_mm, hue=_HUES[layout])
    sheet = Image.fromarray(cv2.cvtColor(page, cv2.COLOR_BGR2RGB))
    pen = Pen(ImageDraw.Draw(sheet))
    _head(pen, layout, width_mm)
    picture_mm = _PORTRAIT_MM[layout]
    _fields(pen, person, layout, picture_mm, width_mm)
    # right of the short lines at the top: nothing a reader wants is ever crossed
    pen.text(width_mm - 4, picture_mm[1] + 4.6, "SPECIMEN · UTOPIA", 1.9, (150, 120, 150), bold=True, anchor="rs")
    if lines:
        print_mrz(sheet, lines, width_mm, height_mm)
    drawn = np.asarray(cv2.cvtColor(np.asarray(sheet), cv2.COLOR_RGB2BGR), np.uint8)
    paste_portrait(drawn, portrait, face_box, picture_mm, engraved=layout is MrzLayout.TD1)
    _shine(drawn, picture_mm)
    return rounded(drawn) if layout is MrzLayout.TD1 else drawn


def _draw_reverse(person: SpecimenPerson, lines: tuple[str, ...]) -> Pixels:
    width_mm, height_mm = PAGE_MM[MrzLayout.TD1]
    sheet = Image.fromarray(cv2.cvtColor(paper(width_mm, height_mm, hue=_HUES[MrzLayout.TD1]), cv2.COLOR_BGR2RGB))
    pen = Pen(ImageDraw.Draw(sheet))
    pen.text(4, 7, "UTOPIA · IDENTITY CARD", 2.8, INK, bold=True)
    pen.labelled(4, 11.5, "Address / Loĝloko", person.address, 2.2)
    pen.labelled(4, 18.5, "Issued / Eldonita", _written(person.issued), 2.2)
    pen.text(width_mm - 4, 25.5, "SPECIMEN · UTOPIA", 2.2, (150, 120, 150), bold=True, anchor="rs")
    print_mrz(sheet, lines, width_mm, height_mm)
    return rounded(np.asarray(cv2.cvtColor(np.asarray(sheet), cv2.COLOR_RGB2BGR), np.uint8))


_HUES: Final[dict[MrzLayout, float]] = {
    MrzLayout.TD1: 0.58,
    MrzLayout.TD2: 0.40,
    MrzLayout.TD3: 0.92,
    MrzLayout.MRV_A: 0.12,
    MrzLayout.MRV_B: 0.30,
}
_PORTRAIT_MM: Final[dict[MrzLayout, tuple[float, float, float, float]]] = {
    # left, top, width, height
    MrzLayout.TD1: (4.0, 8.2, 19.5, 24.5),
    MrzLayout.TD2: (5.0, 12.0, 27.0, 34.0),
    MrzLayout.TD3: (5.5, 16.0, 33.0, 42.0),
    MrzLayout.MRV_A: (5.0, 13.0, 29.0, 37.0),
    MrzLayout.MRV_B: (5.0, 12.0, 27.0, 33.0),
}
_TITLES: Final[dict[MrzLayout, str]] = {
    MrzLayout.TD1: "IDENTITY CARD · IDENTIGA KARTO",
    MrzLayout.TD2: "IDENTITY CARD · IDENTIGA KARTO",
    MrzLayout.TD3: "PASSPORT · PASPORTO",
    MrzLayout.MRV_A: "VISA · VIZO",
    MrzLayout.MRV_B: "VISA · VIZO",
}


_GUILLOCHES: Final = ((2.6, 23.0, 1.1, 0.0, 13), (4.1, 37.0, 1.35, 1.3, 11), (1.7, 11.0, 2.3, 0.4, 9))
"""Wave lines of the paper: amplitude, wavelength and pitch in mm, phase in radians, strength in gray levels."""


class Pen:
    """Writes text in millimetres."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def text(
        self,
        x_mm: float,
        y_mm: float,
        words: str,
        cap_mm: float,
        ink: tuple[int, int, int],
        *,
        bold: bool = False,
        anchor: str = "ls",
    ) -> None:
        """Write words with their baseline at y_mm; cap_mm is the height of a capital."""
        face = font(_BOLD if bold else _TEXT, round(cap_mm * PX_PER_MM / 0.73))
        self._draw.text((x_mm * PX_PER_MM, y_mm * PX_PER_MM), words, font=face, fill=ink, anchor=anchor)

    def labelled(self, x_mm: float, y_mm: float, label: str, words: str, cap_mm: float) -> None:
        """A small label with its value under it; y_mm is the label's baseline."""
        self.text(x_mm, y_mm, label, 0.55 * cap_mm, _LABEL)
        self.text(x_mm, y_mm + 1.45 * cap_mm, words, cap_mm, INK, bold=True)


def _head(pen: Pen, layout: MrzLayout, width_mm: float) -> None:
    size = 2.0 if layout is MrzLayout.TD1 else 2.8
    top = 6.2 if layout is MrzLayout.TD1 else 8.5
    pen.text(4, top, "UTOPIA", 1.25 * size, (92, 32, 70), bold=True)
    pen.text(width_mm - 4, top, _TITLES[layout], 0.8 * size, (92, 32, 70), bold=True, anchor="rs")


def _fields(
    pen: Pen,
    person: SpecimenPerson,
    layout: MrzLayout,
    picture_mm: tuple[float, float, float, float],
    width_mm: float,
) -> None:
    left = picture_mm[0] + picture_mm[2] + 3.0
    small = layout is MrzLayout.TD1
    cap = 1.55 if small else 2.1
    step = 4.75 if small else 7.4
    columns = (left, left + (width_mm - left - 4) * 0.36, left + (width_mm - left - 4) * 0.68)
    y = picture_mm[1] + 1.6
    pen.labelled(columns[0], y, "Surname / Familia nomo", person.surname, cap)
    pen.labelled(columns[0], y + step, "Given names / Antaŭnomoj", person.given_names, cap)
    y += 2 * step
    pen.labelled(columns[0], y, "No. / N-ro", person.number, cap)
    pen.labelled(columns[1], y, "Nationality / Civitaneco", person.nationality, cap)
    pen.labelled(columns[2], y, "Sex / Sekso", person.sex, cap)
    y += step
    pen.labelled(columns[0], y, "Birth / Naskiĝo", _written(person.birth), cap)
    pen.labelled(columns[1], y, "Issued / Eldonita", _written(person.issued), cap)
    pen.labelled(columns[2], y, "Expires / Valida ĝis", _written(person.expires), cap)
    pen.labelled(columns[0], y + step, "Address / Loĝloko", person.address, 0.85 * cap)


def _written(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def print_mrz(sheet: Image.Image, lines: tuple[str, ...], width_mm: float, height_mm: float) -> None:
    """Print the machine-readable zone: white-ish band, OCR-B, 2.54 mm to a character."""
    zone = 19.5 if len(lines) == 3 else 19.0
    line_mm = 5.3 if len(lines) == 3 else 6.35
    pen = ImageDraw.Draw(sheet, "RGBA")
    band = (0.0, (height_mm - zone) * PX_PER_MM, width_mm * PX_PER_MM, height_mm * PX_PER_MM)
    pen.rectangle(band, fill=(250, 250, 250, 150))
    face = font(_OCR_B, ocr_b_size())
    first_baseline = height_mm - zone + (zone - line_mm * (len(lines) - 1)) / 2 + 1.2
    left = (width_mm - 2.54 * len(lines[0])) / 2 if len(lines) == 3 else 6.0 if width_mm > 110 else 5.0
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            place = ((left + 2.54 * (column + 0.5)) * PX_PER_MM, (first_baseline + row * line_mm) * PX_PER_MM)
            pen.text(place, character, font=face, fill=(18, 18, 22), anchor="ms")


@lru_cache(maxsize=64)
def font(name: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file(name)), size_px)


@lru_cache(maxsize=8)
def _font_file(name: str) -> Path:
    # the same folders that set-up looks in (packaging/setup_steps/system_packages.py)
    own = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    for folder in (own / "fonts", Path.home() / ".fonts", *(Path(place) / "fonts" for place in shared if place)):
        found = next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
        if found is not None:
            return found
    raise FileNotFoundError(f"the font {name} is not installed: run python3 packaging/bootstrap.py setup")


@lru_cache(maxsize=1)
def ocr_b_size() -> int:
    """Size at which ten characters fill an inch."""
    return round(100 * 2.54 * PX_PER_MM / font(_OCR_B, 100).getlength("<"))


def paper(width_mm: float, height_mm: float, hue: float) -> Pixels:
    """Draw a light background of woven wave lines; the same for every document of a kind."""
    size = (round(width_mm * PX_PER_MM), round(height_mm * PX_PER_MM))
    per_mm = PX_PER_MM / 2
    y, x = np.mgrid[0 : size[1] // 2, 0 : size[0] // 2].astype(np.float32) / per_mm
    hsv = np.empty((*x.shape, 3), np.float32)
    hsv[..., 0] = (hue * 360 + 26 * np.sin(x / width_mm * 3.1) + 14 * np.sin(y / height_mm * 4.0)) % 360
    hsv[..., 1] = 0.10 + 0.05 * np.sin(x / 13 + y / 17)
    hsv[..., 2] = 0.965
    paper = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR) * 255
    for amplitude, wavelength, pitch, phase, strength in _GUILLOCHES:
        wave = y + amplitude * np.sin(2 * np.pi * x / wavelength + phase) + 0.6 * np.sin(2 * np.pi * x / 7.7 + y / 5)
        line = np.clip(1 - np.abs((wave / pitch) % 1 - 0.5) * 9, 0, 1)
        paper -= (line * strength)[..., None] * np.array([0.6, 1.0, 0.9], np.float32)
    cx, cy = 0.78 * width_mm, 0.42 * height_mm
    radius, angle = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    petals = np.clip(1 - np.abs((radius / 1.4 + 0.8 * np.sin(9 * angle)) % 1 - 0.5) * 8, 0, 1)
    rose = petals * np.clip(1 - radius / (0.32 * height_mm), 0, 1)
    paper -= (rose * 22)[..., None] * np.array([0.5, 0.7, 1.0], np.float32)
    drawn = np.asarray(np.clip(paper, 0, 255), np.uint8)
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def paste_portrait(
    page: NDArray[np.uint8],
    portrait: Pixels,
    face_box: tuple[float, float, float, float],
    picture_mm: tuple[float, float, float, float],
    *,
    engraved: bool,
) -> None:
    """Print the holder's picture: tighter crop than a camera sees, dye print or gray laser engraving, through a JPEG."""
    x, y, w, h = (round(v * PX_PER_MM) for v in picture_mm)
    x0, y0, x1, y1 = face_box
    scale = 0.60 * w / (x1 - x0)
    matrix = np.array([[scale, 0, w / 2 - scale * (x0 + x1) / 2], [0, scale, 0.54 * h - scale * (y0 + y1) / 2]], np.float64)
    picture = cv2.warpAffine(portrait, matrix, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    quality = 62 if engraved else 78
    packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    printed = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    toned = _engrave(printed) if engraved else _dye_print(printed)
    fade = _fade(h, w)[..., None]
    under = page[y : y + h, x : x + w].astype(np.float32)
    page[y : y + h, x : x + w] = np.clip(toned * fade + under * (1 - fade), 0, 255).astype(np.uint8)


def _engrave(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    gray = np.clip((gray - 128) * 0.92 + 138, 0, 255)
    rows, columns = np.mgrid[0 : gray.shape[0], 0 : gray.shape[1]].astype(np.float32)
    dots = np.sin(2 * np.pi * (columns + rows) / 3.3) * np.sin(2 * np.pi * (columns - rows) / 3.3)
    gray += 9 * dots
    return np.asarray(np.repeat(gray[..., None], 3, axis=2) * np.array([1.0, 0.985, 0.97], np.float32), np.float32)


def _dye_print(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    warm = picture.astype(np.float32) * np.array([0.90, 0.95, 1.0], np.float32)
    return np.asarray(np.clip((warm - 120) * 0.88 + 130, 0, 255), np.float32)


def _fade(height: int, width: int) -> NDArray[np.float32]:
    """Soft edges, so that the picture melts into the page."""
    rows = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None]
    columns = np.minimum(np.arange(width), np.arange(width)[::-1])[None]
    return np.asarray(np.clip(np.minimum(rows, columns) / (0.03 * width), 0, 1), np.float32)


def _shine(page: NDArray[np.uint8], picture_mm: tuple[float, float, float, float]) -> None:
    """A faint rainbow rosette over a corner of the portrait, where real documents carry a hologram; clear of the face."""
    x, y, w, h = (v * PX_PER_MM for v in picture_mm)
    radius = 0.24 * w
    cx, cy = int(x + 0.97 * w), int(y + 0.93 * h)
    x0, y0, x1, y1 = int(cx - radius), int(cy - radius), int(cx + radius), int(cy + radius)
    rows, columns = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    r, angle = np.hypot(columns - cx, rows - cy) / radius, np.arctan2(rows - cy, columns - cx)
    hsv = np.dstack([np.degrees(angle) % 360, np.full_like(r, 0.55), np.full_like(r, 1.0)]).astype(np.float32)
    colours = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR) * 255
    star = np.clip(0.45 + 0.35 * np.cos(8 * angle + 6 * r), 0, 1) * np.clip((1 - r) * 4, 0, 1) * 0.5
    patch = page[y0:y1, x0:x1]
    page[y0:y1, x0:x1] = (patch * (1 - star[..., None]) + colours * star[..., None]).astype(np.uint8)


def rounded(page: NDArray[np.uint8]) -> Pixels:
    """Round the corners of a card (ISO/IEC 7810: 3.18 mm); outside the corner the page is black."""
    height, width = page.shape[:2]
    mask = card_mask(width, height)
    return np.asarray(cv2.bitwise_and(page, page, mask=mask), np.uint8)


def card_mask(width: int, height: int) -> NDArray[np.uint8]:
    """Return 255 where an ID-1 card of that size in pixels has plastic, 0 outside its round corners."""
    radius = round(3.18 / 85.6 * width)
    mask = np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (radius, 0), (width - radius - 1, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - radius - 1), 255, -1)
    for cx in (radius, width - radius - 1):
        for cy in (radius, height - radius - 1):
            cv2.circle(mask, (cx, cy), radius, 255, -1, cv2.LINE_AA)
    return mask
