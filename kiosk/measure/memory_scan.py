"""What is left of a customer in this process: a raw scan of its memory, and a walk over its live objects.

A needle is kept with every bit turned over, and memory is turned over before it is searched, so that the search never finds itself.
"""

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

NEEDLE_BYTES: Final = 48
_PIECE: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Needle:
    """kind: `page`, `portrait`, `chip`, `frame` or `print`; turned: its bytes, every bit turned over."""

    kind: str
    turned: bytes


def needles_of(kind: str, content: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]", wanted: int) -> list[Needle]:
    """Return up to `wanted` pieces spread over the content, leaving out those too plain to mean anything."""
    raw = np.ascontiguousarray(content).view(np.uint8).reshape(-1)
    found = []
    for at in np.linspace(0, max(0, raw.size - NEEDLE_BYTES) // 8, wanted, dtype=int) * 8:
        piece = raw[at : at + NEEDLE_BYTES]
        if piece.size == NEEDLE_BYTES and len(np.unique(piece)) >= 12:
            found.append(Needle(kind, np.bitwise_not(piece).tobytes()))
    return found


def needle_of_text(text: str) -> Needle:
    return Needle("text", np.bitwise_not(np.frombuffer(text.encode(), np.uint8)).tobytes())


def is_part_of(needle: Needle, content: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bool:
    return needle.turned in np.bitwise_not(content).tobytes()


def found_in_memory(needles: Iterable[Needle]) -> dict[str, int]:
    """Return how many different needles of each kind are somewhere in this process's writable memory (Linux).

    Pieces of pictures and prints are looked for at every eighth address, where allocators put what they were cut from; texts everywhere.
    """
    wanted = list(dict.fromkeys(needles))
    hit: set[Needle] = set()
    texts = [needle for needle in wanted if needle.kind == "text"]
    by_start: dict[int, list[Needle]] = {}
    for needle in wanted:
        if needle.kind != "text":
            by_start.setdefault(int.from_bytes(needle.turned[:8], sys.byteorder), []).append(needle)
    first = np.zeros(1 << 16, bool)
    first[[start & 0xFFFF for start in by_start]] = True
    starts = np.array(sorted(by_start), np.uint64)
    for turned in _turned_memory():
        hit.update(needle for needle in texts if needle not in hit and needle.turned in turned)
        words = np.frombuffer(turned, np.uint64, len(turned) // 8)
        likely = np.flatnonzero(first[(words & np.uint64(0xFFFF)).astype(np.uint16)])
        for at in likely[np.isin(words[likely], starts)]:
            for needle in by_start[int(words[at])]:
                if turned[at * 8 : at * 8 + len(needle.turned)] == needle.turned:
                    hit.add(needle)
    return _counted(wanted, hit)


def found_in_files(needles: Iterable[Needle], folders: Iterable[Path]) -> dict[str, int]:
    """Return how many needles of each kind lie in clear in any file under these folders."""
    wanted = list(dict.fromkeys(needles))
    hit: set[Needle] = set()
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        turned = np.bitwise_not(np.frombuffer(path.read_bytes(), np.uint8)).tobytes()
        hit.update(needle for needle in wanted if needle.turned in turned)
    return _counted(wanted, hit)


def _counted(wanted: Iterable[Needle], hit: set[Needle]) -> dict[str, int]:
    return {kind: sum(needle.kind == kind for needle in hit) for kind in sorted({needle.kind for needle in wanted})}


def reachable_texts(turned: Iterable[Needle]) -> int:
    """Return how many texts with one of these needles in them are reachable from the objects the collector knows."""
    gc.collect()
    words = [np.bitwise_not(np.frombuffer(needle.turned, np.uint8)).tobytes().decode() for needle in turned]
    own = {id(words), *(id(word) for word in words)}
    count = 0
    for holder in gc.get_objects():
        if id(holder) in own:
            continue
        held = holder if isinstance(holder, list | tuple | set) else gc.get_referents(holder)
        for one in tuple(held):
            if isinstance(one, str) and id(one) not in own and any(word in one for word in words):
                count += 1
    return count


def summary(found: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in found.items())


def _turned_memory() -> Iterator[bytes]:
    """Yield this process's writable private memory in overlapping pieces, every bit turned over in place."""
    overlap = 2 * NEEDLE_BYTES
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for line in Path("/proc/self/maps").read_text(encoding="ascii", errors="replace").splitlines():
            span, rights, *_ = line.split()
            if "r" not in rights or "w" not in rights or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            begin, end = (int(edge, 16) for edge in span.split("-"))
            at = begin
            while at < end:
                piece = np.empty(min(_PIECE, end - at), np.uint8)
                try:
                    memory.seek(at)
                    got = memory.readinto(piece.data) or 0
                except OSError:
                    break
                np.bitwise_not(piece, out=piece)
                yield piece[:got].tobytes()
                if got < piece.size or at + got >= end:
                    break
                at += got - overlap
