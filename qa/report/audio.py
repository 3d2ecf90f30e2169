"""Finds or makes for each call what is heard and seen of its recording: a file that browsers play, clips, a waveform."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from qa.errors import CallError
from qa.report.muting import masked_spans
from qa.report.names import page_name
from qa.report.view import CallView
from qa.report.waveform import known_peaks, make_peaks
from qa.sound import encode
from qa.span import Span

logger = logging.getLogger(__name__)

CLIP_ENDING = ".clip.mp3"
_AROUND_CLIP_MS = 1_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people asked for."""

    copies: bool = True
    """Small copies of recordings that browsers cannot play; without, those stay silent and say so."""
    muted: bool = False
    """A copy in which numbers that identify people are not heard, in place of the original."""
    clips: bool = False
    """A file for each finding."""


@dataclass(frozen=True, slots=True)
class Audio:
    address: str = ""
    """From the report's root, percent-encoded; empty where there is nothing to play."""
    note: str = ""
    """Why there is nothing, in Chinese."""
    peaks: tuple[bytes, ...] = ()
    """Heights of each channel's waveform; empty where nobody looked."""
    clips: Mapping[int, str] = field(default_factory=dict)
    """Addresses of clips by the finding's number."""


class _NotMadeError(Exception):
    """Something must be decoded first."""


def with_audio(views: Iterable[CallView], out: Path, wishes: Wishes) -> Iterator[tuple[CallView, Audio]]:
    """The views in their order, each with what can be played and seen.

    Files are made ahead on a few threads (FFmpeg works without Python's lock); only a handful of views wait at a time.
    """
    workers = max(1, os.cpu_count() or 1)
    waiting: deque[tuple[CallView, Audio | Future[Audio]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="audio") as pool:
        for view in views:
            found: Audio | Future[Audio]
            try:
                found = _sound(view, out, wishes, make=False)
            except _NotMadeError:
                # A thread only for those that need one: handing over costs more than rendering a page.
                found = pool.submit(_sound, view, out, wishes, make=True)
            waiting.append((view, found))
            while waiting and (isinstance(waiting[0][1], Audio) or len(waiting) > 4 * workers):
                yield _settled(*waiting.popleft())
        while waiting:
            yield _settled(*waiting.popleft())


def _settled(view: CallView, found: Audio | Future[Audio]) -> tuple[CallView, Audio]:
    return view, found if isinstance(found, Audio) else found.result()


def _sound(view: CallView, out: Path, wishes: Wishes, *, make: bool) -> Audio:
    """Raises `_NotMadeError` unless `make`, and nothing else: a broken recording costs its player and not the report."""
    original = Path(view.record.recording.path)
    if not original.is_file():
        return Audio(note="录音不在原来的位置，只能看文字", peaks=known_peaks(view.record.recording, out) or ())
    try:
        if wishes.muted and view.record.call is None:
            return Audio(note="这一通没有文字，不知道号码在哪里，所以不放录音")
        silenced = masked_spans(view.record.call, view.veil.turns) if wishes.muted and view.record.call else ()
        address, note = _playable(view, original, out, wishes, silenced, make=make)
        clips = _clips(view, original, out, silenced, make=make) if wishes.clips else {}
        return Audio(address, note, _peaks(view, out, make=make), clips)
    except _NotMadeError:
        raise
    except CallError as error:
        return Audio(note=error.message)
    except Exception as error:  # whatever a broken file does to the decoder
        logger.warning("no audio for call %s", view.record.recording.call_id, exc_info=True)
        return Audio(note=f"录音放不出来：{type(error).__name__}")


def _playable(
    view: CallView, original: Path, out: Path, wishes: Wishes, silenced: tuple[Span, ...], *, make: bool
) -> tuple[str, str]:
    """Address and note."""
    recording = view.record.recording
    copy = out / "audio" / f"{page_name(recording.call_id)}{_muting(silenced)}.mp3"
    if not silenced:
        if encode.is_played_by_browsers(original, recording.codec or encode.codec_of(original)):
            return address_of(original, out), ""
        if not wishes.copies:
            return "", f"浏览器放不了 {recording.codec or '这种'} 格式的录音"
    _ensure(copy, original, make=make, silenced=silenced)
    return address_of(copy, out), ""


def _clips(view: CallView, original: Path, out: Path, silenced: tuple[Span, ...], *, make: bool) -> dict[int, str]:
    recording = view.record.recording
    addresses = {}
    for finding in view.findings:
        part = Span(
            max(0, finding.span.start_ms - _AROUND_CLIP_MS),
            min(recording.duration_ms, finding.span.end_ms + _AROUND_CLIP_MS),
        )
        inside = tuple(span for span in silenced if span.overlaps(part))
        name = f"{page_name(recording.call_id)}.{part.start_ms}-{part.end_ms}{_muting(inside)}{CLIP_ENDING}"
        _ensure(out / "clips" / name, original, make=make, part=part, silenced=inside)
        addresses[finding.number] = address_of(out / "clips" / name, out)
    return addresses


def _ensure(
    copy: Path, original: Path, *, make: bool, part: Span | None = None, silenced: tuple[Span, ...] = ()
) -> None:
    if encode.is_fresh(copy, original):
        return
    if not make:
        raise _NotMadeError
    encode.to_mp3(original, copy, part=part, silenced=silenced)


def _muting(silenced: tuple[Span, ...]) -> str:
    """In a file's name: other stretches are another file."""
    return f".muted-{hashlib.sha256(str(silenced).encode()).hexdigest()[:8]}" if silenced else ""


def _peaks(view: CallView, out: Path, *, make: bool) -> tuple[bytes, ...]:
    """Only calls with findings are worth decoding: nobody looks closely at the others."""
    recording = view.record.recording
    known = known_peaks(recording, out)
    if known is not None or not view.findings or view.timeline is None:
        return known or ()
    if not make:
        raise _NotMadeError
    try:
        return make_peaks(recording, out)
    except CallError:
        return ()


def address_of(path: Path, out: Path) -> str:
    """A relative address, so that report and recordings can move together; a file: address from another drive."""
    try:
        relative = os.path.relpath(path.absolute(), out.absolute())
    except ValueError:
        return path.absolute().as_uri()
    return "/".join(quote(part, safe="") for part in Path(relative).parts)
