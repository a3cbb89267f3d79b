"""Files of weights from outside: read without running anything in them, refused when they are anything else."""

import contextlib
import pickle
import struct
import tracemalloc
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.onnx_graph import SourceUnreadable
from models.torch_file import read_state

_MAGIC = 0x1950A86A20F9469CFC6C


class _Named:
    """Pickles as a call of something by name, as PyTorch's files and hostile ones do."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call, self.arguments


def written(state: bytes, storages: bytes = b"", keys: tuple[str, ...] = ()) -> bytes:
    head = b"".join(pickle.dumps(part, 2) for part in (_MAGIC, 1001, {}))
    return head + state + pickle.dumps(list(keys), 2) + storages


# By hand, since only PyTorch can write one: OrderedDict([("w", tensor of 2x3 floats in storage "0")]).
_ONE_TENSOR = (
    b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n("
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06NtQ"
    b"K\x00K\x02K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtRu."
)
_NUMBERS = struct.pack("<q6f", 6, 1, 2, 3, 4, 5, 6)


def test_a_tensor_is_read_with_its_shape() -> None:
    state = read_state(written(_ONE_TENSOR, _NUMBERS, ("0",)))
    assert list(state) == ["w"]
    np.testing.assert_array_equal(state["w"], [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("cut", [3, 40, len(written(_ONE_TENSOR, _NUMBERS, ("0",))) - 5])
def test_a_file_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(SourceUnreadable):
        read_state(written(_ONE_TENSOR, _NUMBERS, ("0",))[:cut])


def test_a_file_that_would_call_something_is_refused_and_calls_nothing(tmp_path: Path) -> None:
    victim = tmp_path / "made by the file"
    hostile = pickle.dumps(OrderedDict(w=_Named(Path.touch, victim)), 2)
    with pytest.raises(SourceUnreadable):
        read_state(written(hostile))
    assert not victim.exists()


def test_a_storage_larger_than_its_file_is_refused_without_being_made() -> None:
    with pytest.raises(SourceUnreadable):
        read_state(written(_ONE_TENSOR, struct.pack("<q", 1 << 60), ("0",)))


@pytest.mark.parametrize("hostile", [b"r\xff\xff\xff\x7f", b"\x96\xff\xff\xff\xff\x0f\x00\x00\x00", b"\x8b\xff\xff\xff\x7f"])
def test_a_file_that_names_a_huge_size_is_refused_without_making_room_for_it(hostile: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(SourceUnreadable):
            read_state(b"\x80\x05N" + hostile)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_cleanly(content: bytes) -> None:
    with pytest.raises(SourceUnreadable):
        read_state(content)


@given(st.integers(0, len(written(_ONE_TENSOR, _NUMBERS, ("0",))) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read(place: int, byte: int) -> None:
    content = bytearray(written(_ONE_TENSOR, _NUMBERS, ("0",)))
    content[place] = byte
    with contextlib.suppress(SourceUnreadable):
        read_state(bytes(content))
