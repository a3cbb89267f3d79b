"""`app.py policy sign`: the last step of a risk policy's way from the officer's file to the stations."""

import argparse
from datetime import UTC, datetime

from kiosk.commands import asking
from kiosk.commands.asking import bank_answers_key
from kiosk.commands.policy import tests_of, tried_on_vault, vault
from kiosk.commands.policy_chosen import policy_of, text_of
from kiosk.faults import SettingsRefused
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Action
from kiosk.trust.policy_signing import NotPassed, sign_policy
from kiosk.trust.presence import Authority
from kiosk.values import StationClass
from kiosk.vault.two_people import Agreed


def sign(chosen: argparse.Namespace) -> int:
    policy, text = policy_of(chosen.file), text_of(chosen.file)
    key, not_before = bank_answers_key(chosen.key), _time(chosen.not_before)
    with vault(chosen.settings, Action.CHANGE_POLICY) as opened:
        if opened is None:
            return 1
        store, who = opened
        tested = tests_of(policy, chosen.examples, tried_on_vault(policy, store, who))
        print(tested.words)
        second = asking.sign_in(Operators(store), store.where, who="Second person's name")
        if second is None:
            return 1
        now = datetime.now(UTC)
        agreed = Authority(store).agree(who, second, Action.CHANGE_POLICY, now)
        if not isinstance(agreed, Agreed):
            asking.say(f"These two may not do this together: {agreed.because}.")
            return 1
        try:
            station_class = StationClass(chosen.station_class)
            envelope = sign_policy(store, agreed, policy, text, tested.problems, key, station_class, not_before or now, now)
        except NotPassed as against:
            asking.say(f"Not signed: {against}.")
            return 1
    chosen.out.write_bytes(envelope)
    print(f"Signed for {chosen.station_class} stations: {policy.name} version {policy.version}, digest {policy.digest}.")
    return 0


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as trouble:
        raise SettingsRefused("--not-before is a time like 2026-12-01T08:00:00") from trouble
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
