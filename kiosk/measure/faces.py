"""How often the face verifier errs: `app.py measure faces PAIRS.csv [--all-pairs DIR] [--json FILE]`.

PAIRS.csv has the columns left, right (pictures, named from where the file lies), same (1 or 0) and, if it has folds, fold. DIR has one
folder per person: then every pair of its pictures is scored, and the rates are those of all of them. The verifier is the one the station
would use; nothing is fitted here, except that the accuracy's threshold is chosen on the other folds, as LFW's protocol does.

A false match rate is stated only where at least 10 / rate pairs of strangers were scored, else it is null. A pair of which one picture
shows no face counts as judged different in the accuracy and in nothing else; `failed_to_enrol` says how many pictures those are.

DET curve, scores, error against discard and a contact sheet of the hardest errors go to --charts (build/faces): pictures of people,
to be looked at and deleted. Everything else is figures. Exit status: 0 done, 2 wrong usage or nothing to measure.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.face import calibration
from kiosk.face.quality import measures_of, usability
from kiosk.face.verifier_model import Placed, VerifierModel
from kiosk.faults import ModelRefused
from kiosk.measure.face_charts import contact_sheet, det_chart, discard_chart, score_chart
from kiosk.measure.stills import StageTimes, Still, enrolled_picture, pictures_by_person, read_all
from kiosk.policy import FacePolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_prints import PrintMaker, PrintTableWrong, makers_of
from models.face_reader import FaceReader
from models.face_verifier import open_verifier

RATES = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5}
DISCARDED = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
NEIGHBOURS = 10
HARDEST_SHOWN = 12
_ROWS_AT_ONCE = 256
_TIMED_PAIRS = 30
_REDRAWS = 100

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    left: Path
    right: Path
    same: bool
    fold: str


@dataclass(frozen=True, slots=True, eq=False)
class AllPairs:
    """scores: (n,) natural log-likelihood ratios; left, right: picture numbers; same: whether of one person."""

    scores: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    same: NDArray[np.bool_]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure faces", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, metavar="PAIRS.csv")
    parser.add_argument("--all-pairs", type=Path, metavar="DIR", help="one folder per person: score every pair of its pictures")
    parser.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack")
    parser.add_argument("--charts", type=Path, default=Path("build/faces"), metavar="DIR", help="default: build/faces")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        pairs = read_pairs(options.pairs)
        people = {} if options.all_pairs is None else pictures_by_person(options.all_pairs)
        catalogue = open_catalogue(options.models)
        verifier = open_verifier(catalogue, options.models)
        makers = makers_of(verifier, catalogue, options.models)
    except (OSError, KeyError, ValueError, ModelRefused, PrintTableWrong) as trouble:
        print(f"measure faces: {trouble}", file=sys.stderr)
        return 2
    if not pairs:
        print(f"measure faces: {options.pairs} holds no pair", file=sys.stderr)
        return 2
    times = StageTimes()
    wanted = {path.resolve() for pair in pairs for path in (pair.left, pair.right)}
    wanted |= {path.resolve() for paths in people.values() for path in paths}
    reader = FaceReader(catalogue)
    stills = read_all(reader, makers, sorted(wanted), times)
    figures = measured(
        verifier, pairs, {name: [path.resolve() for path in paths] for name, paths in people.items()}, stills, options.charts
    )
    figures |= {
        "compare_ms_p50": _compare_times(reader, makers, verifier, pairs, times),
        "print": verifier.name,
        "verifier": verifier.version,
        "failed_to_enrol": len(wanted) - len(stills),
        "pictures": len(wanted),
        "stage_ms_p50": times.medians(),
    }
    _say(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a CSV. Raises OSError, or ValueError naming the line that is wrong."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    pairs = []
    for number, row in enumerate(rows, start=2):
        left, right, same = row.get("left"), row.get("right"), (row.get("same") or "").strip()
        if not left or not right or same not in ("0", "1"):
            raise ValueError(f"{path.name}, line {number}: left, right and same (0 or 1) are needed")
        pairs.append(Pair((path.parent / left).resolve(), (path.parent / right).resolve(), same == "1", row.get("fold") or ""))
    return pairs


def measured(
    verifier: VerifierModel, pairs: Sequence[Pair], people: dict[str, list[Path]], stills: dict[Path, Still], charts: Path
) -> dict[str, object]:
    """Return the figures that come from scores, and draw the charts."""
    enrolled = sorted(stills)
    number = {path: row for row, path in enumerate(enrolled)}
    placed = _placed(verifier, [stills[path] for path in enrolled])
    compared = [pair for pair in pairs if pair.left in number and pair.right in number]
    labelled = np.array([float(_ratios(verifier, placed, [number[p.left]], [number[p.right]])[0, 0]) for p in compared])
    labelled_same = np.array([pair.same for pair in compared], np.bool_)
    every = (
        _every_pair(verifier, placed, people, number)
        if people
        else AllPairs(
            labelled.astype(np.float32),
            np.array([number[pair.left] for pair in compared], np.int32),
            np.array([number[pair.right] for pair in compared], np.int32),
            labelled_same,
        )
    )
    genuine, impostor = every.scores[every.same].astype(np.float64), every.scores[~every.same].astype(np.float64)
    right = _accuracy(pairs, number, dict(zip(((p.left, p.right) for p in compared), labelled.tolist(), strict=True)))
    figures: dict[str, object] = {
        "pairs": len(pairs),
        "accuracy": right,
        "accuracy_95": list(calibration.wilson(round(right * len(pairs)), len(pairs))),
        "genuine_pairs": len(genuine),
        "impostor_pairs": len(impostor),
    }
    if not len(genuine) or not len(impostor):
        return figures | {"eer": None, "fnmr_at_fmr": dict.fromkeys(RATES), "cllr": None, "min_cllr": None}
    ascending = np.sort(impostor)
    qualities = np.array([usability(measures_of(still.surround, still.face)) for _, still in sorted(stills.items())])
    discard = _discard(every, qualities, ascending)
    figures |= {
        "eer": calibration.equal_error_rate(genuine, ascending),
        "fnmr_at_fmr": {name: calibration.miss_rate_at(rate, genuine, ascending) for name, rate in RATES.items()},
        "fnmr_at_fmr_95": {name: _bounds(rate, every, ascending, enrolled) for name, rate in RATES.items()},
        "cllr": calibration.cllr(genuine, impostor),
        "min_cllr": calibration.min_cllr(genuine, impostor),
        "cllr_labelled_pairs": calibration.cllr(labelled[labelled_same], labelled[~labelled_same]),
        "at_policy": _at_policy(verifier, genuine, ascending),
        "hardest_impostors": _hardest(verifier, every, enrolled) if people else None,
        "discard": discard,
    }
    charts.mkdir(parents=True, exist_ok=True)
    det_chart(genuine, ascending, charts / "det.png")
    score_chart(genuine, impostor, charts / "scores.png")
    discard_chart(discard, charts / "discard.png")
    surrounds = [stills[path].surround for path in enrolled]
    contact_sheet(_hardest_errors(every), surrounds, charts / "hardest.png")
    return figures


def _placed(verifier: VerifierModel, stills: Sequence[Still]) -> list[Placed]:
    return [
        part.place(
            np.stack([still.sides[part.print_name].face_print for still in stills]).astype(np.float64),
            np.array([still.sides[part.print_name].unsteadiness for still in stills]),
        )
        for part in verifier.prints
    ]


def _taken(placed: Sequence[Placed], rows: Sequence[int] | NDArray[np.intp]) -> list[Placed]:
    chosen = np.asarray(rows, np.intp)
    return [
        Placed(
            one.prints[chosen],
            one.located[chosen],
            one.whitened[chosen],
            one.cosine_mean[chosen],
            one.cosine_spread[chosen],
            one.ratio_mean[chosen],
            one.ratio_spread[chosen],
            one.wavering[chosen],
        )
        for one in placed
    ]


def _ratios(verifier: VerifierModel, placed: Sequence[Placed], left: Sequence[int], right: Sequence[int] | NDArray[np.intp]) -> Scores:
    return verifier.ratios(_taken(placed, left), _taken(placed, right))


def _every_pair(verifier: VerifierModel, placed: Sequence[Placed], people: dict[str, list[Path]], number: dict[Path, int]) -> AllPairs:
    rows = [(number[path], person) for person, name in enumerate(sorted(people)) for path in people[name] if path in number]
    pictures = np.array([row for row, _ in rows], np.intp)
    who = np.array([person for _, person in rows], np.intp)
    parts: list[tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]] = []
    for start in range(0, len(pictures), _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, len(pictures))
        block = _ratios(verifier, placed, pictures[start:stop].tolist(), pictures[start:])
        upper = np.triu(np.ones(block.shape, np.bool_), 1)
        left, right = np.nonzero(upper)
        scores = block[upper].astype(np.float32)
        same = who[start + left] == who[start + right]
        parts.append((scores, pictures[start + left].astype(np.int32), pictures[start + right].astype(np.int32), same))
    return AllPairs(*(np.concatenate([part[place] for part in parts]) for place in range(4)))


def _accuracy(pairs: Sequence[Pair], number: dict[Path, int], scores: dict[tuple[Path, Path], float]) -> float:
    """Return the share judged right, the threshold chosen on the other folds; at even odds where there is one fold only."""
    values = np.array([scores.get((pair.left, pair.right), -np.inf) for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    folds = np.array([pair.fold for pair in pairs])
    right = np.zeros(len(pairs), np.bool_)
    for fold in np.unique(folds):
        held = folds == fold
        threshold = 0.0 if held.all() else _best_threshold(values[~held], same[~held])
        right[held] = (values[held] >= threshold) == same[held]
    return float(right.mean())


def _best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """Return the middle of the gap in which most pairs are judged right; of several gaps the middle one."""
    order = np.argsort(scores, kind="stable")
    ascending, ordered = scores[order], same[order]
    right = np.concatenate([[ordered.sum()], ordered.sum() + np.cumsum(np.where(ordered, -1, 1))])
    best = np.flatnonzero(right == right.max())
    place = int(best[len(best) // 2])
    low = ascending[max(place - 1, 0)]
    high = ascending[min(place, len(ascending) - 1)]
    return float(high if not np.isfinite(low) else (low + high) / 2)


def _bounds(rate: float, every: AllPairs, ascending: Scores, enrolled: Sequence[Path]) -> list[float] | None:
    """Return the 95 % interval of the miss rate at the threshold of a false match rate, by drawing people again."""
    if not calibration.enough_for(rate, len(ascending)):
        return None
    people = {name: row for row, name in enumerate(sorted({path.parent.name for path in enrolled}))}
    person = np.array([people[path.parent.name] for path in enrolled])[every.left[every.same]]
    missed = every.scores[every.same] < calibration.threshold_at(rate, ascending)
    chance = np.random.Generator(np.random.PCG64(1))
    trials, misses = np.bincount(person, minlength=len(people)), np.bincount(person, missed, minlength=len(people))
    drawn = []
    for _ in range(_REDRAWS):
        counts = np.bincount(chance.integers(0, len(people), len(people)), minlength=len(people))
        drawn.append(float((counts * misses).sum() / max((counts * trials).sum(), 1)))
    return [round(float(bound), 6) for bound in np.quantile(drawn, [0.025, 0.975])]


def _at_policy(verifier: VerifierModel, genuine: Scores, ascending: Scores) -> dict[str, float]:
    """Return what the station's bands would have done: how many pass, go to a person and are turned to another face."""
    policy = FacePolicy()
    accept, refer = verifier.threshold(policy.accept_at_fmr), verifier.threshold(policy.refer_at_fmr)
    strangers = len(ascending)
    return {
        "accept_at_least": accept,
        "refer_at_least": refer,
        "genuine_to_a_person": float(((genuine >= refer) & (genuine < accept)).mean()),
        "genuine_taken_for_another": float((genuine < refer).mean()),
        "strangers_accepted": float((strangers - np.searchsorted(ascending, accept)) / strangers),
        "strangers_to_a_person": float((np.searchsorted(ascending, accept) - np.searchsorted(ascending, refer)) / strangers),
    }


def _hardest(verifier: VerifierModel, every: AllPairs, enrolled: Sequence[Path]) -> dict[str, object]:
    """Return how the operating point fares against look-alikes: of each picture the strangers that score highest against it."""
    accept = verifier.threshold(FacePolicy().accept_at_fmr)
    strangers = ~every.same
    scores, left, right = every.scores[strangers], every.left[strangers], every.right[strangers]
    best: dict[int, float] = {}
    nearest = np.full((len(enrolled), NEIGHBOURS), -np.inf, np.float32)
    floor = float(np.quantile(scores, 1 - min(1.0, 4.0 * NEIGHBOURS * len(enrolled) / len(scores)))) if len(scores) else 0.0
    for score, a, b in sorted(zip(*(part[scores >= floor].tolist() for part in (scores, left, right)), strict=True), reverse=True):
        for one in (a, b):
            taken = int(best.get(one, 0))
            if taken < NEIGHBOURS:
                nearest[one, taken] = score
                best[one] = taken + 1
    reached = nearest[np.isfinite(nearest)]
    mean = float((scores >= accept).mean())
    hardest = float((nearest[:, 0] >= accept).mean())
    among = float((reached >= accept).mean()) if len(reached) else 0.0
    return {
        "accept_at_least": accept,
        "fmr_mean": mean,
        "fmr_nearest_neighbours": among,
        "times_the_mean": among / mean if mean > 0 else None,
        "pictures_with_a_stranger_accepted": hardest,
        "neighbours": NEIGHBOURS,
    }


def _discard(every: AllPairs, qualities: Scores, ascending: Scores) -> list[dict[str, float]]:
    """Return the miss rate at fixed thresholds when the pairs with the worst picture are left out: it must fall, or quality means
    nothing."""
    worst = np.minimum(qualities[every.left[every.same]], qualities[every.right[every.same]])
    scores = every.scores[every.same]
    order = np.argsort(worst, kind="stable")
    rows = []
    rate = next((rate for rate in (1e-4, 1e-3, 1e-2) if calibration.enough_for(rate, len(ascending))), 1e-2)
    threshold = calibration.threshold_at(rate, ascending)
    for share in DISCARDED:
        kept = order[int(len(order) * share) :]
        rows.append({"discarded": share, "fmr": rate, "fnmr": float((scores[kept] < threshold).mean()) if len(kept) else 0.0})
    return rows


def _hardest_errors(every: AllPairs) -> Iterator[tuple[int, int, str]]:
    """Yield the pairs that are hardest: one person least alike, strangers most alike."""
    for same, words in ((True, "one person"), (False, "strangers")):
        rows = np.flatnonzero(every.same == same)
        scores = every.scores[rows]
        count = min(HARDEST_SHOWN, len(rows))
        picked = np.argpartition(scores if same else -scores, count - 1)[:count] if count else np.array([], np.intp)
        for row in rows[picked[np.argsort(scores[picked] if same else -scores[picked])]].tolist():
            yield int(every.left[row]), int(every.right[row]), f"{words} {float(every.scores[row]):+.1f}"


def _compare_times(
    reader: FaceReader, makers: Sequence[PrintMaker], verifier: VerifierModel, pairs: Sequence[Pair], times: StageTimes
) -> float | None:
    """Return the median milliseconds from two pictures in memory to the ratio: find, align, print both, compare."""
    spent = []
    for pair in pairs[:: max(len(pairs) // _TIMED_PAIRS, 1)][:_TIMED_PAIRS]:
        pictures = [cv2.imread(str(path)) for path in (pair.left, pair.right)]
        started = time.perf_counter()
        sides = [
            None if picture is None else enrolled_picture(reader, makers, np.asarray(picture, np.uint8), StageTimes())
            for picture in pictures
        ]
        left, right = sides
        if left is None or right is None:
            continue
        scored = time.perf_counter()
        verifier.log_likelihood_ratio(left.sides, right.sides)
        times.spent.setdefault("score", []).append((time.perf_counter() - scored) * 1000)
        spent.append((time.perf_counter() - started) * 1000)
    return round(float(np.median(spent)), 1) if spent else None


def _say(figures: dict[str, object]) -> None:
    for key, value in figures.items():
        if isinstance(value, dict):
            print(f"{key}:")
            for name, inner in value.items():
                print(f"  {name}: {_rounded(inner)}")
        elif isinstance(value, list) and all(isinstance(row, dict) for row in value):
            print(f"{key}:")
            for row in value:
                print(f"  {', '.join(f'{name} {_rounded(inner)}' for name, inner in row.items())}")
        else:
            print(f"{key}: {_rounded(value)}")


def _rounded(value: object) -> object:
    return f"{value:.5g}" if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
