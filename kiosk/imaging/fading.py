"""Pictures and prints that overwrite themselves the moment nobody holds them any more.

Freed memory keeps its bytes until something else is put there. A session drops pictures in many places (a newer view, a frame nobody had
time for, an answer that came too late), and no list of those would stay complete; so the memory itself is made to forget.
"""

from typing import Any, TypeVar

import numpy as np

AnyArray = TypeVar("AnyArray", bound="np.ndarray[Any, Any]")


class _Memory:
    """Bytes that are zeros once the last array on them is gone."""

    __slots__ = ("_raw",)

    def __init__(self, size: int) -> None:
        self._raw = np.empty(size, np.uint8)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._raw.__array_interface__

    def __del__(self) -> None:
        self._raw.fill(0)


def fading(array: AnyArray, *, spent: bool = False) -> AnyArray:
    """Return the same values in memory that overwrites itself. One that does so already is returned as it is.

    spent: the given array is not used any more; it is overwritten now, if its memory is its own.
    """
    if is_fading(array):
        return array
    kept: AnyArray = np.asarray(_Memory(array.nbytes)).view(array.dtype).reshape(array.shape)
    kept[...] = array
    if spent and array.base is None and array.flags.writeable:
        array.fill(0)
    return kept


def is_fading(array: "np.ndarray[Any, Any]") -> bool:
    holder: object = array
    while isinstance(holder, np.ndarray):
        holder = holder.base
    return isinstance(holder, _Memory)
