"""Building a pack from a package made here, fetched by the real pip from a folder: no network."""

import base64
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from models import build as command
from models.build import CouldNotFinish, MissingOffline, Refused, build, file_digest
from models.manifest import Converter, Manifest, Package, PackageKind, PackFile

PORTRAIT = b"a portrait, as far as this test knows"
LICENCE = b"do what you like"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_wheel(folder: Path) -> Path:
    """Write a wheel that pip accepts; its bytes are the same every time."""
    path = folder / "small_models-1.0-py3-none-any.whl"
    about = "small_models-1.0.dist-info"
    files = {
        "small_models/portrait.png": PORTRAIT,
        "small_models/LICENCE": LICENCE,
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: small-models\nVersion: 1.0\n",
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}\n"
        for name, content in files.items()
    )
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def entry(role: str, member: str, file: str, digest: str, converter: Converter = Converter.COPY) -> PackFile:
    return PackFile(role, role, "small_models", member, converter, file, digest, "CC0-1.0", (), ())


def manifest(package_digest: str, portrait_digest: str = sha256(PORTRAIT), portrait_member: str = "small_models/portrait.png") -> Manifest:
    package = Package("small_models", "1.0", PackageKind.WHEEL, package_digest, "3.11", "any")
    files = (
        entry("licence", "small_models/LICENCE", "licence.txt", sha256(LICENCE)),
        entry("portrait", portrait_member, "portrait.png", portrait_digest),
    )
    return Manifest((package,), files)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only source of packages."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return folder


@pytest.fixture
def offered(index: Path) -> str:
    """The digest of the wheel that pip can fetch."""
    return sha256(write_wheel(index).read_bytes())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_pack_is_fetched_checked_and_put_in_place(offered: str, tmp_path: Path) -> None:
    built = build(manifest(offered), tmp_path / "pack", offline=False, keep_packages=False)
    assert [(row.file, row.action) for row in built] == [("licence.txt", "made"), ("portrait.png", "made")]
    assert (tmp_path / "pack" / "portrait.png").read_bytes() == PORTRAIT
    assert names(tmp_path / "pack") == ["licence.txt", "portrait.png"]


def test_a_second_run_keeps_everything_and_needs_no_network(offered: str, index: Path, tmp_path: Path) -> None:
    build(manifest(offered), tmp_path / "pack", offline=False, keep_packages=False)
    for file in index.iterdir():
        file.unlink()
    built = build(manifest(offered), tmp_path / "pack", offline=True, keep_packages=False)
    assert {row.action for row in built} == {"kept"}


def test_a_damaged_file_is_made_again_and_the_others_are_kept(offered: str, tmp_path: Path) -> None:
    build(manifest(offered), tmp_path / "pack", offline=False, keep_packages=True)
    (tmp_path / "pack" / "portrait.png").write_bytes(PORTRAIT[:-1])
    built = build(manifest(offered), tmp_path / "pack", offline=True, keep_packages=True)
    assert [(row.role, row.action) for row in built] == [("licence", "kept"), ("portrait", "made")]
    assert file_digest(tmp_path / "pack" / "portrait.png") == sha256(PORTRAIT)


def test_a_run_that_was_cut_off_is_taken_up_again(offered: str, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / ".packages" / ".partial-left-over").mkdir(parents=True)
    (pack / ".packages" / "small_models-1.0-py3-none-any.whl").write_bytes(b"half a wheel")
    for name, day in ((".portrait.png.1234.unfinished", 0), (".portrait.png.99.unfinished", 4_102_444_800)):
        (pack / name).write_bytes(PORTRAIT[:5])
        os.utime(pack / name, (day, day))
    built = build(manifest(offered), pack, offline=False, keep_packages=False)
    assert {row.action for row in built} == {"made"}
    assert (pack / "portrait.png").read_bytes() == PORTRAIT
    assert names(pack) == [".portrait.png.99.unfinished", "licence.txt", "portrait.png"]


def test_a_package_with_another_digest_is_refused_and_nothing_is_put_in_place(offered: str, tmp_path: Path) -> None:
    wrong = "0" * 64
    with pytest.raises(Refused, match="do not use it"):
        build(manifest(wrong), tmp_path / "pack", offline=False, keep_packages=True)
    assert names(tmp_path / "pack") == [".packages"]
    assert names(tmp_path / "pack" / ".packages") == []


def test_an_output_with_another_digest_is_refused_and_not_put_in_place(offered: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=sha256(PORTRAIT)):
        build(manifest(offered, portrait_digest="1" * 64), tmp_path / "pack", offline=False, keep_packages=True)
    assert names(tmp_path / "pack") == [".packages", "licence.txt"]


def test_a_member_the_package_does_not_hold_is_named(offered: str, tmp_path: Path) -> None:
    wrong = manifest(offered, portrait_member="small_models/landscape.png")
    with pytest.raises(Refused, match=r"holds no small_models/landscape\.png"):
        build(wrong, tmp_path / "pack", offline=False, keep_packages=False)


def test_a_package_that_cannot_be_fetched_is_a_trouble_that_may_pass(index: Path, tmp_path: Path) -> None:
    with pytest.raises(CouldNotFinish, match=r"small_models 1\.0 could not be fetched"):
        build(manifest("2" * 64), tmp_path / "pack", offline=False, keep_packages=False)


def test_offline_with_files_missing_says_so_and_starts_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.sys, "executable", str(tmp_path / "there-is-no-python-here"))
    with pytest.raises(MissingOffline, match="without --offline"):
        build(manifest("3" * 64), tmp_path / "pack", offline=True, keep_packages=False)


def test_a_folder_that_cannot_be_made_is_a_clear_trouble(offered: str, tmp_path: Path) -> None:
    (tmp_path / "pack").write_bytes(b"a file where the folder should be")
    with pytest.raises(CouldNotFinish, match=r"--into|cannot be read"):
        build(manifest(offered), tmp_path / "pack", offline=False, keep_packages=False)


def test_a_source_its_converter_does_not_know_is_refused(offered: str, tmp_path: Path) -> None:
    package = manifest(offered).packages[0]
    files = (entry("mesh", "small_models/portrait.png", "mesh.onnx", "4" * 64, Converter.TFLITE),)
    with pytest.raises(Refused, match="source of mesh cannot be converted: not a TFLite file"):
        build(Manifest((package,), files), tmp_path / "pack", offline=False, keep_packages=False)


def test_the_command_says_in_json_what_it_kept(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--into", str(pack), "--offline", "--keep-packages", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["folder"] == str(pack)
    assert {row["action"] for row in answer["files"]} == {"kept"}
    assert len(answer["files"]) >= 9


def test_the_command_ends_with_4_when_offline_and_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--into", str(tmp_path / "pack"), "--offline"]) == 4
    complaint = capsys.readouterr().err
    assert complaint.startswith("models: mediapipe 0.10.21 is needed")
    assert complaint.count("\n") == 1


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    assert "Exit status" in capsys.readouterr().out
