"""The optional second opinion: installed from a folder, refused when it is another file, asked like our own."""

from pathlib import Path

import numpy as np
import pytest

from models.build import CouldNotFinish, Refused
from models.minifasnet import FOLDER, MinifasnetReader, from_folder, from_network, install, main, read_optional

OFFERED = Path(__file__).resolve().parents[3] / "shared" / "data" / "models" / "minifasnet"


def test_the_manifest_offers_both_networks_with_their_licence_and_digests() -> None:
    offered = read_optional()
    assert [entry.role for entry in offered] == ["minifasnet_v2", "minifasnet_v1se"]
    assert all(entry.licence == "Apache-2.0" and len(entry.source_sha256) == len(entry.sha256) == 64 for entry in offered)


def test_another_file_under_the_right_name_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for entry in read_optional():
        (tmp_path / Path(entry.member).name).write_bytes(b"another file")
    with pytest.raises(Refused, match="SHA-256 differs"):
        list(install(tmp_path / "pack", from_folder(tmp_path)))
    assert not MinifasnetReader.installed(tmp_path / "pack")
    assert main(["--from", str(tmp_path), "--into", str(tmp_path / "pack")]) == 3


def test_a_folder_without_the_files_can_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(CouldNotFinish):
        list(install(tmp_path, from_folder(tmp_path / "nothing")))


def test_nothing_is_fetched_but_over_https() -> None:
    with pytest.raises(Refused, match="https"):
        from_network("http://mirror.invalid")(read_optional()[0])


@pytest.mark.shared
@pytest.mark.skipif(not OFFERED.is_dir(), reason="the published weights are not beside this checkout")
def test_the_published_weights_convert_to_the_digests_of_the_manifest_and_answer(tmp_path: Path) -> None:
    assert len(list(install(tmp_path, from_folder(OFFERED)))) == 2
    assert all("already there" in line for line in install(tmp_path, from_folder(OFFERED)))
    assert MinifasnetReader.installed(tmp_path)
    gray = np.full((200, 200, 3), 128, np.uint8)
    assert all(0.0 <= chance <= 1.0 for chance in MinifasnetReader(tmp_path).chances_of_a_person(gray, (60.0, 60.0, 140.0, 140.0)))
    (tmp_path / FOLDER / "minifasnet_v2.onnx").write_bytes(b"cut off")
    assert not MinifasnetReader.installed(tmp_path)
