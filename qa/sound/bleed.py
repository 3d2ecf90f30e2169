"""Tells one channel's own voice from the other party heard through it.

Line crosstalk is a copy 30 dB and more below its source, so levels decide: while the other channel is 22 dB louder,
nobody is heard here. (Two people talking at once on one call differ by less than that, even when one shouts.) An echo
from a loudspeaker can be louder and late; it is found by its waveform being the other's, up to 400 ms before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.sound.energy import frame_db
from qa.span import Span, common, merge, subtract, total_ms

if TYPE_CHECKING:
    import numpy as np

STEP_MS = 20
DROP_DB = 22.0
"""How much louder the other channel must be for this one to be bleed. Corpus bleed is at 38 dB; shouting adds 9."""
ECHO_CORRELATION = 0.5
"""Normalised correlation from which quieter speech counts as the other's echo. Double talk stays below 0.2."""
ECHO_DELAY_MS = 400
_ECHO_DROP_DB = 2.5
"""An echo is at least this much quieter than its source; between closer levels nobody can say which side it began on.

Bleed added to three labelled calls, ms of it taken for the customer's own speech (6 to 16 s): with a drop of 6 dB none
down to -25 dB, up to 1000 at -20 to -12, 1200 to 4700 at -8, 12 000 and more at -4; with 2.5 dB: 200 to 800 at -8, up to
7000 at -4, and no more of their own speech lost.
"""
_SMEAR_STEPS = 3
"""The other channel's level is its maximum over ±60 ms: codecs and switches delay one side."""
_MIN_BLEED_MS = 100
_AUDIBLE_ABOVE_NOISE_DB = 8.0
_AROUND_STEPS = 500
"""Ten seconds on each side tell how loud the noise is."""

_NEITHER, _OWN, _BLEED = 0, 1, 2


def own_speech(channels: np.ndarray, spans: Sequence[Sequence[Span]]) -> tuple[tuple[Span, ...], ...]:
    """For each channel, its spans without what belongs to another.

    `channels`: int16, (channels, samples), 16 kHz; `spans`: speech of each channel as voice activity saw it.
    """
    import numpy as np

    if len(spans) < 2 or not any(spans):
        return tuple(tuple(mine) for mine in spans)
    whole = Span(0, channels.shape[1] * 1000 // SAMPLE_RATE_HZ)
    levels = np.stack([frame_db(channel, whole, STEP_MS) for channel in channels])
    if levels.shape[1] == 0:
        return tuple(tuple(mine) for mine in spans)
    smeared = np.stack([_smear(level) for level in levels])
    kept = []
    for i, mine in enumerate(spans):
        others = [j for j in range(len(spans)) if j != i]
        loudest = smeared[others].max(axis=0)
        crosstalk = _crosstalk(levels[i], loudest, mine)
        left = [span for span in subtract(mine, crosstalk) if span.duration_ms >= _MIN_BLEED_MS]
        echo = [s for s in left for j in others if _is_echo(s, i, j, channels, levels, spans[j])]
        kept.append(subtract(left, echo))
    return tuple(kept)


def _smear(levels: np.ndarray) -> np.ndarray:
    import numpy as np

    padded = np.pad(levels, _SMEAR_STEPS, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _SMEAR_STEPS + 1)
    smeared: np.ndarray = windows.max(axis=1)
    return smeared


def _crosstalk(mine: np.ndarray, other: np.ndarray, spans: Sequence[Span]) -> tuple[Span, ...]:
    import numpy as np

    if mine.size == 0:
        return ()
    found: list[Span] = []
    for span in spans:
        first, end = span.start_ms // STEP_MS, min(-(-span.end_ms // STEP_MS), mine.size)
        # Noise as it is around here: lines and rooms change within a long recording.
        around = mine[max(0, first - _AROUND_STEPS) : end + _AROUND_STEPS]
        audible = np.percentile(around, 10) + _AUDIBLE_ABOVE_NOISE_DB
        here, there = mine[first:end], other[first:end]
        labels = np.where(there - here >= DROP_DB, _BLEED, np.where(here >= audible, _OWN, _NEITHER))
        found.extend(_bleed_runs(labels.tolist(), first))
    return merge(found)


def _bleed_runs(labels: list[int], offset: int) -> list[Span]:
    """Runs of bleed long enough to be one; frames that are neither belong to the bleed beside them."""
    runs: list[Span] = []
    start: int | None = None
    has_bleed = 0
    for i, label in enumerate([*labels, _OWN]):
        if label == _OWN:
            # A single audible frame inside bleed is a click or the other's loudest vowel: two in a row end the run.
            lone = start is not None and i + 1 < len(labels) and labels[i + 1] == _BLEED
            if lone:
                continue
            if start is not None and has_bleed * STEP_MS >= _MIN_BLEED_MS:
                runs.append(Span((offset + start) * STEP_MS, (offset + i) * STEP_MS))
            start, has_bleed = None, 0
        else:
            start = i if start is None else start
            has_bleed += label == _BLEED
    return runs


def _is_echo(
    span: Span, mine: int, other: int, channels: np.ndarray, levels: np.ndarray, others_speech: Sequence[Span]
) -> bool:
    import numpy as np

    source = Span(max(0, span.start_ms - ECHO_DELAY_MS), span.end_ms)
    if total_ms(common([source], others_speech)) < span.duration_ms // 2:
        return False
    own_db = _loud_db(levels[mine], span)
    if _loud_db(levels[other], source) - own_db < _ECHO_DROP_DB:
        return False
    # Half a minute decides as well as an hour and keeps the transform small.
    end_ms = min(span.end_ms, span.start_ms + 30_000)
    a = _piece(channels[mine], Span(span.start_ms, end_ms))
    b = _piece(channels[other], Span(source.start_ms, end_ms))
    size = 1 << (a.size + b.size).bit_length()
    products = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[: max(1, b.size - a.size + 1)]
    running = np.concatenate([[0.0], np.cumsum(b * b)])
    energy = running[a.size : a.size + products.size] - running[: products.size]
    norm = np.sqrt(np.maximum(energy, 1e-9) * max(float(np.sum(a * a)), 1e-9))
    return bool(np.max(np.abs(products) / norm) >= ECHO_CORRELATION)


def _loud_db(levels: np.ndarray, span: Span) -> float:
    import numpy as np

    part = levels[span.start_ms // STEP_MS : max(span.end_ms // STEP_MS, span.start_ms // STEP_MS + 1)]
    return float(np.percentile(part, 80)) if part.size else -100.0


def _piece(samples: np.ndarray, span: Span) -> np.ndarray:
    import numpy as np

    rate = SAMPLE_RATE_HZ // 1000
    return samples[span.start_ms * rate : span.end_ms * rate].astype(np.float64)
