"""What is said aloud, and how. The words come from the scene; the voice is speech-dispatcher's (`spd-say`), which brings espeak-ng.

Only phrases are spoken, never anything of the customer's: a command line can be seen by other programs of this machine.
"""

from typing import Protocol, assert_never

from PySide6.QtCore import QProcess, QStandardPaths

from ui.phrases import Phrases
from ui.scenes import (
    BoothScene,
    CameraAwayScene,
    ConsentScene,
    ContactScene,
    DocumentScene,
    FaceScene,
    OutOfServiceScene,
    ResultScene,
    WelcomeScene,
    WorkingScene,
)

PROGRAM = "spd-say"
HINT_STAYS_NS = 1_200_000_000
"""A hint is said only once it has stayed this long: one that flickers would talk over itself."""


def heard(scene: BoothScene, phrases: Phrases) -> tuple[str, str]:
    """Return what the scene says at once, and what it says only if it stays (a hint), in this language; empty where nothing."""
    if scene.around.covered:
        return f"{phrases.text('away.headline')} {phrases.text('away.text')}", ""
    if scene.around.warning is not None:
        return f"{phrases.text('warning.headline')} {phrases.text('warning.text')}", ""
    match scene:
        case WelcomeScene(trouble=trouble):
            follows = phrases.text("welcome.duration") if trouble is None else phrases.say(trouble)
            return f"{phrases.text('welcome.headline')} {follows}", ""
        case ConsentScene():
            return " ".join((phrases.text("consent.headline"), *(point.text for point in phrases.consent.points))), ""
        case DocumentScene(headline=headline, hint=hint, reading=reading):
            later = phrases.text("document.reading") if reading else "" if hint is None else phrases.say(hint)
            return phrases.say(headline), later
        case ContactScene(at=at, says=says):
            return f"{phrases.text('contact.headline')} {phrases.text(f'contact-field.{at}')}", phrases.say(says)
        case FaceScene(prompt=prompt, hint=hint):
            return phrases.say(prompt), "" if hint is None else phrases.say(hint)
        case WorkingScene():
            return phrases.text("working.headline"), ""
        case ResultScene(headline=headline, next_step=follows):
            return f"{phrases.say(headline)} {phrases.say(follows)}", ""
        case CameraAwayScene(headline=headline, text=text):
            return f"{phrases.say(headline)} {phrases.say(text)}", ""
        case OutOfServiceScene():
            return f"{phrases.text('out-of-service.headline')} {phrases.text('out-of-service.text')}", ""
        case _:
            assert_never(scene)


class Voice(Protocol):
    """Something that speaks. `say` interrupts what is being said."""

    def can_speak(self) -> bool: ...

    def say(self, text: str, language: str) -> None: ...

    def hush(self) -> None: ...


class SpeechDispatcher:
    """The system's voice. Where it is not installed nothing is offered; where it fails at last nothing is heard, and all is still shown."""

    def __init__(self) -> None:
        self._program = QStandardPaths.findExecutable(PROGRAM)

    def can_speak(self) -> bool:
        return bool(self._program)

    def say(self, text: str, language: str) -> None:
        self.hush()
        # `--` ends the options: a phrase that begins with a dash stays a phrase.
        QProcess.startDetached(self._program, ["--language", language, "--rate", "-10", "--", text])

    def hush(self) -> None:
        QProcess.startDetached(self._program, ["--cancel"])


class Announcer:
    """Says each scene once, its hint when it has stayed a while."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._said = ""
        self._hint, self._hint_since_ns, self._hint_said = "", 0, ""

    def follow(self, scene: BoothScene, phrases: Phrases, *, wanted: bool) -> None:
        """Say what is new. wanted: whether this customer asked for speech; turning it off falls silent at once."""
        if not wanted:
            if self._said:
                self._voice.hush()
            self._said = self._hint = self._hint_said = ""
            return
        now, hint = heard(scene, phrases)
        if now != self._said:
            self._said, self._hint, self._hint_said = now, "", ""
            self._voice.say(now, phrases.language)
        if hint != self._hint:
            self._hint, self._hint_since_ns = hint, scene.around.at_ns
        stayed = scene.around.at_ns - self._hint_since_ns >= HINT_STAYS_NS
        if hint and stayed and hint != self._hint_said:
            self._hint_said = hint
            self._voice.say(hint, phrases.language)
