"""The risk policy's file: a hole, a contradiction, a rule that cannot fire, a reward for the worse case, a protected trait are refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.risk.policy_check import PolicyRefused, problems_of, read_policy
from kiosk.risk.policy_file import Act, Band, Case, Condition, DecisionPolicy, Rule, SignalWeight, StepUpKind, Wanted, spell
from kiosk.risk.signals import KNOWN, PROTECTED, protected_word
from kiosk.trust.risk_policy import SHIPPED, policy_from_text, shipped_policy

SHIPPED_TEXT = SHIPPED.read_text(encoding="utf-8")


def problems(text: str) -> str:
    read = policy_from_text(text)
    assert isinstance(read, PolicyRefused)
    return "\n".join(str(problem) for problem in read.problems)


def without(text: str, part: str) -> str:
    assert part in text
    return text.replace(part, "")


def changed(before: str, after: str) -> str:
    assert before in SHIPPED_TEXT
    return SHIPPED_TEXT.replace(before, after)


def test_the_shipped_policy_is_one_and_its_canonical_text_means_the_same() -> None:
    policy = shipped_policy()
    again = policy_from_text(spell(policy))
    assert again == policy
    assert isinstance(again, DecisionPolicy)
    assert again.digest == policy.digest


def test_comments_do_not_change_the_digest_but_one_limit_does() -> None:
    commented = policy_from_text("# the officer's own words\n" + SHIPPED_TEXT)
    stricter = policy_from_text(changed("refer   = 0.15", "refer   = 0.14"))
    assert isinstance(commented, DecisionPolicy) and isinstance(stricter, DecisionPolicy)
    assert commented.digest == shipped_policy().digest != stricter.digest


def test_a_case_without_a_band_is_a_hole() -> None:
    opening = '[[band]]\ncase = "account-opening"\nstep-up = 0.08\nrefer   = 0.15\ndecline = 0.97\n'
    assert "band account-opening: hole: there is no band for such a case" in problems(without(SHIPPED_TEXT, opening))


def test_amounts_above_the_last_band_are_a_hole() -> None:
    last = 'case = "payment"\nstep-up = 0.03'
    assert "band payment: hole: the last band" in problems(changed(last, last.replace("\n", "\nbelow = 9000000\n")))


def test_a_larger_amount_treated_more_mildly_is_refused() -> None:
    assert "a larger amount may not be treated more mildly" in problems(changed("refer   = 0.08", "refer   = 0.5"))


def test_limits_of_a_band_out_of_order_are_a_contradiction() -> None:
    assert "contradiction: step-up, refer and decline" in problems(
        changed("decline = 0.97\n\n[[band]]          # payments below", "decline = 0.1\n\n[[band]]  #")
    )


def test_a_score_that_never_sends_a_case_to_a_person_is_a_hole() -> None:
    text = changed("refer   = 0.25\ndecline = 0.98", "refer   = 1.0\ndecline = 1.0")
    assert "hole: a case the score is nine tenths sure of would still be approved" in problems(text)


def test_two_rules_on_the_same_conditions_contradict_each_other() -> None:
    text = SHIPPED_TEXT + '\n[[rule]]\nname = "other"\nwhen = ["endpoint.debugger >= 1"]\nthen = "decline"\n'
    assert "rule other: contradiction: it has the same conditions as rule debugger" in problems(text)


def test_a_rule_another_one_always_outdoes_is_unreachable() -> None:
    text = SHIPPED_TEXT + '\n[[rule]]\nname = "late"\nwhen = ["endpoint.debugger >= 1", "context.amount >= 5"]\nthen = "refer"\n'
    assert "rule late: unreachable: whenever it fires, rule debugger asks at least as much" in problems(text)


def test_a_stricter_rule_beside_a_milder_one_is_fine() -> None:
    text = SHIPPED_TEXT + '\n[[rule]]\nname = "late"\nwhen = ["endpoint.debugger >= 1", "context.amount >= 5"]\nthen = "decline"\n'
    assert isinstance(policy_from_text(text), DecisionPolicy)


def test_a_condition_no_value_can_meet_is_unreachable() -> None:
    assert "unreachable: context.watchlist >= 2.0" in problems(changed("context.watchlist >= 0.5", "context.watchlist >= 2"))


def test_a_condition_every_value_meets_is_refused() -> None:
    assert "is always so" in problems(changed("context.watchlist >= 0.5", "context.watchlist >= 0"))


def test_a_condition_that_points_the_safe_way_is_refused() -> None:
    assert "points the safe way" in problems(changed("context.watchlist >= 0.5", "context.watchlist <= 0.5"))


def test_a_weight_that_falls_as_its_signal_gets_worse_is_refused() -> None:
    assert "weight identity.match-ratio: not monotone" in problems(
        changed("points = [5.6, 3.43, 1.12, 0.0]", "points = [5.6, 3.43, 1.12, 4.0]")
    )


def test_a_missing_reading_may_not_count_more_than_the_best_one() -> None:
    assert "a missing reading would count for more trust" in problems(
        changed("points = [5.6, 3.43, 1.12, 0.0]\nabsent = 1.0", "points = [5.6, 3.43, 1.12, 0.5]\nabsent = 0.0")
    )


def test_two_weights_of_one_signal_contradict_each_other() -> None:
    text = SHIPPED_TEXT + '\n[[weight]]\nsignal = "context.amount"\nat = [1]\npoints = [0]\nabsent = 0\n'
    assert "weight context.amount: contradiction: it has 2 weights" in problems(text)


def test_an_unknown_signal_is_refused() -> None:
    assert "context.moon-phase is no signal this program measures" in problems(
        changed("context.watchlist >= 0.5", "context.moon-phase >= 1")
    )


@pytest.mark.parametrize("name", ["context.age", "identity.sex", "identity.nationality", "context.birth-place", "customer_gender"])
def test_a_protected_trait_is_refused_as_one(name: str) -> None:
    assert "is a protected trait" in problems(changed("context.watchlist >= 0.5", f"{name} >= 1"))


def test_no_known_signal_is_named_after_a_protected_trait() -> None:
    named = {name for name in KNOWN if set(name.partition(".")[2].split("-")) & PROTECTED}
    assert named == {"context.account-age"}
    assert protected_word("context.account-age") == ""


def test_a_step_up_without_its_kind_and_a_kind_without_step_up_are_refused() -> None:
    assert "`step-up` says what more" in problems(changed('then = "step-up"\nstep-up = "factor"', 'then = "step-up"'))
    assert "`step-up` says what more" in problems(changed('then = "step-up"\nstep-up = "factor"', 'then = "refer"\nstep-up = "factor"'))


def test_a_policy_cannot_ask_for_an_approval() -> None:
    assert "one of step-up, refer, decline" in problems(changed('then = "refer"', 'then = "approve"'))


@pytest.mark.parametrize("text", ["", "[[[", "format = 1\nformat = 1", "a = " + "[" * 5_000, "x" * 300_000, "format = nan", "offset = inf"])
def test_what_is_no_policy_at_all_is_refused_and_nothing_is_raised(text: str) -> None:
    assert problems(text)


def test_every_problem_is_told_not_only_the_first() -> None:
    text = changed("context.watchlist >= 0.5", "context.moon >= 1").replace("slope = 1.0", "slope = -1.0")
    assert "moon" in problems(text)
    assert "score slope" in problems(text)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["signal", "at", "points", "when", "case", "x"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["format", "name", "version", "score", "weight", "band", "rule", "rates", "required"]), _VALUES))
def test_whatever_stands_in_the_file_it_is_a_policy_or_refused(value: dict[str, object]) -> None:
    assert isinstance(read_policy(value), PolicyRefused)


_SIGNALS = st.sampled_from(sorted(KNOWN))
_RULES = st.builds(
    Rule,
    st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True),
    st.lists(st.builds(Condition, _SIGNALS, st.floats(-10, 2_000)), min_size=1, max_size=3).map(tuple),
    st.sampled_from(
        [Wanted(Act.REFER), Wanted(Act.DECLINE), Wanted(Act.STEP_UP, StepUpKind.CHALLENGE), Wanted(Act.STEP_UP, StepUpKind.SUPERVISOR)]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
)


@given(st.lists(_RULES, max_size=5), st.floats(-9, 9), st.floats(0.01, 0.9))
def test_a_sound_policy_survives_being_spelled_and_read(rules: list[Rule], offset: float, refer: float) -> None:
    shipped = shipped_policy()
    bands = (Band(Case.OPENING, None, refer, refer, 1.0), Band(Case.PAYMENT, None, 0.0, refer, 1.0))
    policy = replace(shipped, rules=tuple(rules), bands=bands, score=replace(shipped.score, offset=offset))
    wrong = tuple(problems_of(policy))
    read = policy_from_text(spell(policy))
    assert read == (PolicyRefused(wrong) if wrong else policy)


def test_a_weight_with_knots_outside_the_signals_range_is_refused() -> None:
    policy = shipped_policy()
    odd = SignalWeight("context.watchlist", (5.0,), (1.0,), 1.0)
    weights = tuple(one for one in policy.score.weights if one.signal != odd.signal)
    told = [str(one) for one in problems_of(replace(policy, score=replace(policy.score, weights=(*weights, odd))))]
    assert told == ["weight context.watchlist: no knot lies in the signal's range, 0 to 1"]
