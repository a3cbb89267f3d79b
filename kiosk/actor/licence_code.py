"""The two-dimensional codes of specimen documents: the text of an AAMVA licence in every version of the standard, and the symbols.

The layout of elements is the AAMVA DL/ID Card Design Standard's; the holders are Utopia's and the issuer numbers are real only because
readers tell states by them.
"""

from datetime import date
from typing import Final

import cv2
import numpy as np
import zxingcpp

from kiosk.actor.person import SpecimenPerson
from kiosk.frame import Pixels
from kiosk.values import CodeKind

VERSIONS: Final = tuple(range(1, 11))
"""2000, 2003, 2005, 2009, 2010, 2011, 2012, 2013, 2016, 2020."""
_SYMBOLS: Final = {CodeKind.PDF417: "PDF417", CodeKind.QR: "QRCode", CodeKind.DATA_MATRIX: "DataMatrix"}
"""zxing's names; see `models.code_reader` for why no object of its own is kept."""
_SEX: Final = {"M": "1", "F": "2", "X": "9"}


def licence_text(person: SpecimenPerson, version: int, *, iin: str = "636014", country: str = "USA") -> str:
    """Return what a licence of that version has in its PDF417. Names stand in plain capitals. version: 1 to 10."""
    street, _, town = person.address.partition(", ")
    postal, _, city = town.partition(" ")
    given = person.given_names.split()
    elements = {
        "DAQ": person.number,
        **_names(person.surname, given, version),
        "DBA": _written(person.expires, version, country),
        "DBB": _written(person.birth, version, country),
        "DBD": _written(person.issued, version, country),
        "DBC": person.sex if version == 1 else _SEX[person.sex],
        "DAG": street,
        "DAI": city,
        "DAJ": "CA",
        "DAK": f"{postal:0<9}",
        **({"DCG": country, "DCF": "00000000UTO"} if version > 1 else {}),
        **({"DDE": "N", "DDF": "N", "DDG": "N"} if version > 3 else {}),
    }
    body = "DL" + "\n".join(name + value for name, value in elements.items()) + "\n\r"
    own = "ZC" + "ZCASPECIMEN\n\r"
    head = f"@\n\x1e\rANSI {iin}{version:02d}" + ("" if version == 1 else "01") + "02"
    first = len(head) + 2 * 10
    table = f"DL{first:04d}{len(body):04d}ZC{first + len(body):04d}{len(own):04d}"
    return head + table + body + own


def symbol(content: str, kind: CodeKind, width_px: int, *, columns: int = 12) -> Pixels:
    """Return a code's picture, BGR, black on white with its quiet zone. columns: of a PDF417, data code words across; its
    error correction is of level 5, as the standard recommends."""
    options = f"columns={columns},ecLevel=5" if kind is CodeKind.PDF417 else ""
    code = zxingcpp.create_barcode(content, zxingcpp.barcode_format_from_str(_SYMBOLS[kind]), **({"options": options} if options else {}))
    drawn = np.asarray(code.to_image(scale=4, add_quiet_zones=True))
    gray = cv2.resize(drawn, (width_px, max(1, round(drawn.shape[0] * width_px / drawn.shape[1]))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(np.asarray(gray, np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def _names(surname: str, given: list[str], version: int) -> dict[str, str]:
    match version:
        case 1:
            return {"DAA": ",".join([surname, *given])}
        case 2 | 3:
            return {"DCS": surname, "DCT": ",".join(given)}
        case _:
            return {"DCS": surname, "DAC": given[0], "DAD": " ".join(given[1:]) or "NONE"}


def _written(day: date, version: int, country: str) -> str:
    return f"{day:%Y%m%d}" if version == 1 or country == "CAN" else f"{day:%m%d%Y}"
