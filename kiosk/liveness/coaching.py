"""One hint at a time, steady enough to read. Hints guide; they never decide."""

from dataclasses import dataclass

from kiosk.face.observed import FaceObservation, FaceSeen
from kiosk.liveness.challenge import Hint
from kiosk.policy import LivenessPolicy

SHOW_AFTER_NS = 400_000_000
"""A hint must hold this long before it shows: a face at the edge of a limit does not flicker."""

SHOW_AT_LEAST_NS = 1_200_000_000
"""A hint once shown stays long enough to be read, unless all is well again for SHOW_AFTER_NS after that."""

LEEWAY = 0.08
"""A hint that shows is withdrawn only when its limit is cleared by this share."""

LIES_FROM_DEG = 65.0
"""Roll: a portrait on its side reads 87 to 93, the most of any frame of a genuine clip 38."""

URGENT = frozenset({Hint.NO_FACE, Hint.ONE_PERSON, Hint.OTHER_SIDE})
"""These replace another hint at once (after SHOW_AFTER_NS): reading on would be in vain."""


@dataclass(frozen=True, slots=True)
class Coach:
    """shown: what the customer reads; wanted: what the frames ask for; the times are monotonic nanoseconds."""

    shown: Hint | None = None
    shown_ns: int = 0
    wanted: Hint | None = None
    wanted_ns: int = 0


def coach(state: Coach, wanted: Hint | None, at_ns: int) -> Coach:
    """Return the coach after one more frame that asks for `wanted`."""
    since = state.wanted_ns if wanted is state.wanted else at_ns
    state = Coach(state.shown, state.shown_ns, wanted, since)
    if wanted is state.shown or at_ns - since < SHOW_AFTER_NS:
        return state
    readable = state.shown is None or at_ns - state.shown_ns >= SHOW_AT_LEAST_NS
    if readable or wanted in URGENT:
        return Coach(wanted, at_ns, wanted, since)
    return state


def upright(face: FaceSeen) -> bool:
    """Whether a face stands and does not lie on its side, as in a film whose file does not say that the telephone was turned."""
    return abs(face.pose.roll_deg) <= LIES_FROM_DEG


def second_person(faces: tuple[FaceSeen, ...], policy: LivenessPolicy) -> bool:
    """Whether another face is large enough to be a second customer and not somebody in the queue behind."""
    return len(faces) > 1 and faces[1].width_px >= policy.second_face_share * max(faces[0].width_px, 1.0)


def presence(observation: FaceObservation, shown: Hint | None, policy: LivenessPolicy) -> Hint | None:
    """Return what keeps the one face from being seen at all: none, several, or the light. None when all is well."""
    if not observation.faces:
        return Hint.NO_FACE
    if second_person(observation.faces, policy):
        return Hint.ONE_PERSON
    if observation.brightness < policy.dark_below * _leeway(shown, Hint.TOO_DARK, +1):
        return Hint.TOO_DARK
    if observation.brightness > policy.bright_above * _leeway(shown, Hint.TOO_BRIGHT, -1):
        return Hint.TOO_BRIGHT
    return None


def placing(observation: FaceObservation, shown: Hint | None, policy: LivenessPolicy) -> Hint | None:
    """Return where a face that looks ahead should move to; None when it is well placed. Turned faces look smaller: do not ask then."""
    face = observation.faces[0]
    width, height = max(observation.frame_size[0], 1), max(observation.frame_size[1], 1)
    share = face.width_px / width
    closer = _leeway(shown, Hint.COME_CLOSER, +1)
    if share < policy.min_face_width_share * closer or face.width_px < policy.min_face_width_px * closer:
        return Hint.COME_CLOSER
    if share > policy.max_face_width_share * _leeway(shown, Hint.MOVE_BACK, -1):
        return Hint.MOVE_BACK
    x = (face.box[0] + face.box[2]) / 2 / width - 0.5
    y = (face.box[1] + face.box[3]) / 2 / height - 0.5
    if max(abs(x), abs(y)) > policy.centre_tolerance_share * _leeway(shown, Hint.CENTRE_FACE, -1):
        return Hint.CENTRE_FACE
    return None


def _leeway(shown: Hint | None, hint: Hint, sign: int) -> float:
    return 1.0 + sign * LEEWAY if shown is hint else 1.0
