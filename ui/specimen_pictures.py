"""Pictures for the specimens: a face and a card, made here. The only face is NASA's public-domain portrait of an astronaut."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from kiosk.frame import Frame, Pixels
from kiosk.values import Capture, Moment, Provenance, ns

NOW: Final = Moment(ns(1000), datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
SOURCE: Final = Provenance(Capture.SIMULATION, "specimen")
PORTRAIT: Final = Path(__file__).resolve().parent.parent / "build" / "models" / "specimen_portrait.png"
FRAME_SIZE: Final = (1280, 720)
PAGE_QUAD: Final = ((330.0, 150.0), (972.0, 128.0), (992.0, 548.0), (318.0, 560.0))


@cache
def portrait_pixels() -> Pixels:
    """Return the astronaut, or a drawn head, BGR, 512 x 512."""
    import cv2

    if PORTRAIT.is_file():
        found = cv2.imread(str(PORTRAIT), cv2.IMREAD_COLOR)
        if found is not None:
            return np.asarray(found, np.uint8)
    drawn = np.full((512, 512, 3), 205, np.uint8)
    cv2.ellipse(drawn, (228, 480), (170, 190), 0, 0, 360, (120, 90, 60), -1)
    cv2.ellipse(drawn, (228, 132), (50, 66), 0, 0, 360, (150, 180, 220), -1)
    for x in (208, 248):
        cv2.ellipse(drawn, (x, 118), (8, 4), 0, 0, 360, (60, 50, 40), -1)
    cv2.ellipse(drawn, (228, 155), (18, 8), 0, 0, 180, (70, 70, 150), 3)
    return np.asarray(drawn, np.uint8)


@cache
def face_frame() -> Frame:
    import cv2

    return Frame(np.asarray(cv2.resize(portrait_pixels()[20:308], FRAME_SIZE), np.uint8), 0, NOW.monotonic_ns, SOURCE)


@cache
def printed_portrait() -> Pixels:
    """Return the portrait as a card prints it: paler, coarser, nearly grey; BGR, 150 x 117."""
    import cv2

    cut = portrait_pixels()[60:210, 170:287]
    coarse = cv2.resize(cv2.resize(cut, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), (117, 150), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.convertScaleAbs(cv2.addWeighted(coarse, 0.25, grey, 0.75, 0.0), alpha=0.85, beta=36), np.uint8)


@cache
def card_pixels() -> Pixels:
    """Return a specimen card, BGR, 856 x 540."""
    import cv2

    card = np.full((540, 856, 3), (226, 232, 224), np.uint8)
    card[:90] = (116, 96, 30)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(card, "UTOPIA   IDENTITY CARD", (30, 60), font, 1.2, (255, 255, 255), 3, cv2.LINE_AA)
    card[120:350, 40:220] = cv2.resize(printed_portrait(), (180, 230))
    for row, text in enumerate(("ERIKSSON", "ANNA MARIA", "12 AUG 1974   F   UTO", "D23145890", "15 APR 2032")):
        cv2.putText(card, text, (250, 155 + 46 * row), font, 1.0, (40, 40, 40), 2, cv2.LINE_AA)
    for row, text in enumerate(("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F3204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")):
        # One pitch for every character, as OCR-B is printed.
        for place, letter in enumerate(text):
            (width, _), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_DUPLEX, 1.12, 2)
            left = 30 + round(26.8 * place) + (24 - width) // 2
            cv2.putText(card, letter, (left, 410 + 50 * row), cv2.FONT_HERSHEY_DUPLEX, 1.12, (20, 20, 20), 2, cv2.LINE_AA)
    return np.asarray(card, np.uint8)


@cache
def page_frame() -> Frame:
    import cv2

    desk = np.full((720, 1280, 3), (92, 104, 118), np.uint8)
    desk += np.linspace(0, 60, 1280, dtype=np.uint8)[None, :, None]
    card = card_pixels()
    corners = np.array([[0, 0], [856, 0], [856, 540], [0, 540]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, np.array(PAGE_QUAD, np.float32))
    cv2.warpPerspective(card, warp, FRAME_SIZE, dst=desk, borderMode=cv2.BORDER_TRANSPARENT)
    return Frame(np.asarray(desk, np.uint8), 1, NOW.monotonic_ns, SOURCE)
