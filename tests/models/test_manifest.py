"""The manifest is read wholly or not at all."""

from pathlib import Path

import pytest

from models.manifest import MANIFEST_PATH, Converter, ManifestWrong, PackageKind, read_manifest


def test_the_manifest_names_every_role_the_program_uses() -> None:
    manifest = read_manifest()
    models = [entry.role for entry in manifest.files if entry.is_model]
    assert models == ["face_finder", "face_mesh", "face_print", "text_detector", "text_recogniser", "mrz_lines", "spoof"]
    assert manifest.package("face_recognition_models").kind is PackageKind.SOURCE


def test_every_licence_that_asks_for_its_text_has_it_in_the_pack() -> None:
    manifest = read_manifest()
    texts = {entry.package for entry in manifest.files if entry.role.startswith("licence_")}
    fetched = {entry.package for entry in manifest.files if manifest.package(entry.package).kind is not PackageKind.OURS}
    assert fetched - {"scikit-image"} <= texts


def test_a_print_of_another_size_needs_no_other_code() -> None:
    row = next(entry for entry in read_manifest().files if entry.role == "face_print")
    assert row.inputs[0].shape == (-1, 3, 150, 150)
    assert row.outputs[0].shape == (-1, 128)
    assert row.converter is Converter.DLIB


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("format = 1", "format = 2", "format 2"),
        ('kind = "source"', 'kind = "egg"', "wheel, source"),
        ('converter = "dlib"', 'converter = "magic"', "converter must be one of"),
        ('sha256 = "b79b', 'sha256 = "B79B', "lowercase hex"),
        ('package = "rapidocr"', 'package = "slowocr"', "slowocr"),
        ('file = "face_mesh.onnx"', 'file = "../face_mesh.onnx"', "no plain file name"),
        ('file = "face_mesh.onnx"', 'file = "face_finder.onnx"', "is taken"),
        ("shape = [-1, 128]", "shape = [0, 128]", "whole numbers"),
        ("shape = [-1, 128]", 'shape = ["n", 128]', "whole numbers"),
        ('[package.mediapipe]\nversion = "0.10.21"', "[package.mediapipe]", "version is missing"),
        ("format = 1", "format = 1 =", "cannot be read"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_place(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = MANIFEST_PATH.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "manifest.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ManifestWrong, match=complaint):
        read_manifest(path)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestWrong, match="cannot be read"):
        read_manifest(tmp_path / "manifest.toml")
