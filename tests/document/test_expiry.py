"""What a check says of an MRZ whose expiry cannot be read."""

from datetime import date

import pytest

from kiosk.document.check_digits import check_digit
from kiosk.document.crosscheck import cross_check
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.reading import Finding, FindingCode, Weight

TODAY = date(2026, 7, 1)


def passport_expiring(expiry: str) -> MrzParsed:
    """The specimen passport of ICAO Doc 9303 part 4 with another expiry, its check digits computed anew."""
    number, birth, optional = "L898902C3" + "6", "740812" + "2", "ZE184226B<<<<<1"
    expires = expiry + str(check_digit(expiry))
    composite = str(check_digit(number + birth + expires + optional))
    parsed = parse(("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", number + "UTO" + birth + "F" + expires + optional + composite))
    assert isinstance(parsed, MrzParsed)
    assert all(check.fits for check in parsed.checks)
    return parsed


@pytest.mark.parametrize(
    ("expiry", "weight"),
    [
        ("<<<<<<", Weight.DOUBTS),
        ("280231", Weight.DOUBTS),
        ("281399", Weight.DOUBTS),
        ("260630", Weight.DOUBTS),
        ("260701", Weight.AGREES),
        ("300415", Weight.AGREES),
    ],
)
def test_a_document_is_in_force_only_where_its_expiry_is_read_and_not_past(expiry: str, weight: Weight) -> None:
    findings = [f for f in cross_check(passport_expiring(expiry), (), TODAY) if f.code is FindingCode.EXPIRED]
    assert findings == [Finding(FindingCode.EXPIRED, weight, "expiry_date")]
