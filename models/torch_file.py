"""Read the state dictionary of an old-style PyTorch file (`torch.save` before 1.6) without PyTorch and without running anything in it.

The file is a row of pickles: a magic number, a version, a description of the writer's machine, the dictionary, whose tensors name
storages, the storages' keys; then each storage as a count and raw little-endian numbers. The unpickler knows four names and refuses
every other, so a file cannot make this program call anything, nor fill its memory.
"""

import io
import math
import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import SourceUnreadable

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_MOST_NUMBERS = 50_000_000
_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}

_REFUSALS = (
    *(pickle.UnpicklingError, struct.error, EOFError, AttributeError, IndexError, KeyError, TypeError, ValueError, MemoryError),
    *(OverflowError, AssertionError, RecursionError, NameError),
)
"""What unpickling damaged bytes raises."""

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Where a tensor lies in its storage, counted in numbers."""

    storage: str
    offset: int
    shape: tuple[int, ...]


def _placed(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    """Stands for PyTorch's rebuilding of a tensor. Raises SourceUnreadable unless it is contiguous."""
    if not (isinstance(storage, str) and isinstance(offset, int) and isinstance(shape, tuple) and isinstance(strides, tuple)):
        raise SourceUnreadable("a tensor that is described in another way than PyTorch does")
    expected, step = [], 1
    for side in reversed(shape):
        if not isinstance(side, int) or side < 0:
            raise SourceUnreadable("a tensor of an impossible shape")
        expected.append(step)
        step *= side
    if tuple(reversed(expected)) != strides and step > 1:
        raise SourceUnreadable("a tensor that is not stored in one piece")
    return _Tensor(storage, offset, shape)


_MAKES_BEFORE_IT_READS = frozenset({pickle.BYTEARRAY8[0]})
"""The one instruction that makes what a file says it holds before reading it; no state dictionary has it."""


class _Unpickler(pickle._Unpickler):
    """kinds: filled with the number type of each storage that is named.

    The one written in Python: the other makes its memo as long as the largest index a file names, which a hostile one puts at two
    thousand million. This one's is a dictionary, and reading past the end fails before anything is made.
    """

    dispatch: ClassVar[dict[int, Any]] = {
        code: load for code, load in pickle._Unpickler.dispatch.items() if code not in _MAKES_BEFORE_IT_READS
    }

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.kinds: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _placed
        if module == "torch" and name in _DTYPES:
            return name
        raise SourceUnreadable(f"the file asks for {module}.{name}, which no state dictionary needs")

    def persistent_load(self, pid: Any) -> str:
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and pid[1] in _DTYPES and isinstance(pid[2], str)):
            raise SourceUnreadable("a storage of a kind this reader does not know")
        self.kinds[pid[2]] = _DTYPES[pid[1]]
        return pid[2]


def read_state(content: bytes) -> Weights:
    """Return the tensors of floats by name. Raises SourceUnreadable for anything but such a file."""
    stream = io.BytesIO(content)
    try:
        if pickle_of(stream) != _MAGIC or pickle_of(stream) != _VERSION:
            raise SourceUnreadable("not an old-style PyTorch file")
        pickle_of(stream)
        unpickler = _Unpickler(stream)
        state = unpickler.load()
        keys = pickle_of(stream)
    except _REFUSALS as trouble:
        raise SourceUnreadable(f"not an old-style PyTorch file ({type(trouble).__name__})") from trouble
    if not isinstance(state, dict) or not isinstance(keys, list):
        raise SourceUnreadable("the file holds no state dictionary")
    storages = _storages(stream, keys, unpickler.kinds)
    floats = {name: value for name, value in state.items() if isinstance(name, str) and _is_float(value, unpickler.kinds)}
    return {name: _tensor(name, value, storages) for name, value in floats.items()}


def pickle_of(stream: io.BytesIO) -> Any:
    return _Unpickler(stream).load()


def _is_float(value: object, kinds: Mapping[str, str]) -> bool:
    return isinstance(value, _Tensor) and kinds.get(value.storage) == "<f4"


def _storages(stream: io.BytesIO, keys: Sequence[Any], kinds: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    storages = {}
    for key in keys:
        head = stream.read(8)
        if key not in kinds or len(head) != 8:
            raise SourceUnreadable("the file ends before its numbers, or names some that nothing uses")
        (count,) = struct.unpack("<q", head)
        dtype = np.dtype(kinds[key])
        if not 0 <= count <= _MOST_NUMBERS:
            raise SourceUnreadable(f"a storage of {count} numbers")
        raw = stream.read(count * dtype.itemsize)
        if len(raw) != count * dtype.itemsize:
            raise SourceUnreadable("the file ends in the middle of its numbers")
        storages[key] = np.frombuffer(raw, dtype)
    return storages


def _tensor(name: str, placed: _Tensor, storages: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    count = math.prod(placed.shape)
    whole = storages.get(placed.storage)
    if whole is None or not 0 <= placed.offset <= len(whole) - count:
        raise SourceUnreadable(f"{name} lies outside the file's numbers")
    values: NDArray[np.float32] = whole[placed.offset : placed.offset + count].reshape(placed.shape)
    return values
