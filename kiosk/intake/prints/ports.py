"""What makes a face print of a picture. The networks are above this layer; the command that starts analysis brings them along."""

from typing import Protocol

from kiosk.face.verifier_model import Side
from kiosk.intake.prints.search import Judge


class FacePrinter(Protocol):
    """For one thread."""

    @property
    def print_name(self) -> str:
        """Return which network, and which verifier, prints are comparable under."""
        ...

    @property
    def length(self) -> int: ...

    @property
    def judge(self) -> Judge: ...

    def side_of(self, jpeg: bytes) -> Side | None:
        """Return the print of the face in a picture; None if there is none or it is no picture."""
        ...
