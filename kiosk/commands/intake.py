"""The bank's end, with the networks that make face prints for analysis where the bank allows them (`intake prints`)."""

from kiosk.commands import asking
from kiosk.intake.command import main as intake
from kiosk.intake.prints.ports import FacePrinter


def load_printer() -> FacePrinter:
    """Raises ModelRefused."""
    from kiosk.assembly.face_printing import ModelFacePrinter

    return ModelFacePrinter()


def main(argv: list[str]) -> int:
    return intake(argv, load_printer, lambda people, action: asking.two_people(people, "bank", action))
