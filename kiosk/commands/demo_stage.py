"""A booth with its window, its bank and the simulated customers: what the demo, the bench and the residue scan play on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.assembly.branch import Branch, Parts
from kiosk.assembly.equipment import VERSION
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.frame import Pixels
from kiosk.journey.closing import Context
from kiosk.policy import DEMO
from kiosk.record import StationFacts
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Capture, StationClass
from kiosk.wire.succession import TrustedBank
from models.catalogue import Catalogue, open_catalogue, pack_versions
from models.face_reader import FaceReader

if TYPE_CHECKING:
    from ui.booth import BoothWindow
    from ui.bridge import Bridge

RESPONSE_WINDOW_S = 2.5
CHALLENGES = 3
ATTEMPTS = 2
LIGHT_STEP_S, LIGHT_STEPS = 0.34, 8
"""Simulated customers answer within a second: a shorter window and fewer attempts shorten the visit of the one who ignores the prompts;
three challenges, the least there may be, and eight colours that change almost three times a second, the most they may, shorten those of
all: a simulated face gives the light back as few real ones do."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A booth with its window, its bank and the simulated customers."""

    branch: Branch
    camera: SimulatedCamera
    cast: Cast
    practice: Practice
    window: "BoothWindow"
    bridge: "Bridge"


def make_cast(models: Path) -> Cast:
    """Make the simulated customers. The models read for it are let go again: the booth loads its own."""
    catalogue = open_catalogue(models)
    reader = FaceReader(catalogue)
    return Cast(specimen_portrait(catalogue), lambda picture: reader.faces_in(picture, 80.0)[0].landmarks)


@contextmanager
def set_up(models: Path, language: str) -> Iterator[Stage]:
    """Build a demo booth with everything beside it; the window is shown, nothing runs yet. Needs a QApplication."""
    from ui.booth import BoothWindow
    from ui.bridge import Bridge

    cast = make_cast(models)
    liveness = replace(
        DEMO.liveness,
        response_window_s=RESPONSE_WINDOW_S,
        challenges=CHALLENGES,
        attempts=ATTEMPTS,
        light_step_s=LIGHT_STEP_S,
        light_steps=LIGHT_STEPS,
    )
    policy = replace(DEMO, version=f"{DEMO.version}-show", liveness=liveness)
    facts = StationFacts("demo-booth", "Utopia Harbour", StationClass.DEMO, VERSION, policy.version)
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE, seed=1), time.monotonic_ns)
    with Practice(facts.station, StationClass.DEMO, policy.sync) as practice:
        parts = Parts(
            context=Context(policy, facts, shipped_policy(), pack_versions()),
            source=camera,
            models=models,
            scripts=DrawnScripts(policy.liveness),
            store=practice.store,
            identity=practice.identity,
            bank=TrustedBank(practice.bank),
            connector=practice.connector,
            lookup=practice.connector,
            heartbeat=practice.connector,
        )
        branch = Branch(parts)
        bridge = Bridge(branch.station)
        window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language)
        window.resize(1280, 800)
        window.show()
        try:
            yield Stage(branch, camera, cast, practice, window, bridge)
        finally:
            bridge.stop()
            branch.stop()
            window.close()


def specimen_portrait(catalogue: Catalogue) -> Pixels:
    """Return the public-domain portrait of the model pack, BGR."""
    picture = cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the specimen portrait is no picture")
    return np.asarray(picture, np.uint8)
