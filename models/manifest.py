"""The typed reading of `manifest.toml`: what the pack must hold, and from where."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

MANIFEST_PATH = Path(__file__).with_name("manifest.toml")
CHARACTERS_KEY = "characters"
"""Under this key the line recogniser's file carries its characters, one a line, CTC's blank first."""
_FORMAT = 1
_DIGEST_LENGTH = 64


class ManifestWrong(Exception):
    """`manifest.toml` is not what this version of the program understands. A fault of whoever edited it."""


class PackageKind(StrEnum):
    WHEEL = "wheel"
    SOURCE = "source"
    OURS = "ours"
    """Files of this repository, under `models/`: nothing is fetched, each file has its own digest."""


class Converter(StrEnum):
    """How a source file becomes a pack file."""

    TFLITE = "tflite"
    DLIB = "dlib"
    TEXT_DETECTOR = "text_detector"
    TEXT_RECOGNISER = "text_recogniser"
    ONNX = "onnx"
    """Already ONNX: taken byte for byte."""
    COPY = "copy"
    """No model: a picture or a text, taken byte for byte."""


@dataclass(frozen=True, slots=True)
class Package:
    """python and platform: the tags to ask for, empty but for a wheel; sha256: empty for our own files."""

    name: str
    version: str
    kind: PackageKind
    sha256: str
    python: str
    platform: str


@dataclass(frozen=True, slots=True)
class TensorShape:
    """shape: -1 where a dimension may vary."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of the pack. member: its path inside the package's archive; file: its name in the pack folder;
    inputs, outputs: empty unless it is a model."""

    role: str
    title: str
    package: str
    member: str
    converter: Converter
    file: str
    sha256: str
    licence: str
    inputs: tuple[TensorShape, ...]
    outputs: tuple[TensorShape, ...]

    @property
    def is_model(self) -> bool:
        return self.converter is not Converter.COPY


@dataclass(frozen=True, slots=True)
class Manifest:
    packages: tuple[Package, ...]
    files: tuple[PackFile, ...]

    def package(self, name: str) -> Package:
        return next(package for package in self.packages if package.name == name)


def read_manifest(path: Path = MANIFEST_PATH) -> Manifest:
    """Return the manifest. Raises ManifestWrong, which names the table and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise ManifestWrong(f"{path.name} cannot be read: {trouble}") from trouble
    if document.get("format") != _FORMAT:
        raise ManifestWrong(f"{path.name} has format {document.get('format')!r}, expected {_FORMAT}")
    packages = tuple(_package(name, table) for name, table in _tables(document, "package"))
    models = tuple(_model(role, table) for role, table in _tables(document, "model"))
    assets = tuple(_asset(role, table) for role, table in _tables(document, "asset"))
    known = {package.name for package in packages}
    names: set[str] = set()
    for entry in (*models, *assets):
        if entry.package not in known:
            raise ManifestWrong(f"[{entry.role}] package = {entry.package!r} has no table of its own")
        if entry.file in names or Path(entry.file).name != entry.file:
            raise ManifestWrong(f"[{entry.role}] file = {entry.file!r} is taken or no plain file name")
        names.add(entry.file)
    return Manifest(packages, (*models, *assets))


def _tables(document: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    tables = document.get(kind, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ManifestWrong(f"[{kind}] must hold tables")
    return list(tables.items())


def _package(name: str, table: Mapping[str, Any]) -> Package:
    try:
        kind = PackageKind(_text(name, table, "kind"))
    except ValueError as trouble:
        raise ManifestWrong(f"[{name}] kind must be one of {', '.join(PackageKind)}") from trouble
    python = _text(name, table, "python") if kind is PackageKind.WHEEL else ""
    platform = _text(name, table, "platform") if kind is PackageKind.WHEEL else ""
    digest = "" if kind is PackageKind.OURS else _digest(name, table)
    return Package(name, _text(name, table, "version"), kind, digest, python, platform)


def _model(role: str, table: Mapping[str, Any]) -> PackFile:
    try:
        converter = Converter(_text(role, table, "converter"))
    except ValueError as trouble:
        raise ManifestWrong(f"[{role}] converter must be one of {', '.join(Converter)}") from trouble
    return _pack_file(role, table, converter, _shapes(role, table, "inputs"), _shapes(role, table, "outputs"))


def _asset(role: str, table: Mapping[str, Any]) -> PackFile:
    return _pack_file(role, table, Converter.COPY, (), ())


def _pack_file(
    role: str,
    table: Mapping[str, Any],
    converter: Converter,
    inputs: tuple[TensorShape, ...],
    outputs: tuple[TensorShape, ...],
) -> PackFile:
    return PackFile(
        role,
        _text(role, table, "title"),
        _text(role, table, "package"),
        _text(role, table, "member"),
        converter,
        _text(role, table, "file"),
        _digest(role, table),
        _text(role, table, "licence"),
        inputs,
        outputs,
    )


def _text(owner: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ManifestWrong(f"[{owner}] {key} is missing or empty")
    return value


def _digest(owner: str, table: Mapping[str, Any]) -> str:
    value = _text(owner, table, "sha256")
    if len(value) != _DIGEST_LENGTH or set(value) - set("0123456789abcdef"):
        raise ManifestWrong(f"[{owner}] sha256 must be {_DIGEST_LENGTH} lowercase hex digits")
    return value


def _shapes(owner: str, table: Mapping[str, Any], key: str) -> tuple[TensorShape, ...]:
    rows = table.get(key)
    if not isinstance(rows, list) or not rows:
        raise ManifestWrong(f"[{owner}] {key} is missing or empty")
    shapes = []
    for row in rows:
        shape = row.get("shape") if isinstance(row, dict) else None
        if not isinstance(shape, list) or not all(type(side) is int and (side > 0 or side == -1) for side in shape):
            raise ManifestWrong(f"[{owner}] {key}: each needs a name and a shape of whole numbers")
        shapes.append(TensorShape(_text(owner, row, "name"), tuple(shape)))
    return tuple(shapes)
