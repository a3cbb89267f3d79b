"""Read a TFLite file (a FlatBuffer) into plain Python values: tensors, constants, operators.

Only what MediaPipe's face models use is understood: float32, float16 and int32 constants, stored whole or sparse.
The schema comes from the `tflite` package; layout of sparse tensors: TensorFlow Lite schema, `SparsityParameters`.
"""

import importlib
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import SourceUnreadable

_IDENTIFIER = b"TFL3"
_LARGEST_TENSOR = 16_000_000
_LONGEST_LIST = 100_000
_DAMAGE = (struct.error, IndexError, ValueError, TypeError, KeyError, AttributeError, OverflowError, MemoryError)
"""What reading a cut or damaged FlatBuffer raises, there being no verifier for Python."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """constant: the stored numbers in their own shape, None for values computed while running."""

    name: str
    shape: tuple[int, ...]
    constant: NDArray[Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """kind: the schema's name, or the custom operator's own; options: the schema's options table or None; custom: FlexBuffer
    values of a custom operator."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any
    custom: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The file's only subgraph; operators in running order; inputs and outputs index `tensors`."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_network(content: bytes) -> Network:
    """Return the network in a TFLite file's bytes. Raises SourceUnreadable and nothing else."""
    if content[4:8] != _IDENTIFIER:
        raise SourceUnreadable("not a TFLite file")
    with damage_named():
        schema = importlib.import_module("tflite")
        model = schema.Model.GetRootAsModel(content, 0)
        if model.SubgraphsLength() != 1:
            raise SourceUnreadable(f"{model.SubgraphsLength()} subgraphs, expected 1")
        graph = model.Subgraphs(0)
        if not 0 < graph.TensorsLength() < _LONGEST_LIST or not 0 < graph.OperatorsLength() < _LONGEST_LIST:
            raise SourceUnreadable("an impossible number of tensors or operators")
        return Network(
            tuple(_read_tensor(schema, model, graph.Tensors(i)) for i in range(graph.TensorsLength())),
            tuple(_read_operator(schema, model, graph.Operators(i)) for i in range(graph.OperatorsLength())),
            _integers(graph.InputsAsNumpy()),
            _integers(graph.OutputsAsNumpy()),
        )


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn what damaged bytes make the parsers raise into SourceUnreadable."""
    try:
        yield
    except SourceUnreadable:
        raise
    except _DAMAGE as trouble:
        raise SourceUnreadable(f"the TFLite file is cut short or damaged ({type(trouble).__name__})") from trouble


def _integers(array: Any) -> tuple[int, ...]:
    """The schema answers an absent list with the number 0."""
    return () if isinstance(array, int) else tuple(int(v) for v in array)


def _read_tensor(schema: Any, model: Any, tensor: Any) -> Tensor:
    shape = _integers(tensor.ShapeAsNumpy())
    if any(side < 0 for side in shape) or np.prod(shape, dtype=np.float64) > _LARGEST_TENSOR:
        raise SourceUnreadable(f"a tensor of shape {shape}")
    buffer = model.Buffers(tensor.Buffer())
    constant = None
    if buffer.DataLength():
        kinds = {
            schema.TensorType.FLOAT32: np.dtype("<f4"),
            schema.TensorType.FLOAT16: np.dtype("<f2"),
            schema.TensorType.INT32: np.dtype("<i4"),
        }
        stored = buffer.DataAsNumpy().view(kinds[tensor.Type()])
        sparsity = tensor.Sparsity()
        constant = stored.reshape(shape) if sparsity is None else _densify(schema, sparsity, stored, shape)
    return Tensor(tensor.Name().decode(), shape, constant)


def _read_operator(schema: Any, model: Any, operator: Any) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    kind = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    custom: Mapping[str, Any] = {}
    if kind == "CUSTOM":
        kind = code.CustomCode().decode()
        if operator.CustomOptionsLength():
            flexbuffers = importlib.import_module("flatbuffers.flexbuffers")
            custom = dict(flexbuffers.GetRoot(bytes(operator.CustomOptionsAsNumpy())).Value)
    return Operator(
        kind,
        _integers(operator.InputsAsNumpy()),
        _integers(operator.OutputsAsNumpy()),
        operator.BuiltinOptions(),
        custom,
    )


@dataclass(frozen=True, slots=True, eq=False)
class DenseLevel:
    """Every index from 0 to size - 1 is stored."""

    size: int


@dataclass(frozen=True, slots=True, eq=False)
class SparseLevel:
    """Compressed rows: entries segments[i] to segments[i + 1] of `indices` belong to entry i of the level above."""

    segments: NDArray[np.int64]
    indices: NDArray[np.int64]


Level = DenseLevel | SparseLevel


def _densify(schema: Any, sparsity: Any, stored: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return dense(
        stored,
        shape,
        _integers(sparsity.TraversalOrderAsNumpy()),
        _integers(sparsity.BlockMapAsNumpy()) if sparsity.BlockMapLength() else (),
        [_read_level(schema, sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())],
    )


def dense(
    stored: NDArray[Any], shape: tuple[int, ...], order: tuple[int, ...], block_map: tuple[int, ...], levels: list[Level]
) -> NDArray[Any]:
    """Return the whole tensor of sparsely stored numbers; what is not stored is 0. Raises SourceUnreadable or IndexError.

    levels: nested from the outermost, one for each entry of `order`, which names their dimensions. Entries beyond the tensor's
    rank are positions inside blocks: entry rank + k refines the dimension `block_map[k]`, whose own level then counts blocks.
    """
    if len(levels) != len(order) or len(levels) != len(shape) + len(block_map):
        raise SourceUnreadable("a sparse tensor whose levels do not match its shape")
    block_sizes = [level.size for level in levels[len(shape) :] if isinstance(level, DenseLevel)]
    if len(block_sizes) != len(block_map):
        raise SourceUnreadable("a sparse tensor with sparse blocks")
    positions, sources = _walk(levels)
    place = np.zeros((len(sources), len(shape)), np.int64)
    for level, dimension in enumerate(order):
        if dimension < len(shape):
            step = block_sizes[block_map.index(dimension)] if dimension in block_map else 1
            place[:, dimension] += positions[:, level] * step
        else:
            place[:, block_map[dimension - len(shape)]] += positions[:, level]
    if (place < 0).any() or (sources < 0).any():
        raise SourceUnreadable("a sparse tensor with a negative place")
    whole = np.zeros(shape, stored.dtype)
    whole[tuple(place.T)] = stored[sources]
    return whole


def _read_level(schema: Any, metadata: Any) -> Level:
    if metadata.Format() == schema.DimensionType.DENSE:
        return DenseLevel(int(metadata.DenseSize()))
    return SparseLevel(
        _index_vector(schema, metadata.ArraySegmentsType(), metadata.ArraySegments()),
        _index_vector(schema, metadata.ArrayIndicesType(), metadata.ArrayIndices()),
    )


def _index_vector(schema: Any, kind: int, table: Any) -> NDArray[Any]:
    kinds = {
        schema.SparseIndexVector.Int32Vector: schema.Int32Vector,
        schema.SparseIndexVector.Uint16Vector: schema.Uint16Vector,
        schema.SparseIndexVector.Uint8Vector: schema.Uint8Vector,
    }
    vector = kinds[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)


def _walk(levels: list[Level]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (index per level of each stored number, its place in the store), level by level from the outermost."""
    positions = np.zeros((1, 0), np.int64)
    entries = np.zeros(1, np.int64)
    for level in levels:
        if isinstance(level, DenseLevel):
            counts = np.full(len(entries), level.size)
        else:
            counts = level.segments[entries + 1] - level.segments[entries]
        if (counts < 0).any() or counts.sum() > _LARGEST_TENSOR:
            raise SourceUnreadable("a sparse tensor of impossible size")
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        if isinstance(level, DenseLevel):
            next_entries, index = np.repeat(entries * level.size, counts) + within, within
        else:
            next_entries = np.repeat(level.segments[entries], counts) + within
            index = level.indices[next_entries]
        positions = np.column_stack([np.repeat(positions, counts, axis=0), index])
        entries = next_entries
    return positions, entries
