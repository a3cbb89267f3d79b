"""The face prints this machine can make, and how each network wants its faces: the contract by which any print plugs in.

`manifest.toml` names them under `[print.NAME]`. One of them lies in the model pack (`model = "face_print"`); the others are fetched by
`app.py models install NAME` into `<pack>/prints/`. A bank describes its own ArcFace- or AdaFace-like network in a table of the same form,
in a file of its own beside the network, and installs that: `app.py models install mine.toml`.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.face.alignment import mirrored
from kiosk.face.crops import PRINT_CROPS, Crop, Region, Template, print_crop, region_crop
from kiosk.face.verifier_model import VerifierModel
from kiosk.faults import ModelRefused
from kiosk.frame import Pixels
from models.catalogue import Catalogue, Model, declared_tensors
from models.manifest import MANIFEST_PATH, Converter, PackFile

PRINTS_FOLDER = "prints"
DEFAULT_PRINT = "dlib"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\Z")
_BATCH = 8


class PrintTableWrong(Exception):
    """A table that describes a face print lacks something; the text names the key."""


@dataclass(frozen=True, slots=True)
class PrintSpec:
    """How a network wants its faces.

    model: the pack's role that holds it, empty for an installed file; file: its name in the prints folder; colour: `rgb` or `bgr`, the
    order of the input's channels; mean, divisor: the input is (pixel - mean) / divisor, pixels 0..255; template: where the face lies;
    unfit_for: what it must not be used for, one sentence.
    """

    name: str
    title: str
    licence: str
    side_px: int
    length: int
    colour: str
    mean: float
    divisor: float
    template: Template
    unfit_for: str
    model: str = ""
    file: str = ""
    url: str = ""
    sha256: str = ""
    size_bytes: int = 0


def known_prints(manifest: Path = MANIFEST_PATH) -> dict[str, PrintSpec]:
    """Return the prints the manifest names. Raises PrintTableWrong."""
    return {spec.name: spec for spec in read_print_tables(manifest)}


def read_print_tables(path: Path) -> tuple[PrintSpec, ...]:
    """Return the `[print.NAME]` tables of a TOML file. Raises PrintTableWrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("print", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise PrintTableWrong(f"{path.name} cannot be read: {trouble}") from trouble
    if not isinstance(tables, dict):
        raise PrintTableWrong(f"{path.name}: [print] must hold tables")
    return tuple(_spec(name, table) for name, table in tables.items())


def _spec(name: str, table: object) -> PrintSpec:
    if not isinstance(table, dict) or not _NAME.match(name):
        raise PrintTableWrong(f"[print.{name}] must be a table with a name of small letters, digits and hyphens")
    try:
        template = Template(_text(name, table, "template"))
    except ValueError as trouble:
        raise PrintTableWrong(f"[print.{name}] template must be one of {', '.join(Template)}") from trouble
    colour = _text(name, table, "colour")
    if colour not in ("rgb", "bgr"):
        raise PrintTableWrong(f"[print.{name}] colour must be rgb or bgr")
    model = str(table.get("model", ""))
    digest = str(table.get("sha256", ""))
    if not model and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise PrintTableWrong(f"[print.{name}] sha256 must be 64 lowercase hex digits")
    return PrintSpec(
        name=name,
        title=_text(name, table, "title"),
        licence=_text(name, table, "licence"),
        side_px=_whole(name, table, "side_px", 32, 512),
        length=_whole(name, table, "length", 2, 4096),
        colour=colour,
        mean=_number(name, table, "mean"),
        divisor=_number(name, table, "divisor"),
        template=template,
        unfit_for=_text(name, table, "unfit_for"),
        model=model,
        file="" if model else f"{name}.onnx",
        url=str(table.get("url", "")),
        sha256=digest,
        size_bytes=0 if model else _whole(name, table, "bytes", 1, 1 << 31),
    )


def _text(name: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PrintTableWrong(f"[print.{name}] {key} is missing or empty")
    return value


def _whole(name: str, table: Mapping[str, Any], key: str, least: int, most: int) -> int:
    value = table.get(key)
    if type(value) is not int or not least <= value <= most:
        raise PrintTableWrong(f"[print.{name}] {key} must be a whole number from {least} to {most}")
    return value


def _number(name: str, table: Mapping[str, Any], key: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or (key == "divisor" and not value > 0):
        raise PrintTableWrong(f"[print.{name}] {key} must be a number" + (" above 0" if key == "divisor" else ""))
    return float(value)


class PrintMaker:
    """Makes one kind of print. Safe to call from several threads."""

    def __init__(self, spec: PrintSpec, model: Model, digest: str) -> None:
        self.spec = spec
        self.digest = digest
        self._model = model
        self._one_by_one = model.entry.inputs[0].shape[0] == 1

    def crops(self, surround: Pixels, crops: Sequence[Crop] = PRINT_CROPS) -> NDArray[np.float32]:
        """Return (n, length) unit prints of a surround's crops, each averaged with its mirror image's."""
        return self._with_mirrors([print_crop(surround, crop, self.spec.template, self.spec.side_px) for crop in crops])

    def regions(self, surround: Pixels, regions: Sequence[Region]) -> NDArray[np.float32]:
        """Return (n, length) unit prints of a surround's regions."""
        return self._prints([region_crop(surround, region, self.spec.template, self.spec.side_px) for region in regions])

    def _with_mirrors(self, squares: Sequence[Pixels]) -> NDArray[np.float32]:
        prints = self._prints([*squares, *(mirrored(square) for square in squares)])
        both = prints[: len(squares)] + prints[len(squares) :]
        units: NDArray[np.float32] = both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)
        return units

    def _prints(self, squares: Sequence[Pixels]) -> NDArray[np.float32]:
        if not squares:
            return np.zeros((0, self.spec.length), np.float32)
        pixels = np.stack(squares)
        if self.spec.colour == "rgb":
            pixels = pixels[..., ::-1]
        wanted = (pixels.transpose(0, 3, 1, 2).astype(np.float32) - self.spec.mean) / self.spec.divisor
        step = 1 if self._one_by_one else _BATCH
        raw = np.concatenate([self._model.run(np.ascontiguousarray(wanted[at : at + step]))[0] for at in range(0, len(wanted), step)])
        # A network that answers with no number must not pass for a likeness of anything.
        raw = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
        prints: NDArray[np.float32] = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-12)
        return prints


def installed_specs(folder: Path, manifest: Path = MANIFEST_PATH) -> tuple[PrintSpec, ...]:
    """Return the prints whose files are there: the pack's own, and what was installed. Raises PrintTableWrong."""
    found = [spec for spec in known_prints(manifest).values() if spec.model or (folder / PRINTS_FOLDER / spec.file).is_file()]
    for table in sorted((folder / PRINTS_FOLDER).glob("*.toml")):
        found += [spec for spec in read_print_tables(table) if (folder / PRINTS_FOLDER / spec.file).is_file()]
    return tuple(found)


def open_print(spec: PrintSpec, catalogue: Catalogue, folder: Path) -> PrintMaker:
    """Load and check one print. Raises ModelRefused."""
    if spec.model:
        return PrintMaker(spec, catalogue.session(spec.model), catalogue.entry(spec.model).sha256)
    path = folder / PRINTS_FOLDER / spec.file
    try:
        content = path.read_bytes()
    except OSError as trouble:
        raise ModelRefused(f"{spec.file} cannot be read ({trouble.strerror}): install it again") from trouble
    if hashlib.sha256(content).hexdigest() != spec.sha256:
        raise ModelRefused(f"{spec.file} is not the file that was installed (SHA-256 differs): install it again")
    return PrintMaker(spec, checked_network(spec, content), spec.sha256)


def makers_of(verifier: VerifierModel, catalogue: Catalogue, folder: Path) -> tuple[PrintMaker, ...]:
    """Load the prints a verifier was fitted with, in its order. Raises ModelRefused if one is absent or another file, PrintTableWrong."""
    specs = {spec.name: spec for spec in installed_specs(folder)}
    makers = []
    for part in verifier.prints:
        if part.print_name not in specs:
            raise ModelRefused(f"the verifier was fitted with the print {part.print_name}, which is not installed: install it or fit again")
        maker = open_print(specs[part.print_name], catalogue, folder)
        if maker.digest != part.print_digest:
            raise ModelRefused(f"the verifier was fitted with another file of the print {part.print_name}: fit again")
        makers.append(maker)
    return tuple(makers)


def checked_network(spec: PrintSpec, content: bytes) -> Model:
    """Load a print's network and hold it to its table. Raises ModelRefused, which says what differs."""
    inputs, outputs = declared_tensors(spec.file, content)
    batches = (-1, 1)
    if len(inputs) != 1 or inputs[0].shape not in [(batch, 3, spec.side_px, spec.side_px) for batch in batches]:
        said = [tensor.shape for tensor in inputs]
        raise ModelRefused(f"{spec.file} takes {said}, its table says one picture of 3 x {spec.side_px} x {spec.side_px}")
    if len(outputs) != 1 or outputs[0].shape not in [(batch, spec.length) for batch in batches]:
        said = [tensor.shape for tensor in outputs]
        raise ModelRefused(f"{spec.file} gives {said}, its table says one print of {spec.length} numbers")
    entry = PackFile(
        role=spec.name,
        title=spec.title,
        package="installed",
        member=spec.file,
        converter=Converter.ONNX,
        file=spec.file,
        sha256=spec.sha256,
        licence=spec.licence,
        inputs=inputs,
        outputs=outputs,
    )
    return Model(entry, content)
