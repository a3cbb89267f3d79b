"""A security key proves that it is the enrolled one, touched just now, and no copy."""

from dataclasses import replace

import pytest

from kiosk.trust.security_key import KeyReply, KeyTrouble, PluggedKey, RegisteredKey, ask_key, register_key
from tests.trust.soft_key import SoftKey


@pytest.fixture
def key() -> SoftKey:
    return SoftKey()


def enrolled(key: SoftKey) -> RegisteredKey:
    made = register_key(PluggedKey(key.devices), "mina")
    assert isinstance(made, RegisteredKey)
    return made


def test_an_enrolled_key_answers_and_its_counter_rises(key: SoftKey) -> None:
    registered = enrolled(key)
    answer = ask_key(PluggedKey(key.devices), registered)
    assert isinstance(answer, KeyReply)
    assert answer.counter > registered.counter


def test_no_key_is_said_so(key: SoftKey) -> None:
    assert register_key(PluggedKey(lambda: iter(())), "mina") == KeyTrouble.NOT_THERE
    assert ask_key(PluggedKey(lambda: iter(())), enrolled(key)) == KeyTrouble.NOT_THERE


def test_a_key_that_is_not_touched_proves_nothing(key: SoftKey) -> None:
    registered = enrolled(key)
    key.touched = False
    assert ask_key(PluggedKey(key.devices), registered) == KeyTrouble.NOT_TOUCHED
    assert register_key(PluggedKey(key.devices), "mina") == KeyTrouble.NOT_TOUCHED


def test_somebody_elses_key_is_refused(key: SoftKey) -> None:
    assert ask_key(PluggedKey(SoftKey().devices), enrolled(key)) in (KeyTrouble.ANOTHER_KEY, KeyTrouble.NOT_TOUCHED)


def test_a_key_that_signs_with_another_secret_is_refused(key: SoftKey) -> None:
    registered = enrolled(key)
    (name,) = key.credentials
    register_key(PluggedKey(key.devices), "eve")
    key.credentials = {name: next(secret for other, secret in key.credentials.items() if other != name)}
    assert ask_key(PluggedKey(key.devices), registered) == KeyTrouble.WRONG_ANSWER


def test_a_copy_whose_counter_does_not_rise_is_refused(key: SoftKey) -> None:
    registered = replace(enrolled(key), counter=7)
    assert ask_key(PluggedKey(key.devices), registered) == KeyTrouble.COPIED


def test_a_key_that_is_enrolled_for_somebody_says_so_itself(key: SoftKey) -> None:
    others = [enrolled(SoftKey()), enrolled(key)]
    assert register_key(PluggedKey(key.devices), "eve", others) == KeyTrouble.BELONGS_TO_ANOTHER
    assert isinstance(register_key(PluggedKey(SoftKey().devices), "eve", others), RegisteredKey)
