"""What a kind of document lets one check beyond its MRZ: the form of its numbers, sex, nationality and the day of issue."""

import re
from datetime import date

from kiosk.document.kind import Kind, NumberCheck
from kiosk.document.national_numbers import born, fits, sex_of
from kiosk.document.reading import DocumentFields, Finding, FindingCode, Weight
from kiosk.document.viz import PrintedFields
from kiosk.values import Masked

FORM_SURE = 0.9
"""A number of another form is nearly always another kind of document or a forgery; specimens and new series differ too."""


def of_kind(kind: Kind, fields: DocumentFields, printed: PrintedFields, today: date) -> tuple[Finding, ...]:
    """Return what this kind of document lets one check beside its MRZ. fields: of the MRZ; printed: what its print says."""
    birth = fields.birth_date.reveal()
    return (
        *number_format(kind, fields.number.reveal()),
        *personal_number(kind, (fields.optional.reveal(), printed.personal_number), birth, fields.sex),
        *sex_printed(fields.sex, printed.sex),
        *nationality_printed(fields.nationality, printed.nationality),
        *issue_day(printed.issued, fields.expiry_date, birth, today),
    )


def number_format(kind: Kind, number: str) -> tuple[Finding, ...]:
    """Return whether the number has the form this kind's numbers have; nothing where no form is known."""
    if not kind.number or not number:
        return ()
    right = re.fullmatch(kind.number, number) is not None and fits(number, kind.number_check)
    return (Finding(FindingCode.NUMBER_FORMAT, Weight.AGREES if right else Weight.DOUBTS, "number", FORM_SURE, Masked(number)),)


def personal_number(kind: Kind, candidates: tuple[str, ...], birth: date | None, sex: str) -> tuple[Finding, ...]:
    """Return whether a personal number carries its right check and tells the birth and sex the document tells.

    candidates: texts in which the number may stand, first hit counts: the MRZ's optional data, the printed number.
    """
    check = kind.personal_check if kind.personal_check is not NumberCheck.NONE else kind.number_check
    form = kind.personal_number or kind.number
    if check is NumberCheck.NONE or not form:
        return ()
    number = next((match.group(0) for text in candidates if (match := re.search(rf"(?<![A-Z0-9]){form}(?![A-Z0-9])", text))), "")
    if not number:
        return ()
    told_birth, told_sex = born(number, check), sex_of(number, check)
    if not fits(number, check):
        return (Finding(FindingCode.PERSONAL_NUMBER, Weight.DOUBTS, "personal_number", FORM_SURE, Masked(number)),)
    differs = (told_birth and birth and told_birth != birth) or (told_sex and sex in "MF" and sex and told_sex != sex)
    weight = Weight.CONTRADICTS if differs else Weight.AGREES
    return (Finding(FindingCode.PERSONAL_NUMBER, weight, "personal_number", FORM_SURE, Masked(number)),)


def pan_initial(kind: Kind, number: str, name: str) -> tuple[Finding, ...]:
    """Return whether the fifth letter of a PAN begins a word of the holder's name, as it must begin the surname. name: MRZ letters."""
    if kind.number_check is not NumberCheck.PAN or not fits(number, kind.number_check) or not name.strip():
        return ()
    right = any(word.startswith(number[4]) for word in name.split())
    return (Finding(FindingCode.PERSONAL_NUMBER, Weight.AGREES if right else Weight.DOUBTS, "surname", FORM_SURE, Masked(number)),)


def sex_printed(stated: str, printed: str) -> tuple[Finding, ...]:
    """stated: M, F or X of the MRZ; printed: likewise, empty where not seen."""
    if not printed or stated not in ("M", "F"):
        return ()
    weight = Weight.AGREES if stated == printed else Weight.DOUBTS
    return (Finding(FindingCode.SEX_PRINTED, weight, "sex", 0.9, Masked(printed)),)


def nationality_printed(stated: str, printed: str) -> tuple[Finding, ...]:
    """stated, printed: three-letter codes (`D` for Germany); printed empty where not seen."""
    if not printed or not stated:
        return ()
    one = {"D": "DEU"}
    weight = Weight.AGREES if one.get(stated, stated) == one.get(printed, printed) else Weight.DOUBTS
    return (Finding(FindingCode.NATIONALITY_PRINTED, weight, "nationality", 0.9, Masked(printed)),)


def issue_day(issued: date | None, expiry: date | None, birth: date | None, today: date) -> tuple[Finding, ...]:
    """Return whether the day of issue has come, lies after the birth and before the expiry; nothing where none was read."""
    if issued is None:
        return ()
    seen = Masked(issued.isoformat())
    if issued > today:
        return (Finding(FindingCode.NOT_YET_ISSUED, Weight.CONTRADICTS, "issue_date", 0.9, seen),)
    impossible = (expiry is not None and issued >= expiry) or (birth is not None and issued < birth)
    return (Finding(FindingCode.NOT_YET_ISSUED, Weight.DOUBTS if impossible else Weight.AGREES, "issue_date", 0.9, seen),)
