"""The pages of the teller's window of which one is in front: signing in, a new case, a case, how it ended, out of service."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtWidgets import QWidget

from kiosk.record import Purpose
from kiosk.trust.operators import NeedsFactor
from kiosk.trust.presence import SignedIn
from kiosk.values import OperatorId
from ui.bridge import Bridge, DeskPort
from ui.desk_panels.case_page import CasePage
from ui.desk_panels.ended import ClosedPage, EndedPage
from ui.desk_panels.enrol import EnrolPage
from ui.desk_panels.new_case import NewCasePage
from ui.desk_panels.sign_in import SignInPage
from ui.desk_scenes import CaseView, ClosedView, DeskView, EndedView, ReadyView
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.one_at_a_time import OneAtATime


class DeskPages(OneAtATime):
    """beside: the pages beside the cases, which are turned to likewise and look after themselves."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        desk: DeskPort,
        *,
        signed_in: Callable[[SignedIn], None],
        must_enrol: Callable[[NeedsFactor], None],
        enrolled: Callable[[], None],
        begin: Callable[[Purpose, str], None],
        next_case: Callable[[], None],
        receipt: Callable[[], None],
        beside: tuple[QWidget, ...],
    ) -> None:
        super().__init__()
        self.sign_in = SignInPage(theme, bridge, desk, signed_in, must_enrol)
        self.enrol = EnrolPage(theme, bridge, desk, enrolled)
        self.new_case = NewCasePage(theme, begin)
        self.case = CasePage(theme, bridge, desk)
        self.ended = EndedPage(theme, next_case, receipt)
        self.closed = ClosedPage(theme)
        self._own = (self.sign_in, self.enrol, self.new_case, self.case, self.ended, self.closed)
        for page in (*self._own, *beside):
            self.addWidget(page)

    def translate(self, phrases: Phrases) -> None:
        for page in self._own:
            page.translate(phrases)

    def show_view(self, view: DeskView, earlier: DeskView | None, operator: OperatorId, phrases: Phrases) -> None:
        """Turn to the page of what the station does. earlier: what was shown before."""
        match view:
            case ReadyView():
                self.new_case.show_view(view, phrases)
                self.turn_to(self.new_case)
            case CaseView():
                self.case.show_view(view, operator, phrases)
                if self.turn_to(self.case) or not isinstance(earlier, CaseView) or earlier.identity != view.identity:
                    self.case.start(view)
            case EndedView():
                self.ended.show_view(view, phrases)
                self.turn_to(self.ended)
            case ClosedView():
                self.closed.show_view(view, phrases)
                self.turn_to(self.closed)
            case _:
                assert_never(view)

    def turn_to(self, page: QWidget) -> bool:
        """Show a page; returns whether it is another one than before. A case that is left forgets what was shown of it."""
        left = self.currentWidget()
        if left is page and self.window().focusWidget() is not None:
            return False
        self.setCurrentWidget(page)
        if left is self.case and page is not self.case:
            self.case.forget()
        if page in (self.new_case, self.sign_in, self.enrol, self.ended):
            page.start()
        return left is not page
