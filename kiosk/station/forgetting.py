"""Leaving nothing of a customer in this process's memory.

1. Our own pictures and prints are overwritten in place the moment the session ends.
2. What was copied on the way (encoded pictures, the plain packet, a library's scratch) is freed by then. Freed memory keeps its bytes, so
   it is handed back to the system, which gives it out again as zeros (malloc_trim, glibc; elsewhere nothing is done, and that is said).
3. NumPy keeps small freed blocks in drawers of its own, for each thread: they are filled with zeros by asking for each size once more.

What libraries hold beyond our reach is measured by `app.py residue` and said in docs/privacy.md.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Final

import numpy as np

_DRAWER_SIZES: Final = 1024
_DRAWER_DEPTH: Final = 7
"""NumPy 2 keeps up to seven freed blocks of each size under 1,024 bytes."""
_DEEPEST: Final = 8


def overwrite(of: object) -> int:
    """Fill every picture and print reachable from this value with zeros; return how many. Values are walked through dataclasses, tuples."""
    count = 0
    for array in _arrays(of, _DEEPEST):
        if array.flags.writeable:
            array.fill(0)
            count += 1
    return count


def empty_drawers() -> None:
    """Fill the small freed blocks NumPy keeps for this thread with zeros: a print has 512 bytes. Some milliseconds."""
    held = [np.zeros(size, np.uint8) for size in range(1, _DRAWER_SIZES) for _ in range(_DRAWER_DEPTH)]
    del held


def release() -> bool:
    """Give freed memory back. Return whether this system lets us."""
    gc.collect()
    empty_drawers()
    trim = _malloc_trim()
    if trim is None:
        return False
    trim(0)
    return True


def _arrays(of: object, depth: int) -> "Iterator[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]":
    if isinstance(of, np.ndarray):
        yield of
    elif depth and isinstance(of, tuple):
        for item in of:
            yield from _arrays(item, depth - 1)
    elif depth and is_dataclass(of) and not isinstance(of, type):
        for field in fields(of):
            yield from _arrays(getattr(of, field.name), depth - 1)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        # musl has none
        return None
    return trim
