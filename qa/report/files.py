"""Puts files in place whole, and leaves alone those that would not change."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

GENERATOR = '<meta name="generator" content="qa">'
"""Stands in every page we write; a page without it is not ours to remove."""


class Site:
    """The folder of one report. A reader never sees half a file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rewritten = 0
        self._kept: set[Path] = set()
        self._folders: set[Path] = set()

    def write(self, address: str, content: str | bytes) -> bool:
        """True where the file was new or changed. `address` is relative to the root and must already be safe."""
        path = self.root / address
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self._kept.add(path)
        if _holds(path, body):
            return False
        with self._beside(path) as unfinished:
            unfinished.write_bytes(body)
            unfinished.replace(path)
        self.rewritten += 1
        return True

    @contextmanager
    def replacing(self, address: str) -> Iterator[Path]:
        """A path to write to; what was written takes the place of `address` at the end, unless the block fails."""
        path = self.root / address
        self._kept.add(path)
        with self._beside(path) as unfinished:
            yield unfinished
            if not (path.is_file() and filecmp.cmp(unfinished, path, shallow=False)):
                unfinished.replace(path)
                self.rewritten += 1

    def remove_stale_pages(self, folder: str) -> int:
        """Removes pages of an earlier report that this one did not write. Returns how many."""
        stale = [page for page in (self.root / folder).glob("*.html") if page not in self._kept and _is_ours(page)]
        for page in stale:
            page.unlink(missing_ok=True)
        return len(stale)

    def keep(self, addresses: Iterable[str]) -> None:
        """Files that another made for this report."""
        self._kept.update(self.root / address for address in addresses)

    @property
    def kept(self) -> list[str]:
        """Addresses of what belongs to this report."""
        return sorted(path.relative_to(self.root).as_posix() for path in self._kept)

    def remove_stale_files(self, folder: str, ending: str) -> int:
        """Removes files of an earlier report with an ending that only we give. Returns how many."""
        stale = [file for file in (self.root / folder).glob(f"*{ending}") if file not in self._kept]
        for file in stale:
            file.unlink(missing_ok=True)
        return len(stale)

    @contextmanager
    def _beside(self, path: Path) -> Iterator[Path]:
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        try:
            yield unfinished
        finally:
            unfinished.unlink(missing_ok=True)


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except OSError:
        return False


def _is_ours(page: Path) -> bool:
    try:
        with page.open("rb") as file:
            return GENERATOR.encode() in file.read(1024)
    except OSError:
        return False
