"""The check digit's arithmetic, and exactly what it cannot see."""

from itertools import product

import pytest

from kiosk.document.check_digits import character_value, check_digit, check_digit_fits
from kiosk.document.layouts import ALPHABET

BLIND_GROUPS = ("0<AKU", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT")


@pytest.mark.parametrize(
    ("text", "digit"),
    [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("ZE184226B<<<<<", "1"), ("D23145890", "7"), ("AB2134<<<", "5")],
)
def test_the_examples_of_doc_9303_have_their_digits(text: str, digit: str) -> None:
    assert check_digit(text) == digit
    assert check_digit_fits(text, digit)
    assert not check_digit_fits(text, str((int(digit) + 1) % 10))


def test_one_wrong_digit_among_digits_is_always_noticed() -> None:
    for place, right, wrong in product(range(9), "0123456789", "0123456789"):
        text = "1" * place + right + "1" * (8 - place)
        misread = "1" * place + wrong + "1" * (8 - place)
        assert (check_digit(text) == check_digit(misread)) == (right == wrong)


def test_a_substitution_goes_unnoticed_exactly_within_the_named_groups() -> None:
    group_of = {character: group for group in BLIND_GROUPS for character in group}
    assert sorted(group_of) == sorted(ALPHABET)
    for place, right, wrong in product(range(3), ALPHABET, ALPHABET):
        unseen = check_digit("<" * place + right) == check_digit("<" * place + wrong)
        assert unseen == (group_of[right] == group_of[wrong])


def test_of_the_usual_look_alikes_only_six_and_g_go_unnoticed() -> None:
    unseen = {pair for pair in ("0O", "1I", "8B", "5S", "2Z", "6G") if character_value(pair[0]) % 10 == character_value(pair[1]) % 10}
    assert unseen == {"6G"}


def test_neighbours_swapped_go_unnoticed_exactly_when_five_apart() -> None:
    for place, a, b in product(range(2), "0123456789", "0123456789"):
        unseen = check_digit("<" * place + a + b) == check_digit("<" * place + b + a)
        assert unseen == (abs(int(a) - int(b)) in (0, 5))


def test_a_filler_is_a_check_digit_only_of_nothing() -> None:
    assert check_digit_fits("<<<<<<<<<<<<<<", "<")
    assert not check_digit_fits("ZE184226B<<<<<", "<")
