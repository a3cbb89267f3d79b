"""Learning at the desk: lessons, pictures to be judged, a test, the certificate, and the way to practice."""

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from ui.bridge import Bridge
from ui.desk_rooms.exam import ExamPanel
from ui.desk_rooms.lesson import LessonPanel
from ui.desk_rooms.page import RoomPage
from ui.desk_rooms.spotting import SpottingPanel
from ui.phrases import Phrases, isolated
from ui.rooms import OfficePort, SpotPicture
from ui.scenes import Mark
from ui.theme import MARK_LOOKS, Theme
from ui.training_words import load_training_words
from ui.widgets.labels import IconLabel, Text, frame, set_role
from ui.widgets.once_button import OnceButton
from ui.widgets.one_at_a_time import OneAtATime

if TYPE_CHECKING:
    from kiosk.trust.course import Lesson
    from kiosk.trust.training import Progress, TestResult


class TrainingPage(RoomPage):
    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "room.training", "training.text")
        self.progress: Progress | None = None
        self._times = 0
        course = offices.course()
        self._lessons = course.lessons
        self.lesson_buttons = {lesson.name: OnceButton("quiet") for lesson in course.lessons}
        self._marks = {lesson.name: IconLabel(20) for lesson in course.lessons}
        self.exam_button, self.practice = OnceButton("quiet"), OnceButton("quiet")
        self._no_practice = Text("caption")
        self._certificate_icon, self._certificate = IconLabel(20), Text("lead")
        self._lessons_title, self._certificate_title = Text("strong"), Text("strong")
        self._states = {lesson.name: Text("caption", wraps=False) for lesson in course.lessons}
        for lesson in course.lessons:
            self.lesson_buttons[lesson.name].acted.connect(lambda lesson=lesson: self.open_lesson(lesson))
        self.exam_button.acted.connect(self._open_exam)
        self.practice.acted.connect(self._practise)
        self._list = self._make_list(theme)
        self.lesson = LessonPanel(theme, self._lesson_read, self.show_list)
        self.spotting = SpottingPanel(theme, self._spotted, self.show_list)
        self.exam = ExamPanel(theme, course, self._take_test, self.show_list)
        self.stage = OneAtATime()
        for part in (self._list, self.lesson, self.spotting, self.exam):
            self.stage.addWidget(part)
        self.body.addWidget(self.stage, 1)

    def _make_list(self, theme: Theme) -> QWidget:
        """Lay out what is to be learned, and beside it what it leads to: the certificate, the test, practice."""
        space = theme.size("space")
        lessons, leads_to = QGridLayout(), QGridLayout()
        for row, lesson in enumerate(self._lessons, 1):
            lessons.addWidget(self._marks[lesson.name], row, 0)
            lessons.addWidget(self.lesson_buttons[lesson.name], row, 1)
            lessons.addWidget(self._states[lesson.name], row, 2)
        lessons.addWidget(self._lessons_title, 0, 0, 1, 3)
        leads_to.addWidget(self._certificate_title, 0, 0, 1, 2)
        leads_to.addWidget(self._certificate_icon, 1, 0, Qt.AlignmentFlag.AlignTop)
        leads_to.addWidget(self._certificate, 1, 1)
        for row, part in enumerate((self.exam_button, self.practice, self._no_practice), 2):
            leads_to.addWidget(part, row, 0, 1, 2)
        holder = QWidget()
        columns = QHBoxLayout(holder)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(space)
        for grid in (lessons, leads_to):
            card = frame("card")
            grid.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
            grid.setSpacing(space)
            grid.setColumnStretch(1, 1)
            card.setLayout(grid)
            columns.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        return holder

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        words = load_training_words(phrases.language)
        self.exam_button.name(phrases.text("training.test"))
        self.practice.name(phrases.text("training.practice"))
        self._no_practice.say(phrases.text("training.no-practice"))
        self._lessons_title.say(phrases.text("training.lessons"))
        self._certificate_title.say(phrases.text("training.certificate"))
        for part in (self.lesson, self.spotting, self.exam):
            part.translate(phrases, words)
        self._show()

    def open(self) -> None:
        self.show_list()
        self.ask(self.offices.my_training, self._opened)

    def _opened(self, value: object) -> None:
        self._loaded(value)
        if self.stage.currentWidget() is self._list:
            self._next().setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        super().forget()
        self.progress = None
        self.spotting.forget()
        self.exam.forget()

    def show_list(self) -> None:
        self._times += 1
        self.stage.setCurrentWidget(self._list)
        self._show()
        self._next().setFocus(Qt.FocusReason.OtherFocusReason)

    def _next(self) -> OnceButton:
        """Return the button of what is to be done next: the first lesson not done, the test, practice once there is a certificate."""
        progress = self.progress
        done = frozenset[str]() if progress is None else progress.lessons
        undone = (self.lesson_buttons[lesson.name] for lesson in self._lessons if lesson.name not in done)
        certified = progress is not None and progress.certificate is not None and not progress.due
        return next(undone, self.practice if certified and self.offices.practises else self.exam_button)

    def open_lesson(self, lesson: "Lesson") -> None:
        self.lesson.begin(lesson)
        self.stage.setCurrentWidget(self.lesson)

    def _lesson_read(self, lesson: "Lesson") -> None:
        """A lesson with pictures is done when enough of them were judged rightly."""
        if lesson.spotting:
            if self.phrases is not None:
                self.tell(self.phrases.text("training.drawing"))
            self.ask(self.offices.spot_pictures, self._begin_spotting)
        else:
            self._done(lesson)

    def _begin_spotting(self, value: object) -> None:
        pictures = cast("tuple[SpotPicture, ...]", value)
        if not pictures and self.lesson.lesson is not None:
            # A build without simulated people: the lesson is what it says.
            self._done(self.lesson.lesson)
            return
        self.spotting.begin(pictures, self.offices.course().spots_wanted)
        self.stage.setCurrentWidget(self.spotting)

    def _spotted(self, enough: bool) -> None:
        if enough and self.lesson.lesson is not None:
            self._done(self.lesson.lesson)
        else:
            self.show_list()

    def _done(self, lesson: "Lesson") -> None:
        self.ask(lambda: self.offices.lesson_done(lesson.name), self._loaded)
        self.show_list()

    def _open_exam(self) -> None:
        self.exam.begin(self._times)
        self.stage.setCurrentWidget(self.exam)

    def _take_test(self, answers: dict[str, int]) -> None:
        self.ask(lambda: (self.offices.take_test(answers), self.offices.my_training()), self._tested)

    def _tested(self, value: object) -> None:
        result, progress = cast("tuple[TestResult, Progress]", value)
        self.exam.show_result(result)
        self._loaded(progress)

    def _practise(self) -> None:
        language = "en" if self.phrases is None else self.phrases.language
        self._times += 1
        self.ask(lambda: self.offices.start_practice(language), lambda _: None)
        self._show()

    def _loaded(self, value: object) -> None:
        self.progress = cast("Progress", value)
        self._show()

    def _show(self) -> None:
        phrases, progress = self.phrases, self.progress
        if phrases is None:
            return
        done = frozenset[str]() if progress is None else progress.lessons
        words, following = load_training_words(phrases.language), self._next()
        for candidate in (*self.lesson_buttons.values(), self.exam_button, self.practice):
            set_role(candidate, "primary" if candidate is following else "quiet")
        for lesson in self._lessons:
            icon, colour = MARK_LOOKS[Mark.AGREES] if lesson.name in done else ("circle", "note")
            self._marks[lesson.name].show_icon(icon, self.theme.colour(colour))
            button = self.lesson_buttons[lesson.name]
            button.name(words.lessons[lesson.name].title, lesson.icon, self.theme.colour("on-brand" if button is following else "ink"), 18)
            button.arm(("lesson", lesson.name, str(self._times)))
            state = phrases.text("progress.done" if lesson.name in done else "progress.to-come")
            button.setAccessibleDescription(state)
            self._states[lesson.name].say(state)
        whole = all(lesson.name in done for lesson in self._lessons)
        self.exam_button.arm(("exam", str(self._times)), allowed=whole)
        self.practice.arm(("practice", str(self._times)), allowed=self.offices.practises)
        self._no_practice.setVisible(not self.offices.practises)
        certificate = None if progress is None else progress.certificate
        due = progress is not None and progress.due
        until = "" if certificate is None else isolated(phrases.locale.day(certificate.expires_at.astimezone()))
        if due:
            said = phrases.text("training.due")
        elif certificate is not None:
            said = phrases.text("training.certified", until=until, score=phrases.locale.percent(certificate.score / 100))
        else:
            said = phrases.text("training.none")
        icon, colour = MARK_LOOKS[Mark.CONTRADICTS if due else Mark.NOTED if certificate is None else Mark.AGREES]
        self._certificate_icon.show_icon(icon, self.theme.colour(colour))
        self._certificate.say(said)
