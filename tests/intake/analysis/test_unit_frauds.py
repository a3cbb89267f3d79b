"""What was confirmed of an operator's cases flows back to the others of that kind; one confirmed case makes no pattern."""

from kiosk.intake.analysis.fact import CaseFact, Label, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.fold import Fold
from kiosk.record import Decision
from kiosk.values import SessionId
from tests.intake.analysis.cases import PLAIN, START, case

WATCHED = FindingKind.WATCHED


def let_through(number: int, at: float, operator: str = "teller-9") -> CaseFact:
    """An approval over two doubts."""
    return case(number, at, operator=operator, recommended=Decision.REFER, decision=Decision.APPROVE, doubts=2)


def known(fold: Fold, *numbers: int, truth: Truth = Truth.FRAUD, second: str = "omar") -> None:
    for number in numbers:
        fold.learn(Label(SessionId(f"{number:032x}"), truth, "ines", second, START))


def watched(fold: Fold, number: int) -> float:
    return fold.values(SessionId(f"{number:032x}")).get(WATCHED, 0.0)


def test_two_confirmed_frauds_of_a_teller_throw_light_on_the_others_and_on_what_comes() -> None:
    fold = Fold(PLAIN)
    for number in range(1, 5):
        fold.take(let_through(number, number))
    fold.take(let_through(8, 4, "teller-8"))
    known(fold, 1)
    assert watched(fold, 3) == 0.0, "one is a teller who was deceived"
    known(fold, 2)
    assert watched(fold, 3) == 1.0
    fold.take(let_through(5, 6))
    assert watched(fold, 5) == 1.0
    fold.take(case(6, 6, operator="teller-9"))
    assert watched(fold, 6) == watched(fold, 8) == 0.0, "an ordinary case, or another teller's, is not touched"


def test_the_same_label_twice_or_without_a_second_person_makes_no_pattern() -> None:
    fold = Fold(PLAIN)
    for number in range(1, 5):
        fold.take(let_through(number, number))
    known(fold, 1, 1, 1)
    known(fold, 2, second="")
    assert watched(fold, 3) < 1.0
    known(fold, 1, 2, truth=Truth.FALSE_ALARM)
    fold.take(let_through(5, 6))
    assert watched(fold, 5) == 0.0


def test_one_case_confirmed_by_several_people_is_one_case() -> None:
    fold = Fold(PLAIN)
    for number in range(1, 5):
        fold.take(let_through(number, number))
    known(fold, 1)
    for by in ("omar", "tess"):
        fold.learn(Label(SessionId(f"{1:032x}"), Truth.FRAUD, by, "ines", START))
    fold.take(let_through(5, 6))
    assert watched(fold, 3) == watched(fold, 5) == 0.0
    known(fold, 2)
    assert watched(fold, 3) == 1.0, "two cases are a pattern"


def test_where_such_cases_are_everyday_work_two_frauds_among_them_say_little() -> None:
    fold = Fold(PLAIN)
    for number in range(1, 25):
        fold.take(let_through(number, number))
    known(fold, 1, 2)
    assert 0.0 < watched(fold, 20) <= 0.25


def test_an_erased_case_is_lit_by_nothing() -> None:
    fold = Fold(PLAIN)
    for number in range(1, 5):
        fold.take(let_through(number, number))
    fold.forget([SessionId(f"{3:032x}")])
    known(fold, 1, 2)
    assert watched(fold, 3) == 0.0
    assert watched(fold, 4) == 1.0
