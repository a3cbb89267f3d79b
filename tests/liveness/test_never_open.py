"""Whatever the frames: nothing raises, and Live is said only of a whole script done in order, in time, by one face."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.face.observed import EyeOpenness, FaceObservation, FaceView, HeadPose
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Live, Script
from kiosk.liveness.identity import VIEWS_KEPT
from kiosk.values import ns
from tests.liveness.stage import POLICY, Customer, face_print, perform, replace, seen

KINDS = st.sampled_from(list(ChallengeKind))
SCRIPTS = st.builds(
    Script,
    st.lists(KINDS, min_size=1, max_size=4).map(tuple),
    st.booleans(),
    st.sampled_from([(), (ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT)]),
)
ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
USUAL_YAW = st.sampled_from([0.0, 0.0, 0.0, 5.0, 12.0, 17.0, 19.0, 30.0, -5.0, -12.0, -19.0, -40.0])
STEPS = st.sampled_from([0.03, 0.06, 0.06, 0.1, 0.2, 0.4, 1.5, 0.0, -0.2, 20.0])


def holds(run: liveness.LivenessRun, drawn: Script) -> None:
    """The promise of the verdict Live."""
    if not isinstance(run.verdict, Live):
        return
    evidence = run.verdict.evidence
    window = ns(POLICY.qa_window_s if drawn.fixed_by_qa else POLICY.response_window_s)
    assert evidence.script.challenges[: len(drawn.challenges)] == drawn.challenges
    assert [one.kind for one in evidence.done] == list(evidence.script.challenges)
    before = 0
    for one in evidence.done:
        assert before <= one.asked_ns < one.done_ns <= one.asked_ns + window
        before = one.done_ns
    first = run.views[0].face_print
    assert min(float(first @ view.face_print) for view in run.views) >= POLICY.same_person_at_least
    assert evidence.open_eye_baseline is not None


SPOILT = st.sampled_from(
    [None] * 8 + ["yaw", "pitch", "eyes", "shut", "shut", "width", "box", "light", "print", "short", "sharp", "view", "tremor"]
)
FRAME_DRAWS = st.tuples(STEPS, USUAL_YAW, st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2]), SPOILT, ANY_NUMBER)


def _spoil(one: FaceObservation, what: str | None, odd: float) -> FaceObservation:
    """Make one measurement of the observation odd."""
    faces, view = one.faces, one.view
    match what:
        case "yaw":
            faces = tuple(replace(face, pose=HeadPose(odd, 0.0, 0.0)) for face in faces)
        case "pitch":
            faces = tuple(replace(face, pose=HeadPose(0.0, odd, odd)) for face in faces)
            view = view and replace(view, pose=HeadPose(0.0, odd, odd))
        case "eyes":
            faces = tuple(replace(face, eyes=EyeOpenness(odd, 0.3)) for face in faces)
        case "shut":
            faces = tuple(replace(face, eyes=EyeOpenness(0.03, 0.02)) for face in faces)
        case "width":
            faces = tuple(replace(face, width_px=odd) for face in faces)
        case "box":
            faces = tuple(replace(face, box=(500.0, 200.0, odd, 500.0)) for face in faces)
        case "light":
            return replace(one, brightness=odd)
        case "print":
            view = view and replace(view, face_print=face_print(2))
        case "short":
            view = view and replace(view, face_print=face_print(1)[:64])
        case "sharp":
            view = view and replace(view, sharpness=odd)
        case "view":
            view = None
        case _:
            pass
    return replace(one, faces=faces, view=view)


@st.composite
def odd_observations(draw: st.DrawFn) -> list[FaceObservation]:
    at, observations = 1.0, []
    for number in range(draw(st.integers(1, 40))):
        step, yaw, count, spoilt, odd = draw(FRAME_DRAWS)
        at += step
        one = seen(at, yaw=yaw, faces=count, sequence=number, tremor=spoilt != "tremor")
        observations.append(_spoil(one, spoilt, odd))
    return observations


@settings(max_examples=150)
@given(script=SCRIPTS, observations=odd_observations())
def test_no_measurement_raises_and_live_keeps_its_promise(script: Script, observations: list[FaceObservation]) -> None:
    run = liveness.begin(script, POLICY, ns(1.0))
    for observation in observations:
        run = liveness.observe(run, observation, POLICY)
        assert 0.0 <= liveness.remaining_share(run, observation.captured_ns) <= 1.0
        assert 0 <= run.done <= run.total
        assert len(run.views) <= VIEWS_KEPT
        holds(run, script)
    run = liveness.tick(run, ns(10_000.0), POLICY)
    assert run.verdict is not None
    holds(run, script)


MISHAPS = st.dictionaries(
    st.integers(0, 400),
    st.sampled_from(["drop", "nobody", "two", "stranger", "shut", "left", "right", "no view", "again", "back"]),
    max_size=12,
)


@settings(max_examples=60)
@given(
    script=SCRIPTS.filter(lambda script: not script.fixed_by_qa),
    mishaps=MISHAPS,
    wrong=st.sets(st.integers(0, 6), max_size=2),
    fps=st.sampled_from([5.0, 12.0, 30.0]),
)
def test_a_performance_with_mishaps_keeps_the_promise(script: Script, mishaps: dict[int, str], wrong: set[int], fps: float) -> None:
    asked = iter(range(1000))
    count = {"frames": 0}

    def answer(kind: ChallengeKind) -> ChallengeKind:
        return ChallengeKind.TURN_RIGHT if next(asked) in wrong else kind

    def mishap(run: liveness.LivenessRun, one: FaceObservation) -> FaceObservation | None:
        holds(run, script)
        what = mishaps.get(count["frames"])
        count["frames"] += 1
        view: FaceView | None = one.view
        face = one.faces[0]
        match what:
            case "drop":
                return None
            case "nobody":
                return replace(one, faces=(), view=None)
            case "two":
                return replace(one, faces=(face, face))
            case "stranger":
                return replace(one, view=view and replace(view, face_print=face_print(2)))
            case "shut":
                return replace(one, faces=(replace(face, eyes=EyeOpenness(0.02, 0.02)),))
            case "left" | "right":
                return replace(one, faces=(replace(face, pose=HeadPose(40.0 if what == "left" else -40.0, 0, 0)),))
            case "no view":
                return replace(one, view=None)
            case "again":
                return replace(one, sequence=one.sequence - 1000)
            case "back":
                return replace(one, captured_ns=one.captured_ns - ns(0.5))
            case _:
                return one

    run = perform(script, Customer(answers=answer, blink_s=0.45), fps=fps, change=mishap, longest_s=400.0)
    holds(run, script)
