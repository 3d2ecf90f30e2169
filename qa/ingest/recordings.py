"""Finds audio files and opens them: hash, duration, rate, channels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from qa.errors import CallError, UsageError
from qa.ingest.records import AudioFacts

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".w64", ".mp3", ".mp2", ".m4a", ".aac", ".mp4", ".3gp", ".amr", ".awb", ".ogg", ".oga", ".opus"}
    | {".flac", ".wma", ".gsm", ".au", ".snd", ".aif", ".aiff", ".caf", ".spx", ".mka", ".webm", ".ac3", ".ape"}
)
Known = Callable[[Path, int, int], AudioFacts | None]
"""(path, size in bytes, mtime in ns) → what is remembered of that very file, or None."""
Progress = Callable[[int, int], None]
"""(files done, files in all)."""


class Found(NamedTuple):
    """One audio file."""

    path: Path
    """Absolute; symbolic links are not resolved."""
    relative: str
    """Below the folder that was asked for, with `/`; the bare name for a file that was asked for itself."""


def find(paths: Iterable[Path], exclude: Sequence[Path] = ()) -> list[Found]:
    """Every audio file once, sorted by path. Raises `UsageError` recordings-missing for a path that is not there."""
    left_out = {_real(path) for path in exclude}
    found: dict[str, Found] = {}
    for path in paths:
        if path.is_dir():
            here = _below(path.absolute(), left_out)
        elif path.exists():
            here = iter([Found(path.absolute(), path.name)])
        else:
            raise UsageError(f"没有这个文件或文件夹：{path}", slug="recordings-missing")
        for file in here:
            found.setdefault(_real(file.path), file)
    return sorted(found.values(), key=lambda file: str(file.path))


def _below(root: Path, left_out: set[str]) -> Iterator[Found]:
    seen: set[str] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        # A link back up would be walked for ever.
        if (real := _real(Path(folder))) in seen or real in left_out:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.suffix.lower() in AUDIO_SUFFIXES and path.is_file():
                yield Found(path, path.relative_to(root).as_posix())


def _real(path: Path) -> str:
    return os.path.realpath(path)


def facts_of(
    files: Sequence[Found], known: Known | None = None, progress: Progress | None = None
) -> dict[Path, AudioFacts | CallError]:
    """What each file is, or why it cannot be opened. Unchanged files that are `known` are not read again."""
    facts: dict[Path, AudioFacts | CallError] = {}
    unread: list[Path] = []
    for path, _ in files:
        remembered = _remembered(path, known)
        if remembered is None:
            unread.append(path)
        else:
            facts[path] = remembered
    # Reading and decoding leave the interpreter's lock; more threads than cores hide a network share's latency.
    with ThreadPoolExecutor(max_workers=min(16, 4 * (os.cpu_count() or 1))) as pool:
        waiting = {pool.submit(_look_at, path): path for path in unread}
        for done in as_completed(waiting):
            facts[waiting[done]] = done.result()
            if progress:
                progress(len(facts), len(files))
    return facts


def _remembered(path: Path, known: Known | None) -> AudioFacts | None:
    if known is None:
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    return known(path, stat.st_size, stat.st_mtime_ns)


def _look_at(path: Path) -> AudioFacts | CallError:
    from qa.sound.decode import probe

    try:
        stat = path.stat()
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        info = probe(path)
    except CallError as error:
        return error
    except OSError as error:
        return CallError(f"录音 {path.name} 读不了：{error.strerror or error}", slug="audio-unreadable")
    except Exception as error:
        # One file that upsets the decoder in a new way must not cost the night the other ten thousand.
        return CallError(f"录音 {path.name} 打不开：{error!r}", slug="audio-unreadable")
    return AudioFacts(
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        sha256=sha256,
        duration_ms=info.duration_ms,
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        codec=info.codec,
    )
