"""The measuring program counts right, and on real recordings nobody passes with a stranger's portrait."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.face.verdict import DifferentFace, NotCompared, SameFace
from kiosk.face.verifier import compare
from kiosk.measure.face_pairs import _accuracy, _all_pairs, _errors_at, _live_prints, _portrait, _threshold_for, main
from kiosk.policy import FacePolicy
from models.face_reader import FaceReader

PEOPLE = ("b1e2", "73fc", "74a8", "f1fa")


def test_errors_are_shares_of_the_right_kind_of_pair() -> None:
    errors = _errors_at(0.5, np.array([0.4, 0.5, 0.9, 0.95]), np.array([0.1, 0.2, 0.3, 0.5, 0.6]))
    assert (errors.fnmr, errors.fmr) == (0.25, 0.4)


@pytest.mark.parametrize(("rate", "passing"), [(0.5, 5), (0.1, 1), (0.01, 0), (0.0, 0)])
def test_a_threshold_lets_no_more_strangers_pass_than_its_rate(rate: float, passing: int) -> None:
    strangers = np.linspace(0.0, 0.9, 10)
    assert int((strangers >= _threshold_for(rate, strangers)).sum()) == passing


def test_people_are_told_apart_by_their_folder() -> None:
    axes = np.eye(2, dtype=np.float32)
    genuine, impostor = _all_pairs({"set/anna/1.jpg": axes[0], "set/anna/2.jpg": axes[0], "set/bert/1.jpg": axes[1]})
    assert genuine.tolist() == [1.0]
    assert impostor.tolist() == [0.0, 0.0]


def test_accuracy_is_judged_at_a_threshold_chosen_elsewhere() -> None:
    scores = np.array([0.9, 0.1, 0.4, 0.3])
    same = np.array([True, False, True, False])
    first = np.array([True, True, False, False])
    assert _accuracy(scores, same, ~first) == 0.5
    assert _accuracy(scores, same, first) == 1.0


def test_measuring_nothing_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "--faces" in capsys.readouterr().err


@pytest.mark.shared
def test_on_real_clips_each_portrait_matches_its_own_and_nobody_elses(shared: Path, faces: FaceReader) -> None:
    folder = shared / "data" / "liveness"
    policy = FacePolicy()
    live = {who: _live_prints(faces, folder / "clips" / f"td_real_{who}.mp4", policy.live_views_wanted) for who in PEOPLE}
    for owner in PEOPLE:
        portrait = _portrait(faces, folder / "docs" / f"td_{owner}__0.jpg")
        assert portrait is not None
        for who in PEOPLE:
            verdict = compare(live[who], [portrait.face_print], policy, portrait_width_px=portrait.face.width_px, print_name="dlib")
            if who == owner:
                assert isinstance(verdict, SameFace)
            else:
                assert not isinstance(verdict, SameFace | NotCompared)


@pytest.mark.shared
def test_on_real_clips_most_strangers_are_called_different(shared: Path, faces: FaceReader) -> None:
    folder = shared / "data" / "liveness"
    live = _live_prints(faces, folder / "clips" / "td_sv_1b75_web.mp4", 6)
    verdicts = []
    for owner in PEOPLE:
        portrait = _portrait(faces, folder / "docs" / f"td_{owner}__0.jpg")
        assert portrait is not None
        verdicts.append(compare(live, [portrait.face_print], FacePolicy(), portrait_width_px=portrait.face.width_px, print_name="dlib"))
    assert sum(isinstance(verdict, DifferentFace) for verdict in verdicts) >= 2
