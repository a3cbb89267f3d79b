"""The words of one language, from `resources/phrases/<language>.toml`, and the consent text. No Qt.

A file is checked whole when it is loaded; that every language has the same keys and placeholders is held by a test.

Whatever is counted is a phrase of the family `quantity`: a table of plural forms (`ui/plurals.py`), `{count}` in each that shows a figure.
Whole numbers in phrases are written by the language's customs (`ui/locales.py`); what comes from outside is isolated where the language
runs from right to left.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

from ui.locales import Locale, load_locale
from ui.plurals import plural_form
from ui.scenes import Argument, Words

RESOURCES: Final = Path(__file__).resolve().parent.parent / "resources"
LANGUAGES: Final = ("en", "de", "fr", "es", "ar", "hi", "zh")
"""In the order they are offered; the first is the language of a station that sets none."""

QUANTITY: Final = "quantity."
"""Above the plural forms of whatever is counted: `quantity.seconds.one`."""
TEXT_KEY: Final = ".text"
"""A table with the single entry `text` is a phrase of its own: `[reason-about] text = …` is the phrase `reason-about`."""


ISOLATE: Final = "\u2068"
"""Begins a piece of text whose direction is its own (Unicode's first strong isolate)."""


@dataclass(frozen=True, slots=True)
class ConsentPoint:
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentText:
    """version: written into every record; the same in every language that says the same."""

    version: str
    points: tuple[ConsentPoint, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """language: ISO 639-1 code; right_to_left: the direction of the whole window."""

    language: str
    right_to_left: bool
    texts: Mapping[str, str]
    consent: ConsentText

    @property
    def locale(self) -> Locale:
        return load_locale(self.language)

    def say(self, words: Words) -> str:
        """Return the words in this language. Raises KeyError for a key or placeholder that is not there: that is a bug."""
        return self.text(words.key, **dict(words.arguments))

    def text(self, key: str, **arguments: Argument) -> str:
        """Return a phrase; of the family `quantity`, in the form that its `count` takes."""
        if key.startswith(QUANTITY):
            count = arguments["count"]
            if not isinstance(count, int):
                raise KeyError(f"{key} is not counted")
            key = self._form_of(key, count)
        return self.texts[key].format(**{name: self._put(value) for name, value in arguments.items()})

    def count(self, what: str, number: int) -> str:
        """Return how many of something there are, in words: `quantity.<what>`."""
        return self.text(f"{QUANTITY}{what}", count=number)

    def _form_of(self, key: str, count: int) -> str:
        """What a translation lacks is said in the first language, by that language's rule."""
        own = f"{key}.{plural_form(self.language, count)}"
        return own if own in self.texts else f"{key}.{plural_form(LANGUAGES[0], count)}"

    def _put(self, value: Argument) -> str:
        match value:
            case Words():
                return self.say(value)
            case int():
                return self.locale.number(value)
            case datetime():
                return self.locale.moment(value)
            case date():
                return self.locale.day(value)
            case time():
                return self.locale.time(value)
            case _:
                return isolated(value) if self.right_to_left and value and not value.startswith(ISOLATE) else value


@cache
def load_phrases(language: str) -> Phrases:
    """Read one language. Raises ValueError if a file is not what it should be, FileNotFoundError if the language is unknown.

    What a translation lacks, or says with other placeholders, is said in the first language: a customer who reads a sentence in English
    is better served than one whose booth went out of service.
    """
    texts = dict(made_whole(own_texts(language), own_texts(LANGUAGES[0])))
    direction = texts["language.direction"]
    if direction not in ("left-to-right", "right-to-left"):
        raise ValueError(f"{language}: language.direction is neither left-to-right nor right-to-left")
    return Phrases(language, direction == "right-to-left", texts, load_consent(language))


def own_texts(language: str) -> dict[str, str]:
    """Return what this language's file says, and nothing else."""
    return flattened(tomllib.loads((RESOURCES / "phrases" / f"{language}.toml").read_text(encoding="utf-8")))


def made_whole(own: Mapping[str, str], first: Mapping[str, str]) -> Mapping[str, str]:
    """Return the phrases of a translation where it has them with the right placeholders, else those of the first language. Plural forms
    are the language's own, beside the first one's."""
    forms = {key: text for key, text in own.items() if key.startswith(QUANTITY) and placeholders(text) <= {"count"}}
    same = {key: own[key] if key in own and placeholders(own[key]) == placeholders(text) else text for key, text in first.items()}
    return {**same, **forms}


@cache
def load_consent(language: str) -> ConsentText:
    stated = tomllib.loads((RESOURCES / "consent" / f"{language}.toml").read_text(encoding="utf-8"))
    points = tuple(ConsentPoint(str(point["icon"]), str(point["text"])) for point in stated["points"])
    return ConsentText(str(stated["version"]), points)


def isolated(text: str) -> str:
    """Return the text so that its direction of writing does not disturb what stands around it (Unicode's isolates)."""
    return f"{ISOLATE}{text}\u2069"


def flattened(table: Mapping[str, object], above: str = "") -> dict[str, str]:
    """Return a table of tables as `a.b.c` to text. Raises ValueError for a value that is no text or cannot be formatted."""
    texts: dict[str, str] = {}
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            texts.update(flattened(value, f"{key}."))
        elif isinstance(value, str):
            placeholders(value)
            texts[key.removesuffix(TEXT_KEY) if set(table) == {"text"} else key] = value
        else:
            raise ValueError(f"{key} is not a text")
    return texts


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces. Raises ValueError for braces that do not pair or have no name."""
    names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    if not all(name.isidentifier() for name in names):
        raise ValueError(f"a placeholder without a plain name in: {text}")
    return frozenset(names)
