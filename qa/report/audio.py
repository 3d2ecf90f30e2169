"""Finds for each call a file that a browser plays: the original, or a small copy where it must be."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from qa.errors import CallError
from qa.model import CallRecord, Recording
from qa.report.names import page_name
from qa.sound import encode

logger = logging.getLogger(__name__)

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Audio:
    address: str = ""
    """From the report's root, percent-encoded; empty where there is nothing to play."""
    note: str = ""
    """Why there is nothing, in Chinese."""


def with_audio(records: Iterable[CallRecord], out: Path, *, copies: bool) -> Iterator[tuple[CallRecord, Audio]]:
    """The records in their order, each with what can be played.

    Copies are made ahead on a few threads (FFmpeg works without Python's lock); only a handful of records wait at a
    time. With `copies` off, recordings no browser plays stay silent and say so.
    """
    workers = max(1, os.cpu_count() or 1)
    waiting: deque[tuple[CallRecord, Audio | Future[Audio]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="audio") as pool:
        for record in records:
            found = _guarded(_found, record.recording, out)
            if found is None and not copies:
                found = Audio(note=f"浏览器放不了 {record.recording.codec or '这种'} 格式的录音")
            # A thread only for those that need one: handing over costs more than rendering a page.
            waiting.append((record, found or pool.submit(_guarded, _copied, record.recording, out)))
            while waiting and (isinstance(waiting[0][1], Audio) or len(waiting) > 4 * workers):
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())


def _settled(record: CallRecord, found: Audio | Future[Audio]) -> tuple[CallRecord, Audio]:
    return record, found if isinstance(found, Audio) else found.result()


def _guarded(look: Callable[[Recording, Path], _Found], recording: Recording, out: Path) -> _Found | Audio:
    """Never raises: a recording that cannot be copied costs its player and not the report."""
    try:
        return look(recording, out)
    except CallError as error:
        return Audio(note=error.message)
    except Exception as error:  # whatever a broken file does to the decoder
        logger.warning("no audio for call %s", recording.call_id, exc_info=True)
        return Audio(note=f"录音放不出来：{type(error).__name__}")


def _found(recording: Recording, out: Path) -> Audio | None:
    """What is there already; None where a copy must be made."""
    original = Path(recording.path)
    if not original.is_file():
        return Audio(note="录音不在原来的位置，只能看文字")
    if encode.is_played_by_browsers(original, recording.codec or encode.codec_of(original)):
        return Audio(address_of(original, out))
    copy = _copy_path(recording, out)
    return Audio(address_of(copy, out)) if encode.is_fresh(copy, original) else None


def _copied(recording: Recording, out: Path) -> Audio:
    copy = _copy_path(recording, out)
    encode.to_mp3(Path(recording.path), copy)
    return Audio(address_of(copy, out))


def _copy_path(recording: Recording, out: Path) -> Path:
    return out / "audio" / f"{page_name(recording.call_id)}.mp3"


def address_of(path: Path, out: Path) -> str:
    """A relative address, so that report and recordings can move together; a file: address from another drive."""
    try:
        relative = os.path.relpath(path.absolute(), out.absolute())
    except ValueError:
        return path.absolute().as_uri()
    return "/".join(quote(part, safe="") for part in Path(relative).parts)
