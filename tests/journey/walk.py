"""A journey as a station drives it, step by step."""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import Comparing, Finished, Idle, OutOfService, ProvingLive, State
from kiosk.values import Channel, Ticket
from tests.journey import build
from tests.journey.build import SCRIPT, SESSION, TELLER, UNATTENDED, at


class Journey:
    """Drives the reducer as a station would, filling in the current ticket."""

    def __init__(self, channel: Channel = Channel.BOOTH, context: Context = UNATTENDED) -> None:
        self.state: State = Idle()
        self.context = context
        self.seconds = 0.0
        self.asked: list[do.Effect] = []
        operator = TELLER if channel is Channel.DESK else None
        self.send(ev.CaseOpened(SESSION, channel, build.opening(), "en", operator))

    def send(self, event: ev.Event, after_s: float = 0.1) -> "Journey":
        self.seconds += after_s
        self.state, asked = reduce(self.state, event, at(self.seconds), self.context)
        self.asked.extend(asked)
        return self

    @property
    def ticket(self) -> Ticket:
        assert not isinstance(self.state, Idle | OutOfService)
        if isinstance(self.state, Finished):
            return Ticket(self.state.session, self.state.step)
        return Ticket(self.state.case.session, self.state.case.step)

    def consent(self) -> "Journey":
        return self.send(ev.ConsentGiven("1"))

    def show_document(self) -> "Journey":
        self.consent()
        return self.send(ev.PageSeen(self.ticket, build.page(), build.frame()))

    def document_read(self) -> "Journey":
        self.show_document()
        return self.send(ev.DocumentAnswered(self.ticket, build.read(), build.frame()))

    def proving(self) -> "Journey":
        self.document_read()
        return self.send(ev.ScriptDrawn(self.ticket, SCRIPT))

    def comparing(self) -> "Journey":
        """Reaches Comparing with a live verdict put in by hand: the liveness run has its own tests."""
        self.proving()
        assert isinstance(self.state, ProvingLive)
        case = replace(self.state.case, liveness=build.live(), views=(build.face().view,), step=self.state.case.step + 1)
        self.state = Comparing(case, at(self.seconds).monotonic_ns)
        return self

    def compared(self) -> "Journey":
        self.comparing()
        return self.send(ev.FacesCompared(self.ticket, build.same()))

    def last(self, kind: type) -> do.Effect:
        return next(effect for effect in reversed(self.asked) if isinstance(effect, kind))
