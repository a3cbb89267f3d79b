"""Open the model pack: the one door through which a model reaches the program.

A file that is missing, altered, of another shape than the manifest says or without a licence is refused. The digest is computed
over the very bytes that are then loaded, when a model is first asked for, so start-up never pays for a model it does not use.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as _untyped_onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _runtime_state

from kiosk.faults import ModelRefused
from models.manifest import MANIFEST_PATH, Manifest, ManifestWrong, PackFile, TensorShape, read_manifest

onnxruntime: Any = _untyped_onnxruntime
"""onnxruntime exports its classes in a way the type checker does not see."""

_RUNTIME_REFUSALS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    *(kind for kind in vars(_runtime_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)
"""onnxruntime's errors share no base class of their own."""

_REBUILD = "run `python -m models.build`"


@dataclass(frozen=True, slots=True)
class Installed:
    """One line of the pack's state, for `doctor`. trouble: empty if the file is right, else what is wrong and what to do."""

    role: str
    title: str
    file: str
    licence: str
    trouble: str


class Catalogue:
    """A pack folder whose manifest has been read. Make one with `open_catalogue`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._loaded: dict[str, Model] = {}
        self._loading = threading.Lock()

    @property
    def folder(self) -> Path:
        return self._folder

    def entry(self, role: str) -> PackFile:
        """Return the manifest's row of a role. Raises ModelRefused if there is none."""
        for entry in self._manifest.files:
            if entry.role == role:
                return entry
        raise ModelRefused(f"the manifest has no row for the role {role}")

    def content(self, role: str) -> bytes:
        """Return the checked bytes of a role's file. Raises ModelRefused."""
        entry = self.entry(role)
        try:
            content = (self._folder / entry.file).read_bytes()
        except OSError as trouble:
            raise ModelRefused(f"{entry.file} cannot be read ({trouble.strerror}): {_REBUILD}") from trouble
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise ModelRefused(f"{entry.file} is not the file the manifest names (SHA-256 differs): {_REBUILD}")
        return content

    def session(self, role: str) -> "Model":
        """Return the role's model, loaded and checked once, then shared by everybody who asks. Raises ModelRefused."""
        with self._loading:
            if role not in self._loaded:
                self._loaded[role] = self._load(role)
            return self._loaded[role]

    def _load(self, role: str) -> "Model":
        entry = self.entry(role)
        if not entry.is_model:
            raise ModelRefused(f"{entry.file} is no model")
        return Model(entry, self.content(role))

    def installed(self) -> tuple[Installed, ...]:
        """Check every file wholly (digests and shapes) and say how each stands. Raises nothing."""
        return tuple(self._inspect(entry) for entry in self._manifest.files)

    def _inspect(self, entry: PackFile) -> Installed:
        trouble = ""
        try:
            if entry.is_model:
                self._load(entry.role)
            else:
                self.content(entry.role)
        except ModelRefused as refusal:
            trouble = str(refusal)
        return Installed(entry.role, entry.title, entry.file, entry.licence, trouble)


class Model:
    """One loaded network. Safe to call from several threads; runs on the caller's thread only."""

    def __init__(self, entry: PackFile, content: bytes) -> None:
        self.entry = entry
        try:
            self._session = onnxruntime.InferenceSession(content, _options(entry), providers=["CPUExecutionProvider"])
        except _RUNTIME_REFUSALS as trouble:
            raise ModelRefused(f"{entry.file} is refused by the runtime ({type(trouble).__name__})") from trouble
        _check_shapes(entry, "input", entry.inputs, self._session.get_inputs())
        _check_shapes(entry, "output", entry.outputs, self._session.get_outputs())
        self._inputs = [tensor.name for tensor in entry.inputs]
        self._outputs = [tensor.name for tensor in entry.outputs]

    @property
    def notes(self) -> dict[str, str]:
        """The texts stored inside the model file, by key."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, *inputs: Any) -> list[Any]:
        """Return the outputs in the manifest's order for inputs in the manifest's order."""
        return list(self._session.run(self._outputs, dict(zip(self._inputs, inputs, strict=True))))


def open_catalogue(folder: Path, manifest_path: Path = MANIFEST_PATH) -> Catalogue:
    """Open a pack folder. Raises ModelRefused if it or one of its files is absent, or the manifest lacks a licence."""
    try:
        manifest = read_manifest(manifest_path)
    except ManifestWrong as trouble:
        raise ModelRefused(str(trouble)) from trouble
    absent = [entry.file for entry in manifest.files if not (folder / entry.file).is_file()]
    if absent:
        raise ModelRefused(f"the model pack lacks {', '.join(absent)}: {_REBUILD}")
    return Catalogue(folder, manifest)


def pack_versions(manifest_path: Path = MANIFEST_PATH) -> tuple[str, ...]:
    """Return role and digest of every model the manifest names, for records. Raises ModelRefused."""
    try:
        manifest = read_manifest(manifest_path)
    except ManifestWrong as trouble:
        raise ModelRefused(str(trouble)) from trouble
    return tuple(f"{entry.role}:{entry.sha256[:16]}" for entry in manifest.files if entry.is_model)


def declared_tensors(file: str, content: bytes) -> tuple[tuple[TensorShape, ...], tuple[TensorShape, ...]]:
    """Return (inputs, outputs) that a network itself declares, -1 where a dimension may vary. Raises ModelRefused."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except _RUNTIME_REFUSALS as trouble:
        raise ModelRefused(f"{file} is refused by the runtime ({type(trouble).__name__})") from trouble
    sides = (session.get_inputs(), session.get_outputs())
    inputs, outputs = (tuple(TensorShape(t.name, tuple(s if isinstance(s, int) else -1 for s in t.shape)) for t in side) for side in sides)
    return inputs, outputs


def _options(entry: PackFile) -> Any:
    """One thread, no spinning: two threads on a busy two-core machine doubled a frame's time.

    A model whose inputs come in every size (pages, text lines) gives its memory back after each run: kept in growing blocks it held 80 MB
    more. One with inputs of a fixed size keeps it: it needs the same blocks for every frame.
    """
    any_size = any(side < 0 for tensor in entry.inputs for side in tensor.shape[1:])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = not any_size
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _check_shapes(entry: PackFile, side: str, wanted: Sequence[TensorShape], found: Sequence[Any]) -> None:
    by_name = {tensor.name: tensor for tensor in found}
    if len(by_name) != len(wanted):
        raise ModelRefused(f"{entry.file} has {len(by_name)} {side}s, the manifest says {len(wanted)}")
    for tensor in wanted:
        if tensor.name not in by_name:
            raise ModelRefused(f"{entry.file} has no {side} {tensor.name}")
        shape = tuple(s if isinstance(s, int) else -1 for s in by_name[tensor.name].shape)
        if shape != tensor.shape or by_name[tensor.name].type != "tensor(float)":
            raise ModelRefused(f"{entry.file} {side} {tensor.name} has shape {shape}, the manifest says {tensor.shape}")
