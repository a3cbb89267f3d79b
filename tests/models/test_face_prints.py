"""The contract by which any face print plugs in, tried on networks made here; and what is refused."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.face.crops import PRINT_CROPS, SURROUND_SIDE_PX, Crop, Region, Template, chip_of_surround, print_crop, region_crop, surround_of
from kiosk.faults import ModelRefused
from kiosk.frame import Pixels
from models.catalogue import Catalogue, open_catalogue
from models.face_prints import PrintMaker, PrintTableWrong, checked_network, known_prints, open_print, read_print_tables
from models.face_reader import FaceReader
from tests.models.small_prints import small_network, table_of, written


@pytest.fixture(scope="module")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="module")
def astronaut(catalogue: Catalogue) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="module")
def surround(catalogue: Catalogue, astronaut: Pixels) -> Pixels:
    return surround_of(astronaut, FaceReader(catalogue).observe(astronaut)[0].landmarks)


def own_print(folder: Path, content: bytes, **changes: object) -> PrintMaker:
    (spec,) = read_print_tables(written(folder, "own", content, **changes))
    return PrintMaker(spec, checked_network(spec, content), spec.sha256)


def test_the_manifest_names_the_packs_own_print_and_sface_with_the_digest_of_its_publisher() -> None:
    prints = known_prints()
    assert prints["dlib"].model == "face_print"
    sface = prints["sface"]
    assert sface.sha256 == "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
    assert (sface.size_bytes, sface.side_px, sface.length, sface.licence) == (38_696_353, 112, 128, "Apache-2.0")
    assert sface.url.startswith("https://")
    assert all(spec.unfit_for for spec in prints.values())


@pytest.mark.parametrize("batch", [1, "n"])
def test_a_network_of_another_size_length_and_batch_makes_unit_prints(batch: int | str, tmp_path: Path, surround: Pixels) -> None:
    maker = own_print(tmp_path, small_network(batch=batch))
    prints = maker.crops(surround)
    assert prints.shape == (len(PRINT_CROPS), 8)
    assert np.linalg.norm(prints, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert maker.regions(surround, tuple(Region)).shape == (len(Region), 8)


def test_a_network_in_the_old_form_of_sface_makes_the_same_prints(tmp_path: Path, surround: Pixels) -> None:
    old = own_print(tmp_path, small_network(like_mxnet=True)).crops(surround)
    assert old == pytest.approx(own_print(tmp_path, small_network()).crops(surround), abs=1e-5)


def test_the_colour_order_is_the_tables(tmp_path: Path, surround: Pixels) -> None:
    content = small_network()
    as_bgr = own_print(tmp_path, content, colour="bgr").crops(surround)
    as_rgb = own_print(tmp_path, content, colour="rgb").crops(np.ascontiguousarray(surround[..., ::-1]))
    wrong = own_print(tmp_path, content, colour="rgb").crops(surround)
    assert as_rgb == pytest.approx(as_bgr, abs=1e-5)
    assert not np.allclose(wrong, as_bgr, atol=1e-2)


def test_mean_and_divisor_are_the_tables(tmp_path: Path, surround: Pixels) -> None:
    content = small_network()
    doubled = own_print(tmp_path, content, mean=0.0, divisor=2.0).crops(surround)
    plain = own_print(tmp_path, content, mean=0.0, divisor=1.0).crops(surround)
    shifted = own_print(tmp_path, content, mean=127.5, divisor=1.0).crops(surround)
    assert doubled == pytest.approx(plain, abs=1e-5)
    assert not np.allclose(shifted, plain, atol=1e-2)


def test_the_packs_print_of_a_surround_is_that_of_its_chip(catalogue: Catalogue, astronaut: Pixels, surround: Pixels, pack: Path) -> None:
    reader = FaceReader(catalogue)
    face = reader.observe(astronaut)[0]
    maker = open_print(known_prints()["dlib"], catalogue, pack)
    from_surround = maker.crops(surround, (Crop("plain"),))[0]
    assert float(from_surround @ reader.print_of(astronaut, face)) > 0.99


def test_the_eyes_lie_where_arcface_expects_them(catalogue: Catalogue, astronaut: Pixels) -> None:
    """A white dot on each eye of the picture must come out at InsightFace's places, 38 and 74 of 112 across, 52 down."""
    face = FaceReader(catalogue).observe(astronaut)[0]
    dotted = np.zeros_like(astronaut)
    for corners in ((33, 133), (362, 263)):
        cv2.circle(dotted, tuple(int(v) for v in face.landmarks[list(corners), :2].mean(axis=0)), 3, (255, 255, 255), -1)
    crop = print_crop(surround_of(dotted, face.landmarks), Crop("plain"), Template.ARCFACE, 112)[..., 0]
    for half, across in ((crop[:, :56], 38.3), (crop[:, 56:], 73.5 - 56)):
        rows, columns = np.nonzero(half > 100)
        assert columns.mean() == pytest.approx(across, abs=3.0)
        assert rows.mean() == pytest.approx(51.6, abs=3.0)


def test_a_region_crop_keeps_its_region_and_blurs_the_rest(surround: Pixels) -> None:
    whole = region_crop(surround, Region.UPPER, Template.DLIB, 150).astype(int)
    plain = print_crop(surround, Crop("same", scale=0.95), Template.DLIB, 150).astype(int)
    assert np.abs(whole[:50] - plain[:50]).mean() < 2.0
    assert np.abs(whole[100:] - plain[100:]).mean() > 4.0


def test_a_surround_has_one_size_and_its_chip_lies_in_the_middle(surround: Pixels) -> None:
    assert surround.shape == (SURROUND_SIDE_PX, SURROUND_SIDE_PX, 3)
    assert chip_of_surround(surround).shape[0] == pytest.approx(SURROUND_SIDE_PX / 1.5, abs=1)


@pytest.mark.parametrize(
    ("network", "changes", "complaint"),
    [
        (small_network(side_px=96), {}, "takes"),
        (small_network(length=16), {}, "gives"),
        (small_network(second_output=True), {}, "gives"),
        (b"no network", {}, "refused by the runtime"),
    ],
)
def test_a_network_that_is_not_what_its_table_says_is_refused(network: bytes, changes: dict, complaint: str, tmp_path: Path) -> None:
    (spec,) = read_print_tables(written(tmp_path, "own", network, **changes))
    with pytest.raises(ModelRefused, match=complaint):
        checked_network(spec, network)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"template": "oval"}, "template"),
        ({"colour": "gray"}, "colour"),
        ({"side_px": 8}, "side_px"),
        ({"length": 0}, "length"),
        ({"divisor": 0.0}, "divisor"),
        ({"sha256": "AB"}, "sha256"),
        ({"licence": " "}, "licence"),
        ({"unfit_for": ""}, "unfit_for"),
    ],
)
def test_a_table_that_lacks_something_is_refused_by_the_keys_name(changes: dict, key: str, tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    table.write_text(table_of("own", b"x", **changes), encoding="utf-8")
    with pytest.raises(PrintTableWrong, match=re.escape(key)):
        read_print_tables(table)
