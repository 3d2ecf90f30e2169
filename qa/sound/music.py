"""Finds hold music, ring-back and other steady tones in one channel: sound that is nobody's.

A note stays where it is; a voice glides. So the fine structure of the spectrum (156 to 3400 Hz, its smooth shape taken
away) is compared with itself 192 ms later. Median likeness over two seconds, on the labelled calls and on read speech
(213 stretches of 2 s and more): 0.33 at the median, 0.50 at the 99th percentile, 0.54 at most; made-up music (held
chords, plucked strings, vibrato, drums): 0.64 and more. Over 0.8 s speech reaches 0.68; a 450 Hz ring-back tone has 1.0.

Voice activity itself lets little of it through (it opens for 0.8 s of a minute of piano); this is for the rest, and so
that people can be told. A song is not found while somebody sings: that is a voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.sound.energy import frame_db
from qa.span import Span, common, merge, subtract, total_ms

if TYPE_CHECKING:
    import numpy as np

ALIKE_MUSIC, MUSIC_FRAMES = 0.60, 62
"""Median likeness over 2 s from which it is music."""
ALIKE_TONE, TONE_FRAMES = 0.90, 24
"""Over 0.8 s: a tone. A ring-back tone lasts 1 s, engaged tones 0.35 s (too short to be told from a vowel)."""
ALIKE_SPAN = 0.40
"""Of a span in music from which it may be music itself. Speech by itself has 0.33; over loud music up to 0.55."""
LOUDER_DB = 6.0
"""Whoever talks over music is at least this much louder than the music around them, or could not be understood."""
_AROUND_MS = 5000
_STEP_MS = 20
LEAST_MS = 800
_LEAST_PART_MS = 300
"""Of what is left of music where somebody begins to speak."""
_SIZE, _HOP, _LAG = 1024, 512, 6
_FIRST_BIN, _END_BIN = 10, 218
_SMOOTH_BINS = 15
_AUDIBLE = 50.0
"""RMS of a frame below which nobody would call it sound (-56 dBFS)."""
_BLOCK_FRAMES = 1875
"""A minute at a time, so that a two-hour channel never exists as a spectrogram."""
_HOP_MS = _HOP * 1000 // SAMPLE_RATE_HZ


def apart(samples: np.ndarray, seen: Sequence[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """(speech, music) of one channel (int16, 16 kHz); `seen`: speech as voice activity saw it.

    A span of speech goes as a whole or stays as a whole: it goes where it lies in music for the most part and sounds
    like it. Somebody who talks over quiet music does not.
    """
    import numpy as np

    alike = np.concatenate([np.zeros(0, np.float32), *_likeness(samples)])
    found = [
        span
        for bound, frames in ((ALIKE_MUSIC, MUSIC_FRAMES), (ALIKE_TONE, TONE_FRAMES))
        for span in _runs(alike, bound, frames)
    ]
    steady = [span for span in merge(found) if span.duration_ms >= LEAST_MS]
    speech = tuple(span for span in seen if not _is_music(span, steady, seen, alike, samples))
    return speech, tuple(span for span in subtract(steady, speech) if span.duration_ms >= _LEAST_PART_MS)


def _is_music(span: Span, steady: Sequence[Span], seen: Sequence[Span], alike: np.ndarray, samples: np.ndarray) -> bool:
    import numpy as np

    if 2 * total_ms(common([span], steady)) <= span.duration_ms:
        return False
    own = alike[span.start_ms // _HOP_MS : max(span.end_ms // _HOP_MS, span.start_ms // _HOP_MS + 1)]
    if not own.size or np.median(own) < ALIKE_SPAN:
        return False
    near = Span(max(0, span.start_ms - _AROUND_MS), span.end_ms + _AROUND_MS)
    around = [frame_db(samples, part, _STEP_MS) for part in subtract(common([near], steady), seen)]
    levels = np.concatenate([np.zeros(0, np.float32), *around])
    here = frame_db(samples, span, _STEP_MS)
    # Where nothing but the span itself is steady, there is no music for it to be part of.
    return bool(levels.size and here.size and np.percentile(here, 80) < np.percentile(levels, 80) + LOUDER_DB)


def _likeness(samples: np.ndarray) -> Iterator[np.ndarray]:
    """For each hop of 32 ms, 0 to 1; 0 where it is quiet."""
    import numpy as np

    window = np.hanning(_SIZE).astype(np.float32)
    frames = max(0, (samples.size - _SIZE) // _HOP + 1 - _LAG)
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        start = first * _HOP
        block = samples[start : start + (count + _LAG - 1) * _HOP + _SIZE].astype(np.float32)
        if not block.any():
            yield np.zeros(count, np.float32)
            continue
        framed = np.lib.stride_tricks.sliding_window_view(block, _SIZE)[::_HOP]
        loud = np.sqrt(np.mean(framed * framed, axis=1)) >= _AUDIBLE
        spectrum = np.abs(np.fft.rfft(framed * window, axis=1))[:, _FIRST_BIN:_END_BIN].astype(np.float32)
        level = np.log(spectrum + 0.1 * spectrum.mean(axis=1, keepdims=True) + 1)
        fine = np.maximum(level - _smooth(level), 0)
        norm = np.linalg.norm(fine, axis=1) + 1e-6
        alike = np.sum(fine[:-_LAG] * fine[_LAG:], axis=1) / (norm[:-_LAG] * norm[_LAG:])
        yield np.where(loud[:-_LAG] & loud[_LAG:], alike, 0).astype(np.float32)


def _smooth(level: np.ndarray) -> np.ndarray:
    import numpy as np

    width = 2 * _SMOOTH_BINS + 1
    padded = np.pad(level, ((0, 0), (_SMOOTH_BINS + 1, _SMOOTH_BINS)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    smoothed: np.ndarray = (sums[:, width:] - sums[:, :-width]) / width
    return smoothed


def _runs(alike: np.ndarray, bound: float, frames: int) -> list[Span]:
    """Where the median over `frames` reaches `bound`: every window that does, whole."""
    import numpy as np

    if alike.size < frames:
        return []
    # A median over the bound is more than half of the frames over it: cheaper than sorting each window.
    over = np.concatenate([[0], np.cumsum(alike >= bound)])
    steady = (2 * (over[frames:] - over[:-frames]) > frames).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], steady, [0]])))
    found = []
    for first, end in list(pairwise(edges.tolist()))[::2]:
        # The outer frames that are not steady themselves only came along with their window.
        inside = np.flatnonzero(alike[first : end - 1 + frames] >= bound) + first
        found.append(Span(int(inside[0]) * _HOP_MS, (int(inside[-1]) + _LAG + 1) * _HOP_MS))
    return found
