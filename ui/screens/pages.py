"""The booth's nine pages, of which one is seen: which one a scene is shown on, and the way from one to the next."""

from typing import assert_never

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
from ui.screens.closing import CameraAwayPage, OutOfServicePage, ResultPage, WorkingPage
from ui.screens.consent import ConsentPage
from ui.screens.contact import ContactPage
from ui.screens.live import DocumentPage, FacePage
from ui.screens.page import Booth, Page
from ui.screens.welcome import WelcomePage
from ui.widgets.once_button import OnceButton
from ui.widgets.one_at_a_time import OneAtATime


class Pages(OneAtATime):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self.welcome, self.consent = WelcomePage(booth), ConsentPage(booth)
        self.document, self.contact, self.face = DocumentPage(booth), ContactPage(booth), FacePage(booth)
        self.working, self.result = WorkingPage(booth), ResultPage(booth)
        self.camera_away, self.out_of_service = CameraAwayPage(booth), OutOfServicePage(booth)
        self.all: tuple[Page, ...] = (
            self.welcome,
            self.consent,
            self.document,
            self.contact,
            self.face,
            self.working,
            self.result,
            self.camera_away,
            self.out_of_service,
        )
        for page in self.all:
            self.addWidget(page)

    def current(self) -> Page | None:
        page = self.currentWidget()
        return page if isinstance(page, Page) else None

    def turn_to(self, page: Page) -> None:
        """Show another page; the one that is left forgets what it showed."""
        left = self.current()
        self.setCurrentWidget(page)
        if left is not None:
            left.forget()
            for button in (*left.findChildren(OnceButton), *left.buttons):
                button.rest()

    def forget(self) -> None:
        for page in self.all:
            page.forget()

    def translate(self, phrases: Phrases) -> None:
        for page in self.all:
            page.translate(phrases)

    def show_scene(self, scene: BoothScene, phrases: Phrases) -> Page:
        """Draw the scene on its page and return that page, which need not be seen yet."""
        match scene:
            case WelcomeScene():
                self.welcome.show_scene(scene, phrases)
                return self.welcome
            case ConsentScene():
                self.consent.show_scene(scene, phrases)
                return self.consent
            case DocumentScene():
                self.document.show_scene(scene, phrases)
                return self.document
            case ContactScene():
                self.contact.show_scene(scene, phrases)
                return self.contact
            case FaceScene():
                self.face.show_scene(scene, phrases)
                return self.face
            case WorkingScene():
                self.working.show_scene(scene, phrases)
                return self.working
            case ResultScene():
                self.result.show_scene(scene, phrases)
                return self.result
            case CameraAwayScene():
                self.camera_away.show_scene(scene, phrases)
                return self.camera_away
            case OutOfServiceScene():
                self.out_of_service.show_scene(scene, phrases)
                return self.out_of_service
            case _:
                assert_never(scene)
