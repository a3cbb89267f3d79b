"""Finds and reads the MRZ of a picture: the cheap finder first, the text detector where that fails."""

from collections.abc import Iterable

import cv2
import numpy as np

from kiosk.document.engines import Engines
from kiosk.document.mrz_find import Zone, find_zones, zones_of_boxes
from kiosk.document.mrz_read import ZoneReading, likeness, read_zone
from kiosk.imaging.geometry import Gray

LEAST_CONFIDENCE = 0.85
MOST_COST = 0.15
LEAST_LIKENESS = 0.0
"""A reading is an MRZ at all: on 57 true zones confidence >= 0.92, cost <= 0.04 nats per character, likeness >= 0.3; readings of
other print had cost >= 0.4 and likeness <= -0.4 (docs/evidence/documents.md)."""
DETECTOR_SIDE = 960
MOST_FRUITLESS = 4
"""Zones that looked like an MRZ and were none, after which a picture is taken for a page of text: bounds the time it can cost."""


def search_mrz(gray: Gray, engines: Engines) -> ZoneReading | None:
    """Return the picture's most convincing MRZ, None if it shows none that can be read."""
    best = _best(gray, find_zones(gray), engines)
    if best is not None and (best.parsed.all_fit or best.least_confidence > 0.8):
        return best
    picture = np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)
    other = _best(gray, zones_of_boxes([box.quad for box in engines.text.detect(picture, DETECTOR_SIDE)]), engines)
    return max((r for r in (best, other) if r is not None), key=lambda r: r.worth, default=None)


def _best(gray: Gray, zones: Iterable[Zone], engines: Engines) -> ZoneReading | None:
    best: ZoneReading | None = None
    fruitless = 0
    for zone in zones:
        reading = read_zone(gray, zone, engines.mrz)
        if reading is None or not is_mrz(reading):
            fruitless += reading is not None
            if fruitless == MOST_FRUITLESS:
                break
            continue
        if best is None or reading.worth > best.worth:
            best = reading
        if best.parsed.all_fit and best.mean_confidence > 0.95:
            break
    return best


def is_mrz(reading: ZoneReading) -> bool:
    return reading.mean_confidence >= LEAST_CONFIDENCE and reading.cost <= MOST_COST and likeness(reading.parsed) >= LEAST_LIKENESS
