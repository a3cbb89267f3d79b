"""A print is installed over a line that breaks, fitted together with the pack's own and then decides: the commands as they are typed.

SFace cannot be fetched where this is tested, so networks made here stand in its place: same input, same template, same form of file.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.comparing import ModelComparer
from kiosk.commands import models as models_command
from kiosk.commands.doctor import face_print_check
from kiosk.document.reading import Portrait
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceView
from kiosk.face.verdict import DifferentFace, NotCompared
from kiosk.measure import faces as measure_faces
from kiosk.policy import FacePolicy
from models.catalogue import open_catalogue
from models.face_prints import PRINTS_FOLDER, installed_specs
from models.face_reader import FaceReader
from models.face_verifier import open_verifier
from models.fetch import UNFINISHED
from tests.models.breaking_server import Server
from tests.models.small_prints import small_network, table_of

NETWORK = small_network(length=128, like_mxnet=True)
LIKE_SFACE = {"title": "In SFace's place", "length": 128, "colour": "rgb", "mean": 0.0, "divisor": 1.0}


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server(NETWORK)
    yield serving
    serving.close()


@pytest.fixture
def folder(pack: Path, tmp_path: Path) -> Path:
    place = tmp_path / "pack"
    shutil.copytree(pack, place, ignore=shutil.ignore_patterns(".*"))
    return place


def a_table(folder: Path, url: str, content: bytes = NETWORK, **changes: object) -> str:
    """Write a bank's table without its network beside it; return its path as typed."""
    table = folder / "own.toml"
    table.write_text(table_of("own", content, url=url, **LIKE_SFACE | changes), encoding="utf-8")
    return str(table)


def test_a_print_arrives_over_a_line_that_breaks_and_a_later_command_goes_on(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = a_table(tmp_path, server.url)
    unfinished = folder / PRINTS_FOLDER / f"own.onnx{UNFINISHED}"
    server.breaks_after = [40_000, 0, 0, 0, 0]
    assert models_command.main(["install", table, "--models", str(folder)]) == 1
    assert "what came is kept" in capsys.readouterr().err
    assert unfinished.read_bytes() == NETWORK[:40_000]
    assert [spec.name for spec in installed_specs(folder)] == ["dlib"]
    server.asked.clear()
    assert models_command.main(["install", table, "--models", str(folder)]) == 0
    assert server.asked == ["bytes=40000-"]
    assert "own.onnx: 100 %" in capsys.readouterr().err
    assert (folder / PRINTS_FOLDER / "own.onnx").read_bytes() == NETWORK
    assert not unfinished.exists()
    assert [spec.name for spec in installed_specs(folder)] == ["dlib", "own"]
    server.asked.clear()
    assert models_command.main(["install", table, "--models", str(folder)]) == 0
    assert server.asked == []


def test_doctor_says_which_print_decides_what_it_reaches_and_how_many_go_to_a_person(pack: Path) -> None:
    says = face_print_check(pack).says
    assert "dlib face recognition ResNet" in says
    assert re.search(r"1 in 10,000 it misses \d+\.\d% .*: \d+\.\d% go to a person and \d\.\d% are taken for another face", says)
    assert "not to be used for" in says


def test_another_file_of_the_same_size_is_refused_and_does_not_stay(server: Server, folder: Path, tmp_path: Path) -> None:
    table = a_table(tmp_path, server.url)
    server.content = NETWORK[:-1] + bytes([NETWORK[-1] ^ 1])
    assert models_command.main(["install", table, "--models", str(folder)]) == 3
    assert list((folder / PRINTS_FOLDER).iterdir()) == []


def test_a_network_that_is_not_what_its_table_says_does_not_stay(server: Server, folder: Path, tmp_path: Path) -> None:
    table = a_table(tmp_path, server.url, length=64)
    assert models_command.main(["install", table, "--models", str(folder)]) == 3
    assert list((folder / PRINTS_FOLDER).iterdir()) == []


def test_a_mirror_serves_in_the_place_of_the_tables_address(server: Server, folder: Path, tmp_path: Path) -> None:
    table = a_table(tmp_path, "https://nobody.invalid/own.onnx")
    assert models_command.main(["install", table, "--url", server.url, "--models", str(folder)]) == 0
    assert [spec.name for spec in installed_specs(folder)] == ["dlib", "own"]


def drawn_people(folder: Path, astronaut: np.ndarray, people: int, with_two: int) -> Path:
    """'People': one portrait in as many shapes and colours; of some a second picture in another light."""
    chance = np.random.default_rng(4)
    for number in range(people):
        place = folder / f"{number:03d}"
        place.mkdir(parents=True)
        across, down = chance.uniform(0.75, 1.3, 2)
        tint = chance.uniform(0.55, 1.2, 3)
        person = cv2.resize(astronaut, None, fx=float(across) / 2, fy=float(down) / 2, interpolation=cv2.INTER_AREA) * tint
        for light in (1.0, 0.93)[: 2 if number < with_two else 1]:
            cv2.imwrite(str(place / f"{light}.png"), np.clip(person * light, 0, 255).astype(np.uint8))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_installed_print_is_fitted_with_the_packs_own_and_both_decide(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = open_catalogue(folder)
    encoded = np.frombuffer(catalogue.content("specimen_portrait"), np.uint8)
    astronaut = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    people = drawn_people(tmp_path / "people", astronaut, people=124, with_two=36)
    server.breaks_after = [50_000]
    assert models_command.main(["install", a_table(tmp_path, server.url), "--models", str(folder)]) == 0
    assert "own" in face_print_check(folder).says
    assert models_command.main(["fit-verifier", str(people), "--models", str(folder), "--json", str(tmp_path / "fit.json")]) == 0
    assert json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))["version"].startswith("dlib+own-124-")
    verifier = open_verifier(catalogue, folder)
    assert [part.print_name for part in verifier.prints] == ["dlib", "own"]
    assert verifier.prints[1].print_digest == hashlib.sha256(NETWORK).hexdigest()
    assert verifier.weights.shape == (14,)
    assert np.abs(verifier.weights[6:]).max() > 0
    assert "SFace" in face_print_check(folder).says
    capsys.readouterr()

    table = tmp_path / "pairs.csv"
    table.write_text(
        "left,right,same\npeople/000/1.0.png,people/000/0.93.png,1\npeople/000/1.0.png,people/001/1.0.png,0\n", encoding="utf-8"
    )
    figures = tmp_path / "faces.json"
    arguments = [str(table), "--models", str(folder), "--charts", str(tmp_path / "charts"), "--json", str(figures)]
    assert measure_faces.main(arguments) == 0
    assert json.loads(figures.read_text(encoding="utf-8"))["print"] == "dlib + own"

    face = FaceReader(catalogue).observe(astronaut)[0]
    view = FaceView(np.zeros(1, np.float32), np.zeros((8, 8, 3), np.uint8), face.pose, 0.0, surround_of(astronaut, face.landmarks))
    comparer = ModelComparer(lambda: catalogue, FacePolicy(), folder)
    alike = comparer.compare((view,), Portrait(astronaut, 90.0)).verdict
    other = np.ascontiguousarray(cv2.resize(astronaut, None, fx=1.0, fy=1.3)[..., ::-1])
    unlike = comparer.compare((view,), Portrait(other, 90.0)).verdict
    assert not isinstance(alike, DifferentFace | NotCompared)
    assert not isinstance(unlike, NotCompared)
    assert alike.evidence.print_name == "dlib + own"
    assert alike.evidence.log_likelihood_ratio is not None
    assert unlike.evidence.log_likelihood_ratio is not None
    assert alike.evidence.log_likelihood_ratio > unlike.evidence.log_likelihood_ratio
