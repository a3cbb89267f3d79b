"""Finds and reads the MRZ of a picture: the cheap finder first, the text detector where that fails."""

from collections.abc import Sequence

import cv2
import numpy as np

from kiosk.document.engines import Engines
from kiosk.document.mrz_find import MRZ_LIKE, WORKING_SIDE, Zone, find_zones, zones_of_boxes
from kiosk.document.mrz_read import ZoneReading, likeness, read_zone
from kiosk.imaging.geometry import Gray, Quad, reduced

LEAST_CONFIDENCE = 0.85
MOST_COST = 0.15
LEAST_LIKENESS = 0.0
"""A reading is an MRZ at all: on 57 true zones confidence >= 0.92, cost <= 0.04 nats per character, likeness >= 0.3; readings of
other print had cost >= 0.4 and likeness <= -0.4 (docs/evidence/documents.md)."""
LEAST_FILLED = 0.15
"""Share of a zone's characters that are no fillers. A TD3 of the shortest name and number with an unknown birth date has 0.22; a zone of
fillers alone fits all its check digits, for they are zeros of nothing."""
LARGE = 1.5
CLOSER_SIDE = 2560
"""A small document in a photograph of many megapixels is looked for at this size, if the picture is so much larger than the usual one
and is no page of print."""
MANY = 3
"""Zones that look most like an MRZ from which a picture is taken for a page of print."""
MOST_CLOSER = 2
"""Zones read there: a page of small print costs half a second each."""
LEAST_DIGITS = 7
"""A zone has an expiry with its check digit, or the twelve digits of the old French card's number; forms with a name alone have none."""
DETECTOR_SIDE = 960
LEAST_TILT_DEG = 12.0
"""Up to this the text detector minds no tilt."""
CLEAR, UNBENT = 0.8, 0.01
MOST_LOOKED_AT = 7
MOST_FRUITLESS = 4
"""Zones that looked like an MRZ and were none, after which a picture is taken for a page of text: bounds the time it can cost."""


def search_mrz(gray: Gray, engines: Engines) -> ZoneReading | None:
    """Return the picture's most convincing MRZ, None if it shows none that can be read."""
    zones = find_zones(gray)
    best = _best(gray, zones, engines)
    is_page_of_print = sum(zone.score >= MRZ_LIKE for zone in zones) >= MANY
    if best is None and max(gray.shape) > LARGE * WORKING_SIDE and not is_page_of_print:
        best = _best(gray, find_zones(gray, sizes=2, most_side=CLOSER_SIDE)[:MOST_CLOSER], engines)
    if best is not None and (best.parsed.all_fit or (best.least_confidence > CLEAR and best.cost < UNBENT)):
        # Check digits that do not fit although nothing was doubtful are the document's own.
        return best
    other = _best(gray, zones_of_boxes(_text_boxes(gray, _tilt(zones), engines)), engines)
    return max((r for r in (best, other) if r is not None), key=lambda r: r.worth, default=None)


def _tilt(zones: Sequence[Zone]) -> float:
    """Return by how many degrees the long bars of a picture are off its axes, -45 to 45; 0 where they are not or nothing is seen."""
    tilts = []
    for zone in zones[:5]:
        x, y = zone.quad[1] - zone.quad[0]
        tilts.append((float(np.degrees(np.arctan2(y, x))) + 45) % 90 - 45)
    if len(tilts) == 0 or abs(float(np.median(tilts))) < LEAST_TILT_DEG:
        return 0.0
    return float(np.median(tilts))


def _text_boxes(gray: Gray, tilt: float, engines: Engines) -> list[Quad]:
    """Return the detector's boxes in the picture's pixels. It was made for level print: a tilted picture is shown to it turned back."""
    small, factor = reduced(gray, DETECTOR_SIDE)
    high, wide = small.shape
    turn = np.asarray(cv2.getRotationMatrix2D((wide / 2, high / 2), tilt, 1.0), np.float64)
    reach = np.abs(turn[:, :2]) @ np.array([wide, high])
    turn[:, 2] += reach / 2 - np.array([wide, high]) / 2
    if tilt:
        small = np.asarray(cv2.warpAffine(small, turn, (int(reach[0]), int(reach[1])), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    picture = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)
    back = cv2.invertAffineTransform(turn)
    boxes = engines.text.detect(picture, DETECTOR_SIDE)
    return [((box.quad @ back[:, :2].T + back[:, 2]) / factor).astype(np.float32) for box in boxes]


def _best(gray: Gray, zones: Sequence[Zone], engines: Engines) -> ZoneReading | None:
    best: ZoneReading | None = None
    fruitless = 0
    for zone in zones[:MOST_LOOKED_AT]:
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
    is_legible = reading.mean_confidence >= LEAST_CONFIDENCE and reading.cost <= MOST_COST
    return is_legible and is_filled(reading.parsed.lines) and likeness(reading.parsed) >= LEAST_LIKENESS


def is_filled(lines: Sequence[str]) -> bool:
    """Return whether a zone says something: rules and hatching on paper are read as rows of fillers."""
    text = "".join(lines)
    has_digits = sum(character.isdigit() for character in text) >= LEAST_DIGITS
    return has_digits and sum(character != "<" for character in text) >= LEAST_FILLED * len(text)
