"""Simulated customers: they see what the screen asks, take a human's time to react, and do it, or do not."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.cue import Cue
from kiosk.actor.head import Head
from kiosk.actor.motion import SECOND_NS
from kiosk.actor.person import SpecimenPerson, invent_person
from kiosk.actor.photographed import HeldCard, sensor_noise
from kiosk.actor.puppet import FRAME_SIZE, Puppet
from kiosk.actor.reflection import Reflection
from kiosk.actor.room import before_a_wall
from kiosk.actor.specimen import SpecimenDocument, Tampering, issue
from kiosk.actor.stranger import stranger_of
from kiosk.document.reading import MrzLayout
from kiosk.frame import Pixels
from kiosk.liveness.colours import Screen

MeshReader = Callable[[Pixels], NDArray[np.float32]]
"""Returns the (478, 3) landmarks of the one face in a portrait."""


class CustomerKind(StrEnum):
    COOPERATIVE = "cooperative"
    IGNORES_PROMPTS = "ignores-prompts"
    SOMEBODY_ELSES_CARD = "somebody-elses-card"
    TAMPERED_CARD = "tampered-card"
    INJECTED_VIDEO = "injected-video"
    """Obeys every prompt, being a puppet fed in place of the camera's picture: no screen lights it."""


class SimulatedCustomer(Protocol):
    @property
    def document(self) -> SpecimenDocument: ...

    def told(self, cue: Cue, at_ns: int) -> None:
        """The screen asks something from now on. Telling the same again changes nothing."""
        ...

    def lit_by(self, screen: Screen | None) -> None:
        """The screen shines so from now on; None: as usual."""
        ...

    def seen(self, at_ns: int) -> Pixels:
        """Return what a camera sees at a time; times must not go back."""
        ...


class Customer:
    """A puppet with a card. The same seed, cues and times give the same pictures."""

    def __init__(
        self,
        puppet: Puppet,
        document: SpecimenDocument,
        seed: int,
        *,
        obeys_prompts: bool = True,
        reflection: Reflection | None = None,
    ) -> None:
        """reflection: how the screen lights this customer; None for one it does not reach."""
        self._puppet = puppet
        self._document = document
        self._obeys_prompts = obeys_prompts
        self._reflection = reflection
        self._light: Screen | None = None
        rng = random.Random(seed)  # noqa: S311 - a play must be repeatable
        self._rng = rng
        self._card = HeldCard(document, puppet.frame_size, rng)
        self._cue = Cue.ATTRACT
        self._head = Head(rng)
        self._card_from_ns: int | None = None
        self._card_until_ns: int | None = None
        # what a camera focused on a card at arm's length makes of the person and the room behind it
        self._behind = np.asarray(cv2.blur(cv2.blur(puppet.draw_ahead(), (51, 51)), (51, 51)), np.uint8)
        self._frames = 0
        self._noise_seed = rng.getrandbits(16)

    @property
    def document(self) -> SpecimenDocument:
        return self._document

    def told(self, cue: Cue, at_ns: int) -> None:
        if cue is self._cue:
            return
        self._cue = cue
        reacts_ns = self._head.reacts_ns(at_ns)
        self._card_for(cue, reacts_ns)
        self._head.told(cue if self._obeys_prompts else Cue.LOOK_AHEAD, reacts_ns)

    def seen(self, at_ns: int) -> Pixels:
        card_since_s = self._card_since(at_ns)
        if card_since_s is not None and card_since_s > _FOCUS_S:
            scene = self._behind
        else:
            scene = self._closer(self._puppet.draw(self._head.expression(at_ns)), self._head.nearness(at_ns))
            if self._light is not None and self._reflection is not None:
                scene = self._reflection.lit(scene, self._light)
            if card_since_s is not None:
                near = max(0.0, card_since_s / _FOCUS_S)
                scene = np.asarray(cv2.addWeighted(self._behind, near, scene, 1 - near, 0), np.uint8)
        if card_since_s is not None:
            scene = self._card.draw(scene, card_since_s)
        self._frames += 1
        return sensor_noise(scene, self._noise_seed + 977 * self._frames)

    def lit_by(self, screen: Screen | None) -> None:
        self._light = screen

    def _closer(self, scene: Pixels, share: float) -> Pixels:
        """Return the picture of somebody who leans in: all of it grows, which the wall would not."""
        if share < 1.005:
            return scene
        width, height = self._puppet.frame_size
        matrix = np.array([[share, 0.0, (1 - share) * width / 2], [0.0, share, (1 - share) * height / 2]])
        return np.asarray(cv2.warpAffine(scene, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)

    def _card_for(self, cue: Cue, reacts_ns: int) -> None:
        if cue is Cue.SHOW_DOCUMENT:
            self._card_from_ns, self._card_until_ns = reacts_ns, None
        elif self._card_from_ns is not None and self._card_until_ns is None:
            self._card_until_ns = reacts_ns

    def _card_since(self, at_ns: int) -> float | None:
        """Seconds since the card came, running backwards while it is put away; None when there is no card to see."""
        if self._card_from_ns is None or at_ns < self._card_from_ns:
            return None
        if self._card_until_ns is None or at_ns <= self._card_until_ns:
            return (at_ns - self._card_from_ns) / SECOND_NS
        shown_s = min((self._card_until_ns - self._card_from_ns) / SECOND_NS, _FOCUS_S)
        left_s = shown_s - (at_ns - self._card_until_ns) / SECOND_NS
        return left_s if left_s > 0 else None


_FOCUS_S: Final = 0.8
"""Seconds a camera takes to bring a card into focus, and the customer to take it away."""


@dataclass(frozen=True, slots=True, eq=False)
class _Holder:
    """Whose picture goes onto a card: BGR portrait and the face's box in it."""

    portrait: Pixels
    face_box: tuple[float, float, float, float]


class Cast:
    """All simulated customers, made from one portrait. Making it takes about two seconds; a customer then 0.3."""

    def __init__(self, portrait: Pixels, mesh: MeshReader, frame_size: tuple[int, int] = FRAME_SIZE) -> None:
        """portrait: the specimen portrait of the model pack, BGR; mesh: reads a portrait's landmarks."""
        landmarks = mesh(portrait)
        self.puppet = Puppet(before_a_wall(portrait, landmarks), landmarks, frame_size=frame_size)
        self._reflection = Reflection(self.puppet.landmarks[:, :2], frame_size)
        self._holder = _Holder(portrait, face_box(landmarks))
        stranger = stranger_of(portrait, landmarks)
        self._stranger = _Holder(stranger, face_box(mesh(stranger)))

    def customer(self, kind: CustomerKind, seed: int = 1) -> Customer:
        """Return a fresh customer of that kind, standing in front of the booth with the card in the pocket.

        Two kinds of the same seed are two people: a bank must never take one for the other.
        """
        person = seed * len(CustomerKind) + tuple(CustomerKind).index(kind)
        tampering = Tampering.MRZ_BIRTH if kind is CustomerKind.TAMPERED_CARD else Tampering.NONE
        document = self.document(
            invent_person(person, sex="M" if kind is CustomerKind.SOMEBODY_ELSES_CARD else "F"),
            MrzLayout.TD1,
            tampering=tampering,
            of_stranger=kind is CustomerKind.SOMEBODY_ELSES_CARD,
        )
        return Customer(
            self.puppet,
            document,
            seed,
            obeys_prompts=kind is not CustomerKind.IGNORES_PROMPTS,
            reflection=None if kind is CustomerKind.INJECTED_VIDEO else self._reflection,
        )

    def document(
        self,
        person: SpecimenPerson,
        layout: MrzLayout,
        *,
        tampering: Tampering = Tampering.NONE,
        of_stranger: bool = False,
        two_sided: bool = False,
    ) -> SpecimenDocument:
        """Issue a document with the customer's own portrait, or the stranger's."""
        holder = self._stranger if of_stranger else self._holder
        return issue(person, layout, holder.portrait, holder.face_box, tampering=tampering, two_sided=two_sided)


def face_box(landmarks: NDArray[np.floating]) -> tuple[float, float, float, float]:
    """Return (x0, y0, x1, y1) around a face's mesh points, pixels."""
    low, high = landmarks[:468, :2].min(axis=0), landmarks[:468, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
