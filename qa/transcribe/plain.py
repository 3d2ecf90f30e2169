"""faster-whisper as it comes, behind our contract: what `qa eval --against plain` and `--against batched` compare with.

Channel by channel, defaults and voice activity on, nothing removed and nothing heard again. So it does not promise
what our engines promise: words may lie outside all speech, and speech may stay without words.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.model import Recording, Track, Transcript, Word
from qa.sound.decode import load
from qa.sound.scene import survey
from qa.span import Span
from qa.transcribe import models
from qa.transcribe.engine import EngineOptions
from qa.transcribe.placing import unheard
from qa.transcribe.setup import identity, settle
from qa.transcribe.simplified import simplify

if TYPE_CHECKING:
    import numpy as np


class PlainEngine:
    """Implements `Engine` with `WhisperModel.transcribe`, or with `BatchedInferencePipeline`."""

    def __init__(self, options: EngineOptions, *, batched: bool) -> None:
        """Slow: loads the model. Raises `UsageError` where it cannot be had."""
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        device, compute_type = settle(options)
        folder = str(models.locate(options.model))
        model = WhisperModel(folder, device=device, compute_type=compute_type, cpu_threads=options.threads)
        self.options = options
        self.name = plain_identity(options, batched=batched)
        self.pipeline: Any = BatchedInferencePipeline(model) if batched else model

    def transcribe(self, recording: Recording) -> Transcript:
        """Raises `CallError` where the file cannot be decoded."""
        sound = load(Path(recording.path))
        scene = survey(sound.samples)
        tracks = []
        for voice in scene.voices:
            words = self._words(sound.samples[voice.channel])
            missing = unheard(voice.speech, words)
            tracks.append(Track(channel=voice.channel, speech=voice.speech, words=words, unheard=missing))
        notes = (*sound.info.notes, *scene.notes)
        return Transcript(engine=self.name, tracks=tuple(tracks), notes=notes, layout=scene.layout)

    def _words(self, samples: np.ndarray) -> tuple[Word, ...]:
        found, _ = self.pipeline.transcribe(
            samples.astype("float32") / 32768, language=self.options.language, vad_filter=True, word_timestamps=True
        )
        words = [_word(word) for part in found for word in part.words or ()]
        return tuple(sorted((word for word in words if word.text), key=lambda word: word.span))


def plain_identity(options: EngineOptions, *, batched: bool) -> str:
    """Same model, another way: the Whisper engine's identity under its own name."""
    return ("batched" if batched else "plain") + identity(options).removeprefix("whisper")


def _word(word: Any) -> Word:
    start = round(float(word.start) * 1000)
    span = Span(start, max(round(float(word.end) * 1000), start + 1))
    return Word(simplify(word.word), span, round(min(1.0, max(0.0, float(word.probability))), 3))
