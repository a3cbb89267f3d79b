"""A second document, which the risk policy asked for: is it another one, of the same person? What it shows by itself is judged as the
first is.

It never loosens anything: clean and the same person's, it is the step up that was asked for; else a person looks.
"""

from kiosk.document.reading import DocumentFields


def is_the_same_document(first: DocumentFields, second: DocumentFields) -> bool:
    """Return whether it is the first one shown again: the same number of the same issuer. Without a number nobody can say it is another."""
    number = _bare(second.number.reveal())
    return not number or (first.issuing_state, _bare(first.number.reveal())) == (second.issuing_state, number)


def is_the_same_person(first: DocumentFields, second: DocumentFields) -> bool:
    """Return whether both name one person: the day of birth, the surname, and the given names as far as both have room for them. Case,
    spaces and hyphens do not count; what one of them lacks is not the same."""
    born = first.birth_date.reveal()
    surname = _bare(first.surname.reveal())
    if born is None or second.birth_date.reveal() != born or not surname or _bare(second.surname.reveal()) != surname:
        return False
    shorter, longer = sorted((_bare(first.given_names.reveal()), _bare(second.given_names.reveal())), key=len)
    return bool(shorter) and longer.startswith(shorter)


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
