"""Whole journeys of simulated customers on stepped time: real models, real reducer, real vault, packet, intake and receipt."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.customer import Cast, Customer, CustomerKind
from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.assembly.sight import ModelSight
from kiosk.bank.courier import Courier
from kiosk.commands.cues import cue_of, light_of
from kiosk.face.verdict import SameFace
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import Finished, Idle, State
from kiosk.outbox import DeliveryState
from kiosk.policy import BRANCH, DEMO, Policy
from kiosk.record import Decision, SessionRecord, StationFacts
from kiosk.risk.decision import Approve, ReasonCode, Refer
from kiosk.station.stepped import SteppedClock, SteppedStation
from kiosk.trust.presence import Authority, Presence
from kiosk.values import Capture, Channel, OperatorId, SessionId, StationClass
from kiosk.wire.succession import TrustedBank
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader
from tests.journey.build import CALM, opening

TODAY = datetime(2026, 7, 1, 9, tzinfo=UTC)
PERIOD_NS = 1_000_000_000 // 20
LONGEST_VISIT_S = 90


@pytest.fixture(scope="session")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="session")
def cast(catalogue: Catalogue) -> Cast:
    reader = FaceReader(catalogue)
    portrait = cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    return Cast(np.asarray(portrait, np.uint8), lambda picture: reader.faces_in(picture, 80.0)[0].landmarks)


@dataclass
class Booth:
    """One booth with its bank, served by stepped time."""

    catalogue: Catalogue
    cast: Cast
    practice: Practice
    policy: Policy

    def visit(self, kind: CustomerKind, seed: int = 1) -> tuple[SessionId, State]:
        """Let one customer go the whole way; returns the session and the last state before the welcome comes back."""
        customer: Customer = self.cast.customer(kind, seed)
        clock = SteppedClock(TODAY)
        camera = SimulatedCamera(customer, lambda: clock.monotonic_ns)
        facts = StationFacts(self.practice.identity.name, "test", StationClass.DEMO, "test", self.policy.version)
        stepped = SteppedStation(
            Context(self.policy, facts, CALM),
            ModelSight(lambda: self.catalogue, self.policy),
            ModelDocumentReader(lambda: self.catalogue, self.policy.document, lambda: TODAY.date()),
            ModelComparer(lambda: self.catalogue, self.policy.face),
            DrawnScripts(self.policy.liveness),
            VaultArchive(
                self.practice.store,
                self.practice.identity,
                TrustedBank(self.practice.bank),
                clock,
                Presence(Authority(self.practice.store)),
            ),
            clock=clock,
        )
        session = stepped.station.begin(Channel.BOOTH, opening(), "en", None)
        stepped.station.post(ev.ConsentGiven("1"))
        stepped.station.pump()
        for _ in range(LONGEST_VISIT_S * 1_000_000_000 // PERIOD_NS):
            camera.show(cue_of(stepped.state), clock.monotonic_ns)
            camera.lit_by(light_of(stepped.state, clock.monotonic_ns, self.policy))
            stepped.show(camera.next_frame(clock.monotonic_ns + PERIOD_NS))
            if isinstance(stepped.state, Finished | Idle):
                break
        return session, stepped.state

    def record(self, session: SessionId) -> SessionRecord:
        return self.practice.store.open_record(session, OperatorId("test"), TODAY)

    def deliver(self) -> None:
        Courier(self.practice.store, self.practice.connector, self.policy.sync, lambda: TODAY, lambda report: None).run_once(
            datetime(2027, 1, 1, tzinfo=UTC)
        )


@pytest.fixture
def booth(catalogue: Catalogue, cast: Cast) -> Iterator[Booth]:
    with Practice("test-booth", StationClass.DEMO, DEMO.sync) as practice:
        yield Booth(catalogue, cast, practice, DEMO)


def test_an_honest_customer_is_approved_and_the_bank_gives_a_receipt(booth: Booth) -> None:
    session, state = booth.visit(CustomerKind.COOPERATIVE)
    assert isinstance(state, Finished)
    record = booth.record(session)
    assert isinstance(record.recommendation, Approve)
    assert isinstance(record.match, SameFace)
    assert (record.match.evidence.live_views, record.match.evidence.document_views) == (10, 3)
    booth.deliver()
    assert [case.packet_id for case in booth.practice.cases_at_bank()] == [session]
    assert booth.practice.store.delivery(session).state is DeliveryState.RECEIPTED
    assert booth.practice.store.receipt(session) is not None


def test_every_record_says_that_the_customer_was_simulated(booth: Booth) -> None:
    session, _ = booth.visit(CustomerKind.COOPERATIVE, seed=2)
    record = booth.record(session)
    assert {source.capture for source in record.sources} == {Capture.SIMULATION}
    assert record.station.station_class is StationClass.DEMO


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (CustomerKind.IGNORES_PROMPTS, ReasonCode.NOT_LIVE),
        (CustomerKind.SOMEBODY_ELSES_CARD, ReasonCode.DIFFERENT_FACE),
        (CustomerKind.TAMPERED_CARD, ReasonCode.DOCUMENT_CONTRADICTS),
    ],
)
def test_a_customer_who_should_not_be_approved_is_not(booth: Booth, kind: CustomerKind, reason: ReasonCode) -> None:
    session, state = booth.visit(kind, seed=3)
    assert isinstance(state, Finished)
    recommendation = booth.record(session).recommendation
    assert isinstance(recommendation, Refer)
    assert reason in {one.code for one in recommendation.reasons}


def test_under_the_branch_policy_the_booth_refers_even_the_honest_customer(catalogue: Catalogue, cast: Cast) -> None:
    with Practice("branch-booth", StationClass.DEMO, BRANCH.sync) as practice:
        booth = Booth(catalogue, cast, practice, BRANCH)
        session, state = booth.visit(CustomerKind.COOPERATIVE)
        assert isinstance(state, Finished)
        assert state.ending.decision is Decision.REFER
        assert booth.record(session).recommendation.reasons[0].code is ReasonCode.BOOTH_NEEDS_PERSON


def test_nothing_of_the_customer_is_in_the_log(booth: Booth, caplog: pytest.LogCaptureFixture) -> None:
    spoken = io.StringIO()
    handler = logging.StreamHandler(spoken)
    logging.getLogger().addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG):
            booth.visit(CustomerKind.COOPERATIVE, seed=4)
            booth.deliver()
    finally:
        logging.getLogger().removeHandler(handler)
    person = booth.cast.customer(CustomerKind.COOPERATIVE, 4).document.person
    written = (caplog.text + spoken.getvalue()).upper()
    for secret in (person.surname, person.given_names, person.number, person.address, person.personal_number):
        assert secret.upper() not in written
