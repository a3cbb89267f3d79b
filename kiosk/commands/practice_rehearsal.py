"""A practice day that plays itself: an override that is taken back once, its receipt; then the supervisor's review and end of day."""

import time
from typing import Final

from kiosk.assembly.branch import Branch
from kiosk.commands.practice_people import Credentials
from kiosk.journey.states import AskingConsent, AwaitingDisposition, Finished, Idle
from kiosk.record import Decision, OverrideReason, recommended
from kiosk.risk.decision import Recommendation
from kiosk.vault.audit import AuditEvent
from kiosk.vault.store import Store
from ui.desk import DeskWindow
from ui.rooms import Room

WITHIN_S: Final = 240.0


class Rehearsal:
    """Called by a timer, until it is over."""

    def __init__(self, branch: Branch, window: DeskWindow, store: Store, supervisor: Credentials) -> None:
        self._branch, self._window, self._store, self._supervisor = branch, window, store, supervisor
        self._began = time.monotonic()
        self._signed_out = False
        self.over = self.receipt_shown = self.day_closed = False
        self.taken_back = 0
        self.seconds = 0.0

    @property
    def reviewed(self) -> int:
        """How many decisions against the advice the supervisor reviewed, as the log has it."""
        return len(self._store.told_of(AuditEvent.OVERRIDE_REVIEWED))

    @property
    def whole(self) -> bool:
        return bool(self.receipt_shown and self.day_closed and self.taken_back == 1 and self.reviewed == 1)

    def step(self) -> None:
        state, case = self._branch.station.state, self._window.case
        self.seconds = time.monotonic() - self._began
        match state:
            case Idle():
                self._window.new_case.begin.click()
            case AskingConsent():
                case.consent.agreed.click()
            case AwaitingDisposition() if state.case.recommendation is not None:
                self._go_against(state.case.recommendation)
            case Finished():
                self._end_the_day()
            case _:
                pass
        if self.seconds > WITHIN_S:
            self.over = True

    def _go_against(self, advice: Recommendation) -> None:
        """Decline what would be referred, refer everything else: against the advice, and never an approval."""
        decision = Decision.DECLINE if recommended(advice) is Decision.REFER else Decision.REFER
        held, panel = self._window.case.held, self._window.case.decision
        if held.key and not self.taken_back:
            held.undo.click()
            self.taken_back += 1
            return
        panel.buttons[decision].click()
        if panel.pick.picked is None and OverrideReason.MACHINE_ERROR in panel.pick.offered:
            panel.pick.pick(OverrideReason.MACHINE_ERROR)
            panel.reason.fill("rehearsal")

    def _end_the_day(self) -> None:
        window, rooms = self._window, self._window.rooms
        if rooms is None:
            self.over = True
        elif not self.receipt_shown:
            if rooms.front is not rooms.receipt:
                window.ended.receipt.click()
            self.receipt_shown = rooms.receipt.print.isEnabled()
        elif not self._signed_out:
            rooms.leave_beside()
            window.sign_out.click()
            self._signed_out = True
        elif window.sign_in.isVisible():
            self._sign_in()
        elif rooms.front is None:
            rooms.turn_to(Room.QUEUE)
        elif rooms.front is rooms.queue:
            if rooms.queue.review.isEnabled():
                rooms.queue.review.click()
            elif rooms.queue.answered and self.reviewed:
                rooms.turn_to(Room.DAY)
        elif rooms.front is rooms.day:
            self._close_the_day()

    def _sign_in(self) -> None:
        page = self._window.sign_in
        if page.button.isEnabled():
            for field, text in zip((page.name, page.password, page.code), self._supervisor(), strict=True):
                field.fill(text)
            page.button.click()

    def _close_the_day(self) -> None:
        day = self._window.rooms.day if self._window.rooms is not None else None
        if day is not None and day.close_day.isEnabled():
            day.close_day.click()
        self.day_closed = bool(self._store.told_of(AuditEvent.DAY_RECONCILED))
        self.over = self.day_closed
