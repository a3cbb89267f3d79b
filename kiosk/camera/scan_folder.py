"""A folder into which a scanner puts its files: the newest complete one is taken, once. Files are never moved, changed or deleted."""

from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
MOST_FILES = 2000
"""Files looked at in one turn; a folder with more is no scanner's."""


class ScanFolder:
    """What lies in the folder at the beginning is old and never taken. Belongs to one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[tuple[str, int]] = set(self._listed())
        self._growing: dict[tuple[str, int], int] = {}

    def take(self) -> Path | None:
        """Return a new file whose size has not changed since the last turn, None where there is none or the folder is away.

        A file is known by its name and the time it was last written: a scanner that always writes `scan.jpg` is served too.
        """
        now = self._listed()
        ready = [key for key, size in now.items() if key not in self._taken and size > 0 and self._growing.get(key) == size]
        self._growing = {key: size for key, size in now.items() if key not in self._taken}
        if not ready:
            return None
        newest = max(ready, key=lambda key: key[1])
        self._taken.update(ready)
        return self._folder / newest[0]

    def forget_waiting(self) -> None:
        """Let everything that lies there now count as old: it was scanned for no case, or for one that is over."""
        self._taken.update(self._listed())

    def _listed(self) -> dict[tuple[str, int], int]:
        """Return the size of each picture file by name and time of writing."""
        listed = {}
        try:
            for number, entry in enumerate(self._folder.iterdir()):
                if number == MOST_FILES:
                    break
                if entry.suffix.lower() in SUFFIXES and entry.is_file():
                    facts = entry.stat()
                    listed[entry.name, facts.st_mtime_ns] = facts.st_size
        except OSError:
            return {}
        return listed
