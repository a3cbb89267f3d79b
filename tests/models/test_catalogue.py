"""The catalogue refuses what the manifest does not describe."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from kiosk.faults import ModelRefused
from models.catalogue import Catalogue, open_catalogue
from models.manifest import MANIFEST_PATH, read_manifest


@pytest.fixture
def copy_of_pack(pack: Path, tmp_path: Path) -> Path:
    """A pack whose large files are links; replace a link to change a file."""
    folder = tmp_path / "pack"
    folder.mkdir()
    for file in pack.iterdir():
        if file.is_file():
            (folder / file.name).symlink_to(file.resolve())
    return folder


def changed_manifest(tmp_path: Path, old: str, new: str) -> Path:
    text = MANIFEST_PATH.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "manifest.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_file_of_the_built_pack_is_right(catalogue: Catalogue) -> None:
    installed = catalogue.installed()
    assert [row.trouble for row in installed] == [""] * len(installed)
    roles = {row.role for row in installed}
    assert {"face_finder", "face_mesh", "face_print", "text_detector", "text_recogniser", "specimen_portrait"} <= roles
    assert all(row.licence for row in installed)


def test_a_folder_that_lacks_a_file_is_refused_with_what_to_do(copy_of_pack: Path) -> None:
    (copy_of_pack / "face_mesh.onnx").unlink()
    with pytest.raises(ModelRefused, match=r"face_mesh\.onnx.*python -m models\.build"):
        open_catalogue(copy_of_pack)


def test_one_changed_byte_is_refused_and_named_by_the_doctor(copy_of_pack: Path) -> None:
    file = copy_of_pack / "face_finder.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(bytes(content))
    opened = open_catalogue(copy_of_pack)
    with pytest.raises(ModelRefused, match="SHA-256"):
        opened.session("face_finder")
    wrong = [row for row in opened.installed() if row.trouble]
    assert [row.role for row in wrong] == ["face_finder"]


def test_another_shape_than_the_manifests_is_refused(pack: Path, tmp_path: Path) -> None:
    manifest = changed_manifest(tmp_path, "shape = [-1, 128]", "shape = [-1, 512]")
    with pytest.raises(ModelRefused, match=r"\(-1, 128\).*\(-1, 512\)"):
        open_catalogue(pack, manifest).session("face_print")


def test_another_name_than_the_manifests_is_refused(pack: Path, tmp_path: Path) -> None:
    manifest = changed_manifest(tmp_path, 'name = "print"', 'name = "embedding"')
    with pytest.raises(ModelRefused, match="no output embedding"):
        open_catalogue(pack, manifest).session("face_print")


@pytest.mark.parametrize(("old", "new"), [('licence = "CC0-1.0"', 'licence = ""'), ('licence = "CC0-1.0"\n', "")])
def test_a_model_without_a_licence_is_refused(pack: Path, tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ModelRefused, match=r"\[face_print\] licence"):
        open_catalogue(pack, changed_manifest(tmp_path, old, new))


def test_a_file_that_is_no_network_is_refused_by_name(pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(pack, folder, ignore=shutil.ignore_patterns(".*"), symlinks=True)
    (folder / "face_finder.onnx").write_bytes(b"no network")
    digest = hashlib.sha256(b"no network").hexdigest()
    finder = next(entry for entry in read_manifest().files if entry.role == "face_finder")
    manifest = changed_manifest(tmp_path, finder.sha256, digest)
    with pytest.raises(ModelRefused, match=r"face_finder\.onnx is refused by the runtime"):
        open_catalogue(folder, manifest).session("face_finder")


def test_a_role_nobody_described_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ModelRefused, match="palm_reader"):
        catalogue.session("palm_reader")


def test_a_picture_is_no_model(catalogue: Catalogue) -> None:
    with pytest.raises(ModelRefused, match="no model"):
        catalogue.session("specimen_portrait")


def test_outputs_come_in_the_manifests_order(catalogue: Catalogue) -> None:
    model = catalogue.session("face_finder")
    regressors, logits = model.run(np.zeros((1, 128, 128, 3), np.float32))
    assert regressors.shape == (1, 896, 16)
    assert logits.shape == (1, 896, 1)
