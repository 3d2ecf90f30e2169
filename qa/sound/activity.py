"""Says where somebody speaks in one channel.

Silero's voice activity model (it lies in the faster-whisper package) gives a probability for each 32 ms; spans are
opened and closed with hysteresis and then pulled tight around the sound by short-time energy, because turn bounds
feed response times and dead air: VAD alone opens early on breaths and closes late on the room.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.span import Span, merge

if TYPE_CHECKING:
    import numpy as np

_FRAME = 512
"""Samples in one decision of the model (32 ms)."""
_CONTEXT = 64
"""Samples of the frame before that the model wants to see again."""
_BLOCK_FRAMES = 4096
"""Frames handed to the model at once: 131 s, so that a two-hour file needs no more memory than a short one."""

OPEN_AT = 0.4
"""Probability that opens a span. Silero's default of 0.5 misses a lone 哦 or 啊 at the start of a telephone turn."""
CLOSE_AT = 0.25
"""Probability under which a span may close."""
MIN_PAUSE_MS = 200
"""Shorter pauses do not split a span: closures of stops (60-120 ms) are part of speech."""
_STEP_MS = 10
_MOST_BACK_MS = 300
_MOST_IN_MS = 150
MIN_SPEECH_MS = 96
"""A shorter span is a click. 嗯 and 是 last 120 ms and more."""


def speech_spans(samples: np.ndarray) -> tuple[Span, ...]:
    """Speech in `samples` (int16, one channel, 16 kHz): sorted, disjoint, at least `MIN_SPEECH_MS` long."""
    if samples.size == 0 or not samples.any():
        return ()
    return spans_of(speech_probabilities(samples), samples)


def spans_of(probabilities: np.ndarray, samples: np.ndarray) -> tuple[Span, ...]:
    """Spans from the model's probabilities (one for each 32 ms), tightened by the energy of `samples`."""
    total_ms = samples.size * 1000 // SAMPLE_RATE_HZ
    found: list[Span] = []
    start: int | None = None
    last_loud = 0
    pause = MIN_PAUSE_MS * SAMPLE_RATE_HZ // 1000 // _FRAME
    for i, probability in enumerate(probabilities.tolist()):
        if start is None:
            if probability >= OPEN_AT:
                start = last_loud = i
        elif probability >= CLOSE_AT:
            last_loud = i
        elif i - last_loud > pause:
            found.append(_frames(start, last_loud + 1))
            start = None
    if start is not None:
        found.append(_frames(start, last_loud + 1))
    tight = (_tighten(Span(s.start_ms, min(s.end_ms, total_ms)), samples) for s in found)
    return merge(span for span in tight if span.duration_ms >= MIN_SPEECH_MS)


def speech_probabilities(samples: np.ndarray) -> np.ndarray:
    """The model's probability of speech for each 512 samples, 0 to 1; float32."""
    import numpy as np

    session = _session()
    h = np.zeros((1, 1, 128), np.float32)
    c = np.zeros((1, 1, 128), np.float32)
    before: np.ndarray = np.zeros(_CONTEXT, np.float32)
    outputs = []
    step = _FRAME * _BLOCK_FRAMES
    for first in range(0, samples.size, step):
        block: np.ndarray = samples[first : first + step].astype(np.float32) / 32768
        block = np.pad(block, (0, -block.size % _FRAME))
        frames = block.reshape(-1, _FRAME)
        context = np.vstack([before, frames[:-1, -_CONTEXT:]])
        before = frames[-1, -_CONTEXT:]
        output, h, c = session.run(None, {"input": np.hstack([context, frames]), "h": h, "c": c})
        outputs.append(np.asarray(output, np.float32).reshape(-1))
    return np.concatenate(outputs)


def _frames(first: int, end: int) -> Span:
    return Span(first * _FRAME * 1000 // SAMPLE_RATE_HZ, end * _FRAME * 1000 // SAMPLE_RATE_HZ)


def _tighten(span: Span, samples: np.ndarray) -> Span:
    """Moves the bounds to where the sound begins and ends.

    The model wants to hear 100 to 200 ms before it believes in speech, so the start goes back while the sound goes on
    unbroken; quiet edges (30 dB below the span's own loud parts) are dropped.
    """
    import numpy as np

    from qa.sound.energy import frame_db

    back = min(_MOST_BACK_MS, span.start_ms) // _STEP_MS
    levels = frame_db(samples, Span(span.start_ms - back * _STEP_MS, span.end_ms), _STEP_MS)
    if levels.size < back + 3:
        return span
    floor = np.percentile(levels[back:], 90) - 30
    sounding = levels >= floor
    start = back
    while start > 0 and sounding[start - 1]:
        start -= 1
    if start == back:
        start += min(int(np.argmax(sounding[back:])), _MOST_IN_MS // _STEP_MS)
    end = levels.size - min(int(np.argmax(sounding[::-1])), _MOST_IN_MS // _STEP_MS)
    first = span.start_ms - back * _STEP_MS
    if end == levels.size:  # the last step may be a fraction that `frame_db` does not count
        return Span(first + start * _STEP_MS, span.end_ms)
    return Span(first + start * _STEP_MS, first + end * _STEP_MS)


@functools.lru_cache(maxsize=1)
def _session() -> Any:
    from faster_whisper.vad import get_vad_model

    return get_vad_model().session
