"""What is recommended and why, and the teller's own decision beside it.

Approving against the recommendation asks a second person here, beside the evidence, in no dialog: both can look while they decide.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kiosk.journey.events import DispositionMade, SecondPersonWithdrawn
from kiosk.record import Decision, Disposition, OverrideReason
from kiosk.trust.operators import LockedUntil
from kiosk.values import Masked, OperatorId, SessionId
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.fields import Field
from ui.desk_panels.held import HeldBar
from ui.desk_panels.reason_pick import ReasonPick
from ui.desk_panels.rows import CheckRows
from ui.desk_panels.second_person import SecondPerson
from ui.desk_scenes import CaseView, RecommendationPanel
from ui.forms import parse_required
from ui.phrases import Phrases
from ui.scenes import Argument
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text, set_role
from ui.widgets.once_button import OnceButton

BUTTONS = ((Decision.APPROVE, "good", "F8"), (Decision.REFER, "doubt", "F9"), (Decision.DECLINE, "bad", "F10"))


@dataclass(frozen=True, slots=True)
class Asked:
    """The approval a second person is asked about."""

    session: SessionId
    reason: str
    picked: OverrideReason | None


class DecisionPanel(QWidget):
    """hand_over: hands what was typed elsewhere on the page to the journey, which takes nothing more after the decision; it returns a
    field that is still wrong, None if none is. held: where a decision stands while it can be taken back."""

    def __init__(self, theme: Theme, bridge: Bridge, desk: DeskPort, hand_over: Callable[[], Field | None], held: HeldBar) -> None:
        super().__init__()
        self._hand_over, self._held = hand_over, held
        self._theme, self._bridge, self._desk = theme, bridge, desk
        self._phrases: Phrases | None = None
        self._operator = OperatorId("")
        self._view: CaseView | None = None
        self._panel: RecommendationPanel | None = None
        self._asked: Asked | None = None
        self._against: Decision | None = None
        """What the teller chose against the recommendation and has not given reasons for yet."""
        self._tries = 0
        self._questions = self._checking = 0
        """How many second persons were asked, and the number of the question that is being checked, 0 for none."""
        self._icon = IconLabel(round(theme.size("headline") * 1.4))
        self._headline = Text("lead")
        self.reasons = CheckRows(theme)
        self._waiting = Text("soft")
        self.reason = Field("desk.reason", parse_required)
        self.pick = ReasonPick()
        self._why = QWidget()
        self._problem = Text("error")
        self.buttons = {decision: OnceButton(role) for decision, role, _ in BUTTONS}
        for decision, button in self.buttons.items():
            button.acted.connect(lambda decision=decision: self._decide(decision))
        self.second = SecondPerson(theme)
        self.second.confirm.acted.connect(self._ask_second)
        self.second.back.acted.connect(self._take_back_second)
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        space = theme.size("space")
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._icon)
        head.addWidget(self._headline, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # On a low screen the reasons give way to the question of the second person, and can be scrolled.
        scroll.setMinimumHeight(1)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._waiting)
        rows.addWidget(self.reasons)
        rows.addStretch(1)
        scroll.setWidget(inside)
        why = QHBoxLayout(self._why)
        why.setContentsMargins(0, 0, 0, 0)
        why.setSpacing(space // 2)
        why.addWidget(self.pick, 3, Qt.AlignmentFlag.AlignTop)
        why.addWidget(self.reason, 2, Qt.AlignmentFlag.AlignTop)
        self._row = QHBoxLayout()
        self._row.setSpacing(space // 2)
        for button in self.buttons.values():
            self._row.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space // 2)
        layout.addWidget(self._head)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._why)
        layout.addWidget(self._problem)
        layout.addWidget(self.second)
        layout.addLayout(self._row)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        for decision, _, key in BUTTONS:
            self.buttons[decision].name(f"{phrases.text(f'decision.{decision}')} ({key})")
        self.reason.translate(phrases)
        self.pick.translate(phrases)
        self._waiting.say(phrases.text("desk.waiting-evidence"))
        self.second.translate(phrases)

    def show_view(self, view: CaseView, operator: OperatorId, phrases: Phrases) -> None:
        if self._view is not None and view.session != self._view.session:
            self.forget()
        self._view, self._panel, self._operator = view, view.recommendation, operator
        panel = view.recommendation
        self._waiting.setVisible(panel is None)
        self._icon.setVisible(panel is not None)
        self._headline.say(phrases.text("desk.recommendation") if panel is None else phrases.say(panel.headline))
        if panel is not None:
            icon_name, colour = MARK_LOOKS[panel.mark]
            self._icon.show_icon(icon_name, self._theme.colour(colour))
        # Only a recommended approval invites with a filled button.
        set_role(self.buttons[Decision.APPROVE], "good" if panel is not None and panel.decision is Decision.APPROVE else "good-quiet")
        self.reasons.show_checks(() if panel is None else panel.reasons, phrases)
        if panel is not None and panel.decision is self._against:
            self._against = None
        self._offer()
        self._arm()

    def _offer(self) -> None:
        """Offer the reasons of what the teller chose. Against an approval they are known before: doubt, whichever the decision."""
        view, panel = self._view, self._panel
        open_now = view is not None and view.can.decide and not self._held.key
        doubt = Decision.REFER if panel is not None and panel.decision is Decision.APPROVE else None
        self.pick.offer_for(self._against or doubt, named=self._against is not None)
        self.pick.setEnabled(open_now and bool(self.pick.offered))
        self.reason.setEnabled(open_now)

    def forget(self) -> None:
        self._withdraw()
        self._asked = None
        self._show_second(asking=False)
        self.reason.clear()
        self.second.forget()
        self._against = None
        self.pick.offer_for(None, named=False)
        self._problem.say("")
        self.reasons.forget()
        # The view holds the page and both faces.
        self._view, self._panel = None, None

    def _arm(self) -> None:
        identity = () if self._view is None else (*self._view.identity, str(self._tries))
        may = self._view is not None and self._view.can.decide and self._asked is None
        for button in self.buttons.values():
            button.arm(identity, allowed=may)
        self.second.arm(identity)

    def _decide(self, decision: Decision) -> None:
        """Going against the recommendation wants a reason; approving against it also a second person."""
        view, panel = self._view, self._panel
        if view is None or panel is None:
            return
        if self._held.key == decision:
            # The same key again: no need to wait.
            self._held.release()
            return
        # Another one: the teller thought better of what is held.
        self._held.take_back()
        self._against = None if decision is panel.decision else decision
        self._offer()
        reason, picked = self.reason.text.strip(), self.pick.picked
        wrong = self._hand_over()
        if wrong is not None:
            self._refuse_for(wrong)
        elif self._against is not None and self._reason_lacks(reason, picked):
            pass
        elif decision is Decision.APPROVE and panel.second_needed:
            self._asked = Asked(view.session, reason, picked)
            self._problem.say("")
            self._show_second(asking=True)
            self.second.name.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._problem.say("")
            self._held.hold(decision.value, lambda: self._decided(decision, reason, picked), self._undone)
        self._tries += 1
        self._arm()

    def _reason_lacks(self, reason: str, picked: OverrideReason | None) -> bool:
        """Say what an override still lacks and put the keyboard there; return whether it lacks anything."""
        if picked is None:
            self._tell("desk.pick-needed")
            self.pick.box.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not reason:
            self._tell("desk.reason-needed")
            self.reason.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def _decided(self, decision: Decision, reason: str, picked: OverrideReason | None) -> None:
        """The time to take it back is over. What was typed meanwhile goes first."""
        wrong = self._hand_over()
        if wrong is None:
            self._dispose(decision, reason, picked, None)
            return
        self._refuse_for(wrong)
        self._undone()

    def _undone(self) -> None:
        self._tries += 1
        self._arm()

    def _dispose(self, decision: Decision, reason: str, picked: OverrideReason | None, second: OperatorId | None) -> None:
        panel = self._panel
        against = picked if panel is not None and decision is not panel.decision else None
        made = Disposition(self._operator, decision, Masked(reason), second, self._bridge.station.now().wall, against)
        self._bridge.post(DispositionMade(made))

    def _ask_second(self) -> None:
        asked = self._asked
        if asked is None or self._phrases is None:
            return
        name, password, code = self.second.take()
        if name == self._operator:
            self._second_refused("desk.second-same")
            return
        self.second.answer.say(self._phrases.text("desk.second-checking"))
        self._questions += 1
        number = self._checking = self._questions
        self._bridge.away(
            lambda: self._desk.second_person(name, password, code, number), lambda done: self._second_answered(asked, name, done)
        )

    def _second_answered(self, asked: Asked, name: str, done: Done) -> None:
        """The case may have ended or the question been taken back while the password was checked."""
        if asked is not self._asked or self._view is None or self._view.session != asked.session:
            return
        self._checking = 0
        if done.fault is not None:
            self._second_refused(done.fault.phrase)
        elif isinstance(done.value, LockedUntil):
            self._second_refused("sign-in.locked", time=done.value.at.astimezone().time())
        elif done.value is not True:
            self._second_refused("desk.second-refused")
        elif (wrong := self._hand_over()) is not None:
            # Typed while the password was checked.
            self._leave_second()
            self._refuse_for(wrong)
        else:
            self._dispose(Decision.APPROVE, asked.reason, asked.picked, OperatorId(name))
            self._leave_second()

    def _second_refused(self, key: str, **arguments: Argument) -> None:
        if self._phrases is not None:
            self.second.answer.say(self._phrases.text(key, **arguments))
        self._tries += 1
        self._arm()
        self.second.password.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _withdraw(self) -> None:
        """The journey is told, in order, that an answer under way counts no more."""
        if self._asked is not None and self._checking:
            self._bridge.post(SecondPersonWithdrawn(self._asked.session, self._checking))
        self._checking = 0

    def _take_back_second(self) -> None:
        self._withdraw()
        self._leave_second()

    def _leave_second(self) -> None:
        self._asked = None
        self._show_second(asking=False)
        self.second.forget()
        self._tries += 1
        self._arm()

    def _show_second(self, *, asking: bool) -> None:
        """The question takes the place of the buttons that led to it."""
        self.second.setVisible(asking)
        # The question says itself that it goes against the recommendation; on a low screen it needs the headline's room.
        for part in (self._head, self._why, self._problem, *self.buttons.values()):
            part.setVisible(not asking)

    def _refuse_for(self, wrong: Field) -> None:
        if self._phrases is not None:
            self._problem.say(self._phrases.text("desk.field-wrong", field=self._phrases.text(wrong.key)))
        wrong.insist()

    def _tell(self, key: str) -> None:
        if self._phrases is not None:
            self._problem.say(self._phrases.text(key))
