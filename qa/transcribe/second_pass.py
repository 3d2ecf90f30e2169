"""Listens again where the first pass lost speech or ran in circles, and keeps the better of the two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from qa.hanzi import syllables
from qa.model import Removed, Word
from qa.sound.decode import SAMPLE_RATE_HZ
from qa.sound.scene import Voice
from qa.span import Span, common, merge, total_ms
from qa.transcribe.decoder import Decoder, Heard
from qa.transcribe.placing import unheard, wordless
from qa.transcribe.windows import Window, single

if TYPE_CHECKING:
    import numpy as np

AROUND_MS = 1000
"""Neighbouring speech up to this far away is heard along: a syllable alone is a riddle."""
LONGEST_MS = 20_000
LEAST_MS = 250
"""A stretch of speech without any word is heard again from this length; a syllable lasts 150 ms and more."""
ATTEMPTS: tuple[float, ...] = (0.0, 0.4)
"""Temperatures of the single decodings, tried in order until the speech has words."""
BELIEVABLE = 0.35
"""Mean confidence of a word from which it counts for its decoding rather than against it."""


class Listener(Protocol):
    decoder: Decoder

    def believed(
        self, window: Window, heard: Heard, speech: Sequence[Span]
    ) -> tuple[tuple[Word, ...], list[Removed]]: ...


def listen_again(
    listener: Listener,
    voice: Voice,
    samples: np.ndarray,
    muted: Sequence[Span],
    words: list[Word],
    doubtful: Sequence[Span],
) -> tuple[list[Word], list[Removed]]:
    """The words of one channel after a second look, and what was heard there and not believed."""
    removed: list[Removed] = []
    end_ms = samples.size * 1000 // SAMPLE_RATE_HZ
    gaps = [*unheard(voice.speech, words), *wordless(voice.speech, words, LEAST_MS), *common(doubtful, voice.speech)]
    regions = _regions(voice.speech, gaps)
    for temperature in ATTEMPTS:
        if not regions:
            break
        windows = [single(region, voice.channel, end_ms) for region in regions]
        found = listener.decoder.hear([w.sound(samples, muted) for w in windows], full=True, temperature=temperature)
        for region, window, heard in zip(regions, windows, found, strict=True):
            there = common([region], voice.speech)
            new, dropped = listener.believed(window, heard, there)
            old = [word for word in words if word.span.overlaps(region)]
            if worth(new, there) > worth(old, there):
                words = sorted([w for w in words if not w.span.overlaps(region)] + list(new), key=lambda w: w.span)
                removed.extend(dropped)
        regions = [r for r in regions if _still_open(common([r], voice.speech), words)]
    return words, removed


def _still_open(speech: Sequence[Span], words: Sequence[Word]) -> bool:
    return bool(unheard(speech, words) or wordless(speech, words, LEAST_MS))


def worth(words: Sequence[Word], speech: Sequence[Span]) -> float:
    """More believable syllables are better; speech without words costs as much as four of them in a second."""
    said = sum((word.confidence - BELIEVABLE) * max(1, syllables(word.text)) for word in words)
    return said - total_ms(unheard(speech, words)) / 1000


def _regions(speech: Sequence[Span], gaps: Sequence[Span]) -> list[Span]:
    """Each gap with the speech around it, bounded by pauses and `LONGEST_MS`."""
    regions: list[Span] = []
    for gap in merge(gaps):
        region = gap
        for span in speech:
            if span.overlaps(gap) and region.cover(span).duration_ms <= LONGEST_MS:
                region = region.cover(span)
        for span in speech:
            near = span.start_ms - AROUND_MS < region.end_ms and region.start_ms - AROUND_MS < span.end_ms
            if near and region.cover(span).duration_ms <= LONGEST_MS:
                region = region.cover(span)
        regions.append(region)
    whole = merge(regions)
    return [r for r in whole if r.duration_ms <= 28_000] + [
        part for r in whole if r.duration_ms > 28_000 for part in _split(r, speech)
    ]


def _split(region: Span, speech: Sequence[Span]) -> list[Span]:
    parts: list[Span] = []
    for span in common([region], speech):
        if parts and span.end_ms - parts[-1].start_ms <= LONGEST_MS:
            parts[-1] = parts[-1].cover(span)
        else:
            parts.append(span)
    return [Span(p.start_ms, min(p.end_ms, p.start_ms + 28_000)) for p in parts]
