"""A whole station with its threads on the real model pack: it starts, serves, ends its service when it must, and stops."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.assembly.branch import Branch, Parts
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.camera.source import Ended, FrameSource
from kiosk.faults import CameraUnavailable
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.effects import KeepCase
from kiosk.journey.states import CameraAway, Finished, Idle, OutOfService, ShowingDocument
from kiosk.outbox import DeliveryState
from kiosk.policy import DEMO
from kiosk.record import AccountOpening, StationFacts
from kiosk.station.overview import StationOverview
from kiosk.values import Channel, StationClass, Ticket
from kiosk.wire.succession import TrustedBank
from models.catalogue import open_catalogue
from models.face_reader import FaceReader
from tests.camera.clips import LIVE, picture
from tests.journey.build import CALM, opening
from tests.vault.specimen import SESSION, record

FACTS = StationFacts("demo-1", "Utopia Harbour", StationClass.DEMO, "0.1.0", DEMO.version)
WITHIN_S = 60.0


class Owner:
    """The thread that owns a branch: pumps whenever something came, until what is waited for is so."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self._came = threading.Event()
        branch.station.on_inbox(self._came.set)

    def until(self, so: Callable[[], bool]) -> None:
        while True:
            self._came.clear()
            self.branch.station.pump()
            if so():
                return
            assert self._came.wait(WITHIN_S), (self.state, self.overview)

    @property
    def state(self) -> str:
        return type(self.branch.station.state).__name__

    @property
    def overview(self) -> StationOverview:
        return self.branch.station.overview


class Gray:
    """A camera that sees a gray wall thirty times a second, or whatever trouble it is given at its first or second frame."""

    provenance = LIVE

    def __init__(self, trouble: Exception | None = None) -> None:
        self._trouble = trouble
        self._given = 0
        self._interrupted = threading.Event()

    def open(self) -> None:
        if isinstance(self._trouble, CameraUnavailable):
            raise self._trouble

    def read(self) -> Frame | Ended:
        if self._trouble is not None and self._given:
            raise self._trouble
        self._interrupted.wait(1 / 30)
        self._given += 1
        return Frame(picture(5), self._given, time.monotonic_ns(), LIVE)

    def close(self) -> None:
        """There is no device."""

    def interrupt(self) -> None:
        self._interrupted.set()


@contextmanager
def running(source: FrameSource, models: Path) -> Iterator[Owner]:
    """A started branch; after it no thread of it may be left."""
    before = set(threading.enumerate())
    with Practice(FACTS.station, StationClass.DEMO, DEMO.sync) as practice:
        parts = Parts(
            Context(DEMO, FACTS, CALM),
            source,
            models,
            DrawnScripts(DEMO.liveness),
            practice.store,
            practice.identity,
            TrustedBank(practice.bank),
            practice.connector,
        )
        branch = Branch(parts)
        try:
            branch.start()
            yield Owner(branch)
        finally:
            branch.stop()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert left == set()


@pytest.fixture(scope="module")
def cast(pack: Path) -> Cast:
    catalogue = open_catalogue(pack)
    reader = FaceReader(catalogue)
    portrait = cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    return Cast(np.asarray(portrait, np.uint8), lambda shown: reader.faces_in(shown, 80.0)[0].landmarks)


def test_a_simulated_customer_is_seen_cancels_and_no_thread_is_left(pack: Path, cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), time.monotonic_ns)
    with running(camera, pack) as owner:
        station = owner.branch.station
        station.begin(Channel.BOOTH, opening(), "en", None)
        station.post(ev.ConsentGiven("1"))
        owner.until(lambda: isinstance(station.state, ShowingDocument) and station.state.frame_size is not None)
        assert {"camera", "eyes", "reader", "records", "courier"} <= {thread.name for thread in threading.enumerate()}
        station.post(ev.CancelTouched())
        owner.until(lambda: isinstance(station.state, Finished))


def test_what_is_kept_reaches_the_bank_and_the_list_shows_its_receipt(pack: Path) -> None:
    kept = replace(record(), station=FACTS, channel=Channel.BOOTH, purpose=AccountOpening(None), disposition=None)
    with running(Gray(), pack) as owner:
        owner.branch.clerk.keep(KeepCase(Ticket(SESSION, 9), kept, picture(1), None, picture(2)))
        owner.until(lambda: [row.delivery for row in owner.overview.rows] == [DeliveryState.RECEIPTED])
        assert (owner.overview.backlog.waiting, owner.overview.backlog.set_aside, owner.overview.bank_problem) == (0, 0, "")


def test_a_station_whose_model_pack_is_missing_serves_nobody(tmp_path: Path) -> None:
    with running(Gray(), tmp_path / "nothing") as owner:
        owner.until(lambda: isinstance(owner.branch.station.state, OutOfService))
        assert owner.branch.station.state == OutOfService("ModelRefused")
        owner.branch.station.begin(Channel.BOOTH, opening(), "en", None)
        owner.branch.station.pump()
        assert owner.state == "OutOfService"


def test_a_bug_of_the_camera_thread_ends_the_service(pack: Path) -> None:
    with running(Gray(ZeroDivisionError("a bug")), pack) as owner:
        owner.until(lambda: isinstance(owner.branch.station.state, OutOfService) and owner.overview.camera_problem != "")
        assert owner.branch.station.state == OutOfService("ZeroDivisionError")
        assert owner.overview.camera_problem == "CameraLost"


def test_a_camera_that_was_never_there_is_known_when_the_customer_comes(pack: Path) -> None:
    with running(Gray(CameraUnavailable("none")), pack) as owner:
        station = owner.branch.station
        owner.until(lambda: owner.overview.camera_problem == "CameraUnavailable")
        assert isinstance(station.state, Idle)
        station.begin(Channel.BOOTH, opening(), "en", None)
        station.post(ev.ConsentGiven("1"))
        owner.until(lambda: isinstance(station.state, CameraAway))
