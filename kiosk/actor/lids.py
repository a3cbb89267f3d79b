"""Eyelids of a puppet: pictures of both eyes at several stages of closing, made from the portrait's own lid skin."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

_STAGES: Final = 16

_EYES: Final = (
    # (crease above the lid, upper lid edge, lower lid edge), each from outer to inner corner; corners shared
    ((130, 247, 30, 29, 27, 28, 56, 190, 243), (33, 246, 161, 160, 159, 158, 157, 173, 133),
     (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((359, 467, 260, 259, 257, 258, 286, 414, 463), (263, 466, 388, 387, 386, 385, 384, 398, 362),
     (263, 249, 390, 373, 374, 380, 381, 382, 362)),
)  # fmt: skip


class Lids:
    """Lowered lids, cut ready to paste onto the stage."""

    def __init__(self, stage: Pixels, mesh: NDArray[np.float64]) -> None:
        """stage: the enlarged portrait; mesh: (468, 3) landmarks on it."""
        self._patches = tuple(_close(stage, mesh, *eye) for eye in _EYES)

    def lowered(self, stage: Pixels, lids: float) -> Pixels:
        """Return the stage with lids lowered by 0 (as in the portrait) to 1 (shut). The stage itself is left as it is."""
        index = round(float(np.clip(lids, 0.0, 1.0)) * _STAGES)
        if index == 0:
            return stage
        drawn = stage.copy()
        for (x0, y0, x1, y1), pictures in self._patches:
            drawn[y0:y1, x0:x1] = pictures[index - 1]
        return drawn


def _close(
    stage: Pixels,
    mesh: NDArray[np.float64],
    crease: tuple[int, ...],
    upper: tuple[int, ...],
    lower: tuple[int, ...],
) -> tuple[tuple[int, int, int, int], list[Pixels]]:
    """Draw one eye at every stage of closing. The upper lid slides down over the eye and its skin unfolds from the crease."""
    eye_width = abs(mesh[upper[0], 0] - mesh[upper[-1], 0])
    left, right = sorted((mesh[upper[0], 0], mesh[upper[-1], 0]))
    margin = 0.22 * eye_width
    x0, x1 = int(left - margin), int(right + margin) + 1
    y0 = int(mesh[list(crease), 1].min() - 0.45 * eye_width)
    y1 = int(mesh[list(lower), 1].max() + 0.30 * eye_width) + 1
    columns = np.arange(x0, x1, dtype=np.float64)
    top = _along(mesh, crease, columns)
    edge = _along(mesh, upper, columns)
    floor = _along(mesh, lower, columns)
    gap = floor - edge
    # the lashes are a dark band around the mesh's lid line: it comes down whole, only the skin above it unfolds
    opening = np.clip(gap / (0.10 * eye_width), 0, 1)
    lash_top, lash_bottom = edge - 0.11 * eye_width * opening, edge + 0.03 * eye_width * opening
    roof = top - 0.25 * eye_width
    rows = np.arange(y0, y1, dtype=np.float64)[:, None]
    pictures = []
    for stage_number in range(1, _STAGES + 1):
        share = stage_number / _STAGES
        drop = (floor + 0.05 * eye_width * opening - lash_bottom) * share
        t = np.clip((rows - roof) / np.maximum(lash_top + drop - roof, 1e-3), 0, 1)
        skin_y = np.where(rows < roof, rows, roof + (lash_top - roof) * t)
        lid_y = np.where(rows < lash_top + drop, skin_y, rows - drop)
        lid = _sample(stage, columns, lid_y)
        eye = stage[y0:y1, x0:x1].astype(np.float32)
        covered = np.clip(lash_bottom + drop - rows, 0, 1)[..., None]
        pictures.append(np.asarray(np.round(lid * covered + eye * (1 - covered)), np.uint8))
    return (x0, y0, x1, y1), pictures


def _sample(stage: Pixels, columns: NDArray[np.float64], source_y: NDArray[np.float64]) -> NDArray[np.float32]:
    source_x = np.broadcast_to(columns, source_y.shape).astype(np.float32)
    drawn = cv2.remap(stage, source_x, source_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.float32)


def _along(mesh: NDArray[np.float64], line: tuple[int, ...], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of a mesh line at each column; beyond its ends it keeps the end's height."""
    points = mesh[list(line), :2]
    points = points[np.argsort(points[:, 0])]
    return np.interp(columns, points[:, 0], points[:, 1])
