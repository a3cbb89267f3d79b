"""Facts and labels as bytes: what travels between workers and rests in the ledger. Bytes from there are read strictly all the same."""

from typing import Final

from kiosk.intake.analysis.fact import CaseFact, Label
from kiosk.intake.analysis.finding import Assessment
from kiosk.wire.plain import Spelling, spelling_of

FACTS: Final[Spelling[CaseFact]] = spelling_of(CaseFact)
LABELS: Final[Spelling[Label]] = spelling_of(Label)
ASSESSMENTS: Final[Spelling[Assessment]] = spelling_of(Assessment)
