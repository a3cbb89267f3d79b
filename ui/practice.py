"""What practice says after each simulated customer, what there is to practise, and the banner of its window. PURE, no Qt."""

from enum import StrEnum

from kiosk.record import Decision
from ui.scenes import Words

PRACTICE_BANNER = Words("banner.practice")
HONEST = "cooperative"


class Exercise(StrEnum):
    """What a teller should have done once before the first customer, beside deciding with the advice."""

    OVERRIDE = "override"
    UNDO = "undo"
    SECOND = "second"
    REVIEW = "review"


def feedback(kind: str, decision: Decision) -> Words:
    """kind: a word of `CUSTOMERS`; say who it was, and whether the decision was a good one."""
    if kind == HONEST:
        verdict = "practice.well" if decision is Decision.APPROVE else "practice.strict"
    else:
        verdict = "practice.badly" if decision is Decision.APPROVE else "practice.well"
    return Words("practice.was", (("who", Words(f"customer.{kind}")), ("verdict", Words(verdict))))


def people(teller: tuple[str, str, str], supervisor: tuple[str, str, str]) -> Words:
    """Who may sign in at the practice window, each with name, password and the code of this moment."""
    names = (("teller", "first", "once"), ("supervisor", "second", "then"))
    said = zip((*names[0], *names[1]), (*teller, *supervisor), strict=True)
    return Words("practice.people", tuple(said))


def second_person(name: str, password: str, code: str) -> Words:
    """The colleague who agrees in practice: there is nobody beside the learner."""
    return Words("practice.second", (("name", name), ("password", password), ("code", code)))
