"""The Whisper engine: every channel by itself, in windows of speech, with a second look where the first was unsure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from qa.model import Recording, Removed, Track, Transcript, Word
from qa.sound.clicks import clicks
from qa.sound.decode import load
from qa.sound.scene import Voice, survey
from qa.span import Span
from qa.transcribe.decoder import Decoder, Heard
from qa.transcribe.engine import EngineOptions
from qa.transcribe.hallucination import invented
from qa.transcribe.hotwords import correct
from qa.transcribe.placing import place, unheard
from qa.transcribe.second_pass import listen_again
from qa.transcribe.setup import identity
from qa.transcribe.simplified import simplify
from qa.transcribe.windows import Window, pack

if TYPE_CHECKING:
    import numpy as np


REPEATS_ABOVE = 2.4
"""Compression ratio from which OpenAI's decoder, too, takes a text for a loop."""
COMMA_PAUSE_MS = 300
"""A pause this long ends a clause: Whisper writes punctuation in some windows and none in others."""


class WhisperEngine:
    """Implements `Engine`. Holds one loaded model: build one per process."""

    def __init__(self, options: EngineOptions) -> None:
        """Slow: loads the model. Raises `UsageError` where it cannot be had."""
        self.options = options
        self.name = identity(options)
        self.decoder = Decoder(options)

    def transcribe(self, recording: Recording) -> Transcript:
        """Raises `CallError` where the file cannot be decoded."""
        sound = load(Path(recording.path))
        scene = survey(sound.samples)
        channels = {voice.channel: _contiguous(sound.samples[voice.channel]) for voice in scene.voices}
        windows = [w for voice in scene.voices for w in pack(voice.speech, voice.channel, channels[voice.channel])]
        muted = {voice.channel: clicks(channels[voice.channel], voice.speech) for voice in scene.voices}
        heard = self.decoder.hear([w.sound(channels[w.channel], muted[w.channel]) for w in windows])
        tracks: list[Track] = []
        removed: list[Removed] = []
        for voice in scene.voices:
            mine = [(w, h) for w, h in zip(windows, heard, strict=True) if w.channel == voice.channel]
            track, dropped = self._track(voice, channels[voice.channel], muted[voice.channel], mine)
            tracks.append(track)
            removed.extend(dropped)
        return Transcript(
            engine=self.name,
            tracks=tuple(tracks),
            removed=tuple(removed),
            notes=(*sound.info.notes, *scene.notes),
            layout=scene.layout,
        )

    def _track(
        self, voice: Voice, samples: np.ndarray, muted: Sequence[Span], heard: Sequence[tuple[Window, Heard]]
    ) -> tuple[Track, list[Removed]]:
        words: list[Word] = []
        removed: list[Removed] = []
        doubtful: list[Span] = []
        for window, found in heard:
            kept, dropped = self.believed(window, found, voice.speech)
            words.extend(kept)
            removed.extend(dropped)
            if found.ran_on or found.compression > REPEATS_ABOVE or any(r.reason == "loop" for r in dropped):
                doubtful.extend(piece.source for piece in window.pieces)
        if self.options.second_pass:
            words, again = listen_again(self, voice, samples, muted, words, doubtful)
            removed.extend(again)
        words = list(punctuated(correct(words, self.options.hotwords)))
        missing = unheard(voice.speech, words)
        return Track(channel=voice.channel, speech=voice.speech, words=tuple(words), unheard=missing), removed

    def believed(self, window: Window, heard: Heard, speech: Sequence[Span]) -> tuple[tuple[Word, ...], list[Removed]]:
        """What of a window's text is kept, in source time and inside its speech; and what is not, with the reason."""
        inside = [span for piece in window.pieces for span in speech if span.overlaps(piece.source)]
        words = in_source_time(window, heard)
        removed = []
        for part, reason in reversed(invented(words)):
            removed.append(_removed(window.channel, words[part], reason))
            del words[part]
        placed, stray = place(words, inside)
        removed.extend(_removed(window.channel, [word], "no_speech") for word in stray)
        return placed, removed


def in_source_time(window: Window, heard: Heard) -> list[Word]:
    """Simplified words at their place in the recording; punctuation hangs on the word before it."""
    words: list[Word] = []
    for word in heard.words:
        text = simplify(word.text)
        if not text or (not words and not any(c.isalnum() for c in text)):
            continue
        if words and not any(c.isalnum() for c in text):
            last = words[-1]
            words[-1] = Word(last.text + text, last.span, last.confidence)
            continue
        start, end = window.to_source(word.start_ms), window.to_source(word.end_ms)
        words.append(Word(text, Span(start, max(start, end)), round(min(1.0, max(0.0, word.confidence)), 3)))
    return words


def punctuated(words: Sequence[Word]) -> tuple[Word, ...]:
    """A comma where somebody pauses and the recogniser wrote nothing."""
    done = list(words)
    for i, (word, after) in enumerate(pairwise(words)):
        if after.span.start_ms - word.span.end_ms >= COMMA_PAUSE_MS and word.text[-1].isalnum():
            done[i] = Word(word.text + "，", word.span, word.confidence)
    return tuple(done)


def _removed(channel: int, words: Sequence[Word], reason: str) -> Removed:
    span = Span(words[0].span.start_ms, max(word.span.end_ms for word in words))
    return Removed(channel=channel, span=span, text="".join(word.text for word in words), reason=reason)


def _contiguous(samples: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.ascontiguousarray(samples)
