"""What is said aloud: each scene once, a hint when it stays, nothing when nobody asked."""

from dataclasses import dataclass, field, replace

import pytest

from kiosk.policy import DEMO
from kiosk.station.overview import StationOverview
from ui.phrases import LANGUAGES, load_phrases
from ui.present import present
from ui.scenes import Around, FaceScene, Gesture, Words
from ui.specimen_pictures import NOW
from ui.specimens import booth_specimens
from ui.speech import HINT_STAYS_NS, Announcer, heard

ENGLISH = load_phrases("en")
SCENE = FaceScene(Around("en", ("face",), None, 0), Words("prompt.blink"), Gesture.BLINK, None, 0, 3, 1.0, None)


@dataclass(slots=True)
class Remembering:
    """A voice that writes down what it said."""

    said: list[tuple[str, str]] = field(default_factory=list)
    hushed: int = 0

    def can_speak(self) -> bool:
        return True

    def say(self, text: str, language: str) -> None:
        self.said.append((text, language))

    def hush(self) -> None:
        self.hushed += 1


def at(scene: FaceScene, moment_ns: int, hint: str | None = None) -> FaceScene:
    return replace(scene, around=replace(scene.around, at_ns=moment_ns), hint=None if hint is None else Words(f"hint.{hint}"))


def test_a_prompt_is_said_once_however_often_it_is_drawn() -> None:
    voice = Remembering()
    announcer = Announcer(voice)
    for moment in range(5):
        announcer.follow(at(SCENE, moment), ENGLISH, wanted=True)
    assert voice.said == [("Blink with both eyes", "en")]


def test_a_hint_is_said_only_when_it_stays() -> None:
    voice = Remembering()
    announcer = Announcer(voice)
    announcer.follow(at(SCENE, 0, "too-dark"), ENGLISH, wanted=True)
    announcer.follow(at(SCENE, HINT_STAYS_NS - 1, "look-ahead"), ENGLISH, wanted=True)
    announcer.follow(at(SCENE, HINT_STAYS_NS, "look-ahead"), ENGLISH, wanted=True)
    assert len(voice.said) == 1
    announcer.follow(at(SCENE, 2 * HINT_STAYS_NS, "look-ahead"), ENGLISH, wanted=True)
    assert voice.said[1:] == [("Look straight ahead", "en")]


def test_nothing_is_said_to_who_did_not_ask() -> None:
    voice = Remembering()
    Announcer(voice).follow(SCENE, ENGLISH, wanted=False)
    assert voice.said == [] and voice.hushed == 0


def test_speech_turned_off_falls_silent_at_once_and_begins_anew_when_turned_on() -> None:
    voice = Remembering()
    announcer = Announcer(voice)
    announcer.follow(SCENE, ENGLISH, wanted=True)
    announcer.follow(SCENE, ENGLISH, wanted=False)
    assert voice.hushed == 1
    announcer.follow(SCENE, ENGLISH, wanted=True)
    assert len(voice.said) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scene_says_something_and_nothing_of_the_customer(language: str) -> None:
    phrases = load_phrases(language)
    known = {*phrases.texts.values(), *(point.text for point in phrases.consent.points)}
    for specimen in booth_specimens(language):
        scene = present(specimen.state, specimen.overview or StationOverview(), NOW, DEMO, language)
        now, later = heard(scene, phrases)
        assert now
        rest = f"{now} {later}"
        for phrase in sorted(known, key=len, reverse=True):
            rest = rest.replace(phrase, "")
        assert rest.strip() == "", f"{specimen.name} says what is no phrase"
