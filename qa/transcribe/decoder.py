"""Turns short clips of sound into words with times, by driving faster-whisper's model piece by piece.

`transcribe` and `BatchedInferencePipeline` decide too much for a caller: windows, padding, which options count, and
(in 1.2.1) wrong times for clips. What is used here is their parts: feature extractor, encoder, beam search, alignment.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from qa.transcribe import models
from qa.transcribe.engine import EngineOptions
from qa.transcribe.setup import settle

if TYPE_CHECKING:
    import numpy as np

FULL_FRAMES = 3000
"""What Whisper was trained on: 30 s in steps of 10 ms."""
_QUIET_FRAMES = 600
_LEAST_FRAMES = 1500
"""Less quiet behind a clip, or a shorter one, makes Whisper run in circles (see the table in `whisper.py`)."""
_FRAME_QUANTUM = 250
_QUIET_POSITIONS = 100
"""Of 20 ms at the end of an encoded clip: two seconds of quiet."""
_TOKENS_PER_SECOND = 12
"""Twice the fastest Mandarin (7 characters a second, one or two tokens each is rare at that speed)."""


class HeardWord(msgspec.Struct, frozen=True):
    """A word as decoded; times in ms from the start of its clip."""

    text: str
    start_ms: float
    end_ms: float
    confidence: float


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What one clip gave."""

    words: tuple[HeardWord, ...]
    logprob: float
    """Mean log probability of a token."""
    no_speech: float
    """The model's probability that nobody speaks."""
    compression: float
    """Bytes of the text per byte compressed; above 2.4 it repeats itself."""
    ran_on: bool
    """Stopped by the length limit rather than by itself."""
    others: tuple[tuple[str, float], ...] = ()
    """The texts that beam search ranked behind, each with how many nats likelier it found this one."""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


class Decoder:
    """One loaded model. Not safe for threads; one per process."""

    def __init__(self, options: EngineOptions) -> None:
        """Loads the model. Raises `UsageError` where it cannot be had."""
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        device, compute_type = settle(options)
        folder = models.locate(options.model)
        self.options = options
        self.model: Any = WhisperModel(
            str(folder), device=device, compute_type=compute_type, cpu_threads=options.threads
        )
        self.tokenizer: Any = Tokenizer(
            self.model.hf_tokenizer, self.model.model.is_multilingual, task="transcribe", language=options.language
        )
        self.suppressed = list(get_suppressed_tokens(self.tokenizer, [-1]))
        self.batch_size = 16 if device == "cuda" else 8
        self.trim = device == "cpu"
        """On a CPU the encoder's time grows faster than its input, and a clip need not be padded to 30 s."""
        self.encoded_windows = 0
        self.encoded_frames = 0

    def hear(
        self,
        clips: Sequence[np.ndarray],
        *,
        full: bool = False,
        temperature: float = 0.0,
        beam_size: int | None = None,
    ) -> list[Heard]:
        """Decodes clips (float32, 16 kHz, at most 30 s each), in batches of clips that are about as long.

        `full`: pad to 30 s even where less would do; slower, and safer against loops.
        """
        order = sorted(range(len(clips)), key=lambda i: clips[i].size)
        heard: dict[int, Heard] = {}
        for first in range(0, len(order), self.batch_size):
            heard.update(self._batch(order[first : first + self.batch_size], clips, full, temperature, beam_size))
        return [heard[i] for i in range(len(clips))]

    def _frames(self, samples: int, full: bool) -> int:
        if full or not self.trim:
            return FULL_FRAMES
        wanted = max(_LEAST_FRAMES, samples // 160 + _QUIET_FRAMES)
        return min(FULL_FRAMES, math.ceil(wanted / _FRAME_QUANTUM) * _FRAME_QUANTUM)

    def _features(self, clip: np.ndarray, frames: int) -> np.ndarray:
        """Quiet is added to the sound, not to the features: zeros there are not what silence looks like."""
        import numpy as np

        sound = np.pad(clip[: frames * 160], (0, max(0, frames * 160 - clip.size)))
        features: np.ndarray = self.model.feature_extractor(sound, padding=0)[:, :frames]
        return features.astype(np.float32)

    def _encode(self, features: list[np.ndarray]) -> Any:
        import ctranslate2
        import numpy as np

        if not self.trim:
            return self.model.encode(np.stack(features))
        # On a CPU one at a time: a batch gains nothing in the encoder and costs its memory several times over.
        encoded = [np.array(self.model.encode(one)) for one in features]
        longest = max(one.shape[1] for one in encoded)
        return ctranslate2.StorageView.from_array(np.concatenate([as_long(one, longest) for one in encoded]))

    def _batch(
        self,
        batch: list[int],
        clips: Sequence[np.ndarray],
        full: bool,
        temperature: float,
        beam_size: int | None,
    ) -> dict[int, Heard]:
        frames = [self._frames(clips[i].size, full) for i in batch]
        self.encoded_windows += len(batch)
        self.encoded_frames += sum(frames)
        longest = max(clips[i].size for i in batch)
        together = self._encode([self._features(clips[i], f) for i, f in zip(batch, frames, strict=True)])
        # No prompt: whatever it names, Whisper base drops more than it gains, and what it names can leak.
        prompt = self.model.get_prompt(self.tokenizer, [], without_timestamps=True)
        limit = min(self.model.max_length, len(prompt) + 20 + int(_TOKENS_PER_SECOND * longest / 16000))
        beam = beam_size or self.options.beam_size
        search = (
            {"beam_size": 1, "sampling_topk": 0, "sampling_temperature": temperature, "num_hypotheses": 5}
            if temperature > 0
            # All that the beam ends with: for the texts behind the first, and because the search then does not stop
            # at the first end that it finds.
            else {"beam_size": beam, "num_hypotheses": beam}
        )
        results = self.model.model.generate(
            together,
            [prompt] * len(batch),
            max_length=limit,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self.suppressed,
            **search,
        )
        tokens = [[t for t in result.sequences_ids[0] if t < self.tokenizer.eot] for result in results]
        words = self._words(
            tokens, together, [min(f, clips[i].size // 160 + 20) for i, f in zip(batch, frames, strict=True)]
        )
        heard = {}
        for i, result, ids, found in zip(batch, results, tokens, words, strict=True):
            text = self.tokenizer.decode(ids)
            heard[i] = Heard(
                words=found,
                logprob=result.scores[0] * len(result.sequences_ids[0]) / (len(result.sequences_ids[0]) + 1),
                no_speech=result.no_speech_prob,
                compression=compression(text),
                ran_on=len(prompt) + len(result.sequences_ids[0]) >= limit,
                others=self._others(result) if temperature == 0 else (),
            )
        return heard

    def _others(self, result: Any) -> tuple[tuple[str, float], ...]:
        """Scores are means over the tokens; the gap is between sums."""
        sums = [score * len(ids) for score, ids in zip(result.scores, result.sequences_ids, strict=True)]
        texts = [self.tokenizer.decode([t for t in ids if t < self.tokenizer.eot]) for ids in result.sequences_ids]
        return tuple((text, sums[0] - total) for text, total in zip(texts[1:], sums[1:], strict=True))

    def _words(self, tokens: list[list[int]], encoded: Any, frames: list[int]) -> list[tuple[HeardWord, ...]]:
        """Word times by the cross-attention of the alignment heads."""
        import numpy as np

        some = [i for i, ids in enumerate(tokens) if ids]
        words: list[tuple[HeardWord, ...]] = [()] * len(tokens)
        if not some:
            return words
        # The alignment wants one text for each encoded clip: an empty one gets a full stop that is thrown away.
        texts = [ids or self.tokenizer.encode("。") for ids in tokens]
        aligned = self.model.model.align(encoded, self.tokenizer.sot_sequence, texts, frames, median_filter_width=7)
        for i in some:
            pieces, piece_tokens = self.tokenizer.split_to_word_tokens([*tokens[i], self.tokenizer.eot])
            bounds = np.concatenate([[0], np.cumsum([len(ids) for ids in piece_tokens[:-1]])]).astype(int)
            text_at = np.array([pair[0] for pair in aligned[i].alignments])
            time_at = np.array([pair[1] for pair in aligned[i].alignments])
            jumps = np.concatenate([[True], np.diff(text_at) > 0])
            times = time_at[jumps] * 20.0
            chances = np.asarray(aligned[i].text_token_probs)
            words[i] = tuple(
                HeardWord(text, float(times[a]), float(times[b]), float(np.mean(chances[a:b])))
                for text, a, b in zip(pieces[:-1], bounds[:-1], bounds[1:], strict=True)
                if b < times.size
            )
        return words


def as_long(encoded: np.ndarray, positions: int) -> np.ndarray:
    """(1, positions, width): the quiet at its end goes on, so that clips of any length make one batch."""
    import numpy as np

    quiet = encoded[:, -_QUIET_POSITIONS:]
    times = -(-(positions - encoded.shape[1]) // quiet.shape[1])
    return np.concatenate([encoded, *[quiet] * times], axis=1)[:, :positions]


def compression(text: str) -> float:
    """How far the text repeats itself: 1 for a short sentence, above 2.4 for a loop."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
