"""MiniFASNet as an optional second opinion on print and replay: `python -m models.minifasnet [--from FOLDER | --url ADDRESS] [--into DIR]`.

Two networks of 1.8 MB from Silent-Face-Anti-Spoofing (Apache-2.0). Their state dictionaries are fetched from their makers' repository, or
taken from a folder that a person brought along, checked against the manifest's `[optional.*]` tables, converted, and checked again. Where
they are installed the eyes ask them too; nothing needs them.

Exit status: 0 installed; 1 something could not be fetched or written, trying again may help; 3 it is not the file the manifest names.
"""

import argparse
import hashlib
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.frame import Pixels
from kiosk.imaging.crop import Box, around_face
from models.build import DEFAULT_FOLDER, CouldNotFinish, Refused, file_digest
from models.catalogue import Model
from models.manifest import MANIFEST_PATH, Converter, PackFile, TensorShape

FOLDER = "optional"
_PERSON = 1
_SIDE_PX = 80
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class OptionalFile:
    """One table. member: its path in the makers' repository; source_sha256, size_bytes: of the file as they serve it; sha256: of what the
    converter makes of it; times: how much of a face's surroundings it looks at."""

    role: str
    title: str
    address: str
    member: str
    source_sha256: str
    size_bytes: int
    file: str
    sha256: str
    licence: str
    times: float


def read_optional(path: Path = MANIFEST_PATH) -> tuple[OptionalFile, ...]:
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get("optional", {})
    return tuple(OptionalFile(role, **table) for role, table in tables.items())


def install(into: Path, source: Callable[[OptionalFile], bytes]) -> Iterator[str]:
    """Bring every file in place; yield a line for each. Raises CouldNotFinish or Refused."""
    for entry in read_optional():
        target = into / FOLDER / entry.file
        if file_digest(target) == entry.sha256:
            yield f"{entry.title}: already there"
            continue
        content = _converted(entry, source(entry))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".unfinished")
            unfinished.write_bytes(content)
            unfinished.replace(target)
        except OSError as trouble:
            raise CouldNotFinish(f"{target} cannot be written ({trouble.strerror})") from trouble
        yield f"{entry.title} ({entry.licence}): installed, {len(content)} bytes"


def _converted(entry: OptionalFile, content: bytes) -> bytes:
    if hashlib.sha256(content).hexdigest() != entry.source_sha256:
        raise Refused(f"{entry.member} is not the file the manifest names (SHA-256 differs): do not use it")
    # here, because the converter needs `onnx`, which no station that does not install carries
    from models import convert_minifasnet
    from models.onnx_graph import SourceUnreadable

    try:
        made = convert_minifasnet.convert(content)
    except SourceUnreadable as trouble:
        raise Refused(f"{entry.member} cannot be converted: {trouble}") from trouble
    if hashlib.sha256(made).hexdigest() != entry.sha256:
        raise Refused(f"{entry.file} came out otherwise than the manifest says: report this machine's versions")
    return made


def from_folder(folder: Path) -> Callable[[OptionalFile], bytes]:
    def read(entry: OptionalFile) -> bytes:
        try:
            return (folder / Path(entry.member).name).read_bytes()
        except OSError as trouble:
            raise CouldNotFinish(f"{folder} holds no {Path(entry.member).name}") from trouble

    return read


def from_network(address: str | None) -> Callable[[OptionalFile], bytes]:
    """address: of a mirror within the bank, where the same files lie; None for the makers' own."""

    def fetch(entry: OptionalFile) -> bytes:
        url = f"{(address or entry.address).rstrip('/')}/{entry.member}"
        if not url.startswith("https://"):
            raise Refused("models are fetched over https only")
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - https, checked above
                content: bytes = answer.read(entry.size_bytes + 1)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as trouble:
            raise CouldNotFinish(f"{entry.member} did not arrive ({trouble}). Check the network, or use --from FOLDER") from trouble
        return content

    return fetch


class MinifasnetReader:
    """Both networks, ready to be asked."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelRefused for a file that is no such network, OSError if one is absent: ask `installed` first."""
        self._networks = [(entry.times, _opened(entry, folder)) for entry in read_optional()]

    @staticmethod
    def installed(folder: Path) -> bool:
        """Whether every file is there and is the one the manifest names."""
        return all(file_digest(folder / FOLDER / entry.file) == entry.sha256 for entry in read_optional())

    def chances_of_a_person(self, frame: Pixels, box: Box) -> tuple[float, float]:
        """Return each network's chance that the face is a person's, 0..1."""
        chances = []
        for times, network in self._networks:
            crop = around_face(frame, box, times, _SIDE_PX, smooth=False)
            (answer,) = network.run(np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32))
            chances.append(float(answer[0, _PERSON]))
        return chances[0], chances[1]


def _opened(entry: OptionalFile, folder: Path) -> Model:
    inputs, outputs = (TensorShape("bgr", (-1, 3, _SIDE_PX, _SIDE_PX)),), (TensorShape("chances", (-1, 3)),)
    row = PackFile(entry.role, entry.title, FOLDER, entry.member, Converter.ONNX, entry.file, entry.sha256, entry.licence, inputs, outputs)
    return Model(row, (folder / FOLDER / entry.file).read_bytes())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m models.minifasnet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="take the .pth files from here")
    where.add_argument("--url", metavar="ADDRESS", help="fetch them from a mirror; their digests stay the same")
    parser.add_argument("--into", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the pack folder")
    options = parser.parse_args(arguments)
    source = from_folder(options.folder) if options.folder is not None else from_network(options.url)
    try:
        for line in install(options.into, source):
            sys.stdout.write(f"{line}\n")
    except (CouldNotFinish, Refused) as trouble:
        sys.stderr.write(f"models: {trouble}\n")
        return trouble.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
