"""Fetching a file over a line that breaks, from a server that may be wrong, on this machine."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.commands import models as models_command
from models.build import CouldNotFinish, Refused
from models.fetch import UNFINISHED, fetch
from tests.models.breaking_server import Server

CONTENT = bytes(range(256)) * 1200
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server(CONTENT)
    yield serving
    serving.close()


def test_a_file_arrives_whole_and_its_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetch(server.url, tmp_path / "new" / "model.onnx", DIGEST, len(CONTENT), lambda arrived, wanted: told.append((arrived, wanted)))
    assert (tmp_path / "new" / "model.onnx").read_bytes() == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model.onnx"]


def test_a_broken_line_is_gone_on_from_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [100_000, 70_000]
    fetch(server.url, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-", "bytes=170000-"]


def test_what_an_earlier_run_brought_is_not_brought_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"model.onnx{UNFINISHED}").write_bytes(CONTENT[:200_000])
    fetch(server.url, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None)
    assert server.asked == ["bytes=200000-"]
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / f"model.onnx{UNFINISHED}").write_bytes(b"wrong" * 100)
    fetch(server.url, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("content", [b"x" * len(CONTENT), CONTENT + b"more"])
def test_another_file_is_refused_and_does_not_stay(content: bytes, server: Server, tmp_path: Path) -> None:
    server.content = content
    with pytest.raises(Refused):
        fetch(server.url, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_brings_nothing_is_given_up_and_what_came_is_kept(server: Server, tmp_path: Path) -> None:
    server.status = 503
    (tmp_path / f"model.onnx{UNFINISHED}").write_bytes(CONTENT[:5])
    with pytest.raises(CouldNotFinish, match="503"):
        fetch(server.url, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None, tries=2)
    assert (tmp_path / f"model.onnx{UNFINISHED}").read_bytes() == CONTENT[:5]
    assert len(server.asked) == 2


def test_no_server_at_all_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CouldNotFinish, match="Check the network"):
        fetch("http://127.0.0.1:9/model.onnx", tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None, tries=1)


@pytest.mark.parametrize("address", ["model.onnx", "file:///etc/hostname", "ftp://127.0.0.1/model.onnx", ""])
def test_what_is_no_address_of_a_server_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="address"):
        fetch(address, tmp_path / "model.onnx", DIGEST, len(CONTENT), lambda *_: None)


def test_installing_sface_from_a_mirror_that_serves_another_file_is_refused(server: Server, pack: Path, tmp_path: Path) -> None:
    assert models_command.main(["install", "sface", "--url", server.url, "--models", str(tmp_path)]) == 3
    assert not list(tmp_path.rglob("sface.onnx"))
    assert models_command.main(["install", "nothing-known", "--models", str(tmp_path)]) == 2
