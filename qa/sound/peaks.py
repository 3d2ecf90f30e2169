"""Draws a recording small: the loudest sample of each of a few hundred stretches, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import CallError

if TYPE_CHECKING:
    import numpy as np

POINTS = 500
"""Stretches of a call: about one for each pixel pair of a page of usual width."""
LEVELS = 20
"""Heights told apart; a waveform on a page is no higher than a line of text."""
_CURVE = 0.7
"""Below 1 lifts quiet speech; a display choice."""


def peaks_of(path: Path, duration_ms: int) -> tuple[bytes, ...]:
    """For each channel (two at most) `POINTS` heights of 0 to `LEVELS`, as high as the loudest moment of the call.

    Frame by frame, so that memory does not grow with the call. Raises `CallError` (audio-unreadable).
    """
    import av
    import numpy as np

    loudest: np.ndarray | None = None
    done = 0
    try:
        for samples, rate_hz in _blocks(path):
            if loudest is None:
                loudest = np.zeros((samples.shape[0], POINTS), np.int32)
            _enter(loudest, samples, done, max(1, duration_ms * rate_hz // 1000))
            done += samples.shape[1]
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise CallError(f"读不出录音 {path.name}：{error}", slug="audio-unreadable") from error
    if loudest is None or not loudest.any():
        return ()
    heights = np.rint(LEVELS * (loudest / loudest.max()) ** _CURVE).astype(np.uint8)
    return tuple(channel.tobytes() for channel in heights)


def _blocks(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """int16 (channels, samples) in blocks of a second or more, and the sample rate; goes on past broken packets."""
    import av
    import numpy as np

    with av.open(str(path), metadata_errors="ignore") as container:
        resampler = av.AudioResampler(format="s16p")
        waiting: list[np.ndarray] = []
        length = rate_hz = 0
        for packet in container.demux(container.streams.audio[0]):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                frame.pts = None
                for plain in resampler.resample(frame):
                    waiting.append(plain.to_ndarray()[:2])
                    length, rate_hz = length + plain.samples, plain.sample_rate
                if length > rate_hz:
                    yield np.concatenate(waiting, axis=1), rate_hz
                    waiting, length = [], 0
        if waiting:
            yield np.concatenate(waiting, axis=1), rate_hz


def _enter(loudest: np.ndarray, samples: np.ndarray, first: int, whole: int) -> None:
    import numpy as np

    points = np.minimum(np.arange(first, first + samples.shape[1], dtype=np.int64) * POINTS // whole, POINTS - 1)
    starts = np.flatnonzero(np.diff(points, prepend=-1))
    here = points[starts]
    found = np.maximum.reduceat(np.abs(samples.astype(np.int32)), starts, axis=1)
    loudest[:, here] = np.maximum(loudest[:, here], found)
