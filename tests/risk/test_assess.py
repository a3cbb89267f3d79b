"""The score and what a policy wants: the same for the same inputs, and never milder for a worse signal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.risk.assess import Asked, Assessment, assess, band_of
from kiosk.risk.policy_file import Act, Case, StepUpKind
from kiosk.risk.signals import KNOWN, Signal, Worse, signal
from kiosk.trust.risk_policy import shipped_policy

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
POLICY = shipped_policy()
OPENING = Asked(Case.OPENING)
WELL = tuple(
    signal(name, value, NOW)
    for name, value in {
        "endpoint.debugger": 0, "endpoint.virtual-camera": 0, "endpoint.clock-behind": 0, "endpoint.program-changed": 0,
        "endpoint.remote-desktop": 0, "endpoint.usb-changed": 0, "identity.match-ratio": 9, "identity.liveness-cues": 1,
        "identity.liveness-wrong": 0, "identity.document-confidence": 0.97, "context.account-age": 800, "context.earlier-attempts": 0,
        "context.earlier-refusals": 0, "context.station-cases-hour": 3, "context.station-declined-day": 0,
        "behaviour.fastest-response": 0.9, "behaviour.document-retries": 1,
    }.items()
)  # fmt: skip
GRAVITY = {None: 0, Act.STEP_UP: 1, Act.REFER: 2, Act.DECLINE: 3}


def having(name: str, value: float, confidence: float = 1.0) -> tuple[Signal, ...]:
    return (*(one for one in WELL if one.name != name), signal(name, value, NOW, confidence))


def paying(amount_minor: int, currency: str = "EUR") -> Asked:
    return Asked(Case.PAYMENT, amount_minor, currency)


def names(found: Assessment) -> list[str]:
    return [reason.signal for reason in found.reasons]


def test_an_ordinary_case_asks_for_nothing_and_is_improbable_fraud() -> None:
    found = assess(POLICY, OPENING, WELL)
    assert found.wanted is None
    assert found.probability < 0.01


def test_a_debugger_sends_the_case_to_a_person_and_is_named_first() -> None:
    found = assess(POLICY, OPENING, having("endpoint.debugger", 1))
    assert (found.wanted, found.reasons[0].rule, names(found)[0]) == (Act.REFER, "debugger", "endpoint.debugger")


def test_a_station_that_does_not_say_how_it_is_sends_the_case_to_a_person() -> None:
    silent = [one for one in WELL if one.name != "endpoint.debugger"]
    found = assess(POLICY, OPENING, silent)
    assert found.wanted is Act.REFER
    assert found.reasons[0].missing
    assert assess(POLICY, OPENING, ()).wanted is Act.REFER


def test_a_large_payment_needs_a_supervisor_and_a_small_one_nobody() -> None:
    assert assess(POLICY, paying(5_000), WELL).wanted is None
    found = assess(POLICY, paying(6_000_000), WELL)
    assert (found.wanted, found.step_ups) == (Act.STEP_UP, (StepUpKind.SUPERVISOR,))


def test_two_steps_up_are_both_asked_for_mildest_first() -> None:
    found = assess(POLICY, paying(6_000_000), having("operator.keystrokes", 2.5))
    assert found.step_ups == (StepUpKind.FACTOR, StepUpKind.SUPERVISOR)


def test_a_currency_without_a_rate_meets_the_strictest_band_and_every_amount_rule() -> None:
    assert band_of(POLICY, paying(100, "XAU")) == POLICY.bands[-1]
    assert assess(POLICY, paying(100, "XAU"), WELL).step_ups == (StepUpKind.SUPERVISOR,)


def test_the_same_score_asks_for_more_at_a_larger_amount() -> None:
    doubtful = having("context.earlier-attempts", 5)
    assert assess(POLICY, paying(5_000), doubtful).wanted is None
    assert assess(POLICY, paying(2_000_000), doubtful).wanted is not None


def test_reasons_of_the_score_come_heaviest_first() -> None:
    found = assess(POLICY, OPENING, (*having("identity.match-ratio", 0), signal("context.outside-hours", 240, NOW)))
    points = [reason.points for reason in found.reasons]
    assert points == sorted(points, reverse=True)
    assert names(found)[:2] == ["identity.match-ratio", "context.outside-hours"]


def test_what_was_not_measured_is_no_reason() -> None:
    found = assess(POLICY, OPENING, [one for one in having("context.earlier-attempts", 5) if one.name != "identity.match-ratio"])
    assert names(found) == ["context.earlier-attempts"]


def test_a_reading_nobody_believes_counts_as_none() -> None:
    unbelieved = assess(POLICY, OPENING, having("identity.match-ratio", 9, confidence=0.0))
    missing = assess(POLICY, OPENING, [one for one in WELL if one.name != "identity.match-ratio"])
    assert unbelieved.probability == missing.probability > assess(POLICY, OPENING, WELL).probability


def test_of_two_readings_the_newer_counts_and_at_one_time_the_worse() -> None:
    older = signal("endpoint.debugger", 1, NOW - timedelta(seconds=9))
    assert assess(POLICY, OPENING, (*WELL, older)).wanted is None
    assert assess(POLICY, OPENING, (*WELL, signal("endpoint.debugger", 1, NOW))).wanted is Act.REFER


_READINGS = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.tuples(st.floats(-300, 3_000), st.floats(0, 1)), max_size=len(KNOWN))
_ASKED = st.just(OPENING) | st.builds(Asked, st.just(Case.PAYMENT), st.integers(1, 10**9), st.sampled_from(["EUR", "USD", "JPY"]))


def readings(drawn: dict[str, tuple[float, float]]) -> list[Signal]:
    return [signal(name, value, NOW, confidence) for name, (value, confidence) in drawn.items()]


@given(_READINGS, _ASKED, st.randoms())
def test_the_same_readings_in_any_order_give_the_same_answer(drawn: dict[str, tuple[float, float]], asked: Asked, order: Random) -> None:
    first = readings(drawn)
    shuffled = list(first)
    order.shuffle(shuffled)
    assert assess(POLICY, asked, first) == assess(POLICY, asked, shuffled) == assess(POLICY, asked, (*first, *shuffled))


@settings(max_examples=300)
@given(_READINGS, _ASKED, st.sampled_from(sorted(KNOWN)), st.floats(-300, 3_000), st.floats(-300, 3_000), st.floats(0, 1))
def test_a_worse_reading_never_gives_a_milder_answer(
    drawn: dict[str, tuple[float, float]], asked: Asked, name: str, one: float, other: float, confidence: float
) -> None:
    better, worse = sorted((one, other), reverse=KNOWN[name].worse is Worse.LOWER)
    rest = readings({other_name: value for other_name, value in drawn.items() if other_name != name})
    before = assess(POLICY, asked, (*rest, signal(name, better, NOW, confidence)))
    after = assess(POLICY, asked, (*rest, signal(name, worse, NOW, confidence)))
    assert after.probability >= before.probability
    assert GRAVITY[after.wanted] >= GRAVITY[before.wanted]


@given(_READINGS, st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_larger_amount_is_never_treated_more_mildly(drawn: dict[str, tuple[float, float]], one: int, other: int) -> None:
    smaller, larger = (assess(POLICY, paying(amount), readings(drawn)) for amount in sorted((one, other)))
    assert GRAVITY[larger.wanted] >= GRAVITY[smaller.wanted]


def test_an_infinite_score_is_still_a_probability() -> None:
    grave = replace(POLICY, score=replace(POLICY.score, offset=50.0, slope=10.0))
    found = assess(grave, OPENING, readings({"identity.match-ratio": (-200.0, 1.0)}))
    assert 0.0 < found.probability < 1.0
    assert found.wanted is Act.DECLINE


def test_a_required_reading_that_is_not_to_be_believed_at_all_is_a_missing_one() -> None:
    policy = replace(POLICY, required=("operator.keystrokes",))
    assert assess(policy, OPENING, having("operator.keystrokes", 0.2)).wanted is None
    found = assess(policy, OPENING, having("operator.keystrokes", 0.0, 0.0))
    assert found.wanted is Act.REFER
    assert found.reasons[0].missing
