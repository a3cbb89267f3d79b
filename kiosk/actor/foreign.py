"""Draws the specimens of `issuers`: both sides of a card in a state's layout, with MRZ or code where that kind has one."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from kiosk.actor.issuers import Holder, Issue, Spot, issue_of, slashed
from kiosk.actor.licence_code import licence_text, symbol
from kiosk.actor.person import SpecimenPerson
from kiosk.actor.specimen import INK, PX_PER_MM, Pen, paper, paste_portrait, print_mrz, rounded
from kiosk.document.mrz import MrzContent, format_mrz
from kiosk.document.reading import MrzLayout
from kiosk.document.transliterate import spellings
from kiosk.frame import Pixels
from kiosk.values import CodeKind

CARD_MM: Final = (85.6, 53.98)


@dataclass(frozen=True, slots=True, eq=False)
class ForeignSpecimen:
    """front has the portrait, back the MRZ or the code, where there is one; lines: the MRZ, () without; BGR, PX_PER_MM."""

    kind: str
    holder: Holder
    lines: tuple[str, ...]
    front: Pixels
    back: Pixels | None


def draw_foreign(
    kind: str,
    person: SpecimenPerson,
    portrait: Pixels,
    face_box: tuple[float, float, float, float],
    *,
    mrz_person: SpecimenPerson | None = None,
    code_person: SpecimenPerson | None = None,
    ghost: tuple[Pixels, tuple[float, float, float, float]] | None = None,
) -> ForeignSpecimen:
    """Draw both sides of a specimen.

    ghost: another portrait with its face box for the small second picture, where this kind has one.
    mrz_person, code_person: whom MRZ and code name instead, for tampered ones; portrait, face_box: as `specimen.issue` takes them.
    """
    row = issue_of(kind)
    holder = Holder(person, row.number(person), row.personal(person), row.nationality)
    front = _side(row, row.front, holder)
    paste_portrait(front, portrait, face_box, row.portrait_mm, engraved=kind in ("de-id", "es-id"))
    if row.ghost_mm is not None:
        small, small_box = ghost or (portrait, face_box)
        paste_portrait(front, small, small_box, row.ghost_mm, engraved=False)
    lines = _lines(row, replace(holder, person=mrz_person or person)) if row.state else ()
    back = _back(row, holder, lines, code_person or person) if lines or row.barcode else None
    return ForeignSpecimen(kind, holder, lines, rounded(front), back)


def _lines(row: Issue, holder: Holder) -> tuple[str, ...]:
    person = holder.person
    return format_mrz(
        MrzContent(
            layout=MrzLayout.TD1, document_code=row.code, issuing_state=row.state, number=holder.number,
            surname=spellings(person.surname)[0], given_names=spellings(person.given_names)[0], nationality=row.state,
            birth=f"{person.birth:%y%m%d}", sex=person.sex, expiry=f"{person.expires:%y%m%d}", optional=(holder.personal_number,),
        )
    )  # fmt: skip


def _side(row: Issue, spots: tuple[Spot, ...], holder: Holder) -> Pixels:
    sheet = Image.fromarray(cv2.cvtColor(paper(*CARD_MM, hue=row.hue), cv2.COLOR_BGR2RGB))
    pen = Pen(ImageDraw.Draw(sheet))
    if row.title:
        pen.text(4, 5, row.title, 1.7, (92, 32, 70), bold=True)
    for spot in spots:
        if row.in_line:
            pen.text(spot.x, spot.y, f"{spot.label} {spot.value(holder)}", spot.cap, INK, bold=True)
        elif spot.label:
            pen.labelled(spot.x, spot.y, spot.label, spot.value(holder), spot.cap)
        else:
            pen.text(spot.x, spot.y + 1.45 * spot.cap, spot.value(holder), spot.cap, INK, bold=True)
    pen.text(81, 52.4, "SPECIMEN · UTOPIA", 1.5, (150, 120, 150), bold=True, anchor="rs")
    return np.asarray(cv2.cvtColor(np.asarray(sheet), cv2.COLOR_RGB2BGR), np.uint8).copy()


def _back(row: Issue, holder: Holder, lines: tuple[str, ...], coded: SpecimenPerson) -> Pixels:
    page = _side(replace(row, title=""), row.back, holder)
    if lines:
        sheet = Image.fromarray(cv2.cvtColor(page, cv2.COLOR_BGR2RGB))
        print_mrz(sheet, lines, *CARD_MM)
        page = np.asarray(cv2.cvtColor(np.asarray(sheet), cv2.COLOR_RGB2BGR), np.uint8).copy()
    if row.barcode is not None:
        plain = replace(coded, surname=spellings(coded.surname)[0], given_names=spellings(coded.given_names)[0], number=holder.number)
        wide, at = (72.0, (6.0, 24.0)) if row.barcode is CodeKind.PDF417 else (28.0, (52.0, 10.0))
        content = licence_text(plain, 10) if row.barcode is CodeKind.PDF417 else _aadhaar_text(plain)
        drawn = symbol(content, row.barcode, round(wide * PX_PER_MM), columns=14)
        x, y = (round(value * PX_PER_MM) for value in at)
        page[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    return rounded(page)


def _aadhaar_text(person: SpecimenPerson) -> str:
    number = person.number.replace(" ", "")
    name = f"{person.given_names} {person.surname}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><PrintLetterBarcodeData uid="{number}" name="{name}" gender="{person.sex}" '
        f'yob="{person.birth.year}" dob="{slashed(person.birth)}" vtc="AMAUROT"/>'
    )
