"""What the customer's receipt says, from the facts of the visit. PURE, no Qt.

It says what was done, what is kept where and how long, and how to take consent back. Nothing on it is biometric: no picture, no figure of a
comparison, no number of the document.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.values import Masked, StationClass
from ui.phrases import Phrases
from ui.scenes import Argument, counted

if TYPE_CHECKING:
    from kiosk.trust.customer_receipt import ReceiptFacts


@dataclass(frozen=True, slots=True)
class Section:
    """rows: names and values; points: sentences."""

    title: str
    rows: tuple[tuple[str, Masked[str]], ...]
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """warning: empty but for stations that are not real."""

    title: str
    warning: str
    sections: tuple[Section, ...]


def receipt_text(facts: "ReceiptFacts", when: str, phrases: Phrases) -> ReceiptText:
    """when: date and time as the language writes them."""

    def say(name: str, **values: Argument) -> str:
        return phrases.text(f"receipt.{name}", **values)

    rows = [
        (say("case"), grouped(facts.session)),
        (say("when"), when),
        (say("where"), facts.branch),
        (say("name"), facts.holder.reveal()),
        (say("document"), phrases.texts.get(f"kind.{facts.document}", "")),
        (say("purpose"), phrases.text(f"purpose.{facts.purpose}")),
        (say("result"), phrases.text(f"decided.{facts.decision}")),
    ]
    checks = [
        say("checked-document" if facts.document_read else "no-document"),
        *([say("checked-live")] if facts.liveness_checked else []),
        say("checked-face" if facts.faces_compared else "no-face"),
    ]
    return ReceiptText(
        title=say("title"),
        warning="" if facts.station_class is StationClass.PRODUCTION else say("not-real"),
        sections=(
            Section(say("verified"), tuple((name, Masked(value)) for name, value in rows if value), tuple(checks)),
            Section(say("stored"), (), (say("stored-here"), say("stored-bank"), say("later-yes" if facts.recognise_later else "later-no"))),
            Section(say("duration"), (), (say("here-days", days=counted("days", facts.kept_days)), say("bank-law"))),
            Section(say("withdraw"), (), (say("how"), say("rights"))),
        ),
    )


def grouped(session: str) -> str:
    """Return the case's number in groups of four: it is read out and typed."""
    return " ".join(session[at : at + 4] for at in range(0, len(session), 4))
