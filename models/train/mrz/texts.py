"""Draws what stands in machine-readable zones: whole documents of every layout, for the line synthesis.

Everything is invented here: syllables, code-like numbers, dates. Real names are not needed, only what letters tend to follow
each other, so a short list of syllables of several languages is joined at random.
"""

from collections.abc import Callable

import numpy as np

from kiosk.document.check_digits import check_digit

ALPHABET = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = ALPHABET[11:]
DIGITS = ALPHABET[1:11]

_SYLLABLES = (  # noqa: SIM905 - a hundred quoted strings read worse
    "AN BER CHE DA EL FER GU HAN IS JO KA LEE MAR NO OL PE QUI RO SCH TA UR VI WA XI YO ZE AL BRO CRU DO EIN FU GRE HO ING "
    "JU KOV LO MI NGU ON PA QA RI SAN TH UL VAN WIN XU YIL ZHA SKI SEN SON EZ OVA ENKO IAN OGLU ESCU IC MAN STEIN BERG DOTTIR "
    "RA KU MO LI SHI TO NA KI AB DUL AH MED HUS SEIN FA TI MA OKA FOR DIA LLO MEN SAH PRI YA GO PI NATH W Y Z X K J F"
).split()
_STATES = (  # noqa: SIM905
    "UTO D<< USA GBR FRA ITA ESP PRT NLD BEL LUX AUT CHE POL CZE SVK HUN SVN HRV SRB MNE MKD ALB GRC CYP TUR BGR ROU MDA UKR LTU "
    "LVA EST FIN SWE NOR DNK ISL IRL MLT CAN MEX BRA ARG CHL PER COL VEN ECU URY CHN JPN KOR TWN HKG MAC SGP MYS IDN THA VNM PHL "
    "IND PAK BGD LKA NPL AFG IRN IRQ ISR JOR SAU ARE QAT KWT EGY TUN DZA MAR NGA GHA KEN UGA TZA ETH ZAF ZWE AZE ARM GEO KAZ UZB "
    "AUS NZL XXA XXB EUE UNO RKS CMR CIV SEN"
).split()


class TextSource:
    """Draws documents from one random generator; the same seed gives the same texts."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def any_of(self, alphabet: str, length: int) -> str:
        return "".join(alphabet[i] for i in self._rng.integers(0, len(alphabet), length))

    def document(self) -> list[str]:
        """Return the lines of one document: 2x44, 2x36 or 3x30 characters."""
        drawers: list[Callable[[], list[str]]] = [self._td1, self._td2, self._td3, self._visa, self._old_french]
        return drawers[int(self._rng.choice(5, p=[0.33, 0.1, 0.43, 0.11, 0.03]))]()

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _word(self) -> str:
        if self._chance(0.12):
            return self.any_of(LETTERS, int(self._rng.integers(1, 12)))
        count = int(self._rng.integers(1, 5))
        return "".join(_SYLLABLES[i] for i in self._rng.integers(0, len(_SYLLABLES), count))

    def _names(self, length: int) -> str:
        surname = "<".join(self._word() for _ in range(int(self._rng.choice([1, 1, 1, 2, 3]))))
        given = "<".join(self._word() for _ in range(int(self._rng.choice([0, 1, 1, 2, 2, 3]))))
        return _filled(surname + "<<" + given, length)

    def _number(self, length: int = 9) -> str:
        kind = self._rng.random()
        if kind < 0.35:
            text = self.any_of(DIGITS, length)
        elif kind < 0.65:
            text = self.any_of(LETTERS, int(self._rng.integers(1, 4))) + self.any_of(DIGITS, length)
        elif kind < 0.92:
            text = self.any_of(LETTERS + DIGITS, length)
        else:
            text = "0" * length
        wanted = length if self._chance(0.8) else int(self._rng.integers(5, length + 1))
        return _filled(text[:wanted], length)

    def _optional(self, length: int) -> str:
        kind = self._rng.random()
        if kind < 0.4:
            return "<" * length
        wanted = int(self._rng.integers(1, length + 1))
        alphabet = DIGITS if kind < 0.7 else ALPHABET if kind > 0.93 else LETTERS + DIGITS
        text = self.any_of(alphabet, wanted)
        return text.rjust(length, "<") if self._chance(0.1) else _filled(text, length)

    def _date(self) -> str:
        rng = self._rng
        if self._chance(0.02):
            return f"{rng.integers(0, 100):02d}<<<<"
        return f"{rng.integers(0, 100):02d}{rng.integers(1, 13):02d}{rng.integers(1, 32):02d}"

    def _state(self) -> str:
        return str(self._rng.choice(_STATES)) if self._chance(0.75) else self.any_of(LETTERS, 3)

    def _sex(self) -> str:
        return str(self._rng.choice(["M", "F", "<"], p=[0.46, 0.46, 0.08]))

    def _code(self, first: str, filler_share: float) -> str:
        return first + ("<" if self._chance(filler_share) else self.any_of(LETTERS + ("1" if self._chance(0.2) else ""), 1))

    def _td1(self) -> list[str]:
        code, state, number = self._code(str(self._rng.choice(list("IIIAC"))), 0.3), self._state(), self._number()
        first = code + state + number + check_digit(number) + self._optional(15)
        birth, expiry, optional = self._date(), self._date(), "<" * 11 if self._chance(0.6) else self._optional(11)
        nationality = state if self._chance(0.85) else self._state()
        dates = birth + check_digit(birth), expiry + check_digit(expiry)
        composite = check_digit(first[5:] + dates[0] + dates[1] + optional)
        return [first, dates[0] + self._sex() + dates[1] + nationality + optional + composite, self._names(30)]

    def _second_line(self, optional: str, ending: Callable[[str, str, str, str], str]) -> tuple[str, str]:
        state, number, birth, expiry = self._state(), self._number(), self._date(), self._date()
        nationality = state if self._chance(0.85) else self._state()
        number, birth, expiry = (x + check_digit(x) for x in (number, birth, expiry))
        return state, number + nationality + birth + self._sex() + expiry + optional + ending(number, birth, expiry, optional)

    def _td2(self) -> list[str]:
        state, second = self._second_line(self._optional(7), lambda n, b, e, o: check_digit(n + b + e + o))
        return [self._code(str(self._rng.choice(list("IIAC"))), 0.5) + state + self._names(31), second]

    def _td3(self) -> list[str]:
        optional = self._optional(14)
        own = "<" if not optional.strip("<") and self._chance(0.5) else check_digit(optional)
        state, second = self._second_line(optional + own, lambda n, b, e, o: check_digit(n + b + e + o))
        return [self._code("P", 0.65) + state + self._names(39), second]

    def _visa(self) -> list[str]:
        length = 44 if self._chance(0.5) else 36
        state, second = self._second_line(self._optional(length - 28), lambda *_: "")
        return [self._code("V", 0.6) + state + self._names(length - 5), second]

    def _old_french(self) -> list[str]:
        number, birth = self.any_of(DIGITS, 4) + self.any_of(LETTERS, 1) + self.any_of(DIGITS, 7), self._date()
        first = "IDFRA" + _filled(self._word(), 25) + self._optional(6)
        given = _filled(self._word() + "<<" + self._word(), 14)
        body = number + check_digit(number) + given + birth + check_digit(birth) + ("M" if self._chance(0.5) else "F")
        return [first, body + check_digit(first + body)]


def _filled(text: str, length: int) -> str:
    return text[:length].ljust(length, "<")
