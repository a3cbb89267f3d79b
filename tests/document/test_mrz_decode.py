"""Decoding a row: exact against brute force, soft where the grammar speaks."""

from itertools import product

import numpy as np
import pytest

from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz_decode import BLANK, _best_path, fixed_text, free_text


def spelled(text: str, columns_each: int = 3, certainty: float = 8.0) -> np.ndarray:
    """Return log-probabilities of a reader that is sure of a text."""
    scores = np.zeros((len(text) * columns_each + 2, BLANK + 1), np.float32)
    scores[:, BLANK] = certainty
    for i, character in enumerate(text):
        scores[i * columns_each + 1, BLANK] = 0
        scores[i * columns_each + 1, ALPHABET.index(character)] = certainty
    return (scores - np.log(np.exp(scores).sum(1, keepdims=True))).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_best_path_is_the_best_of_all_paths(count: int) -> None:
    rng = np.random.default_rng(count)
    used = (0, 1, BLANK)
    for _ in range(20):
        chances = np.full((5, BLANK + 1), -40, np.float32)
        chances[:, used] = np.log(rng.dirichlet(np.ones(3), 5))
        path, score = _best_path(chances, count)
        scores = {p: float(chances[np.arange(5), p].sum()) for p in product(used, repeat=5) if _characters(p) == count}
        assert score == pytest.approx(max(scores.values()), abs=1e-3)
        assert scores[tuple(int(c) for c in path)] == pytest.approx(score, abs=1e-3)


def _characters(path: tuple[int, ...]) -> int:
    return sum(1 for i, c in enumerate(path) if c != BLANK and (i == 0 or path[i - 1] != c))


def test_a_clear_row_is_read_as_it_stands_and_costs_nothing() -> None:
    text = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    reading = fixed_text(spelled(text), "X" * 44)
    assert reading.text == text
    assert reading.cost == pytest.approx(0.0, abs=1e-5)
    assert reading.confidences.min() > 0.95
    assert free_text(spelled(text))[0] == text


def test_repeated_characters_are_told_apart() -> None:
    assert free_text(spelled("AA<<<<11"))[0] == "AA<<<<11"


def test_an_undecided_look_alike_follows_its_position() -> None:
    chances = spelled("740812")
    both = chances[4].copy()
    both[ALPHABET.index("4")] = both[ALPHABET.index("A")] = both.max() - 0.7
    chances[4] = both
    assert fixed_text(chances, "NNNNNN").text == "740812"
    assert fixed_text(chances, "LLLLLL").text[1] == "A"


def test_a_clear_character_is_not_bent_to_its_position() -> None:
    assert fixed_text(spelled("74O812"), "NNNNNN").text == "74O812"


def test_a_row_too_long_or_short_is_fitted_at_a_cost() -> None:
    reading = fixed_text(spelled("ABCDEFG"), "XXXXXX")
    assert len(reading.text) == 6
    assert reading.cost > 0.3
    assert len(fixed_text(spelled("ABCDE"), "XXXXXX").text) == 6


def test_the_reach_is_where_the_text_stands() -> None:
    chances = np.concatenate([spelled("")[:1].repeat(40, 0), spelled("ABCDEFGHIJ", 4), spelled("")[:1].repeat(20, 0)])
    first, last = fixed_text(chances, "X" * 10).reach
    assert first == pytest.approx(40 / len(chances), abs=0.03)
    assert last == pytest.approx(81 / len(chances), abs=0.03)


def test_an_edge_beside_the_row_is_left_out_rather_than_a_character() -> None:
    text = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    classes = "X" * 9 + "DLLLNNNNNNDSNNNNNND" + "X" * 14 + "ND"
    assert fixed_text(spelled("1" + text), classes).text == text
    assert fixed_text(spelled(text + "I"), classes).text == text
    assert fixed_text(spelled("I" + text + "1"), classes).text == text


def test_between_readings_that_fit_equally_the_less_odd_is_taken() -> None:
    text = "I<UTOD231458907<<<<<<<<<<<<<<<"
    chances = spelled("I" + text)
    assert fixed_text(chances, "C" + "X" * 29, lambda read: read[2:5] != "UTO").text == text


def open_between(text: str, at: int, rival: str, rival_share: float) -> np.ndarray:
    """Return a reader's log-probabilities: sure of a text, but for one place where a rival has this share."""
    chances = spelled(text)
    column = chances[at * 3 + 1]
    column[:] = -12
    column[ALPHABET.index(text[at])], column[ALPHABET.index(rival)] = np.log(1 - rival_share), np.log(rival_share)
    return chances


@pytest.mark.parametrize(("text", "at", "rival"), [("UTO", 2, "0"), ("GBR", 1, "8"), ("D<<", 1, "K"), ("LVA", 1, "Y")])
def test_an_open_letter_of_a_states_code_is_the_one_with_which_there_is_such_a_state(text: str, at: int, rival: str) -> None:
    reading = fixed_text(open_between(text, at, rival, 0.6), "QQQ")
    assert reading.text == text
    assert reading.confidences[at] > 0.85


def test_between_two_states_the_picture_alone_decides_and_stays_as_unsure_as_it_is() -> None:
    reading = fixed_text(open_between("GBN", 2, "R", 0.4), "QQQ")  # GBR exists as well
    assert reading.text == "GBN"
    assert reading.confidences[2] == pytest.approx(0.6, abs=0.02)


def test_a_clear_code_that_no_state_has_stays_as_it_is() -> None:
    assert fixed_text(spelled("ASU"), "QQQ").text == "ASU"
    assert fixed_text(spelled("UT0"), "QQQ").text == "UT0"
