"""The course a person passes: which lessons, which questions, which answer is right. What they say lies in `resources/training`.

The answers are judged here, where the certificate is made, never by a screen.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.faults import SettingsRefused


@dataclass(frozen=True, slots=True)
class Lesson:
    """icon: of `resources/icons`; points: how many things it says; spotting: the reader judges pictures too."""

    name: str
    icon: str
    points: int
    spotting: bool


@dataclass(frozen=True, slots=True)
class Question:
    """options: how many answers are offered; right: number of the right one, from 0."""

    name: str
    options: int
    right: int


@dataclass(frozen=True, slots=True)
class Course:
    """version: of what is taught; a certificate names it. spots_wanted: share of the pictures to be judged rightly, percent."""

    version: str
    lessons: tuple[Lesson, ...]
    questions: tuple[Question, ...]
    spots_wanted: int

    def score(self, answers: Mapping[str, int]) -> int:
        """Return the share of the questions that are answered rightly, percent, rounded down. One left open is a wrong one."""
        right = sum(answers.get(question.name) == question.right for question in self.questions)
        return 100 * right // len(self.questions)

    def wrong(self, answers: Mapping[str, int]) -> tuple[str, ...]:
        return tuple(question.name for question in self.questions if answers.get(question.name) != question.right)


def load_course(path: Path) -> Course:
    """Raises SettingsRefused for a file that is no course."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
        lessons = tuple(
            Lesson(str(one["name"]), str(one["icon"]), int(one["points"]), bool(one.get("spotting"))) for one in stated["lesson"]
        )
        questions = tuple(Question(str(one["name"]), int(one["options"]), int(one["right"])) for one in stated["question"])
        course = Course(str(stated["version"]), lessons, questions, int(stated["spots-wanted"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsRefused("resources/training/course.toml is no course") from error
    if not lessons or not questions or any(not 0 <= question.right < question.options for question in questions):
        raise SettingsRefused("a course without lessons or questions, or a question without a right answer")
    return course
