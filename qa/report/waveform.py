"""Draws the waveform of each channel; decodes a recording once and keeps what it saw beside the report."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from qa.model import CallRecord, Recording, Role
from qa.sound.peaks import POINTS, peaks_of

_FOLDER = "waveforms"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wave:
    """One channel's upper half; the page mirrors it."""

    role: Role
    """Whose channel it is; UNKNOWN where several speak on it or nobody knows."""
    path: str
    """SVG path, x in 0..POINTS, y in -LEVELS..0."""


def known_peaks(recording: Recording, out: Path) -> tuple[bytes, ...] | None:
    """From an earlier report; None where this recording has not been looked at."""
    kept = _kept(recording, out)
    try:
        content = kept.read_bytes() if kept else None
    except OSError:
        return None
    if content is None or len(content) % POINTS:
        return None
    return tuple(content[at : at + POINTS] for at in range(0, len(content), POINTS))


def make_peaks(recording: Recording, out: Path) -> tuple[bytes, ...]:
    """Decodes the recording. Raises `CallError` (audio-unreadable), OSError."""
    channels = peaks_of(Path(recording.path), recording.duration_ms)
    kept = _kept(recording, out)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_name(f".{kept.name}.{os.getpid()}.{threading.get_ident()}.unfinished")
        unfinished.write_bytes(b"".join(channels))
        unfinished.replace(kept)
    return channels


def waves_of(record: CallRecord, channels: Sequence[bytes]) -> tuple[Wave, ...]:
    """One for each channel, or for the first alone where both are the same signal."""
    roles = _roles(record)
    shown = channels[:1] if record.call is not None and record.call.layout == "fake_stereo" else channels
    return tuple(Wave(roles.get(number, Role.UNKNOWN), _outline(heights)) for number, heights in enumerate(shown))


def _roles(record: CallRecord) -> dict[int, Role]:
    if record.call is None or record.transcript is None:
        return {}
    found: dict[int, set[Role]] = {}
    for track, role in zip(record.transcript.tracks, record.call.roles.by_track, strict=False):
        found.setdefault(track.channel, set()).add(role)
    return {channel: roles.pop() for channel, roles in found.items() if len(roles) == 1}


def _outline(heights: bytes) -> str:
    return "M0 0" + "".join(f"V{-height}h{len(list(run))}" for height, run in groupby(heights)) + "V0z"


def _kept(recording: Recording, out: Path) -> Path | None:
    """By content: a call under another id, or heard again, is not decoded twice."""
    if not _SHA256.fullmatch(recording.sha256):
        return None
    return out / _FOLDER / recording.sha256[:2] / f"{recording.sha256}.bin"
