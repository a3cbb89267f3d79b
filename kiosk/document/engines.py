"""What reading a document asks of models. The models live in `models/`; tests bring small ones of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, Quad
from kiosk.values import CodeKind


class MrzLines(Protocol):
    """Reads cut MRZ rows."""

    def read(self, rows: Sequence[Gray]) -> NDArray[np.float32]:
        """rows: each (32, 640) gray. Returns (rows, columns, 38) natural log-probabilities: layouts.ALPHABET, then CTC's blank."""
        ...


class TextBoxLike(Protocol):
    @property
    def quad(self) -> Quad:
        """(4, 2) pixels, clockwise from the line's upper left."""
        ...


class TextLineLike(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def confidence(self) -> float:
        """Mean probability of its characters, 0..1."""
        ...


class PrintedText(Protocol):
    """Finds and reads printed lines."""

    def detect(self, image: Pixels, max_side_px: int = 960) -> Sequence[TextBoxLike]: ...

    def recognise(self, crops: Sequence[Pixels]) -> Sequence[TextLineLike]: ...


class FaceLike(Protocol):
    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) pixels, forehead to chin; may reach outside the picture."""
        ...

    @property
    def score(self) -> float: ...


class Faces(Protocol):
    def find_small(self, image: Pixels, smallest_face_px: float) -> Sequence[FaceLike]:
        """Return faces at least that wide, best score first."""
        ...


class CodeLike(Protocol):
    @property
    def kind(self) -> CodeKind: ...

    @property
    def content(self) -> bytes:
        """As the symbol holds them, at most some thousands; whoever printed the code chose them."""
        ...

    @property
    def quad(self) -> Quad:
        """(4, 2) pixels, clockwise from the symbol's upper left."""
        ...


class Codes(Protocol):
    """Finds and reads two-dimensional codes."""

    def find(self, image: Pixels) -> Sequence[CodeLike]: ...


@dataclass(frozen=True, slots=True)
class Engines:
    mrz: MrzLines
    text: PrintedText
    faces: Faces
    codes: Codes
