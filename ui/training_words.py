"""What lessons, pictures and questions say, from `resources/training/<language>.toml`. No Qt. A test holds that no language lacks any."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ui.phrases import RESOURCES


@dataclass(frozen=True, slots=True)
class LessonWords:
    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionWords:
    asks: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainingWords:
    """spots: what to see on each sort of picture."""

    lessons: Mapping[str, LessonWords]
    spots: Mapping[str, str]
    questions: Mapping[str, QuestionWords]


@cache
def load_training_words(language: str) -> TrainingWords:
    """Raises KeyError, ValueError for a file that is not whole: that is a bug, and a test finds it."""
    stated = tomllib.loads((RESOURCES / "training" / f"{language}.toml").read_text(encoding="utf-8"))
    return TrainingWords(
        {name: LessonWords(str(one["title"]), tuple(str(point) for point in one["points"])) for name, one in stated["lesson"].items()},
        {name: str(text) for name, text in stated["spot"].items()},
        {name: QuestionWords(str(one["asks"]), tuple(str(text) for text in one["options"])) for name, one in stated["question"].items()},
    )
