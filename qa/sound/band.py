"""How high the frequencies of a voice reach: telephone to 3.4 kHz, bad lines and codecs less, wideband more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.span import Span

if TYPE_CHECKING:
    import numpy as np

AUDIBLE_DB = 40.0
"""Below the strongest band a band this far down is outside. Sibilants lie 25 to 30 dB down, A-law's noise 50."""
_SIZE = 512
_BINS = 4
"""125 Hz a band."""
_MOST_MS = 60_000
"""A minute of speech tells as much as an hour."""
_LEAST_FRAMES = 20


def upper_edge_hz(samples: np.ndarray, speech: Sequence[Span]) -> int | None:
    """Upper end of the highest audible band of 125 Hz; None with less than a third of a second of speech.

    `samples`: int16, one channel, 16 kHz. Only the louder half of the frames counts: between them lies noise.
    """
    import numpy as np

    parts, left = [], _MOST_MS
    for span in speech:
        end_ms = min(span.end_ms, span.start_ms + left)
        parts.append(samples[span.start_ms * SAMPLE_RATE_HZ // 1000 : end_ms * SAMPLE_RATE_HZ // 1000])
        left -= end_ms - span.start_ms
        if left <= 0:
            break
    sound = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
    if sound.size < _SIZE * _LEAST_FRAMES // 2:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(sound, _SIZE)[:: _SIZE // 2]
    energy = np.mean(frames * frames, axis=1)
    loud = frames[energy >= np.median(energy)] * np.hanning(_SIZE).astype(np.float32)
    power = np.mean(np.abs(np.fft.rfft(loud, axis=1)[:, : _SIZE // 2]) ** 2, axis=0)
    bands = power.reshape(-1, _BINS).mean(axis=1)
    if not bands.max() > 0:
        return None
    audible = np.flatnonzero(bands >= bands.max() * 10 ** (-AUDIBLE_DB / 10))
    return int((audible[-1] + 1) * _BINS * SAMPLE_RATE_HZ // _SIZE)
