"""Packs the speech of one channel into windows that a recogniser hears at once.

Whisper hears at most 30 s, hears fragments badly and hears silence worst. So neighbouring stretches of speech stay
together with the pause between them, longer pauses shrink to a moment, and a cut falls in a pause, never in a word.
Which pauses is settled for a whole channel at once (see `_shared_out`): filling one window after the other leaves a few
words for the last, and those cost half a window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.span import Span, merge

if TYPE_CHECKING:
    import numpy as np

LONGEST_MS = 28_000
"""Of a window: two seconds of quiet at the end tell Whisper that it is over."""
KEEP_PAUSE_MS = 1500
"""Pauses up to this stay as they are; longer ones become `JOIN_MS` and the margins."""
JOIN_MS = 600
"""Quiet between two stretches that were further apart."""
_QUIET_MS = 6000
_LEAST_WORK_MS = 15_000
"""See `decoder.py`."""
_CUT_WORK = ((300, 6000.0), (600, 3000.0), (1000, 1500.0))
"""(pauses shorter than this, work in ms of sound)."""
_MUTED = 0.02
"""Factor of a muted stretch (-34 dB): digital silence inside speech is something no recogniser has met."""
MARGIN_MS = 200
"""Sound kept around speech: voice activity is late on soft onsets."""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of the recording and where it lies in its window."""

    source: Span
    at_ms: int


class Window(msgspec.Struct, frozen=True):
    """What is decoded at once: pieces of one channel in time order."""

    channel: int
    pieces: tuple[Piece, ...]

    @property
    def length_ms(self) -> int:
        last = self.pieces[-1]
        return last.at_ms + last.source.duration_ms

    def sound(self, samples: np.ndarray, muted: Sequence[Span] = ()) -> np.ndarray:
        """float32, -1 to 1, of this window. `samples`: its channel, int16; `muted` stretches of it are turned down."""
        import numpy as np

        sound = np.zeros(_index(self.length_ms), np.float32)
        for piece in self.pieces:
            part = samples[_index(piece.source.start_ms) : _index(piece.source.end_ms)].astype(np.float32) / 32768
            for span in muted:
                if span.overlaps(piece.source):
                    first = max(0, _index(span.start_ms - piece.source.start_ms))
                    part[first : max(0, _index(span.end_ms - piece.source.start_ms))] *= _MUTED
            start = _index(piece.at_ms)
            sound[start : start + part.size] = part[: sound.size - start]
        return sound

    def to_source(self, ms: float) -> int:
        """The moment of the recording that lies at `ms` of the window; inside a join, the nearer edge."""
        best = self.pieces[0]
        for piece in self.pieces:
            if piece.at_ms - JOIN_MS / 2 <= ms:
                best = piece
        return round(min(max(best.source.start_ms + ms - best.at_ms, best.source.start_ms), best.source.end_ms))


def pack(speech: Sequence[Span], channel: int, samples: np.ndarray, longest_ms: int = LONGEST_MS) -> tuple[Window, ...]:
    """Windows that together hold all of `speech` (sorted, disjoint), none longer than `longest_ms`."""
    total_ms = samples.size * 1000 // SAMPLE_RATE_HZ
    short = [part for span in speech for part in _cut(span, samples, longest_ms - 2 * MARGIN_MS)]
    stretches: list[Span] = []
    begins: set[int] = set()
    for first, end in _shared_out(short, longest_ms):
        begins.add(len(stretches))
        stretches.extend(merge(short[first:end], gap_ms=KEEP_PAUSE_MS))
    windows: list[list[Piece]] = []
    for i, span in enumerate(_with_margins(stretches, total_ms)):
        if i in begins:
            windows.append([])
        before = windows[-1][-1] if windows[-1] else None
        windows[-1].append(Piece(span, before.at_ms + before.source.duration_ms + JOIN_MS if before else 0))
    return tuple(Window(channel, tuple(pieces)) for pieces in windows)


def _shared_out(spans: Sequence[Span], longest_ms: int) -> list[tuple[int, int]]:
    """(first, end) of each window: of all ways to cut the one with least work, a cut in a short pause being much work."""
    work = [0.0] + [math.inf] * len(spans)
    first_of = [0] * (len(spans) + 1)
    for end in range(1, len(spans) + 1):
        length = spans[end - 1].duration_ms + 2 * MARGIN_MS
        for first in range(end - 1, -1, -1):
            if first < end - 1:
                pause = spans[first + 1].start_ms - spans[first].end_ms
                length += spans[first].duration_ms + (pause if pause <= KEEP_PAUSE_MS else JOIN_MS + 2 * MARGIN_MS)
                if length > longest_ms:
                    break
            cut = _cut_work(spans[first].start_ms - spans[first - 1].end_ms) if first else 0.0
            so_far = work[first] + _window_work(length) + cut
            if so_far < work[end]:
                work[end], first_of[end] = so_far, first
    windows: list[tuple[int, int]] = []
    end = len(spans)
    while end:
        windows.append((first_of[end], end))
        end = first_of[end]
    return windows[::-1]


def _window_work(length_ms: int) -> float:
    """In ms of sound: quiet goes with a window, and the encoder's time grows faster than its input."""
    padded = min(30_000, max(_LEAST_WORK_MS, length_ms + _QUIET_MS))
    return padded * (1 + padded / 60_000)


def _cut_work(pause_ms: int) -> float:
    """What a cut in a pause may save at most: in a long one nothing is torn apart."""
    return next((work for pause, work in _CUT_WORK if pause_ms < pause), 0.0)


def single(span: Span, channel: int, total_ms: int) -> Window:
    """One stretch by itself, with its margins."""
    return Window(channel, (Piece(Span(max(0, span.start_ms - MARGIN_MS), min(total_ms, span.end_ms + MARGIN_MS)), 0),))


def _with_margins(stretches: Sequence[Span], total_ms: int) -> list[Span]:
    """Each stretch with up to `MARGIN_MS` of what lies around it, never taking from its neighbour."""
    widened = []
    for i, span in enumerate(stretches):
        before = stretches[i - 1].end_ms if i else 0
        after = stretches[i + 1].start_ms if i + 1 < len(stretches) else total_ms
        start = max((before + span.start_ms) // 2 if i else 0, span.start_ms - MARGIN_MS)
        end = min((span.end_ms + after) // 2 if i + 1 < len(stretches) else total_ms, span.end_ms + MARGIN_MS)
        widened.append(Span(start, max(end, span.end_ms)))
    return widened


def _cut(span: Span, samples: np.ndarray, longest_ms: int) -> list[Span]:
    """Speech without a pause for half a minute is cut where it is quietest."""
    import numpy as np

    from qa.sound.energy import frame_db

    step_ms = 20
    parts = []
    while span.duration_ms > longest_ms:
        zone = Span(span.start_ms + longest_ms // 2, span.start_ms + longest_ms)
        levels = np.convolve(frame_db(samples, zone, step_ms), np.ones(5) / 5, mode="same")
        quietest = zone.start_ms + int(np.argmin(levels[2:-2]) + 2) * step_ms + step_ms // 2
        parts.append(Span(span.start_ms, quietest))
        span = Span(quietest, span.end_ms)
    return [*parts, span]


def _index(ms: int) -> int:
    return ms * SAMPLE_RATE_HZ // 1000
