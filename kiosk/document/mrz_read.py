"""Reads a zone: cuts its rows, has them read both ways up, chooses the layout whose reading bends the picture's word least."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kiosk.document.engines import MrzLines
from kiosk.document.layouts import MRV_A, MRV_B, NATIONAL_FORMS, OLD_FRENCH, TD1, TD2, TD3, Layout
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_decode import RowReading, fixed_text, free_text
from kiosk.document.mrz_find import Zone
from kiosk.document.mrz_rows import PAPER, Band, RowPlace, cut_row, leaned, rows_in, run_out, straightened
from kiosk.document.reading import MrzLayout
from kiosk.document.row_limits import Limits, longer_limits, own_limits, shared_limits
from kiosk.document.states import is_state
from kiosk.imaging.geometry import Gray

SHAPES: tuple[tuple[Layout, Layout], ...] = ((TD1, TD1), (TD2, MRV_B), (TD3, MRV_A))
"""Layouts by size: the document's, and the visa's of the same size, told apart by a first letter V."""
SHORTER = (MrzLayout.TD2, MrzLayout.MRV_B)
"""Rows of these may be the beginning of longer ones, the rest pale under a reflection; all check digits of a visa fit then."""
LENGTH_SLACK = 5
"""Characters a row's free reading may differ from its layout's length."""
FEWEST_FILLERS = 2
"""Fillers at least one row of a zone must show in its free reading."""
LEAST_CHANCE = 0.55
"""Mean probability of its characters below which a row is no OCR-B row at all."""
PROMISING_CHANCE = 0.75
"""Mean probability from which a row is worth cutting again at other ends."""
SHORTEST_PIECE, SURE_CHANCE = 12, 0.9
"""Characters and their mean probability from which a row that runs out of its band is worth looking for its ends."""
MORE_ROOM = 0.7
"""Of a zone's length, at either end: a third of the longest rows may be all that was found."""
CHEAP = 0.1
"""Nats per character a reading may cost without the rows being cut again, at the ends the finder saw."""
SMOOTH = 0.02
"""Nats per character under which a layout that checks out needs no rival."""
HOPELESS = 0.6
"""Nats per character from which reading the rows again will not help."""
MOST_SHAPES = 3
MOST_DIFFERING = 3
"""Characters in which two looks at the same rows may differ to be weighed against each other; else one of them went astray."""
PAPERS = (PAPER, 0.2, 0.45)
"""Row margins averaged when a first reading does not check out."""


@dataclass(frozen=True, slots=True, eq=False)
class ZoneReading:
    """parsed: what the zone says; rows: per line, the characters' scores; cost: nats bent per character; corners: the zone's
    (4, 2) pixels in the picture, clockwise from the upper left of its first character; row_height: pixels in the picture."""

    parsed: MrzParsed
    rows: tuple[RowReading, ...]
    cost: float
    corners: NDArray[np.float32]
    row_height: float
    ends: NDArray[np.float64]
    """(lines, 2): where each row begins and ends along the rows, in characters' widths, slant undone."""
    settled: tuple[int, int] | None = None
    """Line and place of the one character that was exchanged because check digits or state codes explain it, None if none was."""

    @property
    def mean_confidence(self) -> float:
        return float(np.mean(np.concatenate([row.confidences for row in self.rows])))

    @property
    def least_confidence(self) -> float:
        return float(min(row.confidences.min() for row in self.rows))

    @property
    def misalignment(self) -> float:
        """Return by how many characters' widths the rows' ends miss each other: below 0.5 where each row was read whole."""
        return float(max(np.ptp(self.ends[:, 0]), np.ptp(self.ends[:, 1])))

    @property
    def worth(self) -> float:
        """Return how much this looks like a true zone: the better of two readings has more."""
        return self.mean_confidence - 0.2 * self.cost + 0.1 * likeness(self.parsed)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows of a band in reading order. upside_down: the band is seen from its lower edge."""

    places: tuple[RowPlace, ...]
    limits: Limits
    upside_down: bool
    log_probs: NDArray[np.float32]


def read_zone(gray: Gray, zone: Zone, lines: MrzLines) -> ZoneReading | None:
    """Return what stands in a zone, None where no layout fits. gray: the full picture the zone was found in."""
    look = _look(gray, straightened(gray, zone), lines)
    if not look.is_cut or (look.best is not None and _is_settled(look.best)):
        return look.best
    # What was found is the middle of longer rows: a stamp or a shadow broke them.
    other = _look(gray, straightened(gray, zone, MORE_ROOM), lines)
    return _better(look.best, other.best)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The best reading of a band; is_promising: any row looks like one of an MRZ; is_cut: legible rows go on beyond the band."""

    best: ZoneReading | None
    is_promising: bool
    is_cut: bool = False


def _look(gray: Gray, band: Band, lines: MrzLines) -> _Look:
    places = rows_in(band)
    if not places:
        return _Look(None, False)
    shared = shared_limits(places)
    first = _read_between(gray, band, places, shared, lines)
    best = first.best
    if not first.is_promising:
        return first
    # Not well read yet: cut again where each row by itself seems to end, then where the finder saw the zone end.
    whole = (band.margin_px - band.end_px, band.gray.shape[1] - band.margin_px + band.end_px)
    for limits in (own_limits(places), (whole,) * len(places)):
        if best is not None and _is_settled(best):
            break
        if float(np.abs(np.subtract(limits, shared)).max()) < 0.5 * places[0].height:
            continue
        best = _better(best, _read_between(gray, band, places, limits, lines).best)
    if best is not None and best.parsed.content.layout in SHORTER:
        wider = (_read_between(gray, band, places, limits, lines).best for limits in longer_limits(places, shared))
        best = next((longer for longer in wider if longer is not None and _is_longer(longer, best)), best)
    return replace(first, best=best)


def _is_longer(longer: ZoneReading, reading: ZoneReading) -> bool:
    return len(longer.parsed.lines[0]) > len(reading.parsed.lines[0]) and longer.cost <= CHEAP


def _is_settled(reading: ZoneReading) -> bool:
    return reading.cost <= CHEAP and reading.parsed.all_fit


def _better(one: ZoneReading | None, other: ZoneReading | None) -> ZoneReading | None:
    return other if one is None or (other is not None and other.worth > one.worth) else one


def _read_between(gray: Gray, band: Band, places: tuple[RowPlace, ...], limits: Limits, lines: MrzLines) -> _Look:
    """Read the rows cut at these limits, either way up."""
    level = [cut_row(gray, band, place, *limit) for place, limit in zip(places, limits, strict=True)]
    leaning = leaned(level, places, limits)
    if leaning is not places:
        places = leaning
        level = [cut_row(gray, band, place, *limit) for place, limit in zip(places, limits, strict=True)]
    upright = level
    chances = lines.read([*upright, *(_overturned(row) for row in upright)])
    ways = (
        _Rows(places, limits, False, chances[: len(places)]),
        _Rows(places[::-1], limits[::-1], True, chances[len(places) :][::-1]),
    )
    best: ZoneReading | None = None
    is_promising, is_cut = False, False
    for rows in ways:
        free = [free_text(chances) for chances in rows.log_probs]
        is_cut |= any(_is_piece_of_a_row(text, chance) for text, chance in free)
        if not any(_is_like_a_row(text, chance) for text, chance in free):
            continue
        is_promising |= any(_is_like_a_row(text, chance) and chance >= PROMISING_CHANCE for text, chance in free)
        best = _better(best, _read_rows(gray, band, rows, free, lines))
    return _Look(best, is_promising, is_cut and run_out(band, places))


def _is_like_a_row(text: str, chance: float) -> bool:
    """Return whether a free reading could be an MRZ row: long, legible, and with fillers, which no other print has."""
    return len(text) >= 22 and text.count("<") >= FEWEST_FILLERS and chance >= LEAST_CHANCE


def _is_piece_of_a_row(text: str, chance: float) -> bool:
    return len(text) >= SHORTEST_PIECE and text.count("<") >= FEWEST_FILLERS and chance >= SURE_CHANCE


def likeness(parsed: MrzParsed) -> float:
    """Return -1..1: how much a parsed zone is what zones are, from its check digits, states, dates and fillers."""
    content = parsed.content
    marks = [
        *(1.0 if check.fits else -0.5 for check in parsed.checks),
        1.0 if is_state(content.issuing_state) else -1.0,
        1.0 if is_state(content.nationality) else -0.5,
        1.0 if _is_date(content.birth) else -1.0,
        1.0 if _is_date(content.expiry) else -1.0,
        0.5 if content.sex in "MF<" else -1.0,
        0.5 if content.surname and content.given_names else -0.5,
        0.5 if parsed.lines[0][0] in "PIACV" else -1.5,
    ]
    return sum(marks) / len(marks)


def _is_date(text: str) -> bool:
    digits = text.replace("<", "0")
    return digits.isdigit() and 0 <= int(digits[2:4]) <= 12 and 0 <= int(digits[4:]) <= 31


def _overturned(row: Gray) -> Gray:
    return np.ascontiguousarray(row[::-1, ::-1])


def _read_rows(gray: Gray, band: Band, rows: _Rows, free: list[tuple[str, float]], lines: MrzLines) -> ZoneReading | None:
    """Return the best reading of neighbouring rows in the layouts whose lengths they come nearest to."""
    found: list[ZoneReading] = []
    for shape, first in _likely_shapes(free):
        chosen = range(first, first + shape[0].lines)
        reading = _fitted(band, rows, chosen, shape, rows.log_probs[first : first + shape[0].lines])
        if reading is not None and reading.cost < HOPELESS:
            closer = _closer(band, rows, chosen, reading)
            papers = (PAPER,) if reading.parsed.all_fit else PAPERS
            reading = _agreed(reading, _fitted(band, closer, chosen, shape, _averaged(gray, band, closer, chosen, lines, papers)))
        if reading is not None:
            found.append(reading)
    return max(found, key=lambda reading: reading.worth, default=None)


def _likely_shapes(free: list[tuple[str, float]]) -> list[tuple[tuple[Layout, Layout], int]]:
    """Return at most MOST_SHAPES sizes of layout with the first of their rows, the best fitting lengths first."""
    likely = []
    for shape in SHAPES:
        for first in range(len(free) - shape[0].lines + 1):
            own = free[first : first + shape[0].lines]
            if any(_unlike(row, shape[0].length) for row in own) or not any(_is_like_a_row(*row) for row in own):
                continue
            miss = sum(abs(len(text) - shape[0].length) for text, _ in own) / shape[0].lines
            likely.append((miss, shape, first))
    likely.sort(key=lambda item: item[0])
    return [(shape, first) for _, shape, first in likely[:MOST_SHAPES]]


def _unlike(free: tuple[str, float], length: int) -> bool:
    text, chance = free
    return abs(len(text) - length) > LENGTH_SLACK or chance < LEAST_CHANCE


def _agreed(one: ZoneReading, other: ZoneReading | None) -> ZoneReading:
    """Return the better of two readings of the same rows, no surer of a character than both together are.

    Check digits are blind to some confusions (1 for L, 6 for G), so a second look, cut closer, is always taken.
    """
    if other is None or other.parsed.content.layout is not one.parsed.content.layout:
        return one
    better = other if other.worth > one.worth else one
    differing = sum(a != b for x, y in zip(one.rows, other.rows, strict=True) for a, b in zip(x.text, y.text, strict=True))
    if differing > MOST_DIFFERING:
        return better
    rows = tuple(
        replace(row, scores=np.asarray(np.logaddexp(a.scores, b.scores) - np.log(2.0), np.float32))
        for row, a, b in zip(better.rows, one.rows, other.rows, strict=True)
    )
    return replace(better, rows=rows)


def _closer(band: Band, rows: _Rows, chosen: range, reading: ZoneReading) -> _Rows:
    """Return the rows with limits where the first reading saw the text begin and end."""
    limits = list(rows.limits)
    for i, row in zip(chosen, reading.rows, strict=True):
        left, right = _text_ends(rows.limits[i], row.reach, rows.upside_down)
        margin = 0.7 * rows.places[i].height
        limits[i] = (left - margin, right + margin)
    return replace(rows, limits=tuple(limits))


def _averaged(gray: Gray, band: Band, rows: _Rows, chosen: range, lines: MrzLines, papers: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the rows' log-probabilities averaged over several margins above and below."""
    crops = [
        cut_row(gray, band, rows.places[i], rows.limits[i][0] - wider, rows.limits[i][1] + wider, paper)
        for paper, wider in zip(papers, (0.0, -2.0, 2.0), strict=False)
        for i in chosen
    ]
    crops = [_overturned(crop) if rows.upside_down else crop for crop in crops]
    chances = lines.read(crops)
    return np.asarray(chances.reshape(len(papers), len(chosen), *chances.shape[1:]).mean(0), np.float32)


def _fitted(band: Band, rows: _Rows, chosen: range, shape: tuple[Layout, Layout], chances: NDArray[np.float32]) -> ZoneReading | None:
    document, visa = shape
    layout = visa if document is not visa and _starts_with_v(chances[0]) else document
    reading = _as_layout(band, rows, chosen, layout, chances)
    if reading is not None and reading.parsed.all_fit and reading.cost < SMOOTH:
        return reading
    for form in NATIONAL_FORMS:
        if reading is not None and _may_be(form, reading.parsed.lines):
            other = _as_layout(band, rows, chosen, form, chances)
            if other is not None and other.worth > reading.worth:
                reading = other
    return reading


def _may_be(form: Layout, lines: tuple[str, ...]) -> bool:
    """Return whether lines read as ICAO's own give reason to try a national form."""
    if (form.lines, form.length) != (len(lines), len(lines[0])):
        return False
    return lines[0][2:5] == "FRA" if form is OLD_FRENCH else lines[1][14].isalpha() or lines[1][17] == "<"


def _as_layout(band: Band, rows: _Rows, chosen: range, layout: Layout, chances: NDArray[np.float32]) -> ZoneReading | None:
    """Return the rows read as one layout, None where what is read then is of another."""
    first = fixed_text(chances[0], layout.classes[0], _names_no_state)
    others = (fixed_text(row, classes) for row, classes in zip(chances[1:], layout.classes[1:], strict=True))
    readings = (first, *others)
    parsed = parse(tuple(reading.text for reading in readings))
    if not isinstance(parsed, MrzParsed) or layout.form not in ("", parsed.content.form):
        return None
    cost = sum(reading.cost for reading in readings) / (layout.lines * layout.length)
    corners, ends = _corners(band, rows, chosen, readings), _ends(rows, chosen, readings)
    return ZoneReading(parsed, readings, cost, corners, _height(band, rows, chosen), ends)


def _names_no_state(first_line: str) -> bool:
    return not is_state(first_line[2:5].rstrip("<"))


def _starts_with_v(chances: NDArray[np.float32]) -> bool:
    return free_text(chances)[0].startswith("V")


def _corners(band: Band, rows: _Rows, chosen: range, readings: Sequence[RowReading]) -> NDArray[np.float32]:
    """Return the zone's corners in the picture, clockwise from the upper left of the first character as one reads it.

    Where the text begins and ends is taken from the reader: ink beside the row may be the table's.
    """
    ends = [_text_ends(rows.limits[i], reading.reach, rows.upside_down) for i, reading in zip(chosen, readings, strict=True)]
    left, right = float(np.median([a for a, _ in ends])), float(np.median([b for _, b in ends]))
    order = sorted(chosen, key=lambda i: float(np.polyval(rows.places[i].middle, (left + right) / 2)))
    top, bottom = rows.places[order[0]], rows.places[order[-1]]
    corners = np.array(
        [
            [x, np.polyval(place.middle, x) + sign * place.height / 2]
            for place, sign, x in ((top, -1, left), (top, -1, right), (bottom, 1, right), (bottom, 1, left))
        ]
    )
    seen = np.column_stack([corners, np.ones(4)]) @ band.to_picture.T
    seen = seen[:, :2] / seen[:, 2:]
    return np.asarray(np.roll(seen, 2, axis=0) if rows.upside_down else seen, np.float32)


def _ends(rows: _Rows, chosen: range, readings: Sequence[RowReading]) -> NDArray[np.float64]:
    found, widths = [], []
    level = float(np.mean([np.polyval(rows.places[i].middle, sum(rows.limits[i]) / 2) for i in chosen]))
    for i, reading in zip(chosen, readings, strict=True):
        place = rows.places[i]
        ends = np.array(_text_ends(rows.limits[i], reading.reach, rows.upside_down))
        upright = ends - np.polyval(place.lean, ends) * (np.polyval(place.middle, ends) - level)
        found.append(upright)
        widths.append((ends[1] - ends[0]) / len(reading.text))
    return np.asarray(found, np.float64) / float(np.mean(widths))


def _text_ends(limits: tuple[float, float], reach: tuple[float, float], upside_down: bool) -> tuple[float, float]:
    """Return where the text begins and ends in band pixels, left to right as the band lies."""
    left, right = limits
    first, last = (1 - reach[1], 1 - reach[0]) if upside_down else reach
    return left + first * (right - left), left + last * (right - left)


def _height(band: Band, rows: _Rows, chosen: range) -> float:
    place = rows.places[chosen[0]]
    x = (place.left + place.right) / 2
    y = float(np.polyval(place.middle, x))
    ends = np.array([[x, y - place.height / 2, 1], [x, y + place.height / 2, 1]]) @ band.to_picture.T
    ends = ends[:, :2] / ends[:, 2:]
    return float(np.linalg.norm(ends[1] - ends[0]))
