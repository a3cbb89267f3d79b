"""One row per kind of document: its size, where its MRZ and its printed fields stand, what its numbers look like.

To read a new kind, add a row here and a specimen in `kiosk/actor/issuers.py`. Measures in millimetres (ICAO Doc 9303 parts 4-7,
ISO/IEC 7810, ISO/IEC 18013-1); the places of printed fields are taken from published specimens and are wide on purpose: a label beside
a value counts for more than where it stands. The first row that fits counts.
"""

from collections.abc import Sequence
from types import MappingProxyType

from kiosk.document.kind import DateOrder, Kind, Marks, NumberCheck, Place
from kiosk.document.printed import Label
from kiosk.document.reading import DocumentFields, MrzLayout
from kiosk.values import CodeKind

CHARACTER_MM = 2.54
CAPITAL_MM = 2.4

_ANY: frozenset[str] = frozenset()
_CARD_MM = (85.6, 53.98)
_TD1 = (*_CARD_MM, 4.7, 4.0, 5.3, 12.0)
_PLAIN_CARD = (*_CARD_MM, 0.0, 0.0, 0.0, 12.0)
_TD3 = (125.0, 88.0, 6.0, 6.0, 6.35, 10.0)

_EU_FIELDS = MappingProxyType(
    {
        "1": Label.SURNAME, "2": Label.GIVEN, "3": Label.BIRTH, "4A": Label.ISSUE, "4B": Label.EXPIRY, "4C": Label.AUTHORITY,
        "4D": Label.PERSONAL_NUMBER, "5": Label.NUMBER, "8": Label.ADDRESS, "9": Label.OTHER,
    }
)  # fmt: skip
"""Directive 2006/126/EC, annex I."""
_AAMVA_FIELDS = MappingProxyType(
    {
        "1": Label.SURNAME, "2": Label.GIVEN, "3": Label.BIRTH, "4A": Label.ISSUE, "4B": Label.EXPIRY, "4D": Label.NUMBER, "5": Label.OTHER,
        "8": Label.ADDRESS, "9": Label.OTHER, "15": Label.SEX, "16": Label.OTHER, "18": Label.OTHER, "DL": Label.NUMBER,
        "LIC#": Label.NUMBER,
        "LN": Label.SURNAME, "FN": Label.GIVEN, "DOB": Label.BIRTH, "EXP": Label.EXPIRY, "ISS": Label.ISSUE, "SEX": Label.SEX,
        "DD": Label.OTHER, "CLASS": Label.OTHER, "END": Label.OTHER, "RSTR": Label.OTHER, "HGT": Label.OTHER, "WGT": Label.OTHER,
        "EYES": Label.OTHER, "HAIR": Label.OTHER,
    }
)  # fmt: skip
"""AAMVA DL/ID Card Design Standard, annex A, with the words in common use beside its numbers."""
_EU_LICENCE_WORDS = (
    "DRIVING LICENCE", "FUHRERSCHEIN", "PERMIS DE CONDUIRE", "PATENTE DI GUIDA", "PERMISO DE CONDUCCION", "JUHILUBA", "RIJBEWIJS",
    "CARTA DE CONDUCAO", "PRAWO JAZDY", "KOREKORT", "KORKORT", "AJOKORTTI", "VAIRUOTOJO PAZYMEJIMAS", "VADITAJA APLIECIBA", "SOFORLICENC",
    "VEZETOI ENGEDELY", "PERMIS DE CONDUCERE", "RIDICSKY PRUKAZ", "VODICSKY PREUKAZ", "VOZNISKO DOVOLJENJE", "VOZACKA DOZVOLA",
)  # fmt: skip
_AMERICAN_WORDS = (
    "DRIVER LICENSE", "DRIVER'S LICENSE", "DRIVERS LICENSE", "OPERATOR LICENSE", "IDENTIFICATION CARD", "DRIVER'S LICENCE", "USA",
    "FEDERAL LIMITS APPLY", "QUEBEC", "ONTARIO", "BRITISH COLUMBIA", "ALBERTA", "MANITOBA", "SASKATCHEWAN", "NOVA SCOTIA",
    "NEW BRUNSWICK", "NEWFOUNDLAND",
)  # fmt: skip
_LICENCE_WORDS = (*_EU_LICENCE_WORDS, "DRIVER LICENSE", "DRIVER'S LICENSE", "DRIVERS LICENSE", "OPERATOR LICENSE", "DRIVER'S LICENCE")


def _column(left: float, right: float, *rows: tuple[Label, float]) -> tuple[Place, ...]:
    """Return places of values under each other; each value's middle lies within 2.2 mm of the height given."""
    return tuple(Place(label, left, middle - 2.2, right, middle + 2.2) for label, middle in rows)


KINDS: tuple[Kind, ...] = (
    Kind("uto-card", "Utopia specimen card", MrzLayout.TD1, frozenset({"UTO"}), _ANY, *_CARD_MM, 4.7, 3.25, 5.3, 12.0, True,
         number=r"[A-Z]{2}\d{7}"),
    Kind("uto-page", "Utopia specimen page", MrzLayout.TD3, frozenset({"UTO"}), _ANY, 125.0, 88.0, 6.0, 5.1, 6.35, 10.0, True),
    Kind(
        "de-id", "German identity card", MrzLayout.TD1, frozenset({"D"}), frozenset({"ID", "I"}), *_TD1, True,
        number=r"[CFGHJKLMNPRTVWXYZ0-9]{9}", nationality_words=("DEUTSCH",),
        places=(
            Place(Label.NUMBER, 58, 3, 84, 12.5),
            *_column(27, 84, (Label.SURNAME, 15.5), (Label.GIVEN, 22.5), (Label.BIRTHPLACE, 34)),
            *_column(27, 52, (Label.BIRTH, 28.5), (Label.EXPIRY, 39.5)), *_column(53, 84, (Label.NATIONALITY, 28.5)),
            Place(Label.ADDRESS, 4, 3, 42, 20, back=True),
        ),
    ),
    Kind(
        "fr-id", "French identity card", MrzLayout.TD1, frozenset({"FRA"}), frozenset({"ID"}), *_TD1, True,
        number=r"[0-9A-Z]{9}", nationality_words=("FRA", "FRANCAISE"), ghost=(0.78, 0.5, 1.0, 0.85),
        places=(
            *_column(30, 84, (Label.SURNAME, 15), (Label.GIVEN, 21.5), (Label.BIRTHPLACE, 34.5)),
            *_column(30, 40, (Label.SEX, 28.5)), *_column(41, 56, (Label.NATIONALITY, 28.5)), *_column(57, 84, (Label.BIRTH, 28.5)),
            *_column(30, 56, (Label.NUMBER, 47)), *_column(57, 84, (Label.EXPIRY, 47)),
            Place(Label.ADDRESS, 4, 3, 60, 22, back=True),
        ),
    ),
    Kind(
        "it-id", "Italian identity card", MrzLayout.TD1, frozenset({"ITA"}), frozenset({"C", "ID"}), *_TD1, True,
        number=r"C[A-Z]\d{5}[A-Z]{2}", personal_check=NumberCheck.ITALIAN, nationality_words=("ITA", "ITALIANA"),
        places=(
            Place(Label.NUMBER, 62, 1, 85, 10),
            *_column(26, 70, (Label.SURNAME, 18), (Label.GIVEN, 23), (Label.BIRTH, 28.5)),
            *_column(26, 38, (Label.SEX, 33.5)), *_column(50, 70, (Label.NATIONALITY, 33.5)),
            *_column(26, 49, (Label.ISSUE, 38.5)), *_column(50, 70, (Label.EXPIRY, 38.5)),
            Place(Label.ADDRESS, 4, 15, 62, 24, back=True),
        ),
    ),
    Kind(
        "es-id", "Spanish identity card", MrzLayout.TD1, frozenset({"ESP"}), frozenset({"ID"}), *_TD1, True,
        number=r"[A-Z]{3}\d{6}", personal_number=r"(?:\d{8}|[XYZ]\d{7})[A-Z]", personal_check=NumberCheck.SPANISH,
        nationality_words=("ESP", "ESPANOLA"),
        places=(
            *_column(29, 84, (Label.SURNAME, 14), (Label.SURNAME, 18), (Label.GIVEN, 24)),
            *_column(29, 42, (Label.SEX, 29.5)), *_column(43, 60, (Label.NATIONALITY, 29.5)), *_column(61, 84, (Label.BIRTH, 29.5)),
            *_column(29, 50, (Label.NUMBER, 36)), *_column(51, 84, (Label.EXPIRY, 36)), *_column(4, 34, (Label.PERSONAL_NUMBER, 49.5)),
            Place(Label.ADDRESS, 4, 2, 60, 16, back=True),
        ),
    ),
    Kind(
        "ee-id", "Estonian identity card", MrzLayout.TD1, frozenset({"EST"}), frozenset({"ID"}), *_TD1, False,
        number=r"[A-Z]{2}\d{7}", personal_number=r"[1-8]\d{10}", personal_check=NumberCheck.ESTONIAN, nationality_words=("EST",),
        places=(
            *_column(29, 84, (Label.SURNAME, 14.5), (Label.GIVEN, 20.5)),
            *_column(29, 42, (Label.SEX, 26.5)), *_column(43, 60, (Label.NATIONALITY, 26.5)), *_column(61, 84, (Label.BIRTH, 26.5)),
            *_column(29, 52, (Label.PERSONAL_NUMBER, 33)), *_column(53, 84, (Label.NUMBER, 33)), *_column(29, 60, (Label.EXPIRY, 39.5)),
        ),
    ),
    Kind(
        "us-passport-card", "United States passport card", MrzLayout.TD1, frozenset({"USA"}), frozenset({"IP", "C", "I"}), *_TD1, False,
        number=r"C\d{8}", dates=DateOrder.DAY_FIRST, nationality_words=("USA",),
        places=(
            *_column(30, 56, (Label.NATIONALITY, 14)), *_column(57, 85, (Label.NUMBER, 14)),
            *_column(30, 84, (Label.SURNAME, 20), (Label.GIVEN, 26)),
            *_column(30, 40, (Label.SEX, 32)), *_column(41, 62, (Label.BIRTH, 32)),
            *_column(30, 56, (Label.ISSUE, 43)), *_column(57, 84, (Label.EXPIRY, 43)),
        ),
    ),
    Kind("at-id", "Austrian identity card", MrzLayout.TD1, frozenset({"AUT"}), frozenset({"ID"}), *_TD1, True, number=r"[A-Z]{0,2}\d{7,8}"),
    Kind("de-passport", "German passport", MrzLayout.TD3, frozenset({"D"}), _ANY, *_TD3, False,
         number=r"[CFGHJKLMNPRTVWXYZ0-9]{9}", nationality_words=("DEUTSCH",)),
    Kind("us-passport", "United States passport", MrzLayout.TD3, frozenset({"USA"}), _ANY, *_TD3, False, number=r"[A-Z0-9]\d{8}"),
    Kind("gb-passport", "British passport", MrzLayout.TD3, frozenset({"GBR"}), _ANY, *_TD3, False, number=r"\d{9}"),
    Kind("in-passport", "Indian passport", MrzLayout.TD3, frozenset({"IND"}), _ANY, *_TD3, False, number=r"[A-Z]\d{7}"),
    Kind("fr-passport", "French passport", MrzLayout.TD3, frozenset({"FRA"}), _ANY, *_TD3, False, number=r"\d{2}[A-Z]{2}\d{5}"),
    Kind("icao-td1", "ICAO TD1 card", MrzLayout.TD1, _ANY, _ANY, *_TD1, True),
    Kind("icao-td2", "ICAO TD2 card", MrzLayout.TD2, _ANY, _ANY, 105.0, 74.0, 5.0, 6.0, 6.35, 10.0, True),
    Kind(
        "icao-passport", "ICAO TD3 passport", MrzLayout.TD3, _ANY, _ANY, *_TD3, False,
        places=(Place(Label.NUMBER, 85, 6, 124, 20),),
    ),
    Kind("icao-mrva", "ICAO MRV-A visa", MrzLayout.MRV_A, _ANY, _ANY, 120.0, 80.0, 5.0, 6.0, 6.35, 10.0, False),
    Kind("icao-mrvb", "ICAO MRV-B visa", MrzLayout.MRV_B, _ANY, _ANY, 105.0, 74.0, 5.0, 6.0, 6.35, 10.0, False),
    Kind(
        "aamva-licence", "Driving licence or identity card, United States or Canada", None, _ANY, _ANY, *_PLAIN_CARD, True,
        marks=Marks(_AMERICAN_WORDS, (*_LICENCE_WORDS, "IDENTIFICATION CARD"), ("PERMANENT RESIDENT", "PASSPORT")),
        prefixes=_AAMVA_FIELDS, dates=DateOrder.MONTH_FIRST, carries=CodeKind.PDF417, number=r"[A-Z0-9]{4,25}",
    ),
    Kind(
        "eu-licence", "European Union driving licence", None, _ANY, _ANY, *_PLAIN_CARD, False,
        marks=Marks(_EU_LICENCE_WORDS), prefixes=_EU_FIELDS, number=r"[A-Z0-9]{6,20}",
        places=(
            *_column(27, 84, (Label.SURNAME, 12.5), (Label.GIVEN, 17), (Label.BIRTH, 21.5)),
            *_column(27, 50, (Label.ISSUE, 26), (Label.EXPIRY, 30.5)),
            *_column(51, 84, (Label.AUTHORITY, 26), (Label.PERSONAL_NUMBER, 30.5)),
            *_column(27, 84, (Label.NUMBER, 35)),
        ),
    ),
    Kind(
        "in-pan", "Indian PAN card", None, _ANY, _ANY, *_PLAIN_CARD, False, state="IND",
        marks=Marks(("INCOME TAX DEPARTMENT", "INCOMETAXDEPARTMENT", "PERMANENT ACCOUNT NUMBER")),
        number=r"[A-Z]{5}\d{4}[A-Z]", number_check=NumberCheck.PAN, carries=CodeKind.QR, expires=False,
        places=(Place(Label.NUMBER, 26, 16, 62, 27),),
    ),
    Kind(
        "in-aadhaar", "Indian Aadhaar card", None, _ANY, _ANY, *_PLAIN_CARD, True, state="IND",
        marks=Marks(("AADHAAR", "GOVERNMENT OF INDIA", "UNIQUE IDENTIFICATION AUTHORITY"), (), ("INCOME TAX", "PASSPORT", "ELECTION")),
        number=r"[2-9]\d{11}", number_check=NumberCheck.VERHOEFF, carries=CodeKind.QR, expires=False,
        places=(Place(Label.NUMBER, 18, 40, 70, 52), Place(Label.NAME, 26, 10, 70, 19), Place(Label.BIRTH, 26, 18, 70, 26),
                Place(Label.SEX, 26, 25, 70, 31)),
    ),
    Kind(
        "cn-id", "Chinese resident identity card", None, _ANY, _ANY, *_PLAIN_CARD, False, state="CHN",
        number=r"[1-9]\d{16}[\dX]", number_check=NumberCheck.MOD_11_2, dates=DateOrder.YEAR_FIRST, expires=False,
        places=(Place(Label.NUMBER, 24, 41, 84, 52), Place(Label.BIRTH, 14, 17, 52, 26)),
    ),
)  # fmt: skip


def kind_of(layout: MrzLayout, issuer: str, code: str) -> Kind:
    """Return the first row that fits an MRZ; every layout has one for any issuer."""
    for kind in KINDS:
        if kind.layout is layout and (not kind.issuers or issuer in kind.issuers) and (not kind.codes or code in kind.codes):
            return kind
    raise AssertionError(f"no row for {layout}")


def kind_named(code: str) -> Kind:
    """Raises KeyError for a code no row has."""
    for kind in KINDS:
        if kind.code == code:
            return kind
    raise KeyError(code)


def kind_read(fields: DocumentFields) -> Kind:
    """Return the kind of a document that was read."""
    return kind_named(fields.kind) if fields.layout is None else kind_of(fields.layout, fields.issuing_state, fields.document_code)


def kind_of_words(words: Sequence[str]) -> Kind | None:
    """Return the kind whose marks stand on a page without MRZ, None where there is none. words: lines in plain capitals."""
    page = "\n".join(words)
    for kind in KINDS:
        marks = kind.marks
        if not marks.any_of or kind.layout is not None:
            continue
        says = any(mark in page for mark in marks.any_of) and (not marks.and_of or any(mark in page for mark in marks.and_of))
        if says and not any(mark in page for mark in marks.not_of):
            return kind
    return None
