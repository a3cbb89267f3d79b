"""Which parts of two faces agree: an indication for the person who looks, never the verdict."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.face.crops import Region
from kiosk.face.verdict import Agreement, RegionFinding

# fmt: off
AGREES_FROM: Mapping[Region, float] = {
    Region.UPPER: 0.936, Region.LOWER: 0.942, Region.MIDDLE: 0.931, Region.RIGHT: 0.925, Region.LEFT: 0.924,
}
DIFFERS_BELOW: Mapping[Region, float] = {
    Region.UPPER: 0.917, Region.LOWER: 0.912, Region.MIDDLE: 0.910, Region.RIGHT: 0.901, Region.LEFT: 0.901,
}
# fmt: on
"""Cosines of dlib's print of a region, on LFW: two pairs of strangers in a hundred reach the upper one, two pairs of one person in a
hundred
stay below the lower one (docs/evidence/faces.md)."""


def findings(live: NDArray[np.float32], document: NDArray[np.float32], regions: Sequence[Region]) -> tuple[RegionFinding, ...]:
    """Return what each region says. live, document: (n, d) unit prints, one row per region in that order."""
    cosines = (live.astype(np.float64) * document.astype(np.float64)).sum(axis=1).tolist()
    return tuple(RegionFinding(region, _agreement(region, cosine)) for region, cosine in zip(regions, cosines, strict=True))


def _agreement(region: Region, cosine: float) -> Agreement:
    if cosine >= AGREES_FROM[region]:
        return Agreement.AGREES
    return Agreement.UNCLEAR if cosine >= DIFFERS_BELOW[region] else Agreement.DIFFERS
