"""Face prints in memory, to be searched: one exact index for each country, sex and quarter of birth (faiss).

Blocked by the document first: whoever is of another country, sex or time of birth is not compared at all. That keeps a million prints to
some ten thousand comparisons, so the search can be exact: an approximate index would add misses of its own to those of the print, and most
cannot forget a vector (docs/adr/0017-print-index.md compares). What the blocks themselves lose: whoever took another sex, country or a
birth date further off than the tolerance is not found by face.

Nothing here is written to a disk. The index is made again from the sealed prints at each start.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Print
from kiosk.intake.prints.sealed_print import Block

BORN_WITHIN_DAYS: Final = 366
"""A year: it covers day and month exchanged, one wrong digit in day or month, and the year next to it."""
_PERIOD_DAYS: Final = 92
_DAY_SHIFT: Final = 40
faiss.omp_set_num_threads(1)
"""A search takes about a millisecond: threads would cost more than they bring, and the machine has other work."""
_NUMBERS: Final = (1 << _DAY_SHIFT) - 1


@dataclass(frozen=True, slots=True)
class Near:
    """number: of the entry; similarity: cosine, -1..1."""

    number: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Found:
    """near: most alike first; compared: how many prints were in reach, which is what false neighbours are expected among."""

    near: tuple[Near, ...]
    compared: int


@dataclass(frozen=True, slots=True)
class _Shard:
    country: str
    sex: str
    period: int


class PrintIndex:
    """length: numbers of a print. For one thread."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._shards: dict[_Shard, Any] = {}
        self._where: dict[int, tuple[_Shard, int]] = {}

    def __len__(self) -> int:
        return len(self._where)

    def add(self, numbers: Sequence[int], blocks: Sequence[Block], prints: NDArray[np.float32]) -> None:
        """Add prints, (n, length). Numbers are positive, below 2**40, and not in the index. Raises ValueError."""
        if prints.shape != (len(numbers), self._length):
            raise ValueError("prints of another length")
        together: dict[_Shard, list[int]] = {}
        for row, (number, block) in enumerate(zip(numbers, blocks, strict=True)):
            if number in self._where or not 0 < number <= _NUMBERS:
                raise ValueError("a number that is in the index already, or impossible")
            together.setdefault(_shard_of(block), []).append(row)
            self._where[number] = (_shard_of(block), block.born << _DAY_SHIFT | number)
        for shard, rows in together.items():
            ids = np.array([self._where[numbers[row]][1] for row in rows], np.int64)
            self._shard(shard).add_with_ids(np.ascontiguousarray(prints[rows], np.float32), ids)

    def remove(self, number: int) -> bool:
        """Forget a print; False if it is not there. Its numbers are moved over in memory."""
        found = self._where.pop(number, None)
        if found is None:
            return False
        shard, known_as = found
        index = self._shards[shard]
        index.remove_ids(np.array([known_as], np.int64))
        if not index.ntotal:
            del self._shards[shard]
        return True

    def near(self, block: Block, face_print: Print, at_least: float, within_days: int = BORN_WITHIN_DAYS) -> Found:
        """Return the prints in reach whose cosine is at least that."""
        query = np.ascontiguousarray(face_print[None, :], np.float32)
        near: list[Near] = []
        compared = 0
        for index in self._in_reach(block, within_days):
            compared += index.ntotal
            _, similarities, ids = index.range_search(query, at_least)
            for similarity, known_as in zip(similarities.tolist(), ids.tolist(), strict=True):
                if abs((known_as >> _DAY_SHIFT) - block.born) <= within_days:
                    near.append(Near(known_as & _NUMBERS, similarity))
        near.sort(key=lambda one: (-one.similarity, one.number))
        return Found(tuple(near), compared)

    def _in_reach(self, block: Block, within_days: int) -> Iterator[Any]:
        first, last = (block.born - within_days) // _PERIOD_DAYS, (block.born + within_days) // _PERIOD_DAYS
        sexes = ("M", "F", "X") if block.sex == "X" else (block.sex, "X")
        for period in range(first, last + 1):
            for sex in sexes:
                index = self._shards.get(_Shard(block.country, sex, period))
                if index is not None:
                    yield index

    def _shard(self, shard: _Shard) -> Any:
        index = self._shards.get(shard)
        if index is None:
            index = self._shards[shard] = faiss.IndexIDMap(faiss.IndexFlatIP(self._length))
        return index


def _shard_of(block: Block) -> _Shard:
    return _Shard(block.country, block.sex, block.born // _PERIOD_DAYS)
