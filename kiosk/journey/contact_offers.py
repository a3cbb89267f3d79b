"""What saves a customer typing: the dialling code of their document's state, and ends of an e-mail address they may mean. PURE.

Everything offered is a guess that one touch takes: nothing is filled in that the customer did not touch, but for the dialling code, which
counts as nothing typed. A guess is made from the name on the document and from what was typed; nobody is looked up.
"""

import unicodedata
from typing import Final

from kiosk.journey.contact import ContactDraft, ContactField, Typed, check

MOST_OFFERED: Final = 4
DIALLING: Final = {
    "ARE": "971", "ARG": "54", "AUS": "61", "AUT": "43", "BEL": "32", "BGD": "880", "BGR": "359", "BHR": "973", "BRA": "55", "CAN": "1",
    "CHE": "41", "CHL": "56", "CHN": "86", "COL": "57", "CYP": "357", "CZE": "420", "D": "49", "DEU": "49", "DNK": "45", "DZA": "213",
    "EGY": "20", "ESP": "34", "EST": "372", "FIN": "358", "FRA": "33", "GBR": "44", "GRC": "30", "HKG": "852", "HRV": "385", "HUN": "36",
    "IDN": "62", "IND": "91", "IRL": "353", "IRN": "98", "IRQ": "964", "ISL": "354", "ISR": "972", "ITA": "39", "JOR": "962", "JPN": "81",
    "KEN": "254", "KOR": "82", "KWT": "965", "LBN": "961", "LTU": "370", "LUX": "352", "LVA": "371", "MAR": "212", "MEX": "52",
    "MLT": "356", "MYS": "60", "NGA": "234", "NLD": "31", "NOR": "47", "NPL": "977", "NZL": "64", "OMN": "968", "PAK": "92", "PER": "51",
    "PHL": "63", "POL": "48", "PRT": "351", "QAT": "974", "ROU": "40", "RUS": "7", "SAU": "966", "SDN": "249", "SGP": "65", "SRB": "381",
    "SVK": "421", "SVN": "386", "SWE": "46", "SYR": "963", "THA": "66", "TUN": "216", "TUR": "90", "TWN": "886", "UKR": "380", "USA": "1",
    "VNM": "84", "YEM": "967", "ZAF": "27",
}  # fmt: skip
"""Country codes of ITU-T E.164 by the issuing state's letters (ICAO 9303). A state that is not here fills in nothing."""
DOMAINS: Final = {
    "en": ("gmail.com", "outlook.com", "yahoo.com", "icloud.com"),
    "de": ("gmail.com", "gmx.de", "web.de", "t-online.de"),
    "fr": ("gmail.com", "orange.fr", "hotmail.fr", "free.fr"),
    "es": ("gmail.com", "hotmail.com", "hotmail.es", "yahoo.es"),
    "ar": ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com"),
    "hi": ("gmail.com", "yahoo.co.in", "rediffmail.com", "outlook.com"),
    "zh": ("qq.com", "163.com", "126.com", "gmail.com"),
}
"""Providers many people of a language write from, the first one the likeliest; whoever has another types it."""
_SPELT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "đ": "d", "ı": "i"})


def dialling_code(state: str) -> str:
    """Return `+49 ` for a state's letters, empty where the code is not known."""
    code = DIALLING.get(state.rstrip("<"), "")
    return f"+{code} " if code else ""


def offers(draft: ContactDraft, field: ContactField, names: tuple[str, str], language: str) -> tuple[str, ...]:
    """Return whole texts for a field that begin as the present one does, likeliest first, at most MOST_OFFERED; none for a text that is
    complete. names: surname and given names as read, empty where none were."""
    if field is not ContactField.EMAIL:
        return ()
    text = draft.email.reveal()
    local, at, domain = text.partition("@")
    usual = DOMAINS.get(language, DOMAINS["en"])
    if at:
        ends = [one for one in usual if one.startswith(domain) and one != domain]
        found = [f"{local}@{one}" for one in ends] if local else []
    else:
        meant = [one for one in locals_of(*names) if one.startswith(text.lower()) and one != text.lower()]
        found = [*meant[:1], *(f"{local}@{one}" for one in usual)] if local else meant
    # What is wrong already, or would be, is not made longer.
    return tuple(one for one in found if check(field, one).typed is not Typed.WRONG)[:MOST_OFFERED]


def locals_of(surname: str, given_names: str) -> tuple[str, ...]:
    """Return what people of this name write before the at sign: `anna.eriksson`, `a.eriksson`, `annaeriksson`, `anna`."""
    last, given = _plain(surname), _plain(given_names.split(" ")[0])
    if not last or not given:
        return tuple(one for one in (given, last) if one)
    return (f"{given}.{last}", f"{given}{last}", f"{given[0]}.{last}", given)


def _plain(name: str) -> str:
    """Return the name in the letters an address may have; empty for a name in another script."""
    spelt = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    return "".join(sign for sign in spelt if sign.isascii() and sign.isalpha())
