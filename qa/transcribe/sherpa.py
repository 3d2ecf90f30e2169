"""FunASR's SenseVoice and Paraformer through sherpa-onnx: a second engine, for ears that are better at Mandarin.

An extra (`pip install 'qa-affinity[sherpa]'`); the model is a folder (`sherpa_model.py`). Voice activity, bleed, windows
and the placing of words are the same as Whisper's; what differs:

- Word times are the model's token times: a token begins where its frame is (60 ms steps) and lasts to the next one.
- Confidence: these models give none in sherpa-onnx's Python interface. Where a result has log probabilities of its
  tokens (`ys_log_probs`), they are taken; else every word counts `ASSUMED_CONFIDENCE`: enough for a finding to count,
  too little for a turn to be graded high by a figure that nobody measured.
- No second pass: they decode greedily without a language model, and decoding again gives the same again. Speech
  without words is reported as unheard.
- CPU only, in the precision of the file (`model.int8.onnx` before `model.onnx`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import UsageError
from qa.model import Recording, Removed, Track, Transcript, Word
from qa.sound.decode import SAMPLE_RATE_HZ, load
from qa.sound.scene import Voice, survey
from qa.transcribe.decoder import Heard, HeardWord, compression
from qa.transcribe.engine import EngineOptions
from qa.transcribe.hallucination import invented
from qa.transcribe.placing import place, unheard
from qa.transcribe.sherpa_model import SherpaModel, find, identity, need_library
from qa.transcribe.whisper import in_source_time, punctuated
from qa.transcribe.windows import Window, pack

if TYPE_CHECKING:
    import numpy as np

ASSUMED_CONFIDENCE = 0.8
"""Of a word whose probability nobody tells."""
LONGEST_TOKEN_MS = 400
"""A token before a pause does not last through it."""
_BATCH = 8


class SherpaEngine:
    """Implements `Engine`. Holds one loaded model: build one per process."""

    def __init__(self, options: EngineOptions, recognizer: Any = None) -> None:
        """Slow: loads the model. Raises `UsageError` where library or model cannot be had.

        `recognizer`: one that is loaded already, with sherpa-onnx's interface.
        """
        self.name = identity(options)
        self.recognizer = recognizer or _recognizer(find(options.model), options)

    def transcribe(self, recording: Recording) -> Transcript:
        """Raises `CallError` where the file cannot be decoded."""
        sound = load(Path(recording.path))
        scene = survey(sound.samples)
        tracks: list[Track] = []
        removed: list[Removed] = []
        for voice in scene.voices:
            track, dropped = self._track(voice, sound.samples[voice.channel])
            tracks.append(track)
            removed += dropped
        return Transcript(
            engine=self.name,
            tracks=tuple(tracks),
            removed=tuple(removed),
            notes=(*sound.info.notes, *scene.notes),
            layout=scene.layout,
        )

    def _track(self, voice: Voice, samples: np.ndarray) -> tuple[Track, list[Removed]]:
        words: list[Word] = []
        removed: list[Removed] = []
        for window, heard in self._hear(pack(voice.speech, voice.channel, samples), samples):
            inside = [span for piece in window.pieces for span in voice.speech if span.overlaps(piece.source)]
            found = in_source_time(window, heard)
            for part, reason in reversed(invented(found)):
                removed += [
                    Removed(channel=voice.channel, span=w.span, text=w.text, reason=reason) for w in found[part]
                ]
                del found[part]
            placed, stray = place(found, inside)
            words += placed
            removed += [Removed(channel=voice.channel, span=w.span, text=w.text, reason="no_speech") for w in stray]
        kept = punctuated(words)
        missing = unheard(voice.speech, kept)
        return voice.heard(kept, missing), removed

    def _hear(self, windows: Sequence[Window], samples: np.ndarray) -> Iterator[tuple[Window, Heard]]:
        for first in range(0, len(windows), _BATCH):
            some = windows[first : first + _BATCH]
            streams = [self.recognizer.create_stream() for _ in some]
            for stream, window in zip(streams, some, strict=True):
                stream.accept_waveform(SAMPLE_RATE_HZ, window.sound(samples))
            self.recognizer.decode_streams(streams)
            for stream, window in zip(streams, some, strict=True):
                yield window, heard_of(stream.result, window.length_ms)


def heard_of(result: Any, length_ms: int) -> Heard:
    """One result of sherpa-onnx (`tokens`, `timestamps` in seconds) as words; `length_ms` of the window it came from."""
    tokens = [token.replace("@@", "").replace("▁", "") for token in result.tokens]
    starts = [1000 * at for at in result.timestamps]
    if len(starts) != len(tokens):
        # A Paraformer without a timestamp head: spread evenly; placing puts them into the speech.
        starts = [length_ms * i / max(1, len(tokens)) for i in range(len(tokens))]
    logs = list(getattr(result, "ys_log_probs", ()))
    sure = [math.exp(min(0.0, log)) for log in logs] if len(logs) == len(tokens) else []
    words = []
    for i, (token, start) in enumerate(zip(tokens, starts, strict=True)):
        after = starts[i + 1] if i + 1 < len(starts) else length_ms
        if token.strip() and not token.startswith("<"):
            end = max(start, min(after, start + LONGEST_TOKEN_MS, length_ms))
            words.append(HeardWord(token, start, end, sure[i] if sure else ASSUMED_CONFIDENCE))
    text = "".join(word.text for word in words)
    return Heard(words=tuple(words), logprob=0.0, no_speech=0.0, compression=compression(text), ran_on=False)


def prepare(options: EngineOptions) -> None:
    """Everything that can go wrong before the first call."""
    need_library()
    if options.device == "cuda":
        raise UsageError("sherpa 引擎只在 CPU 上运行：去掉 --device cuda", slug="device-unavailable")
    find(options.model)


def _recognizer(model: SherpaModel, options: EngineOptions) -> Any:
    need_library()
    from sherpa_onnx import OfflineRecognizer

    common = {"tokens": str(model.tokens), "num_threads": max(1, options.threads)}
    try:
        if model.kind == "sense_voice":
            return OfflineRecognizer.from_sense_voice(model=str(model.onnx), language=options.language, **common)
        return OfflineRecognizer.from_paraformer(paraformer=str(model.onnx), **common)
    except RuntimeError as error:
        raise UsageError(f"模型 {model.onnx} 打不开：{error}", slug="model-damaged") from error
