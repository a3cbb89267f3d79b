"""Strangers who share phones and mail boxes: a ring by its pace and its crossed contacts; no guardian, household or cleared number."""

from collections.abc import Iterable

from kiosk.intake.analysis.fact import CaseFact, Label, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.fold import Fold
from kiosk.values import SessionId
from tests.intake.analysis.cases import PLAIN, START, case

RING = FindingKind.CONTACT_RING


def folded(cases: Iterable[CaseFact]) -> Fold:
    fold = Fold(PLAIN)
    for one in cases:
        fold.take(one)
    return fold


def ring_of(fold: Fold, number: int) -> float:
    return fold.values(SessionId(f"{number:032x}")).get(RING, 0.0)


def test_links_of_links_over_phones_and_mail_boxes_are_one_ring_and_earlier_cases_rise_with_it() -> None:
    crossed = [case(1, 1, phone=5), case(2, 4, phone=5, email=7), case(3, 7, email=7, phone=6), case(4, 9, phone=6)]
    fold = folded(crossed)
    assert ring_of(fold, 4) > 1.0
    assert ring_of(fold, 1) == ring_of(fold, 4), "who came first is as much of it as who came last"


def test_both_kinds_crossed_say_more_than_as_many_over_one_phone() -> None:
    crossed = folded([case(1, 1, phone=5), case(2, 4, phone=5, email=7), case(3, 7, email=7)])
    one_kind = folded([case(1, 1, phone=5), case(2, 4, phone=5), case(3, 7, phone=5)])
    assert ring_of(crossed, 3) > ring_of(one_kind, 3) > 0.0


def test_the_faster_they_came_the_more_it_says_and_a_guardian_s_pace_says_nothing() -> None:
    def after(gap: float) -> float:
        return ring_of(folded(case(number, gap * number, phone=5) for number in range(1, 6)), 5)

    assert after(2.0) > after(8.0) > 0.0
    assert after(50.0) == 0.0


def test_a_household_is_one_home_however_many_live_there() -> None:
    assert ring_of(folded(case(number, number / 10, phone=5, email=7, address=6) for number in range(1, 6)), 5) == 0.0


def test_a_contact_with_a_past_or_that_people_cleared_counts_less() -> None:
    lately = [case(number, 400 + number, phone=5) for number in range(10, 14)]
    fresh = ring_of(folded(lately), 13)
    assert ring_of(folded([*(case(number, 50.0 * number, phone=5) for number in range(1, 5)), *lately]), 13) < fresh / 2
    fold = folded(lately[:-1])
    fold.learn(Label(lately[0].case, Truth.FALSE_ALARM, "ines", "omar", START))
    fold.take(lately[-1])
    assert ring_of(fold, 13) < fresh


def test_a_hub_costs_what_a_ring_does_and_is_none() -> None:
    fold = folded(case(number, 10 + number / 1e4, phone=5) for number in range(1, 200))
    assert ring_of(fold, 199) == 0.0
