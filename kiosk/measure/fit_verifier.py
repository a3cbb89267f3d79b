"""Fit the face verifier on a folder of pictures, one folder per person: `app.py models fit-verifier DIR`.

What comes out is judged on people its parts have not seen: people are dealt into folds, the score of a pair is made by parts fitted
without both of its people's folds, and the weights that turn scores into likelihood ratios are fitted without them too. Thresholds, miss
rates and Cllr stated in the file are those of such pairs; then everything is fitted once more on everybody. Reproducible from the seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.face import calibration, two_covariance
from kiosk.face.verifier_model import FEATURES, LIKENESSES, OperatingPoint, Placed, PrintVerifier, Rows, VerifierModel

FOLDS = 6
GROUP = 20
"""People a centroid stands for at least: nobody's face can be had back from it."""
COHORT = 1000
NEAREST = 67
MOST_OF_ONE = 6
"""Pictures of one person that make pairs, or the most photographed few would be the measure."""
FITTED_FOR_PRIOR = 0.05
"""The regression cares for the region of low false match rates."""
STATED_RATES = (1e-1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)
_GROUPING_ROUNDS = 12
_IMPOSTORS_TO_FIT = 300_000
_REDRAWS = 200
_TAIL = 0.12
_LEAST_PEOPLE = 120


class TooFewPeople(ValueError):
    """The pictures do not suffice; the text says what is there and what is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """n pictures under one print: prints (n, d) unit, unsteadiness (n,)."""

    print_name: str
    print_digest: str
    prints: Rows
    unsteadiness: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """model: fitted on everybody; genuine, impostor: the likelihood ratios of pairs no part had seen."""

    model: VerifierModel
    genuine: Rows
    impostor: Rows


def fit(enrolled: Sequence[Enrolled], people: NDArray[np.intp], *, seed: int, version: str) -> Fit:
    """Fit to pictures of numbered people. Raises TooFewPeople."""
    counts = np.bincount(people)
    several, many = int((counts > 1).sum()), int((counts > 0).sum())
    if many < _LEAST_PEOPLE or several < FOLDS * 5:
        raise TooFewPeople(
            f"{many} people, {several} of them with two pictures or more; {_LEAST_PEOPLE} and {FOLDS * 5} are needed at least"
        )
    chance = np.random.Generator(np.random.PCG64(seed))
    fold = chance.permutation(np.arange(len(counts)) % FOLDS)[people]
    chosen = _chosen(people, chance)
    blocks = list(_blocks(enrolled, people, fold, chosen, seed))
    ratios = [_crossed(block, blocks, chance) for block in blocks]
    same = np.concatenate([block.same for block in blocks])
    scores = np.concatenate(ratios)
    left = np.concatenate([block.left for block in blocks])
    right = np.concatenate([block.right for block in blocks])
    points = tuple(_points(scores, same, people[left], people[right], len(counts), chance))
    weights = _weights(np.concatenate([block.features for block in blocks]), same, chance)
    parts = tuple(fitted_part(one, people, seed) for one in enrolled)
    genuine, impostor = scores[same], scores[~same]
    model = VerifierModel(
        version=version,
        prints=parts,
        weights=weights[:-1],
        offset=float(weights[-1]),
        points=points,
        cllr=calibration.cllr(genuine, impostor),
        people=many,
        pictures=len(people),
    )
    return Fit(model, genuine, impostor)


def fitted_part(enrolled: Enrolled, people: NDArray[np.intp], seed: int) -> PrintVerifier:
    return PrintVerifier(
        enrolled.print_name,
        enrolled.print_digest,
        two_covariance.fitted(enrolled.prints, people),
        drawn_cohort(enrolled.prints, people, seed),
        NEAREST,
    )


def drawn_cohort(prints: Rows, people: NDArray[np.intp], seed: int) -> Rows:
    """Return (COHORT, d) unit prints of nobody: drawn around the centroids of groups of at least GROUP people, with the scatter all groups
    share. Only centroids and that scatter enter, so no person's print can be had back."""
    chance = np.random.Generator(np.random.PCG64(seed))
    _, first = np.unique(people, return_index=True)
    one_each = prints[first]
    centroids, group = _grouped(one_each, max(len(one_each) // GROUP, 1), chance)
    scattered = one_each - centroids[group]
    scatter = scattered.T @ scattered / max(len(one_each) - len(centroids), 1)
    drawn = centroids[chance.integers(0, len(centroids), COHORT)]
    drawn = drawn + chance.multivariate_normal(np.zeros(prints.shape[1]), scatter, COHORT, method="eigh")
    cohort: Rows = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return cohort


def _grouped(rows: Rows, groups: int, chance: np.random.Generator) -> tuple[Rows, NDArray[np.intp]]:
    """Return (centroids, group of each row): k-means in which no group is smaller than len(rows) // groups."""
    least = len(rows) // groups
    room = np.full(groups, least) + (np.arange(groups) < len(rows) - least * groups)
    centroids = rows[chance.choice(len(rows), groups, replace=False)]
    group = np.zeros(len(rows), np.intp)
    for _ in range(_GROUPING_ROUNDS):
        distances = ((rows[:, None, :] - centroids[None]) ** 2).sum(axis=2)
        group.fill(-1)
        free = room.copy()
        for flat in np.argsort(distances, axis=None, kind="stable").tolist():
            row, wanted = divmod(flat, groups)
            if group[row] < 0 and free[wanted]:
                group[row] = wanted
                free[wanted] -= 1
        centroids = np.stack([rows[group == number].mean(axis=0) for number in range(groups)])
    return centroids, group


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """The pairs between two folds. features: (n, len(FEATURES) per print); left, right: picture numbers; same: one person."""

    folds: frozenset[int]
    features: Rows
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    same: NDArray[np.bool_]


def _blocks(
    enrolled: Sequence[Enrolled], people: NDArray[np.intp], fold: NDArray[np.intp], chosen: NDArray[np.intp], seed: int
) -> Iterator[_Block]:
    for one in range(FOLDS):
        for other in range(one, FOLDS):
            seen = (fold != one) & (fold != other)
            a, b = chosen[fold[chosen] == one], chosen[fold[chosen] == other]
            wanted = np.triu(np.ones((len(a), len(b)), np.bool_), 1) if one == other else np.ones((len(a), len(b)), np.bool_)
            layers = []
            for print_ in enrolled:
                known = Enrolled(print_.print_name, "", print_.prints[seen], print_.unsteadiness[seen])
                part = fitted_part(known, people[seen], seed)
                layers.append(part.features(*(part.place(print_.prints[rows], print_.unsteadiness[rows]) for rows in (a, b)))[:, wanted])
            left, right = np.broadcast_to(a[:, None], wanted.shape)[wanted], np.broadcast_to(b[None], wanted.shape)[wanted]
            yield _Block(frozenset({one, other}), np.concatenate(layers).T, left, right, people[left] == people[right])


def _crossed(block: _Block, blocks: Sequence[_Block], chance: np.random.Generator) -> Rows:
    """Return the block's likelihood ratios, with weights fitted on pairs of which neither person is in its folds."""
    others = [other for other in blocks if not other.folds & block.folds]
    weights = _weights(np.concatenate([o.features for o in others]), np.concatenate([o.same for o in others]), chance)
    ratios: Rows = block.features @ weights[:-1] + weights[-1]
    return ratios


def _weights(features: Rows, same: NDArray[np.bool_], chance: np.random.Generator) -> Rows:
    """Return (k + 1,) weights and offset on the features as they come; some strangers' pairs stand for all.

    A likeness that would speak against the person is left out, weight 0, and the rest fitted again.
    """
    strangers = np.flatnonzero(~same)
    if len(strangers) > _IMPOSTORS_TO_FIT:
        strangers = chance.choice(strangers, _IMPOSTORS_TO_FIT, replace=False)
    rows = np.concatenate([np.flatnonzero(same), strangers])
    middle, size = features[rows].mean(axis=0), np.maximum(features[rows].std(axis=0), 1e-12)
    scaled = (features[rows] - middle) / size
    likeness = np.arange(features.shape[1]) % len(FEATURES) < LIKENESSES
    kept = np.ones(features.shape[1], np.bool_)
    while True:
        answer = calibration.logistic(scaled[:, kept], same[rows], FITTED_FOR_PRIOR)
        weights = np.zeros(features.shape[1])
        weights[kept] = answer[:-1] / size[kept]
        against = likeness & (weights < 0)
        if not against.any():
            return np.append(weights, answer[-1] - weights @ middle)
        kept &= ~against


def _chosen(people: NDArray[np.intp], chance: np.random.Generator) -> NDArray[np.intp]:
    """Return the pictures that make pairs: at most MOST_OF_ONE of each person, drawn."""
    order = chance.permutation(len(people))
    taken: dict[int, int] = {}
    chosen = []
    for row in order.tolist():
        person = int(people[row])
        if taken.get(person, 0) < MOST_OF_ONE:
            taken[person] = taken.get(person, 0) + 1
            chosen.append(row)
    return np.sort(np.array(chosen, np.intp))


def _points(
    scores: Rows, same: NDArray[np.bool_], left: NDArray[np.intp], right: NDArray[np.intp], people: int, chance: np.random.Generator
) -> Iterator[OperatingPoint]:
    """State thresholds and miss rates, with 95 % bounds from drawing the people again (a person drawn twice counts twice in each pair)."""
    genuine, strangers = np.flatnonzero(same), np.flatnonzero(~same)
    impostor = np.sort(scores[strangers])
    tail = strangers[np.argsort(-scores[strangers])[: max(int(len(strangers) * _TAIL), 1)]]
    redrawn = [np.bincount(chance.integers(0, people, people), minlength=people) for _ in range(_REDRAWS)]
    sides = [(counts[left[tail]] * counts[right[tail]], counts[left[genuine]] ** 2) for counts in redrawn]
    totals = [float((counts.sum() ** 2 - (counts**2).sum()) / max(people * (people - 1), 1)) * len(strangers) for counts in redrawn]
    for rate in STATED_RATES:
        if not calibration.enough_for(rate, len(strangers)):
            continue
        threshold = calibration.threshold_at(rate, impostor)
        thresholds, misses = [], []
        for (tail_weight, genuine_weight), total in zip(sides, totals, strict=True):
            reached = int(np.searchsorted(np.cumsum(tail_weight), rate * total))
            drawn = float(scores[tail[min(reached, len(tail) - 1)]])
            thresholds.append(drawn)
            misses.append(float((genuine_weight * (scores[genuine] < drawn)).sum() / max(genuine_weight.sum(), 1)))
        low, high = np.quantile(thresholds, [0.025, 0.975])
        miss_low, miss_high = np.quantile(misses, [0.025, 0.975])
        missed = float((scores[genuine] < threshold).mean())
        yield OperatingPoint(rate, threshold, float(low), float(high), missed, float(miss_low), float(miss_high))


def placed_all(model: VerifierModel, enrolled: Mapping[str, Enrolled]) -> list[Placed]:
    """Return all pictures made ready, one entry per print of the model, in its order."""
    return [part.place(enrolled[part.print_name].prints, enrolled[part.print_name].unsteadiness) for part in model.prints]


def explained(model: VerifierModel) -> str:
    """Return what the fit reached, in lines for a person."""
    lines = [
        f"fitted on {model.people} people, {model.pictures} pictures; Cllr {model.cllr:.4f} on people its parts had not seen",
        "  false match rate   threshold (ln ratio, 95 %)      misses (95 %)",
    ]
    lines += [
        f"  {p.fmr:14.0e}   {p.threshold:6.2f} ({p.threshold_low:6.2f} to {p.threshold_high:6.2f})"
        f"   {p.fnmr:7.2%} ({p.fnmr_low:.2%} to {p.fnmr_high:.2%})"
        for p in model.points
    ]
    lines.append(f"  {len(FEATURES)} scores of each of {len(model.prints)} print(s): {model.name}")
    return "\n".join(lines)
