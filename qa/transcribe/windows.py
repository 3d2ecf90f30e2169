"""Packs the speech of one channel into windows that a recogniser hears at once.

Whisper hears at most 30 s, hears fragments badly and hears silence worst. So neighbouring stretches of speech stay
together with the pause between them, longer pauses shrink to a moment, and a cut falls in a pause, never in a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from qa.sound.decode import SAMPLE_RATE_HZ
from qa.span import Span

if TYPE_CHECKING:
    import numpy as np

LONGEST_MS = 28_000
"""Of a window: two seconds of quiet at the end tell Whisper that it is over."""
KEEP_PAUSE_MS = 3000
"""Pauses up to this stay as they are; longer ones become `JOIN_MS`."""
JOIN_MS = 600
"""Quiet between two stretches that were further apart."""
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
    for span in short:
        last = stretches[-1] if stretches else None
        if (
            last
            and span.start_ms - last.end_ms <= KEEP_PAUSE_MS
            and span.end_ms - last.start_ms <= longest_ms - 2 * MARGIN_MS
        ):
            stretches[-1] = last.cover(span)
        else:
            stretches.append(span)
    windows: list[Window] = []
    pieces: list[Piece] = []
    at = 0
    for span in _with_margins(stretches, total_ms):
        if pieces and at + JOIN_MS + span.duration_ms > longest_ms:
            windows.append(Window(channel, tuple(pieces)))
            pieces, at = [], 0
        at += JOIN_MS if pieces else 0
        pieces.append(Piece(span, at))
        at += span.duration_ms
    if pieces:
        windows.append(Window(channel, tuple(pieces)))
    return tuple(windows)


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
