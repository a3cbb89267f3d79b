"""Where to cut a zone's rows left and right: together, each by itself, or wider than anything that was seen."""

from collections.abc import Iterator, Sequence

import numpy as np

from kiosk.document.mrz_rows import RowPlace

Limits = tuple[tuple[float, float], ...]
"""Left and right of each row, pixels of the band."""
END_MARGIN = 0.9
"""Paper left before and after a row, in row heights."""


def shared_limits(places: Sequence[RowPlace]) -> Limits:
    """Return where to cut each row left and right: rows of a zone are equally long, so a short one is cut like the others."""
    height = float(np.median([place.height for place in places]))
    longest = max(place.right - place.left for place in places)
    long = [place for place in places if place.right - place.left > 0.6 * longest]
    left, right = (float(np.median([getattr(place, side) for place in long])) for side in ("left", "right"))
    near, margin = 2.5 * height, END_MARGIN * height
    return tuple(
        (
            (place.left if abs(place.left - left) < near else left) - margin,
            (place.right if abs(place.right - right) < near else right) + margin,
        )
        for place in places
    )


def longer_limits(places: Sequence[RowPlace], limits: Limits) -> Iterator[Limits]:
    """Yield wider limits: as far as any row reaches, then so much farther right or left that 44 characters fit in where 36 were seen."""
    margin = END_MARGIN * places[0].height
    widest = min(place.left for place in places) - margin, max(place.right for place in places) + margin
    yield (widest,) * len(places)
    for farther_left, farther_right in ((0.0, 0.27), (0.27, 0.0)):
        yield tuple((left - farther_left * (right - left), right + farther_right * (right - left)) for left, right in limits)


def own_limits(places: Sequence[RowPlace]) -> Limits:
    return tuple((place.left - END_MARGIN * place.height, place.right + END_MARGIN * place.height) for place in places)
