"""Short-time loudness of one channel, in dB below full scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.span import Span

if TYPE_CHECKING:
    import numpy as np

FLOOR_DB = -100.0
"""What digital silence is called."""


def frame_db(samples: np.ndarray, span: Span, step_ms: int) -> np.ndarray:
    """RMS level in dBFS (0 = full scale, `FLOOR_DB` = nothing) of each whole `step_ms` in `span`."""
    import numpy as np

    step = step_ms * SAMPLE_RATE_HZ // 1000
    start, end = (ms * SAMPLE_RATE_HZ // 1000 for ms in (span.start_ms, span.end_ms))
    block = samples[start:end]
    count = block.size // step
    # Chunked, so that a two-hour channel never exists as floats.
    levels = np.empty(count, np.float32)
    for first in range(0, count, 8192):
        part = block[first * step : min(first + 8192, count) * step].astype(np.float32).reshape(-1, step)
        levels[first : first + part.shape[0]] = np.sqrt(np.mean(part * part, axis=1))
    decibels: np.ndarray = np.maximum(20 * np.log10(np.maximum(levels, 1e-3) / 32768), FLOOR_DB).astype(np.float32)
    return decibels


def level_db(samples: np.ndarray) -> float:
    """RMS of a whole channel in dBFS."""
    import numpy as np

    if samples.size == 0:
        return FLOOR_DB
    square = sum(
        float(np.sum(np.square(samples[i : i + 1 << 20].astype(np.float32)))) for i in range(0, samples.size, 1 << 20)
    )
    rms = (square / samples.size) ** 0.5
    return max(FLOOR_DB, float(20 * np.log10(max(rms, 1e-3) / 32768)))
