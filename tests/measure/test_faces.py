"""The evaluation of faces on small sets made here: counts, rates, nulls, charts, and a verifier fitted and used from the command line."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.commands import models as models_command
from kiosk.face.verifier_model import FEATURES, LIKENESSES
from kiosk.faults import ModelRefused
from kiosk.measure import fit_verifier
from kiosk.measure.faces import _accuracy, _best_threshold, main, read_pairs
from kiosk.measure.fit_verifier import COHORT, GROUP, Enrolled, TooFewPeople, drawn_cohort, fit
from models.catalogue import open_catalogue
from models.face_prints import installed_specs
from models.face_verifier import open_verifier, read_verifier, verifier_bytes
from tests.models.small_prints import small_network, written

KEYS = {"pairs", "accuracy", "eer", "fnmr_at_fmr", "cllr", "min_cllr", "compare_ms_p50", "print", "failed_to_enrol"}


def people_drawn(people: int = 150, length: int = 24, seed: int = 2) -> tuple[Enrolled, np.ndarray]:
    """Prints of people who differ in few directions and scatter in all."""
    chance = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), 3)
    means = chance.standard_normal((people, length))
    prints = means[who] + 0.35 * chance.standard_normal((len(who), length))
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    return Enrolled("test", "0" * 64, prints, np.abs(0.02 + 0.002 * chance.standard_normal(len(who)))), who


@pytest.fixture(scope="module")
def fitted():
    enrolled, who = people_drawn()
    return fit([enrolled], who, seed=3, version="v")


def test_a_fit_tells_people_apart_who_took_no_part_in_it(fitted) -> None:
    assert fitted.model.cllr < 0.05
    assert np.median(fitted.genuine) > 3.0 > -3.0 > np.median(fitted.impostor)
    thresholds = [point.threshold for point in fitted.model.points]
    assert thresholds == sorted(thresholds)
    assert all(point.threshold_low <= point.threshold_high for point in fitted.model.points)


def test_a_fit_states_no_rate_it_has_too_few_strangers_for(fitted) -> None:
    assert min(point.fmr for point in fitted.model.points) >= 10 / len(fitted.impostor)


def test_the_same_seed_gives_the_same_file_and_another_seed_another(fitted) -> None:
    enrolled, who = people_drawn()
    assert verifier_bytes(fit([enrolled], who, seed=3, version="v").model) == verifier_bytes(fitted.model)
    assert verifier_bytes(fit([enrolled], who, seed=4, version="v").model) != verifier_bytes(fitted.model)


def test_a_file_reads_back_as_what_was_written(fitted) -> None:
    content = verifier_bytes(fitted.model)
    assert verifier_bytes(read_verifier(content, "file")) == content


@pytest.mark.parametrize("part", ["basis", "whitening", "between", "mean"])
def test_a_file_whose_arrays_do_not_fit_together_is_refused_when_it_is_read(fitted, part: str) -> None:
    print_part = fitted.model.prints[0]
    cut = replace(print_part.model, **{part: getattr(print_part.model, part)[:-1]})
    content = verifier_bytes(replace(fitted.model, prints=(replace(print_part, model=cut),)))
    with pytest.raises(ModelRefused):
        read_verifier(content, "file")


def test_a_worthless_print_beside_a_good_one_does_no_harm(fitted) -> None:
    enrolled, who = people_drawn()
    noise = np.random.default_rng(9).standard_normal(enrolled.prints.shape)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    both = fit([enrolled, Enrolled("noise", "1" * 64, noise, enrolled.unsteadiness)], who, seed=3, version="v")
    assert both.model.name == "test + noise"
    assert both.model.cllr < fitted.model.cllr + 0.01


def test_more_likeness_never_speaks_against_a_person_whatever_it_was_fitted_on(fitted) -> None:
    """A print by which strangers are more alike than one person's pictures weighs nothing; it used to weigh against the person."""
    enrolled, who = people_drawn()
    chance = np.random.default_rng(9)
    upside_down = chance.standard_normal(enrolled.prints.shape)
    upside_down[1::3], upside_down[2::3] = -upside_down[0::3], -upside_down[1::3]
    upside_down /= np.linalg.norm(upside_down, axis=1, keepdims=True)
    both = fit([enrolled, Enrolled("upside-down", "1" * 64, upside_down, enrolled.unsteadiness)], who, seed=3, version="v")
    good, bad = both.model.weights.reshape(2, len(FEATURES))[:, :LIKENESSES]
    assert (good >= 0).all() and (bad >= 0).all()
    assert good.max() > 0 == bad[FEATURES.index("cosine")]


def test_every_likeness_of_the_verifier_that_ships_speaks_for_the_person(pack: Path) -> None:
    assert (open_verifier(open_catalogue(pack), pack).weights[:LIKENESSES] > 0).all()


def test_no_one_in_the_cohort_is_a_person_it_was_made_from() -> None:
    enrolled, who = people_drawn()
    cohort = drawn_cohort(enrolled.prints, who, seed=1)
    assert cohort.shape == (COHORT, 24)
    assert float((cohort @ enrolled.prints.T).max()) < 0.999
    _, group = fit_verifier._grouped(enrolled.prints[::3], 150 // GROUP, np.random.default_rng(0))
    assert np.bincount(group).min() >= GROUP


def test_too_few_people_are_refused_in_numbers() -> None:
    enrolled, who = people_drawn(people=60)
    with pytest.raises(TooFewPeople, match="60 people"):
        fit([enrolled], who, seed=1, version="v")


def test_a_threshold_is_chosen_where_most_are_right() -> None:
    assert _best_threshold(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, False, True, True])) == pytest.approx(1.5)


def test_a_pair_that_could_not_be_compared_counts_as_judged_different(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("left,right,same,fold\na,b,1,1\nc,d,0,1\n", encoding="utf-8")
    pairs = read_pairs(table)
    scores = {(pairs[1].left, pairs[1].right): -4.0}
    assert _accuracy(pairs, {}, scores) == 0.5


@pytest.mark.parametrize("line", ["a,b,yes,1", "a,,1,1"])
def test_a_line_that_is_no_pair_is_named(line: str, tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text(f"left,right,same,fold\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_pairs(table)
    assert main([str(table)]) == 2


@pytest.fixture
def drawn_people(pack: Path, tmp_path: Path) -> Path:
    """Two 'people': the astronaut's portrait lighter and darker, and the same drawn out of shape; and one picture without a face."""
    encoded = np.frombuffer(open_catalogue(pack).content("specimen_portrait"), np.uint8)
    astronaut = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    wide = cv2.resize(astronaut, None, fx=1.25, fy=1.0)
    for name, pictures in (
        ("anna", (astronaut, (astronaut * 0.8).astype(np.uint8))),
        ("bert", (wide, (wide * 0.8).astype(np.uint8), np.zeros((200, 200, 3), np.uint8))),
    ):
        (tmp_path / "people" / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            cv2.imwrite(str(tmp_path / "people" / name / f"{number}.png"), picture)
    with (tmp_path / "pairs.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["left", "right", "same", "fold"])
        rows.writerow(["people/anna/0.png", "people/anna/1.png", "1", "1"])
        rows.writerow(["people/anna/0.png", "people/bert/0.png", "0", "1"])
        rows.writerow(["people/bert/0.png", "people/bert/2.png", "1", "1"])
    return tmp_path


def test_the_evaluation_writes_the_keys_the_judges_read(drawn_people: Path, pack: Path) -> None:
    out = drawn_people / "figures.json"
    arguments = [str(drawn_people / "pairs.csv"), "--all-pairs", str(drawn_people / "people"), "--models", str(pack)]
    assert main([*arguments, "--charts", str(drawn_people / "charts"), "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert set(figures) >= KEYS
    assert (figures["pairs"], figures["failed_to_enrol"], figures["print"]) == (3, 1, "dlib")
    assert (figures["genuine_pairs"], figures["impostor_pairs"]) == (2, 4)
    assert figures["fnmr_at_fmr"] == {"1e-2": None, "1e-3": None, "1e-4": None, "1e-5": None}
    assert figures["compare_ms_p50"] > 0
    low, high = figures["accuracy_95"]
    assert 0.0 <= low < figures["accuracy"] < high <= 1.0
    assert {path.name for path in (drawn_people / "charts").iterdir()} == {"det.png", "scores.png", "discard.png", "hardest.png"}


def test_one_pair_of_each_kind_draws_its_charts_and_states_no_rate(drawn_people: Path, pack: Path) -> None:
    """One stranger has no power of ten below it: the axis of the false match rate used to have no length."""
    table, out = drawn_people / "two.csv", drawn_people / "two.json"
    table.write_text("left,right,same\npeople/anna/0.png,people/anna/1.png,1\npeople/anna/0.png,people/bert/0.png,0\n", encoding="utf-8")
    assert main([str(table), "--models", str(pack), "--charts", str(drawn_people / "two"), "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["genuine_pairs"], figures["impostor_pairs"]) == (1, 1)
    assert figures["fnmr_at_fmr"] == {"1e-2": None, "1e-3": None, "1e-4": None, "1e-5": None}
    assert (drawn_people / "two" / "det.png").is_file()


def test_a_banks_own_print_is_installed_named_and_taken_away_again(pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(pack, folder, ignore=shutil.ignore_patterns(".*"))
    content = small_network()
    table = written(tmp_path, "own", content)
    assert models_command.main(["install", str(table), "--models", str(folder)]) == 0
    assert [spec.name for spec in installed_specs(folder)] == ["dlib", "own"]
    assert models_command.main(["list", "--models", str(folder)]) == 0
    assert "in no decision until" in capsys.readouterr().out
    assert open_verifier(open_catalogue(folder), folder).name == "dlib"
    (tmp_path / "own.onnx").write_bytes(content + b"x")
    assert models_command.main(["install", str(table), "--models", str(folder)]) == 3
    assert models_command.main(["remove", "own", "--models", str(folder)]) == 0
    assert models_command.main(["remove", "own", "--models", str(folder)]) == 2
    assert [spec.name for spec in installed_specs(folder)] == ["dlib"]


def test_fitting_on_too_few_pictures_says_what_is_needed(drawn_people: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fit-verifier", str(drawn_people / "people"), "--models", str(pack), "--into", str(drawn_people / "v.npz")]
    assert models_command.main(arguments) == 2
    assert "needed at least" in capsys.readouterr().err
    assert not (drawn_people / "v.npz").exists()
