"""What an MRZ says, as the fields of a document: the same whether a camera saw it or a reader typed it."""

from datetime import date

from kiosk.document.mrz import MrzParsed, birth_date, expiry_date
from kiosk.document.reading import DocumentFields
from kiosk.values import Masked


def fields_of(parsed: MrzParsed, kind: str, today: date) -> DocumentFields:
    """Return the MRZ's fields, with nothing of what is printed. kind: code of its row in `kinds`."""
    content = parsed.content
    return DocumentFields(
        layout=content.layout,
        document_code=content.document_code,
        issuing_state=content.issuing_state,
        number=Masked(content.number.replace("<", "")),
        surname=Masked(content.surname),
        given_names=Masked(content.given_names),
        nationality=content.nationality,
        birth_date=Masked(birth_date(content.birth, today)),
        sex=content.sex if content.sex in "MF" else "X",
        expiry_date=expiry_date(content.expiry, today),
        optional=Masked(" ".join(text.replace("<", " ").strip() for text in content.optional if text.strip("<"))),
        printed_name=Masked(None),
        printed_address=Masked(None),
        kind=kind,
    )
