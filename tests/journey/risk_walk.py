"""Walks under a risk policy: what is asked for more, how a case comes to the desk, what is kept of it."""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import AwaitingDisposition
from kiosk.record import Decision, Disposition, SessionRecord
from kiosk.risk.policy_file import Act, Condition, DecisionPolicy, Rule, StepUpKind, Wanted
from kiosk.risk.signals import Signal, signal
from kiosk.values import Channel, Masked, OperatorId
from kiosk.wire.plain import decode_record, encode_record
from kiosk.wire.sense import check_record
from tests.journey import build
from tests.journey.build import CALM, FACTS, SESSION, TELLER
from tests.journey.walk import Journey

SUPERVISOR = OperatorId("sven")


def asking(*kinds: StepUpKind) -> Context:
    """A policy that asks for these steps up as soon as a station says its screen is shared."""
    rules = tuple(Rule(f"asks-{kind}", (Condition("endpoint.remote-desktop", 1.0),), Wanted(Act.STEP_UP, kind)) for kind in kinds)
    return with_rules(rules)


def with_rules(rules: tuple[Rule, ...], **changed: object) -> Context:
    policy: DecisionPolicy = replace(CALM, rules=rules, **changed)
    return Context(build.DEMO, FACTS, policy, ("face-finder:0123",))


def shared_screen() -> tuple[Signal, ...]:
    return (signal("endpoint.remote-desktop", 1, build.START),)


def kept(journey: Journey) -> SessionRecord:
    effect = journey.last(do.KeepCase)
    assert isinstance(effect, do.KeepCase)
    check_record(effect.record)
    assert decode_record(encode_record(effect.record), 2) == effect.record
    return effect.record


def at_the_desk(context: Context) -> Journey:
    journey = Journey(Channel.DESK, context)
    journey.send(ev.Sensed(shared_screen()))
    return journey.compared()


def awaited(journey: Journey) -> AwaitingDisposition:
    assert isinstance(journey.state, AwaitingDisposition)
    return journey.state


def approve(journey: Journey, second: OperatorId | None = None) -> Journey:
    return journey.send(ev.DispositionMade(Disposition(TELLER, Decision.APPROVE, Masked("seen"), second, build.START)))


def watched() -> ev.Sensed:
    return ev.Sensed((signal("context.watchlist", 1.0, build.START),), SESSION)
