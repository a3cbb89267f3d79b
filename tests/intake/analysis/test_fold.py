"""Deep analysis: what is shared is found, later cases raise earlier ones, hubs and lies and clocks are contained."""

import time
from dataclasses import replace

import pytest

from kiosk.intake.analysis.budget import Budget
from kiosk.intake.analysis.fact import FaceLink, Label, LinkKind, Truth
from kiosk.intake.analysis.finding import Assessment, FindingKind
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.ports import DeepAnalysis
from kiosk.values import SessionId
from tests.intake.analysis.cases import DAY, PLAIN, START, case, payment


def fold_of(count: int) -> Fold:
    """Return a fold after so many honest cases, three hours apart."""
    fold = Fold(PLAIN)
    for number in range(count):
        honest = case(100_000 + number, number / 8, station=f"station-{number % 7}")
        fold.take(replace(honest, closed_s=honest.opened_s + (80.0 if number % 20 == 0 else 240.0)))
    return fold


def kinds(assessment: Assessment) -> set[FindingKind]:
    return {finding.kind for finding in assessment.findings}


def label(number: int, truth: Truth = Truth.FRAUD, by: str = "ana", second: str = "sam") -> Label:
    return Label(SessionId(f"{number:032x}"), truth, by, second, START + 60 * DAY)


def test_honest_strangers_are_not_referred() -> None:
    fold = fold_of(0)
    answers = [fold.take(case(number, number / 8)) for number in range(500)]
    assert all(len(answer) == 1 and not answer[0].refer for answer in answers)


def test_one_face_under_three_names_is_referred_and_the_earlier_names_with_it() -> None:
    fold: DeepAnalysis = fold_of(300)
    first, second = case(1, 38), case(2, 39)
    fold.take(first)
    fold.take(replace(second, faces=(FaceLink(first.case, True, 9.0),)))
    third = replace(case(3, 40), faces=(FaceLink(first.case, True, 9.0), FaceLink(second.case, True, 8.0)), station_nats=-1.0)
    answers = fold.take(third)
    assert answers[0].refer
    assert FindingKind.FACE_OTHER_NAME in kinds(answers[0])
    assert answers[0].findings[0].evidence[0] in {first.case, second.case}
    looked_at = {answer.case for answer in answers} | {one for one in (first.case, second.case) if fold.assessment(one)}
    assert {first.case, second.case, third.case} <= looked_at


def test_a_recording_played_twice_is_found_whatever_else_is_new() -> None:
    fold = fold_of(300)
    fold.take(case(1, 38, run=77))
    again = fold.take(case(2, 38.1, run=77))
    assert FindingKind.RUN_REPEATED in kinds(again[0])
    assert again[0].refer
    assert again[1].case == SessionId(f"{1:032x}") and again[1].again


def test_a_card_with_one_digit_altered_opens_no_second_account_unseen() -> None:
    fold = fold_of(300)
    fold.take(case(1, 38, half_first=55))
    answer = fold.take(case(2, 39, half_first=55))[0]
    assert FindingKind.DOCUMENT_ALTERED in kinds(answer)


def test_a_household_shares_phone_and_address_and_nothing_is_found() -> None:
    fold = fold_of(300)
    answers = [fold.take(case(number, 38 + number / 100, phone=5, address=6))[0] for number in range(1, 5)]
    assert all(FindingKind.PHONE_SHARED not in kinds(answer) and not answer.refer for answer in answers)


def test_a_phone_shared_by_strangers_is_told_with_the_cases_it_rests_on() -> None:
    fold = fold_of(300)
    for number in range(1, 5):
        fold.take(case(number, 38 + number, phone=5))
    answer = fold.take(case(5, 44, phone=5))[0]
    shared = next(finding for finding in answer.findings if finding.kind is FindingKind.PHONE_SHARED)
    assert set(shared.evidence) == {SessionId(f"{number:032x}") for number in range(1, 5)}
    assert shared.weight > 0.0


@pytest.mark.parametrize("edges", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_hub_of_a_hundred_thousand_edges_costs_what_any_case_costs(edges: int) -> None:
    fold = fold_of(300)
    began = time.process_time()
    for number in range(1_000):
        fold.take(case(number, 40, phone=5, address=6, email=7))
    early = time.process_time() - began
    for number in range(1_000, edges - 1_000):
        fold.take(case(number, 40 + number / 1e5, phone=5, address=6, email=7))
    began = time.process_time()
    for number in range(edges - 1_000, edges):
        fold.take(case(number, 41, phone=5, address=6, email=7))
    assert time.process_time() - began < 3 * early + 0.1
    community = fold.community(SessionId(f"{edges - 1:032x}"))
    assert len(community.cases) <= 60


def test_a_hub_ties_nobody_together() -> None:
    fold = fold_of(10)
    for number in range(1, 200):
        fold.take(case(number, 40, payee=0, email=7))
    assert fold.community(SessionId(f"{1:032x}")).cases == (SessionId(f"{1:032x}"),)


@pytest.mark.parametrize("edges", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_hundred_frauds_through_a_utility_s_account_taint_nobody_who_pays_his_bill(edges: int) -> None:
    fold = fold_of(0)
    for number in range(edges):
        fold.take(payment(number, 40 + number / 1e5, 1_000_000 + number, 5, 9_000_000 + number))
    for number in range(100):
        fold.learn(label(number))
    fold.take(payment(edges, 43, 1_000_000 + edges, 5, 9_000_000 + edges))
    tied = fold.values(SessionId(f"{edges:032x}")).get(FindingKind.WATCHED, 0.0)
    assert tied <= 0.06, "of ten thousand one in a hundred is what was to be expected"
    assert fold.shared_by(SessionId(f"{edges:032x}"))[LinkKind.PAYEE] == edges + 1


def test_a_mule_s_account_ties_whoever_pays_it_to_the_first_fraud() -> None:
    fold = fold_of(0)
    for number in range(8):
        fold.take(payment(number, 40 + number / 1e5, 1_000_000 + number, 5, 9_000_000 + number))
    fold.learn(label(0))
    fold.take(payment(8, 43, 1_000_008, 5, 9_000_008))
    assert fold.values(SessionId(f"{8:032x}"))[FindingKind.WATCHED] >= 0.6


def test_a_community_can_be_drawn() -> None:
    fold = fold_of(10)
    fold.take(case(1, 2, phone=5))
    fold.take(case(2, 3, phone=5, address=6))
    fold.take(case(3, 4, address=6))
    drawn = fold.community(SessionId(f"{1:032x}"))
    assert [int(one, 16) for one in drawn.cases] == [1, 2, 3]
    assert [fold.tied(SessionId(f"{1:032x}"), most) for most in (60, 3, 2)] == [2, 2, 1]
    assert {(int(tie.one, 16), int(tie.other, 16), tie.kind.value) for tie in drawn.ties} == {(1, 2, "phone"), (2, 3, "address")}


def test_the_same_facts_in_the_same_order_give_the_same_answers() -> None:
    facts = [case(number, number / 10, phone=number % 5, run=number % 7 + 50) for number in range(200)]
    one, other = Fold(), Fold()
    assert [one.take(fact) for fact in facts] == [other.take(fact) for fact in facts]


def test_time_that_goes_backwards_is_told_and_changes_no_count() -> None:
    fold = fold_of(300)
    late = case(1, 38)
    lying = replace(late, opened_s=late.received_s + 5 * DAY, closed_s=late.received_s - DAY)
    answer = fold.take(lying)[0]
    assert answer.at_s == late.received_s
    old = replace(case(2, 38), opened_s=0.0, closed_s=1.0)
    assert fold.values(fold.take(old)[0].case)[FindingKind.CLOCK] == 1.0
    assert not fold.take(case(3, 38.1))[0].refer


def test_a_station_that_always_tells_of_smooth_quick_checks_is_unlike_its_peers() -> None:
    fold = fold_of(2_000)
    for number in range(25):
        smooth = case(number, 250 + number, station="station-9")
        fold.take(replace(smooth, closed_s=smooth.opened_s + 60.0))
    assert "station-9" in {unit.name for unit in fold.units()}
    assert not {unit.name for unit in fold.units()} & {f"station-{number}" for number in range(7)}


def test_three_odd_cases_are_not_called_a_pattern() -> None:
    fold = fold_of(2_000)
    for number in range(3):
        odd = case(number, 250 + number, station="station-9", operator="teller-9")
        fold.take(replace(odd, closed_s=odd.opened_s + 80.0))
    assert "station-9" not in {unit.name for unit in fold.units()}


def test_an_account_silent_for_years_that_pays_with_another_document_is_told() -> None:
    fold = fold_of(300)
    fold.take(payment(1, 1, account=9001, payee=8, person=70, document=71))
    answer = fold.take(payment(2, 600, account=9001, payee=9, person=70, document=72, amount_minor=3_000_000))[0]
    assert fold.values(answer.case)[FindingKind.DORMANT_WOKEN] > 2.0


def test_amounts_just_under_the_limit_add_up() -> None:
    fold = fold_of(300)
    for number in range(1, 8):
        answer = fold.take(payment(number, 40 + 9 * number, account=9001, payee=8, person=70, amount_minor=960_000))[0]
    assert FindingKind.UNDER_LIMIT in kinds(answer)


def test_a_confirmed_fraud_makes_whoever_shares_its_phone_watched() -> None:
    fold = fold_of(300)
    fold.take(case(1, 38, phone=5))
    fold.take(case(2, 39, phone=5))
    assert FindingKind.WATCHED not in fold.values(SessionId(f"{2:032x}"))
    fold.learn(label(1))
    assert FindingKind.WATCHED in fold.values(SessionId(f"{2:032x}"))
    assert FindingKind.WATCHED in fold.values(fold.take(case(3, 61, phone=5))[0].case)


def test_a_poisoned_label_on_a_crowd_does_not_put_the_crowd_under_suspicion() -> None:
    fold = fold_of(300)
    for number in range(1, 400):
        fold.take(case(number, 38 + number / 10, address=6, station=f"station-{number % 7}"))
    risen = fold.learn(label(1))
    assert risen == ()
    later = fold.take(case(500, 62, address=6))[0]
    assert fold.values(later.case).get(FindingKind.WATCHED, 0.0) < 0.2
    assert not later.refer


def test_one_person_repeating_a_label_counts_once_and_without_a_second_person_half() -> None:
    fold = fold_of(300)
    fold.take(case(1, 38, phone=5))
    fold.take(case(2, 39, phone=5))
    for _ in range(50):
        fold.learn(label(1, second=""))
    assert fold.values(SessionId(f"{2:032x}"))[FindingKind.WATCHED] == 0.5


def test_a_ring_called_harmless_is_still_seen_by_what_no_label_clears() -> None:
    fold = fold_of(300)
    for number in range(1, 6):
        fold.take(case(number, 38 + number, run=77, phone=5))
    for analyst in ("ana", "bob", "cy", "dee"):
        fold.learn(label(3, Truth.FALSE_ALARM, by=analyst))
    answer = fold.take(case(6, 62, run=77, phone=5))[0]
    assert FindingKind.RUN_REPEATED in kinds(answer) and answer.refer


def test_erasure_takes_the_keys_away_and_leaves_the_rest() -> None:
    fold = fold_of(10)
    fold.take(case(1, 38, phone=5, run=77))
    fold.forget([SessionId(f"{1:032x}")])
    answer = fold.take(case(2, 39, phone=5, run=77))
    assert fold.values(answer[0].case).get(FindingKind.PHONE_SHARED) is None
    assert fold.community(SessionId(f"{1:032x}")).cases == (SessionId(f"{1:032x}"),)
    assert fold.take(case(1, 38, phone=5)) == ()


def test_no_more_than_the_budget_is_referred_whatever_comes() -> None:
    budget = Budget(0.01)
    spent = 0
    for _ in range(10_000):
        budget.case()
        spent += budget.spend(50.0)
    assert spent <= 10_000 * 0.01 + 31


def test_the_budget_is_met_when_every_case_looks_alike_and_when_risk_grows() -> None:
    for growth in (0.0, 0.001):
        budget = Budget(0.01)
        referred = 0
        for number in range(50_000):
            budget.case()
            referred += budget.spend(-4.0 + (number * 7919 % 1000) / 250 + growth * number / 100)
        assert 0.008 * 50_000 < referred <= 0.01 * 50_000 + 31
