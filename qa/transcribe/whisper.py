"""The Whisper engine: every channel by itself, in windows of speech, with a second look where the first was unsure.

What was tried, on the sixteen labelled calls with the embedded base model in int8 on two cores (character error rate /
syllable error rate, first pass only unless said; simplified, no punctuation, digits one by one):

    bleed taken out before anything is decoded            655 s of speech left of 936 s, nothing of it a labelled turn
    stretches with pauses up to 3 s kept, one a window    14.8 / 10.3   114 windows
    the same, longer pauses shrunk to 0.6 s and packed    13.2 /  9.0    55 windows   <- taken
    joined over 1.5 s of quiet instead of 0.6 s           13.5 /  9.2
    windows of at most 20 s                               14.3 / 10.1
    both channels in one window, in call order            14.6 / 10.7    52 windows; customers 15.8 instead of 8.8
    windows padded to 30 s whatever their length          13.3 /  9.3   1.5 times the encoder's time
    padded by 1 s only                                    32.3 / 27.8   short clips run in circles
    Whisper's own timestamps                              20.8 / 16.2
    prompt: topics; four hotwords                         17.8 / 14.5; 16.9 / 13.1   whole turns dropped
    prompt: a sentence that names topics; 普通话            13.4 / 9.6; 14.4 / 10.5
    patience 2; repetition penalty 1.1; beam 1            13.9 / 9.7; 14.4 / 10.2; 14.4 / 10.3
    length penalty 0 (against stray syllables)            13.7 /  9.5
    pauses turned down by 20 dB                           13.4 /  9.5
    clicks at the start of phrases muted                  11.1 /  7.5   <- taken; with the second pass
    wordless stretches from 0.25 s heard again, too       10.9 /  7.3   <- taken; 1.9 s of 655 s stay unheard

With the second pass: characters wrong, windows encoded and CPU seconds, on those calls (A), 20 other ones (B: 3,726
characters) and four orders of 60 real utterances spliced into calls (C: 3,300):

                                                          A                 B                  C
    BatchedInferencePipeline                              520  62  108      687  74  117       438  38   73
    windows filled one after the other, pauses to 3 s     282  66   84      543  90  105       416  46   84
    cuts settled for a channel at once, pauses to 1.5 s,
      batches of any length, the whole beam searched      269  59   68      538  72   88      426  47   71   <- taken
    cuts settled at once, pauses to 3 s                   more words lost where a cut fell badly
    windows of at most 22 s; 3 s of quiet behind a clip   more errors on C, one more wordless stretch in A
    what lies 2 s behind a clip hidden from the decoder   a tenth faster on C, no better on A: not worth a setting

On one order of C alone the batched pipeline has 93 errors and we 105; on the other three 120, 114, 111 and 111, 106, 104:
neighbours in a window move one call's errors by a tenth, and most of these are other characters, not lost ones. The CPU
times compare the rows only: something else ran beside them.

So there is no prompt at all, beam search is left as it comes, and hotwords are applied to the text afterwards (`hotwords.py`). On
70 utterances of real read speech the same settings give 14.3 / 5.8 against 13.6 / 6.0 for full padding at 2.5 times
the CPU time. The encoder's time grows faster than its input on a CPU (0.4 s for 30 s, 0.1 s for 15 s), which is why clips
are not padded to 30 s there; batches gain in the decoder only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from qa.model import Alternative, Recording, Removed, Track, Transcript, Word
from qa.sound.clicks import clicks
from qa.sound.decode import load
from qa.sound.scene import Voice, survey
from qa.span import Span
from qa.transcribe.alternatives import alternatives, standing
from qa.transcribe.decoder import Decoder, Heard
from qa.transcribe.engine import EngineOptions
from qa.transcribe.freed import give_back
from qa.transcribe.hallucination import invented
from qa.transcribe.placing import place, unheard
from qa.transcribe.second_pass import listen_again
from qa.transcribe.setup import identity
from qa.transcribe.simplified import simplify
from qa.transcribe.windows import Window, pack

if TYPE_CHECKING:
    import numpy as np


REPEATS_ABOVE = 2.4
"""Compression ratio from which OpenAI's decoder, too, takes a text for a loop."""
_AT_ONCE = 48
"""Windows (24 minutes of speech) of which clips of like length are batched; their sound and features take 5 MB each."""
_AT_ONCE_OF_MANY = 16
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
        channels = {voice.channel: sound.samples[voice.channel] for voice in scene.voices}
        windows = [w for voice in scene.voices for w in pack(voice.speech, voice.channel, channels[voice.channel])]
        muted = {voice.channel: clicks(channels[voice.channel], voice.speech) for voice in scene.voices}
        heard = self._heard(windows, channels, muted)
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

    def _heard(
        self, windows: Sequence[Window], channels: Mapping[int, np.ndarray], muted: Mapping[int, Sequence[Span]]
    ) -> list[Heard]:
        """One for each window. A long recording is taken in small parts: its sound alone fills half a gigabyte."""
        at_once = _AT_ONCE if len(windows) <= _AT_ONCE else _AT_ONCE_OF_MANY
        heard: list[Heard] = []
        for first in range(0, len(windows), at_once):
            some = windows[first : first + at_once]
            heard += self.decoder.hear([w.sound(channels[w.channel], muted[w.channel]) for w in some])
            give_back()
        return heard

    def _track(
        self, voice: Voice, samples: np.ndarray, muted: Sequence[Span], heard: Sequence[tuple[Window, Heard]]
    ) -> tuple[Track, list[Removed]]:
        words: list[Word] = []
        removed: list[Removed] = []
        doubtful: list[Span] = []
        wavered: list[Alternative] = []
        for window, found in heard:
            kept, dropped = self.believed(window, found, voice.speech)
            words.extend(kept)
            wavered.extend(alternatives(kept, found.others))
            removed.extend(dropped)
            if found.ran_on or found.compression > REPEATS_ABOVE or any(r.reason == "loop" for r in dropped):
                doubtful.extend(piece.source for piece in window.pieces)
        if self.options.second_pass:
            words, again = listen_again(self, voice, samples, muted, words, doubtful)
            removed.extend(again)
        words = list(punctuated(words))
        missing = unheard(voice.speech, words)
        track = msgspec.structs.replace(voice.heard(words, missing), alternatives=standing(wavered, words))
        return track, removed

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
