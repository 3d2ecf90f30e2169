"""Finds for each call a file that a browser plays: the original, or a small copy where it must be."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qa.errors import CallError
from qa.model import CallRecord, Recording
from qa.report.names import page_name
from qa.sound import encode

logger = logging.getLogger(__name__)


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
    waiting: deque[tuple[CallRecord, Future[Audio]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="audio") as pool:
        for record in records:
            waiting.append((record, pool.submit(audio_of, record.recording, out, copies=copies)))
            if len(waiting) > 4 * workers:
                ready, future = waiting.popleft()
                yield ready, future.result()
        while waiting:
            ready, future = waiting.popleft()
            yield ready, future.result()


def audio_of(recording: Recording, out: Path, *, copies: bool) -> Audio:
    """Never raises: a recording that cannot be copied costs its player and not the report."""
    original = Path(recording.path)
    try:
        return _audio_of(recording, original, out, copies=copies)
    except CallError as error:
        return Audio(note=error.message)
    except Exception as error:  # whatever a broken file does to the decoder
        logger.warning("no audio for call %s", recording.call_id, exc_info=True)
        return Audio(note=f"录音放不出来：{type(error).__name__}")


def _audio_of(recording: Recording, original: Path, out: Path, *, copies: bool) -> Audio:
    if not original.is_file():
        return Audio(note="录音不在原来的位置，只能看文字")
    codec = recording.codec or encode.codec_of(original)
    if encode.is_played_by_browsers(original, codec):
        return Audio(address_of(original, out))
    copy = out / "audio" / f"{page_name(recording.call_id)}.mp3"
    if not encode.is_fresh(copy, original):
        if not copies:
            return Audio(note=f"浏览器放不了 {codec or original.suffix} 格式的录音")
        encode.to_mp3(original, copy)
    return Audio(address_of(copy, out))


def address_of(path: Path, out: Path) -> str:
    """A relative address, so that report and recordings can move together; a file: address from another drive."""
    try:
        relative = os.path.relpath(path.absolute(), out.absolute())
    except ValueError:
        return path.absolute().as_uri()
    return "/".join(quote(part, safe="") for part in Path(relative).parts)
